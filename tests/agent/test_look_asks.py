"""Wishes for pictures in sentences: offer and style of a request, edits of the pictures in force, and what is none of these."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from adwright.agent.gates import allowed, check_call
from adwright.agent.planner.calls import calls_for
from adwright.agent.planner.look_asks import film_size, look_edit
from adwright.agent.planner.reading import with_files
from adwright.agent.planner.scan import scan
from adwright.agent.planner.understand import understand
from adwright.agent.turn import TurnContext
from adwright.tools import TOOLS

DAY = date(2026, 11, 23)
ASKED = "给这款跑鞋出一套抖音和小红书的图，清爽风，主打第二双半价"
ASKED_EN = "Make a set of pictures of these running shoes for Instagram and Google display, fresh style, second pair half price"


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("换成水墨风", {"style": "ink"}),
        ("make it warmer", {"style": "warm"}),
        ("图片换成霓虹夜色", {"style": "neon"}),
        ("价格大一点", {"price": "bigger"}),
        ("bigger price", {"price": "bigger"}),
        ("make the price stand out", {"price": "bigger"}),
        ("the price should pop more", {"price": "bigger"}),
        ("把价格弄醒目些，logo先不要", {"price": "bigger", "logo": False}),
        ("再来一版英文的", {"add_languages": ["en"]}),
        ("also an English version", {"add_languages": ["en"]}),
        ("去掉价格", {"price": "none"}),
        ("标题换成清晨第一步", {"headline": "清晨第一步"}),
        ("Change the headline to Light steps", {"headline": "Light steps"}),
        ("no logo", {"logo": False}),
        ("把logo去掉", {"logo": False}),
        ("加回logo", {"logo": True}),
        ("只要竖版", {"shapes": ["tall"]}),
        ("only the square ones please", {"shapes": ["square"]}),
        ("用我的照片", {"photo": "upload"}),
        ("优惠改成满300减40", {"offer": "满300减40"}),
        ("换成水墨风，价格大一点，不要logo", {"style": "ink", "price": "bigger", "logo": False}),
        ("make it warmer and the price bigger", {"style": "warm", "price": "bigger"}),
    ],
)
def test_a_change_of_pictures_is_read_whole(text: str, wish: dict[str, Any]) -> None:
    assert look_edit(scan(text, DAY)) == wish
    read = understand(text, [ASKED], DAY)
    assert read.act == "edit" and read.calls == ["revise_images"]
    expected = {name: value for name, value in wish.items() if name != "photo"}
    assert calls_for(read, text, "CNY", pictured=True) == [("revise_images", expected)]


@pytest.mark.parametrize(
    "text",
    [
        "预算降到1万",
        "语气更温暖一点",
        "第二条标题换成轻盈",
        "make the copy warmer",
        "cut instagram by 20%",
        "只要竖版，预算加到6万",
        "标题太长了",
    ],
)
def test_other_edits_are_left_alone(text: str) -> None:
    assert look_edit(scan(text, DAY)) is None


def test_a_request_brings_offer_style_and_every_channel() -> None:
    read = understand(ASKED, [], DAY)
    [(tool, args)] = calls_for(read, ASKED, "CNY")
    assert tool == "generate_image"
    assert args == {"product": "跑鞋", "channels": ["douyin", "xiaohongshu"], "offer": "第二双半价", "style": "fresh"}
    read = understand(ASKED_EN, [], DAY)
    [(tool, args)] = calls_for(read, ASKED_EN, "USD")
    assert args["channels"] == ["instagram", "google"] and args["offer"] == "second pair half price" and args["style"] == "fresh"


@pytest.mark.parametrize(
    ("text", "offer"),
    [
        ("给跑鞋做5万元的投放计划，抖音和小红书，两周，主打第二双半价", "第二双半价"),
        ("Plan $5k for running shoes, two weeks, Instagram, 20% off", "20% off"),
        ("给跑鞋做5万元的投放计划，两周", None),
    ],
)
def test_the_offer_of_a_plan_is_the_merchants_or_none(text: str, offer: str | None) -> None:
    [(tool, args)] = calls_for(understand(text, [], DAY), text, "CNY")
    assert tool == "make_plan" and args.get("offer") == offer


def test_an_offer_said_before_the_budget_is_kept() -> None:
    read = understand("5万", ["给跑鞋做投放计划，主打买一送一"], DAY)
    [(tool, args)] = calls_for(read, "5万", "CNY")
    assert tool == "make_plan" and args["offer"] == "买一送一"


def test_pictures_are_undone_and_films_follow_them() -> None:
    undo = understand("撤销", [ASKED], DAY)
    assert calls_for(undo, "撤销", "CNY", pictured=True) == [("revise_images", {"undo": True})]
    said = "再做一条15秒竖版视频"
    [(tool, args)] = calls_for(understand(said, [ASKED, "换成水墨风"], DAY), said, "CNY", pictured=True)
    assert tool == "generate_video" and args["seconds"] == 15 and args["size"] == "720x1280"
    assert (args["offer"], args["style"], args["channel"]) == ("第二双半价", "ink", "douyin")
    assert film_size("15秒横版视频") == "1280x720" and film_size("a square video") == "1080x1080"


def test_three_posters_are_three_looks_of_one_size() -> None:
    said = "给跑鞋出三张小红书的图"
    [(_, args)] = calls_for(understand(said, [], DAY), said, "CNY")
    assert args["variants"] == 3 and args["sizes"] == ["1080x1440"]
    said = "给跑鞋出图，小红书，每个尺寸三版，中英文都要"
    [(_, args)] = calls_for(understand(said, [], DAY), said, "CNY")
    assert args["variants"] == 3 and "sizes" not in args and args["languages"] == ["zh", "en"]


def test_a_photo_is_looked_at_whatever_else_is_asked() -> None:
    with_words = with_files(understand(ASKED, [], DAY), ["photo"])
    assert [tool for tool, _ in calls_for(with_words, ASKED, "CNY")] == ["describe_photo", "generate_image"]
    alone = with_files(understand("这是我们的新款", [], DAY), ["photo"])
    assert [tool for tool, _ in calls_for(alone, "", "CNY")] == ["describe_photo"] and alone.behaviour == "do"
    assert with_files(understand("你好", [], DAY), ["music"]).act == "chat"


def test_a_model_may_not_make_up_an_offer_or_change_pictures_unasked() -> None:
    read = understand(ASKED, [], DAY)
    context = TurnContext("t", ASKED, (ASKED,), read, "zh", DAY, "CNY")
    args = {"product": "跑鞋", "channels": ["douyin", "xiaohongshu"]}
    assert check_call("generate_image", {**args, "offer": "第二双半价"}, context, None, TOOLS) is None
    refused = check_call("generate_image", {**args, "offer": "买一送一"}, context, None, TOOLS)
    assert refused is not None and refused.code == "not-said"
    assert not allowed("revise_images", read, None)


@pytest.mark.parametrize(
    ("text", "product", "offer"),
    [
        ("给这款开发板出一套小红书和抖音的图，霓虹风，主打第二件半价", "开发板", "第二件半价"),
        ("给这款咖啡机出图，满300减40", "咖啡机", "满300减40"),
        ("Make pictures of this dev board for Instagram, buy one get one free", "dev board", "buy one get one free"),
    ],
)
def test_an_offer_is_neither_product_nor_budget(text: str, product: str, offer: str) -> None:
    found = understand(text, [], DAY)
    assert (found.tools, found.slots["product"], found.extra["offer"]) == (["generate_image"], product, offer)
    assert "budget" not in found.slots


@pytest.mark.parametrize("text", ["给买一送一活动出几张海报", "出几张图，主打买一送一"])
def test_pictures_of_an_offer_alone_ask_for_the_product(text: str) -> None:
    assert understand(text, [], DAY).missing == ["product"]


@pytest.mark.parametrize("text", ["rewrite the first headline to be shorter", "标题短一点", "make the headline punchier"])
def test_the_words_on_pictures_change_only_for_new_words(text: str) -> None:
    found = understand(text, ["给跑鞋出一套抖音的图"], DAY)
    assert found.behaviour == "ask" and found.question is not None and not calls_for(found, text, "CNY")


@pytest.mark.parametrize("text", ["字太小了", "换个配色", "make the shoe bigger", "换成红色背景", "red background please"])
def test_a_change_that_cannot_be_read_is_asked_for_and_the_pictures_stay(text: str) -> None:
    read = understand(text, [ASKED], DAY)
    assert read.behaviour == "ask" and read.options and calls_for(read, text, "CNY", pictured=True) == []
    after = understand("价格大一点", [ASKED, text], DAY)
    assert calls_for(after, "价格大一点", "CNY", pictured=True) == [("revise_images", {"price": "bigger"})]


def test_an_offer_of_half_price_asks_for_no_price() -> None:
    said = "Make a set of pictures of the running shoes for Instagram and Google display, fresh look, second pair half price"
    found = understand(said, [], date(2026, 11, 30))
    assert found.tools == ["generate_image"] and found.extra["offer"] == "second pair half price"
