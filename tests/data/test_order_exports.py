"""Order exports of shop systems, hand-written: what an order says once, what was paid back, what was never paid."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from adwright.data.importer import ImportReport, import_file
from adwright.data.workspace import Workspace


def write(path: Path, head: str, *rows: str, encoding: str = "utf-8", delimiter: str = ",") -> Path:
    text = "\n".join([head, *rows]) + "\n"
    path.write_bytes(text.replace("|", delimiter).encode(encoding))
    return path


def lines(shop: Workspace) -> list[tuple[str, str, int, str, str]]:
    """Order, product, quantity, unit price, discount: as stored."""
    sql = "SELECT order_id, product_id, quantity::INTEGER AS q, unit_price::VARCHAR AS p, coalesce(discount, 0)::VARCHAR AS d FROM orders ORDER BY rowid"
    return [tuple(row.values()) for row in shop.warehouse.arrow(sql).to_pylist()]  # pyright: ignore[reportReturnType]


def net(shop: Workspace, order: str | None = None) -> Decimal:
    where = f"WHERE order_id = '{order}'" if order else ""
    rows = shop.warehouse.arrow(f"SELECT sum(quantity * unit_price - coalesce(discount, 0)) AS net FROM orders {where}").to_pylist()
    return rows[0]["net"].quantize(Decimal("0.01"))


def notes(report: ImportReport) -> str:
    return "\n".join(note.en for note in report.notes)


SHOPIFY = "Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Name,Cancelled at,Refunded Amount,Lineitem discount,Id"


def test_shopify(empty_shop: Workspace, tmp_path: Path) -> None:
    file = write(
        tmp_path / "orders_export.csv",
        SHOPIFY,
        # 3 x 10.00 + 70.00 less 10.00 on the order; the second line says nothing of the order.
        "#1,ann@example.com,paid,2026-01-02 10:00:00 -0500,USD,90.00,5.00,0.00,95.00,TEN,10.00,2026-01-02 10:00:00 -0500,3,Sock,10.00,sk1,Ann,,0.00,0.00,1",
        "#1,ann@example.com,,,,,,,,,,2026-01-02 10:00:00 -0500,1,Shoe,70.00,sk2,,,,0.00,",
        # Paid back in part, in another currency.
        "#2,bob@example.com,partially_refunded,2026-01-03 10:00:00 -0500,EUR,100.00,0.00,0.00,100.00,,0.00,2026-01-03 10:00:00 -0500,2,Shoe,50.00,sk2,Bob,,30.00,0.00,2",
        # Paid back whole, with shipping.
        "#3,cy@example.com,refunded,2026-01-04 10:00:00 -0500,USD,45.00,5.00,0.00,50.00,,5.00,2026-01-04 10:00:00 -0500,1,Shoe,50.00,sk2,Cy,,50.00,0.00,3",
        "#4,dan@example.com,voided,,USD,50.00,0.00,0.00,50.00,,0.00,2026-01-04 11:00:00 -0500,1,Shoe,50.00,sk2,Dan,,0.00,0.00,4",
        "#5,eve@example.com,paid,2026-01-04 12:00:00 -0500,USD,50.00,0.00,0.00,50.00,,0.00,2026-01-04 12:00:00 -0500,1,Shoe,50.00,sk2,Eve,2026-01-05 09:00:00 -0500,0.00,0.00,5",
        "#6,fay@example.com,pending,,USD,50.00,0.00,0.00,50.00,,0.00,2026-01-04 13:00:00 -0500,1,Shoe,50.00,sk2,Fay,,0.00,0.00,6",
    )
    report = import_file(empty_shop, "orders", file)
    assert (report.rows, report.imported, report.bad_rows, report.refunds) == (7, 4, 3, 2)
    assert lines(empty_shop) == [
        ("#1", "sk1", 3, "10.0000", "3.0000"),
        ("#1", "sk2", 1, "70.0000", "7.0000"),
        ("#2", "sk2", 2, "50.0000", "0.0000"),
        ("#2", "sk2", -1, "30.0000", "0.0000"),
        ("#3", "sk2", 1, "50.0000", "5.0000"),
        ("#3", "sk2", -1, "50.0000", "-5.0000"),
    ]
    assert [net(empty_shop, order) for order in ("#1", "#2", "#3")] == [Decimal("90.00"), Decimal("70.00"), Decimal("0.00")]
    assert "a Shopify order export" in notes(report) and "2 orders were refunded" in notes(report)
    assert "Total" in report.unused and "refunds" in report.told.en
    everything = str(empty_shop.warehouse.frame("SELECT * FROM orders").to_dict()) + str(
        empty_shop.warehouse.frame("SELECT * FROM quarantine").to_dict()
    )
    assert "example.com" not in everything and "Ann" not in everything


def test_a_second_import_of_a_refunded_order_replaces_it(empty_shop: Workspace, tmp_path: Path) -> None:
    row = "#1,ann@example.com,{},2026-01-02 10:00:00 -0500,USD,70.00,0.00,0.00,70.00,,0.00,2026-01-02 10:00:00 -0500,1,Shoe,70.00,sk2,Ann,,{},0.00,1"
    import_file(empty_shop, "orders", write(tmp_path / "a.csv", SHOPIFY, row.format("paid", "0.00")))
    report = import_file(empty_shop, "orders", write(tmp_path / "b.csv", SHOPIFY, row.format("refunded", "70.00")))
    assert (report.imported, report.replaced, report.refunds, net(empty_shop)) == (1, 1, 1, Decimal("0.00"))


def test_amazon_prices_are_of_the_whole_line(empty_shop: Workspace, tmp_path: Path) -> None:
    file = write(
        tmp_path / "amazon.txt",
        "amazon-order-id|merchant-order-id|purchase-date|order-status|sales-channel|product-name|sku|asin|item-status|quantity|currency|item-price|item-tax|shipping-price|item-promotion-discount|ship-country",
        "111-1|111-1|2026-01-02T10:00:00+00:00|Shipped|Amazon.com|Shoe|sk1|B01|Shipped|3|USD|30.00|2.40|5.00|3.00|US",
        "111-2|111-2|2026-01-02T11:00:00+00:00|Cancelled|Amazon.com|Shoe|sk1|B01|Cancelled|0||||||US",
        "111-3|111-3|2026-01-02T12:00:00+00:00|Pending|Amazon.co.jp|靴|sk1|B01|Unshipped|1|JPY|||||JP",
        "111-4|111-4|2026-01-02T13:00:00+00:00|Shipped|Amazon.co.jp|靴|sk1|B01|Shipped|2|JPY|3001|0|0||JP",
        delimiter="\t",
    )
    report = import_file(empty_shop, "orders", file)
    assert (report.imported, report.bad_rows) == (2, 2)
    assert lines(empty_shop) == [("111-1", "sk1", 3, "10.0000", "3.0000"), ("111-4", "sk1", 2, "1500.5000", "0.0000")]
    assert [bad.reason.en for bad in report.quarantined] == ["the order was closed, cancelled or not paid"] * 2


def test_pinduoduo_discounts_are_not_taken_off_twice(empty_shop: Workspace, tmp_path: Path) -> None:
    head = "商品,订单号,订单状态,商品总价(元),邮费(元),店铺优惠折扣(元),平台优惠折扣(元),用户实付金额(元),商家实收金额(元),商品数量(件),商品id,售后状态,订单成交时间"
    file = write(
        tmp_path / "pdd.csv",
        head,
        "跑鞋,260102-1,已收货,200.00,6.00,10.00,5.00,191.00,196.00,2,p1,无售后或售后取消,2026-01-02 10:00:00",
        "跑鞋,260102-2,已发货,100.00,0.00,0.00,0.00,100.00,100.00,1,p1,退款成功,2026-01-02 11:00:00",
        "跑鞋,260102-3,待支付,100.00,0.00,0.00,0.00,0.00,0.00,1,p1,无售后或售后取消,2026-01-02 11:00:00",
        encoding="gb18030",
    )
    report = import_file(empty_shop, "orders", file)
    assert lines(empty_shop) == [
        ("260102-1", "p1", 2, "100.0000", "15.0000"),
        ("260102-2", "p1", 1, "100.0000", "0.0000"),
        ("260102-2", "p1", -1, "100.0000", "0.0000"),
    ]
    assert net(empty_shop, "260102-1") == Decimal("185.00")
    assert (report.bad_rows, report.refunds) == (1, 1)
    assert "not checked against a real file" in notes(report)


def test_qianniu_items(empty_shop: Workspace, tmp_path: Path) -> None:
    head = "子订单编号,主订单编号,买家会员名,商品标题,商品价格,购买数量,商品属性,订单状态,商家编码,买家应付货款,买家实际支付金额,退款状态,退款金额,订单创建时间"
    file = write(
        tmp_path / "宝贝报表.csv",
        head,
        '="2",="1",tb张三,轻量跑鞋,199.00,2,红色,交易成功,sk1,388.00,388.00,没有申请退款,,2026-01-02 10:00:00',
        '="3",="1",tb张三,袜子,19.90,1,白色,交易成功,sk2,19.90,19.90,退款成功,9.90,2026-01-02 10:00:00',
        '="5",="4",tb李四,袜子,19.90,1,白色,交易关闭,sk2,19.90,0.00,退款成功,19.90,2026-01-02 10:00:00',
        encoding="gb18030",
    )
    report = import_file(empty_shop, "orders", file)
    assert lines(empty_shop) == [
        ("1", "sk1", 2, "199.0000", "10.0000"),
        ("1", "sk2", 1, "19.9000", "0.0000"),
        ("1", "sk2", -1, "9.9000", "0.0000"),
    ]
    assert report.bad_rows == 1
    assert "张三" not in str(empty_shop.warehouse.frame("SELECT * FROM orders").to_dict())


@pytest.mark.parametrize(
    ("head", "row", "expected"),
    [
        ("订单号,商品ID,商品名称,订购数量,下单时间,京东价,订单金额,结算金额,应付金额,订单状态,下单帐号,客户姓名", "J1,p1,跑鞋,2,2026-01-02 10:00:00,99.00,198.00,188.00,188.00,完成,jd_1,张三", ("J1", "p1", 2, "99.0000", "0.0000")),
        ("订单号,订单商品状态,买家付款时间,商品名称,商品编码,商品单价,商品数量,商品金额小计,店铺优惠（分摊）,商品实际成交金额,商品退款状态,商品已退款金额,收货人手机号/提货人手机号", "E1,交易完成,2026-01-02 10:00:00,跑鞋,p1,100.00,2,200.00,20.00,180.00,,0.00,13800138000", ("E1", "p1", 2, "100.0000", "20.0000")),
        ("Date,Order #,N. Revenue (formatted),Status,Customer,Customer type,Product(s),Items sold,Coupon(s),N. Revenue", "2026-01-02 10:00:00,77,$90.00,completed,Ann Smith,new,3× Sock,3,,90", ("77", "t-", 3, "30.0000", "0.0000")),
    ],
)  # fmt: skip
def test_formats_known_by_name_only_say_so(
    empty_shop: Workspace, tmp_path: Path, head: str, row: str, expected: tuple[object, ...]
) -> None:
    report = import_file(empty_shop, "orders", write(tmp_path / "o.csv", head, row))
    found = lines(empty_shop)[0]
    assert (found[0], found[1][: len(str(expected[1]))], *found[2:]) == expected
    assert "not checked against a real file" in notes(report)
    stored = str(empty_shop.warehouse.frame("SELECT * FROM orders").to_dict())
    assert not any(word in stored for word in ("张三", "Ann", "13800138000", "jd_1"))


@pytest.mark.parametrize(
    "status", ["交易关闭", "(删除)等待出库", "等待买家付款", "已取消", "wc-cancelled", "On hold", "Payment failed: failed", "PENDING"]
)
def test_orders_that_were_never_paid(empty_shop: Workspace, tmp_path: Path, status: str) -> None:
    file = write(
        tmp_path / "o.csv",
        "订单号,下单时间,商品编号,数量,单价,订单状态",
        "A1,2026-01-02,p1,1,9.90,已完成",
        f"A2,2026-01-02,p1,1,9.90,{status}",
    )
    report = import_file(empty_shop, "orders", file)
    expected = (2, 0) if status.startswith("Payment failed") else (1, 1)
    assert (report.imported, report.bad_rows) == expected


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 100_000)), min_size=1, max_size=7),
    st.integers(0, 200_000),
    st.integers(0, 200_000),
    st.sampled_from(["CNY", "JPY"]),
)
@example([(3, 335), (3, 57)], 278, 449, "CNY")
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_shares_of_a_discount_and_a_refund_add_up_to_the_cent(
    tmp_path_factory: pytest.TempPathFactory, given_lines: list[tuple[int, int]], discount: int, refund: int, currency: str
) -> None:
    unit = Decimal(1) if currency == "JPY" else Decimal("0.01")
    folder = tmp_path_factory.mktemp("shares")
    with (folder / "o.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["order id", "order time", "sku", "quantity", "unit price", "currency", "order discount", "order refund amount"])
        for i, (quantity, cents) in enumerate(given_lines):
            writer.writerow(["A", "2026-01-02", f"p{i}", quantity, cents * unit, currency, discount * unit, refund * unit])
    whole = sum(quantity * cents for quantity, cents in given_lines) * unit
    off = min(whole, discount * unit)
    back = min(whole - off, refund * unit)
    with Workspace.open(folder / "w", create=True) as shop:
        import_file(shop, "orders", folder / "o.csv")
        rows = shop.warehouse.arrow("SELECT quantity, unit_price, coalesce(discount, 0) AS d FROM orders").to_pylist()
    sold = [row for row in rows if row["quantity"] > 0]
    assert sum(row["d"] for row in sold) == off
    assert all(row["d"] % unit == 0 and 0 <= row["d"] <= row["quantity"] * row["unit_price"] for row in sold)
    assert -sum(row["quantity"] * row["unit_price"] - row["d"] for row in rows if row["quantity"] < 0) == back
