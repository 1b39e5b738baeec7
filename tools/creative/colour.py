"""Colours: mixing, contrast (WCAG 2.2), distance, and the words merchants use for them.

A colour is an (r, g, b) tuple of 0..255. Palettes are data (`looks.toml`); which one a picture takes is decided in
`scene`.
"""

from __future__ import annotations

import math
import re
from functools import cache
from importlib.resources import files
from typing import Any

RGB = tuple[int, int, int]

WHITE: RGB = (255, 255, 255)
BLACK: RGB = (0, 0, 0)


@cache
def looks() -> dict[str, Any]:
    """The data of `looks.toml`: palettes, colour words, tastes by tone, category and occasion."""
    import tomllib

    return tomllib.loads((files(__spec__.parent) / "looks.toml").read_text("utf-8"))


def parse(text: str) -> RGB:
    """Read ``#rrggbb``; ValueError for anything else.

    Example:
        >>> parse("#2f5bd7")
        (47, 91, 215)
    """
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise ValueError(f"not a colour: {text!r}")
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def mix(one: RGB, other: RGB, share: float) -> RGB:
    """Go from `one` (share 0) to `other` (share 1)."""
    r, g, b = (round(x + (y - x) * share) for x, y in zip(one, other, strict=True))
    return r, g, b


def luminance(colour: RGB) -> float:
    """Relative luminance, 0..1 (WCAG 2.2)."""
    parts = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: RGB, other: RGB) -> float:
    """Contrast ratio, 1..21 (WCAG 2.2).

    Example:
        >>> round(contrast(WHITE, BLACK))
        21
    """
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def distance(one: RGB, other: RGB) -> float:
    """How different two colours look, 0..about 765: the weighted RGB distance of Riemersma ("redmean")."""
    mean = (one[0] + other[0]) / 2
    r, g, b = (x - y for x, y in zip(one, other, strict=True))
    return math.sqrt((2 + mean / 256) * r * r + 4 * g * g + (2 + (255 - mean) / 256) * b * b)


def readable(ground: RGB, ink: RGB, least: float = 4.5) -> RGB:
    """Return `ink`, moved toward black or white until its contrast on `ground` is at least `least`."""
    goal = BLACK if contrast(ground, BLACK) > contrast(ground, WHITE) else WHITE
    for step in range(11):
        candidate = mix(ink, goal, step / 10)
        if contrast(ground, candidate) >= least:
            return candidate
    return goal


def named(words: str) -> RGB | None:
    """Return the colour that `words` name (longest name wins), in Chinese or English; None when there is none.

    Example:
        >>> named("雾蓝 mist blue") == named("雾蓝")
        True
    """
    plain = words.casefold()
    best: tuple[int, RGB] | None = None
    for name, value in looks()["colour_words"].items():
        found = re.search(rf"(?<![a-z]){re.escape(name)}(?![a-z])", plain) if name.isascii() else name in plain
        if found and (best is None or len(name) > best[0]):
            best = (len(name), parse(value))
    return best[1] if best else None
