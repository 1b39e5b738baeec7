"""The style to an audience's taste: past clicks compared within their channel, else the segment that buys, with evidence; undone like any edit."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from adwright.agent.planner.calls import calls_for
from adwright.agent.planner.understand import understand
from adwright.data.brief import Product
from adwright.data.errors import AdwrightError
from adwright.data.importer import import_file
from adwright.data.workspace import Workspace
from adwright.tools.creative.audience_style import audience_style, past_styles
from adwright.tools.creative.request import GenerateImage, generate_image
from adwright.tools.creative.revise import ReviseImages, revise_images

SHOES = Product(id="p1", name="跑鞋", category="sports")
DAY = date(2026, 11, 23)


def shown(shop: Workspace, file: Path, rows: list[tuple[str, str, int, int]]) -> None:
    """Import impressions: (style, channel, impressions, clicks) of one picture each."""
    lines = ["ts,user_id,campaign_id,creative_id,channel,placement,category,clicked,converted,picture"]
    for number, (style, channel, count, clicks) in enumerate(rows):
        picture = shop.artefacts.put(f"picture {number}".encode(), "jpg", style=style)
        lines += [
            f"2026-10-{1 + i % 28:02d} 10:{i % 60:02d}:{number:02d},u{number}-{i},c{number},k{number},{channel},feed,sports,{str(i < clicks).lower()},false,{picture}"
            for i in range(count)
        ]
    file.write_text("\n".join(lines), encoding="utf-8")
    import_file(shop, "impressions", file)


def test_past_clicks_decide_within_their_channel(empty_shop: Workspace, tmp_path: Path) -> None:
    # Film ran where nobody clicks, pop where everybody does; on each channel film did better.
    rows = [("film", "douyin", 1000, 30), ("pop", "douyin", 200, 2), ("film", "wechat", 200, 40), ("pop", "wechat", 1000, 100)]
    shown(empty_shop, tmp_path / "seen.csv", rows)
    past = past_styles(empty_shop, "sports")
    assert (
        [item.style for item in past] == ["film", "pop"]
        and past[0].ratio > 1 > past[1].ratio
        and past[0].low < past[0].ratio < past[0].high
    )
    assert (past[0].pictures, past[0].shown, past[0].clicks) == (2, 1200, 70) and past_styles(empty_shop, "food") == []
    chosen = audience_style(empty_shop, SHOES)
    assert chosen.style == "film" and chosen.measured
    assert "1,200" in chosen.why.zh and "70 次点击" in chosen.why.zh and "不是实验" in chosen.why.zh and "correlation" in chosen.why.en


def test_too_few_impressions_leave_it_to_the_audience_and_say_so(empty_shop: Workspace, tmp_path: Path) -> None:
    shown(empty_shop, tmp_path / "few.csv", [("film", "douyin", 60, 2), ("pop", "douyin", 60, 1)])
    chosen = audience_style(empty_shop, SHOES)
    assert chosen.style == "fresh" and not chosen.measured and "120 次（2 种）" in chosen.why.zh and "经验判断" in chosen.why.zh
    with pytest.raises(AdwrightError) as usual:
        audience_style(empty_shop, Product(id=None, name="礼品卡", category="other"))
    assert usual.value.code == "no-taste"


def test_where_the_usual_ground_did_best_it_stays(empty_shop: Workspace, tmp_path: Path) -> None:
    shown(empty_shop, tmp_path / "usual.csv", [("", "douyin", 1000, 60), ("pop", "douyin", 400, 6)])
    with pytest.raises(AdwrightError, match="the layouts' own grounds had") as usual:
        audience_style(empty_shop, SHOES)
    assert usual.value.code == "no-taste"


def test_a_set_takes_the_style_of_its_buyers_with_the_evidence_and_undo(shop: Workspace) -> None:
    made = generate_image(shop, GenerateImage(product="跑鞋", sizes=["800x800"])).artifact.data
    assert shop.artefacts.meta(made["items"][0]["id"])["style"] == ""
    edited = revise_images(shop, ReviseImages(set_id=made["set"], set_version=1, taste=True)).artifact.data
    style = shop.artefacts.meta(edited["items"][0]["id"])["style"]
    assert style and "位顾客" in edited["notes"][0]["zh"] and "customers" in edited["notes"][0]["en"]
    with pytest.raises(AdwrightError) as again:
        revise_images(shop, ReviseImages(set_id=made["set"], set_version=2, taste=True))
    assert again.value.code == "nothing-to-change"
    back = revise_images(shop, ReviseImages(set_id=made["set"], set_version=2, undo=True)).artifact.data
    assert [item["id"] for item in back["items"]] == [item["id"] for item in made["items"]]
    asked = generate_image(shop, GenerateImage(product="跑鞋", sizes=["800x800"], taste=True, reply_language="en"))
    assert shop.artefacts.meta(asked.artifact.data["items"][0]["id"])["style"] == style and "taste of the audience" in asked.content


@pytest.mark.parametrize(
    "text",
    [
        "按人群口味来",
        "风格按我们顾客的喜好换",
        "换成买家喜欢的风格",
        "投其所好",
        "in the style our buyers like",
        "use the style that suits our audience",
    ],
)
def test_the_taste_of_the_audience_is_asked_for_in_many_words(text: str) -> None:
    read = understand(text, ["给跑鞋出一套小红书的图"], DAY)
    assert calls_for(read, text, "CNY", pictured=True) == [("revise_images", {"taste": True})]
    assert understand(text, ["给跑鞋做一个5万元的投放计划，两周"], DAY).calls == ["revise_plan"]


@pytest.mark.parametrize("text", ["人群口味是什么", "哪些人群最可能买", "预算按人群分", "who are our buyers"])
def test_other_words_about_people_change_no_picture(text: str) -> None:
    assert understand(text, ["给跑鞋出一套小红书的图"], DAY).calls == ["segment_users"]
