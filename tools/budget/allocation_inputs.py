"""What `allocate` is asked, read once: numbers or money per line, limits checked, every refusal in words.

Covers one period. Not covered: currencies that must be converted first (refused), limits on ratios between lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.errors import AdwrightError
from ...data.money import Money
from ...data.words import Words, both
from .response_curve import ResponseCurve
from .solver import Limits

Array = NDArray[np.float64]
Amount = float | Money
PerLine = Amount | Sequence[float] | Sequence[Money] | NDArray[np.float64] | None
Groups = Mapping[str, tuple[Sequence[int], Amount | None, Amount | None]]
# Beyond this multiple of the half-saturation spend nothing more can be won.
OPEN_END = 1e6


@dataclass(frozen=True)
class Problem:
    """A checked question: `revenue` curves, `worth` (what is maximised), limits, today's amounts, currency if any."""

    revenue: ResponseCurve
    worth: ResponseCurve
    limits: Limits
    names: tuple[str, ...]
    total: float | None
    current: Array | None
    currency: str | None


def read_problem(
    curves: ResponseCurve | Sequence[ResponseCurve],
    total: Amount | None,
    lower: PerLine,
    upper: PerLine,
    groups: Groups | None,
    current: PerLine,
    margins: PerLine,
    objective: str,
    move_cap: float | None,
) -> Problem:
    """Check everything and return it as arrays.

    Raises `AdwrightError`: ``no-curves``, ``bad-curve``, ``not-a-number``, ``bad-length``, ``bad-margin``, ``bad-group``,
    ``bad-objective``, ``bad-move-cap``, ``currency-mismatch``, ``infeasible-budget``.
    """
    revenue = curves if isinstance(curves, ResponseCurve) else ResponseCurve.joined(list(curves))
    n = revenue.lines
    bounds = [amount for _, low, high in (groups or {}).values() for amount in (low, high)]
    currency = _currency([total, *bounds, *(x for part in (lower, upper, current) for x in _members(part))])
    if objective not in ("contribution", "revenue"):
        raise refuse(
            "bad-objective",
            both(f"目标“{objective}”不认识。", f"The objective {objective!r} is not known."),
            both("可选 contribution（毛利减花费）或 revenue（收入）。", "Choose contribution (margin x revenue - spend) or revenue."),
        )
    margin = _per_line(margins, n, "margins", 1.0)
    if (margin <= 0).any():
        raise refuse(
            "bad-margin",
            both("毛利率必须大于零。", "Margins must be above zero."),
            both("毛利率为零或负的商品请先不投放。", "Leave out products that earn no margin."),
        )
    money = None if total is None else _number(total, "total")
    if money is not None and money <= 0:
        raise infeasible(both(f"预算是 {total}，没有可以分配的钱。", f"The budget is {total}: there is nothing to split."))
    least = _per_line(lower, n, "lower", 0.0)
    if (least < 0).any():
        raise infeasible(both("下限不能为负。", "Lower limits cannot be negative."))
    # A limit that cannot be reached is no limit: the whole total would look like one when a single line takes it all.
    no_end = np.maximum(OPEN_END * revenue.scale, least) if money is None else np.full(n, 2 * money)
    most = np.minimum(_per_line(upper, n, "upper", no_end, infinite=True), np.maximum(no_end, least))
    today = None if current is None else _per_line(current, n, "current", 0.0)
    if today is not None and (today < 0).any():
        raise infeasible(both("现在的花费不能为负。", "Today's amounts cannot be negative."))
    if move_cap is not None:
        if today is None or not 0 < move_cap <= 1:
            raise refuse(
                "bad-move-cap",
                both("变动上限要在 0 到 1 之间，并且要给出现在的分配。", "A cap on moves lies above 0 and up to 1 and needs `current`."),
                both("例如 move_cap=0.3。", "For example move_cap=0.3."),
            )
        least, most = np.maximum(least, today * (1 - move_cap)), np.minimum(most, today * (1 + move_cap))
    if (least > most).any():
        i = int((least > most).argmax())
        raise infeasible(
            both(
                f"第 {i + 1} 条线至少 {least[i]:,.2f}，最多 {most[i]:,.2f}。",
                f"Line {i + 1} needs at least {least[i]:,.2f} but may take at most {most[i]:,.2f}.",
            )
        )
    limits, names = _grouped(n, least, most, groups or {})
    _admit(limits, money)
    worth = revenue.weighted(margin) if objective == "contribution" and margins is not None else revenue
    return Problem(revenue, worth, limits, names, money, today, currency)


def refuse(code: str, message: Words, hint: Words) -> AdwrightError:
    """Return a refusal with its stable name."""
    return AdwrightError(message, hint, code=code)


def infeasible(message: Words) -> AdwrightError:
    """Return the refusal of limits that exclude the total."""
    return refuse("infeasible-budget", message, both("请改预算或放宽上下限。", "Change the budget or widen the limits."))


def _members(part: PerLine) -> Sequence[object]:
    if isinstance(part, np.ndarray):
        return []
    return [part] if part is None or isinstance(part, Money | int | float | np.number) else list(part)


def _currency(amounts: Sequence[object]) -> str | None:
    found = sorted({amount.currency for amount in amounts if isinstance(amount, Money)})
    if len(found) > 1:
        raise refuse(
            "currency-mismatch",
            both(f"金额里有多种货币：{'、'.join(found)}。", f"The amounts are in several currencies: {', '.join(found)}."),
            both("请先换算成同一种货币。", "Convert to one currency first."),
        )
    return found[0] if found else None


def _number(value: object, name: str, *, infinite: bool = False) -> float:
    return float(_per_line(value, 1, name, 0.0, infinite=infinite)[0])  # type: ignore[arg-type]


def _per_line(value: PerLine, n: int, name: str, default: float | Array, *, infinite: bool = False) -> Array:
    """Return one finite number per line; a single number stands for every line, None for the default."""
    if value is None:
        return np.broadcast_to(np.asarray(default, float), (n,)).copy()
    try:
        items = float(value) if isinstance(value, Money) else value
        if not isinstance(items, np.ndarray | float | int | np.number):
            items = [np.nan if x is None else float(x) for x in items]
        array = np.asarray(items, float)
    except (TypeError, ValueError) as error:
        raise _not_a_number(name) from error
    if np.isnan(array).any() or (not infinite and not np.isfinite(array).all()):
        raise _not_a_number(name)
    if array.ndim and array.shape != (n,):
        raise refuse(
            "bad-length",
            both(f"{name} 有 {array.size} 个值，曲线有 {n} 条。", f"{name} has {array.size} values for {n} curves."),
            both("每条曲线一个值，或给一个通用的数。", "Give one value per curve, or a single number for all."),
        )
    return np.broadcast_to(array, (n,)).copy()


def _not_a_number(name: str) -> AdwrightError:
    return refuse(
        "not-a-number",
        both(f"{name} 里有空值、无穷大或不是数字的值。", f"{name} holds a value that is missing, infinite or not a number."),
        both("请补全或去掉这些值。", "Fill in or remove these values."),
    )


def _grouped(n: int, lower: Array, upper: Array, groups: Groups) -> tuple[Limits, tuple[str, ...]]:
    """Return limits with one group per entry of `groups` and one free group for all other lines."""
    group, low, high = np.full(n, len(groups)), [], []
    for g, (name, (members, least, most)) in enumerate(groups.items()):
        mine = np.asarray(list(members))
        if not mine.size or mine.dtype.kind != "i" or mine.min() < 0 or mine.max() >= n or (group[mine] != len(groups)).any():
            raise refuse(
                "bad-group",
                both(
                    f"分组“{name}”里的线不存在，或同时属于别的组。",
                    f"Group {name!r} is empty, names a line that does not exist, or shares one.",
                ),
                both("每条线最多属于一个组，用 0 起的序号。", "Each line belongs to one group at most; count from 0."),
            )
        group[mine] = g
        low.append(0.0 if least is None else _number(least, name))
        high.append(np.inf if most is None else _number(most, name, infinite=True))
    return Limits(lower, upper, group, np.array([*low, -np.inf]), np.array([*high, np.inf])), tuple(groups)


def _admit(limits: Limits, total: float | None) -> None:
    """Raise ``infeasible-budget`` when groups or the total cannot be met."""
    need, room = np.maximum(limits.sums(limits.lower), limits.group_lower), np.minimum(limits.sums(limits.upper), limits.group_upper)
    used = np.bincount(limits.group, minlength=limits.groups) > 0
    if (need > room * (1 + 1e-12))[used].any():
        raise infeasible(both("有的分组的上下限与组内各线的上下限冲突。", "A group's limits contradict those of its lines."))
    least, most = float(need[used].sum()), float(room[used].sum())
    if total is not None and not least * (1 - 1e-12) <= total <= most * (1 + 1e-12):
        raise infeasible(
            both(
                f"上下限允许的总额是 {least:,.2f} 到 {most:,.2f}，预算 {total:,.2f} 不在其中。",
                f"The limits allow totals from {least:,.2f} to {most:,.2f}; {total:,.2f} is outside.",
            )
        )
