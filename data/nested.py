"""Records inside records: JSON lines, and Parquet columns of structs and lists, become flat rows of text.

An event that names several items (GA4 ``items``, Segment ``products``) becomes one row per item; a list of key and value
(GA4 ``event_params``) becomes one column per key; anything else inside is named by its path: ``device.category``. Which
names hold lines, and which parts of a path say nothing, is data (``[nested]`` of `headers.toml`). Digits are kept as
they were written. Not covered: JSON documents other than lines of objects or one list of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .headers import knowledge, plain

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 20_000  # in a chunk
Record = Mapping[str, Any]
Row = dict[str, str | None]


def json_records(path: Path) -> Iterator[tuple[int, Record | str]]:
    """Yield each record with its line (or place in the list), from 1; a line that is no object comes as its text.

    Raises ValueError or RecursionError when a list of records cannot be read; UnicodeDecodeError when it is not UTF-8.
    """
    with path.open(encoding="utf-8-sig") as stream:
        if _first(stream) == "[":
            for number, record in enumerate(_parsed(stream.read()), 1):
                yield number, record if isinstance(record, dict) else json.dumps(record, ensure_ascii=False)
            return
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            try:
                record = _parsed(line)
            except (ValueError, RecursionError):
                record = None
            yield number, record if isinstance(record, dict) else line.strip()


def _first(stream: Any) -> str:
    while (letter := stream.read(1)).isspace():
        pass
    stream.seek(0)
    return letter


def _parsed(text: str) -> Any:
    return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)


def flat(record: Record) -> list[Row]:
    """Return the rows of one record: one, or one per line of its first list of lines.

    Example:
        >>> flat({"event": "Order Completed", "properties": {"products": [{"sku": "a"}, {"sku": "b"}]}})
        [{'event': 'Order Completed', 'sku': 'a'}, {'event': 'Order Completed', 'sku': 'b'}]
    """
    row: Row = {}
    lines: list[tuple[str, list[Record]]] = []
    _spread(record, "", row, lines)
    if not lines:
        return [row]
    (path, parts), others = lines[0], lines[1:]
    for name, more in others:
        row[name] = json.dumps(more, ensure_ascii=False, default=str)
    rows = []
    for part in parts:
        own: Row = {}
        _spread(part, f"{path}.", own, [])
        # What a line says of itself counts more than what is said of the event.
        rows.append({**row, **{name: value for name, value in own.items() if value is not None or name not in row}})
    return rows


def _spread(record: Record, prefix: str, row: Row, lines: list[tuple[str, list[Record]]]) -> None:
    for key, value in record.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping):
            _spread(value, f"{path}.", row, lines)
        elif isinstance(value, list) and value and all(isinstance(part, Mapping) for part in value):
            if all(set(part) == {"key", "value"} for part in value):
                _spread({part["key"]: _single(part["value"]) for part in value}, f"{path}.", row, lines)
            elif plain(str(key)) in _names("lines"):
                lines.append((path, value))
            else:
                row[_short(path, row)] = json.dumps(value, ensure_ascii=False, default=str)
        else:
            row[_short(path, row)] = _text(value)


def _single(value: Any) -> Any:
    """The one filled part of a value that names its type: ``{"string_value": "x", "int_value": None}`` is ``x``."""
    return next((part for part in value.values() if part is not None), None) if isinstance(value, Mapping) else value


def _short(path: str, row: Row) -> str:
    """Leave out the parts of a path that say nothing, unless that name is taken."""
    parts = path.split(".")
    short = ".".join([part for part in parts[:-1] if plain(part) not in _names("containers")] + parts[-1:])
    return path if short in row else short


def _names(kind: str) -> frozenset[str]:
    return frozenset(map(plain, knowledge()["nested"][kind]))


def _text(value: Any) -> str | None:
    if value is None or value in ("", []):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, list) else str(value)


def table_of(numbered: Iterable[tuple[int, Record]], row_number: str) -> pa.Table:
    """Gather flat rows as columns of text; rows of one record share its number."""
    import pyarrow as pa

    chunks: list[pa.Table] = []
    pending: list[Row] = []
    numbers: list[int] = []

    def flush() -> None:
        names = dict.fromkeys(name for row in pending for name in row)
        columns = {name: pa.array([row.get(name) for row in pending], pa.string()) for name in names}
        chunks.append(pa.table({**columns, row_number: pa.array(numbers, pa.int64())}))
        pending.clear()
        numbers.clear()

    for number, record in numbered:
        for row in flat(record):
            row.pop(row_number, None)
            pending.append(row)
            numbers.append(number)
        if len(pending) >= ROWS:
            flush()
    flush()
    return pa.concat_tables(chunks, promote_options="default")
