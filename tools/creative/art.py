"""Product drawings: clean vector-like pictures of a product kind, in the product's colour.

The drawings are data (`art.toml`): layers of paths on a field of 100 x 100 units. This file reads them and paints them
with one light for all. A drawing stands for the kind of product; it never claims to show the merchant's own item.

A layer is ``OP COLOUR[>COLOUR2[@DEGREES]] [FLAGS] : PATH``. OP: `fill`, or `lineN` (N units wide). COLOUR: base, base+20
(lighter), base-20 (darker), ink, white, metal, glow, or #rrggbb. FLAGS: `in` (only inside what is drawn so far), `o50`
(opacity %), `b3` (blurred by 3 units), `twin` (mirrored as well). PATH: M L H V C Q Z, `E cx cy rx ry`, `R x y w h r`.
"""

from __future__ import annotations

import math
import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from .colour import BLACK, RGB, WHITE, luminance, mix, parse

SIDE = 1000
_UNIT = SIDE / 100
_ARGS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "Q": 4, "Z": 0, "E": 4, "R": 5}
Point = tuple[float, float]
# What stands for a product that has no drawing of its own: better nothing particular than the wrong thing.
NEUTRAL = "bag"


@cache
def drawings() -> dict[str, dict[str, str]]:
    """All drawings by kind: `layers`, `zh` and `en` (words that name the kind), `colour` (usual colour)."""
    return tomllib.loads((files(__spec__.parent) / "art.toml").read_text("utf-8"))


@lru_cache(maxsize=512)
def kind_of(name: str) -> str:
    """Return the drawing for a product name: the word nearest the end of the name wins, else a plain shopping bag.

    Example:
        >>> kind_of("云步 轻云3 跑鞋"), kind_of("garlic presses")
        ('shoe', 'bag')
    """
    plain = name.casefold()
    best = (-1, 0, "")
    for kind, row in drawings().items():
        for word in (w.strip() for w in f"{row['zh']},{row['en']}".split(",")):
            if not word:
                continue
            if word.isascii():
                ends = [m.end() for m in re.finditer(rf"(?<![a-z]){re.escape(word)}(?:s|es)?(?![a-z])", plain)]
            else:
                ends = [plain.rfind(word) + len(word)] if word in plain else []
            if ends:
                best = max(best, (ends[-1], len(word), kind))
    if best[2]:
        return best[2]
    return NEUTRAL


def _parse(path: str) -> list[list[Point]]:
    words = re.findall(r"[A-Z]|-?\d+(?:\.\d+)?", path)
    shapes: list[list[Point]] = []
    at, i = (0.0, 0.0), 0
    while i < len(words):
        op = words[i]
        values = [float(w) for w in words[i + 1 : i + 1 + _ARGS[op]]]
        i += 1 + _ARGS[op]
        if op == "M":
            shapes.append([(values[0], values[1])])
        elif op == "L":
            shapes[-1].append((values[0], values[1]))
        elif op == "H":
            shapes[-1].append((values[0], at[1]))
        elif op == "V":
            shapes[-1].append((at[0], values[0]))
        elif op in "CQ":
            ends = [at, *zip(values[::2], values[1::2], strict=True)]
            shapes[-1].extend(_bezier(ends, step / 24) for step in range(1, 25))
        elif op == "E":
            shapes.append(_ellipse(*values))
        elif op == "R":
            shapes.append(_rounded(*values))
        at = shapes[-1][-1]
    return shapes


def _bezier(points: list[Point], t: float) -> Point:
    while len(points) > 1:
        points = [((1 - t) * a[0] + t * b[0], (1 - t) * a[1] + t * b[1]) for a, b in pairwise(points)]
    return points[0]


def _ellipse(cx: float, cy: float, rx: float, ry: float) -> list[Point]:
    return [(cx + rx * math.cos(a / 48 * math.tau), cy + ry * math.sin(a / 48 * math.tau)) for a in range(49)]


def _rounded(x: float, y: float, w: float, h: float, r: float) -> list[Point]:
    corners = [(x + w - r, y + r, -90), (x + w - r, y + h - r, 0), (x + r, y + h - r, 90), (x + r, y + r, 180)]
    points = [
        (cx + r * math.cos(math.radians(a + s * 9)), cy + r * math.sin(math.radians(a + s * 9))) for cx, cy, a in corners for s in range(11)
    ]
    return [*points, points[0]]


def _mask(shapes: list[list[Point]], stroke: float) -> Image.Image:
    """A smooth-edged mask of filled or drawn shapes; strokes have round ends."""
    import cv2

    mask = np.zeros((SIDE, SIDE), np.uint8)
    for shape in shapes:
        points = np.array([[round(x * _UNIT * 16), round(y * _UNIT * 16)] for x, y in shape], np.int32)
        if stroke:
            cv2.polylines(mask, [points], False, 255, max(1, round(stroke * _UNIT)), cv2.LINE_AA, shift=4)
        else:
            cv2.fillPoly(mask, [points], 255, lineType=cv2.LINE_AA, shift=4)
    return Image.fromarray(mask)


def _colour(word: str, base: RGB) -> RGB:
    if word.startswith("#"):
        return parse(word)
    plain = {"base": base, "ink": (43, 46, 54), "white": (252, 252, 250), "metal": (196, 200, 206), "glow": (255, 240, 196)}
    found = re.fullmatch(r"([a-z]+)([+-]\d+)?", word)
    if not found:
        raise ValueError(f"not a colour of a drawing: {word!r}")
    colour, step = plain[found[1]], int(found[2] or 0)
    return mix(colour, WHITE if step > 0 else BLACK, abs(step) / 100)


def _ramp(one: RGB, two: RGB, degrees: float) -> Image.Image:
    """A linear gradient over the field; 0 degrees runs left to right, 90 top to bottom."""
    small = Image.new("RGB", (48, 48))
    dx, dy = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    low, high = min(0, dx) + min(0, dy), max(0, dx) + max(0, dy)
    small.putdata([mix(one, two, ((x / 47) * dx + (y / 47) * dy - low) / (high - low)) for y in range(48) for x in range(48)])
    return small.resize((SIDE, SIDE), Image.Resampling.BICUBIC)


@lru_cache(maxsize=64)
def draw_product(kind: str, base: RGB) -> Image.Image:
    """Paint one drawing, RGBA, cropped to what is drawn (about 1,000 px on the long side)."""
    # Pure white or black leaves no room for light and shade.
    if luminance(base) > 0.86:
        base = mix(base, (226, 228, 232), 0.55)
    if luminance(base) < 0.015:
        base = mix(base, (70, 74, 84), 0.55)
    picture = Image.new("RGB", (SIDE, SIDE), WHITE)
    alpha = Image.new("L", (SIDE, SIDE), 0)
    for layer in drawings()[kind]["layers"].strip().splitlines():
        style, path = layer.split(":", 1)
        op, colours, *flags = style.split()
        shapes = _parse(path)
        if "twin" in flags:
            shapes += [[(100 - x, y) for x, y in shape] for shape in shapes]
        mask = _mask(shapes, float(op[4:]) if op.startswith("line") else 0)
        for flag in flags:
            if flag[0] == "b" and flag[1:]:
                small = mask.reduce(4).filter(ImageFilter.GaussianBlur(float(flag[1:]) * _UNIT / 4))
                mask = small.resize((SIDE, SIDE), Image.Resampling.BILINEAR)
        for flag in flags:
            if flag[0] == "o" and flag[1:].isdigit():
                strength = int(flag[1:]) / 100
                mask = mask.point(lambda v, s=strength: int(v * s))
        if "in" in flags:
            mask = ImageChops.multiply(mask, alpha)
        ends, _, angle = colours.partition("@")
        first, _, second = ends.partition(">")
        ink = (
            _ramp(_colour(first, base), _colour(second, base), float(angle or 90))
            if second
            else Image.new("RGB", (SIDE, SIDE), _colour(first, base))
        )
        picture.paste(ink, mask=mask)
        if "in" not in flags:
            alpha = ImageChops.lighter(alpha, mask)
    picture.putalpha(alpha)
    return _lit(picture).crop(alpha.getbbox())


def _lit(picture: Image.Image) -> Image.Image:
    """One light from the upper left for all drawings: a soft sheen there, a soft shade at the lower right edge."""
    alpha = picture.getchannel("A")
    shift = round(2.2 * _UNIT)
    soft = alpha.reduce(4).filter(ImageFilter.GaussianBlur(2.2 * _UNIT / 4)).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    shade = ImageChops.multiply(ImageChops.invert(ImageChops.offset(soft, -shift, -shift)), alpha).point(lambda v: int(v * 0.30))
    sheen = ImageChops.multiply(ImageChops.invert(ImageChops.offset(soft, shift, shift)), alpha).point(lambda v: int(v * 0.34))
    lit = picture.convert("RGB")
    lit.paste(Image.new("RGB", lit.size, (14, 18, 34)), mask=shade)
    lit.paste(Image.new("RGB", lit.size, WHITE), mask=sheen)
    lit.putalpha(alpha)
    return lit
