"""Pieces: texts that are set and placed, with what stands behind or before them; prices have a smaller sign and cents."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from .fonts import Weight, width
from .layouts import Box
from .lines import Setting


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


def moved(piece: Piece, dx: int, dy: int) -> Piece:
    """The piece and what stands behind it, elsewhere."""
    pill = Box(piece.pill.x + dx, piece.pill.y + dy, piece.pill.w, piece.pill.h) if piece.pill else None
    return replace(piece, x=piece.x + dx, y=piece.y + dy, pill=pill)


def one_line(text: str, weight: Weight, px: int) -> Setting:
    """A text on one line."""
    return Setting((text,), px, weight, px, int(width(text, weight, px) + 0.999), round(px * 1.16))


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
