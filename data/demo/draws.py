"""Seeded random streams and the few vectorised draws that every part of the generator shares."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zlib import crc32

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FIRST = date(2024, 11, 23)
LAST = date(2026, 11, 22)
DAYS = (LAST - FIRST).days + 1
SHOP_ZONE = timezone(timedelta(hours=8))
SECOND = 1_000_000
DAY = 86_400 * SECOND
# Microseconds since 1970 (UTC) at which the first shop day begins and the last one ends.
START_US = int(datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=SHOP_ZONE).astimezone(UTC).timestamp()) * SECOND
END_US = START_US + DAYS * DAY

CATEGORIES = ("apparel", "beauty", "food", "electronics", "home", "baby", "sports", "pets")


def stream(seed: int, name: str) -> np.random.Generator:
    """A random stream of its own for `name`, the same on every machine."""
    return np.random.default_rng([seed, crc32(name.encode())])


def pick(rng: np.random.Generator, weights: Floats, size: int) -> Ints:
    """Draw `size` indices with probability in proportion to `weights` (n,)."""
    edges = np.cumsum(weights)
    return np.minimum(np.searchsorted(edges, rng.random(size) * edges[-1], side="right"), len(weights) - 1)


def pick_rows(rng: np.random.Generator, weights: Floats) -> Ints:
    """Draw one index per row of `weights` (n, k)."""
    edges = np.cumsum(weights, axis=1)
    return np.minimum((rng.random(len(weights))[:, None] * edges[:, -1:] >= edges).sum(axis=1), weights.shape[1] - 1)


def coded(values: list[str], indices: Ints, missing: NDArray[np.bool_] | None = None) -> pa.Array:
    """Text column as dictionary: `values` taken at `indices`, null where `missing`."""
    return pa.DictionaryArray.from_arrays(pa.array(indices.astype(np.int32), mask=missing), pa.array(values, pa.string()))


def times(us: Ints, missing: NDArray[np.bool_] | None = None) -> pa.Array:
    """Timestamp column (UTC, microseconds) from microseconds since 1970."""
    return pa.array(us, pa.int64(), mask=missing).cast(pa.timestamp("us"))


def ids(prefix: str, count: int, width: int) -> list[str]:
    """``["u00001", ...]``."""
    return [f"{prefix}{i:0{width}d}" for i in range(1, count + 1)]
