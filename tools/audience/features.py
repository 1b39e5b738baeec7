"""One row of features per customer, as a single Ibis expression over events, orders, users and products.

Only people who did not refuse consent are in it, and no demographic column: age, gender and region never enter a
clustering. Recency is in whole days. Local hours use the zone's offset on the last day of the data, so with daylight
saving part of the year is one hour off. Shares lean on the shop's average (`LEAN` pseudo-acts), or one single view
would make an enthusiast; the shares of categories, and those of words, sum to one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .interests import term_counts, total
from .sources import Sources, Table, activity, consenting, sales

LEAN = 4.0
EVENING = (18, 23)
MORNING = (5, 10)


@contextmanager
def held(source: Sources) -> Iterator[Table]:
    """Yield the features as a table that the engine holds meanwhile."""
    with sums(source).cache() as summed, feature_table(source, summed).cache() as features:
        yield features


def sums(source: Sources) -> Table:
    """Return one row of counts per consenting active user; cache it, since `feature_table` needs it twice."""
    both = _acts(source).left_join(_bought(source), "user_id").drop("user_id_right")
    return both.left_join(term_counts(source), "user_id").drop("user_id_right") if source.terms else both


def feature_table(source: Sources, summed: Table) -> Table:
    """Return ``user_id``, the columns of `BLOCKS`, ``cat_0..`` and ``term_0..``; one row per row of `summed`."""
    import ibis

    t = summed.cross_join(_means(summed, source))
    day: Any = ibis.literal(source.as_of.date())
    zero = {name: t[name].fill_null(0.0) for name in ("frequency", "spend", "refunds", "lines")}
    visits = t.acts + zero["frequency"]

    def share(count: Table, of: Table, mean: str) -> Table:
        return (count.fill_null(0.0) + LEAN * t[mean]) / (of.fill_null(0.0) + LEAN)

    return t.select(
        "user_id",
        "views",
        "searches",
        "carts",
        "level",
        **zero,
        bought=(zero["frequency"] > 0).cast("float64"),
        basket=zero["spend"] / zero["frequency"].nullif(0.0),
        recency_days=(day.delta(t.last_sale.date(), unit="day")).cast("float64"),
        idle_days=(day.delta(t.last_act.date(), unit="day")).cast("float64"),
        discount=share(t.discounted, zero["lines"], "m_discount"),
        **{part: share(t[f"n_{part}"] + t[f"o_{part}"].fill_null(0.0), visits, f"m_{part}") for part in ("weekend", "evening", "morning")},
        **{f"cat_{i}": share(t[f"n_{i}"], t.known, f"m_{i}") for i in range(len(source.categories))},
        **{f"term_{i}": share(t[f"w_{i}"], t.said, f"v_{i}") for i in range(len(source.terms))},
    )


def _acts(source: Sources) -> Table:
    """Count the signs of interest of every user."""
    acts = consenting(source, activity(source))
    looked = acts.kind != "sale"
    parts = _parts(source, acts.ts)
    counts = acts.group_by("user_id").agg(
        views=acts.count(where=acts.kind == "view").cast("float64"),
        searches=acts.count(where=acts.kind == "search").cast("float64"),
        carts=acts.count(where=acts.kind == "cart").cast("float64"),
        acts=acts.count(where=looked).cast("float64"),
        last_act=acts.ts.max(),
        level=acts.level.mean(),
        **{f"n_{part}": acts.count(where=looked & when).cast("float64") for part, when in parts.items()},
        **{f"n_{i}": acts.count(where=acts.category == name).cast("float64") for i, name in enumerate(source.categories)},
    )
    return counts.mutate(known=total(counts, "n_", len(source.categories)))


def _bought(source: Sources) -> Table:
    """Sum the orders of every user. Lines are first put together into orders: a basket of a hundred lines is one visit."""
    lines = consenting(source, sales(source))
    forward = lines.quantity > 0
    orders = lines.group_by(["user_id", "order_id"]).agg(
        ts=lines.ts.max(where=forward),
        amount=lines.amount.sum(),
        lines=lines.count(where=forward),
        back=lines.count(where=lines.quantity < 0),
        discounted=lines.discounted.sum(where=forward),
    )
    parts = _parts(source, orders.ts)
    return orders.group_by("user_id").agg(
        frequency=orders.count(where=orders.lines > 0).cast("float64"),
        spend=orders.amount.sum().fill_null(0.0).clip(lower=0.0),
        refunds=orders.back.sum().cast("float64"),
        lines=orders.lines.sum().cast("float64"),
        discounted=orders.discounted.sum(),
        last_sale=orders.ts.max(),
        **{f"o_{part}": orders.count(where=when & (orders.lines > 0)).cast("float64") for part, when in parts.items()},
    )


def _parts(source: Sources, ts: Any) -> dict[str, Any]:
    """Tell the parts of the week in the shop's zone."""
    import ibis

    local = ts + ibis.interval(minutes=source.offset_minutes) if source.offset_minutes else ts
    hour = local.hour()
    return {"weekend": local.day_of_week.index() >= 5, "evening": hour.between(*EVENING), "morning": hour.between(*MORNING)}


def _means(table: Table, source: Sources) -> Table:
    """One row: the shop's average of every share."""
    visits = (table.acts.sum() + table.frequency.sum().fill_null(0.0)).nullif(0.0)
    known = table.known.sum().nullif(0.0)
    said = table.said.sum().nullif(0.0) if source.terms else None
    return table.agg(
        m_discount=table.discounted.sum() / table.lines.sum().nullif(0.0),
        **{
            f"m_{part}": (table[f"n_{part}"].sum() + table[f"o_{part}"].sum().fill_null(0.0)) / visits
            for part in ("weekend", "evening", "morning")
        },
        **{f"m_{i}": table[f"n_{i}"].sum() / known for i in range(len(source.categories))},
        **{f"v_{i}": table[f"w_{i}"].sum() / said for i in range(len(source.terms))},
    )
