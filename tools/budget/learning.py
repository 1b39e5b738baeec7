"""What running lines have shown so far: each line's daily response curve, with its doubt, from the plan's forecast and daily counts.

Clicks of a day follow ``K x / (h + x)`` of its spend x (Michaelis and Menten): K has a Gamma prior and h a grid, so that both are exact
(Gamma-Poisson) and all lines are one pass of NumPy. Orders per click are Beta. Days long past weigh less, because audiences
tire of an advertisement. A weekly history with carry-over is another matter and not covered here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .bandit import DISCOUNT, arrived_by
from .inputs import assumption
from .response_curve import ResponseCurve

Array = NDArray[np.float64]
DRAWS = 200
# Clicks of two days at the same spend differ by about so much beyond chance: one busy day says little more than a quiet one.
DAY_NOISE = 0.25
# The half-saturation spend is known within a factor of about two before a line has been tried at different budgets.
HALF_SD = 1.0
HALF_GRID = np.linspace(-3.0, 2.5, 34)


class LinePriors(NamedTuple):
    """What is believed of N lines before their first day, an array each.

    `clicks` a day at a daily `spend`, known up to a coefficient of variation `clicks_cv`; `half` the daily spend that brings half of
    all clicks to be had; `cvr` orders per click as a Beta mean with `cvr_strength` pseudo-clicks; `worth` the contribution of an
    order before advertising, in money: it is also the break-even CPA.
    """

    spend: Array
    clicks: Array
    clicks_cv: Array
    half: Array
    cvr: Array
    cvr_strength: Array
    worth: Array


class DailyCounts(NamedTuple):
    """What has come in: arrays (days, N), and how many days ago each day was (0: the latest). `orders` belong to the day of the click."""

    age: Array
    spend: Array
    clicks: Array
    orders: Array


class Learned(NamedTuple):
    """Draws (N, D) of each line's clicks ceiling `top`, half-saturation spend `half` and `cvr`, with its order's `worth` (N,)."""

    top: Array
    half: Array
    cvr: Array
    worth: Array

    @property
    def curve(self) -> ResponseCurve:
        """Contribution of a day before its spend, as a curve over N lines and D draws."""
        return ResponseCurve.from_draws("michaelis_menten", (self.top * self.cvr * self.worth[:, None]).T, self.half.T)

    def marginal(self, spend: Array) -> Array:
        """Return margin x mROAS at daily `spend` (N,) in each draw (N, D)."""
        return self.top * self.cvr * self.worth[:, None] * self.half / (self.half + spend[:, None]) ** 2

    def at_zero(self) -> Array:
        """Return margin x mROAS of the first unit of spend in each draw (N, D): below 1 no budget pays."""
        return self.top * self.cvr * self.worth[:, None] / self.half


def typical_half(spend: Array) -> Array:
    """Return the half-saturation spend at which the last money of a usual day's `spend` (N,) earns `marginal_return` of the average.

    The share is an assumption (`assumptions.toml`) that days at other budgets replace: ``half / (half + x)`` is that share.
    """
    share = assumption("marginal_return")
    return spend * share / (1 - share)


def learn(priors: LinePriors, counts: DailyCounts, *, seed: int = 0, draws: int = DRAWS) -> Learned:
    """Return the posterior of every line's curve as draws; no counts give the prior.

    Example:
        >>> one = LinePriors(*(np.array([x]) for x in (100.0, 50.0, 0.5, 400.0, 0.02, 200.0, 60.0)))
        >>> days = DailyCounts(np.arange(30.0), np.full((30, 1), 100.0), np.full((30, 1), 80.0), np.full((30, 1), 1.6))
        >>> learned = learn(one, days)
        >>> bool(75 < (learned.top / (1 + learned.half / 100)).mean() < 82)
        True
    """
    from scipy.special import gammaln

    rng = np.random.default_rng(seed)
    n, halves = len(priors.spend), priors.half[:, None] * np.exp(HALF_GRID)
    shape = 1 / priors.clicks_cv**2
    rate = shape[:, None] / (priors.clicks[:, None] * (priors.spend[:, None] + halves) / priors.spend[:, None])
    weight, ripe = (DISCOUNT**counts.age)[:, None], arrived_by(counts.age)[:, None]
    paid = counts.spend > 0
    usual = counts.spend * (counts.clicks.sum(0) / np.maximum(counts.spend.sum(0), 1e-9))
    certain = np.where(paid, weight / (1 + DAY_NOISE**2 * usual), 0.0)
    reached = counts.spend[:, :, None] / (counts.spend[:, :, None] + halves)
    seen, share = (certain * counts.clicks).sum(0), (certain[:, :, None] * reached).sum(0)
    told = ((certain * counts.clicks)[:, :, None] * np.log(np.maximum(reached, 1e-12))).sum(0)
    a, b = (shape + seen)[:, None], rate + share
    score = -((HALF_GRID / HALF_SD) ** 2) / 2 + shape[:, None] * np.log(rate) - a * np.log(b) + gammaln(a) + told
    chance = np.exp(score - score.max(1, keepdims=True))
    steps = np.cumsum(chance / chance.sum(1, keepdims=True), axis=1)
    # One draw from each slice of the distribution, in another order for each line: fewer draws are enough.
    even = (rng.permuted(np.tile(np.arange(draws), (n, 1)), axis=1) + rng.random((n, draws))) / draws
    at = np.minimum((even[:, :, None] > steps[:, None, :]).sum(2), len(HALF_GRID) - 1)
    width = HALF_GRID[1] - HALF_GRID[0]
    half = np.take_along_axis(halves, at, 1) * np.exp(width * (rng.random((n, draws)) - 0.5))
    top = rng.gamma(np.broadcast_to(a, (n, draws))) / np.take_along_axis(b, at, 1)
    clicked, bought = (weight * np.maximum(counts.clicks * ripe, counts.orders)).sum(0), (weight * counts.orders).sum(0)
    good = priors.cvr * priors.cvr_strength + bought
    cvr = rng.beta(good[:, None], ((1 - priors.cvr) * priors.cvr_strength + clicked - bought)[:, None], size=(n, draws))
    return Learned(top, half, cvr, priors.worth)
