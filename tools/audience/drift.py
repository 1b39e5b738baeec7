"""How far a shop has moved since the last fit: per feature the population stability index over ten bins of that fit.

PSI = sum over bins of (q - p) ln(q / p), with p the share of customers in the bin then and q now (0.1 is commonly read
as noticeable, 0.25 as large; a rule of thumb from credit scoring, not a test). A bin of its own holds unknown values.
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Any

from ...data.brief import Document

if TYPE_CHECKING:
    from .sources import Engine, Table

BINS = 10
# Added to every share, so that an empty bin gives a large but finite index.
FLOOR = 1e-4


class Bins(Document):
    """The inner edges of a feature's bins, rising, and the share of customers in each; the last share is of unknown values."""

    edges: list[float]
    shares: list[float]


def bins(engine: Engine, features: Table, columns: list[str]) -> dict[str, Bins]:
    """Cut every column at its deciles; two queries."""
    wanted = {f"{c}__{i}": features[c].cast("float64").quantile(i / BINS) for c in columns for i in range(1, BINS)}
    if not wanted:
        return {}
    row = engine.arrow(features.agg(**wanted)).to_pylist()[0]
    found = {c: [row[f"{c}__{i}"] for i in range(1, BINS)] for c in columns}
    edges = {c: sorted({round(float(v), 9) for v in values if v is not None}) for c, values in found.items()}
    shares = shares_at(engine, features, edges)
    return {c: Bins(edges=edges[c], shares=shares[c]) for c in columns}


def shares_at(engine: Engine, features: Table, edges: dict[str, list[float]]) -> dict[str, list[float]]:
    """Return the shares of customers between the edges of each column, and of unknown values; one query."""
    wanted: dict[str, Any] = {"all": features.count()}
    for column, cuts in edges.items():
        value = features[column].cast("float64")
        # Rounded like the edges: an engine's last digit moves nobody over one.
        wanted |= {f"{column}__{i}": features.count(where=value.round(9) <= cut) for i, cut in enumerate(cuts)}
        wanted[f"{column}__known"] = features.count(where=value.notnull())
    row = engine.arrow(features.agg(**wanted)).to_pylist()[0]
    found = {}
    for column, cuts in edges.items():
        upto = [0, *(row[f"{column}__{i}"] for i in range(len(cuts))), row[f"{column}__known"], row["all"]]
        found[column] = [round((b - a) / max(1, row["all"]), 9) for a, b in zip(upto, upto[1:], strict=False)]
    return found


def stability(then: list[float], now: list[float]) -> float:
    """Return the population stability index of two lists of shares.

    Example:
        >>> stability([0.5, 0.5], [0.5, 0.5])
        0.0
    """
    pairs = [(p + FLOOR, q + FLOOR) for p, q in zip(then, now, strict=True)]
    return round(sum((q - p) * log(q / p) for p, q in pairs), 6)


def drifted(engine: Engine, features: Table, before: dict[str, Bins]) -> dict[str, float]:
    """Return the index of every column that both fits have."""
    shared = {c: kept.edges for c, kept in before.items() if c in features.columns}
    now = shares_at(engine, features, shared) if shared else {}
    return {c: stability(before[c].shares, now[c]) for c in shared}
