"""Palette maps: a picture as shares of four colour roles instead of colours, so that one painter serves every palette.

A map is float32 [side, side, 3] in 0..1. Its channels are the shares of the second ground (red), of the ground (green) and
of the decoration (blue), each plus the share of light; the four shares sum to 1, so light is (r + g + b - 1) / 2.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from ..colour import RGB, WHITE, mix
from ..scene import Palette

SIDE = 32
# Rows: ground, second ground, decoration, light.
CORNERS = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1], [1, 1, 1]], np.float32)


def of_picture(picture: Image.Image, side: int = SIDE) -> np.ndarray:
    """Turn a picture of any kind into one map: its three main colours and white become the roles, by share.

    The picture is cut to a square. What is told of colour is only where which role stands.
    """
    import cv2

    wide = min(picture.size)
    left, top = (picture.width - wide) // 2, (picture.height - wide) // 2
    square = picture.convert("RGB").crop((left, top, left + wide, top + wide)).resize((side, side), Image.Resampling.BOX)
    pixels = np.asarray(square, np.float32).reshape(-1, 3) / 255
    cv2.setRNGSeed(0)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 1e-3)
    _, labels, centres = cv2.kmeans(pixels, 3, None, stop, 2, cv2.KMEANS_PP_CENTERS)  # type: ignore[call-overload]
    order = np.argsort(-np.bincount(labels.ravel(), minlength=3))
    roles = np.vstack([centres[order], np.ones((1, 3), np.float32)])
    # Shares fall with the distance to a role: a soft assignment that is smooth where the picture is.
    shares = 1 / (((pixels[:, None] - roles[None]) ** 2).sum(-1) + 0.01) ** 2
    shares /= shares.sum(1, keepdims=True)
    return (shares @ CORNERS).reshape(side, side, 3).astype(np.float32)


def shares_of(maps: np.ndarray) -> np.ndarray:
    """Return the shares [..., 4] of ground, second ground, decoration, light; never negative, summing to 1."""
    light = np.clip((maps.sum(-1) - 1) / 2, 0, 1)
    rest = np.clip(maps - light[..., None], 0, 1)
    shares = np.stack([rest[..., 1], rest[..., 0], rest[..., 2], light], -1)
    return shares / np.maximum(shares.sum(-1, keepdims=True), 1e-6)


def roles_of(colours: Palette) -> tuple[RGB, RGB, RGB, RGB]:
    """The four colours that a palette gives to the roles: on a dark ground light is its decoration, lightened."""
    light = mix(colours.ground, WHITE, 0.75) if not colours.dark else mix(colours.deco, WHITE, 0.2)
    return colours.ground, colours.ground2, colours.deco, light


def coloured(maps: np.ndarray, colours: Palette) -> np.ndarray:
    """Paint maps [..., 3] in a palette: float32, 0..255."""
    return shares_of(maps) @ np.array(roles_of(colours), np.float32)
