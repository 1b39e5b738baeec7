"""Files as merchants have them: encodings, delimiters, titles above the header, workbooks, damage."""

import zipfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from adwright.data import headers, readers
from adwright.data.errors import AdwrightError
from adwright.data.source import Source, tidy

TEXT = "订单号,下单时间,商品编号,商品名称,数量,单价\nA1,2026-01-02 10:00:00,p1,轻量跑鞋 红色,2,399.00\nA2,2026-01-03 11:00:00,p2,“羽绒服”，男款,1,899.50\n"


def read(path: Path, kind: str = "orders") -> Source:
    return readers.read(path, lambda cells: headers.score(kind, cells))


def refused(path: Path) -> AdwrightError:
    with pytest.raises(AdwrightError) as caught:
        read(path)
    assert path.name in caught.value.message.zh
    assert path.name in caught.value.message.en
    assert caught.value.hint.zh
    assert caught.value.hint.en
    return caught.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "big5"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_encodings_and_delimiters(tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = TEXT if encoding != "big5" else TEXT.translate(str.maketrans("订单号时间编称数轻红鞋绒", "訂單號時間編稱數輕紅鞋絨"))
    file = tmp_path / "orders.csv"
    file.write_bytes(text.replace(",", delimiter).encode(encoding, errors="replace"))
    source = read(file)
    assert source.headers == text.splitlines()[0].split(",")
    assert source.delimiter == delimiter
    assert source.table["row_number"].to_pylist() == [2, 3]
    assert source.table.column(3).to_pylist() == [line.split(",")[3] for line in text.splitlines()[1:]]


def test_western_text_is_not_taken_for_chinese(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_bytes("order id,title\n1,Été à la crème brûlée\n2,Größe wählen für Mädchen\n".encode("cp1252"))
    assert read(file).table.column(1).to_pylist() == ["Été à la crème brûlée", "Größe wählen für Mädchen"]


def test_titles_blank_lines_quotes_and_ragged_rows_keep_their_numbers(tmp_path: Path) -> None:
    file = tmp_path / "report.csv"
    file.write_text(
        'Campaign report\n"January 1, 2026 - January 31, 2026"\nCampaign,Impr.,Clicks,Cost\na,1,2,3\n\n"b\nb",4,5,6\nc,7\nd,"1,000",9,10\n'
    )
    source = read(file, "campaigns")
    assert source.headers == ["Campaign", "Impr.", "Clicks", "Cost"]
    assert source.ragged == [(7, "c,7")]
    rows = [row for row in source.table.to_pylist() if row["Campaign"]]
    assert [(row["row_number"], row["Campaign"], row["Impr."]) for row in rows] == [(4, "a", "1"), (6, "b\nb", "4"), (8, "d", "1,000")]


def test_repeated_and_empty_headers() -> None:
    assert tidy(["a", None, "a", " ", "row_number", "\ufeffb"]) == ["a", "column 2", "a (2)", "column 4", "row_number (2)", "b"]


def test_workbooks(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = "说明"
    book.active.append(["请看第二页"])
    sheet = book.create_sheet("订单")
    for row in (
        ["本店订单"],
        ["订单号", "下单时间", "商品编号", "数量", "单价"],
        ["A1", "2026-01-02", "p1", 2, 399.5],
        [None] * 5,
        ["A2", "2026-01-03", "p2", -1, 8],
    ):
        sheet.append(row)
    book.save(tmp_path / "orders.xlsx")
    source = read(tmp_path / "orders.xlsx")
    assert source.headers == ["订单号", "下单时间", "商品编号", "数量", "单价"]
    assert [(row["row_number"], row["数量"], row["单价"]) for row in source.table.to_pylist() if row["订单号"]] == [
        (3, "2", "399.5"),
        (5, "-1", "8"),
    ]


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": pa.array(["a", "b"]).dictionary_encode(), "n": [1.5, None]}), tmp_path / "t.parquet")
    source = read(tmp_path / "t.parquet")
    assert source.table.schema.field("id").type == pa.string()
    assert source.table["n"].to_pylist() == [1.5, None]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("nothing.csv", b"", "empty-file"),
        ("blank.csv", b"\xef\xbb\xbf \r\n\r\n", "empty-file"),
        ("page.pdf", b"%PDF-1.7", "unknown-file-type"),
        ("orders.csv.gz", b"\x1f\x8b\x08", "unreadable-file"),
        ("orders.zip", b"PK\x03\x04rest", "unknown-file-type"),
        ("latin.jsonl", b'{"a": "\xe9"}', "unreadable-file"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "unknown-file-type"),
        ("old.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "unknown-file-type"),
        ("text.xlsx", b"a,b\n1,2\n", "wrong-extension"),
        ("text.parquet", b"a,b\n1,2\n", "wrong-extension"),
        ("book.csv", b"PK\x03\x04rest", "wrong-extension"),
        ("binary.csv", b"a,b\n\x00\x01\x02", "wrong-extension"),
        ("broken.parquet", b"PAR1 no footer", "unreadable-file"),
        ("broken.xlsx", b"PK\x03\x04 no directory", "unreadable-file"),
    ],
)
def test_refusals(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert refused(tmp_path / name).code == code


def test_missing_file(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.csv").code == "no-file"
    (tmp_path / "folder.csv").mkdir()
    assert refused(tmp_path / "folder.csv").code == "no-file"


def test_zip_bombs_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\x00" * 30_000_000)
    assert refused(file).code == "too-large"


def test_a_zip_that_is_no_workbook(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "letters.xlsx", "w") as archive:
        archive.writestr("letter.txt", "hello")
    assert refused(tmp_path / "letters.xlsx").code == "unreadable-file"
