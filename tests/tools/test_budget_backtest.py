"""The forecast on past campaigns: honest intervals, no look ahead, named refusals."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from adwright.data.errors import AdwrightError
from adwright.data.workspace import Workspace
from adwright.tools.budget import backtest
from adwright.tools.budget.backtesting import BacktestForecast, backtest_forecast, backtest_rows
from adwright.tools.response.past import PastRates
from adwright.tools.response.scatter import volume_slope


def campaigns(n: int = 60, spread: float = 0.4, fall: float = 0.0, seed: int = 0) -> list[dict[str, Any]]:
    """Campaigns whose click price and conversion rate differ by `spread`, the rate falling with clicks by `fall`."""
    rng = np.random.default_rng(seed)
    rows = []
    for k in range(n):
        spend = float(rng.lognormal(7, 0.7))
        clicks = max(1, int(spend / (2 * rng.lognormal(0, spread))))
        rate = 0.05 * (clicks / 500) ** -fall * rng.lognormal(-(spread**2) / 2, spread)
        orders = int(rng.poisson(rate * clicks))
        start = date(2025, 1, 1) + timedelta(days=7 * k)
        rows.append(
            {
                "campaign_id": f"c{k:03d}", "name": "", "channel": "douyin", "placement": None, "product_id": None, "category": "beauty",
                "start": start, "end": start + timedelta(days=6), "currency": "CNY", "spend": spend, "impressions": clicks * 80, "clicks": clicks,
                "conversions": orders, "revenue": 100.0 * orders,
            }
        )  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def judged() -> Any:
    return backtest_rows(campaigns(60), draws=400)


def test_intervals_are_as_wide_as_campaigns_differ(judged: Any) -> None:
    rows = {r.quantity: r for r in judged.rows}
    assert set(rows) == {"clicks", "conversions", "revenue"}
    assert all(0.68 <= rows[q].covered <= 0.92 for q in ("clicks", "conversions"))
    assert rows["clicks"].campaigns + judged.skipped == 60


def test_a_campaign_never_tells_of_itself_or_of_what_came_before_the_end() -> None:
    rows = campaigns(40)
    told = backtest_rows(rows, draws=200)
    changed = [dict(r) for r in rows]
    changed[-1]["spend"], changed[-1]["clicks"] = rows[-1]["spend"], 10 * rows[-1]["clicks"]
    after = backtest_rows(changed, draws=200)
    # All but the newest campaign are forecast as before; its own truth alone changed.
    assert after.rows[0].campaigns == told.rows[0].campaigns
    assert after.rows[0].wape > told.rows[0].wape and after.skipped == told.skipped


def test_the_same_seed_gives_the_same_result() -> None:
    first, again = (backtest_rows(campaigns(20), draws=200, seed=4) for _ in range(2))
    assert first == again


def test_a_rate_that_falls_with_volume_is_found() -> None:
    assert volume_slope(campaigns(120, fall=0.4)) == pytest.approx(-0.4, abs=0.12)
    assert volume_slope(campaigns(120)) > -0.1
    assert volume_slope(campaigns(5, fall=0.4)) == 0.0


def test_the_spread_of_an_account_is_measured_on_others() -> None:
    calm, wild = (PastRates.of_rows(campaigns(80, spread=s)).spread for s in (0.1, 0.6))
    assert calm is not None and wild is not None
    assert calm.cpc < 0.2 < 0.4 < wild.cpc and calm.cvr < wild.cvr
    assert PastRates.of_rows(campaigns(5)).spread is None


def test_too_few_campaigns_are_refused(empty_shop: Workspace) -> None:
    with pytest.raises(AdwrightError) as error:
        backtest(empty_shop)
    assert error.value.code == "no-campaigns"
    with pytest.raises(AdwrightError) as error:
        backtest_rows(campaigns(7))
    assert error.value.code == "few-campaigns"


def test_the_demo_shop_can_be_tried(shop: Workspace) -> None:
    told = backtest_forecast(shop, BacktestForecast(reply_language="en"))
    rows = told.artifact.data["rows"]
    assert [r["name"]["en"] for r in rows] == ["Clicks", "Conversions", "Revenue"]
    assert all(0.6 <= r["covered"] <= 1 for r in rows) and rows[0]["wape"] < rows[0]["wape_last"]
    assert len(told.content) <= 500 and "WAPE" in told.content
