"""Colour and tone of a reference picture, carried over by sliced optimal transport and set down as one smooth table.

Lightness moves along one rising curve with bounded slope; colour is matched in all directions of OKLab at once (sliced OT:
Bonneel et al. 2015; Rabin et al. 2011), then smoothed over the colour space, so that the table bends and never breaks.
Only colour and tone are taken: no shape, no brush. Pictures with few colours lend few colours.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from .lut import Lut, made
from .oklab import to_oklab

SAMPLES = 3000
TURNS = 24
STEEPEST, FLATTEST = 2.2, 0.35
# Width of the smoothing in OKLab; the black-to-white axis has length 1.
REACH = 0.13


def matched(picture: Image.Image, reference: Image.Image, seed: int = 0) -> Lut:
    """Return the table that gives `picture` the colours of `reference`.

    Example:
        >>> matched(Image.new("RGB", (8, 8), (200, 200, 200)), Image.new("RGB", (8, 8), (120, 60, 40))).table.shape
        (17, 17, 17, 3)
    """
    rng = np.random.default_rng(seed)
    source, target = _sample(picture, rng), _sample(reference, rng)
    curve = _curve(source[:, 0], target[:, 0])
    moved = source.copy()
    moved[:, 0] = np.interp(source[:, 0], *curve)
    start = moved.copy()
    for _ in range(TURNS):
        turn = np.linalg.qr(rng.standard_normal((3, 3)))[0]
        for axis in turn.T:
            here, there = moved @ axis, np.sort(target @ axis)
            order = np.argsort(here)
            step = np.empty_like(here)
            step[order] = there - here[order]
            moved += 0.5 * step[:, None] * axis
    offset = moved[:, 1:] - start[:, 1:]
    return made(lambda light: np.interp(light, *curve), lambda lab: lab[..., 1:] + _spread(lab, source[::3], offset[::3]))


def _sample(picture: Image.Image, rng: np.random.Generator) -> np.ndarray:
    small = picture.convert("RGB")
    small.thumbnail((160, 160), Image.Resampling.BOX)
    pixels = np.asarray(small, np.float64).reshape(-1, 3) / 255
    # Half a step of 8 bits, so that flat fields are clouds and not points.
    chosen = pixels[rng.integers(len(pixels), size=SAMPLES)] + rng.uniform(-0.5, 0.5, (SAMPLES, 3)) / 255
    return to_oklab(np.clip(chosen, 0, 1))


def _curve(source: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Match quantiles of lightness, then hold the slope between its bounds, from the middle outwards."""
    steps = np.linspace(0, 1, 41)
    shares = np.linspace(0.02, 0.98, 25)
    have, want = np.quantile(source, shares), np.quantile(target, shares)
    have = np.maximum.accumulate(have + np.arange(len(have)) * 1e-6)
    raw = np.interp(steps, have, want)
    slope = np.clip(np.diff(raw) / np.diff(steps), FLATTEST, STEEPEST)
    middle = int(np.argmin(np.abs(steps - np.median(source))))
    out = np.empty_like(steps)
    out[middle] = raw[middle]
    rises = slope * np.diff(steps)
    out[middle + 1 :] = out[middle] + np.cumsum(rises[middle:])
    out[:middle] = out[middle] - np.cumsum(rises[:middle][::-1])[::-1]
    # Squeezed at either end rather than cut: a cut end would be a flat, posterised one.
    low, high = out[0], out[-1]
    if low < 0:
        out = np.where(out < out[middle], out[middle] * (out - low) / max(1e-6, out[middle] - low), out)
    if high > 1:
        out = np.where(out > out[middle], out[middle] + (1 - out[middle]) * (out - out[middle]) / max(1e-6, high - out[middle]), out)
    return steps, np.clip(out, 0, 1)


def _spread(lab: np.ndarray, at: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Offsets of the samples, averaged around each node; far from every sample the mean of all."""
    nodes = lab.reshape(-1, 3)
    square = ((nodes**2).sum(1)[:, None] + (at**2).sum(1)[None] - 2 * nodes @ at.T) / REACH**2
    weight = np.exp(-0.5 * np.maximum(square, 0))
    # The mean weighs as much as a few samples nearby: it takes over gently where there are none.
    lean = 0.01 * len(at)
    mean = offset.mean(0)
    return ((weight @ offset + lean * mean) / (weight.sum(1, keepdims=True) + lean)).reshape(*lab.shape[:-1], 2)
