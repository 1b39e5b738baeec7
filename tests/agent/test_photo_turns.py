"""A conversation with a photo: looked at, used in the pictures that follow, edited and undone; what is no photo changes nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from adwright.agent.assistant import Assistant
from adwright.data.workspace import Workspace
from adwright.tools.creative.art import draw_product
from adwright.tools.creative.scene import paint_scene, palette


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    ground = paint_scene((640, 480), palette("stone"), "studio", stand=(190, 140, 260, 240))
    art = draw_product("giftbox", (40, 96, 160)).resize((260, 240))
    ground.paste(art, (190, 140), art)
    ground.save(tmp_path / "box.png")
    return tmp_path / "box.png"


def test_a_photo_and_a_sentence_become_a_set_that_can_be_edited(shop: Workspace, photo: Path) -> None:
    assistant = Assistant(shop, today=date(2026, 11, 23))
    first = assistant.chat("给跑鞋出一套小红书的图，清爽风，主打第二双半价", "photo-zh", [photo])
    assert [call.tool for call in first.tool_calls] == ["describe_photo", "generate_image"] and first.failed is None
    assert "照片 640×480" in first.text and "换成水墨风" in first.suggestions
    pictures = first.artifacts[1].data
    assert pictures["items"] and all("照片" in item["how"]["zh"] for item in pictures["items"])
    second = assistant.chat("价格大一点", "photo-zh")
    assert second.artifacts[0].data["version"] == 2 and second.artifacts[0].data["set"] == pictures["set"]
    third = assistant.chat("撤销", "photo-zh")
    assert [item["id"] for item in third.artifacts[0].data["items"]] == [item["id"] for item in pictures["items"]]


def test_a_photo_may_come_alone(shop: Workspace, photo: Path) -> None:
    reply = Assistant(shop, today=date(2026, 11, 23)).chat("", "photo-alone", [photo])
    assert [call.tool for call in reply.tool_calls] == ["describe_photo"] and reply.artifacts[0].kind == "photo"
    assert any("图" in text for text in reply.suggestions)


def test_what_is_no_photo_is_refused_by_name_and_nothing_else_happens(shop: Workspace, tmp_path: Path) -> None:
    bad = tmp_path / "trick.png"
    bad.write_bytes(b"<html><body>hello</body></html>")
    assistant = Assistant(shop, today=date(2026, 11, 23))
    reply = assistant.chat("给跑鞋出一套小红书的图", "photo-bad", [bad])
    assert reply.failed == "photo-not-image" and "不是照片" in reply.text
    assert assistant.history("photo-bad") == [] and shop.records.get("uploads:photo-bad") is None
