"""Calibration that bends, offsets of channels, and order within groups: monotone, inside (0, 1), kept only when rows support it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adwright.tools.response import ResponseModel, train
from adwright.tools.response.calibrating import Bend, Correction, bias, calibrate, fit_beta, fit_isotonic, fit_offsets
from adwright.tools.response.calibration import quality
from adwright.tools.response.encoding import Encoder, sigmoid
from adwright.tools.response.grouped import columns, gauc, within

ENCODER = Encoder({"channel": "category"}, [{"name": "channel", "values": ["a", "b", "c"]}])


def told(z: np.ndarray, y: np.ndarray, codes: np.ndarray | None = None) -> tuple[np.ndarray, dict]:
    """Logits as calibrated, and the facts."""
    at = np.zeros((1, len(z)), np.int32) if codes is None else codes[None]
    line, correction, facts = calibrate(z, y, ENCODER, at, 0)
    z = line[0] * z + line[1]
    return (z if correction is None else correction.bent(z) + correction.offset(ENCODER, at)), facts


@given(st.integers(0, 10_000), st.integers(50, 600), st.floats(0.05, 0.5))
@settings(max_examples=30, deadline=None)
def test_every_bend_rises_strictly_and_stays_inside(seed: int, n: int, rate: float):
    g = np.random.default_rng(seed)
    z = g.normal(np.log(rate), 1.5, n).round(1)
    y = (g.random(n) < sigmoid(z)).astype(float)
    y[:2] = 0, 1
    wide = np.linspace(-30, 30, 2_001)
    for fit in (fit_beta, fit_isotonic):
        bent = fit(z, y)(wide)
        assert np.isfinite(bent).all() and (np.diff(bent) > 0).all()
        assert ((sigmoid(bent) > 0) & (sigmoid(bent) < 1)).all()


@pytest.mark.parametrize(("method", "map_of"), [("beta", lambda z: 0.5 - 0.4 * np.logaddexp(0, -z) + 2 * np.logaddexp(0, z)),
                                                ("isotonic", lambda z: -2 + 3 * (z > -1.5) - 2.5 * (z < -3))])  # fmt: skip
def test_a_bend_is_found_where_there_is_one(method: str, map_of):
    g = np.random.default_rng(1)
    z = g.normal(-1.5, 1.5, 40_000)
    y = (g.random(len(z)) < sigmoid(map_of(z))).astype(float)
    made, facts = told(z, y)
    assert facts["method"] == method
    losses = {t["method"]: t["logloss"] for t in facts["tried"]}
    assert losses[method] < losses["platt"]
    fresh = np.random.default_rng(2).permutation(len(z))[:5_000]
    assert quality(sigmoid(made), y)["ece"] < 0.6 * quality(sigmoid(z), y)["ece"]
    assert np.array_equal(told(z, y)[0][fresh], made[fresh])


def test_the_simplest_stays_where_nothing_is_bent():
    g = np.random.default_rng(3)
    z = g.normal(-2, 1, 20_000)
    codes = g.integers(1, 4, len(z)).astype(np.int32)
    made, facts = told(z, (g.random(len(z)) < sigmoid(z)).astype(float), codes)
    assert facts["method"] in ("none", "platt") and not facts["channels"]["used"] and np.abs(made - z).max() < 0.3
    few = np.zeros(500)
    few[:20] = 1
    assert [t["method"] for t in told(np.full(500, -3.0), few)[1]["tried"]] == ["platt"]


def test_offsets_of_channels_shrink_and_are_kept_when_they_tell():
    g = np.random.default_rng(4)
    codes = g.choice([1, 2, 3], 30_000, p=[0.6, 0.39, 0.01]).astype(np.int32)
    z = g.normal(-2, 0.7, len(codes))
    true = np.array([0, 0.0, 0.6, -0.6])
    y = (g.random(len(z)) < sigmoid(z + true[codes])).astype(float)
    offsets = fit_offsets(z, y, codes, 4)
    assert offsets[0] == 0 and abs(offsets[2] - 0.6) < 0.1 and abs(offsets[3]) < 0.9
    alone = np.array([0, 1, 2, 3])
    assert not fit_offsets(np.full(4, -2.0), np.zeros(4), alone, 4).any()
    made, facts = told(z, y, codes)
    levels = facts["channels"]["levels"]
    assert facts["channels"]["used"]
    assert levels["b"]["before"][2] < 1 and levels["b"]["after"][1] < 1 < levels["b"]["after"][2]
    for level in "ab":
        assert abs(np.log(levels[level]["after"][0])) < abs(np.log(levels[level]["before"][0])) + 0.05
    unknown = Correction(column="channel", offsets={"a": 1.0, "z": 5.0}).offset(ENCODER, np.array([[0, 1, 2]]))
    assert np.array_equal(unknown, [0, 1, 0])
    assert made.shape == z.shape and bias(z[:3], np.zeros(3)) is None


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    g = np.random.default_rng(5)
    n = 8_000
    channel, hour = g.integers(0, 4, n), g.integers(0, 24, n)
    z = -1.5 + g.normal(0, 0.1, 4)[channel] + np.random.default_rng(9).normal(0, 1, 24)[hour]
    return pd.DataFrame(
        {
            "channel": np.array(list("abcd"))[channel],
            "hour": hour,
            "user_id": [f"u{i}" for i in g.integers(0, 300, n)],
            "click": (g.random(n) < sigmoid(z)).astype(int),
        }
    )


@pytest.mark.parametrize("bend", [Bend("beta", (0.7, 1.4, 0.2)), Bend("isotonic", (-3.0, -1.0, 0.5), (-2.5, -1.5, 1.0)), None])
def test_a_corrected_model_is_served_explained_and_stored_alike(bend: Bend | None, table: pd.DataFrame, tmp_path: Path):
    model = train(table, model="crossed")
    model.correction = Correction(bend, "channel", {"a": 0.4, "b": -0.2}, shift=0.1)
    rows = table.drop(columns="click").head(150)
    p = model.predict(rows)
    again = ResponseModel.load(model.save(tmp_path))
    assert again.correction == model.correction and np.array_equal(again.predict(rows), p)
    assert np.abs([again.predict_one(row) for row in rows.to_dict("records")] - p).max() <= 1e-12
    told = again.explain(rows)
    assert np.abs(told.sum(axis=1).to_numpy() - again.logits(rows)).max() <= 1e-9 and "calibration" in told
    low, high = again.predict_interval(rows).T
    assert ((low > 0) & (low <= p) & (p <= high) & (high < 1)).all()
    plain = train(table, model="crossed")
    same = rows["channel"] == "a"
    assert np.array_equal(np.argsort(plain.predict(rows[same]), kind="stable"), np.argsort(p[same.to_numpy()], kind="stable"))


def test_training_tells_how_it_was_calibrated_and_the_order_within_users(table: pd.DataFrame):
    metrics = train(table, model="crossed").metrics
    assert metrics["calibration"]["method"] in ("none", "platt", "beta", "isotonic")
    assert set(metrics["calibration"]["channels"]["levels"]) == set("abcd")
    assert metrics["gauc"]["by"] == "user_id" and metrics["valid"]["gauc"] == metrics["gauc"]["gauc"]
    low, high = metrics["gauc"]["interval"]
    assert 0.5 < low < metrics["gauc"]["gauc"] < high < 1
    assert train(table.drop(columns="user_id"), model="lr").metrics.get("gauc") is None


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_order_within_groups_ignores_what_is_between_them(seed: int):
    g = np.random.default_rng(seed)
    group = g.integers(0, 40, 2_000).astype(str)
    p, y = g.random(2_000).round(2), (g.random(2_000) < 0.2).astype(float)
    areas, rows = gauc(p, y, group)
    assert ((areas >= 0) & (areas <= 1)).all() and rows.sum() <= 2_000
    lifted = p + np.unique(group, return_inverse=True)[1]
    assert np.allclose(gauc(lifted, y, group)[0], areas)
    assert np.allclose(gauc(-p, y, group)[0], 1 - areas)
    one, whole = gauc(p, y, np.full(2_000, "all"))
    assert one[0] == pytest.approx(quality(p, y)["auc"]) and whole[0] == 2_000


def test_the_finest_group_that_tells_is_taken():
    frame = pd.DataFrame({"cat_channel": list("ab") * 500, "campaign_id": [f"c{i % 25}" for i in range(1_000)], "user": range(1_000)})
    g = np.random.default_rng(0)
    p, y = g.random(1_000), (g.random(1_000) < 0.3).astype(float)
    assert list(columns(frame)) == ["user", "campaign_id", "cat_channel"]
    found = within(p, y, columns(frame))
    assert found["by"] == "campaign_id" and found["groups"] == 25 and found == within(p, y, columns(frame))
    assert within(p, np.zeros(1_000), columns(frame)) == {} == within(p, y, {})
    areas, _ = gauc(p, y, np.full(1_000, ""))
    assert not len(areas)
