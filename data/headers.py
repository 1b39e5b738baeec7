"""Which column of a foreign file is which field of ours: known names first, near misses only when very near.

The names are data (`knowledge/headers.toml`). What a merchant states with `--map` always wins.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from .errors import AdwrightError
from .knowledge.files import read_toml
from .schema import columns
from .words import Words, both

NEAR = 90  # rapidfuzz ratio, 0..100: one letter wrong in ten
_UNIT = re.compile(r"[(\[]\s*(元|人民币|cny|rmb|usd|eur|gbp|jpy|hkd|twd|sgd|aud|cad|krw|inr|vnd|thb|myr|件|个|次|%|\$|£|€|¥|￥)\s*[)\]]")
_NOISE = re.compile(r"[\s_\-.:;/\\,'\"`*]+")
_CURRENCIES = {"元": "CNY", "人民币": "CNY", "RMB": "CNY", "$": "USD", "£": "GBP", "€": "EUR", "¥": "CNY", "￥": "CNY"}


class Match(NamedTuple):
    """Fields by column of the file, which of them were near misses, and the currency that the headers name."""

    fields: dict[str, str]
    near: dict[str, str]
    currency: str | None


@cache
def knowledge() -> dict[str, Any]:
    """The parsed `headers.toml`."""
    return read_toml("headers.toml")


def values(name: str) -> frozenset[str]:
    """Return a list of cell words, e.g. ``values("missing")``."""
    return frozenset(knowledge()["values"][name])


def plain(header: str) -> str:
    """Bring a header to the form that is compared.

    Example:
        >>> plain("Amount spent (USD)"), plain("消耗（元）"), plain("InvoiceNo")
        ('amountspent', '消耗', 'invoiceno')
    """
    text = unicodedata.normalize("NFKC", header).lower()
    return re.sub(r"[()\[\]]", "", _NOISE.sub("", _UNIT.sub("", text)))


@cache
def _names(kind: str) -> dict[str, list[str]]:
    """Known names by field, best first; the field's own name leads."""
    known = {field: list(dict.fromkeys([plain(field), *map(plain, names)])) for field, names in knowledge()["fields"][kind].items()}
    for column in columns(kind):
        known.setdefault(column.name, [plain(column.name)])
    return known


def fields(kind: str) -> list[str]:
    """Return every field a column may be mapped to: the table's columns and those the importer turns into columns."""
    return list(dict.fromkeys([column.name for column in columns(kind)] + list(_names(kind))))


def score(kind: str, cells: Sequence[Any]) -> int:
    """Count how many cells are known headers; finds the header row of a file with a title above it."""
    known = {name for names in _names(kind).values() for name in names}
    return len({plain(str(cell)) for cell in cells if cell is not None} & known)


def match(kind: str, headers: Sequence[str], stated: Mapping[str, str] | None = None) -> Match:
    """Map columns to fields; `stated` (column -> field) wins. `AdwrightError` (``unknown-column``, ``unknown-field``)."""
    result = _stated(kind, headers, stated or {})
    known = export(headers) if kind == "orders" else None
    own = {plain(name): field for name, field in known["fields"].items()} if known else {}
    for column in headers:
        field = own.get(plain(column))
        if column not in result and field and field not in result.values():
            result[column] = field
    unused = set(map(plain, known["unused"])) if known else set()
    open_columns = {column: plain(column) for column in headers if column not in result and plain(column) not in unused}
    candidates = sorted(
        (names.index(text), position, field, column)
        for position, (field, names) in enumerate(_names(kind).items())
        for column, text in open_columns.items()
        if text in names
    )
    for _, _, field, column in candidates:
        if column not in result and field not in result.values():
            result[column] = field
    near = _near(kind, {column: text for column, text in open_columns.items() if column not in result}, set(result.values()))
    found = {**result, **near}
    return Match({column: found[column] for column in headers if column in found}, near, _currency(headers, result))


def platform(headers: Sequence[str]) -> tuple[str, list[str]] | None:
    """Return the channel whose report has these headers, and the report's name [zh, en], or None."""
    have = {plain(header) for header in headers}
    for entry in knowledge()["platforms"]:
        if have.issuperset(map(plain, entry["needs"])):
            return entry["channel"], entry["name"]
    return None


def export(headers: Sequence[str]) -> dict[str, Any] | None:
    """Return the entry of the order export that has these headers (name, fields, unused, status), or None."""
    have = {plain(header) for header in headers}
    return next((entry for entry in knowledge()["exports"] if have.issuperset(map(plain, entry["needs"]))), None)


def nameless(kind: str, cells: Sequence[Any]) -> tuple[Words, list[str]] | None:
    """Return the name and the columns of the public log without a header whose first row looks like `cells`, or None."""
    row = [str(cell or "").strip() for cell in cells]
    for entry in knowledge()["nameless"]:
        shapes = entry["cells"]
        if entry["table"] == kind and len(shapes) == len(row) and all(map(re.fullmatch, shapes, row)):
            return both(*entry["name"]), entry["columns"]
    return None


def _stated(kind: str, headers: Sequence[str], stated: Mapping[str, str]) -> dict[str, str]:
    by_name = {**{plain(header): header for header in headers}, **{header: header for header in headers}}
    allowed = fields(kind)
    result: dict[str, str] = {}
    for column, field in stated.items():
        actual = by_name.get(column) or by_name.get(plain(column))
        if actual is None:
            raise AdwrightError(
                both(f"文件里没有“{column}”这一列。", f"The file has no column “{column}”."),
                both(f"它的列是：{'、'.join(headers)}。", f"Its columns are: {', '.join(headers)}."),
                code="unknown-column",
            )
        if field not in allowed:
            raise AdwrightError(
                both(f"{kind} 没有“{field}”这个字段。", f"{kind} has no field “{field}”."),
                both(f"可用的字段：{'、'.join(allowed)}。", f"Its fields are: {', '.join(allowed)}."),
                code="unknown-field",
            )
        result[actual] = field
    return result


def _near(kind: str, open_columns: Mapping[str, str], taken: set[str]) -> dict[str, str]:
    """Map columns whose name is almost a known one; only long names, each field once."""
    from rapidfuzz.fuzz import ratio

    found: dict[str, str] = {}
    ranked = sorted(
        (
            (-ratio(text, name), field, column)
            for column, text in open_columns.items()
            if len(text) >= 6
            for field, names in _names(kind).items()
            if field not in taken
            for name in names
            if len(name) >= 6 and ratio(text, name) >= NEAR
        )
    )
    for _, field, column in ranked:
        if column not in found and field not in found.values():
            found[column] = field
    return found


def _currency(headers: Sequence[str], mapped: Mapping[str, str]) -> str | None:
    """Return the one currency that the mapped headers name in brackets, or None."""
    named = set()
    for header in headers:
        hit = _UNIT.search(unicodedata.normalize("NFKC", header).lower()) if header in mapped else None
        if hit and hit[1] not in ("件", "个", "次", "%"):
            named.add(_CURRENCIES.get(hit[1].upper(), hit[1].upper()))
    return named.pop() if len(named) == 1 else None
