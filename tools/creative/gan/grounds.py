"""Paints what the shipped painter learned from: soft grounds as palette maps - clouds, silk, bokeh, dunes, light through blinds.

Only grounds that stay good when 32 px become 1080: soft light and broad shapes. No horizon and no light for a product; the
compositor adds those where the product stands. Every ground is drawn from (seed, number): no picture of anybody else's.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .maps import CORNERS, SIDE

GROUND, SECOND, DECO, LIGHT = range(4)


class _Field:
    """Shares of the four roles over a square, blended like paint; `x` and `y` run from 0 to 1."""

    def __init__(self, side: int) -> None:
        line = (np.arange(side, dtype=np.float32) + 0.5) / side
        self.x, self.y = np.meshgrid(line, line)
        self.shares = np.zeros((side, side, 4), np.float32)
        self.shares[..., GROUND] = 1

    def blend(self, mask: np.ndarray, role: int) -> None:
        mask = np.clip(mask, 0, 1).astype(np.float32)[..., None]
        self.shares *= 1 - mask
        self.shares[..., role : role + 1] += mask

    def pool(self, x: float, y: float, radius: float, role: int, strength: float) -> None:
        self.blend(_smooth(1 - np.hypot(self.x - x, self.y - y) / radius) * strength, role)

    def along(self, turn: float) -> np.ndarray:
        return (self.x - 0.5) * np.cos(turn) + (self.y - 0.5) * np.sin(turn)


def _smooth(t: np.ndarray) -> np.ndarray:
    t = np.clip(t, 0, 1)
    return t * t * (3 - 2 * t)


def _clouds(field: _Field, rng: np.random.Generator) -> None:
    field.blend(_smooth(field.along(rng.uniform(0, 2 * np.pi)) + 0.5) * rng.uniform(0.3, 0.9), SECOND)
    for role in rng.permutation([SECOND, DECO, DECO, LIGHT, LIGHT]):
        turn, far = rng.uniform(0, 2 * np.pi), rng.uniform(0.25, 0.65)
        spot = 0.5 + far * np.cos(turn), 0.5 + far * np.sin(turn)
        field.pool(*spot, rng.uniform(0.4, 0.85), int(role), rng.uniform(0.45, 0.95))


def _silk(field: _Field, rng: np.random.Generator) -> None:
    """Folds of cloth: a wave, bent by slower waves across it, its ridges lit."""
    turn = rng.uniform(0, np.pi)
    across, along = field.along(turn), field.along(turn + np.pi / 2)
    bend = sum(rng.uniform(0.08, 0.22) / k * np.sin(2 * np.pi * (k * rng.uniform(0.4, 0.8) * along + rng.random())) for k in (1, 2))
    fold = rng.uniform(1.1, 2.4) * (across + bend) + rng.random()
    wave = 0.5 + 0.5 * np.cos(2 * np.pi * fold)
    field.blend(_smooth(field.along(rng.uniform(0, 2 * np.pi)) + 0.5) * 0.5, SECOND)
    field.blend(wave * rng.uniform(0.5, 0.9), SECOND)
    field.blend((0.5 + 0.5 * np.cos(2 * np.pi * (fold - 0.22))) ** 3 * rng.uniform(0.5, 0.9), DECO)
    field.blend((0.5 - 0.5 * np.cos(2 * np.pi * (fold - 0.06))) ** 5 * rng.uniform(0.5, 0.9), LIGHT)


def _bokeh(field: _Field, rng: np.random.Generator) -> None:
    field.blend(_smooth(field.along(rng.uniform(0, 2 * np.pi)) + 0.5), SECOND)
    x, y = rng.uniform(0, 1, 2)
    field.pool(x, y, rng.uniform(0.5, 0.9), DECO, rng.uniform(0.4, 0.8))
    for _ in range(int(rng.integers(9, 22))):
        far = np.hypot(*(axis - spot for axis, spot in zip((field.x, field.y), rng.uniform(-0.05, 1.05, 2), strict=True)))
        radius = rng.uniform(0.035, 0.13)
        disc = _smooth((radius - far) / 0.035 + 0.5) * (0.75 + 0.25 * _smooth(far / radius))
        field.blend(disc * rng.uniform(0.15, 0.6), LIGHT if rng.random() < 0.7 else DECO)


def _dunes(field: _Field, rng: np.random.Generator) -> None:
    """Layers of sand or paper, each lit at its crest and shading into the next."""
    field.blend(_smooth(1 - field.y) * rng.uniform(0.2, 0.8), LIGHT)
    top, count = rng.uniform(0.15, 0.55), int(rng.integers(2, 5))
    for i in range(count):
        swing, waves = rng.uniform(0.03, 0.12), rng.uniform(0.4, 1.2)
        crest = top + (1 - top) * i / count + swing * np.sin(2 * np.pi * (waves * field.x + rng.random()))
        below = field.y - crest
        sheet, depth = _smooth(below / 0.03 + 0.5), np.clip(below / 0.3, 0, 1)
        field.blend(sheet, SECOND if i % 2 else GROUND)
        field.blend(sheet * depth * rng.uniform(0.5, 0.95), DECO)
        field.blend(sheet * (1 - depth) ** 4 * rng.uniform(0.2, 0.7), LIGHT)


def _blinds(field: _Field, rng: np.random.Generator) -> None:
    """Light that falls through blinds onto a wall, fading with the distance from where it falls."""
    field.blend(_smooth(field.along(rng.uniform(0, 2 * np.pi)) + 0.5) * rng.uniform(0.4, 0.9), SECOND)
    field.blend(np.full_like(field.x, rng.uniform(0.1, 0.4)), DECO)
    turn = rng.uniform(0.25, 1.1) * rng.choice([-1, 1])
    stripe = field.along(turn) * rng.uniform(3, 6) + rng.random()
    lit = _smooth(0.5 + 0.9 * np.cos(2 * np.pi * stripe))
    x, y = rng.uniform(0.2, 0.8, 2)
    fall = _smooth(1 - np.hypot(field.x - x, field.y - y) / rng.uniform(0.6, 1.0))
    field.blend(lit * fall * rng.uniform(0.6, 0.95), LIGHT)


FAMILIES: dict[str, Callable[[_Field, np.random.Generator], None]] = {
    "clouds": _clouds,
    "silk": _silk,
    "bokeh": _bokeh,
    "dunes": _dunes,
    "blinds": _blinds,
}


def painted(count: int, seed: int = 0, families: tuple[str, ...] = tuple(FAMILIES), side: int = SIDE) -> np.ndarray:
    """Paint `count` maps, float32 [count, side, side, 3], one family after the other.

    Example:
        >>> painted(2, seed=1).shape
        (2, 32, 32, 3)
    """
    maps = np.empty((count, side, side, 3), np.float32)
    for i in range(count):
        field = _Field(side * 2)
        FAMILIES[families[i % len(families)]](field, np.random.default_rng([seed, i]))
        maps[i] = (field.shares @ CORNERS).reshape(side, 2, side, 2, 3).mean((1, 3))
    return maps
