"""Photographs used whole: what stays in view, where words may not stand, what is refused - on photos no product can be cut out of."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from adwright.data.errors import AdwrightError
from adwright.tools.creative import Design, compose, cut_out, with_whole_photo
from adwright.tools.creative.art import draw_product
from adwright.tools.creative.compositor import layers
from adwright.tools.creative.whole_photo import framed, salient_box

SHOE = (300, 250, 560, 384)
ZH = Design("雨后草地，照样跑", "去看看", "防滑大底，湿地也抓得住", "¥459", "云步", category="sports")
EN = Design("Made for wet grass", "See details", "A sole that grips in the rain", "$59", "Cloudstep", language="en", market="world")


@pytest.fixture(scope="module")
def on_grass() -> Image.Image:
    """A shoe in grass, 720 x 540: blades of all greens, a shadow, a sunny side, camera noise."""
    rng = np.random.default_rng(4)
    blades = rng.normal(0, 1, (540, 720)).astype(np.float32)
    light = 0.9 + 0.25 * np.linspace(0, 1, 720)[None] + 1.6 * cv2.blur(blades, (2, 24)) + 0.12 * blades
    ground = Image.fromarray(np.clip(np.array((74, 118, 46)) * light[..., None], 0, 255).astype(np.uint8))
    art = draw_product("shoe", (214, 70, 48)).resize((SHOE[2] - SHOE[0], SHOE[3] - SHOE[1]))
    cast = Image.new("L", ground.size)
    cast.paste(art.getchannel("A"), (SHOE[0] + 8, SHOE[1] + 12))
    ground.paste((12, 20, 8), (0, 0, *ground.size), cast.filter(ImageFilter.GaussianBlur(8)).point([v // 2 for v in range(256)]))
    ground.paste(art, SHOE[:2], art)
    return Image.fromarray(np.clip(np.asarray(ground) + rng.normal(0, 4, (540, 720, 1)), 0, 255).astype(np.uint8))


def test_a_photo_whose_product_cannot_be_cut_out_is_shown_whole(on_grass: Image.Image) -> None:
    with pytest.raises(AdwrightError) as caught:
        cut_out(on_grass)
    assert caught.value.code == "cut-out-poor"
    left, top, right, bottom = salient_box(on_grass)
    held = (min(right, SHOE[2]) - max(left, SHOE[0])) * (min(bottom, SHOE[3]) - max(top, SHOE[1]))
    assert held > 0.9 * (SHOE[2] - SHOE[0]) * (SHOE[3] - SHOE[1])
    for layout in ("split", "collage"):
        for size, design in (((1080, 1080), ZH), ((1080, 1920), EN), ((970, 250), ZH), ((300, 250), EN), ((160, 600), ZH), ((320, 50), EN)):
            banner = compose(with_whole_photo(design, on_grass), size, layout, seed=size[0])
            checks = {check.id: check for check in banner.gate}
            assert banner.passed and checks["photo-clear"].value == 0 and checks["product"].value >= 0.95
    assert compose(with_whole_photo(ZH, on_grass), (1200, 628)).layout in ("split", "collage")


def test_no_style_touches_the_photo(on_grass: Image.Image) -> None:
    design = with_whole_photo(ZH, on_grass, SHOE)
    plain, inked = (layers(one, (600, 600), "split", 0) for one in (design, replace(design, style="ink")))
    assert plain and inked and plain.staged.frame
    frame = plain.staged.frame
    here, there = (np.asarray(one.ground.crop(frame.edges)) for one in (plain, inked))
    assert inked.staged.frame == frame and np.array_equal(here, there)
    shown, place, scale = framed(on_grass, SHOE, (frame.w, frame.h), (frame.w / 2, frame.h / 2))
    assert place.inside(type(place)(0, 0, frame.w, frame.h))
    kept, whole = (np.asarray(one.crop(box)).mean((0, 1)) for one, box in ((shown, place.edges), (on_grass, SHOE)))
    assert scale > 0 and np.abs(kept - whole).max() <= 4


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_part_that_matters_stays_in_the_frame(data: st.DataObject) -> None:
    wide, high = data.draw(st.integers(64, 400)), data.draw(st.integers(64, 400))
    left, top = data.draw(st.integers(0, wide - 16)), data.draw(st.integers(0, high - 16))
    right, bottom = data.draw(st.integers(left + 16, wide)), data.draw(st.integers(top + 16, high))
    size = data.draw(st.integers(20, 300)), data.draw(st.integers(20, 300))
    at = data.draw(st.floats(0, size[0])), data.draw(st.floats(0, size[1]))
    picture, place, scale = framed(Image.new("RGB", (wide, high), (9, 9, 9)), (left, top, right, bottom), size, at)
    assert picture.size == size and scale <= max(size[0] / wide, size[1] / high) + 1e-9
    assert min(place.x, place.y) >= -1 and place.right <= size[0] + 1 and place.bottom <= size[1] + 1


def test_what_cannot_be_shown_whole_is_refused(on_grass: Image.Image) -> None:
    def refused(*given: object, layout: str = "split") -> str:
        with pytest.raises(AdwrightError) as caught:
            compose(with_whole_photo(ZH, *given), (1080, 1080), layout)  # type: ignore[arg-type]
        assert caught.value.message.zh and caught.value.message.en and caught.value.hint
        return caught.value.code

    assert refused(on_grass, (600, 0, 900, 100)) == "bad-box"
    assert refused(Image.new("RGBA", (300, 300), (0, 0, 0, 0))) == "photo-cut"
    assert refused(on_grass, layout="hero") == "layout-needs"
    assert refused(on_grass.resize((180, 135))) == "picture-refused"
