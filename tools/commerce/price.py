"""A price from what is known: the shop's price history where it can carry an answer, else cost, rivals and usual margin.

With a usable elasticity e the price maximises ``(p - cost) x p^e`` over draws of e, inside the prices ever charged
(+-10 %) and one step of at most 15 %. Without one a current price is held (and a test proposed), or, for a product
without a price, cost-plus is taken; a rival's price is met half-way from there. Then the guards: margin floor, rival's
price, charm ending. The same price for everybody: no personal trait ever enters.
"""

from __future__ import annotations

import tomllib
from decimal import ROUND_FLOOR, Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from ...data import knowledge
from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.figure import Figure, Source
from ...data.money import ExactDecimal, Money, minor_unit
from ...data.result import SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, Words, both
from .elasticity import Elasticity, estimate
from .items import Item, shop_items

if TYPE_CHECKING:
    from ...data.workspace import Workspace

DRAWS = 2_000
Method = Literal["history", "hold", "hold and rival", "cost and rival", "cost"]


class PriceAdvice(Document):
    """A price and what it rests on. `low`..`high`: where a sensible price lies; `margin` gross, 0..1.

    `break_even_cpa` is the most an order may cost in advertising, `break_even_roas` the revenue per spend that pays it.
    """

    product: str
    price: Figure
    margin: Figure | None = None
    break_even_cpa: Figure | None = None
    break_even_roas: Figure | None = None
    method: Method
    formula: Words
    basis: list[Words]
    warnings: list[Words] = []
    test: list[Money] = []


@cache
def house_rules() -> dict[str, Any]:
    """The rules of ``pricing.toml``."""
    return tomllib.loads(files(str(__package__)).joinpath("pricing.toml").read_text(encoding="utf-8"))


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
    item = shop_items(workspace).meant(product)
    currency = currency or (item.currency if item else workspace.currency)
    basis: list[Words] = []
    own_cost = _known(cost, item.cost if item else None, item, currency, both("成本", "cost"), basis)
    current = _known(price, item.price if item else None, item, currency, both("现价", "current price"), basis)
    rival = float(competitor_price) if competitor_price is not None else None
    if rival is not None:
        basis.append(_told(both("对手价", "rival's price"), rival, currency, both("您说的", "as you said")))
    if own_cost is None and rival is None and current is None:
        raise AdwrightError(
            both(f"不知道「{product}」的成本、现价或对手价，算不出价格。", f"No cost, price or rival's price is known for “{product}”."),
            both("请告诉我进价，有对手价更好。", "Tell me the cost; a rival's price helps."),
            code="missing-cost",
        )
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
    floor = own_cost / (1 - house_rules()["least_margin"])
    found = estimate(workspace, item.id, item.category, house_rules()["between_products"]) if item else None
    warnings: list[Words] = []
    usable = _usable(found, warnings) if item else False
    if usable and found and item and current is not None and currency == item.currency:
        return _from_history(found, item, own_cost, current, rival, floor, currency, basis, warnings, seed)
    advice = _from_anchors(product, own_cost, rival, current, margin, why, floor, currency, basis, warnings)
    if item and current:
        advice.test.extend(_test_points(current, floor, currency))
    return advice


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


def _usable(found: Elasticity | None, warnings: list[Words]) -> bool:
    """Whether the price history can carry an answer; says why not."""
    if found is None:
        warnings.append(both("销售记录太少，没有用价格弹性。", "Too few sales: price elasticity was not used."))
        return False
    if found.variation < house_rules()["least_variation"]:
        warnings.append(both(
            f"历史价格只变动了 {found.variation:.1%}，看不出弹性，没有用它。",
            f"Prices varied by only {found.variation:.1%}: no elasticity can be seen, so it was not used.",
        ))  # fmt: skip
        return False
    low, high = found.interval
    if low <= -1 <= high:
        warnings.append(both(
            f"价格弹性约 {found.value:.2f}，95% 区间 {low:.2f} 至 {high:.2f} 含 -1：涨价还是降价更赚，数据说不准，没有用它。",
            f"Elasticity is about {found.value:.2f}, but its 95 % interval {low:.2f} to {high:.2f} holds -1: the data cannot say whether to go up or down.",
        ))  # fmt: skip
        return False
    return True


def _from_history(
    found: Elasticity,
    item: Item,
    cost: float,
    current: float,
    rival: float | None,
    floor: float,
    currency: str,
    basis: list[Words],
    warnings: list[Words],
    seed: int,
) -> PriceAdvice:
    import numpy as np

    rules = house_rules()
    low, high = found.interval
    basis.append(both(
        f"价格弹性 {found.value:.2f}（95% 区间 {low:.2f} 至 {high:.2f}；{found.weeks} 周、{found.products} 个商品的订单）",
        f"Elasticity {found.value:.2f} (95 % interval {low:.2f} to {high:.2f}; orders of {found.weeks} weeks, {found.products} products)",
    ))  # fmt: skip
    least = max(floor, found.lowest * (1 - rules["beyond_range"]), current * (1 - rules["largest_step"]))
    most = min(found.highest * (1 + rules["beyond_range"]), current * (1 + rules["largest_step"]))
    if rival is not None and rival >= floor:
        most = min(most, rival)
    if most < least:
        most = least
        if rival is not None:
            warnings.append(_floor_warning(floor, currency))
    grid = np.linspace(least, most, 201)
    draws = np.random.default_rng(seed).normal(found.value, found.error, DRAWS)
    profit = (grid - cost)[None, :] * (grid / current)[None, :] ** draws[:, None]
    best = grid[profit.argmax(axis=1)]
    middle = float(grid[profit.mean(axis=0).argmax()])
    price = _charm(middle, currency, least, most)
    if middle in (grid[0], grid[-1]) and least < most:
        warnings.append(both(
            "最优点在允许范围的边上：先走这一步，观察两周再决定下一步。", "The optimum lies at the edge of what is allowed: take this step, watch two weeks, then decide."
        ))  # fmt: skip
    formula = both("使 (价格 − 成本) × 价格^弹性 的期望最大", "maximises the expectation of (price - cost) x price^elasticity")
    span = (float(np.quantile(best, 0.1)), float(np.quantile(best, 0.9)))
    return _advice(item.called("zh"), price, span, cost, currency, "history", "model", formula, basis, warnings)


def _from_anchors(
    product: str,
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
            warnings.append(_floor_warning(floor, currency))
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
    price = _charm(middle, currency, least, most)
    if method == "cost" or method == "cost and rival":
        warnings.append(both("没有用需求数据：请小范围测试后再定。", "No demand data was used: test it small before you settle."))
    return _advice(product, price, (low, high), cost, currency, method, "assumed", formula, basis, warnings)


def _floor_warning(floor: float, currency: str) -> Words:
    least = house_rules()["least_margin"]
    amount = Money.of(round(floor, 4), currency).text(short=True)
    return both(
        f"对手价低于您的底价 {amount}（毛利率 {least:.0%}）：不跟价，改比服务或规格。",
        f"The rival is below your floor of {amount} (margin {least:.0%}): do not follow; compete on service or size.",
    )


def _test_points(current: float, floor: float, currency: str) -> list[Money]:
    """Three prices for a switchback test by week."""
    return [Money.of(_charm(max(current * f, floor), currency, floor, current * 1.2), currency) for f in (0.95, 1.0, 1.05)]


def _advice(
    product: str,
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
        price=figure,
        margin=margin,
        break_even_cpa=cpa,
        break_even_roas=roas,
        method=method,
        formula=formula,
        basis=basis,
        warnings=warnings,
    )


def _charm(value: float, currency: str, least: float, most: float) -> Decimal:
    """Move a price to the nearest usual ending inside the bounds, or leave it (rounded to the minor unit) if none is."""
    exact = Decimal(repr(round(value, 6)))
    rules = [r for r in house_rules()["endings"] if currency in r["currencies"]] or [
        r for r in house_rules()["endings"] if "*" in r["currencies"]
    ]
    rule = next(r for r in rules if value < r["below"])
    step, end = Decimal(rule["step"]), Decimal(rule["end"])
    base = (exact / step).to_integral_value(ROUND_FLOOR) * step
    options = [base + end + step * i for i in (-2, -1, 0, 1)]
    inside = [o for o in options if least <= float(o) <= most and o > 0]
    if inside:
        return min(inside, key=lambda o: (abs(o - exact), o))
    amount = Money.of(min(max(round(value, 6), least), max(most, least)), currency).amount
    # Rounded up where rounding would go below the floor, or to nothing.
    return amount if amount > 0 and float(amount) >= least else amount + minor_unit(currency)


class SuggestPrice(Document):
    """Suggest a price for a product."""

    product: str = Field(min_length=1, max_length=500, description="Product, in the user's words")
    cost: ExactDecimal | None = Field(default=None, gt=0, description="Unit cost, if the user said it")
    competitor_price: ExactDecimal | None = Field(default=None, gt=0, description="A rival's price, if the user said it")
    price: ExactDecimal | None = Field(default=None, gt=0, description="The current price, if the user said it")
    currency: str | None = Field(default=None, min_length=3, max_length=3, description="ISO 4217 code, if the user named a currency")
    reply_language: Language = Field(default="zh", description="Language of the answer")
    seed: int = Field(default=0)


def suggest_price(workspace: Workspace, request: SuggestPrice, progress: Progress = SILENT) -> ToolResult:
    """Suggest a price with range, margin and break-even."""
    language = request.reply_language
    progress.note(both("查价格与销量记录", "Looking at prices and sales"), 0, 1)
    advice = advise(workspace, request.product, request.cost, request.competitor_price, request.price, request.currency, request.seed)
    price, margin, cpa, roas = advice.price, advice.margin, advice.break_even_cpa, advice.break_even_roas
    span = price.range_text()
    thin = f"，毛利率 {margin.value:.0%}" if margin else "", f", margin {margin.value:.0%}" if margin else ""
    finding = both(
        f"「{advice.product}」建议 {price.text()}（{span}）{thin[0]}", f"{advice.product}: {price.text()} suggested ({span}){thin[1]}"
    )
    rows = [
        {"name": both("建议售价", "Suggested price").model_dump(), "value": price.text()},
        {"name": both("合理区间", "Sensible range").model_dump(), "value": span},
    ]
    if margin:
        rows.append({"name": both("毛利率", "Gross margin").model_dump(), "value": f"{margin.value:.1%}"})
    if cpa and roas:
        rows.append({"name": both("每单最多可花的广告费", "Most advertising per order").model_dump(), "value": cpa.text()})
        rows.append({"name": both("盈亏平衡 ROAS", "Break-even ROAS").model_dump(), "value": roas.text()})
    rows.append({"name": both("算法", "Formula").model_dump(), "value": advice.formula.pick(language)})
    rows += [{"name": both("依据", "Basis").model_dump(), "value": words.pick(language)} for words in advice.basis]
    rows += [{"name": both("注意", "Note").model_dump(), "value": words.pick(language)} for words in advice.warnings]
    if advice.test:
        points = " / ".join(point.text(short=True) for point in advice.test)
        rows.append({"name": both("价格测试（按周轮换）", "Price test (switch by week)").model_dump(), "value": points})
    columns = [
        {"key": "name", "name": {"zh": "项目", "en": "Item"}, "unit": "text"},
        {"key": "value", "name": {"zh": "内容", "en": "Value"}, "unit": "text"},
    ]
    artifact = Artifact(
        kind="table",
        title=both("定价建议", "Price advice"),
        data={"columns": columns, "rows": rows, "advice": advice.model_dump(mode="json")},
        source=[f"orders:{workspace.fingerprint('orders')}"] if advice.method == "history" else ["assumption:pricing"],
        seed=request.seed,
    )
    told = [finding.pick(language), advice.formula.pick(language), *(w.pick(language) for w in [*advice.basis, *advice.warnings])]
    return ToolResult(content="\n".join(told)[:500], finding=finding, artifact=artifact)
