"""A photograph used whole: cropped around what matters in it and set beside the words, for photos no product can be cut out of.

Where a photo is shown, words are not: they have a field of their own. The part that must stay in view is given or guessed from
colour and place, which knows nothing of what is pictured. Not here: colours and palette of such a photo (`describe`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PIL import Image, ImageFilter

from ...data.errors import AdwrightError
from ...data.words import both
from .cutout import Corners, border_distance, check_box
from .layouts import Box, Plan

# A photo enlarged further than this looks soft.
MOST_ENLARGED = 2.0
_SIDE = 200


def checked_part(image: Image.Image, box: Corners | None) -> Corners:
    """The part of a photo that must stay in view, px: the given box, else the salient one.

    Raises `AdwrightError`: ``bad-box``, ``photo-cut`` (a cut-out has no surroundings to show).
    """
    if image.mode == "RGBA" and image.getchannel("A").getextrema()[0] < 128:  # type: ignore[operator]
        raise AdwrightError(
            both("这张图已经抠好了，没有可以整幅使用的背景。", "This picture is cut out already; it has no background to be shown whole."),
            both("请直接当作商品图使用。", "Use it as a product photo."),
            code="photo-cut",
        )
    if box is None:
        return salient_box(image)
    check_box(box, image.size)
    return box


def salient_box(image: Image.Image) -> Corners:
    """Guess the box of what a photo shows (left, top, right, bottom, px): what differs from its mean colour and from its border.

    Distance from the mean is Achanta et al. 2009 ("frequency-tuned"), that from the border's colours is the cut-out's. One thing
    that stands alone is boxed as it is; among many the middle of the picture decides.

    Example:
        >>> photo = Image.new("RGB", (300, 200), (40, 90, 40))
        >>> photo.paste((220, 40, 40), (120, 80, 180, 140))
        >>> left, top, right, bottom = salient_box(photo)
        >>> left <= 120 and top <= 80 and right >= 180 and bottom >= 140
        True
    """
    import cv2

    scale = min(1.0, _SIDE / max(image.size))
    small = image.convert("RGB").resize((max(8, round(image.width * scale)), max(8, round(image.height * scale))), Image.Resampling.BOX)
    pixels = np.ascontiguousarray(np.asarray(small)[..., ::-1])
    h, w = pixels.shape[:2]
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    fine = max(0.8, min(h, w) * 0.012)
    from_mean = np.linalg.norm(cv2.GaussianBlur(lab, (0, 0), fine) - lab.mean((0, 1)), axis=-1)
    from_rim = cv2.GaussianBlur(border_distance(pixels), (0, 0), fine)
    worth = np.add(*(one / max(1e-3, float(np.quantile(one, 0.98))) for one in (from_mean, from_rim)))
    box, alone = _densest(worth, fine)
    if not alone:
        x, y = np.meshgrid(np.linspace(-1, 1, w), np.linspace(-1, 1, h))
        box, _ = _densest(worth * np.exp(-((x / 0.65) ** 2) - (y / 0.65) ** 2), fine)
    pad = 0.04 * max(h, w)
    left, top, right, bottom = (
        int(edge / scale) for edge in (max(0, box[0] - pad), max(0, box[1] - pad), min(w, box[2] + pad), min(h, box[3] + pad))
    )
    return left, top, min(image.width, right), min(image.height, bottom)


def _densest(worth: np.ndarray, blur: float) -> tuple[Corners, bool]:
    """The box of the weightiest areas of a map, and whether one area, small and clear of the border, holds nearly all of its weight."""
    import cv2

    h, w = worth.shape
    grey = np.clip(cv2.GaussianBlur(worth, (0, 0), blur) * 127, 0, 255).astype(np.uint8)
    _, found = cv2.threshold(grey, 0, 255, cv2.THRESH_OTSU)
    count, marks, stats, _ = cv2.connectedComponentsWithStats(cv2.morphologyEx(found, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)))
    if count < 2:
        return (round(w * 0.15), round(h * 0.15), round(w * 0.85), round(h * 0.85)), False
    masses = np.array([float(grey[marks == i].sum()) for i in range(1, count)])
    chosen = stats[1:][masses > 0.5 * masses.max()]
    left, top = int(chosen[:, 0].min()), int(chosen[:, 1].min())
    right, bottom = int((chosen[:, 0] + chosen[:, 2]).max()), int((chosen[:, 1] + chosen[:, 3]).max())
    inside = left > 1 and top > 1 and right < w - 1 and bottom < h - 1
    small = (right - left) * (bottom - top) < 0.5 * w * h
    return (left, top, right, bottom), bool(inside and small and masses.max() > 0.8 * masses.sum())


def framed(photo: Image.Image, part: Corners, size: tuple[int, int], at: tuple[float, float]) -> tuple[Image.Image, Box, float]:
    """Fill a frame of `size` px with a photo; returns the picture, where `part` lies in it, and how far the photo was enlarged.

    The photo covers the frame, `part` as near to `at` (px of the frame) as its edges allow. Where `part` would not fit then, the
    photo is shown smaller, on a blurred ground of its own.
    """
    left, top, right, bottom = part
    cover = max(size[0] / photo.width, size[1] / photo.height)
    scale = min(cover, size[0] / (right - left), size[1] / (bottom - top))
    wide, high = max(1, round(photo.width * scale)), max(1, round(photo.height * scale))
    x = _start(wide, size[0], at[0] - (left + right) / 2 * scale, left * scale, right * scale)
    y = _start(high, size[1], at[1] - (top + bottom) / 2 * scale, top * scale, bottom * scale)
    picture = photo.convert("RGB").resize((wide, high), Image.Resampling.LANCZOS)
    if wide < size[0] or high < size[1]:
        ground = _blurred(photo, size)
        ground.paste(picture, (x, y))
        picture = ground
    else:
        picture = picture.crop((-x, -y, size[0] - x, size[1] - y))
    place = Box(round(left * scale) + x, round(top * scale) + y, round((right - left) * scale), round((bottom - top) * scale))
    return picture, place, scale


def _start(long: int, room: int, wanted: float, first: float, last: float) -> int:
    """Where a photo of `long` px begins in `room`: as wanted, without a gap where it is long enough, its part inside."""
    if long <= room:
        return (room - long) // 2
    kept = min(max(wanted, -first), room - last) if last - first < room + 1 else wanted
    return round(min(0.0, max(float(room - long), kept)))


def _blurred(photo: Image.Image, size: tuple[int, int]) -> Image.Image:
    small = photo.convert("RGB").resize((max(2, size[0] // 8), max(2, size[1] // 8)), Image.Resampling.BOX)
    return small.filter(ImageFilter.GaussianBlur(max(1.0, min(small.size) * 0.08))).resize(size, Image.Resampling.BICUBIC)


def close_up(photo: Image.Image, part: Corners, size: tuple[int, int]) -> Image.Image:
    """A nearer look at the middle of `part`, `size` px."""
    left, top, right, bottom = part
    side = min(0.62 * max(right - left, bottom - top), photo.width * size[1] / max(size), photo.height * size[0] / max(size))
    wide, high = side * size[0] / max(size), side * size[1] / max(size)
    x = min(max(0.0, (left + right - wide) / 2), photo.width - wide)
    y = min(max(0.0, (top + bottom - high) / 2), photo.height - high)
    return photo.convert("RGB").resize(size, Image.Resampling.LANCZOS, (x, y, x + wide, y + high))


def for_photo(spot: Plan) -> Plan:
    """The plan with brand and label moved off the photo, onto the field of the words."""
    if spot.shape in ("strip", "tower", "cover"):
        # There they stand off the product's place already.
        return spot
    if spot.panel and spot.shape == "square":
        # Their line needs its room.
        more, panel, words = round(spot.size[1] * 0.06), spot.panel, spot.words
        spot = replace(
            spot, panel=Box(0, panel.y - more, panel.w, panel.h + more), words=Box(words.x, words.y - more, words.w, words.h + more)
        )
    field = spot.panel or next(box for box, role in spot.tiles if role == "accent")
    line, foot = round(spot.label_px * 1.45), field.bottom - round(spot.margin * 0.7)
    words = replace(spot.words, h=max(8, min(spot.words.bottom, foot) - line - spot.words.y))
    if spot.shape == "wide":
        return replace(spot, words=words, label=(words.x, foot, "left"))
    brand = (words.x, foot - round(spot.label_px * 1.05), "left") if spot.brand else None
    return replace(spot, words=words, label=(words.right, foot, "right"), brand=brand)


def frame_of(spot: Plan, region: Box) -> Box:
    """Where the photo goes; `region` is what the words leave of the product's region."""
    w, h = spot.size
    if spot.shape == "strip":
        return Box(0, 0, spot.product.right + spot.margin // 2, h)
    if spot.shape == "tower":
        bottom = spot.row.y - spot.margin if spot.row else h
        return Box(0, region.y, w, max(8, bottom - region.y))
    if spot.tiles:
        return next(box for box, role in spot.tiles if role == "scene")
    panel = spot.panel
    assert panel
    if panel.w < w:
        return Box(panel.right, 0, w - panel.right, h) if panel.x == 0 else Box(0, 0, panel.x, h)
    return Box(0, panel.bottom, w, h - panel.bottom) if panel.y == 0 else Box(0, 0, w, panel.y)
