"""The laws of the response models: probabilities, parity of serving, drivers that add up, same seed same model, storing, bad input."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adwright.data.errors import AdwrightError
from adwright.tools.response import ResponseModel, rank, train, trees
from adwright.tools.response.calibration import platt
from adwright.tools.response.compiled import Compiled
from adwright.tools.response.encoding import Rows, Targets, cross, sigmoid, text_of
from adwright.tools.response.model import tree_features
from adwright.tools.response.propensity import best_of_draws
from adwright.tools.response.recurrence import Recurrence
from adwright.tools.response.trees import SETTINGS, flatten


def world(n: int = 6_000, seed: int = 0) -> pd.DataFrame:
    """Impressions with main effects, one crossing, and a number that matters in the middle."""
    g = np.random.default_rng(seed)
    channel, creative, hour = g.integers(0, 4, n), g.integers(0, 30, n), g.integers(0, 24, n)
    price, age = np.exp(g.normal(4, 1, n)), g.uniform(18, 70, n)
    hidden = np.random.default_rng(99)
    z = -2 + hidden.normal(0, 0.6, 30)[creative] + hidden.normal(0, 0.9, (4, 24))[channel, hour] - 0.5 * np.abs(np.log(price) - 4)
    frame = pd.DataFrame(
        {
            "channel": np.array(["douyin", "weibo", "jd", "wechat"])[channel],
            "creative_id": [f"c{i}" for i in creative],
            "hour": hour,
            "price": np.where(g.random(n) < 0.1, np.nan, price),
            "age": age,
            "click": (g.random(n) < sigmoid(z)).astype(int),
        }
    )
    return frame


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return world()


@pytest.fixture(scope="module")
def auto(frame: pd.DataFrame) -> ResponseModel:
    return train(frame, seed=3)


@pytest.fixture(scope="module", params=["lr", "crossed", "gbdt"])
def each(request: pytest.FixtureRequest, frame: pd.DataFrame) -> ResponseModel:
    return train(frame, model=request.param)


def raised(call, *arguments, **named) -> str:
    with pytest.raises(AdwrightError) as caught:
        call(*arguments, **named)
    assert caught.value.message.zh and caught.value.hint.en
    return caught.value.code


def test_auto_learns_and_finds_the_crossing(auto: ResponseModel):
    fresh = world(seed=1)
    assert "channel × hour" in auto.metrics["crossings"]
    p = auto.predict(fresh)
    base = fresh["click"].mean()
    gain = -np.mean(np.where(fresh["click"] > 0, np.log(base), np.log(1 - base))) + np.mean(
        np.where(fresh["click"] > 0, np.log(p), np.log(1 - p))
    )
    assert gain > 0.02
    assert 0.9 < p.mean() / base < 1.1


def test_rows_that_recur_are_recognised_and_served_alike(tmp_path: Path):
    g = np.random.default_rng(4)
    n, fields = 3_000, 12
    robots = g.integers(0, 40, (60, fields))
    from_robot = g.random(n) < 0.4
    values = np.where(from_robot[:, None], robots[g.integers(0, 60, n)], g.integers(0, 40, (n, fields)))
    changed = from_robot[:, None] & (g.random((n, fields)) < 0.2)
    values = np.where(changed, g.integers(0, 40, (n, fields)), values)
    frame = pd.DataFrame({f"field_{i}": [f"v{v}" for v in values[:, i]] for i in range(fields)})
    frame["click"] = (g.random(n) < np.where(from_robot, 0.02, 0.3)).astype(int)
    model = train(frame.head(2_500), seed=1)
    assert "recurring" in model.metrics["chosen"]
    rows = frame.tail(500).drop(columns="click")
    p = model.predict(rows)
    assert p[from_robot[-500:]].mean() < 0.6 * p[~from_robot[-500:]].mean()
    again = ResponseModel.load(model.save(tmp_path))
    assert np.array_equal(again.predict(rows), p)
    assert np.abs([again.predict_one(row) for row in rows.head(20).to_dict("records")] - p[:20]).max() <= 1e-6
    assert np.abs(model.explain(rows.head(30)).sum(axis=1).to_numpy() - model.logits(rows.head(30))).max() <= 1e-6


def test_a_look_up_finds_what_a_sorted_search_finds():
    g = np.random.default_rng(5)
    sizes = [9, 40, 7, 300, 12, 5, 60, 21]
    codes = np.stack([g.integers(0, s, 4_000) for s in sizes]).astype(np.int32)
    drawn = Recurrence.draw(Rows(codes, np.zeros((0, 4_000))), sizes, 0)
    assert drawn is not None
    asked = np.concatenate([codes[:, :500], np.stack([g.integers(0, s, 2_000) for s in sizes]).astype(np.int32)], axis=1)
    expected = np.zeros((len(drawn.fields), asked.shape[1]), np.int64)
    for line, own, held in zip(
        expected, drawn.hashes(asked), np.split(drawn.sums, np.cumsum(drawn.sizes)[:-1] - np.arange(1, len(drawn.sizes))), strict=True
    ):
        at = np.minimum(np.searchsorted(held, own), len(held) - 1)
        line[:] = np.where(held[at] == own, at + 1, 0)
    assert (expected[:, :500] > 0).all() and 0 < (expected > 0).mean() < 1
    assert np.array_equal(drawn.indices(asked), expected)
    assert np.array_equal(drawn.indices(asked[:, :3]), expected[:, :3])
    combinations = [{tuple(row) for row in codes[list(own)].T.tolist()} for own in drawn.fields]
    assert drawn.sizes == [len(distinct) + 1 for distinct in combinations]


def test_a_compact_forest_says_what_the_whole_one_does_or_does_not_serve(monkeypatch: pytest.MonkeyPatch):
    g = np.random.default_rng(2)
    x = g.normal(size=(6, 4_000)).astype(np.float32)
    y = (g.random(4_000) < sigmoid(x[0] + x[1] * x[2] - 2)).astype(float)
    whole = flatten([lgb.train(SETTINGS | {"num_leaves": 15, "min_data_in_leaf": 300}, lgb.Dataset(x.T, y), 100)], [100])
    small, told = trees.compact(whole, x, None, 0)
    assert told["trees"] == len(small.first_split) < told["of"] == 100 and small.gone.dtype == np.uint8
    fresh = g.normal(size=(6, 4_000)).astype(np.float32)
    p, q = sigmoid(whole.logits(fresh)), sigmoid(small.logits(fresh))
    entropy = -(p * np.log(p) + (1 - p) * np.log(1 - p)).mean()
    assert (p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))).mean() < 3 * trees.MOST_LOSS * entropy
    monkeypatch.setattr(trees, "MOST_LOSS", 0.0)
    assert trees.compact(whole, x, None, 0)[0] is whole


def test_serving_one_row_equals_a_batch_and_drivers_add_up(each: ResponseModel, frame: pd.DataFrame):
    rows = frame.drop(columns="click").head(120)
    p = each.predict(rows)
    assert ((p > 0) & (p < 1)).all() and p.dtype == np.float64
    singles = [each.predict_one(row) for row in rows.to_dict("records")]
    assert np.abs(np.array(singles) - p).max() <= 1e-6
    assert np.abs(each.predict(each.encode(rows)) - p).max() == 0
    told = each.explain(rows)
    assert np.abs(told.sum(axis=1).to_numpy() - each.logits(rows)).max() <= 1e-6
    low, high = each.predict_interval(rows).T
    assert ((low <= p) & (p <= high) & (low > 0) & (high < 1)).all()
    wide = each.predict_interval(rows, 0.95)
    assert (wide[:, 0] <= low).all() and (wide[:, 1] >= high).all()


@pytest.mark.parametrize(("leaves", "word"), [(15, np.uint16), (8, np.uint8)])
def test_flat_trees_equal_lightgbm_and_its_shapley_values(leaves: int, word: type):
    g = np.random.default_rng(0)
    x = g.normal(size=(8, 3_000)).astype(np.float32)
    x[3] = np.round(x[3], 1)
    y = (g.random(3_000) < sigmoid(x[0] * x[1] - x[3])).astype(float)
    boosters = [lgb.train(SETTINGS | {"num_leaves": leaves, "seed": i}, lgb.Dataset(x.T, y), 25) for i in range(2)]
    forest = flatten(boosters, [25, 25])
    assert forest.gone.dtype == word
    raw = np.mean([np.asarray(b.predict(x.T, raw_score=True)) for b in boosters], axis=0)
    assert np.abs(forest.logits(x) - raw).max() <= 1e-6
    assert np.abs(forest.logits(x[:, :5]) - raw[:5]).max() <= 1e-6
    drivers, base = forest.drivers(x[:, :40])
    theirs = np.mean([np.asarray(b.predict(x.T[:40], pred_contrib=True)) for b in boosters], axis=0)
    assert np.abs(drivers - theirs[:, :-1].T).max() <= 1e-6
    assert np.abs(theirs[:, -1] - base).max() <= 1e-6


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([8, 15]), st.sampled_from([3, 200]))
def test_a_compiled_forest_gives_the_trees_own_sums(seed: int, leaves: int, n: int):
    g = np.random.default_rng(seed)
    sizes = [7, 30, 4]
    first, second = (np.round(g.normal(size=sum(sizes)), 1).astype(np.float32) for _ in range(2))
    targets = Targets(first, second, np.cumsum([0, *sizes])[:-1])
    indices, numbers = np.stack([g.integers(0, s, 400) for s in sizes]), np.round(g.normal(size=(2, 400)), 1)
    numbers[0, :40] = np.nan
    x = tree_features(targets.features(indices), Rows(indices, numbers))
    y = x[0] * x[4] + (x[6] > 0.3) + g.normal(size=400)
    own = SETTINGS | {"objective": "regression", "num_leaves": leaves, "min_data_in_leaf": 5}
    forest = flatten([lgb.train(own, lgb.Dataset(x.T, y), 12)], [12])
    served = Compiled(forest, targets).logits(indices[:, :n], numbers[:, :n])
    assert np.abs(served - forest.logits(x[:, :n])).max() <= 1e-12


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["dcn", "dnn"])
def test_network_trains_and_serves(kind: str):
    model = train(world(2_500), model=kind)
    assert model.metrics["network"]["parity"] <= 1e-6
    rows = world(200, seed=5).drop(columns="click")
    p = model.predict(rows)
    assert ((p > 0) & (p < 1)).all()
    assert abs(model.predict_one(rows.iloc[0].to_dict()) - p[0]) <= 1e-6
    assert np.abs(model.explain(rows).sum(axis=1).to_numpy() - model.logits(rows)).max() <= 1e-5


def test_same_seed_same_model_and_storing_changes_nothing(frame: pd.DataFrame, auto: ResponseModel, tmp_path: Path):
    assert train(frame, seed=3).version == auto.version
    auto.save(tmp_path / "model")
    again = ResponseModel.load(tmp_path / "model")
    assert np.array_equal(again.predict(frame), auto.predict(frame))
    assert again.version == auto.version and again.metrics == auto.metrics


@pytest.mark.parametrize("name", ["manifest.json", "weights"])
def test_a_changed_file_is_refused(auto: ResponseModel, tmp_path: Path, name: str):
    auto.save(tmp_path)
    place = next(tmp_path.glob(f"{name}*"))
    if name == "weights":
        stored = bytearray(place.read_bytes())
        stored[-1] ^= 1
        place.write_bytes(bytes(stored))
    else:
        told = json.loads(place.read_text("utf-8"))
        told["manifest"]["calibration"][1] += 0.5
        place.write_text(json.dumps(told), "utf-8")
    assert raised(ResponseModel.load, tmp_path) == "damaged-model"
    assert raised(ResponseModel.load, tmp_path / "nowhere") == "no-model"


def test_killed_while_saving_leaves_the_old_model(auto: ResponseModel, frame: pd.DataFrame, tmp_path: Path):
    auto.save(tmp_path)
    script = (
        "import os, signal, sys, pathlib\n"
        "from adwright.tools.response import ResponseModel\n"
        "model = ResponseModel.load(sys.argv[1])\n"
        "model.crossed.weights[0] = model.crossed.weights[0] + 1\n"
        "whole = pathlib.Path.replace\n"
        "def die(self, target):\n"
        "    if target.name == 'manifest.json': os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return whole(self, target)\n"
        "pathlib.Path.replace = die\n"
        "model.save(sys.argv[1])\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert np.array_equal(ResponseModel.load(tmp_path).predict(frame), auto.predict(frame))
    auto.save(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_unwritable_place_is_named(auto: ResponseModel, tmp_path: Path):
    (tmp_path / "file").write_text("x")
    assert raised(auto.save, tmp_path / "file") == "model-not-saved"


def test_new_categories_missing_and_absent_columns_are_unknown(auto: ResponseModel, frame: pd.DataFrame):
    rows = frame.drop(columns="click").head(3)
    new = rows.assign(channel="never seen", creative_id=None)
    p = auto.predict(new)
    assert ((p > 0) & (p < 1)).all()
    wider = auto.predict_interval(new)
    assert (np.diff(np.log(wider / (1 - wider)))[:, 0] > 0).all()
    assert (auto.predict(rows[["channel"]]) > 0).all()
    assert raised(auto.predict, rows[["age"]].set_axis(["x"], axis=1)) == "no-known-columns"
    assert raised(auto.predict, rows.assign(price=np.inf)) == "infinite-values"


def test_what_is_wrong_with_the_data_is_named(frame: pd.DataFrame):
    small = frame.head(800)
    cases = {
        "one-class": small.assign(click=0),
        "label-not-binary": small.assign(click=2),
        "label-missing": small.drop(columns="click"),
        "infinite-values": small.assign(price=np.inf),
        "duplicate-ids": small.assign(impression_id=[0, *range(799)]),
        "no-usable-columns": small[["click"]].assign(a=1, b=None),
        "not-a-table": [1, 2],
    }
    for code, data in cases.items():
        assert raised(train, data, model="lr") == code
    assert raised(train, small, model="best") == "unknown-model"
    times = pd.date_range("2026-01-01", periods=len(small), freq="min")
    assert raised(train, small.assign(ts=times[::-1]), model="lr", time_column="ts") == "clock-backwards"
    assert raised(train, small.assign(ts=times), model="lr", time_column="ts", valid=small.assign(ts=times)) == "clock-backwards"
    assert train(small.assign(ts=times), model="lr", time_column="ts").metrics["rows"] == 800


def test_leaks_constants_and_ids_are_left_out_and_said(frame: pd.DataFrame):
    g = np.random.default_rng(0)
    told = train(
        frame.assign(
            paid=np.where(frame["click"] * (g.random(len(frame)) < 0.3) > 0, 9.5, 0.0),
            clicked_at=np.where(frame["click"] > 0, "yes", "no"),
            score=frame["click"] + g.normal(0, 0.01, len(frame)),
            shop="mine",
            nothing=np.nan,
            id=range(len(frame)),
        ),
        model="lr",
    )
    assert told.left_out == {"paid": "leak", "clicked_at": "leak", "score": "leak", "shop": "constant", "nothing": "missing", "id": "id"}
    assert len(told.notes) == 6 and "paid" in told.notes[0].en


def test_ibis_tables_train_too(frame: pd.DataFrame):
    import ibis

    table = ibis.memtable(frame.head(800))
    assert train(table, model="lr").metrics["rows"] == 800


def test_ranking_orders_by_what_was_asked(auto: ResponseModel, frame: pd.DataFrame):
    options = frame.drop_duplicates("creative_id")[["creative_id", "price"]].reset_index(drop=True)
    options = options.assign(bid=np.linspace(1, 3, len(options)), cvr=0.02, margin=50.0, cost=0.5)
    context = {"channel": "jd", "hour": 20, "age": 30.0}
    ranked = rank(auto, options, context)
    assert (np.diff(ranked["score"]) <= 0).all() and set(ranked["creative_id"]) == set(options["creative_id"])
    assert np.allclose(
        ranked["ctr"], auto.predict(options.set_index("creative_id").loc[ranked["creative_id"]].reset_index().assign(**context))
    )
    by_value = rank(auto, options, context, by="ecpm")
    assert np.allclose(by_value["score"], 1000 * by_value["ctr"] * by_value["bid"])
    by_profit = rank(auto, options, context, by="profit")
    assert np.allclose(by_profit["score"], by_profit["ctr"] * 0.5)
    assert rank(auto, options, context, explore=1.0, seed=1)["explored"].all()
    assert raised(rank, auto, options[["creative_id"]], context, by="ecpm") == "rank-needs-columns"
    assert raised(rank, auto, options, context, by="luck") == "unknown-order"


def test_what_a_ranking_returns_trains_the_next_model(auto: ResponseModel, frame: pd.DataFrame):
    options = frame.drop_duplicates("creative_id")[["creative_id", "price"]].reset_index(drop=True)
    g, log = np.random.default_rng(0), []
    for request in range(150):
        context = {"channel": ["douyin", "jd"][request % 2], "hour": int(g.integers(24)), "age": float(g.uniform(18, 70))}
        ranked = rank(auto, options, context, explore=0.5, seed=request)
        assert ranked["propensity"].sum() == pytest.approx(1) and (ranked["propensity"] >= 0).all()
        if not ranked["explored"].to_numpy()[0]:
            assert ranked["propensity"].iloc[0] >= 0.5
        log.append(ranked.head(1))
    shown = pd.concat(log, ignore_index=True)
    assert 0.3 < float(shown["explored"].to_numpy().mean()) < 0.7
    again = train(shown.assign(click=(g.random(150) < 0.4).astype(int)), model="lr")
    assert {name: why for name, why in again.left_out.items() if why == "ranked"} == dict.fromkeys(
        ("ctr", "score", "explored", "propensity"), "ranked"
    )
    assert set(again.encoder.kinds) == set(auto.encoder.kinds)
    assert set(train(frame.assign(score=frame["age"]), model="lr").encoder.kinds) > set(auto.encoder.kinds)
    assert len(rank(again, options, {"hour": 3})) == len(options)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12), st.sampled_from([0.0, 0.7]))
def test_propensity_is_the_share_of_draws_that_a_candidate_wins(seed: int, n: int, below: float):
    g = np.random.default_rng(seed)
    z, spread, value = g.normal(-2, 0.6, n), g.uniform(0.02, 0.8, n), g.uniform(0.5, 3, n) - below
    told = best_of_draws(z, spread, value)
    assert told.sum() == pytest.approx(1) and (told >= 0).all()
    drawn = sigmoid(z + spread * g.normal(size=(20_000, n))) * value
    assert np.abs(told - np.bincount(drawn.argmax(axis=1), minlength=n) / 20_000).max() < 0.03


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.floats(0.3, 2), st.floats(-2, 2))
def test_calibration_keeps_the_order(seed: int, scale: float, shift: float):
    g = np.random.default_rng(seed)
    z = g.normal(-2, 1, 3_000)
    a, b = platt(z, (g.random(3_000) < sigmoid(scale * z + shift)).astype(float))
    assert a > 0
    assert (np.diff(sigmoid(a * np.sort(z) + b)) >= 0).all()


@settings(max_examples=50)
@given(st.lists(st.integers(2, 3_000), min_size=2, max_size=3), st.integers(0, 1_000))
def test_a_crossing_is_unknown_where_a_part_is(sizes: list[int], seed: int):
    g = np.random.default_rng(seed)
    codes = np.stack([g.integers(0, s, 40) for s in sizes]).astype(np.int32)
    index, size = cross(codes, sizes, tuple(range(len(sizes))))
    assert ((index == 0) == (codes == 0).any(axis=0)).all()
    assert index.max(initial=0) < size


def test_one_spelling_per_value():
    assert text_of(3) == text_of(3.0) == text_of("3") == text_of(np.float64(3))
    assert text_of(None) == text_of(float("nan"))
