"""What a randomised test shows: difference of means or of ratios with its standard error, with less noise where the past is known.

One row is one randomised unit (a user, not an impression). Covers two arms, Welch's standard error, CUPED and the delta method;
intervals here are for one look at a planned end. `sequential.sequential_test` reads the same `Effect` at any time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...data.errors import AdwrightError
from ...data.words import both

Array = NDArray[np.float64]


class Effect(NamedTuple):
    """Treated minus control: `difference` with standard error `se`, in the measure's unit; `control` is the control's mean.

    `lift` is the relative difference, `lift_se` its standard error by the delta method (not a number where the control's mean is
    zero); `n` counts units of both arms; `noise_removed` is the share of the variance that a covariate explained (0 without one).
    """

    difference: float
    se: float
    control: float
    lift: float
    lift_se: float
    n: int
    noise_removed: float = 0.0

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Return the interval of the difference for one look at the planned end (normal approximation)."""
        from scipy.special import ndtri

        half = float(ndtri((1 + confidence) / 2)) * self.se
        return self.difference - half, self.difference + half

    def p_value(self) -> float:
        """Return the two-sided p of no difference for one look at the planned end."""
        from scipy.special import ndtr

        return float(2 * ndtr(-abs(self.difference / self.se))) if self.se else float(self.difference == 0)


def mean_effect(treated: ArrayLike, control: ArrayLike) -> Effect:
    """Compare the means of two arms; one value per unit, float or 0/1, e.g. spend or converted.

    Raises `AdwrightError` (``bad-measurements``) where an arm has fewer than two units or values that are no numbers.

    Example:
        >>> round(mean_effect([1, 0, 1, 1], [0, 0, 1, 0]).difference, 2)
        0.5
    """
    t, c = _units(treated), _units(control)
    return _effect(t.mean(), t.var(ddof=1) / len(t), c.mean(), c.var(ddof=1) / len(c), len(t) + len(c))


def cuped_effect(treated: ArrayLike, control: ArrayLike, treated_before: ArrayLike, control_before: ArrayLike) -> Effect:
    """Compare two arms after taking out what each unit's value *before* the test tells (CUPED, Deng et al. 2013).

    `*_before` hold one covariate per unit that the test cannot have changed, e.g. last month's spend. The same slope serves both
    arms, so that the expected difference is unchanged. Raises `AdwrightError` (``bad-measurements``) as `mean_effect`, and where
    lengths differ.

    Example:
        >>> cuped_effect([2, 3, 5], [1, 2, 4], [1, 2, 4], [1, 2, 4]).difference
        1.0
    """
    t, c, tx, cx = _units(treated), _units(control), _units(treated_before), _units(control_before)
    if len(t) != len(tx) or len(c) != len(cx):
        raise _bad("every unit needs one value before and one during the test", "每个单位都要有实验前和实验中的值")
    within = np.concatenate([tx - tx.mean(), cx - cx.mean()])
    variance = within @ within
    slope = float(within @ np.concatenate([t - t.mean(), c - c.mean()]) / variance) if variance > 0 else 0.0
    centre = np.concatenate([tx, cx]).mean()
    plain, adjusted = mean_effect(t, c), mean_effect(t - slope * (tx - centre), c - slope * (cx - centre))
    return adjusted._replace(noise_removed=1 - (adjusted.se / plain.se) ** 2 if plain.se else 0.0)


def ratio_effect(treated: ArrayLike, treated_base: ArrayLike, control: ArrayLike, control_base: ArrayLike) -> Effect:
    """Compare ratios of sums, e.g. clicks per impression when users are randomised (delta method, Deng et al. 2018).

    Arrays hold one numerator and one denominator per unit. Raises `AdwrightError` (``bad-measurements``) as `mean_effect`, and
    where a denominator sums to zero or lengths differ.

    Example:
        >>> round(ratio_effect([1, 2], [10, 10], [1, 1], [10, 10]).difference, 3)
        0.05
    """
    (t, t_var, n_t), (c, c_var, n_c) = _ratio(treated, treated_base), _ratio(control, control_base)
    return _effect(t, t_var, c, c_var, n_t + n_c)


def _ratio(over: ArrayLike, under: ArrayLike) -> tuple[float, float, int]:
    y, x = _units(over), _units(under)
    if len(y) != len(x) or x.sum() <= 0:
        raise _bad("a ratio needs one denominator per unit, with a positive sum", "比率指标要求每个单位都有分母，且分母之和为正")
    ratio = y.sum() / x.sum()
    return float(ratio), float((y - ratio * x).var(ddof=1) / len(y) / x.mean() ** 2), len(y)


def _effect(t: float, t_var: float, c: float, c_var: float, n: int) -> Effect:
    se = float(np.sqrt(t_var + c_var))
    if c == 0:
        return Effect(float(t - c), se, 0.0, float("nan"), float("nan"), n)
    lift_se = float(np.sqrt(t_var + (t / c) ** 2 * c_var) / abs(c))
    return Effect(float(t - c), se, float(c), float(t / c - 1), lift_se, n)


def _units(values: ArrayLike) -> Array:
    try:
        array = np.asarray(values, float).ravel()
    except (TypeError, ValueError) as error:
        raise _bad("values are not numbers", "数据不是数字") from error
    if len(array) < 2 or not np.isfinite(array).all():
        raise _bad("every arm needs two units or more, all of them finite numbers", "每组至少要有两个单位，且都是有限的数字")
    return array


def _bad(en: str, zh: str) -> AdwrightError:
    return AdwrightError(
        both(f"实验数据无法比较：{zh}。", f"The test cannot be read: {en}."),
        both("请按用户各给一行，缺失值先填 0 或剔除。", "Give one row per user; fill or drop missing values first."),
        code="bad-measurements",
    )
