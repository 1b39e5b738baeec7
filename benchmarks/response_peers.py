"""Classic peers of the response benchmark: scikit-learn LR, LightGBM and CatBoost, each with a search space of its own.

A peer is `space(generator) -> parameters` and `fit(rows, parameters, seed) -> Fitted`. Numerics are log-transformed for
every peer; early stopping uses the valid rows; one thread.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.response_sets import Rows

Params = dict[str, Any]


@dataclass
class Fitted:
    """Predictions on valid and test rows, and a call that scores prepared rows (`batch`) or one raw row (`one`)."""

    valid: np.ndarray
    test: np.ndarray
    batch: Callable[[], Any]
    one: Callable[[], Any]
    rounds: int = 0


def logs(part: Any, num: list[str]) -> np.ndarray:
    """Signed log1p of the numerics, NaN kept."""
    x = part[num].to_numpy(np.float64)
    return np.sign(x) * np.log1p(np.abs(x))


def ordinal(rows: Rows, least: int) -> tuple[list[np.ndarray], list[int]]:
    """Ids of the categories learnt on train; 0 is rare or unseen."""
    import pandas as pd

    out = [np.zeros((len(p), len(rows.cat)), np.int32) for p in rows.parts]
    sizes = []
    for j, name in enumerate(rows.cat):
        counts = rows.parts[0][name].fillna("NA").value_counts()
        known = pd.Index(counts.index[counts >= least])
        sizes.append(len(known) + 1)
        for o, part in zip(out, rows.parts, strict=True):
            o[:, j] = known.get_indexer(part[name].fillna("NA")) + 1
    return out, sizes


def lr_space(g: np.random.Generator) -> Params:
    return {"C": float(10 ** g.uniform(-3, 0.7)), "bins": int(g.choice([10, 20, 40])), "least": int(g.choice([1, 2, 5, 10]))}


def lr_fit(rows: Rows, params: Params, seed: int) -> Fitted:
    """Logistic regression on hashed one-hot categories and binned numerics."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    width = 1 << 20
    edges = []
    for name in rows.num:
        x = rows.parts[0][name].to_numpy(np.float64)
        edges.append(np.unique(np.nanquantile(x, np.linspace(0, 1, params["bins"] + 1)[1:-1])))
    keep = []
    for name in rows.cat:
        counts = rows.parts[0][name].fillna("NA").value_counts()
        keep.append(frozenset(counts.index[counts >= params["least"]]))

    def hashed(part: Any) -> Any:
        n, fields = len(part), len(rows.cat) + len(rows.num)
        index = np.zeros((n, fields), np.int32)
        for j, name in enumerate(rows.cat):
            codes, values = part[name].fillna("NA").factorize()
            table = [zlib.crc32(f"{name}={v if v in keep[j] else 'rare'}".encode()) % width for v in values]
            index[:, j] = np.asarray(table, np.int32)[codes]
        for j, name in enumerate(rows.num):
            x = part[name].to_numpy(np.float64)
            bins = np.where(np.isnan(x), len(edges[j]) + 1, np.searchsorted(edges[j], x))
            table = np.asarray([zlib.crc32(f"{name}#{i}".encode()) % width for i in range(len(edges[j]) + 2)], np.int32)
            index[:, len(rows.cat) + j] = table[bins]
        return csr_matrix((np.ones(n * fields), index.ravel(), np.arange(0, n * fields + 1, fields)), (n, width))

    x = [hashed(part) for part in rows.parts]
    model = LogisticRegression(C=params["C"], max_iter=100, tol=1e-3, random_state=seed).fit(x[0], rows.labels[0])
    head = rows.parts[2].iloc[:1]
    return Fitted(
        model.predict_proba(x[1])[:, 1],
        model.predict_proba(x[2])[:, 1],
        lambda: model.predict_proba(x[2]),
        lambda: model.predict_proba(hashed(head)),
    )


def lightgbm_space(g: np.random.Generator) -> Params:
    return {
        "learning_rate": float(g.choice([0.02, 0.05, 0.1])),
        "num_leaves": int(g.choice([4, 7, 15, 31, 63])),
        "min_data_in_leaf": int(g.choice([10, 30, 100, 300])),
        "cat_smooth": float(g.choice([5, 20, 60, 200])),
        "cat_l2": float(g.choice([5, 20, 60])),
        "max_cat_threshold": int(g.choice([16, 64, 256])),
        "feature_fraction": float(g.choice([0.4, 0.6, 0.8, 1.0])),
        "bagging_fraction": float(g.choice([0.7, 0.9])),
        "lambda_l2": float(g.choice([0, 2, 10])),
        "least": int(g.choice([1, 2, 5, 20])),
    }


def lightgbm_fit(rows: Rows, params: Params, seed: int) -> Fitted:
    """LightGBM with its own treatment of categories."""
    import lightgbm as lgb

    own = {k: v for k, v in params.items() if k != "least"}
    codes, _ = ordinal(rows, params["least"])
    x = [np.hstack([c, logs(p, rows.num)]).astype(np.float32) for c, p in zip(codes, rows.parts, strict=True)]
    train = lgb.Dataset(x[0], rows.labels[0], categorical_feature=list(range(len(rows.cat))))
    valid = lgb.Dataset(x[1], rows.labels[1], reference=train)
    settings = {"objective": "binary", "num_threads": 1, "verbose": -1, "seed": seed, "bagging_freq": 1, "deterministic": True}
    model = lgb.train(settings | own, train, 3000, [valid], callbacks=[lgb.early_stopping(50, verbose=False)])
    one = x[2][:1]
    return Fitted(
        np.asarray(model.predict(x[1])),
        np.asarray(model.predict(x[2])),
        lambda: model.predict(x[2], num_threads=1),
        lambda: model.predict(one, num_threads=1),
        model.best_iteration,
    )


def catboost_space(g: np.random.Generator) -> Params:
    return {
        "learning_rate": float(g.choice([0.05, 0.08, 0.12])),
        "depth": int(g.choice([3, 4, 5, 6])),
        "l2_leaf_reg": float(g.choice([1, 3, 10, 30])),
        "random_strength": float(g.choice([0.5, 1, 3])),
        "bagging_temperature": float(g.choice([0, 0.5, 1])),
        "one_hot_max_size": int(g.choice([2, 10, 30])),
        "max_ctr_complexity": int(g.choice([1, 1, 2, 4])),
    }


def catboost_fit(rows: Rows, params: Params, seed: int) -> Fitted:
    """CatBoost with ordered target statistics, as many trees as the valid rows ask for."""
    import catboost as cb  # pyright: ignore[reportMissingImports]

    frames = []
    for part in rows.parts:
        frame = part[rows.cat + rows.num].copy()
        frame[rows.cat] = frame[rows.cat].fillna("NA")
        frame[rows.num] = logs(part, rows.num)
        frames.append(frame)
    pools = [cb.Pool(f, y, cat_features=rows.cat) for f, y in zip(frames, rows.labels, strict=True)]
    model = cb.CatBoostClassifier(
        iterations=5000, thread_count=1, random_seed=seed, verbose=0, early_stopping_rounds=50, allow_writing_files=False, **params
    ).fit(pools[0], eval_set=pools[1])
    one = frames[2].iloc[:1]
    return Fitted(
        model.predict_proba(pools[1])[:, 1],
        model.predict_proba(pools[2])[:, 1],
        lambda: model.predict_proba(pools[2], thread_count=1),
        lambda: model.predict_proba(one, thread_count=1),
        int(model.tree_count_ or 0),
    )
