"""How often customers come back: the MBG/NBD model, fitted by maximum likelihood on three numbers per customer.

Everybody buys at an own steady rate, rates are gamma distributed, and after each purchase, the first one too, somebody
leaves for good with an own probability, which is beta distributed (Batislam, Denizel, Filiztekin 2007, International
Journal of Research in Marketing 24; without leaving after the first purchase it is the BG/NBD of Fader, Hardie, Lee
2005). The three numbers: repeat purchases, days from first to last purchase, days since the first one. A purchase is a
day with an order. Not in the model: season and trend; `pace` in `backtest` corrects for them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
# Fitting needs the shape of the shop, not everybody.
MOST_FITTED = 10_000
FEWEST = 20
WEEK = 7.0
# Weak log-normal prior of each parameter, worth one customer, so that a handful of them cannot push one to infinity.
PRIOR = np.log([0.8, 10.0, 0.8, 3.0])
SPREAD = 2.0
NODES = 32


class Histories(NamedTuple):
    """Purchases of n customers: `repeats`, `span` (days first to last purchase), `age` (days since the first), `spend` (net)."""

    repeats: Array
    span: Array
    age: Array
    spend: Array

    def __len__(self) -> int:
        return len(self.repeats)

    def rows(self, chosen: NDArray[np.intp] | slice) -> Histories:
        """Return the customers at `chosen` positions."""
        return Histories(*(column[chosen] for column in self))


class Rate(NamedTuple):
    """Fitted parameters: purchase rates are Gamma(`r`, `alpha` weeks), chances of leaving Beta(`a`, `b`)."""

    r: float
    alpha: float
    a: float
    b: float

    def p_repeat(self, h: Histories, days: float) -> Array:
        """Return P(at least one purchase in the next `days`) per customer, inside (0, 1)."""
        x, _, age = _weeks(h)
        quiet = (self.r + x) * np.log((self.alpha + age) / (self.alpha + age + days / WEEK))
        return np.clip(self.p_here(h) * -np.expm1(quiet), 1e-6, 1 - 1e-6)

    def orders(self, h: Histories, days: float) -> Array:
        """Return the expected number of purchases in the next `days` per customer."""
        x, _, age = _weeks(h)
        leave = self._leaving(x)
        ahead = days / WEEK / (self.alpha + age)
        each = -np.expm1(-(self.r + x)[:, None] * np.log1p(leave * ahead[:, None])) / leave
        return self.p_here(h) * each.mean(axis=1)

    def p_here(self, h: Histories) -> Array:
        """Return the probability that a customer has not left for good."""
        here, left = _terms(self, *_weeks(h))
        return 1 / (1 + np.exp(np.clip(left - here, -500, 500)))

    def draw(self, h: Histories, days: Array, rng: np.random.Generator) -> NDArray[np.int64]:
        """Draw the purchases of the next `days` (one entry per draw); returns [draws, customers]."""
        x, _, age = _weeks(h)
        shape = (len(days), len(h))
        here = rng.random(shape) < self.p_here(h)
        rate = rng.gamma(self.r + x, 1 / (self.alpha + age), shape)
        bought = rng.poisson(rate * days[:, None] / WEEK)
        leave = np.maximum(rng.beta(self.a, self.b + x + 1, shape), 1e-9)
        # The purchase after which somebody leaves is their last.
        last = np.minimum(rng.geometric(leave), 10**6)
        return np.where(here, np.minimum(bought, last), 0)

    def _leaving(self, x: Array) -> Array:
        """Return NODES equally likely chances of leaving per customer who is still here: [customers, nodes]."""
        from scipy.special import betaincinv

        nodes = (np.arange(NODES) + 0.5) / NODES
        seen, at = np.unique(x, return_inverse=True)
        return np.maximum(betaincinv(self.a, (self.b + seen + 1)[:, None], nodes[None, :]), 1e-9)[at]


def fit_rate(h: Histories) -> Rate | None:
    """Fit by maximum likelihood with a weak prior; None with fewer than `FEWEST` customers or none who could have come back.

    Example:
        >>> fit_rate(histories).p_repeat(histories, 90).mean()  # doctest: +SKIP
        0.41
    """
    from scipy.optimize import minimize

    seen = h.rows(np.flatnonzero(h.age > 0))
    if len(seen) < FEWEST:
        return None
    if len(seen) > MOST_FITTED:
        seen = seen.rows(np.linspace(0, len(seen) - 1, MOST_FITTED).astype(np.intp))
    cells, weights = np.unique(np.stack(_weeks(seen), axis=1), axis=0, return_counts=True)
    x, span, age = cells.T

    def loss(logs: Array) -> float:
        rate = Rate(*np.exp(logs))
        likely = weights @ np.logaddexp(*_terms(rate, x, span, age))
        return float(-likely + (((logs - PRIOR) / SPREAD) ** 2).sum() / 2) / len(seen)

    found = minimize(loss, PRIOR, method="L-BFGS-B", bounds=[(-10, 10)] * 4, options={"ftol": 1e-12, "gtol": 1e-7})
    return Rate(*(float(v) for v in np.exp(found.x)))


def _weeks(h: Histories) -> tuple[Array, Array, Array]:
    return h.repeats, h.span / WEEK, h.age / WEEK


def _terms(rate: Rate, x: Array, span: Array, age: Array) -> tuple[Array, Array]:
    """Log-likelihood of being still here, and of having left after the last purchase."""
    from scipy.special import betaln, gammaln

    r, alpha, a, b = rate
    base = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - betaln(a, b)
    here = base + betaln(a, b + x + 1) - (r + x) * np.log(alpha + age)
    left = base + betaln(a + 1, b + x) - (r + x) * np.log(alpha + span)
    return here, left
