"""Targeting: who should see a campaign, how far to reach, who resembles whom; and shops too small to tell."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adwright.data.errors import AdwrightError
from adwright.data.workspace import Workspace
from adwright.tools.audience.chances import rebuys_less
from adwright.tools.audience.fit import fit
from adwright.tools.audience.lookalike import lookalike
from adwright.tools.audience.moments import Target, past_of
from adwright.tools.audience.propensity import auc
from adwright.tools.audience.reach import buyers_range, curve, cut_off, held_out
from adwright.tools.audience.segment_users import SegmentUsers, segment_users
from adwright.tools.audience.sources import sources
from adwright.tools.audience.targeting import audience, rank_users

SCORES = st.lists(st.floats(1e-6, 1 - 1e-6), min_size=1, max_size=300).map(np.array)


def order(user: str, day: int, product: str = "p1", category: str = "food", quantity: int = 1) -> dict[str, Any]:
    return {
        "order_id": f"{user}-{day}-{product}", "ts": datetime(2025, 1, 1, 12) + timedelta(days=day), "user_id": user, "product_id": product,
        "category": category, "quantity": quantity, "unit_price": 20.0, "currency": "CNY", "title": product,
    }  # fmt: skip


@given(scores=SCORES, spread=st.floats(0.01, 0.8))
def test_buyers_grow_with_reach_and_lift_falls(scores: np.ndarray, spread: float) -> None:
    points = curve(scores, spread)
    for a, b in pairwise(points):
        assert a.reach < b.reach and a.buyers <= b.buyers + 1e-12 and a.low <= b.low and a.high <= b.high
        assert a.lift >= b.lift - 1e-9
    assert all(p.low <= p.buyers <= p.high for p in points)
    assert points[-1].reach == len(scores) and points[-1].lift == pytest.approx(1) and points[-1].found == pytest.approx(1)


@given(scores=SCORES)
def test_beyond_the_cut_off_everybody_is_below_average(scores: np.ndarray) -> None:
    n = cut_off(scores)
    rest = np.sort(scores)[::-1][n:]
    assert 1 <= n <= len(scores)
    assert (rest < scores.mean()).all()


@given(expected=st.floats(0.01, 5_000), spread=st.floats(0.01, 1))
def test_more_spread_is_a_wider_range(expected: float, spread: float) -> None:
    low, high = buyers_range(expected, spread)
    wider = buyers_range(expected, spread * 2)
    assert low <= expected <= high
    assert wider[0] <= low and wider[1] >= min(high, wider[1])


@given(
    rows=st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=4, max_size=80).filter(
        lambda r: any(y for _, y in r) and not all(y for _, y in r)
    )
)
def test_auc_agrees_with_all_pairs(rows: list[tuple[float, bool]]) -> None:
    score, y = np.array([s for s, _ in rows]), np.array([b for _, b in rows])
    point, low, high = auc(score, y, np.ones(len(rows)))
    pairs = [(a > b) + (a == b) / 2 for a in score[y] for b in score[~y]]
    assert point == pytest.approx(np.mean(pairs))
    assert low <= point <= high
    told = held_out(score, y, np.ones(len(rows)))
    assert told[-1]["found"] == pytest.approx(1) and all(row["low"] <= row["precision"] <= row["high"] for row in told)


def test_demo_buyers_of_the_next_window_rank_high(shop: Workspace) -> None:
    found = fit(shop)
    assert found is not None
    who = audience(shop, found)
    assert who is not None and who.chances.proof is not None
    assert who.chances.proof.auc[0] > 0.6
    assert who.chances.proof.expected == pytest.approx(who.chances.proof.actual, rel=0.4)
    assert ((who.p > 0) & (who.p < 1)).all() and (who.value >= 0).all()
    assert who.ids == []


def test_ranking_is_the_same_each_time_and_in_order(shop: Workspace) -> None:
    by_value, again = rank_users(shop, "跑鞋"), rank_users(shop, "跑鞋")
    assert by_value.equals(again)
    assert (np.diff(by_value["value"].to_numpy()) <= 1e-12).all()
    by_chance = rank_users(shop, "跑鞋", order="probability")
    assert (np.diff(by_chance["p"].to_numpy()) <= 1e-12).all()
    assert set(by_value["user_id"].to_pylist()) == set(by_chance["user_id"].to_pylist())
    refused = shop.warehouse.arrow("SELECT user_id FROM users WHERE NOT consent")["user_id"].to_pylist()
    assert not set(by_value["user_id"].to_pylist()) & set(refused)
    with pytest.raises(AdwrightError) as error:
        rank_users(shop, order="age")
    assert error.value.code == "bad-order"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_tool_says_who_should_see_it_and_why(shop: Workspace, language: Any) -> None:
    result = segment_users(shop, SegmentUsers(product="跑鞋", reply_language=language))
    told = result.artifact.data["targeting"]
    assert len(result.content) <= 500 and told["answer"][language][:40] in result.content
    assert f"{told['cut']['reach']:,}" in result.content
    assert told["plotly"]["data"] and told["segments"][0]["reasons"][0]["zh"]
    assert any(row["rule"] == "no-consent" for row in told["exclude"])
    assert sum(row["size"] for row in told["segments"]) == told["eligible"]
    assert sum(float(row["buyers"]["value"]) for row in told["segments"]) == pytest.approx(
        told["curve"][-1]["buyers"], abs=len(told["segments"])
    )
    text = json.dumps(result.model_dump(mode="json"), ensure_ascii=False)
    users = shop.warehouse.arrow("SELECT user_id FROM users LIMIT 500")["user_id"].to_pylist()
    assert not [u for u in users if f'"{u}"' in text or f" {u} " in text]


def test_a_product_nobody_bought_is_counted_by_its_category(shop: Workspace) -> None:
    told = segment_users(shop, SegmentUsers(product="狗狗零食", reply_language="en")).artifact.data["targeting"]
    assert not told["exact"]
    assert "its category" in told["answer"]["en"] or "anything" in told["answer"]["en"]


def test_too_few_purchases_fall_back_to_segments(empty_shop: Workspace) -> None:
    empty_shop.warehouse.replace("orders", pa.Table.from_pylist([order(f"u{i}", i % 7) for i in range(60)]))
    told = segment_users(empty_shop, SegmentUsers(product="p1", reply_language="zh")).artifact.data["targeting"]
    assert told["method"] == "segments" and "held_out" not in told
    assert any("逐人" in note["zh"] for note in told["notes"])
    table = rank_users(empty_shop)
    p = table["p"].to_numpy()
    assert table.num_rows == 60 and ((p > 0) & (p < 1)).all()


def test_one_customer_events_only_and_nobody(empty_shop: Workspace) -> None:
    assert "targeting" not in segment_users(empty_shop, SegmentUsers(product="跑鞋")).artifact.data
    with pytest.raises(AdwrightError) as error:
        rank_users(empty_shop)
    assert error.value.code == "no-customers"
    empty_shop.warehouse.replace("orders", pa.Table.from_pylist([order("only", 0)]))
    assert rank_users(empty_shop)["user_id"].to_pylist() == ["only"]
    events = [
        {"ts": datetime(2026, 1, 1 + i % 28), "user_id": f"u{i % 30}", "event": "view", "product_id": "p1", "category": "food"}
        for i in range(300)
    ]
    empty_shop.warehouse.replace("orders", empty_shop.warehouse.arrow("SELECT * FROM orders LIMIT 0"))
    empty_shop.warehouse.replace("events", pa.Table.from_pylist(events))
    assert rank_users(empty_shop).num_rows == 30


def test_who_just_bought_something_lasting_is_left_out(empty_shop: Workspace) -> None:
    rng = np.random.default_rng(0)
    rows = [order(f"u{i:03}", int(d), "snack") for i in range(150) for d in rng.integers(0, 360, 12)]
    # A sofa is bought once, by another few customers each day.
    rows += [order(f"u{i:03}", 360 - i * 2, "sofa", "home") for i in range(150)]
    empty_shop.warehouse.replace("orders", pa.Table.from_pylist(rows))
    source = sources(empty_shop)
    assert source is not None
    with past_of(empty_shop.warehouse, source) as past:
        assert rebuys_less(past, Target("sofa", "home"), 30)
        assert not rebuys_less(past, Target("snack", "food"), 30)
    found = fit(empty_shop)
    assert found is not None
    who = audience(empty_shop, found, "sofa")
    assert who is not None and who.just_bought == 45
    assert rank_users(empty_shop, "sofa").num_rows == 150 - 45


def test_lookalikes_of_a_taste_share_it(shop: Workspace) -> None:
    fans = shop.warehouse.arrow(
        "SELECT user_id FROM events WHERE category = 'pets' AND consent GROUP BY user_id HAVING count(*) > 20 ORDER BY user_id"
    )["user_id"].to_pylist()
    seeds, hidden = fans[::2], set(fans[1::2])
    found = lookalike(shop, [*seeds, "nobody"])
    assert found.auc[0] > 0.85 and found.auc[1] <= found.auc[0] <= found.auc[2]
    assert any("unknown" in note.en for note in found.notes)
    ranked = found.table["user_id"].to_pylist()
    assert not set(ranked) & set(seeds)
    top = len(ranked) // 10
    assert len(set(ranked[:top]) & hidden) > 3 * len(hidden & set(ranked)) / 10
    assert lookalike(shop, seeds).table.equals(lookalike(shop, seeds).table)


def test_seeds_that_tell_nothing(shop: Workspace) -> None:
    users = shop.warehouse.arrow("SELECT DISTINCT user_id FROM events JOIN users USING (user_id) WHERE users.consent ORDER BY 1")[
        "user_id"
    ].to_pylist()
    for seeds, code in ((users[:3], "too-few-seeds"), (["x"] * 50, "too-few-seeds"), (users, "all-seeds")):
        with pytest.raises(AdwrightError) as error:
            lookalike(shop, seeds)
        assert error.value.code == code
    chance = lookalike(shop, np.random.default_rng(0).choice(users, 60, replace=False).tolist())
    assert chance.auc[0] < 0.65 and any("chance" in note.en for note in chance.notes)
