"""Whether a painter may be used: its pictures must differ from each other, and from every picture it learned from.

Distances are root mean squares between thumbnails of 8 x 8 maps, the mirrored one included: how light and colour are spread
counts, not single pixels. The yardstick is the training set itself: how far its own pictures lie from their nearest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SIDE = 8
# A sample nearer to a training picture than half of what only one training picture in twenty is to its nearest is a copy.
COPY = 0.5
# Samples must lie at least this part as far apart as training pictures do.
SPREAD = 0.6


def thumbnails(maps: np.ndarray) -> np.ndarray:
    """Shrink maps [n, side, side, 3] to uint8 [n, 8, 8, 3]."""
    n, side = len(maps), maps.shape[1]
    step = max(1, side // SIDE)
    small = maps.reshape(n, side // step, step, side // step, step, 3).mean((2, 4))
    return np.round(np.clip(small, 0, 1) * 255).astype(np.uint8)


def distances(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """RMS between every two thumbnails, or one and the other's mirror image, whichever is less: float32 [some, others], 0..1."""
    size = float(np.prod(some.shape[1:]))
    a = some.reshape(len(some), -1).astype(np.float32) / 255
    found = None
    for turned in (others, others[:, :, ::-1]):
        b = turned.reshape(len(others), -1).astype(np.float32) / 255
        square = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T
        found = square if found is None else np.minimum(found, square)
    assert found is not None
    return np.sqrt(np.maximum(found, 0) / size)


@dataclass(frozen=True)
class Verdict:
    """What the checks found on `samples` pictures: share of copies, nearest distance (median, least), spread beside the training set's.

    `limit` is the distance below which a picture counts as a copy.
    """

    samples: int
    limit: float
    copies: float
    nearest: float
    least: float
    spread: float

    @property
    def passed(self) -> bool:
        """Whether the painter may be used: diverse, and hardly ever a copy (single copies are thrown away when painting)."""
        return self.spread >= SPREAD and self.copies <= 0.2


def judge(samples: np.ndarray, training: np.ndarray, seed: int = 0) -> Verdict:
    """Judge thumbnails of samples against all of the training set.

    Example:
        >>> own = np.random.default_rng(0).integers(0, 255, (40, 8, 8, 3), dtype=np.uint8)
        >>> judge(own[:8], own).copies
        1.0
    """
    some = training[np.random.default_rng(seed).permutation(len(training))[:512]]
    apart = distances(some, training)
    # Its own place in the set, at distance 0, does not count.
    own = np.partition(apart, 1, axis=1)[:, 1] if len(training) > 1 else np.zeros(1)
    limit = float(np.quantile(own, 0.05)) * COPY
    near = distances(samples, training).min(1)
    ratio = _spread(samples) / max(1e-6, _spread(some))
    return Verdict(len(samples), limit, float((near < limit).mean()), float(np.median(near)), float(near.min()), float(ratio))


def _spread(thumbs: np.ndarray) -> float:
    apart = distances(thumbs, thumbs)
    return float(apart[np.triu_indices(len(thumbs), 1)].mean()) if len(thumbs) > 1 else 0.0
