"""White-ground pictures: pure white to the corners, the product large enough, nothing added, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from adwright.data.errors import AdwrightError
from adwright.data.workspace import Workspace
from adwright.tools.creative.uploads import keep_media
from adwright.tools.creative.white_ground import WhitePicture, white_formats, white_ground, white_picture


def shot(side: int = 1200, clear: bool = False) -> Image.Image:
    """A dark red can on a pale table; with `clear` on nothing."""
    photo = Image.new("RGBA", (side, side), (0, 0, 0, 0) if clear else (226, 224, 220, 255))
    ImageDraw.Draw(photo).rounded_rectangle((side * 0.3, side * 0.15, side * 0.7, side * 0.9), side // 12, fill=(150, 30, 30, 255))
    return photo if clear else photo.convert("RGB")


@pytest.mark.parametrize("name", list(white_formats()))
def test_a_good_photo_stands_on_pure_white(name: str, tmp_path: Path) -> None:
    made = white_ground(shot(), name)
    wanted = made.format
    pixels = np.asarray(made.image)
    assert made.passed and made.image.size == (wanted.width, wanted.height) and len(made.content) <= wanted.max_kb * 1000
    assert (pixels[[0, 0, -1, -1], [0, -1, 0, -1]] == 255).all()
    dark = np.nonzero((pixels < 200).any(axis=(1, 2)))[0]
    assert np.ptp(dark) + 1 >= wanted.white * wanted.height
    assert made.save(tmp_path / "white.jpg").read_bytes() == white_ground(shot(), name).content
    assert wanted.source and wanted.as_of and not wanted.words


def test_a_photo_too_small_or_unknown_format_is_refused(tmp_path: Path) -> None:
    small = white_ground(shot(400, clear=True), "amazon_main")
    assert [check.id for check in small.gate if not check.passed] == ["detail"]
    with pytest.raises(AdwrightError) as caught:
        small.save(tmp_path / "white.jpg")
    assert caught.value.code == "white-refused" and not (tmp_path / "white.jpg").exists()
    with pytest.raises(AdwrightError) as caught:
        white_ground(shot(), "meta_story")
    assert caught.value.code == "unknown-format"


def test_the_tool_makes_what_was_named_and_says_what_to_check(empty_shop: Workspace, tmp_path: Path) -> None:
    shot(1400).save(tmp_path / "can.png")
    _, photo = keep_media(empty_shop, tmp_path / "can.png")
    both = white_picture(empty_shop, WhitePicture(photo=photo))
    assert [item["width"] for item in both.artifact.data["items"]] == [800, 1000] and "2 张" in both.finding.zh
    one = white_picture(empty_shop, WhitePicture(photo=photo, channels=["tmall", "jd"], reply_language="en"))
    assert [item["width"] for item in one.artifact.data["items"]] == [800]
    assert "No white-background rule is known for JD" in one.content and "third parties" in one.content
    with pytest.raises(AdwrightError) as caught:
        white_picture(empty_shop, WhitePicture())
    assert caught.value.code == "no-photo"
