"""Places: where words, product, button, brand and label stand, by arrangement and shape, from a 320x50 strip to a 9:16 cover.

An arrangement is a function of size and safe area; nothing here knows a word or a colour. All numbers are px.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Shape = Literal["strip", "wide", "square", "portrait", "cover", "tower"]
Align = Literal["left", "center"]


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

    @property
    def edges(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom."""
        return self.x, self.y, self.right, self.bottom

    def overlap(self, other: Box) -> int:
        """Common area in px²."""
        w = min(self.right, other.right) - max(self.x, other.x)
        h = min(self.bottom, other.bottom) - max(self.y, other.y)
        return max(0, w) * max(0, h)

    def inside(self, other: Box) -> bool:
        """Whether this box lies wholly in `other`."""
        return self.x >= other.x and self.y >= other.y and self.right <= other.right and self.bottom <= other.bottom

    def inset(self, by: int) -> Box:
        """The box made smaller by `by` on every side."""
        return Box(self.x + by, self.y + by, max(1, self.w - 2 * by), max(1, self.h - 2 * by))

    def flipped(self, w: int) -> Box:
        """The mirror image in a picture `w` px wide."""
        return Box(w - self.right, self.y, self.w, self.h)


@dataclass(frozen=True)
class Places:
    """Regions of one picture; see `layouts.Plan` for what each means."""

    words: Box
    product: Box
    label: tuple[int, int, Literal["left", "right"]]
    margin: int
    align: Align = "left"
    anchor: Literal["top", "middle", "bottom"] = "top"
    flow: Literal["none", "below", "above"] = "none"
    row: Box | None = None
    brand: tuple[int, int, Align] | None = None
    panel: Box | None = None
    card: Box | None = None
    masthead: Box | None = None
    tiles: tuple[tuple[Box, str], ...] = ()

    def flipped(self, w: int) -> Places:
        """Words right, product left."""

        def turn(box: Box | None) -> Box | None:
            return box.flipped(w) if box else None

        words = self.words.flipped(w)
        x, y, side = self.label
        return replace(
            self,
            words=words,
            product=self.product.flipped(w),
            row=turn(self.row),
            panel=turn(self.panel),
            card=turn(self.card),
            masthead=turn(self.masthead),
            tiles=tuple((box.flipped(w), role) for box, role in self.tiles),
            brand=None if self.brand is None else ((words.x if self.align == "left" else words.x + words.w // 2), *self.brand[1:]),
            label=(w - x, y, "left" if side == "right" else "right"),
        )


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


def label_size(size: tuple[int, int], market: str = "cn") -> int:
    """Text size of the AI label, px. In China its characters are at least 5 % of the short side high; elsewhere and where
    that would be less it is what can be read (9 px, 2.6 % of the short side)."""
    least = 56 if market == "cn" else 26
    return max(9, -(-min(size) * least // 1000))


def arrange(stacked: str, wide: str, align: Align, shape: Shape, size: tuple[int, int], area: Box, label: int, roomy: bool) -> Places:
    """Return the places of an arrangement; `area` is what a platform leaves free, `label` the label's text size; `roomy`
    gives the words more of the picture (for facts and tables)."""
    w, h = size
    short = min(size)
    m = max(6, round(short * (0.06 if shape not in ("strip", "tower") else 0.1)))
    if shape == "strip":
        return _strip(w, h, m, label, wide)
    if shape == "tower":
        return _tower(w, h, m, label, align, stacked)
    if shape == "wide":
        return _wide(wide, w, h, m, label, align)
    if shape == "cover":
        return _cover(stacked, w, h, m, label, align, area)
    return _stacked(stacked, w, h, m, label, align, roomy)


def _strip(w: int, h: int, m: int, label: int, wide: str) -> Places:
    art = round(min(h * 1.5, w * 0.2))
    edge = max(3, round(h * 0.09))
    product = Box(m, edge, art, h - 2 * edge)
    call = round(min(w * 0.34, h * 3.6))
    row = Box(w - call - m, edge, call, h - 2 * edge - label - 1)
    left = product.right + m
    words = Box(left, edge, row.x - left - m, h - 2 * edge)
    panel = Box(0, 0, product.right + m // 2, h) if wide == "panel" else None
    return Places(words, product, (w - m, h - edge + 1, "right"), m, anchor="middle", row=row, panel=panel)


def _tower(w: int, h: int, m: int, label: int, align: Align, stacked: str) -> Places:
    head = m + label + m
    foot = h - m
    row = Box(m, foot - round(h * 0.13), w - 2 * m, round(h * 0.13))
    words = Box(m, head, w - 2 * m, round(h * 0.42))
    product = Box(m, head, w - 2 * m, row.y - head - m)
    panel = Box(0, 0, w, head) if stacked == "panel" else None
    return Places(words, product, (w - m, m + label, "right"), m, align, "top", "below", row, (m, m, "left"), panel)


def _wide(kind: str, w: int, h: int, m: int, label: int, align: Align) -> Places:
    long = w / h
    x = round(m * (1.5 if long < 2.4 else 2.2))
    share = 0.5 if long < 2.4 else 0.52
    head = round(h * 0.075) + round(m * 0.5)
    corner = (w - m, h - round(m * 0.75), "right")
    ground = h - round(m * 0.75) - label - round(m * 0.3)
    words = Box(x, m + head, round(w * share) - x, h - 2 * m - head)
    product = Box(round(w * (share + 0.035)), m, w - round(w * (share + 0.035)) - round(m * 1.1), ground - m)
    brand = (x, m, "left")
    if kind == "panel":
        panel = Box(0, 0, round(w * share) + round(m * 0.4), h)
        words = replace(words, w=panel.right - x - m)
        left = panel.right + m
        return Places(words, replace(product, x=left, w=w - left - m), corner, m, anchor="middle", brand=brand, panel=panel)
    if kind == "card":
        card = Box(m, m, round(w * 0.54) - m, h - 2 * m)
        inner = card.inset(round(m * 0.9))
        left = card.right + m
        return Places(inner, replace(product, x=left, w=w - left - m), corner, m, anchor="middle", card=card)
    if kind == "bento":
        g = max(3, round(m * 0.3))
        a, b = round(w * 0.47), round(w * 0.81)
        middle = h // 2
        tiles = (
            (Box(g, g, a - g, h - 2 * g), "accent"),
            (Box(a + g, g, b - a - g, h - 2 * g), "scene"),
            (Box(b + g, g, w - b - 2 * g, middle - g - g // 2), "detail"),
            (Box(b + g, middle + g // 2, w - b - 2 * g, h - middle - g // 2 - g), "pattern"),
        )
        inner = tiles[0][0].inset(m)
        words = Box(inner.x, inner.y + head, inner.w, inner.h - head)
        return Places(
            words,
            tiles[1][0].inset(round(m * 0.6)),
            (b - round(m * 0.5), h - round(m * 0.8), "right"),
            m,
            anchor="middle",
            brand=(inner.x, inner.y, "left"),
            tiles=tiles,
        )
    if kind == "masthead":
        mast = Box(x, m, round(w * share) - x, round(h * 0.24))
        words = Box(x, mast.bottom + m // 2, mast.w, h - mast.bottom - m // 2 - m)
        return Places(words, product, corner, m, anchor="bottom", masthead=mast)
    return Places(words, product, corner, m, anchor="middle", brand=brand)


def _stacked(kind: str, w: int, h: int, m: int, label: int, align: Align, roomy: bool) -> Places:
    short = min(w, h)
    corner = (w - m, m + label, "right")
    head = m + max(label, round(short * 0.04)) + round(m * 0.6)
    foot = h - m
    tall = max(round(short * 0.1), 26)
    full = Box(m, head, w - 2 * m, foot - head)
    brand = (m, m, "left")
    if kind == "column":
        words = Box(m, head, round(w * 0.56) - m, foot - head)
        stage = Box(words.right + round(m * 0.4), head, w - words.right - round(m * 1.2), foot - head)
        return Places(words, stage, corner, m, "left", "middle", "none", None, brand)
    if kind == "bottom":
        part = 0.36 if roomy else 0.46
        words = Box(m, head + round(full.h * part), full.w, foot - head - round(full.h * part))
        return Places(words, full, corner, m, align, "bottom", "above", None, brand)
    if kind == "panel":
        panel = Box(0, round(h * 0.53), w, h - round(h * 0.53))
        words = Box(m, panel.y + round(m * 0.9), full.w, foot - panel.y - round(m * 0.9))
        product = Box(m * 2, head, w - 4 * m, panel.y - head - m // 2)
        return Places(words, product, corner, m, align, "middle", "none", None, brand, panel=panel)
    if kind == "card":
        card = Box(m, round(h * 0.47), w - 2 * m, h - round(h * 0.47) - m)
        inner = card.inset(round(m * 0.85))
        row = Box(inner.x, inner.bottom - round(tall * 1.35), inner.w, round(tall * 1.35))
        words = Box(inner.x, inner.y, inner.w, row.y - inner.y - m)
        product = Box(m, head, w - 2 * m, card.y - head - m // 2)
        return Places(words, product, corner, m, align, "middle", "none", row, brand, card=card)
    if kind == "bento":
        g = max(3, round(m * 0.3))
        a, b = round(w * 0.64), round(h * 0.56)
        half = round(b * 0.5)
        tiles = (
            (Box(g, g, a - g, b - g), "scene"),
            (Box(a + g, g, w - a - 2 * g, half - g), "detail"),
            (Box(a + g, half + g, w - a - 2 * g, b - half - g), "pattern"),
            (Box(g, b + g, w - 2 * g, h - b - 2 * g), "accent"),
        )
        words = tiles[3][0].inset(m)
        stage = tiles[0][0].inset(round(m * 0.6))
        stage = Box(stage.x, stage.y + label, stage.w, stage.h - label)
        return Places(words, stage, (m, m + label - m // 4, "left"), m, "left", "middle", tiles=tiles)
    if kind == "masthead":
        mast = Box(m, head - round(m * 0.4), w - 2 * m, round(short * 0.17))
        words = Box(m, mast.bottom + round(h * 0.3), full.w, foot - mast.bottom - round(h * 0.3))
        product = Box(m, mast.bottom, full.w, foot - mast.bottom)
        return Places(words, product, corner, m, align, "bottom", "above", None, None, masthead=mast)
    row = Box(m, foot - tall, full.w, tall)
    words = Box(m, head, full.w, round((row.y - head) * (0.6 if roomy else 0.415 if h <= w * 1.2 else 0.46)))
    product = Box(m, head, full.w, row.y - head - round(m * 0.5))
    return Places(words, product, corner, m, align, "top", "below", row, (w // 2, m, "center") if align == "center" else brand)


def _cover(kind: str, w: int, h: int, m: int, label: int, align: Align, area: Box) -> Places:
    """Words, button, brand and label stay in the safe area; the product stands below them, above what a caption covers."""
    x = area.x + round(w * 0.01)
    right = area.right - round(w * 0.01)
    if align == "center":
        # The middle of the picture, not of what is left of it.
        x = max(x, w - right)
        right = w - x
    corner = (area.right - round(w * 0.01), area.y + round(label * 1.25), "right")
    head = area.y + max(label, round(w * 0.04)) + round(m * 0.7)
    words = Box(x, head, right - x, round(h * 0.47) - head)
    product = Box(round(w * 0.09), head, round(w * 0.82), round(min(h * 0.86, area.bottom + h * 0.16)) - head)
    brand = (area.x + round(w * 0.01), area.y, "left")
    if kind == "panel":
        panel = Box(0, 0, w, round(h * 0.49))
        return Places(words, product, corner, m, align, "middle", "below", None, brand, panel=panel)
    if kind == "card":
        card = Box(x, head, right - x, round(h * 0.5) - head)
        inner = card.inset(round(m * 0.75))
        row = Box(inner.x, inner.bottom - round(w * 0.13), inner.w, round(w * 0.13))
        words = Box(inner.x, inner.y, inner.w, row.y - inner.y - m)
        product = Box(product.x, card.bottom + m // 2, product.w, product.bottom - card.bottom - m // 2)
        return Places(words, product, corner, m, align, "middle", "none", row, brand, card=card)
    if kind == "bento":
        g = max(3, round(m * 0.3))
        b = round(h * 0.5)
        c = round(h * 0.79)
        tiles = (
            (Box(g, g, w - 2 * g, b - g), "accent"),
            (Box(g, b + g, w - 2 * g, c - b - g), "scene"),
            (Box(g, c + g, w // 2 - g, h - c - 2 * g), "detail"),
            (Box(w // 2 + g, c + g, w - w // 2 - 2 * g, h - c - 2 * g), "pattern"),
        )
        return Places(words, tiles[1][0].inset(m), corner, m, "left", "middle", "none", None, brand, tiles=tiles)
    if kind == "masthead":
        mast = Box(x, head - round(m * 0.3), right - x, round(w * 0.17))
        words = Box(x, mast.bottom + round(m * 0.4), right - x, round(h * 0.47) - mast.bottom - round(m * 0.4))
        return Places(words, product, corner, m, align, "top", "below", None, None, masthead=mast)
    return Places(words, product, corner, m, align, "top", "below", None, brand)
