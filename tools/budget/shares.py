"""Whole units shared out exactly: largest remainder with caps and bounds."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor

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
    parts = [min(max(floor(x), low), high) for x, low, high in zip(exact, lower, upper, strict=True)]
    missing = total - sum(parts)
    while missing:
        step = 1 if missing > 0 else -1
        room = [i for i, part in enumerate(parts) if (part < upper[i] if step > 0 else part > lower[i])]
        if not room:
            raise ValueError("bounds exclude the total")
        room.sort(key=lambda i: (step * (parts[i] - exact[i]), i))
        # One unit each to the neediest; when more is missing than one unit each, all at once first.
        each = max(1, abs(missing) // len(room))
        for i in room[: abs(missing)]:
            move = min(each, abs(missing), upper[i] - parts[i] if step > 0 else parts[i] - lower[i])
            parts[i] += step * move
            missing -= step * move
            if not missing:
                break
    return parts


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
