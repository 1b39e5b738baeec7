"""Layers that move: pictures with transparency placed at parts of a pixel, larger or smaller, fading; and the curves of motion.

NumPy and OpenCV on RGB bytes; colours are premultiplied, so that edges stay clean. Times are seconds. Not here: what moves when
(`film`), how layers are painted (`canvas`, `stage`).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class Layer:
    """A cut-out at `x`, `y`: premultiplied RGBA bytes [height, width, 4]."""

    pixels: np.ndarray
    x: int
    y: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in px."""
        return self.pixels.shape[1], self.pixels.shape[0]


def layer_of(image: Image.Image, x: int, y: int) -> Layer:
    """Return a picture with transparency as a layer."""
    pixels = np.asarray(image.convert("RGBA")).astype(np.uint16)
    pixels[..., :3] = (pixels[..., :3] * pixels[..., 3:] + 127) // 255
    return Layer(pixels.astype(np.uint8), x, y)


def cut_lines(layer: Layer, tops: list[int]) -> list[Layer]:
    """Cut a layer of several lines of text at the rows `tops` (px of the picture), first line first; empty parts are left out."""
    edges = [0, *(min(max(0, top - layer.y), layer.size[1]) for top in tops[1:]), layer.size[1]]
    parts = [Layer(layer.pixels[a:b], layer.x, layer.y + a) for a, b in pairwise(edges) if b > a]
    return [part for part in parts if part.pixels[..., 3].any()]


def put(frame: np.ndarray, layer: Layer, dx: float = 0.0, dy: float = 0.0, scale: float = 1.0, opacity: float = 1.0) -> None:
    """Paint a layer on `frame` (RGB bytes), moved by `dx`, `dy` px, `scale`\\ d about its middle, `opacity` 0..1."""
    if opacity <= 0:
        return
    pixels, x, y = layer.pixels, layer.x, layer.y
    if abs(scale - 1) > 1e-4 or dx % 1 or dy % 1:
        import cv2

        w, h = layer.size
        grown = scale * w, scale * h
        left, top = x + dx - (grown[0] - w) / 2, y + dy - (grown[1] - h) / 2
        x, y = int(np.floor(left)), int(np.floor(top))
        wide, high = int(np.ceil(left + grown[0])) - x, int(np.ceil(top + grown[1])) - y
        turn = np.array([[scale, 0, left - x], [0, scale, top - y]], dtype=np.float64)
        pixels = cv2.warpAffine(pixels, turn, (wide, high), flags=cv2.INTER_LINEAR)
    else:
        x, y = x + int(dx), y + int(dy)
    _blend(frame, pixels, x, y, opacity)


def _blend(frame: np.ndarray, pixels: np.ndarray, x: int, y: int, opacity: float) -> None:
    height, width = frame.shape[:2]
    a, b, c, d = max(0, x), max(0, y), min(width, x + pixels.shape[1]), min(height, y + pixels.shape[0])
    if c <= a or d <= b:
        return
    part = pixels[b - y : d - y, a - x : c - x]
    below = frame[b:d, a:c]
    level = round(opacity * 255)
    over = part.astype(np.uint16)
    if level < 255:
        over = (over * level + 127) // 255
    kept = 255 - over[..., 3:]
    below[...] = np.minimum(255, over[..., :3] + (below * kept + 127) // 255).astype(np.uint8)


def pushed(ground: np.ndarray, zoom: float, dx: float, dy: float) -> np.ndarray:
    """Return a ground seen nearer by `zoom` >= 1 and moved by `dx`, `dy` (parts of what the zoom leaves over, -1..1)."""
    import cv2

    height, width = ground.shape[:2]
    spare = (zoom - 1) / 2
    turn = np.array([[zoom, 0, -width * spare * (1 + dx)], [0, zoom, -height * spare * (1 + dy)]], dtype=np.float64)
    return cv2.warpAffine(ground, turn, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def eased(t: float) -> float:
    """Smooth start and stop (cubic), 0..1."""
    t = max(0.0, min(1.0, t))
    return t * t * (3 - 2 * t)


def settled(t: float) -> float:
    """Fast start, soft stop (quartic), 0..1."""
    return 1 - (1 - max(0.0, min(1.0, t))) ** 4


def sprung(t: float) -> float:
    """As `settled`, but a little beyond the goal and back."""
    t = max(0.0, min(1.0, t)) - 1
    return 1 + 2.2 * t**3 + 1.2 * t**2
