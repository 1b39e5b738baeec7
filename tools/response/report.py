"""What a trained model shows of itself on the newest rows: predicted beside observed rates, lift, and its strongest drivers.

Computed once, at the end of a training, and kept with the version's metrics; faces only draw it. All numbers are of rows that no
part of the model was fitted to, chosen on or calibrated with.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .model import ResponseModel
from .naming import concept

BINS = 10
# Clicks that a bin needs for its rate to say anything.
PER_BIN = 15
# Two-sided 95 % of a normal distribution.
Z = 1.959964
SAMPLE = 4_000
SHOWN = 10


def curves(p: np.ndarray, y: np.ndarray) -> dict[str, list[dict[str, float]]]:
    """Reliability and lift of predictions p of labels y; empty lists when there are no positives.

    ``bins``: equal counts by p, each with mean prediction, observed rate, its 95 % interval (Wilson 1927) and n. ``lift``: share of
    rows shown, best first, against the share of clicks found there.
    """
    positives = float(y.sum())
    if not positives:
        return {"bins": [], "lift": []}
    order = np.argsort(p, kind="stable")
    bins = []
    for part in np.array_split(order, int(np.clip(positives // PER_BIN, 1, BINS))):
        low, high = wilson(float(y[part].sum()), len(part))
        bins.append({"predicted": float(p[part].mean()), "observed": float(y[part].mean()), "low": low, "high": high, "n": len(part)})
    found = np.cumsum(y[order[::-1]])
    at = [round(len(y) * k / BINS) for k in range(1, BINS + 1)]
    lift = [{"rows": n / len(y), "found": float(found[n - 1] / positives)} for n in at if n]
    return {"bins": bins, "lift": lift}


def wilson(hits: float, n: float) -> tuple[float, float]:
    """Interval of a rate, 95 % (Wilson 1927): right where hits are few, never below 0 or above 1."""
    rate, z2 = hits / n, Z * Z
    middle, half = (rate + z2 / (2 * n)) / (1 + z2 / n), Z / (1 + z2 / n) * np.sqrt(rate * (1 - rate) / n + z2 / (4 * n * n))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def strongest(model: ResponseModel, rows: Any) -> list[dict[str, Any]]:
    """Return what moves predictions most over rows: by idea, the typical (mean absolute) effect on the rate, the largest first.

    An effect of 0.12 means that this alone typically moves the rate of an impression by 12 % up or down.
    """
    if not len(rows):
        return []
    at = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), SAMPLE)).astype(np.int64))
    told = model.explain(rows.iloc[at]).drop(columns="base")
    grouped: dict[str, np.ndarray] = {}
    for name in told:
        key, column = concept(str(name)), told[name].to_numpy(np.float64)
        grouped[key] = grouped[key] + column if key in grouped else column
    effects = [{"key": key, "effect": float(np.expm1(np.abs(column - column.mean()).mean()))} for key, column in grouped.items()]
    return sorted((e for e in effects if e["effect"] > 0), key=lambda e: -float(e["effect"]))[:SHOWN]
