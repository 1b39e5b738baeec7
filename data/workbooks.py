"""Worksheets as tables of text: the sheet with the most known headers, cells as a person sees them, nothing that unpacks too large."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import AdwrightError
from .result import Progress
from .source import LOOK, ROW_NUMBER, Scorer, Source, header_row, tidy, unreadable
from .words import both

if TYPE_CHECKING:
    import pyarrow as pa

UNPACKED_LIMIT = 200_000_000  # bytes in all parts of an XLSX
RATIO_LIMIT = 100  # unpacked bytes per packed byte


def read_xlsx(path: Path, scorer: Scorer, progress: Progress) -> Source:
    """Read a workbook. Raises `AdwrightError`: ``unreadable-file``, ``empty-file``, ``too-large``."""
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        _check_size(path)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError, SyntaxError) as error:
        raise unreadable(path, error) from error
    try:
        best, best_score = book.worksheets[0], -1
        for sheet in book.worksheets:
            found = max((scorer(row) for row in sheet.iter_rows(max_row=LOOK, values_only=True)), default=0)
            if found > best_score:
                best, best_score = sheet, found
        at = header_row(list(best.iter_rows(max_row=LOOK, values_only=True)), scorer)
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
        raise unreadable(path, error) from error
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
