"""Before a test is read: how many users it needs, how many days that takes, and whether the split was the one that was asked for.

Fixed horizon, two arms compared at a time, two-sided. Several looks at the same test need `sequential.sequential_test`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isfinite, sqrt
from typing import NamedTuple

from ...data.errors import AdwrightError
from ...data.words import both

WEEK = 7
# The field's usual threshold: below it a split is not chance, so that results must not be read (Fabijan et al. 2019).
MISMATCH = 0.001


class SampleRatio(NamedTuple):
    """Chi-square of the observed split against the planned one; `ok` is False where `p` is below 0.001: do not read the test."""

    chi2: float
    p: float
    ok: bool


def users_for_rates(base: float, lift: float, *, power: float = 0.8, alpha: float = 0.05) -> int:
    """Return the users per arm that show a relative `lift` of a rate `base` (0..1) with probability `power`.

    Normal approximation with pooled variance under no effect (Fleiss, Levin and Paik 2003, 4.14). Raises `AdwrightError`
    (``bad-experiment``) for rates outside 0..1 or a lift of zero.

    Example:
        >>> users_for_rates(0.05, 0.1)
        31234
    """
    new = base * (1 + lift)
    _check(0 < base < 1 and 0 < new < 1 and lift != 0, f"rate {base}, lift {lift}")
    at, seen = _quantiles(power, alpha)
    pooled = (base + new) / 2
    spread = at * sqrt(2 * pooled * (1 - pooled)) + seen * sqrt(base * (1 - base) + new * (1 - new))
    return ceil((spread / (new - base)) ** 2)


def users_for_means(sd: float, difference: float, *, power: float = 0.8, alpha: float = 0.05) -> int:
    """Return the users per arm that show a `difference` of means of a measure with standard deviation `sd` (same unit).

    Raises `AdwrightError` (``bad-experiment``) where `sd` is not positive or the difference is zero.

    Example:
        >>> users_for_means(40.0, 2.0)
        6280
    """
    _check(sd > 0 and isfinite(sd) and difference != 0, f"sd {sd}, difference {difference}")
    return ceil(2 * (sum(_quantiles(power, alpha)) * sd / difference) ** 2)


def days_needed(per_arm: int, daily_users: float, arms: int = 2) -> int:
    """Return the days until every arm has `per_arm` users, in whole weeks, because weekdays differ.

    Raises `AdwrightError` (``bad-experiment``) without users or with fewer than two arms.

    Example:
        >>> days_needed(31_234, 8_000)
        14
    """
    _check(daily_users > 0 and arms >= 2 and per_arm > 0, f"{per_arm} per arm, {daily_users} a day, {arms} arms")
    return ceil(per_arm * arms / daily_users / WEEK) * WEEK


def sample_ratio(counts: Sequence[int], shares: Sequence[float] | None = None) -> SampleRatio:
    """Test whether `counts` of users per arm are a split by `shares` (equal unless given): sample ratio mismatch.

    Raises `AdwrightError` (``bad-experiment``) for fewer than two arms, negative counts, no users or shares that are not positive.

    Example:
        >>> sample_ratio([5_200, 4_800]).ok
        False
    """
    from scipy.stats import chi2

    shares = shares or [1.0] * len(counts)
    total = sum(counts)
    _check(
        len(counts) == len(shares) > 1 and min(counts) >= 0 and total > 0 and min(shares) > 0,
        f"counts {list(counts)}, shares {list(shares)}",
    )
    planned = [total * share / sum(shares) for share in shares]
    distance = sum((seen - plan) ** 2 / plan for seen, plan in zip(counts, planned, strict=True))
    p = float(chi2.sf(distance, len(counts) - 1))
    return SampleRatio(distance, p, p >= MISMATCH)


def _quantiles(power: float, alpha: float) -> tuple[float, float]:
    from scipy.special import ndtri

    _check(0 < alpha < 1 and 0 < power < 1, f"power {power}, alpha {alpha}")
    return float(ndtri(1 - alpha / 2)), float(ndtri(power))


def _check(holds: bool, given: str) -> None:
    if not holds:
        raise AdwrightError(
            both(f"实验参数不合理：{given}。", f"These are no settings of an experiment: {given}."),
            both(
                "请检查转化率（0～1）、提升幅度（非零）、人数和分流比例（为正）。",
                "Check rates (between 0 and 1), lift (not zero), users and shares (positive).",
            ),
            code="bad-experiment",
        )
