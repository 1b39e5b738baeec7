"""The certificate of a budget split: what makes it provably the best, in numbers and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from ...data.figure import Figure
from ...data.money import Money
from ...data.plan import Certificate
from ...data.words import Words, both
from .curves import Curves
from .inputs import LineInput, channel_name, line_name
from .solver import Limits, Optimum

Array = NDArray[np.float64]
SHOWN_BOUNDS = 8
PER = 100
# Beyond this multiple of the budget the curves are too far from anything seen to be quoted.
FAR = 3


def certify(
    lines: Sequence[LineInput],
    curves: Curves,
    objective: str,
    *,
    total: Money,
    days: int,
    limits: Limits,
    best: Optimum,
    spend: Array,
    compared: Array,
    reference: Words,
    gap: float,
    target_roas: float | None,
    fixed: frozenset[str],
    pays_until: Money | None = None,
) -> Certificate:
    """Write the certificate of `spend`. `gap` is relative to the dual bound; the spread is over lines free of bounds."""
    currency = total.currency
    slopes = curves.slopes(spend)[0]
    own = best.by_group[limits.group]
    free = (best.spend > limits.lower) & (best.spend < limits.upper)
    spread = float(np.abs(slopes[free] / own[free] - 1).max()) if free.any() else 0.0
    gain = float(curves.orders(spend).sum() - curves.orders(compared).sum())
    value_gain = float(curves.value(spend).sum() - curves.value(compared).sum())
    return Certificate(
        marginal_spread=_decimal(spread),
        active_bounds=_bounds(lines, limits, best, spend, slopes, objective, currency, fixed),
        gap=_decimal(gap),
        reference=reference,
        reference_split=[Money.of(float(round(x, 2)), currency) for x in compared.tolist()],
        gain_orders=Figure.of(gain, "count", "model", formula=both("模型下的期望成交差", "difference of expected orders under the model")),
        notes=_notes(lines, curves, objective, total, best, spend, value_gain, target_roas, pays_until),
    )


def _decimal(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(Decimal("1e-12"))


def _earning(objective: str) -> Words:
    return both("毛利", "margin") if objective == "contribution" else both("收入", "revenue")


@dataclass(frozen=True)
class _Hold:
    """A limit that holds: its price per unit of currency; `amount` is where it stands."""

    price: float
    line: int | None
    group: int
    kind: str
    amount: float


def _bounds(
    lines: Sequence[LineInput],
    limits: Limits,
    best: Optimum,
    spend: Array,
    slopes: Array,
    objective: str,
    currency: str,
    fixed: frozenset[str],
) -> list[Words]:
    """Name the bounds that hold the split back, dearest first, with what moving each would earn."""
    held: list[_Hold] = []
    for i, (line, amount, g) in enumerate(zip(lines, spend.tolist(), limits.group.tolist(), strict=True)):
        worth = float(slopes[i] - best.by_group[g])
        at_high, at_low = best.spend[i] >= limits.upper[i], best.spend[i] <= limits.lower[i]
        if line.id in fixed:
            held.append(_Hold(abs(worth), i, g, "locked", amount))
        elif at_high and worth > 0:
            held.append(_Hold(worth, i, g, "upper", amount))
        elif at_low and worth < 0:
            held.append(_Hold(-worth if amount > 0 else 0.0, i, g, "lower" if amount > 0 else "nothing", amount))
    sums = limits.sums(spend)
    for g in np.flatnonzero(best.at_bound).tolist():
        worth, amount = float(best.by_group[g] - best.multiplier), float(sums[g])
        if limits.group_lower[g] == limits.group_upper[g]:
            held.append(_Hold(abs(worth), None, g, "share", amount))
        elif best.at_bound[g] > 0 and worth > 0:
            held.append(_Hold(worth, None, g, "upper", amount))
        elif best.at_bound[g] < 0 and worth < 0 and amount > 0:
            held.append(_Hold(-worth, None, g, "lower", amount))
    held.sort(key=lambda hold: -hold.price)
    words = [_held(hold, lines, limits, objective, currency) for hold in held[:SHOWN_BOUNDS]]
    if len(held) > SHOWN_BOUNDS:
        rest = len(held) - SHOWN_BOUNDS
        words.append(both(f"另有 {rest} 条限制起作用。", f"{rest} more limits are active."))
    return words


def _held(hold: _Hold, lines: Sequence[LineInput], limits: Limits, objective: str, currency: str) -> Words:
    what, shown = _earning(objective), Money.of(round(hold.amount, 2), currency).text(short=True)
    first = lines[hold.line if hold.line is not None else int(np.flatnonzero(limits.group == hold.group)[0])]
    name = channel_name(first.channel)
    spot = line_name(first)
    zh, en = (f"{name.zh}的份额", f"{name.en}'s share") if hold.line is None else (spot.zh, spot.en)
    if hold.kind == "locked":
        return both(f"{zh}已锁定在 {shown}。", f"{en} is locked at {shown}.")
    if hold.kind == "share":
        return both(f"{zh}固定为 {shown}。", f"{en} is fixed at {shown}.")
    if hold.kind == "nothing":
        return both(f"{zh}不分配预算：别处的钱更值。", f"{en} gets nothing: the money earns more elsewhere.")
    step = PER if hold.amount >= PER else 1
    by, earn = Money.of(step, currency).text(short=True), Money.of(round(step * hold.price, 2), currency).text()
    if hold.kind == "upper":
        return both(
            f"{zh}达到上限 {shown}：提高 {by} 可多得{what.zh}约 {earn}。",
            f"{en} is at its upper limit of {shown}: raising it by {by} would earn about {earn} more {what.en}.",
        )
    return both(
        f"{zh}停在下限 {shown}：降低 {by} 可多得{what.zh}约 {earn}。",
        f"{en} is at its lower limit of {shown}: lowering it by {by} would earn about {earn} more {what.en}.",
    )


def _notes(
    lines: Sequence[LineInput],
    curves: Curves,
    objective: str,
    total: Money,
    best: Optimum,
    spend: Array,
    value_gain: float,
    target_roas: float | None,
    pays_until: Money | None,
) -> list[Words]:
    """Say what the last money earns, which goal was used, and whether the target return is within reach."""
    currency = total.currency
    by, last = Money.of(PER, currency).text(short=True), Money.of(round(PER * best.multiplier, 2), currency).text()
    what = _earning(objective)
    notes = [both(f"最后 {by} 约带来{what.zh} {last}。", f"The last {by} brings about {last} of {what.en}.")]
    if objective == "revenue":
        notes.append(
            both(
                "按现有转化率和毛利率，没有一条线能收回花费，所以改按收入最多来分配。",
                "At these rates and margins no line earns its spend back, so the split maximises revenue instead.",
            )
        )
    elif best.multiplier < 1:
        zh, en = "最后一笔钱带来的毛利低于花费，再加预算不划算", "The last money brings less margin than it costs: more budget does not pay"
        if pays_until and pays_until < total:
            zh, en = f"{zh}；划算的部分到约 {pays_until.text(short=True)} 为止", f"{en}; up to about {pays_until.text(short=True)} it does"
        notes.append(both(f"{zh}。", f"{en}."))
    elif pays_until and total < pays_until < total * FAR:
        until = pays_until.text(short=True)
        notes.append(
            both(
                f"预算加到约 {until} 之前，多花的钱带来的毛利都高于花费（按同样的曲线推算）。",
                f"Up to about {until}, added money brings more margin than it costs (the same curves taken further).",
            )
        )
    if value_gain >= 1:
        extra = Money.of(round(value_gain), currency).text(short=True)
        notes.append(both(f"比对照分法多得{what.zh}约 {extra}。", f"About {extra} more {what.en} than the split compared with."))
    if target_roas is not None:
        per_margin = np.array([line.margin for line in lines]) if objective == "contribution" else np.ones(len(lines))
        reached = float((curves.value(spend) / per_margin).sum()) / float(total)
        met = reached >= target_roas
        notes.append(
            both(
                f"目标 ROAS {target_roas:.2f}，期望 {reached:.2f}，{'可以达到' if met else '达不到；要达到需减少预算或提高转化率、客单价'}。",
                f"Target ROAS {target_roas:.2f}, expected {reached:.2f}: {'within reach' if met else 'out of reach; lower the budget, or raise conversion or order value'}.",
            )
        )
    return notes
