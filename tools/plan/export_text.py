"""Texts that leave for a spreadsheet: nothing in them may run as a formula. Numbers never pass through here."""

from __future__ import annotations

import unicodedata

STARTERS = frozenset("=+-@\t\r＝＋－＠")
# XLSX allows at most this many characters in a cell.
CELL_LIMIT = 32_767


def neutral(text: str) -> str:
    """Return `text` so that a spreadsheet reads it as text: an apostrophe is put before a formula's first sign.

    Spaces, line breaks, zero-width and other unprintable characters before the sign do not hide it; tab and carriage
    return count as signs themselves (OWASP, CSV injection). Unprintable control characters are dropped.

    Example:
        >>> neutral("=1+1"), neutral("\\n ＝HYPERLINK()"), neutral("5折起")
        ("'=1+1", "'\\n ＝HYPERLINK()", '5折起')
    """
    kept = "".join(c for c in text if c in "\t\n\r" or unicodedata.category(c) not in ("Cc", "Cs"))
    for letter in kept:
        if letter in STARTERS:
            kept = f"'{kept}"
            break
        if not (letter.isspace() or unicodedata.category(letter) in ("Cf", "Zs")):
            break
    return kept[:CELL_LIMIT]


def spreadsheet_words(words: object) -> str:
    """Return any value that is text in a spreadsheet, neutralised; None becomes empty."""
    return "" if words is None else neutral(str(words))
