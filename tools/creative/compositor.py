"""The compositor: scene, product, words, button and label become one exact picture, and it passes the gate or is refused.

Generators only paint the ground; price, words and product are placed here. A picture that cannot carry its words legibly
first loses its sub-line, then the brand; headline, price, button and label never. Public names: `compose`, `Design`,
`Banner`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import cast

from PIL import Image

from ...data.errors import AdwrightError
from ...data.words import both
from .art import NEUTRAL, draw_product, drawings
from .canvas import Canvas
from .colour import RGB, WHITE, mix, parse
from .fonts import require
from .gate import GateCheck, examine
from .layouts import LAYOUTS, Box, Name, Plan, plan, shape_of
from .provenance import encode
from .scene import Palette, choose_palette, make_scene, soft_shadow
from .setting import Design, Piece, lay_words

# Layouts that suit a tone best come first; all others follow.
TASTE: dict[str, tuple[Name, ...]] = {
    "premium": ("minimal", "arch", "hero"),
    "elegant": ("arch", "minimal", "poster"),
    "minimal": ("minimal", "hero"),
    "bold": ("poster", "burst", "split"),
    "edgy": ("poster", "split", "burst"),
    "urgent": ("burst", "split"),
    "youthful": ("poster", "burst", "arch"),
    "playful": ("poster", "arch", "burst"),
    "professional": ("split", "minimal", "hero"),
    "formal": ("minimal", "hero", "split"),
    "festive": ("burst", "hero", "arch"),
    "warm": ("arch", "hero", "split"),
}


@dataclass(frozen=True)
class Banner:
    """A finished picture: `image`, the file's bytes and suffix, the gate's checks, the layout and palette used."""

    image: Image.Image
    content: bytes
    suffix: str
    gate: list[GateCheck]
    layout: str
    palette: str
    product: Box

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.gate)

    def save(self, path: str | Path) -> Path:
        """Write the file as it was checked."""
        target = Path(path)
        target.write_bytes(self.content)
        return target


def compose(
    creative: Design, size: tuple[int, int], layout: str = "auto", brand: str | None = None, seed: int = 0, *, max_kb: int | None = None
) -> Banner:
    """Make one picture of exactly `size` px, at most `max_kb` kB; with ``auto`` the first fitting layout in a seeded order.

    `brand` replaces the design's brand name. Raises `AdwrightError`: ``bad-size``, ``unknown-layout``,
    ``missing-glyph``, ``picture-refused`` (with the reasons) when no layout passes the gate.

    Example:
        >>> compose(Design("云步轻云3", "去看看"), (300, 250)).passed
        True
    """
    if not (100 <= size[0] <= 4096 and 40 <= size[1] <= 4096):
        raise AdwrightError(
            both(f"不能做 {size[0]}x{size[1]} 的图。", f"A picture of {size[0]}x{size[1]} cannot be made."),
            both("宽 100–4096、高 40–4096 像素之间都可以。", "Width 100-4096 and height 40-4096 px work."),
            code="bad-size",
        )
    if layout != "auto" and layout not in LAYOUTS:
        raise AdwrightError(
            both(f"没有“{layout[:30]}”这种版式。", f"There is no layout “{layout[:30]}”."),
            both(f"可选：{'、'.join(LAYOUTS)}。", f"Choose from: {', '.join(LAYOUTS)}."),
            code="unknown-layout",
        )
    design = drawable(creative, brand)
    names: list[Name] = _order(design, size, seed) if layout == "auto" else [cast(Name, layout)]
    reasons: list[GateCheck] = []
    for name in names:
        for dropped in _drops(design):
            banner = _attempt(dropped, size, name, seed, max_kb)
            if banner and banner.passed:
                return banner
            if banner:
                reasons += [c for c in banner.gate if not c.passed]
    seen = list({c.id: c for c in reasons}.values())[:3]
    raise AdwrightError(
        both(
            f"{size[0]}x{size[1]} 放不下这些文字，没有出图{'：' + '；'.join(c.reason.zh for c in seen) if seen else ''}。",
            f"These words do not fit {size[0]}x{size[1]}, no picture was made{': ' + '; '.join(c.reason.en for c in seen) if seen else ''}.",
        ),
        both("请缩短标题或按钮文字，或换一个更大的尺寸。", "Shorten the headline or button text, or choose a larger size."),
        code="picture-refused",
    )


def drawable(design: Design, brand: str | None = None) -> Design:
    """Return the design with every text ready to draw. Raises `AdwrightError` (``missing-glyph``)."""
    texts = {
        "headline": design.headline,
        "subline": design.subline,
        "cta": design.cta,
        "price": design.price,
        "brand": design.brand if brand is None else brand,
    }
    return replace(design, **{name: require(text) for name, text in texts.items()})


def _order(design: Design, size: tuple[int, int], seed: int) -> list[Name]:
    first: list[Name] = list(TASTE.get(design.tone or "", ()))
    if design.price and (design.occasion or "") in ("double11", "double12", "618", "black_friday", "cyber_monday", "boxing_day"):
        price_first: Name = "burst"
        first = [price_first, *(n for n in first if n != price_first)]
    rest: list[Name] = [n for n in LAYOUTS if n not in first]
    rng = random.Random(f"{seed}|{shape_of(size)}|{design.tone}")
    rng.shuffle(rest)
    if first:
        turn = seed % len(first)
        first = first[turn:] + first[:turn]
    return [n for n in (*first, *rest) if n != "burst" or design.price]


def _drops(design: Design) -> list[Design]:
    steps = [design]
    if design.subline:
        steps.append(replace(design, subline=""))
    if design.brand:
        steps.append(replace(design, subline="", brand=""))
    return steps


@dataclass(frozen=True)
class Layers:
    """A picture before its words are written: its places, colours, ground with product, and the texts as set."""

    plan: Plan
    palette: Palette
    ground: Image.Image
    product: Box
    pieces: list[Piece]


def layers(design: Design, size: tuple[int, int], name: Name, seed: int) -> Layers | None:
    """Lay out a design; None when its words do not fit. Text must be ready to draw (see `compose`)."""
    spot = plan(name, size, mirrored=seed % 3 == 1)
    colour = design.colour or _own_colour(design)
    colours = choose_palette(design.tone, design.category, design.occasion, colour if design.kind != NEUTRAL else None, seed)
    if design.kind == NEUTRAL:
        colour = colours.accent if not colours.dark else mix(colours.accent, WHITE, 0.1)
    laid = lay_words(design, spot)
    if laid is None:
        return None
    ground, product = _ground(spot, colours, design, colour, seed)
    return Layers(spot, colours, ground, product, laid)


def _attempt(design: Design, size: tuple[int, int], name: Name, seed: int, max_kb: int | None) -> Banner | None:
    """Lay out and paint once; None when the words do not fit their boxes."""
    found = layers(design, size, name, seed)
    if found is None:
        return None
    picture = found.ground
    canvas = Canvas(picture, found.palette, found.plan)
    for piece in found.pieces:
        canvas.back(piece)
    before = picture.copy()
    for piece in found.pieces:
        canvas.write(piece, before)
    canvas.write_label(design.language, before)
    content, suffix, final = encode(picture, max_kb)
    wanted = {"headline", "cta", "label"} | ({"price"} if design.price and found.plan.shape != "strip" else set())
    gate = examine(found.plan, canvas.blocks, before, final, found.product, len(content), max_kb, wanted)
    return Banner(final, content, suffix, gate, name, found.palette.name, found.product)


def _own_colour(design: Design) -> RGB:
    usual = drawings()[design.kind]["colour"]
    return parse(usual) if usual else (150, 150, 150)


@lru_cache(maxsize=128)
def _fitted(kind: str, colour: RGB, w: int, h: int) -> Image.Image:
    art = draw_product(kind, colour)
    scale = min(w / art.width, h / art.height)
    return art.resize((max(1, round(art.width * scale)), max(1, round(art.height * scale))), Image.Resampling.LANCZOS, reducing_gap=2.0)


def _ground(spot: Plan, colours: Palette, design: Design, colour: RGB, seed: int) -> tuple[Image.Image, Box]:
    """Scene, panel, shadow and product; returns the picture and where the product stands."""
    w, h = spot.size
    box = spot.product
    art = _fitted(design.kind, colour, box.w, box.h)
    x = box.x + (box.w - art.width) // 2
    # On a table things stand at the same line; flat drawings would hang in the air if they were only centred.
    y = box.y + (box.h - art.height) // (2 if spot.shape in ("strip", "tower") else 1)
    if spot.shape == "wide":
        y = min(y, box.y + round((box.h - art.height) * 0.72))
    place = Box(x, y, art.width, art.height)
    centre = (place.x + place.w / 2, place.y + place.h / 2)
    radius = max(place.w, place.h) / 2
    scene = make_scene(
        spot.size,
        colours,
        spot.scene,
        seed=seed,
        focus=(centre[0] / w, (place.bottom - radius) / h, radius / min(w, h)),
        occasion=design.occasion,
        clear=(spot.words.x, spot.words.y, spot.words.right, spot.words.bottom),
    )
    if spot.panel:
        panel = spot.panel
        scene.paste(Image.new("RGB", (panel.w, panel.h), _panel_colour(colours)), (panel.x, panel.y))
    shadow = soft_shadow(art, colours.dark)
    scene.paste(shadow, (round(centre[0] - shadow.width / 2), round(place.bottom - shadow.height * 0.56)), shadow)
    scene.paste(art, (place.x, place.y), art)
    return scene, place


def _panel_colour(colours: Palette) -> RGB:
    return colours.accent if not colours.dark else colours.deco
