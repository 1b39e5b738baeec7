"""Photos: what comes in, what is refused by name, how well products are cut out, and what is said of them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from adwright.data.errors import AdwrightError
from adwright.tools.creative import Design, compose, cut_out, describe_image, load_photo, with_photo
from adwright.tools.creative.art import draw_product
from adwright.tools.creative.colour import distance
from adwright.tools.creative.describe import product_colour
from adwright.tools.creative.pale import lost_outline, on_pale_ground
from adwright.tools.creative.scene import paint_scene, palette

RED = (196, 62, 48)


def packshot(kind: str = "cup", clutter: bool = False) -> tuple[Image.Image, np.ndarray]:
    """A rendered photo of 640 x 480 with noise, and the true outline of its product."""
    art = draw_product(kind, RED).resize((260, 240))
    if clutter:
        blocks = np.random.default_rng(3).integers(0, 255, (24, 32, 3), dtype=np.uint8)
        ground = Image.fromarray(blocks).resize((640, 480), Image.Resampling.NEAREST)
    else:
        ground = paint_scene((640, 480), palette("stone"), "studio", stand=(190, 140, 260, 240))
    ground.paste(art, (190, 140), art)
    mask = Image.new("L", (640, 480))
    mask.paste(art.getchannel("A"), (190, 140))
    noise = np.random.default_rng(1).normal(0, 3, (480, 640, 3))
    return Image.fromarray(np.clip(np.asarray(ground) + noise, 0, 255).astype(np.uint8)), np.asarray(mask) > 127


def saved(image: Image.Image, form: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def refused(source, **options) -> str:
    with pytest.raises(AdwrightError) as caught:
        load_photo(source, **options)
    assert caught.value.message.zh and caught.value.message.en and caught.value.hint
    return caught.value.code


def test_a_good_photo_comes_in_upright_and_without_its_metadata(tmp_path: Path) -> None:
    image = Image.new("RGB", (300, 200), RED)
    exif = Image.Exif()
    exif[0x0112], exif[0x0110] = 6, "Camera"
    path = tmp_path / "photo.jpg"
    path.write_bytes(saved(image, "JPEG", exif=exif))
    loaded = load_photo(path, folder=tmp_path)
    assert loaded.size == (200, 300) and loaded.mode == "RGB" and not loaded.info and not loaded.getexif()
    assert load_photo(saved(Image.new("RGBA", (90, 90), (10, 20, 30, 128)), "PNG")).mode == "RGBA"
    assert max(load_photo(saved(Image.new("RGB", (4000, 100)), "PNG")).size) == 2048


def test_what_is_no_photo_is_refused_by_name(tmp_path: Path) -> None:
    image = Image.new("RGB", (300, 300), RED)
    whole = saved(packshot()[0], "JPEG")
    assert refused(whole[: len(whole) // 3]) == "photo-broken"
    assert refused(saved(packshot()[0], "PNG")[:2000]) == "photo-broken"
    assert refused(saved(image, "GIF", save_all=True, append_images=[Image.new("RGB", (300, 300))])) == "photo-animated"
    assert refused(saved(image.convert("CMYK"), "JPEG")) == "photo-cmyk"
    assert refused(saved(Image.new("L", (8000, 6000)), "PNG")) == "photo-too-large"
    assert refused(saved(image, "PNG") + bytes(20_000_001)) == "photo-too-heavy"
    for text in (b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"  <!DOCTYPE html><html></html>", b"%PDF-1.7", b"hello", b""):
        assert refused(text) == "photo-not-image"
    assert refused(saved(Image.new("RGBA", (200, 200), (0, 0, 0, 0)), "PNG")) == "photo-empty"
    assert refused(saved(Image.new("RGB", (20, 20)), "PNG")) == "photo-too-small"
    for address in ("https://example.com/a.png", "file:///etc/passwd", "data:image/png;base64,AAAA"):
        assert refused(address) == "photo-url"
    inside = tmp_path / "uploads"
    inside.mkdir()
    (tmp_path / "secret.png").write_bytes(saved(image, "PNG"))
    (inside / "link.png").symlink_to(tmp_path / "secret.png")
    for name in ("../secret.png", "link.png"):
        assert refused(str(inside / name), folder=inside) == "photo-path"
    assert refused("a\x00.png") == "photo-path"
    assert refused(tmp_path / "absent.png") == "photo-missing"


@pytest.mark.parametrize("kind", ["cup", "giftbox", "lipstick"])
def test_a_product_is_cut_out_of_a_plain_photo(kind: str) -> None:
    photo, truth = packshot(kind)
    cut = cut_out(photo)
    mask = np.zeros(truth.shape, bool)
    left, top, right, bottom = cut.box
    mask[top:bottom, left:right] = np.asarray(cut.image.getchannel("A")) > 127
    assert (mask & truth).sum() / (mask | truth).sum() > 0.85
    assert cut.quality >= 0.55 and cut.reason.zh


def test_a_poor_cut_out_is_refused() -> None:
    for photo in (packshot(clutter=True)[0], Image.new("RGB", (400, 300), (230, 230, 230))):
        with pytest.raises(AdwrightError) as caught:
            cut_out(photo)
        assert caught.value.code == "cut-out-poor" and caught.value.message.zh
    with pytest.raises(AdwrightError) as caught:
        cut_out(packshot()[0], (600, 0, 900, 100))
    assert caught.value.code == "bad-box"


def on_pale(kind: str, colour: tuple[int, int, int], ground: int) -> tuple[Image.Image, np.ndarray]:
    """A product on a light, even ground with the soft shadow at its foot that a studio leaves, and its true outline."""
    art = draw_product(kind, colour)
    art = art.resize((300, round(art.height * 300 / art.width)))
    at = (170, (480 - art.height) // 2)
    fall = np.linspace(0, 8, 480)[:, None, None] * np.ones((1, 640, 3))
    photo = Image.fromarray((ground - fall).astype(np.uint8))
    cast, mask = Image.new("L", photo.size), Image.new("L", photo.size)
    cast.paste(art.getchannel("A").resize((300, 24)), (at[0], at[1] + art.height - 14))
    photo.paste((60, 58, 60), (0, 0, 640, 480), cast.filter(ImageFilter.GaussianBlur(9)).point([v * 3 // 10 for v in range(256)]))
    photo.paste(art, at, art)
    mask.paste(art.getchannel("A"), at)
    noise = np.random.default_rng(1).normal(0, 2.5, (480, 640, 3))
    return Image.fromarray(np.clip(np.asarray(photo) + noise, 0, 255).astype(np.uint8)), np.asarray(mask) > 127


@pytest.mark.parametrize(
    ("kind", "colour", "ground"),
    [
        ("shoe", (40, 60, 120), 252),
        ("shoe", RED, 244),
        ("cup", RED, 250),
        ("cup", (246, 246, 246), 250),
    ],
)
def test_pale_parts_on_a_pale_ground_are_kept_or_the_cut_out_is_refused(kind: str, colour: tuple[int, int, int], ground: int) -> None:
    photo, truth = on_pale(kind, colour, ground)
    try:
        cut = cut_out(photo)
    except AdwrightError as refused:
        assert refused.code == "cut-out-poor" and colour[2] > 200
        return
    mask = np.zeros(truth.shape, bool)
    left, top, right, bottom = cut.box
    mask[top:bottom, left:right] = np.asarray(cut.image.getchannel("A")) > 127
    # A white sole, a cap, a hole under a handle, and no shadow.
    assert (mask & truth).sum() / truth.sum() > 0.94 and (mask & truth).sum() / mask.sum() > 0.94


def test_what_is_left_of_a_pale_outline_lowers_the_quality() -> None:
    photo, truth = on_pale("tee", (236, 236, 238), 248)
    pixels = np.ascontiguousarray(np.asarray(photo.resize((320, 240), Image.Resampling.BOX))[..., ::-1])
    whole = np.asarray(Image.fromarray(truth).resize((320, 240))).astype(np.uint8)
    half = whole.copy()
    half[:, 160:] = 0
    assert on_pale_ground(pixels) and lost_outline(whole, pixels) < 0.08 < lost_outline(half, pixels)
    assert not on_pale_ground(np.ascontiguousarray(np.asarray(packshot(clutter=True)[0])[..., ::-1]))


def test_a_transparent_picture_keeps_its_own_outline() -> None:
    canvas = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    ImageDraw.Draw(canvas).ellipse([80, 60, 220, 200], fill=(*RED, 255))
    cut = cut_out(canvas)
    assert cut.quality == 1.0 and cut.box == (80, 60, 221, 201)


def test_what_is_said_of_a_photo_was_measured() -> None:
    photo, truth = packshot("giftbox")
    facts = describe_image(photo)
    assert facts.background == "plain" and facts.cut and facts.fill == pytest.approx(truth.mean(), rel=0.2)
    assert distance(product_colour(facts.colours), RED) < 130 and facts.colour_words.zh and facts.colour_words.en
    assert describe_image(photo.resize((160, 120)).resize((640, 480))).sharpness < facts.sharpness
    assert any("600" not in words.zh and "480" in words.zh for words in facts.advice)


def test_a_photo_takes_the_place_of_the_drawing() -> None:
    photo, _ = packshot("cup")
    design = with_photo(Design("一口咖啡，慢下来", "去看看", "350 毫升", "¥45", "角石"), photo)
    banner = compose(design, (600, 600), "hero")
    assert banner.passed and banner.palette == "product"
    centre = banner.image.getpixel((banner.product.x + banner.product.w // 2 - 20, banner.product.y + banner.product.h * 2 // 3))
    assert isinstance(centre, tuple) and distance((centre[0], centre[1], centre[2]), RED) < 150
