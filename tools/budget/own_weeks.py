"""`shop_weeks`: the shop's own tables as a weekly history, so that `fit_curves` can learn from what was imported.

A campaign's spend is spread evenly over its days and summed by week and channel; the outcome is what the shop's orders paid that
week, net of refunds. Weeks on which either table is silent at its ends are left out. Not covered: sales outside the orders table.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from ...data.errors import AdwrightError
from ...data.words import both
from .weekly import WeeklyHistory, check_history

if TYPE_CHECKING:
    from ...data.workspace import Workspace


def shop_weeks(workspace: Workspace, *, today: date | None = None) -> WeeklyHistory:
    """Return weekly spend by channel and weekly revenue of the shop, in its currency; other currencies are left out.

    Raises `AdwrightError`: ``no-campaigns`` (none with dates), ``no-orders``, ``future-dates``, and those of `read_weekly`.

    Example:
        >>> fit_curves(shop_weeks(shop)).advise().words.en  # doctest: +SKIP
        'Do not move: ...'
    """
    campaigns, orders = (workspace.warehouse.table(name) for name in ("campaigns", "orders"))
    mine = campaigns.filter(
        campaigns.currency == workspace.currency, campaigns.start.notnull(), campaigns.end.notnull(), campaigns.end >= campaigns.start
    )
    flights = workspace.warehouse.arrow(mine[["channel", "start", "end", "spend"]].order_by(["start", "channel"])).to_pylist()
    if not flights:
        raise AdwrightError(
            both("没有带日期的投放记录，看不出每周花了多少。", "There are no past campaigns with dates: weekly spend is unknown."),
            both("请导入带开始和结束日期的投放记录。", "Import campaigns with their start and end dates."),
            code="no-campaigns",
        )
    paid = orders.filter(orders.currency == workspace.currency)
    day = paid.ts.date().name("day")
    worth = (paid.quantity * paid.unit_price - paid.discount.fill_null(0)).sum()
    sold = workspace.warehouse.arrow(paid.group_by(day).aggregate(worth=worth).order_by("day")).to_pylist()
    if not sold:
        raise AdwrightError(
            both("没有订单，看不出每周卖了多少。", "There are no orders: what was sold each week is unknown."),
            both("请导入订单。", "Import orders."),
            code="no-orders",
        )
    first = max(min(f["start"] for f in flights), sold[0]["day"])
    last = min(max(f["end"] for f in flights), sold[-1]["day"])
    weeks = max((last - first).days + 1, 0) // 7
    names = sorted({f["channel"] for f in flights})
    spend, outcome = np.zeros((weeks, len(names))), np.zeros(weeks)
    for flight in flights:
        each = float(flight["spend"]) / ((flight["end"] - flight["start"]).days + 1)
        offset, length = (flight["start"] - first).days, (flight["end"] - flight["start"]).days + 1
        for k in range(max(offset, 0), min(offset + length, 7 * weeks)):
            spend[k // 7, names.index(flight["channel"])] += each
    for row in sold:
        k = (row["day"] - first).days
        if 0 <= k < 7 * weeks:
            outcome[k // 7] += float(row["worth"])
    days = [first + timedelta(days=7 * k) for k in range(weeks)]
    history = WeeklyHistory(days, names, spend, outcome, np.zeros((weeks, 0)), [])
    check_history(history, last=last, today=today)
    return history
