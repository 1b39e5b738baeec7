"""`suggest_price`: the price with the highest expected margin, or the price test that would find it.

Maximises the expectation over draws of the elasticity of ``(price - cost) x units(price)`` on a grid inside the prices ever charged (+-10 %) and one
step; then floor, list price rules, rival, stock, and a usual ending last. Price and promotion are decided together where the history shows both. One
price for everybody. Not covered: several products at once, prices of later periods, psychological effects of endings.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...data.errors import AdwrightError
from ...data.money import Money
from ...data.words import Words, both
from .elasticity import Demand, Elasticity
from .endings import charm, house_rules, payable
from .price_test import PriceTest, plan_price_test
from .sales_history import refuse_personal

Array = NDArray[np.float64]
POINTS = 201
DRAWS = 2_000


@dataclass(frozen=True)
class SuggestedPrice:
    """What to do: "change" to `price`, "keep" today's, or "test" first (`price` is today's then, `test` the plan).

    `low`..`high` is where 80 % of the draws have their best price; `gain` is contribution per period against today's price without
    promotion, with its 80 % interval and the share of draws in which it is positive. `promoted` says whether to promote at that price (None: the
    history never shows both; False also where a gain from it is not likely enough); `promotion_worth` is the most that a promotion may cost per period. `reasons` say what held the price.
    """

    decision: Literal["change", "keep", "test"]
    price: Money
    low: float
    high: float
    gain: float
    gain_low: float
    gain_high: float
    p_gain: float
    promoted: bool | None
    promotion_worth: float | None
    test: PriceTest | None
    reasons: list[Words]


class Bounds(NamedTuple):
    """Where a price may lie, and the lowest that keeps the least margin."""

    least: float
    most: float
    floor: float
    reasons: list[Words]


def suggest_price(
    demand: Demand,
    price: float | Money,
    cost: float | Money,
    *,
    currency: str = "CNY",
    competitor_price: float | None = None,
    rival_gap: float = 0.0,
    minimum_price: float | None = None,
    maximum_price: float | None = None,
    stock: float | None = None,
    cover: float | None = None,
    promotion_cost: float = 0.0,
    largest_step: float | None = None,
    endings: bool = True,
    personal: tuple[str, ...] = (),
    min_probability: float = 0.8,
    draws: int = DRAWS,
    seed: int = 0,
) -> SuggestedPrice:
    """Decide the price of a product from its `demand` (`fit_elasticity`), today's `price` and its unit `cost`.

    `competitor_price` caps the price at (1 + `rival_gap`) times itself, unless that is below the least margin or further than one step; `minimum_price` and `maximum_price` are
    agreed limits (MAP, a printed price). `stock` units must last `cover` periods: demand beyond earns nothing. `promotion_cost` is per
    period; `largest_step` is how far one change may go (share of the price, 0.15 by the house rules); without `endings` the price is left as computed. `personal` names traits of the buyers the price is meant for: always refused.

    Raises `AdwrightError`: ``personal-price``; ``bad-price`` for a price or cost not above zero, or limits that exclude each other.
    Expected profit over parameter draws: Dube and Misra 2023 (Journal of Political Economy 131), without their targeting.

    Example:
        >>> from .elasticity import Elasticity
        >>> e = Elasticity(-3.0, 0.2, -3.0, 0.2, 0.1, 104)
        >>> suggest_price(Demand("tea", "", e, None, 0, 0, 100.0, 80.0, 120.0, 50.0, 0.2, 1), 100, 75).price
        Money(¥109.00)
    """
    refuse_personal(personal)
    now, unit_cost = float(price), float(cost)
    if isinstance(price, Money):
        currency = price.currency
    if not (np.isfinite([now, unit_cost]).all() and now > 0 and unit_cost > 0):
        raise _bad("价格和成本必须大于零", "price and cost are above zero")
    bounds = price_bounds(demand, now, unit_cost, currency, competitor_price, rival_gap, minimum_price, maximum_price, largest_step)
    doubt = doubts(demand)
    if doubt is not None:
        test = plan_price_test(
            now,
            demand.noise,
            currency,
            max(bounds.floor, minimum_price or 0.0),
            maximum_price or inf,
            max(1.0, abs(demand.plain.value + 1)),
            demand.products,
            seed,
        )
        return SuggestedPrice("test", Money.of(now, currency), now, now, 0.0, 0.0, 0.0, 0.0, None, None, test, [doubt, *bounds.reasons])
    room = inf if stock is None else stock / (cover or house_rules()["cover"])
    profit = _Profit.of(demand, now, unit_cost, room, promotion_cost, draws, seed)
    return _decide(profit, demand, now, currency, bounds, min_probability, endings=endings)


def doubts(demand: Demand) -> Words | None:
    """Return why the history cannot carry a price; None where it can."""
    least, e = house_rules()["least_variation"], demand.plain
    if not demand.varies(least):
        return both(
            f"历史价格只变动了 {e.variation:.1%}（不到 {least:.0%}），看不出顾客对价格的反应。",
            f"Prices varied by only {e.variation:.1%} (under {least:.0%}): how customers answer to price cannot be seen.",
        )
    low, high = e.interval
    if low <= -1 <= high:
        return both(
            f"价格弹性约 {e.value:.2f}，90% 区间 {low:.2f} 至 {high:.2f} 包含 −1：该涨还是该降，数据说不准。",
            f"Elasticity is about {e.value:.2f}, but its 90% interval, {low:.2f} to {high:.2f}, holds -1: the data cannot say whether up or down pays.",
        )
    return None


def price_bounds(
    demand: Demand,
    now: float,
    cost: float,
    currency: str,
    rival: float | None = None,
    rival_gap: float = 0.0,
    minimum: float | None = None,
    maximum: float | None = None,
    step: float | None = None,
) -> Bounds:
    """Return where a price may lie; raises ``bad-price`` where agreed limits leave nothing."""
    rules = house_rules()
    reasons: list[Words] = []
    far = float(rules["largest_step"] if step is None else step)
    floor = cost / (1 - rules["least_margin"])
    firm, highest = max(floor, minimum or 0.0), maximum or inf
    if firm > highest:
        raise _bad(
            f"底价 {_text(firm, currency)} 高于最高价 {_text(highest, currency)}",
            f"the floor {_text(firm, currency)} is above the highest price {_text(highest, currency)}",
        )
    least = max(firm, demand.lowest * (1 - rules["beyond_range"]), now * (1 - far))
    most = min(highest, demand.highest * (1 + rules["beyond_range"]), now * (1 + far))
    if rival is not None and rival * (1 + rival_gap) < firm:
        reasons.append(below_floor(firm, currency))
    elif rival is not None:
        cap = rival * (1 + rival_gap)
        if cap < least:
            reasons.append(
                both(
                    f"对手价 {_text(rival, currency)} 低于一次能降到的价：先走一步，并确认是不是同样的东西。",
                    f"The rival's {_text(rival, currency)} is further down than one step: take one step, and check that it is the same thing.",
                )
            )
        elif now > cap:
            reasons.append(
                both(f"对手价是 {_text(rival, currency)}：不高于它。", f"The rival asks {_text(rival, currency)}: not above that.")
            )
        most = max(min(most, cap), least)
    # A floor above every price ever charged still is a floor.
    return Bounds(max(min(least, most), firm), max(most, firm), floor, reasons)


def below_floor(floor: float, currency: str) -> Words:
    """Say that a rival is not followed."""
    amount, least = _text(floor, currency), house_rules()["least_margin"]
    return both(
        f"对手价低于您的底价 {amount}（毛利率 {least:.0%}）：不跟价，改比服务或规格。",
        f"The rival is below your floor of {amount} (margin {least:.0%}): do not follow; compete on service or size.",
    )


class _Profit(NamedTuple):
    """Contribution per period in every draw."""

    now: float
    cost: float
    units: float
    room: float
    plain: Array
    promoted: Array | None
    lift: Array | None
    promotion_cost: float
    usual: float

    @classmethod
    def of(cls, demand: Demand, now: float, cost: float, room: float, promotion_cost: float, draws: int, seed: int) -> _Profit:
        rng = np.random.default_rng(seed)

        def drawn(e: Elasticity) -> Array:
            return np.minimum(rng.normal(e.value, e.error, draws), 0.0)

        plain = drawn(demand.plain)
        promoted = drawn(demand.promoted) if demand.promoted else None
        lift = rng.normal(demand.lift, demand.lift_error, draws) if demand.promoted else None
        return cls(now, cost, demand.units, room, plain, promoted, lift, promotion_cost, demand.usual_price)

    def at(self, price: Array, *, promoted: bool) -> Array:
        """Return contribution [draws, prices]."""
        ratio = np.log(price / self.now)[None, :]
        if promoted and self.promoted is not None and self.lift is not None:
            from_usual = np.log(self.now / self.usual)
            log_units = (self.lift + (self.promoted - self.plain) * from_usual)[:, None] + self.promoted[:, None] * ratio
        else:
            promoted, log_units = False, self.plain[:, None] * ratio
        sold = np.minimum(self.units * np.exp(log_units), self.room)
        return (price - self.cost)[None, :] * sold - (self.promotion_cost if promoted else 0.0)


def _decide(
    profit: _Profit, demand: Demand, now: float, currency: str, bounds: Bounds, min_probability: float, *, endings: bool
) -> SuggestedPrice:
    grid = np.linspace(bounds.least, bounds.most, POINTS)
    today = profit.at(np.array([now]), promoted=False)
    plain = profit.at(grid, promoted=False)
    best, chosen, worth, promoted = plain, plain.mean(0), None, None
    if demand.promoted is not None:
        with_promotion = profit.at(grid, promoted=True)
        worth = float(with_promotion.mean(0).max() + profit.promotion_cost - chosen.max())
        more = with_promotion[:, int(with_promotion.mean(0).argmax())] - plain[:, int(chosen.argmax())]
        promoted = bool(more.mean() > 0 and (more > 0).mean() >= min_probability)
        best, chosen = (with_promotion, with_promotion.mean(0)) if promoted else (plain, chosen)
    at = int(chosen.argmax())
    ending = payable(float(grid[at]), currency, bounds.least, bounds.most)
    if endings:
        usual = charm(float(grid[at]), currency, bounds.least, bounds.most)
        expected = float(profit.at(np.array([float(usual)]), promoted=bool(promoted)).mean())
        # An ending is worth no more than the little that it costs.
        ending = usual if expected >= chosen[at] - house_rules()["ending_cost"] * abs(chosen[at]) else ending
    low, high = (float(x) for x in np.quantile(grid[best.argmax(1)], [0.1, 0.9]))
    gain = (profit.at(np.array([float(ending)]), promoted=bool(promoted)) - today)[:, 0]
    sure, allowed = float((gain > 0).mean()), bounds.least <= now <= bounds.most
    reasons = list(bounds.reasons)
    if allowed and not promoted and (sure < min_probability or gain.mean() <= 0):
        reasons.append(
            both(
                f"换成 {_text(float(ending), currency)} 更赚的概率只有 {sure:.0%}，所以维持现价。",
                f"The chance that {_text(float(ending), currency)} earns more is only {sure:.0%}: keep today's price.",
            )
            if float(ending) != now
            else both("现价就在最优点附近。", "Today's price is about the best one.")
        )
        return SuggestedPrice("keep", Money.of(now, currency), low, high, 0.0, 0.0, 0.0, sure, promoted, worth, None, reasons)
    if at in (0, POINTS - 1) and bounds.least < bounds.most:
        reasons.append(
            both(
                "最优点在允许范围的边上：先走这一步，看两周再决定下一步。",
                "The best price lies at the edge of what is allowed: take this step, watch it for two weeks, then decide on the next.",
            )
        )
    if profit.room < profit.units:
        reasons.append(
            both("库存跟不上现在的销量，降价没有意义。", "Stock does not even cover today's sales: a lower price makes no sense.")
        )
    least, most = (float(x) for x in np.quantile(gain, [0.1, 0.9]))
    return SuggestedPrice(
        "change", Money.of(ending, currency), low, high, float(gain.mean()), least, most, sure, promoted, worth, None, reasons
    )


def _text(value: float, currency: str) -> str:
    return Money.of(round(value, 4), currency).text(short=True)


def _bad(zh: str, en: str) -> AdwrightError:
    return AdwrightError(
        both(f"算不出价格：{zh}。", f"No price can be found: {en}."),
        both("请检查现价、成本和价格上下限。", "Check today's price, the cost and the limits."),
        code="bad-price",
    )
