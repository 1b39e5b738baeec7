"""The customers as points, in an engine's table or in an array: a sample, Lloyd's sums, and labels.

In an engine only the sample's coordinates and sums per group come back; ids stay there. Ties go to the lowest index.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from .sources import Engine, Table

SAMPLE = 100_000
CHUNK = 16_384


class Sums(NamedTuple):
    """Per group: how many, the sums of their coordinates [k, dimensions], and of their squared distances."""

    counts: np.ndarray
    totals: np.ndarray
    gaps: np.ndarray


class EnginePoints:
    """Points in a table ``user_id, x0, x1, ...`` of an engine."""

    def __init__(self, engine: Engine, table: Table, dimensions: int) -> None:
        self.engine, self.table, self.dimensions = engine, table, dimensions
        self.count = int(engine.arrow(table.agg(n=table.count())).to_pylist()[0]["n"])

    def sample(self) -> np.ndarray:
        """Return [at most SAMPLE, dimensions] coordinates, the same customers on every engine and every run."""
        names = [f"x{i}" for i in range(self.dimensions)]
        drawn = self.table.order_by("user_id") if self.count <= SAMPLE else hashed(self.table, SAMPLE)
        table = self.engine.arrow(drawn.select(*names))
        return np.column_stack([table[name].to_numpy() for name in names])

    def labelled(self, centres: np.ndarray) -> Table:
        """Return the table with ``label`` and ``gap`` (squared distance), by an expression the engine computes."""
        return labelled(self.table, centres)

    def sums(self, centres: np.ndarray) -> Sums:
        """Return Lloyd's sums, one aggregate query."""
        given = self.labelled(centres)
        wanted: dict[str, Any] = {f"x{i}": given[f"x{i}"].sum() for i in range(self.dimensions)}
        rows = self.engine.arrow(given.group_by("label").agg(n=given.count(), gap=given.gap.sum(), **wanted)).to_pylist()
        k = len(centres)
        result = Sums(np.zeros(k), np.zeros((k, self.dimensions)), np.zeros(k))
        for row in rows:
            j = row["label"]
            result.counts[j], result.gaps[j] = row["n"], row["gap"]
            result.totals[j] = [row[f"x{i}"] for i in range(self.dimensions)]
        return result


class ArrayPoints:
    """Points in a NumPy array [n, dimensions]; passed over in pieces that fit the processor's cache."""

    def __init__(self, data: np.ndarray) -> None:
        self.data = data
        self.count, self.dimensions = data.shape

    def sample(self) -> np.ndarray:
        """Return at most SAMPLE rows, evenly drawn with a fixed seed; rows have no id to hash."""
        if self.count <= SAMPLE:
            return self.data
        return self.data[np.sort(np.random.default_rng(0).choice(self.count, SAMPLE, replace=False))]

    def sums(self, centres: np.ndarray) -> Sums:
        """Return Lloyd's sums."""
        k = len(centres)
        result = Sums(np.zeros(k), np.zeros((k, self.dimensions)), np.zeros(k))
        groups = np.arange(k)[:, None]
        for begin in range(0, self.count, CHUNK):
            piece = self.data[begin : begin + CHUNK]
            labels, gaps = _nearest(piece, centres)
            mine = (labels == groups).astype(piece.dtype)
            result.counts[:] += np.bincount(labels, minlength=k)
            result.totals[:] += mine @ piece
            result.gaps[:] += np.bincount(labels, weights=gaps, minlength=k)
        return result

    def labels(self, centres: np.ndarray) -> np.ndarray:
        """Return the group of every row."""
        return nearest(self.data, centres)


def hashed(table: Table, most: int) -> Table:
    """Return at most `most` rows by a hash of ``user_id``: the same people on every engine and every run."""
    text = table.user_id.cast("string")
    return table.order_by([text.hexdigest("md5"), text]).limit(most)


def nearest(data: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Return the index of the nearest centre of every row, ties to the lowest."""
    found = np.empty(len(data), dtype=np.int64)
    for begin in range(0, len(data), CHUNK):
        found[begin : begin + CHUNK] = _nearest(data[begin : begin + CHUNK], centres)[0]
    return found


def _nearest(piece: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the nearest centre and the squared distance to it; distances without |x|^2 rank alike."""
    typed = centres.astype(piece.dtype)
    apart = piece @ (-2 * typed.T)
    apart += (typed**2).sum(1)
    labels = apart.argmin(1)
    gaps = apart[np.arange(len(piece)), labels] + np.einsum("ij,ij->i", piece, piece)
    return labels, np.maximum(gaps, 0.0)


def labelled(points: Table, centres: np.ndarray) -> Table:
    """Return `points` with ``label`` and ``gap`` (squared distance), by an expression the engine computes."""
    import ibis

    terms = {
        f"d{j}": reduce(lambda a, b: a + b, [(points[f"x{i}"] - float(c)) * (points[f"x{i}"] - float(c)) for i, c in enumerate(centre)])
        for j, centre in enumerate(centres)
    }
    measured = points.mutate(**terms)
    gap = ibis.least(*[measured[name] for name in terms]) if len(terms) > 1 else measured.d0
    measured = measured.mutate(gap=gap)
    cases = [(measured[name] == measured.gap, j) for j, name in enumerate(terms)]
    return measured.mutate(label=ibis.cases(*cases, else_=0).cast("int64")).drop(*terms)
