"""How right the purchase model has been: it is fitted as of earlier days and held against what came next.

`pace` is the season: by how much customers bought faster or slower than the model said in the same weeks a year ago,
applied to the coming weeks. `spread` is how far the shop strays from the model (log scale), and what intervals rest on.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from .histories import Ledger, at, column
from .rebuying import Histories, Rate, fit_rate
from .spending import fit_spending

WINDOWS = 4
YEAR = 364
# A model needs some past to be held against a future; for the season more, since in a shop's first months everybody looks new.
LEAST_PAST = 90
SEASON_PAST = 180
PACES = (0.25, 4.0)
# Before any window is seen a shop is taken to stray by 0.3 (about 35 % up or down), worth one window.
STRAY = 0.3
# Customers who came back, worth as much as the model's word that the pace is even.
LEAN = 30.0


class Window(NamedTuple):
    """One back-test: expected and actual returning customers and net value in the days after `cut`, and the pace between them."""

    cut: date
    customers: int
    expected: float
    actual: int
    expected_value: float
    actual_value: float
    pace: float


class Record(NamedTuple):
    """The shop's record: past windows, newest first, the season's `pace` (1 where unknown) and the two spreads (log)."""

    windows: list[Window]
    pace: float
    seasonal: bool
    spread: float
    value_spread: float


def record(book: Ledger, horizon: int) -> Record:
    """Play the model on up to four past windows of `horizon` days, and on the coming window's weeks of a year ago."""
    cuts = [book.end - timedelta(days=horizon * (i + 1)) for i in range(WINDOWS)]
    windows = [w for cut in cuts if (w := window(book, cut, horizon)) is not None]
    last_year = window(book, book.end - timedelta(days=YEAR), horizon, SEASON_PAST) if horizon <= YEAR else None
    pace, seasonal = 1.0, last_year is not None
    if last_year is not None:
        pace = float(np.exp(np.log(last_year.pace) * last_year.actual / (last_year.actual + LEAN)))
    return Record(
        windows,
        pace,
        seasonal,
        stray([np.log(w.pace) for w in windows]),
        stray([np.log(w.actual_value / w.expected_value) for w in windows if w.actual_value > 0 and w.expected_value > 0]),
    )


def window(book: Ledger, cut: date, horizon: int, least: int = LEAST_PAST) -> Window | None:
    """Fit as of `cut` and look `horizon` days ahead; None where the past before is too short or too thin."""
    if (cut - book.first).days < least:
        return None
    past, rows = at(book, cut, horizon)
    rate, spending = fit_rate(past), fit_spending(past)
    if rate is None or spending is None:
        return None
    later = column(rows, "later_orders")
    actual = int((later > 0).sum())
    expected = float(rate.p_repeat(past, horizon).sum())
    value = float((rate.orders(past, horizon) * spending.expected(past)).sum())
    return Window(cut, len(past), expected, actual, value, float(column(rows, "later_value").sum()), _pace(rate, past, horizon, actual))


def _pace(rate: Rate, past: Histories, horizon: int, actual: int) -> float:
    """Return by how much time would have had to run faster for the model to be right, within `PACES`."""
    from scipy.optimize import brentq

    def gap(log: float) -> float:
        return float(rate.p_repeat(past, horizon * np.exp(log)).sum()) - actual

    low, high = np.log(PACES)
    if gap(low) >= 0:
        return PACES[0]
    return PACES[1] if gap(high) <= 0 else float(np.exp(brentq(gap, low, high, xtol=1e-3)))  # pyright: ignore[reportCallIssue, reportArgumentType]


def stray(errors: list[float]) -> float:
    """Return the root mean square of log errors, leaning on `STRAY`."""
    return float(np.sqrt((STRAY**2 + sum(float(e) ** 2 for e in errors)) / (1 + len(errors))))
