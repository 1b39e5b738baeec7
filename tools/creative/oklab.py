"""OKLab: a colour space in which equal steps look equal; lightness, green-red, blue-yellow (Ottosson 2020).

Arrays of any shape [..., 3]; sRGB is 0..1. Colours that no screen shows are brought back by giving up colour, not light.
"""

from __future__ import annotations

import numpy as np

_TO_LMS = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]]
)
_TO_LAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099], [0.0259040371, 0.7827717662, -0.8086757660]]
)
_FROM_LAB, _FROM_LMS = np.linalg.inv(_TO_LAB), np.linalg.inv(_TO_LMS)


def to_oklab(srgb: np.ndarray) -> np.ndarray:
    """Turn sRGB into OKLab.

    Example:
        >>> to_oklab(np.ones(3)).round(3).tolist()
        [1.0, 0.0, 0.0]
    """
    srgb = np.asarray(srgb, np.float64)
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((np.maximum(srgb, 0) + 0.055) / 1.055) ** 2.4)
    return np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T


def from_oklab(lab: np.ndarray) -> np.ndarray:
    """Turn OKLab into sRGB, not held inside 0..1."""
    linear = (lab @ _FROM_LAB.T) ** 3 @ _FROM_LMS.T
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)


def shown(lab: np.ndarray) -> np.ndarray:
    """Turn OKLab into sRGB inside 0..1: lightness is kept, colour is given up as far as needed."""
    lab = np.array(lab, np.float64)
    lab[..., 0] = np.clip(lab[..., 0], 0, 1)
    low, high = np.zeros(lab.shape[:-1]), np.ones(lab.shape[:-1])
    for _ in range(12):
        half = (low + high) / 2
        rgb = from_oklab(np.concatenate([lab[..., :1], lab[..., 1:] * half[..., None]], -1))
        fits = ((rgb >= -1e-4) & (rgb <= 1 + 1e-4)).all(-1)
        low, high = np.where(fits, half, low), np.where(fits, high, half)
    whole = from_oklab(lab)
    inside = ((whole >= -1e-4) & (whole <= 1 + 1e-4)).all(-1)
    share = np.where(inside, 1.0, low)
    return np.clip(from_oklab(np.concatenate([lab[..., :1], lab[..., 1:] * share[..., None]], -1)), 0, 1)
