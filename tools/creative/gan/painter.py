"""The painter in use: a trained generator, painted with in NumPy, that shows nothing it only copied.

Experimental: what it paints is a soft texture of 32 px that is enlarged, not a scene with things in it. It comes with
Adwright, trained only on our own procedural grounds (`grounds`), or from a training of the merchant's (`train_gan`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ....data.errors import AdwrightError
from ....data.words import both
from . import checkpoint
from .checks import Verdict, distances, judge, thumbnails
from .generator import Shape, Weights, critic_shapes, generate, generator_shapes, noise_of

SHIPPED = Path(__file__).parent
TRIES = 24
JUDGED = 256


@dataclass(frozen=True)
class Painter:
    """A trained painter: its weights, thumbnails of its training set, what the checks found, and where it comes from (`facts`)."""

    shape: Shape
    weights: Weights
    critic: Weights
    seen: np.ndarray
    verdict: Verdict
    facts: dict[str, Any]

    def paint(self, seed: int) -> np.ndarray:
        """Paint one palette map [side, side, 3] that is no copy of a training picture; the same seed paints the same.

        Raises `AdwrightError`: ``gan-not-diverse`` when the painter failed its checks, ``gan-copies`` when it only copies.
        """
        if not self.verdict.passed:
            raise AdwrightError(
                both(
                    f"这个底图模型没有通过检查：差异度 {self.verdict.spread:.2f}（至少 0.60），疑似照抄 {self.verdict.copies:.0%}（至多 20%）。",
                    f"This painter failed its checks: spread {self.verdict.spread:.2f} (0.60 at least), {self.verdict.copies:.0%} near copies (20% at most).",
                ),
                both(
                    "请加训练步数或更多不同的图片；在那之前用程序绘制的底图。",
                    "Train longer or with more varied pictures; until then use painted scenes.",
                ),
                code="gan-not-diverse",
            )
        for turn in range(TRIES):
            maps = generate(self.weights, self.shape, noise_of(seed + turn * 1_000_003, self.shape.noise)[None])
            if distances(thumbnails(maps), self.seen).min() >= self.verdict.limit:
                return maps[0]
        raise AdwrightError(
            both(
                "底图模型画出来的都太像训练图片，没有采用。", "What the painter made was too near its training pictures and was not used."
            ),
            both("换一个 seed，或用更多图片重新训练。", "Use another seed, or train it again with more pictures."),
            code="gan-copies",
        )


def judged(shape: Shape, weights: Weights, critic: Weights, seen: np.ndarray, facts: dict[str, Any]) -> Painter:
    """Check a generator on 256 pictures and return it as a painter."""
    rows = [noise_of(10_000_000 + i, shape.noise) for i in range(JUDGED)]
    maps = np.concatenate([generate(weights, shape, np.stack(rows[i : i + 32])) for i in range(0, JUDGED, 32)])
    return Painter(shape, weights, critic, seen, judge(thumbnails(maps), seen), facts)


def save_painter(painter: Painter, folder: Path) -> None:
    """Write ``painter.npz`` and ``painter.json``."""
    arrays: Weights = {f"generator/{k}": v.astype(np.float16) for k, v in painter.weights.items()}
    arrays |= {f"critic/{k}": v for k, v in checkpoint.packed(painter.critic).items()} | {"seen": painter.seen}
    verdict = {name: round(value, 5) for name, value in vars(painter.verdict).items()}
    facts = {**painter.facts, **checkpoint.described(painter.shape), "verdict": verdict, "status": "experimental"}
    checkpoint.save(folder, "painter", arrays, facts)


@lru_cache(maxsize=4)
def load_painter(folder: Path = SHIPPED) -> Painter:
    """Read a painter, by default the one that comes with Adwright. Raises ``gan-missing``, ``gan-damaged``.

    Example:
        >>> load_painter().shape.side
        32
    """
    arrays, facts = checkpoint.load(folder, "painter")
    shape = checkpoint.shape_in(facts, folder)
    parts = {part: {k.split("/", 1)[1]: v for k, v in arrays.items() if k.startswith(f"{part}/")} for part in ("generator", "critic")}
    weights, critic = {k: v.astype(np.float32) for k, v in parts["generator"].items()}, checkpoint.unpacked(parts["critic"])
    checkpoint.check_shapes(weights, generator_shapes(shape), folder)
    checkpoint.check_shapes(critic, critic_shapes(shape), folder)
    return Painter(shape, weights, critic, arrays["seen"], Verdict(**facts["verdict"]), facts)
