"""One engine or one K-means, alone in its process so that its memory is its own: prints one line of JSON.

``python -m benchmarks.audience_peers features duckdb 'events/*.parquet'``; ``... kmeans ours 1000000 8 0``.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from .audience_events import CATEGORIES, END, WORDS


def features(engine: str, pattern: str) -> dict[str, Any]:
    """Build features of the events; returns rows, columns, total spend, CPU and wall seconds, peak MB."""
    run = {"adwright": _adwright, "duckdb": _duckdb, "pandas": _pandas, "polars streaming": _polars}[engine]
    # Imports stay outside the clock.
    work = run(pattern)
    began, cpu = time.perf_counter(), time.process_time()
    rows, columns, spend = work()
    return {
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - began,
        "rows": rows,
        "columns": columns,
        "spend": round(float(spend), 2),
    }


def _adwright(pattern: str):
    import ibis

    from adwright.tools.audience import build_features

    def work():
        backend = ibis.duckdb.connect()
        backend.raw_sql("SET threads = 1")
        table = backend.create_table("features", build_features(backend.read_parquet(pattern)))
        row = table.agg(n=table.count(), spend=table.spend.sum()).to_pyarrow().to_pylist()[0]
        return row["n"], len(table.columns), row["spend"]

    return work


def _duckdb(pattern: str):
    import duckdb

    categories = ",".join(
        f"coalesce(count(*) FILTER (event='view' AND category='{c}')*1.0/nullif(count(*) FILTER (event='view'),0),0) AS \"cat_{c}\""
        for c in CATEGORIES
    )
    words = ",".join(f"coalesce(sum(CASE WHEN w='{w}' THEN 1.0 END)/count(*),0) AS \"term_{w}\"" for w in WORDS)
    read = f"read_parquet('{pattern}')"
    sql = f"""CREATE TABLE f AS WITH b AS (SELECT user_id, count(*) FILTER (event='view') v, count(*) FILTER (event='cart') c,
        count(*) FILTER (event='purchase') p, count(*) FILTER (event='search') s, coalesce(sum(price) FILTER (event='purchase'),0) spend,
        date_diff('second', max(ts) FILTER (event='purchase'), TIMESTAMP '{END}')/86400.0 recency, {categories} FROM {read} GROUP BY 1),
        t AS (SELECT user_id, unnest(string_split(query,' ')) w FROM {read} WHERE event='search'),
        g AS (SELECT user_id, {words} FROM t GROUP BY 1)
        SELECT b.*, g.* EXCLUDE (user_id) FROM b LEFT JOIN g USING (user_id)"""

    def work():
        connection = duckdb.connect(config={"threads": 1})
        connection.execute(sql)
        rows, spend = connection.execute("SELECT count(*), sum(spend) FROM f").fetchone() or (0, 0)
        return rows, len(connection.execute("DESCRIBE f").fetchall()), spend

    return work


def _pandas(pattern: str):
    import pandas as pd
    import pyarrow.dataset as ds

    def work():
        e: Any = ds.dataset(sorted(map(str, Path(pattern).parent.glob("*.parquet")))).to_table().to_pandas()
        p = e[e.event == "purchase"].groupby("user_id").agg(last=("ts", "max"), frequency=("ts", "size"), spend=("price", "sum"))
        p["recency"] = (pd.Timestamp(END) - p["last"]).dt.total_seconds() / 86400
        counts = e.groupby(["user_id", "event"]).size().unstack(fill_value=0)
        v = e[e.event == "view"]
        categories: Any = pd.crosstab(v.user_id, v.category)
        s = e[e.event == "search"][["user_id", "query"]]
        s = s.assign(w=s["query"].str.split(" ")).explode("w")
        words: Any = pd.crosstab(s.user_id, s.w)
        shares = [x.div(x.sum(axis=1), axis=0) for x in (categories, words)]
        f = counts.join(p.drop(columns="last")).join(shares[0]).join(shares[1], rsuffix="_word").fillna(0)
        return len(f), f.shape[1], f["spend"].sum()

    return work


def _polars(pattern: str):
    import importlib
    from datetime import datetime

    pl: Any = importlib.import_module("polars")

    def work():
        e = pl.scan_parquet(pattern)
        event = pl.col("event")
        view, sold = event == "view", event == "purchase"
        b = e.group_by("user_id").agg(
            v=view.sum(),
            c=(event == "cart").sum(),
            p=sold.sum(),
            spend=pl.col("price").filter(sold).sum(),
            last=pl.col("ts").filter(sold).max(),
            **{f"cat_{c}": (view & (pl.col("category") == c)).sum() / view.sum() for c in CATEGORIES},
        )
        b = b.with_columns(recency=(pl.lit(datetime.fromisoformat(END)) - pl.col("last")).dt.total_seconds() / 86400)
        s = e.filter(event == "search").select("user_id", w=pl.col("query").str.split(" ")).explode("w")
        g = s.group_by("user_id").agg(**{f"term_{w}": (pl.col("w") == w).mean() for w in WORDS})
        f = b.join(g, on="user_id", how="left").collect(engine="streaming")
        return f.height, f.width, f["spend"].sum()

    return work


def kmeans(method: str, count: int, k: int, seed: int) -> dict[str, Any]:
    """Fit K-means to `count` x 16 points of 12 overlapping groups; returns J per row, and CPU seconds to fit and to assign."""
    data = points(count)
    fit = {"adwright": _ours, "scikit-learn n_init=4": _sklearn, "MiniBatchKMeans": _minibatch, "faiss nredo=4": _faiss}[method](k, seed)
    cpu = time.process_time()
    centres, assign = fit(data)
    fitted = time.process_time()
    assign(data)
    return {"fit": fitted - cpu, "assign": time.process_time() - fitted, "j": _inertia(data, np.asarray(centres, np.float64))}


def points(count: int) -> np.ndarray:
    """Return float32 [count, 16]: overlapping, unequal groups, more of them than k, so that no answer is trivially perfect."""
    rng = np.random.default_rng(7)
    weights = rng.dirichlet(np.full(12, 1.5))
    means = rng.normal(0, 1.6, (12, 16)).astype(np.float32)
    spreads = rng.uniform(0.6, 1.4, (12, 16)).astype(np.float32)
    group = rng.choice(12, count, p=weights)
    data = np.empty((count, 16), np.float32)
    for begin in range(0, count, 200_000):
        mine = group[begin : begin + 200_000]
        data[begin : begin + 200_000] = means[mine] + spreads[mine] * rng.standard_normal((len(mine), 16), dtype=np.float32)
    return data


def _inertia(data: np.ndarray, centres: np.ndarray) -> float:
    total = 0.0
    for begin in range(0, len(data), 100_000):
        x = data[begin : begin + 100_000].astype(np.float64)
        total += float(((x**2).sum(1)[:, None] - 2 * x @ centres.T + (centres**2).sum(1)).min(1).sum())
    return total / len(data)


def _ours(k: int, seed: int):
    from sklearn import cluster  # noqa: F401

    from adwright.tools.audience import fit_segments

    def fit(data: np.ndarray):
        found = fit_segments(data, k=k, seed=seed, scale=False)
        return found.centroids, found.assign

    return fit


def _sklearn(k: int, seed: int):
    from sklearn import cluster

    def fit(data: np.ndarray):
        model: Any = cluster.KMeans(k, n_init=4, random_state=seed).fit(data)  # pyright: ignore[reportArgumentType]
        return model.cluster_centers_, model.predict

    return fit


def _minibatch(k: int, seed: int):
    from sklearn import cluster

    def fit(data: np.ndarray):
        model: Any = cluster.MiniBatchKMeans(k, n_init=3, batch_size=8192, random_state=seed).fit(data)  # pyright: ignore[reportArgumentType]
        return model.cluster_centers_, model.predict

    return fit


def _faiss(k: int, seed: int):
    import importlib

    faiss: Any = importlib.import_module("faiss")
    faiss.omp_set_num_threads(1)

    def fit(data: np.ndarray):
        model = faiss.Kmeans(data.shape[1], k, niter=25, nredo=4, seed=seed, max_points_per_centroid=10**9)
        model.train(data)
        return model.centroids, lambda x: model.index.search(x, 1)

    return fit


if __name__ == "__main__":
    kind, *rest = sys.argv[1:]
    try:
        told = features(rest[0], rest[1]) if kind == "features" else kmeans(rest[0], int(rest[1]), int(rest[2]), int(rest[3]))
        told["mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    except ImportError as absent:
        told = {"absent": str(absent.name)}
    print(json.dumps(told))
