"""Purchase histories of customers, put together in the engine: days with an order, first and last of them, money kept.

Two orders on one day are one purchase; a refund is money, never a purchase. What leaves the engine are numbers per
customer, and ids only where `with_ids` asks for them.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .rebuying import Histories
from .sources import Engine, Sources, Table, consenting, sales


class Ledger(NamedTuple):
    """One row per customer and day (`table`: user_id, day, amount, bought), held by the engine; days `first` .. `end` - 1."""

    engine: Engine
    table: Table
    first: date
    end: date

    @property
    def span(self) -> int:
        """Days of history."""
        return (self.end - self.first).days


def purchase_days(source: Sources) -> Table:
    """Return user_id, day (in the shop's zone), amount (net of refunds), bought; consenting customers only."""
    import ibis

    lines = consenting(source, sales(source))
    local = lines.ts + ibis.interval(minutes=source.offset_minutes) if source.offset_minutes else lines.ts
    dated = lines.mutate(day=local.date())
    return dated.group_by(["user_id", "day"]).agg(amount=dated.amount.sum().fill_null(0.0), bought=(dated.quantity > 0).any())


def ledger(engine: Engine, days: Table) -> Ledger | None:
    """Look at the days of `purchase_days`, which the engine should hold; None without a purchase."""
    row = engine.arrow(days.agg(first=days.day.min(where=days.bought), last=days.day.max(where=days.bought))).to_pylist()[0]
    return None if row["last"] is None else Ledger(engine, days, row["first"], row["last"] + timedelta(days=1))


def at(book: Ledger, cut: date | None = None, ahead: int = 0, with_ids: bool = False, labels: Table | None = None) -> tuple[Histories, Any]:
    """Return the histories as they stood before `cut` (default: all), and the rows they came from, in order of the ids.

    The rows have ``user_id`` with `with_ids`, ``label`` with `labels`, and ``later_orders``, ``later_value`` (the `ahead` days from `cut`).
    """
    import ibis

    cut = cut or book.end
    t: Any = book.table
    day: Any = ibis.literal(cut)
    until: Any = ibis.literal(cut + timedelta(days=ahead))
    past = t.day < day
    later = (t.day >= day) & (t.day < until)
    grouped = t.group_by("user_id").agg(
        n=t.count(where=t.bought & past),
        first=t.day.min(where=t.bought & past),
        last=t.day.max(where=t.bought & past),
        net=t.amount.sum(where=past),
        later_orders=t.count(where=t.bought & later).cast("float64"),
        later_value=t.amount.sum(where=later).fill_null(0.0),
    )
    grouped = grouped.filter(grouped.n > 0)
    if labels is not None:
        grouped = grouped.inner_join(labels.select("user_id", "label"), "user_id")
    rows = grouped.select(
        "user_id",
        *(["label"] if labels is not None else []),
        repeats=(grouped.n - 1).cast("float64"),
        age=day.delta(grouped["first"], unit="day").cast("float64"),
        silent=day.delta(grouped["last"], unit="day").cast("float64"),
        spend=grouped.net.fill_null(0.0).cast("float64"),
        later_orders="later_orders",
        later_value="later_value",
    ).order_by("user_id")
    found = book.engine.arrow(rows if with_ids else rows.drop("user_id"))
    age = column(found, "age")
    # Engines add in no fixed order: rounding keeps the same shop the same.
    return Histories(column(found, "repeats"), age - column(found, "silent"), age, np.round(column(found, "spend"), 6)), found


def column(table: Any, name: str) -> NDArray[np.float64]:
    """Return a column of an Arrow table as floats."""
    return np.asarray(table[name].to_numpy(zero_copy_only=False), dtype=float)
