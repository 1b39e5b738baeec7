"""How far a shop has moved since the last fit: per feature the population stability index over ten bins of that fit.

A bin of its own holds unknown values. What counts as moved is said in ``data/knowledge/drift.toml``.
Shares are those of at most `SAMPLE` customers drawn by a hash of their id, so chance alone gives about 0.002.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...data.brief import Document
from ..stability import stability_index
from .points import hashed

if TYPE_CHECKING:
    from .sources import Engine, Table

BINS = 10
SAMPLE = 10_000
# Added to every share, so that an empty bin gives a large but finite index.
FLOOR = 1e-4


class Bins(Document):
    """The inner edges of a feature's bins, rising, and the share of customers in each; the last share is of unknown values."""

    edges: list[float]
    shares: list[float]


def bins(engine: Engine, features: Table, columns: list[str]) -> dict[str, Bins]:
    """Cut every column at its deciles."""
    found = {}
    for column, values in _values(engine, features, columns).items():
        known = values[~np.isnan(values)]
        edges = np.unique(np.quantile(known, np.arange(1, BINS) / BINS)) if len(known) else np.zeros(0)
        found[column] = Bins(edges=edges.tolist(), shares=shares_at(values, edges.tolist()))
    return found


def drifted(engine: Engine, features: Table, before: dict[str, Bins]) -> dict[str, float]:
    """Return the index of every column that both fits have."""
    shared = [column for column in before if column in features.columns]
    values = _values(engine, features, shared)
    return {column: stability(before[column].shares, shares_at(values[column], before[column].edges)) for column in shared}


def shares_at(values: np.ndarray, edges: list[float]) -> list[float]:
    """Return the shares of values up to each edge, above the last, and unknown (NaN)."""
    known = values[~np.isnan(values)]
    counts = np.bincount(np.searchsorted(edges, known), minlength=len(edges) + 1)
    return [round(float(n) / max(1, len(values)), 9) for n in (*counts, len(values) - len(known))]


def stability(then: list[float], now: list[float]) -> float:
    """Return the population stability index of two lists of shares.

    Example:
        >>> stability([0.5, 0.5], [0.5, 0.5])
        0.0
    """
    p, q = np.array(then) + FLOOR, np.array(now) + FLOOR
    return round(stability_index(p, q), 6)


def _values(engine: Engine, features: Table, columns: list[str]) -> dict[str, np.ndarray]:
    if not columns:
        return {}
    # Rounded, so that an engine's last digit moves nobody over an edge.
    drawn = hashed(features, SAMPLE)
    rows = engine.arrow(drawn.select(**{f"v{i}": drawn[c].cast("float64") for i, c in enumerate(columns)}))
    return {c: np.round(rows[f"v{i}"].to_pandas().to_numpy(dtype=np.float64), 9) for i, c in enumerate(columns)}
