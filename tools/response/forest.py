"""Boosted trees as flat arrays: scored and explained in NumPy, without the library that grew them.

A tree's leaves are numbered from left to right and every split clears the bits of the leaves it rules out; what is left
after all splits of a tree were asked at once names the leaf (QuickScorer, Lucchese et al. 2015). Up to `SMALL` leaves the word
is a byte, and a table of 256 values per tree gives the leaf's value at once. Splits of many trees ask the same: each distinct
question is answered once (here of numbers, in `compiled` of codes). Drivers are the path-dependent Shapley values of TreeSHAP
(Lundberg et al. 2020), here by Gauss quadrature of the multilinear extension of each leaf's game, which is exact because the
integrand is a polynomial.
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
# From this many rows on questions are answered feature by feature, and trees looked up one by one; under it, all at once.
MANY = 48
# Rows asked together: their answers to all questions stay in the processor's cache. Splits asked together of them likewise.
TOGETHER, SPLITS = 4096, 64


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
        parts = [self.sums(self.answers(x[:, a : a + TOGETHER])) for a in range(0, x.shape[1], TOGETHER)]
        return np.concatenate(parts) if parts else np.zeros(0)

    @cached_property
    def questions(self) -> tuple[np.ndarray, np.ndarray]:
        """Feature and threshold of every distinct question, by feature and then by threshold."""
        distinct = sorted(set(zip(self.feature.tolist(), self.threshold.tolist(), strict=True)))
        return np.array([f for f, _ in distinct], np.intp), np.array([t for _, t in distinct], np.float32)

    @cached_property
    def spans(self) -> list[tuple[int, int, int]]:
        """Every feature that is asked about, and its first and last question."""
        features, first = np.unique(self.questions[0], return_index=True)
        return list(zip(features.tolist(), first.tolist(), [*first[1:].tolist(), len(self.questions[0])], strict=True))

    def answers(self, x: np.ndarray) -> np.ndarray:
        """Whether rows x, float32 [features, n], exceed the thresholds, bool [questions, n]."""
        features, thresholds = self.questions
        if x.shape[1] < MANY:
            return x[features] > thresholds[:, None]
        asked = np.empty((len(features), x.shape[1]), bool)
        for f, a, b in self.spans:
            np.greater(x[f], thresholds[a:b, None], out=asked[a:b])
        return asked

    def sums(self, asked: np.ndarray) -> np.ndarray:
        """Sum of the leaves given the answers to all questions, bool [questions, n] -> float64 [n]."""
        if asked.shape[1] < MANY and len(self.first_split):
            gone = np.where(asked[self._question], self.gone[:, None], self.gone.dtype.type(0))
            words = np.bitwise_or.reduceat(gone, self.first_split, axis=0)
            return self.value[self.first_leaf[:, None] + FREE[words]].sum(axis=0) + self.bias
        out = np.full(asked.shape[1], self.bias)
        for given in self.each(asked):
            out += given
        return out

    def each(self, asked: np.ndarray) -> Iterator[np.ndarray]:
        """Yield every tree's values given the answers to all questions, each [n]."""
        question, gone = self._padded
        yes = np.negative(asked.view(np.uint8), dtype=self.gone.dtype)
        step, bytewise = max(1, SPLITS // max(gone.shape[1], 1)), self.gone.dtype == np.uint8
        for tree in range(0, len(question), step):
            own = yes.take(question[tree : tree + step].ravel(), axis=0)
            own &= gone[tree : tree + step].reshape(-1, 1)
            words = np.bitwise_or.reduce(own.reshape(-1, gone.shape[1], asked.shape[1]), axis=1)
            for values, word in zip(self._values[tree : tree + step], words, strict=True):
                yield values.take(word if bytewise else FREE.take(word), mode="clip")

    @cached_property
    def _values(self) -> list[np.ndarray]:
        """What a tree says: by word where words are bytes, else by leaf."""
        leaves = [self.value[leaf : leaf + LEAVES] for leaf in self.first_leaf.tolist()]
        if self.gone.dtype != np.uint8:
            return leaves
        free = FREE[:256]
        return [own[np.minimum(free, len(own) - 1)] for own in leaves]

    @cached_property
    def _question(self) -> np.ndarray:
        """Which of the distinct questions each split asks."""
        at = {asked: i for i, asked in enumerate(zip(*(part.tolist() for part in self.questions), strict=True))}
        return np.array([at[asked] for asked in zip(self.feature.tolist(), self.threshold.tolist(), strict=True)], np.intp)

    @cached_property
    def _padded(self) -> tuple[np.ndarray, np.ndarray]:
        """Question and word of every split [trees, splits], filled up with splits that rule nothing out."""
        splits = np.diff([*self.first_split, len(self.feature)])
        own = np.arange(splits.max(initial=0)) < splits[:, None]
        question, gone = np.zeros(own.shape, np.intp), np.zeros(own.shape, self.gone.dtype)
        question[own], gone[own] = self._question, self.gone
        return question, gone

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
