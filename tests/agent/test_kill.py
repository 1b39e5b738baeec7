"""kill -9 in the middle of a turn: no acknowledged message or plan is lost, and the thread goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from adwright import Assistant, Workspace
from adwright.agent.events import Done

from .workbench import tools

HERE = Path(__file__).parent

WRITER = """
import sys, time
sys.path.insert(0, {here!r})
from datetime import date
from adwright import Assistant, Workspace
import workbench

stop = sys.argv[2]
real = workbench.make_plan

def slow_before(workspace, request, progress):
    if request.product == "袜子" and stop == "before":
        print("now", flush=True); time.sleep(60)
    result = real(workspace, request, progress)
    if request.product == "袜子" and stop == "after":
        print("now", flush=True); time.sleep(60)
    return result

workbench.make_plan = slow_before
with Workspace.open(sys.argv[1], create=True) as workspace:
    assistant = Assistant(workspace, today=date(2026, 11, 23), tools=workbench.tools())
    for text in ("给跑鞋做一个5万元的投放计划，抖音，两周", "预算降到1万"):
        reply = assistant.chat(text, "t")
        print("acked", reply.plan.id, reply.plan.version, flush=True)
    for event in assistant.stream("给袜子做一个3万元的投放计划，抖音，两周", "t"):
        if event.kind == "step-done" and event.id == "understand":
            print("taken", flush=True)
            if stop == "taken":
                print("now", flush=True); time.sleep(60)
"""


@pytest.mark.parametrize("stop", ["taken", "before", "after"])
def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path: Path, stop: str) -> None:
    place = tmp_path / "shop"
    script = tmp_path / "writer.py"
    script.write_text(WRITER.format(here=str(HERE)), encoding="utf-8")
    writer = subprocess.Popen([sys.executable, str(script), str(place), stop], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    said: list[str] = []
    for line in writer.stdout:
        said.append(line.strip())
        if line.strip() == "now":
            break
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    assert "now" in said and "taken" in said, said

    with Workspace.open(place) as workspace:
        assistant = Assistant(workspace, today=date(2026, 11, 23), tools=tools())
        turns = assistant.history("t")
        assert [turn.said for turn in turns] == [
            "给跑鞋做一个5万元的投放计划，抖音，两周",
            "预算降到1万",
            "给袜子做一个3万元的投放计划，抖音，两周",
        ]
        assert all(turn.text for turn in turns), "no empty bubble"
        acked = [line.split()[1:] for line in said if line.startswith("acked")]
        for plan_id, version in acked:
            assert workspace.records.plan(plan_id, int(version)).version == int(version)
        if stop == "after":
            assert any("袜子" in entry.id for entry in workspace.records.plans()), "a saved plan survives its turn"
        done = list(assistant.stream("预算降到2万", "t"))[-1]
        assert isinstance(done, Done) and done.version is not None
        state = assistant.history("t")
        assert len(state) == 4 and all(turn.text for turn in state)
