"""What serving costs: seconds, bytes, and what the small forest and the light variants lose against the whole model, on the test rows.

``python -m benchmarks response_serving --sets=criteo_small,demo_shop``. One seed; CPU time of one thread; batches are the test rows,
repeated to 65,536. The whole forest is had by forbidding the small one. Differences are paired bootstraps, 95 %.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.response_scores import Resampled, difference, losses
from benchmarks.response_sets import SETS, load

BATCH, CANDIDATES = 65_536, 1_000


def seconds(call: Callable[[], Any], times: int) -> float:
    """Median CPU seconds of a call, the first not counted."""
    call()
    took = []
    for _ in range(times):
        start = time.process_time()
        call()
        took.append(time.process_time() - start)
    return float(np.median(took))


def speed(model: Any, rows: Any) -> tuple[float, float, float]:
    """Milliseconds of one request and of ranking `CANDIDATES`, and rows per second of an encoded batch."""
    one = rows.iloc[:1].to_dict("records")[0]
    encoded = model.encode(rows).take(np.arange(BATCH) % len(rows))
    some = rows.iloc[np.arange(CANDIDATES) % len(rows)].reset_index(drop=True)
    from adwright.tools.response import rank

    single = seconds(lambda: [model.predict_one(one) for _ in range(20)], 15) / 20
    return 1e3 * single, 1e3 * seconds(lambda: rank(model, some), 9), BATCH / seconds(lambda: model.predict(encoded), 3)


def size(model: Any) -> int:
    """Bytes of the model's folder."""
    with tempfile.TemporaryDirectory() as place:
        return sum(file.stat().st_size for file in model.save(Path(place)).iterdir())


def loss(y: np.ndarray, p: np.ndarray, than: np.ndarray) -> str:
    """Logloss of p minus that of another, with its interval."""
    low, high = difference(Resampled(y, [than]), Resampled(y, [p]), "logloss")
    return f"{losses(y, p).mean() - losses(y, than).mean():+.5f} [{low:+.5f}, {high:+.5f}]"


def main(arguments: list[str] | None = None) -> None:
    """Train `auto` on every set, once with and once without the small forest, and print the table."""
    from adwright.tools.response import train, trees

    given = argparse.ArgumentParser("benchmarks response_serving")
    given.add_argument("--sets", default=",".join(SETS))
    asked = given.parse_args([a for a in (sys.argv[1:] if arguments is None else arguments) if a.startswith("--")])
    print(
        "| set | variant | trees | kB | one ms | rank 1,000 ms | rows/s | logloss | minus whole [95 %] |\n|---|---|---|---|---|---|---|---|---|"
    )
    allowed = trees.MOST_LOSS
    for name in asked.sets.split(","):
        rows = load(name)
        columns = [*rows.cat, *rows.num]
        learn, valid, test = (part[[*columns, "label"]] for part in rows.parts)
        x, y = test[columns], rows.labels[2]
        served = train(learn, label="label", valid=valid)
        variants = {"served": served, "light, tables": served.light(), "light, bytes": served.light(bits=8)}
        if served.forest is not None and served.metrics["compact"]["of"] > served.metrics["compact"]["trees"]:
            trees.MOST_LOSS = -1.0
            try:
                variants = {"whole forest": train(learn, label="label", valid=valid)} | variants
            finally:
                trees.MOST_LOSS = allowed
        reference: np.ndarray | None = None
        for variant, model in variants.items():
            p = model.predict(x)
            reference = p if reference is None else reference
            grown = len(model.forest.first_split) if model.forest is not None else 0
            one, ranking, rate = speed(model, x)
            print(
                f"| {name} | {variant} | {grown:,} | {size(model) / 1000:,.0f} | {one:.3f} | {ranking:.1f} | {rate:,.0f} "
                f"| {losses(y, p).mean():.5f} | {'' if p is reference else loss(y, p, reference)} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
