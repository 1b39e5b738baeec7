"""Training on streams and with several workers: the same model as in memory, in one process; bad streams are named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from adwright.data.errors import AdwrightError
from adwright.tools.response import streaming, train
from adwright.tools.response.choosing import prepare
from adwright.tools.response.crossed import refit
from adwright.tools.response.network import logits, train_network
from adwright.tools.response.scoring import score_partitions
from adwright.tools.response.sharded import Shard, Worker, fit_parts
from adwright.tools.response.streaming import Stored, survey

from .test_response_core import world


def batches(frame: pd.DataFrame, size: int = 1_000) -> Any:
    def fresh() -> Iterator[pa.RecordBatch]:
        yield from pa.Table.from_pandas(frame, preserve_index=False).to_batches(max_chunksize=size)

    return fresh


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return world(9_000, seed=3)


def test_a_stream_trains_like_a_table(frame: pd.DataFrame):
    heard: list[str] = []
    streamed = train(batches(frame), model="crossed", watch=lambda what, loss, epoch: heard.append(what))
    assert heard == ["lr", "lr", "crossed", "finish"]
    held = frame.tail(900)
    table = train(frame.head(8_100), model="crossed", valid=held, refit=False)
    assert streamed.metrics["rows"] == len(frame)
    assert streamed.encoder.kinds == table.encoder.kinds
    away = np.abs(streamed.logits(held) - table.logits(held))
    assert away.mean() < 0.05
    parts = list(score_partitions(streamed, batches(held, 250)()))
    assert np.array_equal(np.concatenate(parts), streamed.predict(held))
    two = list(score_partitions(streamed, batches(held, 250)(), workers=2))
    assert [len(part) for part in two] == [250, 250, 250, 150] and np.array_equal(np.concatenate(two), streamed.predict(held))
    with pytest.raises(AdwrightError) as caught:
        list(score_partitions(streamed, batches(held.assign(price=np.inf), 250)(), workers=2))
    assert caught.value.code == "infinite-values"


def test_rows_beyond_memory_still_count(frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(streaming, "SAMPLE", 3_000)
    whole = train(batches(frame), model="crossed")
    assert whole.metrics["sample"] == 3_000 and whole.metrics["weights_of_all_rows"]
    assert "channel × hour" in whole.metrics["crossings"]
    two = train(batches(frame), model="crossed", workers=2)
    assert np.abs(two.logits(frame) - whole.logits(frame)).max() < 1e-3


def test_any_number_of_workers_makes_one_model(frame: pd.DataFrame, tmp_path: Path):
    schema, encoder, _, n = survey(batches(frame), "click", None, 0)
    assert n == len(frame) and set(schema.kinds) == {"channel", "creative_id", "hour", "price", "age"}
    stored = Stored.write(tmp_path, batches(frame), encoder, "click")
    rows, y = stored.rows(0, n), np.asarray(stored.y, np.float64)
    start = train(frame.head(3_000), model="crossed").crossed
    start.sizes = encoder.sizes
    memory = refit(start, rows, encoder.sizes, y, sweeps=12)
    start.weights = [np.zeros(len(w)) for w in memory.weights]
    one = fit_parts(start, [Shard(stored.codes, stored.y, 0, n)], sweeps=12)
    three = fit_parts(start, [Shard(stored.codes, stored.y, a, b) for a, b in ((0, 100), (100, 5_000), (5_000, n))], sweeps=12)
    workers = [Worker(tmp_path, 0, 4_000), Worker(tmp_path, 4_000, n)]
    try:
        two = fit_parts(start, workers, sweeps=12)
    finally:
        for worker in workers:
            worker.close()
    for other in (three, two):
        assert np.abs(one.logits(rows) - other.logits(rows)).max() < 1e-3
    assert np.abs(one.logits(rows) - memory.logits(rows)).max() < 0.03


def test_a_row_of_weight_two_is_two_rows(frame: pd.DataFrame, tmp_path: Path):
    _, encoder, _, n = survey(batches(frame), "click", None, 0)
    stored = Stored.write(tmp_path, batches(frame), encoder, "click")
    twice = np.where(np.arange(n) % 3 == 0, 2, 1)
    start = train(frame.head(2_000), model="lr").crossed
    start.sizes, start.weights = encoder.sizes, [np.zeros(s) for s in encoder.sizes]
    weighted = fit_parts(start, [Shard(stored.codes, stored.y, 0, n, twice)], sweeps=10)
    again = np.repeat(np.arange(n), twice)
    copied = fit_parts(start, [Shard([np.asarray(c)[again] for c in stored.codes], np.asarray(stored.y)[again], 0, len(again))], sweeps=10)
    rows = stored.rows(0, 500)
    assert np.abs(weighted.logits(rows) - copied.logits(rows)).max() < 1e-3


def test_bad_streams_are_named(frame: pd.DataFrame):
    cases = {
        "no-rows": frame.head(0),
        "one-class": frame.assign(click=0),
        "label-missing": frame.drop(columns="click"),
        "infinite-values": frame.assign(price=np.inf),
    }
    for code, data in cases.items():
        with pytest.raises(AdwrightError) as caught:
            train(batches(data), model="lr")
        assert caught.value.code == code
    times = pd.date_range("2026-01-01", periods=len(frame), freq="min")[::-1]
    with pytest.raises(AdwrightError) as caught:
        train(batches(frame.assign(ts=times)), model="lr", time_column="ts")
    assert caught.value.code == "clock-backwards"


@pytest.mark.slow
def test_a_stream_trains_one_network_with_any_number_of_workers(frame: pd.DataFrame):
    rows = frame.head(1_500)
    one, two = (train(batches(rows), model="dnn", workers=workers) for workers in (1, 2))
    assert one.metrics["chosen"] == two.metrics["chosen"] == {"dnn": 1.0}
    assert np.abs(one.logits(rows) - two.logits(rows)).max() < 1e-3 and np.ptp(one.logits(rows)) > 0.5


@pytest.mark.slow
def test_two_processes_train_the_network_that_one_would(frame: pd.DataFrame):
    task = prepare(frame.head(4_000), "click", 0, None, frame.tail(1_000))
    told: dict[int, list[float]] = {1: [], 2: []}
    made = {}
    for workers, losses in told.items():
        heard = lambda kind, loss, epoch, losses=losses: losses.append(loss)  # noqa: E731
        made[workers] = train_network("dcn", task.encoder, task.rows, task.y, task.valid, task.yv, 0, heard, workers=workers)
    (one, facts), (two, others) = made[1], made[2]
    assert len(told[1]) == len(told[2]) > 2 and np.abs(np.subtract(told[1], told[2])).max() < 1e-5
    assert (facts["penalty"], facts["epochs"]) == (others["penalty"], others["epochs"])
    assert np.abs(logits(one, task.valid) - logits(two, task.valid)).max() < 1e-3
    assert np.ptp(logits(one, task.valid)) > 1
