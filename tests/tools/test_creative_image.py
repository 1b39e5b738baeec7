"""Pictures: exact, legible, labelled - or refused with a reason; the same request gives the same bytes."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from adwright.data import knowledge
from adwright.data.artefacts import Artefacts
from adwright.data.errors import AdwrightError
from adwright.data.workspace import Workspace
from adwright.tools.creative import Banner, Design, brand_kit, compose, compose_set
from adwright.tools.creative.art import NEUTRAL, draw_product, drawings, kind_of
from adwright.tools.creative.colour import contrast, looks, named, parse
from adwright.tools.creative.fonts import covers, face, missing, require, width
from adwright.tools.creative.image import safe_area, weight_limit
from adwright.tools.creative.layouts import LAYOUTS, label_size, plan
from adwright.tools.creative.lines import NO_END, NO_START, break_lines, fit
from adwright.tools.creative.provenance import LABEL, read_label
from adwright.tools.creative.request import GenerateImage, generate_image, parse_size
from adwright.tools.creative.scene import paint_scene, palette

SIZES = [(1080, 1080), (1080, 1920), (1080, 1440), (1200, 628), (970, 250), (300, 250), (160, 600), (728, 90), (320, 50), (800, 800)]
ZH = Design(
    "清晨的江边，有跑鞋",
    "去看看",
    "透气网面鞋面，鞋底落差 8 毫米",
    "¥459",
    "云步",
    "shoe",
    named("雾蓝"),
    "sports",
    facts=("单只重 218 克（42 码）", "鞋底落差 8 毫米", "透气网面鞋面"),
)
EN = Design(
    "Running shoes for dawn miles",
    "See details",
    "Breathable mesh upper, 8 mm heel drop",
    "$59",
    "Cloudstep",
    "shoe",
    named("mist blue"),
    "sports",
    language="en",
    facts=("218 g per shoe (EU 42)", "8 mm heel drop", "breathable mesh upper"),
    market="world",
)
# What single layouts ask for beyond that.
MORE = {
    "festival": {"occasion": "christmas"},
    "testimonial": {"quote": "跑了三个月，鞋底还是软的", "author": "王女士"},
    "compare": {"rows": (("", "轻云3", "稳行2"), ("单只重", "218 克", "246 克"), ("价格", "¥459", "¥399"))},
    "ticket": {"offer": "第二双半价"},
}
ALPHABET = "跑鞋清晨江边细节日常，。：！？（）“”「」《》¥$%·— abcXYZ 0123456789,.!?-'"


def test_fonts_cover_gb2312_and_latin_and_refuse_the_rest() -> None:
    for high in range(0xB0, 0xF8):
        for low in range(0xA1, 0xFF):
            for letter in bytes([high, low]).decode("gb2312", errors="ignore"):
                assert covers(letter), letter
    assert not missing("¥€£℃·—…“”「」™®→★ Crème Brûlée 啫喱")
    with pytest.raises(AdwrightError) as caught:
        require("新品 🎉")
    assert caught.value.code == "missing-glyph" and "U+1F389" in str(caught.value)
    # A glyph that the face lacks is drawn as .notdef; every covered one must differ from it.
    box = face("Bold", 40).getmask("\U0001f389").getbbox()
    assert face("Bold", 40).getmask("鞋").getbbox() != box


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_in_every_shape(layout: str) -> None:
    for i, size in enumerate([(800, 800), (540, 960), (750, 1000), (600, 314), (160, 600), (320, 50)]):
        design = replace(ZH if i % 2 else EN, **MORE.get(layout, {}))
        check_banner(compose(design, size, layout, seed=i), size)


def test_an_offer_is_shown_beside_the_price_in_every_layout() -> None:
    for layout in [one for one in LAYOUTS if one != "compare"]:  # beside whose table there is no room here
        design = replace(ZH, **{**MORE.get(layout, {}), "offer": ""})
        if layout == "testimonial":
            design = replace(design, price="")
        plain = compose(design, (540, 960), layout, seed=3)
        told = compose(replace(design, offer="第二双半价"), (540, 960), layout, seed=3)
        assert told.passed and told.content != plain.content, layout


def check_banner(banner: Banner, size: tuple[int, int]) -> None:
    assert banner.passed and banner.image.size == size
    assert {c.id for c in banner.gate} >= {
        "overflow",
        "ink",
        "glyphs",
        "contrast",
        "text-size",
        "safe-area",
        "product",
        "cta",
        "size",
        "weight",
        "label",
    }
    assert all(c.reason.zh and c.reason.en for c in banner.gate)
    opened = Image.open(io.BytesIO(banner.content))
    opened.load()
    assert opened.size == size and opened.mode == "RGB"
    label = json.loads(read_label(opened) or "{}")
    assert label["Label"] == "1" and label["ContentProducer"] == "Adwright" and label["ProduceID"]


@settings(max_examples=40)
@given(
    st.text(alphabet=ALPHABET, min_size=1, max_size=60).filter(lambda t: t.strip()),
    st.sampled_from(SIZES),
    st.sampled_from(["去看看", "立即抢购限时优惠", "Shop now", "Get the summer offer"]),
    st.sampled_from([None, "warm", "edgy", "premium"]),
    st.integers(0, 5),
)
def test_a_picture_passes_every_check_or_is_refused(headline: str, size: tuple[int, int], call: str, tone: str | None, seed: int) -> None:
    design = Design(headline.strip(), call, "透气网面，8 毫米", "¥459", "云步", "shoe", None, "sports", tone)
    try:
        banner = compose(design, size, seed=seed)
    except AdwrightError as refused:
        assert refused.code == "picture-refused" and refused.hint.zh
    else:
        assert banner.passed


def test_impossible_words_are_refused_with_a_reason() -> None:
    with pytest.raises(AdwrightError) as caught:
        compose(Design("很长的标题" * 60, "去看看"), (300, 250))
    assert caught.value.code == "picture-refused" and "300x250" in caught.value.message.zh
    with pytest.raises(AdwrightError) as caught:
        compose(ZH, (20, 20))
    assert caught.value.code == "bad-size"
    with pytest.raises(AdwrightError) as caught:
        compose(ZH, (300, 250), "baroque")
    assert caught.value.code == "unknown-layout"
    with pytest.raises(AdwrightError) as caught:
        parse_size("big")
    assert caught.value.code == "bad-size"


def test_a_layout_says_what_it_needs() -> None:
    bare = Design("云步轻云3", "去看看")
    for layout in ("burst", "checklist", "testimonial", "compare", "festival", "editorial"):
        with pytest.raises(AdwrightError) as caught:
            compose(bare, (800, 800), layout)
        assert caught.value.code == "layout-needs"


def test_every_occasion_of_the_calendar_can_be_drawn() -> None:
    known = set(knowledge.occasions())
    for table in (looks()["motif"], looks()["particles"], looks()["taste"]["occasion"]):
        assert set(table) <= known
    for occasion in ("spring_festival", "christmas", "valentines", "mid_autumn", "dragon_boat", "halloween", "easter", "double11"):
        assert compose(replace(ZH, occasion=occasion), (400, 400), "festival").passed


def test_a_brand_kit_colours_the_picture_and_keeps_its_logo_free() -> None:
    logo = Image.new("RGBA", (240, 80), (29, 78, 137, 255))
    kit = brand_kit("云步", ("#1d4e89", "#e4572e"), logo, tone="fresh")
    for size in ((1080, 1080), (1200, 628), (160, 600)):
        banner = compose(ZH, size, brand=kit)
        assert banner.passed and banner.palette == "brand"
        assert next(check for check in banner.gate if check.id == "logo").passed
    for colours in (("#ffffff",), ("#000000",), ("#ffee00",), ("#7f7f7f", "#fffffe")):
        assert compose(EN, (600, 600), brand=brand_kit(colours=colours)).passed
    with pytest.raises(AdwrightError) as caught:
        brand_kit(colours=("blue",))
    assert caught.value.code == "bad-colour"
    with pytest.raises(AdwrightError) as caught:
        brand_kit(fonts=(__file__, __file__))
    assert caught.value.code == "bad-font"


def test_a_set_has_every_size_or_says_why_not() -> None:
    items = compose_set({"zh": ZH, "en": EN}, [(300, 250), (320, 50), (20, 20)], ["zh", "en"], variants=2)
    assert len(items) == 12 and [item.variant for item in items] == [0] * 6 + [1] * 6
    assert all(item.banner.passed if item.banner else item.refused for item in items)
    assert sum(item.banner is None for item in items) == 4


def test_formats_are_dated_and_sourced() -> None:
    for one in knowledge.formats().values():
        assert one.source and one.as_of and one.status in ("verified", "unverified") and one.max_kb > 0
    assert {f.platform for f in knowledge.formats().values()} >= {"google", "meta", "tiktok", "douyin", "taobao", "xiaohongshu", "jd"}
    assert safe_area("tiktok", (1080, 1920)) == (0.14, 0.15, 0.35, 0.06)
    assert weight_limit("google", (728, 90)) == 150 and weight_limit("unknown", (640, 111)) is None


def test_same_request_same_bytes_and_weight_limit() -> None:
    one, two = compose(ZH, (1200, 628), seed=5), compose(ZH, (1200, 628), seed=5)
    assert hashlib.sha256(one.content).digest() == hashlib.sha256(two.content).digest()
    small = compose(ZH, (728, 90), seed=5, max_kb=20)
    assert small.passed and len(small.content) <= 20 * 1024
    with pytest.raises(AdwrightError):
        compose(ZH, (1080, 1080), max_kb=5)


def test_label_is_as_high_as_the_rule_asks() -> None:
    for size in SIZES:
        px = label_size(size)
        left, top, right, bottom = face("Regular", px).getbbox(LABEL.zh)
        assert right > left and (bottom - top >= 0.05 * min(size) or min(size) < 180) and px >= 9
        assert 9 <= label_size(size, "world") <= px


def test_cover_keeps_words_in_the_safe_area() -> None:
    for layout in LAYOUTS:
        safe = plan(layout, (1080, 1920)).safe
        assert safe.y >= 0.14 * 1920 - 1 and safe.bottom <= 0.65 * 1920 + 1 and safe.right <= 0.85 * 1080 + 1


@given(st.text(alphabet=ALPHABET, min_size=1, max_size=50), st.integers(60, 700), st.integers(12, 60), st.integers(1, 4))
def test_line_breaking_laws(text: str, limit: int, px: int, most: int) -> None:
    lines = break_lines(text.strip() or "字", limit, "Bold", px, most)
    if lines is None or len(lines) == 1:
        return
    assert len(lines) <= most and all(width(line, "Bold", px) <= limit for line in lines)
    assert not any(line[0] in NO_START for line in lines[1:]) and not any(line[-1] in NO_END for line in lines[:-1])
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_fit_says_when_text_does_not_fit() -> None:
    assert fit("立即抢购", (40, 14), "Bold", largest=40, smallest=12, lines=1) is None
    found = fit("立即抢购", (400, 60), "Bold", largest=40, smallest=12, lines=1)
    assert found and found.px >= 35 and found.width <= 400 and found.height <= 60


def test_palettes_are_legible() -> None:
    for name in looks()["palette"]:
        p = palette(name)
        for ground in (p.ground, p.ground2):
            assert contrast(ground, p.ink) >= 6, name
            assert contrast(ground, p.soft) >= 4.5, name
        assert contrast(p.accent, p.on) >= 4.5, name
        assert paint_scene((64, 64), p, "mesh", seed=1).size == (64, 64)
    used = {n for table in looks()["taste"].values() for names in table.values() for n in names}
    assert used <= set(looks()["palette"])


def test_drawings_stand_only_for_what_they_show() -> None:
    assert kind_of("云步 轻云3 跑鞋") == "shoe" and kind_of("the robot vacuum") == "vacuum"
    assert kind_of("美甲灯") == kind_of("oil heater") == kind_of("rain boots") == NEUTRAL
    for kind, row in drawings().items():
        picture = draw_product(kind, parse(row["colour"] or "#888888"))
        assert picture.mode == "RGBA" and min(picture.size) > 100


def test_generate_image_stores_what_passed(shop: Workspace) -> None:
    result = generate_image(
        shop, GenerateImage(product="跑鞋", sizes=["800x800", "1080x1920", "320x50"], channel="douyin", occasion="双十二")
    )
    assert len(result.artifact.files) == 3 and result.artifact.kind == "images"
    for item in result.artifact.data["items"]:
        assert all(check["passed"] for check in item["checks"])
        with Image.open(shop.artefacts.path(item["id"])) as opened:
            assert opened.size == (item["width"], item["height"])
    again = generate_image(
        shop, GenerateImage(product="跑鞋", sizes=["800x800", "1080x1920", "320x50"], channel="douyin", occasion="双十二")
    )
    assert again.artifact.files == result.artifact.files


def test_generate_image_refuses_a_forbidden_headline(shop: Workspace) -> None:
    with pytest.raises(AdwrightError) as caught:
        generate_image(shop, GenerateImage(product="跑鞋", headline="全球第一跑鞋", sizes=["800x800"]))
    assert caught.value.code == "headline-not-allowed"


def test_labels_survive_the_artefact_store(tmp_path: Path) -> None:
    store = Artefacts(tmp_path)
    banner = compose(EN, (1080, 1080))
    with Image.open(store.path(store.put(banner.content, banner.suffix))) as opened:
        assert read_label(opened)
