"""The artefact store: named by content, nothing outside its folder."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adwright.data.artefacts import Artefacts
from adwright.data.errors import AdwrightError


@pytest.fixture
def store(tmp_path: Path) -> Artefacts:
    (tmp_path / "secret.txt").write_text("secret")
    return Artefacts(tmp_path / "artefacts")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.binary(max_size=2000))
def test_same_bytes_same_id(store: Artefacts, content: bytes) -> None:
    name = store.put(content, "png")
    assert store.put(content, ".PNG") == name
    assert store.read(name) == content


def test_meta_is_merged(store: Artefacts) -> None:
    name = store.put(b"x", "svg", alt="图")
    store.put(b"x", "svg", width=3)
    assert store.meta(name) == {"alt": "图", "width": 3}
    assert [path.name for path in store.folder.iterdir() if path.name.startswith(".")] == []


def test_half_a_file_is_written_again(store: Artefacts) -> None:
    name = store.put(b"whole", "png")
    store.path(name).write_bytes(b"wh")
    store.put(b"whole", "png")
    assert store.read(name) == b"whole"


@pytest.mark.parametrize(
    "name",
    [
        "../secret.txt",
        "/etc/passwd",
        "",
        "0123456789abcdef.png",
        "0123456789abcdef.png/../../secret.txt",
        "..\\secret.txt",
        "a\0.png",
        None,
        "0123456789ABCDEF.png",
    ],
)
def test_only_our_own_ids(store: Artefacts, name: str) -> None:
    with pytest.raises(AdwrightError) as caught:
        store.read(name)
    assert caught.value.code == "unknown-artefact"


@pytest.mark.parametrize("suffix", ["", "../x", "p/ng", "a" * 9, "é"])
def test_only_plain_suffixes(store: Artefacts, suffix: str) -> None:
    with pytest.raises(ValueError, match="suffix"):
        store.put(b"x", suffix)
