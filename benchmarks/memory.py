"""Memory of campaigns: known items, judged questions, and many campaigns with Chroma in the process and as a server.

`python -m benchmarks memory` (`--campaigns=` of the large table, `--rows=` of the known items). Known items: AdvertiseGen (Shao et al. 2019),
6,070 texts, the question is the attribute values of a dev row and the one right answer its own text; its licence is unknown, so it is
measured on and nothing of it is shipped. The large table is drawn from our own invented campaigns with other dates and results.
"""

from __future__ import annotations

import argparse
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import memory_judged as sets

if TYPE_CHECKING:
    from collections.abc import Iterator

ADS = Path(__file__).resolve().parents[2] / "shared" / "datasets" / "advertisegen"
QUESTIONS = (
    "去年冬天抖音上跑鞋效果好吗",
    "what worked for sunscreen last summer?",
    "双11 满减 面膜",
    "tent for families",
    "给学生的优惠 键盘",
)


def main(arguments: list[str] | None = None) -> None:
    """Print the three tables."""
    given = argparse.ArgumentParser("benchmarks memory")
    given.add_argument("--rows", type=int, default=1070)
    given.add_argument("--campaigns", type=int, default=100_000)
    asked = given.parse_args([a for a in (sys.argv[1:] if arguments is None else arguments) if a.startswith("--")])
    if ADS.exists():
        known_table(asked.rows)
    else:
        print("not measured: ../shared/datasets/advertisegen is not here")
    judged_table()
    large_table(asked.campaigns)


def known_table(rows: int) -> None:
    """nDCG@10 and time of a question over all texts, words alone and with our own vectors."""
    import pandas as pd
    import pyarrow as pa

    from adwright.data.workspace import Workspace
    from adwright.tools.memory import index
    from adwright.tools.memory.search import CampaignMemory

    dev, train = (pd.read_parquet(ADS / f"{name}.parquet") for name in ("dev", "train_5k"))
    texts = [*map(str, dev.summary), *map(str, train.summary)]
    asked = [" ".join(part.split("#")[1] for part in str(content).split("*")) for content in dev.content[:rows]]
    table = pa.table(
        {"campaign_id": [f"{i:05d}" for i in range(len(texts))], "body": texts, "channel": ["taobao"] * len(texts), "currency": ["CNY"] * len(texts)}
        | {name: [1] * len(texts) for name in ("spend", "impressions", "clicks", "conversions")}
    )  # fmt: skip
    print(f"Known items: {len(texts):,} texts, {len(asked):,} questions.\n")
    print("| ranking | nDCG@10 | found in 10 | CPU ms a question, p50 | p95 |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, Workspace.open(Path(folder) / "shop", create=True) as shop:
        shop.warehouse.replace("campaigns", table)
        memory = CampaignMemory(shop)
        memory.search("预热", {})
        for name, weight in (("words alone", 0.0), ("words and own vectors", index.WEIGHT_OWN)):
            with _weight(weight):
                gains, times = [], []
                for i, question in enumerate(asked):
                    start = time.process_time()
                    found = [hit.id for hit in memory.search(question, {})]
                    times.append(time.process_time() - start)
                    gains.append(1 / np.log2(found.index(f"{i:05d}") + 2) if f"{i:05d}" in found else 0.0)
            p50, p95 = np.percentile(np.array(times) * 1000, [50, 95])
            print(f"| {name} | {np.mean(gains):.4f} | {np.mean(np.array(gains) > 0):.3f} | {p50:.2f} | {p95:.2f} |")


def judged_table() -> None:
    """nDCG@10 on the judged questions, both halves."""
    from adwright.data.workspace import Workspace
    from adwright.tools.memory import index

    print("\n| judged questions | half | n | words alone | words and own vectors |")
    print("|---|---|---|---|---|")
    for language in ("zh", "en"):
        with tempfile.TemporaryDirectory() as folder, Workspace.open(Path(folder) / "shop", create=True) as shop:
            sets.fill(shop, language)
            for half, told in (("dev", "chosen on"), ("test", "held out")):
                n = sum((q["language"], q["half"]) == (language, half) for q in sets.read("memory_judged.csv"))
                scores = []
                for weight in (0.0, index.WEIGHT_OWN):
                    with _weight(weight):
                        scores.append(sets.judged(shop, language, half))
                print(f"| {language} | {told} | {n} | {scores[0]:.4f} | {scores[1]:.4f} |")


def large_table(count: int) -> None:
    """How fast many campaigns are indexed and asked: in memory, with Chroma in the process, with a Chroma server."""
    import pyarrow as pa

    from adwright.data.workspace import Workspace
    from adwright.tools.memory import search
    from adwright.tools.memory.search import CampaignMemory

    print(f"\n{count:,} campaigns. Resident memory is that of the process at its largest so far.\n")
    print("| step | seconds | campaigns a second | resident MB |")
    print("|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, Workspace.open(Path(folder) / "shop", create=True) as shop:
        shop.warehouse.replace("campaigns", pa.Table.from_pylist(_many(count)))
        memory = CampaignMemory(shop)
        start = time.perf_counter()
        size = memory.size
        _step("words, vectors, outcomes", start, size)
        asked = [("in memory", _times(memory))]
        for name, address in (("Chroma in the process", None), ("Chroma server on loopback", _free())):
            with _server(address, Path(folder) / "server") as url:
                index = search._INDEXES[str(shop.path)]
                index.store = type(index.store)(shop.memory, url)
                start = time.perf_counter()
                index.open_store()
                if not index.store.wait(3600):
                    print(f"| {name} | did not open: {index.store.fault and index.store.fault.en} | | |")
                    continue
                _step(f"{name}: vectors written", start, size)
                asked.append((name, _times(memory)))
                if memory.note:
                    print(f"| {name}: {memory.note.en} | | | |")
    print("\n| questions, filters and ranking in all | p50 ms | p95 ms |")
    print("|---|---|---|")
    for name, times in asked:
        p50, p95 = np.percentile(times, [50, 95])
        print(f"| {name} | {p50:.1f} | {p95:.1f} |")


def _many(count: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(0)
    seeds = [{k: v or None for k, v in row.items() if k != "about"} for row in sets.read("memory_campaigns.csv")]
    rows = []
    for i in range(count):
        one, other = seeds[int(rng.integers(len(seeds)))], seeds[int(rng.integers(len(seeds)))]
        start = date(2022, 1, 1) + timedelta(days=int(rng.integers(1750)))
        scale = float(np.exp(rng.normal(0, 0.6)))
        counts = {key: str(round(float(one[key] or 0) * scale)) for key in ("spend", "impressions", "clicks", "conversions", "revenue")}
        fresh = {
            "campaign_id": f"m{i:06d}",
            "name": f"{start:%Y-%m} {i}",
            "start": str(start),
            "end": str(start + timedelta(days=int(rng.integers(5, 40)))),
        }
        rows.append(one | counts | fresh | {"body": other["body"], "channel": other["channel"]})
    return rows  # fmt: skip


def _times(memory: Any) -> np.ndarray:
    """Milliseconds of 100 questions, by the clock: the store works in threads and processes of its own."""
    times = []
    for i in range(100):
        filters = None if i % 2 else {"channel": "douyin", "when": "去年冬天"}
        start = time.perf_counter()
        memory.search(QUESTIONS[i % len(QUESTIONS)], filters, today=sets.TODAY)
        times.append(time.perf_counter() - start)
    return np.array(times) * 1000


def _step(name: str, start: float, count: int) -> None:
    seconds = time.perf_counter() - start
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"| {name} | {seconds:.1f} | {count / seconds:,.0f} | {resident:,.0f} |", flush=True)


@contextmanager
def _weight(value: float) -> Iterator[None]:
    from adwright.tools.memory import index

    kept, index.WEIGHT_OWN = index.WEIGHT_OWN, value
    try:
        yield
    finally:
        index.WEIGHT_OWN = kept


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _server(port: int | None, folder: Path) -> Iterator[str | None]:
    """A Chroma server of its own on loopback, stopped at the end; without a port none."""
    if port is None:
        yield None
        return
    command = [str(Path(sys.executable).parent / "chroma"), "run", "--host", "127.0.0.1", "--port", str(port), "--path", str(folder)]
    quiet = os.environ | {"ANONYMIZED_TELEMETRY": "False"}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=quiet) as server:
        try:
            for _ in range(300):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.2)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
