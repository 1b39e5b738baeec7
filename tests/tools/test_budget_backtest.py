"""The forecast on past campaigns: honest intervals, no look ahead, named refusals."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from adwright.data.errors import AdwrightError
from adwright.data.money import Money
from adwright.data.workspace import Workspace
from adwright.tools.budget import backtest
from adwright.tools.budget.backtesting import BacktestForecast, _try, backtest_forecast, backtest_rows
from adwright.tools.budget.montecarlo import forecast_and_draws
from adwright.tools.response.past import PastRates
from adwright.tools.response.scatter import volume_slope

from .plan_sample import START, line_inputs


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


def dear_and_cheap(n: int = 60) -> list[dict[str, Any]]:
    """Campaigns of products at prices from 50 to 800: the dearer, the fewer convert and the more a click costs."""
    rng = np.random.default_rng(4)
    rows = campaigns(n, spread=0.1)
    for row in rows:
        price = float(np.exp(rng.uniform(np.log(50), np.log(800))))
        row["clicks"] = max(1, int(row["clicks"] * (price / 200) ** -0.4))
        row["conversions"] = int(rng.poisson(0.08 * (price / 200) ** -0.6 * row["clicks"]))
        row["revenue"] = price * row["conversions"]
    return rows


def untold(past: PastRates) -> PastRates:
    """The same account, had nobody looked at how order values go with rates."""
    past.__dict__["value_trade"] = None
    return past


def test_revenue_is_not_made_unsure_by_prices_that_rates_make_up_for() -> None:
    rows = dear_and_cheap()
    trade = PastRates.of_rows(rows).value_trade
    assert trade is not None and trade.cvr < -0.4 and trade.cpc > 0.3 and trade.spread < 0.5
    past = PastRates.of_rows(rows[:-1])
    widths = []
    for known in (past.value_trade, None):
        draws = _try(rows[-1], PastRates.of_rows(rows[:-1]) if known else untold(past), 1000, 0)
        assert draws is not None
        low, high = np.quantile(draws.draws["revenue"], (0.1, 0.9))
        widths.append(np.log(high / low))
    assert widths[0] < 0.75 * widths[1]
    assert PastRates.of_rows(rows[:15]).value_trade is None
    steady = PastRates.of_rows(campaigns(60)).value_trade
    assert steady is not None and steady.spread < 0.01 and steady.cpc < 0.01, "one price: nothing goes with anything"


def test_tying_order_value_to_rates_leaves_the_mean_revenue_as_it_was() -> None:
    apart = line_inputs(n=1)[0]
    together = apart.model_copy(update={"value_by_cvr": -0.6, "value_by_cpc": 0.8})
    mean, width = [], []
    for line in (apart, together):
        told, drawn = forecast_and_draws([line], [Money.of(20_000, "CNY")], start=START, days=14)
        mean.append(drawn.mean_revenue.mean())
        low, high = told.total.revenue.low, told.total.revenue.high
        width.append(float(high or 0) / float(low or 1))
    assert mean[1] == pytest.approx(mean[0], rel=0.02) and width[1] < width[0]
