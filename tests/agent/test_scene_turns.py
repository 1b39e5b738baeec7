"""Backgrounds in the chat: a model's only after a yes with its cost, those painted here at once, and plain words where no model is set up."""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from adwright import Assistant, Workspace
from adwright.agent.events import ApprovalNeeded
from adwright.agent.planner.calls import calls_for
from adwright.agent.planner.understand import understand
from adwright.data.money import Money
from adwright.data.settings import Settings

from .workbench import small_plan

DAY = date(2026, 11, 23)
PICTURES = ["给跑鞋出一套小红书的图"]


@pytest.mark.parametrize(
    ("text", "scene"),
    [
        ("给跑鞋换一个雪山的背景", "雪山"),
        ("背景换成海边日落", "海边日落"),
        ("把它放到雪山前面", "雪山"),
        ("用雪山做背景", "雪山"),
        ("put it in front of a snowy mountain", "snowy mountain"),
        ("give the running shoes a snowy mountain background", "snowy mountain"),
        ("change the background to a beach at dawn", "beach at dawn"),
    ],
)
def test_a_background_in_words_is_a_models(text: str, scene: str) -> None:
    read = understand(text, PICTURES, DAY)
    (call,) = calls_for(read, text, "CNY", pictured=True)
    assert call[0] == "paint_scene" and call[1]["scene"] == scene and "background" not in call[1].get("product", "")


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("背景换成窗光", ("revise_images", {"scene": "window"})),
        ("change the background to a studio", ("revise_images", {"scene": "studio"})),
        ("给跑鞋换影棚背景", ("revise_images", {"scene": "studio"})),
        ("背景换成展台，价格大一点", ("revise_images", {"price": "bigger", "scene": "podium"})),
        ("给马克杯出图，背景换成影棚", ("generate_image", {"product": "马克杯", "scene": "studio"})),
        ("换成水墨风背景", ("revise_images", {"style": "ink"})),
        ("出一张白底图", ("white_picture", {})),
        ("给跑鞋做一张亚马逊主图", ("white_picture", {"channels": ["amazon"]})),
        ("white background main image", ("white_picture", {})),
    ],
)
def test_backgrounds_painted_here_and_white_ground(text: str, call: tuple[str, dict[str, Any]]) -> None:
    assert calls_for(understand(text, PICTURES, DAY), text, "CNY", pictured=True) == [call]


@pytest.mark.parametrize(
    "text", ["背景换成红色", "把预算放到抖音前面", "把跑鞋放到双十一前", "为什么背景是白色", "跑鞋推广，预算3万，两周，雪山背景"]
)
def test_other_words_ask_for_no_scene(text: str) -> None:
    assert not {"paint_scene", "white_picture"} & set(understand(text, PICTURES, DAY).calls)


@pytest.mark.parametrize(
    ("text", "scene", "also"),
    [
        ("背景换成厨房，价格大一点", "厨房", {"price": "bigger"}),
        ("价格大一点，背景换成海边", "海边", {"price": "bigger"}),
        ("beach background and bigger price", "beach", {"price": "bigger"}),
        ("change the background to a kitchen and make the price bigger", "kitchen", {"price": "bigger"}),
        ("背景换成雪山，第一张不要", "雪山", {"drop": {"numbers": [1]}}),
        ("海边背景", "海边", {}),
    ],
)
def test_what_else_a_message_changes_goes_with_the_background(text: str, scene: str, also: dict[str, Any]) -> None:
    asked = ("paint_scene", {"scene": scene, "product": "跑鞋", **also})
    assert calls_for(understand(text, PICTURES, DAY), text, "CNY", pictured=True) == [asked]
    # After a plan it is the plan's own pictures that change.
    planned = understand(text, ["给跑鞋做一个5万元的投放计划，两周"], DAY)
    assert calls_for(planned, text, "CNY", planned=True) == [("paint_scene", {**asked[1], "of_plan": True})]


def test_a_background_painted_here_changes_the_plan_and_not_a_set_beside_it() -> None:
    plan = small_plan("跑鞋", Money.of(50000, "CNY"), ["douyin"], 14, DAY)
    read = understand("背景换成窗光，价格大一点", (), DAY, plan=plan)
    assert read.calls == ["revise_plan"]
    assert read.patches[0].model_dump(exclude_none=True) == {"action": "set_look", "price": "bigger", "scene": "window"}
    assert understand("给马克杯出图，背景换成影棚", (), DAY, plan=plan).calls == ["generate_image"]


def test_any_other_background_is_asked_for() -> None:
    read = understand("换个好看的背景", PICTURES, DAY)
    assert read.behaviour == "ask" and read.options[0].zh == "背景换成窗光"


@pytest.fixture
def painter() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An image service on this machine: its address, and what it was asked."""
    asked: list[dict[str, Any]] = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            buffer = io.BytesIO()
            width, height = map(int, asked[-1]["size"].split("x"))
            Image.linear_gradient("L").resize((width, height)).convert("RGB").save(buffer, "PNG")
            body = json.dumps({"created": 1, "data": [{"b64_json": base64.b64encode(buffer.getvalue()).decode()}]}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1", asked
    server.shutdown()
    server.server_close()


def test_a_models_background_waits_for_a_yes_with_its_cost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, painter: tuple[str, list[dict[str, Any]]]
) -> None:
    address, asked = painter
    monkeypatch.setenv("ADWRIGHT_IMAGE_MODEL", "gpt-image-1.5")
    monkeypatch.setenv("ADWRIGHT_IMAGE_URL", address)
    with Workspace.open(tmp_path / "shop", create=True, name="店 Shop") as shop:
        helper = Assistant(shop, model="planner", today=DAY)
        before = helper.chat("给跑鞋出一张1080x1080的图", "t")
        last = list(helper.stream("给跑鞋换一个雪山的背景", "t"))[-1]
        assert isinstance(last, ApprovalNeeded) and last.tool == "paint_scene"
        assert "雪山" in last.detail.zh and "美元" in last.detail.zh and "1024x1536" in last.detail.en
        list(helper.decide("t", "reject"))
        assert asked == []
        list(helper.stream("put it in front of a snowy mountain", "t"))
        list(helper.stream("approve", "t"))
        turn = helper.history("t")[-1]
        assert len(asked) == 1 and "snowy mountain" in asked[0]["prompt"] and "gpt-image-1.5 painted the background" in turn.text
        made, old = turn.calls[-1].artifact, before.artifacts[-1]
        assert made is not None and made.data["set"] == old.data["set"] and made.data["version"] == 2
        assert made.data["items"][0]["id"] != old.data["items"][0]["id"] and "图像模型" in made.data["items"][0]["how"]["zh"]
        smaller = helper.chat("不要logo", "t").artifacts[-1]
        assert "图像模型" in smaller.data["items"][0]["how"]["zh"] and len(asked) == 1
        here = helper.chat("背景换成窗光", "t")
        assert "窗光背景" in here.text and "图像模型" not in here.artifacts[-1].data["items"][0]["how"]["zh"]


def test_a_plans_pictures_take_the_background_and_undo_gives_it_back(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch, painter: tuple[str, list[dict[str, Any]]]
) -> None:
    address, asked = painter
    monkeypatch.setattr(shop, "settings", Settings.load({}, {"ADWRIGHT_IMAGE_MODEL": "gpt-image-1.5", "ADWRIGHT_IMAGE_URL": address}))
    helper = Assistant(shop, model="planner", today=DAY)
    helper.chat("给跑鞋做一个2万元的投放计划，小红书，两周", "scene-plan")
    last = list(helper.stream("背景换成海边，价格大一点", "scene-plan"))[-1]
    assert isinstance(last, ApprovalNeeded) and asked == []
    list(helper.decide("scene-plan", "approve"))
    plan = shop.records.current("scene-plan")
    assert plan is not None and plan.version == 2 and plan.brief.look.ground and plan.brief.look.price == "bigger" and len(asked) == 1
    text = helper.history("scene-plan")[-1].text
    assert "换上新画的背景" in text and "价格放大" in text and "绘制" in text
    here = helper.chat("背景换成展台", "scene-plan").plan
    assert here is not None and here.brief.look.scene == "podium" and here.brief.look.ground is None
    back = helper.chat("撤销", "scene-plan").plan
    assert back is not None and back.brief.look.ground == plan.brief.look.ground


def test_without_a_model_the_other_change_is_done_and_that_is_said(shop: Workspace) -> None:
    helper = Assistant(shop, model="planner", today=DAY)
    helper.chat("给跑鞋出一张1080x1080的图", "kitchen")
    told = helper.chat("背景换成厨房，价格大一点", "kitchen")
    assert told.failed is None and "价格放大" in told.text and "背景没有画" in told.text and told.artifacts[-1].data["version"] == 2


def test_without_a_model_it_says_what_is_missing_and_what_can_be_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ADWRIGHT_IMAGE_MODEL", "ADWRIGHT_IMAGE_WEIGHTS"):
        monkeypatch.delenv(name, raising=False)
    with Workspace.open(tmp_path / "shop", create=True, name="店 Shop") as shop:
        helper = Assistant(shop, model="planner", today=DAY)
        told = helper.chat("给跑鞋换一个雪山的背景", "t")
        assert told.approval is None and "图像模型" in told.text and "窗光" in told.text and "ADWRIGHT_IMAGE_MODEL" in told.text
        told = helper.chat("give the running shoes a snowy mountain background", "e")
        assert "needs an image model" in told.text and "window light" in told.text
        photo = Image.new("RGB", (1400, 1400), (226, 224, 220))
        ImageDraw.Draw(photo).rounded_rectangle((420, 210, 980, 1260), 120, fill=(150, 30, 30))
        photo.save(tmp_path / "can.png")
        assert "照片" in helper.chat("出一张白底图", "w").text
        white = helper.chat("出一张淘宝白底图", "w", files=[tmp_path / "can.png"])
        assert "1 张白底图" in white.text and "淘宝" in white.text
