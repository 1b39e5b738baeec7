"""Boosted trees as flat arrays: scored and explained in NumPy, without the library that grew them.

A tree's leaves are numbered from left to right and every split clears the bits of the leaves it rules out; what is left
after all splits of a tree were asked at once names the leaf (QuickScorer, Lucchese et al. 2015). Up to `SMALL` leaves the word
is a byte, and a table of 256 values per tree gives the leaf's value at once. Drivers are the
path-dependent Shapley values of TreeSHAP (Lundberg et al. 2020), here by Gauss quadrature of the multilinear
extension of each leaf's game, which is exact because the integrand is a polynomial.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

# Leaves per tree fit into one word of 16 bits, or of 8; FREE[word] is the lowest leaf that the word does not rule out.
LEAVES, SMALL = 16, 8
_WORDS = np.arange(1 << LEAVES, dtype=np.uint32)
FREE = np.frexp((~_WORDS & (_WORDS + 1)).astype(np.float64))[1].astype(np.int16) - 1
# From this many rows on, each distinct question is asked once for all trees; under it, all splits at once.
MANY = 48
# Rows asked together: their answers to all questions stay in the processor's cache.
TOGETHER = 4096


@dataclass
class Forest:
    """Flat trees: per split `feature`, `threshold`, `gone` (leaves that x > threshold rules out); per leaf its `value`.

    ``path_*`` [leaves, depth] are the intervals of the features on the way to a leaf, and the share of rows that follow.
    """

    feature: np.ndarray
    threshold: np.ndarray
    gone: np.ndarray
    first_split: np.ndarray
    value: np.ndarray
    first_leaf: np.ndarray
    path_feature: np.ndarray
    path_low: np.ndarray
    path_high: np.ndarray
    path_share: np.ndarray
    bias: float

    def logits(self, x: np.ndarray) -> np.ndarray:
        """Sum of the leaves of rows x, float32 [features, n] -> float64 [n]."""
        n = x.shape[1]
        if not len(self.first_split):
            return np.full(n, self.bias)
        if n < MANY:
            return self.value[self.first_leaf[:, None] + FREE[self._words(x)]].sum(axis=0) + self.bias
        out = np.full(n, self.bias)
        for start in range(0, n, TOGETHER):
            part = out[start : start + TOGETHER]
            for given in self.each(x[:, start : start + TOGETHER]):
                part += given
        return out

    def _words(self, x: np.ndarray) -> np.ndarray:
        """What the splits of every tree rule out, [trees, n]."""
        gone = np.where(x[self.feature] > self.threshold[:, None], self.gone[:, None], self.gone.dtype.type(0))
        return np.bitwise_or.reduceat(gone, self.first_split, axis=0)

    def each(self, x: np.ndarray) -> Iterator[np.ndarray]:
        """Yield every tree's values of rows x, each [n]."""
        asked = self._answers(x)
        ends = [*self.first_split[1:].tolist(), len(self.feature)]
        values, bytewise = self._values, self.gone.dtype == np.uint8
        for tree, (a, b) in enumerate(zip(self.first_split.tolist(), ends, strict=True)):
            word = np.bitwise_or.reduce(asked.take(self._question[a:b], axis=0) * self.gone[a:b, None], axis=0)
            yield values[tree].take(word if bytewise else FREE.take(word))

    def _answers(self, x: np.ndarray) -> np.ndarray:
        """1 where a row answers a question with yes, uint8 [questions, n]."""
        asked = np.empty((sum(len(t) for _, t in self._questions), x.shape[1]), bool)
        at = 0
        for feature, thresholds in self._questions:
            np.greater(x[feature], thresholds[:, None], out=asked[at : at + len(thresholds)])
            at += len(thresholds)
        return asked.view(np.uint8)

    @cached_property
    def _values(self) -> list[np.ndarray]:
        """What a tree says: by word where words are bytes, else by leaf."""
        leaves = [self.value[leaf : leaf + LEAVES] for leaf in self.first_leaf.tolist()]
        if self.gone.dtype != np.uint8:
            return leaves
        free = FREE[:256]
        return [own[np.minimum(free, len(own) - 1)] for own in leaves]

    @cached_property
    def _questions(self) -> list[tuple[int, np.ndarray]]:
        """Distinct thresholds of every feature that is split on."""
        return [(int(f), np.unique(self.threshold[self.feature == f])) for f in np.unique(self.feature)]

    @cached_property
    def _question(self) -> np.ndarray:
        """Which of the distinct questions each split asks."""
        asked = np.empty(len(self.feature), np.intp)
        at = 0
        for feature, thresholds in self._questions:
            own = self.feature == feature
            asked[own] = at + np.searchsorted(thresholds, self.threshold[own])
            at += len(thresholds)
        return asked

    def drivers(self, x: np.ndarray) -> tuple[np.ndarray, float]:
        """Shapley values [features, n] and the base; base + their sum is `logits`."""
        drivers = np.zeros_like(x, dtype=np.float64)
        share, depth = self.path_share, self.path_share.shape[1]
        base = self.bias + float((self.value * share.prod(axis=1)).sum())
        nodes, weights = np.polynomial.legendre.leggauss(depth // 2 + 1)
        nodes, weights = (nodes + 1) / 2, weights / 2
        for row in range(x.shape[1]):
            seen = x[self.path_feature, row]
            follows = ((seen > self.path_low) & (seen <= self.path_high)).astype(np.float64)
            inner = np.zeros_like(share)
            for t, w in zip(nodes, weights, strict=True):
                factor = share * (1 - t) + follows * t
                inner += w * factor.prod(axis=1, keepdims=True) / factor
            given = (follows - share) * inner * self.value[:, None]
            drivers[:, row] = np.bincount(self.path_feature.ravel(), given.ravel(), len(x))
        return drivers, base

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything as arrays, for storing."""
        return {name: np.asarray(value) for name, value in ((f.name, getattr(self, f.name)) for f in fields(self))}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> Forest:
        return cls(**{k: v for k, v in arrays.items() if k != "bias"}, bias=float(arrays["bias"].item()))
