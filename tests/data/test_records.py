"""Records: plans with versions and undo, threads, approvals; what was acknowledged survives a kill."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from adwright.data.errors import AdwrightError
from adwright.data.money import Money
from adwright.data.plan import CampaignPlan
from adwright.data.records import Records

Make = Callable[..., CampaignPlan]


@pytest.fixture
def records(tmp_path: Path):
    store = Records(tmp_path / "records.sqlite")
    yield store
    store.close()


def test_versions_undo_and_current(records: Records, make_plan: Make) -> None:
    first = make_plan()
    second = make_plan(version=2, parent=1, budget=Money.of(30000, "CNY"))
    assert records.save_plan(first, thread="t") == first
    records.save_plan(first, thread="t")
    records.save_plan(second, thread="t")
    assert records.current("t") == second == records.plan("p1")
    undone = records.undo("p1")
    assert undone.to_json() == first.to_json()
    assert records.current("t") == first == records.plan("p1")
    assert records.plan("p1", 2) == second
    assert [(entry.version, entry.parent, entry.head) for entry in records.versions("p1")] == [(1, None, True), (2, 1, False)]
    assert records.next_version("p1") == 3
    with pytest.raises(AdwrightError) as caught:
        records.undo("p1")
    assert caught.value.code == "nothing-to-undo"
    records.set_current("t", "p1", 2)
    assert records.current("t") == second


def test_a_stored_version_is_never_rewritten(records: Records, make_plan: Make) -> None:
    records.save_plan(make_plan())
    with pytest.raises(AdwrightError) as caught:
        records.save_plan(make_plan(budget=Money.of(1, "CNY")))
    assert caught.value.code == "version-taken"
    assert records.plan("p1").total == Money.of(50000, "CNY")


def test_unknown_plan_and_thread(records: Records) -> None:
    assert records.current("nobody") is None
    with pytest.raises(AdwrightError) as caught:
        records.plan("none")
    assert caught.value.code == "unknown-plan"
    with pytest.raises(AdwrightError):
        records.set_current("t", "none", 1)
    assert records.threads() == []


def test_threads_keep_their_first_title(records: Records, make_plan: Make) -> None:
    records.save_plan(make_plan(), thread="a")
    records.touch_thread("b", "乙")
    records.touch_thread("a", "甲")
    records.touch_thread("a", "other")
    assert [(entry.thread, entry.title) for entry in records.threads()] == [("a", "甲"), ("b", "乙")]
    records.delete_thread("a")
    assert [entry.thread for entry in records.threads()] == ["b"]
    assert records.plans()[0].id == "p1"


def test_the_rest_is_kept(records: Records) -> None:
    records.record_approval("t", "export_plan", {"plan_id": "p1"}, "approve")
    records.record_approval("u", "export_plan", {}, "reject")
    assert [entry["decision"] for entry in records.approvals("t")] == ["approve"]
    assert len(records.approvals()) == 2
    records.add_model("m1", "ctr", {"auc": 0.7})
    records.add_model("m2", "cvr", {"auc": 0.6})
    assert [model["id"] for model in records.models("ctr")] == ["m1"]
    records.add_import("i1", "orders", "a.csv", {"rows": 3})
    records.add_import("i1", "orders", "a.csv", {"rows": 9})
    assert [entry["report"] for entry in records.imports()] == [{"rows": 3}]
    records.put("k", {"值": [1, None]})
    assert records.get("k") == {"值": [1, None]}
    records.put("k", None)
    assert records.get("k", 7) == 7


def test_many_threads_write_at_once(records: Records) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: records.put(f"k{i}", i), range(100)))
    assert [records.get(f"k{i}") for i in range(100)] == list(range(100))


def test_a_damaged_file_is_named_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "records.sqlite"
    file.write_bytes(b"this is not a database, " * 500)
    before = file.read_bytes()
    with pytest.raises(AdwrightError) as caught:
        Records(file)
    assert caught.value.code == "records-corrupt"
    assert "records.sqlite" in caught.value.tell("en")
    assert "records.sqlite" in caught.value.tell("zh")
    assert file.read_bytes() == before


WRITER = """
import sys
from pathlib import Path
from adwright.data.records import Records
records = Records(Path(sys.argv[1]))
i = 0
while True:
    records.put(f"k{i}", i)
    print(i, flush=True)
    i += 1
"""


def test_a_kill_loses_nothing_acknowledged(tmp_path: Path) -> None:
    file = tmp_path / "records.sqlite"
    for _ in range(3):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(file)], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            seen = [int(process.stdout.readline()) for _ in range(40)]
            process.send_signal(signal.SIGKILL)
            seen += [int(line) for line in process.stdout.read().splitlines() if line]
        store = Records(file)
        assert all(store.get(f"k{i}") == i for i in seen)
        store.close()
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
