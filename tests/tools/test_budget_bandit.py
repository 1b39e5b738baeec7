"""The creatives' bandit and the two pacers: laws that hold for any input, state, and bad input."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adwright.data.errors import AdwrightError
from adwright.data.money import Money
from adwright.tools.budget import Arm, Bandit, Pacer, daily_budget
from adwright.tools.budget.bandit import LEAST_SHARE, LIVE, arrived

TWO = [Arm("a"), Arm("b")]


def money(amount: str | int) -> Money:
    return Money.of(Decimal(amount), "CNY")


counts = st.tuples(st.integers(0, 5_000), st.integers(0, 200), st.integers(0, 20)).map(lambda c: (c[0] + c[1] + c[2], c[1] + c[2], c[2]))


@given(seen=st.lists(counts, min_size=1, max_size=20), seed=st.integers(0, 100), goal=st.sampled_from(["clicks", "contribution"]))
@settings(max_examples=30)
def test_shares_are_a_distribution_over_few_live_arms(seen: list[tuple[int, int, int]], seed: int, goal: str) -> None:
    bandit = Bandit([Arm(str(i), value=10.0 + i) for i in range(len(seen))], goal=goal, seed=seed)
    for i, (shown, clicks, bought) in enumerate(seen):
        bandit.observe(str(i), day=i % 3, impressions=shown, clicks=clicks, conversions=bought)
    shares = bandit.shares()
    assert 1 <= len(shares) <= LIVE
    assert sum(shares.values()) == pytest.approx(1)
    assert min(shares.values()) >= LEAST_SHARE * 0.9
    assert set(bandit.assign(50)) <= {str(i) for i in range(len(seen))}


def test_the_state_goes_on_exactly_there() -> None:
    bandit = Bandit([Arm(str(i), ctr=0.01 + i / 1_000, cvr=0.03, value=9.0) for i in range(12)], seed=3)
    bandit.observe("1", day=0, impressions=900, clicks=20, conversions=1)
    bandit.shares()
    again = Bandit.from_json(bandit.to_json())
    for day in range(1, 4):
        assert again.shares(day) == bandit.shares(day)
    assert again.to_json() == bandit.to_json()


def test_a_hopeless_arm_is_retired_and_another_takes_its_place() -> None:
    bandit = Bandit([Arm(str(i)) for i in range(9)], goal="clicks")
    first = list(bandit.shares())
    for arm in first:
        bandit.observe(arm, day=0, impressions=5_000, clicks=1 if arm == first[0] else 150)
    status = {arm.id: arm.status for arm in bandit.standing()}
    assert status[first[0]] == "retired"
    assert sum(s == "live" for s in status.values()) == LIVE


def test_a_model_that_is_far_off_in_level_is_mended_by_data() -> None:
    bandit = Bandit([*(Arm(str(i), ctr=0.04) for i in range(6)), Arm("a", ctr=0.04), Arm("b", ctr=0.08)], goal="clicks")
    for arm in ("a", *map(str, range(6))):
        bandit.observe(arm, day=0, impressions=20_000, clicks=200)
    told = {arm.id: arm.value for arm in bandit.standing()}
    assert told["a"] == pytest.approx(0.01, rel=0.1)
    assert 0.012 < told["b"] < 0.03


def test_value_decides_where_rates_are_alike() -> None:
    bandit = Bandit([Arm("cheap", value=5.0), Arm("dear", value=50.0)])
    for arm in ("cheap", "dear"):
        bandit.observe(arm, day=0, impressions=20_000, clicks=400, conversions=20)
    shares = bandit.shares(day=30)
    assert shares["dear"] > 0.98


def test_recent_clicks_are_not_held_against_an_arm() -> None:
    young, old = (Bandit(TWO, discount=1.0) for _ in range(2))
    for bandit in (young, old):
        bandit.observe("a", day=10, impressions=10_000, clicks=300, conversions=9)
    value = [bandit.standing(day)[0].value for bandit, day in ((young, 10), (old, 40))]
    assert value[0] > value[1]
    assert arrived(0) < arrived(3) < arrived(100) <= 1


def test_the_past_fades() -> None:
    bandit = Bandit(TWO, goal="clicks", discount=0.9)
    bandit.observe("a", day=0, impressions=20_000, clicks=1_000)
    bandit.observe("a", day=30, impressions=20_000, clicks=200)
    assert bandit.standing(30)[0].value < 0.015


def test_the_better_arm_gets_the_traffic() -> None:
    rng, rates = np.random.default_rng(0), {"a": 0.02, "b": 0.05, "c": 0.02}
    bandit = Bandit([Arm(name) for name in rates], goal="clicks")
    for _ in range(40):
        for name, share in bandit.shares(0).items():
            shown = round(500 * share)
            bandit.observe(name, day=0, impressions=shown, clicks=int(rng.binomial(shown, rates[name])))
    assert bandit.shares(0)["b"] > 0.95


@pytest.mark.parametrize(
    "call",
    [
        lambda: Bandit([]),
        lambda: Bandit([Arm("a"), Arm("a")]),
        lambda: Bandit([Arm("a", ctr=1.5)]),
        lambda: Bandit([Arm("a", value=-1.0)]),
        lambda: Bandit([Arm("a")], goal="fame"),
        lambda: Bandit([Arm("a")], caution=0.0),
        lambda: Bandit(TWO).observe("c", day=0),
        lambda: Bandit(TWO).observe("a", day=0, impressions=-1),
        lambda: Bandit(TWO).observe("a", day=0, impressions=1, clicks=2),
        lambda: Bandit.from_json("no json"),
        lambda: Bandit.from_json("[]"),
        lambda: Bandit.from_json(Bandit(TWO).to_json().replace('"format": 1', '"format": 2')),
    ],
)
def test_bad_bandits_are_named(call: Callable[[], Any]) -> None:
    with pytest.raises(AdwrightError) as error:
        call()
    assert error.value.code == "bad-bandit"


@given(
    budget=st.floats(0.01, 1e6),
    auctions=st.lists(st.tuples(st.floats(0, 1e4), st.floats(0, 1e4), st.integers(0, 3)), max_size=300),
    plan=st.lists(st.floats(0.1, 1_000), min_size=4, max_size=4),
)
def test_a_budget_is_never_overspent(budget: float, auctions: list[tuple[float, float, int]], plan: list[float]) -> None:
    pacer = Pacer(budget, plan)
    for value, price, slot in sorted(auctions, key=lambda a: a[2]):
        bid = pacer.bid(value, slot)
        assert 0 <= bid <= value
        pacer.settle(price if bid > price else 0.0)
    assert 0 <= pacer.spent <= budget


def test_a_rush_does_not_empty_the_budget() -> None:
    rng = np.random.default_rng(0)
    pacer, spent = Pacer(100.0, [500.0] * 10), []
    for slot in range(10):
        for value, price in rng.lognormal(0, 0.5, (1_000 if slot >= 5 else 500, 2)):
            pacer.settle(float(price) if pacer.bid(float(value), slot) > price else 0.0)
        spent.append(pacer.spent)
    assert spent[4] == pytest.approx(50, abs=15)
    assert spent[7] < 85 and spent[-1] > 97


def test_money_is_kept_for_the_hours_that_are_worth_more() -> None:
    spent = []
    for worth in (None, [1.0] * 4, [1.0, 1.0, 1.0, 2.0]):
        rng, pacer = np.random.default_rng(0), Pacer(100.0, [500.0] * 4, worth)
        for slot in range(4):
            for value, price in rng.lognormal(0, 0.5, (500, 2)):
                pacer.settle(float(price) if pacer.bid(float(value) * (1 + (slot == 3)), slot) > price else 0.0)
            if slot == 2:
                spent.append(pacer.spent)
    assert spent[0] == spent[1]
    assert spent[2] < 0.75 * spent[0]


@given(
    total=st.integers(0, 10**7),
    curve=st.lists(st.floats(0.01, 100), min_size=1, max_size=60),
    over=st.floats(1, 2),
    under=st.floats(0.5, 1),
)
def test_daily_budgets_never_break_the_total(total: int, curve: list[float], over: float, under: float) -> None:
    whole, spent = money(total), money(0)
    for day in range(len(curve)):
        today = daily_budget(whole, spent, curve, day, overdelivery=over, delivered=under)
        assert today.amount * Decimal(repr(over)) <= whole.amount - spent.amount
        spent = spent + today
    assert spent.amount <= whole.amount


def test_a_platform_that_spends_what_is_set_spends_all_by_the_curve() -> None:
    whole, spent, days = money("1000.01"), money(0), []
    for day in range(4):
        days.append(daily_budget(whole, spent, [1, 2, 3, 4], day))
        spent = spent + days[-1]
    assert spent == whole
    assert [round(float(d.amount)) for d in days] == [100, 200, 300, 400]


def test_nothing_left_is_a_stop() -> None:
    assert daily_budget(money(100), money(120), [1, 1], 1).amount == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda: Pacer(0.0, [1.0]),
        lambda: Pacer(1.0, []),
        lambda: Pacer(1.0, [-1.0, 2.0]),
        lambda: Pacer(1.0, [1.0, 2.0], [1.0]),
        lambda: Pacer(1.0, [1.0, 2.0], [1.0, 0.0]),
        lambda: Pacer(1.0, [1.0]).bid(-1.0, 0),
        lambda: Pacer(1.0, [1.0]).bid(1.0, 1),
        lambda: Pacer(1.0, [1.0]).settle(0.5),
        lambda: daily_budget(money(1), money(0), [1], 1),
        lambda: daily_budget(money(1), money(0), [-1], 0),
        lambda: daily_budget(money(1), money(0), [1], 0, overdelivery=0.5),
        lambda: daily_budget(money(1), Money.of(Decimal(1), "USD"), [1], 0),
    ],
)
def test_bad_pacing_is_named(call: Callable[[], Any]) -> None:
    with pytest.raises(AdwrightError) as error:
        call()
    assert error.value.code == "bad-pacing"
