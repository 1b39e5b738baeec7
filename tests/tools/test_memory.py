"""The memory of past campaigns: ranking, filters, outcomes, and a store that may be missing, damaged or slow."""

from __future__ import annotations

import json
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adwright.data.errors import AdwrightError
from adwright.data.workspace import Workspace
from adwright.tools.memory import search as memory_search
from adwright.tools.memory.outcome import outcomes
from adwright.tools.memory.recall import SearchCampaigns, search_campaigns
from adwright.tools.memory.search import CampaignMemory
from adwright.tools.memory.store import VectorStore, within
from adwright.tools.memory.tokens import shared_words, tokenise
from adwright.tools.memory.vectors import TextVectors


def campaign(id_: str, **more: Any) -> dict[str, Any]:
    row = {
        "campaign_id": id_,
        "channel": "douyin",
        "currency": "CNY",
        "spend": 1000,
        "impressions": 50_000,
        "clicks": 1_000,
        "conversions": 20,
    }
    return row | more


def remember(shop: Workspace, rows: list[dict[str, Any]]) -> CampaignMemory:
    keys = {key for row in rows for key in row}
    shop.warehouse.replace("campaigns", pa.Table.from_pylist([{key: row.get(key) for key in sorted(keys)} for row in rows]))
    return CampaignMemory(shop)


QUESTIONS = ("轻便跑鞋 双11", "what worked for us on Douyin last winter?", "running shoes", "猫罐头 优惠", "a gift for mothers")


def test_finds_by_words_in_both_languages(shop: Workspace) -> None:
    memory = CampaignMemory(shop)
    for question, word in (("跑鞋", "跑鞋"), ("running shoes", "shoes"), ("羽绒服", "羽绒服")):
        hits = memory.search(question, n=5)
        assert hits and word in f"{hits[0].title} {hits[0].headline} {hits[0].body} {hits[0].why.zh}".lower()
        assert hits == sorted(hits, key=lambda h: (-h.score, h.id))
        assert hits[0].why.zh and hits[0].outcome.en
    assert memory.search("qqq zzz xxx") == []


def test_filters_come_first_and_take_aliases(shop: Workspace) -> None:
    hits = CampaignMemory(shop).search("跑鞋", {"channel": "抖音", "category": "pets"}, n=50)
    assert hits and {(h.channel, h.category) for h in hits} == {("douyin", "pets")}
    with pytest.raises(AdwrightError) as error:
        CampaignMemory(shop).search("跑鞋", {"channel": "不存在的渠道"})
    assert error.value.code == "unknown-channel"


def test_the_answer_does_not_depend_on_chroma(shop: Workspace) -> None:
    memory_search._INDEXES.clear()
    memory = CampaignMemory(shop)
    cold = [[h.model_dump() for h in memory.search(q, n=8)] for q in QUESTIONS]
    assert memory.warm(60), memory.note
    warm = [[h.model_dump() for h in memory.search(q, n=8)] for q in QUESTIONS]
    assert cold == warm
    assert memory.note is None


def test_a_deleted_or_damaged_store_is_rebuilt(empty_shop: Workspace) -> None:
    memory = remember(empty_shop, [campaign(f"c{i}", headline=f"轻便跑鞋 {i}") for i in range(6)])
    assert memory.warm(60)
    before = [h.id for h in memory.search("跑鞋")]
    memory_search._INDEXES.clear()
    (empty_shop.memory / "chroma" / "chroma.sqlite3").write_bytes(b"not a database" * 100)
    again = CampaignMemory(empty_shop)
    again.warm(60)
    assert [h.id for h in again.search("跑鞋")] == before
    assert again.rebuild() == 6


def test_new_results_are_seen_at_once(empty_shop: Workspace) -> None:
    memory = remember(empty_shop, [campaign("a", headline="防晒霜")])
    assert memory.warm(60)
    assert memory.search("猫粮") == []
    remember(empty_shop, [campaign("a", headline="防晒霜"), campaign("b", headline="猫粮 买一送一")])
    assert [h.id for h in memory.search("猫粮")] == ["b"]
    assert memory.warm(60)
    assert [h.id for h in memory.search("猫粮")] == ["b"]


def test_a_store_that_fails_or_hangs_is_set_aside_and_named(empty_shop: Workspace) -> None:
    memory = remember(empty_shop, [campaign("a", headline="防晒霜"), campaign("b", headline="跑鞋")])
    (empty_shop.memory / "chroma").write_text("a file where the folder should be", encoding="utf-8")
    (empty_shop.memory / "chroma").chmod(0o400)
    store = VectorStore(Path("/proc/none"))
    store.start("m", ["a"], [{"channel": "c", "category": ""}], np.ones((1, 2), dtype=np.float32))
    assert not store.wait(60)
    assert store.fault is not None and store.fault.zh
    with pytest.raises(TimeoutError):
        within(0.05, lambda: time.sleep(5))
    assert [h.id for h in memory.search("跑鞋")] == ["b"]


def test_rows_without_dates_copy_or_revenue(empty_shop: Workspace) -> None:
    rows = [campaign(f"k{i}", channel="facebook", currency="USD", audience="30-34 M, interest 15", category=None) for i in range(5)]
    hits = remember(empty_shop, rows).search("facebook interest 15", n=3)
    assert len(hits) == 3
    assert hits[0].roas is None and hits[0].ctr is not None and hits[0].start is None
    assert "no revenue" in hits[0].outcome.en


def test_a_lucky_small_campaign_does_not_lead(empty_shop: Workspace) -> None:
    rows = [campaign(f"c{i}", headline="跑鞋 新品", revenue=2_000) for i in range(8)]
    rows += [campaign("lucky", headline="跑鞋 新品", spend=5, impressions=60, clicks=3, conversions=2, revenue=400)]
    rows += [campaign("proven", headline="跑鞋 新品", spend=20_000, impressions=900_000, clicks=20_000, conversions=900, revenue=90_000)]
    hits = remember(empty_shop, rows).search("跑鞋 效果最好", n=10)
    assert hits[0].id == "proven"
    lucky = next(h for h in hits if h.id == "lucky")
    assert lucky.roas is not None and lucky.roas < 10


@given(st.lists(st.tuples(st.integers(1, 100_000), st.floats(0, 0.2), st.floats(0, 0.3)), min_size=2, max_size=12))
def test_shrunk_rates_lie_between_own_and_channel(rows: list[tuple[int, float, float]]) -> None:
    table = []
    for i, (impressions, ctr, cvr) in enumerate(rows):
        clicks = round(impressions * ctr)
        table.append(campaign(str(i), impressions=impressions, clicks=clicks, conversions=round(clicks * cvr), revenue=None))
    whole = sum(r["clicks"] for r in table) / sum(r["impressions"] for r in table)
    for row, found in zip(table, outcomes(table), strict=True):
        own = row["clicks"] / row["impressions"]
        assert found.ctr is not None
        assert min(own, whole) - 1e-12 <= found.ctr <= max(own, whole) + 1e-12
        assert -1 <= found.rank <= 1


def test_tokens_and_shared_words() -> None:
    assert tokenise("ＲＵＮＮＩＮＧ 跑鞋") == ["run", "跑鞋"]
    assert tokenise("的 the") == []
    assert shared_words("冬天的轻便跑鞋", "轻便跑鞋 冬天 七折") == ["冬天", "轻便跑鞋"]


def test_vectors_are_unit_and_repeatable() -> None:
    texts = [tokenise(t) for t in ("轻便跑鞋 缓震", "running shoes", "猫粮 鸡肉", "cat food chicken", "防晒霜")]
    first, again = TextVectors(texts), TextVectors(texts)
    assert np.allclose(np.linalg.norm(first.matrix, axis=1), 1, atol=1e-5)
    assert (first.matrix == again.matrix).all()
    assert int((first.matrix @ first.embed(tokenise("跑鞋"))).argmax()) == 0


def test_the_tool(shop: Workspace, empty_shop: Workspace) -> None:
    result = search_campaigns(shop, SearchCampaigns(query="去年冬天抖音什么效果最好", channel="douyin", n=4))
    items = json.loads(result.artifact.model_dump_json())["data"]["items"]
    assert len(items) == 4 and len(result.content) <= 500
    assert all(f"campaign:{item['id']}" in result.artifact.source for item in items)
    assert all(date.fromisoformat(item["start"]) for item in items)
    assert "import" in search_campaigns(empty_shop, SearchCampaigns(query="x", reply_language="en")).finding.en
