"""Ink wash: a ground as if painted with a wet brush - soft tones, wandering edges, pigment that gathers where the wet ends.

Lightness becomes ink: smoothed without losing its edges, moved a little by slow noise (the bleed), drawn together towards
five tones (焦浓重淡清, softly, so that nothing posterises), darker along edges, granulated. Colour stays as a tint. The
sheet itself is `finish.paper`.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from .finish import noise

STEP = 4
TONES = 5


@lru_cache(maxsize=8)
def _flow(size: tuple[int, int], seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where each place's ink came from (x and y, px of the small picture), and how the pigment lies, about 0.7..1.3."""
    short = min(size)
    x, y = np.meshgrid(np.arange(size[0], dtype=np.float32), np.arange(size[1], dtype=np.float32))
    fine, broad = max(2.0, short * 0.018), max(3.0, short * 0.075)
    x += noise(size, broad, seed) * short * 0.006 + noise(size, fine, seed + 1) * short * 0.0016
    y += noise(size, broad, seed + 2) * short * 0.006 + noise(size, fine, seed + 3) * short * 0.0016
    lies = 1 + 0.13 * noise(size, broad * 1.6, seed + 4) + 0.075 * noise(size, fine, seed + 5) + 0.05 * noise(size, 2.0, seed + 6)
    return x, y, lies.astype(np.float32)


def wash(picture: np.ndarray, strength: float, seed: int) -> np.ndarray:
    """Wash a ground, uint8 [height, width, 3]; at strength 0 it is left as it is.

    Example:
        >>> wash(np.full((30, 40, 3), 200, np.uint8), 0.8, 1).shape
        (30, 40, 3)
    """
    import cv2

    high, wide = picture.shape[:2]
    size = max(8, wide // STEP), max(8, high // STEP)
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    x, y, lies = _flow(size, seed % 4)
    small = cv2.remap(small, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    small = cv2.bilateralFilter(small, 7, 22, 5).astype(np.float32)
    light = small @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    paper = max(1.0, float(np.percentile(light, 97)))
    ink = np.clip(1 - light / paper, 0, 1)
    # A stair with round steps: rising everywhere, flat nowhere.
    drawn = ink - 0.75 * np.sin(2 * np.pi * TONES * ink) / (2 * np.pi * TONES)
    around = cv2.GaussianBlur(drawn, (0, 0), max(1.0, min(size) * 0.008))
    rim = np.clip(drawn - around, 0, 1)
    drawn = np.clip((drawn + 0.7 * rim) * lies + 0.35 * around * (1 - around) * (lies - 1), 0, 1)
    # Outside its edge wet paper carries a little ink on.
    drawn = np.maximum(drawn, around * 0.92 * lies)
    factor = ((1 - drawn) / np.maximum(1 - ink, 0.02))[..., None]
    washed = np.clip(small * np.clip(factor, 0.2, 1.25), 0, 255)
    mixed = (small + (washed - small) * strength).astype(np.uint8)
    large = cv2.resize(mixed, (wide, high), interpolation=cv2.INTER_CUBIC)
    return large if strength >= 0.5 else cv2.addWeighted(large, strength * 2, picture, 1 - strength * 2, 0)
