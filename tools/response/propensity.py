"""How likely each candidate was to be shown: the probability of being the best of independent draws, without drawing.

With it a log tells what another order would have earned (inverse propensity scoring, Horvitz and Thompson 1952; Bottou et al. 2013).
Scores are a monotone function of a normal log odds, so that their distributions are known; the probability of the largest is
one integral over all candidates at once.
"""

from __future__ import annotations

import numpy as np

from .encoding import logit, sigmoid

NODES = 64
# The distributions are looked at where they have mass: at these standard deviations of every candidate.
REACH = np.linspace(-3.5, 3.5, 15)


def best_of_draws(z: np.ndarray, spread: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Probability of every candidate that its score ``sigmoid(normal(z, spread)) * value`` is the largest, float64 [n], sum 1.

    z and spread [n] are mean and standard deviation of the log odds, value [n] what a click is worth (it may be negative).

    Example:
        >>> best_of_draws(np.zeros(2), np.ones(2), np.ones(2)).tolist()
        [0.5, 0.5]
    """
    from scipy.special import ndtr

    spread = np.maximum(spread, 1e-6)
    looked = sigmoid(z[:, None] + spread[:, None] * REACH) * value[:, None]
    # Below what some candidate surpasses anyway no other can win.
    pool = looked[looked >= looked.min(axis=1).max()]
    nodes = np.unique(np.quantile(pool, np.linspace(0, 1, NODES)))
    nodes = np.concatenate([nodes, [nodes[-1] + 1e-9 + abs(nodes[-1]) * 1e-6]])
    share = nodes[:, None] / np.where(value == 0, 1.0, value)
    below = ndtr((logit(share) - z) / spread)
    below = np.where(value > 0, np.where(share <= 0, 0.0, np.where(share >= 1, 1.0, below)), below)
    below = np.where(value < 0, np.where(share <= 0, 1.0, np.where(share >= 1, 0.0, 1 - below)), below)
    below = np.where(value == 0, (nodes >= 0)[:, None], below)
    below[-1] = 1.0
    logs = np.log(np.maximum(below, 1e-300))
    others = np.exp(logs.sum(axis=1, keepdims=True) - logs)
    won = below[0] * others[0] + (np.diff(below, axis=0) * (others[1:] + others[:-1]) / 2).sum(axis=0)
    return won / won.sum()
