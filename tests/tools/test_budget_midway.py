"""The forecast of a plan that runs: facts as counted, the rest moved by what they say."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from adwright.data.money import Money
from adwright.tools.budget import PlanForecast, forecast
from adwright.tools.budget.midway import Counts, forecast_midway, learned_lines

from .plan_sample import START, line_inputs

DAYS = 14
LINES = line_inputs(n=3)
BUDGETS = [Money.of(amount, "CNY") for amount in (12_000, 9_000, 9_000)]
PLANNED = forecast(LINES, BUDGETS, start=START, days=DAYS)


def counted(days: int, orders: float = 1.0, dearer: float = 1.0) -> Counts:
    """What the plan expects of its first days; `orders` and `dearer` move orders per click and the click price."""
    part = np.array([float(b) for b in BUDGETS]) / DAYS
    each = {
        name: np.array([float(getattr(line, name).value) for line in PLANNED.lines]) / DAYS
        for name in ("impressions", "clicks", "orders", "revenue")
    }
    rows = {name: np.tile(np.floor(x / dearer * (orders if name in ("orders", "revenue") else 1.0)), (days, 1)) for name, x in each.items()}
    return Counts(np.tile(part, (days, 1)), rows["impressions"], rows["clicks"], rows["orders"], rows["revenue"])


def told(counts: Counts, budgets: list[Money] = BUDGETS) -> PlanForecast:
    return forecast_midway(LINES, budgets, counts, start=START, days=DAYS)[0]


def test_facts_and_forecast_add_up_line_by_line() -> None:
    counts = counted(6)
    found = told(counts)
    so_far = found.total.so_far
    assert so_far is not None and so_far.until == START + timedelta(days=5) and so_far.days_left == 8
    assert so_far.orders.value == int(counts.orders.sum()) and so_far.orders.low is None
    assert found.total.orders.value == so_far.orders.value + so_far.orders_to_come.value
    assert sum(line.orders.value for line in found.lines) == found.total.orders.value
    assert sum(line.revenue.value for line in found.lines) == found.total.revenue.value
    assert all(line.orders.value >= counts.orders[:, i].sum() for i, line in enumerate(found.lines))
    assert [day.orders[0] for day in found.total.days[:6]] == [day.orders[4] for day in found.total.days[:6]]
    assert found.total.days[-1].orders[2] == found.total.orders.value and len(found.total.days) == DAYS
    assert str(so_far.until) in found.total.method.zh


def test_results_as_planned_keep_the_forecast_and_narrow_it() -> None:
    found = told(counted(7)).total
    assert float(found.orders.value) == pytest.approx(float(PLANNED.total.orders.value), rel=0.12)
    width = [float(f.orders.high - f.orders.low) for f in (found, PLANNED.total) if f.orders.high is not None and f.orders.low is not None]
    assert width[0] < 0.7 * width[1]


@pytest.mark.parametrize(("orders", "dearer", "less"), [(0.5, 1.0, "cvr"), (2.0, 1.0, ""), (1.0, 1.5, "cpc")])
def test_rates_follow_what_was_counted_and_carry_on(orders: float, dearer: float, less: str) -> None:
    counts = counted(7, orders, dearer)
    learned = learned_lines(LINES, counts, DAYS)
    found = told(counts).total
    expected = float(PLANNED.total.orders.value) / 2
    assert found.so_far is not None
    to_come = float(found.so_far.orders_to_come.value)
    if less == "cpc":
        assert all(new.cpc.mid > old.cpc.mid for new, old in zip(learned, LINES, strict=True)) and to_come < expected
    else:
        assert all((new.cvr < old.cvr) is (less == "cvr") for new, old in zip(learned, LINES, strict=True))
        assert (to_come < expected) is (less == "cvr")
    assert all(new.cvr_strength >= old.cvr_strength for new, old in zip(learned, LINES, strict=True))


def test_a_plan_that_is_over_is_its_facts() -> None:
    counts = counted(DAYS)
    found = told(counts).total
    assert found.orders.value == found.orders.low == found.orders.high == int(counts.orders.sum())
    assert found.p_profit.value in (0, 1) and found.so_far is not None and found.so_far.days_left == 0
    assert found.so_far.orders_to_come.value == 0


def test_a_line_that_ran_over_its_budget_spends_nothing_more() -> None:
    found = told(counted(6), [Money.of(1_000, "CNY"), *BUDGETS[1:]])
    assert found.lines[0].clicks.value == counted(6).clicks[:, 0].sum()
    assert found.lines[0].clicks.low == found.lines[0].clicks.high


def test_without_revenue_in_the_report_orders_are_valued() -> None:
    counts = counted(5)
    silent = Counts(counts.spend, counts.impressions, counts.clicks, counts.orders, counts.revenue * 0)
    found = told(silent).total.so_far
    assert found is not None
    expected = sum(counts.orders[:, i].sum() * line.order_value * (1 - line.return_rate) for i, line in enumerate(LINES))
    assert float(found.revenue.value) == pytest.approx(expected, abs=1)


def test_no_orders_at_all_is_no_division_by_zero() -> None:
    counts = counted(3)
    nothing = Counts(counts.spend, counts.impressions, counts.clicks * 0, counts.orders * 0, counts.revenue * 0)
    found = told(nothing).total
    assert found.orders.value >= 0 and found.so_far is not None and found.so_far.orders.value == Decimal(0)
