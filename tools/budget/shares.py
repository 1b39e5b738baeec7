"""Whole units shared out exactly: largest remainder with caps and bounds."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor

import numpy as np

from ...data.money import Money, minor_unit


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


def settle(exact: Sequence[float], total: int, lower: Sequence[int], upper: Sequence[int]) -> list[int]:
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


Units = tuple[list[int], list[int], list[int], list[int], list[int]]


def settle_groups(parts: Sequence[float], total: int, units: Units) -> list[int]:
    """Round as `settle`, groups first, then the lines of each group.

    `units` holds the lines' lower and upper bounds, each line's group, and the groups' lower and upper bounds.
    """
    lower, upper, group, low, high = units
    mine: list[list[int]] = [[] for _ in low]
    for i, g in enumerate(group):
        mine[g].append(i)
    floors = [max(low[g], sum(lower[i] for i in m)) for g, m in enumerate(mine)]
    roofs = [min(high[g], sum(upper[i] for i in m)) for g, m in enumerate(mine)]
    sums = settle([sum(parts[i] for i in m) for m in mine], total, floors, roofs)
    result = [0] * len(parts)
    for m, amount in zip(mine, sums, strict=True):
        for i, part in zip(m, settle([parts[i] for i in m], amount, [lower[i] for i in m], [upper[i] for i in m]), strict=True):
            result[i] = part
    return result


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
