"""How large a budget should be: the same numbers as an edit would show, goals that are met, and refusals in words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

import pytest

from adwright.agent.assistant import Assistant
from adwright.data.errors import AdwrightError
from adwright.data.money import Money
from adwright.data.patch import SetBudget
from adwright.data.workspace import Workspace
from adwright.tools.budget import LineInput, split_budget
from adwright.tools.budget.montecarlo import forecast_and_draws
from adwright.tools.budget.sizing import Valued, needed, weigh
from adwright.tools.plan.revise import RevisePlan, revise_plan
from adwright.tools.plan.size import SizeBudget, size_budget

from .plan_sample import line_inputs

DAY = date(2026, 11, 23)


@lru_cache(maxsize=256)
def at(total: Money) -> Valued:
    lines: list[LineInput] = line_inputs()
    split = split_budget(lines, total, days=14)
    return Valued.of(total, lines, split, *forecast_and_draws(lines, split.budgets, start=DAY, days=14))


def cny(amount: float) -> Money:
    return Money.of(round(amount, 2), "CNY")


def test_more_money_brings_more_and_each_further_step_less() -> None:
    steps = [cny(20_000 * 2**i) for i in range(5)]
    weighed = [weigh(at, a, b) for a, b in pairwise(steps)]
    assert all(w.revenue[1] > 0 for w in weighed)
    rates = [w.roas[1] for w in weighed]
    assert rates == sorted(rates, reverse=True)
    assert all(w.roas[0] <= w.roas[1] <= w.roas[2] and 0 <= w.p_pays <= 1 for w in weighed)
    chances = [w.p_pays for w in weighed]
    assert chances == sorted(chances, reverse=True)


def test_the_difference_is_that_of_the_two_totals() -> None:
    less, more = cny(30_000), cny(50_000)
    w = weigh(at, less, more)
    assert w.mean == pytest.approx(float((w.more.contribution - w.less.contribution).mean()))
    assert w.verdict == ("pays" if w.p_pays >= 0.8 else "loses" if w.p_pays <= 0.2 else "unsure")


@pytest.mark.parametrize("revenue", [60_000, 250_000, 700_000])
def test_a_revenue_goal_is_met_by_the_smallest_of_the_totals(revenue: int) -> None:
    found = needed(at, cny(1_000), revenue=revenue)
    assert found.found == "met" and found.p_goal is not None and 0.3 < found.p_goal < 0.7
    assert revenue <= found.valued.forecast.total.revenue.value <= revenue * Decimal("1.01")
    below = at(cny(float(found.valued.total) * 0.97))
    assert below.forecast.total.revenue.value < revenue


def test_a_roas_bounds_the_total_and_a_goal_beyond_it_is_named() -> None:
    least = cny(1_000)
    start = float(at(least).forecast.total.roas.value)
    target = start * 0.7
    most = needed(at, least, roas=target)
    assert most.found == "met"
    assert float(most.valued.forecast.total.revenue.value / most.valued.total.amount) == pytest.approx(target, rel=0.02)
    reach = float(most.valued.forecast.total.revenue.value)
    assert needed(at, least, revenue=reach / 2, roas=target).found == "met"
    short = needed(at, least, revenue=reach * 2, roas=target)
    assert short.found == "roas-short" and short.goal_at is not None
    assert float(short.goal_at.forecast.total.revenue.value) >= reach * 2
    assert short.valued.total.amount < short.goal_at.total.amount
    assert needed(at, least, roas=start * 3).found == "roas-never"


def test_no_goal_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="goal"):
        needed(at, cny(1000))


def test_another_budget_shows_what_the_edit_to_it_would_show(shop: Workspace) -> None:
    plan = Assistant(shop, today=DAY).plan("给跑鞋做一个3万元的投放计划，抖音和小红书，两周")
    result = size_budget(shop, SizeBudget(budget_to=Decimal(45_000), currency="CNY", plan_id=plan.id, version=1, today=DAY))
    rows = {row["budget"]: row for row in result.artifact.data["rows"]}
    assert rows["30000.00"]["orders"] == str(plan.forecast.orders.value)
    edit = RevisePlan(plan_id=plan.id, version=1, patches=[SetBudget(budget=cny(45_000))], today=DAY)
    revised = shop.records.plan(plan.id, revise_plan(shop, edit).artifact.data["version"])
    assert rows["45000.00"]["orders"] == str(revised.forecast.orders.value)
    assert rows["45000.00"]["revenue"] == str(revised.forecast.revenue.value)
    assert shop.records.plan(plan.id, 1) == plan


def test_without_a_plan_the_shop_s_own_channels_are_taken_and_said(shop: Workspace) -> None:
    ask = SizeBudget(budget_from=Decimal(20_000), budget_to=Decimal(30_000), currency="CNY", today=DAY)
    result = size_budget(shop, ask)
    told = " ".join(note["en"] for note in result.artifact.data["notes"])
    assert "Channels were not stated" in told and "14 days" in told
    assert result.artifact.data["sizing"]["verdict"] in ("pays", "unsure", "loses")


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"budget_from": 5000, "budget_to": 5000}, "same-budget"),
        ({"budget_to": 5000}, "same-budget"),
        ({"budget_from": 5000, "budget_to": -1}, "bad-budget"),
        ({"budget_from": 0, "budget_to": 5000}, "bad-budget"),
        ({"revenue_goal": 0}, "bad-goal"),
        ({"target_roas": -2}, "bad-goal"),
        ({}, "no-goal"),
    ],
)
def test_what_cannot_be_valued_is_refused_in_words(shop: Workspace, args: dict[str, int], code: str) -> None:
    with pytest.raises(AdwrightError) as raised:
        size_budget(shop, SizeBudget.model_validate({**args, "currency": "CNY", "today": DAY}))
    assert raised.value.code == code
