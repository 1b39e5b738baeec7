"""K-means: J = sum over customers of the squared distance to their centre, made as small as can be found.

The start is scikit-learn's k-means++, the best of twelve tries on 20,000 customers, refined on 100,000 sampled by a hash
of their id; then exact Lloyd passes over everybody as aggregate queries inside the engine, where customers are also assigned by a
generated expression. Ids stay in the engine. Ties go to the lowest index. k is chosen by how well the groups stand
apart (silhouette) and come again on resampled customers (adjusted Rand index), never with a group under 2 %; where no
k passes, the best is still used, and its trial says that it did not pass.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...data.brief import Document
from .points import ArrayPoints, EnginePoints, nearest

TRIALS_SAMPLE = 6_000
SILHOUETTE_SAMPLE = 2_500
RESAMPLES = 5
# One start in three or so ends in a poor minimum; many on a part cost less than a few on everything.
TRIES = 12
TRIES_SAMPLE = 20_000
KS = range(3, 11)
LEAST_SHARE = 0.02
LEAST_STABILITY = 0.75
# Groups this stable come first where there are any: they will look the same next month.
FIRM_STABILITY = 0.9
PASSES = 4
SETTLED = 1e-4


class Trial(Document):
    """One k that was tried: silhouette and bootstrap agreement (-1..1), share of the smallest group, and the verdict."""

    k: int
    silhouette: float
    stability: float
    smallest: float
    passed: bool
    chosen: bool = False


def start(data: np.ndarray, k: int, seed: int, tries: int = TRIES) -> np.ndarray:
    """Return k centres by scikit-learn (k-means++), [k, dimensions]: the best of `tries` on a part, refined on all rows."""
    from sklearn import cluster
    from threadpoolctl import threadpool_limits

    # One thread: on small data many threads only wait for each other, and one adds up in the same order every time.
    with threadpool_limits(1):
        kmeans: Any = cluster.KMeans
        if len(data) <= TRIES_SAMPLE:
            return kmeans(k, n_init=tries, random_state=seed).fit(data).cluster_centers_
        part = data[np.sort(np.random.default_rng(seed).choice(len(data), TRIES_SAMPLE, replace=False))]
        tried = kmeans(k, n_init=tries, random_state=seed).fit(part).cluster_centers_
        return kmeans(k, init=tried, n_init=1).fit(data).cluster_centers_


def choose(data: np.ndarray, seed: int) -> list[Trial]:
    """Try every k on a part of the data; exactly one trial is chosen. Distinct rows must exceed the largest k."""
    from sklearn.metrics import adjusted_rand_score, silhouette_score

    rng = np.random.default_rng(seed)
    part = data[np.sort(rng.permutation(len(data))[:TRIALS_SAMPLE])]
    few = rng.permutation(len(part))[:SILHOUETTE_SAMPLE]
    apart = _distances(part[few])
    distinct = len(np.unique(part, axis=0))
    trials = []
    for k in [k for k in KS if k < distinct] or [min(2, distinct)]:
        labels = nearest(part, start(part, k, seed, tries=4))
        again = []
        for i in range(RESAMPLES):
            drawn = part[rng.integers(0, len(part), len(part))]
            tries = min(k, len(np.unique(drawn, axis=0)))
            again.append(adjusted_rand_score(labels, nearest(part, start(drawn, tries, seed + i + 1, tries=4))))
        counts = np.bincount(labels, minlength=k)
        several = 1 < len(np.unique(labels[few])) < len(few)
        silhouette = float(silhouette_score(apart, labels[few], metric="precomputed")) if several else 0.0
        stability, smallest = float(np.mean(again)), float(counts.min() / len(part))
        good = stability >= LEAST_STABILITY and smallest >= LEAST_SHARE
        trials.append(Trial(k=k, silhouette=round(silhouette, 4), stability=round(stability, 4), smallest=round(smallest, 4), passed=good))
    passed = [t for t in trials if t.passed]
    firm = [t for t in passed if t.stability >= FIRM_STABILITY]
    best = max(firm or passed or trials, key=lambda t: (_score(t, trials), -t.k))
    return [t.model_copy(update={"chosen": t.k == best.k}) for t in trials]


def _score(trial: Trial, trials: list[Trial]) -> float:
    """z(silhouette) + z(stability) over the tried k."""
    total = 0.0
    for name in ("silhouette", "stability"):
        values = np.array([getattr(t, name) for t in trials])
        total += (getattr(trial, name) - values.mean()) / (values.std() or 1.0)
    return round(float(total), 9)


def _distances(data: np.ndarray) -> np.ndarray:
    square = (data**2).sum(1)
    gaps = np.sqrt(np.maximum(square[:, None] + square - 2 * data @ data.T, 0))
    np.fill_diagonal(gaps, 0)
    return gaps


def polish(points: EnginePoints | ArrayPoints, centres: np.ndarray, passes: int = PASSES) -> tuple[np.ndarray, list[float]]:
    """Run exact Lloyd passes over all customers; returns the centres and J before each pass (never rising).

    A centre that nobody is nearest to stays where it is.
    """
    history: list[float] = []
    for _ in range(passes):
        sums = points.sums(centres)
        history.append(float(sums.gaps.sum()))
        held = sums.counts > 0
        moved = centres.copy()
        # Rounded, so that the order in which an engine adds up does not move a customer.
        moved[held] = (sums.totals[held] / sums.counts[held, None]).round(9)
        shift = float(np.abs(moved - centres).max())
        centres = moved
        if shift < SETTLED:
            break
    return centres, history
