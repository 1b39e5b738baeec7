# A plan that holds has its values: None would be an error of the test, and of nothing else.
# pyright: reportOptionalMemberAccess=false, reportArgumentType=false
"""Order values: unbiased on demo shops' later campaigns, shrunk when little is known, and told as what they are."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from html import unescape
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adwright.agent.explain import explain
from adwright.data.brief import Brief, Known, Product
from adwright.data.demo import build_demo
from adwright.data.money import Money
from adwright.data.patch import SetField, SetProduct
from adwright.data.workspace import Workspace
from adwright.tools.budget.order_value import order_value, variation
from adwright.tools.catalogue import find_product, prices
from adwright.tools.plan.brief import MakePlan, resolve_brief
from adwright.tools.plan.export_report import report
from adwright.tools.plan.make import make_plan
from adwright.tools.plan.revise import RevisePlan, revise_plan
from adwright.tools.response.past import PastRates
from adwright.tools.response.price_ratio import Flown, price_ratio

TODAY = date(2026, 11, 23)


def demo(folder: Path, seed: int = 0) -> Workspace:
    shop = Workspace.open(folder, create=True, name="demo")
    build_demo(shop, seed=seed, scale=0.05)
    return shop


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Workspace]:
    """A demo shop that a test may change."""
    with demo(tmp_path / "shop") as shop:
        yield shop


def campaigns(shop: Workspace) -> list[dict]:
    return shop.warehouse.arrow(shop.warehouse.table("campaigns").order_by("campaign_id")).to_pylist()


def keep(shop: Workspace, rows: list[dict]) -> None:
    """Leave only `rows` in the campaigns table."""
    schema = shop.warehouse.arrow(shop.warehouse.table("campaigns").limit(1)).schema
    shop.warehouse.replace("campaigns", pa.Table.from_pylist(rows, schema=schema))


def without_ads(shop: Workspace) -> None:
    shown = shop.warehouse.arrow(shop.warehouse.table("impressions").limit(1))
    shop.warehouse.replace("impressions", shown.slice(0, 0))


def bought_from_ads(shop: Workspace, ratio: float) -> None:
    """Every product is bought from ads twelve times at about `ratio` times its price."""
    shown = shop.warehouse.arrow(shop.warehouse.table("products")).to_pylist()
    rng = np.random.default_rng(0)
    rows = [
        {"ts": datetime(2026, 1, 1), "channel": "douyin", "product_id": r["product_id"], "category": r["category"]}
        | {"clicked": True, "converted": True, "value": round(float(r["price"]) * ratio * float(rng.uniform(0.95, 1.05)), 2)}
        for r in shown
        for _ in range(12)
    ]
    shop.warehouse.replace("impressions", pa.Table.from_pylist(rows))


def value_of(shop: Workspace, product: Product, currency: str = "CNY") -> Known[Money]:
    price = None
    if product.price and product.price.amount > 0:
        brief = MakePlan(product=product.name, budget=1000, currency=currency, today=TODAY, channels=["douyin"])
        price = resolve_brief(shop, brief).product.value.price
    return order_value(shop, product, price, currency, PastRates(shop))


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_later_campaigns_earn_per_order_what_a_plan_expects(tmp_path: Path, seed: int) -> None:
    with demo(tmp_path / "shop", seed) as shop:
        rows = sorted(campaigns(shop), key=lambda r: r["start"])
        cut = rows[int(len(rows) * 0.7)]["start"]
        later = [r for r in rows if r["start"] >= cut and r["conversions"]]
        keep(shop, [r for r in rows if r["end"] < cut])
        past, listed = PastRates(shop), prices(shop)
        expected, inside = [], []
        for r in later:
            product = Product(id=r["product_id"], name="x", category=r["category"], price=listed[r["product_id"]])
            told = order_value(shop, product, product.price, "CNY", past)
            expected.append(float(told.value) * float(r["conversions"]))
            inside.append(told.basis.low <= Decimal(r["revenue"]) / Decimal(r["conversions"]) <= told.basis.high)
        actual = [float(r["revenue"]) for r in later]
    assert sum(expected) / sum(actual) == pytest.approx(1, abs=0.04)
    assert sum(abs(e - a) for e, a in zip(expected, actual, strict=True)) / sum(actual) < 0.1
    assert 0.7 < np.mean(inside) < 0.9


def test_a_plan_counts_with_that_value_and_that_spread(shop: Workspace) -> None:
    made = make_plan(shop, MakePlan(product="跑鞋", budget=50_000, currency="CNY", channels=["抖音"], today=TODAY))
    plan = shop.records.plan(made.artifact.data["id"], 1)
    value = plan.brief.order_value
    price = plan.brief.product.value.price
    ratio = price_ratio(_flown(shop), "sports").value
    assert value.how == "learned" and value.basis.source == "past"
    assert float(value.value) == pytest.approx(float(price) * ratio, rel=0.005)
    assert {f"campaign:{r['campaign_id']}" for r in campaigns(shop)} >= set(value.basis.evidence) != set()
    assert set(value.basis.evidence) <= {e.id for e in plan.evidence}
    assert value.basis.low < value.value.amount < value.basis.high
    spread = np.log(float(value.basis.high / value.basis.low)) / (2 * 1.28155)
    assert variation(value) == pytest.approx((np.exp(spread**2) - 1) ** 0.5, rel=1e-3)
    assert Brief.model_validate_json(plan.brief.model_dump_json()) == plan.brief
    told = next(a for a in plan.assumptions if a.field == "order_value")
    assert told.source == "past" and value.value.text(short=True) in told.text.zh


def _flown(shop: Workspace) -> list[Flown]:
    listed = prices(shop)
    return [
        Flown(r["campaign_id"], r["category"], float(r["conversions"]), float(r["revenue"]), float(listed[r["product_id"]]))
        for r in campaigns(shop)
    ]


def test_the_merchants_own_value_takes_its_place_and_another_product_is_learned_anew(shop: Workspace) -> None:
    made = make_plan(shop, MakePlan(product="跑鞋", budget=50_000, currency="CNY", channels=["抖音"], today=TODAY))
    plan_id = made.artifact.data["id"]

    def edited(patch, version):
        after = revise_plan(shop, RevisePlan(plan_id=plan_id, version=version, patches=[patch], today=TODAY))
        return shop.records.plan(plan_id, after.artifact.data["version"])

    stated = edited(SetField(field="order_value", value=Money.of(300, "CNY")), 1)
    assert stated.brief.order_value == Known(value=Money.of(300, "CNY"))
    assert variation(stated.brief.order_value) == pytest.approx(0.25)
    assert not any(a.field == "order_value" for a in stated.assumptions)
    other = edited(SetProduct(product="扫地机器人"), stated.version)
    assert other.brief.order_value.basis.source == "past" and other.brief.order_value.value.amount > 1000


def test_another_currency_is_that_of_the_budget(own: Workspace) -> None:
    product = find_product(own, "running shoes")
    yuan, dollars = value_of(own, product), value_of(own, product, "USD")
    assert dollars.value.currency == "USD"
    shown = Decimal(yuan.value.amount / product.price.amount), Decimal(dollars.value.amount / _price(own, product, "USD").amount)
    assert shown[0] == pytest.approx(shown[1], rel=Decimal("0.01"))
    # Campaigns billed in dollars say the same of their price, whatever currency the catalogue has.
    rows = campaigns(own)
    rate = _price(own, product, "USD").amount / product.price.amount
    keep(own, [r | {"currency": "USD", "revenue": round(float(Decimal(r["revenue"]) * rate), 2)} for r in rows])
    assert float(value_of(own, product).value) == pytest.approx(float(yuan.value), rel=0.005)
    keep(own, [r | {"currency": "ZZZ"} for r in rows])
    assert value_of(own, product).basis.evidence != yuan.basis.evidence


def _price(shop: Workspace, product: Product, currency: str) -> Money:
    ask = MakePlan(product=product.name, budget=1000, currency=currency, today=TODAY, channels=["douyin"])
    price = resolve_brief(shop, ask).product.value.price
    assert price is not None
    return price


def test_without_a_price_something_else_serves_and_says_so(own: Workspace) -> None:
    sold = find_product(own, "跑鞋")
    product = sold.model_copy(update={"price": None})
    without_ads(own)
    assert value_of(own, product).how == "assumed"
    orders = own.warehouse.arrow(own.warehouse.table("orders").order_by("order_id")).to_pylist()
    own.warehouse.replace("orders", pa.Table.from_pylist([r | {"product_id": product.id} for r in orders[:200]]))
    median = value_of(own, product)
    assert median.basis.source == "past" and "中位数" in median.why.zh and "median" in median.why.en
    bought_from_ads(own, 1.2)
    model = value_of(own, product)
    assert model.basis.source == "model" and "模型" in model.why.zh and "model" in model.why.en
    assert float(model.value) == pytest.approx(1.2 * float(sold.price), rel=0.15)
    # With a price but no campaigns that report revenue, the same model serves; in another currency too.
    keep(own, [r | {"revenue": None} for r in campaigns(own)])
    priced = value_of(own, sold, "USD")
    assert priced.basis.source == "model"
    assert float(priced.value) == pytest.approx(1.2 * float(_price(own, sold, "USD")), rel=0.15)
    unknown = value_of(own, Product(name="watch straps"))
    assert unknown.how == unknown.basis.source == "assumed"


def test_ads_that_tell_nothing_apart_leave_it_to_the_price(own: Workspace) -> None:
    keep(own, [])
    product = find_product(own, "跑鞋")
    row = {"ts": datetime(2026, 1, 1), "channel": "douyin", "product_id": product.id, "category": "sports"}
    same = [row | {"clicked": True, "converted": True, "value": 100.0 + i} for i in range(70)]
    own.warehouse.replace("impressions", pa.Table.from_pylist(same))
    assert value_of(own, product).value == product.price


def test_an_empty_shop_assumes_the_category(empty_shop: Workspace) -> None:
    told = order_value(empty_shop, Product(name="手机壳", category="electronics"), None, "CNY", PastRates(empty_shop))
    assert told.how == "assumed" and "假设" in told.why.zh and told.basis.low < told.value.amount < told.basis.high
    priced = order_value(empty_shop, Product(name="x", price=Money.of(80, "CNY")), Money.of(80, "CNY"), "CNY", PastRates(empty_shop))
    assert priced.value == Money.of(80, "CNY")


def test_one_campaign_moves_the_ratio_half_of_the_way(own: Workspace) -> None:
    product = find_product(own, "跑鞋")
    row = max((r for r in campaigns(own) if r["category"] == "sports"), key=lambda r: r["conversions"])
    price = float(prices(own)[row["product_id"]])
    keep(own, [row | {"revenue": round(2 * price * float(row["conversions"]), 2)}])
    told = value_of(own, product)
    assert float(told.value) == pytest.approx(float(product.price) * 2**0.5, rel=0.01)
    assert told.basis.high / told.basis.low > 2
    assert "1 past" in told.why.en
    # Too few orders teach no ratio.
    keep(own, [row | {"conversions": 5.0, "revenue": 10 * price}])
    assert value_of(own, product).basis.formula != told.basis.formula


def test_what_was_paid_back_or_not_reported_teaches_nothing(own: Workspace) -> None:
    product = find_product(own, "跑鞋")
    before = value_of(own, product)
    rows = campaigns(own)
    extra = [
        rows[0] | {"campaign_id": "back", "conversions": -3.0, "revenue": -900.0},
        rows[0] | {"campaign_id": "zero", "conversions": 40.0, "revenue": None},
        rows[0] | {"campaign_id": "none", "conversions": 0.0, "revenue": 0.0},
        rows[0] | {"campaign_id": "gone", "conversions": 40.0, "revenue": -4_000.0},
    ]
    keep(own, rows + extra)
    assert value_of(own, product) == before
    # Lines of what came back do not lower the median of orders.
    keep(own, [])
    without_ads(own)
    median = value_of(own, product)
    orders = own.warehouse.arrow(own.warehouse.table("orders"))
    back = [r | {"quantity": -abs(r["quantity"])} for r in orders.slice(0, 500).to_pylist()]
    own.warehouse.replace("orders", pa.concat_tables([orders, pa.Table.from_pylist(back, schema=orders.schema)]))
    assert value_of(own, product) == median


@pytest.mark.parametrize(("language", "asked"), [("zh", "客单价怎么来的？"), ("en", "where does the order value come from?")])
def test_answer_and_report_say_what_it_stands_on(shop: Workspace, language, asked) -> None:
    made = make_plan(shop, MakePlan(product="跑鞋", budget=50_000, currency="CNY", channels=["抖音"], today=TODAY))
    plan = shop.records.plan(made.artifact.data["id"], 1)
    why = plan.brief.order_value.why.pick(language)
    text = explain(plan, asked, language)
    assert why.rstrip("。.") in text
    assert "中位数" not in text and "median" not in text
    page = unescape(report(shop, plan, language).decode())
    assert '<span class="tag past">' in page and why in page


ORDERS = st.floats(5, 500)
CAMPAIGNS = st.lists(
    st.tuples(st.sampled_from(["food", "home", "baby"]), ORDERS, st.floats(0.3, 3), st.floats(5, 5000)), min_size=6, max_size=40
)


def flights(drawn) -> list[Flown]:
    return [Flown(f"c{i}", c, n, n * r * p, p) for i, (c, n, r, p) in enumerate(drawn)]


@given(CAMPAIGNS, st.floats(0.01, 100))
def test_a_ratio_lies_between_one_and_what_was_seen_in_any_currency(drawn, factor) -> None:
    flown = flights(drawn)
    told = price_ratio(flown, "food")
    seen = [1.0, *(sum(f.revenue for f in own) / sum(f.orders * f.price for f in own) for own in _by_category(flown))]
    assert min(seen) - 1e-9 <= told.value <= max(seen) + 1e-9
    assert told.spread > 0 and told.campaigns <= len(flown) and len(told.ids) <= 5
    other = price_ratio([f._replace(revenue=f.revenue * factor, price=f.price * factor) for f in flown], "food")
    assert other.value == pytest.approx(told.value) and other.spread == pytest.approx(told.spread)


def _by_category(flown: list[Flown]) -> list[list[Flown]]:
    return [[f for f in flown if f.category == c] for c in {f.category for f in flown}]


def test_more_campaigns_are_trusted_more() -> None:
    ratios = [price_ratio([Flown(f"c{i}", "food", 50, 50 * 200, 100) for i in range(n)], "food") for n in (1, 3, 10, 100)]
    values, spreads = [r.value for r in ratios], [r.spread for r in ratios]
    assert values == sorted(values) and values[-1] == pytest.approx(2, rel=0.01)
    assert spreads == sorted(spreads, reverse=True)


def test_a_category_goes_before_the_shop_only_where_categories_differ() -> None:
    alike = [Flown(f"{c}{i}", c, 50, 50 * 100 * (1.3 + 0.1 * (i % 3)), 100) for c in ("food", "home", "pets") for i in range(9)]
    assert price_ratio(alike, "food").category is None
    apart = [f._replace(revenue=f.revenue * {"food": 1.0, "home": 1.6, "pets": 0.7}[f.category]) for f in alike]
    food, home = price_ratio(apart, "food"), price_ratio(apart, "home")
    assert (food.category, home.category) == ("food", "home")
    assert home.value / food.value == pytest.approx(1.6, rel=0.03)
    assert price_ratio(apart, "sports").category is None
    assert price_ratio([], "food") is None
