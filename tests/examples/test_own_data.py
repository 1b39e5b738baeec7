"""The example with real data: a shop made of Online Retail II orders and KAG ads plans from its own customers and ads."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from adwright import Workspace

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "own_data.py"


@pytest.mark.slow
def test_plan_from_real_orders_and_ads(datasets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    needed = [datasets / "online_retail" / "online_retail_2010-2011.parquet", datasets / "kag_conversion" / "KAG_conversion_data.csv"]
    for file in needed:
        if not file.exists():
            pytest.skip(f"{file.name} is not here")
    runpy.run_path(str(EXAMPLE))["main"](datasets, tmp_path / "shop")
    told = capsys.readouterr().out
    assert "1,143 ads imported" in told
    with Workspace.open(tmp_path / "shop") as shop:
        plan = shop.records.plan(shop.records.plans()[0].id)
        customers = {
            row["user_id"] for row in shop.warehouse.arrow(shop.warehouse.table("orders").select("user_id").distinct()).to_pylist()
        }
        assert all(s.source == "model" and 0 < s.size < len(customers) for s in plan.segments)
        ads = {str(row["campaign_id"]) for row in shop.warehouse.arrow(shop.warehouse.table("campaigns").select("campaign_id")).to_pylist()}
        cited = {e.removeprefix("campaign:") for line in plan.lines for e in line.ctr.evidence if e.startswith("campaign:")}
    assert cited
    assert cited <= ads
    assumed = " ".join(a.text.en for a in plan.assumptions)
    assert "no revenue" in assumed
    assert "no dates" in assumed
    assert plan.total.text() == "£3,000.00"
