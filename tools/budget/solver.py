"""Exact split of a fixed amount over concave curves: equal marginals at one shared multiplier (KKT).

maximise sum g_i(s_i)  with  sum s_i = T,  l_i <= s_i <= u_i  and, for channel groups,  L_g <= sum of the group <= U_g.
Inner: each g_i'(s) = multiplier by Newton in log money inside a bracket. Outer: Newton on the logarithm of the
multiplier, bisection when it leaves its bracket. A group at its own bound gets its own multiplier. `dual` is an upper
bound for any feasible split, so value and bound together prove the optimum.
`Concave` is all the solver asks of the curves. Not covered: S-shaped curves (`envelope` turns them into concave ones).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
TINY = 1e-300


class Concave(Protocol):
    """Concave results of several lines; a second derivative of 0 is a straight stretch."""

    @property
    def scale(self) -> Array:
        """Spend at which each line begins to bend."""
        ...

    def value(self, spend: Array) -> Array:
        """Return the result of each line."""
        ...

    def slopes(self, spend: Array) -> tuple[Array, Array]:
        """Return the marginal result of each line and its derivative."""
        ...

    def subset(self, mine: NDArray[np.bool_]) -> Self:
        """Return the curves of some lines."""
        ...


@dataclass(frozen=True)
class Limits:
    """Bounds in currency units: per line, and per group (`group[i]` is the index of line i's group)."""

    lower: Array
    upper: Array
    group: NDArray[np.int64]
    group_lower: Array
    group_upper: Array

    @property
    def groups(self) -> int:
        """Number of groups."""
        return len(self.group_lower)

    def sums(self, spend: Array) -> Array:
        """Return each group's sum."""
        return np.bincount(self.group, spend, minlength=self.groups).astype(float)


@dataclass(frozen=True)
class Optimum:
    """The split, the shared multiplier, the multiplier of each group, and which groups stand at a bound (-1, 0, 1)."""

    spend: Array
    multiplier: float
    by_group: Array
    at_bound: NDArray[np.int64]


def best_response(curves: Concave, multiplier: Array, limits: Limits, start: Array, ends: tuple[Array, Array] | None = None) -> Array:
    """Return the spend of each line at which its marginal equals its `multiplier`, inside its bounds.

    `ends` are the marginals at the lower and upper bounds, when already known.
    """
    low, high = limits.lower, limits.upper
    first, last = ends or (curves.slopes(low)[0], curves.slopes(high)[0])
    at_low, at_high = first <= multiplier, last >= multiplier
    spend = np.where(at_low, low, high)
    free = ~(at_low | at_high)
    if free.all():
        return _equalise(curves, multiplier, low, high, start)
    if free.any():
        spend[free] = _equalise(curves.subset(free), multiplier[free], low[free], high[free], start[free])
    return spend


def _equalise(curves: Concave, multiplier: Array, low: Array, high: Array, start: Array) -> Array:
    """Newton for lines whose marginal crosses the multiplier strictly between `low` and `high`."""
    result = np.clip(start, low, high)
    spend, left = result.copy(), np.arange(len(result))
    scale = curves.scale
    for _ in range(200):
        slope, bend = curves.slopes(spend)
        above = slope > multiplier
        low, high = np.where(above, spend, low), np.where(above, high, spend)
        error = np.log(np.maximum(slope, TINY) / multiplier)
        result[left] = spend
        open_ = (np.abs(error) >= 1e-12) & (high - low > 1e-14 * (scale + high))
        if not open_.any():
            break
        # In log money a power law is a straight line, so one step is nearly exact.
        shifted = spend + scale
        exponent = np.minimum(bend * shifted / np.maximum(slope, TINY), -1e-12)
        step = shifted * np.exp(np.clip(-error / exponent, -60, 60)) - scale
        spend = np.where((step > low) & (step < high), step, np.sqrt((low + scale) * (high + scale)) - scale)
        if open_.sum() * 2 < len(left):
            curves, left = curves.subset(open_), left[open_]
            spend, low, high, multiplier, scale = spend[open_], low[open_], high[open_], multiplier[open_], scale[open_]
    return result


def optimise(curves: Concave, total: float, limits: Limits) -> Optimum:
    """Return the optimal split of `total`; the limits must admit it (check before)."""
    start = limits.lower + (limits.upper - limits.lower) * _room(limits, total)
    spend, multiplier = _solve(curves, total, limits, start, limits.group_lower, limits.group_upper)
    sums = limits.sums(spend)
    at_bound = np.where(sums <= limits.group_lower * (1 + 1e-12), -1, np.where(sums >= limits.group_upper * (1 - 1e-12), 1, 0))
    return _hold_groups(curves, spend, multiplier, at_bound, limits)


def at_multiplier(curves: Concave, multiplier: float, limits: Limits) -> Optimum:
    """Return the split whose marginals equal `multiplier` wherever no bound stands in the way; its sum is free."""
    spend = best_response(curves, np.full(len(limits.lower), multiplier), limits, (limits.lower + limits.upper) / 2)
    sums = limits.sums(spend)
    at_bound = np.where(sums < limits.group_lower, -1, np.where(sums > limits.group_upper, 1, 0))
    return _hold_groups(curves, spend, multiplier, at_bound, limits)


def _hold_groups(curves: Concave, spend: Array, multiplier: float, at_bound: NDArray[np.int64], limits: Limits) -> Optimum:
    """Give each group at a bound exactly its bound and its own multiplier."""
    by_group = np.full(limits.groups, multiplier)
    for g in np.flatnonzero(at_bound):
        mine = limits.group == g
        bound = float(limits.group_lower[g] if at_bound[g] < 0 else limits.group_upper[g])
        part = Limits(limits.lower[mine], limits.upper[mine], np.zeros(mine.sum(), np.int64), np.array([-np.inf]), np.array([np.inf]))
        spend[mine], by_group[g] = _solve(curves.subset(mine), bound, part, spend[mine], part.group_lower, part.group_upper)
        # A group at its upper bound is worth at least the shared multiplier, one at its lower bound at most.
        by_group[g] = max(by_group[g], multiplier) if at_bound[g] > 0 else min(by_group[g], multiplier)
    return Optimum(spend, multiplier, by_group, at_bound)


def _solve(curves: Concave, total: float, limits: Limits, start: Array, lower: Array, upper: Array) -> tuple[Array, float]:
    ends = curves.slopes(limits.lower)[0], curves.slopes(limits.upper)[0]
    low, high = (float(np.log(max(x, TINY))) for x in (ends[1].min(), ends[0].max()))
    # The least spend known to be too much and the most known to be too little, at the two ends of the bracket.
    much, little = limits.upper, limits.lower
    spend = start
    level = float(np.clip(np.median(np.log(np.maximum(curves.slopes(start)[0], TINY))), low, high))
    for _ in range(200):
        spend = best_response(curves, np.full(len(start), np.exp(level)), limits, spend, ends)
        sums = limits.sums(spend)
        excess = float(np.clip(sums, lower, upper).sum()) - total
        if abs(excess) <= 1e-11 * max(total, 1.0):
            break
        if excess > 0:
            low, much = level, spend
        else:
            high, little = level, spend
        if high - low <= 1e-15 * max(1.0, abs(low)):
            spend = _between(little, much, total, limits, lower, upper)
            break
        free = (spend > limits.lower) & (spend < limits.upper) & ((sums > lower) & (sums < upper))[limits.group]
        slope, bend = curves.slopes(spend)
        free &= bend < 0
        gain = float((slope[free] / bend[free]).sum()) if free.any() else 0.0
        step = level - excess / gain if gain < 0 else np.inf
        level = step if low < step < high else (low + high) / 2
    return spend, float(np.exp(level))


def _between(little: Array, much: Array, total: float, limits: Limits, lower: Array, upper: Array) -> Array:
    """Fill up from `little` towards `much`, line after line, to `total`: straight stretches leave one line part-way."""
    few, many = np.clip(limits.sums(little), lower, upper), np.clip(limits.sums(much), lower, upper)
    room = np.maximum(many - few, 0.0)
    give = np.clip(total - few.sum() - (np.cumsum(room) - room), 0.0, room)
    order = np.argsort(limits.group, kind="stable")
    gap = np.maximum(much - little, 0.0)[order]
    before = np.cumsum(gap) - gap
    group = limits.group[order]
    first = np.concatenate([[True], group[1:] != group[:-1]])
    before -= np.repeat(before[first], np.diff(np.append(np.flatnonzero(first), len(group))))
    result = little.copy()
    result[order] += np.clip((few + give - limits.sums(little))[group] - before, 0.0, gap)
    return result


def dual(curves: Concave, total: float, limits: Limits, optimum: Optimum) -> float:
    """Return the Lagrangian bound at the optimum's multipliers: no feasible split can be worth more."""
    each = optimum.by_group[limits.group]
    spend = best_response(curves, each, limits, optimum.spend)
    price = optimum.by_group - optimum.multiplier
    at = np.where(price > 0, limits.group_upper, np.where(price < 0, limits.group_lower, 0.0))
    return float((curves.value(spend) - each * spend).sum() + optimum.multiplier * total + (price * at).sum())


def nearest(target: Array, total: float, limits: Limits) -> Array:
    """Move `target` into the limits and to `total` by one common addition to every line (water filling)."""

    def spread(level: Array, want: Array) -> Array:
        """Bisection on the common addition of each group until the group's sum is `want`."""
        low, high = np.full(limits.groups, -level.max()), np.full(limits.groups, level.max())
        for _ in range(200):
            middle = (low + high) / 2
            over = limits.sums(np.clip(target + middle[limits.group], limits.lower, limits.upper)) > want
            low, high = np.where(over, low, middle), np.where(over, middle, high)
        return np.clip(target + high[limits.group], limits.lower, limits.upper)

    reach = np.array([float(np.abs(target).max() + limits.upper.max() + total + 1)])
    low, high = -float(reach[0]), float(reach[0])
    for _ in range(200):
        middle = (low + high) / 2
        sums = np.clip(limits.sums(np.clip(target + middle, limits.lower, limits.upper)), limits.group_lower, limits.group_upper)
        low, high = (low, middle) if sums.sum() > total else (middle, high)
    sums = limits.sums(np.clip(target + high, limits.lower, limits.upper))
    return spread(reach, np.clip(sums, limits.group_lower, limits.group_upper))


def _room(limits: Limits, total: float) -> float:
    span = float((limits.upper - limits.lower).sum())
    return min(1.0, max(0.0, (total - float(limits.lower.sum())) / span)) if span > 0 else 0.0
