"""What was known of every customer at a moment, and who then bought: the rows a propensity model learns from.

Everything before the moment is a feature, everything after it a label; nothing crosses. Beside the features of the
segments there are acts of the last `RECENT` days, and acts around the product and its category.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .columns import clustering_columns, is_logged
from .features import feature_table, sums
from .points import hashed
from .rebuying import Array
from .sources import Engine, Sources, Table, activity, consenting

RECENT = 30
# Days that stand for never, where a date is missing.
NEVER = 3650.0
MOST_BUYERS, MOST_OTHERS = 20_000, 30_000
COUNTS = ("views", "carts", "sales")


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


class Rows(NamedTuple):
    """Customers at one moment: `x` [n, columns] as numbers to learn from, `bought`, `weight` (each stands for so many)."""

    columns: list[str]
    x: Array
    bought: NDArray[np.bool_]
    weight: Array


def end_of(source: Sources) -> datetime:
    """Return the moment after the last row."""
    return source.as_of + timedelta(seconds=1)


def standing(source: Sources, moment: datetime) -> Sources:
    """Return the sources as they stood before `moment`; words are left out, they cost more than they tell here."""
    tables: dict[str, Any] = {
        kind: None if table is None else table.filter(table.ts < moment) for kind, table in (("events", source.events), ("orders", source.orders))
    }
    return source._replace(**tables, as_of=moment, terms=(), tokens=None)


@contextmanager
def at_moment(source: Sources, target: Target, moment: datetime, horizon: int = 0) -> Iterator[Table]:
    """Yield one row per consenting customer known before `moment`, with ``bought`` (the target, in the `horizon` days after)."""
    before = standing(source, moment)
    with sums(before).cache() as summed:
        table = with_acts(before, target, feature_table(before, summed))
        if horizon:
            table = table.left_join(buyers(source, target, moment, horizon).mutate(bought_then=True), "user_id").drop("user_id_right")
            table = table.mutate(bought_then=table.bought_then.fill_null(False))
        with table.cache() as held:
            yield held


def buyers(source: Sources, target: Target, moment: datetime, horizon: int) -> Table:
    """Return the ``user_id`` of everybody who bought the target within `horizon` days from `moment`."""
    acts = consenting(source, activity(source))
    until = moment + timedelta(days=horizon)
    return acts.filter((acts.kind == "sale") & (acts.ts >= moment) & (acts.ts < until) & target.of(acts)).select("user_id").distinct()


def with_acts(before: Sources, target: Target, features: Table) -> Table:
    """Add counts of acts of late (``r_*``), around the target (``t_*``), and around its category where it is a product (``c_*``)."""
    import ibis

    acts = consenting(before, activity(before))
    since = before.as_of - timedelta(days=RECENT)
    kinds = {"views": "view", "carts": "cart", "sales": "sale"}
    scopes: dict[str, Any] = {"r": acts.ts >= since}
    if target.level != "anything":
        scopes["t"] = target.of(acts)
    if target.level == "product" and target.category:
        scopes["c"] = Target(None, target.category).of(acts)
    counts = {f"{s}_{name}": acts.count(where=(acts.kind == kind) & scope).cast("float64") for s, scope in scopes.items() for name, kind in kinds.items()}
    lasts = {f"{s}_last": acts.ts.max(where=scope) for s, scope in scopes.items() if s != "r"}
    recents = {f"{s}_recent": acts.count(where=scope & (acts.ts >= since)).cast("float64") for s, scope in scopes.items() if s != "r"}
    found = acts.group_by("user_id").agg(**counts, **lasts, **recents)
    joined = features.left_join(found, "user_id").drop("user_id_right")
    today = ibis.literal(before.as_of.date())
    idle = {f"{name[0]}_idle": today.delta(joined[name].date(), unit="day").cast("float64").fill_null(NEVER) for name in lasts}
    return joined.mutate(**{n: joined[n].fill_null(0.0) for n in (*counts, *recents)}, **idle).drop(*lasts)


def columns_of(table: Table, source: Sources) -> list[str]:
    """Return the columns a model may use."""
    extra = [c for c in table.columns if c[:2] in ("r_", "t_", "c_")]
    return clustering_columns(table.columns, source.events is not None) + extra


def rows_of(engine: Engine, table: Table, columns: list[str]) -> Rows:
    """Read all buyers (at most 20,000) and a hash sample of the others, weighted to stand for all."""
    count = engine.arrow(table.agg(n=table.count(), buyers=table.bought_then.sum())).to_pylist()[0]
    parts, weights = [], []
    for flag, most in ((True, MOST_BUYERS), (False, MOST_OTHERS)):
        mine = table.filter(table.bought_then == flag)
        n = int(count["buyers"] or 0) if flag else int(count["n"]) - int(count["buyers"] or 0)
        if n:
            found = engine.arrow(hashed(mine, most).select(*columns))
            parts.append(numbers(found, columns))
            weights.append(np.full(found.num_rows, n / found.num_rows))
        else:
            parts.append(np.zeros((0, len(columns))))
            weights.append(np.zeros(0))
    bought = np.concatenate([np.ones(len(parts[0]), bool), np.zeros(len(parts[1]), bool)])
    return Rows(columns, np.concatenate(parts), bought, np.concatenate(weights))


def numbers(table: Any, columns: list[str]) -> Array:
    """Return columns of an Arrow table as a matrix: counts, days and money logged, a missing day as never."""
    made = []
    for name in columns:
        value = np.asarray(table[name].to_numpy(zero_copy_only=False), dtype=float)
        value = np.where(np.isnan(value), NEVER if name.endswith(("_days", "_idle")) else 0.0, value)
        made.append(np.log1p(np.maximum(value, 0.0)) if is_logged(name) or name[:2] in ("r_", "t_", "c_") else value)
    return np.stack(made, axis=1) if made else np.zeros((table.num_rows, 0))
