"""Copy: within limits, allowed by policy, only stated facts, distinct, seeded, in both languages."""

from __future__ import annotations

import re
from decimal import Decimal
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adwright.data import knowledge
from adwright.data.brief import Product
from adwright.data.errors import AdwrightError
from adwright.data.money import Money
from adwright.data.workspace import Workspace
from adwright.tools.creative import lint, write_copy
from adwright.tools.creative.copy import picture_lines
from adwright.tools.creative.drafting import DraftCopy, draft_copy
from adwright.tools.creative.grammar import KINDS, MARKS, alike, audience_words, grammar, native, tone_of, voices

SHOE = Product(
    id="p1",
    name="跑鞋",
    name_zh="云步 轻云3 跑鞋",
    name_en="Cloudstep Featherlite 3 running shoes",
    noun_zh="跑鞋",
    noun_en="running shoes",
    brand="云步 Cloudstep",
    color="雾蓝 mist blue",
    category="sports",
    price=Money(amount=Decimal(459), currency="CNY"),
    facts_zh=["单只重 218 克（42 码）", "鞋底落差 8 毫米", "透气网面鞋面", "30 天可换尺码"],
    facts_en=["218 g per shoe (EU 42)", "8 mm heel drop", "breathable mesh upper", "30-day size exchange"],
)
BARE = Product(name="指甲刀", category="home")
TONES = [*knowledge.tones(), None]


@given(
    st.sampled_from(list(knowledge.channels())),
    st.sampled_from(["zh", "en"]),
    st.sampled_from(TONES),
    st.sampled_from([SHOE, BARE, Product(name="garlic presses", category="home")]),
    st.sampled_from([None, "christmas", "double12"]),
    st.integers(0, 50),
)
def test_every_text_keeps_the_limits_and_the_policy(
    channel: str, language: str, tone: str | None, product: Product, occasion: str | None, seed: int
) -> None:
    for creative in write_copy(product, channel, language, n=2, tone=tone, occasion=occasion, audience="大学生", seed=seed):
        limits = {f.field: f for f in knowledge.channel(channel).copy_fields}
        texts = [f for f in creative.copy_fields if f.field != "cta"]
        assert texts and all(f.ok and f.text.strip() for f in texts)
        for item in texts:
            limit = limits[item.field]
            assert item.used == limit.used(item.text)
            assert limit.limit is None or item.used <= limit.limit
        assert not [f for f in creative.findings if f.severity == "error"]
        assert not any("{" in f.text or "}" in f.text for f in creative.copy_fields)


@given(st.sampled_from(["douyin", "xiaohongshu", "google", "email", "taobao"]), st.sampled_from(["zh", "en"]), st.integers(0, 40))
def test_numbers_in_copy_come_from_the_facts(channel: str, language: str, seed: int) -> None:
    known = " ".join([SHOE.called(language), *(SHOE.facts_zh if language == "zh" else SHOE.facts_en), "459"])  # type: ignore[arg-type]
    lines = " ".join(
        line
        for role in ("headline", "line", "opener", "closer", "search", "search_line", "note")
        for tone in grammar(native(language))[role].values()
        for line in tone
    )
    lines += " ".join(
        s for table in ("scene", "scene_of", "scene_word") for scenes in grammar(native(language))[table].values() for s in scenes
    )
    for creative in write_copy(SHOE, channel, language, n=2, seed=seed):
        for item in creative.copy_fields:
            for number in re.findall(r"\d+", item.text):
                assert number in re.findall(r"\d+", known) or number in re.findall(r"\d+", lines), item.text


def test_a_product_without_facts_gets_no_price_and_no_facts() -> None:
    for creative in write_copy(BARE, "douyin", "zh", n=8):
        assert creative.facts_used == []
        assert not any("¥" in f.text for f in creative.copy_fields)


@pytest.mark.parametrize(("language", "channel"), [("zh", "douyin"), ("en", "instagram")])
def test_variants_are_distinct_and_repeatable(language: str, channel: str) -> None:
    first = write_copy(SHOE, channel, language, n=6, tone="warm", seed=3)
    assert first == write_copy(SHOE, channel, language, n=6, tone="warm", seed=3)
    heads = [next(f.text for f in c.copy_fields if f.field == "headline") for c in first]
    assert len(set(heads)) == 6
    assert all(alike(a, b) < 0.7 for i, a in enumerate(heads) for b in heads[i + 1 :])
    assert heads != [
        next(f.text for f in c.copy_fields if f.field == "headline") for c in write_copy(SHOE, channel, language, n=6, tone="warm", seed=4)
    ]


def test_hundreds_of_distinct_texts_for_one_product() -> None:
    for language, channel in (("zh", "bilibili"), ("en", "instagram")):
        creatives = [c for seed in range(16) for tone in TONES for c in write_copy(SHOE, channel, language, n=2, tone=tone, seed=seed)]
        heads, bodies = ({f.text for c in creatives for f in c.copy_fields if f.field == field} for field in ("headline", "body"))
        assert len(heads) > 150 and len(bodies) > 400


def test_both_grammars_have_the_same_shape_and_known_slots() -> None:
    zh, en = grammar("zh"), grammar("en")
    slots = {
        *("name", "full", "noun", "nouns", "anoun", "thisnoun", "isare", "brand", "color", "price", "scene", "audience", "occasion"),
        *("fact", "fact2", "fact3", "metric", "metric2", "list", "offer", "proof"),
        *KINDS,
        *(mark for marks in MARKS.values() for mark in marks),
    }
    assert zh.keys() == en.keys()
    for role in ("headline", "line", "opener", "closer", "cta", "search", "search_line", "note"):
        assert zh[role].keys() == en[role].keys()
        for lines in (*zh[role].values(), *en[role].values()):
            for line in lines:
                assert {name[0].lower() + name[1:] for _, name, _, _ in Formatter().parse(line) if name} <= slots
    for table in ("scene", "scene_of", "scene_word", "tags"):
        assert zh[table].keys() == en[table].keys()
    assert set(zh["headline"]) - {"any"} <= set(knowledge.tones()) and set(voices()["like"].values()) <= set(zh["headline"])


def test_lines_of_the_grammar_pass_the_policy() -> None:
    for language in ("zh", "en"):
        for role in ("headline", "line", "opener", "closer", "cta", "search", "search_line", "note"):
            for lines in grammar(language)[role].values():
                for line in lines:
                    plain = re.sub(r"\{\w+\}", "物" if language == "zh" else "thing", line)
                    assert not [f for f in lint(plain, language) if f.severity == "error"], line


def test_tone_and_audience_words() -> None:
    assert [tone_of(t) for t in ("搞笑点", "luxury", "温暖一点", "friendly", "??", None)] == [
        "humorous",
        "premium",
        "warm",
        "warm",
        "any",
        "any",
    ]
    assert audience_words("女大学生", "zh") == "学生党" and audience_words("new parents", "en") == "new parents"
    assert audience_words("men 30-50", "en") == "" and audience_words("痘痘肌女性", "zh") == ""


def test_lint_names_the_span_and_the_reason() -> None:
    found = lint("全球第一的跑鞋，100% 根治脚臭", "zh")
    assert {"全球第一"} <= {f.span for f in found} and all(f.reason.zh and f.reason.en for f in found)
    assert lint("我的第一次马拉松，最新款到货", "zh") == [f for f in lint("我的第一次马拉松，最新款到货", "zh") if f.severity == "warning"]


def test_unknown_channel_is_an_error() -> None:
    with pytest.raises(AdwrightError) as caught:
        write_copy(SHOE, "carrier pigeon", "en")
    assert caught.value.code == "unknown-channel"


def test_draft_copy_leaves_forbidden_claims_out_and_says_so(shop: Workspace) -> None:
    for request in (
        DraftCopy(product="美白霜", claims=["全球第一", "永久祛斑"], channel="小红书"),
        DraftCopy(product="“全球第一、永久祛斑”的美白霜", channel="douyin"),
    ):
        result = draft_copy(shop, request)
        texts = " ".join(f["text"] for c in result.artifact.data["items"] for f in c["copy_fields"])
        assert "第一" not in texts and "祛斑" not in texts and "美白霜" in texts and "“" not in texts
        assert result.artifact.data["behaviour"] == "warn" and len(result.artifact.data["findings"]) >= 2
        assert "没有写入" in result.finding.zh


def test_draft_copy_uses_the_catalogue_and_allowed_claims(shop: Workspace) -> None:
    result = draft_copy(
        shop, DraftCopy(product="running shoes", channel="google", variants=4, reply_language="en", claims=["free socks with every pair"])
    )
    assert len(result.artifact.data["items"]) == 4 and result.artifact.source[0] == "catalogue"
    assert "free socks with every pair" in result.artifact.data["product"]["facts_en"]
    french = draft_copy(shop, DraftCopy(product="toddler socks", language="fr", channel="instagram", reply_language="en"))
    assert {c["language"] for c in french.artifact.data["items"]} == {"en"} and "Chinese and English only" in french.content


def test_picture_lines_are_short_and_do_not_repeat_a_fact() -> None:
    for language, channel in (("zh", "taobao"), ("en", "amazon"), ("zh", "douyin")):
        for seed in range(20):
            creative = write_copy(SHOE, channel, language, n=1, seed=seed)[0]
            head, sub, call = picture_lines(SHOE, creative, seed=seed)
            assert head and call and len(head) <= (16 if language == "zh" else 34)
            assert not any(fact in head and fact in sub for fact in (*SHOE.facts_zh, *SHOE.facts_en))
