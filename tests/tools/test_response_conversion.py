"""Laws of conversions: arrived shares, expected labels, delayed feedback beats the naive label, CTCVR <= CTR, order values, bad input."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adwright.data.errors import AdwrightError
from adwright.tools.response import train
from adwright.tools.response.delay import (
    Delay,
    expected_labels,
    expected_rate,
    fit_delay,
    kept,
    recent_share,
    seconds,
    settled,
    train_delayed,
    weights,
)
from adwright.tools.response.encoding import sigmoid
from adwright.tools.response.entire import EntireSpace, conversion_head, train_entire
from adwright.tools.response.value import ValueModel, train_value

DAY = 86_400.0
KINDS = ("weibull", "log-normal", "two exponentials", "two log-normals", "empirical")


def clicks(seed: int = 0, n: int = 12_000, mean_days: float = 4.0, days: float = 20.0) -> tuple[pd.DataFrame, np.ndarray]:
    """Clicks as known after 20 days, and which of them convert in the end."""
    g = np.random.default_rng(seed)
    ad = g.integers(0, 12, n)
    order = g.random(n) < sigmoid(-2 + np.random.default_rng(5).normal(0, 0.7, 12)[ad])
    at = np.sort(g.random(n)) * days * DAY
    came = at + g.exponential(mean_days * DAY, n)
    known = order & (came <= days * DAY)
    frame = pd.DataFrame({"ad": [f"a{i}" for i in ad], "ts": at, "converted": known.astype(int)})
    frame["converted_at"] = np.where(known, came, np.nan)
    return frame, order


def impressions(n: int = 20_000, seed: int = 0) -> pd.DataFrame:
    """Impressions whose advertisements draw clicks and orders alike."""
    g = np.random.default_rng(seed)
    ad, hour = g.integers(0, 15, n), g.integers(0, 24, n)
    pull = np.random.default_rng(5).normal(0, 0.8, 15)[ad]
    clicked = g.random(n) < sigmoid(-1.8 + pull)
    converted = clicked & (g.random(n) < sigmoid(-2.2 + 0.8 * pull))
    return pd.DataFrame(
        {
            "ad": [f"a{i}" for i in ad],
            "hour": hour,
            "price": np.exp(g.normal(4, 1, n)),
            "clicked": clicked.astype(int),
            "converted": converted.astype(int),
        }
    )


def orders(n: int = 400, seed: int = 0) -> pd.DataFrame:
    """Orders of products with a price, some of several pieces."""
    g = np.random.default_rng(seed)
    product = g.integers(0, 40, n)
    price = np.exp(np.random.default_rng(3).normal(4.5, 0.8, 40))[product]
    return pd.DataFrame(
        {
            "product_id": [f"p{i}" for i in product],
            "channel": [("douyin", "jd")[i] for i in g.integers(0, 2, n)],
            "price": price,
            "value": np.round(price * (1 + g.poisson(0.3, n)) * g.uniform(0.9, 1.0, n), 2),
        }
    )


def raised(call, *arguments, **named) -> str:
    with pytest.raises(AdwrightError) as caught:
        call(*arguments, **named)
    assert caught.value.message.zh and caught.value.hint.en
    return caught.value.code


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return clicks()[0]


@pytest.fixture(scope="module")
def space() -> EntireSpace:
    return train_entire(impressions())


@pytest.mark.parametrize("kind", KINDS)
def test_the_arrived_share_never_falls_and_stays_between_0_and_1(kind, frame: pd.DataFrame):
    delay = fit_delay(frame["ts"], frame["converted_at"], 20 * DAY, kind=kind)
    t = np.concatenate([[-5.0, 0.0], np.geomspace(0.1, 60 * DAY, 500)])
    share = delay.arrived(t)
    assert (np.diff(share) >= -1e-12).all() and share[0] == share[1] == 0 and share[-1] == 1
    assert ((share >= 0) & (share <= 1)).all()
    assert delay.quantile(0.2) <= delay.quantile(0.5) <= delay.quantile(0.9) <= delay.horizon
    again = Delay.from_json(json.loads(json.dumps(delay.to_json())))
    assert again == delay and (again.arrived(t) == share).all()


@pytest.mark.parametrize("kind", [None, "empirical"])
def test_the_curve_is_found_though_the_slow_half_of_it_is_cut_off(kind, frame: pd.DataFrame):
    delay = fit_delay(frame["ts"], frame["converted_at"], 20 * DAY, kind=kind)
    t = np.array([0.5, 1, 2, 4, 8, 12]) * DAY
    assert np.abs(delay.arrived(t) - (1 - np.exp(-t / (4 * DAY))) / (1 - np.exp(-5))).max() < 0.05
    seen = (frame["converted_at"] - frame["ts"]).to_numpy(np.float64)
    assert delay.quantile(0.5) > 1.05 * float(np.nanmedian(seen))


@settings(max_examples=60, deadline=None)
@given(
    p=st.floats(0, 1),
    elapsed=st.floats(0, 1e8),
    scale=st.floats(3, 14),
    shape=st.floats(0.3, 3),
    converted=st.booleans(),
)
def test_expected_labels_and_weights_are_shares(p: float, elapsed: float, scale: float, shape: float, converted: bool):
    delay = Delay("weibull", (scale, shape), 30 * DAY)
    label = expected_labels([p], [converted], [elapsed], delay)[0]
    weight = weights([p], [converted], [elapsed], delay)[0]
    assert 0 <= label <= 1 and 0 <= weight <= 1
    if converted:
        assert label == weight == 1
    else:
        assert label <= p + 1e-9
        # Both forms have the same slope by the logit of p.
        assert abs((label - p) - (-p * weight)) < 1e-6


def test_rows_are_kept_in_proportion_and_by_seed():
    share = np.random.default_rng(0).random(5_000)
    chosen = kept(share, 1)
    assert abs(chosen.sum() - share.sum()) <= 2 and (chosen == kept(share, 1)).all()
    assert kept(np.ones(50)).all() and not kept(np.zeros(50)).any()


@pytest.mark.parametrize("seed", [0, 1])
def test_training_on_what_has_arrived_is_not_biased_like_the_naive_label(seed: int):
    seen, order = clicks(seed)
    now = 20 * DAY
    delay = fit_delay(seen["ts"], seen["converted_at"], now)
    elapsed, _ = seconds(seen["ts"], seen["converted_at"], now)
    assert abs(expected_rate(seen["converted"], elapsed, delay) / order.mean() - 1) < 0.05
    naive = train(seen.drop(columns="converted_at"), "converted", "lr", time_column="ts").predict(seen)
    model = train_delayed(seen, now=now, model="lr")
    ours = model.predict(seen)
    assert naive.mean() / order.mean() < 0.9
    assert 0.95 < ours.mean() / order.mean() < 1.05
    y = order.astype(float)
    lost = [-(y * np.log(p) + (1 - y) * np.log(1 - p)).mean() for p in (naive, ours)]
    assert lost[1] < lost[0]
    told = model.metrics["delay"]
    assert 0 < told["arrived"] < 1 and "converted_at" not in model.encoder.kinds and "%" in model.notes[-1].en
    assert recent_share(elapsed, delay)[0] == pytest.approx(told["arrived"])
    assert train_delayed(seen, now=now, model="lr").version == model.version


def test_a_shop_leaves_out_some_of_the_clicks_whose_orders_are_on_their_way(frame: pd.DataFrame):
    begin = pd.Timestamp("2026-01-01")
    rows = frame.assign(
        clicked=1, **{name: pd.to_datetime(frame[name].to_numpy(), unit="s", origin=begin) for name in ("ts", "converted_at")}
    )
    known, told, note = settled(rows)
    assert told and note and note.zh.startswith("最近") and 0 < told["arrived"] < 1
    assert known[rows["converted"] > 0].all() and known[:2_000].mean() > 0.9 > 0.5 > known[-2_000:].mean()
    assert settled(rows)[0].tolist() == known.tolist()
    # Without times, or with too few of them, the labels stand.
    for untimed in (rows.drop(columns="converted_at"), rows.assign(converted_at=rows["converted_at"].where(rows["ts"] < begin))):
        known, told, note = settled(untimed)
        assert known.all() and told is None and note is None


def test_times_may_be_datetimes_texts_or_seconds(frame: pd.DataFrame):
    begin = pd.Timestamp("2026-01-01")
    told = frame.assign(**{name: pd.to_datetime(frame[name].to_numpy(), unit="s", origin=begin) for name in ("ts", "converted_at")})
    now = begin + pd.Timedelta(days=20)
    expected = fit_delay(frame["ts"], frame["converted_at"], 20 * DAY).arrived([DAY])
    for times in (told, told.astype({"ts": str, "converted_at": "string"})):
        assert fit_delay(times["ts"], times["converted_at"], now).arrived([DAY]) == pytest.approx(expected, abs=1e-3)


def test_bad_times_are_named(frame: pd.DataFrame):
    at, came = frame["ts"], frame["converted_at"]
    assert raised(fit_delay, at, at - 5, 20 * DAY) == "converted-before-clicked"
    assert raised(fit_delay, at, came, 2 * DAY) == "now-before-data"
    assert raised(fit_delay, at.where(at < 0), came) == "times-missing"
    assert raised(fit_delay, at, came.where(came < 0), 20 * DAY) == "too-few-conversions"
    assert raised(train_delayed, frame.drop(columns="converted")) == "label-missing"


def test_the_product_of_both_heads_never_exceeds_the_click(space: EntireSpace, tmp_path: Path):
    fresh = impressions(500, seed=9).drop(columns=["clicked", "converted"])
    fresh.loc[0, "ad"] = "never seen"
    ctr, cvr, ctcvr = space.predict(fresh)
    assert ((ctcvr <= ctr) & (ctcvr <= cvr) & (ctcvr > 0) & (ctr < 1) & (cvr < 1)).all()
    assert (ctcvr == ctr * cvr).all() and ctr.dtype == np.float64
    assert np.abs(space.convert.explain(fresh).sum(axis=1) - space.convert.logits(fresh)).max() < 1e-9
    assert space.convert.predict_one(fresh.iloc[3].to_dict()) == pytest.approx(cvr[3], abs=1e-9)
    again = EntireSpace.load(space.save(tmp_path / "entire"))
    assert all((a == b).all() for a, b in zip(again.predict(fresh), (ctr, cvr, ctcvr), strict=True))
    manifest = tmp_path / "entire" / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace("crossed", "network"), "utf-8")
    assert raised(EntireSpace.load, tmp_path / "entire") == "damaged-model"


def test_the_click_head_helps_where_orders_are_few(space: EntireSpace):
    seen = impressions(6_000, seed=3)
    on = seen["clicked"].to_numpy(float) > 0
    fresh = impressions(30_000, seed=8)
    pull = np.random.default_rng(5).normal(0, 0.8, 15)
    truth = sigmoid(-2.2 + 0.8 * pull[fresh["ad"].str[1:].astype(int)])

    def lost(p: np.ndarray) -> float:
        return float(-(truth * np.log(p) + (1 - truth) * np.log(1 - p)).mean())

    shared = conversion_head(space.click, seen, on.astype(float), seen["converted"].to_numpy(float))
    wide = conversion_head(space.click, seen, on.astype(float), seen["converted"].to_numpy(float), likelihood="entire")
    alone = train(seen[on].drop(columns="clicked"), "converted", "lr")
    assert shared.metrics["share"] > 0.3
    assert lost(shared.predict(fresh)) < lost(alone.predict(fresh))
    assert lost(wide.predict(fresh)) < lost(alone.predict(fresh))


@pytest.mark.slow
def test_esmm_trains_in_its_own_process_and_serves_without_tensorflow(tmp_path: Path):
    model = train_entire(impressions(6_000), model="network")
    fresh = impressions(300, seed=9)
    ctr, cvr, ctcvr = model.predict(fresh)
    assert ((ctcvr <= ctr) & (cvr < 1)).all() and np.corrcoef(ctr, fresh["clicked"])[0, 1] > 0.1
    again = EntireSpace.load(model.save(tmp_path / "esmm"))
    assert (again.predict(fresh)[2] == ctcvr).all()


def test_bad_labels_of_the_entire_space_are_named():
    seen = impressions(3_000)
    assert raised(train_entire, seen.assign(clicked=1 - seen["clicked"])) == "converted-without-click"
    assert raised(train_entire, seen.assign(converted=0)) == "too-few-conversions"
    assert raised(train_entire, seen.drop(columns="converted")) == "label-missing"


def test_order_values_beat_the_mean_and_add_up(tmp_path: Path):
    seen, fresh = orders(), orders(seed=1)
    model = train_value(seen)
    p = model.predict(fresh)
    v = fresh["value"].to_numpy()
    assert ((p - v) ** 2).mean() < 0.5 * ((seen["value"].mean() - v) ** 2).mean()
    assert abs(p.sum() / v.sum() - 1) < 0.1 and (p > 0).all()
    low, high = model.predict_interval(fresh).T
    assert 0.7 < ((low <= v) & (v <= high)).mean() < 0.92 and (low <= high).all()
    wide = model.predict_interval(fresh, 0.95)
    assert (wide[:, 0] <= low).all() and (wide[:, 1] >= high).all()
    again = ValueModel.load(model.save(tmp_path / "value"))
    assert (again.predict(fresh) == p).all() and (again.predict_interval(fresh) == model.predict_interval(fresh)).all()
    assert (train_value(seen).predict(fresh) == p).all()
    content = next((tmp_path / "value").glob("weights-*"))
    content.write_bytes(content.read_bytes()[:-1] + b"\x01")
    assert raised(ValueModel.load, tmp_path / "value") == "damaged-model"


def test_few_orders_give_shrunk_group_means_and_none_a_named_error():
    seen = orders(30)
    model = train_value(seen, group="product_id")
    assert model.metrics["chosen"] in ("groups", "mean")
    p = model.predict(orders(200, seed=4))
    assert p.min() >= seen["value"].min() * 0.5 and p.max() <= seen["value"].max() * 1.5
    assert raised(train_value, seen.assign(value=np.nan)) == "values-missing"
    assert raised(train_value, seen.assign(value=np.inf)) == "infinite-values"
    assert raised(train_value, seen.drop(columns="value")) == "label-missing"
    assert raised(train_value, seen[["value"]].assign(channel="jd")) == "no-usable-columns"
    assert raised(train_value(orders()).predict, pd.DataFrame({"colour": ["red"]})) == "no-known-columns"
    assert raised(model.predict_interval, seen, 1.5) == "bad-level"
