"""A price for a product of a shop: from its price history where that can carry an answer, else from cost, rivals and usual margin.

`best_price` decides from the history. Without one today's price is held and a price test proposed, or, for a product without a price,
cost-plus is taken; a rival's price is met half-way from there. Then floor, rival and a usual ending. The same price for everybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from statistics import median
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ...data import knowledge
from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.figure import Figure, Source
from ...data.money import Money
from ...data.words import Words, both
from ..catalogue import matches
from .best_price import SuggestedPrice, below_floor, doubts, suggest_price
from .elasticity import Demand
from .endings import charm, house_rules, payable
from .items import Item, shop_items
from .price_test import PriceTest, plan_price_test
from .sales_history import LEAST_ROWS
from .shop_sales import promotions, shop_demand

if TYPE_CHECKING:
    from ...data.workspace import Workspace

# A word this long is enough to know a product by how its name begins.
LEAST_BEGINNING = 4
NAMED = 3
Method = Literal["history", "hold", "hold and rival", "cost and rival", "cost"]


class PriceAdvice(Document):
    """A price and what it rests on. `low`..`high` of `price`: where a sensible price lies; `margin` gross, 0..1.

    `taken` says which product stands for a name that nothing has exactly. `decision` is "change", "keep" (today's price), "test" (first, by `test`) or "set" (no price so far); `gain` is contribution per week against today's
    price without promotion with its 80 % range, `p_gain` its chance to be positive; `promotion` says whether a campaign at that price pays. `reasons` say why, `warnings` what to mind. `break_even_cpa` is the most an order may cost in advertising,
    `break_even_roas` the revenue per spend that pays it.
    """

    product: Words
    taken: Words | None = None
    decision: Literal["change", "keep", "test", "set"]
    price: Figure
    today: Figure | None = None
    gain: Figure | None = None
    p_gain: float | None = None
    elasticity: Figure | None = None
    promoted: bool | None = None
    promotion: Words | None = None
    margin: Figure | None = None
    break_even_cpa: Figure | None = None
    break_even_roas: Figure | None = None
    method: Method
    formula: Words
    reasons: list[Words] = Field(default_factory=list)
    basis: list[Words]
    warnings: list[Words] = Field(default_factory=list)
    test: PriceTest | None = None


def advise(
    workspace: Workspace,
    product: str,
    cost: Decimal | None = None,
    competitor_price: Decimal | None = None,
    price: Decimal | None = None,
    currency: str | None = None,
    seed: int = 0,
) -> PriceAdvice:
    """Return a price for a product, given what the merchant said. Raises `AdwrightError` (code ``missing-cost``).

    Example:
        >>> advise(workspace, "登机箱", cost=Decimal(120), competitor_price=Decimal(299)).method  # doctest: +SKIP
        'cost and rival'
    """
    item, taken = _meant(workspace, product)
    advice = _advised(workspace, item, product, cost, competitor_price, price, currency, seed)
    advice.taken = taken
    return advice


def _advised(
    workspace: Workspace,
    item: Item | None,
    product: str,
    cost: Decimal | None,
    competitor_price: Decimal | None,
    price: Decimal | None,
    currency: str | None,
    seed: int,
) -> PriceAdvice:
    basis: list[Words] = []
    currency = currency or (item.currency if item else workspace.currency)
    own_cost = _known(cost, item.cost if item else None, item, currency, both("成本", "cost"), basis)
    current = _known(price, item.price if item else None, item, currency, both("现价", "current price"), basis)
    rival = float(competitor_price) if competitor_price is not None else None
    if rival is not None:
        basis.append(_told(both("对手价", "rival's price"), rival, currency, both("您说的", "as you said")))
    if own_cost is None and rival is None and current is None:
        raise _unknown(workspace, product)
    margin, why = _usual_margin(workspace, item, product)
    if own_cost is None:
        anchor = current if current is not None else rival
        assert anchor is not None
        own_cost = anchor * (1 - margin)
        basis.append(
            _told(
                both("成本", "cost"),
                own_cost,
                currency,
                both(f"假设：按毛利率 {margin:.0%} 倒推", f"assumed, from a margin of {margin:.0%}"),
            )
        )
    demand = None
    if item is not None:
        demand = shop_demand(workspace, item)
    doubt = (
        both("销售记录太少，看不出顾客对价格的反应。", "Too few sales to see how customers answer to price.")
        if demand is None
        else doubts(demand)
    )
    if demand is not None and doubt is None and item and current is not None and currency == item.currency:
        stock = None if item.stock is None else float(item.stock)
        weeks = promotions(workspace, [item.id], currency)[item.id]
        return _from_history(demand, item, own_cost, current, rival, stock, currency, basis, weeks, seed)
    floor = own_cost / (1 - house_rules()["least_margin"])
    advice = _from_anchors(_called(item, product), own_cost, rival, current, margin, why, floor, currency, basis, [])
    advice.reasons = [doubt] if item and doubt else []
    if item and current:
        noise = demand.noise if demand else 1.0
        detects = max(1.0, abs(demand.plain.value + 1)) if demand else 1.0
        advice.test = plan_price_test(
            current, noise, currency, floor, detects=detects, products=demand.products if demand else 1, seed=seed
        )
        if demand is not None:
            advice.elasticity = _reaction(demand)
    return advice


def _called(item: Item | None, said: str) -> Words:
    return both(said, said) if item is None else both(item.called("zh"), item.called("en"))


def _meant(workspace: Workspace, product: str) -> tuple[Item | None, Words | None]:
    """Return the product that is meant; one whose name begins with a word that was said is taken, and said to be."""
    items = shop_items(workspace)
    found = items.meant(product)
    if found is not None:
        alike = len(matches(workspace, product))
        return found, both(
            f"目录里有 {alike} 款「{product}」，按卖得最多的这款算",
            f"the catalogue has {alike} products called “{product}”; this one sells most",
        ) if alike > 1 and product.strip() not in items.by_id else None
    said = [word for word in product.lower().split() if len(word) >= LEAST_BEGINNING]
    near = [
        item
        for item in items.alike(product, 50)
        if any(own.startswith(word) and own != word for word in said for own in item.name_en.lower().split())
    ]
    if len(near) != 1:
        return None, None
    return near[0], both(
        f"目录里没有正好叫「{product}」的商品，按最接近的「{near[0].called('zh')}」算",
        f"nothing in the catalogue is called exactly “{product}”; {near[0].called('en')} comes closest",
    )


def _unknown(workspace: Workspace, product: str) -> AdwrightError:
    close = shop_items(workspace).alike(product, NAMED)
    zh = "、".join(item.called("zh") for item in close)
    en = ", ".join(item.called("en") for item in close)
    return AdwrightError(
        both(f"不知道「{product}」的成本、现价或对手价，算不出价格。", f"No cost, price or rival's price is known for “{product}”."),
        both(
            f"请告诉我进价，有对手价更好{f'；或者您指的是：{zh}？' if close else '。'}",
            f"Tell me the cost; a rival's price helps.{f' Or did you mean one of these: {en}?' if close else ''}",
        ),
        code="missing-cost",
    )


def _known(said: Decimal | None, own: float | None, item: Item | None, currency: str, name: Words, basis: list[Words]) -> float | None:
    """Take what was said, else what the catalogue says (in the asked currency); note which."""
    if said is not None:
        basis.append(_told(name, float(said), currency, both("您说的", "as you said")))
        return float(said)
    if own is None or item is None:
        return None
    value = own
    if item.currency != currency:
        value = float(knowledge.exchange(Money.of(own, item.currency), currency)[0])
    basis.append(_told(name, value, currency, both("来自店铺目录", "from the shop's catalogue")))
    return value


def _told(name: Words, value: float, currency: str, how: Words) -> Words:
    amount = Money.of(round(value, 4), currency).text(short=True)
    return both(f"{name.zh} {amount}（{how.zh}）", f"{name.en[0].upper()}{name.en[1:]} {amount} ({how.en})")


def _usual_margin(workspace: Workspace, item: Item | None, product: str) -> tuple[float, Words]:
    category = (item.category if item else None) or knowledge.category_of(product) or "other"
    own = workspace.margins.get(category) or workspace.margins.get("default")
    if own is not None:
        return float(own), both("店铺设置的毛利率", "the shop's own margin setting")
    facts = knowledge.categories().get(category) or knowledge.categories()["other"]
    return float(facts.margin), both(
        f"{facts.name.zh}类目毛利率的假设，未经核实", f"an assumed margin for {facts.name.en.lower()}, unverified"
    )


def _from_history(
    demand: Demand,
    item: Item,
    cost: float,
    current: float,
    rival: float | None,
    stock: float | None,
    currency: str,
    basis: list[Words],
    weeks: Mapping[datetime, float],
    seed: int,
) -> PriceAdvice:
    spent = median(weeks.values()) if weeks else 0.0
    found = suggest_price(demand, current, cost, currency=currency, competitor_price=rival, stock=stock, promotion_cost=spent, seed=seed)
    e, (low, high) = demand.plain, demand.plain.interval
    basis.append(
        both(
            f"价格弹性 {e.value:.2f}（90% 区间 {low:.2f} 至 {high:.2f}；本品 {e.rows} 周的订单，参考同类 {demand.products} 个商品）",
            f"Elasticity {e.value:.2f} (90% interval {low:.2f} to {high:.2f}; {e.rows} weeks of this product's orders, leaning on {demand.products} of its category)",
        )
    )
    basis.append(
        both(
            f"近 12 周平均每周卖 {demand.units:.1f} 件；假设成本、竞品和流量不变（季节和大促的影响已扣除）",
            f"{demand.units:.1f} units a week over the last 12 weeks; assumed: cost, rivals and traffic stay as they are (season and festivals are taken out)",
        )
    )
    formula = both("使 (价格 − 成本) × 预计销量 的期望最大", "maximises the expected (price - cost) x units")
    warnings = [
        both(
            "这是从历史订单推断的，不是实验：改价后请对照两周。",
            "Inferred from past orders, not an experiment: compare two weeks after a change.",
        )
    ]
    span = (found.low, found.high)
    advice = _advice(_called(item, ""), found.price.amount, span, cost, currency, "history", "model", formula, basis, warnings)
    advice.decision, advice.today, advice.p_gain = _decided(found), _amount(current, currency), found.p_gain
    advice.elasticity, advice.reasons = _reaction(demand), found.reasons
    advice.promoted, advice.promotion = found.promoted, _promotion(found, len(weeks), spent, currency)
    if found.decision == "change":
        formula = both("每周 (价格 − 成本) × 预计销量，与现价之差", "weekly (price - cost) x units, against today's price")
        if found.promoted:
            formula = both(
                "每周 (价格 − 成本) × 预计销量 − 广告费，与现价、不投放之差",
                "weekly (price - cost) x units - advertising, against today's price without advertising",
            )
        advice.gain = Figure.of(found.gain, currency, "model", low=found.gain_low, high=found.gain_high, formula=formula)
    return advice


def _promotion(found: SuggestedPrice, weeks: int, spent: float, currency: str) -> Words | None:
    """Say whether advertising pays at the price suggested; None where the product was never advertised."""
    if not weeks:
        return None
    if found.promoted is None or found.promotion_worth is None:
        return both(
            f"这款只有 {weeks} 周在投广告，看不出投与不投的差别（要各有 {LEAST_ROWS} 周）；价格按不投放算",
            f"Advertised in {weeks} weeks only, which cannot show what advertising adds ({LEAST_ROWS} weeks of each are needed); the price is for weeks without",
        )
    unsure = not found.promoted and found.promotion_worth > spent
    worth, cost = (Money.of(round(max(value, 0.0)), currency).text(short=True) for value in (found.promotion_worth, spent))
    if found.promoted:
        return both(
            f"配合投放更赚：投一周约多赚毛利 {worth}，平时一周花 {cost}",
            f"Advertise it at this price: a week of campaigns adds about {worth} of margin and usually costs {cost}",
        )
    if unsure:
        return both(
            f"投放也许更赚，但把握不够：投一周约多赚毛利 {worth}，平时一周花 {cost}；价格按不投放算",
            f"Advertising may pay, but that is not sure enough: a week of campaigns adds about {worth} of margin and usually costs {cost}; the price is for weeks without",
        )
    return both(
        f"不投更赚：投一周约多赚毛利 {worth}，平时一周要花 {cost}",
        f"Better without advertising: a week of campaigns adds about {worth} of margin and usually costs {cost}",
    )


def _decided(found: SuggestedPrice) -> Literal["change", "keep", "test"]:
    return "keep" if found.decision == "change" and found.gain == 0 else found.decision


def _amount(value: float, currency: str) -> Figure:
    return Figure.of(Decimal(repr(round(value, 4))), currency, "past")


def _reaction(demand: Demand) -> Figure:
    low, high = demand.plain.interval
    formula = both("销量变动的百分数 ÷ 价格变动的百分数", "percent of units per percent of price")
    return Figure.of(demand.plain.value, "ratio", "model", low=low, high=high, formula=formula)


def _from_anchors(
    product: Words,
    cost: float,
    rival: float | None,
    current: float | None,
    margin: float,
    why: Words,
    floor: float,
    currency: str,
    basis: list[Words],
    warnings: list[Words],
) -> PriceAdvice:
    rules = house_rules()
    share = rules["below_competitor"]
    method: Method = "cost"
    if current is not None:
        # The price of today has been paid by somebody; an assumed margin has not.
        anchors, method = [current], "hold"
        formula = both("没有可靠的需求数据：维持现价，先做价格测试", "no reliable demand data: hold the price and run a price test")
    else:
        plus = cost / (1 - margin)
        anchors = [plus]
        formula = both("成本 ÷ (1 − 毛利率)", "cost / (1 - margin)")
        basis.append(
            _told(
                both("成本加成", "cost-plus"),
                plus,
                currency,
                both(f"成本 ÷ (1 − {margin:.0%})，{why.zh}", f"cost / (1 - {margin:.0%}), {why.en}"),
            )
        )
    most = anchors[0] * 1.1
    if rival is not None:
        under = rival * (1 - share)
        basis.append(
            _told(
                both("略低于对手", "just below the rival"),
                under,
                currency,
                both(f"对手价 × (1 − {share:.0%})，假设", f"rival x (1 - {share:.0%}), assumed"),
            )
        )
        first = both("现价", "price now") if current is not None else both("成本 ÷ (1 − 毛利率)", "cost / (1 - margin)")
        formula = both(f"（{first.zh} + 对手价 × (1 − {share:.0%})）÷ 2", f"({first.en} + rival x (1 - {share:.0%})) / 2")
        method, most = "cost and rival" if current is None else "hold and rival", rival
        if rival < floor:
            warnings.append(below_floor(floor, currency))
            most = floor * 1.02
        elif anchors[0] > rival and current is None:
            needed = Money.of(round(anchors[0], 4), currency).text(short=True)
            warnings.append(both(
                f"按类目毛利率要 {needed}，高于对手；建议价毛利更薄，或讲清差异再卖贵。",
                f"The usual margin needs {needed}, above the rival: accept a thinner margin, or sell the difference.",
            ))  # fmt: skip
        anchors.append(under)
    least = floor
    if current is not None and current * (1 - rules["largest_step"]) <= most:
        least = max(floor, current * (1 - rules["largest_step"]))
    most = max(most, least)
    low, high = max(least, min(anchors)), max(least, min(max(anchors), most))
    middle = min(max(sum(anchors) / len(anchors), low), high)
    # A price of today that is held is left as it is.
    price = payable(middle, currency, least, most) if method == "hold" else charm(middle, currency, least, most)
    if method == "cost" or method == "cost and rival":
        warnings.append(both("没有用需求数据：请小范围测试后再定。", "No demand data was used: test it small before you settle."))
    advice = _advice(product, price, (low, high), cost, currency, method, "assumed", formula, basis, warnings)
    advice.decision = "set" if current is None else "test"
    advice.today = None if current is None else _amount(current, currency)
    return advice


def _advice(
    product: Words,
    price: Decimal,
    span: tuple[float, float],
    cost: float,
    currency: str,
    method: Method,
    source: Source,
    formula: Words,
    basis: list[Words],
    warnings: list[Words],
) -> PriceAdvice:
    value = float(price)
    gain = value - cost
    low, high = min(span[0], value), max(span[1], value)
    figure = Figure.of(price, currency, source, low=low, high=high, formula=formula)
    margin = Figure.of(gain / value, "rate", source, formula=both("(价格 − 成本) ÷ 价格", "(price - cost) / price"))
    cpa = roas = None
    if gain > 0:
        cpa = Figure.of(gain, currency, source, formula=both("价格 − 成本", "price - cost"))
        roas = Figure.of(value / gain, "ratio", source, formula=both("价格 ÷ (价格 − 成本)", "price / (price - cost)"))
    return PriceAdvice(
        product=product,
        decision="keep",
        price=figure,
        margin=margin,
        break_even_cpa=cpa,
        break_even_roas=roas,
        method=method,
        formula=formula,
        basis=basis,
        warnings=warnings,
    )
