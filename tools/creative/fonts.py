"""The two faces of every picture, and the promise that no letter is ever drawn as a box.

Only the fonts in `data/fonts` are used, so a picture is the same on every machine. Text with a character they lack is
refused (`AdwrightError`, code ``missing-glyph``). Not covered: emoji, right-to-left scripts.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from functools import cache, lru_cache
from importlib.resources import as_file, files
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from ...data.errors import AdwrightError
from ...data.words import both

Weight = str  # "Regular", "Bold", or either with the file of a brand's own face: "Bold@/path/to/face.ttf"
FontPair = tuple[str, str]
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
    if "@" in weight:
        return ImageFont.truetype(weight.partition("@")[2], px)
    with as_file(files(_FOLDER) / f"NotoSansCJKsc-{weight}.otf") as path:
        return ImageFont.truetype(str(path), px)


def own_fonts(regular: str | Path, bold: str | Path) -> FontPair:
    """Check that two files are fonts. Raises `AdwrightError` (``bad-font``)."""
    for path in (regular, bold):
        try:
            if Path(path).stat().st_size > 40_000_000:
                raise OSError("too large")
            ImageFont.truetype(str(path), 20)
        except OSError:
            raise AdwrightError(
                both(f"打不开字体文件“{Path(path).name[:40]}”。", f"“{Path(path).name[:40]}” is not a font that can be opened."),
                both("请给 TTF 或 OTF 文件。", "Give a TTF or OTF file."),
                code="bad-font",
            ) from None
    return str(regular), str(bold)


@lru_cache(maxsize=4096)
def dressed(text: str, weight: Weight, fonts: FontPair | None) -> Weight:
    """The brand's own face for `text` when it has every letter, else ours."""
    if fonts is None:
        return weight
    own = f"{weight}@{fonts[weight == 'Bold']}"
    blank = _drawn(own, "\U0010fffe")
    return weight if any(_drawn(own, letter) == blank for letter in set(text) - {" "}) else own


def _drawn(weight: Weight, letter: str) -> bytes:
    picture = Image.new("L", (48, 48))
    ImageDraw.Draw(picture).text((8, 8), letter, font=face(weight, 24), fill=255)
    return picture.tobytes()


@lru_cache(maxsize=4096)
def width(text: str, weight: Weight, px: int) -> float:
    """Return the advance width of one line in pixels."""
    return face(weight, px).getlength(text)


@lru_cache(maxsize=4096)
def bounds(text: str, weight: Weight, px: int) -> tuple[float, float, float, float]:
    """Return left, top, right, bottom of what one line inks, px from where it is drawn."""
    return face(weight, px).getbbox(text)
