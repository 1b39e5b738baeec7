"""One recommender on one set and question, alone in its process on one thread: prints one line of JSON, keeps gains per user.

``python -m benchmarks.recommend_peers retail item ease 0 gains.npz``. Question ``item``: the last first-time purchase of each user
is hidden (5-core, full ranking, seen items left out, equal scores count half). ``visit``: all first-time purchases of the last 28
days are hidden, 5-core on what remains.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse

RETAIL = Path(__file__).resolve().parents[2] / "shared" / "datasets" / "online_retail"
HELD_DAYS = 28


class Split(NamedTuple):
    """`train` has user, item, time, order and positions u, i; `wanted` [users, items] are the hidden purchases of `asked`."""

    train: Any
    owned: Any
    wanted: Any
    asked: np.ndarray


def lines(name: str) -> Any:
    """Return all lines sold: user, item, time, order. Cancellations and codes that are no products are left out."""
    if name == "demo":
        from adwright.data.workspace import Workspace

        with tempfile.TemporaryDirectory() as folder, Workspace.demo(Path(folder) / "demo") as shop:
            query = "SELECT user_id AS user, product_id AS item, ts AS time, order_id AS order FROM orders WHERE quantity > 0 AND user_id IS NOT NULL"
            return shop.warehouse.frame(query.replace("AS order", 'AS "order"'))
    d: Any = pd.concat([pd.read_parquet(path) for path in sorted(RETAIL.glob("*.parquet"))]).drop_duplicates()
    d = d[(d.Quantity > 0) & (d.UnitPrice > 0) & d.CustomerID.notna() & d.StockCode.str.match(r"^\d{5}")]
    return pd.DataFrame(
        {"user": d.CustomerID.astype("int64"), "item": d.StockCode.astype(str), "time": d.InvoiceDate, "order": d.InvoiceNo.astype(str)}
    )


def split(name: str, question: str) -> Split:
    """Hide purchases and keep the rest."""
    d = lines(name).sort_values(["time", "user", "item"], kind="stable").drop_duplicates(["user", "item"])
    cut = d.time.max() - pd.Timedelta(days=HELD_DAYS)
    late = d[d.time > cut] if question == "visit" else None
    d = d if late is None else d[d.time <= cut]
    for _ in range(10):
        n = len(d)
        d = d[d.groupby("user").item.transform("size") >= 5]
        d = d[d.groupby("item").user.transform("size") >= 5]
        if len(d) == n:
            break
    users, items = np.unique(d.user), np.unique(d.item)
    d = d.assign(u=np.searchsorted(users, d.user), i=np.searchsorted(items, d.item)).sort_values(["u", "time", "i"], kind="stable")
    if late is None:
        late = d.groupby("u").tail(1)
        d = d.drop(late.index)
    else:
        late = late[late.user.isin(users) & late.item.isin(items)]
        late = late.assign(u=np.searchsorted(users, late.user), i=np.searchsorted(items, late.item))
    shape = (len(users), len(items))
    owned, wanted = (sparse.csr_matrix((np.ones(len(x), np.float32), (x.u, x.i)), shape) for x in (d, late))
    return Split(d, owned, wanted, np.unique(late.u))


def popularity(s: Split, seed: int) -> Any:
    """Buyers."""
    return np.tile(np.asarray(s.owned.sum(0)).ravel(), (s.owned.shape[0], 1))


def item_knn(s: Split, seed: int) -> Any:
    """Cosine with shrinkage 10, 100 neighbours."""
    n = np.sqrt(np.asarray(s.owned.sum(0)).ravel())
    near = (s.owned.T @ s.owned).toarray()
    near = near / (n[:, None] * n[None] + 10.0)
    np.fill_diagonal(near, 0)
    near[near < np.partition(near, -min(100, len(near)), axis=1)[:, -min(100, len(near))][:, None]] = 0
    return lambda: s.owned @ near.T


def ease(s: Split, seed: int) -> Any:
    """Steck 2019, lambda 200, in double precision."""
    g = (s.owned.T @ s.owned).toarray().astype(np.float64)
    g[np.diag_indices(len(g))] += 200.0
    b = np.linalg.inv(g)
    b = -b / np.diag(b)
    np.fill_diagonal(b, 0)
    return lambda: s.owned @ b.astype(np.float32)


def als(s: Split, seed: int) -> Any:
    """implicit: 64 factors, regularisation 10, alpha 1, 15 iterations."""
    from importlib import import_module

    model: Any = import_module("implicit.als").AlternatingLeastSquares(
        64, regularization=10.0, alpha=1.0, iterations=15, random_state=seed, num_threads=1
    )
    model.fit(s.owned, show_progress=False)
    return lambda: model.user_factors @ model.item_factors.T


def ours(s: Split, seed: int, question: str) -> tuple[Any, Any]:
    """The same purchases, with their times and order numbers."""
    from adwright.tools.commerce import fit_recommender

    model = fit_recommender(s.train[["user", "item", "time", "order"]], goal="basket" if question == "item" else "visit", seed=seed)
    ids, items = s.train.drop_duplicates("u").set_index("u").user.sort_index(), s.train.drop_duplicates("i").set_index("i").item.to_dict()

    def scores():
        found = np.full(s.owned.shape, -np.inf, np.float32)
        columns = np.array([i for i in sorted(items)])
        at = np.array([model.at[items[i]] for i in columns])
        for u, user in ids.items():
            found[u, columns] = model.scores(model.taste(user))[at]
        return found

    return scores, (model, ids)


def judged(s: Split, scores: Any, cpu: float, seed: int) -> tuple[dict[str, Any], np.ndarray, np.ndarray]:
    """Return the metrics and, per asked user, NDCG@10 and Recall@20."""
    table = np.asarray(scores, np.float32)[s.asked].copy()
    table[s.owned[s.asked].nonzero()] = -np.inf
    wanted = s.wanted[s.asked].tocoo()
    ndcg, recall, count = np.zeros(len(s.asked)), np.zeros(len(s.asked)), np.bincount(wanted.row, minlength=len(s.asked))
    for begin in range(0, wanted.nnz, 4096):
        row, item = wanted.row[begin : begin + 4096], wanted.col[begin : begin + 4096]
        among, mine = table[row], table[row, item][:, None]
        place = (among > mine).sum(1) + ((among == mine).sum(1) - 1) / 2
        ndcg += np.bincount(row, np.where(place < 10, 1 / np.log2(place + 2), 0.0), minlength=len(s.asked))
        recall += np.bincount(row, place < 20, minlength=len(s.asked))
    best = np.cumsum(1 / np.log2(np.arange(10) + 2))
    ndcg, recall = ndcg / best[np.minimum(count, 10) - 1], recall / np.minimum(count, 20)
    top = np.argpartition(-table, 10, 1)[:, :10]
    told = {
        "users": s.owned.shape[0],
        "items": s.owned.shape[1],
        "pairs": int(s.owned.nnz),
        "asked": len(s.asked),
        "ndcg": float(ndcg.mean()),
        "recall": float(recall.mean()),
        "coverage": len(np.unique(top)) / s.owned.shape[1],
        "cpu": cpu,
        "seed": seed,
    }
    return told, ndcg, recall


def again(name: str) -> list[dict[str, Any]]:
    """Buying again, apart: what each customer's own list of the time before held of what they bought again in the last 28 days."""
    from adwright.tools.commerce import fit_recommender

    d = lines(name).drop_duplicates(["user", "item", "order"])
    cut = d.time.max() - pd.Timedelta(days=HELD_DAYS)
    before, after = d[d.time <= cut], d[d.time > cut]
    model = fit_recommender(before, "popular")
    wanted = after.groupby("user").item.agg(set).to_dict()
    counts = before.groupby(["user", "item"], as_index=False).agg(n=("order", "nunique"), last=("time", "max"))
    by_count = (
        counts[counts.n >= 2].sort_values(["n", "last", "item"], ascending=[False, False, True]).groupby("user").item.agg(list).to_dict()
    )
    twice = counts[counts.n >= 2].groupby("user").item.agg(set).to_dict()
    asked = [user for user in sorted(wanted) if wanted[user] & twice.get(user, set())]
    lists = {
        "personal frequency": {user: by_count[user][:10] for user in asked},
        "adwright again": model.again(asked, 10).groupby("user").item.agg(list).to_dict(),
    }
    told = []
    for method, given in lists.items():
        ndcg, recall = [], []
        for user in asked:
            target = wanted[user] & twice[user]
            hits = np.array([item in target for item in given[user]], float)
            best = (1 / np.log2(np.arange(min(10, len(target))) + 2)).sum()
            ndcg.append((hits / np.log2(np.arange(len(hits)) + 2)).sum() / best)
            recall.append(hits.sum() / min(10, len(target)))
        told.append({"method": method, "asked": len(asked), "ndcg": float(np.mean(ndcg)), "recall": float(np.mean(recall))})
    return told


def run(name: str, question: str, method: str, seed: int, file: str) -> dict[str, Any]:
    """Fit, score, judge; the clock runs over the fit alone."""
    from adwright.tools.commerce import choosing, recommender  # noqa: F401  imports stay outside the clock

    s = split(name, question)
    served = None
    if method == "adwright":
        # The first table an engine reads pays for its imports.
        from adwright.tools.commerce import fit_recommender

        fit_recommender(s.train[["user", "item", "time", "order"]].head(50), "popular")
        began = time.process_time()
        scores, served = ours(s, seed, question)
    else:
        fit = {"popularity": popularity, "item-kNN": item_knn, "EASE": ease, "implicit ALS": als}[method]
        if method == "implicit ALS":
            import implicit.als  # noqa: F401  # pyright: ignore[reportMissingImports]
        began = time.process_time()
        scores = fit(s, seed)
    cpu = time.process_time() - began
    told, ndcg, recall = judged(s, scores() if callable(scores) else scores, cpu, seed)
    np.savez(file, ndcg=ndcg, recall=recall)
    if served:
        model, ids = served
        took = []
        for user in ids.to_numpy()[:500]:
            began = time.process_time()
            model.recommend([user], 10)
            took.append(time.process_time() - began)
        told |= {"p95": float(np.percentile(took, 95) * 1000), "serves": model.method, "measured": model.measured}
    return told


if __name__ == "__main__":
    try:
        print(json.dumps(again(sys.argv[2]) if sys.argv[1] == "again" else run(*sys.argv[1:4], int(sys.argv[4]), sys.argv[5])))  # pyright: ignore[reportCallIssue]
    except ImportError as absent:
        print(json.dumps({"absent": str(absent.name)}))
