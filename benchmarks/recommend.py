"""The recommender beside its peers, on a real shop's orders and on the demo's: ``python -m benchmarks recommend --sets=retail,demo``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

METHODS = ("popularity", "item-kNN", "EASE", "implicit ALS", "adwright")
SEEDED = ("implicit ALS", "adwright")
SEEDS = (0, 1, 2)
SETS = {"retail": "Online Retail II", "demo": "demo shop (made up)"}
QUESTIONS = {"item": "the last first-time purchase", "visit": "first-time purchases of the last 28 days"}


def main() -> None:
    """Print a table per set and question, the difference from EASE, and buying again apart."""
    named = [arg.removeprefix("--sets=").split(",") for arg in sys.argv if arg.startswith("--sets=")]
    with tempfile.TemporaryDirectory() as folder:
        for name in named[0] if named else SETS:
            for question in QUESTIONS:
                _table(Path(folder), name, question)
            _again(name)


def alone(*arguments: str) -> Any:
    """Run one recommender in a fresh process on one thread."""
    one = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "benchmarks.recommend_peers", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | one)
    return json.loads(done.stdout.splitlines()[-1]) if done.stdout else {"failed": done.stderr.splitlines()[-1:]}


def _table(folder: Path, name: str, question: str) -> None:
    print(f"\n**{SETS[name]}: {QUESTIONS[question]}**", flush=True)
    gains: dict[str, list[Any]] = {}
    shown = False
    ours: dict[str, Any] = {}
    for method in METHODS:
        for seed in SEEDS if method in SEEDED else SEEDS[:1]:
            file = folder / f"{name}-{question}-{method.replace(' ', '-')}-{seed}.npz"
            r = alone(name, question, method, str(seed), str(file))
            if "absent" in r or "failed" in r:
                print(f"| {method} | | {'not installed' if 'absent' in r else r['failed']} |")
                break
            if not shown:
                print(f"\n{r['users']:,} users x {r['items']:,} items, {r['pairs']:,} pairs to fit, {r['asked']:,} users asked\n")
                print("| method | seed | NDCG@10 | Recall@20 | coverage@10 | fit CPU s | p95 ms a user |\n|---|---|---|---|---|---|---|")
                shown = True
            p95 = f"{r['p95']:.1f}" if "p95" in r else ""
            tag = f"{method} ({r['serves']})" if "serves" in r else method
            row = f"| {tag} | {seed if method in SEEDED else ''} | {r['ndcg']:.4f} | {r['recall']:.4f} | {r['coverage']:.3f}"
            print(f"{row} | {r['cpu']:.1f} | {p95} |", flush=True)
            with np.load(file) as kept:
                gains.setdefault(method, []).append((kept["ndcg"], kept["recall"]))
            if method == "adwright" and seed == 0:
                ours = r
    print("\nChosen by ours on its own held-out purchases: " + "; ".join(f"{m['method']} {m['ndcg10']:.4f}" for m in ours["measured"]))
    for k, metric in enumerate(("NDCG@10", "Recall@20")):
        gap = np.mean([one[k] for one in gains["adwright"]], axis=0) - gains["EASE"][0][k]
        draws = np.random.default_rng(0).integers(0, len(gap), (2000, len(gap)))
        low, high = np.percentile(gap[draws].mean(1), [2.5, 97.5])
        print(
            f"{metric}, ours (mean of the seeds) minus EASE, paired bootstrap over users, 95 %: {gap.mean():+.4f} [{low:+.4f}, {high:+.4f}]",
            flush=True,
        )


def _again(name: str) -> None:
    print(f"\n**{SETS[name]}: bought again in the last 28 days**, among what the customer had in two orders or more\n")
    print("| list | customers | NDCG@10 | Recall@10 |\n|---|---|---|---|")
    for r in alone("again", name):
        print(f"| {r['method']} | {r['asked']:,} | {r['ndcg']:.4f} | {r['recall']:.4f} |", flush=True)
