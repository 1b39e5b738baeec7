"""Finishes: what a style lays over a ground besides colour - grain, paper, bloom, light leaks, a vignette, halftone dots.

Textures are made once for a size and seed and kept; all of them leave the places of words calm where they would disturb
reading. Arrays are uint8 [height, width, 3].
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from PIL import Image

Boxes = Sequence[tuple[int, int, int, int]]
_TILE = 512


def calm(size: tuple[int, int], boxes: Boxes, step: int = 8) -> np.ndarray:
    """Where words stand: float32 [height / step, width / step], 1 on words, falling softly to 0 around them."""
    import cv2

    wide, high = max(2, -(-size[0] // step)), max(2, -(-size[1] // step))
    mask = np.zeros((high, wide), np.float32)
    pad = min(size) * 0.025
    for left, upper, right, lower in boxes:
        mask[
            max(0, int((upper - pad) / step)) : max(0, int((lower + pad) / step) + 1),
            max(0, int((left - pad) / step)) : max(0, int((right + pad) / step) + 1),
        ] = 1
    return cv2.GaussianBlur(mask, (0, 0), max(0.6, min(size) * 0.022 / step)) if boxes else mask


def noise(size: tuple[int, int], scale: float, seed: int) -> np.ndarray:
    """Smooth noise, float32 [height, width], mean 0, about -1..1; `scale` is the size of its features in px."""
    import cv2

    cells = max(2, round(size[0] / scale) + 1), max(2, round(size[1] / scale) + 1)
    rough = np.random.default_rng([seed, cells[0], cells[1]]).standard_normal((cells[1], cells[0])).astype(np.float32)
    return cv2.resize(rough, size, interpolation=cv2.INTER_CUBIC)


@lru_cache(maxsize=8)
def _grain_tile(seed: int) -> np.ndarray:
    import cv2

    rough = np.random.default_rng(seed).standard_normal((_TILE, _TILE)).astype(np.float32)
    # Grains of about one and a half pixels, as film scans have; wrapped at the edges so that tiles meet.
    soft = cv2.GaussianBlur(np.pad(rough, 8, mode="wrap"), (0, 0), 0.8)[8:-8, 8:-8]
    return soft / soft.std()


def _tiled(tile: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return np.tile(tile, (-(-size[1] // tile.shape[0]), -(-size[0] // tile.shape[1])))[: size[1], : size[0]]


@lru_cache(maxsize=16)
def _grain(size: tuple[int, int], strength: float, seed: int) -> np.ndarray:
    flat = np.clip(128 + _tiled(_grain_tile(seed), size) * strength * 14, 0, 255).astype(np.uint8)
    return np.repeat(flat[..., None], 3, -1)


def grain(picture: np.ndarray, strength: float, seed: int) -> np.ndarray:
    """Film grain, the same in all three colours."""
    import cv2

    return cv2.addWeighted(picture, 1, _grain((picture.shape[1], picture.shape[0]), strength, seed % 4), 1, -128)


@lru_cache(maxsize=16)
def _paper(size: tuple[int, int], strength: float, seed: int) -> np.ndarray:
    """Long-fibred paper: clouds in the pulp, a fine tooth, and single fibres."""
    import cv2

    rng = np.random.default_rng([seed, 0xF1])
    short = min(size)
    sheet = noise(size, short * 0.12, seed) * 1.4 + noise(size, max(3.0, short * 0.012), seed + 1) * 1.0
    sheet += _tiled(_grain_tile(seed % 4), size) * 1.3
    fibres = np.zeros((size[1], size[0]), np.uint8)
    for _ in range(size[0] * size[1] // 5000):
        x, y, turn, long = rng.uniform(0, size[0]), rng.uniform(0, size[1]), rng.uniform(0, np.pi), short * rng.uniform(0.008, 0.03)
        bend = rng.uniform(-0.6, 0.6)
        points = [(x + np.cos(turn + bend * t) * long * t, y + np.sin(turn + bend * t) * long * t) for t in (0, 0.33, 0.66, 1)]
        spots = np.array([[round(px * 16), round(py * 16)] for px, py in points], np.int32)
        cv2.polylines(fibres, [spots], False, int(rng.integers(60, 200)), 1, cv2.LINE_AA, shift=4)
    sheet -= fibres.astype(np.float32) / 255 * 5
    flat = np.clip(248 + sheet * 2.6 * strength - 3 * (1 - strength), 0, 255).astype(np.uint8)
    return np.repeat(flat[..., None], 3, -1)


def paper(picture: np.ndarray, strength: float, seed: int) -> np.ndarray:
    """The sheet shows through: pulp, tooth and fibres darken the picture a little."""
    import cv2

    return cv2.multiply(picture, _paper((picture.shape[1], picture.shape[0]), strength, seed % 4), scale=1 / 250)


@lru_cache(maxsize=16)
def _edges(size: tuple[int, int], strength: float) -> np.ndarray:
    import cv2

    small = max(2, size[0] // 8), max(2, size[1] // 8)
    x, y = np.meshgrid(np.linspace(-1, 1, small[0]), np.linspace(-1, 1, small[1]))
    far = np.clip((np.hypot(x, y) - 0.55) / 0.95, 0, 1)
    mask = (255 * (1 - strength * 0.62 * far**1.6)).astype(np.float32)
    large = cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR) + np.random.default_rng(0).uniform(0, 1, (size[1], size[0]))
    return np.repeat(np.clip(large, 0, 255).astype(np.uint8)[..., None], 3, -1)


def vignette(picture: np.ndarray, strength: float) -> np.ndarray:
    """The corners darken."""
    import cv2

    return cv2.multiply(picture, _edges((picture.shape[1], picture.shape[0]), strength), scale=1 / 255)


def bloom(picture: np.ndarray, strength: float) -> np.ndarray:
    """Light spreads around what is lightest; nothing gets darker."""
    import cv2

    high, wide = picture.shape[:2]
    small = cv2.resize(picture, (max(2, wide // 8), max(2, high // 8)), interpolation=cv2.INTER_AREA).astype(np.float32)
    light = small.max(-1, keepdims=True)
    over = small * np.clip((light - np.percentile(light, 55)) / max(8.0, float(np.percentile(light, 99) - np.percentile(light, 55))), 0, 1)
    spread = cv2.GaussianBlur(over, (0, 0), max(1.0, min(high, wide) / 8 * 0.06)) * (0.32 * strength)
    large = cv2.resize(np.clip(spread, 0, 255).astype(np.uint8), (wide, high), interpolation=cv2.INTER_LINEAR)
    # Screened, not added: what is light already cannot burn out.
    return cv2.bitwise_not(cv2.multiply(cv2.bitwise_not(picture), cv2.bitwise_not(large), scale=1 / 255))


@lru_cache(maxsize=16)
def _leak(size: tuple[int, int], strength: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The light, and how much of the picture it leaves."""
    import cv2

    small = max(2, size[0] // 8), max(2, size[1] // 8)
    x, y = np.meshgrid(np.linspace(0, 1, small[0]), np.linspace(0, 1, small[1]))
    cx, cy = ((1.08, -0.05), (-0.08, 0.05), (1.1, 0.85), (-0.1, 0.9))[seed % 4]
    near = np.clip(1 - np.hypot(x - cx, (y - cy) * 0.8) / 0.8, 0, 1) ** 1.5 * strength
    field = np.stack([near * 255, near * 158, near * 96, 255 * (1 - near)], -1).astype(np.float32)
    large = cv2.resize(field, size, interpolation=cv2.INTER_LINEAR) + np.random.default_rng(1).uniform(0, 1, (size[1], size[0], 1))
    flat = np.clip(large, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(flat[..., :3]), np.repeat(flat[..., 3:], 3, -1)


def leak(picture: np.ndarray, strength: float, seed: int) -> np.ndarray:
    """Warm light has fallen into the camera at a corner."""
    import cv2

    light, left = _leak((picture.shape[1], picture.shape[0]), strength, seed % 4)
    return cv2.add(cv2.multiply(picture, left, scale=1 / 255), light)


@lru_cache(maxsize=16)
def _screen(size: tuple[int, int]) -> np.ndarray:
    """The halftone's thresholds: distance to the nearest dot's middle, 0..255, rows at 45 degrees."""
    pitch = max(6.0, min(size) / 34)
    x, y = np.meshgrid(np.arange(size[0], dtype=np.float32), np.arange(size[1], dtype=np.float32))
    u, v = (x + y) / (pitch * 2**0.5), (x - y) / (pitch * 2**0.5)
    far = np.hypot(u - np.round(u), v - np.round(v))
    return np.clip(far / 0.7072 * 255, 0, 255).astype(np.uint8)


def dots(picture: np.ndarray, strength: float, shade: tuple[int, int, int], seed: int, boxes: Boxes) -> np.ndarray:
    """Halftone dots that grow towards a corner, none under words."""
    import cv2

    high, wide = picture.shape[:2]
    small = max(2, -(-wide // 8)), max(2, -(-high // 8))
    x, y = np.meshgrid(np.linspace(0, 1, small[0]), np.linspace(0, 1, small[1]))
    one, other = ((1, 1), (0, 1), (1, 0), (0, 0))[seed % 4], ((0, 0), (1, 0), (0, 1), (1, 1))[seed % 4]
    near = np.maximum(1 - np.hypot(x - one[0], y - one[1]) / 0.95, 0.8 - np.hypot(x - other[0], y - other[1]) / 0.7)
    field = np.clip(near, 0, 1) * 0.86 * (1 - np.clip(calm((wide, high), boxes)[: small[1], : small[0]] * 1.4, 0, 1))
    # The smallest dots are left out: they would be specks.
    radius = cv2.resize((np.clip(field - 0.08, 0, 1) * 277).astype(np.uint8), (wide, high), interpolation=cv2.INTER_LINEAR)
    # One pixel of softness at the rim, whatever the pitch.
    soft = max(6.0, min(wide, high) / 34) * 0.7072 * 2**0.5
    mask = cv2.convertScaleAbs(cv2.subtract(radius, _screen((wide, high))), alpha=min(255.0, soft) / 1.4)
    # Cut through at the edge of the picture, dots ring in a JPEG, and the gate takes that for a letter.
    mask[:6] = mask[-6:] = 0
    mask[:, :6] = mask[:, -6:] = 0
    dotted = Image.fromarray(picture)
    dotted.paste(shade, (0, 0, wide, high), Image.fromarray(cv2.convertScaleAbs(mask, alpha=strength)))
    return np.asarray(dotted)
