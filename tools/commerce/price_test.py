"""A price test by weeks: which prices, in which order, and how many weeks until it can tell.

A switchback: the whole shop has one price a week, in random order within each round, so that every price meets every season and nobody
pays another price than their neighbour. Its length follows from the usual power formula for a slope. Not covered: carry-over from one week
to the next (the first day of each week is best left out), regional tests.
"""

from __future__ import annotations

from math import ceil, inf

import numpy as np
from scipy.special import ndtri

from ...data.brief import Document
from ...data.money import Money
from .endings import charm, house_rules


class PriceTest(Document):
    """`points` are the prices; `schedule` holds one point's number per week; `detects` is the distance of elasticity that it can tell.

    `weeks` is the whole length; `alone` the weeks this product would need by itself, longer where the test runs over `products` of its
    category at once. `weeks` is 0 where even together no test of half a year could tell.
    """

    points: list[Money]
    schedule: list[int]
    weeks: int
    alone: int
    products: int
    detects: float
    power: float


def plan_price_test(
    price: float,
    noise: float,
    currency: str,
    floor: float = 0.0,
    ceiling: float = inf,
    detects: float = 1.0,
    products: int = 1,
    seed: int = 0,
) -> PriceTest:
    """Plan a test around today's `price` that tells an elasticity from one `detects` away (80 % power, 5 % error, two-sided).

    `noise` is the standard deviation of ln(units) per week that price does not explain; `floor` and `ceiling` hold for every point; `products`
    of the category could be tested at once. Power of a slope: Cohen 1988, chapter 3.

    Example:
        >>> test = plan_price_test(100, 0.2, "CNY", floor=70)
        >>> [str(p) for p in test.points], test.weeks
        (['¥89.90', '¥100.00', '¥109.00'], 57)
    """
    rules = house_rules()
    width, longest = rules["test_width"], rules["test_longest"]
    points = [_point(price * (1 - width), currency, max(floor, price * (1 - rules["largest_step"])), price)]
    points += [Money.of(price, currency), _point(price * (1 + width), currency, price, min(ceiling, price * (1 + rules["largest_step"])))]
    points = sorted({p.amount: p for p in points if floor <= float(p) <= ceiling}.values(), key=float)
    spread = float(np.log([float(p) for p in points]).std()) if len(points) > 1 else 0.0
    power = rules["test_power"]
    needed = ((float(ndtri(0.975)) + float(ndtri(power))) * noise / (spread * detects)) ** 2 if spread > 0 else inf
    alone, together = (_whole(needed / n, len(points)) for n in (1, max(products, 1)))
    weeks = alone if alone <= longest else together if together <= longest else 0
    rng = np.random.default_rng(seed)
    rounds = [rng.permutation(len(points)) for _ in range(weeks // max(len(points), 1))]
    schedule = np.concatenate(rounds).tolist() if rounds else []
    return PriceTest(
        points=points,
        schedule=schedule,
        weeks=weeks,
        alone=alone,
        products=products if alone > longest else 1,
        detects=detects,
        power=power,
    )


def _point(value: float, currency: str, least: float, most: float) -> Money:
    return Money.of(charm(value, currency, min(least, most), most), currency)


def _whole(weeks: float, points: int) -> int:
    """Whole rounds, two at least; a number past every horizon where no length would do."""
    return 10**6 if weeks > 10**5 else max(2, ceil(weeks / max(points, 1))) * points
