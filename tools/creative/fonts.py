"""The two faces of every picture, and the promise that no letter is ever drawn as a box.

Only the fonts in `data/fonts` are used, so a picture is the same on every machine. Text with a character they lack is
refused (`AdwrightError`, code ``missing-glyph``). Not covered: emoji, right-to-left scripts.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from functools import cache, lru_cache
from importlib.resources import as_file, files
from typing import Literal

from PIL import ImageFont

from ...data.errors import AdwrightError
from ...data.words import both

Weight = Literal["Regular", "Bold"]
_FOLDER = f"{__name__.rsplit('.', 3)[0]}.data.fonts"
# The face draws “ ” ‘ ’ as full-width marks; between Latin letters the straight ones are right.
_LATIN_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"'})


@cache
def _ranges() -> tuple[list[int], list[int]]:
    raw = json.loads((files(_FOLDER) / "coverage.json").read_text("utf-8"))["ranges"]
    return [first for first, _ in raw], [last for _, last in raw]


@lru_cache(maxsize=8192)
def covers(letter: str) -> bool:
    """Whether both faces have this character."""
    first, last = _ranges()
    at = bisect_right(first, ord(letter)) - 1
    return at >= 0 and ord(letter) <= last[at]


def missing(text: str) -> list[str]:
    """Return the characters of `text` that cannot be drawn, each once, in order."""
    return list(dict.fromkeys(letter for letter in text if not covers(letter)))


def require(text: str) -> str:
    """Return `text` ready to draw; raise `AdwrightError` (``missing-glyph``) when a character cannot be drawn."""
    lost = missing(text)
    if lost:
        shown = " ".join(f"{letter} (U+{ord(letter):04X})" for letter in lost[:5])
        raise AdwrightError(
            both(f"图片字体里没有这些字符：{shown}。", f"The picture fonts lack these characters: {shown}."),
            both("请换一个常用字，或从文案里去掉表情符号。", "Use another word, or take emoji and rare characters out of the text."),
            code="missing-glyph",
        )
    return straight(text)


def straight(text: str) -> str:
    """Return `text` with straight quotes when it has no Chinese in it."""
    return text if any("\u3000" <= letter <= "\uffef" for letter in text) else text.translate(_LATIN_QUOTES)


@lru_cache(maxsize=256)
def face(weight: Weight, px: int) -> ImageFont.FreeTypeFont:
    """Return a face at `px` pixels per em."""
    with as_file(files(_FOLDER) / f"NotoSansCJKsc-{weight}.otf") as path:
        return ImageFont.truetype(str(path), px)


@lru_cache(maxsize=4096)
def width(text: str, weight: Weight, px: int) -> float:
    """Return the advance width of one line in pixels."""
    return face(weight, px).getlength(text)
