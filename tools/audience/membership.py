"""Who belongs to which segment now: the labels of a kept fit, worked out again in the engine, where the ids stay."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from .columns import clustering_columns
from .features import held
from .fit import Fit
from .grouping import engine_points
from .sources import Engine, Sources, Table


@contextmanager
def members(engine: Engine, source: Sources, found: Fit) -> Iterator[tuple[Table, Table]]:
    """Yield the features of every customer and the table ``user_id, label`` (0..k-1 in the order of `found.ids`)."""
    with held(source) as features:
        columns = clustering_columns(features.columns, source.events is not None)
        with engine_points(engine, features, columns) as (_, points):
            labels: Any = points.labelled(np.array(found.centres)).select("user_id", "label")
            with labels.cache() as kept:
                yield features, kept
