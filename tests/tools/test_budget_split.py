"""The budget split: exact, inside its bounds, provably the best, and refused in words when impossible."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.stats import beta

from adwright.data.errors import AdwrightError
from adwright.data.money import Money, total
from adwright.tools.budget import BudgetSplit, LineInput, split_budget
from adwright.tools.budget.curves import Curves, beta_nodes
from adwright.tools.budget.shares import apportion, settle

from .plan_sample import line_inputs

CHANNELS = ("douyin", "xiaohongshu", "taobao")


@st.composite
def problems(draw: st.DrawFn, most: int = 6) -> list[LineInput]:
    """Random lines with positive worth, some with a ceiling, a minimum or a maximum."""
    lines = []
    for i in range(draw(st.integers(1, most))):
        cpc = draw(st.floats(0.2, 8))
        lines.append(
            LineInput.model_validate(
                dict(
                    id=f"l{i}",
                    channel=draw(st.sampled_from(CHANNELS)),
                    currency="CNY",
                    cpc=(cpc * 0.6, cpc, cpc * draw(st.floats(1.0, 3))),
                    ctr=draw(st.floats(0.001, 0.2)),
                    ctr_strength=draw(st.floats(5, 5000)),
                    cvr=draw(st.floats(0.001, 0.3)),
                    cvr_strength=draw(st.floats(5, 5000)),
                    order_value=draw(st.floats(5, 2000)),
                    margin=draw(st.floats(0.05, 0.9)),
                    return_rate=draw(st.floats(0, 0.5)),
                    reach=draw(st.none() | st.floats(1000, 1e7)),
                    usual_daily_spend=draw(st.none() | st.floats(10, 1e5)),
                    minimum=draw(st.sampled_from([0.0, 0.0, 10.0])),
                )
            )
        )
    return lines


def spends(result: BudgetSplit) -> np.ndarray:
    return np.array([float(b) for b in result.budgets])


@settings(max_examples=150, deadline=None)
@given(problems(), st.integers(100_00, 10**9), st.integers(1, 60))
def test_split_is_exact_bounded_optimal_and_never_worse(lines: list[LineInput], cents: int, days: int) -> None:
    amount = Money.of(Decimal(cents) / 100, "CNY")
    result = split_budget(lines, amount, days=days)
    assert total(result.budgets, "CNY") == amount
    assert total(result.certificate.reference_split, "CNY") == amount
    assert all(float(b) >= line.minimum - 1e-9 for b, line in zip(result.budgets, lines, strict=True))
    assert result.certificate.gap <= Decimal("1e-6")
    assert result.value >= result.reference_value


@settings(max_examples=60, deadline=None)
@given(problems(), st.integers(500_00, 10**8), st.data())
def test_channel_bounds_hold_and_locks_stay(lines: list[LineInput], cents: int, data: st.DataObject) -> None:
    amount = Money.of(Decimal(cents) / 100, "CNY")
    channel, part = lines[0].channel, data.draw(st.floats(0.3, 0.6))
    others = [line for line in lines if line.channel != channel]
    bounds = {channel: (0.3, part)} if others else {}
    locked = {lines[0].id: Money.of(round(float(amount) * 0.1, 2), "CNY")}
    result = split_budget(lines, amount, days=14, bounds=bounds, locked=locked) if len(lines) > 1 and _possible(lines, bounds) else None
    if result is None:
        return
    assert total(result.budgets, "CNY") == amount
    assert result.budgets[0] == locked[lines[0].id]
    if bounds:
        mine = sum(float(b) for b, line in zip(result.budgets, lines, strict=True) if line.channel == channel)
        assert 0.3 * float(amount) - 0.01 <= mine <= part * float(amount) + 0.01
    assert result.certificate.gap <= Decimal("1e-6")


def _possible(lines: list[LineInput], bounds: dict[str, tuple[float, float]]) -> bool:
    """A locked line alone in a channel that must get more than the lock has no solution."""
    return not bounds or sum(line.channel == lines[0].channel for line in lines) > 1


@settings(max_examples=60, deadline=None)
@given(problems(), st.integers(200_00, 10**7), st.floats(1.01, 5))
def test_more_money_never_means_less_for_a_line(lines: list[LineInput], cents: int, factor: float) -> None:
    small = Money.of(Decimal(cents) / 100, "CNY")
    large = Money.of(round(float(small) * factor, 2), "CNY")
    before, after = split_budget(lines, small, days=14), split_budget(lines, large, days=14)
    if before.objective == after.objective:
        assert np.all(spends(after) >= spends(before) - 0.02 - 1e-8 * float(large))
        assert after.value >= before.value - 1e-9 * abs(before.value)


@pytest.mark.parametrize("seed", range(8))
def test_agrees_with_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lines = [
        line.model_copy(update={"cvr": float(line.cvr * rng.lognormal(0, 0.4)), "usual_daily_spend": float(rng.lognormal(6, 0.7))})
        for line in line_inputs(n=5)
    ]
    amount = 20_000.0
    result = split_budget(lines, Money.of(amount, "CNY"), days=14)
    curves = Curves.of(lines, 14)
    scale = amount / len(lines)
    found = minimize(
        lambda x: -curves.value(x * scale).sum() / result.value,
        np.full(len(lines), 1.0),
        jac=lambda x: -curves.slopes(x * scale)[0] * scale / result.value,
        bounds=[(0, len(lines))] * len(lines),
        constraints={"type": "eq", "fun": lambda x: x.sum() - len(lines), "jac": np.ones_like},
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert result.value >= -found.fun * result.value - 1e-6
    assert np.allclose(spends(result), found.x * scale, atol=2e-3 * amount)


@given(problems(most=3), st.floats(1, 1e5), st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_curves_rise_bend_down_and_know_their_slope(lines: list[LineInput], spend: float, days: int) -> None:
    curves = Curves.of(lines, days)
    at = np.full(len(lines), spend)
    step = at * 1e-4
    slope, bend = curves.slopes(at)
    assert np.all(slope >= 0) and np.all(bend <= 0)
    numeric = (curves.value(at + step) - curves.value(at - step)) / (2 * step)
    assert np.allclose(slope, numeric, rtol=1e-4, atol=1e-9 * float(np.max(curves.value(at))) / spend)


def test_expectation_agrees_with_integration() -> None:
    """The three-node rule stays within one percent of the exact mean over a wide Beta, ceiling included."""
    a, b = 3.0, 97.0
    nodes, weights = beta_nodes(np.array([a / (a + b)]), np.array([a + b]))
    for power in range(6):
        assert (weights @ nodes.T**power).item() == pytest.approx(np.prod([(a + i) / (a + b + i) for i in range(power)]), rel=1e-9)

    def delivered(rate: float) -> float:
        return rate * (1 - np.exp(-0.02 / rate))

    exact = quad(lambda x: delivered(x) * beta.pdf(x, a, b), 0, 1)[0]
    rule = sum(w * delivered(x) for x, w in zip(nodes[0], weights[0], strict=True))
    assert rule == pytest.approx(exact, rel=1e-2)


def test_fixed_shares_are_kept_to_the_cent() -> None:
    lines = line_inputs(n=4)
    result = split_budget(lines, Money.of("50000.01", "CNY"), days=14, split={"douyin": Decimal("0.6"), "xiaohongshu": Decimal("0.4")})
    douyin = total([b for b, line in zip(result.budgets, lines, strict=True) if line.channel == "douyin"], "CNY")
    assert douyin == Money.of("30000.01", "CNY")
    assert any("固定" in words.zh for words in result.certificate.active_bounds)


def test_thousands_of_lines() -> None:
    rng = np.random.default_rng(5)
    lines = [line.model_copy(update={"cvr": float(np.clip(line.cvr * rng.lognormal(0, 0.5), 1e-4, 0.5))}) for line in line_inputs(n=5000)]
    for amount in (1e3, 1e6, 1e9):
        result = split_budget(lines, Money.of(amount, "CNY"), days=14, bounds={"douyin": (0.2, 0.5)})
        assert total(result.budgets, "CNY") == Money.of(amount, "CNY")
        assert result.certificate.gap <= Decimal("1e-6")
        assert result.value >= result.reference_value


def test_reference_given_is_scaled_and_named() -> None:
    lines = line_inputs(n=2)
    before = [Money.of(3000, "CNY"), Money.of(1000, "CNY")]
    result = split_budget(lines, Money.of(8000, "CNY"), days=7, reference=before)
    assert [str(m) for m in result.certificate.reference_split] == ["¥6,000.00", "¥2,000.00"]
    assert "缩放" in result.certificate.reference.zh
    assert result.certificate.gain_orders.value >= 0


def test_losing_money_everywhere_is_said() -> None:
    lines = [line.model_copy(update={"cvr": 0.0005}) for line in line_inputs(n=3)]
    result = split_budget(lines, Money.of(5000, "CNY"), days=7, target_roas=3)
    assert result.objective == "revenue"
    assert any("没有一条线" in note.zh for note in result.certificate.notes)
    assert any("达不到" in note.zh for note in result.certificate.notes)


@pytest.mark.parametrize(
    ("change", "arguments", "code"),
    [
        ({"minimum": 20_000.0}, {}, "infeasible-budget"),
        ({"maximum": 100.0}, {}, "infeasible-budget"),
        ({"minimum": 50.0, "maximum": 40.0}, {}, "infeasible-budget"),
        ({}, {"bounds": {"douyin": (0.7, 1), "xiaohongshu": (0.6, 1)}}, "infeasible-budget"),
        ({}, {"bounds": {"douyin": (0, 0.2), "xiaohongshu": (0, 0.2)}}, "infeasible-budget"),
        ({}, {"split": {"douyin": Decimal("0.5"), "xiaohongshu": Decimal("0.4")}}, "bad-split"),
        ({}, {"split": {"douyin": Decimal(1)}}, "bad-split"),
        ({}, {"bounds": {"baidu": (0, 1)}}, "bad-split"),
        ({}, {"days": 0}, "bad-period"),
        ({"currency": "USD"}, {}, "currency-mismatch"),
    ],
)
def test_impossible_wishes_are_refused_in_words(change: dict, arguments: dict, code: str) -> None:
    lines = [line.model_copy(update=change) for line in line_inputs(n=4)]
    with pytest.raises(AdwrightError) as error:
        split_budget(lines, Money.of(50_000, "CNY"), **{"days": 14, **arguments})
    assert error.value.code == code
    assert error.value.message.zh and error.value.message.en and error.value.hint.zh


@pytest.mark.parametrize("amount", [0, -5])
def test_no_money_is_refused(amount: int) -> None:
    with pytest.raises(AdwrightError) as error:
        split_budget(line_inputs(), Money.of(amount, "CNY"), days=7)
    assert error.value.code == "infeasible-budget"


@given(st.integers(0, 10**9), st.lists(st.floats(0, 1e6), min_size=1, max_size=30))
def test_apportion_is_exact(units: int, weights: list[float]) -> None:
    parts = apportion(units, weights)
    assert sum(parts) == units and min(parts) >= 0
    scale = sum(weights)
    if scale > 1e-6:
        assert all(abs(p - units * w / scale) < 1 + 1e-6 * units for p, w in zip(parts, weights, strict=True))


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.floats(-10, 200)), min_size=1, max_size=12), st.data())
def test_settle_keeps_bounds(rows: list[tuple[int, int, float]], data: st.DataObject) -> None:
    lower, upper = [min(a, b) for a, b, _ in rows], [max(a, b) for a, b, _ in rows]
    units = data.draw(st.integers(sum(lower), sum(upper)))
    parts = settle([x for _, _, x in rows], units, lower, upper)
    assert sum(parts) == units and all(a <= p <= b for a, p, b in zip(lower, parts, upper, strict=True))


def test_the_budget_itself_is_not_called_a_limit() -> None:
    line = line_inputs(n=1)
    result = split_budget(line, Money.of(5000, "CNY"), days=14)
    assert result.budgets == [Money.of(5000, "CNY")] and result.certificate.active_bounds == []
    slope = float(Curves.of(line, 14).slopes(np.array([5000.0]))[0][0])
    assert result.multiplier == pytest.approx(slope, rel=1e-9)


def test_money_pays_until_the_multiplier_is_one() -> None:
    lines = line_inputs(n=3)
    until = split_budget(lines, Money.of(5000, "CNY"), days=14).pays_until
    assert until is not None
    assert split_budget(lines, until, days=14).multiplier == pytest.approx(1, rel=1e-4)
    assert any("不划算" in note.zh for note in split_budget(lines, until * 2, days=14).certificate.notes)
