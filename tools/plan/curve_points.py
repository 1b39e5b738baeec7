"""Each line's result at other budgets, all else as in the plan: what the response charts draw.

The draws are those of the forecast without the luck of single orders; every range is scaled so that it passes through the line's own figures
at its own budget. Of a plan that runs, what was spent is fact and budgets start there. The marginal ROAS is the derivative of expected revenue.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...data.figure import Figure, rounded
from ...data.money import Money
from ...data.plan import CurvePoint
from ..budget import LineForecast
from ..budget.curves import Curves, Shape, arrival
from ..budget.montecarlo import draw, in_whole
from .money import Market

BELOW = (0.1, 0.25, 0.5, 0.75, 1.0)
# Between the line's own budget and twice it, or a little more than the split compared with.
ABOVE, FAR, BEYOND = (0.25, 0.6, 1.0), 2.0, 1.1
DRAWS = 1000
QUANTILES = (0.1, 0.5, 0.9)


def curve_points(
    market: Market, budgets: Sequence[Money], told: Sequence[LineForecast], compared: Sequence[Money]
) -> list[list[CurvePoint]]:
    """Return eight points a line from a tenth of its budget to beyond it and what it gets in the split `compared` with.

    In the order of the market's lines; none for a line without money and after the last day.
    """
    brief, currency = market.brief, budgets[0].currency
    lines, spent, facts = market.ahead()
    left = brief.days.value - (market.counts.days if market.counts else 0)
    if left <= 0:
        return [[] for _ in budgets]
    prices = np.array(market.prices()[-left:])
    shape, arrived = Shape.of(lines, left), arrival(left)
    curves = Curves.of(lines, left, objective="revenue", prices=prices.tolist())
    own = np.array([float(budget) for budget in budgets])
    rest = np.maximum(own - spent, 0.0)
    top = np.maximum(FAR * rest, BEYOND * (np.array([float(x) for x in compared]) - spent))
    found = []
    for spend in [*(step * rest for step in BELOW), *(rest + part * (top - rest) for part in ABOVE)]:
        drawn = draw(lines, spend, shape, prices, arrived, brief.seed, DRAWS).mean_revenue
        found.append((spend, np.quantile(drawn, QUANTILES, axis=1), curves.slopes(spend)[0]))
    base = found[len(BELOW) - 1][1]
    points = []
    for i, (line, forecast) in enumerate(zip(lines, told, strict=True)):
        mine = []
        for spend, at, slope in found if rest[i] > 0 else []:
            ratio = at[:, i] / np.maximum(base[:, i], 1e-9)
            orders, revenue = (
                _through(figure, facts[name][i], ratio) for figure, name in ((forecast.orders, "orders"), (forecast.revenue, "revenue"))
            )
            budget = float(spent[i] + spend[i])
            low, middle, high = (in_whole(rounded(line.margin * x - budget, currency)) for x in revenue)
            p10, p50, p90 = (rounded(x, "count") for x in orders)
            mine.append(
                CurvePoint(
                    budget=Money.of(round(budget), currency),
                    orders=(p10, p50, p90),
                    contribution=(low, middle, high),
                    mroas=rounded(float(slope[i]), "ratio"),
                )
            )
        points.append(mine)
    return points


def _through(figure: Figure, known: float, ratio: np.ndarray) -> list[float]:
    """P10, P50, P90 that are the figure's own where `ratio` is 1; what is known already does not move."""
    ends = (figure.low, figure.value, figure.high)
    return [known + max(float(figure.value if end is None else end) - known, 0.0) * float(r) for end, r in zip(ends, ratio, strict=True)]
