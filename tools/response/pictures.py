"""What a picture looks like in numbers: light, contrast, colour, how much of it is edges and how much looks like lettering.

Pillow and NumPy only, a few milliseconds a picture. Nothing here knows what a picture shows.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.errors import AdwrightError
from ...data.words import both

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...data.artefacts import Artefacts

PARTS = ("brightness", "contrast", "colourfulness", "saturation", "hue", "edges", "lettering")
# Longer side, in pixels, at which pictures are measured: the same picture in two sizes gets nearly the same numbers.
SIDE = 384
MOST_PIXELS = 60_000_000
BLOCK = 8
# A step of luma between neighbours that the eye takes for an edge, and the part of a block that lettering fills with such steps.
STEP, DENSE = 0.12, 0.22
# Below this mean saturation a picture has no hue worth naming.
GREY = 0.08


def picture_numbers(picture: str | Path | bytes) -> dict[str, float]:
    """Measure a picture file or its bytes.

    ``brightness`` mean luma 0..1, ``contrast`` its standard deviation, ``colourfulness`` of Hasler and Suesstrunk (2003; about 0
    grey to 110 very colourful), ``saturation`` 0..1, ``hue`` in degrees (NaN for a grey picture), ``edges`` share of pixels on an edge,
    ``lettering`` share of the area that is as busy as text. Raises `AdwrightError` (``bad-picture``) for what is no picture.

    Example:
        >>> picture_numbers("banner.png")["brightness"]  # doctest: +SKIP
        0.71
    """
    rgb = _pixels(picture)
    red, green, blue = rgb
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    top, low = rgb.max(axis=0), rgb.min(axis=0)
    saturation = np.where(top > 0, (top - low) / np.maximum(top, 1e-9), 0.0)
    steps = _steps(luma)
    return {
        "brightness": float(luma.mean()),
        "contrast": float(luma.std()),
        "colourfulness": _colourfulness(255 * red, 255 * green, 255 * blue),
        "saturation": float(saturation.mean()),
        "hue": _hue(rgb, saturation * top),
        "edges": float(steps.mean()),
        "lettering": _lettering(steps, luma),
    }


def numbers_of(artefacts: Artefacts, names: Iterable[str | None]) -> dict[str, dict[str, float]]:
    """Numbers of artefacts by id; one that is missing or no picture has none, as a picture nobody knows."""
    found: dict[str, dict[str, float]] = {}
    for name in dict.fromkeys(n for n in names if n):
        try:
            found[name] = picture_numbers(artefacts.path(name))
        except AdwrightError:
            continue
    return found


def _pixels(picture: str | Path | bytes) -> np.ndarray:
    """Red, green and blue 0..1, float64 [3, height, width], on white where the picture is transparent."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(picture) if isinstance(picture, bytes) else picture) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise _bad(f"{opened.width}x{opened.height}")
            opened.draft("RGB", (SIDE, SIDE))
            image = opened.convert("RGBA")
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise _bad(type(error).__name__) from error
    image.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    pixels = np.asarray(image, np.float64).transpose(2, 0, 1) / 255
    return pixels[:3] * pixels[3] + 1 - pixels[3]


def _bad(what: str) -> AdwrightError:
    return AdwrightError(
        both(f"这个文件不是能读的图片（{what}）。", f"This file is not a picture that can be read ({what})."),
        both("请换成 PNG、JPEG 或 WebP，6000 万像素以内。", "Use PNG, JPEG or WebP with at most 60 million pixels."),
        code="bad-picture",
    )


def _colourfulness(red: np.ndarray, green: np.ndarray, blue: np.ndarray) -> float:
    """Hasler and Suesstrunk 2003, "Measuring colourfulness in natural images": spread plus 0.3 times mean of the opponent colours."""
    a, b = red - green, (red + green) / 2 - blue
    return float(np.hypot(a.std(), b.std()) + 0.3 * np.hypot(a.mean(), b.mean()))


def _hue(rgb: np.ndarray, chroma: np.ndarray) -> float:
    """Hue with the most colour, degrees 0..360: the middle of the fullest of 36 parts of the circle, weighted by chroma."""
    if chroma.mean() < GREY:
        return float("nan")
    red, green, blue = rgb
    angle = np.arctan2(np.sqrt(3) * (green - blue), 2 * red - green - blue) % (2 * np.pi)
    parts: Any = np.bincount((angle / (2 * np.pi) * 36).astype(np.int64).ravel() % 36, chroma.ravel(), 36)
    around = parts + 0.5 * (np.roll(parts, 1) + np.roll(parts, -1))
    return float(int(around.argmax()) * 10 + 5)


def _steps(luma: np.ndarray) -> np.ndarray:
    """Pixels on an edge, bool [height, width]."""
    across, down = np.zeros_like(luma), np.zeros_like(luma)
    across[:, 1:] = np.abs(np.diff(luma, axis=1))
    down[1:] = np.abs(np.diff(luma, axis=0))
    return np.maximum(across, down) > STEP


def _lettering(steps: np.ndarray, luma: np.ndarray) -> float:
    """Share of blocks that are dense with edges and hold both dark and light."""
    height, width = (n // BLOCK * BLOCK for n in steps.shape)
    if not height or not width:
        return 0.0

    def blocks(a: np.ndarray) -> np.ndarray:
        return a[:height, :width].reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK).swapaxes(1, 2).reshape(-1, BLOCK * BLOCK)

    busy = (blocks(steps).mean(axis=1) > DENSE) & (np.ptp(blocks(luma), axis=1) > 0.3)
    return float(busy.mean())
