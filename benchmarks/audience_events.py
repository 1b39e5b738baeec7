"""A made-up shop log of any length: users of eight hidden tastes, views, carts, purchases and searches, zh and en. Seeded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

CATEGORIES = [
    "running_shoes",
    "basketball_shoes",
    "sandals",
    "boots",
    "tshirt",
    "jacket",
    "dress",
    "jeans",
    "yoga",
    "outdoor",
    "bag",
    "watch",
    "phone",
    "laptop",
    "headphone",
    "camera",
    "skincare",
    "makeup",
    "perfume",
    "toys",
    "books",
    "kitchen",
    "snacks",
    "pets",
]
WORDS = [
    "running",
    "shoes",
    "跑鞋",
    "lightweight",
    "marathon",
    "篮球鞋",
    "summer",
    "dress",
    "连衣裙",
    "sale",
    "discount",
    "优惠",
    "phone",
    "手机",
    "headphone",
    "耳机",
    "skincare",
    "护肤",
    "gift",
    "礼物",
    "kids",
    "儿童",
    "outdoor",
    "户外",
    "jacket",
    "外套",
    "bag",
    "包",
    "watch",
    "手表",
    "cheap",
    "便宜",
]
EVENTS = ("view", "cart", "purchase", "search")
PIECE = 1_000_000
PART = 10_000_000
SEED = 11
END = "2026-06-30"


def write(folder: Path, count: int, users: int) -> str:
    """Write `count` events of at most `users` users as Parquet parts; return the pattern that reads them."""
    hidden = np.random.default_rng(SEED)
    taste = hidden.integers(0, 8, users)
    likes = hidden.dirichlet(np.full(len(CATEGORIES), 0.25), 8).cumsum(1)
    says = hidden.dirichlet(np.full(len(WORDS), 0.3), 8).cumsum(1)
    activity = (hidden.pareto(1.6, users) + 0.2).cumsum()
    asked = np.array([f"{a} {b}" for a in WORDS for b in WORDS])
    begin = np.datetime64("2026-01-01T00:00:00", "us").astype("int64")
    for part, first in enumerate(range(0, count, PART)):
        writer = None
        for start in range(first, min(count, first + PART), PIECE):
            rng = np.random.default_rng((SEED, start))
            n = min(PIECE, count - start)
            user = np.searchsorted(activity / activity[-1], rng.random(n)).clip(0, users - 1)
            category, one, two = (np.empty(n, np.int64) for _ in range(3))
            for group in range(8):
                mine = taste[user] == group
                for into, table in ((category, likes), (one, says), (two, says)):
                    into[mine] = np.searchsorted(table[group], rng.random(int(mine.sum()))).clip(0, table.shape[1] - 1)
            event = np.searchsorted([0.70, 0.82, 0.86, 1.0], rng.random(n), side="right").clip(0, 3)
            table = pa.table(
                {
                    "user_id": user.astype(np.int64),
                    "ts": pa.array(begin + (rng.random(n) * 180 * 86400e6).astype("int64"), pa.timestamp("us")),
                    "event": pa.DictionaryArray.from_arrays(event.astype(np.int8), list(EVENTS)).cast(pa.string()),
                    "item_id": category * 1000 + rng.integers(0, 1000, n),
                    "category": pa.DictionaryArray.from_arrays(category.astype(np.int8), CATEGORIES).cast(pa.string()),
                    "price": np.round(np.exp(3 + 0.08 * category + 0.5 * rng.standard_normal(n)), 2),
                    "query": pa.array(asked[one * len(WORDS) + two], pa.string(), mask=event != 3),
                }
            )
            writer = writer or pq.ParquetWriter(folder / f"part{part}.parquet", table.schema, compression="zstd")
            writer.write_table(table)
        if writer:
            writer.close()
    return str(folder / "*.parquet")
