"""Response curves from weekly history: known answers come back inside their intervals, poor histories are refused by name."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from adwright.data.errors import AdwrightError
from adwright.data.workspace import Workspace
from adwright.tools import bayesian
from adwright.tools.budget import FittedCurves, ResponseCurve, allocate, fit_curves, shop_weeks
from adwright.tools.budget.mix_model import allocatable
from adwright.tools.budget.shapes import half_life, shapes
from adwright.tools.budget.weekly import read_weekly

START = date(2024, 1, 1)


def weekly(weeks: int = 110, seed: int = 3, scale: float = 1.0) -> pd.DataFrame:
    """Two channels with Michaelis-Menten curves: search earns 3 times what tv does; a season and a trend below."""
    rng = np.random.default_rng(seed)
    t = np.arange(weeks)
    spend = {"search": 4000 * rng.lognormal(0, 0.5, weeks), "tv": 9000 * rng.lognormal(0, 0.5, weeks)}
    carried = {"search": spend["search"], "tv": np.convolve(spend["tv"], [0.6, 0.25, 0.15])[:weeks]}
    outcome = 60_000 + 9000 * np.sin(2 * np.pi * t / 52.18) + 40 * t + rng.normal(0, 1500, weeks)
    outcome += 60_000 * carried["search"] / (carried["search"] + 8000) + 45_000 * carried["tv"] / (carried["tv"] + 18_000)
    days = [START + timedelta(days=7 * int(k)) for k in t]
    return pd.DataFrame(
        [
            {"date": day, "channel": name, "spend": scale * spend[name][k], "outcome": scale * outcome[k]}
            for k, day in enumerate(days)
            for name in ("search", "tv")
        ]
    )


@pytest.fixture(scope="module")
def fitted() -> FittedCurves:
    return fit_curves(weekly())


def test_the_truth_lies_inside_the_intervals(fitted: FittedCurves) -> None:
    at = np.array([4000.0, 9000.0])
    truth = np.array([60_000 * 8000 / (4000 + 8000) ** 2, 45_000 * 18_000 / (9000 + 18_000) ** 2])
    low, middle, high = np.quantile(fitted.mroas(at), (0.01, 0.5, 0.99), axis=0)
    assert ((low < truth) & (truth < high)).all() and (np.abs(middle / truth - 1) < 0.35).all()
    total = 60_000 / 3 + 45_000 / 3
    low, high = np.quantile(fitted.total(at), (0.01, 0.99))
    assert low < total < high
    assert fitted.r2 > 0.8 and fitted.holdout is not None and fitted.holdout.mape < 0.1
    by_name = {r.channel: r for r in fitted.results}
    assert by_name["search"].mroas.value > by_name["tv"].mroas.value and by_name["search"].half_life.value < 1
    assert all(r.learnt and 0 < r.share.low <= r.share.value <= r.share.high < 1 for r in fitted.results)


def test_curves_go_into_the_allocation_and_money_moves_to_the_better_channel(fitted: FittedCurves) -> None:
    split = allocate(fitted.curves, float(fitted.current.sum()), current=fitted.current, move_cap=0.3)
    assert split.certificate.gap < 1e-6 and split.amounts[0] > fitted.current[0]
    advice = fitted.advise()
    assert advice.step > 0 and advice.p_gain >= 0.8 and advice.gain.value > 0
    assert sum(advice.amounts) == pytest.approx(fitted.current.sum())
    assert (np.abs(np.array(advice.amounts) / fitted.current - 1) <= 0.3 + 1e-9).all()


def test_nothing_is_moved_where_a_gain_is_a_coin_toss() -> None:
    frame = weekly(40)
    frame["outcome"] = np.repeat(np.random.default_rng(0).normal(100_000, 20_000, 40), 2)
    advice = fit_curves(frame, holdout_weeks=0).advise()
    assert advice.step < 1
    if not advice.step:
        assert advice.words.en.startswith("Do not move") and advice.words.zh.startswith("先不动") and advice.p_gain < 0.8


def test_units_of_money_do_not_matter(fitted: FittedCurves) -> None:
    cents = fit_curves(weekly(scale=100.0), holdout_weeks=0)
    assert np.allclose([r.roas.value for r in cents.results], [r.roas.value for r in fitted.results], rtol=1e-6)
    assert np.allclose(cents.current, 100 * fitted.current)


def test_long_wide_and_daily_tables_read_alike() -> None:
    long = weekly(30)
    wide = long.pivot_table(index="date", columns="channel", values="spend").reset_index()
    wide["outcome"] = long.groupby("date")["outcome"].first().to_numpy()
    a, b = read_weekly(long), read_weekly(wide, channels=["search", "tv"])
    assert a.weeks == b.weeks and np.allclose(a.spend, b.spend) and np.allclose(a.outcome, b.outcome)
    days = [START + timedelta(days=k) for k in range(24 * 7 + 3)]
    daily = pd.DataFrame({"date": days, "channel": "search", "spend": np.arange(len(days)) % 50, "outcome": 10.0})
    read = read_weekly(daily)
    assert len(read.weeks) == 24 and set(read.outcome) == {70.0}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda f: f[f["date"] == START], "single-week"),
        (lambda f: f[f["date"] < START + timedelta(days=70)], "few-weeks"),
        (lambda f: f.assign(spend=1000.0), "no-variation"),
        (lambda f: f.assign(spend=0.0), "no-spend"),
        (lambda f: f.assign(spend=f["spend"].where(f.index != 4, -5.0)), "negative-spend"),
        (lambda f: f.drop(columns="spend"), "bad-history"),
        (lambda f: f.assign(outcome=f["outcome"].where(f.index != 4, np.nan)), "bad-history"),
        (lambda f: f.assign(outcome=np.arange(len(f))), "bad-history"),
        (lambda f: f[f["date"] != START + timedelta(days=21)], "weeks-missing"),
        (lambda f: f.iloc[:0], "bad-history"),
        (lambda f: f.assign(date="soon"), "bad-history"),
    ],
)
def test_poor_histories_are_refused_by_name(change, code: str) -> None:
    with pytest.raises(AdwrightError) as error:
        read_weekly(change(weekly(40)))
    assert error.value.code == code


def test_days_to_come_are_no_history() -> None:
    with pytest.raises(AdwrightError) as error:
        read_weekly(weekly(40), today=START + timedelta(days=100))
    assert error.value.code == "future-dates"


def test_a_still_channel_is_named() -> None:
    frame = weekly(60)
    frame.loc[frame["channel"] == "tv", "spend"] = 500.0
    fit = fit_curves(frame, holdout_weeks=0)
    assert [r.learnt for r in fit.results] == [True, False]
    assert any("tv" in note.en and "assumption" in note.en for note in fit.notes)


def test_draws_of_both_families_average_exactly_and_can_be_allocated() -> None:
    mixed = ResponseCurve.from_mixed_draws([True, False], [100.0, 80.0], [10.0, 20.0], [1.0, 2.0])
    at = np.array([7.0])
    parts = [ResponseCurve.logistic(100, 10), ResponseCurve.hill(80, 20, 2)]
    assert mixed.value(at)[0] == pytest.approx(np.mean([p.value(at)[0] for p in parts]))
    assert mixed.slope(at)[0] == pytest.approx(np.mean([p.slope(at)[0] for p in parts]))
    assert mixed.bend(at)[0] == pytest.approx(np.mean([p.bend(at)[0] for p in parts]))
    step = 1e-5
    assert mixed.slope(at)[0] == pytest.approx((mixed.value(at + step)[0] - mixed.value(at - step)[0]) / (2 * step), rel=1e-6)
    rng = np.random.default_rng(0)
    wild = ResponseCurve.from_mixed_draws(rng.random(80) < 0.3, rng.lognormal(4, 1, 80), rng.lognormal(3, 1.5, 80), np.full(80, 3.0))
    tame = allocatable(wild, 50.0)
    result = allocate([tame, ResponseCurve.hill(90, 15)], 60.0, 5.0, 50.0)
    assert sum(float(x) for x in result.amounts) == pytest.approx(60.0)


def test_shapes_are_a_distribution_and_half_lives_follow_the_weights() -> None:
    table = shapes()
    assert np.exp(table.log_prior).sum() == pytest.approx(1) and np.allclose(table.carry.sum(1), 1)
    effects = table.effects(np.array([0.0, 5.0, 0.0, 2.0]), 5.0)
    assert effects.shape == (len(table.log_prior), 4) and ((effects >= 0) & (effects <= 1)).all()
    assert half_life(np.array([1.0, 0.0])) == 0.5 and half_life(np.array([0.25, 0.25, 0.5])) == 2.0


def test_a_shops_own_tables_are_a_weekly_history(shop: Workspace, empty_shop: Workspace) -> None:
    history = shop_weeks(shop)
    rows: Any = shop.warehouse.frame("SELECT spend, start, \"end\" FROM campaigns WHERE currency = 'CNY'")
    inside = rows[(rows["start"].dt.date >= history.weeks[0]) & (rows["end"].dt.date < history.weeks[-1])]
    assert float(inside["spend"].sum()) <= history.spend.sum() <= float(rows["spend"].sum()) + 1e-6
    assert len(history.weeks) > 52 and len(history.channels) == 12 and (history.spend >= 0).all()
    with pytest.raises(AdwrightError) as error:
        shop_weeks(shop, today=history.weeks[0])
    assert error.value.code == "future-dates"
    with pytest.raises(AdwrightError) as error:
        shop_weeks(empty_shop)
    assert error.value.code == "no-campaigns"


@pytest.mark.slow
def test_the_library_s_curves_are_used_like_our_own(fitted: FittedCurves) -> None:
    pytest.importorskip("pymc_marketing", reason="adwright[bayes] is not installed")
    theirs = fit_curves(weekly(), method="bayes", holdout_weeks=13)
    at = np.array([4000.0, 9000.0])
    truth = np.array([60_000 * 8000 / (4000 + 8000) ** 2, 45_000 * 18_000 / (9000 + 18_000) ** 2])
    assert (np.abs(np.median(theirs.mroas(at), 0) / truth - 1) < 0.5).all()
    assert theirs.total(at).mean() == pytest.approx(fitted.total(at).mean(), rel=0.35)
    assert theirs.holdout is not None and theirs.holdout.mape < 0.1 and theirs.r2 > 0.7
    assert [r.channel for r in theirs.results] == [r.channel for r in fitted.results]
    for own, other in zip(fitted.results, theirs.results, strict=True):
        assert other.roas.value == pytest.approx(own.roas.value, rel=0.5) and other.half_life.low >= 0
    advice = theirs.advise()
    assert sum(advice.amounts) == pytest.approx(theirs.current.sum())
    assert "PyMC-Marketing" in theirs.notes[0].zh


def test_the_library_has_to_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bayesian, "find_spec", lambda name: None)
    with pytest.raises(AdwrightError) as raised:
        fit_curves(weekly(40), method="bayes", holdout_weeks=0)
    assert raised.value.code == "no-bayes-library" and "adwright[bayes]" in raised.value.hint.en
