"""The report's two charts as SVG text: the fan of cumulative orders, and budgets beside the split compared with.

Colours come from the page's CSS variables, so the charts follow light, dark and print. Every number drawn is the plan's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from math import ceil, log10
from xml.sax.saxutils import escape

from ...data.figure import format_number
from ...data.money import Money
from ...data.plan import Day

WIDTH, HEIGHT = 980, 292
BARS, BARS_LEFT, BARS_RIGHT = 480, 150, 96
LEFT, RIGHT, TOP, BOTTOM = 52, 92, 16, 32


def fan(days: Sequence[Day], marks: Sequence[tuple[date, str]], label: str) -> str:
    """Return the fan chart: outer band P10-P90, inner P25-P75, line P50; `marks` are days worth naming.

    `label` is read out by screen readers. An empty string without days.
    """
    if not days:
        return ""
    top = scale_end(float(days[-1].orders[4]))
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    step = (right - LEFT) / max(1, len(days) - 1)

    def x(i: int) -> float:
        return LEFT + i * step if len(days) > 1 else (LEFT + right) / 2

    def y(value: float | Decimal) -> float:
        return bottom - (bottom - TOP) * float(value) / top

    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label, {chr(34): "&quot;"})}" class="chart">']
    for i in range(5):
        value = top * i / 4
        text = format_number(Decimal(str(value)), "count") if float(value).is_integer() else f"{value:g}"
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{right}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>')
        parts.append(f'<text class="axis" x="{LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{text}</text>')
    for i in _ticks(len(days)):
        parts.append(
            f'<text class="axis" x="{x(i):.1f}" y="{HEIGHT - 10}" text-anchor="middle">{days[i].day.month}/{days[i].day.day}</text>'
        )
    for low, high, name in ((0, 4, "outer"), (1, 3, "inner")):
        there = [f"{x(i):.1f},{y(day.orders[high]):.1f}" for i, day in enumerate(days)]
        back = [f"{x(i):.1f},{y(day.orders[low]):.1f}" for i, day in reversed(list(enumerate(days)))]
        parts.append(f'<polygon class="{name}" points="{" ".join(there + back)}"/>')
    for n, (day, name) in enumerate(marks[:3]):
        i = (day - days[0].day).days
        side = "end" if i > len(days) / 2 else "start"
        shift = -6 if side == "end" else 6
        parts.append(f'<line class="event" x1="{x(i):.1f}" x2="{x(i):.1f}" y1="{TOP}" y2="{bottom}"/>')
        parts.append(f'<text class="axis" x="{x(i) + shift:.1f}" y="{TOP + 10 + 14 * n}" text-anchor="{side}">{escape(name)}</text>')
    middle = " ".join(f"{x(i):.1f},{y(day.orders[2]):.1f}" for i, day in enumerate(days))
    parts.append(f'<polyline class="median" points="{middle}"/>')
    if len(days) == 1:
        parts.append(f'<circle class="dot" cx="{x(0):.1f}" cy="{y(days[0].orders[2]):.1f}" r="4"/>')
    ends = [(days[-1].orders[k], name) for k, name in ((4, "P90"), (2, "P50"), (0, "P10"))]
    for (value, name), at in zip(ends, apart([y(value) for value, _ in ends], 15), strict=True):
        strong = "end strong" if name == "P50" else "end"
        parts.append(
            f'<text class="{strong}" x="{right + 8}" y="{at + 4:.1f}">{format_number(value, "count")} <tspan class="axis">{name}</tspan></text>'
        )
    return "".join([*parts, "</svg>"])


def bars(rows: Sequence[tuple[str, Money, Money | None]], label: str) -> str:
    """Return paired horizontal bars: (name, this plan, compared or None), drawn to one scale."""
    if not rows:
        return ""
    paired = any(other is not None for _, _, other in rows)
    high = 52 if paired else 34
    longest = max(float(m) for _, ours, other in rows for m in (ours, other) if m is not None) or 1.0
    left, room = BARS_LEFT, BARS - BARS_LEFT - BARS_RIGHT
    parts = [
        f'<svg viewBox="0 0 {BARS} {high * len(rows) + 8}" role="img" aria-label="{escape(label, {chr(34): "&quot;"})}" class="chart">'
    ]
    for i, (name, ours, other) in enumerate(rows):
        top = i * high + 8
        middle = top + (high - 8) / 2
        parts.append(f'<text class="label" x="0" y="{middle + 4:.1f}">{escape(_short(name))}</text>')
        for k, (amount, kind) in enumerate(((ours, "ours"), (other, "other"))):
            if amount is None:
                continue
            at = top + 4 + 20 * k
            width = room * float(amount) / longest
            strong = "end strong" if kind == "ours" else "end"
            parts.append(f'<rect class="{kind}" x="{left}" y="{at}" width="{max(width, 1):.1f}" height="12" rx="2"/>')
            parts.append(
                f'<text class="{strong}" x="{left + max(width, 1) + 8:.1f}" y="{at + 10}">{escape(amount.text(short=True))}</text>'
            )
    return "".join([*parts, "</svg>"])


def apart(places: list[float], gap: float) -> list[float]:
    """Push labels (sorted from top to bottom) apart to at least `gap`, keeping their middle where it is."""
    result = list(places)
    for i in range(1, len(result)):
        result[i] = max(result[i], result[i - 1] + gap)
    over = sum(result) / len(result) - sum(places) / len(places)
    return [place - over for place in result]


def scale_end(largest: float) -> float:
    """Return the end of an axis: at least `largest`, divisible by 4 into round steps.

    Example:
        >>> scale_end(692), scale_end(3), scale_end(0)
        (800.0, 4.0, 4.0)
    """
    if largest <= 4:
        return 4.0
    step = largest / 4
    power = 10 ** int(log10(step))
    steps = (1, 2, 3, 4, 5, 10) if power == 1 else (1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10)
    nice = next(n for n in steps if n * power >= step)
    return float(4 * nice * power * max(1, ceil(step / (nice * power) - 1e-9)))


def _ticks(n: int) -> list[int]:
    step = max(1, ceil(n / 10))
    return list(range(0, n, step))


def _short(name: str) -> str:
    """Cut a label that would run into its bar; full names stand in the table."""
    width, kept = 0, ""
    for letter in name:
        width += 2 if ord(letter) > 0x2E7F else 1
        if width > 21:
            return f"{kept}…"
        kept += letter
    return kept
