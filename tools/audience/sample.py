"""A sample of customers for what needs single rows: their features, coordinates and groups, under pseudonyms.

Drawn by a hash of the id, so the same people on every engine and every run. The id itself never leaves the engine: a
pseudonym is the head of a salted SHA-256, computed there, and the salt belongs to one workspace.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .columns import is_logged
from .points import hashed, nearest
from .scaling import Scale
from .sources import Engine, Table

SAMPLE = 10_000
PSEUDONYM = 8


class Sample(NamedTuple):
    """Rows in hash order: pseudonyms (empty without a salt), features [n, columns] (NaN: unknown), coordinates, groups."""

    ids: list[str]
    columns: list[str]
    values: np.ndarray
    points: np.ndarray
    labels: np.ndarray


def draw(engine: Engine, features: Table, columns: list[str], scales: list[Scale], centres: np.ndarray, salt: str = "") -> Sample:
    """Draw at most `SAMPLE` customers; `salt` empty gives no pseudonyms at all."""
    rows = hashed(features, SAMPLE)
    wanted = {f"v{i}": rows[c].cast("float64") for i, c in enumerate(columns)}
    if salt:
        text = rows.user_id.cast("string")
        wanted["id__"] = (salt + text).hexdigest("sha256")[:PSEUDONYM]
    table = engine.arrow(rows.select(**wanted))
    values = np.column_stack([table[f"v{i}"].to_pandas().to_numpy(dtype=np.float64) for i in range(len(columns))])
    points = _coordinates(values, columns, scales)
    ids = table["id__"].to_pylist() if salt else []
    return Sample(ids, columns, values, points, nearest(points, centres))


def of_array(data: np.ndarray, columns: list[str], centres: np.ndarray) -> Sample:
    """Draw from coordinates that were given as they are."""
    part = data if len(data) <= SAMPLE else data[np.sort(np.random.default_rng(0).choice(len(data), SAMPLE, replace=False))]
    return Sample([], columns, part.astype(np.float64), part, nearest(part, centres))


def _coordinates(values: np.ndarray, columns: list[str], scales: list[Scale]) -> np.ndarray:
    """The arithmetic of `scaling.coordinates` on rows that are here."""
    if not scales:
        return np.zeros((len(values), 1))
    found = np.empty((len(values), len(scales)))
    for i, scale in enumerate(scales):
        value = values[:, columns.index(scale.column)]
        value = np.log1p(np.maximum(value, 0.0)) if is_logged(scale.column) else value
        found[:, i] = (np.minimum(value, scale.cap) - scale.mean) * scale.factor
    return np.nan_to_num(found, nan=0.0)


def salt_of(folder: Path) -> str:
    """Return the salt kept in `folder`, making it the first time; without it pseudonyms cannot be made or traced."""
    file = folder / "pseudonyms.salt"
    if not file.exists():
        file.write_text(secrets.token_hex(16), encoding="ascii")
    return file.read_text(encoding="ascii").strip()
