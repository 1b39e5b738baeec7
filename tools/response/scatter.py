"""How far campaigns stray from what the shop's other campaigns said of them: the honest width of the next one's range.

Each campaign is predicted from the others, as the next one will be; what luck with small counts cannot explain is the spread
of the click price and of the conversion rate. It holds differences between campaigns that no column tells, and the error of few campaigns.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log
from typing import Any, NamedTuple

import numpy as np

# Usual spread, and for how many campaigns it counts; how many there have to be before anything is measured.
USUAL, USUAL_CAMPAIGNS, FEW_CAMPAIGNS = 0.3, 5.0, 8
# Newest campaigns looked at, and the clicks from which on one's click price is more than luck.
NEWEST, ENOUGH_CLICKS = 60, 10
# Pull of the fall of conversion with volume towards none.
LEAN_VOLUME = 20.0
Z80 = 1.2815515655446004


class Scatter(NamedTuple):
    """`cpc`: standard deviation of the log click price; `cvr`: coefficient of variation of the rate; both around a prediction."""

    cpc: float
    cvr: float


def scatter(rows: list[dict[str, Any]], predict: Callable[[dict[str, Any]], tuple[float, float] | None]) -> Scatter | None:
    """Measure the spread of the newest campaigns around `predict`, which gives (click price, rate) from the others; None under eight.

    Prices: the 80 % quantile of the misses of the log, so that a single blunder does not rule. Rates: Beta-binomial, method of moments.
    """
    prices, told = [], []
    for row in sorted(rows, key=lambda r: (str(r["end"] or ""), str(r["campaign_id"])))[-NEWEST:]:
        found = predict(row) if row["clicks"] and (row["spend"] or 0) > 0 and row["conversions"] is not None else None
        if found is None:
            continue
        price, rate = found
        clicks = float(row["clicks"] or 0)
        if clicks >= ENOUGH_CLICKS:
            prices.append(abs(log(float(row["spend"] or 0) / clicks / price)))
        told.append((float(row["conversions"] or 0), max(rate * clicks, 1e-9)))
    if len(told) < FEW_CAMPAIGNS:
        return None
    miss = np.quantile(prices, 0.8) / Z80 if len(prices) >= FEW_CAMPAIGNS else USUAL
    orders, mean = np.array(told).T
    spread = USUAL
    for _ in range(8):
        tells = (mean / (1 + mean * spread**2)) ** 2
        excess = ((orders - mean) ** 2 - mean) / mean**2
        seen = max(float((tells * np.minimum(excess, 9.0)).sum() / tells.sum()), 0.0)
        n = float(tells.sum() ** 2 / (tells**2).sum())
        spread = ((n * seen + USUAL_CAMPAIGNS * USUAL**2) / (n + USUAL_CAMPAIGNS)) ** 0.5
    return Scatter(max(float(miss), 0.02), min(spread, 2.0))


def volume_slope(rows: list[dict[str, Any]]) -> float:
    """How the conversion rate falls with a campaign's size: d log CVR / d log clicks, within -1..0.

    Platforms credit conversions after a view too, and a campaign's first buyers are its keenest: a small campaign then shows a
    rate that a large one does not reach. Poisson regression within channel and category, leaning on 0; 0 under eight campaigns.
    """
    rows = [r for r in rows if r["clicks"] and r["conversions"] is not None]
    if len(rows) < FEW_CAMPAIGNS:
        return 0.0
    clicks, orders = (np.array([float(r[key]) for r in rows]) for key in ("clicks", "conversions"))
    _, kind = np.unique([f"{r['channel']}\t{r['category'] or ''}" for r in rows], return_inverse=True)
    size, slope = np.log(clicks), 0.0

    def by_kind(values: np.ndarray) -> np.ndarray:
        return np.bincount(kind, values)[kind]

    for _ in range(12):
        # The level of each kind is the one that its total asks for.
        rate = clicks * np.exp(slope * size)
        mean = rate * by_kind(orders + 1e-9) / by_kind(rate)
        centred = size - by_kind(mean * size) / by_kind(mean)
        # Campaigns vary by more than luck, so each tells less than its count.
        weight = 1 / (1 + mean * USUAL**2)
        force = float((weight * (orders - mean) * centred).sum()) - LEAN_VOLUME * slope
        slope += float(np.clip(force / (float((weight * mean * centred**2).sum()) + LEAN_VOLUME), -0.5, 0.5))
    return min(0.0, max(-1.0, slope))
