"""Trains on rows that need not fit into memory: read twice as Arrow record batches, kept as small integers on disk.

The first pass learns the vocabularies and bins; the second writes codes. Members, crossings and calibration are chosen on
the newest rows that fit (`SAMPLE`), as `choosing` does; then the regression's weights are fitted to all rows (`sharded`), with
any number of worker processes, and kept where the newest, held-out rows say that they are better.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.errors import AdwrightError
from ...data.words import both
from .encoding import BINS, LEAST, Encoder, Rows, text_of
from .frame import Schema, check_finite, check_times, expand, infer, labels
from .model import ResponseModel

if TYPE_CHECKING:
    from .choosing import Watch

# Rows that columns are judged on, that choices are made on, and that are held out to choose (the newest).
SAMPLE = 300_000
HELD_SHARE, MOST_HELD = 0.1, 200_000
# Values of one column that are remembered; the rarest are forgotten beyond it.
MOST_VALUES = 500_000
Batches = Callable[[], Iterator[Any]]


@dataclass
class Stored:
    """Encoded rows on disk: `codes` one array per field, `numbers` one per number, `y`."""

    folder: Path
    codes: list[Any]
    numbers: list[Any]
    y: Any

    @classmethod
    def open(cls, folder: Path) -> Stored:
        """Map what `write` left; nothing is read before it is used."""
        told = json.loads((folder / "rows.json").read_text("utf-8"))

        def mapped(name: str, kind: str) -> Any:
            return np.memmap(folder / name, np.dtype(kind), "r") if told["rows"] else np.zeros(0, kind)

        codes = [mapped(f"code-{i}", kind) for i, kind in enumerate(told["codes"])]
        return cls(folder, codes, [mapped(f"number-{i}", "<f4") for i in range(told["numbers"])], mapped("label", "u1"))

    @classmethod
    def write(cls, folder: Path, batches: Batches, encoder: Encoder, label: str) -> Stored:
        """Encode all batches into `folder`."""
        kinds = ["u1" if size <= 256 else "<u2" if size <= 65_536 else "<i4" for size in encoder.sizes]
        names = [*(f"code-{i}" for i in range(len(kinds))), *(f"number-{i}" for i in range(len(encoder.number_names))), "label"]
        files = [(folder / name).open("wb") for name in names]
        rows = 0
        try:
            for batch in batches():
                frame = batch.to_pandas()
                made = encoder.encode(frame)
                lines = [line.astype(kind) for line, kind in zip(made.codes, kinds, strict=True)]
                lines += [line.astype("<f4") for line in made.numbers]
                for file, line in zip(files, [*lines, labels(frame, label, both_classes=False).astype("u1")], strict=True):
                    file.write(line.tobytes())
                rows += len(frame)
        finally:
            for file in files:
                file.close()
        (folder / "rows.json").write_text(json.dumps({"rows": rows, "codes": kinds, "numbers": len(encoder.number_names)}), "utf-8")
        return cls.open(folder)

    def rows(self, first: int, last: int) -> Rows:
        """Rows `first` to `last` in memory."""
        codes = np.stack([np.asarray(c[first:last], np.int32) for c in self.codes])
        numbers = np.stack([np.asarray(x[first:last], np.float64) for x in self.numbers]) if self.numbers else np.zeros((0, last - first))
        return Rows(codes, numbers)


def survey(batches: Batches, label: str, time_column: str | None, seed: int) -> tuple[Schema, Encoder, Any, int]:
    """First pass: schema, encoder, a random sample of rows, and how many rows there are; raises what `train` raises for bad data."""
    import pandas as pd

    generator = np.random.default_rng(seed)
    kept: list[Any] = []
    keys: list[np.ndarray] = []
    n, latest, bar = 0, None, 1.0
    counts: dict[str, Counter[str]] = {}
    for batch in batches():
        frame = batch.to_pandas()
        labels(frame, label, both_classes=False)
        if time_column and len(frame):
            latest = check_times(frame, time_column, after=latest)
        for name in frame:
            check_finite(frame[name], name)
            if name not in (label, time_column) and not pd.api.types.is_float_dtype(frame[name].dtype):
                seen = counts.setdefault(str(name), Counter())
                codes, values = frame[name].factorize(use_na_sentinel=False)
                seen.update(dict(zip(map(text_of, values), np.bincount(codes, minlength=len(values)).tolist(), strict=True)))
                if len(seen) > 2 * MOST_VALUES:
                    counts[str(name)] = Counter(dict(seen.most_common(MOST_VALUES)))
        # Every row draws a key and the smallest keys stay: a sample of all rows without knowing how many there are.
        key = generator.random(len(frame))
        kept.append(frame[key < bar])
        keys.append(key[key < bar])
        if sum(map(len, keys)) > 2 * SAMPLE:
            kept, keys, bar = _smallest(kept, keys)
        n += len(frame)
    if n == 0:
        raise AdwrightError(
            both("没有读到任何一行数据。", "Not a single row was read."),
            both("检查数据来源；函数每次调用都要返回新的批次。", "Check the source; the function must return fresh batches each time."),
            code="no-rows",
        )
    kept, keys, _ = _smallest(kept, keys)
    sample = kept[0].reset_index(drop=True)
    y = labels(sample, label)
    schema = infer(sample, label, y, time_column)
    fields: list[dict[str, Any]] = []
    for name, (kind, column) in expand(sample, schema.kinds).items():
        if kind == "category":
            whole = counts.get(name) or Counter(dict(zip(*_counted(column), strict=True)))
            fields.append({"name": name, "values": sorted(v for v, c in whole.most_common(MOST_VALUES) if c >= LEAST)})
        else:
            x = column[~np.isnan(column)]
            edges = np.unique(np.quantile(x, np.linspace(0, 1, BINS + 1)[1:-1])) if len(x) else []
            fields.append({"name": name, "edges": [float(e) for e in edges]})
    return schema, Encoder(schema.kinds, fields), sample, n


def _counted(column: Any) -> tuple[list[str], list[int]]:
    codes, values = column.factorize(use_na_sentinel=False)
    return [text_of(v) for v in values], np.bincount(codes, minlength=len(values)).tolist()


def _smallest(kept: list[Any], keys: list[np.ndarray]) -> tuple[list[Any], list[np.ndarray], float]:
    """Keep the `SAMPLE` rows with the smallest keys, in their order."""
    import pandas as pd

    frame, key = pd.concat(kept, ignore_index=True), np.concatenate(keys)
    if len(key) <= SAMPLE:
        return [frame], [key], 1.0
    bar = float(np.partition(key, SAMPLE)[SAMPLE])
    return [frame[key < bar]], [key[key < bar]], bar


def train_stream(
    batches: Batches,
    label: str,
    model: str,
    time_budget: float,
    seed: int,
    time_column: str | None = None,
    workers: int = 1,
    watch: Watch | None = None,
) -> ResponseModel:
    """Train on a function that returns a fresh iterator of Arrow record batches, oldest rows first.

    The newest 10 % (at most 200,000) are held out to choose on. With `workers` > 1 that many processes share the steps of a network,
    which learns from the newest `SAMPLE` rows, and of the regression's weights, which learn from all.
    Raises what `train` raises, and ``no-rows``.
    """
    from .calibration import logloss, platt, quality
    from .choosing import Task, learn
    from .encoding import sigmoid
    from .light import cost
    from .sharded import Shard, Worker, fit_parts

    schema, encoder, sample, n = survey(batches, label, time_column, seed)
    with tempfile.TemporaryDirectory(prefix="adwright-rows-") as place:
        stored = Stored.write(Path(place), batches, encoder, label)
        cut = n - min(int(n * HELD_SHARE), MOST_HELD)
        first = max(0, cut - SAMPLE)
        held, yv = stored.rows(cut, n), np.asarray(stored.y[cut:n], np.float64)
        y = np.asarray(stored.y[first:cut], np.float64)
        task = Task(sample[[label]], sample[[label]].head(0), schema, encoder, stored.rows(first, cut), held, y, yv, seed)
        made = learn(task, label, model, time_budget, refit=False, watch=watch, workers=workers)
        made.metrics |= {"rows": n, "positives": int(np.asarray(stored.y[:], bool).sum()), "sample": cut - first}
        if first > 0:
            bounds = np.linspace(0, cut, workers + 1).astype(int).tolist()
            spans = list(pairwise(bounds))
            parts: list[Any] = [Worker(Path(place), a, b) if workers > 1 else Shard(stored.codes, stored.y, a, b) for a, b in spans]
            try:
                whole = fit_parts(made.crossed, parts)
            finally:
                for part in parts:
                    if isinstance(part, Worker):
                        part.close()
            before, chosen = made.crossed, (made.calibration, made.correction)
            made.crossed = whole
            made.calibration, made.correction = (1.0, 0.0), None
            z = made.logits(held)
            made.calibration = platt(z, yv)
            p = made.predict(held)
            better = logloss(p, yv) < made.metrics["valid"].get("logloss", np.inf)
            if better:
                made.metrics["valid"] = quality(p, yv)
                light = whole.logits(held)
                own = platt(light, yv)
                loss = logloss(sigmoid(own[0] * light + own[1]), yv)
                made.metrics["light"] = {
                    "calibration": list(own),
                    "valid_logloss": loss,
                    "loss": loss - made.metrics["valid"]["logloss"],
                    "bits8": cost(whole, held, yv, own),
                }
            else:
                made.crossed, (made.calibration, made.correction) = before, chosen
            made.metrics["weights_of_all_rows"] = better
        del stored
    return made
