"""When a line is stopped, whatever the split says: money gone, no return, or nobody counting.

Thresholds: money at its cap; margin x mROAS below 1 with a probability above 0.9 once 20 orders would have come at break-even; three
break-even CPAs spent without an order (were the line at break-even, that has a chance of e^-3 = 5 %); clicks that no longer
arrive on the page, or not counted there. A split of impressions other than the one set (SRM) does not stop a line, but nothing
is read from its creatives then.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .bandit import arrived_by
from .experiments import sample_ratio
from .learning import DailyCounts, Learned, LinePriors

Array = NDArray[np.float64]
Rule = Literal["cap", "no_return", "cut", "no_orders"]
SURE = 0.9
LEAST_ORDERS = 20
EMPTY_CPAS = 3
# Visits per click below this part of what was usual, on at least so many clicks, mean that visits or clicks are not counted.
TRACKED_LEAST = 0.5
TRACKED_ALONE = 0.3
LEAST_CLICKS = 100
# Impressions off the shares set by this much, beyond chance: the platform decides by itself.
SHARE_OFF = 0.05
LEAST_IMPRESSIONS = 1_000


class Stop(NamedTuple):
    """A rule that a line meets: `chance` that it does not pay (where that was judged), orders that break-even would have brought."""

    line: int
    rule: Rule
    chance: float | None
    expected: float


def stops(learned: Learned, priors: LinePriors, counts: DailyCounts, current: Array, spent: Array, caps: Array) -> list[Stop]:
    """Return at most one stop a line: `current` daily budgets, money `spent` and `caps`, each (N,).

    ``cut`` means that the first money pays but the last does not; ``no_return`` that not even the first does.
    """
    due = (counts.spend * arrived_by(counts.age)[:, None]).sum(0) / priors.worth
    last, first = ((part < 1).mean(1) for part in (learned.marginal(current), learned.at_zero()))
    found = []
    for i in np.flatnonzero(current > 0).tolist():
        orders = float(counts.orders[:, i].sum())
        if spent[i] >= caps[i]:
            found.append(Stop(i, "cap", None, float(due[i])))
        elif orders == 0 and due[i] > EMPTY_CPAS:
            found.append(Stop(i, "no_orders", float(first[i]), float(due[i])))
        elif due[i] >= LEAST_ORDERS and first[i] > SURE:
            found.append(Stop(i, "no_return", float(first[i]), float(due[i])))
        elif due[i] >= LEAST_ORDERS and last[i] > SURE:
            found.append(Stop(i, "cut", float(last[i]), float(due[i])))
    return found


def tracking_lost(clicks: Array, visits: Array) -> bool:
    """Whether the latest day's clicks hardly arrive as visits, judged by the days before; arrays (days,), the oldest first.

    Example:
        >>> tracking_lost(np.array([400.0, 420.0, 390.0]), np.array([330.0, 350.0, 12.0]))
        True
    """
    if not len(clicks) or clicks[-1] < LEAST_CLICKS:
        return False
    before = clicks[:-1].sum()
    usual = visits[:-1].sum() / before if before >= LEAST_CLICKS else None
    arrived = visits[-1] / clicks[-1]
    return bool(arrived < (TRACKED_ALONE if usual is None else TRACKED_LEAST * usual))


def split_ignored(shown: Array, shares: Array) -> bool:
    """Whether impressions per creative are not those of the `shares` set (SRM at p < 0.001, and off by more than five points)."""
    if shown.sum() < LEAST_IMPRESSIONS or len(shown) < 2 or shares.min() <= 0:
        return False
    off = float(np.abs(shown / shown.sum() - shares / shares.sum()).max())
    return off > SHARE_OFF and not sample_ratio([round(float(x)) for x in shown], shares.tolist()).ok
