"""The forecast: figures that agree with each other, move the right way, and are the same twice."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adwright.data.errors import AdwrightError
from adwright.data.figure import Figure, rounded
from adwright.data.money import Money, total
from adwright.tools.budget import LineInput, PlanForecast, forecast
from adwright.tools.budget.curves import Curves, arrival
from adwright.tools.budget.montecarlo import in_whole

from .plan_sample import START, line_inputs


def run(lines: list[LineInput], amount: str | int = 50_000, days: int = 14, **more: object) -> PlanForecast:
    budgets = Money.of(amount, lines[0].currency).split([1] * len(lines))
    return forecast(lines, budgets, start=START, days=days, **more)  # pyright: ignore[reportArgumentType]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 6), st.integers(1, 10**9), st.integers(1, 45), st.sampled_from(["CNY", "USD", "JPY"]))
def test_lines_add_up_and_ratios_follow_from_what_is_shown(n: int, units: int, days: int, currency: str) -> None:
    lines = line_inputs(currency, n)
    amount = Money.of(Decimal(units) / (1 if currency == "JPY" else 100), currency)
    budgets = amount.split([1] * n)
    result = forecast(lines, budgets, start=START, days=days, draws=400)
    t = result.total
    for name in ("impressions", "clicks", "orders", "revenue"):
        assert sum(getattr(line, name).value for line in result.lines) == getattr(t, name).value
    assert t.roas.value == rounded(t.revenue.value / amount.amount, "ratio")
    kept = sum((line.revenue.value * Decimal("0.45") for line in result.lines), Decimal(0)) - amount.amount
    assert t.contribution.value == in_whole(rounded(kept, currency))
    assert t.roi.value == rounded(t.contribution.value / amount.amount, "ratio")
    if t.orders.value:
        assert t.cpa.value == rounded(in_whole(amount.amount / t.orders.value), currency)
    for line, budget in zip(result.lines, budgets, strict=True):
        assert line.orders.value <= line.clicks.value <= line.impressions.value
        if line.orders.value:
            assert line.cpa.value == rounded(in_whole(budget.amount / line.orders.value), currency)
            assert line.cvr.value == rounded(line.orders.value / line.clicks.value, "rate")
        if budget.amount:
            assert line.roas.value == rounded(line.revenue.value / budget.amount, "ratio")
    figures = [getattr(x, name) for x in (*result.lines, t) for name in ("impressions", "clicks", "orders", "revenue", "roas", "cpa")]
    assert all(f.low <= f.value <= f.high for f in figures if f.low is not None and f.high is not None)
    assert 0 <= t.p_profit.value <= 1


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 4), st.integers(100, 10**6), st.integers(1, 60))
def test_fan_rises_is_ordered_and_ends_at_the_total(n: int, amount: int, days: int) -> None:
    t = run(line_inputs(n=n), amount, days, draws=400).total
    assert [d.day for d in t.days] == [START + timedelta(days=i) for i in range(days)]
    assert total([d.budget for d in t.days], "CNY") == Money.of(amount, "CNY")
    assert all(list(d.orders) == sorted(d.orders) for d in t.days)
    assert all(a <= b for d, e in pairwise(t.days) for a, b in zip(d.orders, e.orders, strict=True))
    assert (t.days[-1].orders[0], t.days[-1].orders[2], t.days[-1].orders[4]) == (t.orders.low, t.orders.value, t.orders.high)


def test_same_seed_same_result_and_other_lines_keep_their_luck() -> None:
    lines = line_inputs(n=4)
    assert run(lines) == run(lines)
    assert run(lines, seed=1) != run(lines)
    alone = forecast(lines[:1], [Money.of(12_500, "CNY")], start=START, days=14)
    together = run(lines)
    assert alone.lines[0].orders.low == pytest.approx(together.lines[0].orders.low, abs=1)


def test_money_has_diminishing_returns_and_festivals_cost() -> None:
    lines = line_inputs(n=2)
    orders = [float(run(lines, amount).total.orders.value) for amount in (10_000, 20_000, 40_000)]
    assert orders[0] < orders[1] < 2 * orders[0] and orders[1] < orders[2] < 2 * orders[1]
    dear = run(lines, 20_000, uplift={START + timedelta(days=i): 1.5 for i in range(14)})
    assert dear.total.clicks.value < run(lines, 20_000).total.clicks.value


def test_an_audience_is_finite() -> None:
    line = line_inputs(n=1)[0].model_copy(update={"reach": 1_000.0})
    result = run([line], 10**6)
    assert result.lines[0].impressions.value <= 1_000 * 8


def test_medians_agree_with_the_curves_the_split_uses() -> None:
    lines = line_inputs(n=4)
    spend = np.full(4, 12_500.0)
    expected = Curves.of(lines, 14).orders(spend).sum()
    drawn = float(run(lines).total.orders.value)
    assert drawn == pytest.approx(expected, rel=0.08)


def test_range_covers_its_own_model() -> None:
    """Draws with another seed fall inside P10-P90 about four times in five."""
    lines = line_inputs(n=3)
    o = run(lines).total.orders
    assert o.low is not None and o.high is not None
    hits = [o.low <= run(lines, seed=s, draws=1).total.orders.value <= o.high for s in range(1, 161)]
    assert 0.68 <= np.mean(hits) <= 0.92


def test_late_orders_are_left_out_and_said() -> None:
    lines = line_inputs(n=1)
    at_once, late = run(lines, carry=(1.0, 1.0)), run(lines, carry=(0.2, 10.0))
    assert late.total.orders.value < at_once.total.orders.value
    assert "14" in late.total.method.zh and "%" in late.total.method.en
    assert arrival(3, (1.0, 5.0)).tolist() == [1, 1, 1]


def test_drivers_name_three_inputs_with_numbers() -> None:
    drivers = run(line_inputs(n=4)).total.drivers
    assert len(drivers) == 3
    assert all("¥" in d.zh and "%" in d.en for d in drivers)


def test_spend_beyond_history_is_marked() -> None:
    line = line_inputs(n=1)[0].model_copy(update={"usual_daily_spend": 100.0})
    assert any("外推" in note.zh and "extrapolation" in note.en for note in run([line], 14 * 151).notes)
    assert not run([line], 14 * 149).notes


def test_nothing_spent_brings_nothing() -> None:
    lines = line_inputs(n=2)
    result = forecast(lines, [Money.of(0, "CNY"), Money.of(0, "CNY")], start=START, days=7)
    assert result.total.orders.value == result.total.clicks.value == result.total.p_profit.value == 0
    assert result.total.roas == Figure.of(Decimal(0), "ratio", result.total.roas.source, formula=result.total.roas.formula)
    assert all(line.ctr.value > 0 for line in result.lines)


def test_selling_below_cost_has_no_break_even() -> None:
    line = line_inputs(n=1)[0].model_copy(update={"margin": -0.1})
    t = run([line]).total
    assert t.break_even_roas.value == 0 and t.break_even_roas.formula and "没有保本点" in t.break_even_roas.formula.zh
    assert t.p_profit.value == 0


@pytest.mark.parametrize(
    ("lines", "days", "code"), [([], 7, "no-lines"), (line_inputs(), 0, "bad-period"), (line_inputs("USD"), 7, "currency-mismatch")]
)
def test_refusals(lines: list[LineInput], days: int, code: str) -> None:
    with pytest.raises(AdwrightError) as error:
        forecast(lines, [Money.of(10, "CNY")] * len(lines), start=date(2026, 12, 1), days=days)
    assert error.value.code == code


def test_inputs_refuse_impossible_rates() -> None:
    good = line_inputs(n=1)[0].model_dump()
    for change in ({"cpc": (2, 1, 3)}, {"cpc": (0, 1, 2)}, {"ctr": 0}, {"cvr": 1.2}, {"order_value": -1}, {"margin": 1.5}, {"surprise": 1}):
        with pytest.raises(ValueError):
            LineInput.model_validate({**good, **change})
