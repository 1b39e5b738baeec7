"""The split whose worst draws are best: expected result over the worst share of draws (CVaR), with its bound.

CVaR is the least mean over weights of draws that none exceeds 1 / (share x draws) (Rockafellar and Uryasev 2000). For any such weights the best
split for the weighted mean bounds it from above, and mixing the splits found so far bounds it from below: cutting planes (Kelley 1960) between
the two, each one exact solve. Mixing needs concave curves; with S-shaped ones the best single split is kept and the gap says how far it may be.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .envelope import Solved, solve
from .response_curve import ResponseCurve
from .solver import Limits

Array = NDArray[np.float64]
ROUNDS = 60
TOLERANCE = 1e-6
# The next weights lie between the best so far and the model's own: steps stay short.
PULL = 0.5


class Worst(NamedTuple):
    """The split with its expected result in the worst draws (`value`), the `bound` on that, and the curves weighted as the worst draws ask for."""

    solved: Solved
    value: float
    weighted: ResponseCurve


def worst_mean(results: Array, share: float) -> float:
    """Return the mean of the lowest `share` of results, the draw on the edge in part.

    Example:
        >>> worst_mean(np.array([4.0, 1.0, 2.0, 3.0]), 0.5)
        1.5
    """
    ordered = np.sort(results)
    weight = np.clip(share * len(ordered) - np.arange(len(ordered)), 0, 1)
    return float(ordered @ weight / weight.sum())


def solve_worst(curves: ResponseCurve, total: float, limits: Limits, share: float) -> Worst:
    """Return the split of `total` with the highest mean over the worst `share` (0..1) of the draws of `curves`."""
    draws = curves.draws
    middle = np.full(draws, 1 / draws)
    seen: list[tuple[Array, Array]] = []
    best, best_value, least, weights, centre = None, -np.inf, np.inf, middle, middle
    concave = bool(curves.concave.all())
    for _ in range(ROUNDS):
        solved = solve(_weighted(curves, weights), total, limits)
        if solved.bound < least:
            least, centre = solved.bound, weights
        results = curves.by_draw(solved.spend).sum(0)
        seen.append((solved.spend, results))
        proposals = [(solved.spend, results)]
        model, mix = _model(np.array([r for _, r in seen]), share)
        if concave:
            mixed = sum(m * s for m, (s, _) in zip(mix, seen, strict=True))
            proposals.append((np.asarray(mixed, float), curves.by_draw(mixed).sum(0)))
        for spend, got in proposals:
            if (value := worst_mean(got, share)) > best_value:
                best, best_value = spend, value
        if least - best_value <= TOLERANCE * abs(least):
            break
        weights = PULL * centre + (1 - PULL) * model
    assert best is not None
    tilted = _weighted(curves, centre)
    return Worst(Solved(best, best_value, max(least, best_value), solve(tilted, total, limits).optimum), best_value, tilted)


def _weighted(curves: ResponseCurve, weights: Array) -> ResponseCurve:
    """Return curves whose mean over draws is the weighted mean."""
    return replace(curves, top=curves.top * (weights * curves.draws))


def _model(results: Array, share: float) -> tuple[Array, Array]:
    """Return the weights at which the best of the splits seen is worst, and the mix of splits that this defends."""
    from scipy.optimize import linprog

    seen, draws = results.shape
    scale = np.abs(results).max() or 1.0
    found = linprog(
        np.append(np.zeros(draws), 1.0),
        A_ub=np.column_stack([results / scale, -np.ones(seen)]),
        b_ub=np.zeros(seen),
        A_eq=np.append(np.ones(draws), 0.0)[None, :],
        b_eq=[1.0],
        bounds=[(0, 1 / (share * draws))] * draws + [(None, None)],
        method="highs",
    )
    mix = np.maximum(-found.ineqlin.marginals, 0)
    return found.x[:draws], mix / mix.sum()
