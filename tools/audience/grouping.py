"""From features to groups: scales, coordinates, the choice of k, K-means. The shop's segments and `fit_segments` both come from here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from ...data.errors import AdwrightError
from ...data.result import SILENT, Progress
from ...data.words import both
from .clusters import Trial, choose, polish, start
from .points import ArrayPoints, EnginePoints
from .scaling import Scale, coordinates, fit_scales
from .sources import Engine, Table

FORCED = range(1, 21)


class Grouping(NamedTuple):
    """The centres [k, dimensions] in scaled coordinates, J before each Lloyd pass, and how k was found."""

    centres: np.ndarray
    history: list[float]
    tried: list[Trial]
    distinct: int


def check_k(k: int | None) -> None:
    """Raise `AdwrightError` (``bad-k``) unless k is None or 1..20."""
    if k is not None and k not in FORCED:
        raise AdwrightError(
            both(f"不能分成 {k} 类。", f"Customers cannot be put into {k} groups."),
            both("请给 1 到 20 之间的数；3 到 8 类最好用。", "Choose 1 to 20; 3 to 8 are the most useful."),
            code="bad-k",
        )


@contextmanager
def engine_points(engine: Engine, features: Table, columns: list[str]) -> Iterator[tuple[list[Scale], EnginePoints]]:
    """Yield the scales of the columns that vary, and every customer as a point, held in the engine meanwhile."""
    scales = fit_scales(engine, features, columns)
    with scaled(features, scales).cache() as table:
        yield scales, EnginePoints(engine, table, max(1, len(scales)))


def scaled(features: Table, scales: list[Scale]) -> Table:
    """Return ``user_id, x0, ...``; identical customers leave nothing to tell apart: one point, at the origin of one coordinate."""
    import ibis

    return coordinates(features, scales) if scales else features.select("user_id", x0=ibis.literal(0.0).cast("float64"))


def group(points: EnginePoints | ArrayPoints, k: int | None, seed: int, progress: Progress = SILENT) -> Grouping:
    """Put points into `k` groups, or into as many as the data bear (None).

    Raises `AdwrightError` (``too-few-customers``): fewer different points than groups asked for.
    """
    data = points.sample()
    distinct = len(np.unique(data.round(9), axis=0))
    if k is not None and k > distinct:
        raise AdwrightError(
            both(
                f"只有 {points.count} 位顾客，其中不同的行为只有 {distinct} 种，分不出 {k} 类。",
                f"Too little differs for {k} groups (customers: {points.count}, different behaviours: {distinct}).",
            ),
            both(f"请改为最多 {distinct} 类，或导入更多数据。", f"Ask for at most {distinct}, or import more data."),
            code="too-few-customers",
        )
    progress.note(both("比较不同的分类数", "Comparing numbers of groups"), 1, 3)
    tried = choose(data, seed) if k is None and distinct > 2 else []
    groups: Any = k or next((t.k for t in tried if t.chosen), 1)
    progress.note(both("划分并度量每一类", "Grouping and measuring"), 2, 3)
    centres, history = polish(points, start(data, groups, seed))
    return Grouping(centres, history, tried, distinct)
