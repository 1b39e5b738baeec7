"""Logistic regression with a strength per field, and with the crossings of fields that the data ask for.

P = sigmoid(w.x + b): every level of a field has a weight drawn from a normal around 0 whose variance is the field's own,
estimated with the weights (MacKay 1992). A field that says nothing shrinks away, one that says much is free to, and a level
never seen is an average one. Crossings are found by the score test of a variance component (Lin 1997) on what the
main effects leave unexplained: fields whose levels go up and down together more than chance. Scoring is table lookups.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import numpy as np

from .encoding import FOLDS, Rows, cross, sigmoid

# Crossings added per round, rounds (the later ones also try threes), and the score they need in standard deviations.
PER_ROUND = 6
ROUNDS = 3
LEAST_SCORE = 3.0
# A crossing whose levels hardly differ (standard deviation on the logit scale) is dropped again.
LEAST_SPREAD = 0.03
SWEEPS = 12
# Share of an earlier model's weights that a term is expected to keep, and the precision of that expectation (sd 0.5).
SHARE, SHARE_PRECISION = 0.5, 4.0
# Earlier weights by the columns a term crosses, one table by index each; their share is what the weights lean on instead of 0 (`transfer`).
Prior = dict[tuple[int, ...], np.ndarray]
# Neighbouring terms share one table of at most so many cells while weights are fitted.
CELLS = 4096
# Curvature of a row that is as good as certain; above 0, so that it can be divided by.
LEAST_BEND = 1e-9


@dataclass
class Crossed:
    """Fitted weights: `fields[i]` are the columns that term i crosses, `weights[i]` its table by index, `spread` its prior sd,
    `mean` its mean over the training rows, `shares[i]` what it kept of earlier weights (only told after a fit)."""

    bias: float
    fields: list[tuple[int, ...]]
    weights: list[np.ndarray]
    variance: list[np.ndarray]
    spread: list[float]
    mean: list[float]
    sizes: list[int]
    shares: list[float] = field(default_factory=list)

    def indices(self, rows: Rows) -> list[np.ndarray]:
        """Index of every term's level, [terms] of int32 [n]."""
        return [cross(rows.codes, self.sizes, f)[0] for f in self.fields]

    def logits(self, rows: Rows) -> np.ndarray:
        """w.x + b, float64 [n]."""
        z = np.full(len(rows), self.bias)
        for f, w in zip(self.fields, self.weights, strict=True):
            z += w[cross(rows.codes, self.sizes, f)[0]]
        return z

    def scaled(self, scale: float, shift: float) -> Crossed:
        """Return the regression whose logits are scale * logits + shift."""
        weights, variance = [scale * w for w in self.weights], [np.float32(scale**2) * v for v in self.variance]
        return replace(self, bias=scale * self.bias + shift, weights=weights, variance=variance, mean=[scale * m for m in self.mean])

    def uncertainty(self, rows: Rows) -> np.ndarray:
        """Posterior variance of the logit (Laplace, terms taken as independent); a level never seen adds its field's whole variance."""
        return np.sum([v[i] for v, i in zip(self.variance, self.indices(rows), strict=True)], axis=0)

    def terms(self, rows: Rows) -> np.ndarray:
        """Exact addends of the logit, [terms, n]; their sum and `bias` is `logits`."""
        return np.stack([w[i] for w, i in zip(self.weights, self.indices(rows), strict=True)])


def fit(rows: Rows, sizes: list[int], y: np.ndarray, *, crossings: bool = True, prior: Prior | None = None) -> tuple[Crossed, Crossed]:
    """Fit main effects, then add crossings round by round; returns (main effects only, with crossings)."""
    n_fields = len(sizes)
    state = _State(rows, sizes, y, prior)
    for i in range(n_fields):
        state.add((i,), 20.0)
    state.solve(SWEEPS)
    main = state.result()
    known = [fields for fields in state.prior if len(fields) > 1] if crossings else []
    for fields in known:
        state.add(fields, 20.0)
    if known:
        state.solve(SWEEPS)
    for turn in range(ROUNDS if crossings else 0):
        found = sorted(state.scores(_candidates(state.fields, n_fields, turn)), reverse=True)[:PER_ROUND]
        if not found:
            break
        for _, variance, fields in found:
            state.add(fields, float(np.clip(1 / max(variance, 1e-3), 0.5, 1e3)))
        state.solve(SWEEPS)
    if not crossings:
        return main, main
    state.drop(LEAST_SPREAD)
    return main, state.result()


def refit(model: Crossed, rows: Rows, sizes: list[int], y: np.ndarray, sweeps: int = 6, prior: Prior | None = None) -> Crossed:
    """Fit the same terms with the same strengths to other rows."""
    state = _State(rows, sizes, y, prior)
    for fields, spread in zip(model.fields, model.spread, strict=True):
        state.add(fields, 1 / spread**2)
    state.solve(sweeps, strengths=False)
    return state.result()


def out_of_fold(model: Crossed, rows: Rows, y: np.ndarray, fold: np.ndarray, prior: Prior | None = None) -> np.ndarray:
    """Logits of the training rows, each from a fit to the other folds."""
    z = np.empty(len(y))
    for k in range(FOLDS):
        held = fold == k
        z[held] = refit(model, rows.take(~held), model.sizes, y[~held], prior=prior).logits(rows.take(held))
    return z


def _candidates(used: list[tuple[int, ...]], n_fields: int, turn: int) -> Iterator[tuple[int, ...]]:
    seen = set(used)
    pairs = set(combinations(range(n_fields), 2))
    threes = {tuple(sorted({*u, i})) for u in used if len(u) == 2 for i in range(n_fields) if i not in u} if turn else set()
    yield from sorted((pairs | threes) - seen)


class _State:
    """The running fit: weights by block coordinate ascent (levels of one field never share a row, so its step is exact)."""

    def __init__(self, rows: Rows, sizes: list[int], y: np.ndarray, prior: Prior | None = None) -> None:
        mean = float(np.clip(y.mean(), 1e-6, 1 - 1e-6))
        self.rows, self.sizes, self.y, self.prior = rows, sizes, y, prior or {}
        self.bias = float(np.log(mean / (1 - mean)))
        self.z = np.full(len(y), self.bias)
        self.fields: list[tuple[int, ...]] = []
        self.indices: list[np.ndarray] = []
        self.weights: list[np.ndarray] = []
        self.means: list[np.ndarray] = []
        self.precision: list[float] = []
        self.shares: list[float] = []

    def add(self, fields: tuple[int, ...], precision: float) -> None:
        index, size = cross(self.rows.codes, self.sizes, fields)
        self.fields.append(fields)
        # As wide as NumPy's own indices: otherwise every sum and every look-up below would widen it again.
        self.indices.append(index.astype(np.intp))
        self.means.append(SHARE * self.prior[fields] if fields in self.prior else np.zeros(size))
        self.weights.append(self.means[-1].copy())
        self.precision.append(precision)
        self.shares.append(SHARE if fields in self.prior else 0.0)
        if fields in self.prior:
            self.z += self.means[-1][index]

    def drop(self, least: float) -> None:
        for i in reversed(range(len(self.fields))):
            if len(self.fields[i]) > 1 and self.fields[i] not in self.prior and self.precision[i] > 1 / least**2:
                self.z -= self.weights[i][self.indices[i]]
                for part in (self.fields, self.indices, self.weights, self.means, self.precision, self.shares):
                    del part[i]
        self.solve(2, strengths=False)

    def curvature(self) -> tuple[np.ndarray, np.ndarray]:
        p = sigmoid(self.z)
        return self.y - p, np.maximum(p * (1 - p), LEAST_BEND)

    def blocks(self) -> list[tuple[list[int], np.ndarray]]:
        """Terms whose levels make one table of at most `CELLS`, in their order, and each row's cell; terms with a prior stand alone."""
        found: list[tuple[list[int], np.ndarray]] = []
        cells = CELLS
        for i, (index, w) in enumerate(zip(self.indices, self.weights, strict=True)):
            alone = self.fields[i] in self.prior
            if alone or cells * len(w) > CELLS:
                found.append(([i], index))
                cells = CELLS if alone else len(w)
            else:
                terms, joint = found[-1]
                found[-1] = ([*terms, i], joint * len(w) + index)
                cells *= len(w)
        return found

    def solve(self, sweeps: int, *, strengths: bool = True) -> None:
        """Newton steps on the whole, each solved by two passes over the terms; then each term's strength anew.

        What a step of one term does to the slopes of another is read off their common table, so that rows are passed once per table.
        """
        moved = np.empty(len(self.z))
        blocks = self.blocks()
        shapes = [tuple(len(self.weights[i]) for i in terms) for terms, _ in blocks]
        heights = [np.zeros(0)] * len(self.weights)
        for _ in range(sweeps):
            slope, bend = self.curvature()
            begun = slope.copy()
            tables = [
                np.bincount(joint, bend, int(np.prod(shape))).reshape(shape) for (_, joint), shape in zip(blocks, shapes, strict=True)
            ]
            for (terms, _), table in zip(blocks, tables, strict=True):
                for axis, i in enumerate(terms):
                    heights[i] = _along(table, axis)
            total = float(bend.sum())
            for _ in range(2):
                for (terms, joint), table in zip(blocks, tables, strict=True):
                    left, steps = np.bincount(joint, slope, table.size).reshape(table.shape), np.zeros(table.shape)
                    for axis, i in enumerate(terms):
                        w = self.weights[i]
                        step = (_along(left, axis) - self.precision[i] * (w - self.means[i])) / (heights[i] + self.precision[i])
                        step[0] = 0
                        np.clip(step, -1, 1, out=step)
                        w += step
                        spread = step.reshape([-1 if a == axis else 1 for a in range(table.ndim)])
                        left -= spread * table
                        steps += spread
                    steps.ravel().take(joint, out=moved, mode="clip")
                    moved *= bend
                    slope -= moved
                    if self.fields[terms[0]] in self.prior:
                        slope = self.lean(terms[0], slope, bend, heights[terms[0]])
                shift = float(slope.sum()) / total
                self.bias += shift
                slope -= bend * shift
            # What the slope lost by all steps is the curvature times how far the logits have moved.
            self.z += (begun - slope) / bend
            if strengths:
                self.learn_strengths(heights)

    def lean(self, i: int, slope: np.ndarray, bend: np.ndarray, height: np.ndarray) -> np.ndarray:
        """Newton step of the share of the earlier weights that term i keeps; returns the slopes after it."""
        plain = self.prior[self.fields[i]]
        pull = float(plain @ np.bincount(self.indices[i], slope, len(plain))) - SHARE_PRECISION * (self.shares[i] - SHARE)
        by = pull / (float(plain**2 @ height) + SHARE_PRECISION)
        self.shares[i] += by
        self.means[i] += by * plain
        self.weights[i] += by * plain
        return slope - bend * (by * plain)[self.indices[i]]

    def learn_strengths(self, heights: list[np.ndarray]) -> None:
        for i, height in enumerate(heights):
            h = height[1:]
            determined = float((h / (h + self.precision[i])).sum())
            moved = float(((self.weights[i] - self.means[i])[1:] ** 2).sum())
            self.precision[i] = float(np.clip((determined + 1e-3) / (moved + 2e-6), 0.1, 1e5))

    def scores(self, candidates: Iterator[tuple[int, ...]]) -> Iterator[tuple[float, float, tuple[int, ...]]]:
        """Yield (score, variance, fields) of crossings beyond `LEAST_SCORE`: pairs of rows of one level that err together."""
        slope, bend = self.curvature()
        own, square = slope * slope, bend * bend
        for fields in candidates:
            index, _ = cross(self.rows.codes, self.sizes, fields)
            known = index > 0
            s, h = np.bincount(index, slope), np.bincount(index, bend)
            together = float((s[1:] ** 2).sum() - own[known].sum())
            weight = float((h[1:] ** 2).sum() - square[known].sum())
            if weight > 0 and together > LEAST_SCORE * (2 * weight) ** 0.5:
                yield together / (2 * weight) ** 0.5, together / weight, fields

    def result(self) -> Crossed:
        _, bend = self.curvature()
        variance: list[Any] = []
        for i, index in enumerate(self.indices):
            v = 1 / (np.bincount(index, bend, len(self.weights[i])) + self.precision[i])
            v[0] = 1 / self.precision[i]
            variance.append(v.astype(np.float32))
        spread = [float(p**-0.5) for p in self.precision]
        mean = [float(w[index].mean()) for w, index in zip(self.weights, self.indices, strict=True)]
        return Crossed(
            self.bias, list(self.fields), [w.copy() for w in self.weights], variance, spread, mean, self.sizes, list(self.shares)
        )


def _along(table: np.ndarray, axis: int) -> np.ndarray:
    """Sums of a table over all axes but one."""
    return table.sum(axis=tuple(a for a in range(table.ndim) if a != axis)) if table.ndim > 1 else table
