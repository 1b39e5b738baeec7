"""What an order of a campaign to come will pay, before returns: one figure for plans and for questions about money, with what it stands on.

The first that the shop's data allow: catalogue price x what past campaigns earned per order of so much (`response.price_ratio`); the value model
on orders from ads (`response.value`); the median of the shop's orders with the product; its price; the median of the category or shop; the
category's assumption. `python -m benchmarks order_values` measures them. Not here: returns and margin.
"""

from __future__ import annotations

from decimal import Decimal
from math import exp, log
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ...data import knowledge
from ...data.brief import Basis, Known, Product
from ...data.errors import AdwrightError
from ...data.figure import rounded
from ...data.money import Money
from ...data.words import Words, both
from ..catalogue import prices
from ..response.past import PastRates
from ..response.price_ratio import Flown, price_ratio
from ..response.value import FEW_ORDERS, train_value
from .montecarlo import in_whole

if TYPE_CHECKING:
    from ...data.workspace import Workspace

LEAST_ORDERS = 30
# Orders from ads with the product, or with its category, before the value model is asked about it.
LEAST_FROM_ADS = 5
# Assumed spread of the logarithm where no past campaigns tell it: around a price, and around a typical order.
PRICE_SPREAD = 0.12
ORDER_SPREAD = 0.25
Z90 = 1.2815515655446004
FORMULA = {
    "ratio": both("目录价 × 过往投放的每单收入与目录价之比", "catalogue price × revenue per order of past campaigns over catalogue price"),
    "model": both("订单价值模型预测的每单均值", "mean of an order as the value model predicts it"),
    "median": both("店铺订单金额的中位数", "median of the shop's orders"),
    "price": both("商品价格，一单一件", "the product's price, one piece an order"),
    "category": both("按品类假设的客单价", "order value assumed for the category"),
}


def order_value(workspace: Workspace, product: Product, price: Money | None, currency: str, past: PastRates) -> Known[Money]:
    """Return the order value in `currency`, learned or assumed, with its `Basis`; `price` is the product's, in `currency`.

    Raises `AdwrightError` (``unknown-currency``).
    """
    listed = prices(workspace)
    found = None
    if price and product.id in listed:
        found = _from_campaigns(product, price, past, listed)
    return found or _from_ads(workspace, product, price, currency, listed) or _from_orders(workspace, product, price, currency, listed)


def variation(value: Known[Money]) -> float:
    """Coefficient of variation of an order value: of the log-normal between its P10 and P90, the assumed one where it was stated."""
    if value.basis is None:
        return ORDER_SPREAD
    spread = log(float(value.basis.high) / float(value.basis.low)) / (2 * Z90)
    return (exp(spread**2) - 1) ** 0.5


def campaigns_flown(past: PastRates, listed: dict[str, Money]) -> list[Flown]:
    """Return the past campaigns of products with a catalogue price that report revenue, each in its own currency."""
    found = []
    for r in past.rows:
        price = _comparable(listed[r["product_id"]], r["currency"]) if r["product_id"] in listed else None
        if price and r["conversions"] and r["revenue"]:
            own = (float(r["conversions"]), float(r["revenue"]), float(price))
            found.append(Flown(str(r["campaign_id"]), str(r["category"] or "other"), *own))
    return found


def _comparable(price: Money, currency: str) -> Money | None:
    """The price in a campaign's currency; None for a currency without a rate, whose campaigns teach nothing here."""
    try:
        return _in(price, currency)
    except AdwrightError as error:
        if error.code != "unknown-currency":
            raise
        return None


def _from_campaigns(product: Product, price: Money, past: PastRates, listed: dict[str, Money]) -> Known[Money] | None:
    found = price_ratio(campaigns_flown(past, listed), product.category)
    if found is None:
        return None
    # The ratio that is shown is the one that was multiplied with.
    ratio = rounded(found.value, "score")
    value = _money(price.amount * ratio, price.currency)
    told, shown = value.text(short=True), price.text(short=True)
    scope = knowledge.categories()[found.category].name if found.category in knowledge.categories() else both("全店", "shop")
    lean = both("全店的比值和 1 ", "the shop's ratio and to 1") if found.category else both(" 1 ", "1")
    why = both(
        f"客单价 = 目录价 × 过往投放的每单收入与目录价之比 = {shown} × {ratio} = {told}；"
        f"比值来自{scope.zh}过往 {found.campaigns:,} 次投放的 {found.orders:,} 单，投放越少越向{lean.zh}靠拢。",
        f"Order value = catalogue price × revenue per order of past campaigns over catalogue price = {shown} × {ratio} = {told}; "
        f"the ratio is from {found.orders:,} orders of {_campaigns(found.campaigns, scope.en.lower())}; the fewer there are, the closer it is kept to {lean.en}.",
    )
    return _known(value, "past", why, found.spread, "ratio", [f"campaign:{c}" for c in found.ids])


def _campaigns(n: int, scope: str) -> str:
    return f"1 past {scope} campaign" if n == 1 else f"{n:,} past {scope} campaigns"


def _from_ads(workspace: Workspace, product: Product, price: Money | None, currency: str, listed: dict[str, Money]) -> Known[Money] | None:
    """Ask the value model, where orders from ads with this product or category taught one that tells orders apart."""
    shown = workspace.warehouse.table("impressions")
    bought: Any = workspace.warehouse.frame(shown.filter(shown.converted & (shown.value > 0))[["product_id", "category", "value"]])
    same = (bought["product_id"] == product.id) | ((bought["category"] == product.category) & (product.category != "other"))
    if len(bought) < FEW_ORDERS or same.sum() < LEAST_FROM_ADS:
        return None
    bought = bought.assign(value=bought["value"].astype(np.float64))
    asked = bought.head(1).assign(product_id=product.id, category=product.category)
    # The price explains what products otherwise would: a model that learnt with it is lost without it.
    if price:
        amounts = {key: float(_in(money, workspace.currency)) for key, money in listed.items()}
        bought["log_price"] = np.log(bought["product_id"].map(amounts).astype(np.float64))
        asked["log_price"] = log(float(_in(price, workspace.currency)))
    try:
        model = train_value(bought, "value")
    except AdwrightError as error:
        # All of one product, or every order of another: nothing tells them apart.
        if error.code != "no-usable-columns":
            raise
        return None
    if model.metrics["chosen"] == "mean":
        return None
    value = _money(_in(Money.of(round(float(model.predict(asked)[0]), 2), workspace.currency), currency).amount, currency)
    n, told = f"{len(bought):,}", value.text(short=True)
    why = both(
        f"客单价 {told}：价值模型按店铺 {n} 笔广告成交的金额预测，其中同款或同品类 {int(same.sum()):,} 笔。",
        f"Order value {told}: predicted by the value model from the shop's {n} orders from ads, {int(same.sum()):,} of them of this product or category.",
    )
    return _known(value, "model", why, ORDER_SPREAD, "model", ["orders:ads"])


def _from_orders(workspace: Workspace, product: Product, price: Money | None, currency: str, listed: dict[str, Money]) -> Known[Money]:
    found = _median_order(workspace, currency, product_id=product.id) if product.id else None
    if found:
        value, n = found
        why = both(
            f"客单价 {value.text(short=True)}，是 {n:,} 笔含这款商品的订单的中位数。",
            f"Order value {value.text(short=True)}: the median of {n:,} orders with this product.",
        )
        return _known(value, "past", why, ORDER_SPREAD, "median", ["orders:product"])
    if price and product.id in listed:
        why = both(f"客单价按商品目录价 {price.text(short=True)}。", f"Order value is the catalogue price, {price.text(short=True)}.")
        return _known(price, "past", why, PRICE_SPREAD, "price")
    if price:
        why = both(
            f"客单价按这款商品成交单价的中位数 {price.text(short=True)}。",
            f"Order value is the median price paid for a piece of it, {price.text(short=True)}.",
        )
        return _known(price, "past", why, PRICE_SPREAD, "price", ["orders:product"])
    category = product.category if product.category != "other" else None
    found = _median_order(workspace, currency, category=category)
    if found:
        scope = knowledge.categories()[category].name if category else both("全店", "whole shop")
        why = both(
            f"没有这款商品的价格，客单价按店铺订单中位数（{scope.zh}）{found[0].text(short=True)}。",
            f"No price for this product: order value is the shop's median order ({scope.en}), {found[0].text(short=True)}.",
        )
        return _known(found[0], "assumed", why, ORDER_SPREAD, "median", ["orders:shop"])
    value = knowledge.categories()[product.category].order_value_in(currency)
    why = both(
        f"没有价格和订单，客单价按品类假设 {value.text(short=True)}。",
        f"No price and no orders: order value is assumed for the category, {value.text(short=True)}.",
    )
    return _known(value, "assumed", why, ORDER_SPREAD, "category")


def _median_order(
    workspace: Workspace, currency: str, product_id: str | None = None, category: str | None = None
) -> tuple[Money, int] | None:
    """Median value of the orders that hold a product or category, in `currency`, and how many; None under 30 orders."""
    orders = workspace.warehouse.table("orders")
    sold = orders.filter((orders.quantity > 0) & (orders.unit_price > 0))
    if product_id or category:
        wanted = sold.filter(sold.product_id == product_id if product_id else sold.category == category).select("order_id").distinct()
        sold = sold.semi_join(wanted, "order_id")
    totals = sold.group_by(["order_id", "currency"]).aggregate(value=(sold.quantity * sold.unit_price).sum())
    rows = workspace.warehouse.arrow(totals.group_by("currency").aggregate(median=totals.value.median(), n=totals.count())).to_pylist()
    best = max(rows, key=lambda r: (r["n"], r["currency"]), default=None)
    if best is None or best["n"] < LEAST_ORDERS or not best["median"]:
        return None
    shop = Money.of(float(best["median"]), best["currency"])
    return _in(shop, currency), int(best["n"])


def _known(
    value: Money, source: Literal["model", "past", "assumed"], why: Words, spread: float, formula: str, evidence: list[str] | None = None
) -> Known[Money]:
    """Put a value and its log-normal range together; the value is the mean, so the range lies around exp(-spread² / 2) of it."""
    low, high = (in_whole(rounded(float(value) * exp(sign * Z90 * spread - spread**2 / 2), value.currency)) for sign in (-1, 1))
    basis = Basis(source=source, low=low, high=high, evidence=evidence or [], formula=FORMULA[formula])
    return Known[Money](value=value, how="assumed" if source == "assumed" else "learned", why=why, basis=basis)


def _money(amount: Decimal, currency: str) -> Money:
    return Money(amount=in_whole(rounded(amount, currency)), currency=currency)


def _in(money: Money, currency: str) -> Money:
    return money if money.currency == currency else knowledge.exchange(money, currency)[0]
