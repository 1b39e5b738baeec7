"""Logs of sessions as analytics tools and public data sets write them: who, when, what, in their own names."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from adwright.data.behaviour import meanings
from adwright.data.errors import AdwrightError
from adwright.data.importer import ImportReport, import_file
from adwright.data.nested import flat
from adwright.data.workspace import Workspace

Rows = list[tuple[Any, ...]]


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def lines(path: Path, records: list[Any]) -> Path:
    return write(path, "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records))


def events(shop: Workspace, columns: str = "strftime(ts, '%Y-%m-%d %H:%M:%S'), user_id, event, product_id") -> Rows:
    return [tuple(row.values()) for row in shop.warehouse.arrow(f"SELECT {columns} FROM events ORDER BY ts, product_id").to_pylist()]


def told(report: ImportReport) -> str:
    assert all(note.zh for note in report.notes)
    return "\n".join(note.en for note in report.notes)


def adds_up(report: ImportReport) -> bool:
    return report.rows == report.imported + report.known + report.bad_rows


DIGINETICA = """sessionId;userId;itemId;timeframe;eventdate
1;NA;81766;526309;2016-05-09
1;NA;31331;1031018;2016-05-09
2;17;32118;243569;2016-05-09
"""


def test_sessions_stand_for_users_and_that_is_said(empty_shop: Workspace, tmp_path: Path) -> None:
    report = import_file(empty_shop, "events", write(tmp_path / "train-item-views.csv", DIGINETICA.replace("NA", "")))
    # Midnight in Shanghai is 16:00 UTC the day before.
    assert events(empty_shop) == [
        ("2016-05-08 16:04:03", "17", "view", "32118"),
        ("2016-05-08 16:08:46", "s-1", "view", "81766"),
        ("2016-05-08 16:17:11", "s-1", "view", "31331"),
    ]
    assert "a session counts as one user" in told(report)
    assert "every row counts as view" in told(report)


def test_an_order_number_or_a_search_tells_the_event_where_no_column_does(empty_shop: Workspace, tmp_path: Path) -> None:
    file = write(
        tmp_path / "e.csv",
        "会话ID,时间,商品ID,搜索词,订单号\n9,2026-01-02 10:00,,跑鞋,\n9,2026-01-02 10:01,p1,,\n9,2026-01-02 10:02,p1,,A1\n",
    )
    import_file(empty_shop, "events", file)
    assert [row[2] for row in events(empty_shop)] == ["search", "view", "purchase"]


@pytest.mark.parametrize("packed", [False, True])
def test_the_taobao_log_has_no_header(empty_shop: Workspace, tmp_path: Path, packed: bool) -> None:
    text = "1,2268318,2520377,pv,1511544070\n1,2333346,2520771,fav,1511561733\n2,2576651,149192,buy,1511572885\n2,3830808,4181361,cart,1511593493\n"
    file = tmp_path / ("UserBehavior.csv.gz" if packed else "UserBehavior.csv")
    file.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    report = import_file(empty_shop, "events", file)
    assert (report.rows, report.imported, report.bad_rows) == (4, 4, 0)
    assert [(row[2], row[3]) for row in events(empty_shop)] == [
        ("view", "2268318"),
        ("view", "2333346"),
        ("purchase", "2576651"),
        ("cart", "3830808"),
    ]
    assert "Taobao UserBehavior" in told(report)
    assert "fav counts as view" in told(report)
    assert report.form.startswith("gzip") == packed


def test_ga4_rows_are_opened_and_vague_names_do_not_count_twice(empty_shop: Workspace, tmp_path: Path) -> None:
    def record(name: str, second: int, items: list[dict[str, Any]] | None = None, **params: Any) -> dict[str, Any]:
        return {
            "event_date": "20260102",
            "event_timestamp": str(1767319200_000000 + second * 1_000_000),
            "event_name": name,
            "event_params": [{"key": key, "value": {"string_value": value, "int_value": None}} for key, value in params.items()],
            "user_id": "u1" if second >= 20 else None,
            "user_pseudo_id": "77.88",
            "device": {"category": "mobile", "operating_system": "iOS"},
            "items": items or [],
        }

    item = {"item_id": "sku1", "item_name": "跑鞋", "item_category": "运动户外", "price": 399.0, "quantity": 1}
    records = [
        record("session_start", 0),
        record("page_view", 1, page_title="跑鞋"),
        record("view_item", 1, [item]),
        record("view_search_results", 10, search_term="轻便跑鞋"),
        record("purchase", 20, [item, item | {"item_id": "sku2", "price": 19.9, "quantity": 2}]),
    ]
    report = import_file(empty_shop, "events", lines(tmp_path / "ga4.jsonl", records))
    assert (report.rows, report.imported, report.bad_rows) == (6, 4, 2)
    assert events(empty_shop, "user_id, event, product_id, category, query, price::VARCHAR, quantity::INTEGER, device") == [
        ("u1", "view", "sku1", "sports", None, "399.0000", 1, "mobile"),
        ("u1", "search", None, None, "轻便跑鞋", None, None, "mobile"),
        ("u1", "purchase", "sku1", "sports", None, "399.0000", 1, "mobile"),
        ("u1", "purchase", "sku2", "sports", None, "19.9000", 2, "mobile"),
    ]
    assert [(bad.row, bad.reason.en.split(":")[0]) for bad in report.quarantined] == [
        (1, "event is not known"),
        (2, "a clearer event of the same file counts instead"),
    ]
    assert "session_start (1)" in told(report)
    assert "page_view (1)" in told(report)
    table = pa.Table.from_pylist([one | {"event_params": one["event_params"] or None} for one in records])
    pq.write_table(table, tmp_path / "ga4.parquet")
    again = import_file(empty_shop, "events", tmp_path / "ga4.parquet")
    assert (again.imported, again.known, again.bad_rows) == (0, 4, 2)


def test_segment_events_with_products(empty_shop: Workspace, tmp_path: Path) -> None:
    base = {"type": "track", "anonymousId": "anon", "userId": None, "context": {"page": {"title": "x"}}}
    records = [
        base | {"event": "Product Viewed", "timestamp": "2026-01-02T10:00:00.123Z", "properties": {"product_id": "p1", "category": "运动户外", "price": 89.5}},
        base | {"event": "Products Searched", "timestamp": "2026-01-02T18:01:00+08:00", "properties": {"query": "shoes"}},
        base | {"event": "Order Completed", "timestamp": "2026-01-02T10:02:00Z", "userId": "ann", "properties": {"order_id": "A1", "products": [{"product_id": "p1", "price": 89.5, "quantity": 1}, {"product_id": "p2", "price": 5}]}},
        base | {"event": "Order Refunded", "timestamp": "2026-01-03T10:02:00Z", "properties": {"order_id": "A1", "products": [{"product_id": "p2", "price": 5, "quantity": 1}]}},
        ["no object"],
    ]  # fmt: skip
    report = import_file(empty_shop, "events", lines(tmp_path / "segment.ndjson", records))
    assert events(empty_shop) == [
        ("2026-01-02 10:00:00", "ann", "view", "p1"),
        ("2026-01-02 10:01:00", "ann", "search", None),
        ("2026-01-02 10:02:00", "ann", "purchase", "p1"),
        ("2026-01-02 10:02:00", "ann", "purchase", "p2"),
        ("2026-01-03 10:02:00", "ann", "refund", "p2"),
    ]
    assert (report.bad_rows, report.quarantined[0].row) == (1, 5)
    assert adds_up(report)
    assert "one person before and after" in told(report)


def test_a_visitor_with_two_accounts_stays_two_people(empty_shop: Workspace, tmp_path: Path) -> None:
    file = write(
        tmp_path / "e.csv",
        "distinct_id,user_id,event,time,item_id\nd1,,view,2026-01-02 10:00,p1\nd1,a,view,2026-01-02 10:01,p1\nd1,b,view,2026-01-02 10:02,p1\nd2,c,view,2026-01-02 10:03,p1\nd2,,view,2026-01-02 10:04,p1\n",
    )
    import_file(empty_shop, "events", file)
    assert [row[1] for row in events(empty_shop)] == ["d1", "a", "b", "c", "c"]


def test_chinese_analytics_headers(empty_shop: Workspace, tmp_path: Path) -> None:
    file = write(
        tmp_path / "神策.tsv",
        "用户ID\t事件\t时间\t商品ID\t搜索词\t商品类目\n"
        "u1\t浏览商品详情\t2026-01-02 10:00:00.123\tp1\t\t女装\n"
        "u1\t搜索商品\t2026年1月2日 10:01\t\t连衣裙\t\n"
        "u1\t加入购物车\t2026/1/2 10:02\tp1\t\t女装\n"
        "u1\t提交订单\t2026/1/2 10:03\tp1\t\t女装\n"
        "u1\t支付订单\t2026/1/2 10:04\tp1\t\t女装\n"
        "u1\t收藏商品\t2026/1/2 10:05\tp1\t\t女装\n"
        "u1\t分享\t2026/1/2 10:06\tp1\t\t女装\n",
    )
    report = import_file(empty_shop, "events", file)
    assert [row[2] for row in events(empty_shop)] == ["view", "search", "cart", "purchase", "view"]
    zh = "\n".join(note.zh for note in report.notes)
    assert "提交订单（1 行）" in zh and "分享（1 行）" in zh and "收藏商品 计作 view" in zh
    assert adds_up(report)


def test_what_names_mean_depends_on_what_else_the_file_has() -> None:
    assert meanings({"下单": 3})[0] == {"下单": "purchase"}
    assert meanings({"下单": 3, "支付": 2})[0] == {"下单": "", "支付": "purchase"}
    assert meanings({"page_view": 5, "add_to_cart": 1})[0] == {"page_view": "view", "add_to_cart": "cart"}
    names = {f"custom {i:02}": i for i in range(40)}
    assert "28 more" in meanings(names)[1][0].en
    assert meanings({"view": 3, "PDP Open": 2}, {"pdp open": "view", "view": "ad_click"})[0] == {"PDP Open": "view", "view": "ad_click"}


def test_a_log_with_names_of_its_own(empty_shop: Workspace, tmp_path: Path) -> None:
    file = write(tmp_path / "own.csv", "user_id,ts,event,item_id\nu1,2026-01-02 10:00,pdp_open,p1\nu1,2026-01-02 10:01,basket!,p1\n")
    with pytest.raises(AdwrightError, match="--event"):
        import_file(empty_shop, "events", file)
    known = write(tmp_path / "half.csv", "user_id,ts,event\nu2,2026-01-01,view\nu2,2026-01-02,pdp_open\n")
    assert '--event "pdp_open=view"' in told(import_file(empty_shop, "events", known, dry_run=True))
    report = import_file(empty_shop, "events", file, events={"pdp_open": "view", "basket!": "Cart", "gone": "view"})
    assert [row[2] for row in events(empty_shop)] == ["view", "cart"] and adds_up(report) and "no such events: gone" in told(report)
    # The same bytes read otherwise are another import.
    assert not import_file(empty_shop, "events", file, events={"pdp_open": "search", "basket!": "cart"}).already_imported


@pytest.mark.parametrize(
    ("kind", "text", "given"),
    [
        ("events", "user_id,ts,event\nu1,2026-01-02,open\n", {"open": "look"}),
        ("events", "user_id,ts,item_id\nu1,2026-01-02,p1\n", {"open": "view"}),
        ("orders", "order_id,ts,user_id,product_id,quantity,unit_price,currency\no1,2026-01-02,u,p,1,2,CNY\n", {"open": "view"}),
    ],
)
def test_a_meaning_that_cannot_be_taken_is_named(
    empty_shop: Workspace, tmp_path: Path, kind: str, text: str, given: dict[str, str]
) -> None:
    with pytest.raises(AdwrightError) as raised:
        import_file(empty_shop, kind, write(tmp_path / "x.csv", text), events=given)
    assert raised.value.code == "unknown-event"


@pytest.mark.parametrize(
    "text",
    ["1767319200", "1767319200.0", "1767319200.5", "1767319200000", "1767319200000.0", "1767319200000000", "1767319200000000000", "2026-01-02T10:00:00+08:00", "2026-01-02 02:00:00 UTC", "2026-01-02 10:00:00"],
)  # fmt: skip
def test_one_moment_in_every_unit_and_zone(empty_shop: Workspace, tmp_path: Path, text: str) -> None:
    import_file(empty_shop, "events", write(tmp_path / "e.csv", f"user,event,item,ts\nu,view,p,{json.dumps(text)}\n"))
    assert [row[0] for row in events(empty_shop)] == ["2026-01-02 02:00:00"]


def test_mixed_zones_in_one_file_are_the_same_moment(empty_shop: Workspace, tmp_path: Path) -> None:
    rows = ["2026-01-02T10:00:00+08:00", "2026-01-02T02:00:00Z", "2026-01-01 21:00:00 -0500", "2026-01-02 10:00:00", "1767319200"]
    import_file(
        empty_shop,
        "events",
        write(tmp_path / "e.csv", "user,event,item,ts\n" + "".join(f"u,view,p{i},{ts}\n" for i, ts in enumerate(rows))),
    )
    assert {row[0] for row in events(empty_shop)} == {"2026-01-02 02:00:00"}


def test_a_few_future_rows_are_set_apart_and_many_are_told(empty_shop: Workspace, tmp_path: Path) -> None:
    past = "".join(f"u{i},view,p,2026-01-02 10:{i:02}\n" for i in range(20))
    report = import_file(empty_shop, "events", write(tmp_path / "few.csv", f"user,event,item,ts\n{past}u,view,p,2099-01-01 00:00\n"))
    assert (report.imported, report.bad_rows) == (20, 1)
    assert "in the future" in report.quarantined[0].reason.en
    report = import_file(
        empty_shop, "events", write(tmp_path / "many.csv", "user,event,item,ts\nu,view,p,2098-01-01 00:00\nu,view,p,2099-01-01 00:00\n")
    )
    assert (report.imported, report.bad_rows) == (2, 0)
    assert "dated after today" in told(report)


def test_consent_in_every_word(empty_shop: Workspace, tmp_path: Path) -> None:
    words = {
        "yes": True,
        "NO": False,
        "同意": True,
        "拒绝": False,
        "1": True,
        "0": False,
        "granted": True,
        "Denied": False,
        "true": True,
        "": None,
        "不同意": False,
    }
    text = "user,event,item,ts,同意个性化\n" + "".join(f"u{i},view,p,2026-01-02 10:{i:02},{word}\n" for i, word in enumerate(words))
    report = import_file(empty_shop, "events", write(tmp_path / "e.csv", text + "u,view,p,2026-01-02 11:00,maybe\n"))
    assert [row[0] for row in events(empty_shop, "consent")] == list(words.values())
    assert report.quarantined[0].reason.en == "consent to personalisation is neither yes nor no: maybe"


def test_full_width_digits_emoji_and_a_huge_cell(empty_shop: Workspace, tmp_path: Path) -> None:
    huge = "鞋" * 3_500_000
    text = f"用户ID,事件,时间,商品ID,搜索词,价格,数量\nu1,搜索,2026-01-02 10:00,,🏃‍♀️跑鞋👟,,\nu1,加购,2026-01-02 10:01,p1,,３９９．５０,２\nu2,搜索,2026-01-02 10:02,,{huge},,\n"
    report = import_file(empty_shop, "events", write(tmp_path / "e.csv", text))
    assert (report.imported, report.bad_rows) == (2, 1)
    assert events(empty_shop, "query, price::VARCHAR, quantity::INTEGER") == [("🏃‍♀️跑鞋👟", None, None), (None, "399.5000", 2)]
    assert "longer than" in report.quarantined[0].reason.en
    kept = empty_shop.warehouse.frame("SELECT content FROM quarantine").content[0]
    assert len(kept) < 10_000 and all(len(str(value)) < 200 for row in report.preview for value in row.values())


def test_nested_rows_share_their_number_and_keep_digits_as_written() -> None:
    record = {"a": {"b": "1.10"}, "items": [{"x": 1}, {"x": True}], "list": [1, 2], "other": [{"y": 1}]}
    assert flat(record) == [
        {"a.b": "1.10", "x": "1", "list": "[1, 2]", "other": '[{"y": 1}]'},
        {"a.b": "1.10", "x": "true", "list": "[1, 2]", "other": '[{"y": 1}]'},
    ]


def test_a_bad_line_of_a_record_with_several_items_is_one_row(empty_shop: Workspace, tmp_path: Path) -> None:
    items = [{"item_id": "a", "price": 5}, {"item_id": "b", "price": "much"}, {"item_id": "c", "price": 7}]
    file = lines(tmp_path / "e.json", [[{"event": "view item", "ts": "2026-01-02 10:00", "user": "u", "items": items}]])
    report = import_file(empty_shop, "events", file)
    assert (report.rows, report.imported, report.bad_rows) == (3, 2, 1)
    content = empty_shop.warehouse.frame("SELECT row_number, content FROM quarantine")
    assert (content.row_number[0], '"item_id":"b"' in content.content[0]) == (1, True)
