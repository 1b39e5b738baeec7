"""Scores of the response benchmark, and the paired bootstrap between two models on the same test rows."""

from __future__ import annotations

import numpy as np


def auc(y: np.ndarray, p: np.ndarray) -> float:
    """Area under the ROC curve; ties count half."""
    from scipy.stats import rankdata

    positives = float(y.sum())
    return float((rankdata(p)[y > 0].sum() - positives * (positives + 1) / 2) / (positives * (len(y) - positives)))


def losses(y: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Negative log likelihood of each row."""
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))


def ece(y: np.ndarray, p: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error over bins of equal count."""
    parts = np.array_split(np.argsort(p, kind="stable"), bins)
    return float(sum(len(b) / len(y) * abs(y[b].mean() - p[b].mean()) for b in parts if len(b)))


def gauc(y: np.ndarray, p: np.ndarray, user: np.ndarray) -> float:
    """Mean AUC within users that have both outcomes, weighted by their rows."""
    _, code = np.unique(user, return_inverse=True)
    order = np.argsort(code, kind="stable")
    edges = np.flatnonzero(np.diff(code[order])) + 1
    total = weight = 0.0
    for rows in np.split(order, edges):
        if 0 < y[rows].sum() < len(rows):
            total, weight = total + len(rows) * auc(y[rows], p[rows]), weight + len(rows)
    return total / weight if weight else float("nan")


def scores(y: np.ndarray, p: np.ndarray, user: np.ndarray | None = None) -> dict[str, float]:
    """AUC, logloss, ECE, bias (mean p / observed rate) and gAUC of one model's test rows."""
    found = {"auc": auc(y, p), "logloss": float(losses(y, p).mean()), "ece": ece(y, p), "bias": float(p.mean() / y.mean())}
    return found | ({"gauc": gauc(y, p, user)} if user is not None else {})


class Resampled:
    """AUC and logloss of one model under many resamples of the test rows; the same `seed` gives every model the same rows."""

    def __init__(self, y: np.ndarray, runs: list[np.ndarray], draws: int = 1000, seed: int = 0) -> None:
        generator = np.random.default_rng(seed)
        self.auc = np.zeros(draws)
        self.logloss = np.zeros(draws)
        sorted_runs = []
        for p in runs:
            order = np.argsort(p, kind="stable")
            starts = np.concatenate([[0], np.flatnonzero(np.diff(p[order])) + 1])
            sorted_runs.append((order, starts, losses(y, p)))
        for i in range(draws):
            weight = np.bincount(generator.integers(0, len(y), len(y)), minlength=len(y)).astype(np.float64)
            for order, starts, loss in sorted_runs:
                w, hit = weight[order], y[order] > 0
                positive = np.add.reduceat(np.where(hit, w, 0.0), starts)
                negative = np.add.reduceat(np.where(hit, 0.0, w), starts)
                below = np.cumsum(negative) - negative
                area = (positive * (below + negative / 2)).sum() / max(positive.sum() * negative.sum(), 1.0)
                self.auc[i] += area / len(runs)
                self.logloss[i] += weight @ loss / len(y) / len(runs)


def difference(ours: Resampled, theirs: Resampled, measure: str) -> tuple[float, float]:
    """95 % interval of (theirs - ours) over the resamples."""
    low, high = np.quantile(getattr(theirs, measure) - getattr(ours, measure), [0.025, 0.975])
    return float(low), float(high)
