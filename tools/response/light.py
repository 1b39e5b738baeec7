"""The light variant in bytes: every weight of the regression as one signed byte times a scale of its table.

Weights are rounded to the nearest of 255 steps (symmetric linear quantisation, Jacob et al. 2018); levels of which nothing is left
are forgotten, which changes no prediction, since a level never seen weighs nothing. Variances keep a byte too, on a
logarithmic scale. Files hold the bytes; in memory they are tables again, so that serving, drivers and intervals are those of
any other model. Not here: choosing and calibrating (`choosing`), files (`model`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .crossed import Crossed
from .encoding import Encoder, cross

STEPS = 127
# A variance is the widest of its table, halved once per so many steps: 16 halvings, each within 2.2 %.
PER_HALVING = 16
# Bytes that a sparse table needs per entry (place, weight, variance), against two of a full one.
SPARSE, FULL = 6, 2


@dataclass
class Packed:
    """Tables in bytes: `weights` int8, `variance` uint8, and per table the weight's `scale` and the `widest` variance."""

    weights: list[np.ndarray]
    variance: list[np.ndarray]
    scale: list[float]
    widest: list[float]

    @classmethod
    def of(cls, crossed: Crossed) -> Packed:
        """Round the tables of a regression."""
        packed = cls([], [], [], [])
        for weights, variance in zip(crossed.weights, crossed.variance, strict=True):
            scale = max(float(np.abs(weights).max()) / STEPS, 1e-12)
            widest = float(variance.max())
            halvings = np.log2(widest / np.maximum(variance.astype(np.float64), 1e-30))
            packed.weights.append(np.rint(weights / scale).astype(np.int8))
            packed.variance.append(np.clip(np.rint(PER_HALVING * halvings), 0, 255).astype(np.uint8))
            packed.scale.append(scale)
            packed.widest.append(widest)
        return packed

    def unpacked(self, like: Crossed) -> Crossed:
        """Return the regression with these tables."""
        weights = [np.float32(s) * q.astype(np.float32) for s, q in zip(self.scale, self.weights, strict=True)]
        variance = [
            (w * 2.0 ** (-v.astype(np.float32) / PER_HALVING)).astype(np.float32) for w, v in zip(self.widest, self.variance, strict=True)
        ]
        return replace(like, weights=weights, variance=variance)

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything for storing; a table that is mostly empty keeps the places of what is not."""
        found: dict[str, np.ndarray] = {
            "light.scale": np.asarray(self.scale),
            "light.widest": np.asarray(self.widest),
            "light.size": np.asarray([len(w) for w in self.weights], np.int64),
        }
        for i, (weights, variance) in enumerate(zip(self.weights, self.variance, strict=True)):
            at = np.flatnonzero((weights != 0) | (variance != 0))
            if SPARSE * len(at) < FULL * len(weights):
                found[f"light.at.{i}"] = at.astype(np.int32)
                weights, variance = weights[at], variance[at]
            found |= {f"light.weights.{i}": weights, f"light.variance.{i}": variance}
        return found

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> Packed:
        """Read what `arrays` gave; raises ValueError when it does not fit together."""
        packed = cls([], [], arrays["light.scale"].tolist(), arrays["light.widest"].tolist())
        for i, size in enumerate(arrays["light.size"].tolist()):
            weights, variance = arrays[f"light.weights.{i}"], arrays[f"light.variance.{i}"]
            if (at := arrays.get(f"light.at.{i}")) is not None:
                full, wide = np.zeros(size, np.int8), np.zeros(size, np.uint8)
                full[at], wide[at] = weights, variance
                weights, variance = full, wide
            if len(weights) != size or len(variance) != size:
                raise ValueError("a table of the light variant has another size")
            packed.weights.append(weights)
            packed.variance.append(variance)
        return packed


def lighten(encoder: Encoder, crossed: Crossed) -> tuple[Encoder, Crossed, Packed]:
    """Round a regression's tables and forget the levels that no longer weigh anything; returns (encoder, regression, its bytes).

    The logits are those of the rounded tables exactly. A forgotten level's interval is that of a new one: wider.

    Example:
        >>> encoder, crossed, packed = lighten(model.encoder, model.crossed)  # doctest: +SKIP
    """
    packed = Packed.of(crossed)
    kept = [np.full(size, name in encoder.edges) for size, name in zip(encoder.sizes, encoder.names, strict=True)]
    for own, weights in zip(crossed.fields, packed.weights, strict=True):
        if _hashed(encoder.sizes, own):
            # Its entries do not tell which levels they are of.
            for f in own:
                kept[f][:] = True
            continue
        for f, at in zip(own, np.nonzero(weights.reshape([encoder.sizes[f] for f in own])), strict=True):
            kept[f][at] = True
    for own in kept:
        own[0] = True
    levels = [np.flatnonzero(own) for own in kept]
    fields = [
        told if "edges" in told else {**told, "values": [told["values"][i - 1] for i in own[1:].tolist()]}
        for told, own in zip(encoder.fields, levels, strict=True)
    ]
    smaller = Encoder(encoder.kinds, fields)
    for i, own in enumerate(crossed.fields):
        if not _hashed(encoder.sizes, own):
            shape, left = [encoder.sizes[f] for f in own], np.ix_(*(levels[f] for f in own))
            packed.weights[i] = packed.weights[i].reshape(shape)[left].ravel()
            packed.variance[i] = packed.variance[i].reshape(shape)[left].ravel()
    return smaller, packed.unpacked(replace(crossed, sizes=smaller.sizes)), packed


def _hashed(sizes: list[int], fields: tuple[int, ...]) -> bool:
    none: Any = np.zeros((len(sizes), 0), np.int32)
    return cross(none, sizes, fields)[1] != int(np.prod([sizes[f] for f in fields], dtype=np.int64))


def cost(crossed: Crossed, rows: Any, y: np.ndarray, calibration: tuple[float, float]) -> dict[str, Any]:
    """What rounding costs on rows y that the regression did not learn from: the mean logloss added and its 95 % interval (paired)."""

    def losses(model: Crossed) -> np.ndarray:
        z = calibration[0] * model.logits(rows) + calibration[1]
        return np.logaddexp(0, z) - y * z

    added = losses(Packed.of(crossed).unpacked(crossed)) - losses(crossed)
    half = 1.96 * float(added.std()) / max(len(y), 1) ** 0.5
    return {"loss": float(added.mean()), "interval": [float(added.mean()) - half, float(added.mean()) + half], "rows": len(y)}
