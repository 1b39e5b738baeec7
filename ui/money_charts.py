"""Plotly figures about money: a line's response to its budget, and daily spend against what was planned.

The same look and light palette as `charts`, repainted for the dark theme by `page.css`. Every number drawn is the plan's or its results'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..data.money import Money
from ..data.plan import CurvePoint, Line
from ..data.words import Language
from .charts import ACCENT, FONT, GRID, INK2, ORANGE, layout
from .texts import say

if TYPE_CHECKING:
    from ..tools.plan.delivered import Delivered

BAND = "rgba(47,91,215,0.13)"
PALE = "#D6D6D0"


def response(line: Line, compared: Money | None, language: Language) -> dict[str, Any]:
    """Return contribution against budget with its P10-P90, the plan's point and that of the split compared with; orders on hover."""
    points = line.curve
    x = [float(point.budget) for point in points]
    low, middle, high = ([float(point.contribution[k]) for point in points] for k in (0, 1, 2))
    edge = {"type": "scatter", "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    hover = [[float(point.orders[1]), float(point.mroas), float(point.contribution[0]), float(point.contribution[2])] for point in points]
    marks = [(float(line.budget), ACCENT, say("this-plan", language))]
    if compared is not None and x and x[0] <= float(compared) <= x[-1]:
        marks.append((float(compared), INK2, say("reference", language)))
    dots = [
        {
            "type": "scatter", "mode": "markers", "x": [at], "y": [_at(points, at)], "hoverinfo": "skip", "cliponaxis": False,
            "marker": {"size": 10, "color": colour, "line": {"width": 2, "color": colour}, "symbol": "circle" if colour == ACCENT else "circle-open"},
        }
        for at, colour, _ in marks
    ]  # fmt: skip
    return {
        "data": [
            {**edge, "x": x, "y": low},
            {**edge, "x": x, "y": high, "fill": "tonexty", "fillcolor": BAND},
            {
                "type": "scatter", "mode": "lines", "x": x, "y": middle, "customdata": hover, "line": {"width": 2.5, "color": ACCENT, "shape": "spline"},
                "hovertemplate": say("curve-hover", language) + "<extra></extra>",
            },
            *dots,
        ],
        "layout": {
            **layout(184, {"l": 62, "r": 16, "t": 8, "b": 28}),
            "xaxis": {"fixedrange": True, "showgrid": False, "zeroline": False, "separatethousands": True, "nticks": 4, "tickangle": 0, "tickfont": FONT},
            "yaxis": {"fixedrange": True, "gridcolor": GRID, "zerolinecolor": INK2, "separatethousands": True, "nticks": 4, "tickfont": FONT},
        },
    }  # fmt: skip


def _at(points: list[CurvePoint], budget: float) -> float:
    """Where a budget lies on the drawn line, between two of its points."""
    before = max((p for p in points if float(p.budget) <= budget), key=lambda p: float(p.budget), default=points[0])
    after = min((p for p in points if float(p.budget) >= budget), key=lambda p: float(p.budget), default=points[-1])
    a, b = float(before.budget), float(after.budget)
    share = (budget - a) / (b - a) if b > a else 0.0
    return float(before.contribution[1]) + share * float(after.contribution[1] - before.contribution[1])


def delivery(told: Delivered, language: Language) -> dict[str, Any]:
    """Return daily spend as bars and what each day was, or is, to cost as a line; orders on hover."""
    days = [day.day.isoformat() for day in told.days]
    spent = [float(day.spent) if day.spent is not None else None for day in told.days]
    names = say("spent", language), say("planned", language)
    bars = {
        "type": "bar", "name": names[0], "x": days, "y": spent, "marker": {"color": ACCENT}, "customdata": [day.orders for day in told.days],
        "hovertemplate": say("delivery-hover", language) + "<extra></extra>",
    }  # fmt: skip
    line = {
        "type": "scatter", "mode": "lines", "name": names[1], "x": days, "y": [float(day.planned) for day in told.days],
        "line": {"color": ORANGE, "width": 2, "shape": "hvh"}, "hovertemplate": f"{names[1]} %{{y:,.0f}}<extra></extra>",
    }  # fmt: skip
    return {
        "data": [bars, line],
        "layout": {
            **layout(236, {"l": 62, "r": 16, "t": 8, "b": 32}),
            "hovermode": "x unified",
            "xaxis": {
                "type": "date", "fixedrange": True, "showgrid": False, "nticks": 7, "tickangle": 0, "tickfont": FONT,
                "tickformat": "%-m/%-d" if language == "zh" else "%-d %b", "hoverformat": "%-m月%-d日" if language == "zh" else "%-d %B",
            },
            "yaxis": {"fixedrange": True, "gridcolor": GRID, "rangemode": "tozero", "separatethousands": True, "nticks": 5, "tickfont": FONT},
        },
    }  # fmt: skip


def moved(rows: list[tuple[str, Money, Money]], language: Language) -> dict[str, Any]:
    """Return paired bars of (name, before, now), the largest budget on top."""
    order = sorted(rows, key=lambda row: max(float(row[1]), float(row[2])))
    names = [_wrapped(name) for name, _, _ in order]
    series = (
        (say("col-before", language), PALE, [before for _, before, _ in order]),
        (say("col-now", language), ACCENT, [now for _, _, now in order]),
    )
    return {
        "data": [
            {
                "type": "bar", "orientation": "h", "name": name, "y": names, "x": [float(amount) for amount in amounts],
                "text": [amount.text(short=True) for amount in amounts], "textposition": "outside", "cliponaxis": False, "marker": {"color": colour},
                "hoverinfo": "skip", "textfont": FONT,
            }
            for name, colour, amounts in series
        ],
        "layout": {
            **layout(24 + 48 * len(rows), {"l": 132, "r": 84, "t": 4, "b": 8}),
            "barmode": "group",
            "xaxis": {"fixedrange": True, "showgrid": False, "showticklabels": False, "zeroline": False, "rangemode": "tozero"},
            "yaxis": {"fixedrange": True, "tickfont": FONT, "automargin": True},
        },
    }  # fmt: skip


def _wrapped(name: str) -> str:
    """Break a line's long name in two at a space, so that the bars keep their room."""
    head, _, tail = name.partition(" ")
    return f"{head}<br>{tail}" if tail and len(name) > 10 else name
