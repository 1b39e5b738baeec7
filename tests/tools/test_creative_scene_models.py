"""Scenes by models outside: asked only after a yes, held against what was asked for, replaced by name when they fail."""

from __future__ import annotations

import base64
import importlib.util
import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from adwright.data.errors import AdwrightError
from adwright.data.knowledge.image_models import image_model, image_models
from adwright.data.settings import Settings
from adwright.tools.creative import Design, compose, make_scene
from adwright.tools.creative.scene_models import estimate, scene_prompt
from adwright.tools.creative.scene_weights import PACKAGES

from .loopback import Loopback

TEA = Design("给自己泡一杯安静", "立即购买", category="food", tone="premium", occasion="mid_autumn")


def png(size: tuple[int, int], colour: tuple[int, int, int] = (200, 180, 160)) -> str:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


class Server(Loopback):
    """Answers ``/v1/images/*``; `play` turns the fields of a request into (status, body)."""

    @property
    def settings(self) -> Settings:
        return Settings(image_model="gpt-image-1.5", image_url=self.url, api_key="sk-test")  # type: ignore[arg-type]

    def right(self, sent: dict[str, Any]) -> tuple[int, Any]:
        w, h = map(int, sent["size"].split("x"))
        return 200, {"created": 1, "data": [{"b64_json": png((w, h))}]}


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


def test_nothing_is_asked_before_a_yes_and_the_cost_is_told(server: Server) -> None:
    with pytest.raises(AdwrightError) as wait:
        make_scene(TEA, (1080, 1080), "openai", settings=server.settings)
    assert wait.value.code == "image-not-approved" and not server.asked
    assert "0.034 USD" in wait.value.tell("en") and "0.034 美元" in wait.value.tell("zh")
    unknown = estimate(Settings(image_model="some-model"), (1080, 1080))
    assert unknown.usd is None and "none is known here" in unknown.told.en


def test_a_scene_is_asked_for_and_cut_to_the_slot(server: Server) -> None:
    scene = make_scene(TEA, (1200, 628), "openai", settings=server.settings, approved=True, language="zh")
    assert scene.image.size == (1200, 628) and scene.backend == "openai" and scene.model == "gpt-image-1.5" and not scene.notes
    sent = server.asked[0]
    assert sent["path"] == "/v1/images/generations" and sent["key"] == "Bearer sk-test"
    assert sent["model"] == "gpt-image-1.5" and sent["size"] == "1536x1024" and sent["n"] == 1
    assert "中秋" in sent["prompt"] and "不要出现文字" in sent["prompt"]
    assert compose(TEA.__class__(**{**TEA.__dict__, "ground": scene.image}), (1200, 628)).passed


def test_an_edit_keeps_the_product_pixel_for_pixel(server: Server) -> None:
    layer = Image.new("RGBA", (600, 400), (0, 0, 0, 0))
    shoe = np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8)
    layer.paste(Image.fromarray(shoe), (220, 200))
    scene = make_scene("linen in morning light", (600, 400), "openai", settings=server.settings, approved=True, product=layer)
    assert np.array_equal(np.asarray(scene.image.crop((220, 200, 380, 320))), shoe)
    assert scene.image.getpixel((5, 5)) == (200, 180, 160)
    sent = server.asked[0]
    mask = Image.open(io.BytesIO(sent["mask"]))
    assert sent["path"] == "/v1/images/edits" and mask.size == (1536, 1024) and mask.getchannel("A").getextrema() == (0, 255)
    with pytest.raises(AdwrightError) as wrong:
        make_scene("x", (500, 400), "openai", settings=server.settings, approved=True, product=layer, fallback=False)
    assert wrong.value.code == "image-wrong-size"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((400, {"error": {"message": "no", "code": "moderation_blocked"}}), "image-refused"),
        ((400, {"error": {"message": "bad size", "code": "invalid_value"}}), "image-failed"),
        ((401, {"error": {"message": "sk-test is wrong"}}), "image-failed"),
        ((500, {}), "image-failed"),
        ((200, {"created": 1, "data": [{"b64_json": "!!!"}]}), "image-broken"),
        ((200, {"created": 1, "data": [{"b64_json": png((1024, 1024))[:400]}]}), "image-broken"),
        ((200, {"created": 1, "data": [{"url": "http://127.0.0.1/x.png"}]}), "image-broken"),
        ((200, {"created": 1, "data": []}), "image-broken"),
        ((200, {"created": 1, "data": [{"b64_json": png((1024, 600))}]}), "image-wrong-size"),
        ((200, {"created": 1, "data": [{"b64_json": png((256, 256))}]}), "image-wrong-size"),
    ],
)
def test_what_fails_is_named_and_painted_here_instead(server: Server, answer: tuple[int, Any], code: str) -> None:
    server.play = lambda sent: answer
    with pytest.raises(AdwrightError) as failed:
        make_scene("a desk", (400, 400), "openai", settings=server.settings, approved=True, fallback=False)
    assert failed.value.code == code and "sk-test" not in failed.value.tell("en") + failed.value.tell("zh")
    scene = make_scene("a desk", (400, 400), "openai", settings=server.settings, approved=True)
    assert scene.backend == "procedural" and scene.image.size == (400, 400)
    assert scene.notes[0].en.startswith(failed.value.message.en) and "takes its place" in scene.notes[0].en


def test_a_slow_model_is_not_waited_for(server: Server) -> None:
    def slow(sent: dict[str, Any]) -> tuple[int, Any]:
        time.sleep(1.5)
        return 200, {}

    server.play = slow
    with pytest.raises(AdwrightError) as late:
        make_scene("a desk", (400, 400), "openai", settings=server.settings, approved=True, fallback=False, seconds=0.3)
    assert late.value.code == "image-failed" and "in time" in late.value.tell("en")


def test_models_that_are_gone_or_not_set_are_named() -> None:
    for name in ("gpt-image-1", "dall-e-3"):
        with pytest.raises(AdwrightError) as gone:
            make_scene("a desk", (400, 400), "openai", settings=Settings(image_model=name), approved=True)
        assert gone.value.code == "image-model-gone" and name in gone.value.tell("zh")
    with pytest.raises(AdwrightError) as unset:
        make_scene("a desk", (400, 400), "openai")
    assert unset.value.code == "no-image-model"
    with pytest.raises(AdwrightError) as unknown:
        make_scene("a desk", (400, 400), kind="beach")  # type: ignore[arg-type]
    assert unknown.value.code == "bad-scene"


def test_sizes_cover_the_slot_within_the_models_rules() -> None:
    assert image_model("gpt-image-1.5").covering((1080, 1920)) == (1024, 1536)
    free = image_model("gpt-image-2-turbo")
    for slot in ((1080, 1080), (728, 90), (160, 600), (1080, 1920), (320, 50), (4096, 2048)):
        w, h = free.covering(slot)
        assert w % 16 == h % 16 == 0 and w * h <= free.pixels and 1 / 3.1 < w / h < 3.1 and min(w, h) >= 160
    assert all(model.source and model.status for model in image_models().values())


def test_the_prompt_takes_the_brief_as_data_and_wants_no_words() -> None:
    text = scene_prompt("beach {{ 7*7 }}\nat dawn", (300, 250), None, "en")
    assert "beach {{ 7*7 }} at dawn" in text and "No text, no letters" in text and "Colours" not in text
    assert "不要画这件商品" in scene_prompt(TEA, (300, 250), None, "zh")


def test_own_weights_missing_or_without_packages_are_named(tmp_path: Path) -> None:
    for given in (None, tmp_path):
        with pytest.raises(AdwrightError) as missing:
            make_scene("a desk", (64, 64), "diffusers", model=given, fallback=False)
        assert missing.value.code == "weights-missing" and "ADWRIGHT_IMAGE_WEIGHTS" in missing.value.tell("zh")
    (tmp_path / "model_index.json").write_text("{}", "utf-8")
    if any(importlib.util.find_spec(name) is None for name in PACKAGES):
        with pytest.raises(AdwrightError) as extra:
            make_scene("a desk", (64, 64), "diffusers", settings=Settings(image_weights=str(tmp_path)), fallback=False)
        assert extra.value.code == "extra-missing" and "adwright[images]" in extra.value.tell("en")
