"""What an order of a customer is worth: the Gamma-Gamma model of Fader and Hardie ("The Gamma-Gamma Model of Monetary Value", 2013).

Order values of one customer are Gamma(`p`, v), the v of all customers Gamma(`q`, `gamma`): a customer with few orders leans
on the shop's average. Fitted on customers who bought at least twice and kept something (net of refunds). The model takes
for granted that who buys often does not buy dearer; `correlation` says how true that is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .rebuying import MOST_FITTED, Array, Histories

FEWEST = 10
PRIOR = np.log([4.0, 4.0])
SPREAD = 1.5


class Spending(NamedTuple):
    """Fitted parameters in the money of `mean`; `correlation` of order count and order value among repeat buyers (ranks)."""

    p: float
    q: float
    gamma: float
    mean: float
    correlation: float

    def expected(self, h: Histories) -> Array:
        """Return the expected net value of each customer's next order, above 0."""
        orders, value = _orders(h)
        return self.p * (self.gamma + orders * value) / (self.p * orders + self.q - 1)

    def draw(self, h: Histories, orders: NDArray[np.int64], rng: np.random.Generator) -> Array:
        """Draw the sum of `orders` [draws, customers] order values."""
        n, value = _orders(h)
        v = rng.gamma(self.q + self.p * n, 1 / (self.gamma + n * value), orders.shape)
        return np.where(orders > 0, rng.gamma(np.maximum(self.p * orders, 1e-9)) / np.maximum(v, 1e-300), 0.0)


def fit_spending(h: Histories) -> Spending | None:
    """Fit by maximum likelihood on repeat buyers; with fewer than `FEWEST` the spread is assumed and only the mean is learned.

    None when nobody kept anything.
    """
    from scipy.optimize import minimize
    from scipy.special import gammaln
    from scipy.stats import spearmanr

    orders, value = _orders(h)
    kept = value > 0
    if not kept.any():
        return None
    again = np.flatnonzero(kept & (h.repeats > 0))
    if len(again) > MOST_FITTED:
        again = again[np.linspace(0, len(again) - 1, MOST_FITTED).astype(np.intp)]
    mean = float(value[kept].mean())
    if len(again) < FEWEST:
        p, q = np.exp(PRIOR)
        return Spending(float(p), float(q), mean * (q - 1) / p, mean, 0.0)
    n, m = orders[again], value[again] / mean

    def loss(logs: Array) -> float:
        p, q1, g = np.exp(logs)
        q = 1 + q1
        likely = gammaln(p * n + q) - gammaln(p * n) - gammaln(q) + q * np.log(g) + (p * n - 1) * np.log(m) + p * n * np.log(n)
        likely -= (p * n + q) * np.log(g + n * m)
        return float(-likely.sum() + (((logs[:2] - PRIOR) / SPREAD) ** 2).sum() / 2) / len(n)

    found = minimize(loss, [*PRIOR, 1.0], method="L-BFGS-B", bounds=[(-6, 6)] * 3, options={"ftol": 1e-12, "gtol": 1e-7})
    p, q1, g = (float(v) for v in np.exp(found.x))
    varies = np.ptp(n) > 0 and np.ptp(m) > 0
    correlation = float(spearmanr(n, m).statistic) if varies else 0.0  # pyright: ignore[reportAttributeAccessIssue]
    return Spending(p, 1 + q1, g * mean, mean, correlation)


def _orders(h: Histories) -> tuple[Array, Array]:
    """Return the number of purchases and their mean net value; refunds above spend count as nothing kept."""
    orders = h.repeats + 1
    return orders, np.maximum(h.spend, 0.0) / orders
