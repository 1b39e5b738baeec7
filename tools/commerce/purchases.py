"""Who bought what and when, read from anybody's table into arrays, once.

Missing users and items are left out, the same line twice counts once, and what was sent back as often as it was bought was not
bought. Without times nothing is older than anything; without order numbers, what one customer bought at one moment is one order.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np

from ...data.errors import AdwrightError
from ...data.words import both
from ..audience.tables import IbisEngine, backend_of, conform

# Our name -> (type, other names it is met under).
PURCHASES = {
    "user_id": (None, ("user", "customer_id")),
    "product_id": (None, ("item", "item_id", "product")),
    "ts": ("timestamp", ("time", "timestamp", "event_time")),
    # As it was written: a column of times of which none can be read is an error, a single one counts as unknown.
    "written": (None, ("ts", "time", "timestamp", "event_time")),
    "quantity": ("float64", ()),
    "order_id": ("string", ("order", "invoice")),
}
DAY = 86_400e6


class Purchases(NamedTuple):
    """Order lines, sorted by user, item and order: `user`, `item`, `order` are positions, `age` days before `now`."""

    user_ids: list[Any]
    item_ids: list[Any]
    user: np.ndarray
    item: np.ndarray
    order: np.ndarray
    age: np.ndarray
    now: datetime | None

    def only(self, chosen: np.ndarray) -> Purchases:
        """Return the chosen lines (a mask or positions); users and items keep their positions."""
        return self._replace(user=self.user[chosen], item=self.item[chosen], order=self.order[chosen], age=self.age[chosen])


class Pairs(NamedTuple):
    """One row per user and item bought, sorted by both.

    `first` and `last` are days before now, `times` orders, `latest` whether it was in the user's last order, `own` days before
    that user's last order, `often` the orders of the item, each worth exp(-age / 365).
    """

    user: np.ndarray
    item: np.ndarray
    first: np.ndarray
    last: np.ndarray
    times: np.ndarray
    latest: np.ndarray
    own: np.ndarray
    often: np.ndarray


def read(interactions: Any, now: datetime | None = None) -> Purchases:
    """Read a pandas, Arrow or Ibis table with user and item, and if known time, quantity (negative: sent back) and order.

    Raises `AdwrightError`: ``no-column``, ``not-a-table``, ``unreadable-column``, ``no-purchases``.
    """
    import duckdb
    import ibis

    backend = backend_of(interactions)
    table = conform(backend, interactions, PURCHASES, "purchases", required={"user_id", "product_id"})
    table = table.filter(table.user_id.notnull() & table.product_id.notnull())
    order = ibis.coalesce(table.order_id, table.ts.cast("string"), ibis.literal(""))
    pieces = table.quantity.fill_null(1.0)
    lines = table.select("user_id", "product_id", "ts", order=order, pieces=pieces).distinct()
    lines = lines.group_by(["user_id", "product_id", "order"]).agg(ts=lines.ts.max(), pieces=lines.pieces.sum())
    try:
        found = IbisEngine(backend).arrow(lines.order_by(["user_id", "product_id", "order"]))
        times = IbisEngine(backend).arrow(table.agg(read=table.ts.count(), written=table.written.count())).to_pylist()[0]
    except duckdb.Error as error:
        raise _unreadable() from error
    if times["written"] and not times["read"]:
        raise _unreadable()
    return _arrays(found, now)


def _unreadable() -> AdwrightError:
    return AdwrightError(
        both("购买记录里的时间或数量读不懂。", "The times or quantities of the purchases cannot be read."),
        both("时间用 2026-01-31 12:00:00 这样的写法，数量用数字。", "Write times like 2026-01-31 12:00:00, quantities as numbers."),
        code="unreadable-column",
    )


def _arrays(table: Any, now: datetime | None) -> Purchases:
    users, items, orders = (table[name].combine_chunks().dictionary_encode() for name in ("user_id", "product_id", "order"))
    user, item, order = (np.asarray(x.indices, dtype=np.int64) for x in (users, items, orders))
    pieces = table["pieces"].to_numpy(zero_copy_only=False).astype(float)
    moment = table["ts"].to_numpy(zero_copy_only=False).astype("datetime64[us]")
    pair = user * max(1, len(items.dictionary)) + item
    _, of = np.unique(pair, return_inverse=True)
    kept = (pieces > 0) & (np.bincount(of, pieces, minlength=1)[of] > 0)
    if not kept.any():
        raise AdwrightError(
            both("没有可用的购买记录。", "There are no usable purchases."),
            both("至少要有一行：顾客、商品、数量大于 0。", "At least one row needs a customer, an item and a quantity above 0."),
            code="no-purchases",
        )
    known = ~np.isnat(moment)
    end = moment[kept & known].max() if (kept & known).any() else None
    if now is not None:
        end = np.datetime64(now.replace(tzinfo=None), "us")
    age = np.zeros(len(user))
    if end is not None:
        age[known] = (end - moment[known]).astype(np.int64) / DAY
        # A line without a time is taken to be as old as the oldest.
        age[~known] = age[known].max(initial=0.0)
    user_at, item_at = np.unique(user[kept]), np.unique(item[kept])
    return Purchases(
        [users.dictionary[int(i)].as_py() for i in user_at],
        [items.dictionary[int(i)].as_py() for i in item_at],
        np.searchsorted(user_at, user[kept]),
        np.searchsorted(item_at, item[kept]),
        # One order belongs to one user, whatever its number.
        np.unique(user[kept] * (order.max() + 1) + order[kept], return_inverse=True)[1],
        age[kept],
        None if end is None else end.astype(datetime).replace(tzinfo=UTC),
    )


def pairs(bought: Purchases) -> Pairs:
    """Put the lines of each user and item together."""
    n_items = max(1, len(bought.item_ids))
    key = bought.user * n_items + bought.item
    at = np.lexsort((bought.order, key))
    key, age = key[at], bought.age[at]
    starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if len(key) else np.zeros(0, np.int64)
    if not len(key):
        none = np.zeros(0)
        return Pairs(none.astype(int), none.astype(int), none, none, none.astype(int), none.astype(bool), none, none)
    user, item = key[starts] // n_items, key[starts] % n_items
    youngest = np.full(len(bought.user_ids), np.inf)
    np.minimum.at(youngest, bought.user, bought.age)
    newest = np.zeros(bought.order.max() + 1, bool)
    newest[bought.order[bought.age <= youngest[bought.user]]] = True
    last = np.minimum.reduceat(age, starts)
    return Pairs(
        user,
        item,
        np.maximum.reduceat(age, starts),
        last,
        np.diff(np.r_[starts, len(key)]),
        np.logical_or.reduceat(newest[bought.order[at]], starts),
        last - youngest[user],
        np.add.reduceat(np.exp(-np.maximum(age, 0.0) / 365.0), starts),
    )
