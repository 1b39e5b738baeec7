"""Drift: are newer impressions like those the model in force was trained on?

By the population stability index of every feature and of the prediction, PSI = sum_b (q_b - p_b) ln(q_b / p_b) with p_b the
share of bin b among the rows trained on and q_b among newer ones (Siddiqi 2006, Credit Risk Scorecards). Limits with source and
status are in ``knowledge/drift.toml``; what chance alone makes of so many bins and rows is not called drift (Yurdakul 2018).
The shares of the rows trained on stand in the version's manifest. Nothing is retrained here.
"""

from __future__ import annotations

import hashlib
import tomllib
from datetime import datetime
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.words import Words, both
from ..stability import stability_index
from . import registry
from .features import FIELDS, NUMBERS
from .naming import concept, named
from .shown import Shown

if TYPE_CHECKING:
    from ...data.workspace import Workspace

Columns = dict[str, np.ndarray]
State = Literal["stable", "watch", "drifted", "too-few", "unknown"]
MOST_ROWS = 100_000
LEVELS, BINS = 20, 10
PREDICTION = "prediction"
# Share that an empty bin counts for, as rows: half a row.
EMPTY = 0.5


class FieldDrift(Document):
    """PSI of one feature (or of ``prediction``), what chance alone would make of it, and the bin that changed most."""

    name: str
    psi: float
    chance: float
    state: Literal["stable", "watch", "drifted"]
    most: str = ""


class Drift(Document):
    """How far rows newer than a version's training are from those it was trained on. `rows` is the number of newer rows."""

    version: str = ""
    state: State = "unknown"
    rows: int = 0
    fields: list[FieldDrift] = []

    @property
    def moved(self) -> list[FieldDrift]:
        """Features that drifted, the farthest first."""
        return sorted((f for f in self.fields if f.state == "drifted"), key=lambda f: -f.psi)


@cache
def limits() -> dict[str, Any]:
    """Thresholds with their sources, from ``knowledge/drift.toml``."""
    return tomllib.loads((files("adwright.data.knowledge") / "drift.toml").read_text("utf-8"))


def psi(expected: np.ndarray, actual: np.ndarray) -> float:
    """Population stability index of two histograms (counts per bin); an empty bin counts as half a row.

    Example:
        >>> psi(np.array([50, 50]), np.array([50, 50]))
        0.0
    """
    p, q = (np.maximum(counts, EMPTY) / np.maximum(counts, EMPTY).sum() for counts in (expected.astype(float), actual.astype(float)))
    return stability_index(p, q)


def chance(bins: int, expected: float, actual: float) -> float:
    """What PSI stays under when nothing changed: chi-squared(bins - 1) * (1/n + 1/m) at the quantile of ``drift.toml``."""
    from scipy.stats import chi2

    if bins < 2 or not expected or not actual:
        return 0.0
    return float(chi2.ppf(limits()["chance"]["quantile"], bins - 1) * (1 / expected + 1 / actual))


def reference(columns: Columns, prediction: np.ndarray) -> dict[str, Any]:
    """Binned counts of the rows a model was trained on, as plain JSON for its manifest."""
    told: dict[str, Any] = {}
    for name in FIELDS:
        if name not in columns:
            continue
        values, counts = np.unique(_texts(columns[name]), return_counts=True)
        first = sorted(zip(counts.tolist(), values.tolist(), strict=True), key=lambda pair: (-pair[0], pair[1]))[:LEVELS]
        levels = [value for _, value in first]
        told[name] = {"levels": levels, "counts": _by_level(columns[name], levels).tolist()}
    numbers = {name: columns[name] for name in NUMBERS if name in columns} | {PREDICTION: prediction}
    for name, column in numbers.items():
        x = np.asarray(column, np.float64)
        known = x[~np.isnan(x)]
        edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1])) if len(known) else np.zeros(0)
        told[name] = {"edges": edges.tolist(), "counts": _by_edge(x, edges).tolist()}
    return told


def compare(
    stored: dict[str, Any], columns: Columns, prediction: np.ndarray | None, skip: frozenset[str] = frozenset()
) -> list[FieldDrift]:
    """PSI of every stored feature against newer columns, the prediction first."""
    here = dict(columns) | ({PREDICTION: prediction} if prediction is not None else {})
    found = []
    for name in (PREDICTION, *(n for n in stored if n != PREDICTION)):
        if name not in stored or name not in here or name in skip:
            continue
        told, old = stored[name], np.asarray(stored[name]["counts"], np.float64)
        if "levels" in told:
            new, names = _by_level(here[name], told["levels"]), [*told["levels"], "…"]
        else:
            edges = np.asarray(told["edges"], np.float64)
            new, names = _by_edge(np.asarray(here[name], np.float64), edges), _ranges(edges)
        used = (old > 0) | (new > 0)
        value, by_chance = psi(old[used], new[used]), chance(int(used.sum()), old.sum(), new.sum())
        shift = np.abs(new / max(new.sum(), 1) - old / max(old.sum(), 1))
        found.append(
            FieldDrift(name=name, psi=value, chance=by_chance, state=_state(name, value, by_chance), most=names[int(shift.argmax())])
        )
    return found


def sample(workspace: Workspace, after: str | None = None, most: int = MOST_ROWS) -> tuple[Columns, int, tuple[str, str] | None]:
    """Columns of at most `most` impressions, spread evenly over those after a time; their number before, first and last time."""
    import ibis

    from .shop import RAW

    table = workspace.warehouse.table("impressions")
    if after is not None:
        table = table.filter(table.ts > ibis.literal(datetime.fromisoformat(after)))
    facts = workspace.warehouse.arrow(table.aggregate(n=table.count(), first=table.ts.min(), last=table.ts.max()))
    n = int(facts.column("n")[0].as_py() or 0)
    if not n:
        return {}, 0, None
    stride, raw, at = -(-n // most), {name: [] for name in RAW}, 0
    for batch in workspace.warehouse.batches(table.order_by(["ts", "campaign_id", "user_id"])[list(RAW)], 100_000):
        rows = batch.take(_every(-at % stride, len(batch), stride)).to_pydict()
        for name in RAW:
            raw[name] += rows[name]
        at += len(batch)
    spread = facts.column("first")[0].as_py().isoformat(), facts.column("last")[0].as_py().isoformat()
    return Shown(workspace).prepared(raw), n, spread


def look(workspace: Workspace) -> Drift:
    """Compare what was imported since the promoted version was trained with what it was trained on.

    Rows are newer when their time is after the last one trained on; when a table was replaced by rows that are not newer, all of
    them are compared. ``unknown`` when there is no version or it is damaged; ``too-few`` newer rows tell nothing.
    """
    folder = registry.promoted(workspace)
    if folder is None:
        return Drift()
    try:
        own, manifest = registry.read(folder)
    except AdwrightError:
        return Drift(version=folder.name)
    version, stored = str(manifest["version"]), manifest.get("drift")
    if not stored or manifest["data"] == workspace.fingerprint("impressions"):
        return Drift(version=version, state="stable" if stored else "unknown")
    rules = hashlib.sha256(repr(limits()).encode()).hexdigest()[:8]
    key = f"response-drift:{version}:{workspace.fingerprint('impressions')}:{rules}"
    kept = workspace.records.get("response-drift")
    if isinstance(kept, dict) and kept.get("key") == key:
        return Drift.model_validate(kept["drift"])
    columns, n, spread = sample(workspace, manifest["until"])
    if not n:
        columns, n, spread = sample(workspace)
    found = Drift(version=version, rows=n, state="too-few")
    if n >= limits()["rows"]["least"] and spread is not None:
        days = (datetime.fromisoformat(spread[1]) - datetime.fromisoformat(spread[0])).days
        found.fields = compare(stored, columns, predicted(own, columns), frozenset() if days >= 6 else frozenset({"weekday"}))
        states = {f.state for f in found.fields}
        found.state = "drifted" if "drifted" in states else "watch" if "watch" in states else "stable"
    workspace.records.put("response-drift", {"key": key, "drift": found.model_dump(mode="json")})
    return found


def predicted(folder: Any, columns: Columns) -> np.ndarray:
    """Click probabilities of columns by the model in a version's folder."""
    import pandas as pd

    from .model import ResponseModel

    return ResponseModel.load(folder / "click").predict(pd.DataFrame(columns))


def hint(found: Drift) -> Words | None:
    """One sentence for the merchant when the data drifted; None otherwise. It never retrains by itself."""
    if found.state != "drifted":
        return None
    moved = [words_of(f.name) for f in found.moved[:3]]
    zh, en = "、".join(w.zh for w in moved), ", ".join(w.en for w in moved)
    return both(
        f"新导入的 {found.rows:,} 次曝光与模型 {found.version} 训练时的数据差别较大（{zh}），建议重新训练：在对话里说“重新训练点击模型”，或运行 adwright train。",
        f"The {found.rows:,} newer impressions differ from what model {found.version} was trained on ({en}); retraining is advised: "
        'say "retrain the click model" in the chat, or run adwright train.',
    )


def remark(found: Drift) -> Words:
    """One sentence on newer impressions whatever they are like; `hint` where they drifted.

    Example:
        >>> remark(Drift(state="too-few", rows=40)).en
        'The 40 newer impressions are too few to tell a change.'
    """
    advised, n = hint(found), f"{found.rows:,}"
    if advised is not None:
        return advised
    if found.state == "unknown":
        return both("没有留下训练数据的分布，无法比较新数据。", "What it was trained on was not kept, so newer data cannot be compared.")
    if found.state == "too-few":
        return both(f"之后的 {n} 次曝光太少，还看不出变化。", f"The {n} newer impressions are too few to tell a change.")
    if found.state == "watch":
        moved = [words_of(f.name) for f in found.fields if f.state == "watch"][:3]
        zh, en = "、".join(w.zh for w in moved), ", ".join(w.en for w in moved)
        return both(
            f"之后的 {n} 次曝光里，{zh}有些变化，先留意，暂时不用重新训练。",
            f"In the {n} newer impressions {en} changed somewhat: worth watching, no reason to train anew yet.",
        )
    if not found.rows:
        return both("训练之后没有新的曝光，不用重新训练。", "There are no newer impressions; no new training is called for.")
    return both(
        f"之后的 {n} 次曝光与训练时相近，不用重新训练。",
        f"The {n} newer impressions are like those it was trained on; no new training is called for.",
    )


def advice(workspace: Workspace) -> Words | None:
    """What to do about newer impressions, or None; for after an import and wherever versions are listed."""
    return hint(look(workspace))


def words_of(name: str) -> Words:
    """Name of a feature as people read it."""
    return both("预测的点击率", "the predicted CTR") if name == PREDICTION else named(concept(name))


def _state(name: str, value: float, by_chance: float) -> Literal["stable", "watch", "drifted"]:
    told = limits()["psi"]
    if value <= max(told["watch"], by_chance):
        return "stable"
    # New products and placements come with every season; only what they do to the other columns or the prediction calls for more.
    return "drifted" if value > told["drifted"] and name not in limits()["catalogue"]["fields"] else "watch"


def _texts(column: np.ndarray) -> np.ndarray:
    return np.asarray(["" if v is None or v != v else str(v) for v in column], dtype=str)


def _by_level(column: np.ndarray, levels: list[str]) -> np.ndarray:
    at = {level: i for i, level in enumerate(levels)}
    return np.bincount([at.get(v, len(levels)) for v in _texts(column)], minlength=len(levels) + 1)


def _by_edge(x: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Counts per bin; missing values are a bin of their own, the last."""
    return np.bincount(np.where(np.isnan(x), len(edges) + 1, np.searchsorted(edges, x, side="left")), minlength=len(edges) + 2)


def _ranges(edges: np.ndarray) -> list[str]:
    told = [f"{e:.3g}" for e in edges]
    return [f"≤ {told[0]}", *(f"{a}–{b}" for a, b in pairwise(told)), f"> {told[-1]}", "?"] if told else ["=", "?"]


def _every(first: int, n: int, stride: int) -> Any:
    import pyarrow as pa

    return pa.array(np.arange(first, n, stride))
