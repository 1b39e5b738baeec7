"""Why a group is a group: the features in which it stands apart, how clear it is, and typical and border customers.

Lift of a feature = (mean of the group - mean of all) / standard deviation of all, on the scale of the clustering
(capped, logged where it is a count). Its 95 % interval is a Poisson bootstrap (Hanley and MacGibbon 2006; Chamandy et al.
2012): every customer counts Poisson(1) times in each of `RESAMPLES` draws, seeded. A bounded sample bounds the time.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .columns import is_logged
from .sample import Sample

RESAMPLES = 200
TOP = 5
TYPICAL, BORDER = 5, 2
# Single customers are shown only of groups with enough people to disappear among.
LEAST_PEOPLE = 20
SILHOUETTE_SAMPLE = 2_500
LEAST_LIFT = 0.1


def explained(sample: Sample, centres: np.ndarray, seed: int) -> list[dict[str, Any]]:
    """Return per group plain JSON: ``marks`` (rows of `lifts`), ``silhouette``, ``typical`` and ``border`` (rows of the sample)."""
    k = len(centres)
    rows = lifts(sample, k, seed)
    clear = _silhouettes(sample, k)
    people = _people(sample, centres)
    return [{"marks": rows[j], "silhouette": clear[j], **people[j]} for j in range(k)]


def lifts(sample: Sample, k: int, seed: int) -> list[list[dict[str, Any]]]:
    """Return per group at most `TOP` features, the strongest first: column, lift, low, high, and typical values."""
    shown = [i for i, c in enumerate(sample.columns) if not c.startswith("term_")] or list(range(len(sample.columns)))
    z, held = _standardised(sample, shown)
    if not held or not len(z):
        return [[] for _ in range(k)]
    member = sample.labels[None, :] == np.arange(k)[:, None]
    point = np.array([_means(z, m.astype(float))[0] for m in member])
    rng = np.random.default_rng(seed)
    drawn = np.empty((RESAMPLES, k, z.shape[1]))
    for b in range(RESAMPLES):
        weight = rng.poisson(1.0, len(z)).astype(float)
        mean, spread = _means(z, weight)
        for j in range(k):
            drawn[b, j] = (_means(z, weight * member[j])[0] - mean) / np.where(spread > 0, spread, 1.0)
    # A group of very few may be missing from a draw.
    low, high = np.nanquantile(drawn, 0.025, axis=0), np.nanquantile(drawn, 0.975, axis=0)
    low, high = np.fmin(low, point), np.fmax(high, point)
    found = []
    for j in range(k):
        certain = [i for i in range(z.shape[1]) if abs(point[j, i]) >= LEAST_LIFT and not low[j, i] <= 0 <= high[j, i]]
        best = sorted(certain, key=lambda i: (-round(abs(point[j, i]), 9), held[i]))[:TOP]
        found.append([_row(sample, held[i], member[j], point[j, i], low[j, i], high[j, i]) for i in best])
    return found


def _standardised(sample: Sample, shown: list[int]) -> tuple[np.ndarray, list[int]]:
    """Return the varying columns at mean 0 and deviation 1, unknown values at 0, and which columns they are."""
    kept, found = [], []
    for i in shown:
        value = sample.values[:, i]
        value = np.log1p(np.maximum(value, 0.0)) if is_logged(sample.columns[i]) else value
        if np.isnan(value).all():
            continue
        value = np.minimum(value, np.nanquantile(value, 0.995))
        spread = np.nanstd(value)
        if spread > 1e-9:
            kept.append(i)
            filled = np.where(np.isnan(value), np.nanmean(value), value)
            found.append((filled - filled.mean()) / filled.std())
    return (np.column_stack(found) if found else np.zeros((len(sample.values), 0))), kept


def _means(z: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return weighted means and deviations; NaN where nobody counts."""
    total = weight.sum()
    if not total:
        return np.full(z.shape[1], np.nan), np.full(z.shape[1], np.nan)
    mean = weight @ z / total
    return mean, np.sqrt(np.maximum(weight @ (z * z) / total - mean**2, 0.0))


def _row(sample: Sample, column: int, member: np.ndarray, lift: float, low: float, high: float) -> dict[str, Any]:
    name, values = sample.columns[column], sample.values[:, column]
    own = values[member]
    # A median tells nothing where most have none of it: then the mean does.
    tells = is_logged(name) and not np.isnan(own).all() and np.nanmedian(own) != np.nanmedian(values)
    middle = np.nanmedian if tells else np.nanmean
    return {
        "column": name,
        "lift": round(float(lift), 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
        "group": None if np.isnan(own).all() else round(float(middle(own)), 6),
        "shop": round(float(middle(values)), 6),
    }


def _silhouettes(sample: Sample, k: int) -> list[float | None]:
    """Return the median silhouette of each group's customers in the sample; None where it is not defined."""
    from sklearn.metrics import silhouette_samples

    points, labels = sample.points[:SILHOUETTE_SAMPLE], sample.labels[:SILHOUETTE_SAMPLE]
    if not 1 < len(np.unique(labels)) < len(points):
        return [None] * k
    values = np.asarray(silhouette_samples(points, labels))
    return [round(float(np.median(values[labels == j])), 4) if (labels == j).any() else None for j in range(k)]


def _people(sample: Sample, centres: np.ndarray) -> list[dict[str, Any]]:
    """Return typical and border customers of each group as rows of the sample; the border is where two centres are as near."""
    gaps = ((sample.points[:, None, :] - centres[None, :, :]) ** 2).sum(2)
    order = np.sort(gaps, axis=1)
    found = []
    for j in range(len(centres)):
        rows = np.flatnonzero(sample.labels == j)
        if len(rows) < LEAST_PEOPLE or not sample.ids:
            found.append({"typical": [], "border": []})
            continue
        near = rows[np.argsort(gaps[rows, j], kind="stable")][:TYPICAL]
        rest = np.setdiff1d(rows, near)
        edge = rest[np.argsort((order[rest, 1] - order[rest, 0]), kind="stable")][:BORDER] if len(centres) > 1 else rest[:0]
        found.append({"typical": [_person(sample, int(i)) for i in near], "border": [_person(sample, int(i)) for i in edge]})
    return found


def _person(sample: Sample, row: int) -> dict[str, Any]:
    values = dict(zip(sample.columns, sample.values[row], strict=True))
    shown = ("frequency", "spend", "recency_days", "views")
    taste = max((c for c in values if c.startswith("cat_")), key=lambda c: values[c], default=None)
    numbers = {c: round(float(values[c]), 2) for c in shown if c in values and values[c] == values[c]}
    return {"id": sample.ids[row], "numbers": numbers, "taste": taste}
