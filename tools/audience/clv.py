"""Customer lifetime value over a stated horizon: who will buy again, and what that is worth, per customer and per segment.

Expected value = expected purchases (`rebuying`) x expected net order value (`spending`) x the share that is kept. It is
contribution where costs or margins are known for most of the sales, else revenue, and says which. Intervals are P10-P90
of draws in which the shop also strays from its model as far as it did in back-tests. Churn is named by the shop's own
interval: who has been silent for longer than nine in ten of its customers' pauses lasted. Not here: customers who never
bought, and any horizon beyond what was held against a past.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...data.errors import AdwrightError
from ...data.words import Words, both
from .backtest import Record, record
from .clv_library import fit_both
from .histories import Ledger, at, column, ledger, purchase_days
from .margin import Margin, margin_of
from .rebuying import Array, Histories, Rate, fit_rate
from .sources import Sources, Table, sources
from .spending import Spending, fit_spending

if TYPE_CHECKING:
    import pyarrow as pa

    from ...data.workspace import Workspace

HORIZON = 90
LONGEST = 365
LEAST_SPAN = 30
DRAWS = 200
MOST_DRAWN = 1_000
CHUNK = 2_000
PAUSES = 0.9
RANGE = (0.1, 0.9)
Z80 = 1.2815515655446004
Method = Literal["likelihood", "bayes"]


class Lifetime(NamedTuple):
    """A fitted shop: the two models, its `record`, days of silence that count as lost, what is kept of a sale.

    Values are in `currency` over `horizon` days from `end`; `basis` is ``contribution`` or ``revenue``.
    """

    horizon: int
    end: date
    span: int
    customers: int
    rate: Rate
    spending: Spending
    record: Record
    silence: float | None
    margin: Margin | None
    currency: str
    notes: tuple[Words, ...]

    @property
    def basis(self) -> str:
        """What `value` counts."""
        return "revenue" if self.margin is None else "contribution"

    @property
    def kept(self) -> float:
        """Share of net revenue that `value` counts."""
        return 1.0 if self.margin is None else max(0.0, float(self.margin.share))

    @property
    def days(self) -> float:
        """The horizon in the pace of the coming season."""
        return self.horizon * self.record.pace

    def p_repeat(self, h: Histories) -> Array:
        """Return P(another purchase within the horizon) per customer."""
        return self.rate.p_repeat(h, self.days)

    def value(self, h: Histories) -> Array:
        """Return the expected value of the horizon per customer, 0 or more."""
        return self.rate.orders(h, self.days) * self.spending.expected(h) * self.kept

    def newcomer(self) -> tuple[float, float]:
        """Return what a new customer's first purchase is worth, and the repeat purchases expected within the horizon after it."""
        new = Histories(*(np.zeros(1) for _ in range(4)))
        # What an order of somebody unknown is worth: the mean of the Gamma-Gamma's prior.
        order = self.spending.p * self.spending.gamma / (self.spending.q - 1) * self.kept
        return order, float(self.rate.orders(new, self.horizon)[0]) * order

    def lost(self, h: Histories) -> NDArray[np.bool_]:
        """Tell who has been silent for longer than the shop's own interval."""
        return h.age - h.span > (np.inf if self.silence is None else self.silence)

    def draws(self, h: Histories, draws: int = DRAWS, seed: int = 0) -> tuple[NDArray[np.int64], Array]:
        """Draw purchases and value of the horizon: [draws, customers] each; every draw has one luck of the shop."""
        rng = np.random.default_rng([seed, len(h)])
        luck, more = rng.standard_normal((2, draws))
        spread = self.record.spread
        extra = np.sqrt(max(0.0, self.record.value_spread**2 - spread**2))
        orders = self.rate.draw(h, self.days * np.exp(spread * luck), rng)
        return orders, self.spending.draw(h, orders, rng) * (self.kept * np.exp(extra * more))[:, None]


def lifetime(workspace: Workspace, horizon: int = HORIZON, method: Method = "likelihood") -> Lifetime | None:
    """Fit the shop as it is now; None where its orders do not suffice.

    `method` ``bayes`` fits by PyMC-Marketing (`clv_library`, the extra ``adwright[bayes]``); pace and intervals stay those of our own
    back-tests. Raises `AdwrightError`: ``bad-horizon`` (not 1..365 days), ``no-bayes-library``.

    Example:
        >>> lifetime(shop).newcomer()  # doctest: +SKIP
        (121.9, 62.4)
    """
    if not 1 <= horizon <= LONGEST:
        raise AdwrightError(
            both(f"{horizon} 天不能作为复购期限。", f"{horizon} days cannot be the horizon."),
            both(f"请给 1 到 {LONGEST} 天；90 天最稳。", f"Choose 1 to {LONGEST} days; 90 is the safest."),
            code="bad-horizon",
        )
    return _kept(ShopKey(workspace), horizon, method)


def customers(
    workspace: Workspace, horizon: int = HORIZON, *, method: Method = "likelihood", intervals: bool = False, seed: int = 0
) -> pa.Table:
    """Return one row per consenting customer who has bought: user_id, p_repeat, orders, clv, lost; with `intervals` clv_low, clv_high.

    `clv` is in the shop's currency (`Lifetime.basis`); the interval is P10-P90 of what this one customer may bring. For
    programs: ids must not reach a model. Raises `AdwrightError`: ``bad-horizon``, ``too-few-orders``, ``no-bayes-library``.

    Example:
        >>> customers(shop).column_names  # doctest: +SKIP
        ['user_id', 'p_repeat_90d', 'orders_90d', 'clv_90d', 'lost']
    """
    import pyarrow as pa

    fitted = lifetime(workspace, horizon, method)
    if fitted is None:
        raise AdwrightError(
            both("订单太少，估不出复购和顾客价值。", "There are too few orders to estimate repeat purchases and customer value."),
            both("至少需要 30 天里 20 位顾客的订单。", "Orders of at least 20 customers over 30 days are needed."),
            code="too-few-orders",
        )
    with books(workspace) as (_, book):
        assert book is not None
        h, rows = at(book, with_ids=True)
    found = {
        "user_id": rows["user_id"],
        f"p_repeat_{horizon}d": fitted.p_repeat(h),
        f"orders_{horizon}d": fitted.rate.orders(h, fitted.days),
        f"clv_{horizon}d": fitted.value(h),
        "lost": fitted.lost(h),
    }
    if intervals:
        low, high = customer_ranges(fitted, h, seed)
        found |= {f"clv_{horizon}d_low": low, f"clv_{horizon}d_high": high}
    return pa.table(found)


def customer_ranges(fitted: Lifetime, h: Histories, seed: int = 0) -> tuple[Array, Array]:
    """Return P10 and P90 of each customer's value of the horizon."""
    parts = []
    for i in range(0, len(h), CHUNK):
        _, value = fitted.draws(h.rows(slice(i, i + CHUNK)), seed=seed + i)
        parts.append(np.quantile(value, RANGE, axis=0))
    low, high = np.concatenate(parts, axis=1) if parts else (np.zeros(0), np.zeros(0))
    return low, high


def by_group(workspace: Workspace, source: Sources, labels: Table, k: int) -> dict[str, Any] | None:
    """Return plain JSON: per group (0..k-1) buyers, p_repeat, clv, lost, each [point, P10, P90]; None where orders do not suffice.

    `clv` is the mean per customer who has bought before, `total` the group's sum.
    """
    fitted = lifetime(workspace)
    if fitted is None:
        return None
    with purchase_days(source).cache() as days:
        book = ledger(workspace.warehouse, days)
        assert book is not None
        h, rows = at(book, labels=labels)
    label = column(rows, "label").astype(int)
    groups = [group_ranges(fitted, h.rows(np.flatnonzero(label == j)), j) for j in range(k)]
    return {
        "horizon": fitted.horizon,
        "basis": fitted.basis,
        "silence": fitted.silence,
        "end": fitted.end.isoformat(),
        "span": fitted.span,
        "groups": groups,
        "notes": [note.model_dump() for note in fitted.notes],
    }


def group_ranges(fitted: Lifetime, h: Histories, seed: int = 0) -> dict[str, Any] | None:
    """Return the group's figures, each [point, P10, P90]; None for a group in which nobody has bought."""
    n = len(h)
    if not n:
        return None
    p, value, lost = fitted.p_repeat(h), fitted.value(h), float(fitted.lost(h).mean())
    drawn = h if n <= MOST_DRAWN else h.rows(np.linspace(0, n - 1, MOST_DRAWN).astype(np.intp))
    orders, worth = fitted.draws(drawn, seed=seed)
    bought, brought = (orders > 0).mean(axis=1), worth.mean(axis=1)
    # A sample stands for a large group: its own average is scaled to the group's.
    scale = value.mean() / max(float(fitted.value(drawn).mean()), 1e-12)
    mid = (lost + Z80**2 / (2 * n)) / (1 + Z80**2 / n)
    half = Z80 * np.sqrt(lost * (1 - lost) / n + Z80**2 / (4 * n * n)) / (1 + Z80**2 / n)
    return {
        "buyers": n,
        "p_repeat": _around(float(p.mean()), *np.quantile(bought, RANGE)),
        "clv": _around(float(value.mean()), *(np.quantile(brought, RANGE) * scale)),
        "total": round(float(value.sum()), 6),
        "lost": None if fitted.silence is None else _around(lost, max(0.0, mid - half), min(1.0, mid + half)),
    }


def _around(point: float, low: float, high: float) -> list[float]:
    return [round(point, 6), round(min(point, float(low)), 6), round(max(point, float(high)), 6)]


def fit(workspace: Workspace, source: Sources, book: Ledger, horizon: int, method: Method = "likelihood") -> Lifetime | None:
    """Fit a shop whose purchase days the engine holds; None where they do not suffice."""
    if book.span < LEAST_SPAN:
        return None
    h, _ = at(book)
    rate, spending = fit_both(h) if method == "bayes" else (fit_rate(h), fit_spending(h))
    if rate is None or spending is None:
        return None
    past = record(book, horizon)
    margin = margin_of(workspace, source)
    silence = _silence(book)
    return Lifetime(
        horizon, book.end, book.span, len(h), rate, spending, past, silence, margin, source.currency, _notes(book, source.future, h, horizon, past, margin, spending)
    )  # fmt: skip


@contextmanager
def books(workspace: Workspace) -> Iterator[tuple[Sources | None, Ledger | None]]:
    """Yield the shop's sources and its purchase days, held by the engine meanwhile; None for what there is none of."""
    source = sources(workspace, words=False)
    if source is None:
        yield None, None
        return
    with purchase_days(source).cache() as days:
        yield source, ledger(workspace.warehouse, days)


class ShopKey:
    """A workspace together with the data it was read from."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        kinds = (workspace.fingerprint(kind) for kind in ("users", "events", "orders", "products"))
        self._key = (str(workspace.path), *kinds, *sorted(workspace.margins.items()))

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ShopKey) and self._key == other._key


@lru_cache(maxsize=4)
def _kept(key: ShopKey, horizon: int, method: Method) -> Lifetime | None:
    with books(key.workspace) as (source, book):
        return None if source is None or book is None else fit(key.workspace, source, book, horizon, method)


def _silence(book: Ledger) -> float | None:
    """Return the days within which nine in ten pauses between two purchases ended; None where nobody came back."""
    import ibis

    t = book.table.filter(book.table.bought & (book.table.day < ibis.literal(book.end)))
    before = t.day.lag().over(group_by="user_id", order_by="day")
    pauses = t.mutate(pause=t.day.delta(before, unit="day").cast("float64"))
    row = book.engine.arrow(pauses.agg(days=pauses.pause.quantile(PAUSES))).to_pylist()[0]
    return None if row["days"] is None else float(row["days"])


def _notes(
    book: Ledger, future: int, h: Histories, horizon: int, past: Record, margin: Margin | None, spending: Spending
) -> tuple[Words, ...]:
    notes = []
    if future:
        notes.append(both(f"有 {future:,} 行记录的日期在未来，没有计入。", f"Rows dated in the future were left out: {future:,}."))
    if not (h.repeats > 0).any():
        notes.append(both(
            "还没有顾客买过第二次，复购率只是很低的估计。", "Nobody has bought twice yet: the repeat rate is only a low guess."
        ))  # fmt: skip
    if not past.windows:
        notes.append(both(
            f"历史只有 {book.span} 天，预测没有经过回测，区间按较宽的假设。",
            f"With {book.span} days of history the forecast has not been back-tested: ranges are wide by assumption.",
        ))  # fmt: skip
    elif not past.seasonal:
        notes.append(both(
            f"历史不足一年半，看不出季节；未来 {horizon} 天若逢旺季会偏低。",
            f"With less than a year and a half of history the season is unknown: a peak in the next {horizon} days would be missed.",
        ))  # fmt: skip
    if margin is None:
        notes.append(both("没有成本，顾客价值按收入计，不是毛利。", "Costs are unknown: customer value is revenue, not contribution."))
    if abs(spending.correlation) > 0.3:
        notes.append(both(
            f"买得勤的顾客每单金额也不同（相关 {spending.correlation:.2f}），价值估计偏差会大些。",
            f"Frequent buyers differ in order value (correlation {spending.correlation:.2f}): values are less exact.",
        ))  # fmt: skip
    return tuple(notes)
