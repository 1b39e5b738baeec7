"""Sets a design's words into the places of a layout: sizes, lines, button, price badge - or says that they do not fit."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...data.words import Language
from .art import NEUTRAL
from .colour import RGB
from .fonts import Weight, width
from .layouts import Box, Plan
from .lines import Setting, fit


@dataclass(frozen=True)
class Design:
    """What a picture says and shows. `kind` is a drawing of `art.toml`, `colour` the product's (None: the drawing's own).

    `keep` are words that may not be broken over two lines.
    """

    headline: str
    cta: str
    subline: str = ""
    price: str = ""
    brand: str = ""
    kind: str = NEUTRAL
    colour: RGB | None = None
    category: str = "other"
    tone: str | None = None
    occasion: str | None = None
    language: Language = "zh"
    keep: tuple[str, ...] = ()


@dataclass(frozen=True)
class Piece:
    """A text with its place: `box` is the area of the lines, `pill` the button or badge behind it."""

    kind: str
    setting: Setting
    x: int
    y: int
    align: str
    pill: Box | None = None

    def lines(self) -> list[tuple[str, float, int]]:
        """Each line with the x where it begins and its y."""
        s = self.setting
        found = []
        for i, line in enumerate(s.lines):
            shift = (s.width - width(line, s.weight, s.px)) / 2 if self.align == "center" else 0
            found.append((line, self.x + shift, self.y + i * s.leading))
        return found


def _one_line(text: str, weight: Weight, px: int) -> Setting:
    return Setting((text,), px, weight, px, int(width(text, weight, px) + 0.999), round(px * 1.16))


def lay_words(design: Design, spot: Plan) -> list[Piece] | None:
    """Set every text in its place, or None when one does not fit."""
    row = _lay_row(design, spot)
    if row is None:
        return None
    pieces, row_height = row
    box = spot.words
    gap = max(3, round(min(spot.size) * 0.018))
    used = 0
    brand = None
    if design.brand and spot.shape != "strip":
        px = max(10, round(min(spot.size) * 0.034))
        if width(design.brand, "Bold", px) <= box.w:
            brand = _one_line(design.brand, "Bold", px)
            used += brand.height + gap
    bar = max(3, round(min(spot.size) * 0.008)) if spot.bar else 0
    used += bar + gap if bar else 0
    inside = row_height + round(gap * 1.6) if spot.row is None and row_height else 0
    room = box.h - used - inside
    head = fit(
        design.headline,
        (box.w, round(room * (0.68 if design.subline else 1))),
        "Bold",
        largest=spot.head_most,
        smallest=spot.head_least,
        lines=spot.lines,
        language=design.language,
        whole=design.keep,
    )
    if head is None:
        return None
    sub = None
    if design.subline:
        largest = max(spot.sub_least, min(round(head.px * 0.55), spot.sub_most))
        sub = fit(
            design.subline,
            (box.w, room - head.height - gap),
            "Regular",
            largest=largest,
            smallest=spot.sub_least,
            lines=2 if spot.shape != "tower" else 4,
            language=design.language,
            whole=design.keep,
        )
        if sub is None:
            return None
    total = used + head.height + (gap + sub.height if sub else 0) + inside
    centred = spot.shape in ("wide", "strip", "tower") or (spot.shape in ("square", "portrait") and spot.row is None)
    y = box.y + ((box.h - total) // 2 if centred else 0)
    out: list[Piece] = []

    def put(kind: str, setting: Setting) -> None:
        nonlocal y
        x = box.x if spot.align == "left" else box.x + (box.w - setting.width) // 2
        out.append(Piece(kind, setting, x, y, spot.align))
        y += setting.height + gap

    if brand:
        put("brand", brand)
    if bar:
        out.append(Piece("bar", Setting((), bar, "Bold", 0, round(min(spot.size) * 0.07), bar), box.x, y + gap // 3, "left"))
        y += bar + gap
    put("headline", head)
    if sub:
        put("sub", sub)
    if spot.row is None:
        y += round(gap * 0.6)
        wide = max((p.pill.right if p.pill else p.x + p.setting.width) for p in pieces) if pieces else 0
        shift = box.x if spot.align == "left" else box.x + (box.w - wide) // 2
        pieces = [_moved(p, shift, y) for p in pieces]
        if any((p.pill or Box(p.x, p.y, p.setting.width, p.setting.height)).right > box.right + 1 for p in pieces):
            return None
    badge = _badge(design, spot) if spot.badge and design.price else None
    return out + pieces + ([badge] if badge else [])


def _moved(piece: Piece, dx: int, dy: int) -> Piece:
    pill = Box(piece.pill.x + dx, piece.pill.y + dy, piece.pill.w, piece.pill.h) if piece.pill else None
    return replace(piece, x=piece.x + dx, y=piece.y + dy, pill=pill)


def _lay_row(design: Design, spot: Plan) -> tuple[list[Piece], int] | None:
    """Price and button side by side (or one above the other in a tower); placed in `row`, or from 0, 0 when there is none."""
    price = design.price if not (spot.badge or spot.shape == "strip") else ""
    for px in range(max(spot.call_least, spot.call_most), spot.call_least - 1, -1):
        call = _one_line(design.cta, "Bold", px)
        pad, tall = round(px * 1.05), round(px * 2.15)
        button = (call.width + 2 * pad, tall)
        cost = _one_line(price, "Bold", max(spot.call_least, round(px * 1.7))) if price else None
        gap = round(px * 0.9)
        if spot.row is None:
            total = button[0] + (cost.width + gap if cost else 0)
            if total <= spot.words.w:
                return _placed(call, cost, button, gap, Box(0, 0, total, tall), "left", pad), tall
        elif spot.shape == "tower":
            need = tall + (cost.height + round(px * 0.5) if cost else 0)
            if button[0] <= spot.row.w and need <= spot.row.h and (not cost or cost.width <= spot.row.w):
                return _towered(call, cost, spot.row, px), need
        else:
            total = button[0] + (cost.width + gap if cost else 0)
            if total <= spot.row.w and tall <= spot.row.h:
                return _placed(call, cost, button, gap, spot.row, "right" if spot.shape == "strip" else spot.align, pad), tall
    return None


def _placed(call: Setting, cost: Setting | None, button: tuple[int, int], gap: int, row: Box, align: str, pad: int) -> list[Piece]:
    total = button[0] + (cost.width + gap if cost else 0)
    x = {"left": row.x, "center": row.x + (row.w - total) // 2, "right": row.right - total}[align]
    y = row.y + (row.h - button[1]) // 2
    found = []
    if cost:
        found.append(Piece("price", cost, x, y + (button[1] - cost.height) // 2, "left"))
        x += cost.width + gap
    pill = Box(x, y, *button)
    found.append(Piece("cta", call, x + pad, y + (button[1] - call.height) // 2, "left", pill))
    return found


def _towered(call: Setting, cost: Setting | None, row: Box, px: int) -> list[Piece]:
    tall = round(px * 2.15)
    y = row.bottom - tall
    found = [Piece("cta", call, row.x + (row.w - call.width) // 2, y + (tall - call.height) // 2, "left", Box(row.x, y, row.w, tall))]
    if cost:
        found.append(Piece("price", cost, row.x + (row.w - cost.width) // 2, y - cost.height - round(px * 0.4), "left"))
    return found


def _badge(design: Design, spot: Plan) -> Piece | None:
    """A round price badge at the upper right of the product."""
    short = min(spot.size)
    size = round(short * 0.25)
    for px in range(round(size * 0.34), max(12, round(short * 0.03)), -1):
        cost = _one_line(design.price, "Bold", px)
        if cost.width <= size * 0.8:
            x = min(spot.product.right - round(size * 0.62), spot.size[0] - size - round(short * 0.04))
            y = max(spot.words.bottom + 4 if spot.shape not in ("wide",) else round(short * 0.06), spot.product.y - round(size * 0.25))
            if spot.shape == "wide" and spot.product.x < spot.words.x:
                x = max(round(short * 0.04), spot.product.x - round(size * 0.2))
            if spot.shape == "cover":
                x = min(x, spot.safe.right - size)
            pill = Box(x, y, size, size)
            return Piece("price", cost, x + (size - cost.width) // 2, y + (size - cost.height) // 2, "left", pill)
    return None
