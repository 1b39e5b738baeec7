"""Elasticities of one category lean on each other as much as their own uncertainty asks for.

Normal means with unknown centre and spread: the centre is integrated out exactly, the spread over a grid with a half-normal prior
(Gelman 2006; the R package bayesmeta does the same), so that few products do not feign certainty. Not covered: covariates of products.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import logsumexp

GRID = 60
# The spread is searched up to this many prior scales.
REACH = 4.0


def lean(found: Sequence[tuple[float, float]], between: float) -> tuple[list[tuple[float, float]], tuple[float, float, float]]:
    """Return each value and standard error after leaning, and the category's mean, its error and the spread between products.

    `found` holds values with standard errors above 0; `between` is the scale of the prior of the spread. One product stays as it is.

    Example:
        >>> leaned, (mean, _, _) = lean([(-2.0, 0.1), (-2.2, 0.1), (-5.0, 3.0)], 0.5)
        >>> round(mean, 1), round(leaned[2][0], 1)
        (-2.1, -2.2)
    """
    if len(found) < 2:
        return list(found), (*found[0], 0.0) if found else (0.0, 0.0, 0.0)
    value, error = np.array(found, float).T
    spread = (np.arange(GRID) + 0.5) / GRID * REACH * between
    precision = 1 / (error[None, :] ** 2 + spread[:, None] ** 2)
    total = precision.sum(1)
    mean = (precision * value).sum(1) / total
    fit = 0.5 * (np.log(precision).sum(1) - np.log(total) - (precision * (value - mean[:, None]) ** 2).sum(1))
    weight = np.exp((belief := fit - 0.5 * (spread / between) ** 2) - logsumexp(belief))
    own = spread[:, None] ** 2 * precision
    leaned = own * value + (1 - own) * mean[:, None]
    within = own * error**2 + (1 - own) ** 2 / total[:, None]
    centre = weight @ leaned
    deviation = np.sqrt(weight @ (within + (leaned - centre) ** 2))
    middle = float(weight @ mean)
    around = float(np.sqrt(weight @ (1 / total + (mean - middle) ** 2)))
    return list(zip(centre.tolist(), deviation.tolist(), strict=True)), (middle, around, float(weight @ spread))
