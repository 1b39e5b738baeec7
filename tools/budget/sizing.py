"""How large a budget should be: what more money brings, and what a goal costs; pure functions over any way to value a total.

`weigh` compares two totals draw by draw: both are forecast with one seed, so that what differs is their money and not their
luck. `needed` turns the question round and finds the total for a goal by bisection; a ROAS to keep bounds it. Not here: the
lines and their split (`Market.at`, `split_budget`), the words (`tools/plan/size.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from math import floor, log10
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...data.money import Money
from .drivers import Drawn
from .inputs import BudgetSplit, LineInput, PlanForecast

Array = NDArray[np.float64]

# From here on more money is said to pay, or not to: in between the answer is that nobody can tell yet.
SURE, HOPELESS = 0.8, 0.2
# A budget is said with four figures: a thousandth is far below what any forecast knows.
DIGITS = 4
LARGEST = 1e9
# What one more step of money has to add to the goal, of what was there, for the search to go on.
STILL_GROWS = 1.001


@dataclass(frozen=True)
class Valued:
    """A total with its split, its forecast and the draws behind it; `margins` are those of the lines, in their order."""

    total: Money
    split: BudgetSplit
    forecast: PlanForecast
    drawn: Drawn
    margins: Array

    @classmethod
    def of(cls, total: Money, lines: list[LineInput], split: BudgetSplit, forecast: PlanForecast, drawn: Drawn) -> Valued:
        """Put together what `split_budget` and `forecast_and_draws` returned for `lines`."""
        return cls(total, split, forecast, drawn, np.array([line.margin for line in lines]))

    @property
    def revenue(self) -> Array:
        """Expected revenue of every draw, in currency units."""
        return self.drawn.mean_revenue.sum(0)

    @property
    def contribution(self) -> Array:
        """Expected margin x revenue - spend of every draw."""
        return self.margins @ self.drawn.mean_revenue - float(self.total)


At = Callable[[Money], Valued]


@dataclass(frozen=True)
class Weighed:
    """What the money between two totals brings as (P10, P50, P90), and how likely it earns itself.

    `roas` is the incremental ROAS of the difference, (revenue with - revenue without) / spend; `contribution` what it leaves,
    `mean` that on average, which is what a split maximises.
    """

    less: Valued
    more: Valued
    revenue: tuple[float, float, float]
    contribution: tuple[float, float, float]
    roas: tuple[float, float, float]
    mean: float
    p_pays: float

    @property
    def verdict(self) -> Literal["pays", "unsure", "loses"]:
        """Whether the extra money pays: sure enough, not sure, or surely not."""
        return "pays" if self.p_pays >= SURE else "loses" if self.p_pays <= HOPELESS else "unsure"


def weigh(at: At, less: Money, more: Money) -> Weighed:
    """Compare two totals, the smaller one first; both are split anew at equal marginal return.

    Source of the incremental ROAS: Gordon et al. 2019, "A Comparison of Approaches to Advertising Measurement", Marketing
    Science 38(2), as the ratio of incremental revenue to spend. Raises what `at` raises.

    Example:
        >>> weigh(at, Money.of(50000, "CNY"), Money.of(80000, "CNY")).p_pays  # doctest: +SKIP
        0.71
    """
    a, b = at(less), at(more)
    revenue, contribution = b.revenue - a.revenue, b.contribution - a.contribution
    extra = float(more) - float(less)
    return Weighed(
        less=a,
        more=b,
        revenue=_range(revenue),
        contribution=_range(contribution),
        roas=_range(revenue / extra),
        mean=float(contribution.mean()),
        p_pays=float((contribution > 0).mean()),
    )


@dataclass(frozen=True)
class Needed:
    """The total a goal needs. `found` says how the search ended, `valued` is the total the answer speaks of.

    ``met``: goal and ROAS are both met at `valued`. ``roas-short``: the goal can be had (`goal_at`), but `valued` is the most
    that keeps the ROAS. ``roas-never``: no total keeps it; `valued` is the smallest. ``out-of-reach``: more money stops
    adding before the goal is met; `valued` is where.
    """

    found: Literal["met", "roas-short", "roas-never", "out-of-reach"]
    valued: Valued
    goal_at: Valued | None = None
    p_goal: float | None = None


def needed(
    at: At,
    least: Money,
    *,
    revenue: Decimal | float | None = None,
    orders: int | None = None,
    roas: Decimal | float | None = None,
) -> Needed:
    """Find the smallest total whose expected result meets a goal, or without one the largest that keeps `roas`.

    Give `revenue` (currency units) or `orders`, or `roas` alone. `least` is the smallest total the lines can take. Totals are
    rounded up to four figures. ROAS falls as a total grows, so both searches bisect. Raises `ValueError` without any target.

    Example:
        >>> needed(at, Money.of(1000, "CNY"), revenue=2_000_000, roas=3).found  # doctest: +SKIP
        'met'
    """
    if revenue is None and orders is None:
        if roas is None:
            raise ValueError("a goal or a ROAS is needed")
        return _most(at, least, float(roas), None)

    def result(v: Valued) -> float:
        return float(v.forecast.total.revenue.value if revenue is not None else v.forecast.total.orders.value)

    goal = float(revenue if revenue is not None else orders or 0)
    low, high = at(least), at(least)
    while result(high) < goal:
        further = at(_rounded(Money.of(round(2 * float(high.total), 2), least.currency)))
        if float(further.total) > LARGEST or (result(further) < goal and result(further) < result(high) * STILL_GROWS):
            return Needed("out-of-reach", further)
        low, high = high, further
    met = _smallest(at, low, high, lambda v: result(v) >= goal)
    draws = met.drawn.revenue if revenue is not None else met.drawn.orders
    p_goal = float((draws.sum(0) >= goal).mean())
    if roas is None or _roas(met) >= float(roas):
        return Needed("met", met, met, p_goal)
    return _most(at, least, float(roas), met)


def _most(at: At, least: Money, roas: float, goal_at: Valued | None) -> Needed:
    """The largest total that keeps `roas`."""
    low = at(least)
    if _roas(low) < roas:
        return Needed("roas-never", low, goal_at)
    high = goal_at or low
    while _roas(high) >= roas:
        if float(high.total) >= LARGEST:
            return Needed("out-of-reach", high, goal_at)
        low, high = high, at(_rounded(Money.of(round(2 * float(high.total), 2), least.currency)))
    best = _smallest(at, low, high, lambda v: _roas(v) < roas, keep_low=True)
    return Needed("met" if goal_at is None else "roas-short", best, goal_at)


def _smallest(at: At, low: Valued, high: Valued, met: Callable[[Valued], bool], keep_low: bool = False) -> Valued:
    """Bisect totals of four figures between one that is not `met` and one that is; return the latter (or the former)."""
    while True:
        middle = _rounded(Money.of(round((float(low.total) + float(high.total)) / 2, 2), low.total.currency))
        if not low.total.amount < middle.amount < high.total.amount:
            return low if keep_low else high
        tried = at(middle)
        low, high = (low, tried) if met(tried) else (tried, high)


def _roas(v: Valued) -> float:
    return float(v.forecast.total.revenue.value / v.total.amount)


def _rounded(total: Money) -> Money:
    """Round up to four figures, in whole units of currency from a thousand on."""
    amount = float(total)
    step = Decimal(10) ** max(-2, floor(log10(amount)) - DIGITS + 1)
    whole = -(-total.amount // step) * step
    return Money(amount=whole, currency=total.currency)


def _range(draws: Array) -> tuple[float, float, float]:
    low, middle, high = np.quantile(draws, (0.1, 0.5, 0.9)).tolist()
    return low, middle, high
