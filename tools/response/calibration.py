"""Calibration of logits, and the scores that models are reported with."""

from __future__ import annotations

import numpy as np

from .encoding import sigmoid

# Positives that "no change" counts for: a calibration from thirty clicks is mostly chance.
LEAN = 100.0
SIGNIFICANT = 6.0


def platt(logit: np.ndarray, label: np.ndarray) -> tuple[float, float]:
    """Fit scale and shift of the logit (Platt 1999) by Newton steps, leaning on "no change" with the weight of `LEAN` positives.

    Few conversions can then not move a model far: a calibration from thirty clicks is mostly chance.
    """
    a, b = 1.0, 0.0
    centre = float(logit.mean()) if len(logit) else 0.0
    for _ in range(50):
        p = sigmoid(a * logit + b)
        w = p * (1 - p)
        x = np.stack([logit - centre, np.ones_like(logit)])
        slope = x @ (label - p) - LEAN * np.array([a - 1, b + (a - 1) * centre])
        step = np.linalg.solve((x * w) @ x.T + LEAN * np.eye(2), slope)
        a, b = a + step[0], b + step[1] - step[0] * centre
        if np.abs(step).max() < 1e-10:
            break
    # Likelihood ratio: a correction that chance explains (chi square, 2 degrees of freedom, about 5 %) would only add noise.
    gain = np.logaddexp(0, logit) - label * logit - np.logaddexp(0, a * logit + b) + label * (a * logit + b)
    return (float(a), float(b)) if a > 0 and 2 * gain.sum() > SIGNIFICANT else (1.0, 0.0)


def row_losses(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Negative log likelihood of each row, given its logit."""
    return np.logaddexp(0, z) - y * z


def logloss(p: np.ndarray, y: np.ndarray) -> float:
    """Mean negative log likelihood."""
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return float(-(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()) if len(y) else 0.0


def quality(p: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """Log loss, AUC (ties count half), ECE over ten equal-count bins, bias = mean p / observed rate; of unseen rows."""
    if not len(y) or y.min() == y.max():
        return {"rows": len(y), "rate": float(y.mean()) if len(y) else 0.0}
    from scipy.stats import rankdata

    positives = y.sum()
    auc = (rankdata(p)[y > 0].sum() - positives * (positives + 1) / 2) / (positives * (len(y) - positives))
    bins = np.array_split(np.argsort(p, kind="stable"), 10)
    ece = sum(len(b) * abs(p[b].mean() - y[b].mean()) for b in bins if len(b)) / len(y)
    return {
        "rows": len(y),
        "rate": float(y.mean()),
        "logloss": logloss(p, y),
        "auc": float(auc),
        "ece": float(ece),
        "bias": float(p.mean() / y.mean()),
    }


def intervals(p: np.ndarray, y: np.ndarray, level: float = 0.95, draws: int = 200, seed: int = 0) -> dict[str, list[float]]:
    """Bootstrap intervals of what `quality` tells: ``logloss``, ``auc``, ``ece``, ``bias``, each [low, high]; empty without both labels.

    Rows are weighted by Poisson(1), which is the bootstrap of many rows without copying them (Chamandy et al. 2012).
    ECE is a sum of absolute errors and rises with noise, so its interval lies above the plain figure for few rows.
    """
    if not len(y) or y.min() == y.max():
        return {}
    generator = np.random.default_rng(seed)
    order = np.argsort(p, kind="stable")
    q, hit = p[order], y[order].astype(np.float64)
    starts = np.concatenate([[0], np.flatnonzero(np.diff(q)) + 1])
    bins = np.array([b[0] for b in np.array_split(np.arange(len(q)), 10) if len(b)])
    clipped = np.clip(q, 1e-7, 1 - 1e-7)
    loss = -(hit * np.log(clipped) + (1 - hit) * np.log(1 - clipped))
    found: dict[str, list[float]] = {"logloss": [], "auc": [], "ece": [], "bias": []}
    for _ in range(draws):
        w = generator.poisson(1.0, len(q)).astype(np.float64)
        positive, negative = np.add.reduceat(w * hit, starts), np.add.reduceat(w * (1 - hit), starts)
        if not positive.sum() or not negative.sum():
            continue
        below = np.cumsum(negative) - negative
        found["auc"].append(float((positive * (below + negative / 2)).sum() / (positive.sum() * negative.sum())))
        found["logloss"].append(float(w @ loss / w.sum()))
        found["bias"].append(float((w @ q) / (w @ hit)))
        found["ece"].append(float(np.abs(np.add.reduceat(w * (q - hit), bins)).sum() / w.sum()))
    edges = [(1 - level) / 2, (1 + level) / 2]
    return {name: [float(v) for v in np.quantile(values, edges)] for name, values in found.items() if values}
