"""A file as it was read, and what all readers share: names of columns, the header row, the error of a file that is damaged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .errors import AdwrightError
from .words import Words, both

if TYPE_CHECKING:
    import pyarrow as pa

LOOK = 30  # rows searched for the header
ROW_NUMBER, PLACE = "row_number", "place"
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


def header_row(rows: Sequence[Sequence[Any]], scorer: Scorer) -> int:
    """Return the row with the most known headers, the first of equals; without any, the first row that is not empty."""
    scores = [scorer(row) for row in rows]
    if max(scores, default=0) > 0:
        return scores.index(max(scores))
    return next((i for i, row in enumerate(rows) if any(str(cell or "").strip() for cell in row)), 0)


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


def unreadable(path: Path, why: object) -> AdwrightError:
    reason = str(why).splitlines()[0][:200] if str(why) else "?"
    return AdwrightError(
        both(f"无法读取文件 {path.name}：{reason}。", f"The file {path.name} cannot be read: {reason}."),
        both("文件可能不完整，请重新导出或下载。", "It may be incomplete; export or download it again."),
        code="unreadable-file",
    )
