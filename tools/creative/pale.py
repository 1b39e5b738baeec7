"""Pale on pale: what a cut-out loses of a white product on a white ground, found by the weak but sharp edges that are left outside.

A shadow is soft: its slope is as broad as the shadow. The outline of a white sole is sharp, however faint. Where such edges and
the cut-out close a ring, what is inside belongs to the product; edges that stay outside say that something is missing. Only
grounds that are light and nearly of one colour are looked at: on any other one props and patterns have such edges too.
"""

from __future__ import annotations

import numpy as np

# Lab lightness from which a ground is pale, and how far its rim may be from a smooth surface, Lab units beyond the noise.
PALE, EVEN = 76.0, 2.2
# A fine edge at least so steep (Lab units a pixel), and so much steeper than the same place seen broadly, is sharp; steeper than
# `STRONG` it cannot be missed by the cut-out, and is another thing's.
LEAST, SHARPER, STRONG = 0.28, 1.6, 5.6


def on_pale_ground(pixels: np.ndarray) -> bool:
    """Whether the rim of a picture (BGR, uint8 [h, w, 3]) is light and even, apart from a gradient."""
    import cv2

    h, w = pixels.shape[:2]
    lab = cv2.cvtColor(cv2.GaussianBlur(pixels, (0, 0), 1.5).astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    wide = max(3, round(min(h, w) * 0.1))
    rim = np.ones((h, w), bool)
    rim[wide:-wide, wide:-wide] = False
    y, x = np.nonzero(rim)
    x, y = x / w * 2 - 1, y / h * 2 - 1
    terms = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], -1)
    values = lab[rim]
    smooth = terms @ np.linalg.lstsq(terms, values, rcond=None)[0]
    off = np.linalg.norm(values - smooth, axis=-1)
    return bool(np.median(values[:, 0]) > PALE and np.quantile(off, 0.97) < EVEN)


def with_pale_parts(mask: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Add to a mask (0 or 1, uint8 [h, w]) what faint outlines enclose, with it or beside it; its own holes stay open."""
    import cv2

    sharp, _ = _sharp_edges(pixels)
    wall = cv2.morphologyEx(np.maximum(sharp, mask), cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    enclosed = ~_open(wall) & (_open(mask) | (mask > 0))
    held = cv2.morphologyEx(enclosed.astype(np.uint8), cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
    # An edge is three pixels wide, half of it ground.
    grown = np.maximum(mask, cv2.erode(held, np.ones((3, 3), np.uint8)))
    count, marks, stats, _ = cv2.connectedComponentsWithStats(grown)
    areas = stats[:, cv2.CC_STAT_AREA]
    own = [i for i in range(1, count) if mask[marks == i].any() or areas[i] >= 0.12 * areas[1:].max()]
    return np.isin(marks, own).astype(np.uint8)


def _open(wall: np.ndarray) -> np.ndarray:
    """What can be reached from outside the picture without crossing a wall."""
    import cv2

    around = cv2.copyMakeBorder((1 - wall).astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1)
    _, marks = cv2.connectedComponents(around, connectivity=4)
    return (marks == marks[0, 0])[1:-1, 1:-1]


def lost_outline(mask: np.ndarray, pixels: np.ndarray) -> float:
    """How long the faint outlines outside a mask are beside its own outline; 0 where nothing was left behind."""
    import cv2

    sharp, slope = _sharp_edges(pixels)
    away = sharp & (slope < STRONG) & (cv2.dilate(mask, np.ones((9, 9), np.uint8)) == 0)
    _, _, stats, _ = cv2.connectedComponentsWithStats(cv2.morphologyEx(away.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)))
    h, w = mask.shape
    left, top, wide, high = (stats[1:, i] for i in range(4))
    # What runs to the rim is the edge of a table, and so are level pieces that together reach past the product; what is tiny is dust.
    inside = (left > 1) & (top > 1) & (left + wide < w - 1) & (top + high < h - 1)
    broad = int(mask.any(axis=0).sum())
    for i in np.flatnonzero(high <= 3):
        row = (high <= 3) & (np.abs(top - top[i]) <= 4)
        inside[i] &= (left + wide)[row].max() - left[row].min() <= 1.3 * broad
    long = np.maximum(wide, high)
    found = long[inside & (long >= 0.03 * max(h, w))].sum()
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return float(found) / max(1.0, sum(cv2.arcLength(line, True) for line in outlines))


def _sharp_edges(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where edges are sharp (0 or 1), and how steep, Lab units a pixel."""
    import cv2

    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)

    def slope(blur: float) -> np.ndarray:
        soft = cv2.GaussianBlur(lab, (0, 0), blur, borderType=cv2.BORDER_REPLICATE)
        across, down = (cv2.Sobel(soft, cv2.CV_32F, *way, scale=1 / 8) for way in ((1, 0), (0, 1)))
        return np.sqrt((across**2 + down**2).sum(-1))

    fine, broad = slope(1.0), slope(3.2)
    rim = np.concatenate([fine[:6].ravel(), fine[-6:].ravel(), fine[:, :6].ravel(), fine[:, -6:].ravel()])
    noise = float(np.quantile(rim, 0.9))
    return ((fine > max(LEAST, 1.6 * noise)) & (fine > SHARPER * broad)).astype(np.uint8), fine
