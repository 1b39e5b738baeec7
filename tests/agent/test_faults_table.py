"""The whole fault table: 25 of 25. Deadlines are short, yet long enough for a busy machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from adwright.agent.endpoint import Limits
from adwright.agent.rehearsal.faults import play_all
from adwright.data.workspace import Workspace

CALM = Limits(connect=1.5, first=1.5, chunk=1.5, total=5.0, wait=4.0, backoff=0.1)


@pytest.mark.slow
def test_every_fault_ends_in_a_right_answer_or_a_named_message(tmp_path: Path) -> None:
    # An empty shop: its first plan waits for no models.
    with Workspace.open(tmp_path / "shop", create=True, name="店") as workspace:
        runs = list(play_all(workspace, CALM))
    assert {run.row.number for run in runs} == set(range(1, 26))
    assert [run.line() for run in runs if run.wrong] == []
    assert sum(run.cut_runs for run in runs) == sum(run.empty for run in runs) == 0
    assert max(run.requests for run in runs) <= 8 and max(run.tool_calls for run in runs) <= 16
