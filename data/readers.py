"""Open a merchant's file and give its cells as an Arrow table, with the row number of each row.

CSV in any usual encoding and delimiter, XLSX, JSON lines and Parquet, each also gzipped. Cells stay text; Parquet keeps
its types. Titles above the header are skipped, rows of the wrong width are set apart with their number, records inside
records are made flat (`nested.py`). Not covered: old .xls, archives of several files, databases; what the cells mean
(`casting.py`).
"""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .errors import AdwrightError
from .nested import Record, json_records, table_of
from .result import SILENT, Progress
from .unpacking import MAGIC, unpacked
from .words import Words, both

if TYPE_CHECKING:
    import pyarrow as pa

LOOK = 30  # rows searched for the header
WIDE = 100_000  # characters of a line looked at for that; Python's csv refuses cells above 131,072
CHUNK = 1 << 20  # bytes
BLOCK = 8 * CHUNK
WIDEST = 8 * BLOCK  # a cell wider than this cannot be read
UNPACKED_LIMIT = 200_000_000  # bytes in all parts of an XLSX
RATIO_LIMIT = 100  # unpacked bytes per packed byte
ROW_NUMBER, PLACE = "row_number", "place"
FORMS = {
    **dict.fromkeys((".csv", ".tsv", ".txt", ".log"), "csv"),
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
    **dict.fromkeys((".xlsx", ".xlsm"), "xlsx"),
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), "json"),
}
Scorer = Callable[[Sequence[Any]], int]
# Knows a file that has no header by its first row: its name in two languages, and its columns.
Namer = Callable[[Sequence[Any]], tuple[Words, list[str]] | None]


class Source(NamedTuple):
    """A file as it was read: `table` has the file's columns and `row_number` (1 is the first row of the file).

    Rows that were one record (an order event with three items) share its number. `ragged` are rows whose number of cells is wrong: (row number, text). `form` says how the file was read, `nameless`
    what a file without a header was taken for.
    """

    table: pa.Table
    headers: list[str]
    ragged: list[tuple[int, str]]
    form: str
    delimiter: str
    nameless: Words | None = None


def read(path: Path, scorer: Scorer, progress: Progress = SILENT, namer: Namer = lambda cells: None) -> Source:
    """Read a file; `scorer` counts known headers in a row of cells, to find the header; `namer` knows files without one.

    Raises `AdwrightError`: ``no-file``, ``empty-file``, ``unknown-file-type``, ``wrong-extension``, ``unreadable-file``,
    ``too-large``, ``unknown-encoding``.
    """
    if not path.is_file():
        raise AdwrightError(
            both(f"没有找到文件 {path}。", f"There is no file {path}."), both("请检查路径。", "Check the path."), code="no-file"
        )
    try:
        with path.open("rb") as stream:
            start = stream.read(4096)
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    if not start.strip(b"\x00\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise AdwrightError(
            both(f"文件 {path.name} 是空的。", f"The file {path.name} is empty."),
            both("请重新导出。", "Export it again."),
            code="empty-file",
        )
    if start.startswith(MAGIC):
        with unpacked(path) as inner:
            found = read(inner, scorer, progress, namer)
            return found._replace(form=f"gzip, {found.form}")
    form = _form(path, start)
    if form == "parquet":
        return _read_parquet(path)
    if form == "xlsx":
        return _read_xlsx(path, scorer, progress)
    if form == "json" or start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b'{"'):
        return _read_json(path)
    return _read_csv(path, scorer, namer)


def _form(path: Path, start: bytes) -> str:
    """Tell the file type from the name and the first bytes; they must agree."""
    said = FORMS.get(path.suffix.lower())
    text = b"\x00" not in start or start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    seen = (
        "parquet"
        if start.startswith(b"PAR1")
        else "xlsx"
        if start.startswith(b"PK\x03\x04")
        else "xls"
        if start.startswith(b"\xd0\xcf\x11\xe0")
        else "csv"
        if text
        else "?"
    )
    if seen == "xls" or (path.suffix.lower() == ".xls" and seen != "csv"):
        raise AdwrightError(
            both(f"{path.name} 是旧版 Excel 文件（.xls），不能直接读取。", f"{path.name} is an old Excel file (.xls), which is not read."),
            both("请在 Excel 或 WPS 中另存为 .xlsx 或 .csv。", "Save it as .xlsx or .csv."),
            code="unknown-file-type",
        )
    if said is None:
        raise AdwrightError(
            both(f"不认识 {path.name} 的文件类型。", f"The type of {path.name} is not known."),
            both(
                "支持 .csv、.tsv、.txt、.xlsx、.jsonl 和 .parquet，也可以是它们的 .gz；其他压缩包请先解压。",
                "Use .csv, .tsv, .txt, .xlsx, .jsonl or .parquet, or one of these as .gz; unpack other archives first.",
            ),
            code="unknown-file-type",
        )
    if (seen, said) != ("csv", "json") and said != seen:
        real = {"parquet": "Parquet", "xlsx": "XLSX/ZIP", "csv": "CSV", "?": "binary"}[seen]
        raise AdwrightError(
            both(
                f"{path.name} 的扩展名与内容不符：内容看起来是 {real}。",
                f"The name of {path.name} does not fit its content, which looks like {real}.",
            ),
            both("请改正扩展名，或重新导出。", "Correct the extension or export the file again."),
            code="wrong-extension",
        )
    return said


def _unreadable(path: Path, why: object) -> AdwrightError:
    reason = str(why).splitlines()[0][:200] if str(why) else "?"
    return AdwrightError(
        both(f"无法读取文件 {path.name}：{reason}。", f"The file {path.name} cannot be read: {reason}."),
        both("文件可能不完整，请重新导出或下载。", "It may be incomplete; export or download it again."),
        code="unreadable-file",
    )


def tidy(headers: Sequence[Any]) -> list[str]:
    """Return headers as unique texts; an empty one becomes ``column 3``, a second ``x`` becomes ``x (2)``."""
    result: list[str] = []
    for position, cell in enumerate(headers, 1):
        name = str(cell).strip().lstrip("\ufeff") if cell is not None else ""
        name = name or f"column {position}"
        unique, number = name, 2
        while unique in result or unique in (ROW_NUMBER, PLACE):
            unique, number = f"{name} ({number})", number + 1
        result.append(unique)
    return result


# Delimited text


def encoding_of(path: Path, scorer: Scorer) -> str:
    """Return the encoding of a text file: by mark, else UTF-8, else the Chinese or western one that fits.

    The whole file must decode. Raises `AdwrightError` (code ``unknown-encoding``).
    """
    with path.open("rb") as stream:
        start = stream.read(4096)
    for mark, name in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if start.startswith(mark):
            if _decodes(path, name):
                return name
            break
    if _decodes(path, "utf-8"):
        return "utf-8"
    fitting = [name for name in ("gb18030", "big5", "cp1252") if _decodes(path, name)]
    if not fitting:
        raise AdwrightError(
            both(f"无法识别 {path.name} 的文字编码。", f"The text encoding of {path.name} is not known."),
            both("请另存为 UTF-8 编码的 CSV。", "Save it as CSV in UTF-8."),
            code="unknown-encoding",
        )

    def fit(name: str) -> tuple[int, float]:
        with path.open("rb") as stream:
            sample = stream.read(CHUNK)
        text = sample.decode(name, errors="ignore")
        rows = csv.reader(io.StringIO("\n".join(line[:WIDE] for line in text.splitlines()[:LOOK])), delimiter=_delimiter(text))
        return max((scorer(row) for row in rows), default=0), _common(text, name)

    return max(fitting, key=fit)


def _common(text: str, name: str) -> float:
    """Share of the letters outside ASCII that are usual in this encoding; tells GBK from western text read as GBK."""
    odd = [letter for letter in text if ord(letter) > 127]
    if not odd:
        return 0.0
    if name == "cp1252":
        return sum(letter.isalpha() or letter in "£€’‘“”–—°·" for letter in odd) / len(odd) / 2
    level = "gb2312" if name == "gb18030" else "big5"
    return sum(len(letter.encode(level, errors="ignore")) == 2 for letter in odd) / len(odd)


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        with path.open("rb") as stream:
            while block := stream.read(CHUNK):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _delimiter(text: str) -> str:
    """Return the delimiter that stands most evenly in the first rows."""
    lines = [line[:WIDE] for line in text.splitlines()[:LOOK] if line.strip()]

    def evenness(mark: str) -> tuple[int, int]:
        counts = [len(next(csv.reader([line], delimiter=mark), [])) for line in lines]
        usual = max(set(counts), key=counts.count, default=1)
        return (counts.count(usual) if usual > 1 else 0), usual

    return max((",", "\t", ";", "|"), key=evenness)


def _read_csv(path: Path, scorer: Scorer, namer: Namer) -> Source:
    import pyarrow as pa
    import pyarrow.csv as pc

    encoding = encoding_of(path, scorer)
    with path.open(encoding=encoding, newline="") as stream:
        head = stream.read(CHUNK)
    delimiter = _delimiter(head)
    lines = [line[:WIDE] for line in head.splitlines()[:LOOK]]
    rows = [next(csv.reader([line], delimiter=delimiter), []) for line in lines]
    at = _header_row(rows, scorer)
    nameless = namer(rows[at]) if rows and not scorer(rows[at]) else None
    at, headers = (at - 1, nameless[1]) if nameless else (at, tidy(rows[at]))
    ragged: list[tuple[int, str]] = []

    def set_apart(row: Any) -> str:
        ragged.append((int(row.number or 0), str(row.text)))
        return "skip"

    def parse(newlines: bool, block: int) -> pa.Table:
        ragged.clear()
        return pc.read_csv(
            path,
            read_options=pc.ReadOptions(
                column_names=headers, skip_rows=at + 1, use_threads=False, encoding=encoding.removesuffix("-sig"), block_size=block
            ),
            parse_options=pc.ParseOptions(
                delimiter=delimiter, newlines_in_values=newlines, ignore_empty_lines=False, invalid_row_handler=set_apart
            ),
            convert_options=pc.ConvertOptions(
                column_types={name: pa.string() for name in headers}, strings_can_be_null=True, null_values=[""], check_utf8=True
            ),
        )

    # A lone quotation mark makes the rest of the file one cell; without line breaks in cells it harms one row only.
    # A cell wider than a block needs a wider one.
    table, failed = None, None
    for newlines, block in ((True, BLOCK), (False, BLOCK), (True, WIDEST)):
        try:
            table = parse(newlines, block)
            break
        except (pa.ArrowInvalid, OSError) as error:
            failed = failed or error
    if table is None:
        raise _unreadable(path, failed) from failed
    numbered = table.append_column(ROW_NUMBER, pa.array(_numbers(at + 2, table.num_rows, [number for number, _ in ragged]), pa.int64()))
    return Source(numbered, headers, [(n, text) for n, text in ragged if text.strip()], f"CSV, {encoding}, {delimiter!r}", delimiter, nameless[0] if nameless else None)


def _numbers(first: int, count: int, skipped: list[int]) -> Any:
    """Return the row numbers of `count` rows that were kept, counting from `first` and leaving out `skipped`."""
    import numpy as np

    numbers = np.arange(first, first + count + len(skipped))
    return numbers[~np.isin(numbers, skipped)] if skipped else numbers


def _header_row(rows: Sequence[Sequence[Any]], scorer: Scorer) -> int:
    """Return the row with the most known headers, the first of equals; without any, the first row that is not empty."""
    scores = [scorer(row) for row in rows]
    if max(scores, default=0) > 0:
        return scores.index(max(scores))
    return next((i for i, row in enumerate(rows) if any(str(cell or "").strip() for cell in row)), 0)


# Workbooks, JSON lines and Parquet


def _read_xlsx(path: Path, scorer: Scorer, progress: Progress) -> Source:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        _check_size(path)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError, SyntaxError) as error:
        raise _unreadable(path, error) from error
    try:
        best, best_score = book.worksheets[0], -1
        for sheet in book.worksheets:
            found = max((scorer(row) for row in sheet.iter_rows(max_row=LOOK, values_only=True)), default=0)
            if found > best_score:
                best, best_score = sheet, found
        at = _header_row(list(best.iter_rows(max_row=LOOK, values_only=True)), scorer)
        rows = best.iter_rows(min_row=at + 1, values_only=True)
        headers = list(next(rows, ()))
        while headers and headers[-1] is None:
            headers.pop()
        if not headers:
            raise AdwrightError(
                both(f"文件 {path.name} 是空的。", f"The file {path.name} is empty."),
                both("请重新导出。", "Export it again."),
                code="empty-file",
            )
        names = tidy(headers)
        table = _collect(rows, names, at + 2, max(0, (best.max_row or 0) - at - 1), progress)
        return Source(table, names, [], f"XLSX, {best.title}", "")
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, SyntaxError) as error:
        raise _unreadable(path, error) from error
    finally:
        book.close()


def _collect(rows: Iterator[Sequence[Any]], names: list[str], first: int, expected: int, progress: Progress) -> pa.Table:
    """Gather worksheet rows as columns of text, in chunks."""
    import pyarrow as pa

    schema = pa.schema([*((name, pa.string()) for name in names), (ROW_NUMBER, pa.int64())])
    chunks: list[pa.RecordBatch] = []
    pending: list[list[str | None]] = []
    numbers: list[int] = []

    def flush() -> None:
        cells = list(zip(*pending, strict=True)) or [() for _ in names]
        arrays = [pa.array(column, pa.string()) for column in cells]
        chunks.append(pa.record_batch([*arrays, pa.array(numbers, pa.int64())], schema=schema))
        pending.clear()
        numbers.clear()

    for number, row in enumerate(rows, first):
        cells = [_cell(value) for value in row[: len(names)]]
        pending.append(cells + [None] * (len(names) - len(cells)))
        numbers.append(number)
        if len(pending) == 20_000:
            flush()
            progress.note(both("正在读取工作表", "Reading the worksheet"), number, max(expected, number))
    flush()
    return pa.Table.from_batches(chunks, schema)


def _cell(value: Any) -> str | None:
    """Return a worksheet cell as the text a person sees, without rounding."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value)


def _check_size(path: Path) -> None:
    """Refuse a workbook that would unpack to too much (declared sizes; the reader stops at them)."""
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    packed = max(1, sum(part.compress_size for part in parts))
    if unpacked > UNPACKED_LIMIT or unpacked / packed > RATIO_LIMIT:
        raise AdwrightError(
            both(
                f"{path.name} 解压后有 {unpacked / 1e6:,.0f} MB，超出了安全上限（{UNPACKED_LIMIT / 1e6:,.0f} MB，压缩比 {RATIO_LIMIT}）。",
                f"{path.name} unpacks to {unpacked / 1e6:,.0f} MB, over the limit ({UNPACKED_LIMIT / 1e6:,.0f} MB, ratio {RATIO_LIMIT}).",
            ),
            both("请改存为 CSV 或 Parquet，或者分成几个文件。", "Save it as CSV or Parquet, or split it."),
            code="too-large",
        )


def _read_json(path: Path) -> Source:
    ragged: list[tuple[int, str]] = []

    def usable() -> Iterator[tuple[int, Record]]:
        for number, record in json_records(path):
            if isinstance(record, str):
                ragged.append((number, record))
            else:
                yield number, record

    try:
        return _flattened(usable(), ragged, "JSON")
    except (ValueError, RecursionError, OSError) as error:
        raise _unreadable(path, error) from error


def _flattened(records: Iterable[tuple[int, Record]], ragged: list[tuple[int, str]], form: str) -> Source:
    table = table_of(records, ROW_NUMBER)
    numbers = table[ROW_NUMBER]
    table = table.drop_columns([ROW_NUMBER])
    names = tidy(table.column_names)
    return Source(table.rename_columns(names).append_column(ROW_NUMBER, numbers), names, ragged, form, "")


def _read_parquet(path: Path) -> Source:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from error
    if any(pa.types.is_nested(field.type) for field in table.schema):
        records = (record for batch in table.to_batches(max_chunksize=10_000) for record in batch.to_pylist())
        return _flattened(enumerate(records, 1), [], "Parquet")
    names = tidy(table.column_names)
    table = table.rename_columns(names)
    for i, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(i, field.name, table.column(i).cast(field.type.value_type))
    return Source(table.append_column(ROW_NUMBER, pa.array(range(1, table.num_rows + 1), pa.int64())), names, [], "Parquet", "")
