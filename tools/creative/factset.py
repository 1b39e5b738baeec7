"""Sets facts of a product below a headline: a list with ticks, cells with large figures, or the rows of a comparison."""

from __future__ import annotations

from .design import Design, figures
from .layouts import Box, Plan
from .lines import fit
from .pieces import Piece, one_line


def facts_shown(design: Design, spot: Plan) -> list[tuple[str, ...]]:
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


def lay_facts(facts: list[tuple[str, ...]], spot: Plan, box: Box, y: int, room: int, head_px: int, design: Design) -> list[Piece] | None:
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
            found.append(
                Piece("cell", setting, box.x + columns[column], y + i * step + (step - setting.height) // 2, mark=mark if i else "")
            )
    return found
