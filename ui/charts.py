"""Plotly figures as plain JSON (no plotly import): the fan of cumulative orders, the radar of groups, returns in steps and by month.

Colours are the light palette; `page.css` repaints them for the dark theme by the same values, so a switch of theme
needs no redraw. Nothing here uses maps or other traces that load from outside.
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from ..data.plan import CampaignPlan, Segment
from ..data.words import Language
from .texts import say

ACCENT, TEAL, ORANGE = "#2F5BD7", "#0E9384", "#C2570C"
SERIES = (ACCENT, TEAL, ORANGE)
INK2, GRID, GREY = "#5A5F69", "#ECECE8", "#5A5F69"
FONT = {
    "family": "IBM Plex Sans, PingFang SC, HarmonyOS Sans SC, Microsoft YaHei UI, Noto Sans SC, Noto Sans CJK SC, system-ui, sans-serif",
    "size": 12,
    "color": INK2,
}
# Chinese characters that fit beside the radar on one line.
LONGEST = 5


def fan(plan: CampaignPlan, language: Language) -> dict[str, Any]:
    """Return cumulative orders per day: outer band P10-P90, inner P25-P75, line P50, labels at the right end."""
    days = [item.day.isoformat() for item in plan.forecast.days]
    columns = list(zip(*[[float(x) for x in item.orders] for item in plan.forecast.days], strict=True)) if days else [[]] * 5
    p10, p25, p50, p75, p90 = columns
    band = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False, "type": "scatter"}
    line = {"mode": "lines", "type": "scatter", "showlegend": False}
    unit = say("fan-axis", language)
    data = [
        {**band, "x": days, "y": p10},
        {**band, "x": days, "y": p90, "fill": "tonexty", "fillcolor": "rgba(47,91,215,0.13)"},
        {**band, "x": days, "y": p25},
        {**band, "x": days, "y": p75, "fill": "tonexty", "fillcolor": "rgba(47,91,215,0.17)"},
        {**line, "x": days, "y": p90, "name": "P90", "line": {"width": 0, "color": ACCENT}, "hovertemplate": "%{y:,.0f}"},
        {**line, "x": days, "y": p50, "name": "P50", "line": {"width": 2.5, "color": ACCENT}, "hovertemplate": f"%{{y:,.0f}} {unit}"},
        {**line, "x": days, "y": p10, "name": "P10", "line": {"width": 0, "color": ACCENT}, "hovertemplate": "%{y:,.0f}"},
    ]
    total = plan.forecast.orders
    ends = (
        [(float(total.high), "P90"), (float(total.value), "P50"), (float(total.low), "P10")]
        if total.low is not None and total.high is not None
        else [(float(total.value), "P50")]
    )
    top = max([float(total.high or total.value), *p90]) * 1.08 or 1.0
    labels = [
        {
            "x": 1.0, "xref": "paper", "xanchor": "left", "xshift": 10, "y": y, "yref": "y", "showarrow": False, "align": "left", "font": FONT,
            "text": f"<b>{value:,.0f}</b> {name}",
        }
        for (value, name), y in zip(ends, _apart([value for value, _ in ends], top * 15 / 244), strict=True)
    ]  # fmt: skip
    shapes, words = _events(plan, language)
    around = {
        **layout(292, {"l": 40, "r": 84, "t": 8, "b": 32}),
        "xaxis": {
            "type": "date", "range": [days[0], days[-1]] if days else None, "tickangle": 0, "nticks": 7, "showgrid": False, "fixedrange": True, "zeroline": False,
            "tickformat": "%-m/%-d" if language == "zh" else "%-d %b", "hoverformat": "%-m月%-d日" if language == "zh" else "%-d %B", "tickfont": FONT,
        },
        "yaxis": {"range": [0, top], "nticks": 5, "gridcolor": GRID, "zeroline": True, "zerolinecolor": GRID, "fixedrange": True, "tickfont": FONT, "separatethousands": True},
        "hovermode": "x unified",
        "annotations": [*labels, *words],
        "shapes": shapes,
    }  # fmt: skip
    return {"data": data, "layout": around, "config": {"displayModeBar": False}}


def _apart(values: list[float], gap: float) -> list[float]:
    """Return positions in descending order that are at least `gap` from each other."""
    placed: list[float] = []
    for value in values:
        placed.append(value if not placed else min(value, placed[-1] - gap))
    return placed


def _events(plan: CampaignPlan, language: Language) -> tuple[list[dict], list[dict]]:
    """Return dotted lines and words for the first festivals that the forecast priced in."""
    shapes, words = [], []
    for row, (day, event) in enumerate([(d.day, d.event) for d in plan.forecast.days if d.event][:3]):
        x = day.isoformat()
        # Near the left edge the word stands behind its line, where there is room.
        early = (day - plan.brief.start.value).days < plan.brief.days.value / 6
        shapes.append(
            {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": {"dash": "dot", "width": 1.5, "color": GREY}}
        )
        words.append(
            {
                "x": x,
                "y": 1,
                "yref": "paper",
                "yanchor": "top",
                "yshift": -16 * row,
                "xanchor": "left" if early else "right",
                "xshift": 6 if early else -6,
                "text": event.pick(language),
                "showarrow": False,
                "font": FONT,
            }
        )
    return shapes, words


def radar(segments: list[Segment], language: Language) -> dict[str, Any]:
    """Return at most three groups on their shared traits, percentiles 0-100."""
    shown = [segment for segment in segments if segment.bars][:3]
    names = [_in_lines(bar.name.pick(language)) for bar in shown[0].bars[:5]] if shown else []
    data = [
        {
            "type": "scatterpolar", "mode": "lines", "r": [*(bar.percentile for bar in s.bars[:5]), s.bars[0].percentile], "theta": [*names, *names[:1]],
            "name": s.name.pick(language), "line": {"width": 2, "color": colour}, "fill": "toself", "fillcolor": _soft(colour), "hovertemplate": "%{theta} %{r}", "showlegend": False,
        }
        for s, colour in zip(shown, SERIES, strict=False)
    ]  # fmt: skip
    axis = {"gridcolor": GRID, "linecolor": GRID, "tickfont": FONT, "ticks": ""}
    around = {
        **layout(250, {"l": 72, "r": 72, "t": 30, "b": 26}),
        "polar": {
            "bgcolor": "rgba(0,0,0,0)", "gridshape": "linear",
            "radialaxis": {**axis, "range": [0, 100], "showticklabels": False, "nticks": 3, "showline": False, "fixedrange": True}, "angularaxis": {**axis, "rotation": 90, "direction": "clockwise"},
        },
    }  # fmt: skip
    return {"data": data, "layout": around, "config": {"displayModeBar": False}}


def waterfall(data: dict[str, Any], language: Language) -> dict[str, Any]:
    """Return the steps from revenue to contribution as bars that hang from one another; a loss at the end is orange."""
    steps = data["steps"]
    values = [float(step["value"]) for step in steps]
    # Each deduction hangs from where the bar before it ended; first and last stand on zero.
    ends = [values[0]]
    for value in values[1:-1]:
        ends.append(ends[-1] + value)
    base = [0.0, *(min(before, after) for before, after in pairwise(ends)), min(0.0, values[-1])]
    colours = [ACCENT, *[GREY] * (len(steps) - 2), TEAL if values[-1] >= 0 else ORANGE]
    bars = {
        "type": "bar", "x": [step["name"][language] for step in steps], "y": [abs(value) for value in values], "base": base,
        "text": [f"{value:,.0f}" for value in values], "textposition": "outside", "cliponaxis": False, "hoverinfo": "x+text", "marker": {"color": colours},
    }  # fmt: skip
    around = {
        **layout(250, {"l": 64, "r": 16, "t": 20, "b": 32}),
        "xaxis": {"fixedrange": True, "tickfont": FONT, "showgrid": False},
        "yaxis": {"title": {"text": data["currency"], "font": FONT}, "gridcolor": GRID, "zerolinecolor": GREY, "fixedrange": True, "nticks": 5},
    }  # fmt: skip
    return {"data": [bars], "layout": around, "config": {"displayModeBar": False}}


def trend(data: dict[str, Any], language: Language) -> dict[str, Any]:
    """Return spend and revenue by month as bars with the ROAS as a line on its own axis."""
    points = data["points"]
    months = [point["period"] for point in points]
    names = ("花费", "收入") if language == "zh" else ("Spend", "Revenue")

    def column(key: str) -> list[float | None]:
        return [None if point[key] is None else float(point[key]) for point in points]

    bars = [
        {"type": "bar", "name": name, "x": months, "y": column(key), "marker": {"color": colour}, "hovertemplate": f"{name} %{{y:,.0f}}<extra></extra>"}
        for key, name, colour in (("spend", names[0], "#D6D6D0"), ("revenue", names[1], ACCENT))
    ]  # fmt: skip
    line = {
        "type": "scatter", "mode": "lines+markers", "name": "ROAS", "x": months, "y": column("roas"), "yaxis": "y2",
        "line": {"color": ORANGE, "width": 2}, "hovertemplate": "ROAS %{y:.2f}<extra></extra>",
    }  # fmt: skip
    around = {
        **layout(260, {"l": 64, "r": 40, "t": 8, "b": 56}),
        "showlegend": True,
        "legend": {"orientation": "h", "y": -0.22, "font": FONT},
        "hovermode": "x unified",
        "xaxis": {"type": "category", "fixedrange": True, "tickfont": FONT, "nticks": 8, "showgrid": False},
        "yaxis": {"title": {"text": data["currency"], "font": FONT}, "gridcolor": GRID, "fixedrange": True, "nticks": 5},
        "yaxis2": {
            "overlaying": "y",
            "side": "right",
            "rangemode": "tozero",
            "showgrid": False,
            "fixedrange": True,
            "tickformat": ".1f",
            "nticks": 5,
            "tickfont": FONT,
        },
    }
    return {"data": [*bars, line], "layout": around, "config": {"displayModeBar": False}}


def _in_lines(name: str) -> str:
    """Break a trait's name, or the chart's edge cuts it: English at its spaces, a long Chinese one before its last word."""
    return name.replace(" ", "<br>") if name.isascii() else f"{name[:-2]}<br>{name[-2:]}" if len(name) > LONGEST else name


def _soft(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.06)"


def layout(height: int, margin: dict[str, int]) -> dict[str, Any]:
    """Return what all figures have in common: size, transparent ground, the page's font, no legend, no zoom."""
    clear = "rgba(0,0,0,0)"
    hover = {"bgcolor": "#FFFFFF", "bordercolor": "#D6D6D0", "font": {**FONT, "color": "#1B1D22"}}
    return {
        "height": height,
        "margin": margin,
        "paper_bgcolor": clear,
        "plot_bgcolor": clear,
        "font": FONT,
        "showlegend": False,
        "hoverlabel": hover,
        "dragmode": False,
    }


def plot(chart: dict[str, Any] | None) -> Any:
    """Return the value of a `gr.Plot` for a figure, or None."""
    if chart is None:
        return None
    from gradio.components.plot import PlotData

    return PlotData(type="plotly", plot=json.dumps(chart))
