"""`fit_elasticity`: how demand answers to price, with and without promotion, from a history of sales.

Per product by double machine learning (`orthogonal`), then each leans on its category (`shrinkage`). Covers weekly or daily sales,
in logarithms or as counts, calendar and other controls, fixed effects. It is observation, not experiment: what moved both price and
demand and is not among the controls biases it; only a price test settles that. Not covered: cross-price effects, stock-outs in the history.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...data.words import Words
from .orthogonal import Controls, Effects, solve, splits
from .sales_history import LEAST_ROWS, History, read_history
from .shrinkage import lean

Array = NDArray[np.float64]
Z90 = 1.6449
# Fewer rows of one product than this: its models of price and demand are those of its category.
ROWS_OF_ITS_OWN = 200
RECENT = 12


class Elasticity(NamedTuple):
    """Percent of demand per percent of price: `value` with standard error `error`; `own` is the product's alone, before leaning.

    `variation` is the standard deviation of ln(price) in the `rows` it rests on.
    """

    value: float
    error: float
    own: float
    own_error: float
    variation: float
    rows: int

    @property
    def interval(self) -> tuple[float, float]:
        """90 % interval."""
        return self.value - Z90 * self.error, self.value + Z90 * self.error


@dataclass(frozen=True)
class Demand:
    """One product's demand: elasticity without promotion and in promotion (None: never seen), and what promotion adds.

    `lift` is ln(units in promotion / without) at `usual_price` (geometric mean) with its `lift_error`; `lowest`..`highest` are the prices ever
    charged; `units` is sold per period without promotion lately; `noise` the standard deviation of ln(units) that price does not explain;
    `products` counts those of the category that it leans on.
    """

    product: str
    category: str
    plain: Elasticity
    promoted: Elasticity | None
    lift: float
    lift_error: float
    usual_price: float
    lowest: float
    highest: float
    units: float
    noise: float
    products: int

    def varies(self, least: float) -> bool:
        """Whether prices without promotion varied by at least `least` (standard deviation of ln price)."""
        return self.plain.variation >= least


@dataclass(frozen=True)
class Elasticities:
    """`products` by name; `categories` with mean, its standard error and the spread between products; what was left out, in words.

    Example:
        >>> round(fitted["shoes"].plain.value, 1)  # doctest: +SKIP
        -1.9
    """

    products: dict[str, Demand]
    categories: dict[str, tuple[float, float, float]]
    form: Literal["log", "count"]
    period_days: float
    notes: list[Words]

    def __getitem__(self, product: str) -> Demand:
        return self.products[product]


def fit_elasticity(
    history: Any,
    *,
    controls: Sequence[str] = (),
    effects: Sequence[str] = (),
    calendar: bool = True,
    form: Literal["auto", "log", "count"] = "auto",
    between: float = 0.5,
    seed: int = 0,
) -> Elasticities:
    """Fit the elasticity of every product of a history of sales.

    `history` is a pandas or Arrow table, or a mapping of columns: ``product``, ``time`` (date or moment; one row per product, period and
    place), ``price`` (what was paid per unit), ``units``; if known ``category`` and ``promoted`` (0 or 1: featured or advertised).
    `controls` names further number columns, `effects` columns whose every level gets its own mean (fixed effects, form "log" only), `calendar` takes out
    trend, season and weekday. Without controls, effects and calendar the form "log" is plain least squares of ln units on ln price. `between` is how
    far elasticities of one category may lie apart (scale of a half-normal prior of their standard deviation).

    Raises `AdwrightError`: ``bad-history`` (columns missing, not numbers, price not above zero), ``thin-history`` (no product with
    12 rows), ``personal-price`` (a control is a trait of persons). Chernozhukov et al. 2018; see `orthogonal`.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> price = np.exp(rng.normal(3, 0.1, 400))
        >>> sold = {"product": ["tea"] * 400, "time": np.arange("2025-01-01", "2026-02-05", dtype="datetime64[D]"), "price": price}
        >>> sold["units"] = 9e4 * price**-2.0 * rng.lognormal(0, 0.1, 400)
        >>> round(fit_elasticity(sold)["tea"].plain.value, 1)
        -2.0
    """
    sales = read_history(history, controls, effects, form)
    alone = {block: _fit_block(sales, rows, calendar, seed) for block, rows in _blocks(sales).items()}
    found = {product: entry for block in alone.values() for product, entry in block.items()}
    products: dict[str, Demand] = {}
    categories: dict[str, tuple[float, float, float]] = {}
    for category in sorted(set(sales.category[[sales.first[p] for p in found]].tolist())):
        members = [p for p in sorted(found) if sales.category[sales.first[p]] == category]
        plain, mean = lean([(found[p].value[0], found[p].covariance[0, 0] ** 0.5) for p in members], between)
        both_states = [p for p in members if len(found[p].value) == 3]
        promoted = dict(
            zip(both_states, lean([(found[p].value[1], found[p].covariance[1, 1] ** 0.5) for p in both_states], between)[0], strict=True)
        )
        categories[category] = mean
        for product, leaning in zip(members, plain, strict=True):
            products[product] = _demand(sales, product, found[product], leaning, promoted.get(product), len(members))
    return Elasticities(products, categories, sales.form, sales.period_days, sales.notes)


def _blocks(sales: History) -> dict[str, NDArray[np.bool_]]:
    """Rows that share their models of price and demand: a product with many rows, else what there is of its category."""
    own = {p for p in sales.first if sales.rows(p).sum() >= ROWS_OF_ITS_OWN}
    name = np.array([f"product:{p}" if p in own else f"category:{c}" for p, c in zip(sales.product, sales.category, strict=True)])
    return {str(block): name == block for block in np.unique(name)}


def _fit_block(sales: History, mine: NDArray[np.bool_], calendar: bool, seed: int) -> dict[str, Effects]:
    part = sales.part(mine)
    promotes = bool(part.promoted.any() and not part.promoted.all())
    treatments = part.centred(part.log_price)[:, None]
    if promotes:
        on = part.promoted
        treatments = np.column_stack([treatments[:, 0] * (1 - on), treatments[:, 0] * on, on])
    counts = sales.form == "count"
    columns = [*part.controls.T, *(part.calendar() if calendar else [])]
    units, usual = (part.units, part.means()) if counts else (part.centred(np.log(part.units)), None)
    basis = Controls.of(columns, len(units))
    if part.effects:
        treatments = np.column_stack([part.absorbed(t) for t in treatments.T])
        units = part.absorbed(units)
        basis = Controls(basis.raw, np.column_stack([part.absorbed(b) for b in basis.basis.T]) if basis.basis.size else basis.basis)
    taken = splits(basis, treatments, units, part.moment, seed, usual)
    result: dict[str, Effects] = {}
    for product in part.first:
        rows = part.rows(product)
        on = part.promoted[rows]
        # A product seen in one state only is fitted in that state: its other columns hold nothing.
        if promotes and not LEAST_ROWS <= on.sum() <= len(on) - LEAST_ROWS:
            if on.mean() > 0.5:
                continue
            rows = rows & (part.promoted == 0)
            slim = [s._replace(treatments=s.treatments[:, :1]) for s in taken]
            solved = solve(slim, treatments[:, :1], units, rows, counts=counts)
        else:
            solved = solve(taken, treatments, units, rows, counts=counts)
        if solved is not None:
            result[product] = solved
    return result


def _demand(
    sales: History, product: str, own: Effects, plain: tuple[float, float], promoted: tuple[float, float] | None, members: int
) -> Demand:
    rows = sales.rows(product)
    price, on, units = sales.log_price[rows], sales.promoted[rows] > 0, sales.units[rows]

    def answer(leaning: tuple[float, float], at: int, where: NDArray[np.bool_]) -> Elasticity:
        variation = float(price[where].std()) if where.any() else 0.0
        return Elasticity(*leaning, float(own.value[at]), float(own.covariance[at, at] ** 0.5), variation, int(where.sum()))

    lately = np.argsort(sales.moment[rows][~on], kind="stable")[-RECENT:]
    lift, lift_error = (float(own.value[2]), float(own.covariance[2, 2] ** 0.5)) if promoted else (0.0, 0.0)
    return Demand(
        product=product,
        category=str(sales.category[sales.first[product]]),
        plain=answer(plain, 0, ~on),
        promoted=answer(promoted, 1, on) if promoted else None,
        lift=lift,
        lift_error=lift_error,
        usual_price=float(np.exp(price.mean())),
        lowest=float(np.exp(price.min())),
        highest=float(np.exp(price.max())),
        units=float(units[~on][lately].mean()),
        noise=own.noise,
        products=members,
    )
