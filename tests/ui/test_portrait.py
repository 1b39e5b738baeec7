"""Portraits of groups and the life-cycle table as HTML, made by hand: what is shown, and what is left out."""

from __future__ import annotations

import pytest

from adwright.data.figure import Figure
from adwright.data.plan import Bar, Persona, Segment
from adwright.data.portrait import Lifecycle, Mark, Measured, Portrait, Rule, Spoken, Stage, Typical
from adwright.data.words import Language, Words, both
from adwright.ui.portrait import lifecycle_card, lifecycle_rows, portrait_card, segment_card

HOSTILE = "<img src=x onerror=alert(1)>"


def rule(text: Words) -> Rule:
    return Rule(any_of=[], fidelity=0.9, recall=0.9, precision=0.9, text=text, note=both("吻合度 90%", "fidelity 90%"))


def segment(words: str = "跑鞋", text: Words | None = None) -> Segment:
    same = both(words, words)
    known = Portrait(
        facts=[
            Measured(
                id="s1.discount",
                name=same,
                value=same,
                number=0.1,
                low=0.08,
                high=0.12,
                interval="8.0%–12%",
                shop="7.4%",
                n=1654,
                evidence=words,
            ),
            Measured(id="s1.orders", name=both("购买次数", "Orders"), value=both("3 单", "3 orders"), number=3, n=1654),
        ],
        marks=[Mark(key="spend", name=same, lift=-0.51, low=-0.6, high=-0.42, group=words, shop="¥219")],
        words=[Spoken(word=words, n=68, z=9.1)],
        people=[Typical(id="fb9950a8", kind="typical", numbers=[same]), Typical(id="9c4bab17", kind="border", numbers=[same])],
        rule=rule(text or same),
        silhouette=0.23,
        sample=5881,
    )
    persona = Persona(summary=same, message=same, offer=same, avoid=same, channel=same, action=same, metric=same)
    return Segment(
        id="s1", name=same, size=1746, share=Figure.of(0.1, "rate", "model"), revenue_share=Figure.of(0.2, "rate", "model"), persona=persona,
        portrait=known, bars=[Bar(name=same, percentile=63, value=words, median=words)],
    )  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_portrait_shows_values_with_interval_shop_and_number(language: Language) -> None:
    shown = portrait_card(segment(), 0, [], language)
    for part in (
        "8.0%–12%",
        "7.4%",
        "1,654",
        "−0.51",
        "(−0.60 – −0.42)",
        "68",
        "fb9950a8",
        "0.23",
        "5,881",
        "1,746",
        "3 单" if language == "zh" else "3 orders",
    ):
        assert part in shown
    assert shown.count("<details") == shown.count("</details>") == 1
    assert "s1.discount" in shown


def test_a_rule_that_does_not_describe_is_not_shown_and_that_is_said() -> None:
    shown = portrait_card(segment(text=both("", "")), 0, [], "zh")
    assert "吻合度 90%" in shown and '<div class="aw-rule"><h4>一句话规则</h4><span' in shown


def test_without_a_portrait_only_the_persona_is_shown() -> None:
    bare = segment().model_copy(update={"portrait": None, "bars": []})
    shown = portrait_card(bare, 0, [], "zh")
    assert "<details" not in shown and "aw-rule" not in shown and "跑鞋" in shown


def lifecycle(words: str) -> Lifecycle:
    same = both(words, words)
    stages = [
        Stage(id=i, name=same, rule=same, action=same, metric=same, size=n, share=0.5, revenue_share=None, by_segment=[n])
        for i, n in (("new", 40), ("loyal", 0))
    ]
    return Lifecycle(stages=stages, segments=["s1"], names=[same], bounds={}, note=same)


def test_stages_without_customers_are_left_out() -> None:
    for shown in (lifecycle_card(lifecycle("新客"), "zh"), lifecycle_rows(lifecycle("新客"), "zh")):
        assert "40" in shown and "50.0%" in shown and "–" in shown
    assert lifecycle_card(lifecycle("新客"), "zh").count("<tr>") == 4  # a head and one stage in each of two tables
    assert lifecycle_card(None, "zh") == ""


def test_words_of_the_data_stay_words() -> None:
    for shown in (
        portrait_card(segment(HOSTILE), 0, [], "zh"),
        segment_card(segment(HOSTILE), 0, "en"),
        lifecycle_card(lifecycle(HOSTILE), "zh"),
        lifecycle_rows(lifecycle(HOSTILE), "en"),
    ):
        assert "<img" not in shown and "&lt;img" in shown
