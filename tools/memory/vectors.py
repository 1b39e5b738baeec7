"""Own vectors for texts: hashed TF-IDF of search terms, turned by a seeded truncated SVD; no model, no download.

They bring near what shares rare terms or company of terms; they do not know synonyms. That is why they weigh little
in the ranking. Formula: Halko, Martinsson, Tropp 2011, algorithm 5.1 (randomised range finder).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

SLOTS = 4096
WIDTH = 64
_PASSES = 2


class TextVectors:
    """Fitted on token lists; `matrix` holds one unit row of `WIDTH` floats per text (fewer for few texts).

    Example:
        >>> TextVectors([["a", "b"], ["b", "c"], ["x"]]).embed(["x"]).shape
        (3,)
    """

    def __init__(self, texts: Sequence[Sequence[str]], seed: int = 0) -> None:
        self._idf = np.ones(SLOTS)
        rows, slots, counts = _counted(texts)
        self._idf = np.log((1 + len(texts)) / (1 + np.bincount(slots, minlength=SLOTS))) + 1
        weights = self._weights(rows, slots, counts, len(texts))
        self._basis = _basis(weights, len(texts), seed)
        self.matrix = _unit(np.asarray(weights @ self._basis)).astype(np.float32)

    def embed(self, terms: Sequence[str]) -> np.ndarray:
        """Return the unit vector of one text; zeros when no term is known."""
        _, slots, counts = _counted([terms])
        # Same as a row of `_weights`, without a sparse matrix around one row.
        return _unit(((1 + np.log(counts)) * self._idf[slots] @ self._basis[slots])[None])[0].astype(np.float32)

    def _weights(self, rows: np.ndarray, slots: np.ndarray, counts: np.ndarray, height: int) -> csr_matrix:
        """Return unit rows (1 + log count) x idf, [height, SLOTS]."""
        from scipy.sparse import csr_matrix

        values = (1 + np.log(counts)) * self._idf[slots]
        length = np.sqrt(np.bincount(rows, values**2, minlength=height))
        return csr_matrix((values / length[rows], (rows, slots)), shape=(height, SLOTS))


def _counted(texts: Sequence[Sequence[str]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return text, slot and count of every slot that a text meets, by text and slot."""
    known = {term: crc32(term.encode()) % SLOTS for term in set(chain.from_iterable(texts))}
    sizes = [len(text) for text in texts]
    flat = np.fromiter((known[term] for text in texts for term in text), dtype=np.int64, count=sum(sizes))
    places, counts = np.unique(np.repeat(np.arange(len(texts), dtype=np.int64), sizes) * SLOTS + flat, return_counts=True)
    return places // SLOTS, places % SLOTS, counts


def _basis(weights: csr_matrix, rows: int, seed: int) -> np.ndarray:
    """Return the leading right singular vectors of [rows, SLOTS] weights, [SLOTS, at most WIDTH]."""
    width = min(WIDTH, rows)
    if width == 0:
        return np.zeros((SLOTS, 0))
    rng = np.random.default_rng(seed)
    sketch = np.asarray(weights @ rng.standard_normal((SLOTS, min(width + 8, rows))))
    for _ in range(_PASSES):
        sketch = np.asarray(weights @ (weights.T @ np.linalg.qr(sketch)[0]))
    frame = np.linalg.qr(sketch)[0]
    small: Any = np.asarray((weights.T @ frame).T)
    right = np.asarray(np.linalg.svd(small, full_matrices=False)[2])[:width]
    # An SVD is free in its signs; the largest entry is made positive so that every run gives the same vectors.
    signs = np.sign(right[np.arange(len(right)), np.abs(right).argmax(axis=1)])
    return (right * signs[:, None]).T


def _unit(rows: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(length > 0, length, 1.0)
