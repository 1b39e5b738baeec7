"""Layouts: where words, product, button and label stand, for any ratio from a 320x50 strip to a 9:16 cover.

A layout is a function of the size alone; it decides places, `compose` fills them. Safe area of 9:16 covers: the union of
what published guides say platforms draw over (top 14 %, bottom 35 %, right 15 %; unverified, see the channel data).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .scene import SceneKind

Name = Literal["hero", "split", "burst", "minimal", "arch", "poster"]
LAYOUTS: tuple[Name, ...] = ("hero", "split", "burst", "minimal", "arch", "poster")
Corner = tuple[int, int, Literal["left", "right"]]
Places = tuple["Box", "Box", "Box | None", "Corner", "Box | None", Literal["left", "center"], int, int]
Shape = Literal["strip", "wide", "square", "portrait", "cover", "tower"]
SAFE_TOP, SAFE_BOTTOM, SAFE_RIGHT, SAFE_LEFT = 0.14, 0.35, 0.15, 0.06


@dataclass(frozen=True)
class Box:
    """A rectangle in px."""

    x: int
    y: int
    w: int
    h: int

    @property
    def right(self) -> int:
        """x of the right edge."""
        return self.x + self.w

    @property
    def bottom(self) -> int:
        """y of the lower edge."""
        return self.y + self.h

    def overlap(self, other: Box) -> int:
        """Common area in px²."""
        w = min(self.right, other.right) - max(self.x, other.x)
        h = min(self.bottom, other.bottom) - max(self.y, other.y)
        return max(0, w) * max(0, h)

    def inside(self, other: Box) -> bool:
        """Whether this box lies wholly in `other`."""
        return self.x >= other.x and self.y >= other.y and self.right <= other.right and self.bottom <= other.bottom


@dataclass(frozen=True)
class Plan:
    """Places of one picture. `row`: where price and button stand (None: below the words). `panel`: a coloured field.

    `head_most`/`head_least` and `sub_least`/`call_least` are text sizes in px; `lines` the most lines of the headline.
    """

    shape: Shape
    size: tuple[int, int]
    words: Box
    align: Literal["left", "center"]
    product: Box
    row: Box | None
    label: Corner
    label_px: int
    scene: SceneKind
    panel: Box | None
    badge: bool
    bar: bool
    lines: int
    head_most: int
    head_least: int
    sub_most: int
    sub_least: int
    call_most: int
    call_least: int
    safe: Box


def shape_of(size: tuple[int, int]) -> Shape:
    """Return the family of a size by its ratio."""
    ratio = size[0] / size[1]
    if ratio >= 4.4:
        return "strip"
    if ratio >= 1.25:
        return "wide"
    if ratio >= 0.84:
        return "square"
    if ratio < 0.45:
        return "tower"
    return "cover" if ratio < 0.62 and size[0] >= 400 else "portrait"


def label_size(size: tuple[int, int]) -> int:
    """Text size of the AI label, px: characters at least 5 % of the short side high, and legible (9 px) where that is less."""
    return max(9, -(-min(size) * 56 // 1000))


def plan(name: Name, size: tuple[int, int], *, mirrored: bool = False) -> Plan:
    """Place everything for layout `name` at `size` px.

    Example:
        >>> plan("hero", (1080, 1080)).shape
        'square'
    """
    shape = shape_of(size)
    w, h = size
    short = min(size)
    margin = max(6, round(short * (0.055 if shape != "strip" else 0.12)))
    label = label_size(size)
    scenes: dict[Name, SceneKind] = {
        "hero": "studio",
        "split": "plain",
        "burst": "rays",
        "minimal": "plain",
        "arch": "arch",
        "poster": "paper",
    }
    place = {"strip": _strip, "wide": _wide, "square": _stacked, "portrait": _stacked, "cover": _cover, "tower": _tower}[shape]
    words, product, row, corner, panel, align, lines, most = place(name, w, h, margin, label)
    if mirrored and shape == "wide":
        words, product = _flip(words, w), _flip(product, w)
        panel = _flip(panel, w) if panel else None
        corner = (words.x, corner[1], "left")
    safe = Box(0, 0, w, h)
    if shape == "cover":
        safe = Box(
            round(w * SAFE_LEFT), round(h * SAFE_TOP), round(w * (1 - SAFE_LEFT - SAFE_RIGHT)), round(h * (1 - SAFE_TOP - SAFE_BOTTOM))
        )
    return Plan(
        shape=shape,
        size=size,
        words=words,
        align=align,
        product=product,
        row=row,
        label=corner,
        label_px=label,
        scene="mesh" if name == "arch" and shape in ("strip", "wide") and h < 320 else scenes[name],
        panel=panel,
        badge=name == "burst" and shape in ("wide", "square", "portrait", "cover") and short >= 240,
        bar=name in ("minimal", "poster") and short >= 240 and shape != "tower",
        lines=lines,
        head_most=most,
        head_least=max(12, round(short * (0.05 if shape not in ("strip", "tower") else 0.09))),
        sub_least=max(10, round(short * 0.026)),
        sub_most=round(short * {"wide": 0.056 if w / h < 2.4 else 0.085, "tower": 0.09, "cover": 0.052}.get(shape, 0.044)),
        call_most=round(short * {"wide": 0.05 if w / h < 2.4 else 0.085, "tower": 0.1, "strip": 0.2}.get(shape, 0.042)),
        call_least=max(10, round(short * 0.03)),
        safe=safe,
    )


def _flip(box: Box, w: int) -> Box:
    return Box(w - box.right, box.y, box.w, box.h)


def _strip(name: Name, w: int, h: int, m: int, label: int) -> Places:
    art = round(h * 1.25)
    product = Box(m, round(h * 0.07), art, round(h * 0.86))
    call = round(min(w * 0.27, h * 2.6))
    row = Box(w - call - m, round(h * 0.1), call, round(h * 0.8) - label - 3)
    words = Box(product.right + m, round(h * 0.08), row.x - product.right - 2 * m, round(h * 0.84))
    panel = Box(0, 0, product.right + m // 2, h) if name == "split" else None
    return words, product, row, (w - m, h - max(2, m // 3), "right"), panel, "left", 2, round(h * 0.4)


def _wide(name: Name, w: int, h: int, m: int, label: int) -> Places:
    share = {"hero": 0.54, "split": 0.52, "burst": 0.5, "minimal": 0.5, "arch": 0.54, "poster": 0.58}[name]
    x = round(m * 1.5)
    words = Box(x, m, round(w * share) - x - round(m * 0.6), h - 2 * m - label - round(h * 0.02))
    left = round(w * (share + 0.035))
    high = 0.72 if name in ("minimal", "poster") else 0.78
    product = Box(left, round(h * (1 - high) / 2), w - left - round(m * 1.2), round(h * high))
    panel = Box(0, 0, round(w * share) + m // 2, h) if name == "split" else None
    most = round(h * (0.15 if name != "minimal" else 0.12) * (1.3 if w / h > 2.4 else 1))
    return words, product, None, (x, h - round(m * 0.8), "left"), panel, "left", 3, most


def _row_height(short: int) -> int:
    return max(round(short * 0.095), 26)


def _stacked(name: Name, w: int, h: int, m: int, label: int) -> Places:
    corner = (m, h - round(m * 0.8), "left")
    foot = h - round(m * 0.8) - label - round(m * 0.5)
    short = min(w, h)
    if name == "split":
        top = round(h * 0.55)
        words = Box(m, top + round(m * 0.8), w - 2 * m, foot - top - round(m * 0.8))
        return words, Box(m * 2, m, w - 4 * m, top - 2 * m), None, corner, Box(0, top, w, h - top), "left", 2, round(short * 0.088)
    if name == "minimal":
        top = round(h * 0.56)
        words = Box(round(m * 1.4), top, w - round(m * 2.8), foot - top)
        return (
            words,
            Box(round(w * 0.16), round(m * 1.6), round(w * 0.68), top - round(m * 2.6)),
            None,
            corner,
            None,
            "left",
            2,
            round(short * 0.078),
        )
    if name == "poster":
        words = Box(round(m * 1.3), round(m * 1.2), w - round(m * 2.6), round(h * 0.36))
        row = Box(round(m * 1.3), foot - _row_height(short), w - round(m * 2.6), _row_height(short))
        return (
            words,
            Box(round(w * 0.2), round(h * 0.41), round(w * 0.6), row.y - round(h * 0.43)),
            row,
            corner,
            None,
            "left",
            3,
            round(short * 0.125),
        )
    if name == "burst":
        words = Box(m, m, w - 2 * m, round(h * 0.27))
        row = Box(m, foot - _row_height(short), w - 2 * m, _row_height(short))
        return (
            words,
            Box(round(w * 0.17), round(h * 0.34), round(w * 0.66), row.y - round(h * 0.37)),
            row,
            corner,
            None,
            "center",
            2,
            round(short * 0.105),
        )
    words = Box(m, round(m * 1.1), w - 2 * m, round(h * 0.27))
    row = Box(m, foot - _row_height(short), w - 2 * m, _row_height(short))
    return (
        words,
        Box(round(w * 0.14), round(h * 0.34), round(w * 0.72), row.y - round(h * 0.375)),
        row,
        corner,
        None,
        "center",
        2,
        round(short * 0.1),
    )


def _cover(name: Name, w: int, h: int, m: int, label: int) -> Places:
    top = round(h * SAFE_TOP) + round(label * 1.3) + round(h * 0.016)
    left = name in ("minimal", "poster", "split")
    x = round(w * (0.07 if left else SAFE_RIGHT))
    width = round(w * (1 - SAFE_RIGHT)) - x
    words = Box(x, top, width, round(h * 0.455) - top)
    corner = (round(w * SAFE_LEFT) + 4, round(h * SAFE_TOP) + round(label * 1.3), "left")
    panel = Box(0, 0, w, round(h * 0.475)) if name == "split" else None
    product = Box(round(w * 0.12), round(h * 0.51), round(w * 0.76), round(h * 0.3))
    return words, product, None, corner, panel, "left" if left else "center", 3, round(w * 0.11)


def _tower(name: Name, w: int, h: int, m: int, label: int) -> Places:
    m = max(m, round(w * 0.075))
    foot = h - m - label - round(m * 0.6)
    words = Box(m, m, w - 2 * m, round(h * 0.4))
    row = Box(m, foot - round(h * 0.12), w - 2 * m, round(h * 0.12))
    product = Box(m, round(h * 0.45), w - 2 * m, row.y - round(h * 0.47))
    panel = Box(0, 0, w, round(h * 0.43)) if name == "split" else None
    return (
        words,
        product,
        row,
        (m, h - round(m * 0.7), "left"),
        panel,
        "left" if name in ("minimal", "poster", "split") else "center",
        5,
        round(w * 0.15),
    )
