"""Sets a design's words into the places of a layout: sizes, lines, button, price - or says that they do not fit.

The words of one picture form a block (offer, headline, sub-line or facts, and the row of price and button where it has no
place of its own) that is anchored in its region. Nothing is shortened: a text fits or the layout is left.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from ...data.words import Language
from .art import NEUTRAL
from .colour import RGB
from .fonts import FontPair, Weight, dressed, width
from .layouts import Box, Plan
from .lines import Setting, fit


@dataclass(frozen=True)
class Design:
    """What a picture says and shows. `kind` is a drawing of `art.toml`, `colour` the product's (None: the drawing's own);
    `photo`, a cut-out with transparency, stands instead of the drawing.

    `keep` are words that may not be broken over two lines; `facts` what the data say of the product; `quote` and `author`
    a customer's own words; `rows` a comparison, its first row the names of the columns; `market` whose rule of labels
    holds (``cn`` or ``world``).
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
    facts: tuple[str, ...] = ()
    offer: str = ""
    quote: str = ""
    author: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    photo: Image.Image | None = None
    market: str = "cn"
    logo: Image.Image | None = None
    fonts: FontPair | None = None

    def face(self, text: str, weight: str = "Bold") -> Weight:
        """The face a text is set in: the brand's own where it has every letter of it."""
        return dressed(text, weight, self.fonts)

    @property
    def whole(self) -> tuple[str, ...]:
        """The words that stay on one line: those of `keep`, and the offer."""
        return (*self.keep, self.offer) if self.offer else self.keep

    def brings(self, need: str) -> bool:
        """Whether the design has what a layout needs (see `layouts.toml`)."""
        return {
            "price": bool(self.price or self.offer),
            "brand": bool(self.brand),
            "facts": len(self.facts) >= 2,
            "figures": len(figures(self.facts)) >= 2,
            "quote": bool(self.quote),
            "rows": len(self.rows) >= 3 and all(len(row) == 3 for row in self.rows),
            "occasion": bool(self.occasion),
        }[need]


@dataclass(frozen=True)
class Piece:
    """A text with its place: `setting` is drawn at `x`, `y`; `pill` is the button, tag or seal behind it, `mark` a sign
    before it (``tick``, ``rule`` above, ``quote``)."""

    kind: str
    setting: Setting
    x: int
    y: int
    align: str = "left"
    pill: Box | None = None
    mark: str = ""

    def lines(self) -> list[tuple[str, float, int]]:
        """Each line with the x where it begins and its y."""
        s = self.setting
        found = []
        for i, line in enumerate(s.lines):
            shift = (s.width - width(line, s.weight, s.px)) / 2 if self.align == "center" else 0
            found.append((line, self.x + shift, self.y + i * s.leading))
        return found

    @property
    def right(self) -> int:
        """The right edge of the piece and what stands behind it."""
        return max(self.pill.right if self.pill else 0, self.x + self.setting.width)


def one_line(text: str, weight: Weight, px: int) -> Setting:
    """A text on one line."""
    return Setting((text,), px, weight, px, int(width(text, weight, px) + 0.999), round(px * 1.16))


_NUMBER = re.compile(r"\d[\d.,×x]*(?:\s?(?:°C|%|[a-zA-Z]{1,4}\b|毫米|厘米|千克|毫升|小时|分钟|[克米升瓦伏天档片支件层包只粒度页寸秒]))?")


def figures(facts: tuple[str, ...]) -> list[tuple[str, str]]:
    """The facts with a number in them, as (number with unit, the rest).

    Example:
        >>> figures(("鞋底落差 8 毫米", "透气网面鞋面"))
        [('8 毫米', '鞋底落差')]
    """
    found = []
    for fact in facts:
        number = _NUMBER.search(fact)
        if number:
            rest = (fact[: number.start()].strip(" ，,：:") + " " + fact[number.end() :].strip(" ，,：:")).strip()
            if rest and len(rest) <= 24:
                found.append((number.group().strip(" ,"), rest))
    return found


def price_parts(price: str) -> tuple[str, str, str]:
    """Currency, main digits, and what follows, e.g. ``("¥", "1,299", "")`` or ``("$", "59", ".90")``."""
    found = re.fullmatch(r"(\D*)(\d[\d,]*)(.*)", price)
    return (found[1], found[2], found[3]) if found else ("", price, "")


SMALL = 0.6


def price_setting(price: str, px: int) -> Setting:
    """A price whose currency sign and cents are smaller than its digits; `px` is the size of the digits."""
    sign, main, rest = price_parts(price)
    small = max(9, round(px * SMALL))
    wide = width(sign, "Bold", small) + width(main, "Bold", px) + width(rest, "Bold", small)
    return Setting((price,), px, "Bold", px, int(wide + 0.999), round(px * 1.16))


def lay_words(design: Design, spot: Plan) -> list[Piece] | None:
    """Set every text in its place, or None when one does not fit."""
    row = _lay_row(design, spot)
    if row is None:
        return None
    pieces, row_height = row
    box, gap = spot.words, spot.gap
    block: list[Piece] = []
    y = 0
    if spot.masthead and design.brand:
        block.append(_masthead(design, spot.masthead))
    elif (design.brand or design.logo) and spot.brand and spot.shape != "strip":
        named = _logo(design.logo, spot) if design.logo else _brand(design, spot)
        if named is None:
            return None
        block.append(named)
    fixed = len(block)
    if spot.layout.bar and spot.shape not in ("strip", "tower"):
        thick = max(3, round(min(spot.size) * 0.009))
        block.append(Piece("bar", Setting((), thick, "Bold", 0, round(min(spot.size) * 0.085), thick), box.x, y))
        y += thick + round(gap * 1.3)
    if design.offer and not spot.seal and spot.layout.price != "ticket" and spot.shape != "strip":
        tag = _tag(design.offer, spot, box, y)
        if tag is None:
            return None
        block.append(tag)
        y = tag.pill.bottom + gap if tag.pill else y
    # A ticket is torn between its words and the row.
    apart = round(gap * (4.4 if spot.card else 2.4 if spot.layout.facts else 1.7))
    inside = row_height + apart if spot.row is None and row_height else 0
    room = box.h - y - inside
    quoted = bool(design.quote) and spot.layout.id == "testimonial" and spot.shape != "strip"
    text = design.quote if quoted else design.headline
    below = (design.author if quoted else "") or design.subline
    facts = _facts(design, spot)
    share = (0.34 if spot.layout.facts == "table" else 0.46) if facts else (0.7 if below else 1.0)
    if quoted:
        thick = round(spot.head_most * 0.8)
        block.append(Piece("mark", Setting((), thick, "Bold", 0, thick, thick), box.x, y, mark="quote"))
        y += thick + gap
        room -= thick + gap
    head = fit(
        text,
        (box.w, round(room * share)),
        design.face(text),
        largest=spot.head_most,
        smallest=min(spot.head_least, spot.head_most),
        lines=spot.lines,
        language=design.language,
        whole=design.whole,
        tight=True,
    )
    if head is None:
        return None
    block.append(Piece("headline", head, box.x, y, spot.align))
    y += head.height
    if facts:
        laid = _lay_facts(facts, spot, box, y + round(gap * 1.5), room - head.height - round(gap * 1.5), head.px, design)
        if laid is None:
            return None
        block += laid
        y = max(p.y + p.setting.height for p in laid)
    elif below:
        sub = fit(
            below,
            (box.w, room - head.height - gap),
            design.face(below, "Regular"),
            largest=max(spot.sub_least, min(round(head.px * 0.55), spot.sub_most)),
            smallest=spot.sub_least,
            lines=2 if spot.shape != "tower" else 4,
            language=design.language,
            whole=design.whole,
        )
        if sub is None:
            return None
        y += gap
        block.append(Piece("sub", sub, box.x, y, spot.align))
        y += sub.height
    if spot.row is None and pieces:
        y += apart
        block += [_moved(p, box.x, y) for p in pieces]
        y += row_height
    if y > box.h:
        return None
    down = {"top": 0, "middle": (box.h - y) // 2, "bottom": box.h - y}[spot.anchor]
    block = [p if i < fixed else _moved(p, 0, box.y + down) for i, p in enumerate(block)]
    if spot.align == "center":
        block = [p if i < fixed else p for i, p in enumerate(_centred(block, fixed, box))]
    return block + (pieces if spot.row else [])


def _centred(block: list[Piece], fixed: int, box: Box) -> list[Piece]:
    """Move the pieces of a centred block to the middle; price and button as one, facts keep their common left edge."""
    out = list(block)
    groups: dict[str, list[int]] = {}
    for i, piece in enumerate(block):
        if i >= fixed:
            group = "row" if piece.kind in ("price", "cta") else "facts" if piece.kind in ("fact", "figure", "note", "cell") else str(i)
            groups.setdefault(group, []).append(i)
    for members in groups.values():
        left = min(min(out[i].x, out[i].pill.x if out[i].pill else out[i].x) for i in members)  # type: ignore[union-attr]
        right = max(out[i].right for i in members)
        shift = box.x + (box.w - (right - left)) // 2 - left
        for i in members:
            out[i] = _moved(out[i], shift, 0)
    return out


def _moved(piece: Piece, dx: int, dy: int) -> Piece:
    pill = Box(piece.pill.x + dx, piece.pill.y + dy, piece.pill.w, piece.pill.h) if piece.pill else None
    return replace(piece, x=piece.x + dx, y=piece.y + dy, pill=pill)


def _masthead(design: Design, place: Box) -> Piece:
    px, weight = place.h, design.face(design.brand)
    while px > 12 and (width(design.brand, weight, px) > place.w or px * 1.16 > place.h):
        px -= max(1, px // 24)
    return Piece("brand", one_line(design.brand, weight, px), place.x, place.y, mark="rule")


def _brand(design: Design, spot: Plan) -> Piece | None:
    assert spot.brand
    px = max(10, round(min(spot.size) * (0.036 if spot.shape != "tower" else 0.08)))
    setting = one_line(design.brand, design.face(design.brand), px)
    if setting.width > spot.words.w * 0.72:
        return None
    x, y, align = spot.brand
    return Piece("brand", setting, x - setting.width // 2 if align == "center" else x, y)


def _logo(logo: Image.Image, spot: Plan) -> Piece | None:
    assert spot.brand
    x, y, align = spot.brand
    tall = max(12, round(min(spot.size) * (0.06 if spot.shape != "tower" else 0.13)))
    wide = round(tall * logo.width / logo.height)
    most = round(spot.words.w * 0.5)
    if wide > most:
        tall, wide = max(6, round(tall * most / wide)), most
    left = x - wide // 2 if align == "center" else x
    return Piece("logo", Setting((), tall, "Bold", 0, wide, tall), left, y, pill=Box(left, y, wide, tall))


def _tag(text: str, spot: Plan, box: Box, y: int) -> Piece | None:
    px = max(spot.sub_least, round(spot.sub_most * 0.92))
    while px >= spot.sub_least:
        setting = one_line(text, "Bold", px)
        pad = round(px * 0.62)
        if setting.width + 2 * pad <= box.w:
            pill = Box(box.x, y, setting.width + 2 * pad, round(px * 1.75))
            return Piece("offer", setting, box.x + pad, y + (pill.h - setting.height) // 2, pill=pill)
        px -= 1
    return None


def _facts(design: Design, spot: Plan) -> list[tuple[str, ...]]:
    """What the layout sets below the headline: texts with ticks, cells of (figure, what it measures), or rows of a table."""
    if spot.shape == "strip" or min(spot.size) < 240:
        return []
    if spot.layout.facts == "ticks":
        return [(fact[:1].upper() + fact[1:],) for fact in design.facts[:3]]
    if spot.layout.facts == "cells":
        return [tuple(cell) for cell in figures(design.facts)[:3]]
    if spot.layout.facts == "table":
        return list(design.rows[:5])
    return []


def _lay_facts(
    facts: list[tuple[str, ...]], spot: Plan, box: Box, y: int, room: int, head_px: int, design: Design
) -> list[Piece] | None:
    most = max(spot.sub_least, min(round(head_px * 0.62), round(spot.sub_most * 1.06)))
    lay = {"ticks": _ticks, "cells": _cells, "table": _table}[spot.layout.facts]
    while True:
        for px in range(most, spot.sub_least - 1, -1):
            found = lay(facts, box, y, room, px, design)
            if found:
                return found
        if len(facts) <= 2 or spot.layout.facts == "table":
            return None
        facts = facts[:-1]


def _ticks(facts: list[tuple[str, ...]], box: Box, y: int, room: int, px: int, design: Design) -> list[Piece] | None:
    indent, step = round(px * 1.55), round(px * 1.72)
    if step * (len(facts) - 1) + round(px * 1.16) > room:
        return None
    settings = [one_line(fact[0], "Regular", px) for fact in facts]
    if max(s.width for s in settings) + indent > box.w:
        return None
    return [Piece("fact", s, box.x + indent, y + i * step, mark="tick") for i, s in enumerate(settings)]


def _cells(facts: list[tuple[str, ...]], box: Box, y: int, room: int, px: int, design: Design) -> list[Piece] | None:
    big, small = round(px * 1.42), max(10, round(px * 0.74))
    gap = round(px * 0.9)
    wide = (box.w - gap * (len(facts) - 1)) // len(facts)
    found: list[Piece] = []
    lowest = 0
    for i, (number, what) in enumerate(facts):
        x = box.x + i * (wide + gap)
        figure = one_line(number, "Bold", big)
        note = fit(what, (wide, small * 3), "Regular", largest=small, smallest=small, lines=2, language=design.language, exact=True)
        if figure.width > wide or note is None:
            return None
        top = y + round(px * 0.55)
        found += [
            Piece("figure", figure, x, top, mark="rule" if i == 0 else ""),
            Piece("note", note, x, top + figure.height + round(px * 0.12)),
        ]
        lowest = max(lowest, top + figure.height + round(px * 0.12) + note.height)
    return found if lowest - y <= room else None


def _table(rows: list[tuple[str, ...]], box: Box, y: int, room: int, px: int, design: Design) -> list[Piece] | None:
    step = round(px * 1.9)
    if step * len(rows) > room:
        return None
    columns = [0, round(box.w * 0.38), round(box.w * 0.7)]
    widths = [columns[1], columns[2] - columns[1], box.w - columns[2]]
    found = []
    for i, row in enumerate(rows):
        for column, text in enumerate(row):
            if not text:
                continue
            setting = one_line(text, "Bold" if i == 0 or column == 1 else "Regular", px)
            if setting.width > widths[column] - px // 2:
                return None
            mark = "line" if column == 0 or (i == 0 and column == 1) else ""
            found.append(Piece("cell", setting, box.x + columns[column], y + i * step + (step - setting.height) // 2, mark=mark if i else ""))
    return found


def _lay_row(design: Design, spot: Plan) -> tuple[list[Piece], int] | None:
    """Price and button, placed in `row`, or from 0, 0 when there is none; with their height."""
    price = design.offer if spot.layout.price == "ticket" and design.offer and not design.price else design.price
    if spot.seal and not design.offer:
        price = ""
    for shown in (price, "") if spot.shape == "strip" else (price,):
        for px in range(max(spot.call_least, spot.call_most), spot.call_least - 1, -1):
            found = _row_at(design, spot, shown, px)
            if found:
                return found
    return None


def _row_at(design: Design, spot: Plan, price: str, px: int) -> tuple[list[Piece], int] | None:
    link = spot.layout.button == "link" and spot.shape != "strip"
    call = one_line(f"{design.cta} →" if link else design.cta, "Bold", px)
    pad, tall = (0, round(px * 1.7)) if link else (round(px * 1.1), round(px * 2.2))
    button = call.width + 2 * pad + 2, tall
    ticket = spot.layout.price == "ticket" and spot.shape not in ("strip", "tower")
    big = round(px * (2.5 if ticket else 1.95 if spot.shape != "strip" else 1.5))
    cost = price_setting(price, max(spot.call_least, big)) if price else None
    high = max(tall, cost.height if cost else 0)
    gap = round(px * 1.1)
    total = button[0] + (cost.width + gap if cost else 0)
    if spot.row is None:
        if total > spot.words.w:
            return None
        return _placed(call, cost, button, gap, Box(0, 0, total, high), "left", pad), high
    if spot.shape == "tower":
        need = tall + (cost.height + round(px * 0.5) if cost else 0)
        if max(button[0], cost.width if cost else 0) > spot.row.w or need > spot.row.h:
            return None
        return _towered(call, cost, spot.row, px), need
    if total > spot.row.w or high > spot.row.h:
        return None
    align = "right" if spot.shape == "strip" else "spread" if spot.align == "left" else "center"
    return _placed(call, cost, button, gap, spot.row, align, pad), high


def _placed(call: Setting, cost: Setting | None, button: tuple[int, int], gap: int, row: Box, align: str, pad: int) -> list[Piece]:
    total = button[0] + (cost.width + gap if cost else 0)
    x = {"left": row.x, "spread": row.x, "center": row.x + (row.w - total) // 2, "right": row.right - total}[align]
    found = []
    if cost:
        found.append(Piece("price", cost, x, row.y + (row.h - cost.height) // 2))
        x += cost.width + gap
    if align == "spread" and cost:
        x = row.right - button[0]
    pill = Box(x, row.y + (row.h - button[1]) // 2, *button)
    found.append(Piece("cta", call, x + pad + 1, pill.y + (button[1] - call.height) // 2, pill=pill))
    return found


def _towered(call: Setting, cost: Setting | None, row: Box, px: int) -> list[Piece]:
    tall = round(px * 2.2)
    y = row.bottom - tall
    found = [Piece("cta", call, row.x + (row.w - call.width) // 2, y + (tall - call.height) // 2, pill=Box(row.x, y, row.w, tall))]
    if cost:
        found.append(Piece("price", cost, row.x + (row.w - cost.width) // 2, y - cost.height - round(px * 0.35)))
    return found


def seal(design: Design, spot: Plan, product: Box, outline: Image.Image, taken: list[Box]) -> Piece | None:
    """The price or the offer in a star beside the product; None when every place covers too much of it."""
    short = min(spot.size)
    step = max(1, min(outline.size) // 48)
    mask = np.asarray(outline.reduce(step) if step > 1 else outline, dtype=np.float32)
    canvas = (spot.safe if spot.shape == "cover" else Box(0, 0, *spot.size)).inset(round(short * 0.025))
    most = round(short * (0.3 if spot.size[0] < 2.4 * spot.size[1] else 0.4))
    for side in (most, round(most * 0.85), round(most * 0.7)):
        setting = _seal_text(design, spot, side)
        if setting is None:
            continue
        best: tuple[float, Box] | None = None
        for x in range(canvas.x, canvas.right - side + 1, max(4, short // 36)):
            for y in range(max(canvas.y, product.y - side), min(canvas.bottom, product.bottom) - side + 1, max(4, short // 36)):
                box = Box(x, y, side, side)
                away = abs(x + side / 2 - product.right + side * 0.2) + abs(y + side / 2 - product.y - side * 0.1)
                if (best and away / short >= best[0]) or any(box.overlap(other) for other in taken):
                    continue
                hidden = _hidden(box, product, mask, step)
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
            tight=True,
        )
    px = round(side * 0.36)
    while px > spot.sub_least and price_setting(design.price, px).width > inner:
        px -= 1
    found = price_setting(design.price, px)
    return found if found.width <= inner else None


def _hidden(box: Box, product: Box, mask: np.ndarray, step: int) -> float:
    """The share of the product's pixels that a box covers."""
    if not box.overlap(product):
        return 0.0
    left, top = max(0, (box.x - product.x) // step), max(0, (box.y - product.y) // step)
    right, bottom = max(0, -(-(box.right - product.x) // step)), max(0, -(-(box.bottom - product.y) // step))
    return float(mask[top:bottom, left:right].sum()) / (float(mask.sum()) or 1.0)
