"""Who bought next: the purchase rate of each group over the last days of the data, by what was known before them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from .features import feature_table, sums
from .grouping import scaled
from .points import labelled
from .sources import Engine, Sources, consenting, sales

if TYPE_CHECKING:
    import numpy as np

    from .scaling import Scale

HORIZON = 30
# Less history than this before the cut says little about who looks like whom.
LEAST_HISTORY = timedelta(days=60)


def next_purchases(engine: Engine, source: Sources, scales: list[Scale], centres: np.ndarray) -> list[tuple[int, int]]:
    """Return per group (who bought, how many) within `HORIZON` days after a cut: groups by what was known before it.

    Customers are put into today's groups by their features as they were `HORIZON` days before the end of the data; only
    purchases after that count. Empty where the data reach back less than `LEAST_HISTORY` before the cut.
    """
    cut = source.as_of - timedelta(days=HORIZON)
    if cut - source.first < LEAST_HISTORY:
        return []
    tables = {kind: table.filter(table.ts <= cut) for kind in ("events", "orders") if (table := getattr(source, kind)) is not None}
    known = source._replace(**tables, as_of=cut)
    bought = consenting(source, sales(source))
    bought = bought.filter((bought.ts > cut) & (bought.quantity > 0)).select("user_id").distinct().mutate(hit=1)
    with sums(known).cache() as summed:
        given = labelled(scaled(feature_table(known, summed), scales), centres).select("user_id", "label")
        joined = given.left_join(bought, "user_id")
        rows = engine.arrow(joined.group_by("label").agg(n=joined.count(), hits=joined.hit.fill_null(0).sum())).to_pylist()
    found = [(0, 0)] * len(centres)
    for row in rows:
        found[row["label"]] = (int(row["hits"]), int(row["n"]))
    return found
