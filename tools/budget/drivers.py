"""Which inputs decide the result: the three that explain most of the contribution's spread, in words with numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.money import Money
from ...data.words import Words, both
from .inputs import LineInput, channel_name

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Drawn:
    """The draws of a forecast: (lines, draws) each, `paths` is (days, draws) of expected orders by day of click.

    `mean_revenue` is what `revenue` would be without the luck of single clicks and orders: two budgets drawn with one seed
    differ in it by their money alone.
    """

    spend: Array
    impressions: Array
    clicks: Array
    orders: Array
    revenue: Array
    mean_revenue: Array
    ctr: Array
    cvr: Array
    cpc: Array
    paths: Array
    common: Array
    seed: int


def driver_words(lines: Sequence[LineInput], drawn: Drawn, profit: Array, currency: str, n: int = 3) -> list[Words]:
    """Return the `n` inputs with the largest share of the contribution's variance (squared correlation over draws).

    Each sentence names the input, its P10-P90, and the mean contribution in the draws of its lowest and highest fifth.
    """
    if profit.std() == 0:
        return []
    ranked = sorted(_inputs(lines, drawn, currency), key=lambda item: -_explained(item[3], profit))
    return [_sentence(*item, profit=profit, currency=currency) for item in ranked[:n]]


def _inputs(lines: Sequence[LineInput], drawn: Drawn, currency: str) -> list[tuple[Words, str, str, Array]]:
    """List (name, P10 text, P90 text, values) of each channel's price and rates, and the order value."""
    found = []
    kinds = (("cvr", "转化率", "conversion rate"), ("cpc", "点击单价", "click price"), ("ctr", "点击率", "click rate"))
    for channel in sorted({line.channel for line in lines}):
        mine = np.array([i for i, line in enumerate(lines) if line.channel == channel and drawn.spend[i] > 0])
        if not len(mine):
            continue
        name, share = channel_name(channel), drawn.spend[mine] / drawn.spend[mine].sum()
        for key, zh, en in kinds:
            values = share @ getattr(drawn, key)[mine]
            ends = [float(x) for x in np.quantile(values, (0.1, 0.9))]
            texts = [Money.of(x, currency).text() if key == "cpc" else f"{x:.2%}" for x in ends]
            found.append((both(f"{name.zh}的{zh}", f"{name.en} {en}"), texts[0], texts[1], values))
    bought = drawn.orders.sum(0) > 0
    if bought.any():
        value = np.where(bought, drawn.revenue.sum(0) / np.maximum(drawn.orders.sum(0), 1), np.nan)
        value = np.where(bought, value, np.nanmedian(value))
        ends = [Money.of(float(x), currency).text() for x in np.quantile(value, (0.1, 0.9))]
        found.append((both("客单价（扣退货）", "Order value net of returns"), ends[0], ends[1], value))
    return found


def _explained(values: Array, profit: Array) -> float:
    return float(np.corrcoef(values, profit)[0, 1] ** 2) if values.std() > 0 else 0.0


def _sentence(name: Words, low: str, high: str, values: Array, profit: Array, currency: str) -> Words:
    edges = np.quantile(values, (0.2, 0.8))
    down = Money.of(round(float(profit[values <= edges[0]].mean())), currency).text(short=True)
    up = Money.of(round(float(profit[values >= edges[1]].mean())), currency).text(short=True)
    part = f"{100 * _explained(values, profit):.0f}%"
    return both(
        f"{name.zh}（{low} 到 {high}）：最低的五分之一情形平均毛利贡献 {down}，最高的五分之一 {up}；解释约 {part} 的波动。",
        f"{name.en} ({low} to {high}): average contribution {down} in its lowest fifth, {up} in its highest; explains about {part} of the spread.",
    )
