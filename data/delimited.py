"""Delimited text as a table: its encoding and delimiter are told from the text, rows of the wrong width are set apart."""

from __future__ import annotations

import codecs
import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import AdwrightError
from .source import LOOK, ROW_NUMBER, Namer, Scorer, Source, header_row, tidy, unreadable
from .words import both

if TYPE_CHECKING:
    import pyarrow as pa

WIDE = 100_000  # characters of a line looked at for the header; Python's csv refuses cells above 131,072
CHUNK = 1 << 20  # bytes
BLOCK = 8 * CHUNK
WIDEST = 8 * BLOCK  # a cell wider than this cannot be read


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


def read_csv(path: Path, scorer: Scorer, namer: Namer) -> Source:
    """Read delimited text. Raises `AdwrightError`: ``unknown-encoding``, ``unreadable-file``."""
    import pyarrow as pa
    import pyarrow.csv as pc

    encoding = encoding_of(path, scorer)
    with path.open(encoding=encoding, newline="") as stream:
        head = stream.read(CHUNK)
    delimiter = _delimiter(head)
    lines = [line[:WIDE] for line in head.splitlines()[:LOOK]]
    rows = [next(csv.reader([line], delimiter=delimiter), []) for line in lines]
    at = header_row(rows, scorer)
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
        raise unreadable(path, failed) from failed
    numbered = table.append_column(ROW_NUMBER, pa.array(_numbers(at + 2, table.num_rows, [number for number, _ in ragged]), pa.int64()))
    return Source(
        numbered,
        headers,
        [(n, text) for n, text in ragged if text.strip()],
        f"CSV, {encoding}, {delimiter!r}",
        delimiter,
        nameless[0] if nameless else None,
    )


def _numbers(first: int, count: int, skipped: list[int]) -> Any:
    """Return the row numbers of `count` rows that were kept, counting from `first` and leaving out `skipped`."""
    import numpy as np

    numbers = np.arange(first, first + count + len(skipped))
    return numbers[~np.isin(numbers, skipped)] if skipped else numbers
