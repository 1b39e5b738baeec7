"""Drafts that exist are said in the other language or compared when that is asked for, and other translations stay outside."""

from __future__ import annotations

from datetime import date

import pytest

from adwright.agent.planner.calls import calls_for
from adwright.agent.planner.understand import understand
from adwright.data.money import Money

from .workbench import small_plan

DAY = date(2026, 11, 23)
BEFORE = {"zh": "给羽绒服写3条小红书文案", "en": "write 3 facebook ads for our running shoes"}


@pytest.mark.parametrize(
    ("language", "text", "args"),
    [
        ("zh", "把第二条翻译成英文", {"translate": 2, "language": "en"}),
        ("zh", "这几条都译成英文", {"translate": 0, "language": "en"}),
        ("zh", "第一条文案换成英文", {"translate": 1, "language": "en"}),
        ("en", "translate these to Chinese", {"translate": 0, "language": "zh"}),
        ("en", "translate the second draft into Chinese", {"translate": 2, "language": "zh"}),
    ],
)
def test_a_draft_is_translated_by_the_copy_tool(language: str, text: str, args: dict[str, object]) -> None:
    found = understand(text, [BEFORE[language]], DAY)
    assert calls_for(found, text, "CNY") == [("draft_copy", args)]


@pytest.mark.parametrize("text", ["帮我翻译这份合同", "translate my homework"])
def test_other_translations_are_not_ours(text: str) -> None:
    assert "drafts" not in understand(text, [], DAY).extra


def test_comparing_drafts_points_to_the_page() -> None:
    found = understand("评比一下这几条文案", [BEFORE["zh"]], DAY)
    assert found.reply is not None and "评文案" in found.reply.zh and not calls_for(found, "", "CNY")


@pytest.mark.parametrize(
    ("language", "text", "args"),
    [
        ("zh", "第二条更好", {"prefer": [2, 0]}),
        ("zh", "我觉得第2条比第1条好一点", {"prefer": [2, 1]}),
        ("zh", "第二条不如第一条", {"prefer": [1, 2]}),
        ("zh", "喜欢第3条", {"prefer": [3, 0]}),
        ("zh", "不喜欢第三条", {"prefer": [0, 3]}),
        ("zh", "第1条和第3条差不多", {"prefer": [1, 3], "equal": True}),
        ("en", "the second one is better than the first", {"prefer": [2, 1]}),
        ("en", "I like number 3 best", {"prefer": [3, 0]}),
        ("en", "the first is the worst", {"prefer": [0, 1]}),
        ("en", "1 and 2 are about the same", {"prefer": [1, 2], "equal": True}),
    ],
)
def test_which_draft_is_better_is_stored_by_the_copy_tool(language: str, text: str, args: dict[str, object]) -> None:
    found = understand(text, [BEFORE[language]], DAY)
    assert calls_for(found, text, "CNY") == [("draft_copy", args)]
    assert "drafts" not in understand(text, [], DAY).extra


@pytest.mark.parametrize(
    "text",
    [
        "用第二条",
        "第二条再活泼一点",
        "第二条更好玩一点",
        "把第二条写得更好",
        "第一个就好",
        "use the second one",
        "make the second one better",
        "the second one",
    ],
)
def test_a_wish_for_a_draft_is_no_verdict(text: str) -> None:
    assert "prefer" not in understand(text, [BEFORE["zh"]], DAY).extra.get("drafts", {})


def test_an_offer_stays_with_its_product() -> None:
    before = ["给跑鞋写2条小红书文案，主打第二双半价"]
    same = understand("再写3条，活泼一点", before, DAY)
    other = understand("给羽绒服写3条小红书文案", before, DAY)
    assert dict(calls_for(same, same.text, "CNY"))["draft_copy"]["offer"] == "第二双半价"
    assert "offer" not in dict(calls_for(other, other.text, "CNY"))["draft_copy"]


def test_drafts_made_beside_a_plan_are_translated_and_the_plan_is_left_alone() -> None:
    plan = small_plan("跑鞋", Money.of(50000, "CNY"), ["douyin"], 14, DAY)
    found = understand("translate the second one into English", ["跑鞋方案，5万，抖音", "给羽绒服写3条小红书文案"], DAY, plan=plan)
    assert calls_for(found, found.text, "CNY") == [("draft_copy", {"translate": 2, "language": "en"})] and not found.patches


@pytest.mark.parametrize(
    ("text", "spans", "article"),
    [
        ("国家级配方，100%根治", ("国家级", "100%", "根治"), "art. 9"),
        ("best in the world, guaranteed cure", ("best in the world", "cure"), "CAP Code"),
    ],
)
def test_a_claim_that_stands_alone_is_refused_with_article_and_fix(text: str, spans: tuple[str, ...], article: str) -> None:
    found = understand(text, [], DAY)
    assert found.behaviour == "refuse" and found.reply is not None and article in found.reply.en
    assert all(span in found.reply.zh for span in spans) and "写" in found.reply.zh


@pytest.mark.parametrize("text", ["what's the best restaurant nearby", "今天天气最好的城市是哪个"])
def test_other_talk_with_a_superlative_stays_outside(text: str) -> None:
    reply = understand(text, [], DAY).reply
    assert reply is None or "广告" not in reply.zh.split("。")[0]


def test_a_push_message_is_copy() -> None:
    found = understand("Write a push notification for the robot vacuum, 20% off", [], DAY)
    assert calls_for(found, found.text, "CNY") == [("draft_copy", {"product": "robot vacuum", "offer": "20% off", "channel": "apppush"})]
