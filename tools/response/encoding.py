"""Columns become codes: every category and every bin of a number gets an index; 0 is rare, unseen or unknown.

A missing value is a level of its own when it occurred in training. Numbers keep their value beside their bin. The target
and count encodings that trees read are made here too: shrunk by the strength their field shows (empirical Bayes), and out
of fold on training rows, so that no row sees its own label.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .frame import Kind, Schema, expand

LEAST = 2
BINS = 24
MISSING = "\x00"
FOLDS = 5
# Up to here looking up value by value is quicker than finding the distinct ones first.
FEW_ROWS = 4096


@dataclass
class Rows:
    """Encoded rows: `codes` int32 [fields, n] (one line per field), `numbers` float64 [numbers, n] with NaN for missing."""

    codes: np.ndarray
    numbers: np.ndarray

    def __len__(self) -> int:
        return self.codes.shape[1]

    def take(self, at: Any) -> Rows:
        return Rows(self.codes[:, at], self.numbers[:, at])


class Known(dict[Any, int]):
    """Codes of a field's values; any other spelling of a value has the same code, any other value the code 0."""

    def __missing__(self, value: Any) -> int:
        return 0 if type(value) is str else self.get(text_of(value), 0)


class Encoder:
    """Vocabularies and bin edges, learnt on training rows and stored as plain JSON."""

    def __init__(self, kinds: dict[str, Kind], fields: list[dict[str, Any]]) -> None:
        self.kinds = kinds
        self.fields = fields
        self.names = [str(f["name"]) for f in fields]
        self.number_names = [str(f["name"]) for f in fields if "edges" in f]
        self.sizes = [len(f["values"]) + 1 if "values" in f else len(f["edges"]) + 3 for f in fields]
        self.index = {f["name"]: Known({v: i + 1 for i, v in enumerate(f["values"])}) for f in fields if "values" in f}
        self.edges = {f["name"]: np.asarray(f["edges"], np.float64) for f in fields if "edges" in f}

    @classmethod
    def fit(cls, frame: Any, schema: Schema) -> Encoder:
        """Learn from training rows: values seen at least `LEAST` times, bins of equal count."""
        fields: list[dict[str, Any]] = []
        for name, (kind, column) in expand(frame, schema.kinds).items():
            if kind == "category":
                codes, values = column.factorize(use_na_sentinel=False)
                counts = np.bincount(codes, minlength=len(values))
                known = [text_of(v) for v, n in zip(values, counts, strict=True) if n >= LEAST]
                fields.append({"name": name, "values": sorted(set(known))})
            else:
                x = column[~np.isnan(column)]
                edges = np.unique(np.quantile(x, np.linspace(0, 1, BINS + 1)[1:-1])) if len(x) else []
                fields.append({"name": name, "edges": [float(e) for e in edges]})
        return cls(schema.kinds, fields)

    def encode(self, frame: Any, shared: dict[str, Any] | None = None) -> Rows:
        """Encode rows of any table with (some of) the columns; new categories are unknown, not an error.

        `shared` holds what is the same in all rows: it is encoded once, and stands above a column of that name.
        """
        import pandas as pd

        shared = {name: value for name, value in (shared or {}).items() if name in self.kinds}
        plain = expand(frame, {name: kind for name, kind in self.kinds.items() if name not in shared})
        same = expand(pd.DataFrame([shared]), {name: self.kinds[name] for name in shared}) if shared else {}
        codes = np.zeros((len(self.fields), len(frame)), np.int32)
        numbers = np.zeros((len(self.number_names), len(frame)))
        at = 0
        for i, name in enumerate(self.names):
            _, column = plain[name] if name in plain else same[name]
            codes[i] = self._codes(name, column)
            if name in self.edges:
                numbers[at] = column
                at += 1
        return Rows(codes, numbers)

    def _codes(self, name: str, column: Any) -> Any:
        if name in self.edges:
            return self._bins(name, column)
        known = self.index[name]
        if len(column) <= FEW_ROWS:
            return np.fromiter(map(known.__getitem__, column.tolist()), np.int32, len(column))
        at, values = column.factorize(use_na_sentinel=False)
        return np.asarray([known.get(text_of(v), 0) for v in values], np.int32)[at] if len(values) else 0

    def _bins(self, name: str, x: np.ndarray) -> np.ndarray:
        bins = self.edges[name].searchsorted(x) + 2
        bins[np.isnan(x)] = 1
        return bins

    def encode_one(self, row: dict[str, Any]) -> tuple[list[int], list[float]]:
        """Encode one request without building a table: codes per field, values of the numbers."""
        codes, numbers = [], []
        if {"text", "time", "picture"} & set(self.kinds.values()):
            import pandas as pd

            made = self.encode(pd.DataFrame([row]))
            return made.codes[:, 0].tolist(), made.numbers[:, 0].tolist()
        for name in self.names:
            value = row.get(name)
            if name in self.index:
                codes.append(self.index[name][value])
            else:
                x = float("nan") if value is None else float(value)
                codes.append(1 if x != x else int(self.edges[name].searchsorted(x)) + 2)
                numbers.append(x)
        return codes, numbers

    def to_json(self) -> dict[str, Any]:
        return {"kinds": self.kinds, "fields": self.fields}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Encoder:
        return cls(data["kinds"], data["fields"])


def text_of(value: Any) -> str:
    """One spelling per value: 3, 3.0 and "3" are the same category; missing is its own."""
    if value is None or value != value:
        return MISSING
    if isinstance(value, (float, np.floating)) and value == int(value):
        return str(int(value))
    return str(value)


def cross(codes: np.ndarray, sizes: list[int], fields: tuple[int, ...], most: int = 1 << 21) -> tuple[np.ndarray, int]:
    """Index of a crossing of fields, and its table's size; 0 where any part is unknown. Large crossings are hashed."""
    if len(fields) == 1:
        return codes[fields[0]], sizes[fields[0]]
    size = int(np.prod([sizes[f] for f in fields], dtype=np.int64))
    index = codes[fields[0]].astype(np.int64)
    known = index > 0
    for f in fields[1:]:
        index = index * sizes[f] + codes[f]
        known &= codes[f] > 0
    if size > most:
        # Fibonacci hashing (Knuth, vol. 3): the top bits of a product with 2^64 / golden ratio.
        index = (index.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(44)).astype(np.int64) + 1
        size = (1 << 20) + 1
    return np.where(known, index, 0).astype(np.int32), size


def strength(hits: np.ndarray, n: np.ndarray) -> float:
    """Beta pseudo-count of a field's levels: how much a level leans on the mean (method of moments, Beta-binomial)."""
    seen = n > 0
    s, n = hits[seen], n[seen]
    total = n.sum()
    mean = s.sum() / total if total else 0.5
    weight = total - (n**2).sum() / total if total else 0.0
    if len(n) < 2 or not 0 < mean < 1 or weight <= 0:
        return 5000.0
    excess = (n * (s / n - mean) ** 2).sum() - (len(n) - 1) * mean * (1 - mean)
    variance = max(excess / weight, 1e-9)
    return float(np.clip(mean * (1 - mean) / variance - 1, 2, 5000))


@dataclass
class Targets:
    """Target and count encodings of fields: tables of all fields end to end, field f starting at `offsets[f]`."""

    rate: np.ndarray
    count: np.ndarray
    offsets: np.ndarray

    @classmethod
    def fit(cls, indices: list[np.ndarray], sizes: list[int], y: np.ndarray) -> Targets:
        """Learn the tables that serving reads, from all rows."""
        prior = y.mean()
        rates, counts = [np.zeros(0)], [np.zeros(0)]
        for index, size in zip(indices, sizes, strict=True):
            n, s = _counts(index, size, y)
            a = strength(s, n)
            rates.append(logit((s + a * prior) / (n + a)))
            # Training rows see the other folds only; their counts are smaller by that share.
            counts.append(np.log1p(n * (FOLDS - 1) / FOLDS))
        offsets = np.cumsum([0, *sizes])[:-1] if sizes else np.zeros(0)
        return cls(np.concatenate(rates).astype(np.float32), np.concatenate(counts).astype(np.float32), offsets.astype(np.int64))

    def features(self, indices: np.ndarray) -> np.ndarray:
        """Encodings of rows given the index of every field [fields, n], float32 [2 * fields, n]: all rates, then all counts."""
        at = indices + self.offsets[:, None]
        return np.concatenate([self.rate[at], self.count[at]])

    @staticmethod
    def out_of_fold(indices: list[np.ndarray], sizes: list[int], y: np.ndarray, fold: np.ndarray) -> np.ndarray:
        """Encodings of the training rows, each from the other folds only, float32 [2 * fields, n]."""
        prior = y.mean()
        rates, logs = [], []
        for index, size in zip(indices, sizes, strict=True):
            n, s = _counts(index, size, y)
            a = strength(s, n)
            rate, count = np.empty(len(y), np.float32), np.empty(len(y), np.float32)
            for k in range(FOLDS):
                held = fold == k
                at = index[held]
                nk, sk = _counts(at, size, y[held])
                others = n[at] - nk[at]
                rate[held] = logit((s[at] - sk[at] + a * prior) / (others + a))
                count[held] = np.log1p(others)
            rates.append(rate)
            logs.append(count)
        return np.stack(rates + logs) if rates else np.zeros((0, len(y)), np.float32)


def _counts(index: np.ndarray, size: int, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    n = np.bincount(index, minlength=size).astype(np.float64)
    s = np.bincount(index, y, size)
    n[0] = s[0] = 0
    return n, s


def logit(p: np.ndarray) -> np.ndarray:
    """Log odds, finite at 0 and 1."""
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return np.log(p / (1 - p))


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Logistic function, without overflow."""
    return 1 / (1 + np.exp(-np.clip(x, -500, 500)))
