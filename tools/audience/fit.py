"""Fitting a shop's segmentation once per state of its tables, and keeping the result as JSON in ``models/``.

A kept fit answers in milliseconds. Group ids stay: centres of a new fit are matched with those of the fit before
(Hungarian assignment on what both measured) and take over their ids. Nothing here names or words anything.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.result import SILENT, Progress
from ...data.words import Words, both
from ..memory.embedding import configured
from .clusters import Trial
from .clv import by_group
from .columns import clustering_columns
from .drift import Bins, bins, drifted
from .explain import explained as explain
from .features import held
from .grouping import check_k, engine_points, group
from .habits import channels, habits
from .holdout import next_purchases
from .interests import synonyms
from .lifecycle import measured_stages
from .measures import measure
from .rule import counted, grow
from .sample import draw, salt_of
from .sources import Sources, sources, stand_ins

if TYPE_CHECKING:
    from ...data.workspace import Workspace
    from .scaling import Scale

VERSION = 10
KINDS = ("users", "events", "orders", "products")
# Centres further apart than this many standard deviations are not the same group any more.
SAME_GROUP = 2.5


class Fit(Document):
    """A fitted segmentation: group ids, what was measured per group (`facts`), and how k was found.

    `sessions` says that most of the "users" are sessions of a log that names nobody. `alike` names words that counted as another one by
    the model `embedding`; `trouble` why that model could not be asked, and the words were taken as they are.

    Against the fit before (empty at the first): `drift` is the population stability index per feature, `moved` how far
    each kept group's centre went, in tens of percentile points.
    """

    key: str
    ids: list[str]
    k: int
    tried: list[Trial]
    n_users: int
    as_of: datetime
    first: datetime
    currency: str
    categories: list[str]
    terms: list[str] = []
    alike: dict[str, str] = {}
    embedding: str = ""
    trouble: Words | None = None
    rows: dict[str, int]
    has_events: bool
    has_orders: bool
    consent_known: bool
    rates: dict[str, float] = {}
    sessions: bool = False
    forced: bool
    distinct: int
    inertia: float
    columns: list[str]
    centres: list[list[float]]
    facts: dict[str, Any]
    bins: dict[str, Bins] = {}
    drift: dict[str, float] = {}
    moved: dict[str, float] = {}

    def near(self, words: Sequence[str]) -> dict[str, str]:
        """Return the words that counted as another one when this was fitted, whatever a model would say now."""
        return self.alike


_LOADED: dict[str, Fit] = {}


def fit(workspace: Workspace, k: int | None = None, seed: int = 0, progress: Progress = SILENT) -> Fit | None:
    """Return the segmentation of the shop as it is now, from ``models/`` when it is there; None without customers.

    Raises `AdwrightError`: ``bad-k`` (not 1..20), ``too-few-customers`` (fewer different customers than groups asked for).
    """
    check_k(k)
    model = workspace.settings.embedding_model or ""
    state = "|".join([str(VERSION), str(k), str(seed), workspace.timezone, model, *(workspace.fingerprint(kind) for kind in KINDS)])
    key = hashlib.sha256(state.encode()).hexdigest()[:16]
    mode = "auto" if k is None else f"k{k}"
    file = workspace.models / f"segments-{mode}-{key}.json"
    name = str(file)
    if name not in _LOADED:
        found = _read(file, key)
        if found is None:
            last = _read(workspace.models / f"segments-{mode}-last.json", None)
            found = _fitted(workspace, key, k, seed, progress, last)
            if found is None:
                return None
            ids, moved = _kept_ids(mode, found, last)
            found = found.model_copy(update={"ids": ids, "moved": moved})
            if found.trouble is None:
                # What had to do without the model is not kept beyond this process: the next one asks again.
                _write(file, found)
                _write(workspace.models / f"segments-{mode}-last.json", found)
        _LOADED[name] = found
    return _LOADED[name]


def _fitted(workspace: Workspace, key: str, k: int | None, seed: int, progress: Progress, last: Fit | None) -> Fit | None:
    source, trouble = _read_with_meaning(workspace)
    if source is None:
        return None
    warehouse = workspace.warehouse
    progress.note(both("汇总每位顾客的行为", "Summing up every customer"), 0, 3)
    with held(source) as features:
        columns = clustering_columns(features.columns, source.events is not None)
        with engine_points(warehouse, features, columns) as (scales, points):
            if points.count == 0:
                return None
            found = group(points, k, seed, progress)
            with points.labelled(found.centres).select("user_id", "label").cache() as labels:
                groups = _drop_empty(warehouse, labels, len(found.centres))
                facts = measure(warehouse, source, features, labels, groups)
                facts |= _portraits(workspace, source, features, labels, scales, found.centres[:groups], seed)
                facts["lifetime"] = by_group(workspace, source, labels, groups)
        kept = bins(warehouse, features, columns)
        sessions = stand_ins(warehouse, features)
        drift = drifted(warehouse, features, _same_columns(last, source)) if last else {}
    return Fit(
        key=key,
        ids=[],
        k=groups,
        tried=found.tried,
        n_users=points.count,
        as_of=source.as_of,
        first=source.first,
        currency=source.currency,
        categories=list(source.categories),
        terms=list(source.terms),
        alike=source.alike,
        embedding=workspace.settings.embedding_model or "",
        trouble=trouble,
        rows=source.rows,
        has_events=source.events is not None,
        has_orders=source.orders is not None,
        consent_known=source.consent_known,
        rates=source.rates,
        sessions=sessions,
        forced=k is not None,
        distinct=found.distinct,
        inertia=round(found.history[-1], 6),
        columns=[s.column for s in scales],
        centres=found.centres.tolist(),
        facts=facts,
        bins=kept,
        drift=drift,
    )


def _read_with_meaning(workspace: Workspace) -> tuple[Sources | None, Words | None]:
    """Return the sources, with words that mean the same put together where a model is configured, and why that failed."""
    try:
        embedder = configured(workspace)
        near = None if embedder is None else lambda words: synonyms(words, embedder.embed)
        return sources(workspace, near=near), None
    except AdwrightError as error:
        if error.code not in ("embedding-failed", "no-key"):
            raise
        return sources(workspace), both(
            f"{error.message.zh}近义词没有合并，分群按原词。", f"{error.message.en} Words that mean the same were counted apart."
        )


def _portraits(
    workspace: Workspace, source: Sources, features: Any, labels: Any, scales: list[Scale], centres: Any, seed: int
) -> dict[str, Any]:
    """Measure what explains the groups: marks, rules, people, habits, life-cycle stages, who bought next."""
    warehouse, k = workspace.warehouse, len(centres)
    columns = clustering_columns(features.columns, source.events is not None)
    sample = draw(warehouse, features, columns, scales, centres, salt_of(workspace.models))
    explained = explain(sample, centres, seed)
    rules = grow(sample, k, seed)
    for one, any_of, score in zip(explained, rules, counted(warehouse, features, labels, rules), strict=True):
        one["rule"] = {"any_of": [[c.model_dump() for c in path] for path in any_of], "score": list(score)}
    return {
        "explained": explained,
        "sample": len(sample.labels),
        "habits": habits(warehouse, source, labels, k),
        "channels": channels(warehouse, labels, k),
        "lifecycle": measured_stages(warehouse, source, features, labels, k),
        "next": next_purchases(warehouse, source, scales, centres),
    }


def _drop_empty(warehouse: Any, labels: Any, k: int) -> int:
    """Hold that every group has somebody; a group can only be empty when all the data is one point."""
    met = warehouse.arrow(labels.group_by("label").agg(n=labels.count())).num_rows
    return k if met == k else max(1, met)


def _same_columns(last: Fit, source: Sources) -> dict[str, Bins]:
    """Return the bins of the fit before under the names that its categories and words have now."""
    now = {f"cat_{name}": f"cat_{i}" for i, name in enumerate(source.categories)}
    now |= {f"term_{name}": f"term_{i}" for i, name in enumerate(source.terms)}
    then = {f"cat_{i}": f"cat_{name}" for i, name in enumerate(last.categories)}
    then |= {f"term_{i}": f"term_{name}" for i, name in enumerate(last.terms)}
    pairs = [(now.get(then.get(column, ""), None if column in then else column), kept) for column, kept in last.bins.items()]
    return {column: kept for column, kept in pairs if column is not None}


def _kept_ids(mode: str, new: Fit, last: Fit | None) -> tuple[list[str], dict[str, float]]:
    """Give groups the ids of the nearest groups of the fit before, and tell how far those went; new groups get new numbers."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    prefix = "s" if mode == "auto" else f"{mode}-"
    order = sorted(range(new.k), key=lambda j: (-new.facts["groups"][j]["spend"], -new.facts["groups"][j]["size"], j))
    if last is None:
        rank = {j: i + 1 for i, j in enumerate(order)}
        return [f"{prefix}{rank[j]}" for j in range(new.k)], {}
    gaps = np.array([[_apart(new, j, last, i) for i in range(last.k)] for j in range(new.k)])
    ids: list[str | None] = [None] * new.k
    moved: dict[str, float] = {}
    for j, i in zip(*linear_sum_assignment(gaps), strict=True):
        if gaps[j, i] < SAME_GROUP:
            ids[j] = last.ids[i]
            moved[last.ids[i]] = round(float(gaps[j, i]), 6)
    highest = max([int(one.removeprefix(prefix)) for one in last.ids] or [0])
    for j in order:
        if ids[j] is None:
            highest += 1
            ids[j] = f"{prefix}{highest}"
    return [str(one) for one in ids], moved


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
