"""Posterior draws of a media mix model by griddy Gibbs: which shape each channel has, and what a unit of its spend brings.

outcome = controls + sum over channels ROI x spend-scaled effect of a shape + noise. Per channel the sampler weighs all shapes
at once with its ROI integrated out (a truncated Gaussian integral), so that it never sticks to one; controls are projected
out. ROI ~ N+(mu, tau^2) with mu and tau drawn too: channels lean on one another. Ritter and Tanner 1992 (griddy Gibbs).
Several chains run as one array. Not covered: effects that change over time, interaction between channels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr, ndtri

Array = NDArray[np.float64]
Index = NDArray[np.intp]
# The usual share of the outcome that media bring (Meridian's default prior: mean 0.4, sd 0.2), as median and log spread.
MEDIA_SHARE, SHARE_SPREAD = 0.36, 0.6
SPREADS = (0.25, 0.4, 0.6, 0.9)


@dataclass(frozen=True)
class Problem:
    """`y` (rows) and per channel `effects` (shapes, rows), both with the controls projected out; `dof` of the residuals."""

    y: Array
    effects: list[Array]
    log_prior: Array
    roi: float
    dof: float


@dataclass(frozen=True)
class Draws:
    """`shape` and `roi` (draws, channels), `noise` the residual variance (draws)."""

    shape: Index
    roi: Array
    noise: Array


def sample(problem: Problem, *, chains: int, sweeps: int, burn: int, thin: int, seed: int) -> Draws:
    """Return the draws kept after `burn` sweeps, every `thin`-th of all chains."""
    rng = np.random.default_rng(seed)
    effects, y = problem.effects, problem.y
    n = len(effects)
    squares = [(e**2).sum(1) for e in effects]
    prior = np.exp(problem.log_prior - problem.log_prior.max())
    shape = rng.choice(len(prior), (chains, n), p=prior / prior.sum())
    roi = problem.roi * np.exp(0.3 * rng.standard_normal((chains, n)))
    mu, tau = np.full(chains, problem.roi), np.full(chains, 0.6 * problem.roi)
    noise = np.full(chains, 0.3 * y.var())
    left = y - sum(roi[:, i, None] * effects[i][shape[:, i]] for i in range(n))
    row = np.arange(chains)
    kept: list[tuple[Index, Array, Array]] = []
    for sweep in range(sweeps):
        for i in rng.permutation(n):
            left += roi[:, i, None] * effects[i][shape[:, i]]
            precision = squares[i] / noise[:, None] + (1 / tau**2)[:, None]
            pull = left @ effects[i].T / noise[:, None] + (mu / tau**2)[:, None]
            root = np.sqrt(precision)
            log_weight = problem.log_prior + 0.5 * (pull / root) ** 2 - np.log(root) + log_ndtr(pull / root)
            shape[:, i] = _pick(log_weight, rng)
            chosen = precision[row, shape[:, i]]
            roi[:, i] = _positive_normal(pull[row, shape[:, i]] / chosen, 1 / np.sqrt(chosen), rng)
            left -= roi[:, i, None] * effects[i][shape[:, i]]
        noise = (left**2).sum(1) / 2 / rng.gamma(problem.dof / 2, 1, chains)
        mu, tau = _scale(roi, problem.roi, rng)
        if sweep >= burn and (sweep - burn) % thin == 0:
            kept.append((shape.copy(), roi.copy(), noise.copy()))
    shapes, rois, noises = zip(*kept, strict=True)
    return Draws(np.concatenate(shapes), np.concatenate(rois), np.concatenate(noises))


def _scale(roi: Array, usual: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Draw mean and spread of the channels' ROI on a grid."""
    mus = usual * np.exp(np.linspace(-1.8, 1.8, 13))
    mu, spread = (a.ravel() for a in np.meshgrid(mus, SPREADS))
    tau = mu * spread
    log_weight = -0.5 * (np.log(mu / usual) / SHARE_SPREAD) ** 2 - roi.shape[1] * (np.log(tau) + log_ndtr(mu / tau))
    log_weight = log_weight - 0.5 * (((roi[:, :, None] - mu) / tau) ** 2).sum(1)
    j = _pick(log_weight, rng)
    return mu[j], tau[j]


def _pick(log_weight: Array, rng: np.random.Generator) -> Index:
    weight = np.exp(log_weight - log_weight.max(1, keepdims=True)).cumsum(1)
    return (weight < rng.random((len(weight), 1)) * weight[:, -1:]).sum(1)


def _positive_normal(mean: Array, sd: Array, rng: np.random.Generator) -> Array:
    """Draw normals above zero by inversion; far in the tail, where that loses its digits, the exponential limit."""
    below = ndtr(-mean / sd)
    drawn = mean + sd * ndtri(np.minimum(below + (1 - below) * rng.random(mean.shape), 1 - 1e-16))
    tail = sd**2 / np.maximum(-mean, 1e-300) * rng.exponential(1, mean.shape)
    return np.where(mean < -5 * sd, tail, np.maximum(drawn, 1e-12))
