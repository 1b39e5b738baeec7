"""Column names of real exports find their fields, by name only."""

import json
from pathlib import Path

import pytest

from adwright.data import headers
from adwright.data.errors import AdwrightError
from adwright.data.schema import SCHEMA

EXPECTED = {
    ("google_report_campaign", "campaigns"): {"Campaign": "name", "Impr.": "impressions", "Clicks": "clicks", "Cost": "spend", "Conversions": "conversions", "Conv. value": "revenue", "Currency code": "currency"},
    ("meta_report", "campaigns"): {"Reporting starts": "start", "Reporting ends": "end", "Amount spent (USD)": "spend", "Impressions": "impressions", "Link clicks": "clicks", "Purchases": "conversions", "Purchases conversion value": "revenue"},
    ("alimama_wanxiangtai_report", "campaigns"): {"日期": "day", "花费": "spend", "展现量": "impressions", "点击量": "clicks", "总成交笔数": "conversions", "总成交金额": "revenue"},
    ("qianchuan_report", "campaigns"): {"日期": "day", "计划ID": "campaign_id", "计划名称": "name", "消耗(元)": "spend", "展示次数": "impressions", "点击次数": "clicks", "直接成交订单数": "conversions", "直接成交金额(元)": "revenue"},
    ("oceanengine_report", "campaigns"): {"计划id": "campaign_id", "总花费": "spend", "展示数": "impressions", "点击数": "clicks", "转化数": "conversions"},
    ("pdd_ads_report", "campaigns"): {"总花费(元)": "spend", "曝光量": "impressions", "点击量": "clicks", "成交笔数": "conversions", "交易额(元)": "revenue"},
    ("amazon_search_term_report", "campaigns"): {"Start Date": "start", "End Date": "end", "Currency": "currency", "Impressions": "impressions", "Clicks": "clicks", "Spend": "spend", "7 Day Total Sales": "revenue", "7 Day Total Orders (#)": "conversions"},
    ("shopify_orders", "orders"): {"Name": "order_id", "Created at": "ts", "Lineitem sku": "product_id", "Lineitem name": "title", "Lineitem quantity": "quantity", "Lineitem price": "unit_price", "Currency": "currency", "Email": "person", "Financial Status": "status", "Subtotal": "order_paid", "Discount Amount": "order_discount", "Lineitem discount": "discount", "Refunded Amount": "order_refunded", "Cancelled at": "cancelled_at"},
    ("taobao_orders", "orders"): {"订单编号": "order_id", "订单创建时间": "ts", "宝贝标题": "title", "宝贝总数量": "quantity", "买家实际支付金额": "paid", "买家会员名": "person", "订单状态": "status"},
    ("pdd_orders", "orders"): {"订单号": "order_id", "订单成交时间": "ts", "商品id": "product_id", "商品数量(件)": "quantity", "商品总价(元)": "amount", "用户实付金额(元)": "paid", "邮费(元)": "shipping", "售后状态": "refund_status", "订单状态": "status"},
    ("shopify_products_old", "products"): {"Variant SKU": "product_id", "Title": "name", "Vendor": "brand", "Variant Price": "price", "Cost per item": "cost", "Variant Inventory Qty": "stock", "Product Category": "category"},
    ("woocommerce_products", "products"): {"SKU": "product_id", "Name": "name", "Categories": "category", "Regular price": "price", "Stock": "stock"},
    ("shopify_customers", "users"): {"Customer ID": "user_id", "Accepts Email Marketing": "consent"},
}  # fmt: skip


@pytest.mark.parametrize(("name", "kind"), EXPECTED)
def test_platform_exports(datasets: Path, name: str, kind: str) -> None:
    columns = json.loads((datasets / "ad-formats" / "headers.json").read_text(encoding="utf-8"))[name]["columns"]
    found = headers.match(kind, columns).fields
    expected = EXPECTED[name, kind]
    assert {column: found.get(column) for column in expected} == expected


def test_platforms_are_told_by_their_columns(datasets: Path) -> None:
    known = json.loads((datasets / "ad-formats" / "headers.json").read_text(encoding="utf-8"))
    expected = {"google_report_campaign": "google", "meta_report": "facebook", "alimama_wanxiangtai_report": "taobao", "qianchuan_report": "douyin",
                "oceanengine_report": "douyin", "pdd_ads_report": "pinduoduo", "jd_kuaiche_report": "jd", "xiaohongshu_juguang_report": "xiaohongshu", "amazon_search_term_report": "amazon"}  # fmt: skip
    found = {name: headers.platform(known[name]["columns"]) for name in expected}
    assert {name: hit[0] if hit else None for name, hit in found.items()} == expected
    assert headers.platform(["ad_id", "Impressions", "Clicks", "Spent"]) is None


def test_currency_in_a_header() -> None:
    assert headers.match("campaigns", ["Amount spent (USD)", "Impressions"]).currency == "USD"
    assert headers.match("campaigns", ["消耗（元）", "展示次数"]).currency == "CNY"
    assert headers.match("campaigns", ["Clicks (all)"]).currency is None
    assert headers.match("orders", ["单价(元)", "discount (USD)"]).currency is None


@pytest.mark.parametrize("kind", SCHEMA)
def test_our_own_names_are_known_and_no_field_is_given_twice(kind: str) -> None:
    own = [column.name for column in SCHEMA[kind]]  # pyright: ignore[reportArgumentType]
    found = headers.match(kind, own).fields
    assert {name: found[name] for name in own} == {name: name for name in own}
    everything = [name for names in headers.knowledge()["fields"][kind].values() for name in names]
    chosen = list(headers.match(kind, list(dict.fromkeys(everything))).fields.values())
    assert len(chosen) == len(set(chosen))


def test_near_names_only_when_very_near() -> None:
    match = headers.match("orders", ["prodct id", "quantitty", "colour of the box", "Datum"])
    assert match.fields == {"prodct id": "product_id", "quantitty": "quantity"}
    assert match.near == match.fields


def test_what_is_stated_wins() -> None:
    match = headers.match("orders", ["order id", "Ref No.", "quantity"], {"ref no": "order_id"})
    assert match.fields == {"Ref No.": "order_id", "quantity": "quantity"}
    with pytest.raises(AdwrightError) as caught:
        headers.match("orders", ["a"], {"b": "order_id"})
    assert caught.value.code == "unknown-column"
    with pytest.raises(AdwrightError) as caught:
        headers.match("orders", ["a"], {"a": "colour"})
    assert caught.value.code == "unknown-field"


def test_every_order_export_names_fields_that_exist_and_how_sure_it_is() -> None:
    for entry in headers.knowledge()["exports"]:
        assert set(entry["fields"].values()) <= set(headers.fields("orders")), entry["name"]
        assert entry["status"] in ("documented", "unverified") and entry["source"] and len(entry["name"]) == 2
        found = headers.match("orders", [*entry["needs"], *entry["unused"]]).fields
        assert not set(found) & set(entry["unused"])
