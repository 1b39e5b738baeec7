"""Response of media lines to spend: dearer clicks, a ceiling of attention, late orders. Vectorised over lines.

Per day of spend d:  CPC(d) = CPC0 (1 + d / kappa)^eta ;  raw clicks = d / CPC(d), divided by the day's festival price.
Over the campaign:   views = raw clicks / CTR, of which A f (1 - exp(-views / (A f))) fall within the frequency cap f of
an audience of A people; clicks = CTR x those. All steps are increasing and concave, so their expectation is concave.
Not covered: carry-over between campaigns, interaction between lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from .inputs import LineInput, assumption

Array = NDArray[np.float64]

Z90 = 1.2815515655446004
NO_CEILING = 1e15
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(5)


@dataclass(frozen=True)
class Shape:
    """Parameters of the lines' curves, one entry per line: `cpc0`, `kappa` (per day), `ceiling` (views), `sigma` (log CPC)."""

    cpc0: Array
    kappa: Array
    ceiling: Array
    sigma: Array
    eta: float

    @classmethod
    def of(cls, lines: Sequence[LineInput], days: int) -> Shape:
        """Read the curve parameters of `lines` for a campaign of `days`."""
        eta = assumption("cpc_growth")
        cpc0, kappa, ceiling, sigma = [], [], [], []
        for line in lines:
            views = NO_CEILING if line.reach is None else line.reach * line.frequency_cap
            if line.usual_daily_spend is not None:
                kappa.append(line.usual_daily_spend)
                cpc0.append(line.cpc.mid / (1 + assumption("usual_day")) ** eta)
            else:
                exhausting = views * line.ctr * line.cpc.mid / days / 2
                kappa.append(min(exhausting, assumption("unknown_day_clicks") * line.cpc.mid))
                cpc0.append(line.cpc.mid)
            ceiling.append(views)
            sigma.append(max(0.02, log(line.cpc.high / line.cpc.low) / (2 * Z90)))
        return cls(np.array(cpc0), np.array(kappa), np.array(ceiling), np.array(sigma), eta)


def arrival(days: int, carry: tuple[float, float] | None = None) -> Array:
    """Return the share of a click's orders that have arrived after 0, 1, ... `days` - 1 further days.

    `carry` is (share on the day of the click, mean delay in days of the others).
    """
    same_day, later = carry or (assumption("same_day_share"), assumption("later_days"))
    return 1 - (1 - same_day) * np.exp(-np.arange(days) / later)


@dataclass(frozen=True)
class Curves:
    """Expected result of each line as a function of its budget, with first and second derivative.

    Expectation over the log-normal click price (5-node Gauss-Hermite) and the Beta click rate (3-node Gauss-Jacobi);
    order value, conversion rate and demand enter by their means because they are independent of both.
    """

    shape: Shape
    days: int
    day_weight: float
    worth: Array
    orders_per_click: Array
    price: Array
    rate: Array
    weight: Array

    @classmethod
    def of(cls, lines: Sequence[LineInput], days: int, *, objective: str = "contribution", prices: Sequence[float] | None = None) -> Curves:
        """Build the curves; `prices` is the CPC multiplier of each day (1.0 = an ordinary day)."""
        shape = Shape.of(lines, days)
        weights = 1 / np.array(prices if prices is not None else np.ones(days), dtype=float)
        share = float(weights @ arrival(days)[::-1] / weights.sum())
        column = {
            name: np.array([getattr(line, name) for line in lines], dtype=float)
            for name in ("cvr", "order_value", "return_rate", "margin", "ctr", "ctr_strength")
        }
        orders_per_click = column["cvr"] * share
        worth = orders_per_click * column["order_value"] * (1 - column["return_rate"])
        if objective == "contribution":
            worth = worth * column["margin"]
        spread = np.sqrt(shape.sigma**2 + np.array([line.shared_shock for line in lines]) ** 2)
        price = np.exp(-spread[:, None] * NODES)
        nodes, chance = beta_nodes(column["ctr"], column["ctr_strength"])
        normal, n = WEIGHTS / WEIGHTS.sum(), len(lines)
        return cls(
            shape=shape,
            days=days,
            day_weight=float(weights.sum()),
            worth=worth,
            orders_per_click=orders_per_click,
            price=np.tile(price, (1, nodes.shape[1])),
            rate=np.repeat(nodes, len(NODES), axis=1),
            weight=(chance[:, :, None] * normal).reshape(n, -1),
        )

    def clicks(self, spend: Array) -> tuple[Array, Array, Array]:
        """Return expected clicks at `spend` (currency units, whole campaign) and their first two derivatives."""
        shape, eta = self.shape, self.shape.eta
        daily = spend / self.days
        dear = 1 + daily / shape.kappa
        raw = self.day_weight * daily / (shape.cpc0 * dear**eta)
        per = self.day_weight / self.days / shape.cpc0
        raw1 = per * dear ** (-eta - 1) * (1 + (1 - eta) * daily / shape.kappa)
        raw2 = -per * eta / (self.days * shape.kappa) * dear ** (-eta - 2) * (2 + (1 - eta) * daily / shape.kappa)
        room = self.rate * shape.ceiling[:, None]
        used = self.price * raw[:, None] / room
        left = np.exp(-used)
        value = (self.weight * room * -np.expm1(-used)).sum(1)
        slope = (self.weight * self.price * left).sum(1)
        bend = (self.weight * self.price**2 / room * left).sum(1)
        return value, slope * raw1, slope * raw2 - bend * raw1**2

    def value(self, spend: Array) -> Array:
        """Return the expected result of each line (margin x revenue, or revenue), before spend."""
        return self.worth * self.clicks(spend)[0]

    def orders(self, spend: Array) -> Array:
        """Return the expected orders of each line inside the campaign's days."""
        return self.orders_per_click * self.clicks(spend)[0]

    def slopes(self, spend: Array) -> tuple[Array, Array]:
        """Return the marginal result of each line and its derivative."""
        _, first, second = self.clicks(spend)
        return self.worth * first, self.worth * second

    @property
    def scale(self) -> Array:
        """Spend over the campaign at which clicks begin to get dearer."""
        return self.days * self.shape.kappa

    def subset(self, mine: NDArray[np.bool_]) -> Curves:
        """Return the curves of some lines."""
        shape = self.shape
        part = Shape(shape.cpc0[mine], shape.kappa[mine], shape.ceiling[mine], shape.sigma[mine], shape.eta)
        each = (self.worth, self.orders_per_click, self.price, self.rate, self.weight)
        return Curves(part, self.days, self.day_weight, *(x[mine] for x in each))


def beta_nodes(mean: Array, strength: Array, n: int = 3) -> tuple[Array, Array]:
    """Return nodes in 0..1 and weights, both (lines, n), of the Gauss-Jacobi rule for Beta(mean x strength, ...).

    Exact for polynomials to degree 2n - 1; from the eigenvalues of the Jacobi matrix (Golub and Welsch 1969).
    """
    b, a = mean * strength - 1, (1 - mean) * strength - 1
    k = np.arange(n)[:, None]
    both_ = 2 * k + a + b
    diagonal = np.where(k == 0, (b - a) / (a + b + 2), (b**2 - a**2) / (both_ * (both_ + 2) + (k == 0)))
    k, both_ = k[1:], both_[1:]
    ratio = np.where(k == 1, 1.0, (k + a + b) / np.where(k == 1, 1.0, both_ - 1))
    beside = np.sqrt(4 * k * (k + a) * (k + b) * ratio / (both_**2 * (both_ + 1)))
    matrix = np.zeros((len(mean), n, n))
    for i in range(n):
        matrix[:, i, i] = diagonal[i]
        if i:
            matrix[:, i, i - 1] = matrix[:, i - 1, i] = beside[i - 1]
    values, vectors = np.linalg.eigh(matrix)
    return np.clip((1 + values) / 2, 1e-12, 1.0), vectors[:, 0, :] ** 2
