"""Effects of price and promotion on demand with everything else taken out: cross-fitted, partially linear.

Covers demand in logarithms, ``ln units = t'T + g(X) + noise``, and demand in counts, ``E[units] = exp(t'T + g(X))``, for treatments
T (price, promotion). What the controls X say of demand and of the treatments is learned on other folds and taken out, so that slow
errors of those models cancel (Chernozhukov et al. 2018, Econometrics Journal 21, sections 1 and 4.1; for counts the orthogonal
score is ``(units e^(-t'T) - h(X)) (T - m(X))``). Models are mixed by short-stacking (Ahrens et al. 2025). Several splits, median over them
(section 3.4 there). Not covered: effects that differ with X, instruments, errors that hang together over time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
FOLDS, SPLITS = 5, 3
# Fewer rows than this feed no boosted trees: there is nothing in them that splines do not see.
ROWS_FOR_TREES = 500
# Columns with at most this many values are levels, not a scale.
LEVELS = 12
KNOTS = (5, 16)
ROWS_PER_KNOT = 25
PENALTIES = np.logspace(-3, 2, 6)
COUNT_PENALTY = 1e-3
STEPS = 30


class Controls(NamedTuple):
    """What is taken out: `raw` columns [n, k] for trees, their `basis` of splines and levels [n, b] for linear models."""

    raw: Array
    basis: Array

    @classmethod
    def of(cls, columns: Sequence[Array], n: int) -> Controls:
        """Lay out control columns; a scale becomes cubic splines, a few levels become indicators."""
        from sklearn.preprocessing import OneHotEncoder, SplineTransformer

        kept = [np.asarray(c, float)[:, None] for c in columns if len(np.unique(c)) > 1]
        if not kept:
            return cls(np.zeros((n, 0)), np.zeros((n, 0)))
        knots = int(np.clip(n // ROWS_PER_KNOT, *KNOTS))
        parts = [
            OneHotEncoder(sparse_output=False).fit_transform(c)
            if len(np.unique(c)) <= LEVELS
            else SplineTransformer(n_knots=knots, knots="quantile", extrapolation="constant", include_bias=False).fit_transform(c)
            for c in kept
        ]
        return cls(np.column_stack(kept), np.column_stack(parts))


class Split(NamedTuple):
    """One split: treatments with what the controls say of them taken out [n, d], and the same for demand.

    `demand` is the residual of ln(units) in logarithms, ``h(X)`` for counts.
    """

    treatments: Array
    demand: Array


class Effects(NamedTuple):
    """Effects [d] with their covariance [d, d], and the noise that is left (standard deviation of ln units)."""

    value: Array
    covariance: Array
    noise: float


def splits(controls: Controls, treatments: Array, units: Array, moment: Ints, seed: int, usual: Array | None = None) -> list[Split]:
    """Take out what the controls say, several times, with folds that keep rows of one moment together.

    `treatments` [n, d] and, in logarithms, `units` [n] come with the level of their product taken out; for counts `usual` [n] is
    that level.
    """
    if not controls.raw.shape[1]:
        return [Split(treatments, units if usual is None else usual)]
    rng = np.random.default_rng(seed)
    moments, at = np.unique(moment, return_inverse=True)
    return [_split(controls, treatments, units, (rng.permutation(len(moments)) % FOLDS)[at], usual) for _ in range(SPLITS)]


def solve(found: Sequence[Split], treatments: Array, units: Array, rows: NDArray[np.bool_], *, counts: bool) -> Effects | None:
    """Solve for the effects in some `rows` (bool [n]); None where the treatments do not vary there."""
    each = [(_solve_counts if counts else _solve_logs)(s.treatments[rows], s.demand[rows], treatments[rows], units[rows]) for s in found]
    solved = [e for e in each if e is not None]
    if not solved:
        return None
    value = np.asarray(np.median([e.value for e in solved], axis=0), float)
    spread = [e.covariance + np.outer(e.value - value, e.value - value) for e in solved]
    return Effects(value, np.asarray(np.median(spread, axis=0), float), float(np.median([e.noise for e in solved])))


def _split(controls: Controls, treatments: Array, units: Array, fold: Ints, usual: Array | None) -> Split:
    clean = np.column_stack([t - _out_of_fold(controls, t, fold) for t in treatments.T])
    if usual is None:
        return Split(clean, units - _out_of_fold(controls, units, fold))
    # h(X) = E[units e^(-t'T) | X] depends on the effects; two rounds settle both.
    value, level = np.zeros(treatments.shape[1]), usual
    for _ in range(2):
        factor = usual * np.exp(treatments @ value)
        level = usual * _counts_out_of_fold(controls, units / factor, factor / factor.mean(), fold)
        solved = _solve_counts(clean, level, treatments, units)
        if solved is None:
            break
        value = solved.value
    return Split(clean, level)


def _out_of_fold(controls: Controls, y: Array, fold: Ints) -> Array:
    """Predict each row from models that have not seen its fold, mixed by what they predict best."""
    from scipy.optimize import nnls
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.linear_model import RidgeCV

    trees = len(y) >= ROWS_FOR_TREES
    predicted = np.zeros((len(y), 1 + trees))
    for k in range(FOLDS):
        fit, rest = fold != k, fold == k
        predicted[rest, 0] = RidgeCV(alphas=PENALTIES).fit(controls.basis[fit], y[fit]).predict(controls.basis[rest])
        if trees:
            model = HistGradientBoostingRegressor(max_iter=40, max_leaf_nodes=8, learning_rate=0.2, early_stopping=False)  # pyright: ignore[reportArgumentType]
            predicted[rest, 1] = model.fit(controls.raw[fit], y[fit]).predict(controls.raw[rest])
    weights = nnls(predicted, y)[0]
    total = weights.sum()
    return predicted @ (weights / total) if total > 0 else np.zeros(len(y))


def _counts_out_of_fold(controls: Controls, y: Array, weight: Array, fold: Ints) -> Array:
    from sklearn.linear_model import PoissonRegressor

    level = np.ones(len(y))
    for k in range(FOLDS):
        fit, rest = fold != k, fold == k
        model = PoissonRegressor(alpha=COUNT_PENALTY, solver="newton-cholesky").fit(controls.basis[fit], y[fit], sample_weight=weight[fit])
        level[rest] = model.predict(controls.basis[rest])
    return level


def _solve_logs(clean: Array, demand: Array, _treatments: Array, _units: Array) -> Effects | None:
    clean, demand = clean - clean.mean(0), demand - demand.mean()
    gram = clean.T @ clean
    if _flat(gram, len(demand)):
        return None
    value = np.asarray(np.linalg.solve(gram, clean.T @ demand), float)
    left = demand - clean @ value
    bread = np.linalg.inv(gram)
    free = max(len(left) - len(value) - 1, 1) / len(left)
    return Effects(value, bread @ (clean.T * left**2) @ clean @ bread, float(np.sqrt(left @ left / len(left) / free)))


def _solve_counts(clean: Array, level: Array, treatments: Array, units: Array) -> Effects | None:
    """Newton on the orthogonal score; the level of these rows is free, so that their own scale never counts as an effect."""
    if _flat((clean - clean.mean(0)).T @ (clean - clean.mean(0)), len(units)) or units.sum() <= 0:
        return None
    one = np.ones(len(units))
    design, answer = np.column_stack([one, treatments]), np.column_stack([one, clean])
    theta = np.zeros(design.shape[1])
    theta[0] = np.log(units.sum() / level.sum())
    for _ in range(STEPS):
        scaled = units * np.exp(-np.clip(design @ theta, -20, 20))
        slope = (answer * scaled[:, None]).T @ design
        try:
            step = np.linalg.solve(slope, answer.T @ (scaled - level))
        except np.linalg.LinAlgError:
            return None
        theta += np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-10:
            break
    scaled = units * np.exp(-np.clip(design @ theta, -20, 20))
    bread = np.linalg.inv((answer * scaled[:, None]).T @ design)
    score = answer * (scaled - level)[:, None]
    covariance = bread @ (score.T @ score) @ bread.T
    if not np.isfinite(covariance).all():
        return None
    mean = level * np.exp(design @ theta)
    noise = float(np.sqrt(((units - mean) ** 2 / mean).sum() / max(len(units) - len(theta), 1) / max(mean.mean(), 1e-12)))
    return Effects(theta[1:], covariance[1:, 1:], noise)


def _flat(gram: Array, rows: int) -> bool:
    return rows <= len(gram) + 1 or bool(np.linalg.eigvalsh(gram)[0] < 1e-9 * rows)
