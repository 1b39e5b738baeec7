"""The public allocation: optimal by its certificate, exact to the cent, inside every bound, honest about S-shapes and targets."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adwright.data.errors import AdwrightError
from adwright.data.money import Money, total
from adwright.tools.budget import Allocation, Amounts, ResponseCurve, allocate
from adwright.tools.budget.worst_draws import worst_mean


def problem(n: int, seed: int, *, shaped: bool = False, size: float = 1.0) -> tuple[ResponseCurve, np.ndarray]:
    """Hill curves of campaigns whose sizes differ a lot, and today's spend."""
    rng = np.random.default_rng(seed)
    base = 1000 * size * rng.lognormal(0, 1.2, n)
    half, slope = base * rng.uniform(0.5, 4, n), rng.uniform(0.8, 3, n) if shaped else rng.uniform(0.6, 1, n)
    scale = rng.uniform(0.8, 6, n) * base * (half**slope + base**slope) / base**slope
    return ResponseCurve.hill(scale, half, slope), base


def amounts(result: Allocation) -> np.ndarray:
    return np.array([float(x) for x in result.amounts])


def paid(result: Allocation) -> list[Money]:
    return [x for x in result.amounts if isinstance(x, Money)]


@pytest.mark.parametrize("budget", [1e3, 1e5, 1e7, 1e9])
@pytest.mark.parametrize("n", [5, 50, 5000])
def test_concave_problems_are_solved_to_the_dual_bound(n: int, budget: float) -> None:
    for seed in range(3):
        curves, base = problem(n, seed, size=1.0)
        curves, base = problem(n, seed, size=budget / base.sum())
        result = allocate(curves, float(base.sum()), 0.2 * base, 3 * base, current=base)
        proof = result.certificate
        assert proof.gap <= 1e-9 and proof.spread <= 1e-6
        assert amounts(result).sum() == pytest.approx(base.sum(), rel=1e-12)
        assert np.all(amounts(result) >= 0.2 * base) and np.all(amounts(result) <= 3 * base)
        assert proof.gain is not None and proof.gain >= 0


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 12), st.integers(0, 10**6), st.booleans(), st.integers(100_00, 10**10), st.data())
def test_money_is_exact_and_bounds_hold(n: int, seed: int, shaped: bool, cents: int, data: st.DataObject) -> None:
    curves, base = problem(n, seed, shaped=shaped)
    amount = Money.of(Decimal(cents) / 100, "CNY")
    base *= float(amount) / base.sum()
    low, high = data.draw(st.floats(0, 0.8)), data.draw(st.floats(1.2, 5))
    result = allocate(curves, amount, low * base, high * base, current=base)
    spend = amounts(result)
    assert total(paid(result), "CNY") == amount == result.total
    assert np.all(spend >= low * base - 1e-7) and np.all(spend <= high * base + 1e-7)
    assert (result.certificate.gain or 0) >= 0


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 8), st.integers(0, 10**6), st.floats(1.05, 4))
def test_more_money_never_means_less_for_a_concave_line(n: int, seed: int, factor: float) -> None:
    curves, base = problem(n, seed)
    small, large = allocate(curves, float(base.sum())), allocate(curves, float(base.sum()) * factor)
    assert np.all(amounts(large) >= amounts(small) * (1 - 1e-8))
    assert large.revenue >= small.revenue and large.certificate.multiplier <= small.certificate.multiplier * (1 + 1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 8), st.integers(0, 10**6), st.booleans())
def test_order_and_unit_of_money_do_not_matter(n: int, seed: int, shaped: bool) -> None:
    curves, base = problem(n, seed, shaped=shaped)
    result = allocate(curves, float(base.sum()), upper=3 * base)
    order = np.random.default_rng(seed).permutation(n)
    turned = ResponseCurve(curves.is_logistic, curves.top[order], curves.log_half[order], curves.power[order])
    other = allocate(turned, float(base.sum()), upper=3 * base[order])
    assert other.revenue == pytest.approx(result.revenue, rel=1e-6)
    pence = ResponseCurve.hill(curves.top[:, 0] * 100, np.exp(curves.log_half[:, 0]) * 100, curves.power[:, 0])
    scaled = allocate(pence, float(base.sum()) * 100, upper=300 * base)
    assert scaled.revenue == pytest.approx(100 * result.revenue, rel=1e-6)
    if not shaped:
        assert np.allclose(amounts(other), amounts(result)[order], rtol=1e-6)
        assert np.allclose(amounts(scaled), 100 * amounts(result), rtol=1e-6)


def on_grid(curves: ResponseCurve, budget: float, steps: int) -> float:
    """Best result over all splits on a grid of `budget / steps`, by dynamic programming."""
    at = np.linspace(0, budget, steps + 1)
    best = np.full(steps + 1, -np.inf)
    best[0] = 0.0
    for i in range(curves.lines):
        mine = np.zeros(curves.lines, bool)
        mine[i] = True
        gains = curves.subset(mine).value(at)
        best = np.array([(best[: k + 1] + gains[k::-1]).max() for k in range(steps + 1)])
    return float(best[-1])


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("share", [0.1, 0.5, 1.5])
def test_few_s_shaped_lines_reach_the_best_of_every_split_on_a_grid(n: int, share: float) -> None:
    for seed in range(4):
        curves, base = problem(n, seed, shaped=True)
        result = allocate(curves, share * float(base.sum()))
        assert result.revenue >= on_grid(curves, share * float(base.sum()), 400) * (1 - 1e-9)
        assert result.certificate.gap <= 1e-6


@pytest.mark.parametrize(("n", "gap"), [(50, 5e-3), (5000, 5e-4)])
def test_many_s_shaped_lines_come_close_to_the_dual_bound(n: int, gap: float) -> None:
    curves, base = problem(n, 0, shaped=True)
    result = allocate(curves, float(base.sum()), 0.2 * base, 3 * base, current=base)
    assert result.certificate.gap <= gap
    assert (result.certificate.gain or 0) >= 0


@pytest.mark.parametrize("curve", [ResponseCurve.hill(9, 5, 0.7), ResponseCurve.hill(9, 5, 2.5), ResponseCurve.logistic(9, 5), ResponseCurve.michaelis_menten(9, 5)])  # fmt: skip
def test_derivatives_agree_with_differences(curve: ResponseCurve) -> None:
    at = np.geomspace(0.05, 60, 40)
    step = at * 1e-5
    assert np.allclose(curve.slope(at), (curve.value(at + step) - curve.value(at - step)) / (2 * step), rtol=1e-6, atol=1e-9)
    assert np.allclose(curve.bend(at), (curve.slope(at + step) - curve.slope(at - step)) / (2 * step), rtol=1e-5, atol=1e-9)
    assert curve.value(5).item() == pytest.approx(4.5)
    assert curve.value(0).item() == 0


def test_mean_over_draws_is_the_mean_of_the_curves() -> None:
    rng = np.random.default_rng(3)
    tops, halves = rng.uniform(1, 9, (20, 3)), rng.uniform(1, 9, (20, 3))
    mean = ResponseCurve.from_draws("logistic", tops, halves)
    each = [ResponseCurve.logistic(t, h) for t, h in zip(tops, halves, strict=True)]
    at = np.array([1.0, 4.0, 9.0])
    assert np.allclose(mean.value(at), np.mean([c.value(at) for c in each], 0))
    assert np.allclose(mean.slope(at), np.mean([c.slope(at) for c in each], 0))
    mixed = ResponseCurve.joined([mean, ResponseCurve.hill(5, 5, 2)])
    assert mixed.value(np.append(at, 5.0))[3] == pytest.approx(2.5)


def test_money_is_spent_while_it_pays() -> None:
    curves, _ = problem(20, 1)
    result = allocate(curves, margins=0.4)
    assert np.allclose(result.certificate.marginals, 1, rtol=1e-9)
    for factor in (0.9, 1.1):
        assert allocate(curves, float(result.total) * factor, margins=0.4).value < result.value
    nothing = allocate(ResponseCurve.michaelis_menten([10, 20], [100, 200]), margins=0.5)
    assert nothing.total == 0 and nothing.value == 0


@pytest.mark.parametrize("shaped", [False, True])
def test_targets_are_hit_or_refused_with_the_nearest_value(shaped: bool) -> None:
    curves, base = problem(12, 2, shaped=shaped)
    by_roas = allocate(curves, target_roas=2)
    assert by_roas.revenue / float(by_roas.total) == pytest.approx(2, rel=1e-3)
    by_cpa = allocate(curves, target_cpa=30, order_values=60)
    assert float(by_cpa.total) / (by_cpa.revenue / 60) == pytest.approx(30, rel=1e-3)
    by_revenue = allocate(curves, target_revenue=30_000, lower=0)
    assert by_revenue.revenue == pytest.approx(30_000, rel=1e-3)
    with pytest.raises(AdwrightError, match="nearest possible is") as error:
        allocate(curves, target_roas=50, lower=base)
    assert error.value.code == "unreachable-target"
    with pytest.raises(AdwrightError) as error:
        allocate(curves, target_revenue=1e12)
    assert error.value.code == "unreachable-target"


def test_groups_get_their_minimum_at_a_price() -> None:
    curves, _ = problem(6, 4)
    free = allocate(curves, 6000.0)
    part = float(amounts(free)[:2].sum())
    held = allocate(curves, 6000.0, groups={"search": ([0, 1], part + 500, None)})
    assert amounts(held)[:2].sum() == pytest.approx(part + 500, rel=1e-9)
    assert held.certificate.group_prices["search"] < 0 and held.certificate.gap <= 1e-9
    eased = allocate(curves, 6000.0, groups={"search": ([0, 1], part + 499, None)})
    assert eased.revenue - held.revenue == pytest.approx(-held.certificate.group_prices["search"], rel=1e-2)


def test_a_bound_has_its_price() -> None:
    curves, _ = problem(5, 6)
    free = amounts(allocate(curves, 5000.0))
    line = int(free.argmax())
    upper = np.full(5, np.inf)
    upper[line] = free[line] / 2
    held = allocate(curves, 5000.0, upper=upper)
    upper[line] += 1
    more = allocate(curves, 5000.0, upper=upper).revenue - held.revenue
    assert held.certificate.bound_prices[line] == pytest.approx(more, rel=1e-2)


def test_unsure_gains_move_nothing_and_moves_are_capped() -> None:
    rng = np.random.default_rng(0)
    unsure = ResponseCurve.from_draws("hill", 9000 * rng.lognormal(0, 1, (100, 2)), 2000 * rng.lognormal(0, 0.3, (100, 2)))
    kept = allocate(unsure, 2000.0, current=[1000.0, 1000.0])
    assert kept.amounts == [1000, 1000] and not kept.certificate.moved and (kept.certificate.p_gain or 0) < 0.8
    moved = allocate(unsure, 2000.0, current=[1000.0, 1000.0], min_probability=0)
    assert moved.certificate.moved and moved.amounts != [1000, 1000]
    curves, base = problem(8, 3)
    capped = allocate(curves, float(base.sum()), current=base, move_cap=0.3)
    assert np.all(np.abs(amounts(capped) / base - 1) <= 0.3 + 1e-12)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"total": 0}, "infeasible-budget"),
        ({"total": -5.0}, "infeasible-budget"),
        ({"total": float("nan")}, "not-a-number"),
        ({"total": float("inf")}, "not-a-number"),
        ({"total": 100.0, "upper": 10.0}, "infeasible-budget"),
        ({"total": 100.0, "lower": 60.0}, "infeasible-budget"),
        ({"total": 100.0, "lower": [20.0, 9.0], "upper": [10.0, 99.0]}, "infeasible-budget"),
        ({"total": 100.0, "lower": [1.0, float("nan")]}, "not-a-number"),
        ({"total": 100.0, "lower": -1.0}, "infeasible-budget"),
        ({"total": 100.0, "lower": [1.0, 2.0, 3.0]}, "bad-length"),
        ({"total": 100.0, "margins": [0.0, 1.0]}, "bad-margin"),
        ({"total": 100.0, "groups": {"a": ([0, 7], 1, 2)}}, "bad-group"),
        ({"total": 100.0, "groups": {"a": ([0], 200, None)}}, "infeasible-budget"),
        ({"total": 100.0, "objective": "clicks"}, "bad-objective"),
        ({"objective": "revenue"}, "infeasible-budget"),
        ({"target_roas": 0.0}, "bad-target"),
        ({"target_roas": 2.0, "target_cpa": 3.0}, "bad-target"),
        ({"target_cpa": 3.0, "order_values": [1.0, -2.0]}, "bad-target"),
        ({"total": 100.0, "move_cap": 0.3}, "bad-move-cap"),
        ({"total": 100.0, "risk": 0.2}, "bad-risk"),
        ({"total": Money.of(100, "CNY"), "lower": Money.of(1, "USD")}, "currency-mismatch"),
        ({"total": Money.of(100, "CNY"), "target_cpa": Money.of(1, "USD")}, "currency-mismatch"),
    ],
)
def test_impossible_wishes_are_refused_in_words(arguments: dict, code: str) -> None:
    with pytest.raises(AdwrightError) as error:
        allocate(ResponseCurve.hill([90, 40], [20, 50]), **arguments)
    assert error.value.code == code
    assert error.value.message.zh and error.value.message.en and error.value.hint.zh


@pytest.mark.parametrize(("scale", "half", "slope"), [(1, 0, 1), (-1, 1, 1), (1, 1, 0), (float("nan"), 1, 1), ("a", 1, 1), ([], [], [])])
def test_bad_curves_are_refused(scale: object, half: object, slope: object) -> None:
    with pytest.raises(AdwrightError) as error:
        ResponseCurve.hill(scale, half, slope)  # type: ignore[arg-type]
    assert error.value.code == "bad-curve"
    with pytest.raises(AdwrightError) as error:
        allocate([], 100)
    assert error.value.code == "no-curves"


def test_ends_ties_and_single_lines_are_ordinary() -> None:
    same = ResponseCurve.hill([50.0] * 4, [20.0] * 4, 2.0)
    tied = allocate(same, 30.0)
    assert amounts(tied).sum() == pytest.approx(30) and tied.certificate.gap <= 1e-6
    assert tied.revenue >= on_grid(same, 30.0, 300) * (1 - 1e-9)
    assert allocate(ResponseCurve.hill(50, 20, 0.8), 7).amounts == [7]
    full = allocate(same, 40.0, 3, 10.0)
    assert full.amounts == [10.0] * 4 and full.certificate.gap <= 1e-9
    least = allocate(same, 12.0, 3.0, 10.0)
    assert least.amounts == [3.0] * 4
    started = allocate(same, 30.0, current=[0.0] * 4)
    assert (started.certificate.gain or 0) >= 0
    thirds = [Money.of(0, "JPY")] * 3
    assert total(paid(allocate(same.subset(np.array([1, 1, 1, 0], bool)), Money.of(100, "JPY"), thirds)), "JPY") == Money.of(100, "JPY")


@example(10, 10307, False, 0.5)
@settings(max_examples=40, deadline=None)
@given(st.integers(4, 10), st.integers(0, 10**6), st.booleans(), st.floats(0.2, 0.5))
def test_groups_are_kept_and_the_bound_still_proves_it(n: int, seed: int, shaped: bool, share: float) -> None:
    curves, base = problem(n, seed, shaped=shaped)
    budget = float(base.sum())
    result = allocate(curves, budget, groups={"a": ([0, 1], share * budget, None), "b": ([2], None, 0.1 * budget)})
    spend = amounts(result)
    assert spend.sum() == pytest.approx(budget, rel=1e-11)
    assert spend[:2].sum() >= share * budget * (1 - 1e-11) and spend[2] <= 0.1 * budget * (1 + 1e-11)
    assert result.certificate.gap <= (5e-3 if shaped else 1e-7)


@settings(max_examples=12)
@given(st.integers(2, 6), st.integers(0, 10**6), st.floats(0.05, 0.9))
def test_the_worst_draws_are_best_and_the_bound_proves_it(n: int, seed: int, risk: float) -> None:
    rng = np.random.default_rng(seed)
    base = 1000 * rng.lognormal(0, 1, n)
    curves = ResponseCurve.from_draws("hill", 3 * base * rng.lognormal(0, 0.5, (40, n)), 2 * base * rng.lognormal(0, 0.3, (40, n)))
    careful = allocate(curves, float(base.sum()), 0.2 * base, 3 * base, current=base, risk=risk)
    bold = allocate(curves, float(base.sum()), 0.2 * base, 3 * base)
    assert careful.worst is not None and amounts(careful).sum() == pytest.approx(base.sum(), rel=1e-11)
    assert careful.certificate.gap <= 1e-4 and (careful.certificate.gain or 0) >= -1e-9 * base.sum()
    both_worst = [worst_mean(curves.by_draw(amounts(a)).sum(0), risk) - base.sum() for a in (careful, bold)]
    assert careful.worst == pytest.approx(both_worst[0], rel=1e-9, abs=1e-6)
    slack = 1e-4 * abs(careful.certificate.bound)
    assert both_worst[0] >= both_worst[1] - slack and careful.value <= bold.value + slack
    other = np.clip(base * rng.lognormal(0, 0.3, n), 0.2 * base, 3 * base)
    if other.sum() <= base.sum():
        assert worst_mean(curves.by_draw(other).sum(0), risk) <= careful.certificate.bound * (1 + 1e-9)


def test_all_draws_are_the_mean() -> None:
    rng = np.random.default_rng(0)
    curves = ResponseCurve.from_draws("logistic", 9000 * rng.lognormal(0, 0.4, (30, 3)), 2000 * rng.lognormal(0, 0.3, (30, 3)))
    assert allocate(curves, 5000.0, risk=1.0).value == pytest.approx(allocate(curves, 5000.0).value, rel=1e-6)
    paid_out = allocate(curves, Money.of(5000, "USD"), risk=0.2)
    assert total(paid(paid_out), "USD") == Money.of(5000, "USD")


def test_a_revenue_target_on_s_shaped_curves_is_hit() -> None:
    for seed in (3,):
        curves, _ = problem(50, seed, shaped=True)
        result = allocate(curves, target_revenue=60_000)
        assert result.revenue == pytest.approx(60_000, rel=1e-3)
        less = allocate(curves, float(result.total) * 0.99)
        assert less.revenue < 60_000 * (1 + 1e-4) and result.certificate.gap <= 1e-6
    with pytest.raises(AdwrightError, match="nearest possible is") as error:
        allocate(curves, 500.0, target_revenue=60_000)
    assert error.value.code == "unreachable-target"


@given(st.lists(st.integers(-(10**12), 10**12), max_size=20), st.sampled_from(["CNY", "JPY"]))
def test_amounts_are_a_list_of_money(units: list[int], currency: str) -> None:
    many = Amounts(units, currency)
    each = [Money.of(Decimal(u) if currency == "JPY" else Decimal(u) / 100, currency) for u in units]
    assert many == each and list(many) == each and len(many) == len(units)
    assert many.total() == total(each, currency) and many[1:] == each[1:]
    assert all(many[i] == each[i] for i in range(len(units)))
    assert many != [*each, Money.of(1, currency)]
