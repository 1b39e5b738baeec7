"""The light variant in bytes: close to the whole tables, saved and refused like any model, smaller, honest about what it loses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adwright.data.errors import AdwrightError
from adwright.tools.response import ResponseModel, rank, train
from adwright.tools.response.crossed import Crossed
from adwright.tools.response.encoding import Encoder, Rows
from adwright.tools.response.light import Packed, lighten

from .test_response_core import world


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    g = np.random.default_rng(1)
    return world().assign(shop=[f"shop {i}" for i in g.integers(0, 900, 6_000)])


@pytest.fixture(scope="module")
def model(frame: pd.DataFrame) -> ResponseModel:
    return train(frame, model="crossed")


def test_bytes_predict_nearly_what_the_tables_do_in_a_smaller_file(model: ResponseModel, frame: pd.DataFrame, tmp_path: Path):
    small, tables = model.light(bits=8), model.light()
    away = np.abs(small.logits(frame) - tables.logits(frame))
    assert 0 < away.max() < 0.05
    places = [made.save(tmp_path / name) for name, made in (("small", small), ("tables", tables))]
    sizes = [sum(file.stat().st_size for file in place.iterdir()) for place in places]
    assert sizes[0] < 0.7 * sizes[1]
    told = model.metrics["light"]["bits8"]
    assert told["interval"][0] <= told["loss"] <= told["interval"][1] and abs(told["loss"]) < 0.001 and told["rows"] > 0


def test_the_light_variant_is_served_like_any_model(model: ResponseModel, frame: pd.DataFrame, tmp_path: Path):
    small = model.light(bits=8)
    again = ResponseModel.load(small.save(tmp_path))
    rows = frame.drop(columns="click").head(200)
    p = small.predict(rows)
    assert np.array_equal(again.predict(rows), p) and again.version == small.version != model.version
    assert np.array_equal(again.predict_interval(rows), small.predict_interval(rows))
    assert max(abs(again.predict_one(row) - q) for row, q in zip(rows.to_dict("records"), p, strict=True)) < 1e-6
    assert np.abs(again.explain(rows).sum(axis=1).to_numpy() - again.logits(rows)).max() < 1e-5
    whole = model.predict_interval(rows)
    assert (np.diff(again.predict_interval(rows))[:, 0] > 0.9 * np.diff(whole)[:, 0]).all()
    assert len(rank(again, rows[["creative_id"]].head(5), {"channel": "jd"}, explore=1.0)) == 5


@pytest.mark.parametrize("name", ["manifest.json", "weights"])
def test_a_changed_light_file_is_refused(model: ResponseModel, tmp_path: Path, name: str):
    model.light(bits=8).save(tmp_path)
    place = next(tmp_path.glob(f"{name}*"))
    stored = bytearray(place.read_bytes())
    stored[len(stored) // 2] ^= 1
    place.write_bytes(bytes(stored))
    with pytest.raises(AdwrightError) as caught:
        ResponseModel.load(tmp_path)
    assert caught.value.code == "damaged-model"


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.0, 1.0), st.floats(1e-6, 50))
def test_rounding_is_within_half_a_step_and_forgotten_levels_change_nothing(seed: int, empty: float, size: float):
    g = np.random.default_rng(seed)
    encoder = Encoder(
        {"a": "category", "b": "category"}, [{"name": n, "values": [f"v{i}" for i in range(k)]} for n, k in (("a", 30), ("b", 12))]
    )
    fields, tables = [(0,), (1,), (0, 1)], []
    for f in fields:
        table = size * g.normal(size=int(np.prod([encoder.sizes[i] for i in f]))) * (g.random() > empty)
        table[g.random(len(table)) < empty] = 0
        if len(f) == 2:
            table.reshape(31, 13)[0] = table.reshape(31, 13)[:, 0] = 0
        table[0] = 0
        tables.append(table)
    variance = [np.full(len(t), 0.3, np.float32) * g.uniform(0.01, 1, len(t)).astype(np.float32) for t in tables]
    whole = Crossed(-2.0, fields, tables, variance, [1.0] * 3, [0.0] * 3, encoder.sizes)
    packed = Packed.of(whole)
    rounded = packed.unpacked(whole)
    for table, near, scale in zip(tables, rounded.weights, packed.scale, strict=True):
        assert np.abs(table - near).max() <= scale * 0.5001 + 1e-6 * size
    assert all(np.abs(np.log2(a / b)).max() < 0.05 for a, b in zip(variance, rounded.variance, strict=True))
    smaller, crossed, kept = lighten(encoder, whole)
    frame = pd.DataFrame({"a": [f"v{i}" for i in g.integers(0, 31, 200)], "b": [f"v{i}" for i in g.integers(0, 13, 200)]})
    rows: Rows = encoder.encode(frame)
    assert np.abs(crossed.logits(smaller.encode(frame)) - rounded.logits(rows)).max() < 1e-9
    stored = Packed.from_arrays(kept.arrays())
    assert all(np.array_equal(a, b) for a, b in zip(kept.weights + kept.variance, stored.weights + stored.variance, strict=True))
