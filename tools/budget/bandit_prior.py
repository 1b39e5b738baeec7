"""What is believed of every arm's rate before it has data of its own: empirical Bayes over the running data.

All arms' rates come from one Beta family: mean = level x the model's guess for the arm (or one guess for all), spread = a coefficient
of variation. Level and spread are those under which the counts so far are most likely (beta-binomial), so that a response model
whose level is off, or a shop's unknown click rate, mends itself as data arrive.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
LEVELS = np.exp(np.linspace(-2.3, 2.3, 47))
# How far true rates of arms lie around the guess, as a share of it. Generous: a spread too small shuts out the best arm whose guess is low.
SPREADS = np.array([0.65, 0.8, 1.0])
# Before any data a level within a factor of e is likely (standard deviation of its log).
LEVEL_SD = 1.0
LARGEST_RATE = 0.95


def beta_prior(guess: Array, hits: Array, trials: Array) -> tuple[Array, Array]:
    """Return Beta parameters (a, b) [n] for every arm, from guesses [n] in 0..1 and counts so far [n] (counts may be fractions).

    Maximum a posteriori over a grid of levels and spreads.

    Example:
        >>> a, b = beta_prior(np.full(2, 0.05), np.array([100.0, 100.0]), np.array([10_000.0, 10_000.0]))
        >>> round(float((a / (a + b))[0]), 2)
        0.01
    """
    from scipy.special import betaln

    seen, usual = trials > 0, float(guess.mean())
    score = np.repeat(-((np.log(LEVELS)[:, None] / LEVEL_SD) ** 2) / 2, len(SPREADS), axis=1)
    if seen.any():
        a, b = _shape(guess[seen], usual, LEVELS[:, None, None], SPREADS[:, None])
        k, n = hits[seen], trials[seen]
        score += (betaln(a + k, b + n - k) - betaln(a, b)).sum(axis=-1)
    level, spread = np.unravel_index(int(score.argmax()), score.shape)
    return _shape(guess, usual, LEVELS[level], SPREADS[spread])


def _shape(guess: Array, usual: float, level: Array, spread: Array) -> tuple[Array, Array]:
    mean = np.minimum(level * guess, LARGEST_RATE)
    # One strength for all, so that an arm with a low guess keeps room above it; a mean near 1 leaves room for less spread.
    middle = np.minimum(level * usual, LARGEST_RATE)
    strength = np.maximum((1 - middle) / (middle * spread**2) - 1, 1.0)
    return mean * strength, (1 - mean) * strength
