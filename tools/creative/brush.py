"""Brushes: soft light at a quarter of the size, sharp shapes with smooth edges, blurred shadows - fast enough for sets.

A `Soft` ground is a small float picture in which gradients and pools of light cost next to nothing; it is enlarged once.
Shapes are painted on the full picture inside their own rectangle only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from PIL import Image

from .colour import RGB, mix

Point = tuple[float, float]
STEP = 4


class Soft:
    """A ground of `size` px kept at a quarter of it; places and radii are in px of the full picture."""

    def __init__(self, size: tuple[int, int], top: RGB, bottom: RGB, degrees: float = 90.0) -> None:
        self.size = size
        self.w, self.h = max(8, -(-size[0] // STEP)), max(8, -(-size[1] // STEP))
        self.sx, self.sy = size[0] / self.w, size[1] / self.h
        across, down = (np.arange(self.w) + 0.5) * self.sx, (np.arange(self.h) + 0.5) * self.sy
        self.x, self.y = np.meshgrid(across.astype(np.float32), down.astype(np.float32))
        a = math.radians(degrees)
        along = self.x * math.cos(a) + self.y * math.sin(a)
        along = (along - along.min()) / max(1e-6, float(along.max() - along.min()))
        # Colour by colour: a mask then meets rows of one colour, which is several times faster than triples.
        self.planes = _planes(top) + (_planes(bottom) - _planes(top)) * along

    def blend(self, mask: np.ndarray, shade: RGB) -> None:
        """Move towards `shade` by `mask` (0..1)."""
        for plane, value in zip(self.planes, shade, strict=True):
            plane += (np.float32(value) - plane) * mask

    def pool(self, centre: Point, radius: float, shade: RGB, strength: float, flat: float = 1.0) -> None:
        """A round pool of light or shade, `flat` times as high as wide."""
        reach = np.sqrt(((self.x - centre[0]) / radius) ** 2 + ((self.y - centre[1]) / (radius * flat)) ** 2)
        fall = np.clip(1 - reach, 0, 1)
        self.blend(fall * fall * (3 - 2 * fall) * np.float32(strength), shade)

    def shape(self, points: Sequence[Point], shade: RGB, strength: float, blur: float) -> None:
        """A polygon with soft edges (`blur` px)."""
        import cv2

        mask = np.zeros((self.h, self.w), np.float32)
        spots = np.array([[(x / self.sx) * 16, (y / self.sy) * 16] for x, y in points]).astype(np.int32)
        cv2.fillPoly(mask, [spots], 1.0, lineType=cv2.LINE_8, shift=4)
        self.blend(cv2.GaussianBlur(mask, (0, 0), max(0.5, blur / STEP)) * np.float32(strength), shade)

    def pixels(self) -> np.ndarray:
        """The picture at its full size, uint8 [height, width, 3]."""
        import cv2

        half = max(1, -(-self.size[0] // 2)), max(1, -(-self.size[1] // 2))
        chance, small = _dither(half), []
        for plane in self.planes:
            # Rounding up or down by chance keeps wide gradients from banding in 8 bits; at half the size it cannot be seen.
            rough = cv2.resize(plane, half, interpolation=cv2.INTER_LINEAR)
            rough += chance
            small.append(np.clip(rough, 0, 255, out=rough).astype(np.uint8))
        return cv2.resize(cv2.merge(small), self.size, interpolation=cv2.INTER_LINEAR)

    def full(self) -> Image.Image:
        """The picture at its full size."""
        return Image.fromarray(self.pixels())


def _planes(colour: RGB) -> np.ndarray:
    return np.array(colour, np.float32)[:, None, None]


@lru_cache(maxsize=24)
def _dither(size: tuple[int, int]) -> np.ndarray:
    tile = np.random.default_rng(7).random((128, 128), dtype=np.float32)
    return np.tile(tile, (-(-size[1] // 128), -(-size[0] // 128)))[: size[1], : size[0]]


def polygon(points: Sequence[Point]) -> tuple[Image.Image, int, int]:
    """A smooth-edged mask of a polygon and where it stands (x, y); points are px."""
    import cv2

    left, top = math.floor(min(x for x, _ in points)) - 1, math.floor(min(y for _, y in points)) - 1
    wide, high = math.ceil(max(x for x, _ in points)) - left + 2, math.ceil(max(y for _, y in points)) - top + 2
    mask = np.zeros((high, wide), np.uint8)
    spots = np.array([[round((x - left) * 16), round((y - top) * 16)] for x, y in points], np.int32)
    cv2.fillPoly(mask, [spots], 255, lineType=cv2.LINE_AA, shift=4)
    return Image.fromarray(mask), left, top


def fill(scene: Image.Image, points: Sequence[Point], shade: RGB, strength: float = 1.0) -> None:
    """Paint a polygon in one colour."""
    mask, x, y = polygon(points)
    paint(scene, mask if strength >= 1 else faded(mask, strength), x, y, shade)


def fill_flat(pixels: np.ndarray, shapes: Sequence[Sequence[Point]], shade: RGB) -> None:
    """Paint polygons that do not overlap in one colour, right onto an array uint8 [height, width, 3]: for shapes as large as it."""
    import cv2

    spots = [np.array([[round(x * 16), round(y * 16)] for x, y in points], np.int32) for points in shapes]
    cv2.fillPoly(pixels, spots, shade, lineType=cv2.LINE_AA, shift=4)


def paint(scene: Image.Image, mask: Image.Image, x: int, y: int, shade: RGB) -> None:
    """Paint one colour through a mask, clipped to the picture."""
    left, top = max(0, -x), max(0, -y)
    right, bottom = min(mask.width, scene.width - x), min(mask.height, scene.height - y)
    if right <= left or bottom <= top:
        return
    if (left, top, right, bottom) != (0, 0, mask.width, mask.height):
        mask = mask.crop((left, top, right, bottom))
    # Pillow lays a picture of one colour through a mask twice as fast as the colour itself, with the same result.
    scene.paste(Image.new("RGB", mask.size, shade), (x + left, y + top), mask)


def shaded(scene: Image.Image, points: Sequence[Point], one: RGB, two: RGB, across: bool = True) -> None:
    """Paint a polygon in a gradient, left to right (`across`) or top to bottom."""
    mask, x, y = polygon(points)
    ramp = Image.new("RGB", (32, 1) if across else (1, 32))
    ramp.putdata([mix(one, two, i / 31) for i in range(32)])
    line = (mask.width, 1) if across else (1, mask.height)
    scene.paste(ramp.resize(line, Image.Resampling.BILINEAR).resize(mask.size, Image.Resampling.NEAREST), (x, y), mask)


def shadow(scene: Image.Image, points: Sequence[Point], blur: float, strength: float, shade: RGB = (26, 22, 32)) -> None:
    """A blurred dark shape, painted at a quarter of the size."""
    import cv2

    pad = blur * 2.5 + STEP
    left, top = min(x for x, _ in points) - pad, min(y for _, y in points) - pad
    wide = math.ceil((max(x for x, _ in points) + pad - left) / STEP)
    high = math.ceil((max(y for _, y in points) + pad - top) / STEP)
    mask = np.zeros((max(2, high), max(2, wide)), np.uint8)
    spots = np.array([[round((x - left) / STEP * 16), round((y - top) / STEP * 16)] for x, y in points], np.int32)
    cv2.fillPoly(mask, [spots], round(255 * strength), lineType=cv2.LINE_AA, shift=4)
    mask = cv2.GaussianBlur(mask, (0, 0), max(0.5, blur / STEP))
    large = cv2.resize(mask, None, fx=STEP, fy=STEP, interpolation=cv2.INTER_LINEAR)
    paint(scene, Image.fromarray(large), round(left), round(top), shade)


def ellipse(cx: float, cy: float, rx: float, ry: float, start: float = 0, end: float = 360) -> list[Point]:
    """Points of an ellipse or of a part of it (degrees, clockwise from the right)."""
    n = max(12, round((end - start) / 5))
    turns = [math.radians(start + (end - start) * i / n) for i in range(n + 1)]
    return [(cx + rx * math.cos(a), cy + ry * math.sin(a)) for a in turns]


def rounded(x: float, y: float, w: float, h: float, r: float) -> list[Point]:
    """Points of a rectangle with round corners."""
    r = max(0.0, min(r, w / 2, h / 2))
    corners = ((x + w - r, y + h - r, 0), (x + r, y + h - r, 90), (x + r, y + r, 180), (x + w - r, y + r, 270))
    return [p for cx, cy, a in corners for p in ellipse(cx, cy, r, r, a, a + 90)]


def star(cx: float, cy: float, outer: float, inner: float, tips: int, turn: float = -90) -> list[Point]:
    """Points of a star; many tips and a shallow depth make a seal."""
    return [
        (
            cx + (outer if i % 2 == 0 else inner) * math.cos(math.radians(turn + 180 * i / tips)),
            cy + (outer if i % 2 == 0 else inner) * math.sin(math.radians(turn + 180 * i / tips)),
        )
        for i in range(2 * tips)
    ]


def faded(mask: Image.Image, strength: float) -> Image.Image:
    """Return a mask at a part of its strength, 0..1."""
    return mask.point([round(v * strength) for v in range(256)])
