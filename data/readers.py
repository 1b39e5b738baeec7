"""Open a merchant's file and give its cells as an Arrow table, with the row number of each row.

CSV in any usual encoding and delimiter, XLSX, JSON lines and Parquet, each also gzipped. Cells stay text; Parquet keeps
its types. Titles above the header are skipped, rows of the wrong width are set apart with their number, records inside
records are made flat (`nested.py`). Not covered: old .xls, archives of several files, databases; what the cells mean
(`casting.py`).
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from pathlib import Path

from .delimited import read_csv
from .errors import AdwrightError
from .nested import Record, json_records, table_of
from .result import SILENT, Progress
from .source import ROW_NUMBER, Namer, Scorer, Source, tidy, unreadable
from .unpacking import MAGIC, unpacked
from .words import both
from .workbooks import read_xlsx

FORMS = {
    **dict.fromkeys((".csv", ".tsv", ".txt", ".log"), "csv"),
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
    **dict.fromkeys((".xlsx", ".xlsm"), "xlsx"),
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), "json"),
}


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
        raise unreadable(path, error.strerror or str(error)) from error
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
        return read_xlsx(path, scorer, progress)
    if form == "json" or start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b'{"'):
        return _read_json(path)
    return read_csv(path, scorer, namer)


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
        raise unreadable(path, error) from error


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
        raise unreadable(path, error) from error
    if any(pa.types.is_nested(field.type) for field in table.schema):
        records = (record for batch in table.to_batches(max_chunksize=10_000) for record in batch.to_pylist())
        return _flattened(enumerate(records, 1), [], "Parquet")
    names = tidy(table.column_names)
    table = table.rename_columns(names)
    for i, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(i, field.name, table.column(i).cast(field.type.value_type))
    return Source(table.append_column(ROW_NUMBER, pa.array(range(1, table.num_rows + 1), pa.int64())), names, [], "Parquet", "")
