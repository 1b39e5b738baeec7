"""From features to coordinates: capped at the 99.5 % quantile, log1p for counts and money, standardised, weighted by block.

A block's weight is divided by the square root of its number of columns, so that 24 categories do not drown what a
customer is worth. A missing value becomes 0, the shop's average. Columns without variation are left out.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from .columns import WEIGHTS, block_of, is_logged

if TYPE_CHECKING:
    from .sources import Engine, Table

CAP = 0.995


class Scale(NamedTuple):
    """How one column becomes a coordinate: ``(min(f(x), cap) - mean) * factor``."""

    column: str
    cap: float
    mean: float
    factor: float


def fit_scales(engine: Engine, features: Table, columns: list[str]) -> list[Scale]:
    """Return the scales of the columns that vary; two aggregate queries."""
    caps = engine.arrow(features.agg(**{c: _plain(features, c).quantile(CAP) for c in columns})).to_pylist()[0]
    capped = {c: _plain(features, c).clip(upper=float(caps[c])) for c in columns if caps[c] is not None}
    if not capped:
        return []
    moments = {f"{c}__mean": x.mean() for c, x in capped.items()} | {f"{c}__std": x.std(how="pop") for c, x in capped.items()}
    row = engine.arrow(features.agg(**moments)).to_pylist()[0]
    varied = [c for c in capped if row[f"{c}__std"] is not None and row[f"{c}__std"] > 1e-9]
    sizes = Counter(block_of(c) for c in varied)
    # Rounded, so that the order in which an engine adds up does not move a coordinate.
    return [
        Scale(
            c,
            round(float(caps[c]), 9),
            round(row[f"{c}__mean"], 9),
            round(WEIGHTS[block_of(c)] / sizes[block_of(c)] ** 0.5 / row[f"{c}__std"], 9),
        )
        for c in varied
    ]


def coordinates(features: Table, scales: list[Scale]) -> Table:
    """Return ``user_id, x0, x1, ...`` in the engine."""
    return features.select(
        "user_id",
        **{f"x{i}": ((_plain(features, s.column).clip(upper=s.cap) - s.mean) * s.factor).fill_null(0.0) for i, s in enumerate(scales)},
    )


def _plain(features: Table, column: str):
    value = features[column].cast("float64")
    return (value.clip(lower=0.0) + 1.0).ln() if is_logged(column) else value
