"""What was known of every customer at a moment, and who then bought: the rows a propensity model learns from.

Everything before the moment is a feature, everything after it a label; nothing crosses. Features are few and plain, one
aggregate query a moment: acts ever, of late (`RECENT` days), around the target, and the share of each category.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .histories import purchase_days
from .points import hashed
from .rebuying import Array
from .sources import Engine, Sources, Table, activity, consenting

RECENT = 30
# Days that stand for never, where a date is missing.
NEVER = 3650.0
MOST_BUYERS, MOST_OTHERS = 20_000, 30_000
KINDS = {"views": "view", "searches": "search", "carts": "cart", "sales": "sale"}
LEAN = 4.0


class Target(NamedTuple):
    """What should be bought: a product of a category, a category, or anything (both None)."""

    product_id: str | None = None
    category: str | None = None

    @property
    def level(self) -> str:
        """``product``, ``category`` or ``anything``."""
        return "product" if self.product_id else "category" if self.category else "anything"

    def wider(self) -> Target | None:
        """Return the next wider target: product, its category, anything; None for anything."""
        if self.product_id and self.category:
            return Target(None, self.category)
        return Target() if self.product_id or self.category else None

    def of(self, acts: Table) -> Any:
        """Return the condition that an act is about the target."""
        if self.product_id:
            return acts.product_id == self.product_id
        return acts.category == self.category if self.category else acts.kind.notnull()


class Past(NamedTuple):
    """All acts (user_id, ts, kind, product_id, level, category) and purchase days of consenting customers, held by the engine."""

    engine: Engine
    acts: Table
    days: Table
    categories: tuple[str, ...]
    first: datetime
    end: datetime

    @property
    def span(self) -> int:
        """Days of history."""
        return (self.end - self.first).days

    def buyers(self, target: Target, since: datetime, days: int) -> Table:
        """Return the ``user_id`` of everybody who bought the target within `days` from `since`."""
        acts, until = self.acts, since + timedelta(days=days)
        return acts.filter((acts.kind == "sale") & (acts.ts >= since) & (acts.ts < until) & target.of(acts)).select("user_id").distinct()

    def count(self, table: Table) -> int:
        """Return the number of rows of a table."""
        return int(self.engine.arrow(table.agg(n=table.count())).to_pylist()[0]["n"])

    def people(self) -> int:
        """Return the number of consenting customers."""
        return int(self.engine.arrow(self.acts.agg(n=self.acts.user_id.nunique())).to_pylist()[0]["n"])


class Rows(NamedTuple):
    """Customers at one moment: `x` [n, columns] as numbers to learn from, `bought`, `weight` (each stands for so many)."""

    columns: list[str]
    x: Array
    bought: NDArray[np.bool_]
    weight: Array


@contextmanager
def past_of(engine: Engine, source: Sources) -> Iterator[Past]:
    """Yield the acts and purchase days of a shop."""
    with consenting(source, activity(source)).cache() as acts, purchase_days(source).cache() as days:
        yield Past(engine, acts, days, source.categories, source.first, source.as_of + timedelta(seconds=1))


def known(past: Past, target: Target, moment: datetime) -> Table:
    """Return one row per customer seen before `moment`: ``user_id`` and the features."""
    import ibis

    acts = past.acts.filter(past.acts.ts < moment)
    late = acts.ts >= moment - timedelta(days=RECENT)
    scopes: dict[str, Any] = {"a": acts.kind.notnull(), "r": late}
    if target.level != "anything":
        scopes["t"] = target.of(acts)
    if target.level == "product" and target.category:
        scopes["c"] = Target(None, target.category).of(acts)
    counts = {
        f"{s}_{name}": acts.count(where=(acts.kind == kind) & scope).cast("float64")
        for s, scope in scopes.items()
        for name, kind in KINDS.items()
        if s in "ar" or kind != "search"
    }
    counts |= {f"{s}_recent": acts.count(where=scope & late).cast("float64") for s, scope in scopes.items() if s in "tc"}
    lasts = {f"{s}_last": acts.ts.max(where=scope) for s, scope in scopes.items() if s != "r"}
    shares = {f"n_{i}": acts.count(where=acts.category == name).cast("float64") for i, name in enumerate(past.categories)}
    found = acts.group_by("user_id").agg(
        **counts, **lasts, **shares, sale_last=acts.ts.max(where=acts.kind == "sale"), level=acts.level.mean()
    )
    before = past.days.filter(past.days.day < ibis.literal(moment.date()))
    money = before.group_by("user_id").agg(
        orders=before.count(where=before.bought).cast("float64"), spend=before.amount.sum().clip(lower=0.0)
    )
    joined = found.left_join(money, "user_id").drop("user_id_right")
    today: Any = ibis.literal(moment.date())
    acts_of: Any = ibis.literal(0.0)
    for i in range(len(past.categories)):
        acts_of = acts_of + joined[f"n_{i}"]
    return joined.select(
        "user_id",
        *counts,
        orders=joined.orders.fill_null(0.0),
        spend=joined.spend.fill_null(0.0).cast("float64"),
        level=joined.level.fill_null(0.5),
        **{f"{name.removesuffix('_last')}_idle": today.delta(joined[name].date(), unit="day").cast("float64").fill_null(NEVER) for name in (*lasts, "sale_last")},
        **{f"cat_{i}": joined[f"n_{i}"] / (acts_of + LEAN) for i in range(len(past.categories))},
    )  # fmt: skip


def rows_at(past: Past, target: Target, moment: datetime, horizon: int) -> Rows:
    """Read all who bought within `horizon` days after `moment` (at most 20,000) and a hash sample of the others, weighted to stand for all."""
    table = known(past, target, moment)
    columns = [c for c in table.columns if c != "user_id"]
    then = past.buyers(target, moment, horizon).mutate(bought_then=True)
    parts, weights, flags = [], [], []
    with table.left_join(then, "user_id").drop("user_id_right").cache() as held:
        for flag, most in ((True, MOST_BUYERS), (False, MOST_OTHERS)):
            mine = held.filter(held.bought_then.fill_null(False) == flag)
            n = past.count(mine)
            found = past.engine.arrow((hashed(mine, most) if n > most else mine.order_by("user_id")).select(*columns))
            parts.append(numbers(found, columns))
            weights.append(np.full(found.num_rows, n / max(1, found.num_rows)))
            flags.append(np.full(found.num_rows, flag))
    return Rows(columns, np.concatenate(parts), np.concatenate(flags), np.concatenate(weights))


def raw_numbers(table: Any, columns: list[str]) -> Array:
    """Return columns of an Arrow table or batch as a matrix."""
    made = [np.asarray(table[c].to_numpy(zero_copy_only=False), dtype=float) for c in columns]
    return np.stack(made, axis=1) if made else np.zeros((table.num_rows, 0))


def numbers(table: Any, columns: list[str]) -> Array:
    """Return columns as numbers to learn from: counts, days and money logged, shares as they are."""
    raw = raw_numbers(table, columns)
    logged = np.array([not (c == "level" or c.startswith("cat_")) for c in columns], dtype=bool)
    raw[:, logged] = np.log1p(np.maximum(raw[:, logged], 0.0))
    # Engines add in no fixed order; what differs in the last digits would not give the same model twice.
    return np.round(raw, 6)
