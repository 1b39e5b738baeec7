"""What advertising really adds: regions with and without ads, planned and read; iROAS with its interval.

Time-based regression (Kerman, Wang and Vaver 2017): the treated regions' daily revenue is regressed on the control regions' before the
test, and what came beyond that line during the test is the increment. Residuals that follow each other widen the interval. Covers
regions, or any two groups with daily revenue; sales after the last day of the test are not counted.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...data.errors import AdwrightError
from ...data.words import both

Array = NDArray[np.float64]
LEAST_DAYS = 14


class HoldoutPlan(NamedTuple):
    """Rows of the regions to be `treated` and kept as `control`; `detectable` is the iROAS that the test finds with its power."""

    treated: list[int]
    control: list[int]
    detectable: float


class HoldoutResult(NamedTuple):
    """Incremental `revenue` of the test and `iroas` = revenue / spend, with interval `low` to `high`."""

    revenue: float
    iroas: float
    low: float
    high: float


def plan_holdout(revenue: ArrayLike, days: int, spend: float, *, power: float = 0.8, confidence: float = 0.9, seed: int = 0) -> HoldoutPlan:
    """Split regions in two like halves, and tell the iROAS that a test of `days` with `spend` in the treated half can see.

    `revenue` [regions, days before] is daily revenue without the tested advertising. Of each two regions of
    like size a coin, by `seed`, decides which is treated. Raises `AdwrightError` (``bad-holdout``) for fewer than four regions, fewer than 14 days,
    or no spend.

    Example:
        >>> sales = np.random.default_rng(0).gamma(50, 2, (8, 56))
        >>> len(plan_holdout(sales, days=28, spend=1_000).treated)
        4
    """
    from scipy.stats import t

    sales = _numbers(revenue, 2)
    if len(sales) < 4 or sales.shape[1] < LEAST_DAYS or days < 1 or not spend > 0 or not (0 < power < 1 and 0 < confidence < 1):
        raise _bad("at least 4 regions, 14 days before, a spend and days of the test", "至少 4 个地区、14 天历史，并给出花费和测试天数")
    rng, by_size = np.random.default_rng(seed), np.argsort(-sales.mean(axis=1), kind="stable")
    # Of each two regions of like size a coin decides; picking the best of many splits would flatter its error.
    pairs = [rng.permutation(by_size[i : i + 2]) for i in range(0, len(sales), 2)]
    treated, control = (sorted(int(pair[k]) for pair in pairs if k < len(pair)) for k in (0, 1))
    x = sales[control].sum(axis=0)
    se = _line(sales[treated].sum(axis=0), x).error(np.full(days, x.mean()))
    free = sales.shape[1] - 2
    reach = float(t.ppf((1 + confidence) / 2, free) + t.ppf(power, free))
    return HoldoutPlan(treated, control, reach * se / spend)


def read_holdout(
    treated_before: ArrayLike,
    control_before: ArrayLike,
    treated_during: ArrayLike,
    control_during: ArrayLike,
    spend: float,
    *,
    confidence: float = 0.9,
) -> HoldoutResult:
    """Return iROAS from daily revenue of both groups before [days] and during [days] the test; `spend` is what treated regions got extra.

    Raises `AdwrightError` (``bad-holdout``) for lengths that differ, fewer than 14 days before, or no spend.

    Example:
        >>> before, during = np.arange(20.0), np.arange(5.0)
        >>> round(read_holdout(before, before, during + 3, during, spend=5.0).iroas, 6)
        3.0
    """
    from scipy.stats import t

    y, x, later, beside = (_numbers(v, 1) for v in (treated_before, control_before, treated_during, control_during))
    if len(y) != len(x) or len(later) != len(beside) or len(y) < LEAST_DAYS or not len(later) or not spend > 0 or not 0 < confidence < 1:
        raise _bad("both groups need the same days, 14 or more before, and a spend", "两组的天数要一致，测试前至少 14 天，并给出花费")
    line = _line(y, x)
    added = float((later - line.at(beside)).sum())
    half = float(t.ppf((1 + confidence) / 2, len(y) - 2)) * line.error(beside)
    return HoldoutResult(added, added / spend, (added - half) / spend, (added + half) / spend)


class _Line(NamedTuple):
    slope: float
    middle: float
    level: float
    spread: float
    n: int
    variance: float

    def at(self, x: Array) -> Array:
        return self.level + self.slope * (x - self.middle)

    def error(self, x: Array) -> float:
        """Standard error of a forecast of the sum over days `x`: their own noise, and the line's level and slope."""
        days, off = len(x), float((x - self.middle).sum())
        return float(np.sqrt(self.variance * (days + days**2 / self.n + (off**2 / self.spread if self.spread else 0.0))))


def _line(y: Array, x: Array) -> _Line:
    n, off = len(y), x - x.mean()
    spread = float(off @ off)
    slope = float(off @ y) / spread if spread else 0.0
    left = y - y.mean() - slope * off
    noise = float(left @ left)
    # Neighbouring days go up and down together: a sum over days then strays more than independent days would.
    follow = float(left[1:] @ left[:-1]) / noise if noise else 0.0
    # The estimate from few days is too low (Kendall 1954).
    follow = min(max(follow + (1 + 3 * follow) / n, 0.0), 0.9)
    return _Line(slope, float(x.mean()), float(y.mean()), spread, n, noise / (n - 2) * (1 + follow) / (1 - follow))


def _numbers(values: ArrayLike, dimensions: int) -> Array:
    try:
        array = np.asarray(values, float)
    except (TypeError, ValueError) as error:
        raise _bad("revenue is not made of numbers", "收入不是数字") from error
    if array.ndim != dimensions or not np.isfinite(array).all():
        raise _bad("revenue is one finite number per region and day", "每个地区每天需要一个有效的收入数字")
    return array


def _bad(en: str, zh: str) -> AdwrightError:
    return AdwrightError(
        both(f"地区对照实验无法进行：{zh}。", f"The hold-out cannot be done: {en}."),
        both("请按地区和日期给出收入。", "Give revenue by region and day."),
        code="bad-holdout",
    )
