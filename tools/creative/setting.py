"""Sets a design's words into the places of a layout: sizes, lines, button, price - or says that they do not fit.

The words of one picture form a block (offer, headline, sub-line or facts, and the row of price and button where it has no
place of its own) that is anchored in its region. Nothing is shortened: a text fits or the layout is left.
"""

from __future__ import annotations

from PIL import Image

from .design import Design
from .factset import facts_shown, lay_facts
from .fonts import width
from .layouts import Box, Plan
from .lines import Setting, fit
from .pieces import Piece, moved, one_line, price_setting

__all__ = ["Design", "Piece", "lay_words"]


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
    torn = spot.layout.price == "ticket" and not design.price
    if design.offer and not spot.seal and not torn and spot.shape != "strip":
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
    # A strip has no room for a tag: the offer takes the place of the sub-line.
    below = (design.author if quoted else "") or (design.offer if spot.shape == "strip" else "") or design.subline
    facts = facts_shown(design, spot)
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
        laid = lay_facts(facts, spot, box, y + round(gap * 1.5), room - head.height - round(gap * 1.5), head.px, design)
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
        if sub is None and not (spot.shape == "strip" and below == design.offer):
            return None
        if sub is not None:
            y += gap
            block.append(Piece("sub", sub, box.x, y, spot.align))
            y += sub.height
    if spot.row is None and pieces:
        y += apart
        block += [moved(p, box.x, y) for p in pieces]
        y += row_height
    if y > box.h:
        return None
    down = {"top": 0, "middle": (box.h - y) // 2, "bottom": box.h - y}[spot.anchor]
    block = [p if i < fixed else moved(p, 0, box.y + down) for i, p in enumerate(block)]
    if spot.align == "center":
        block = _centred(block, fixed, box)
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
            out[i] = moved(out[i], shift, 0)
    return out


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
    if abs(spot.label[1] - y - spot.label_px) < spot.label_px:
        # Brand and label stand in one line, on one middle.
        y += max(0, round((spot.label_px - px) * 0.55))
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
    cost = price_setting(price, max(spot.call_least, round(big * design.price_scale))) if price else None
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
