"""Looking at a product photo without a model: main colours, background, composition, sharpness, and what to do better.

Everything is measured on the picture; what is on it is not recognised (a vision-capable model may say that elsewhere).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from ...data.errors import AdwrightError
from ...data.words import Words, both
from .colour import RGB, distance, looks, luminance, parse
from .cutout import Corners, CutOut, cut_out, is_cut
from .design import Design
from .whole_photo import checked_part


@dataclass(frozen=True)
class PhotoFacts:
    """What can be measured of a photo. `colours`: main colours of the product (of the picture when it cannot be cut out)
    with their shares; `background` is ``plain``, ``soft``, ``busy`` or ``transparent``; `fill` the product's share of the
    picture, `centre` its middle as parts of width and height; `sharpness` in units of a sharp studio photo (1.0);
    `brightness` mean luminance 0..1; `advice` for the merchant; `cut` the cut-out, None when it is poor,
    and `uncut` then why."""

    size: tuple[int, int]
    colours: list[tuple[RGB, float]]
    colour_words: Words
    background: str
    fill: float | None
    centre: tuple[float, float] | None
    sharpness: float
    brightness: float
    advice: list[Words]
    cut: CutOut | None
    uncut: Words | None = None


def describe_image(image: Image.Image) -> PhotoFacts:
    """Measure a photo (RGB or RGBA).

    Example:
        >>> describe_image(Image.new("RGB", (200, 200), (200, 40, 40))).background
        'plain'
    """
    cut = uncut = None
    try:
        cut = cut_out(image)
    except AdwrightError as poor:
        uncut = poor.message
    colours = _main_colours(cut.image if cut else image)
    small = np.asarray(image.convert("RGB").resize(_within(image.size, 480), Image.Resampling.BOX))
    sharp = _sharpness(cut.image if cut else image)
    bright = float(np.mean([luminance((int(r), int(g), int(b))) for r, g, b in small[::16, ::16].reshape(-1, 3)]))
    background = "transparent" if is_cut(image) else _background(small, cut, image.size)
    fill = centre = None
    if cut:
        left, top, right, bottom = cut.box
        covered = float(np.asarray(cut.image.getchannel("A").reduce(max(1, cut.image.width // 200))).mean()) / 255
        fill = round(covered * (right - left) * (bottom - top) / (image.width * image.height), 3)
        centre = round((left + right) / 2 / image.width, 3), round((top + bottom) / 2 / image.height, 3)
    return PhotoFacts(
        image.size,
        colours,
        _words(colours[0][0]),
        background,
        fill,
        centre,
        round(sharp, 2),
        round(bright, 3),
        _advice(image.size, background, fill, sharp, bright, cut is None),
        cut,
        uncut,
    )


def _within(size: tuple[int, int], side: int) -> tuple[int, int]:
    scale = min(1.0, side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _main_colours(image: Image.Image, most: int = 4) -> list[tuple[RGB, float]]:
    """K-means in Lab over the opaque pixels, likest clusters joined; seeded."""
    import cv2

    small = image.convert("RGBA").resize(_within(image.size, 120), Image.Resampling.BOX)
    pixels = np.asarray(small)
    solid = pixels[pixels[..., 3] > 200][:, :3]
    if not len(solid):
        solid = pixels[..., :3].reshape(-1, 3)
    lab = cv2.cvtColor(solid.reshape(1, -1, 3).astype(np.float32) / 255, cv2.COLOR_RGB2LAB).reshape(-1, 3)
    cv2.setRNGSeed(7)
    count = min(6, len(lab))
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.3)
    _, marks, centres = cv2.kmeans(lab, count, None, stop, 2, cv2.KMEANS_PP_CENTERS)  # type: ignore[call-overload]
    shares = np.bincount(marks.ravel(), minlength=count) / len(lab)
    rgb = cv2.cvtColor(centres.reshape(1, -1, 3).astype(np.float32), cv2.COLOR_LAB2RGB).reshape(-1, 3) * 255
    found: list[tuple[RGB, float]] = []
    for i in np.argsort(-shares):
        red, green, blue = (int(value + 0.5) for value in rgb[i])
        colour = red, green, blue
        near = next((j for j, (other, _) in enumerate(found) if distance(other, colour) < 60), None)
        if near is None:
            found.append((colour, float(shares[i])))
        else:
            found[near] = found[near][0], found[near][1] + float(shares[i])
    found.sort(key=lambda item: -item[1])
    return [(colour, round(share, 3)) for colour, share in found[:most]]


def product_colour(colours: list[tuple[RGB, float]]) -> RGB:
    """The colour that stands for a product: its most saturated among those with a fair share.

    Example:
        >>> product_colour([((250, 250, 250), 0.6), ((200, 30, 30), 0.4)])
        (200, 30, 30)
    """
    return max(colours, key=lambda item: (max(item[0]) - min(item[0])) / 255 * min(item[1], 0.35) + 0.05 * item[1])[0]


def with_photo(design: Design, image: Image.Image, box: Corners | None = None) -> Design:
    """Return `design` showing the product of a photo instead of a drawing, its palette taken from the product.

    `box` holds the product (left, top, right, bottom, px). Raises `AdwrightError`: ``bad-box``, ``cut-out-poor``.

    Example:
        >>> with_photo(Design("新品", "去看看"), load_photo("cup.jpg")).photo.mode  # doctest: +SKIP
        'RGBA'
    """
    cut = cut_out(image, box)
    return replace(design, photo=cut.image, colour=product_colour(_main_colours(cut.image)))


def with_whole_photo(design: Design, image: Image.Image, box: Corners | None = None) -> Design:
    """Return `design` showing a photo whole, uncut, beside the words: for photos that `with_photo` refuses.

    `box` (left, top, right, bottom, px) must stay in view; None guesses it (`salient_box`). Layouts that can show a photo whole
    are `split` and `collage`. Raises `AdwrightError`: ``bad-box``, ``photo-cut`` (transparent already).

    Example:
        >>> with_whole_photo(Design("新品", "去看看"), load_photo("on-grass.jpg")).part  # doctest: +SKIP
        (310, 500, 1150, 950)
    """
    part = checked_part(image, box)
    photo = image.convert("RGB")
    return replace(design, photo=None, uncut=photo, part=part, colour=product_colour(_main_colours(photo.crop(part))))


def _sharpness(image: Image.Image) -> float:
    """Strength of the finest edges beside that of all edges: 1 sharp, below about 0.35 blurred."""
    import cv2

    grey = np.asarray(image.convert("L").resize(_within(image.size, 900), Image.Resampling.BOX), dtype=np.float32)
    fine = np.abs(cv2.Laplacian(grey, cv2.CV_32F))
    wide = np.abs(cv2.Laplacian(cv2.GaussianBlur(grey, (0, 0), 2.0), cv2.CV_32F))
    top, base = float(np.quantile(fine, 0.995)), float(np.quantile(wide, 0.995))
    return min(1.5, top / max(1.0, base) / 9)


def _background(small: np.ndarray, cut: CutOut | None, size: tuple[int, int]) -> str:
    import cv2

    h, w = small.shape[:2]
    mask = np.ones((h, w), bool)
    if cut:
        left, top, right, bottom = cut.box
        mask[round(top / size[1] * h) : round(bottom / size[1] * h), round(left / size[0] * w) : round(right / size[0] * w)] = False
    if mask.sum() < 50:
        return "busy"
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    edges = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    busy, spread = float((edges[mask] > 60).mean()), float(small[mask].std(axis=0).mean())
    return "busy" if busy > 0.03 else "plain" if spread < 16 else "soft"


def _words(colour: RGB) -> Words:
    """The nearest colour word in both languages; a colour that is seen is never see-through."""
    rows = {word: shown for word, shown in looks()["colour_words"].items() if word not in ("透明", "clear")}
    zh = min((w for w in rows if not w.isascii()), key=lambda w: distance(parse(rows[w]), colour))
    en = min((w for w in rows if w.isascii()), key=lambda w: distance(parse(rows[w]), colour))
    return both(zh, en)


def _advice(size: tuple[int, int], background: str, fill: float | None, sharp: float, bright: float, uncut: bool) -> list[Words]:
    found = []
    if min(size) < 600:
        found.append(
            both(
                f"照片短边只有 {min(size)} 像素，大图会糊；建议 1000 以上。",
                f"The short side has {min(size)} px; use 1000 or more for large pictures.",
            )
        )
    if sharp < 0.35:
        found.append(both("照片发虚，请重拍或换一张清楚的。", "The photo is blurred; take it again or use a sharper one."))
    if uncut:
        found.append(
            both(
                "商品没法从背景里抠出来：请在照片上框出商品，或换一张纯色背景、商品居中、四周留边的照片。",
                "The product cannot be cut out by itself: mark it with a box, or use a photo with a plain background and room around the product.",
            )
        )
    elif background == "busy":
        found.append(
            both("背景有点乱，已抠出商品，请检查边缘。", "The background is busy; the product was cut out, please check its edges.")
        )
    if fill is not None and fill < 0.08:
        found.append(
            both(f"商品只占画面 {fill:.0%}，拍近一些会更清楚。", f"The product fills only {fill:.0%} of the picture; move closer.")
        )
    if bright < 0.08:
        found.append(both("照片偏暗，补一点光。", "The photo is dark; add light."))
    return found
