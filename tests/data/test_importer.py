"""Imports: mapped, checked, counted; once; all or nothing."""

import csv
import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from functools import partial
from pathlib import Path

import pyarrow.csv as arrow_csv
import pyarrow.parquet as parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adwright.data.errors import AdwrightError
from adwright.data.importer import ImportReport, import_file
from adwright.data.workspace import Workspace

HEAD = ["订单号", "下单时间", "用户编号", "商品编号", "商品名称", "数量", "单价"]
ROWS = [
    ["A1", "2026-01-02 10:00:00", "u1", "p1", "跑鞋", "2", "399.00"],
    ["A1", "2026-01-02 10:00:00", "u1", "p2", "袜子", "1", "19.90"],
    ["A2", "2026/1/3 8:05", "u2", "p1", "跑鞋", "-1", "￥399.00"],
]


def write(path: Path, rows: list[list[str]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


def state(shop: Workspace) -> dict[str, object]:
    tables = ("users", "events", "orders", "products", "impressions", "campaigns")
    return {
        "tables": {kind: shop.fingerprint(kind) for kind in tables},
        "quarantine": len(shop.warehouse.frame("SELECT * FROM quarantine")),
        "imports": shop.records.imports(),
    }


def refused(shop: Workspace, *args: object, **options: object) -> AdwrightError:
    before = state(shop)
    with pytest.raises(AdwrightError) as caught:
        import_file(shop, *args, **options)  # pyright: ignore[reportArgumentType]
    assert state(shop) == before
    assert caught.value.hint.zh
    assert caught.value.hint.en
    return caught.value


def adds_up(report: ImportReport) -> bool:
    return report.rows == report.imported + report.known + report.bad_rows


def test_orders_in_gbk(empty_shop: Workspace, tmp_path: Path) -> None:
    report = import_file(empty_shop, "orders", write(tmp_path / "订单.csv", [HEAD, *ROWS], "gbk"))
    assert (report.rows, report.imported, report.bad_rows, report.replaced) == (3, 3, 0, 0)
    assert report.mapping["订单号"] == "order_id"
    assert report.preview[0]["title"] == "跑鞋"
    table = empty_shop.warehouse.frame("SELECT * FROM orders ORDER BY order_id, product_id")
    assert [str(ts) for ts in table.ts] == ["2026-01-02 02:00:00"] * 2 + ["2026-01-03 00:05:00"]
    assert list(table.quantity) == [2, 1, -1]
    assert set(table.currency) == {"CNY"}
    assert any("CNY" in note.en for note in report.notes)
    assert empty_shop.records.imports()[0]["id"] == report.id


def test_the_same_file_is_imported_once(empty_shop: Workspace, tmp_path: Path) -> None:
    file = write(tmp_path / "orders.csv", [HEAD, *ROWS])
    first = import_file(empty_shop, "orders", file)
    before = state(empty_shop)
    again = import_file(empty_shop, "orders", write(tmp_path / "copy.csv", [HEAD, *ROWS]))
    assert again.already_imported
    assert again.id == first.id
    assert "before" in again.told.en
    assert state(empty_shop) == before


def test_dry_run_changes_nothing(empty_shop: Workspace, tmp_path: Path) -> None:
    before = state(empty_shop)
    file = write(tmp_path / "orders.csv", [HEAD, *ROWS, ["A3", "2026-01-04", "", "p1", "", "many", "1"]])
    report = import_file(empty_shop, "orders", file, dry_run=True)
    assert (report.imported, report.bad_rows, report.dry_run) == (3, 1, True)
    assert state(empty_shop) == before
    real = import_file(empty_shop, "orders", file)
    assert not real.already_imported
    assert real.model_copy(update={"seconds": 0, "dry_run": True}) == report.model_copy(update={"seconds": 0})


def test_a_newer_file_replaces_its_orders_and_nothing_else(empty_shop: Workspace, tmp_path: Path) -> None:
    import_file(empty_shop, "orders", write(tmp_path / "a.csv", [HEAD, *ROWS]))
    newer = [["A1", "2026-01-02 10:00:00", "u1", "p1", "跑鞋", "5", "399.00"], ["A9", "2026-01-09", "", "p3", "帽子", "1", "59"]]
    report = import_file(empty_shop, "orders", write(tmp_path / "b.csv", [HEAD, *newer]))
    assert (report.imported, report.replaced) == (2, 2)
    rows = empty_shop.warehouse.frame("SELECT order_id, product_id, quantity FROM orders ORDER BY ALL").values.tolist()
    assert rows == [["A1", "p1", 5.0], ["A2", "p1", -1.0], ["A9", "p3", 1.0]]


def test_overlapping_events_are_not_doubled(empty_shop: Workspace, tmp_path: Path) -> None:
    head = ["timestamp", "visitorid", "event", "itemid"]
    rows = [[str(1_700_000_000_000 + i), f"v{i % 3}", ("view", "addtocart", "transaction")[i % 3], "p1"] for i in range(9)]
    first = import_file(empty_shop, "events", write(tmp_path / "a.csv", [head, *rows[:6], rows[0]]))
    second = import_file(empty_shop, "events", write(tmp_path / "b.csv", [head, *rows[3:]]))
    assert (first.imported, first.known) == (7, 0)
    assert (second.imported, second.known) == (3, 3)
    assert adds_up(second)
    assert set(empty_shop.warehouse.frame("SELECT DISTINCT event FROM events").event) == {"view", "cart", "purchase"}


def test_bad_rows_are_set_apart_with_number_and_reason(empty_shop: Workspace, tmp_path: Path) -> None:
    bad = [
        (["B1", "yesterday", "u", "p", "t", "1", "1"], "time"),
        (["B2", "2026-01-02", "u", "", "t", "1", "1"], "product id is missing"),
        (["B3", "2026-01-02", "u", "p", "t", "abc", "1"], "not a number: abc"),
        (["B4", "2026-01-02", "u", "p", "t", "0", "1"], "is 0"),
        (["B5", "2026-01-02", "u", "p", "t", "1", "-3"], "negative"),
        (["1.23457E+17", "2026-01-02", "u", "p", "t", "1", "3"], "damaged"),
        (["B7", "1899-01-02", "u", "p", "t", "1", "3"], "out of range"),
        (["合计", "", "", "", "", "9", "99"], "totals"),
        (["B9", "2026-01-02", "u"], "number of cells"),
    ]
    file = write(tmp_path / "orders.csv", [HEAD, *ROWS, [""] * 7, *(row for row, _ in bad)])
    report = import_file(empty_shop, "orders", file)
    assert (report.rows, report.imported, report.bad_rows) == (3 + len(bad), 3, len(bad))
    assert [entry.row for entry in report.quarantined] == list(range(6, 6 + len(bad)))
    for entry, (_, reason) in zip(report.quarantined, bad, strict=True):
        assert reason in entry.reason.en
        assert entry.reason.zh
    stored = empty_shop.warehouse.frame("SELECT * FROM quarantine ORDER BY row_number")
    assert list(stored.row_number) == [entry.row for entry in report.quarantined]
    assert '"订单号":"B1"' in stored.content[0]
    assert set(stored.import_id) == {report.id}


def test_missing_columns_are_named_with_the_way_out(empty_shop: Workspace, tmp_path: Path) -> None:
    file = write(tmp_path / "orders.csv", [["Ref", "Datum", "item", "qty"], ["1", "2026-01-01", "p", "1"]])
    error = refused(empty_shop, "orders", file)
    assert error.code == "missing-column"
    for name in ("order_id", "ts", "unit_price"):
        assert name in error.message.zh
        assert name in error.message.en
    assert "--map" in error.hint.zh
    assert "Datum" in error.hint.en
    report = import_file(
        empty_shop, "orders", file, mapping={"Ref": "order_id", "Datum": "ts"}, defaults={"unit_price": "9.5", "currency": "EUR"}
    )
    assert report.preview[0]["unit_price"] == "9.5000"
    assert report.preview[0]["currency"] == "EUR"


@pytest.mark.parametrize(
    ("kind", "options", "code"),
    [
        ("secrets", {}, "unknown-table"),
        ("orders", {"mapping": {"x": "ts"}}, "unknown-column"),
        ("orders", {"defaults": {"x": "1"}}, "unknown-field"),
    ],
)
def test_bad_requests(empty_shop: Workspace, tmp_path: Path, kind: str, options: dict[str, object], code: str) -> None:
    assert refused(empty_shop, kind, write(tmp_path / "o.csv", [HEAD, *ROWS]), **options).code == code


def test_no_rows_and_nothing_usable(empty_shop: Workspace, tmp_path: Path) -> None:
    assert refused(empty_shop, "orders", write(tmp_path / "head.csv", [HEAD])).code == "no-rows"
    useless = write(tmp_path / "useless.csv", [HEAD, ["A", "soon", "u", "p", "t", "1", "1"]])
    assert refused(empty_shop, "orders", useless).code == "nothing-usable"


@pytest.mark.parametrize(
    ("dates", "order"),
    [(["13/01/2026", "02/01/2026"], "01-13"), (["01/13/2026", "01/02/2026"], "01-13"), (["13.01.2026", "02.01.2026"], "01-13")],
)
def test_the_file_tells_its_date_order(empty_shop: Workspace, tmp_path: Path, dates: list[str], order: str) -> None:
    import_file(
        empty_shop, "orders", write(tmp_path / "o.csv", [HEAD, *([f"A{i}", day, "", "p", "", "1", "1"] for i, day in enumerate(dates))])
    )
    days = empty_shop.warehouse.frame("SELECT strftime(ts + INTERVAL 8 HOUR, '%m-%d') AS d FROM orders ORDER BY order_id").d
    assert list(days) == [order, "01-02"]


def test_dates_that_may_be_either_are_asked_about(empty_shop: Workspace, tmp_path: Path) -> None:
    file = write(tmp_path / "o.csv", [HEAD, ["A", "03/04/2026", "", "p", "", "1", "1"]])
    assert refused(empty_shop, "orders", file).code == "ambiguous-dates"
    report = import_file(empty_shop, "orders", file, date_order="mdy")
    assert report.preview[0]["ts"] == "2026-03-03 16:00:00"


def test_shopify_orders(empty_shop: Workspace, tmp_path: Path) -> None:
    head = [
        "Name",
        "Email",
        "Financial Status",
        "Created at",
        "Currency",
        "Lineitem quantity",
        "Lineitem name",
        "Lineitem price",
        "Lineitem sku",
        "Billing Name",
    ]
    rows = [
        ["#1", "ann@example.com", "paid", "2026-01-02 10:00:00 -0500", "USD", "1", "Shoe", "99.00", "sku1", "Ann"],
        ["#1", "", "", "", "", "2", "Sock", "9.00", "sku2", ""],
        ["#2", "bob@example.com", "voided", "2026-01-03 10:00:00 -0500", "USD", "1", "Shoe", "99.00", "sku1", "Bob"],
    ]
    report = import_file(empty_shop, "orders", write(tmp_path / "shopify.csv", [head, *rows]))
    assert (report.imported, report.bad_rows) == (2, 1)
    table = empty_shop.warehouse.frame("SELECT * FROM orders")
    assert set(table.ts.astype(str)) == {"2026-01-02 15:00:00"}
    assert table.user_id.nunique() == 1
    assert table.user_id[0].startswith("p-")
    everything = str(empty_shop.warehouse.frame("SELECT * FROM quarantine").to_dict()) + str(table.to_dict()) + report.model_dump_json()
    assert "example.com" not in everything
    assert "Ann" not in everything


def test_taobao_orders_have_amounts_and_titles_only(empty_shop: Workspace, tmp_path: Path) -> None:
    head = ["订单编号", "买家会员名", "买家实际支付金额", "订单状态", "订单创建时间", "宝贝标题", "宝贝总数量", "收货人姓名"]
    rows = [
        ["'123456789012345678", "tb张三", "199.80", "交易成功", "2026-01-02 10:00:00", "轻量跑鞋", "2", "张三"],
        ['="123456789012345679"', "tb李四", "99.9", "交易关闭", "2026-01-02 11:00:00", "轻量跑鞋", "1", "李四"],
    ]
    report = import_file(empty_shop, "orders", write(tmp_path / "t.csv", [head, *rows], "gb18030"))
    row = empty_shop.warehouse.frame("SELECT * FROM orders").iloc[0]
    assert (report.imported, report.bad_rows) == (1, 1)
    assert (row.order_id, row.unit_price, row.quantity) == ("123456789012345678", 99.9, 2)
    assert row.product_id.startswith("t-")
    assert "张三" not in str(row.to_dict())


def test_campaign_reports_of_platforms(empty_shop: Workspace, tmp_path: Path) -> None:
    google = 'Campaign report\n"January 1, 2026 - January 31, 2026"\nCampaign,Impr.,Clicks,Currency code,Cost,Conversions,Conv. value\nRun,"12,000",300,USD,150.50,12.5,"1,200.00"\nTotal: Account,"12,000",300,,150.50,12.5,"1,200.00"\n'
    (tmp_path / "google.csv").write_text(google)
    report = import_file(empty_shop, "campaigns", tmp_path / "google.csv")
    assert (report.imported, report.bad_rows) == (1, 1)
    assert report.preview[0]["channel"] == "google"
    qianchuan = [
        ["日期", "计划ID", "计划名称", "消耗(元)", "展示次数", "点击次数", "直接支付ROI", "直接成交订单数", "直接成交金额(元)"],
        ["2026-01-02", "77", "跑鞋", "100.00", "1.2万", "300", "3", "5", "300"],
    ]
    report = import_file(empty_shop, "campaigns", write(tmp_path / "q.csv", qianchuan, "gbk"))
    row = empty_shop.warehouse.frame("SELECT * FROM campaigns WHERE campaign_id = '77'").iloc[0]
    assert (row.channel, row.currency, row.impressions, str(row.start)[:10], str(row.end)[:10]) == (
        "douyin",
        "CNY",
        12000,
        "2026-01-02",
        "2026-01-02",
    )


def test_products_and_users(empty_shop: Workspace, tmp_path: Path) -> None:
    head = ["SKU", "Title", "Vendor", "Product Category", "Price", "Cost per item", "Stock"]
    rows = [
        ["s1", "Trail shoe", "Acme", "Sports", "99.00", "40", "5"],
        ["s2", "连衣裙", "某牌", "女装", "199", "", "3"],
        ["s1", "Trail shoe 2", "Acme", "Sports", "89.00", "40", "5"],
    ]
    report = import_file(empty_shop, "products", write(tmp_path / "p.csv", [head, *rows]), defaults={"currency": "usd"})
    assert (report.imported, report.bad_rows, report.quarantined[0].row) == (2, 1, 2)
    table = empty_shop.warehouse.frame("SELECT * FROM products ORDER BY product_id").set_index("product_id")
    assert (table.name_en["s1"], table.name_zh["s2"], table.price["s1"], table.category["s2"], table.currency["s1"]) == (
        "Trail shoe 2",
        "连衣裙",
        89,
        "apparel",
        "USD",
    )
    users = [
        ["客户编号", "年龄", "性别", "注册时间", "同意营销"],
        ["1.0", "30-34", "女", "2025-12-01", "是"],
        ["2", "200", "F", "", ""],
        ["3", "", "?", "", "no"],
    ]
    report = import_file(empty_shop, "users", write(tmp_path / "u.csv", users))
    assert (report.imported, report.bad_rows) == (2, 1)
    table = empty_shop.warehouse.frame("SELECT * FROM users ORDER BY user_id").set_index("user_id")
    assert (table.age["1"], table.gender["1"], bool(table.consent["1"]), bool(table.consent["3"])) == (32, "female", True, False)
    assert any("?" in note.zh for note in report.notes)


def test_a_hostile_cell_is_only_text(empty_shop: Workspace, tmp_path: Path) -> None:
    nasty = "'); DROP TABLE orders; --"
    head = [*HEAD[:-1], "uni\"t price'; DROP TABLE orders", nasty]
    report = import_file(
        empty_shop,
        "orders",
        write(tmp_path / "o.csv", [head, [nasty, "2026-01-02", nasty, "p", nasty, "1", "2", nasty]]),
        mapping={head[6]: "unit_price"},
    )
    assert report.imported == 1
    assert empty_shop.warehouse.frame("SELECT title FROM orders").title[0] == nasty
    assert empty_shop.warehouse.count("users") == 0


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(cells, cells, cells, cells), min_size=1, max_size=8))
def test_no_row_is_lost_whatever_the_cells_hold(empty_shop: Workspace, tmp_path: Path, rows: list[tuple[str, str, str, str]]) -> None:
    good = ["A1", "2026-01-02", "u", "p", "t", "1", "2"]
    lines = [[f"X{i}", when, "u", "p", title, quantity, price] for i, (when, title, quantity, price) in enumerate(rows)]
    report = import_file(empty_shop, "orders", write(tmp_path / "o.csv", [HEAD, good, *lines]), dry_run=True)
    assert adds_up(report)
    assert report.rows == len(rows) + 1


@given(st.lists(st.tuples(st.integers(-99, 99).filter(bool), st.integers(0, 10**7)), min_size=1, max_size=30))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_money_arrives_to_the_cent(tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[int, int]]) -> None:
    folder = tmp_path_factory.mktemp("cents")
    rows = [
        [f"A{i}", "2026-01-02", "u", "p", "t", str(quantity), f"{Decimal(cents) / 100:,.2f}"] for i, (quantity, cents) in enumerate(lines)
    ]
    with Workspace.open(folder / "w", create=True) as shop:
        import_file(shop, "orders", write(folder / "o.csv", [HEAD, *rows]))
        exact = shop.warehouse.table("orders", exact=True)
        total = shop.warehouse.arrow((exact.quantity * exact.unit_price).sum().name("t"))["t"][0].as_py()
    assert total == sum(Decimal(quantity) * cents / 100 for quantity, cents in lines)


class StopAt:
    """A watcher that ends the import at a named moment, as Ctrl-C would."""

    def __init__(self, key: str) -> None:
        self.key = key

    def start(self, key: str, title: object) -> None:
        if key == self.key:
            raise KeyboardInterrupt

    def note(self, note: object, done: int, of: int) -> None: ...

    def done(self, key: str, finding: object, artifact: object = None) -> None: ...


@pytest.mark.parametrize("key", ["read", "check", "write"])
def test_ctrl_c_leaves_the_shop_as_it_was(empty_shop: Workspace, tmp_path: Path, key: str) -> None:
    import_file(empty_shop, "orders", write(tmp_path / "a.csv", [HEAD, *ROWS]))
    before = state(empty_shop)
    file = write(tmp_path / "b.csv", [HEAD, *ROWS, ["Z", "2026-02-02", "", "p", "", "1", "1"], ["bad"]])
    with pytest.raises(KeyboardInterrupt):
        import_file(empty_shop, "orders", file, progress=StopAt(key))
    assert state(empty_shop) == before
    assert import_file(empty_shop, "orders", file).imported == 4


IMPORTER = """
import sys
from adwright.data.importer import import_file
from adwright.data.workspace import Workspace
workspace = Workspace.open(sys.argv[1])
print("begin", flush=True)
import_file(workspace, "orders", sys.argv[2])
print("end", flush=True)
sys.stdin.read()
"""


def big_file(path: Path, count: int = 60_000) -> Path:
    return write(path, [HEAD, *([f"B{i}", "2026-01-02 10:00:00", f"u{i % 500}", f"p{i % 90}", "跑鞋", "1", "9.9"] for i in range(count))])


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT])
def test_a_kill_at_any_moment_leaves_all_or_nothing(tmp_path: Path, stop: signal.Signals) -> None:
    Workspace.open(tmp_path / "w", create=True).close()
    with Workspace.open(tmp_path / "w") as shop:
        import_file(shop, "orders", write(tmp_path / "a.csv", [HEAD, *ROWS]))
        before = state(shop)
    file = big_file(tmp_path / "big.csv")
    outcomes = set()
    for delay in (0.0, 0.1, 0.25, 0.4, 0.7):
        command = [sys.executable, "-c", IMPORTER, str(tmp_path / "w"), str(file)]
        # A runner in the background hands down that Ctrl-C is ignored; here it has to arrive.
        heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.PIPE, text=True, preexec_fn=heard
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "begin\n"
            time.sleep(delay)
            os.kill(process.pid, stop)
            acknowledged = "end" in process.stdout.read()
        with Workspace.open(tmp_path / "w") as shop:
            count = shop.warehouse.count("orders")
            assert count in (3, 60_003)
            assert count == 60_003 or not acknowledged
            if count == 3:
                assert state(shop) == before
        outcomes.add(count)
        if count != 3:
            break
    with Workspace.open(tmp_path / "w") as shop:
        report = import_file(shop, "orders", file)
        assert report.already_imported == (60_003 in outcomes)
        assert shop.warehouse.count("orders") == 60_003
        assert len(shop.records.imports()) == 2


@pytest.fixture
def british_shop(tmp_path: Path):
    with Workspace.open(tmp_path / "uk", create=True, currency="GBP", timezone="Europe/London") as workspace:
        yield workspace


def test_online_retail(british_shop: Workspace, datasets: Path) -> None:
    folder = datasets / "online_retail"
    first = import_file(british_shop, "orders", folder / "online_retail_2009-2010.parquet", defaults={"currency": "GBP"})
    second = import_file(british_shop, "orders", folder / "online_retail_2010-2011.parquet", defaults={"currency": "GBP"})
    assert (first.rows, second.rows) == (525_461, 541_909)
    assert second.replaced == 22_523  # the nine days that both sheets hold
    assert adds_up(first)
    assert adds_up(second)
    assert {entry.reason.en.split(":")[0] for entry in first.quarantined + second.quarantined} == {"unit price cannot be negative"}
    facts = british_shop.warehouse.frame(
        "SELECT count(*) AS n, min(ts) AS a, max(ts) AS b, count(DISTINCT user_id) AS users,"
        " count(*) FILTER (order_id LIKE 'C%' AND quantity >= 0) AS wrong FROM orders"
    ).iloc[0]
    assert facts.n == first.imported + second.imported - second.replaced
    assert (str(facts.a), str(facts.b), facts.users, facts.wrong) == ("2009-12-01 07:45:00", "2011-12-09 12:50:00", 5942, 0)
    again = import_file(british_shop, "orders", folder / "online_retail_2009-2010.parquet", defaults={"currency": "GBP"})
    assert again.already_imported


def test_kag_has_no_dates_and_no_revenue_and_none_are_invented(empty_shop: Workspace, datasets: Path) -> None:
    file = datasets / "kag_conversion" / "KAG_conversion_data.csv"
    error = refused(empty_shop, "campaigns", file, defaults={"currency": "USD"})
    assert "channel" in error.message.en
    report = import_file(empty_shop, "campaigns", file, defaults={"channel": "facebook", "currency": "USD"})
    assert (report.rows, report.imported, report.bad_rows) == (1143, 1143, 0)
    facts = empty_shop.warehouse.frame(
        'SELECT count("start") AS starts, count("end") AS ends, count(revenue) AS revenues, sum(conversions) AS sold, min(audience) AS audience,'
        " string_agg(DISTINCT channel || currency, ',') AS channels FROM campaigns"
    ).iloc[0]
    assert (facts.starts, facts.ends, facts.revenues, facts.channels) == (0, 0, 0, "facebookUSD")
    assert facts.sold == 1079
    assert facts.audience.startswith("age 30-34, female, interest")


def test_retailrocket(empty_shop: Workspace, datasets: Path) -> None:
    files = sorted((datasets / "retailrocket_sample").glob("*events*"))
    usable = [file for file in files if file.suffix in (".csv", ".parquet")]
    if not usable:
        pytest.skip("the sample has no plain event file")
    report = import_file(empty_shop, "events", usable[0])
    assert report.imported > 0
    assert adds_up(report)


def test_progress_is_told(empty_shop: Workspace, tmp_path: Path) -> None:
    heard: list[tuple[str, str]] = []

    class Watcher:
        def start(self, key: str, title: object) -> None:
            heard.append(("start", key))

        def note(self, note: object, done: int, of: int) -> None: ...

        def done(self, key: str, finding: object, artifact: object = None) -> None:
            heard.append(("done", key))

    import_file(empty_shop, "orders", write(tmp_path / "a.csv", [HEAD, *ROWS]), progress=Watcher())
    assert heard == [(what, key) for key in ("read", "check", "write") for what in ("start", "done")]


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("kind", ["users", "events", "orders", "products", "impressions", "campaigns"])
def test_what_is_exported_comes_back_the_same(shop: Workspace, tmp_path: Path, kind: str, form: str) -> None:
    table = shop.warehouse.arrow(shop.warehouse.table(kind, exact=True))
    file = tmp_path / f"table.{form}"
    if form == "csv":
        arrow_csv.write_csv(table, file)
    else:
        parquet.write_table(table, file)
    # Stored times are UTC without a zone, so a shop in UTC reads them as they are.
    with Workspace.open(tmp_path / "copy", create=True, timezone="UTC") as copy:
        report = import_file(copy, kind, file)
        assert (report.bad_rows, report.known, report.unused) == (0, 0, [])
        # An empty text comes back as nothing.
        everything = f"SELECT nullif(COLUMNS(*)::VARCHAR, '') FROM {kind} ORDER BY ALL"
        assert copy.warehouse.arrow(everything).equals(shop.warehouse.arrow(everything))


FULL_DISK = """
import resource, sys
from adwright.data.errors import AdwrightError
from adwright.data.importer import import_file
from adwright.data.workspace import Workspace
with Workspace.open(sys.argv[1]) as workspace:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
    try:
        import_file(workspace, "orders", sys.argv[2])
    except AdwrightError as error:
        print(error.code, workspace.warehouse.count("orders"))
"""


def test_a_full_disk_leaves_the_shop_as_it_was(tmp_path: Path) -> None:
    pytest.importorskip("resource", reason="file size limits are a POSIX feature")
    with Workspace.open(tmp_path / "w", create=True) as shop:
        import_file(shop, "orders", write(tmp_path / "a.csv", [HEAD, *ROWS]))
        before = state(shop)
    lines = [
        [f"B{i}-{i * 7919 % 104729}", "2026-01-02 10:00:00", f"u{i * 31}", f"p{i}", f"跑鞋{i * i}", "1", f"{i}.9"] for i in range(60_000)
    ]
    file = write(tmp_path / "big.csv", [HEAD, *lines])
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path / "w"), str(file)]
    assert subprocess.run(command, capture_output=True, text=True, check=False).stdout.split() == ["not-written", "3"]
    with Workspace.open(tmp_path / "w") as shop:
        assert state(shop) == before
        assert import_file(shop, "orders", file).imported == 60_000
