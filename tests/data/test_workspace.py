"""The workspace: made, opened, owned by one process, clear about damage, demo shops that finish what they began."""

import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from adwright.data.errors import AdwrightError
from adwright.data.settings import Settings, home
from adwright.data.workspace import BUILDING, CONFIGURATION, Workspace


def code_of(error: pytest.ExceptionInfo[AdwrightError]) -> str:
    assert error.value.message.zh
    assert error.value.message.en
    return error.value.code


def test_make_and_reopen(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "店 铺", create=True, name='Tom\'s "shop"\\', currency="gbp", timezone="Europe/London") as shop:
        assert (shop.name, shop.currency, shop.timezone, shop.is_demo) == ('Tom\'s "shop"\\', "GBP", "Europe/London", False)
        for folder in (shop.models, shop.memory, shop.exports):
            assert folder.is_dir()
    with Workspace.open(tmp_path / "店 铺", create=True, currency="USD") as shop:
        assert shop.currency == "GBP"


def test_missing_and_foreign_directories(tmp_path: Path) -> None:
    with pytest.raises(AdwrightError) as caught:
        Workspace.open(tmp_path / "none")
    assert code_of(caught) == "no-workspace"
    assert "create=True" in caught.value.tell("zh")
    assert not (tmp_path / "none").exists()
    (tmp_path / "letter.txt").write_text("mine")
    for make in (
        lambda: Workspace.open(tmp_path, create=True),
        lambda: Workspace.demo(tmp_path),
        lambda: Workspace.open(tmp_path / "letter.txt", create=True),
    ):
        with pytest.raises(AdwrightError) as caught:
            make()
        assert code_of(caught) == "not-a-workspace"
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize(("currency", "timezone"), [("YUAN", "Asia/Shanghai"), ("CNY", "Mars/Olympus"), ("CNY", "../etc")])
def test_impossible_shops(tmp_path: Path, currency: str, timezone: str) -> None:
    with pytest.raises(AdwrightError) as caught:
        Workspace.open(tmp_path / "w", create=True, currency=currency, timezone=timezone)
    assert code_of(caught) == "bad-shop"


def test_lost_configuration_is_not_papered_over(tmp_path: Path) -> None:
    Workspace.open(tmp_path / "w", create=True).close()
    (tmp_path / "w" / CONFIGURATION).unlink()
    with pytest.raises(AdwrightError) as caught:
        Workspace.open(tmp_path / "w", create=True)
    assert code_of(caught) == "not-a-workspace"


@pytest.mark.parametrize(
    "text",
    [
        "[shop",
        "shop = 3",
        '[shop]\ncurrency = "bitcoin"',
        '[shop]\ntimezone = "x"',
        "[shop]\nname = 3",
        '[margin]\ndefault = "7"',
        '[margin]\ndefault = "much"',
        "\x00\xff",
    ],
)
def test_damaged_configuration(tmp_path: Path, text: str) -> None:
    Workspace.open(tmp_path / "w", create=True).close()
    file = tmp_path / "w" / CONFIGURATION
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(AdwrightError) as caught:
        Workspace.open(tmp_path / "w")
    assert code_of(caught) == "bad-configuration"
    assert CONFIGURATION in caught.value.tell("en")
    assert file.read_bytes() == text.encode("latin-1")


@pytest.mark.parametrize("name", ["warehouse.duckdb", "records.sqlite"])
def test_damaged_stores_are_named_and_kept(tmp_path: Path, name: str) -> None:
    Workspace.open(tmp_path / "w", create=True).close()
    file = tmp_path / "w" / name
    file.write_bytes(b"damaged " * 1000)
    with pytest.raises(AdwrightError) as caught:
        Workspace.open(tmp_path / "w")
    assert code_of(caught) == f"{name.split('.')[0]}-corrupt"
    assert name in caught.value.tell("zh")
    assert file.read_bytes() == b"damaged " * 1000
    file.unlink()
    Workspace.open(tmp_path / "w").close()


def test_one_owner_at_a_time(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w", create=True):
        with pytest.raises(AdwrightError) as caught:
            Workspace.open(tmp_path / "w")
        assert code_of(caught) == "workspace-busy"
    Workspace.open(tmp_path / "w").close()


OWNER = """
import sys
from adwright.data.workspace import Workspace
workspace = Workspace.open(sys.argv[1], create=True)
print("open", flush=True)
sys.stdin.read()
"""


def test_a_killed_owner_leaves_no_lock(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path / "w")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        with pytest.raises(AdwrightError) as caught:
            Workspace.open(tmp_path / "w")
        assert code_of(caught) == "workspace-busy"
        process.send_signal(signal.SIGKILL)
        process.wait()
        Workspace.open(tmp_path / "w").close()


def test_margins_of_the_merchant(tmp_path: Path) -> None:
    Workspace.open(tmp_path / "w", create=True).close()
    with (tmp_path / "w" / CONFIGURATION).open("a", encoding="utf-8") as stream:
        stream.write('language = "en"\n')
    text = (tmp_path / "w" / CONFIGURATION).read_text(encoding="utf-8").replace('# default = "0.45"', 'default = "0.3"')
    (tmp_path / "w" / CONFIGURATION).write_text(text, encoding="utf-8")
    with Workspace.open(tmp_path / "w") as shop:
        assert shop.margins == {"default": Decimal("0.3")}
        assert shop.settings.language == "en"


def test_demo_is_built_once_and_reopened(shop: Workspace) -> None:
    assert shop.is_demo
    assert all(shop.warehouse.count(kind) > 0 for kind in ("users", "events", "orders", "products", "impressions", "campaigns"))
    assert not (shop.path / BUILDING).exists()


def test_a_real_shop_is_never_turned_into_a_demo(tmp_path: Path) -> None:
    Workspace.open(tmp_path / "w", create=True).close()
    with pytest.raises(AdwrightError) as caught:
        Workspace.demo(tmp_path / "w")
    assert code_of(caught) == "not-a-demo"


BUILDER = """
import sys
from adwright.data.result import Silent
from adwright.data.workspace import Workspace
class Loud(Silent):
    def start(self, key, title): print(key, flush=True)
    def note(self, note, done, of): print("note", flush=True)
Workspace.demo(sys.argv[1], progress=Loud(), scale=0.05)
"""


def test_a_demo_cut_short_is_finished_later(tmp_path: Path) -> None:
    path = tmp_path / "demo"
    with subprocess.Popen([sys.executable, "-c", BUILDER, str(path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    assert (path / BUILDING).exists()
    with pytest.raises(AdwrightError) as caught:
        Workspace.open(path)
    assert code_of(caught) == "demo-incomplete"
    with Workspace.demo(path, scale=0.02) as shop:
        marks = {kind: shop.fingerprint(kind) for kind in ("users", "orders", "impressions")}
        assert shop.warehouse.count("orders") > 0
    with Workspace.demo(path) as shop:
        assert {kind: shop.fingerprint(kind) for kind in marks} == marks


def test_settings_come_from_file_and_environment() -> None:
    loaded = Settings.load(
        {"model": "a", "language": "zh"},
        {"ADWRIGHT_MODEL": "qwen", "ADWRIGHT_BASE_URL": "http://127.0.0.1:1/v1", "OPENAI_API_KEY": "sk-canary"},
    )
    assert (loaded.model, loaded.language, loaded.outward) == ("qwen", "zh", True)
    assert "canary" not in repr(loaded) + str(loaded) + loaded.model_dump_json()
    assert not Settings.load({}, {"OPENAI_API_KEY": "sk-canary"}).outward
    both_keys = Settings.load({}, {"OPENAI_API_KEY": "other", "ADWRIGHT_API_KEY": "mine"})
    assert both_keys.api_key is not None
    assert both_keys.api_key.get_secret_value() == "mine"
    assert home({"ADWRIGHT_HOME": "/somewhere"}) == Path("/somewhere")


@pytest.mark.parametrize(
    ("table", "environment", "code"),
    [
        ({"api_key": "sk-canary"}, {}, "secret-in-file"),
        ({"colour": "sk-canary"}, {}, "bad-setting"),
        ({}, {"ADWRIGHT_LANGUAGE": "sk-canary"}, "bad-setting"),
    ],
)
def test_bad_settings_are_named_without_their_value(table: dict[str, str], environment: dict[str, str], code: str) -> None:
    with pytest.raises(AdwrightError) as caught:
        Settings.load(table, environment)
    assert code_of(caught) == code
    assert "canary" not in caught.value.tell("en") + caught.value.tell("zh")
