"""Audiences beside their peers: features of events, K-means, and how well the segments of two shops hold.

``python -m benchmarks audience --events=10000000``. Every engine runs alone in its own process on one thread. With
``--ours`` only ours is run (a hundred million events do not fit into the peers' memory here).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from adwright.data.workspace import Workspace

from .audience_events import write

ENGINES = ("adwright", "duckdb", "polars streaming", "pandas")
METHODS = ("adwright", "scikit-learn n_init=4", "MiniBatchKMeans", "faiss nredo=4")
SEEDS = (0, 1, 2)
RETAIL = Path(__file__).resolve().parents[2] / "shared" / "datasets" / "online_retail"


def main() -> None:
    """Print the three tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--only", choices=("features", "kmeans", "segments"))
    parser.add_argument("--ours", action="store_true")
    options, _ = parser.parse_known_args()
    if options.only in (None, "features"):
        features(options.events, ENGINES[:1] if options.ours else ENGINES)
    if options.only in (None, "kmeans"):
        kmeans(options.rows, METHODS[:1] if options.ours else METHODS)
    if options.only in (None, "segments"):
        segments()


def alone(*arguments: str) -> dict[str, Any]:
    """Run one peer in a fresh process on one thread."""
    one = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}
    command = [sys.executable, "-m", "benchmarks.audience_peers", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | one)
    return json.loads(done.stdout.splitlines()[-1]) if done.stdout else {"absent": done.stderr.splitlines()[-1:]}


def features(count: int, engines: tuple[str, ...]) -> None:
    """One row per engine; ours has more columns (price level, discount, times of the week, refunds) than its peers."""
    with tempfile.TemporaryDirectory() as folder:
        pattern = write(Path(folder), count, max(1000, count // 50))
        print(f"**Features of {count:,} made-up events** (seed 11), one thread\n")
        print("| engine | CPU s | wall s | peak MB | users | columns | spend |\n|---|---|---|---|---|---|---|")
        for engine in engines:
            r = alone("features", engine, pattern)
            if "absent" in r:
                print(f"| {engine} | not installed |")
            else:
                print(f"| {engine} | {r['cpu']:.1f} | {r['wall']:.1f} | {r['mb']:,} | {r['rows']:,} | {r['columns']} | {r['spend']:,.2f} |")


def kmeans(count: int, methods: tuple[str, ...]) -> None:
    """One row per method and seed."""
    print(f"\n**K-means, {count:,} x 16 float32 (12 overlapping made-up groups, seed 7), k = 8**, one thread\n")
    print("| method | seed | J per row | fit CPU s | assign CPU s |\n|---|---|---|---|---|")
    for method in methods:
        for seed in SEEDS:
            r = alone("kmeans", method, str(count), "8", str(seed))
            if "absent" in r:
                print(f"| {method} | | not installed |")
                break
            print(f"| {method} | {seed} | {r['j']:.5f} | {r['fit']:.2f} | {r['assign']:.2f} |")


def segments() -> None:
    """The k that is chosen, with and without the words, on the demo shop and on imported orders of a real one."""
    print("\n**Segments**: chosen k, stability (mean bootstrap adjusted Rand index), agreement with the demo's hidden groups\n")
    print("| shop | features | seed | k | stability | silhouette | smallest | agreement | s |\n|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        with Workspace.demo(Path(folder) / "demo") as shop:
            _segments("demo (made up)", shop, _hidden(shop))
        years = sorted(RETAIL.glob("*.parquet"))
        for name, files in (("both years", years), ("second year", years[1:])) if years else ():
            with Workspace.open(Path(folder) / name, create=True, currency="GBP", timezone="Europe/London") as shop:
                shop.warehouse.replace("orders", _retail(files))
                _segments(f"Online Retail II, {name}", shop, None)


def _segments(name: str, shop: Workspace, hidden: dict[str, int] | None) -> None:
    from sklearn.metrics import adjusted_rand_score

    from adwright.tools.audience.columns import clustering_columns
    from adwright.tools.audience.features import held
    from adwright.tools.audience.grouping import engine_points, group
    from adwright.tools.audience.sources import sources

    source = sources(shop)
    assert source is not None
    with held(source) as table:
        columns = clustering_columns(table.columns, source.events is not None)
        for what, used in (("all", columns), ("without words", [c for c in columns if not c.startswith("term_")])):
            for seed in SEEDS:
                began = time.perf_counter()
                with engine_points(shop.warehouse, table, used) as (_, points):
                    found = group(points, None, seed)
                    rows = shop.warehouse.arrow(points.labelled(found.centres).select("user_id", "label"))
                seconds = time.perf_counter() - began
                best = next(t for t in found.tried if t.chosen)
                agreement = ""
                if hidden:
                    truth = [hidden[user] for user in rows["user_id"].to_pylist()]
                    agreement = f"{adjusted_rand_score(truth, rows['label'].to_pylist()):.3f}"
                print(
                    f"| {name} | {what} | {seed} | {best.k} | {best.stability:.3f} | {best.silhouette:.3f} | {best.smallest:.3f}"
                    f" | {agreement} | {seconds:.1f} |"
                )


def _hidden(shop: Workspace) -> dict[str, int]:
    """Draw the demo's people again, with the taste group that no table holds."""
    from adwright.data.demo import people

    drawn = people.draw(7, shop.warehouse.count("users"))
    return dict(zip(drawn.ids, drawn.group.tolist(), strict=True))


def _retail(files: list[Path]) -> Any:
    """Order lines of known customers as an orders table."""
    import pandas as pd
    import pyarrow as pa

    f: Any = pd.concat([pd.read_parquet(path) for path in files])
    f = f[f["CustomerID"].notna()]
    return pa.table(
        {
            "order_id": f["InvoiceNo"].astype(str).tolist(),
            "ts": pa.array(f["InvoiceDate"].astype("datetime64[us]").to_numpy()),
            "user_id": f["CustomerID"].astype(int).astype(str).tolist(),
            "product_id": f["StockCode"].astype(str).tolist(),
            "title": [None if pd.isna(x) else str(x) for x in f["Description"]],
            "quantity": f["Quantity"].astype("int64").to_numpy(),
            "unit_price": f["UnitPrice"].round(4).to_numpy(),
            "currency": ["GBP"] * len(f),
        }
    )
