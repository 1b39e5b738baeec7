"""A market nobody has seen: lines with hidden curves, creatives that tire, orders that come late. For rehearsals of `simulation`.

Impressions of a line are a Hill curve of the day's spend (slope 0.85 to 1.1, dearer as spend rises); each creative has its own click
and order rate, and its click rate falls with the impressions it has had. Demand moves from day to day and over the week. A
platform spends 80 to 115 % of a daily budget. What a planner may know beforehand is `priors` and `guesses`: off by a quarter in
clicks and a third in orders per click, with a click model that correlates 0.6 with the truth. All sizes are assumptions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .learning import LinePriors, typical_half

Array = NDArray[np.float64]
USUAL_SPEND = 1_500.0
# Impressions after which two thirds of what a creative loses is lost.
TIRING = 1_500_000.0
DELIVERY = (0.80, 1.15)
# A click model's correlation with the truth, in logs.
MODEL_CORRELATION = 0.6
ABILITY_SD = 0.3
# How far the truth lies from the forecast, in logs.
CLICKS_OFF, CVR_OFF = 0.25, 0.33


@dataclass(frozen=True)
class World:
    """One draw of the market: arrays (lines,) or (lines, creatives)."""

    top: Array
    half: Array
    slope: Array
    ctr: Array
    cvr: Array
    worth: Array
    tiring: Array
    rested: float
    same_day: Array
    later: Array
    demand: Array
    delivery: Array
    priors: LinePriors
    guesses: Array

    @classmethod
    def draw(cls, seed: int, lines: int = 20, creatives: int = 5, days: int = 60) -> World:
        """Draw a market of `lines` x `creatives` for so many `days`."""
        rng = np.random.default_rng([seed, 1])

        def around(middle: float, sd: float, *size: int) -> Array:
            return middle * np.exp(sd * rng.normal(size=size))

        half, slope = around(3 * USUAL_SPEND, 0.7, lines), rng.uniform(0.85, 1.1, lines)
        # Forecast first, truth around it: a calibrated forecast errs on its own numbers, not on the truth's.
        level, forecast_cvr = around(0.012, 0.3, lines), around(0.03, 0.2, lines)
        forecast_shown = 1_000 * USUAL_SPEND / around(30.0, 0.3, lines)
        forecast_clicks = forecast_shown * level
        worth = USUAL_SPEND * around(2.0, 0.3, lines) / (forecast_clicks * forecast_cvr)
        shown = forecast_shown * around(1.0, CLICKS_OFF, lines)
        ability = around(1.0, ABILITY_SD, lines, creatives)
        ctr = np.minimum(level[:, None] * ability, 0.2)
        cvr = np.minimum((forecast_cvr * around(1.0, CVR_OFF, lines))[:, None] * around(1.0, 0.15, lines, creatives), 0.3)
        reached = USUAL_SPEND**slope / (half**slope + USUAL_SPEND**slope)
        weekly = 1 + rng.normal(0, 0.1, 7)
        common, own = _wander(rng, days, 1, 0.06), _wander(rng, days, lines, 0.12)
        known = LinePriors(
            spend=np.full(lines, USUAL_SPEND),
            clicks=forecast_clicks,
            clicks_cv=np.full(lines, 0.4),
            half=typical_half(np.full(lines, USUAL_SPEND)),
            cvr=forecast_cvr,
            cvr_strength=8 / forecast_cvr,
            worth=worth,
        )
        blurred = MODEL_CORRELATION * np.log(ability) / ABILITY_SD + np.sqrt(1 - MODEL_CORRELATION**2) * rng.normal(size=ability.shape)
        return cls(
            top=shown / reached,
            half=half,
            slope=slope,
            ctr=ctr,
            cvr=cvr,
            worth=worth,
            tiring=around(TIRING, 0.5, lines, creatives),
            rested=0.35,
            same_day=rng.uniform(0.5, 0.9, lines),
            later=rng.uniform(1.0, 5.0, lines),
            demand=weekly[np.arange(days) % 7, None] * common * own,
            delivery=rng.uniform(*DELIVERY, (days, lines)),
            priors=known,
            guesses=level[:, None] * np.exp(MODEL_CORRELATION * ABILITY_SD * blurred),
        )

    def impressions(self, spend: Array) -> Array:
        """Impressions of a day at `spend` (lines,)."""
        at = np.maximum(spend, 1e-9) ** self.slope
        return self.top * at / (self.half**self.slope + at)

    def click_rates(self, shown: Array) -> Array:
        """Click rates after `shown` impressions of each creative so far."""
        return self.ctr * (self.rested + (1 - self.rested) * np.exp(-shown / self.tiring))

    def arrived(self, days: int) -> Array:
        """Share of a click's orders (lines,) that have come `days` after it."""
        return self.same_day + (1 - self.same_day) * (1 - np.exp(-days / self.later))


def _wander(rng: np.random.Generator, days: int, n: int, sd: float) -> Array:
    """Factors (days, n) around 1 that keep 0.7 of yesterday's deviation."""
    steps, at = rng.normal(0, sd * np.sqrt(1 - 0.7**2), (days, n)), rng.normal(0, sd, n)
    rows = []
    for step in steps:
        at = 0.7 * at + step
        rows.append(np.exp(at))
    return np.array(rows)
