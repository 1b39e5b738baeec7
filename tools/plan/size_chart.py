"""The chart of totals: what is left after advertising (contribution) against the budget, P10-P90, with the totals spoken of."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...data.money import Money
from ...data.words import Language, both
from ..budget.sizing import At

POINTS = 9
# How far the chart looks to both sides of the totals spoken of.
BELOW, ABOVE = 0.6, 1.5
ACCENT, BAND, GRID = "#2F5BD7", "rgba(47,91,215,0.13)", "#ECECE8"
MIDDLE = both("毛利贡献（P50）", "Contribution (P50)")
RANGE = both("P10 到 P90", "P10 to P90")


def ladder(at: At, marks: list[Money], language: Language) -> dict[str, Any]:
    """Return a Plotly figure as JSON; `marks` in ascending order are labelled with their amount."""
    currency = marks[0].currency
    totals = np.geomspace(BELOW * float(marks[0]), ABOVE * float(marks[-1]), POINTS).round().tolist()
    totals = sorted({Money.of(max(1.0, total), currency) for total in totals} | set(marks), key=lambda m: m.amount)
    figures = {total: at(total).forecast.total.contribution for total in totals}
    x = [float(total) for total in totals]
    middle = [float(figures[total].value) for total in totals]
    low, high = ([float(getattr(figures[total], end) or figures[total].value) for total in totals] for end in ("low", "high"))
    edge = {"type": "scatter", "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    return {
        "data": [
            {**edge, "x": x, "y": low, "showlegend": False},
            {**edge, "x": x, "y": high, "fill": "tonexty", "fillcolor": BAND, "name": RANGE.pick(language)},
            {
                "type": "scatter",
                "mode": "lines",
                "x": x,
                "y": middle,
                "name": MIDDLE.pick(language),
                "line": {"width": 2.5, "color": ACCENT},
                "hovertemplate": "%{x:,.0f} → %{y:,.0f}<extra></extra>",
            },
            {
                "type": "scatter",
                "mode": "markers+text",
                "x": [float(total) for total in marks],
                "y": [float(figures[total].value) for total in marks],
                "text": [total.text(short=True) for total in marks],
                "textposition": "top center",
                "showlegend": False,
                "marker": {"size": 9, "color": ACCENT},
                "hoverinfo": "skip",
                "cliponaxis": False,
            },
        ],
        "layout": {
            "height": 280,
            "margin": {"l": 64, "r": 24, "t": 24, "b": 36},
            "showlegend": True,
            "legend": {"orientation": "h", "y": 1.12},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "xaxis": {"fixedrange": True, "showgrid": False, "separatethousands": True, "nticks": 6},
            "yaxis": {"fixedrange": True, "gridcolor": GRID, "zerolinecolor": "#9AA0AA", "separatethousands": True, "nticks": 5},
        },
    }
