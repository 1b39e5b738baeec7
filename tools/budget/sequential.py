"""A test that may be looked at every day: a confidence sequence, valid at all looks together.

The asymptotic confidence sequence of Waudby-Smith et al. (2024, "Time-uniform central limit theory and asymptotic confidence
sequences"), as used in GrowthBook's sequential mode: a normal mixture whose spread is tuned to a number of units.
It needs large samples, therefore nothing is decided before `START` units.
"""

from __future__ import annotations

from math import inf, log, sqrt
from typing import Literal, NamedTuple

from ...data.errors import AdwrightError
from ...data.words import both
from .effects import Effect

# Below this many units the normal approximation behind the sequence is not to be trusted.
START = 200


class SequentialTest(NamedTuple):
    """`difference` with bounds `low` and `high` that hold at all looks together; `verdict` may be acted on at any time."""

    difference: float
    low: float
    high: float
    verdict: Literal["better", "worse", "undecided"]


def sequential_test(effect: Effect, *, alpha: float = 0.05, tuned_for: int = 5_000) -> SequentialTest:
    """Read `effect` so that looking again and again keeps false alarms at `alpha` in all.

    The sequence is narrowest near `tuned_for` units of both arms, the size planned; it must be fixed before the test starts.
    Raises `AdwrightError` (``bad-experiment``) for `alpha` outside 0..1 or no positive `tuned_for`.

    Example:
        >>> from .effects import Effect
        >>> sequential_test(Effect(0.01, 0.002, 0.05, 0.2, 0.04, 20_000)).verdict
        'better'
    """
    if not 0 < alpha < 1 or tuned_for < 1:
        raise AdwrightError(
            both(f"显著性水平 {alpha} 或计划人数 {tuned_for} 不合理。", f"alpha {alpha} or planned size {tuned_for} is out of range."),
            both("显著性水平在 0 与 1 之间，计划人数为正整数。", "alpha lies between 0 and 1, the planned size is positive."),
            code="bad-experiment",
        )
    half = effect.se * _multiple(effect.n, alpha, tuned_for) if effect.n >= START else inf
    low, high = effect.difference - half, effect.difference + half
    return SequentialTest(effect.difference, low, high, "better" if low > 0 else "worse" if high < 0 else "undecided")


def _multiple(n: int, alpha: float, tuned_for: int) -> float:
    """Half width of the sequence at `n` units, in standard errors."""
    spread = (-2 * log(alpha) + log(-2 * log(alpha) + 1)) / tuned_for
    grown = n * spread + 1
    return sqrt(2 * grown / (n * spread) * log(sqrt(grown) / alpha))
