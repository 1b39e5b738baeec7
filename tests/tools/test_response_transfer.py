"""Models that start from an earlier one: matched by name, no worse than from nothing beyond chance, and the same laws as any other."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from adwright import Workspace
from adwright.data.errors import AdwrightError
from adwright.tools.response import ResponseModel, train
from adwright.tools.response.calibration import row_losses
from adwright.tools.response.choosing import prepare, regressions
from adwright.tools.response.encoding import Encoder, sigmoid
from adwright.tools.response.origin import origin
from adwright.tools.response.shop import UNFINISHED
from adwright.tools.response.shop import train as train_shop
from adwright.tools.response.transfer import Start, warmest
from adwright.ui.cli import main

CHANNELS = np.array(["douyin", "weibo", "jd", "wechat"])


def world(n: int, seed: int, rules: int = 99) -> pd.DataFrame:
    """Impressions of one shop; `rules` draws what clicks follow from, so that two shops may share it."""
    g, hidden = np.random.default_rng(seed), np.random.default_rng(rules)
    channel, creative, hour = g.integers(0, 4, n), g.integers(0, 60, n), g.integers(0, 24, n)
    price = np.exp(g.normal(4, 1, n))
    z = -2.5 + hidden.normal(0, 0.8, 60)[creative] + hidden.normal(0, 0.9, (4, 24))[channel, hour] + hidden.normal() * (np.log(price) - 4)
    columns = {"channel": CHANNELS[channel], "creative_id": [f"c{i}" for i in creative], "hour": hour, "price": price}
    return pd.DataFrame(columns | {"click": (g.random(n) < sigmoid(z)).astype(int)})


@pytest.fixture(scope="module")
def start() -> ResponseModel:
    return train(world(20_000, 0), model="crossed")


def loss(model: ResponseModel, rows: pd.DataFrame) -> float:
    return float(row_losses(model.logits(rows), rows["click"].to_numpy(np.float64)).mean())


def test_a_small_shop_gains_from_a_shop_that_is_alike(start: ResponseModel):
    own, fresh = world(1_500, 1), world(20_000, 2)
    cold, warm = train(own, model="crossed"), train(own, model="crossed", start=start)
    told = warm.metrics["start"]
    assert told["used"] and told["version"] == start.version and told["gain"] > 0
    assert 0 < told["strength"]["channel × hour"] < 1.5
    assert "start" not in cold.metrics
    assert loss(warm, fresh) < loss(cold, fresh) - 0.005
    again = train(own, model="crossed", start=start)
    assert again.version == warm.version and again.metrics == warm.metrics


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_a_shop_of_other_rules_does_no_harm(start: ResponseModel, seed: int):
    own, fresh = world(1_500, seed, rules=7), world(10_000, 9, rules=7)
    cold, warm = train(own, model="crossed"), train(own, model="crossed", start=start)
    assert loss(warm, fresh) <= loss(cold, fresh) + 0.003
    if not warm.metrics["start"]["used"]:
        assert warm.version == cold.version and np.array_equal(warm.predict(fresh), cold.predict(fresh))


def test_started_on_its_own_rows_it_is_no_worse_on_rows_held_back(start: ResponseModel):
    task = prepare(world(3_000, 1), "click", 0, None, None)
    task.start = Start(train(world(3_000, 1), model="crossed"))
    cold = regressions(prepare(world(3_000, 1), "click", 0, None, None), "crossed")
    made, warm, told = warmest(task, cold, lambda t: regressions(t, "crossed"))
    gain = row_losses(cold["crossed"][1].z, task.yv) - row_losses(warm["crossed"][1].z, made.yv)
    assert gain.mean() > -1.64 * gain.std() / len(gain) ** 0.5
    assert told["gain"] >= 0 or not told["used"]


def test_served_alike_and_stored_whole(start: ResponseModel, tmp_path: Path):
    warm = train(world(1_500, 1), model="crossed", start=start.save(tmp_path / "earlier"))
    again, rows = ResponseModel.load(warm.save(tmp_path / "made")), world(200, 8).drop(columns="click")
    p = warm.predict(rows)
    assert ((p > 0) & (p < 1)).all() and np.array_equal(again.predict(rows), p) and again.metrics == warm.metrics
    assert np.abs([again.predict_one(row) for row in rows.to_dict("records")] - p).max() <= 1e-9
    assert np.abs(again.explain(rows).sum(axis=1).to_numpy() - again.logits(rows)).max() <= 1e-9


def test_weights_are_matched_by_name_and_never_by_code(start: ResponseModel):
    old = start.encoder
    shuffled = [f | {"values": ["a new one", *reversed(f["values"][2:])]} if "values" in f else f for f in reversed(old.fields)]
    new = Encoder(old.kinds, shuffled)
    wide = Start(start).widened(new)
    assert set(wide.index["creative_id"]) == {"a new one", *old.index["creative_id"]}
    prior = Start(start).prior(new)
    for fields, table in prior.items():
        names = [new.names[f] for f in fields]
        weights = next(
            (f, w)
            for f, w in zip(start.crossed.fields, start.crossed.weights, strict=True)
            if sorted(old.names[i] for i in f) == sorted(names)
        )
        if names == ["creative_id"]:
            for level, code in new.index["creative_id"].items():
                known = old.index["creative_id"].get(level, 0)
                assert table[code] == (weights[1][known] if known else 0)
    pair = next(f for f in prior if sorted(new.names[i] for i in f) == ["channel", "hour"])
    assert new.names.index("channel") in pair and prior[pair].shape == (new.sizes[pair[0]] * new.sizes[pair[1]],)
    rows = world(300, 6).drop(columns="click")
    codes, before = new.encode(rows).codes, old.encode(rows).codes
    at = next(i for i, f in enumerate(start.crossed.fields) if sorted(old.names[j] for j in f) == ["channel", "hour"])
    then = start.crossed.terms(old.encode(rows))[at]
    known = (codes[list(pair)] > 0).all(axis=0) & (before > 0).all(axis=0)
    now = prior[pair][codes[pair[0]] * new.sizes[pair[1]] + codes[pair[1]]]
    assert known.sum() > 50 and np.allclose(now[known], then[known])


def test_nothing_in_common_is_a_cold_fit(start: ResponseModel):
    own = world(1_500, 1).rename(columns={"channel": "place", "creative_id": "text_id", "hour": "clock", "price": "cost"})
    cold, warm = train(own, model="crossed"), train(own, model="crossed", start=start)
    assert not warm.metrics["start"]["used"] and warm.version == cold.version


def test_mistakes_are_named(tmp_path: Path, start: ResponseModel):
    with pytest.raises(AdwrightError) as none:
        train(world(1_500, 1), start=tmp_path / "nothing")
    assert none.value.code == "no-model"
    with pytest.raises(AdwrightError) as stream:
        train(lambda: iter(()), start=start)
    assert stream.value.code == "start-needs-table"
    for given in ("nothing", str(tmp_path / "nothing"), str(tmp_path)):
        with pytest.raises(AdwrightError) as lost:
            origin(given)
        assert lost.value.code == "no-start" and lost.value.hint.zh


def test_a_shop_starts_from_another_and_goes_on_after_a_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("ADWRIGHT_HOME", str(tmp_path))
    with Workspace.demo(tmp_path / "demo", scale=0.03) as shop:
        earlier = train_shop(shop, seed=0, model="lr")
    assert origin("demo").version == earlier["version"] == origin(tmp_path / "demo").version
    saved = registry_folder(tmp_path / "demo") / "versions" / earlier["version"]
    assert set(origin(saved).folders) >= {"click"} and set(origin(saved / "click").folders) == {"click"}
    place = tmp_path / "own"
    with Workspace.demo(place, scale=0.02) as shop:
        whole = train_shop(shop, seed=1, model="lr", start="demo")
        assert whole["start"] == earlier["version"] == whole["facts"]["click"]["start"]["version"]
    command = [sys.executable, "-m", "adwright", "train", "-w", str(place), "--model", "lr", "--from", "demo", "--json"]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ))
    kept = place / "models" / UNFINISHED / "start" / "click"
    while not kept.exists() and running.poll() is None:
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert main(["train", "-w", str(place), "--model", "lr", "--from", "demo", "--json"]) == 0
    resumed = json.loads(capsys.readouterr().out)
    assert resumed["start"] == earlier["version"]
    with Workspace.open(place) as shop:
        assert train_shop(shop, model="lr", start="demo")["version"] == resumed["version"]
        with pytest.raises(AdwrightError) as unknown:
            train_shop(shop, model="lr", start="nothing")
    assert unknown.value.code == "unknown-version"
    assert main(["train", "-w", str(place), "--model", "lr", "--from", str(tmp_path / "none"), "--lang", "en"]) == 2
    assert "no model to start from" in capsys.readouterr().err


def registry_folder(shop: Path) -> Path:
    return shop / "models" / "response"
