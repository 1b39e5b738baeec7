"""Single pictures pointed at in sentences: dropped, kept, with another change, on a plan, and what is none of these."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from adwright.agent.planner.calls import calls_for
from adwright.agent.planner.pick_asks import picture_edit
from adwright.agent.planner.scan import scan
from adwright.agent.planner.understand import understand
from adwright.data.money import Money

from .workbench import small_plan

DAY = date(2026, 11, 23)
SET = "给这款跑鞋出一套抖音和小红书的图"


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("第一张图不要", {"drop": {"numbers": [1]}}),
        ("删掉第2、3张", {"drop": {"numbers": [2, 3]}}),
        ("第2到4张去掉，价格大一点", {"price": "bigger", "drop": {"numbers": [2, 3, 4]}}),
        ("最后两张不要", {"drop": {"numbers": [-2, -1]}}),
        ("第 3 张不好看，去掉", {"drop": {"numbers": [3]}}),
        ("第三张不太好看，删了吧", {"drop": {"numbers": [3]}}),
        ("lose the small one", {"drop": {"extents": ["smallest"]}}),
        ("去掉横版的", {"drop": {"shapes": ["wide"]}}),
        ("去掉抖音的横版图", {"drop": {"shapes": ["wide"], "channels": ["douyin"]}}),
        ("只留前三张", {"keep": {"numbers": [1, 2, 3]}}),
        ("保留第1和第4张，其他的不要", {"keep": {"numbers": [1, 4]}}),
        ("drop the second picture", {"drop": {"numbers": [2]}}),
        ("get rid of pictures 2 and 3", {"drop": {"numbers": [2, 3]}}),
        ("I don't like the third one, drop it", {"drop": {"numbers": [3]}}),
        ("keep only the first three", {"keep": {"numbers": [1, 2, 3]}}),
        ("without the 300x250", {"drop": {"sizes": ["300x250"]}}),
        ("remove the wide Instagram pictures", {"drop": {"shapes": ["wide"], "channels": ["instagram"]}}),
        ("drop the 2nd and 4th and make the price bigger", {"price": "bigger", "drop": {"numbers": [2, 4]}}),
    ],
)
def test_pictures_pointed_at_become_one_change_of_the_set(text: str, wish: dict[str, Any]) -> None:
    read = understand(text, [SET], DAY)
    assert read.act == "edit" and calls_for(read, text, "CNY", pictured=True) == [("revise_images", wish)]


@pytest.mark.parametrize(
    "text",
    [
        "第一双半价",
        "第二条不要",
        "去掉第二张半价",
        "不要logo",
        "只要竖版",
        "keep it short",
        "drop instagram",
        "去掉抖音",
        "just the first week",
    ],
)
def test_other_things_dropped_or_kept_are_no_pictures(text: str) -> None:
    assert picture_edit(scan(text, DAY), DAY, True) is None


def test_on_a_plan_the_pictures_are_named() -> None:
    plan = small_plan("running shoes", Money.of(20000, "USD"), ["instagram", "google"], 14, DAY)
    read = understand("drop the second picture", ["plan a 20k campaign for running shoes"], DAY, plan=plan)
    assert read.calls == ["revise_plan"] and read.patches[0].model_dump(exclude_none=True)["drop"]["numbers"] == [2]
    # Of what, nobody said: a line, a piece of copy?
    assert picture_edit(scan("drop the second", DAY), DAY, False) is None
