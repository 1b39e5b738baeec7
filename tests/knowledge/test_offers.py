"""Offers and styles as merchants say them: read in both languages, never made up, and never a budget."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adwright.data.knowledge import offer_words, offers_in, style_named, styles, styles_in, tones


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("给跑鞋出图，主打第二双半价", "第二双半价", "2nd pair half price"),
        ("第2件5折", "第2件5折", "2nd item 50% off"),
        ("the second pair is 20% off", "第二双8折", "2nd pair 20% off"),
        ("20% off everything", "8折", "20% off"),
        ("全场7.5折起", "全场7.5折起", "Up to 25% off"),
        ("两件8折", "2件8折", "20% off when you buy 2"),
        ("满300减40", "满300减40", "¥40 off over ¥300"),
        ("$20 off orders over $99", "满$99减$20", "$20 off over $99"),
        ("买一送一", "买一送一", "Buy one, get one free"),
        ("buy two get one free", "买二送一", "Buy two, get one free"),
        ("BOGO on socks", "买一送一", "Buy one, get one free"),
        ("立减50元", "立减50元", "¥50 off"),
        ("save $15 today", "立减$15", "$15 off"),
        ("free shipping", "包邮", "Free shipping"),
    ],
)
def test_an_offer_is_read_in_both_languages(text: str, zh: str, en: str) -> None:
    offer = offers_in(text)[0]
    assert (offer.words.zh, offer.words.en) == (zh, en)
    assert 0 <= offer.start < offer.end <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "cut instagram by 20%",
        "take 20% off the budget",
        "预算打8折",
        "抖音砍两折",
        "不打折",
        "没有满减活动",
        "三折伞",
        "给跑鞋做一个5万元的计划",
        "100% off",
        "no free shipping",
        "ROI 20%",
    ],
)
def test_what_is_no_offer_stays_none(text: str) -> None:
    assert offers_in(text) == []


@given(st.integers(1, 99))
def test_percent_off_and_its_fold_say_the_same(off: int) -> None:
    words = offer_words(f"{off}% off")
    assert words.en == f"{off}% off"
    left = float(words.zh.removesuffix("折"))
    assert left * 10 == pytest.approx(100 - off)


@given(st.text(max_size=60))
def test_any_text_can_be_read_for_offers_and_styles(text: str) -> None:
    for start, end, style in styles_in(text):
        assert start < end and style in styles()
    assert all(offer.words.zh and offer.words.en for offer in offers_in(text))


def test_a_style_is_found_by_its_words_and_carried_by_a_known_tone() -> None:
    assert [style_named(text) for text in ("换成水墨风", "make it warmer", "清爽风", "ink", None, "hero")] == [
        "ink",
        "warm",
        "fresh",
        "ink",
        None,
        None,
    ]
    assert {"film", "ink", "pop", "pastel", "neon", "warm", "cool"} <= set(styles())
    assert {style.tone for style in styles().values()} <= {*tones(), "fresh"}
