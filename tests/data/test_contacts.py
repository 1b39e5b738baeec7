"""Contacts are imported, shown masked, keep refusals, and reach nothing but the export of audiences."""

from __future__ import annotations

import ast
import csv
import json
import re
from pathlib import Path

import pytest

from adwright.data import personal
from adwright.data.importer import ImportReport, import_file
from adwright.data.schema import PERSONAL, SCHEMA
from adwright.data.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
SECRETS = ("li.na@example.com", "17400012345", "174 0001 2345", "娜娜", "90210", "aece52e7-03ee-455a-b3c4-e57283966239")
HEAD = ["会员编号", "邮箱", "手机号", "名字", "姓氏", "国家", "邮编", "OAID", "是否同意营销", "已退订"]
ROW = ["u1", SECRETS[0], "+86 174 0001 2345", "娜娜", "李", "中国", "90210", SECRETS[5], "是", "否"]


def write(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows)
    return path


def load(shop: Workspace, path: Path, rows: list[list[str]], kind: str = "contacts") -> ImportReport:
    return import_file(shop, kind, write(path, rows))


def test_chinese_and_english_headers(empty_shop: Workspace, tmp_path: Path) -> None:
    report = load(empty_shop, tmp_path / "zh.csv", [HEAD, ROW])
    assert list(report.mapping.values()) == [
        "user_id",
        "email",
        "phone",
        "first_name",
        "last_name",
        "country",
        "zip",
        "oaid",
        "consent",
        "suppressed",
    ]
    shopify = [
        "Customer ID",
        "First Name",
        "Last Name",
        "Email",
        "Accepts Email Marketing",
        "Default Address Country Code",
        "Default Address Zip",
        "Phone",
    ]
    english = load(
        empty_shop, tmp_path / "en.csv", [shopify, ["'99", "Bob", "Lee", "bob@example.com", "yes", "US", "90210.0", "'+12025550143"]]
    )
    assert english.mapping["Phone"] == "phone" and english.mapping["Accepts Email Marketing"] == "consent"
    rows = empty_shop.warehouse.frame("SELECT * FROM contacts ORDER BY user_id").to_dict("records")
    assert (rows[0]["user_id"], rows[0]["phone"], rows[0]["zip"], rows[0]["consent"]) == ("99", "+12025550143", "90210", True)
    assert (rows[1]["email"], rows[1]["phone"], rows[1]["suppressed"]) == (SECRETS[0], "+86 174 0001 2345", False)


def test_previews_reports_and_quarantine_hold_no_address(empty_shop: Workspace, tmp_path: Path) -> None:
    bad = [*ROW[:8], "maybe", "否"]
    report = load(empty_shop, tmp_path / "a.csv", [HEAD, ROW, ["u2", *bad[1:]], ["", *ROW[1:]]])
    assert (report.imported, report.bad_rows) == (1, 2)
    assert report.preview[0]["email"] == "**.**@*******.***" and report.preview[0]["phone"] == "+** *** **** ****"
    kept = empty_shop.warehouse.frame("SELECT content, reason_en FROM quarantine").to_json() or ""
    stored = empty_shop.warehouse.frame("SELECT report FROM _imports").to_json() or ""
    texts = [report.model_dump_json(), kept, stored, json.dumps(empty_shop.records.imports(), default=str)]
    assert "maybe" in kept
    assert not [secret for secret in SECRETS for text in texts if secret in text]


def test_who_unsubscribed_stays_out(empty_shop: Workspace, tmp_path: Path) -> None:
    load(
        empty_shop,
        tmp_path / "a.csv",
        [["user id", "email", "consent", "unsubscribed"], ["u1", "a@example.com", "no", ""], ["u2", "b@example.com", "", "yes"]],
    )
    load(empty_shop, tmp_path / "b.csv", [["user id", "email"], ["u1", "new@example.com"], ["u2", "other@example.com"]])
    rows = empty_shop.warehouse.frame("SELECT * FROM contacts ORDER BY user_id")
    assert list(rows.email) == ["new@example.com", "other@example.com"]
    assert rows.consent[0] is False and bool(rows.suppressed[1]) is True
    load(empty_shop, tmp_path / "c.csv", [["user id", "email", "unsubscribed"], ["u2", "b@example.com", "no"]])
    assert not empty_shop.warehouse.frame("SELECT suppressed FROM contacts WHERE user_id = 'u2'").suppressed[0]


def test_without_a_user_id_the_address_stands_in_as_it_does_for_orders(empty_shop: Workspace, tmp_path: Path) -> None:
    load(empty_shop, tmp_path / "c.csv", [["email", "phone"], ["Li@Example.com", ""], ["", "17400012345"]])
    load(
        empty_shop,
        tmp_path / "o.csv",
        [
            ["Name", "Created at", "Email", "Lineitem sku", "Lineitem quantity", "Lineitem price"],
            ["#1", "2026-10-01", "li@example.com", "p", "1", "9"],
        ],
        "orders",
    )
    ids = set(empty_shop.warehouse.frame("SELECT user_id FROM contacts").user_id)
    assert len(ids) == 2 and empty_shop.warehouse.frame("SELECT user_id FROM orders").user_id[0] in ids


def test_addresses_in_free_text_and_sensitive_columns_are_told(empty_shop: Workspace, tmp_path: Path) -> None:
    head = ["计划名称", "渠道", "花费", "展现量", "点击量", "成交笔数", "日期", "备注", "宗教信仰"]
    rows = [
        ["大促", "douyin", "10", "100", "5", "1", "2026-10-01", "联系 li.na@example.com", "x"],
        ["大促2", "douyin", "10", "100", "5", "1", "2026-10-02", "货号6901234567890", ""],
    ]
    told = load(empty_shop, tmp_path / "c.csv", [head, *rows], "campaigns").notes
    assert [note.zh for note in told if "1 行像邮箱" in note.zh and "备注" in note.zh]
    assert [note.en for note in told if "宗教信仰" in note.en and "religion" in note.en]
    users = load(empty_shop, tmp_path / "u.csv", [["user id", "age", "血型"], ["u1", "30", "A"]], "users").notes
    assert sum("年龄" in note.zh and "不参与分群" in note.zh for note in users) == 1 and sum("血型" in note.zh for note in users) == 1


@pytest.mark.parametrize("text", ["li.na@example.com", "打电话13800138000找我", "call +1 202 555 0143"])
def test_what_looks_like_an_address(text: str) -> None:
    assert re.search(personal.ADDRESS, text)


@pytest.mark.parametrize(
    "text", ["6901234567890", "iPhone 15 Pro 256GB", "订单202611300001234", "满299减40", "2026-11-30 12:00:00", "@云步生活馆"]
)
def test_what_does_not(text: str) -> None:
    assert not re.search(personal.ADDRESS, text)


def test_nothing_but_the_export_and_the_proof_of_an_order_reads_contacts() -> None:
    """The table's name stands in the code of the rooms only where rows are stored, generated, handed over, or compared."""
    named = set()
    for path in sorted(p for room in ("data", "tools", "agent", "ui", "prompts") for p in (ROOT / room).rglob("*.py")):
        texts = [
            n.value
            for n in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(n, ast.Constant) and isinstance(n.value, str)
        ]
        if "contacts" in texts or any(re.search(r"\b(FROM|JOIN|INTO|TABLE)\s+\"?contacts\b", text) for text in texts):
            named.add(path.relative_to(ROOT).as_posix())
    storing = {
        "data/schema.py",
        "data/importer.py",
        "data/recipe.py",
        "data/filling.py",
        "data/checks.py",
        "data/personal.py",
        "data/demo/__init__.py",
        "data/demo/contacts.py",
        "ui/cli_parser.py",
        # The page names the kind of a dropped file; it reads no row.
        "ui/attach.py",
        "ui/texts.py",
        # Whether there are any decides what is offered next; it counts rows.
        "agent/answers.py",
    }
    # A customer who asks about an order is held against the one row of that order's buyer.
    proof = {"tools/commerce/order_answers.py"}
    assert named - storing == {"tools/audience/members.py", "tools/audience/customer_list.py"} | proof
    readers = {
        path.name
        for path in (ROOT / "tools").rglob("*.py")
        if re.search(r"from \.+(audience\.)?members import .*\b(allowed|rows|unsubscribed)\b", path.read_text(encoding="utf-8"))
    }
    assert readers == {"customer_list.py"}
    assert {column.name for column in SCHEMA["contacts"]} >= PERSONAL
    assert not any(column.name in PERSONAL for kind, table in SCHEMA.items() if kind != "contacts" for column in table)
