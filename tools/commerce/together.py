"""What is bought together: EASE on customers x products, or item-kNN where there are very many products.

On public data EASE beat item-kNN and ALS. A cart counts as less than a purchase. Each product keeps its strongest neighbours in ``models/``; nothing about single customers is kept.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from .neighbours import ease, gram

if TYPE_CHECKING:
    from pathlib import Path

    from ...data.workspace import Workspace

VERSION = 2
EASE_ITEMS = 5_000
NEIGHBOURS = 100
SHRINK = 10.0
CART = 0.4


class Together:
    """Per product its nearest products: `scores` (how strongly) and `counts` (customers who bought both), [items, n]."""

    def __init__(self, ids: list[str], near: np.ndarray, scores: np.ndarray, counts: np.ndarray) -> None:
        self.ids, self.near, self.scores, self.counts = ids, near, scores, counts
        self.at = {id_: i for i, id_ in enumerate(ids)}

    def of(self, id_: str) -> list[tuple[str, float, int]]:
        """Return (product, score, customers who bought both) for one product, strongest first."""
        i = self.at.get(id_)
        if i is None:
            return []
        return [(self.ids[j], float(s), int(n)) for j, s, n in zip(self.near[i], self.scores[i], self.counts[i], strict=True) if s > 0]


_LOADED: dict[str, Together] = {}


def together(workspace: Workspace) -> Together:
    """Return the co-purchases of the shop as it is now, from ``models/`` when they are there."""
    state = "|".join([str(VERSION), workspace.fingerprint("orders"), workspace.fingerprint("events"), workspace.fingerprint("users")])
    file = workspace.models / f"together-{hashlib.sha256(state.encode()).hexdigest()[:16]}.npz"
    name = str(file)
    if name not in _LOADED:
        found = _load(file)
        if found is None:
            found = _computed(workspace)
            part = file.with_suffix(".part.npz")
            np.savez_compressed(part, ids=np.array(found.ids, dtype=np.str_), near=found.near, scores=found.scores, counts=found.counts)
            part.replace(file)
        _LOADED[name] = found
    return _LOADED[name]


def _load(file: Path) -> Together | None:
    """Read kept neighbours; a damaged file counts as absent."""
    try:
        with np.load(file, allow_pickle=False) as kept:
            return Together([str(i) for i in kept["ids"]], kept["near"], kept["scores"], kept["counts"])
    except (OSError, ValueError, KeyError):
        return None


def _computed(workspace: Workspace) -> Together:
    from scipy.sparse import csr_matrix

    from ..audience.sources import activity, consenting, sources

    source = sources(workspace)
    if source is None:
        empty = np.zeros((0, 0))
        return Together([], empty.astype(np.int32), empty.astype(np.float32), empty.astype(np.int32))
    acts = consenting(source, activity(source))
    acts = acts.filter(acts.product_id.notnull() & acts.kind.isin(["sale", "cart"]))
    table = workspace.warehouse.arrow(
        acts.group_by(["user_id", "product_id"]).agg(sold=(acts.kind == "sale").max()).order_by(["user_id", "product_id"])
    )
    users, items = (table[name].combine_chunks().dictionary_encode() for name in ("user_id", "product_id"))
    ids = [str(i) for i in items.dictionary.to_pylist()]
    rows, columns = (np.asarray(x.indices) for x in (users, items))
    bought = np.asarray(table["sold"].to_numpy(zero_copy_only=False), dtype=bool)
    shape = (len(users.dictionary), len(ids))
    weights = csr_matrix((np.where(bought, 1.0, CART), (rows, columns)), shape=shape)
    sales = csr_matrix((bought.astype(np.float64), (rows, columns)), shape=shape)
    scores = _ease(weights) if len(ids) <= EASE_ITEMS else _cosine(weights)
    n = min(NEIGHBOURS, max(0, len(ids) - 1))
    near = np.argsort(-scores, axis=1, kind="stable")[:, :n]
    counts = np.asarray((sales.T @ sales).todense()) if len(ids) <= EASE_ITEMS else _pairs(sales, near)
    kept = counts if counts.shape == near.shape else np.take_along_axis(counts, near, axis=1)
    order = np.argsort(ids)
    place = np.argsort(order)
    return Together(
        [ids[i] for i in order],
        place[near[order]].astype(np.int32),
        np.take_along_axis(scores, near, axis=1)[order].astype(np.float32),
        kept[order].astype(np.int32),
    )


def _ease(weights) -> np.ndarray:
    shared = gram(weights)
    # Twice the mean popularity of a product: near the value that was best on public data, and it grows with the shop.
    scores = ease(shared, 0.0, 1.8 * float(shared.diagonal().mean()) + 1.0)
    np.fill_diagonal(scores, -np.inf)
    return scores


def _cosine(weights) -> np.ndarray:
    shared = (weights.T @ weights).astype(np.float32)
    size = np.sqrt(shared.diagonal())
    dense = np.asarray(shared.todense())
    dense /= size[:, None] * size[None, :] + SHRINK
    np.fill_diagonal(dense, -np.inf)
    return dense


def _pairs(sales, near: np.ndarray) -> np.ndarray:
    columns = sales.tocsc()
    return np.array([[columns[:, i].multiply(columns[:, j]).nnz for j in row] for i, row in enumerate(near)])
