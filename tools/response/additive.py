"""Additive regression on levels and numbers with any likelihood: what the value model and the conversion head are fitted with.

z = bias + start + sum of a weight per level of every field + sum of slope x number. Like `crossed`, every field (and every number)
has its own strength, estimated with its weights (MacKay 1992), but it finds no crossings; the likelihood comes as a function
z -> (slope, bend) of the log likelihood. Not here: encoding, calibration.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Likelihood = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
SWEEPS = 15
LEAST_PRECISION, MOST_PRECISION = 0.05, 1e6


@dataclass
class Additive:
    """Fitted weights: `weights[f]` by level (0 = unknown, always 0), `variance[f]` their posterior variance, `slopes` per number."""

    bias: float
    weights: list[np.ndarray]
    variance: list[np.ndarray]
    precision: list[float]
    slopes: np.ndarray
    slope_variance: np.ndarray

    def scores(self, codes: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """z of rows without their `start`, float64 [n]; codes [fields, n], numbers [numbers, n]."""
        z = np.full(codes.shape[1], self.bias) + self.slopes @ numbers
        for w, index in zip(self.weights, codes, strict=True):
            z += w[index]
        return z


def fit_additive(
    codes: np.ndarray,
    sizes: list[int],
    numbers: np.ndarray,
    likelihood: Likelihood,
    *,
    bias: float,
    start: np.ndarray | None = None,
    sweeps: int = SWEEPS,
    lean: float = 1.0,
) -> Additive:
    """Fit by Newton steps over fields and numbers in turn; `lean` is the first precision of the slopes (numbers are about 1 in size)."""
    z = np.full(codes.shape[1], bias) + (0.0 if start is None else start)
    weights = [np.zeros(size) for size in sizes]
    slopes = np.zeros(len(numbers))
    precision = [20.0] * len(sizes)
    slope_precision = np.full(len(numbers), lean)
    heights: list[np.ndarray] = []
    squares = np.zeros(len(numbers))
    for _ in range(sweeps):
        slope, bend = likelihood(z)
        heights = [np.bincount(index, bend, size) for index, size in zip(codes, sizes, strict=True)]
        squares = (numbers**2) @ bend
        for _ in range(3):
            for f, index in enumerate(codes):
                step = (np.bincount(index, slope, sizes[f]) - precision[f] * weights[f]) / (heights[f] + precision[f])
                step[0] = 0
                np.clip(step, -1, 1, out=step)
                weights[f] += step
                z, slope = _moved(z, slope, bend, step[index])
            for k, x in enumerate(numbers):
                step = float(np.clip((x @ slope - slope_precision[k] * slopes[k]) / (squares[k] + slope_precision[k]), -1, 1))
                slopes[k] += step
                z, slope = _moved(z, slope, bend, step * x)
            shift = float(np.clip(slope.sum() / max(float(bend.sum()), 1e-12), -1, 1))
            bias += shift
            z, slope = _moved(z, slope, bend, shift)
        for f, height in enumerate(heights):
            h = height[1:]
            told = float((h / (h + precision[f])).sum())
            precision[f] = float(np.clip((told + 1e-3) / (float((weights[f][1:] ** 2).sum()) + 2e-6), LEAST_PRECISION, MOST_PRECISION))
    variance = []
    for height, p in zip(heights, precision, strict=True):
        v = 1 / (height + p)
        v[0] = 1 / p
        variance.append(v)
    return Additive(bias, weights, variance, precision, slopes, 1 / (squares + slope_precision))


def _moved(z: np.ndarray, slope: np.ndarray, bend: np.ndarray, by: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    return z + by, slope - bend * by
