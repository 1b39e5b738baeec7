"""A small shop's model that starts from an earlier one, beside the same fit from nothing: learning curves on the same test rows.

`python -m benchmarks response_transfer` (`--seeds=5 --sizes=500,1000 --parts=shops,worlds --pair=1,2`). Parts: ``shops``, two demo
shops of other seeds; ``time``, one demo shop before and after a date; ``worlds``, two synthetic worlds whose ids bear the same names but have
effects of their own, so that only prices and positions carry over; and three that ought not to help: ``unrelated`` (an e-mail test, then a
demo shop), ``turned`` (the other shop with its clicks drawn by other rules) and ``shuffled`` (with its clicks in any order).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.response_scores import scores
from benchmarks.response_sets import DEMO_SCALE, adworld_rows, demo_columns, hillstrom

SIZES = (500, 1_000, 2_000, 5_000, 10_000, 20_000)
TEST = 20_000


def main(arguments: list[str] | None = None) -> None:
    """Print the table of every part."""
    given = argparse.ArgumentParser("benchmarks response_transfer")
    given.add_argument("--seeds", type=int, default=5)
    given.add_argument("--sizes", default=",".join(map(str, SIZES)))
    given.add_argument("--parts", default=",".join(PARTS))
    given.add_argument("--model", default="crossed")
    given.add_argument("--pair", default="1,2", help="seeds of the earlier and the new shop or world")
    asked = given.parse_args([a for a in (sys.argv[1:] if arguments is None else arguments) if a.startswith("--")])
    print(f"Model `{asked.model}`, {asked.seeds} draws of the training rows; mean [range]; lower logloss is better.\n")
    print("| start | rows | cold logloss | warm logloss | warm - cold | cold AUC | warm AUC | taken | worst harm |")
    print("|---|---|---|---|---|---|---|---|---|")
    first, second = (int(seed) for seed in asked.pair.split(","))
    for part in asked.parts.split(","):
        try:
            earlier, rows = PARTS[part](first, second)
        except FileNotFoundError as gone:
            print(f"\n{part}: not run, {gone} is absent")
            continue
        curve(part, earlier, rows, [int(n) for n in asked.sizes.split(",")], asked.seeds, asked.model)


def curve(part: str, earlier: Any, rows: Any, sizes: list[int], seeds: int, model: str) -> None:
    """Print one line per number of training rows."""
    from adwright.tools.response import train

    start = train(earlier, "label", model=model)
    order = np.random.default_rng(0).permutation(len(rows))
    test, pool = rows.iloc[order[-TEST:]], rows.iloc[order[:-TEST]]
    y = test["label"].to_numpy(np.float64)
    for n in sizes:
        runs = []
        for seed in range(seeds):
            own = pool.iloc[np.random.default_rng(seed).permutation(len(pool))[:n]]
            cold, warm = (train(own, "label", model=model, seed=seed, start=s) for s in (None, start))
            before, after = (scores(y, made.predict(test)) for made in (cold, warm))
            taken = warm.metrics["start"]["used"]
            runs.append((before["logloss"], after["logloss"], after["logloss"] - before["logloss"], before["auc"], after["auc"], taken))
        table = np.array(runs, np.float64)
        mean, low, high = table.mean(axis=0), table.min(axis=0), table.max(axis=0)
        cells = [f"{mean[i]:{f}} [{low[i]:{f}}, {high[i]:{f}}]" for i, f in enumerate((".5f", ".5f", "+.5f", ".4f", ".4f"))]
        print(f"| {part} | {n:,} | {' | '.join(cells)} | {int(table[:, 5].sum())} of {seeds} | {max(high[2], 0):.5f} |", flush=True)


@cache
def shop(seed: int) -> Any:
    """Impressions of a demo shop of that seed, in time order."""
    from adwright import Workspace
    from adwright.data.demo import build_demo

    with tempfile.TemporaryDirectory() as folder, Workspace.open(Path(folder) / "shop", create=True, name="demo") as made:
        build_demo(made, seed=seed, scale=DEMO_SCALE)
        table = made.warehouse.table("impressions")
        return demo_columns(made.warehouse.frame(table.order_by(["ts", "campaign_id", "user_id"])))


def shops(first: int, second: int) -> tuple[Any, Any]:
    return shop(first), shop(second)


def before_and_after(_: int, second: int) -> tuple[Any, Any]:
    rows = shop(second)
    return rows.iloc[: len(rows) // 2], rows.iloc[len(rows) // 2 :]


def worlds(first: int, second: int) -> tuple[Any, Any]:
    earlier, rows = (adworld_rows(seed).drop(columns=["day", "split", "p_true"]) for seed in (first, second))
    ids = {name: str for name in rows if name.startswith("cat_")}
    return earlier.astype(ids), rows.astype(ids)


def unrelated(_: int, second: int) -> tuple[Any, Any]:
    import pandas as pd

    return pd.concat(hillstrom().parts, ignore_index=True), shop(second)


def turned(first: int, second: int) -> tuple[Any, Any]:
    """Clicks that do follow from the columns, as strongly as they may, but by rules drawn at random."""
    earlier, generator = shop(first), np.random.default_rng(5)
    z = np.full(len(earlier), -3.5)
    for name in (c for c in earlier if c.startswith("cat_")):
        codes = earlier[name].factorize()[0]
        z += generator.normal(0, 0.5, codes.max() + 1)[codes]
    return earlier.assign(label=(generator.random(len(earlier)) < 1 / (1 + np.exp(-z))).astype(np.int8)), shop(second)


def shuffled(first: int, second: int) -> tuple[Any, Any]:
    earlier = shop(first)
    return earlier.assign(label=np.random.default_rng(5).permutation(earlier["label"].to_numpy())), shop(second)


PARTS = {
    "shops": shops,
    "time": before_and_after,
    "worlds": worlds,
    "unrelated": unrelated,
    "turned": turned,
    "shuffled": shuffled,
}


if __name__ == "__main__":
    main()
