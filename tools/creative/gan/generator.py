"""The generator's picture of its weights: shapes, start, and the NumPy pass that serves - no TensorFlow needed to paint.

DCGAN's pyramid from 4 x 4 px up, with two changes against what is known to go wrong: doubling with a soft filter, then convolving, instead of
transposed convolutions (no checkerboards; Odena et al. 2016), and the skip-layer excitation of FastGAN (Liu et al. 2021),
by which the coarse levels scale the channels of the fine ones. Weights are drawn with variance 1 and scaled when used
(equalised rates; Karras et al. 2018), pixel norm as there.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

Weights = dict[str, np.ndarray]
SLOPE = np.float32(0.2)


@dataclass(frozen=True)
class Shape:
    """Size of a generator: side of the picture in px (a power of two from 8), length of the noise, channels per level from 4 px."""

    side: int = 32
    noise: int = 64
    channels: tuple[int, ...] = (128, 96, 64, 32)

    def __post_init__(self) -> None:
        if 4 << (len(self.channels) - 1) != self.side:
            raise ValueError(f"{len(self.channels)} levels end at {4 << (len(self.channels) - 1)} px, not {self.side}")

    @property
    def skips(self) -> list[tuple[int, int]]:
        """Pairs of levels (from, to), three apart: 4 px scales 32 px, 8 px scales 64 px where there is such a level."""
        return [(i, i + 3) for i in range(len(self.channels) - 3)]


def generator_shapes(shape: Shape) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the generator's arrays."""
    c = shape.channels
    found: dict[str, tuple[int, ...]] = {"seed.w": (shape.noise, 16 * c[0]), "seed.b": (16 * c[0],)}
    for i, (one, two) in enumerate(pairwise(c)):
        found |= {f"up{i}.w": (3, 3, one, two), f"up{i}.b": (two,)}
    for a, b in shape.skips:
        found |= {f"skip{a}.w": (c[a], c[a] // 2), f"skip{a}.b": (c[a] // 2,), f"gate{a}.w": (c[a] // 2, c[b]), f"gate{a}.b": (c[b],)}
    return found | {"out.w": (1, 1, c[-1], 3), "out.b": (3,)}


def critic_shapes(shape: Shape) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the discriminator's arrays: the same pyramid downwards, with one channel for the batch's spread."""
    c = shape.channels[::-1]
    found: dict[str, tuple[int, ...]] = {"in.w": (1, 1, 3, c[0]), "in.b": (c[0],)}
    for i, (one, two) in enumerate(pairwise(c)):
        found |= {f"down{i}.w": (3, 3, one, two), f"down{i}.b": (two,)}
    return found | {
        "last.w": (3, 3, c[-1] + 1, c[-1]),
        "last.b": (c[-1],),
        "dense.w": (16 * c[-1], 64),
        "dense.b": (64,),
        "score.w": (64, 1),
        "score.b": (1,),
    }


def start(shapes: dict[str, tuple[int, ...]], seed: int) -> Weights:
    """Draw arrays: weights from a standard normal, biases zero."""
    rng = np.random.default_rng(seed)
    return {name: (np.zeros(s) if name.endswith(".b") else rng.standard_normal(s)).astype(np.float32) for name, s in shapes.items()}


def gain(shape: tuple[int, ...]) -> float:
    """What a weight is multiplied by when used: He's sqrt(2 / fan-in)."""
    return float(np.sqrt(2 / np.prod(shape[:-1])))


def noise_of(seed: int, length: int) -> np.ndarray:
    """The noise [length] that a seed stands for."""
    return np.random.default_rng([0x5EED, seed]).standard_normal(length).astype(np.float32)


def generate(weights: Weights, shape: Shape, noise: np.ndarray) -> np.ndarray:
    """Paint maps [n, side, side, 3] in 0..1 from noise [n, noise].

    Example:
        >>> tiny = Shape(8, 4, (4, 4))
        >>> generate(start(generator_shapes(tiny), 0), tiny, noise_of(1, 4)[None]).shape
        (1, 8, 8, 3)
    """
    x = _dense(weights, "seed", _normed(noise)).reshape(len(noise), 4, 4, shape.channels[0])
    levels = [_normed(_leaky(x))]
    gates = {b: a for a, b in shape.skips}
    for i in range(len(shape.channels) - 1):
        x = _doubled(_doubled(levels[-1], 1), 2)
        x = _normed(_leaky(_conv(weights, f"up{i}", x)))
        if (a := gates.get(i + 1)) is not None:
            pooled = levels[a].mean((1, 2))
            x = x * _sigmoid(_dense(weights, f"gate{a}", _leaky(_dense(weights, f"skip{a}", pooled))))[:, None, None]
        levels.append(x)
    return np.clip(_conv(weights, "out", levels[-1]) * 0.5 + 0.5, 0, 1)


def _dense(weights: Weights, name: str, x: np.ndarray) -> np.ndarray:
    w = weights[f"{name}.w"]
    return x @ (w * np.float32(gain(w.shape))) + weights[f"{name}.b"]


def _conv(weights: Weights, name: str, x: np.ndarray) -> np.ndarray:
    w = weights[f"{name}.w"] * np.float32(gain(weights[f"{name}.w"].shape))
    n, high, wide, _ = x.shape
    k = w.shape[0] // 2
    padded = np.pad(x, ((0, 0), (k, k), (k, k), (0, 0)))
    total = np.broadcast_to(weights[f"{name}.b"], (n, high, wide, w.shape[-1])).copy()
    for i in range(w.shape[0]):
        for j in range(w.shape[1]):
            total += padded[:, i : i + high, j : j + wide] @ w[i, j]
    return total


def _doubled(x: np.ndarray, axis: int) -> np.ndarray:
    """Twice as many rows (axis 1) or columns (axis 2), a quarter of the neighbour in each, the edge repeated."""
    x = np.moveaxis(x, axis, 1)
    before, after = np.concatenate([x[:, :1], x[:, :-1]], 1), np.concatenate([x[:, 1:], x[:, -1:]], 1)
    near = x * np.float32(0.75)
    both = np.stack([near + before * np.float32(0.25), near + after * np.float32(0.25)], 2)
    return np.moveaxis(both.reshape(len(x), -1, *x.shape[2:]), 1, axis)


def _leaky(x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x, x * SLOPE)


def _normed(x: np.ndarray) -> np.ndarray:
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + np.float32(1e-8))


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))
