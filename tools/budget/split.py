"""`split_budget`: the exact split of a budget over media lines, in whole cents, with its certificate.

Objective: expected margin x revenue; when no line earns its spend back even with its first unit of money, or a margin
is not positive, expected revenue (the certificate says so). The curves are those of `forecast`, in expectation.
Not covered: moves over time, several draws of the curves, S-shaped curves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from ...data.errors import AdwrightError
from ...data.money import Money, minor_unit
from ...data.words import Words, both
from .certificate import certify
from .curves import Curves
from .inputs import BudgetSplit, LineInput, channel_name, check_lines, line_name
from .shares import Units, apportion, from_units, in_units, settle_groups, to_units
from .solver import Limits, Optimum, best_response, dual, nearest, optimise

Array = NDArray[np.float64]


def split_budget(
    lines: Sequence[LineInput],
    total: Money,
    *,
    days: int,
    split: Mapping[str, Decimal] | None = None,
    locked: Mapping[str, Money] | None = None,
    bounds: Mapping[str, tuple[Decimal | float, Decimal | float]] | None = None,
    reference: Sequence[Money] | None = None,
    target_roas: Decimal | float | None = None,
    seed: int = 0,
    start: date | None = None,
    uplift: Mapping[date, float] | None = None,
) -> BudgetSplit:
    """Split `total` over `lines`; amounts come back in the same order and sum to it exactly.

    `split` fixes channels' shares (they sum to 1), `bounds` gives channels' (lowest, highest) share, `locked` fixes
    lines; `reference` is the split to compare with (default: equal parts). `seed` is accepted for symmetry with
    `forecast`: nothing here is drawn. Raises `AdwrightError` (``infeasible-budget``, ``bad-split``, ``no-lines``,
    ``bad-period``, ``currency-mismatch``).

    Example:
        >>> split_budget(lines, Money.of(50000, "CNY"), days=14).certificate.gap  # doctest: +SKIP
        Decimal('0.000000000000')
    """
    lines = list(lines)
    currency = total.currency
    check_lines(lines, currency, days)
    if total.amount <= 0:
        raise infeasible(
            both(f"预算是 {total}，没有可以分配的钱。", f"The budget is {total}: there is nothing to split."),
            both("请给出大于零的预算。", "Give a budget above zero."),
        )
    prices = None if not (start and uplift) else [uplift.get(start + timedelta(days=i), 1.0) for i in range(days)]
    units = _limits(lines, total, split or {}, locked or {}, bounds or {})
    unit = float(minor_unit(currency))
    lower, upper, group_lower, group_upper = (np.array(units[i], float) * unit for i in (0, 1, 3, 4))
    limits = Limits(lower, upper, np.array(units[2]), group_lower, group_upper)
    curves, objective = _curves(lines, days, prices, limits)
    money = float(total)
    best = optimise(curves, money, limits)
    spend = _whole(best.spend, total, units)
    compared, words = _reference(lines, total, reference, limits, units, unit)
    value, other = float(curves.value(spend).sum()), float(curves.value(compared).sum())
    if other > value:
        spend, value = compared, other
    bound = dual(curves, money, limits, best)
    pays_until = _pays_until(curves, objective, limits, best, currency, bool(split))
    certificate = certify(
        lines,
        curves,
        objective,
        total=total,
        days=days,
        limits=limits,
        best=best,
        spend=spend,
        compared=compared,
        reference=words,
        gap=max(0.0, (bound - value) / max(abs(bound), 1e-12)),
        target_roas=None if target_roas is None else float(target_roas),
        fixed=frozenset(locked or {}),
        pays_until=pays_until,
    )
    return BudgetSplit(
        budgets=[from_units(round(x / unit), currency) for x in spend.tolist()],
        certificate=certificate,
        objective=objective,
        value=value,
        reference_value=other,
        multiplier=best.multiplier,
        pays_until=pays_until,
    )


def infeasible(message: Words, hint: Words) -> AdwrightError:
    """Return the error for limits that exclude the total."""
    return AdwrightError(message, hint, code="infeasible-budget")


def _whole(spend: Array, total: Money, units: Units) -> Array:
    """Round to whole minor units that sum to `total` inside the bounds."""
    unit = float(minor_unit(total.currency))
    return np.array(settle_groups((spend / unit).tolist(), in_units(total), units), float) * unit


def _limits(
    lines: list[LineInput],
    total: Money,
    split: Mapping[str, Decimal],
    locked: Mapping[str, Money],
    bounds: Mapping[str, tuple[Decimal | float, Decimal | float]],
) -> Units:
    """Return line bounds, group indices and group bounds in whole minor units, checked against the total."""
    whole, currency = in_units(total), total.currency
    channels = list(dict.fromkeys(line.channel for line in lines))
    unknown = sorted((set(split) | set(bounds)) - set(channels)) + sorted(set(locked) - {line.id for line in lines})
    if unknown or (split and set(split) != set(channels)):
        names = "、".join(unknown or sorted(set(channels) - set(split)))
        raise AdwrightError(
            both(f"分配比例与渠道对不上：{names}。", f"The shares do not match the channels: {names}."),
            both("请给每个渠道一个比例。", "Give each channel a share."),
            code="bad-split",
        )
    if split and abs(sum(Decimal(str(x)) for x in split.values()) - 1) > Decimal("0.0005"):
        share = sum(Decimal(str(x)) for x in split.values())
        raise AdwrightError(
            both(f"各渠道比例合计为 {share:.2%}，应为 100%。", f"The channels' shares add up to {share:.2%} instead of 100%."),
            both("请改成合计 100%。", "Make them add up to 100%."),
            code="bad-split",
        )
    # No limit is a limit that cannot be reached: the whole budget would look like one when a single line takes it all.
    open_end = 2 * whole
    lower, upper = [], []
    for line in lines:
        if line.id in locked:
            amount = in_units(locked[line.id])
            lower.append(amount)
            upper.append(amount)
        else:
            lower.append(to_units(line.minimum, currency, up=True))
            upper.append(open_end if line.maximum is None else min(open_end, to_units(line.maximum, currency, up=False)))
    group = [channels.index(line.channel) for line in lines]
    if split:
        fixed = apportion(whole, [float(split[c]) for c in channels])
        low, high = fixed, list(fixed)
    else:
        shares = [bounds.get(c, (0, 1)) for c in channels]
        # Outwards to the next whole unit: a share of an odd amount is met to the cent, not refused.
        low = [to_units(float(a) * float(total), currency, up=False) for a, _ in shares]
        high = [open_end if b >= 1 else to_units(float(b) * float(total), currency, up=True) for _, b in shares]
    _check(lines, total, channels, lower, upper, group, low, high)
    return lower, upper, group, low, high


def _check(
    lines: list[LineInput],
    total: Money,
    channels: list[str],
    lower: list[int],
    upper: list[int],
    group: list[int],
    low: list[int],
    high: list[int],
) -> None:
    """Raise ``infeasible-budget`` naming the limit that excludes the total."""
    currency, whole = total.currency, in_units(total)

    def show(units: int) -> str:
        return from_units(units, currency).text(short=True)

    for line, a, b in zip(lines, lower, upper, strict=True):
        if a > whole:
            name = line_name(line)
            raise infeasible(
                both(
                    f"{name.zh}至少要 {show(a)}，比总预算 {total.text(short=True)} 还多。",
                    f"{name.en} needs at least {show(a)}, more than the whole budget of {total.text(short=True)}.",
                ),
                both("请去掉这条线、减少天数或提高预算。", "Drop this line, use fewer days, or a larger budget."),
            )
        if a > b:
            name = line_name(line)
            raise infeasible(
                both(
                    f"{name.zh}至少要 {show(a)}，而上限是 {show(b)}。",
                    f"{name.en} needs at least {show(a)}, but may take at most {show(b)}.",
                ),
                both("请减少渠道、提高预算或放宽这条线的限制。", "Use fewer channels, a larger budget, or wider limits for this line."),
            )
    floor_sum, room_sum = 0, 0
    for g, channel in enumerate(channels):
        mine = [i for i, x in enumerate(group) if x == g]
        need, room = sum(lower[i] for i in mine), sum(upper[i] for i in mine)
        name = channel_name(channel)
        if max(need, low[g]) > min(room, high[g]):
            raise infeasible(
                both(
                    f"{name.zh}分到 {show(low[g])} 到 {show(min(high[g], whole))}，但它的各条线至少要 {show(need)}、最多 {show(min(room, whole))}。",
                    f"{name.en} is to get {show(low[g])} to {show(min(high[g], whole))}, but its lines need at least {show(need)} and at most {show(min(room, whole))}.",
                ),
                both("请调整这个渠道的占比，或改预算。", "Change this channel's share, or the budget."),
            )
        floor_sum, room_sum = floor_sum + max(need, low[g]), room_sum + min(room, high[g])
    if floor_sum > whole:
        raise infeasible(
            both(
                f"各渠道最低花费合计 {show(floor_sum)}，超过预算 {total.text(short=True)}。",
                f"The minimum spends add up to {show(floor_sum)}, more than the budget of {total.text(short=True)}.",
            ),
            both("请减少渠道或天数，或提高预算。", "Use fewer channels or days, or a larger budget."),
        )
    if room_sum < whole:
        raise infeasible(
            both(
                f"各渠道上限合计 {show(room_sum)}，花不完预算 {total.text(short=True)}。",
                f"The upper limits add up to {show(room_sum)}, less than the budget of {total.text(short=True)}.",
            ),
            both("请放宽上限、增加渠道，或降低预算。", "Widen the limits, add a channel, or lower the budget."),
        )


def _curves(lines: list[LineInput], days: int, prices: list[float] | None, limits: Limits) -> tuple[Curves, str]:
    if min(line.margin for line in lines) > 0:
        curves = Curves.of(lines, days, prices=prices)
        if float(curves.slopes(limits.lower)[0].max()) >= 1:
            return curves, "contribution"
    return Curves.of(lines, days, objective="revenue", prices=prices), "revenue"


def _reference(
    lines: list[LineInput], total: Money, reference: Sequence[Money] | None, limits: Limits, units: Units, unit: float
) -> tuple[Array, Words]:
    """Return the split to compare with, moved into the limits, and what it is in words."""
    if reference is None:
        target = np.full(len(lines), float(total) / len(lines))
        words = both(f"与平均分给 {len(lines)} 条线相比", f"against an equal split over {len(lines)} lines")
    else:
        before = np.array([float(x) for x in reference])
        target = before * float(total) / before.sum() if before.sum() > 0 else np.full(len(lines), float(total) / len(lines))
        words = both("与原来的分法相比", "against the split before")
        if before.sum() > 0 and abs(before.sum() - float(total)) > unit:
            words = both("与原来的分法（按新总额等比缩放）相比", "against the split before, scaled to the new total")
    compared = _whole(nearest(target, float(total), limits), total, units)
    if float(np.abs(compared - target).max()) > 2 * unit:
        words = both(f"{words.zh}（已按各条线的上下限调整）", f"{words.en} (moved inside the limits)")
    return compared, words


def _pays_until(curves: Curves, objective: str, limits: Limits, best: Optimum, currency: str, fixed: bool) -> Money | None:
    """Return the total at which the last unit earns itself (margin x mROAS = 1), without lower bounds."""
    if fixed or objective != "contribution":
        return None
    n = len(limits.lower)
    open_limits = Limits(np.zeros(n), np.full(n, 1e12), limits.group, limits.group_lower, limits.group_upper)
    amount = float(best_response(curves, np.ones(n), open_limits, best.spend).sum())
    return Money.of(float(round(amount)), currency) if amount < 1e11 else None
