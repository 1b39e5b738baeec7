"""Customer segments: found in the demo shop and in hand-made shops with awkward data."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adwright.data.brief import AudienceAsk, Product
from adwright.data.errors import AdwrightError
from adwright.data.plan import Segment
from adwright.data.workspace import Workspace
from adwright.tools.audience import clusters, fit
from adwright.tools.audience.columns import clustering_columns
from adwright.tools.audience.features import held
from adwright.tools.audience.grouping import engine_points
from adwright.tools.audience.measures import measure
from adwright.tools.audience.points import nearest
from adwright.tools.audience.segment import find_segments, lifts_of
from adwright.tools.audience.segment_users import SegmentUsers, segment_users
from adwright.tools.audience.sources import sources


def line(user: str | None, day: int = 0, quantity: float = 1, price: float = 10.0, **more: Any) -> dict[str, Any]:
    row = {
        "order_id": f"o{user}{day}",
        "ts": datetime(2026, 1, 1, 12) + timedelta(days=day),
        "user_id": user,
        "product_id": "p1",
        "quantity": quantity,
        "unit_price": price,
        "currency": "CNY",
    }
    return row | more


def fill(shop: Workspace, **tables: list[dict[str, Any]]) -> Workspace:
    for kind, rows in tables.items():
        shop.warehouse.replace(kind, pa.Table.from_pylist(rows))
    return shop


@pytest.fixture
def traders(empty_shop: Workspace) -> Workspace:
    """Orders alone: frequent big buyers, recent small ones, and people who have not come back."""
    rng = np.random.default_rng(3)
    rows = []
    for i in range(60):
        for n in range(int(rng.integers(8, 12))):
            rows.append(line(f"big{i}", 300 + n * 5, price=float(rng.uniform(300, 500))))
        rows.append(line(f"new{i}", int(rng.integers(320, 355)), price=float(rng.uniform(10, 30))))
        rows.append(line(f"old{i}", int(rng.integers(0, 40)), price=float(rng.uniform(10, 30))))
    return fill(empty_shop, orders=rows)


def test_demo_segments_cover_all_consenting_customers(shop: Workspace) -> None:
    found = find_segments(shop, product="跑鞋")
    assert sum(s.size for s in found.segments) == found.n_users
    assert abs(sum(float(s.share.value) for s in found.segments) - 1) < 1e-4
    assert abs(sum(float(s.revenue_share.value) for s in found.segments if s.revenue_share) - 1) < 1e-4
    assert sum(t.chosen for t in found.tried) == 1
    assert {s.source for s in found.segments} == {"model"}
    names = [s.name for s in found.segments]
    assert len({n.zh for n in names}) == len({n.en for n in names}) == len(names)
    assert all(len(s.bars) == 5 and all(0 <= b.percentile <= 100 for b in s.bars) for s in found.segments)
    assert all(0.3 <= float(s.lift) <= 3 for s in found.segments)


def test_a_product_is_met_best_by_those_who_buy_its_category(shop: Workspace) -> None:
    firsts = {}
    for category in ("electronics", "baby"):
        segments = find_segments(shop, product=Product(name="x", category=category)).segments
        assert segments[0].lift == max(s.lift for s in segments) > 1
        assert segments[0].bars[-1].percentile > 50
        firsts[category] = segments[0].id
    assert len(set(firsts.values())) == 2


def test_same_shop_and_seed_give_the_same_segments(shop: Workspace, tmp_path: Path) -> None:
    found = []
    for _ in range(2):
        # Also the fit before, whose ids groups would keep.
        for file in shop.models.glob("segments-auto-*.json"):
            file.unlink()
        fit._LOADED.clear()
        found.append([s.model_dump() for s in find_segments(shop, seed=5).segments])
    assert found[0] == found[1]


def test_a_damaged_kept_fit_is_made_again(traders: Workspace) -> None:
    before = find_segments(traders)
    fit._LOADED.clear()
    for file in traders.models.glob("segments-auto-*.json"):
        file.write_text("{", encoding="utf-8")
    assert [s.size for s in find_segments(traders).segments] == [s.size for s in before.segments]


def test_orders_alone_tell_loyal_from_lapsed(traders: Workspace) -> None:
    found = find_segments(traders)
    by_name = {s.name.en.split()[0]: s for s in found.segments}
    assert found.n_users == 180
    assert by_name["Lapsed"].size == 60
    assert max(found.segments, key=lambda s: float(s.revenue_share.value) if s.revenue_share else 0).size == 60
    assert "keeps no consent records" in found.source.en


def test_segment_ids_stay_when_a_little_changes(traders: Workspace) -> None:
    before = {s.id: s.name.en for s in find_segments(traders).segments}
    orders = traders.warehouse.arrow("SELECT * FROM orders")
    extra = pa.Table.from_pylist([line(f"old{i}", 41, price=12.0) for i in range(3)])
    traders.warehouse.append("orders", extra)
    assert traders.warehouse.count("orders") == orders.num_rows + 3
    after = {s.id: s.name.en for s in find_segments(traders).segments}
    assert before == after


def test_forced_k_and_its_limits(traders: Workspace) -> None:
    assert len(find_segments(traders, k=5).segments) == 5
    assert {s.id for s in find_segments(traders, k=2).segments} == {"k2-1", "k2-2"}
    for k, code in ((0, "bad-k"), (21, "bad-k")):
        with pytest.raises(AdwrightError) as error:
            find_segments(traders, k=k)
        assert error.value.code == code


def test_one_customer_and_identical_customers(empty_shop: Workspace) -> None:
    fill(empty_shop, orders=[line("a")])
    only = find_segments(empty_shop)
    assert (only.k, only.n_users) == (1, 1)
    assert only.notes
    fill(empty_shop, orders=[line(f"u{i}") for i in range(50)])
    same = find_segments(empty_shop)
    assert [s.size for s in same.segments] == [50]
    with pytest.raises(AdwrightError) as error:
        find_segments(empty_shop, k=3)
    assert error.value.code == "too-few-customers"


def test_refunds_above_spend_and_lines_without_a_customer(empty_shop: Workspace) -> None:
    fill(empty_shop, orders=[line("a"), line("a", 1, -5), line("b", 0), line("c", 3), line(None, 2)])
    found = find_segments(empty_shop)
    assert found.n_users == 3
    assert all(s.revenue_share is None or float(s.revenue_share.value) >= 0 for s in found.segments)


def test_events_alone_with_odd_search_terms(empty_shop: Workspace) -> None:
    kinds = ("view", "search", "cart", "purchase")
    rows = [
        {
            "ts": datetime(2026, 1, 1 + i % 28, i % 24),
            "user_id": f"u{i % 40}",
            "event": kinds[i % 4],
            "product_id": f"p{i % 5}",
            "category": ("food", "home")[i % 2],
            "query": "猫粮 🐱 １２ me@example.com",
            "price": 9.9,
            "quantity": 1,
        }
        for i in range(400)
    ]
    found = find_segments(fill(empty_shop, events=rows))
    assert found.n_users == 40
    assert all("@" not in word for s in found.segments for word in s.top_words)


def test_who_refused_is_not_in_it(empty_shop: Workspace) -> None:
    people = [{"user_id": "a", "consent": False}, {"user_id": "b", "consent": None}, {"user_id": "c", "consent": True}]
    fill(empty_shop, orders=[line("a"), line("b"), line("c", 2)], users=people)
    assert find_segments(empty_shop).n_users == 1
    fill(empty_shop, users=people[:2])
    assert find_segments(empty_shop).segments[0].source == "model"
    fill(empty_shop, orders=[line("a")])
    assert find_segments(empty_shop).segments[0].source == "assumed"


def test_a_shop_without_data_assumes_openly(empty_shop: Workspace) -> None:
    found = find_segments(empty_shop, product="跑鞋", ask=AudienceAsk(text="25-35岁女性跑者", age=(25, 35), gender="female"))
    assert (found.n_users, found.k) == (0, 1)
    assert found.segments[0].source == found.segments[0].share.source == "assumed"
    assert "25-35岁女性跑者" in found.segments[0].name.zh


def test_a_named_age_narrows_sizes(shop: Workspace) -> None:
    every = {s.id: s.size for s in find_segments(shop).segments}
    some = {s.id: s.size for s in find_segments(shop, ask=AudienceAsk(text="x", age=(25, 34), gender="female")).segments}
    assert all(0 < size < every[id_] for id_, size in some.items())


def test_polishing_never_raises_j_and_agrees_with_numpy(shop: Workspace) -> None:
    source = sources(shop)
    assert source is not None
    warehouse = shop.warehouse
    with held(source) as features, engine_points(warehouse, features, clustering_columns(features.columns)) as (_, points):
        data = points.sample()
        centres = clusters.start(data[:200], 4, 0, tries=1)
        polished, history = clusters.polish(points, centres, passes=6)
        labels = warehouse.arrow(points.labelled(polished).order_by("user_id").select("label"))["label"].to_numpy()
        with points.labelled(polished).select("user_id", "label").cache() as groups:
            facts = measure(warehouse, source, features, groups, 4)
    assert all(b <= a + 1e-9 for a, b in pairwise(history))
    assert (labels == nearest(data, polished)).all()
    assert abs(data.mean(axis=0)).max() < 0.05
    # Mean percentiles weigh out to the middle of the shop.
    sizes = np.array([g["size"] for g in facts["groups"]])
    spend = np.array([p["spend"] for p in facts["percentiles"]])
    assert abs((sizes * spend).sum() / sizes.sum() - 50) < 0.5


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(counts=st.lists(st.tuples(st.integers(1, 500), st.floats(0, 1)), min_size=1, max_size=6))
def test_lift_leans_towards_one(counts: list[tuple[int, float]]) -> None:
    sizes = [size for size, _ in counts]
    recent = [round(size * share) for size, share in counts]
    facts = {"groups": [{"size": s} for s in sizes], "recent": recent, "recent_categories": {}, "products": {}}
    found = fit.Fit.model_construct(k=len(counts), facts=facts)
    lifts = lifts_of(found)
    rate = sum(recent) / sum(sizes)
    for lift, size, n in zip(lifts, sizes, recent, strict=True):
        raw = n / size / rate if rate else 1.0
        assert min(raw, 1.0) - 1e-9 <= lift <= max(raw, 1.0) + 1e-9


def test_the_tool_returns_segments_that_faces_can_show(shop: Workspace) -> None:
    result = segment_users(shop, SegmentUsers(k=3, product="跑鞋", reply_language="en"))
    assert len(result.content) <= 500
    data = json.loads(result.artifact.model_dump_json())["data"]
    assert len([Segment.model_validate(item) for item in data["items"]]) == 3
    assert [len(series["values"]) for series in data["radar"]["series"]] == [5, 5, 5]
    assert result.artifact.kind == "segments"


def test_online_retail_orders(datasets: Path, tmp_path: Path) -> None:
    import pandas as pd

    frame: Any = pd.read_parquet(datasets / "online_retail" / "online_retail_2010-2011.parquet")
    frame = frame[frame["CustomerID"].notna()]
    table = pa.table(
        {
            "order_id": frame["InvoiceNo"].astype(str).tolist(),
            "ts": pa.array(frame["InvoiceDate"].astype("datetime64[us]").to_numpy()),
            "user_id": frame["CustomerID"].astype(int).astype(str).tolist(),
            "product_id": frame["StockCode"].astype(str).tolist(),
            "title": [None if pd.isna(x) else str(x) for x in frame["Description"]],
            "quantity": frame["Quantity"].astype("int64").to_numpy(),
            "unit_price": frame["UnitPrice"].round(4).to_numpy(),
            "currency": ["GBP"] * len(frame),
        }
    )
    with Workspace.open(tmp_path / "retail", create=True, currency="GBP", timezone="Europe/London") as retail:
        retail.warehouse.replace("orders", table)
        found = find_segments(retail)
    assert found.n_users > 4_000
    assert next(t for t in found.tried if t.chosen).stability >= 0.9
    assert any("categories" in note.en for note in found.notes)
    assert all("£" in s.persona.summary.en for s in found.segments)
