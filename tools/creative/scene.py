"""Scenes: the painted ground of a picture - soft gradients, paper shapes, light, particles of a season.

Everything is procedural and seeded; nothing in a scene claims anything. Colours come from a palette (`looks.toml`) that
suits tone, category, occasion and the product's colour. Words and product are placed by `compose`, never here.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from .colour import BLACK, RGB, WHITE, distance, looks, luminance, mix, parse

SceneKind = Literal["studio", "mesh", "paper", "arch", "rays", "plain"]


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


def choose_palette(tone: str | None, category: str, occasion: str | None, product: RGB | None, seed: int) -> Palette:
    """Choose a palette: the occasion's, else the tone's, else the category's; the product must stand out from it."""
    taste = looks()["taste"]
    names = (
        taste["occasion"].get(occasion or "")
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


def make_scene(
    size: tuple[int, int],
    colours: Palette,
    kind: SceneKind = "studio",
    *,
    seed: int = 0,
    focus: tuple[float, float, float] = (0.5, 0.6, 0.3),
    occasion: str | None = None,
    clear: tuple[int, int, int, int] = (0, 0, 0, 0),
) -> Image.Image:
    """Paint a ground of `size` px (RGB). `focus` is where the product will stand: centre x, y and radius, as parts of width, height and short side;
    `clear` is a rectangle (left, upper, right, lower, px) that particles leave free.

    Example:
        >>> make_scene((320, 50), palette("mist"), "plain").size
        (320, 50)
    """
    rng = random.Random(f"{seed}|{kind}|{colours.name}")
    width, height = size
    short = min(size)
    spot = (focus[0] * width, focus[1] * height, focus[2] * short)
    if kind == "plain":
        scene = _linear(size, colours.ground, mix(colours.ground, colours.ground2, 0.45))
    elif kind == "mesh":
        scene = _mesh(size, colours, rng)
    elif kind == "paper":
        scene = _paper(size, colours, rng, spot)
    elif kind == "arch":
        scene = _arch(size, colours, spot)
    elif kind == "rays":
        scene = _rays(size, colours, spot)
    else:
        scene = _studio(size, colours, spot)
    particles = looks()["particles"].get(occasion or "")
    if particles and short >= 120:
        _particles(scene, particles, colours, rng, clear)
    return _grain(scene, seed)


def _linear(size: tuple[int, int], top: RGB, bottom: RGB) -> Image.Image:
    column = Image.new("RGB", (1, 64))
    column.putdata([mix(top, bottom, y / 63) for y in range(64)])
    return column.resize((1, size[1]), Image.Resampling.BICUBIC).resize(size, Image.Resampling.NEAREST)


def _mesh(size: tuple[int, int], colours: Palette, rng: random.Random) -> Image.Image:
    shades = [
        colours.ground,
        colours.ground2,
        mix(colours.ground, colours.deco, 0.55),
        mix(colours.ground, WHITE if not colours.dark else colours.deco, 0.5),
    ]
    small = Image.new("RGB", (5, 5))
    small.putdata([rng.choice(shades) for _ in range(25)])
    return small.resize((64, 64), Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(5)).resize(size, Image.Resampling.BICUBIC)


def _studio(size: tuple[int, int], colours: Palette, spot: tuple[float, float, float]) -> Image.Image:
    """A wall and a table, met by a soft horizon, with a pool of light behind the product."""
    width, height = size
    scene = _linear(size, colours.ground, colours.ground2)
    glow = mix(colours.ground, WHITE, 0.75) if not colours.dark else mix(colours.ground, colours.deco, 0.9)
    _pool(scene, (spot[0], spot[1] - spot[2] * 0.3), spot[2] * 2.0, glow, 0.85)
    table = mix(colours.ground2, colours.deco, 0.55)
    line = round(min(height * 0.97, spot[1] + spot[2] * 0.42))
    if line < height - 4:
        floor = _linear((width, height - line), mix(table, colours.ground2, 0.35), table)
        edge = Image.new("L", (1, height - line), 255)
        soft = max(2, round(min(size) * 0.012))
        edge.putdata([min(255, round(255 * (y + 1) / soft)) for y in range(height - line)])
        scene.paste(floor, (0, line), edge.resize((width, height - line)))
        _pool(scene, (spot[0], line + spot[2] * 0.35), spot[2] * 1.5, glow, 0.35, flat=0.35)
    return scene


def _paper(size: tuple[int, int], colours: Palette, rng: random.Random, spot: tuple[float, float, float]) -> Image.Image:
    """Large sheets of cut paper with soft shadows."""
    scene = _linear(size, colours.ground, mix(colours.ground, colours.ground2, 0.5))
    short = min(size)
    sheets = [
        ((spot[0], spot[1]), spot[2] * 1.28, mix(colours.ground2, colours.deco, 0.35)),
        (
            (spot[0] + spot[2] * rng.uniform(0.5, 0.8), spot[1] - spot[2] * rng.uniform(0.75, 1.0)),
            spot[2] * 0.42,
            mix(colours.deco, colours.ground2, 0.15),
        ),
        (
            (spot[0] - spot[2] * rng.uniform(0.95, 1.15), spot[1] + spot[2] * rng.uniform(0.5, 0.8)),
            spot[2] * 0.3,
            mix(colours.accent, colours.ground2, 0.45),
        ),
    ]
    for (x, y), radius, shade in sheets:
        _sheet(scene, lambda draw, x=x, y=y, r=radius: draw.ellipse([x - r, y - r, x + r, y + r], fill=255), shade, short)
    return scene


def _arch(size: tuple[int, int], colours: Palette, spot: tuple[float, float, float]) -> Image.Image:
    """A doorway of paper behind the product, standing on a table."""
    width, height = size
    scene = _linear(size, colours.ground, mix(colours.ground, colours.ground2, 0.6))
    x, y, r = spot[0], spot[1], spot[2] * 1.12
    foot = min(height, y + spot[2] * 0.95)
    inner = mix(colours.ground2, colours.deco, 0.6)
    _sheet(scene, lambda draw: draw.rounded_rectangle([x - r, y - r * 1.25, x + r, foot + r], radius=r, fill=255), inner, min(size))
    glow = mix(inner, WHITE, 0.35) if not colours.dark else mix(inner, colours.accent, 0.16)
    _pool(scene, (x, y - r * 0.25), r * 0.9, glow, 0.6)
    if foot < height - 2:
        floor = _linear((width, max(1, round(height - foot))), mix(colours.ground2, colours.ground, 0.5), colours.ground2)
        scene.paste(floor, (0, round(foot)))
    return scene


def _rays(size: tuple[int, int], colours: Palette, spot: tuple[float, float, float]) -> Image.Image:
    """Broad rays from behind the product."""
    width, height = size
    scene = _linear(size, colours.ground, mix(colours.ground, colours.ground2, 0.7))
    mask = Image.new("L", (width, height), 0)
    draw = ImageDraw.Draw(mask)
    reach = math.hypot(width, height)
    for ray in range(12):
        a = math.tau * ray / 12 + 0.1
        draw.polygon(
            [
                (spot[0], spot[1]),
                (spot[0] + reach * math.cos(a), spot[1] + reach * math.sin(a)),
                (spot[0] + reach * math.cos(a + math.tau / 24), spot[1] + reach * math.sin(a + math.tau / 24)),
            ],
            fill=70,
        )
    scene.paste(Image.new("RGB", size, colours.deco), mask=mask)
    _pool(scene, (spot[0], spot[1]), spot[2] * 1.5, mix(colours.ground, WHITE, 0.5) if not colours.dark else colours.deco, 0.75)
    return scene


def _sheet(scene: Image.Image, shape, shade: RGB, short: int) -> None:
    factor = 2 if max(scene.size) <= 1400 else 1
    mask = Image.new("L", (scene.width * factor, scene.height * factor), 0)
    shape(_Scaled(ImageDraw.Draw(mask), factor))
    mask = mask.reduce(factor) if factor > 1 else mask
    small = mask.reduce(4) if min(scene.size) > 16 else mask
    shadow = small.filter(ImageFilter.GaussianBlur(max(1, short * 0.022 / 4))).resize(scene.size, Image.Resampling.BILINEAR)
    shadow = _faded(shadow, 0.12)
    scene.paste(Image.new("RGB", scene.size, (24, 20, 28)), (0, max(1, round(short * 0.012))), shadow)
    scene.paste(Image.new("RGB", scene.size, shade), mask=mask)


class _Scaled:
    """Draws at a multiple of the size, for smooth edges."""

    def __init__(self, draw: ImageDraw.ImageDraw, factor: int) -> None:
        self._draw, self._factor = draw, factor

    def ellipse(self, box: list[float], fill: int) -> None:
        self._draw.ellipse([v * self._factor for v in box], fill=fill)

    def rounded_rectangle(self, box: list[float], radius: float, fill: int) -> None:
        self._draw.rounded_rectangle([v * self._factor for v in box], radius=radius * self._factor, fill=fill)


@lru_cache(maxsize=4)
def _dot() -> Image.Image:
    """A soft disc, 128 px: the brush for pools of light."""
    yy, xx = np.mgrid[-1:1:128j, -1:1:128j]
    fall = np.clip(1 - np.sqrt(xx**2 + yy**2), 0, 1)
    return Image.fromarray((255 * (fall * fall * (3 - 2 * fall))).astype(np.uint8))


def _pool(scene: Image.Image, centre: tuple[float, float], radius: float, shade: RGB, strength: float, flat: float = 1.0) -> None:
    w, h = max(2, round(radius * 2)), max(2, round(radius * 2 * flat))
    brush = _dot().resize((w, h), Image.Resampling.BILINEAR)
    brush = _faded(brush, strength)
    scene.paste(Image.new("RGB", (w, h), shade), (round(centre[0] - w / 2), round(centre[1] - h / 2)), brush)


def _faded(mask: Image.Image, strength: float) -> Image.Image:
    """Return a mask at a part of its strength, 0..1."""
    return mask.point([round(v * strength) for v in range(256)])


def _particles(scene: Image.Image, kind: str, colours: Palette, rng: random.Random, clear: tuple[int, int, int, int]) -> None:
    """Snow, sparks, petals, ribbons or a moon, kept away from the words."""
    width, height = scene.size
    short = min(scene.size)
    layer = Image.new("L", (width, height), 0)
    draw = ImageDraw.Draw(layer)
    light = WHITE if not colours.dark or kind == "snow" else mix(colours.accent, WHITE, 0.35)
    if kind == "moon":
        _pool(scene, (width * 0.84, height * 0.12), short * 0.34, light, 0.35)
        r = short * 0.085
        draw.ellipse([width * 0.84 - r, height * 0.12 - r, width * 0.84 + r, height * 0.12 + r], fill=235)
    for _ in range({"snow": 70, "spark": 34, "petal": 26, "ribbon": 30, "moon": 24}[kind]):
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        if clear[0] - 8 < x < clear[2] + 8 and clear[1] - 8 < y < clear[3] + 8:
            continue
        if kind in ("ribbon", "petal") and 0.14 < x / width < 0.86 and 0.1 < y / height < 0.9:
            continue
        s, a = short * rng.uniform(0.004, 0.012), rng.randint(60, 190)
        if kind == "ribbon":
            angle, length = rng.uniform(0, math.pi), s * 2.6
            dx, dy = math.cos(angle) * length, math.sin(angle) * length
            draw.line([x - dx, y - dy, x + dx, y + dy], fill=a, width=max(2, round(s * 1.1)))
        elif kind == "petal":
            angle = rng.uniform(0, math.tau)
            points = [
                (x + math.cos(angle + t) * s * (2.6 if abs(math.sin(t * 1)) < 0.3 else 1.2), y + math.sin(angle + t) * s * 1.5)
                for t in np.linspace(0, math.tau, 12)
            ]
            draw.polygon(points, fill=a)
        else:
            draw.ellipse([x - s, y - s, x + s, y + s], fill=a * 3 // 4 if kind == "snow" else a // 2)
    soft = layer.filter(ImageFilter.GaussianBlur(max(0.6, short * 0.0011)))
    shade = mix(colours.accent, colours.ground, 0.35) if kind in ("ribbon", "petal") and not colours.dark else light
    if kind == "snow" and not colours.dark:
        shade = WHITE
    scene.paste(Image.new("RGB", scene.size, shade), mask=soft)


@lru_cache(maxsize=8)
def _noise(seed: int) -> Image.Image:
    values = np.random.default_rng(seed).normal(128, 2.2, (256, 256))
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def _grain(scene: Image.Image, seed: int) -> Image.Image:
    """A little noise, so that wide gradients do not band in 8 bits; left out of small pictures, which must stay light."""
    if scene.width * scene.height < 200_000:
        return scene
    tile = _noise(seed % 8)
    noise = Image.new("L", scene.size)
    for x in range(0, scene.width, 256):
        for y in range(0, scene.height, 256):
            noise.paste(tile, (x, y))
    plain = Image.merge("RGB", [noise] * 3)
    return ImageChops.add(scene, plain, scale=1, offset=-128)


def soft_shadow(product: Image.Image, dark: bool) -> Image.Image:
    """The shadow a product casts on a table: RGBA, as wide as 1.3 products, centred under its foot."""
    w = product.width
    wide, tall = round(w * 1.3), max(6, round(w * 0.2))
    strength = 0.62 if dark else 0.42
    blob = _faded(_dot().resize((wide, tall), Image.Resampling.BILINEAR), strength)
    core = _faded(_dot().resize((round(w * 0.92), max(4, round(w * 0.075))), Image.Resampling.BILINEAR), strength)
    blob.paste(core, ((wide - core.width) // 2, (tall - core.height) // 2), core)
    shadow = Image.new("RGBA", (wide, tall), (*(BLACK if dark else (28, 24, 36)), 0))
    shadow.putalpha(blob)
    return shadow
