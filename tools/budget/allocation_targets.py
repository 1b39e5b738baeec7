"""Inverse questions: how much to spend while it pays, at a target ROAS or CPA, or for a target revenue.

One multiplier orders all optimal splits by their total, so each question is a search on the multiplier; where S-shaped
curves make the total jump, the search goes on over totals. Not covered: targets for single lines.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.errors import AdwrightError
from ...data.words import Words, both
from .allocation_inputs import Problem
from .envelope import Envelope, solve
from .solver import TINY, at_multiplier

Array = NDArray[np.float64]
LEVELS = 64
WITHIN = 1e-3


@dataclass(frozen=True)
class Target:
    """A wish about results: `outcome` counts revenue or orders of a split, `wanted` is per unit of spend or in all."""

    name: Words
    wanted: float
    outcome: Callable[[Array], float]
    per_spend: bool
    inverted: bool = False

    def spare(self, spend: Array) -> float:
        """Return how much more could be spent: at least zero as long as the target is kept (a rate) or not exceeded (a sum)."""
        got = self.outcome(spend)
        return got - self.wanted * float(spend.sum()) if self.per_spend else self.wanted - got

    def reached(self, spend: Array) -> float:
        """Return the rate or sum of a split."""
        return self.outcome(spend) / max(float(spend.sum()), TINY) if self.per_spend else self.outcome(spend)

    def shown(self, rate: float) -> float:
        """Return a rate as people state it: a CPA is spend per order."""
        return 1 / max(rate, TINY) if self.inverted else rate

    def unreachable(self, nearest: float) -> AdwrightError:
        """Return the refusal with the nearest value that can be had."""
        want, near = self.shown(self.wanted), self.shown(nearest)
        return AdwrightError(
            both(
                f"在这些上下限内达不到{self.name.zh} {want:,.4g}，最接近的是 {near:,.4g}。",
                f"{self.name.en} {want:,.4g} is out of reach within the limits; the nearest possible is {near:,.4g}.",
            ),
            both("请改目标，或放宽上下限和预算。", "Change the target, or widen the limits and the budget."),
            code="unreachable-target",
        )


def spend_while_it_pays(problem: Problem) -> float:
    """Return the total at which the last unit of money earns itself (margin x marginal revenue = 1), inside the limits."""
    limits = problem.limits
    return float(at_multiplier(Envelope.of(problem.worth, limits.lower, limits.upper), 1.0, limits).spend.sum())


def spend_for(problem: Problem, target: Target) -> float:
    """Return the largest total, up to the problem's own, whose best split keeps the target rate, or that brings the target sum.

    Raises `AdwrightError` (``unreachable-target``) with the nearest feasible value when it is missed by over 0.1 %.
    """
    limits = problem.limits
    envelope = Envelope.of(problem.worth, limits.lower, limits.upper)

    def at(level: float) -> Array:
        return at_multiplier(envelope, float(np.exp(level)), limits).spend

    def best(total: float) -> Array:
        return solve(problem.worth, total, limits).spend

    cap = np.inf if problem.total is None else problem.total
    if problem.total is not None:
        whole = best(problem.total)
        if target.spare(whole) >= 0 and target.per_spend:
            return problem.total
        if target.spare(whole) > 0:
            raise target.unreachable(target.reached(whole))
    high = float(np.log(max(envelope.slopes(limits.lower)[0].max(), TINY)))
    low = max(float(np.log(max(envelope.slopes(limits.upper)[0].min(), TINY))), high - 60)
    levels = np.linspace(high, low, LEVELS)
    splits = [at(level) for level in levels]
    near = min((target.reached(spend) for spend in splits if spend.sum() > 0), key=lambda x: abs(x / target.wanted - 1), default=0.0)
    kept = [i for i, spend in enumerate(splits) if target.spare(spend) >= 0 and spend.sum() <= cap]
    if not kept:
        raise target.unreachable(near)
    if kept[-1] == LEVELS - 1:
        if abs(target.reached(splits[-1]) / target.wanted - 1) <= WITHIN:
            return float(splits[-1].sum())
        raise target.unreachable(target.reached(splits[-1]))
    few, many = levels[kept[-1]], levels[kept[-1] + 1]
    for _ in range(50):
        middle = (few + many) / 2
        spend = at(middle)
        few, many = (middle, many) if target.spare(spend) >= 0 and spend.sum() <= cap else (few, middle)
    total, more = float(at(few).sum()), min(float(at(many).sum()), cap)
    if more <= total * (1 + 1e-9):
        more = total
    if more > total:
        total = _between(best, target, (float(splits[0].sum()), total, more, min(cap, float(splits[-1].sum()))))
    if total <= 0:
        raise target.unreachable(near)
    reached = target.reached(best(total))
    if abs(reached / target.wanted - 1) <= WITHIN:
        return total
    raise target.unreachable(reached)


def _between(best: Callable[[float], Array], target: Target, totals: tuple[float, float, float, float]) -> float:
    """False position on the total (Illinois: Dowell and Jarratt 1971) where the multiplier alone cannot tell totals apart.

    `totals` are the least possible, two about the answer, and the most possible: the best split of a total is worth more than the
    multiplier's split of it, so that the answer may lie outside the two.
    """
    least, low, high, most = totals

    def spare(total: float) -> float:
        return target.spare(best(total)) if total > 0 else 0.0 if target.per_spend else target.wanted

    kept, missed = spare(low), spare(high)
    if kept < 0:
        low, high, kept, missed = least, low, spare(least), kept
    while missed >= 0 and high < most:
        low, high, kept = high, min(2 * high, most), missed
        missed = spare(high)
    side = 0
    for _ in range(60):
        middle = low + (high - low) * kept / (kept - missed) if kept > 0 > missed else (low + high) / 2
        split = best(middle)
        if abs(target.reached(split) / target.wanted - 1) <= WITHIN / 10:
            return middle
        now = target.spare(split)
        if now >= 0:
            low, kept, missed, side = middle, now, missed / 2 if side > 0 else missed, 1
        else:
            high, missed, kept, side = middle, now, kept / 2 if side < 0 else kept, -1
    return low
