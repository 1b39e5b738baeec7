"""`ResponseCurve`: what one or many campaigns bring as a function of spend, with first and second derivative in closed form.

Hill and Michaelis-Menten (S-shaped when the Hill slope exceeds 1) and the logistic saturation of media mix models; the
mean over posterior draws is a curve like any other. Spend and result may be of any currency or unit; parameters are
arrays, so 200,000 campaigns are one object. Not covered: carry-over over time, effects of one campaign on another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...data.errors import AdwrightError
from ...data.words import both

Array = NDArray[np.float64]
# Below this part of the half-saturation spend a Hill curve with a slope under 1 has no finite marginal.
NEAR_ZERO = 1e-12


@dataclass(frozen=True)
class ResponseCurve:
    """Curves of N lines as means over D draws (D = 1: no uncertainty); make one with `hill`, `logistic`, ... .

    `top` is the result that is never exceeded, `log_half` the logarithm of the spend that brings half of it, `power`
    the Hill slope (ignored where `is_logistic`), each (N, D); draw d of all lines belongs together. The draws of one line may
    be of both families (averaging over forms).

    Example:
        >>> curve = ResponseCurve.hill(scale=[9000, 4000], half=[2000, 500], slope=1)
        >>> curve.value([2000, 500]).tolist()
        [4500.0, 2000.0]
    """

    is_logistic: NDArray[np.bool_]
    top: Array
    log_half: Array
    power: Array

    @classmethod
    def hill(cls, scale: ArrayLike, half: ArrayLike, slope: ArrayLike = 1.0) -> ResponseCurve:
        """``scale x^slope / (half^slope + x^slope)`` (Hill 1910); Robyn's and Meridian's saturation.

        Numbers, or one entry per line: `scale` >= 0 in units of the result, `half` > 0 in units of spend, `slope` > 0 (above 1
        the curve is S-shaped). Raises `AdwrightError` (``bad-curve``).
        """
        return cls._of("hill", np.atleast_1d(*np.broadcast_arrays(*_floats(scale, half, slope))), by_draw=False)

    @classmethod
    def michaelis_menten(cls, scale: ArrayLike, half: ArrayLike) -> ResponseCurve:
        """``scale x / (half + x)`` (Michaelis and Menten 1913); a Hill curve of slope 1. Raises as `hill`."""
        return cls.hill(scale, half, 1.0)

    @classmethod
    def logistic(cls, scale: ArrayLike, half: ArrayLike) -> ResponseCurve:
        """``scale (1 - e^-lx) / (1 + e^-lx)`` with ``l = ln 3 / half`` (Jin et al. 2017; PyMC-Marketing's default, l its `lam`).

        Concave everywhere; units and errors as `hill`.
        """
        return cls._of("logistic", np.atleast_1d(*np.broadcast_arrays(*_floats(scale, half, 1.0))), by_draw=False)

    @classmethod
    def from_draws(
        cls, family: Literal["hill", "logistic", "michaelis_menten"], scale: ArrayLike, half: ArrayLike, slope: ArrayLike = 1.0
    ) -> ResponseCurve:
        """Return the mean over posterior draws: parameters are (draws,) for one line or (draws, lines) for several.

        The mean of concave curves is concave. Raises as `hill`.

        Example:
            >>> ResponseCurve.from_draws("hill", scale=[8000, 10000], half=[2000, 2000]).value(2000).tolist()
            [4500.0]
        """
        parts = np.broadcast_arrays(*_floats(scale, half, slope))
        parts = [part[:, None] if part.ndim == 1 else part for part in np.atleast_1d(*parts)]
        return cls._of("logistic" if family == "logistic" else "hill", [part.T for part in parts], by_draw=True)

    @classmethod
    def from_mixed_draws(cls, is_logistic: ArrayLike, scale: ArrayLike, half: ArrayLike, slope: ArrayLike = 1.0) -> ResponseCurve:
        """Return the mean over draws of one line that are logistic where `is_logistic` (draws,) says so, else Hill. Raises as `hill`."""
        parts = [part[None] for part in np.broadcast_arrays(*_floats(scale, half, slope))]
        return replace(cls._of("hill", parts, by_draw=True), is_logistic=np.asarray(is_logistic, bool)[None])

    @classmethod
    def _of(cls, family: str, parts: Sequence[Array], *, by_draw: bool) -> ResponseCurve:
        top, half, power = (np.ascontiguousarray(part if by_draw else part[:, None], float) for part in parts)
        if top.ndim != 2 or not top.size:
            raise _bad(both("曲线参数的形状不对。", "The parameters of the curve have a wrong shape."))
        if not all(np.isfinite(part).all() for part in (top, half, power)):
            raise _bad(both("曲线参数里有空值或无穷大。", "The parameters of the curve hold a missing or infinite number."))
        if (top < 0).any() or (half <= 0).any() or (power <= 0).any():
            raise _bad(
                both("曲线参数不成立：scale 不能为负，half 和 slope 必须大于零。", "A curve needs scale >= 0, half > 0 and slope > 0.")
            )
        return cls(np.full((len(top), 1), family == "logistic"), top, np.log(half), power)

    @classmethod
    def joined(cls, curves: Sequence[ResponseCurve]) -> ResponseCurve:
        """Return the lines of all `curves` as one; curves without draws are the same in each draw.

        Raises `AdwrightError` (``no-curves``, ``bad-curve`` when the numbers of draws differ).
        """
        if not curves:
            raise AdwrightError(
                both("没有响应曲线，无法分配。", "There are no response curves to split a budget over."),
                both("请至少给出一条曲线。", "Give at least one curve."),
                code="no-curves",
            )
        draws = max(curve.draws for curve in curves)
        if any(curve.draws not in (1, draws) for curve in curves):
            raise _bad(both("各条曲线的抽样次数不同。", "The curves have different numbers of draws."))

        def stack(name: str) -> Array:
            return np.concatenate([np.broadcast_to(getattr(c, name), (c.lines, draws)) for c in curves])

        wide = max(c.is_logistic.shape[1] for c in curves)
        families = np.concatenate([np.broadcast_to(c.is_logistic, (c.lines, wide)) for c in curves])
        return cls(families, stack("top"), stack("log_half"), stack("power"))

    @property
    def lines(self) -> int:
        """Number of lines."""
        return len(self.top)

    @property
    def draws(self) -> int:
        """Number of draws."""
        return self.top.shape[1]

    @property
    def scale(self) -> Array:
        """Typical half-saturation spend of each line."""
        return np.exp(self.log_half.mean(1))

    @property
    def concave(self) -> NDArray[np.bool_]:
        """Which lines have falling marginals from the first unit of spend on."""
        return np.atleast_1d(np.logical_or(self.is_logistic, self.power <= 1).all(axis=1))

    def value(self, spend: ArrayLike) -> Array:
        """Return the expected result at `spend` >= 0, one entry per line (or any number of entries for a single line)."""
        return self.by_draw(spend).mean(1)

    def slope(self, spend: ArrayLike) -> Array:
        """Return the marginal result per unit of spend."""
        return self.slopes(np.atleast_1d(np.asarray(spend, float)))[0]

    def bend(self, spend: ArrayLike) -> Array:
        """Return the second derivative."""
        return self.slopes(np.atleast_1d(np.asarray(spend, float)))[1]

    def by_draw(self, spend: ArrayLike) -> Array:
        """Return the result in each draw, (lines, draws)."""
        at = np.atleast_1d(np.asarray(spend, float))
        return self._split(at, lambda part, x: (part.top * part._saturation(x),))[0]

    def slopes(self, spend: Array) -> tuple[Array, Array]:
        """Return first and second derivative; the first is held finite at zero spend."""
        slope, bend = self._split(spend, ResponseCurve._derivatives)
        return slope, bend

    def weighted(self, weight: Array) -> ResponseCurve:
        """Return the curves times a weight per line, such as the margin."""
        return replace(self, top=self.top * weight[:, None])

    def subset(self, mine: NDArray[np.bool_]) -> ResponseCurve:
        """Return the curves of some lines."""
        return ResponseCurve(self.is_logistic[mine], self.top[mine], self.log_half[mine], self.power[mine])

    def _split(self, spend: Array, each) -> tuple[Array, ...]:
        """Evaluate Hill and logistic lines apart: no line pays for the other family, but where its own draws are of both."""
        if self.is_logistic.all() or not self.is_logistic.any():
            return each(self, spend)
        logistic: NDArray[np.bool_] = np.atleast_1d(self.is_logistic.all(axis=1))
        mixed: NDArray[np.bool_] = np.atleast_1d(self.is_logistic.any(axis=1)) & ~logistic
        if mixed.all():
            # Each family with the other's draws weighing nothing; the result is linear in `top`.
            halves = [
                replace(self, is_logistic=np.full((1, 1), f), top=np.where(self.is_logistic == f, self.top, 0)) for f in (True, False)
            ]
            return tuple(a + b for a, b in zip(*(each(half, spend) for half in halves), strict=True))
        groups = [mine for mine in (logistic, mixed, ~(logistic | mixed)) if mine.any()]
        parts = [(mine, self.subset(mine)._split(spend[mine], each)) for mine in groups]
        result = tuple(np.empty((self.lines, *x.shape[1:])) for x in parts[0][1])
        for mine, values in parts:
            for whole, part in zip(result, values, strict=True):
                whole[mine] = part
        return result

    def _saturation(self, spend: Array) -> Array:
        if self.is_logistic.all():
            return np.tanh(spend[:, None] * (log(3) / 2) * np.exp(-self.log_half))
        with np.errstate(divide="ignore", over="ignore"):
            return 1 / (1 + np.exp(self.power * (self.log_half - np.log(spend)[:, None])))

    def _derivatives(self, spend: Array) -> tuple[Array, Array]:
        if self.is_logistic.all():
            rate = log(3) * np.exp(-self.log_half)
            left = np.exp(-rate * spend[:, None])
            first = 2 * self.top * rate * left / (1 + left) ** 2
            return first.mean(1), (-first * rate * (1 - left) / (1 + left)).mean(1)
        at = np.maximum(spend, NEAR_ZERO * self.scale)
        left = self.log_half - np.log(at)[:, None]
        left *= self.power
        np.clip(left, -700, 700, out=left)
        np.exp(left, out=left)
        gained = 1 / (1 + left)
        left *= gained
        # x f' = top s G (1 - G) and x^2 f'' = x f' (s (1 - 2G) - 1), with G the share of the top that is reached.
        first = gained * self.top
        first *= self.power
        first *= left
        left -= gained
        left *= self.power
        left -= 1
        left *= first
        return first.mean(1) / at, left.mean(1) / at**2


def _floats(*values: ArrayLike) -> list[Array]:
    try:
        return [np.asarray(value, float) for value in values]
    except (TypeError, ValueError) as error:
        raise _bad(both("曲线参数不是数字。", "The parameters of the curve are not numbers.")) from error


def _bad(message) -> AdwrightError:
    return AdwrightError(message, both("请检查拟合结果或输入的参数。", "Check the fit or the parameters given."), code="bad-curve")
