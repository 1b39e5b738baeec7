"""A part of the BFCL replay (all of it: `python -m benchmarks bfcl`): good calls come through, spoilt ones never do."""

from __future__ import annotations

from pathlib import Path

from benchmarks.bfcl import replay


def test_schemas_convert_and_arguments_are_checked(datasets: Path) -> None:
    right, played, misses = replay(datasets / "bfcl_tools", step=12)
    assert misses == []
    assert set(played) >= {"right call kept", "missing required refused", "wrong type refused", "extra field refused", "nothing called"}
    assert right == played
