"""Fits the terms of a `Crossed` regression to rows that lie in shards: on disk, or with worker processes of their own.

A step of the regression needs sums per level only, and sums over shards add up: any number of shards or workers gives the
model that one would, up to the order of summation. `Shard` keeps a few float32 vectors of its rows in memory; the codes stay on disk.
"""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from .crossed import Crossed
from .encoding import cross, sigmoid

CHUNK = 1 << 18
SWEEPS = 5
# Largest step of a weight under which the fit has come to rest.
AT_REST = 2e-3


@dataclass
class Terms:
    """What every shard has to know: the fields that each term crosses, the sizes of the fields, and of the terms' tables."""

    fields: list[tuple[int, ...]]
    sizes: list[int]
    tables: list[int]


class Part(Protocol):
    """Rows that answer the coordinator: in this process (`Shard`) or in another (`Worker`)."""

    def start(self, terms: Terms, weights: list[np.ndarray], bias: float) -> None: ...
    def bend(self) -> tuple[list[np.ndarray], float]: ...
    def slope(self, term: int) -> np.ndarray: ...
    def step(self, term: int, by: np.ndarray) -> float: ...
    def shift(self, by: float) -> None: ...


class Shard:
    """Rows `first` to `last` of codes [fields][n] (one array per field, on disk or not) and labels y, optionally with weights of rows."""

    def __init__(self, codes: list[Any], y: Any, first: int, last: int, weight: Any = None) -> None:
        self.codes = codes
        self.chunks = [(a, min(a + CHUNK, last)) for a in range(first, last, CHUNK)]
        self.first = first
        self.y = np.asarray(y[first:last], np.float32)
        self.weight = np.ones(1, np.float32) if weight is None else np.asarray(weight[first:last], np.float32)

    def _each(self, term: int) -> Any:
        fields = self.terms.fields[term]
        own = list(range(len(fields)))
        for a, b in self.chunks:
            if len(fields) == 1:
                index: Any = np.asarray(self.codes[fields[0]][a:b])
            else:
                codes = np.stack([np.asarray(self.codes[f][a:b], np.int32) for f in fields])
                index = cross(codes, [self.terms.sizes[f] for f in fields], tuple(own))[0]
            yield slice(a - self.first, b - self.first), index

    def start(self, terms: Terms, weights: list[np.ndarray], bias: float) -> None:
        """Take the terms and begin at given weights."""
        self.terms = terms
        self.z = np.full(len(self.y), bias, np.float32)
        for term, table in enumerate(weights):
            if table.any():
                for at, index in self._each(term):
                    self.z[at] += table.astype(np.float32)[index]

    def bend(self) -> tuple[list[np.ndarray], float]:
        """Take stock: slope and curvature at the present logits; returns the curvature per level of each term, and in all."""
        p = sigmoid(self.z)
        self._slope = ((self.y - p) * self.weight).astype(np.float32)
        self._bend = (p * (1 - p) * self.weight).astype(np.float32)
        del p
        return [self._sums(term, self._bend) for term in range(len(self.terms.fields))], float(self._bend.sum(dtype=np.float64))

    def slope(self, term: int) -> np.ndarray:
        """Slope per level of a term."""
        return self._sums(term, self._slope)

    def _sums(self, term: int, of: np.ndarray) -> np.ndarray:
        total = np.zeros(self.terms.tables[term])
        for at, index in self._each(term):
            total += np.bincount(index, of[at], len(total))
        return total

    def step(self, term: int, by: np.ndarray) -> float:
        """Move the weights of a term; returns what is left of the slope in all."""
        by = by.astype(np.float32)
        for at, index in self._each(term):
            moved = by[index]
            self.z[at] += moved
            self._slope[at] -= self._bend[at] * moved
        return float(self._slope.sum(dtype=np.float64))

    def shift(self, by: float) -> None:
        """Move the bias."""
        self.z += np.float32(by)
        self._slope -= self._bend * np.float32(by)


class Worker:
    """A shard in a process of its own, spoken to through its standard input and output in arrays without pickled objects."""

    def __init__(self, folder: Path, first: int, last: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "adwright.tools.response.sharded", str(folder), str(first), str(last)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def start(self, terms: Terms, weights: list[np.ndarray], bias: float) -> None:
        import json

        told = json.dumps({"fields": terms.fields, "sizes": terms.sizes, "tables": terms.tables})
        self.ask("start", np.frombuffer(told.encode(), np.uint8), np.array([bias]), *weights)
        self.answer()
        self.n_terms = len(terms.fields)

    def ask(self, what: str, *arrays: np.ndarray) -> None:
        """Send a request; the answer is read by `answer`, so that all workers can be asked before any is waited for."""
        assert self.process.stdin is not None
        write(self.process.stdin, [np.frombuffer(what.encode(), np.uint8), *arrays])

    def answer(self) -> list[np.ndarray]:
        """Read what the worker answers; raises OSError when it ended."""
        assert self.process.stdout is not None
        return read(self.process.stdout)

    def bend(self) -> tuple[list[np.ndarray], float]:
        *heights, total = self.answer()
        return heights, float(total[0])

    def slope(self, term: int) -> np.ndarray:
        return self.answer()[0]

    def step(self, term: int, by: np.ndarray) -> float:
        return float(self.answer()[0][0])

    def shift(self, by: float) -> None:
        self.answer()

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()


def fit_parts(model: Crossed, parts: list[Any], sweeps: int = SWEEPS) -> Crossed:
    """Fit the model's terms, with the strengths that it found, to the rows of all parts; starts from its weights."""
    tables = [len(w) for w in model.weights]
    weights, bias = [w.astype(np.float64).copy() for w in model.weights], model.bias
    precision = [1 / s**2 for s in model.spread]
    for part in parts:
        part.start(Terms(model.fields, model.sizes, tables), weights, bias)
    heights: list[np.ndarray] = []
    for _ in range(sweeps):
        told = _all(parts, "bend")
        heights = [np.sum([t[0][i] for t in told], axis=0) for i in range(len(tables))]
        total, largest = sum(t[1] for t in told), 0.0
        for _ in range(2):
            for i, w in enumerate(weights):
                slope = np.sum(_all(parts, "slope", i), axis=0)
                step = (slope - precision[i] * w) / (heights[i] + precision[i])
                step[0] = 0
                np.clip(step, -1, 1, out=step)
                w += step
                left = sum(_all(parts, "step", i, step))
                shift = left / total
                bias += shift
                _all(parts, "shift", shift)
                seen = heights[i] > 1
                largest = max(largest, float(np.abs(step[seen]).max(initial=0)))
        if largest < AT_REST:
            break
    variance = []
    for h, p in zip(heights, precision, strict=True):
        v = 1 / (h + p)
        v[0] = 1 / p
        variance.append(v.astype(np.float32))
    mean = [float((h * w).sum() / max(h.sum(), 1e-12)) for h, w in zip(heights, weights, strict=True)]
    return Crossed(bias, list(model.fields), weights, variance, list(model.spread), mean, model.sizes)


def _all(parts: list[Any], what: str, *arguments: Any) -> list[Any]:
    """Ask every part and gather the answers; workers compute at the same time."""
    for part in parts:
        if isinstance(part, Worker):
            part.ask(what, *(np.atleast_1d(np.asarray(a, np.float64)) for a in arguments))
    return [getattr(part, what)(*arguments) for part in parts]


def write(stream: Any, arrays: list[np.ndarray]) -> None:
    """Send arrays: their number, then of each the length and the content in NumPy's own format."""
    stream.write(len(arrays).to_bytes(4, "little"))
    for array in arrays:
        content = io.BytesIO()
        np.lib.format.write_array(content, np.ascontiguousarray(array), allow_pickle=False)
        stream.write(content.tell().to_bytes(8, "little"))
        stream.write(content.getbuffer())
    stream.flush()


def read(stream: Any) -> list[np.ndarray]:
    """Read what `write` sent; raises OSError at the end of the stream."""
    count = stream.read(4)
    if len(count) < 4:
        raise OSError("the other process ended")
    contents = (stream.read(int.from_bytes(stream.read(8), "little")) for _ in range(int.from_bytes(count, "little")))
    return [np.lib.format.read_array(io.BytesIO(content), allow_pickle=False) for content in contents]


def serve(folder: Path, first: int, last: int) -> None:
    """Answer a coordinator for rows `first` to `last` of the stored codes, until it closes the stream."""
    import json

    from .streaming import Stored

    stored = Stored.open(folder)
    shard = Shard(stored.codes, stored.y, first, last)
    while True:
        try:
            what, *arrays = read(sys.stdin.buffer)
        except OSError:
            return
        request = what.tobytes().decode()
        if request == "start":
            told = json.loads(arrays[0].tobytes())
            shard.start(Terms([tuple(f) for f in told["fields"]], told["sizes"], told["tables"]), arrays[2:], float(arrays[1][0]))
            answer: list[np.ndarray] = []
        elif request == "bend":
            heights, total = shard.bend()
            answer = [*heights, np.array([total])]
        elif request == "slope":
            answer = [shard.slope(int(arrays[0][0]))]
        elif request == "step":
            answer = [np.array([shard.step(int(arrays[0][0]), arrays[1])])]
        else:
            shard.shift(float(arrays[0][0]))
            answer = []
        write(sys.stdout.buffer, answer)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
