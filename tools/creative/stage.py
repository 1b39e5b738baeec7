"""The stage: ground, panels, tickets and tiles, and the product on it with its shadow.

The product is drawn or is the merchant's own cut-out; its pixels are only scaled, turned and lit from outside, never
repainted. It stands where the words leave room, as large as fits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import cast

import numpy as np
from PIL import Image

from .art import draw_product
from .brush import ellipse, faded, fill, paint, polygon, rounded, shadow
from .colour import BLACK, RGB, WHITE, contrast, distance, luminance, mix
from .design import Design
from .layouts import Box, Plan
from .pieces import Piece
from .scene import Palette, SceneKind, paint_scene, plinth_size
from .scenery import given
from .styles import restyle, style_of
from .whole_photo import close_up, frame_of, framed

_PLINTHS = ("podium", "arch")


@dataclass(frozen=True)
class Staged:
    """The ground with the product: the picture, the product's place, and its outline as a mask at that place.

    `frame` is where a photograph stands that is shown whole, and `enlarged` how far. For films also the parts: the `bare` ground, the ground with the product's shadow (`shaded`), and the product (`art`, RGBA).
    """

    picture: Image.Image
    product: Box
    mask: Image.Image
    bare: Image.Image | None = None
    shaded: Image.Image | None = None
    art: Image.Image | None = None
    frame: Box | None = None
    enlarged: float = 1.0


def vivid(colours: Palette, product: RGB | None) -> Palette:
    """The palette turned: its accent becomes the ground. Unchanged where the product would melt into it."""
    if colours.dark or contrast(colours.accent, colours.on) < 4.5:
        return colours
    if product is not None and distance(product, colours.accent) < 130:
        return colours
    ground, on = colours.accent, colours.on
    return replace(
        colours,
        ground=mix(ground, WHITE, 0.06),
        ground2=mix(ground, BLACK, 0.2),
        ink=on,
        soft=mix(on, ground, 0.1),
        accent=on,
        on=mix(ground, BLACK, 0.12),
        deco=mix(ground, WHITE, 0.22),
    )


def panel_colour(colours: Palette) -> RGB:
    """The field behind the words of a split picture or a collage."""
    return colours.accent if not colours.dark else colours.deco


def set_stage(spot: Plan, colours: Palette, design: Design, colour: RGB, pieces: list[Piece], seed: int, apart: bool = False) -> Staged:
    """Paint ground and product for words that are already set; `apart` keeps the parts as well."""
    region = _region(spot, pieces)
    if design.uncut is not None and design.part is not None:
        return _photo_stage(spot, colours, design, design.uncut, design.part, region, pieces, seed)
    if spot.seal:
        # The star takes the upper right corner.
        down = round(region.h * 0.16) if spot.shape == "cover" else 0
        region = Box(region.x, region.y + down, round(region.w * (0.84 if spot.shape != "wide" else 0.82)), region.h - down)
    scene_kind = spot.layout.scene
    style = style_of(design.style) if design.style else None
    if design.scene:
        scene_kind = cast(SceneKind, design.scene)
    elif style:
        scene_kind = cast(SceneKind, style.scene.get(scene_kind, scene_kind))
    if spot.shape in ("strip", "tower") and scene_kind in ("arch", "window", "night", "podium"):
        scene_kind = "plain" if spot.shape == "strip" else "studio"
    if spot.layout.motifs and colours.dark:
        scene_kind = "rays" if spot.shape != "strip" and design.occasion not in _CALM else "plain"
    plinth = scene_kind in _PLINTHS
    art = _art(design, colour, region, spot, plinth)
    place = _place(art, region, spot, plinth)
    foot = _foot(art)
    words = [*_word_boxes(pieces), label_box(spot).edges]
    if design.ground is not None:
        picture = given(design.ground, spot.size, colours, words)
    elif spot.tiles:
        picture = _collage(spot, colours, design, colour, place, seed)
    else:
        picture = paint_scene(
            spot.size,
            colours,
            scene_kind,
            seed=seed,
            stand=(place.x, place.y, place.w, foot[2]),
            occasion=design.occasion,
            clear=words,
            motifs=spot.layout.motifs,
        )
    if style:
        picture = restyle(picture, style, seed=seed, shade=mix(colours.ground2, colours.deco, 0.55), clear=words)
    if spot.panel:
        picture.paste(panel_colour(colours), spot.panel.edges)
    if spot.card and spot.shape not in ("strip", "tower"):
        _ticket(picture, spot, colours, pieces)
    bare = picture.copy() if apart else None
    _ground_shadow(
        picture,
        art,
        place,
        foot,
        colours.dark,
        floating=scene_kind in ("rays", "sun", "slant", "blocks", "plain", "mesh", "gan") or bool(spot.tiles),
    )
    shaded = picture.copy() if apart else None
    picture.paste(art, (place.x, place.y), art)
    return Staged(picture, place, art.getchannel("A"), bare, shaded, art)


def _photo_stage(
    spot: Plan,
    colours: Palette,
    design: Design,
    photo: Image.Image,
    part: tuple[int, int, int, int],
    region: Box,
    pieces: list[Piece],
    seed: int,
) -> Staged:
    """A photograph in its frame, everything else plain: no style touches it and no word stands on it."""
    frame = frame_of(spot, region)
    picture = paint_scene(spot.size, colours, "plain", seed=seed, clear=_word_boxes(pieces))
    if design.style:
        picture = restyle(picture, style_of(design.style), seed=seed, clear=_word_boxes(pieces))
    if spot.tiles:
        picture = _collage(spot, colours, design, BLACK, frame, seed)
    shown = Box(frame.x, max(frame.y, spot.product.y), frame.w, 1)
    shown = replace(shown, h=max(1, min(frame.bottom, spot.product.bottom) - shown.y))
    # On a cover a platform's caption lies over the lower part: what matters stands in the middle of what is left.
    filled, place, enlarged = framed(photo, part, (frame.w, frame.h), (frame.w / 2, shown.y - frame.y + shown.h / 2))
    if spot.tiles:
        _paste_tile(picture, filled, frame)
    else:
        picture.paste(filled, (frame.x, frame.y))
    if spot.panel and spot.shape != "strip":
        picture.paste(panel_colour(colours), spot.panel.edges)
    place = Box(place.x + frame.x, place.y + frame.y, place.w, place.h)
    mask = Image.new("L", (place.w, place.h), 255)
    return Staged(picture, place, mask, picture, picture, Image.new("RGBA", (1, 1)), frame, enlarged)


_CALM = {
    "valentines",
    "mothers_day",
    "mothering_sunday",
    "womens_day",
    "520",
    "qixi",
    "mid_autumn",
    "dragon_boat",
    "christmas",
    "christmas_eve",
}


def label_box(spot: Plan) -> Box:
    """The corner that the AI label takes."""
    x, bottom, side = spot.label
    wide = round(spot.label_px * 4.2) if spot.label_px > 9 or spot.size[0] > 400 else 60
    return Box(x - wide if side == "right" else x, bottom - round(spot.label_px * 1.1), wide, round(spot.label_px * 1.25))


def _word_boxes(pieces: list[Piece]) -> list[tuple[int, int, int, int]]:
    boxes = []
    for piece in pieces:
        if piece.kind in ("bar", "mark"):
            continue
        box = Box(piece.x, piece.y, piece.setting.width, piece.setting.height)
        boxes.append(box.edges)
        if piece.pill:
            boxes.append(piece.pill.edges)
    return boxes


def _region(spot: Plan, pieces: list[Piece]) -> Box:
    """What the words leave of the product's region."""
    region, gap = spot.product, spot.gap * 2
    apart = [p for p in pieces if p.kind != "brand" and not (spot.row and p.kind in ("price", "cta") and p.mark != "seal")]
    tops = [min(p.y, p.pill.y if p.pill else p.y) for p in apart]
    ends = [max(p.y + p.setting.height, p.pill.bottom if p.pill else 0) for p in apart]
    if spot.flow == "below" and ends:
        top = max(region.y, max(ends) + gap)
        return Box(region.x, top, region.w, max(8, region.bottom - top))
    if spot.flow == "above" and tops:
        return Box(region.x, region.y, region.w, max(8, min(tops) - gap - region.y))
    return region


def _art(design: Design, colour: RGB, region: Box, spot: Plan, plinth: bool) -> Image.Image:
    w, h = region.w, region.h
    if plinth:
        # The plinth is wider than the product and needs its own height.
        w = round(w / 1.26)
        h = round(h - sum(plinth_size(w * 0.9, min(spot.size))) * 0.9)
    wide = spot.shape == "wide"
    w, h = round(w * (0.97 if wide else 0.94) * spot.layout.scale), round(h * (0.9 if wide else 0.96) * spot.layout.scale)
    tilt = spot.layout.tilt if spot.shape not in ("strip", "tower") else 0.0
    if design.photo is not None:
        return _scaled(design.photo if not tilt else design.photo.rotate(tilt, Image.Resampling.BICUBIC, expand=True), max(4, w), max(4, h))
    return _drawn(design.kind, colour, max(4, w), max(4, h), tilt)


@lru_cache(maxsize=64)
def _turned(kind: str, colour: RGB, tilt: float) -> Image.Image:
    """A drawing, turned, its colours premultiplied (RGBa): scaling needs them so, and this is done once for all sizes."""
    art = draw_product(kind, colour)
    if tilt:
        turned = art.rotate(tilt, Image.Resampling.BICUBIC, expand=True)
        art = turned.crop(turned.getchannel("A").getbbox())
    return art.convert("RGBa")


@lru_cache(maxsize=256)
def _drawn(kind: str, colour: RGB, w: int, h: int, tilt: float) -> Image.Image:
    return _scaled(_turned(kind, colour, tilt), w, h)


def _scaled(art: Image.Image, w: int, h: int) -> Image.Image:
    scale = min(w / art.width, h / art.height)
    size = max(1, round(art.width * scale)), max(1, round(art.height * scale))
    return art.resize(size, Image.Resampling.BICUBIC).convert("RGBA")


def _place(art: Image.Image, region: Box, spot: Plan, plinth: bool) -> Box:
    x = region.x + (region.w - art.width) // 2
    spare = region.h - art.height
    if plinth:
        ry, tall = plinth_size(art.width, min(spot.size))
        spare -= round(ry * 0.55 + tall)
    # Things on a floor stand low in their region; what floats hangs in its middle.
    low = {"podium": 0.72, "arch": 0.7, "studio": 0.62, "window": 0.62, "night": 0.62, "waves": 0.6}.get(spot.layout.scene, 0.5)
    if spot.shape in ("strip", "tower") or spot.tiles:
        low = 0.5
    if spot.flow == "above":
        low = max(low, 0.6)
    return Box(x, region.y + round(max(0, spare) * low), art.width, art.height)


def _foot(art: Image.Image) -> tuple[int, int, int]:
    """What a product stands on: left, right and lowest row of its solid part, px of the picture; light and steam do not count."""
    solid = np.asarray(art.getchannel("A").reduce(2)) > 190
    rows = np.flatnonzero(solid.any(axis=1))
    if not len(rows):
        return 0, art.width, art.height
    low = int(rows[-1])
    columns = np.flatnonzero(solid[max(0, low - max(1, (low - int(rows[0])) // 14)) : low + 1].any(axis=0))
    return int(columns[0]) * 2, int(columns[-1]) * 2 + 2, min(art.height, low * 2 + 2)


def _ground_shadow(picture: Image.Image, art: Image.Image, place: Box, foot: tuple[int, int, int], dark: bool, floating: bool) -> None:
    """A contact shadow on a floor; behind a floating product the soft shadow of its own outline."""
    if not floating:
        shade = BLACK if dark else (30, 24, 34)
        left, right, low = foot
        w, cx, y = max(6, right - left), place.x + (left + right) / 2, place.y + low
        shadow(picture, ellipse(cx + w * 0.02, y - w * 0.004, w * 0.54, max(2.0, w * 0.045)), w * 0.035, 0.4 if dark else 0.28, shade)
        shadow(picture, ellipse(cx, y - w * 0.006, w * 0.47, max(1.0, w * 0.014)), w * 0.01, 0.45 if dark else 0.34, shade)
        return
    import cv2

    step = 4 if min(art.size) > 48 else 1
    alpha = np.asarray(art.getchannel("A").reduce(step) if step > 1 else art.getchannel("A"))
    pad = max(3, round(max(art.size) * 0.09 / step))
    alpha = cv2.copyMakeBorder(alpha, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0)
    soft = cv2.GaussianBlur(alpha, (0, 0), max(0.6, pad * 0.36))
    large = cv2.resize(soft, None, fx=step, fy=step, interpolation=cv2.INTER_LINEAR)
    mask = faded(Image.fromarray(large), 0.5 if dark else 0.3)
    drop = round(max(art.size) * 0.035)
    paint(picture, mask, place.x - pad * step + drop // 3, place.y - pad * step + drop, BLACK if dark else (30, 24, 34))


def _ticket(picture: Image.Image, spot: Plan, colours: Palette, pieces: list[Piece]) -> None:
    """A coupon: round corners, a notch at either side and a dashed line where it would be torn."""
    card = spot.card
    assert card
    r = round(min(spot.size) * 0.028)
    row = spot.row.y if spot.row else min((p.y for p in pieces if p.kind in ("price", "cta")), default=card.bottom)
    tear = row - round(spot.margin * 0.5 if spot.row else spot.gap * 2)
    notch = round(min(spot.size) * 0.026)
    paper = (255, 252, 246) if not colours.dark else mix(colours.ink, colours.ground, 0.02)
    shadow(picture, rounded(card.x, card.y + r // 2, card.w, card.h, r), r * 0.9, 0.3)
    mask, x, y = polygon(rounded(card.x, card.y, card.w, card.h, r))
    for cx in (card.x, card.right):
        hole, hx, hy = polygon(ellipse(cx, tear, notch, notch))
        mask.paste(0, (hx - x, hy - y), hole)
    paint(picture, mask, x, y, paper)
    dash = max(3, round(notch * 0.55))
    at = card.x + notch * 1.8
    while at + dash < card.right - notch * 1.6:
        fill(
            picture,
            rounded(at, tear - 1, dash, max(1.5, dash * 0.16), 0),
            mix(paper, colours.on if luminance(colours.on) < 0.4 else colours.accent, 0.35),
        )
        at += dash * 1.9


def _collage(spot: Plan, colours: Palette, design: Design, colour: RGB, place: Box, seed: int) -> Image.Image:
    """Tiles: the words' field, the product's scene, a close look at it, and a pattern."""
    gutter = mix(colours.ground, WHITE, 0.75) if not colours.dark else mix(colours.ground, BLACK, 0.35)
    picture = Image.new("RGB", spot.size, gutter)
    for box, role in spot.tiles:
        if box.w < 4 or box.h < 4:
            continue
        if role == "accent":
            tile = Image.new("RGB", (box.w, box.h), panel_colour(colours))
        elif role == "scene" and design.uncut is None:
            stand = place.x - box.x, place.y - box.y, place.w, place.h
            tile = paint_scene((box.w, box.h), colours, "plain", seed=seed, stand=stand)
        elif role == "detail" and design.uncut is not None and design.part is not None:
            tile = close_up(design.uncut, design.part, (box.w, box.h))
        elif role == "detail":
            tile = Image.new("RGB", (box.w, box.h), mix(colours.ground2, colours.deco, 0.25))
            side = round(max(box.w, box.h) * 2.1)
            art = _scaled(design.photo, side, side) if design.photo is not None else _drawn(design.kind, colour, side, side, 0.0)
            tile.paste(art, (round(box.w * 0.5 - art.width * 0.7), round(box.h * 0.56 - art.height * 0.5)), art)
        else:
            tile = Image.new("RGB", (box.w, box.h), mix(colours.deco, colours.ground2, 0.2))
            _pattern(tile, colours, seed)
        _paste_tile(picture, tile, box)
    return picture


def _paste_tile(picture: Image.Image, tile: Image.Image, box: Box) -> None:
    mask, _, _ = polygon(rounded(0, 0, box.w, box.h, round(min(picture.size) * 0.022)))
    picture.paste(tile, (box.x, box.y), mask.crop((1, 1, box.w + 1, box.h + 1)))


def _pattern(tile: Image.Image, colours: Palette, seed: int) -> None:
    side = max(12.0, min(tile.size) / 2.0)
    shades = (colours.accent, mix(colours.accent, colours.ground, 0.55), colours.ground2)
    for row in range(round(tile.height / side + 0.5)):
        for column in range(round(tile.width / side + 0.5)):
            turn = ((row * 2 + column * 3 + seed) % 4) * 90
            corner = {0: (0, 0), 90: (side, 0), 180: (side, side), 270: (0, side)}[turn]
            x, y = column * side + corner[0], row * side + corner[1]
            fan = [(x, y), *ellipse(x, y, side * 0.94, side * 0.94, turn, turn + 90)]
            if -side < x - corner[0] < tile.width and -side < y - corner[1] < tile.height:
                mask, left, top = polygon(fan)
                paint(tile, mask, left, top, shades[(row + column + seed) % 3])
