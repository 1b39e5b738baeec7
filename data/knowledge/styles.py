"""Styles of pictures by the words merchants ask for them with, and the tone that carries each."""

from __future__ import annotations

import re
from functools import cache

from ..words import Words
from .files import Fact, listed, pair, read_toml


class Style(Fact):
    """A style: its name, its words, and the tone whose palettes and layouts it uses."""

    id: str
    name: Words
    words: list[str]
    tone: str


@cache
def styles() -> dict[str, Style]:
    """Styles by id: ``ink``, ``film``, ``pop``, ``pastel``, ``neon``, ``warm``, ``cool``, ``fresh``, and tones of pictures."""
    return {
        id_: Style(id=id_, name=pair(row["name"]), words=[*listed(row["zh"]), *listed(row["en"])], tone=row["tone"])
        for id_, row in read_toml("styles.toml").items()
        if isinstance(row, dict)
    }


def styles_in(text: str) -> list[tuple[int, int, str]]:
    """Return the styles named in a text as (start, end, id), longest words first where they overlap.

    Example:
        >>> styles_in("换成水墨风")[0][2], styles_in("make it warmer")[0][2], styles_in("a link to it")
        ('ink', 'warm', [])
    """
    found: list[tuple[int, int, str]] = []
    for m in _pattern().finditer(text.casefold()):
        found.append((m.start(), m.end(), _ids()[m.group()]))
    return found


def style_named(text: str | None) -> str | None:
    """Return the id of the style that a word or phrase names, or None."""
    found = styles_in(text or "")
    return found[0][2] if found else text if text in styles() else None


@cache
def _ids() -> dict[str, str]:
    return {word.casefold(): style.id for style in styles().values() for word in style.words}


@cache
def _pattern() -> re.Pattern[str]:
    longest = sorted(_ids(), key=len, reverse=True)
    return re.compile("|".join(rf"(?<![a-z]){re.escape(w)}(?![a-z])" if w.isascii() else re.escape(w) for w in longest))
