"""The compositor: scene, product, words, button and label become one exact picture, and it passes the gate or is refused.

Generators only paint the ground; price, words and product are placed here. A picture that cannot carry its words legibly
first loses its sub-line, then the brand; headline, price, button and label never. Public names: `compose`, `Design`,
`Banner`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from ...data.errors import AdwrightError
from ...data.words import both
from .art import NEUTRAL, draw_product, drawings
from .brand import Brand, around, branded
from .canvas import Canvas
from .colour import RGB, WHITE, luminance, mix, parse
from .design import Design
from .fonts import missing, require
from .gate import GateCheck, examine
from .layouts import LAYOUTS, Box, Insets, Name, Plan, layouts, plan, shape_of
from .pieces import Piece
from .provenance import encode
from .scene import Palette, choose_palette
from .seal import seal
from .setting import lay_words
from .stage import Staged, label_box, set_stage, vivid
from .styles import style_of
from .whole_photo import for_photo

_SALES = {"double8", "double9", "double10", "double11", "double12", "618", "black_friday", "cyber_monday", "boxing_day"}


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
    creative: Design,
    size: tuple[int, int],
    layout: str = "auto",
    brand: Brand | str | None = None,
    seed: int = 0,
    *,
    max_kb: int | None = None,
    safe: Insets | None = None,
) -> Banner:
    """Make one picture of exactly `size` px, at most `max_kb` kB; with ``auto`` the first fitting layout in a seeded order.

    `brand` is a kit (`brand_kit`) or a name; `safe` are the parts (top, right, bottom, left) that a platform draws over.
    Raises `AdwrightError`: ``bad-size``, ``unknown-layout``, ``layout-needs`` (what the layout shows is not in the
    design, or it cannot show a photograph whole), ``missing-glyph``, ``picture-refused`` (with the reasons) when no layout passes the gate.

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
    kit = brand if isinstance(brand, Brand) else Brand(name=brand) if brand else None
    design = drawable(creative, kit)
    if layout != "auto":
        _check_needs(design, layout)
    names = _order(design, size, seed) if layout == "auto" else [layout]
    reasons: list[GateCheck] = []
    for name in names:
        for dropped in _drops(design):
            banner = _attempt(dropped, size, name, seed, max_kb, kit, safe)
            if banner and banner.passed:
                return banner
            if banner:
                reasons += [c for c in banner.gate if not c.passed]
        if sum(c.id == "weight" for c in reasons) >= 2:
            # A file that is too heavy at the lowest quality will be so in any layout.
            break
    seen = list({c.id: c for c in reasons}.values())[:3]
    raise AdwrightError(
        both(
            f"{size[0]}x{size[1]} 放不下这些文字，没有出图{'：' + '；'.join(c.reason.zh for c in seen) if seen else ''}。",
            f"These words do not fit {size[0]}x{size[1]}, no picture was made{': ' + '; '.join(c.reason.en for c in seen) if seen else ''}.",
        ),
        both("请缩短标题或按钮文字，或换一个更大的尺寸。", "Shorten the headline or button text, or choose a larger size."),
        code="picture-refused",
    )


_NEEDS = {
    "price": both("价格或优惠", "a price or an offer"),
    "brand": both("品牌名", "a brand name"),
    "facts": both("至少两条产品事实", "at least two facts of the product"),
    "figures": both("至少两条带数字的产品事实", "at least two facts with a number"),
    "quote": both("顾客的原话", "a customer's own words"),
    "rows": both("至少三行的对比（首行为列名）", "a comparison of at least three rows, the first naming the columns"),
    "occasion": both("节日", "an occasion"),
}


def _check_needs(design: Design, layout: str) -> None:
    if design.uncut is not None and not layouts()[layout].frames:
        able = [one.name for one in layouts().values() if one.frames]
        raise AdwrightError(
            both(f"“{layouts()[layout].name.zh}”版式要用抠好的商品图，放不下整幅照片。", f"The layout “{layouts()[layout].name.en}” shows a product cut out, not a whole photo."),
            both(f"整幅照片可用：{'、'.join(name.zh for name in able)}。", f"For a whole photo choose from: {', '.join(name.en for name in able)}."),
            code="layout-needs",
        )  # fmt: skip
    lacking = [need for need in layouts()[layout].needs if not design.brings(need)]
    if lacking:
        name = layouts()[layout].name
        raise AdwrightError(
            both(f"“{name.zh}”版式需要{_NEEDS[lacking[0]].zh}。", f"The layout “{name.en}” needs {_NEEDS[lacking[0]].en}."),
            both("请补上，或选“auto”由系统挑版式。", "Add it, or choose “auto” and a layout will be picked."),
            code="layout-needs",
        )


def drawable(design: Design, brand: Brand | None = None) -> Design:
    """Return the design with every text ready to draw. Raises `AdwrightError` (``missing-glyph``)."""
    if brand:
        design = replace(design, brand=brand.name or design.brand, logo=brand.logo, fonts=brand.fonts, tone=design.tone or brand.tone)
    texts = {name: require(getattr(design, name)) for name in ("headline", "subline", "cta", "price", "brand", "offer", "quote", "author")}
    return replace(
        design,
        **texts,
        facts=tuple(require(fact) for fact in design.facts if not missing(fact)),
        rows=tuple(tuple(require(cell) for cell in row) for row in design.rows),
    )


def _order(design: Design, size: tuple[int, int], seed: int) -> list[Name]:
    """The layouts that the design can fill, those of its tone first, in an order that the seed turns."""
    able = [one for one in layouts().values() if all(design.brings(need) for need in one.needs) and (design.uncut is None or one.frames)]
    first: list[Name] = [one.id for one in able if (design.tone or "") in one.tones]
    rng = random.Random(f"{seed}|{shape_of(size)}|{design.tone}")
    rest = [one.id for one in able if one.id not in first]
    rng.shuffle(rest)
    if first:
        turn = seed % len(first)
        first = first[turn:] + first[:turn]
    lead: list[Name] = []
    if design.quote:
        lead.append("testimonial")
    if design.rows and "compare" in (one.id for one in able):
        lead.append("compare")
    if design.occasion:
        sale = ["burst", "ticket"] if design.occasion in _SALES and design.brings("price") else []
        turns = ["festival", *sale, ""]
        lead += [turn for turn in [turns[seed % len(turns)]] if turn]
    elif design.offer:
        # A star and a coupon shout the offer; where the merchant chose a look its own layouts come first, with the offer as a tag.
        turns = ["", "burst", "ticket"] if first else ["burst", "ticket", ""]
        lead += [turn for turn in [turns[seed % 3]] if turn]
    return [name for name in dict.fromkeys([*lead, *first, *rest]) if design.uncut is None or layouts()[name].frames]


def _drops(design: Design) -> list[Design]:
    steps = [design]
    if design.subline and not design.quote:
        steps.append(replace(design, subline=""))
    if design.brand or design.logo:
        steps.append(replace(design, subline="", brand="", logo=None))
    return steps


@dataclass(frozen=True)
class Layers:
    """A picture before its words are written: its places, colours, ground with product, its outline, and the texts as set."""

    plan: Plan
    palette: Palette
    ground: Image.Image
    product: Box
    outline: Image.Image
    pieces: list[Piece]
    staged: Staged


def layers(
    design: Design,
    size: tuple[int, int],
    name: Name,
    seed: int,
    brand: Brand | None = None,
    safe: Insets | None = None,
    apart: bool = False,
) -> Layers | None:
    """Lay out a design; None when its words do not fit, or its whole photo. Text must be ready to draw (see `compose`). `apart` is for films."""
    spot = plan(name, size, mirrored=seed % 3 == 1, safe=safe, market=design.market, tall=_tall(design, name))
    if design.uncut is not None:
        if not spot.layout.frames:
            return None
        spot = for_photo(spot)
    pieces = lay_words(design, spot)
    if pieces is None:
        return None
    colours, colour = _colours(design, seed, brand, spot)
    staged = set_stage(spot, colours, design, colour, pieces, seed, apart)
    if spot.seal and design.brings("price"):
        taken = [p.pill or Box(p.x, p.y, p.setting.width, p.setting.height) for p in pieces]
        badge = seal(design, spot, staged.product, staged.mask, [*taken, label_box(spot)])
        if badge is None:
            return None
        pieces = [*pieces, badge]
    return Layers(spot, colours, staged.picture, staged.product, staged.mask, pieces, staged)


def _tall(design: Design, layout: Name) -> bool:
    """Whether the product stands better beside the words than above or below them."""
    if design.uncut is not None:
        return False
    art = design.photo or draw_product(design.kind, design.colour or _own_colour(design))
    return art.height > (0.9 if layouts()[layout].facts == "ticks" else 1.4) * art.width


def _colours(design: Design, seed: int, brand: Brand | None, spot: Plan) -> tuple[Palette, RGB]:
    """The palette of the picture, and the colour of the drawn product."""
    colour = design.colour or _own_colour(design)
    known = colour if (design.kind != NEUTRAL or design.photo is not None) and design.uncut is None else None
    if brand and brand.colours:
        colours = branded(brand.colours)
    elif design.style and style_of(design.style).palettes:
        colours = choose_palette(None, design.category, None, known, seed, style_of(design.style).palettes)
    elif design.ground is not None:
        colours = _beside(design.ground)
    elif (design.photo or design.uncut) is not None and design.colour and not (design.tone or design.occasion):
        colours = around(design.colour)
    else:
        colours = choose_palette(design.tone, design.category, design.occasion, known, seed)
    if design.kind == NEUTRAL and design.photo is None and design.uncut is None:
        colour = colours.accent if not colours.dark else mix(colours.accent, WHITE, 0.1)
        known = colour
    # The palettes of a style are strong already.
    turned = spot.layout.vivid and not (design.style and style_of(design.style).palettes)
    return (vivid(colours, known) if turned else colours), colour


def _beside(ground: Image.Image) -> Palette:
    """A palette of a finished ground's own hue: deep on a dark ground, pale on a light one."""
    r, g, b = (round(band.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))) for band in ground.convert("RGB").split())  # type: ignore[arg-type]
    # `around` gives a pale colour a deep ground, and the other way round.
    return around(mix((r, g, b), WHITE, 0.82) if luminance((r, g, b)) < 0.22 else (r, g, b))


def _attempt(
    design: Design, size: tuple[int, int], name: Name, seed: int, max_kb: int | None, brand: Brand | None, safe: Insets | None
) -> Banner | None:
    """Lay out and paint once; None when the words do not fit their boxes."""
    found = layers(design, size, name, seed, brand, safe)
    if found is None:
        return None
    picture = found.ground
    canvas = Canvas(picture, found.palette, found.plan)
    for piece in found.pieces:
        canvas.back(piece)
        if piece.kind == "logo" and design.logo is not None:
            canvas.place_logo(piece, design.logo)
    before = picture.copy()
    for piece in found.pieces:
        canvas.write(piece, before)
    canvas.write_label(design.language, before)
    content, suffix, final = encode(picture, max_kb)
    wanted = _wanted(design, found.plan)
    gate = examine(
        found.plan,
        canvas.blocks,
        before,
        final,
        found.product,
        found.outline,
        len(content),
        max_kb,
        wanted,
        found.staged.frame,
        found.staged.enlarged,
    )
    return Banner(final, content, suffix, gate, name, found.palette.name, found.product)


def _wanted(design: Design, spot: Plan) -> set[str]:
    wanted = {"headline", "cta", "label"}
    if spot.shape != "strip":
        torn = spot.layout.price == "ticket" and not design.price
        wanted |= {"offer"} if design.offer and not torn else set()
        wanted |= {"price"} if design.price else set()
    return wanted


def _own_colour(design: Design) -> RGB:
    usual = drawings()[design.kind]["colour"]
    return parse(usual) if usual else (150, 150, 150)
