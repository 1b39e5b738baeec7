"""Whole units shared out exactly: largest remainder with caps and bounds."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from ...data.money import Money, minor_unit

Whole = Sequence[int] | NDArray[np.int64]


def apportion(total: int, weights: Sequence[float], caps: Sequence[int] | None = None) -> list[int]:
    """Share `total` whole units by `weights` (largest remainder); no part exceeds its cap while another has room.

    With no positive weight the parts are equal. Raises ValueError when the caps cannot hold the total.

    Example:
        >>> apportion(10, [1, 1, 1])
        [4, 3, 3]
    """
    n = len(weights)
    limits = list(caps) if caps is not None else [total] * n
    if total < 0 or sum(limits) < total:
        raise ValueError("caps below the total")
    scale = sum(weights)
    exact = [total * w / scale for w in weights] if scale > 0 else [total / n] * n
    return settle(exact, total, [0] * n, limits)


def settle(exact: Sequence[float] | NDArray[np.float64], total: int, lower: Whole, upper: Whole) -> list[int]:
    """Round `exact` to whole units that sum to `total` inside the bounds, changing each as little as possible."""
    want, low, high = np.asarray(exact, float), np.asarray(lower, np.int64), np.asarray(upper, np.int64)
    parts = np.clip(np.floor(want).astype(np.int64), low, high)
    missing = total - int(parts.sum())
    while missing:
        step = 1 if missing > 0 else -1
        room = np.flatnonzero(parts < high if step > 0 else parts > low)
        if not len(room):
            raise ValueError("bounds exclude the total")
        # One unit each to the neediest; when more is missing than one unit each, all at once first.
        neediest = room[np.argsort(step * (parts - want)[room], kind="stable")][: abs(missing)]
        moves = np.minimum(max(1, abs(missing) // len(room)), step * ((high if step > 0 else low) - parts)[neediest])
        moves = np.clip(abs(missing) - (np.cumsum(moves) - moves), 0, moves)
        parts[neediest] += step * moves
        missing -= step * int(moves.sum())
    return parts.tolist()


Units = tuple[Whole, Whole, Whole, Sequence[int], Sequence[int]]


def settle_groups(parts: Sequence[float] | NDArray[np.float64], total: int, units: Units) -> list[int]:
    """Round as `settle`, groups first, then the lines of each group.

    `units` holds the lines' lower and upper bounds, each line's group, and the groups' lower and upper bounds.
    """
    lower, upper = np.asarray(units[0], np.int64), np.asarray(units[1], np.int64)
    group, want = np.asarray(units[2]), np.asarray(parts, float)
    mine = [np.flatnonzero(group == g) for g in range(len(units[3]))]
    floors = [max(low, int(lower[m].sum())) for low, m in zip(units[3], mine, strict=True)]
    roofs = [min(high, int(upper[m].sum())) for high, m in zip(units[4], mine, strict=True)]
    sums = settle([float(want[m].sum()) for m in mine], total, floors, roofs)
    result = np.zeros(len(want), np.int64)
    for m, amount in zip(mine, sums, strict=True):
        result[m] = settle(want[m], amount, lower[m], upper[m])
    return result.tolist()


def to_units(value: float, currency: str, *, up: bool) -> int:
    """Return `value` in whole minor units, rounded up or down; noise below a millionth of a unit is ignored."""
    units = value / float(minor_unit(currency))
    return ceil(units - 1e-6) if up else floor(units + 1e-6)


def in_units(money: Money) -> int:
    """Return an amount of money in whole minor units."""
    return int(money.amount / minor_unit(money.currency))


def from_units(units: int, currency: str) -> Money:
    """Return whole minor units as money."""
    return Money(amount=units * minor_unit(currency), currency=currency)
