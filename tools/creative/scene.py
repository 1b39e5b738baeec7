"""Scenes: the painted ground of a picture - soft gradients, paper shapes, light, particles of a season.

Everything is procedural and seeded; nothing in a scene claims anything. Colours come from a palette (`looks.toml`) that
suits tone, category, occasion and the product's colour. Words and product are placed by `compose`, never here.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

from .brush import Soft, ellipse, fill, fill_flat, shaded, shadow
from .colour import BLACK, RGB, WHITE, distance, looks, luminance, mix, parse
from .motifs import paint_motif, paint_particles

SceneKind = Literal[
    "plain", "mesh", "studio", "window", "podium", "arch", "sun", "rays", "waves", "blocks", "slant", "night", "hills", "tube", "gan"
]


@dataclass(frozen=True)
class Palette:
    """The colours of one picture; `ink` and `soft` are text on the ground, `on` is text on `accent`."""

    name: str
    ground: RGB
    ground2: RGB
    ink: RGB
    soft: RGB
    accent: RGB
    on: RGB
    deco: RGB

    @property
    def dark(self) -> bool:
        """Whether the ground is dark."""
        return luminance(self.ground) < 0.25


def palette(name: str) -> Palette:
    """Return a palette by name; KeyError when there is none."""
    return Palette(name=name, **{key: parse(value) for key, value in looks()["palette"][name].items()})


def choose_palette(
    tone: str | None, category: str, occasion: str | None, product: RGB | None, seed: int, prefer: Sequence[str] = ()
) -> Palette:
    """Choose a palette: of `prefer`, else the occasion's, the tone's, the category's; the product must stand out from it."""
    taste = looks()["taste"]
    names = (
        list(prefer)
        or taste["occasion"].get(occasion or "")
        or taste["tone"].get(tone or "")
        or taste["category"].get(category)
        or taste["category"]["other"]
    )
    order = [palette(names[(seed + i) % len(names)]) for i in range(len(names))]
    if product is None:
        return order[0]
    # A product that melts into the ground is the one thing no palette may do.
    apart = [p for p in order if min(distance(product, p.ground), distance(product, p.ground2)) > 110]
    return apart[0] if apart else max(order, key=lambda p: distance(product, mix(p.ground, p.ground2, 0.5)))


def paint_scene(
    size: tuple[int, int],
    colours: Palette,
    kind: SceneKind = "studio",
    *,
    seed: int = 0,
    stand: tuple[float, float, float, float] | None = None,
    occasion: str | None = None,
    clear: Sequence[tuple[int, int, int, int]] = (),
    motifs: bool = False,
) -> Image.Image:
    """Paint a ground of `size` px (RGB). `stand` is where the product will stand: left, top, width, height in px.

    `clear` are rectangles (left, upper, right, lower, px) that particles leave free; with `motifs` the occasion's own
    shapes (lanterns, firs, hearts, moon ...) are painted as well.

    Example:
        >>> paint_scene((320, 50), palette("mist"), "plain").size
        (320, 50)
    """
    rng = random.Random(f"{seed}|{kind}|{colours.name}")
    at = stand_at(size, stand, clear)
    scene = _KINDS[kind](size, colours, at, rng)
    clear = [*clear, (round(at.x - at.rx), round(2 * at.y - at.foot), round(at.x + at.rx), round(at.foot))]
    if motifs and occasion in looks()["motif"] and min(size) >= 90:
        paint_motif(scene, looks()["motif"][occasion], colours.ground2, colours.deco, colours.accent, rng, clear)
    elif (particles := looks()["particles"].get(occasion or "")) and min(size) >= 120:
        paint_particles(scene, particles, colours.ground, colours.accent, colours.dark, rng, clear)
    return scene


@dataclass(frozen=True)
class Stand:
    """Where the product stands, px: middle `x`, `y`, its `foot`, half its width `rx`, the radius `r` that holds it, how far
    `room` reaches from the middle before words begin, and the rectangles of words, `clear`."""

    x: float
    y: float
    foot: float
    rx: float
    r: float
    room: float
    clear: tuple[tuple[int, int, int, int], ...] = ()

    def radius(self, share: float) -> float:
        """`share` of the product's radius, but not into the words unless a shape would then be smaller than the product."""
        return min(self.r * share, max(self.r * 0.6, self.room * 0.96))


def stand_at(
    size: tuple[int, int], stand: tuple[float, float, float, float] | None = None, clear: Sequence[tuple[int, int, int, int]] = ()
) -> Stand:
    """Return where a product stands: as given (left, top, width, height), else in the lower middle."""
    width, height = size
    x, y, w, h = stand or (width * 0.3, height * 0.4, width * 0.4, height * 0.4)
    room = _room_around((x, y, x + w, y + h), size, clear)
    return Stand(x + w / 2, y + h / 2, y + h, max(4.0, w / 2), max(w, h) / 2, room, tuple(clear))


def _room_around(own: tuple[float, float, float, float], size: tuple[int, int], clear: Sequence[tuple[int, int, int, int]]) -> float:
    x, y = (own[0] + own[2]) / 2, (own[1] + own[3]) / 2
    gaps = [math.hypot(max(left - x, 0, x - right), max(top - y, 0, y - bottom)) for left, top, right, bottom in clear]
    return min([g for g in gaps if g > 0], default=math.hypot(*size))


def plinth_size(width: float, short: int) -> tuple[float, float]:
    """Half the height of a plinth's top and the height of its side, px, for a product `width` px wide."""
    rx = width * 0.62
    return min(rx * 0.15, short * 0.05), short * 0.06


def _glow(colours: Palette, share: float = 0.75) -> RGB:
    return mix(colours.ground, WHITE, share) if not colours.dark else mix(colours.ground, colours.deco, 0.95)


def _plain(size: tuple[int, int], colours: Palette, at: Stand, rng: random.Random) -> Image.Image:
    soft = Soft(size, colours.ground, mix(colours.ground, colours.ground2, 0.5))
    soft.pool((at.x, at.y), at.r * 1.9, _glow(colours, 0.5), 0.6)
    return soft.full()


def _mesh(size: tuple[int, int], colours: Palette, at: Stand, rng: random.Random) -> Image.Image:
    """Large soft clouds of the palette's colours; the lightest stands behind the product."""
    soft = Soft(size, colours.ground, mix(colours.ground, colours.ground2, 0.6), rng.choice((60, 90, 120)))
    shades = [mix(colours.ground2, colours.deco, 0.7), colours.ground2, mix(colours.ground, colours.deco, 0.5)]
    reach = math.hypot(*size)
    for i, shade in enumerate(shades):
        turn = math.tau * (i / 3 + rng.uniform(-0.06, 0.06)) + 0.8
        spot = size[0] * (0.5 + 0.52 * math.cos(turn)), size[1] * (0.5 + 0.52 * math.sin(turn))
        soft.pool(spot, reach * rng.uniform(0.42, 0.55), shade, 0.85)
    soft.pool((at.x, at.y), at.r * 1.7, _glow(colours), 0.7)
    return soft.full()


def _room(size: tuple[int, int], colours: Palette, at: Stand, line: float) -> Soft:
    """A wall and a floor, met by a soft horizon, with a pool of light behind the product."""
    soft = Soft(size, colours.ground, mix(colours.ground, colours.ground2, 0.75))
    soft.pool((at.x, at.y - at.r * 0.2), at.r * 2.1, _glow(colours), 0.8)
    if line < size[1]:
        floor = mix(colours.ground2, colours.deco, 0.42)
        mask = np.clip((soft.y - line) / max(2.0, min(size) * 0.01) + 0.5, 0, 1)
        depth = np.clip((soft.y - line) / max(1.0, size[1] - line), 0, 1)
        soft.blend(mask, mix(floor, colours.ground, 0.35))
        soft.blend(mask * depth, floor)
        soft.pool((at.x, at.foot), at.r * 1.7, _glow(colours), 0.4, flat=0.3)
    return soft


def _studio(size: tuple[int, int], colours: Palette, at: Stand, rng: random.Random) -> Image.Image:
    return _room(size, colours, at, at.foot - at.r * 0.16).full()


def _window(size: tuple[int, int], colours: Palette, at: Stand, rng: random.Random) -> Image.Image:
    """Morning light through a window, falling aslant on the wall, with the shadow of a branch."""
    soft = _room(size, colours, at, at.foot - at.r * 0.16)
    light = mix(colours.ground, WHITE, 0.85) if not colours.dark else mix(colours.ground, colours.accent, 0.3)
    short = min(size)
    w, h = short * 0.26, short * 0.34
    left, top = at.x - w * 1.3, at.y - h * 1.45
    for row in range(2):
        for column in range(2):
            x, y = left + column * w * 1.12 + row * w * 0.34, top + row * h * 1.1
            lean = w * 0.34
            soft.shape([(x, y), (x + w, y - h * 0.12), (x + w + lean, y + h * 0.88), (x + lean, y + h)], light, 0.6, short * 0.008)
    shade = mix(colours.ground2, colours.ink, 0.22)
    root = size[0] * rng.choice((0.02, 0.98)), size[1] * 0.08
    side = 1 if root[0] < size[0] / 2 else -1
    for i in range(9):
        a = math.radians(20 + i * 9 + rng.uniform(-5, 5))
        length, wide = short * rng.uniform(0.2, 0.34), short * 0.022
        tip = root[0] + side * math.cos(a) * length, root[1] + math.sin(a) * length
        bend = -math.sin(a) * wide * side, math.cos(a) * wide
        middle = (root[0] + tip[0]) / 2, (root[1] + tip[1]) / 2
        soft.shape(
            [root, (middle[0] + bend[0], middle[1] + bend[1]), tip, (middle[0] - bend[0], middle[1] - bend[1])], shade, 0.28, short * 0.01
        )
    return soft.full()


def _podium(size: tuple[int, int], colours: Palette, at: Stand, rng: random.Random) -> Image.Image:
    """A room with a round plinth under the product."""
    scene = _room(size, colours, at, at.foot - at.r * 0.1).full()
    _plinth(scene, colours, at, min(size))
    return scene


def _plinth(scene: Image.Image, colours: Palette, at: Stand, short: int) -> None:
    ry, tall = plinth_size(at.rx * 2, short)
    rx, y = at.rx * 1.24, at.foot - ry * 0.45
    body = mix(colours.ground2, colours.deco, 0.3) if not colours.dark else mix(colours.deco, colours.ground2, 0.1)
    top = mix(body, WHITE, 0.55 if not colours.dark else 0.14)
    shadow(scene, ellipse(at.x + rx * 0.06, y + tall + ry * 0.25, rx * 1.05, ry * 1.05), short * 0.016, 0.3)
    side = [(at.x - rx, y), *reversed(ellipse(at.x, y + tall, rx, ry, 0, 180)), (at.x + rx, y)]
    shaded(scene, side, mix(body, WHITE, 0.4 if not colours.dark else 0.1), mix(body, BLACK, 0.16))
    shaded(scene, ellipse(at.x, y, rx, ry), top, mix(top, body, 0.4))


def _arch(size: tuple[int, int], colours: Palette, at: Stand, rng: random.Random) -> Image.Image:
    """A round-headed niche in the wall behind the product, which stands on a plinth in it."""
    ry, tall = plinth_size(at.rx * 2, min(size))
    floor = at.foot + tall - ry * 0.6
    soft = Soft(size, colours.ground, mix(colours.ground, colours.ground2, 0.4))
    soft.blend(np.clip((soft.y - floor) / max(2.0, min(size) * 0.006) + 0.5, 0, 1), mix(colours.ground, colours.ground2, 0.85))
    scene = soft.full()
    r = min(at.rx * 1.42, size[0] * 0.46)
    top = max(at.foot - at.r * 2.6, at.y - at.room * 0.96) if at.room < at.r * 3 else at.foot - at.r * 2.5
    top = min(top, at.foot - at.r * 0.9)
    bow = min(r, (floor - top) * 0.72)
    inner = mix(colours.ground2, colours.deco, 0.75)
    light, gain = (WHITE, 1.0) if not colours.dark else (colours.accent, 0.34)
    niche = [(at.x + r, floor), (at.x - r, floor), *ellipse(at.x, top + bow, r, bow, 180, 360)]
    shaded(scene, niche, mix(inner, BLACK, 0.05), mix(inner, light, 0.3 * gain))
    lip = min(r, bow) * 0.07
    inset = [(at.x + r, floor), (at.x - r + lip, floor), *ellipse(at.x + lip / 2, top + bow, r - lip / 2, bow - lip, 180, 360)]
    shaded(scene, inset, mix(inner, light, 0.24 * gain), inner)
    _plinth(scene, colours, at, min(size))
    return scene


def _sun(size: tuple[int, int], colours: Palette, at: Stand, rng: random.Random) -> Image.Image:
    """One large disc behind the product, shading into the ground."""
    scene = Soft(size, colours.ground, mix(colours.ground, colours.ground2, 0.6)).full()
    r = at.radius(1.22)
    disc = mix(colours.deco, colours.accent, 0.12) if not colours.dark else mix(colours.deco, WHITE, 0.14)
    shaded(scene, ellipse(at.x, at.y, r, r), disc, mix(disc, colours.ground2, 0.72), across=False)
    side = rng.choice((-1, 1))
    small = r * 0.2
    shaded(
        scene,
        ellipse(at.x + side * r * 0.98, at.y - r * 0.62, small, small),
        colours.accent,
        mix(colours.accent, colours.deco, 0.55),
        across=False,
    )
    return scene


def _rays(size: tuple[int, int], colours: Palette, at: Stand, rng: random.Random) -> Image.Image:
    """Broad rays from behind the product."""
    scene = Soft(size, colours.ground, mix(colours.ground, colours.ground2, 0.7)).pixels()
    reach = math.hypot(*size)
    rays = []
    for i in range(14):
        a = math.tau * i / 14 + 0.1
        b = a + math.tau / 28
        tips = [(at.x, at.y), *((at.x + reach * math.cos(t), at.y + reach * math.sin(t)) for t in (a, b))]
        rays.append(_clipped(tips, size))
    fill_flat(scene, rays, mix(colours.ground, colours.deco, 0.38))
    r = at.radius(1.14)
    fill_flat(scene, [ellipse(at.x, at.y, r, r)], mix(colours.ground, colours.deco, 0.6))
    light = mix(colours.ground, WHITE, 0.6) if not colours.dark else mix(colours.ground, colours.deco, 0.25)
    fill_flat(scene, [ellipse(at.x, at.y, r * 0.94, r * 0.94)], light)
    return Image.fromarray(scene)


def _clipped(points: list[tuple[float, float]], size: tuple[int, int]) -> list[tuple[float, float]]:
    """Cut a polygon to the picture (Sutherland-Hodgman), so that its mask is no larger than it has to be."""
    for axis, limit, keep in ((0, 0.0, 1), (0, float(size[0]), -1), (1, 0.0, 1), (1, float(size[1]), -1)):
        out: list[tuple[float, float]] = []
        for one, two in zip(points, [*points[1:], points[0]], strict=True):
            a, b = keep * (one[axis] - limit), keep * (two[axis] - limit)
            if a >= 0:
                out.append(one)
            if (a >= 0) != (b >= 0):
                t = a / (a - b)
                out.append((one[0] + (two[0] - one[0]) * t, one[1] + (two[1] - one[1]) * t))
        points = out
        if not points:
            return [(0.0, 0.0), (0.0, 0.0), (0.0, 0.0)]
    return points


def _waves(size: tuple[int, int], colours: Palette, at: Stand, rng: random.Random) -> Image.Image:
    """Sheets of cut paper, laid over each other in waves."""
    width, height = size
    soft = Soft(size, colours.ground, mix(colours.ground, colours.ground2, 0.5))
    soft.pool((at.x, at.y), at.r * 1.8, _glow(colours), 0.7)
    scene = soft.full()
    level = at.foot - at.r * 0.34
    for i, share in enumerate((0.3, 0.62, 0.95)):
        y = level + (height - level) * (i * 0.27)
        swing, phase, waves = min(size) * 0.028, rng.uniform(0, math.tau), rng.uniform(0.7, 1.1)
        crest = [(width * t / 40, y + swing * math.sin(phase + math.tau * waves * t / 40)) for t in range(41)]
        sheet = [*crest, (width, height), (0, height)]
        shadow(scene, sheet, min(size) * 0.012, 0.16)
        fill(scene, sheet, mix(colours.ground2, colours.deco, share))
    return scene


def _blocks(size: tuple[int, int], colours: Palette, at: Stand, rng: random.Random) -> Image.Image:
    """Quarter circles and bars at the edges, in the manner of a Bauhaus poster."""
    width, height = size
    scene = Soft(size, colours.ground, mix(colours.ground, colours.ground2, 0.25)).pixels()
    r, side = at.radius(1.12), min(size) * 0.2
    turn = rng.choice((-1, 1)) if width <= height * 1.25 else (1 if at.x > width / 2 else -1)
    edge, away = (0.0, width) if turn > 0 else (float(width), 0.0)
    low = at.y + at.r * 0.3
    if width <= height * 1.25:
        start = -90 if edge == 0 else 90
        fill_flat(scene, [ellipse(edge, low, side, side, start, start + 180)], mix(colours.deco, colours.ground2, 0.1))
        fill_flat(scene, [ellipse(edge, low, side * 0.55, side * 0.55, start, start + 180)], colours.accent)
    fill_flat(scene, [ellipse(at.x, at.y, r, r)], mix(colours.ground2, colours.deco, 0.4))
    back = 90 if away else -90
    fill_flat(
        scene, [ellipse(away, at.y - at.r * 0.35, side * 0.5, side * 0.5, back, back + 180)], mix(colours.accent, colours.ground, 0.25)
    )
    return Image.fromarray(scene)


def _slant(size: tuple[int, int], colours: Palette, at: Stand, rng: random.Random) -> Image.Image:
    """A broad slanting band of colour behind the product."""
    scene = Soft(size, colours.ground, mix(colours.ground, colours.ground2, 0.5)).pixels()
    reach, a = math.hypot(*size), math.radians(-24)
    along, across = (math.cos(a), math.sin(a)), (-math.sin(a), math.cos(a))

    def band(off: float, half: float) -> list[tuple[float, float]]:
        spots = []
        for s, t in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
            d = off + t * half
            spots.append((at.x + along[0] * reach * s + across[0] * d, at.y + along[1] * reach * s + across[1] * d))
        return _clipped(spots, size)

    fill_flat(scene, [band(0, at.r * 0.78)], mix(colours.ground2, colours.deco, 0.6))
    fill_flat(scene, [band(0, at.r * 0.34)], mix(colours.ground2, colours.deco, 0.95))
    return Image.fromarray(scene)


def _night(size: tuple[int, int], colours: Palette, at: Stand, rng: random.Random) -> Image.Image:
    """A deep ground with a light behind the product and lights far away, out of focus."""
    soft = _room(size, colours, at, at.foot - at.r * 0.14)
    short = min(size)
    lamp = mix(colours.accent, colours.ground, 0.15)
    for _ in range(16):
        x, y, r = rng.uniform(0, size[0]), rng.uniform(0, at.foot - at.r * 0.4), short * rng.uniform(0.014, 0.05)
        soft.pool((x, y), r * 1.5, lamp if not colours.dark else mix(lamp, WHITE, 0.2), rng.uniform(0.1, 0.42))
    return soft.full()


def _hills(size: tuple[int, int], colours: Palette, at: Stand, rng: random.Random) -> Image.Image:
    from .scenery import hills

    return hills(size, colours, at, rng)


def _tube(size: tuple[int, int], colours: Palette, at: Stand, rng: random.Random) -> Image.Image:
    from .scenery import tube

    return tube(size, colours, at, rng)


def _gan(size: tuple[int, int], colours: Palette, at: Stand, rng: random.Random) -> Image.Image:
    from .scenery import dreamt

    return dreamt(size, colours, at, rng.randrange(1 << 30))


_KINDS: dict[SceneKind, Callable[[tuple[int, int], Palette, Stand, random.Random], Image.Image]] = {
    "plain": _plain,
    "mesh": _mesh,
    "studio": _studio,
    "window": _window,
    "podium": _podium,
    "arch": _arch,
    "sun": _sun,
    "rays": _rays,
    "waves": _waves,
    "blocks": _blocks,
    "slant": _slant,
    "night": _night,
    "hills": _hills,
    "tube": _tube,
    "gan": _gan,
}
SCENES: tuple[SceneKind, ...] = tuple(_KINDS)
