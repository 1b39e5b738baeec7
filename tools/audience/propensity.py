"""The chance to buy: logistic regression, or LightGBM where it is better on a later window by more than noise.

A recipe stands at a moment t: it learns on the two windows before the last one, chooses and is calibrated (Platt 1999) on
the last one, and speaks of the window from t on. The recipe of one window ago is held against what then happened; that
record is what a reader is shown, and the recipe of today is what ranks.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .moments import Rows
from .rebuying import Array

TREES: dict[str, Any] = {
    "objective": "binary", "num_leaves": 15, "learning_rate": 0.06, "min_data_in_leaf": 40, "feature_fraction": 0.8, "lambda_l2": 5.0,
    "num_threads": 1, "verbosity": -1, "deterministic": True, "force_row_wise": True,
}  # fmt: skip
ROUNDS = 120
Z80 = 1.2815515655446004
# Standard errors by which trees have to be better before they replace a line that can be read.
CLEAR = 1.0


class Propensity(NamedTuple):
    """A fitted recipe: `kind` is ``logistic`` or ``trees``; `slope` and `offset` calibrate its logit."""

    kind: str
    columns: list[str]
    mean: Array
    scale: Array
    weights: Array
    intercept: float
    booster: Any
    slope: float
    offset: float

    def score(self, x: Array) -> Array:
        """Return calibrated probabilities, inside (0, 1)."""
        return _sigmoid(self.slope * self._logit(x) + self.offset)

    def reasons(self, x: Array) -> Array:
        """Return each column's part of each row's logit, against the average customer: [rows, columns]."""
        if self.kind == "logistic":
            return self.slope * (x - self.mean) / self.scale * self.weights
        return self.slope * np.asarray(self.booster.predict(x, pred_contrib=True))[:, :-1]

    def _logit(self, x: Array) -> Array:
        if self.kind == "logistic":
            return (x - self.mean) / self.scale @ self.weights + self.intercept
        return np.asarray(self.booster.predict(x, raw_score=True))


def fit_propensity(learn: list[Rows], last: Rows, seed: int = 0) -> Propensity:
    """Fit on `learn`, choose and calibrate on `last`; all have buyers and others."""
    x, y, w = (np.concatenate([getattr(r, name) for r in learn]) for name in ("x", "bought", "weight"))
    line = fit_line(learn[0].columns, x, y, w)
    trees = _trees(learn[0].columns, x, y, w, seed)
    line, trees = _calibrated(line, last), _calibrated(trees, last)
    better = _loss(line.score(last.x), last) - _loss(trees.score(last.x), last)
    gain = float(np.average(better, weights=last.weight))
    noise = float(np.sqrt((last.weight**2 * (better - gain) ** 2).sum()) / last.weight.sum())
    return trees if gain > CLEAR * noise else line


def auc(score: Array, bought: Any, weight: Array) -> tuple[float, float, float]:
    """Return the area under the ROC curve with P10 and P90 (Hanley and McNeil 1982); 0.5 where everybody is alike."""
    _, tied = np.unique(score, return_inverse=True)
    others = np.bincount(tied, np.where(bought, 0.0, weight))
    # Of those with the same score, half count as below.
    below = np.cumsum(others) - others / 2
    a = float(np.average(below[tied][bought], weights=weight[bought])) / float(others.sum())
    n1, n0 = int(bought.sum()), int((~bought).sum())
    q1, q2 = a / (2 - a), 2 * a * a / (1 + a)
    error = float(np.sqrt(max(0.0, a * (1 - a) + (n1 - 1) * (q1 - a * a) + (n0 - 1) * (q2 - a * a)) / (n1 * n0)))
    return a, max(0.0, a - Z80 * error), min(1.0, a + Z80 * error)


def fit_line(columns: list[str], x: Array, y: Any, w: Array) -> Propensity:
    """Fit a logistic regression on standardised columns, not calibrated; `w` weighs the rows."""
    from sklearn.linear_model import LogisticRegression

    mean = np.average(x, axis=0, weights=w)
    scale = np.sqrt(np.average((x - mean) ** 2, axis=0, weights=w))
    scale = np.where(scale > 1e-9, scale, 1.0)
    fitted = LogisticRegression(C=0.3, max_iter=300).fit((x - mean) / scale, y, sample_weight=w)
    return Propensity("logistic", columns, mean, scale, fitted.coef_[0], float(fitted.intercept_[0]), None, 1.0, 0.0)


def _trees(columns: list[str], x: Array, y: Any, w: Array, seed: int) -> Propensity:
    import lightgbm

    data = lightgbm.Dataset(x, label=y.astype(float), weight=w, free_raw_data=False)
    booster = lightgbm.train(TREES | {"seed": seed}, data, num_boost_round=ROUNDS)
    nothing = np.zeros(len(columns))
    return Propensity("trees", columns, nothing, nothing + 1, nothing, 0.0, booster, 1.0, 0.0)


def _calibrated(model: Propensity, rows: Rows) -> Propensity:
    """Fit slope and offset on a later window, leaning on (1, 0) with the weight of two customers."""
    from scipy.optimize import minimize

    logit = model._logit(rows.x)

    def loss(v: Array) -> float:
        p = np.clip(_sigmoid(v[0] * logit + v[1]), 1e-12, 1 - 1e-12)
        each = -np.where(rows.bought, np.log(p), np.log1p(-p))
        return float(rows.weight @ each + (v[0] - 1) ** 2 + v[1] ** 2)

    found = minimize(loss, np.array([1.0, 0.0]), method="L-BFGS-B", bounds=[(0.1, 3.0), (-8.0, 8.0)])
    return model._replace(slope=float(found.x[0]), offset=float(found.x[1]))


def _loss(p: Array, rows: Rows) -> Array:
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return -np.where(rows.bought, np.log(p), np.log1p(-p))


def _sigmoid(z: Array) -> Array:
    return np.clip(1 / (1 + np.exp(-np.clip(z, -30, 30))), 1e-9, 1 - 1e-9)
