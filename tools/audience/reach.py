"""Reach against precision: how many buyers the n best-ranked customers hold, and where more reach stops paying.

Expected buyers of the n best = the sum of their probabilities. The interval is P10-P90 of a count whose rate strays as the
shop's own windows have strayed (gamma-Poisson). The cut-off is where the next customer is no more likely to buy than an
average one: beyond it, targeting is no better than chance.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...data.words import Language
from .rebuying import Array

STEPS = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
BLUE, GREY, BAND = "#2F5BD7", "#5A5F69", "rgba(47,91,215,0.13)"
Z80 = 1.2815515655446004


class Point(NamedTuple):
    """The `reach` best-ranked customers: expected buyers with P10-P90, precision (buyers per person), lift, share of all buyers."""

    reach: int
    share: float
    buyers: float
    low: int
    high: int
    precision: float
    lift: float
    found: float


def curve(scores: Array, spread: float) -> list[Point]:
    """Return the points of `STEPS` for scores in any order; buyers never fall and lift never rises along it."""
    ranked = np.sort(scores)[::-1]
    total, n = float(ranked.sum()), len(ranked)
    running = np.cumsum(ranked)
    points = []
    for reach in sorted({max(1, round(n * step)) for step in STEPS}) if n else []:
        buyers = float(running[reach - 1])
        low, high = buyers_range(buyers, spread)
        points.append(Point(reach, reach / n, buyers, low, high, buyers / reach, buyers / reach * n / total, buyers / total))
    return points


def buyers_range(expected: float, spread: float) -> tuple[int, int]:
    """Return P10 and P90 of a count with mean `expected` whose rate strays by `spread` (log); they enclose the mean."""
    from scipy.stats import nbinom

    if expected <= 0:
        return 0, 0
    size = 1 / max(spread, 1e-3) ** 2
    low, high = nbinom.ppf((0.1, 0.9), size, size / (size + expected))
    return int(min(low, np.floor(expected))), int(max(high, np.ceil(expected)))


def cut_off(scores: Array) -> int:
    """Return how many customers are at least as likely to buy as the average one."""
    return int((scores >= scores.mean() - 1e-15).sum()) if len(scores) else 0


def held_out(score: Array, bought: Any, weight: Array) -> list[dict[str, float]]:
    """Return what the n best of an earlier ranking really did: share reached, precision and lift, with P10-P90 (Wilson 1927)."""
    order = np.argsort(-score, kind="stable")
    reached, hits = np.cumsum(weight[order]), np.cumsum(np.where(bought, weight, 0.0)[order])
    everybody, all_hits = float(reached[-1]), float(hits[-1])
    told = []
    for step in STEPS:
        at = min(int(np.searchsorted(reached, step * everybody - 1e-9)), len(reached) - 1)
        n, k = float(reached[at]), float(hits[at])
        share = k / n
        mid = (share + Z80**2 / (2 * n)) / (1 + Z80**2 / n)
        half = Z80 * np.sqrt(share * (1 - share) / n + Z80**2 / (4 * n * n)) / (1 + Z80**2 / n)
        base = all_hits / everybody
        numbers = {"share": step, "precision": share, "low": max(0.0, mid - half), "high": min(1.0, mid + half), "lift": share / base}
        told.append({name: round(float(value), 6) for name, value in numbers.items()} | {"found": round(k / all_hits, 6)})
    return told


def chart(points: list[Point], cut: Point, language: Language) -> dict[str, Any]:
    """Return expected buyers against people reached as plain Plotly JSON: band, line, chance as a dashed line, the cut-off."""
    zh = language == "zh"
    x = [0, *(p.reach for p in points)]
    end = points[-1]
    # Lines are named where they run: a legend would be measured before the page's font is there.
    middle = min(points, key=lambda p: abs(p.reach - 0.75 * end.reach))
    label = {"xanchor": "right", "showarrow": False}
    line = {"type": "scatter", "mode": "lines", "x": x}
    data = [
        {**line, "y": [0, *(p.low for p in points)], "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False},
        {**line, "y": [0, *(p.high for p in points)], "line": {"width": 0}, "fill": "tonexty", "fillcolor": BAND, "name": "P10–P90"},
        {**line, "y": [0, *(round(p.buyers, 1) for p in points)], "name": "预计购买人数" if zh else "expected buyers", "line": {"width": 2.5, "color": BLUE}},
        {**line, "x": [0, end.reach], "y": [0, round(end.buyers, 1)], "name": "随机投放" if zh else "at random", "line": {"dash": "dot", "color": GREY}},
    ]  # fmt: skip
    layout = {
        "height": 260,
        "margin": {"l": 48, "r": 16, "t": 16, "b": 40},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hovermode": "x unified",
        "font": {"size": 12},
        "showlegend": False,
        "xaxis": {"title": {"text": "触达人数" if zh else "people reached"}, "fixedrange": True, "gridcolor": "#ECECE8", "rangemode": "tozero"},
        "yaxis": {"title": {"text": "购买人数" if zh else "buyers"}, "fixedrange": True, "gridcolor": "#ECECE8", "rangemode": "tozero"},
        "shapes": [
            {"type": "line", "x0": cut.reach, "x1": cut.reach, "y0": 0, "y1": 1, "yref": "paper", "line": {"dash": "dash", "color": GREY}}
        ],
        "annotations": [
            {"x": cut.reach, "y": 1, "yref": "paper", "xanchor": "left", "xshift": 4, "yanchor": "top", "showarrow": False,
             "text": f"建议到 {cut.reach:,} 人" if zh else f"stop at {cut.reach:,}"},
            {**label, "x": middle.reach, "y": middle.buyers, "yshift": 10, "text": "预计购买人数" if zh else "expected buyers"},
            {**label, "x": middle.reach, "y": end.buyers * middle.reach / end.reach, "yshift": -10, "text": "随机投放" if zh else "at random"},
            {**label, "x": end.reach, "y": end.high, "yshift": -10, "text": "P10–P90"},
        ],
    }  # fmt: skip
    return {"data": data, "layout": layout}
