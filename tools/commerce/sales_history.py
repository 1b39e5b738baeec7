"""A history of sales as arrays, read once: one row per product, period and place, with every refusal in words.

Also the shop's own weeks in that form. Not covered: currencies (prices of one product are in one), returns (give sales net or gross).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ...data.errors import AdwrightError
from ...data.knowledge.sensitive import sensitive
from ...data.words import Words, both

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Names = NDArray[np.str_]
# Columns of persons, beside the sensitive traits of the knowledge folder: a price never depends on who buys.
PERSONS = ("user_id", "customer_id", "member_id", "visitor_id", "vip", "member_level", "device", "clv", "income", "loyalty")
# A product needs this many rows.
LEAST_ROWS = 12
# Counts whose middle is below this are fitted as counts: their logarithm is not near a normal variable.
FEW_UNITS = 20
ABSORB_ROUNDS = 200
DAY = 86_400


@dataclass(frozen=True)
class History:
    """Rows of sales: `moment` in seconds, `log_price`, `units`, `promoted` (0 or 1), `controls` [n, k], `effects` as level numbers."""

    product: Names
    category: Names
    moment: Ints
    log_price: Array
    units: Array
    promoted: Array
    controls: Array
    effects: tuple[Ints, ...]
    form: Literal["log", "count"]
    notes: list[Words]

    @cached_property
    def first(self) -> dict[str, int]:
        """First row of every product."""
        names, at = np.unique(self.product, return_index=True)
        return dict(zip(names.tolist(), at.tolist(), strict=True))

    @cached_property
    def _own(self) -> Ints:
        return np.unique(self.product, return_inverse=True)[1].astype(np.int64)

    @property
    def period_days(self) -> float:
        """Days between one period and the next, the usual gap of a product."""
        return float(np.median(np.diff(np.unique(self.moment)))) / DAY if len(np.unique(self.moment)) > 1 else 7.0

    def rows(self, product: str) -> NDArray[np.bool_]:
        """Return which rows are this product's."""
        return self.product == product

    def part(self, rows: NDArray[np.bool_]) -> History:
        """Return some rows."""
        arrays = {
            name: getattr(self, name)[rows] for name in ("product", "category", "moment", "log_price", "units", "promoted", "controls")
        }
        return replace(self, **arrays, effects=tuple(e[rows] for e in self.effects))

    def means(self) -> Array:
        """Return each row's mean units of its product."""
        return (np.bincount(self._own, self.units) / np.bincount(self._own))[self._own]

    def centred(self, values: Array) -> Array:
        """Return values less their product's mean."""
        return values - (np.bincount(self._own, values) / np.bincount(self._own))[self._own]

    def absorbed(self, values: Array) -> Array:
        """Return values with the means of products and of every fixed effect taken out, in turn until nothing moves."""
        left = values
        for _ in range(ABSORB_ROUNDS):
            before = left
            for level in (self._own, *self.effects):
                left = left - (np.bincount(level, left) / np.bincount(level))[level]
            if np.abs(left - before).max() < 1e-10:
                break
        return left

    def calendar(self) -> list[Array]:
        """Return trend, season of the year (once two years are nearly there) and weekday (where periods are days)."""
        days = self.moment / DAY
        columns = [days - days.min()]
        if days.max() - days.min() > 550:
            columns.append(days % 365.25)
        if self.period_days < 5:
            columns.append(np.floor(days) % 7)
        return columns


def read_history(
    history: Any,
    controls: Sequence[str],
    effects: Sequence[str],
    form: Literal["auto", "log", "count"],
) -> History:
    """Check a table and return it as arrays; raises as `fit_elasticity`."""
    refuse_personal([*controls, *effects])
    table = history.to_pydict() if hasattr(history, "to_pydict") else history
    columns: dict[str, Any] = {name: np.asarray(table[name]) for name in (table if isinstance(table, Mapping) else table.columns)}
    lacking = [name for name in ("product", "time", "price", "units", *controls, *effects) if name not in columns]
    if lacking:
        raise _bad(f"缺少列：{'、'.join(lacking)}", f"columns are missing: {', '.join(lacking)}")
    n = len(columns["price"])
    if any(len(column) != n for column in columns.values()) or not n:
        raise _bad("各列长度不同，或没有数据", "columns differ in length, or there are no rows")
    price, units = _numbers(columns["price"], "price"), _numbers(columns["units"], "units")
    if (price <= 0).any() or (units < 0).any():
        raise _bad("价格必须大于零，销量不能为负", "prices are above zero and units not below zero")
    promoted = _numbers(columns["promoted"], "promoted") if "promoted" in columns else np.zeros(n)
    if not np.isin(promoted, (0, 1)).all():
        raise _bad("promoted 只能是 0 或 1", "promoted is 0 or 1")
    product = columns["product"].astype(str)
    category = columns["category"].astype(str) if "category" in columns else np.full(n, "")
    extra = np.column_stack([_numbers(columns[name], name) for name in controls]) if controls else np.zeros((n, 0))
    levels = tuple(np.unique(columns[name].astype(str), return_inverse=True)[1].astype(np.int64) for name in effects)
    chosen = form if form != "auto" else "log" if effects or (units.min() > 0 and np.median(units) >= FEW_UNITS) else "count"
    if chosen == "count" and effects:
        raise _bad("固定效应只用于对数形式", "fixed effects need the form “log”")
    notes: list[Words] = []
    keep = np.ones(n, bool) if chosen == "count" else units > 0
    if not keep.all():
        gone = int((~keep).sum())
        notes.append(
            both(f"{gone:,} 行销量为零，对数形式下没有用上。", f"{gone:,} rows without sales were left out: they have no logarithm.")
        )
    names, count = np.unique(product[keep], return_counts=True)
    thin = names[count < LEAST_ROWS].tolist()
    if len(thin) == len(names):
        raise AdwrightError(
            both(f"没有一个商品有 {LEAST_ROWS} 期以上的销售记录。", f"No product has {LEAST_ROWS} periods of sales or more."),
            both("请给出更长的历史，每个商品每周一行。", "Give a longer history, one row per product and week."),
            code="thin-history",
        )
    if thin:
        notes.append(
            both(
                f"{len(thin):,} 个商品记录不足 {LEAST_ROWS} 期，没有估计。",
                f"{len(thin):,} products with fewer than {LEAST_ROWS} rows were left out.",
            )
        )
        keep &= ~np.isin(product, thin)
    read = History(product, category, _moments(columns["time"]), np.log(price), units, promoted, extra, levels, chosen, notes)
    part = read.part(keep)
    # Levels that lost all their rows would divide by zero.
    return replace(part, effects=tuple(np.unique(e, return_inverse=True)[1].astype(np.int64) for e in part.effects))


def refuse_personal(names: Sequence[str]) -> None:
    """Raise ``personal-price`` when a name is a trait of persons: the same price holds for everybody."""
    personal = [name for name in names if sensitive(name) is not None or name.strip().lower() in PERSONS]
    if personal:
        raise AdwrightError(
            both(
                f"不按顾客个人定价：{'、'.join(personal)} 不能用来决定价格。",
                f"No price for single persons: {', '.join(personal)} cannot decide a price.",
            ),
            both(
                "同一时间对所有人同价。“大数据杀熟”既违法（《个人信息保护法》第二十四条）也伤信任；可用公开的券、会员价或换季价。",
                "Everybody pays the same at the same time: unreasonable personal price differences are unlawful in places (China's PIPL, article 24) "
                "and cost trust. Use open coupons, a members' price or seasonal prices instead.",
            ),
            code="personal-price",
        )


def _numbers(column: Any, name: str) -> Array:
    try:
        values = np.asarray(column, float)
    except (TypeError, ValueError) as error:
        raise _bad(f"{name} 列不是数字", f"column {name} is not made of numbers") from error
    if not np.isfinite(values).all():
        raise _bad(f"{name} 列有空值或无穷大", f"column {name} holds missing or infinite values")
    return values


def _moments(column: Any) -> Ints:
    try:
        moments = np.asarray(column).astype("datetime64[s]")
    except (TypeError, ValueError) as error:
        raise _bad("time 列不是日期", "column time is not made of dates") from error
    if np.isnat(moments).any():
        raise _bad("time 列有空值", "column time holds missing dates")
    return moments.astype(np.int64)


def _bad(zh: str, en: str) -> AdwrightError:
    return AdwrightError(
        both(f"销售历史用不了：{zh}。", f"The history of sales cannot be used: {en}."),
        both(
            "需要列 product、time、price（实付单价）、units，每个商品每周（或每天）一行。",
            "It needs columns product, time, price (paid per unit) and units, one row per product and week (or day).",
        ),
        code="bad-history",
    )
