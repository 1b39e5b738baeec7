"""Candidate shapes of a channel's response: carry-over over weeks (adstock) and saturation, each with its prior weight.

Carry-over: geometric a^k; delayed a^((k - peak)^2); Weibull survival exp(-(k / scale)^shape); weights sum to 1 over 13 weeks.
Saturation of the carried spend z: logistic tanh(z ln 3 / (2 half)); Hill z^s / (half^s + z^s), s = 1 is Michaelis-Menten.
Sources: Jin et al. 2017 (geometric, delayed, Hill), Robyn (Weibull), PyMC-Marketing (logistic; its prior of a is Beta(1, 3)).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import log

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
LAGS = 13
# Half-saturation spend as a share of the largest week: log-normal around 0.4, from a twelfth to two and a half.
HALVES = np.geomspace(0.08, 2.5, 9)
HALF_CENTRE, HALF_SPREAD = 0.4, 0.6
# (logistic?, Hill slope, prior weight): most campaigns saturate from the first unit on; S-shapes have to earn their place.
FAMILIES = ((True, 1.0, 0.48), (False, 1.0, 0.38), (False, 2.0, 0.1), (False, 0.7, 0.04))
# A logistic saturation tanh(rate z / 2) reaches one half at z = this / rate.
LOGISTIC_AT_HALF = log(3)
GEOMETRIC, DELAYED, WEIBULL = 0.7, 0.15, 0.15


@dataclass(frozen=True)
class Shapes:
    """All pairs of a carry-over and a saturation, carry-over slowest: `log_prior` (pairs), the rest by its own index."""

    carry: Array
    half: Array
    power: Array
    logistic: NDArray[np.bool_]
    log_prior: Array

    @property
    def saturations(self) -> int:
        """Number of saturations: pair = carry x saturations + saturation."""
        return len(self.half)

    def effects(self, spend: Array, largest: float) -> Array:
        """Return the saturated carried spend of every pair, (pairs, weeks), 0..1, half points being shares of `largest`.

        Spend before the first week counts as zero.
        """
        carried = np.asarray([np.convolve(spend, weights)[: len(spend)] for weights in self.carry], float) / largest
        by_saturation = [
            saturate(carried, half, power, logistic)
            for half, power, logistic in zip(self.half, self.power, self.logistic.tolist(), strict=True)
        ]
        return np.stack(by_saturation, 1).reshape(-1, len(spend))


def saturate(z: Array, half: float, power: float, logistic: bool) -> Array:
    """Return the saturation of `z` >= 0 in units of `half`, 0..1."""
    if logistic:
        return np.tanh(z * (log(3) / 2 / half))
    raised = (z / half) ** power
    return raised / (1 + raised)


@cache
def shapes() -> Shapes:
    """Return the candidates with their prior."""
    k = np.arange(LAGS, dtype=float)
    decay = np.round(np.arange(0.0, 1.0, 0.1), 1)
    carry = [a**k for a in decay]
    weight = list(GEOMETRIC * (1 - decay) / (1 - decay).sum())
    delayed = [a ** ((k - peak) ** 2) for peak in (1, 2, 3) for a in (0.3, 0.6, 0.8)]
    weibull = [np.exp(-((k / scale) ** shape)) for shape, scale in ((0.5, 1), (0.5, 2), (0.5, 4), (2, 2), (2, 4))]
    carry += delayed + weibull
    weight += [DELAYED / len(delayed)] * len(delayed) + [WEIBULL / len(weibull)] * len(weibull)
    near = np.exp(-0.5 * (np.log(HALVES / HALF_CENTRE) / HALF_SPREAD) ** 2)
    near /= near.sum()
    prior = np.concatenate([share * near for *_, share in FAMILIES])
    return Shapes(
        carry=np.array([w / w.sum() for w in carry]),
        half=np.tile(HALVES, len(FAMILIES)),
        power=np.repeat([power for _, power, _ in FAMILIES], len(HALVES)),
        logistic=np.repeat([logistic for logistic, *_ in FAMILIES], len(HALVES)),
        log_prior=(np.log(weight)[:, None] + np.log(prior)).ravel(),
    )


def half_life(weights: Array) -> float:
    """Return the weeks until half of a week's effect has arrived, by linear interpolation within the week."""
    arrived = np.cumsum(weights)
    k = int(np.searchsorted(arrived, 0.5))
    before = arrived[k - 1] if k else 0.0
    return float(k + (0.5 - before) / (arrived[k] - before))
