"""Fitting a shop's segmentation once per state of its tables, and keeping the result as JSON in ``models/``.

A kept fit answers in milliseconds. Group ids stay: centres of a new fit are matched with those of the fit before
(Hungarian assignment on what both measured) and take over their ids. Nothing here names or words anything.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.result import SILENT, Progress
from ...data.words import both
from .clusters import Trial, choose, labelled, polish, sample, start
from .features import build_features, clustering_columns, sources
from .measures import measure
from .scaling import coordinates, fit_scales

if TYPE_CHECKING:
    from ...data.workspace import Workspace

VERSION = 3
KINDS = ("users", "events", "orders", "products")
FORCED = range(1, 21)
# Centres further apart than this many standard deviations are not the same group any more.
SAME_GROUP = 2.5


class Fit(Document):
    """A fitted segmentation: group ids, what was measured per group (`facts`), and how k was found."""

    key: str
    ids: list[str]
    k: int
    tried: list[Trial]
    n_users: int
    as_of: datetime
    first: datetime
    currency: str
    categories: list[str]
    rows: dict[str, int]
    has_events: bool
    has_orders: bool
    consent_known: bool
    forced: bool
    distinct: int
    inertia: float
    columns: list[str]
    centres: list[list[float]]
    facts: dict[str, Any]


_LOADED: dict[str, Fit] = {}


def fit(workspace: Workspace, k: int | None = None, seed: int = 0, progress: Progress = SILENT) -> Fit | None:
    """Return the segmentation of the shop as it is now, from ``models/`` when it is there; None without customers.

    Raises `AdwrightError`: ``bad-k`` (not 1..20), ``too-few-customers`` (fewer different customers than groups asked for).
    """
    if k is not None and k not in FORCED:
        raise AdwrightError(
            both(f"不能分成 {k} 类。", f"Customers cannot be put into {k} groups."),
            both("请给 1 到 20 之间的数；3 到 8 类最好用。", "Choose 1 to 20; 3 to 8 are the most useful."),
            code="bad-k",
        )
    state = "|".join([str(VERSION), str(k), str(seed), workspace.timezone, *(workspace.fingerprint(kind) for kind in KINDS)])
    key = hashlib.sha256(state.encode()).hexdigest()[:16]
    mode = "auto" if k is None else f"k{k}"
    file = workspace.models / f"segments-{mode}-{key}.json"
    name = str(file)
    if name not in _LOADED:
        found = _read(file, key)
        if found is None:
            found = _fitted(workspace, key, k, seed, progress)
            if found is None:
                return None
            found = found.model_copy(update={"ids": _kept_ids(workspace.models, mode, found)})
            _write(file, found)
            _write(workspace.models / f"segments-{mode}-last.json", found)
        _LOADED[name] = found
    return _LOADED[name]


def _fitted(workspace: Workspace, key: str, k: int | None, seed: int, progress: Progress) -> Fit | None:
    source = sources(workspace)
    if source is None:
        return None
    warehouse = workspace.warehouse
    progress.note(both("汇总每位顾客的行为", "Summing up every customer"), 0, 3)
    with build_features(source).cache() as features:
        n_users = int(warehouse.arrow(features.agg(n=features.count())).to_pylist()[0]["n"])
        if n_users == 0:
            return None
        scales = fit_scales(warehouse, features, clustering_columns(source))
        # Identical customers leave nothing to tell apart: one group, at the origin of one flat coordinate.
        points_of = coordinates(features, scales) if scales else features.select("user_id", x0=features.bought * 0.0)
        with points_of.cache() as points:
            import numpy as np

            data = sample(warehouse, points, max(1, len(scales)))
            distinct = len(np.unique(data.round(9), axis=0))
            if k is not None and k > distinct:
                raise AdwrightError(
                    both(
                        f"只有 {n_users} 位顾客，其中不同的行为只有 {distinct} 种，分不出 {k} 类。",
                        f"Too little differs for {k} groups (customers: {n_users}, different behaviours: {distinct}).",
                    ),
                    both(f"请改为最多 {distinct} 类，或导入更多数据。", f"Ask for at most {distinct}, or import more data."),
                    code="too-few-customers",
                )
            progress.note(both("比较不同的分类数", "Comparing numbers of groups"), 1, 3)
            tried = choose(data, seed) if k is None and distinct > 2 else []
            groups = k or next((t.k for t in tried if t.chosen), 1)
            progress.note(both("划分并度量每一类", "Grouping and measuring"), 2, 3)
            centres, history = polish(warehouse, points, start(data, groups, seed))
            given = labelled(points, centres)
            with given.select("user_id", "label").cache() as labels:
                groups = _drop_empty(warehouse, labels, groups)
                facts = measure(warehouse, source, features, labels, groups)
    return Fit(
        key=key,
        ids=[],
        k=groups,
        tried=tried,
        n_users=n_users,
        as_of=source.as_of,
        first=source.first,
        currency=source.currency,
        categories=list(source.categories),
        rows=source.rows,
        has_events=source.events is not None,
        has_orders=source.orders is not None,
        consent_known=source.consent_known,
        forced=k is not None,
        distinct=distinct,
        inertia=round(history[-1], 6),
        columns=[s.column for s in scales],
        centres=centres.tolist(),
        facts=facts,
    )


def _drop_empty(warehouse: Any, labels: Any, k: int) -> int:
    """Hold that every group has somebody; a group can only be empty when all the data is one point."""
    met = warehouse.arrow(labels.group_by("label").agg(n=labels.count())).num_rows
    return k if met == k else max(1, met)


def _kept_ids(folder: Path, mode: str, new: Fit) -> list[str]:
    """Give groups the ids of the nearest groups of the fit before; new groups get new numbers."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    prefix = "s" if mode == "auto" else f"{mode}-"
    order = sorted(range(new.k), key=lambda j: (-new.facts["groups"][j]["spend"], -new.facts["groups"][j]["size"], j))
    last = _read(folder / f"segments-{mode}-last.json", None)
    if last is None:
        rank = {j: i + 1 for i, j in enumerate(order)}
        return [f"{prefix}{rank[j]}" for j in range(new.k)]
    gaps = np.array([[_apart(new, j, last, i) for i in range(last.k)] for j in range(new.k)])
    ids: list[str | None] = [None] * new.k
    for j, i in zip(*linear_sum_assignment(gaps), strict=True):
        if gaps[j, i] < SAME_GROUP:
            ids[j] = last.ids[i]
    highest = max([int(one.removeprefix(prefix)) for one in last.ids] or [0])
    for j in order:
        if ids[j] is None:
            highest += 1
            ids[j] = f"{prefix}{highest}"
    return [str(one) for one in ids]


def _apart(a: Fit, j: int, b: Fit, i: int) -> float:
    """Distance of two groups in mean percentiles, in units of ten percentile points per measure."""
    mine, theirs = _percentiles(a, j), _percentiles(b, i)
    shared = sorted(mine.keys() & theirs.keys())
    if not shared:
        return 1e9
    return (sum(((mine[n] - theirs[n]) / 10) ** 2 for n in shared) / len(shared)) ** 0.5


def _percentiles(one: Fit, j: int) -> dict[str, float]:
    values = one.facts["percentiles"][j]
    return {one.categories[int(n[4:])] if n.startswith("cat_") else n: v for n, v in values.items()}


def _read(file: Path, key: str | None) -> Fit | None:
    """Read a kept fit; a damaged or foreign file counts as absent and is written again."""
    try:
        found = Fit.model_validate_json(file.read_bytes())
    except (OSError, ValueError):
        return None
    return found if key is None or found.key == key else None


def _write(file: Path, found: Fit) -> None:
    part = file.with_suffix(".part")
    part.write_text(json.dumps(found.model_dump(mode="json"), ensure_ascii=False), encoding="utf-8")
    part.replace(file)
