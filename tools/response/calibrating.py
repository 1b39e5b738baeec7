"""Chooses how logits are calibrated on rows that no member learnt from: Platt's line, a bend in its place, an offset per channel.

A bend is beta calibration (Kull et al. 2017) or isotonic regression (Zadrozny and Elkan 2002), tried when there are positives enough
and kept when it is better than the line by more than noise on rows that it was not fitted to (folds). The offsets of a column's levels
are shrunk by the variance that the levels show beyond chance (empirical Bayes), and kept by the same rule. Every map is
monotone by construction. Not here: Platt's line itself and the scores (`calibration`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .calibration import platt
from .encoding import Encoder, sigmoid

# Rows of the rarer outcome from which a bend is tried: three numbers for beta, one per step for isotonic.
LEAST = {"beta": 100, "isotonic": 1_000}
LEAST_OFFSETS = 60
FOLDS = 5
# Standard errors of a paired difference that chance exceeds once in twenty times (one-sided).
CLEARLY = 1.64
# "No change" counts for so many rows of each outcome in a beta map; its slopes stay above `FLATTEST`.
LEAN, FLATTEST = 100.0, 0.05
COLUMN = "channel"
# Levels whose bias is told, the most frequent ones.
TOLD = 20


@dataclass(frozen=True)
class Bend:
    """A strictly rising map of the logit: ``beta`` with (a, b, c), or ``isotonic`` through points (x, y), of slope 1 beyond them."""

    method: str
    x: tuple[float, ...]
    y: tuple[float, ...] = ()

    def __call__(self, z: np.ndarray) -> np.ndarray:
        if self.method == "beta":
            a, b, c = self.x
            return c - a * np.logaddexp(0, -z) + b * np.logaddexp(0, z)
        return np.interp(z, self.x, self.y) + np.minimum(z - self.x[0], 0) + np.maximum(z - self.x[-1], 0)


@dataclass(frozen=True)
class Correction:
    """What follows Platt's line (or stands in its place): a bend, a shift, and an offset per level of one column; levels without one are not moved."""

    bend: Bend | None = None
    column: str | None = None
    offsets: dict[str, float] = field(default_factory=dict)
    shift: float = 0.0

    def bent(self, z: np.ndarray) -> np.ndarray:
        """Logits after the bend and the shift, before the offsets."""
        return (self.bend(z) if self.bend else z) + self.shift

    def offset(self, encoder: Encoder, codes: np.ndarray) -> np.ndarray | float:
        """Offset of every row by its codes [fields, n]; 0 without a column."""
        if self.column is None:
            return 0.0
        table = np.zeros(encoder.sizes[encoder.names.index(self.column)])
        for level, value in self.offsets.items():
            table[encoder.index[self.column].get(level, 0)] = value
        table[0] = 0.0
        return table[codes[encoder.names.index(self.column)]]

    def kept(self, share: float) -> Correction:
        """Return the correction with that share of its offsets."""
        return replace(self, offsets={level: share * value for level, value in self.offsets.items()})

    def shifted(self, by: float) -> Correction:
        """Return the correction with its logits moved by so much."""
        return replace(self, shift=self.shift + by)

    def to_json(self) -> dict[str, Any]:
        bend = {"method": self.bend.method, "x": self.bend.x, "y": self.bend.y} if self.bend else None
        return {"bend": bend, "column": self.column, "offsets": self.offsets, "shift": self.shift}

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Correction:
        bend = told["bend"] and Bend(told["bend"]["method"], tuple(told["bend"]["x"]), tuple(told["bend"]["y"]))
        return cls(bend, told["column"], told["offsets"], told["shift"])


def calibrate(
    z: np.ndarray, y: np.ndarray, encoder: Encoder, codes: np.ndarray, seed: int
) -> tuple[tuple[float, float], Correction | None, dict[str, Any]]:
    """Return Platt's scale and shift, what follows them (None for nothing), and the facts, from held-out logits z and labels y [n].

    Facts: ``method`` (``none``, ``platt``, ``beta``, ``isotonic``), the cross-fitted logloss of what was ``tried``, and ``channels``, the bias
    of every level of the column before and, cross-fitted, after its offset.
    """
    fold = np.random.default_rng(seed).permutation(len(y)) % FOLDS
    line = platt(z, y)
    rarer = int(min(y.sum(), len(y) - y.sum()))
    straight = _crossed(lambda own: _line(z[own], y[own]), z, fold)
    tried = [{"method": "platt", "logloss": _mean(straight, y)}]
    bend, best = None, straight
    for method, fit in (("beta", fit_beta), ("isotonic", fit_isotonic)):
        if rarer < LEAST[method]:
            continue
        held = _crossed(lambda own, fit=fit: fit(z[own], y[own]), z, fold)
        tried.append({"method": method, "logloss": _mean(held, y)})
        if clearly(held, best, y):
            line, bend, best = (1.0, 0.0), fit(z, y), held
    told: dict[str, Any] = {"method": bend.method if bend else "none" if line == (1.0, 0.0) else "platt", "rarer": rarer, "tried": tried}
    correction = Correction(bend)
    column = next((n for n in encoder.names if n.removeprefix("cat_") == COLUMN and n in encoder.index), None)
    if column is not None and rarer >= LEAST_OFFSETS:
        at = codes[encoder.names.index(column)]
        offsets, told["channels"] = by_level(correction.bent(line[0] * z + line[1]), y, at, ["", *encoder.index[column]], fold)
        correction = replace(correction, column=column if offsets else None, offsets=offsets)
    return line, None if correction == Correction() else correction, told


def clearly(z: np.ndarray, than: np.ndarray, y: np.ndarray) -> bool:
    """Tell whether z has less logloss than another by more than chance explains."""
    gain = np.logaddexp(0, than) - np.logaddexp(0, z) - y * (than - z)
    return bool(gain.mean() > CLEARLY * gain.std() / max(len(y), 1) ** 0.5)


def fit_beta(z: np.ndarray, y: np.ndarray) -> Bend:
    """Beta map of logits, leaning on "no change": logit q = c + a ln p - b ln(1 - p) with a, b above 0."""
    from scipy.optimize import minimize

    x = np.stack([-np.logaddexp(0, -z), np.logaddexp(0, z), np.ones_like(z)])
    plain = np.array([1.0, 1.0, 0.0])

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        q = w @ x
        own = np.logaddexp(0, q) - y * q
        return float(own.sum() + LEAN / 2 * ((w - plain) ** 2).sum()), x @ (sigmoid(q) - y) + LEAN * (w - plain)

    found = minimize(loss, plain, jac=True, method="L-BFGS-B", bounds=[(FLATTEST, None), (FLATTEST, None), (None, None)])
    return Bend("beta", tuple(float(w) for w in found.x))


def fit_isotonic(z: np.ndarray, y: np.ndarray) -> Bend:
    """Isotonic map of logits: rates of the blocks that pooled, each with one more row of the mean rate, joined by straight lines."""
    from scipy.optimize import isotonic_regression

    order = np.argsort(z, kind="stable")
    rising: Any = isotonic_regression(y[order])
    edges = rising.blocks[:-1]
    n = np.diff(rising.blocks)
    rate = (np.add.reduceat(y[order], edges) + y.mean()) / (n + 1)
    x = np.add.reduceat(z[order], edges) / n
    # Rows of equal logits may lie in two blocks.
    keep = np.concatenate([[True], np.diff(x) > 1e-9])
    told = np.log(rate / (1 - rate))[keep]
    told = np.maximum.accumulate(told) + 1e-9 * np.arange(len(told))
    return Bend("isotonic", tuple(x[keep].tolist()), tuple(told.tolist()))


def by_level(
    z: np.ndarray, y: np.ndarray, codes: np.ndarray, names: list[str], fold: np.ndarray
) -> tuple[dict[str, float], dict[str, Any]]:
    """Return the offset of every level (empty when held-out rows do not support them), and the facts."""
    held = z.copy()
    for k in range(FOLDS):
        own = fold == k
        held[own] += fit_offsets(z[~own], y[~own], codes[~own], len(names))[codes[own]]
    used = clearly(held, z, y)
    offsets = fit_offsets(z, y, codes, len(names))
    gain = np.logaddexp(0, z) - np.logaddexp(0, held) + y * (held - z)
    most = [int(code) for code in np.argsort(-np.bincount(codes, minlength=len(names)), kind="stable")[: TOLD + 1] if code]
    levels = {
        names[code]: {"rows": int(own.sum()), "before": bias(z[own], y[own]), "after": bias((held if used else z)[own], y[own])}
        for code in sorted(most)
        if (own := codes == code).any()
    }
    told = {"used": used, "gain": float(gain.mean()), "error": float(gain.std() / max(len(y), 1) ** 0.5), "levels": levels}
    return ({name: float(offsets[code]) for code, name in enumerate(names) if code} if used else {}), told


def fit_offsets(z: np.ndarray, y: np.ndarray, codes: np.ndarray, size: int, steps: int = 8) -> np.ndarray:
    """Offsets of the logit by level [size], shrunk by the variance that levels show beyond chance; 0 for code 0, all 0 without any."""
    offsets = np.zeros(size)
    variance = 0.0
    for step in range(steps):
        p = sigmoid(z + offsets[codes])
        slope, bend = np.bincount(codes, y - p, size), np.bincount(codes, p * (1 - p), size)
        slope[0] = bend[0] = 0
        if step == 0:
            variance = max(float((slope**2 - bend).sum()) / max(float((bend**2).sum()), 1e-12), 0.0)
            if variance == 0:
                return offsets
        offsets += np.clip((slope - offsets / variance) / (bend + 1 / variance), -1, 1)
    offsets[0] = 0
    return offsets


def bias(z: np.ndarray, y: np.ndarray) -> list[float] | None:
    """Mean p / observed rate with its 95 % interval (positives as a Poisson count), [bias, low, high]; None without positives."""
    from scipy.stats import chi2

    hits, expected = float(y.sum()), float(sigmoid(z).sum())
    if not hits:
        return None
    return [expected / hits, expected / float(chi2.ppf(0.975, 2 * hits + 2) / 2), expected / float(chi2.ppf(0.025, 2 * hits) / 2)]


def _line(z: np.ndarray, y: np.ndarray) -> Any:
    scale, shift = platt(z, y)
    return lambda held: scale * held + shift


def _crossed(map_of: Any, z: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Logits of every row by a map fitted to the other folds."""
    held = np.empty(len(z))
    for k in range(FOLDS):
        own = fold == k
        held[own] = map_of(~own)(z[own])
    return held


def _mean(z: np.ndarray, y: np.ndarray) -> float:
    return float((np.logaddexp(0, z) - y * z).mean()) if len(y) else 0.0
