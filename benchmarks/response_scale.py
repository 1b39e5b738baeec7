"""Training on rows that are never in memory at once: generated Arrow batches, seconds, rows per second, largest resident memory.

``python -m benchmarks response_scale --rows=10000000 --workers=1``. The rows are made on the fly, the same for the same seed.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

BATCH = 200_000
# Levels of the categories; the first two cross.
LEVELS = (12, 24, 7, 40, 200, 1_000, 5_000, 20_000, 3, 5, 9, 15, 30, 60, 120, 300)


def rows(count: int, seed: int = 0) -> Iterator[pa.RecordBatch]:
    """Impressions with main effects, one crossing and two numbers, a batch at a time."""
    hidden = np.random.default_rng(99)
    effects = [hidden.normal(0, 0.25, size) for size in LEVELS]
    crossing = hidden.normal(0, 0.4, LEVELS[:2])
    for start in range(0, count, BATCH):
        g = np.random.default_rng((seed, start))
        n = min(BATCH, count - start)
        codes = [np.minimum((size * g.random(n) ** 1.5).astype(np.int64), size - 1) for size in LEVELS]
        price, age = np.exp(g.normal(4, 1, n)), g.uniform(18, 70, n)
        z = -3.5 + sum(e[c] for e, c in zip(effects, codes, strict=True)) + crossing[codes[0], codes[1]] - 0.3 * np.abs(np.log(price) - 4)
        columns: dict[str, Any] = {f"cat_{i}": pa.array(c).cast(pa.string()) for i, c in enumerate(codes)}
        columns |= {"num_price": price, "num_age": age, "click": (g.random(n) < 1 / (1 + np.exp(-z))).astype(np.int8)}
        yield from pa.table(columns).to_batches()


def main(arguments: list[str] | None = None) -> None:
    """Train once, score once in partitions, and print the table."""
    from adwright.tools.response.scoring import score_partitions
    from adwright.tools.response.streaming import train_stream

    given = argparse.ArgumentParser("benchmarks response_scale")
    given.add_argument("--rows", type=int, default=1_000_000)
    given.add_argument("--workers", type=int, default=1)
    asked = given.parse_args([a for a in (sys.argv[1:] if arguments is None else arguments) if a.startswith("--")])
    start = time.perf_counter()
    model = train_stream(lambda: rows(asked.rows), "click", "crossed", 60, 0, workers=asked.workers)
    trained = time.perf_counter() - start
    start = time.perf_counter()
    scored = sum(map(len, score_partitions(model, rows(min(asked.rows, 1_000_000), seed=1))))
    score = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    valid = model.metrics["valid"]
    print("| rows | fields | workers | training s | rows/s | largest resident MB | AUC | logloss | bias | scoring rows/s, with encoding |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    print(
        f"| {asked.rows:,} | {len(LEVELS) + 2} | {asked.workers} | {trained:.0f} | {asked.rows / trained:,.0f} | {peak:,.0f} "
        f"| {valid['auc']:.4f} | {valid['logloss']:.5f} | {valid['bias']:.3f} | {scored / score:,.0f} |"
    )


if __name__ == "__main__":
    main()
