"""The population stability index: how far shares have moved, for response models and customer features alike."""

from __future__ import annotations

import numpy as np


def stability_index(then: np.ndarray, now: np.ndarray) -> float:
    """Return PSI = sum over bins of (now - then) * ln(now / then); both [bins], positive (Siddiqi 2006, ch. 9).

    How much counts as moved is knowledge (``data/knowledge/drift.toml``), not part of the formula.

    Example:
        >>> stability_index(np.array([0.5, 0.5]), np.array([0.5, 0.5]))
        0.0
    """
    return float(((now - then) * np.log(now / then)).sum())
