"""Styles: strength 0 changes nothing, tables are smooth and rise, the product's pixels stay, every style passes the gate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from PIL import Image

from adwright.data.errors import AdwrightError
from adwright.data.figure import Figure
from adwright.data.plan import Persona, Segment
from adwright.data.portrait import Mark, Portrait
from adwright.data.words import both
from adwright.tools.creative import Design, brand_kit, compose, transfer_style
from adwright.tools.creative.colour import looks, named
from adwright.tools.creative.compositor import layers
from adwright.tools.creative.gan.painter import SHIPPED
from adwright.tools.creative.lut import Lut, identity
from adwright.tools.creative.oklab import from_oklab, shown, to_oklab
from adwright.tools.creative.scene import SCENES, paint_scene, palette
from adwright.tools.creative.style_match import matched
from adwright.tools.creative.styles import style_data, style_of, style_table, styles
from adwright.tools.creative.taste import price_band, style_for, style_for_segment, style_offer

SHOE = Design("清晨的江边，有跑鞋", "去看看", "透气网面，鞋底落差 8 毫米", "¥459", "云步", "shoe", named("雾蓝"), "sports")
HAS_PAINTER = (SHIPPED / "painter.npz").is_file()


def ground(name: str = "mist", side: int = 160) -> Image.Image:
    return paint_scene((side, side), palette(name), "window", seed=3)


def test_oklab_goes_there_and_back() -> None:
    rgb = np.random.default_rng(0).random((500, 3))
    assert np.allclose(from_oklab(to_oklab(rgb)), rgb, atol=1e-6)
    strong = shown(np.array([[0.7, 0.4, 0.1], [0.3, 0.0, -0.5]]))
    assert strong.min() >= 0 and strong.max() <= 1
    assert np.allclose(to_oklab(strong)[:, 0], [0.7, 0.3], atol=0.01)


@pytest.mark.parametrize("name", list(styles()))
def test_strength_0_is_the_picture_and_the_same_seed_the_same_picture(name: str) -> None:
    picture = ground()
    assert transfer_style(picture, name, strength=0).tobytes() == picture.tobytes()
    one = transfer_style(picture, name, seed=5)
    assert one.size == picture.size and one.tobytes() == transfer_style(picture, name, seed=5).tobytes()
    assert one.tobytes() != picture.tobytes()


def rises_and_is_smooth(table: Lut) -> None:
    """Greys keep their order, neighbours in colour stay neighbours, nothing leaves the screen's range."""
    assert table.table.min() >= 0 and table.table.max() <= 1
    n = len(table.table)
    greys = np.array([table.table[i, i, i] for i in range(n)])
    light = to_oklab(greys)[:, 0]
    rise = np.diff(light)
    # Near black 8 bits of a screen have nothing to rise to.
    assert (rise >= 0).all() and (rise[2:] > 0.002).all()
    for axis in range(3):
        step = np.abs(np.diff(table.table, axis=axis)).max()
        assert step < 4.5 / (n - 1), step


@pytest.mark.parametrize("name", list(styles()))
def test_tables_rise_and_are_smooth(name: str) -> None:
    rises_and_is_smooth(style_table(name))
    assert np.allclose(style_table(name, 0.0).table, identity())


@settings(max_examples=5, deadline=None, phases=[Phase.generate])
@given(
    st.tuples(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255)),
    st.sampled_from(["coral", "night", "sage"]),
    st.integers(0, 99),
)
def test_a_reference_gives_a_table_that_rises_and_is_smooth(colour: tuple[int, int, int], name: str, seed: int) -> None:
    reference = paint_scene((60, 60), palette(name), "rays", seed=seed)
    reference.paste(colour, (0, 0, 30, 40))
    rises_and_is_smooth(matched(ground(side=60), reference, seed))


def test_a_reference_lends_its_colours_and_leaves_no_steps() -> None:
    picture, reference = ground("mist"), paint_scene((160, 160), palette("flame"), "mesh", seed=1)
    styled = transfer_style(picture, reference, seed=1)
    lab = [to_oklab(np.asarray(p, float).reshape(-1, 3) / 255).mean(0) for p in (picture, styled, reference)]
    assert np.abs(lab[1] - lab[2]).max() < 0.3 * np.abs(lab[0] - lab[2]).max()
    # A soft ramp stays one: no two neighbours of it lie more than three levels apart.
    ramp = Image.fromarray(np.repeat(np.linspace(190, 250, 400).astype(np.uint8)[None, :, None], 3, 2).repeat(4, 0))
    turned = np.asarray(transfer_style(ramp, reference, seed=1), np.int16)
    assert np.abs(np.diff(turned[0], axis=0)).max() <= 3
    clear = picture.convert("RGBA")
    clear.putalpha(120)
    assert transfer_style(clear, reference).getchannel("A").getextrema() == (120, 120)


@pytest.mark.parametrize("name", ["film", "ink", "neon"])
def test_the_product_keeps_its_pixels(name: str) -> None:
    drawn = layers(SHOE, (640, 640), "poster", 2)
    styled = layers(replace(SHOE, style=name), (640, 640), "poster", 2)
    assert drawn and styled and drawn.product == styled.product
    solid = np.asarray(drawn.outline) == 255
    box = drawn.product.edges
    before, after = (np.asarray(one.ground.crop(box))[solid] for one in (drawn, styled))
    assert solid.sum() > 1000 and np.array_equal(before, after)
    assert not np.array_equal(np.asarray(drawn.ground), np.asarray(styled.ground))
    assert [p.setting.lines for p in drawn.pieces] == [p.setting.lines for p in styled.pieces]


@pytest.mark.parametrize("name", list(styles()))
@pytest.mark.parametrize("size", [(600, 600), (540, 960), (728, 90), (600, 314)])
def test_styled_pictures_pass_the_gate(name: str, size: tuple[int, int]) -> None:
    for seed in (0, 1):
        banner = compose(replace(SHOE, style=name), size, seed=seed)
        assert banner.passed
    assert banner.content == compose(replace(SHOE, style=name), size, seed=1).content


def test_a_brand_keeps_its_colours_in_any_style() -> None:
    kit = brand_kit("云步", ("#1d4e89",))
    plain, inked = (compose(replace(SHOE, style=style), (400, 400), "hero", brand=kit) for style in ("", "ink"))
    assert plain.palette == inked.palette == "brand" and inked.passed


@pytest.mark.parametrize("kind", [kind for kind in SCENES if kind != "gan" or HAS_PAINTER])
def test_every_scene_can_be_asked_for_by_name(kind: str) -> None:
    assert compose(replace(SHOE, scene=kind), (600, 600), "poster", seed=3).passed


def test_a_finished_ground_fades_where_words_stand() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (400, 300, 3), np.uint8)
    assert compose(replace(SHOE, ground=Image.fromarray(noise)), (600, 600), "poster").passed


def test_words_find_a_style_or_are_refused() -> None:
    assert [style_of(word).id for word in ("换成水墨风", "清爽风", "Night neon", "pop-art", "胶片", "更暖")] == [
        "ink", "pastel", "neon", "pop", "film", "warm"
    ]  # fmt: skip
    with pytest.raises(AdwrightError) as refused:
        style_of("popcorn")
    assert refused.value.code == "unknown-style" and "Ink wash" in refused.value.tell("en") and "水墨" in refused.value.tell("zh")
    with pytest.raises(AdwrightError) as wrong:
        transfer_style(ground(), "ink", strength=1.5)
    assert wrong.value.code == "bad-strength"


def test_the_data_name_what_there_is() -> None:
    for style in styles().values():
        assert set(style.palettes) <= set(looks()["palette"])
        assert {*style.scene, *style.scene.values()} <= set(SCENES)
    assert all(row["style"] in styles() and len(row["why"]) == 2 for row in style_data()["taste"])


def test_taste_follows_what_is_bought_and_says_why() -> None:
    assert style_for("food", occasion="mid_autumn").style == "ink"
    assert style_for("electronics", tone="edgy").style == "neon"
    assert style_for("apparel", price="high").style == "film" and style_for("apparel", price="middle").style is None
    assert style_for("beauty").style == "pastel"
    for row in (
        style_for("food", occasion="mid_autumn"),
        style_for("pets", tone="playful", price="low"),
        style_for("baby"),
    ):
        assert row.style and "{" not in row.why.zh + row.why.en


def test_a_segments_price_band_is_read_off_its_portrait() -> None:
    words = both("常客", "Regulars")
    persona = Persona(summary=words, message=words, offer=words, avoid=words)
    segment = Segment(id="s1", name=words, size=40, share=Figure.of(0.4, "rate", "model"), persona=persona)

    def priced(lift: float) -> Segment:
        mark = Mark(key="level", name=both("价位", "Price level"), lift=lift, low=lift - 0.1, high=lift + 0.1)
        return segment.model_copy(update={"portrait": Portrait(marks=[mark])})

    assert price_band(segment) is None
    assert [price_band(priced(lift)) for lift in (1.0, 0.0, -1.0)] == ["high", "middle", "low"]
    assert style_offer([segment, priced(0.0)], "apparel") is None
    told = style_offer([segment, priced(1.0)], "apparel")
    assert told is not None and "可选胶片风：常客：胶片。" in told.zh and "say “film style”" in told.en
    alike = style_offer([segment, priced(0.0)], "baby")
    assert alike is not None and "常客" not in alike.zh and "换成马卡龙色" in alike.zh
    found = style_for_segment(priced(1.0), "apparel")
    assert found.style == "film" and found.why.en.startswith("Regulars: Film.") and found.why.zh.startswith("常客：胶片。")


def test_a_ground_of_few_colours_gets_the_same_pixels_as_one_interpolated_pixel_by_pixel():
    table = style_table("pop")
    painted = paint_scene((420, 300), palette("flame"), "night", seed=2)
    noisy = Image.fromarray(np.random.default_rng(1).integers(0, 256, (300, 420, 3), dtype=np.uint8))
    beside = Image.new("RGB", (420, 600))
    beside.paste(noisy, (0, 0))
    beside.paste(painted, (0, 300))
    for picture in (painted, noisy, beside):
        # Strips of so few pixels are always interpolated pixel by pixel.
        rows = [table.apply(picture.crop((0, y, picture.width, y + 20))) for y in range(0, picture.height, 20)]
        strips = np.concatenate([np.asarray(row) for row in rows])
        assert np.array_equal(np.asarray(table.apply(picture)), strips)
