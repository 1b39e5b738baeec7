"""Grounds that belong to a style: misty mountains for ink, a neon tube in a dark room, and what a trained painter paints.

Each takes what the scenes of `scene` take - size, palette, where the product stands, a seeded `Random` - and the places of
words, where mist and dark lie so that they can be read.
"""

from __future__ import annotations

import math
import random
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from .brush import Soft
from .colour import RGB, WHITE, mix
from .finish import Boxes, calm
from .scene import Palette, Stand

# The red of seals and rising suns, whatever the button's colour.
_CINNABAR: RGB = (196, 70, 48)


def _ridge(x: np.ndarray, rng: random.Random, rough: float) -> np.ndarray:
    """A mountain line over x (0..1 and beyond): a few tops, broken by smaller ones; about -1..1."""
    line = np.zeros_like(x)
    for octave in range(5):
        waves, turn = 1.2 * 1.8**octave * rng.uniform(0.8, 1.2), rng.uniform(0, math.tau)
        wave = np.sin(math.tau * waves * x + turn)
        # Folded waves have peaks instead of swells.
        line += (0.5**octave) * (1 - 2 * np.abs(wave) if octave else wave) * (rough if octave > 1 else 1)
    return line / 1.6


def hills(size: tuple[int, int], colours: Palette, at: Stand, rng: random.Random) -> Image.Image:
    """Mountains one behind the other, each fading into the mist at its foot; still water; the sun small and pale."""
    soft = Soft(size, mix(colours.ground, WHITE, 0.25), colours.ground)
    short, (width, height) = min(size), size
    if min(size) < 120:
        return soft.full()
    import cv2

    quiet = cv2.resize(calm(size, at.clear), (soft.w, soft.h), interpolation=cv2.INTER_LINEAR)
    water = min(height * 0.9, max(height * 0.58, at.foot + short * 0.02))
    tall = min(height * 0.42, short * 0.62)
    sun_x = width * (0.2 if at.x > width * 0.5 else 0.8) + rng.uniform(-0.04, 0.04) * width
    sun_y, r = max(short * 0.12, water - tall * rng.uniform(0.98, 1.1)), short * 0.062
    far = np.hypot(soft.x - sun_x, soft.y - sun_y)
    disc = np.clip((r - far) / (short * 0.012) + 0.5, 0, 1) * np.clip(1.15 - (soft.y - sun_y + r) / (2.4 * r), 0, 1)
    soft.blend(disc * (1 - quiet) * 0.62, _CINNABAR)
    x = soft.x[0] / width * max(1.0, width / height * 0.8)
    layers = 4
    for i in range(layers):
        near = i / (layers - 1)
        foot = water - tall * 0.26 * (1 - near)
        # The middle, where the product stands, lies lower: a valley opens behind it.
        valley = 1 - (0.72 - 0.3 * (1 - near)) * np.exp(-(((soft.x[0] - at.x) / (width * 0.27)) ** 2))
        top = foot - tall * (0.80 - 0.42 * near) * (0.62 + 0.55 * _ridge(x * (1 + 0.5 * near) + i * 3.1, rng, 0.75)) * valley
        below = soft.y - top[None]
        body = np.clip(below / (short * 0.006) + 0.5, 0, 1)
        deep = np.clip(below / np.maximum(foot - top, short * 0.05)[None], 0, 1)
        strength = (0.34 + 0.36 * near) * body * (1 - deep) ** 1.2 * (1 - 0.85 * quiet)
        soft.blend(strength, mix(colours.deco, colours.ink, 0.05 + 0.45 * near))
    # A few still strokes on the water.
    for _ in range(5):
        y, cx, half = water + (height - water) * rng.uniform(0.06, 0.7), rng.uniform(0.05, 0.95) * width, width * rng.uniform(0.06, 0.16)
        stroke = np.exp(-(((soft.y - y) / (short * 0.0035)) ** 2)) * np.clip(1 - np.abs(soft.x - cx) / half, 0, 1)
        soft.blend(stroke * 0.3 * (1 - quiet), colours.deco)
    soft.pool((at.x, at.y), at.r * 1.5, mix(colours.ground, WHITE, 0.35), 0.55)
    return soft.full()


def tube(size: tuple[int, int], colours: Palette, at: Stand, rng: random.Random) -> Image.Image:
    """A neon ring behind the product in a dark room, its light on the wall and mirrored in the wet floor."""
    soft = Soft(size, colours.ground, colours.ground2)
    short = min(size)
    if short < 120:
        soft.pool((at.x, at.y), at.r * 2.2, colours.deco, 0.5)
        return soft.full()
    import cv2

    quiet = cv2.resize(calm(size, at.clear), (soft.w, soft.h), interpolation=cv2.INTER_LINEAR)
    r, other = at.radius(1.16), mix(colours.deco, WHITE, 0.22)
    floor = at.foot + at.r * 0.06
    lift = 0.5 - 0.5 * np.clip((soft.y - at.y) / r, -1, 1)
    turn = rng.choice((-1, 1)) * 0.35 * np.clip((soft.x - at.x) / r, -1, 1)
    share = np.clip(lift + turn, 0, 1)
    colour = np.stack([one * share + two * (1 - share) for one, two in zip(colours.accent, other, strict=True)])
    _shine(soft, np.abs(np.hypot(soft.x - at.x, soft.y - at.y) - r), colour, short, 1 - 0.94 * quiet)
    if floor < size[1]:
        wet = np.clip((soft.y - floor) / max(2.0, short * 0.012), 0, 1)
        soft.blend(wet * 0.72, mix(colours.ground2, (0, 0, 0), 0.25))
        mirrored = 2 * floor - soft.y
        near = np.hypot((soft.x - at.x) * 1.0, (mirrored - at.y) * 1.0)
        fade = wet * np.clip(1 - (soft.y - floor) / (r * 1.3), 0, 1)
        _shine(soft, np.abs(near - r) * 0.8, colour, short * 1.6, 0.42 * fade * (1 - 0.8 * quiet))
    for side in (-1, 1):
        soft.pool((at.x + side * r * 1.7, at.y - r * 0.3), r * 1.5, colours.accent if side > 0 else other, 0.13)
    return soft.full()


def _shine(soft: Soft, far: np.ndarray, colour: np.ndarray, short: float, strength: np.ndarray) -> None:
    """Light of a tube: a white core, its colour around it, a wide glow; screened over what is there."""
    core = np.exp(-((far / (short * 0.006)) ** 2))
    halo = np.exp(-((far / (short * 0.018)) ** 2)) * 0.85 + 0.30 / (1 + (far / (short * 0.05)) ** 2) + 0.07 * np.exp(-far / (short * 0.35))
    light = np.clip(colour * np.minimum(halo, 1) + 255 * 0.8 * core, 0, 255) * strength
    soft.planes[:] = 255 - (255 - soft.planes) * (255 - light) / 255


def dreamt(size: tuple[int, int], colours: Palette, at: Stand, seed: int, folder: Path | None = None) -> Image.Image:
    """A ground by the trained painter (`gan`), in the palette, with the light of the others behind the product."""
    import cv2

    from .gan.maps import coloured
    from .gan.painter import SHIPPED, load_painter

    soft = Soft(size, colours.ground, colours.ground)
    small = coloured(slot(load_painter(folder or SHIPPED).paint(seed), size), colours)
    large = cv2.resize(cv2.GaussianBlur(small, (0, 0), 0.9), (soft.w, soft.h), interpolation=cv2.INTER_CUBIC)
    soft.planes = np.ascontiguousarray(large.transpose(2, 0, 1))
    glow: RGB = mix(colours.ground, WHITE, 0.7) if not colours.dark else mix(colours.ground, colours.deco, 0.95)
    soft.pool((at.x, at.y), at.r * 1.7, glow, 0.55)
    return soft.full()


def given(picture: Image.Image, size: tuple[int, int], colours: Palette, clear: Boxes) -> Image.Image:
    """A finished picture, cut to the slot; where words stand it fades into the palette's ground, so that they can be read."""
    import cv2

    fitted = np.asarray(ImageOps.fit(picture.convert("RGB"), size, Image.Resampling.LANCZOS)).astype(np.float32)
    mask = calm(size, clear)
    # One haze over neighbouring words, not a patch behind each.
    mask = np.maximum(mask, np.clip(cv2.GaussianBlur(mask, (0, 0), max(0.6, min(size) * 0.05 / 8)) * 1.9, 0, 1))
    veil = cv2.resize(cv2.GaussianBlur(mask, (0, 0), 2), size, interpolation=cv2.INTER_LINEAR)[..., None] * 0.84
    return Image.fromarray((fitted + (np.array(colours.ground, np.float32) - fitted) * veil).astype(np.uint8))


def slot(maps: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Cut a square map for a slot: up to half of it is cut away, the rest of the difference is stretched."""
    side, ratio = len(maps), size[0] / size[1]
    # The outermost pixels were painted with nothing beyond them, and look it.
    maps, side = maps[1:-1, 1:-1], side - 2
    keep = max(side // 2, round(side * min(ratio, 1 / ratio)))
    first = (side - keep) // 2
    return maps[first : first + keep] if ratio > 1 else maps[:, first : first + keep]
