"""Questions to the memory: the time they name, judged rankings, creatives, lines of plans, lessons, models for vectors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from adwright.data.errors import AdwrightError
from adwright.data.settings import Settings
from adwright.data.workspace import Workspace
from adwright.tools.memory import CampaignMemory, period_in
from adwright.tools.memory import index as memory_index
from adwright.tools.memory.asking import filters_of, subject
from adwright.tools.memory.embedding import configured
from adwright.tools.memory.recall import SearchCampaigns, search_campaigns
from adwright.tools.memory.sentence import SentenceModel
from benchmarks.memory_judged import fill, judged, ndcg, read

from .test_embedding import Server

DAY = date(2026, 11, 23)


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.server.shutdown()


@pytest.fixture(scope="module", params=["zh", "en"])
def past(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, str]]:
    """A shop whose past are the judged campaigns of a language."""
    with Workspace.open(tmp_path_factory.mktemp("past") / "shop", create=True) as shop:
        fill(shop, request.param)
        yield shop, request.param


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("what worked for us on Douyin last winter?", "2025-12-01", "2026-02-28"), ("去年冬天抖音上什么效果好？", "2025-12-01", "2026-02-28"),
        ("前年冬天", "2024-12-01", "2025-02-28"), ("last summer", "2026-06-01", "2026-08-31"), ("去年夏天", "2025-06-01", "2025-08-31"),
        ("last November", "2025-11-01", "2025-11-30"), ("上个月", "2026-10-01", "2026-10-31"), ("Q4 2025", "2025-10-01", "2025-12-31"),
        ("去年四季度", "2025-10-01", "2025-12-31"), ("最近3个月", "2026-08-25", "2026-11-23"), ("去年双11", "2025-11-08", "2025-11-12"),
        ("last Black Friday", "2025-11-25", "2025-11-29"), ("去年", "2025-01-01", "2025-12-31"), ("in 2025", "2025-01-01", "2025-12-31"),
        ("上次双11", "2026-11-08", "2026-11-12"), ("winter 2024", "2024-12-01", "2025-02-28"), ("去年下半年", "2025-07-01", "2025-12-31"),
    ],
)  # fmt: skip
def test_a_time_is_read_with_its_year(text: str, first: str, last: str) -> None:
    period = period_in(text, DAY)
    assert period is not None and (str(period.start), str(period.end)) == (first, last)


@pytest.mark.parametrize("text", ["冬季羽绒服", "winter campaigns", "every winter", "双11 满减", "running shoes", "2025款跑鞋 5月饼"])
def test_a_season_without_a_year_is_a_word(text: str) -> None:
    assert period_in(text, DAY) is None or "5月" in text


def test_last_winter_is_over_in_january_too() -> None:
    january = date(2027, 1, 15)
    assert [period_in(t, january).start.year for t in ("last winter", "去年冬天", "this winter")] == [2025, 2025, 2026]  # type: ignore[union-attr]


def test_last_winter_is_not_every_winter(past: tuple[Workspace, str]) -> None:
    shop, language = past
    query = "去年冬天的投放" if language == "zh" else "campaigns last winter"
    hits = CampaignMemory(shop).search(query, n=50, today=DAY)
    assert hits and all(h.start and h.end and date(2025, 11, 15) <= h.start <= date(2026, 2, 28) for h in hits)
    assert "2025" in hits[0].why.en and "2025" in hits[0].why.zh
    assert hits == sorted(hits, key=lambda h: (-h.score, h.id))


def test_filters_are_named_and_checked(past: tuple[Workspace, str]) -> None:
    memory = CampaignMemory(past[0])
    by_words = memory.search("x", {"when": "last winter"}, n=50, today=DAY)
    assert {h.id for h in by_words} == {h.id for h in memory.search("x", {"when": period_in("去年冬天", DAY)}, n=50)}
    for filters, code in (({"when": "sometime"}, "unknown-period"), ({"colour": "red"}, "unknown-filter")):
        with pytest.raises(AdwrightError) as error:
            memory.search("x", filters)
        assert error.value.code == code
    filters = filters_of("抖音去年冬天跑鞋效果怎么样", None, DAY)
    assert filters.channels == {"douyin"} and subject("抖音去年冬天跑鞋效果怎么样", filters) == "跑鞋"


@pytest.mark.parametrize("half", ["dev", "test"])
def test_judged_questions(past: tuple[Workspace, str], half: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fused = judged(*past, half)
    monkeypatch.setattr(memory_index, "WEIGHT_OWN", 0.0)
    words = judged(*past, half)
    assert fused >= 0.85 and fused >= words


def test_the_judged_set_is_whole() -> None:
    questions, campaigns = read("memory_judged.csv"), read("memory_campaigns.csv")
    assert [sum(q["language"] == language for q in questions) for language in ("zh", "en")] == [50, 50]
    assert len({c["campaign_id"] for c in campaigns}) == len(campaigns) == 123 or len(campaigns) >= 120
    assert ndcg(["a", "b"], {"a": 3, "b": 1}) == 1.0 and ndcg(["b", "a"], {"a": 3, "b": 1}) < 1.0


def test_added_campaigns_are_found_and_replaced(empty_shop: Workspace) -> None:
    memory = CampaignMemory(empty_shop)
    one: dict[str, Any] = {
        "campaign_id": "n1",
        "channel": "小红书",
        "currency": "CNY",
        "spend": 500,
        "impressions": 9_000,
        "clicks": 120,
        "conversions": 6,
    }
    assert memory.add([one | {"headline": "桂花乌龙茶上新", "start": date(2026, 9, 1)}]) == 1
    assert [h.id for h in memory.search("乌龙茶")] == ["n1"]
    assert memory.add([one | {"headline": "黄山毛峰", "revenue": 900.5}]) == 1
    assert memory.search("乌龙茶") == [] and memory.search("毛峰")[0].revenue == 900.5
    for bad, code in (({"channel": "xiaohongshu"}, "bad-campaign"), (one | {"channel": "nowhere"}, "unknown-channel")):
        with pytest.raises(AdwrightError) as error:
            memory.add([bad])
        assert error.value.code == code
    assert memory.size == 1 and memory.rebuild() == 1


def test_creatives_are_remembered_by_themselves(shop: Workspace) -> None:
    memory = CampaignMemory(shop)
    hits = memory.search("跑鞋", {"kind": "creative"}, n=20)
    assert hits and all(h.kind == "creative" and h.headline and h.spend == 0 for h in hits)
    assert {h.kind for h in memory.search("跑鞋", n=20)} == {"campaign"}
    assert all(h.outcome.zh.startswith("记录的曝光") for h in hits)


def test_results_of_a_line_are_remembered(empty_shop: Workspace) -> None:
    rows = [
        {"day": date(2026, 3, d), "line": "春茶 抖音", "channel": "douyin", "currency": "CNY", "spend": 100, "impressions": 5_000, "clicks": 80, "conversions": 4, "revenue": 300}
        for d in (1, 2, 3)
    ]  # fmt: skip
    empty_shop.warehouse.replace("results", pa.Table.from_pylist(rows))
    memory = CampaignMemory(empty_shop)
    assert memory.size == 1
    (hit,) = memory.search("春茶 2026年3月", today=DAY)
    assert (hit.id, hit.conversions, hit.spend, str(hit.start), str(hit.end)) == ("春茶 抖音", 12, 300, "2026-03-01", "2026-03-03")
    empty_shop.warehouse.append("results", pa.Table.from_pylist([rows[0] | {"day": date(2026, 3, 4)}]))
    assert memory.search("春茶")[0].conversions == 16


def test_lessons_are_beyond_chance_and_cited(empty_shop: Workspace) -> None:
    base = {"channel": "douyin", "currency": "CNY", "spend": 2_000, "impressions": 80_000, "clicks": 1_500, "conversions": 60}
    rows = [
        base
        | {
            "campaign_id": f"c{i:02d}",
            "offer": "满减" if i % 2 else None,
            "headline": "跑鞋",
            "revenue": (9_000 if i % 2 else 3_000) + 40 * i,
        }
        for i in range(24)
    ]
    memory = CampaignMemory(empty_shop)
    memory.add(rows)
    (lesson,) = memory.lessons({"channel": "douyin"})
    assert "优惠" in lesson.text.zh and lesson.ratio > 1.5 and set(lesson.ids) <= {f"c{i:02d}" for i in range(1, 24, 2)}
    assert (lesson.key, lesson.does, lesson.n) == ("offer", True, (12, 12)) and 1 < lesson.least < lesson.ratio
    assert memory.lessons({"channel": "douyin"}, looks=20)[0].least < lesson.least
    memory.add([row | {"revenue": 5_000 + (int(row["campaign_id"][1:]) * 7919) % 900} for row in rows])
    assert memory.lessons({"channel": "douyin"}) == []


def test_what_only_the_channels_differ_in_is_no_lesson(empty_shop: Workspace) -> None:
    """Offers ran on the better channel only: within a channel nothing is known of them."""
    base = {"currency": "CNY", "spend": 2_000, "impressions": 80_000, "clicks": 1_500, "conversions": 60, "headline": "跑鞋"}
    rows = [
        base
        | {
            "campaign_id": f"c{i:02d}",
            "channel": "douyin" if i % 2 else "weibo",
            "offer": "满减" if i % 2 or i % 8 == 0 else None,
            "revenue": (9_000 if i % 2 else 3_000) + (i * 7919) % 300,
        }
        for i in range(32)
    ]
    memory = CampaignMemory(empty_shop)
    memory.add(rows)
    assert memory.lessons() == []


def test_the_tool_answers_with_order_sums_and_honesty(shop: Workspace) -> None:
    def ask(query: str, **more: Any) -> Any:
        return search_campaigns(shop, SearchCampaigns(query=query, today=DAY, reply_language="en", **more))

    best = ask("what worked for us on Douyin last winter?")
    roas = [item["roas"] for item in best.artifact.data["items"]]
    assert roas == sorted(roas, reverse=True) and "winter 2025–26" in best.finding.en and "best first" in best.finding.en
    worst = [item["roas"] for item in ask("which campaigns did worst on Douyin last year?").artifact.data["items"]]
    assert worst == sorted(worst)
    none = ask("what worked for drones on Douyin last winter?")
    assert none.artifact.data["items"] == [] and "none for “drones”" in none.finding.en
    assert "No campaign is on record" in ask("what worked on Douyin in 2019?").finding.en


def test_vectors_of_an_endpoint_find_what_shares_no_word(empty_shop: Workspace, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = CampaignMemory(empty_shop)
    base = {"channel": "douyin", "currency": "CNY", "spend": 500, "impressions": 9_000, "clicks": 120, "conversions": 6}
    memory.add([base | {"campaign_id": "a", "headline": "跑鞋"}, base | {"campaign_id": "b", "headline": "台灯"}])
    assert memory.search("trainers") == []
    played = server.right

    def alike(sent: dict[str, Any]) -> tuple[int, Any]:
        # Whole documents hold other words too: the server knows the goods in them.
        inside = {"跑鞋": "sneaker", "台灯": "lamp", "trainers": "sneaker"}
        return played(sent | {"input": [next((same for word, same in inside.items() if word in text), text) for text in sent["input"]]})

    server.play = alike
    monkeypatch.setattr(empty_shop, "settings", Settings(embedding_model="e1", embedding_url=server.url))
    assert [h.id for h in memory.search("trainers")] == ["a"] and memory.note is None
    server.play = lambda sent: (200, "{broken")
    memory.add([base | {"campaign_id": "c", "headline": "帐篷"}])
    assert [h.id for h in memory.search("帐篷")] == ["c"] and memory.note is not None and "e1" in memory.note.en


def test_a_local_model_that_is_not_there_is_named(empty_shop: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(empty_shop, "settings", Settings(embedding_model=f"local:{tmp_path / 'none'}"))
    with pytest.raises(AdwrightError) as error:
        configured(empty_shop)
    assert error.value.code == "no-local-model"
    memory = CampaignMemory(empty_shop)
    memory.add(
        [
            {
                "campaign_id": "a",
                "channel": "jd",
                "currency": "CNY",
                "spend": 5,
                "impressions": 9,
                "clicks": 2,
                "conversions": 1,
                "headline": "茶",
            }
        ]
    )
    assert [h.id for h in memory.search("茶")] == ["a"] and memory.note is not None


def test_a_local_sentence_model(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "跑", "鞋", "台", "灯", "shoe"]
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(words), "utf-8")
    transformers.BertTokenizerFast(vocab_file=str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(0)
    shape = transformers.BertConfig(vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32)
    transformers.BertModel(shape).save_pretrained(folder, safe_serialization=True)
    model = SentenceModel(folder, tmp_path / "kept.sqlite")
    found = model.embed(["跑鞋", "台灯", "跑鞋"])
    assert found.shape == (3, 16) and (found[0] == found[2]).all() and not (found[0] == found[1]).all()
