"""From customers x items to items x items: EASE and cosine neighbours, each item keeping only its strongest.

EASE: Steck 2019, "Embarrassingly Shallow Autoencoders for Sparse Data"; with the penalty of an input drop-out from Steck 2020,
"Autoencoders that don't overfit towards the Identity". Linear, so that a score is a sum over what somebody owns. float32.
Memory: EASE holds two items x items arrays (4 bytes a cell: 3.2 GB at 20,000 items); cosine at most 128 MB at a time.
"""

from __future__ import annotations

from typing import Any

import numpy as np

# Negative cells count too: on public data, next visits were foreseen worse without them.
KEPT = 500
COSINES = 100
SHRINK = 10.0
CELLS = 32_000_000


def gram(rows: Any) -> np.ndarray:
    """Return rows' rows as a dense float32 [items, items]."""
    sparse = rows.astype(np.float32)
    return np.asarray((sparse.T @ sparse).toarray(), dtype=np.float32)


def ease(shared: np.ndarray, drop: float, floor: float) -> np.ndarray:
    """Return B of EASE, float32 [items, items], diagonal 0; `shared` is overwritten.

    B = -P / diag(P), P = (G + diag(drop * diag(G) + floor))^-1. Owning j adds B[j, i] to the score of i. Needs floor > 0.
    """
    from scipy import linalg

    lapack: Any = linalg.lapack
    shared[np.diag_indices_from(shared)] += drop * shared.diagonal() + floor
    # Cholesky: half the work of a general inverse. LAPACK fills the lower triangle only. A symmetric array in C order is one in
    # Fortran order, which is what may be overwritten.
    factor, bad = lapack.spotrf(shared.T, lower=1, overwrite_a=1)
    inverse, worse = lapack.spotri(factor, lower=1, overwrite_c=1)
    if bad or worse:
        raise ArithmeticError("G + penalty is not positive definite")
    diagonal = inverse.diagonal().copy()
    inverse = np.tril(inverse)
    inverse += np.tril(inverse, -1).T
    inverse /= -diagonal
    np.fill_diagonal(inverse, 0.0)
    return inverse


def strongest(dense: np.ndarray, kept: int = KEPT) -> Any:
    """Return the `kept` cells of each row that are furthest from 0, and their equals, as float32 CSR; `dense` is overwritten."""
    from scipy.sparse import csr_matrix

    width = dense.shape[1]
    if kept < width:
        for begin in range(0, len(dense), 512):
            part = dense[begin : begin + 512]
            size = np.abs(part)
            part[size < np.partition(size, width - kept, axis=1)[:, width - kept, None]] = 0.0
    found = csr_matrix(dense)
    found.sort_indices()
    return found


def cosine(rows: Any, shared: np.ndarray | None = None, kept: int = COSINES) -> Any:
    """Return shrunk cosines between the columns of `rows`, n_ij / (|i||j| + 10), the strongest of each column, as CSR [items, items].

    `shared` is the gram of `rows` where it is there already; it is not changed.
    """
    from scipy.sparse import vstack

    sparse = rows.astype(np.float32).tocsr()
    columns = sparse.T.tocsr()
    size = np.sqrt(np.asarray(sparse.power(2).sum(0), dtype=np.float32)).ravel()
    step = max(1, CELLS // max(1, sparse.shape[1]))
    parts = []
    for begin in range(0, sparse.shape[1], step):
        part = (columns[begin : begin + step] @ sparse).toarray() if shared is None else shared[begin : begin + step].copy()
        part /= size[begin : begin + step, None] * size[None, :] + SHRINK
        part[np.arange(len(part)), np.arange(begin, begin + len(part))] = 0.0
        parts.append(strongest(part, kept))
    # Column i keeps its neighbours j: owning j adds to i.
    return vstack(parts).T.tocsr()
