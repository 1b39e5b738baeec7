"""The seal: price or offer in a star, put where it covers next to nothing of the product and no text."""

from __future__ import annotations

import re

import numpy as np
from PIL import Image

from .design import Design
from .layouts import Box, Plan
from .lines import Setting, fit
from .pieces import Piece, price_setting

# What of an offer stays on one line in a star: 第二双 / 半价, 满300 / 减40.
_PARTS = re.compile(
    r"第.\D?(?=半价|免费|[\d一二三四五六七八九]折)|满\D?\d+|减\D?\d+|半价|免费|[\d.一二三四五六七八九]+折起?|买.|送.|立减|\D?\d+元?"
)


def seal(design: Design, spot: Plan, product: Box, outline: Image.Image, taken: list[Box]) -> Piece | None:
    """The price or the offer in a star beside the product; None when every place covers too much of it."""
    short = min(spot.size)
    step = max(1, min(outline.size) // 48)
    mask = np.asarray(outline.reduce(step) if step > 1 else outline, dtype=np.float64)
    # Summed once from the corner, so that each place costs four look-ups.
    inked = np.pad(mask.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    canvas = (spot.safe if spot.shape == "cover" else Box(0, 0, *spot.size)).inset(round(short * 0.025))
    most = round(short * (0.3 if spot.size[0] < 2.4 * spot.size[1] else 0.4))
    if not design.offer:
        most = round(most * design.price_scale)
    for side in (most, round(most * 0.85), round(most * 0.7)):
        setting = _seal_text(design, spot, side)
        if setting is None:
            continue
        best: tuple[float, Box] | None = None
        for x in range(canvas.x, canvas.right - side + 1, max(4, short // 36)):
            for y in range(max(canvas.y, product.y - side), min(canvas.bottom, product.bottom) - side + 1, max(4, short // 36)):
                away = abs(x + side / 2 - product.right + side * 0.2) + abs(y + side / 2 - product.y - side * 0.1)
                if best and away / short >= best[0]:
                    continue
                box = Box(x, y, side, side)
                if any(box.overlap(other) for other in taken):
                    continue
                hidden = _hidden(box, product, inked, step)
                cost = hidden * 30 + away / short
                if hidden <= 0.04 and (best is None or cost < best[0]):
                    best = cost, box
        if best:
            pill = best[1]
            x, y = pill.x + (side - setting.width) // 2, pill.y + (side - setting.height) // 2
            return Piece("offer" if design.offer else "price", setting, x, y, "center", pill, "seal")
    return None


def _seal_text(design: Design, spot: Plan, side: int) -> Setting | None:
    inner = round(side * 0.68)
    if design.offer:
        return fit(
            design.offer,
            (inner, inner),
            design.face(design.offer),
            largest=round(side * 0.25),
            smallest=spot.sub_least,
            lines=3,
            language=design.language,
            whole=tuple(_PARTS.findall(design.offer)),
            tight=True,
        )
    px = round(side * 0.36)
    while px > spot.sub_least and price_setting(design.price, px).width > inner:
        px -= 1
    found = price_setting(design.price, px)
    return found if found.width <= inner else None


def _hidden(box: Box, product: Box, inked: np.ndarray, step: int) -> float:
    """The share of the product's pixels that a box covers; `inked` is the sum of its mask from the corner to each place."""
    if not box.overlap(product):
        return 0.0
    rows, columns = inked.shape[0] - 1, inked.shape[1] - 1
    left, top = min(columns, max(0, (box.x - product.x) // step)), min(rows, max(0, (box.y - product.y) // step))
    right, bottom = min(columns, max(0, -(-(box.right - product.x) // step))), min(rows, max(0, -(-(box.bottom - product.y) // step)))
    covered = inked[bottom, right] - inked[top, right] - inked[bottom, left] + inked[top, left]
    return float(covered) / (float(inked[-1, -1]) or 1.0)
