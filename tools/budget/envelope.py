"""S-shaped curves: their least concave majorant on an interval, and branch and bound over intervals.

A curve that is first convex, then concave has a majorant of two pieces: the straight line from the lower bound to its
tangent point, then the curve. Majorants solve as concave curves do, and their optimum bounds the true one (it is the
Lagrangian dual). At most one line per multiplier stops on its straight piece; splitting that line's interval there
tightens the bound (Falk and Soland 1969), so few lines are solved to the end and many lines almost at the first try.
Not covered: curves that turn from concave to convex again.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...data.errors import AdwrightError
from ...data.words import both
from .response_curve import ResponseCurve
from .solver import Limits, Optimum, dual, optimise

Array = NDArray[np.float64]
PROBES = 48


@dataclass(frozen=True)
class Envelope:
    """Least concave majorants between bounds: straight with slope `chord` from `low` to `tangent`, then the curve."""

    curves: ResponseCurve
    low: Array
    tangent: Array
    at_low: Array
    chord: Array

    @classmethod
    def of(cls, curves: ResponseCurve, low: Array, high: Array) -> Envelope:
        """Find the tangent points by bisection. Raises `AdwrightError` (``curve-shape``) for curves outside this file."""
        tangent, at_low, chord = low.copy(), curves.value(low), np.full(len(low), np.inf)
        bent = ~curves.concave & (high > low)
        if bent.any():
            tangent[bent] = _tangents(curves.subset(bent), low[bent], high[bent])
            run = tangent - low
            straight = run > 0
            chord[straight] = ((curves.value(tangent) - at_low)[straight]) / run[straight]
            # A line that is straight up to its upper bound has no curve left to check.
            ends = bent & (tangent < high)
            if curves.draws > 1 and ends.any():
                _check_shape(curves.subset(ends), tangent[ends], high[ends])
        return cls(curves, low, tangent, at_low, chord)

    @property
    def scale(self) -> Array:
        """Spend at which each line begins to bend."""
        return self.curves.scale

    def value(self, spend: Array) -> Array:
        """Return the majorant of each line."""
        straight = spend < self.tangent
        line = self.at_low + np.where(straight, self.chord, 0.0) * (spend - self.low)
        return np.where(straight, line, self.curves.value(spend))

    def slopes(self, spend: Array) -> tuple[Array, Array]:
        """Return the marginal of each line and its derivative."""
        slope, bend = self.curves.slopes(spend)
        straight = spend < self.tangent
        return np.where(straight, self.chord, np.minimum(slope, self.chord)), np.where(straight, 0.0, np.minimum(bend, 0.0))

    def subset(self, mine: NDArray[np.bool_]) -> Envelope:
        """Return the majorants of some lines."""
        return Envelope(self.curves.subset(mine), *(x[mine] for x in (self.low, self.tangent, self.at_low, self.chord)))


def _tangents(curves: ResponseCurve, low: Array, high: Array) -> Array:
    """Return where the chord from `low` touches the curve: `low` itself where it is concave from there, at most `high`."""
    base, floor = curves.value(low), np.maximum(low, 1e-9 * curves.scale)
    left, right = np.minimum(floor, high), high.copy()

    def convex_until(at: Array) -> NDArray[np.bool_]:
        return curves.value(at) - base < curves.slopes(at)[0] * (at - low)

    whole, none = convex_until(high), curves.slopes(floor)[1] <= 0
    for _ in range(60):
        middle = np.sqrt(left * right)
        below = convex_until(middle)
        left, right = np.where(below, middle, left), np.where(below, right, middle)
    return np.where(none, low, np.where(whole, high, right))


def _check_shape(curves: ResponseCurve, tangent: Array, high: Array) -> None:
    start = np.maximum(tangent * (1 + 1e-6), 1e-9 * curves.scale)
    for share in np.linspace(0, 1, PROBES):
        slope, bend = curves.slopes(start ** (1 - share) * np.maximum(high, start) ** share)
        if (bend * start > 1e-6 * slope).any():
            raise AdwrightError(
                both(
                    "有的曲线在各次抽样中差别太大，平均后不是一条 S 形曲线。",
                    "Draws of a curve differ so much that their mean is not S-shaped.",
                ),
                both(
                    "请用参数的中位数代替抽样，或先补充数据再拟合。", "Use the median parameters instead of draws, or fit with more data."
                ),
                code="curve-shape",
            )


@dataclass(frozen=True)
class Solved:
    """A feasible split, what is true of it, and a bound that no split exceeds."""

    spend: Array
    value: float
    bound: float
    optimum: Optimum


def solve(curves: ResponseCurve, total: float, limits: Limits, *, nodes: int | None = None, tolerance: float = 1e-7) -> Solved:
    """Return the best split of `total`: exact for concave curves, by branch and bound for S-shaped ones.

    Stops at a relative gap of `tolerance` or after `nodes` intervals (default: fewer for many lines).
    """
    if curves.concave.all():
        optimum = optimise(curves, total, limits)
        value = float(curves.value(optimum.spend).sum())
        return Solved(optimum.spend, value, max(value, dual(curves, total, limits, optimum)), optimum)
    # No line can take more than what the others' lower bounds leave: on a shorter interval the majorant lies closer.
    limits = replace(limits, upper=np.maximum(np.minimum(limits.upper, total - limits.lower.sum() + limits.lower), limits.lower))
    nodes = nodes or int(np.clip(20_000 // curves.lines, 8, 400))
    open_: list[tuple[float, int, Limits, Optimum, int]] = []
    best: Solved | None = None
    made = 0

    def relax(limits: Limits) -> None:
        nonlocal best, made
        envelope = Envelope.of(curves, limits.lower, limits.upper)
        optimum = optimise(envelope, total, limits)
        values, above = curves.value(optimum.spend), envelope.value(optimum.spend)
        value, bound = float(values.sum()), dual(envelope, total, limits, optimum)
        if best is None or value > best.value:
            best = Solved(optimum.spend, value, bound, optimum)
        made += 1
        heapq.heappush(open_, (-bound, made, limits, optimum, int((above - values).argmax())))

    relax(limits)
    assert best is not None
    while open_ and made < nodes and -open_[0][0] > best.value + tolerance * abs(best.value):
        _, _, limits, optimum, line = open_[0]
        at = float(optimum.spend[line])
        if not limits.lower[line] < at < limits.upper[line]:
            break
        heapq.heappop(open_)
        for name in ("upper", "lower"):
            bounds = getattr(limits, name).copy()
            bounds[line] = at
            relax(replace(limits, **{name: bounds}))
    return replace(best, bound=max(best.value, -open_[0][0] if open_ else best.value))
