"""What an order from an ad pays, as a multiple of the catalogue's price: the shop's own past campaigns, shrunk.

Ratio of sums: revenue / (orders x price) over campaigns, so that it is right in total. Empirical Bayes on the logarithm: a category leans on the
shop by how much categories differ (DerSimonian & Laird 1986), the shop leans on 1 with an assumed spread. Not here: which price, and what serves
where there is none (`budget.order_value`); prices of earlier days, since a catalogue holds today's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from typing import NamedTuple

import numpy as np

LEAST_ORDERS = 30
# Assumed: how far a shop's ratio lies from 1, and a campaign's from its category's, as spreads of the logarithm.
BETWEEN_SHOPS = 0.25
BETWEEN_CAMPAIGNS = 0.25
# Campaigns that the assumed spread between campaigns counts as.
ASSUMED_CAMPAIGNS = 2.0


class Flown(NamedTuple):
    """A past campaign of a product with a catalogue price; `revenue` and `price` in one currency."""

    id: str
    category: str
    orders: float
    revenue: float
    price: float


@dataclass(frozen=True)
class PriceRatio:
    """Revenue per order / catalogue price; `spread` is that of the logarithm for one further campaign.

    `category` is None where the shop's campaigns of all categories serve; `campaigns` and `orders` count those that serve, `ids` are
    the largest, at most five.
    """

    value: float
    spread: float
    category: str | None
    campaigns: int
    orders: int
    ids: tuple[str, ...]


def price_ratio(flown: Sequence[Flown], category: str) -> PriceRatio | None:
    """Return the ratio for a product of `category`; None under 30 orders in all. Campaigns without orders or revenue teach nothing.

    Example:
        >>> one = Flown("c1", "food", 100, 11_000, 100)
        >>> round(price_ratio([one], "food").value, 3)  # half of the way from 1, on the logarithm
        1.049
    """
    flown = [f for f in flown if f.orders > 0 and f.revenue > 0 and f.price > 0]
    if sum(f.orders for f in flown) < LEAST_ORDERS:
        return None
    groups: dict[str, list[Flown]] = {}
    for f in flown:
        groups.setdefault(f.category, []).append(f)
    noise = _between_campaigns(groups)
    shop, shop_error = _log_ratio(flown), noise / _count(flown)
    share = BETWEEN_SHOPS**2 / (BETWEEN_SHOPS**2 + shop_error)
    mean, variance = share * shop, share * shop_error
    between = _between_categories([_log_ratio(own) for own in groups.values()], [noise / _count(own) for own in groups.values()])
    own = groups.get(category, [])
    share = between / (between + noise / _count(own)) if own and between else 0.0
    mean += share * (_log_ratio(own) - mean) if share else 0.0
    variance = (1 - share) * between + (1 - share) ** 2 * variance
    taught = own if share else flown
    return PriceRatio(
        value=exp(mean),
        spread=(variance + noise) ** 0.5,
        category=category if share else None,
        campaigns=len(taught),
        orders=round(sum(f.orders for f in taught)),
        ids=tuple(f.id for f in sorted(taught, key=lambda f: (-f.orders, f.id))[:5]),
    )


def _log_ratio(flown: Sequence[Flown]) -> float:
    return log(sum(f.revenue for f in flown) / sum(f.orders * f.price for f in flown))


def _count(flown: Sequence[Flown]) -> float:
    """How many equal campaigns these are worth (Kish): the mean of one large and many small ones is hardly surer than the large one."""
    weights = np.array([f.orders * f.price for f in flown])
    return float(weights.sum() ** 2 / (weights**2).sum())


def _between_campaigns(groups: dict[str, list[Flown]]) -> float:
    """Variance of a campaign's log ratio around its category's, leaning on the assumed one; campaigns of few orders count less."""
    weights = np.array([min(f.orders, LEAST_ORDERS) for own in groups.values() for f in own])
    away = np.array([log(f.revenue / (f.orders * f.price)) - _log_ratio(own) for own in groups.values() for f in own])
    free = len(away) - len(groups)
    seen = float((weights * away**2).sum() / weights.sum()) * len(away)
    return (seen + ASSUMED_CAMPAIGNS * BETWEEN_CAMPAIGNS**2) / (free + ASSUMED_CAMPAIGNS)


def _between_categories(ratios: list[float], errors: list[float]) -> float:
    """Variance between categories by the method of moments, 0 where chance explains their differences."""
    if len(ratios) < 2:
        return 0.0
    y, w = np.array(ratios), 1 / np.array(errors)
    q = float((w * (y - np.average(y, weights=w)) ** 2).sum())
    return max(0.0, (q - (len(y) - 1)) / float(w.sum() - (w**2).sum() / w.sum()))
