"""The command line as people run it: in a process of its own, with what it prints and the code it ends with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

REQUESTS = Path(__file__).parents[1] / "agent" / "requests.jsonl"
ORDERS = "订单号,下单时间,商品编号,商品名称,数量,单价,客户编号\nA1,2026-10-01 10:00:00,P1,跑鞋,1,299.00,U1\nA2,2026-10-02 11:00:00,P1,跑鞋,2,299.00,U2\n"


def run(
    *arguments: str, home: Path, code: int | None = 0, stdin: str = "", more: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ADWRIGHT_HOME": str(home), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **(more or {})}
    done = subprocess.run(
        [sys.executable, "-m", "adwright", *arguments], capture_output=True, text=True, env=environment, input=stdin, timeout=280
    )
    assert "Traceback" not in done.stderr, done.stderr
    if code is not None:
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done


def test_help_names_every_command_and_loads_nothing_heavy(tmp_path: Path) -> None:
    said = run("--help", home=tmp_path).stdout
    for name in ("app", "ask", "import", "export", "audience", "plans", "doctor", "eval"):
        assert name in said
    script = "import sys\nfrom adwright.ui.cli import parser\nparser().format_help()\nprint(sorted(m for m in sys.modules if m in {'pydantic','pandas','gradio','langchain','duckdb','numpy'}))"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    assert run("--version", home=tmp_path).stdout.startswith("adwright ")


def test_importing_the_package_loads_nothing_heavy() -> None:
    script = "import sys, adwright\nprint(sorted(m for m in sys.modules if m in {'pydantic','pandas','gradio','langchain','duckdb','numpy','sklearn'}))\nprint(adwright.Money.of('1', 'CNY'))"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split("\n")[0] == "[]"


def test_an_audience_is_listed_and_written_after_a_yes(tmp_path: Path) -> None:
    script = "import sys\nfrom adwright.data.workspace import Workspace\nWorkspace.demo(sys.argv[1], scale=0.05).close()"
    shop = str(tmp_path / "shop")
    subprocess.run([sys.executable, "-c", script, shop], check=True)
    listed = run("audience", "-w", shop, "--lang", "en", home=tmp_path).stdout.splitlines()
    largest = max(listed, key=lambda line: int(line.split()[-2].replace(",", ""))).split()[0]
    refused = run("audience", "export", largest, "--to", "google", "-w", shop, "--lang", "en", home=tmp_path, code=2)
    assert "Not confirmed" in refused.stderr and not list((tmp_path / "shop" / "exports").iterdir())
    out = tmp_path / "list.csv"
    told = run(
        "audience", "export", largest, "--to", "google", "--out", str(out), "--yes", "-w", shop, "--lang", "en", home=tmp_path
    ).stdout
    rows = out.read_text().splitlines()
    assert rows[0] == "Email,Phone,First Name,Last Name,Country,Zip" and f"written {len(rows) - 1:,}" in told
    assert (tmp_path / "list.manifest.json").is_file() and "@" not in told
    barred = run(
        "audience", "export", largest, "--to", "google", "--product", "白酒", "--yes", "-w", shop, "--lang", "zh", home=tmp_path, code=2
    )
    assert "酒类" in barred.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ask", "", "--lang", "zh"), "消息是空的"),
        (("ask", "", "--lang", "en"), "The message is empty"),
        (("ask", "hello", "--today", "tomorrow"), "not a day"),
        (("app", "--host", "0.0.0.0"), "user name and a password"),
        (("app", "--host", "0.0.0.0", "--lang", "zh"), "用户名和密码"),
        (("import", "orders", "nowhere.csv"), "nowhere.csv"),
        (("import", "orders", "x.csv", "--map", "nonsense"), "--map"),
        (("export", "no-such-plan", "--yes"), "no-such-plan"),
        (("audience", "export", "--lang", "zh"), "哪个人群"),
        (("import", "contacts", "nowhere.csv"), "nowhere.csv"),
        (("plans", "-w", "not/there"), "no workspace"),
        (("eval", "requests", "nowhere.jsonl", "--lang", "en"), "nowhere.jsonl"),
    ],
)
def test_mistakes_are_one_sentence_and_code_two(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    run("import", "orders", str(orders(tmp_path)), home=tmp_path)
    done = run(*arguments, home=tmp_path, code=2)
    assert words in done.stderr and not done.stdout
    assert len(done.stderr.strip().splitlines()) <= 2


def orders(folder: Path) -> Path:
    file = folder / "orders.csv"
    file.write_text(ORDERS, encoding="gbk")
    return file


def test_import_shows_first_and_imports_once(tmp_path: Path) -> None:
    file = orders(tmp_path)
    dry = run("import", "orders", str(file), "--dry-run", "--lang", "zh", home=tmp_path).stdout
    assert "试运行" in dry and "订单号 -> order_id" in dry
    assert "Imported 2 rows" in run("import", "orders", str(file), home=tmp_path).stdout
    assert "nothing was changed" in run("import", "orders", str(file), home=tmp_path).stdout
    assert (tmp_path / "shop" / "adwright.toml").is_file()
    assert "No plans yet" in run("plans", home=tmp_path).stdout


def test_ask_prints_the_answer_alone_on_stdout(tmp_path: Path) -> None:
    run("import", "orders", str(orders(tmp_path)), home=tmp_path)
    done = run("ask", "投了8000回来2万4，算下ROI", home=tmp_path)
    assert "3.00" in done.stdout and "✓" in done.stderr
    said = run("ask", "-", "--json", "--new", home=tmp_path, stdin="cost 400 dollars, brought in 1,000. ROI?")
    value = json.loads(said.stdout)
    assert value["thread"] == "cli" and value["calls"][0]["tool"] == "compute_roi" and "2.50" in value["text"]


def test_the_same_request_gives_the_same_plan(tmp_path: Path) -> None:
    run("import", "orders", str(orders(tmp_path)), home=tmp_path)
    ask = ("ask", "给跑鞋做一个2万元的投放计划，抖音，一周", "--json", "--today", "2026-11-23", "--new")
    first, second = (json.loads(run(*ask, home=tmp_path).stdout)["plan"] for _ in range(2))
    assert first is not None and first == second
    said = run("ask", "导出成Excel", home=tmp_path)
    assert "--yes" in said.stderr and not list((tmp_path / "shop" / "exports").iterdir())
    run("export", "--yes", "-f", "json", home=tmp_path)
    assert list((tmp_path / "shop" / "exports").rglob("*.json"))


def test_an_unreachable_model_is_said_and_the_planner_answers(tmp_path: Path) -> None:
    run("import", "orders", str(orders(tmp_path)), home=tmp_path)
    dead = {"ADWRIGHT_MODEL": "some-model", "ADWRIGHT_BASE_URL": "http://127.0.0.1:9/v1", "ADWRIGHT_API_KEY": "sk-canary-0123456789"}
    done = run("ask", "投了8000回来2万4，算下ROI", home=tmp_path, more=dead)
    assert "3.00" in done.stdout and "离线规划器" in done.stderr and "canary" not in done.stdout + done.stderr
    found = run("doctor", home=tmp_path, code=2, more=dead)
    assert "127.0.0.1:9" in found.stdout and "canary" not in found.stdout
    run("ask", "你好", "--model", "some-model", home=tmp_path, code=2)


def test_doctor_looks_without_touching(tmp_path: Path) -> None:
    findings = json.loads(run("doctor", "--json", home=tmp_path, code=None).stdout)
    assert {"python", "model", "workspace", "gradio"} <= {finding["name"] for finding in findings}
    assert not list(tmp_path.iterdir())
    run("import", "orders", str(orders(tmp_path)), home=tmp_path)
    (tmp_path / "shop" / "records.sqlite").write_bytes(b"not a database at all" * 100)
    broken = run("doctor", "--lang", "zh", home=tmp_path, code=2)
    assert "records.sqlite" in broken.stdout


def test_eval_scores_labelled_requests(tmp_path: Path) -> None:
    said = run("eval", "requests", str(REQUESTS), home=tmp_path).stdout
    assert "slot F1" in said and "requests with a miss" in said
    broken = tmp_path / "broken.jsonl"
    broken.write_text(REQUESTS.read_text("utf-8").splitlines()[0] + "\nnot json\n", "utf-8")
    assert "第 2 行" in run("eval", "requests", str(broken), "--lang", "zh", home=tmp_path, code=2).stderr
    assert not (tmp_path / "demo").exists()


def test_interrupting_is_clean(tmp_path: Path) -> None:
    environment = {**os.environ, "ADWRIGHT_HOME": str(tmp_path), "LANG": "C.UTF-8"}
    running = subprocess.Popen(
        [sys.executable, "-m", "adwright", "ask", "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    time.sleep(2)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130 and "Traceback" not in said
