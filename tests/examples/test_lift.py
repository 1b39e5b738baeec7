"""The worked example of a randomised e-mail test reads the public set as its authors' means say."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "lift.py"


def test_the_e_mails_lift_is_read_from_the_randomised_set(datasets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if not (datasets / "hillstrom_email").is_dir():
        pytest.skip("Hillstrom's e-mail test is absent")
    import pandas as pd

    found = runpy.run_path(str(EXAMPLE))["main"](datasets)
    mail: Any = pd.read_parquet(datasets / "hillstrom_email" / "hillstrom.parquet")
    means = mail.groupby("cat_segment")["spend"].mean()
    for arm, difference in found.items():
        # The covariate takes out noise, not the difference itself.
        assert difference == pytest.approx(means[arm] - means["No E-Mail"], abs=0.02)
    told = capsys.readouterr().out
    assert "p = 0.90, yes" in told and "lift +72%" in told and "iROAS 77" in told
