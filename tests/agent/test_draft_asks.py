"""Drafts that exist are said in the other language or compared when that is asked for, and other translations stay outside."""

from __future__ import annotations

from datetime import date

import pytest

from adwright.agent.planner.calls import calls_for
from adwright.agent.planner.understand import understand

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
    assert "translate" not in understand(text, [], DAY).extra


def test_comparing_drafts_points_to_the_page() -> None:
    found = understand("评比一下这几条文案", [BEFORE["zh"]], DAY)
    assert found.reply is not None and "评文案" in found.reply.zh and not calls_for(found, "", "CNY")
