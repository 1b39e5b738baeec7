"""Festive shapes and particles: lanterns, firs, hearts, a moon, leaves, confetti, snow - always clear of words and product."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from PIL import Image

from .brush import Point, ellipse, fill, rounded, shaded, star
from .colour import BLACK, RGB, WHITE, mix

Clear = Sequence[tuple[int, int, int, int]]


def _free(x: float, y: float, r: float, clear: Clear) -> bool:
    return not any(left - r < x < right + r and top - r < y < bottom + r for left, top, right, bottom in clear)


def paint_particles(scene: Image.Image, kind: str, ground: RGB, accent: RGB, dark: bool, rng: random.Random, clear: Clear) -> None:
    """Snow, sparks, petals, confetti or stars, scattered where nothing else stands."""
    width, height = scene.size
    short = min(scene.size)
    light = WHITE if not dark or kind == "snow" else mix(accent, WHITE, 0.35)
    for _ in range({"snow": 80, "spark": 40, "petal": 26, "ribbon": 44, "moon": 26}[kind]):
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        size, strength = short * rng.uniform(0.004, 0.011), rng.uniform(0.35, 0.9)
        if not _free(x, y, size * 3 + short * 0.015, clear):
            continue
        if kind == "ribbon":
            _bar(scene, x, y, size * 2.2, size * 0.9, rng.uniform(0, 360), rng.choice((accent, mix(accent, ground, 0.5), light)), strength)
        elif kind == "petal":
            fill(scene, _leaf(x, y, size * 3.4, size * 1.1, rng.uniform(0, 360)), mix(accent, ground, 0.45), strength)
        elif kind == "spark" and size > short * 0.008:
            fill(scene, star(x, y, size * 1.6, size * 0.4, 4), light, strength)
        else:
            fill(scene, ellipse(x, y, size * 0.8, size * 0.8), light, strength * 0.8)


def paint_motif(scene: Image.Image, kind: str, ground: RGB, deco: RGB, accent: RGB, rng: random.Random, clear: Clear) -> None:
    """Paint the shapes of a festival at the edges of the picture."""
    width, height = scene.size
    unit = min(width, height) / 100
    dark = sum(ground) < 300
    if kind == "lantern":
        spots = ((0.085, 6, 7.5), (0.2, 2, 4.8), (0.915, 7, 7.5), (0.8, 1.5, 4.8))
        if width > height * 1.6:
            spots = ((0.035, 4, 7), (0.47, 5, 9), (0.53, 2, 6), (0.965, 5, 9))
        for x, drop, r in spots:
            half, low = unit * r * 1.5, unit * (drop + r * 2.9)
            if not any(left < width * x + half and width * x - half < right and top < low for left, top, right, _ in clear):
                _lantern(scene, width * x, drop * unit, r * unit, accent)
        _clouds(scene, unit, mix(ground, accent, 0.16), clear)
    elif kind == "fir":
        _hills(scene, mix(ground, WHITE, 0.14 if dark else 0.8))
        for x, r in ((0.11, 20), (0.02, 27), (0.9, 20), (0.99, 29)):
            if _free(width * x, height - unit * r * 0.5, unit * r * 0.3, clear):
                _fir(scene, width * x, height - unit * 2, unit * r, mix(ground, (52, 120, 92), 0.55))
        paint_particles(scene, "snow", ground, accent, dark, rng, clear)
    elif kind == "heart":
        for i in range(14):
            x, y = width * rng.choice((rng.uniform(0.01, 0.2), rng.uniform(0.8, 0.99))), height * (i + 0.5) / 14
            r = unit * rng.uniform(1.4, 4.2)
            if _free(x, y, r * 1.4, clear):
                fill(scene, _heart(x, y, r), mix(accent, ground, rng.uniform(0.25, 0.7)))
    elif kind == "moon":
        r = unit * 9
        places = [(width * 0.84, unit * 18), (width * 0.9, height * 0.42), (width * 0.1, height * 0.42), (width * 0.5, unit * 12)]
        spot = next(((px, py) for px, py in places if _free(px, py, r * 0.9, clear)), None)
        if spot:
            x, y = spot
            for spread, strength in ((1.7, 0.08), (1.3, 0.14)):
                fill(scene, ellipse(x, y, r * spread, r * spread), (255, 240, 200), strength)
            shaded(scene, ellipse(x, y, r, r), (255, 246, 216), (246, 222, 160), across=False)
        _clouds(scene, unit, mix(ground, accent, 0.2), clear)
        paint_particles(scene, "moon", ground, accent, dark, rng, clear)
    elif kind == "leaf":
        for i in range(7):
            fill(
                scene,
                _leaf(width * 1.0, height * 0.0, unit * (26 + 6 * (i % 3)), unit * 2.6, 98 + i * 13),
                mix(deco, accent, 0.12 * i),
                0.9,
            )
            fill(scene, _leaf(0, height, unit * (24 + 6 * (i % 3)), unit * 2.6, 278 + i * 13), mix(deco, accent, 0.12 * i), 0.9)
    elif kind == "bat":
        for x, y, r in ((0.09, 0.12, 4.5), (0.2, 0.05, 2.6), (0.92, 0.1, 5.0), (0.8, 0.05, 2.4), (0.95, 0.3, 3.0)):
            if _free(width * x, height * y, unit * r, clear):
                fill(scene, _bat(width * x, height * y, unit * r), mix(ground, BLACK, 0.5))
        paint_particles(scene, "spark", ground, accent, dark, rng, clear)
    elif kind == "egg":
        for i, (x, r) in enumerate(((0.05, 5), (0.13, 4), (0.95, 5.5), (0.87, 4.2))):
            if _free(width * x, height - unit * r, unit * r, clear):
                shade = (accent, deco, mix(accent, WHITE, 0.4), mix(deco, accent, 0.4))[i]
                shaded(scene, ellipse(width * x, height - unit * r * 0.9, unit * r * 0.78, unit * r), mix(shade, WHITE, 0.3), shade)
        paint_particles(scene, "petal", ground, accent, dark, rng, clear)
    else:
        for corner in range(60):
            x = width * (rng.random() ** 2 * 0.3 if corner % 2 else 1 - rng.random() ** 2 * 0.3)
            y, size = height * rng.random(), unit * rng.uniform(0.8, 2.0)
            if not _free(x, y, size * 2 + unit * 2.2, clear):
                continue
            shade = rng.choice((accent, mix(accent, WHITE, 0.5), deco, WHITE if dark else mix(accent, ground, 0.4)))
            if corner % 3:
                _bar(scene, x, y, size * 1.7, size * 0.62, rng.uniform(0, 360), shade, 1.0)
            else:
                fill(scene, ellipse(x, y, size * 0.6, size * 0.6), shade)


def _bar(scene: Image.Image, x: float, y: float, long: float, wide: float, degrees: float, shade: RGB, strength: float) -> None:
    fill(scene, _turned([(-long, -wide), (long, -wide), (long, wide), (-long, wide)], x, y, degrees), shade, strength)


def _turned(points: list[Point], x: float, y: float, degrees: float) -> list[Point]:
    a = math.radians(degrees)
    c, s = math.cos(a), math.sin(a)
    return [(x + px * c - py * s, y + px * s + py * c) for px, py in points]


def _leaf(x: float, y: float, long: float, wide: float, degrees: float) -> list[Point]:
    rim = [(long * i / 12, wide * math.sin(math.pi * (i / 12) ** 0.8)) for i in range(13)]
    return _turned([*rim, *((px, -py) for px, py in reversed(rim))], x, y, degrees)


def _heart(x: float, y: float, r: float) -> list[Point]:
    turns = [math.tau * i / 48 for i in range(48)]
    return [
        (x + r * 16 * math.sin(t) ** 3 / 16, y - r * (13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)) / 16)
        for t in turns
    ]


def _lantern(scene: Image.Image, x: float, top: float, r: float, accent: RGB) -> None:
    gold, red = mix(accent, WHITE, 0.1), (206, 38, 30)
    fill(scene, rounded(x - r * 0.03, 0, r * 0.06, top + r * 0.3, 0), gold)
    y = top + r * 1.05
    fill(scene, ellipse(x, y, r * 1.5, r * 1.4), (255, 190, 110), 0.10)
    shaded(scene, ellipse(x, y, r, r * 0.86), mix(red, (255, 150, 80), 0.5), mix(red, BLACK, 0.2))
    for bend in (0.36, 0.72):
        rim = ellipse(x, y, r * bend, r * 0.86)
        inner = ellipse(x, y, r * bend - max(0.8, r * 0.03), r * 0.86)
        fill(scene, [*rim, *reversed(inner)], gold, 0.55)
    for cap in (y - r * 0.86, y + r * 0.8):
        fill(scene, rounded(x - r * 0.4, cap - r * 0.06, r * 0.8, r * 0.16, r * 0.04), gold)
    for i in (-1, 0, 1):
        fill(scene, rounded(x + i * r * 0.16 - r * 0.025, y + r * 0.92, r * 0.05, r * (0.75 - abs(i) * 0.12), 0), gold)


def _clouds(scene: Image.Image, unit: float, shade: RGB, clear: Clear) -> None:
    """Flat cloud bands of the kind seen on lacquer, at the lower edge."""
    width, height = scene.size
    if width > height * 1.6:
        return
    for x, y, r in ((0.06, 1.0, 9), (0.2, 1.02, 7), (0.8, 1.02, 7), (0.95, 1.0, 10)):
        for ring, strength in ((1.0, 0.9), (0.72, 0.0), (0.5, 0.9)):
            colour = shade if strength else mix(shade, BLACK, 0.12)
            if _free(width * x, height * y - unit * r, unit * 2, clear):
                fill(scene, ellipse(width * x, height * y, unit * r * ring * 1.25, unit * r * ring), colour)


def _hills(scene: Image.Image, shade: RGB) -> None:
    width, height = scene.size
    fill(scene, ellipse(width * 0.2, height * 1.06, width * 0.5, height * 0.12), shade, 0.9)
    fill(scene, ellipse(width * 0.85, height * 1.07, width * 0.5, height * 0.13), shade, 0.75)


def _fir(scene: Image.Image, x: float, foot: float, tall: float, shade: RGB) -> None:
    for i, share in enumerate((1.0, 0.78, 0.55)):
        base = foot - tall * i * 0.26
        half = tall * 0.36 * share
        points = [(x, base - tall * 0.52), (x + half, base), (x - half, base)]
        shaded(scene, points, mix(shade, WHITE, 0.16 + 0.05 * i), shade)


def _bat(x: float, y: float, r: float) -> list[Point]:
    half = [
        (0, -0.35),
        (0.12, -0.55),
        (0.22, -0.3),
        (0.7, -0.62),
        (1.5, -0.5),
        (1.2, -0.1),
        (1.15, 0.3),
        (0.8, 0.08),
        (0.5, 0.4),
        (0.25, 0.2),
        (0, 0.6),
    ]
    return [(x + px * r, y + py * r) for px, py in [*half, *((-px, py) for px, py in reversed(half))]]
