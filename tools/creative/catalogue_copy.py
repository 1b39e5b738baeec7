"""Copy for a whole catalogue: a table of products in, a CSV of texts out, product by product, resumed where it was stopped.

Columns are known by name (`data/knowledge/facts.toml`, and the importer's names of product fields); unknown columns are facts
under their own name. The output holds one row a text. A product that cannot be advertised gets one row that says why.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ...data import headers, knowledge
from ...data.errors import AdwrightError
from ...data.readers import read
from ...data.result import SILENT, Progress
from ...data.source import ROW_NUMBER
from ...data.visible import visible
from ...data.words import Language, both
from .draft import Copy, draft_copy

COLUMNS: tuple[str, ...] = (
    "product",
    "name",
    "channel",
    "language",
    "variant",
    "field",
    "text",
    "used",
    "limit",
    "ok",
    "appeal",
    "facts",
    "findings",
    "note",
)
_RISKY = ("=", "+", "-", "@", "\t", "\r")


def write_catalogue(
    source: Path,
    out: Path,
    channel: str,
    language: Language,
    *,
    n: int = 3,
    tone: str | None = None,
    seed: int = 0,
    currency: str | None = None,
    write: Callable[[str], str] | None = None,
    progress: Progress = SILENT,
) -> tuple[int, int]:
    """Write `n` drafts for every product of `source` to `out`; products that `out` holds whole already are not written again.

    Returns how many products are in `out` now and how many of them were refused. Raises `AdwrightError`: the reader's, and
    ``no-products`` for a table that names none.

    Example:
        >>> write_catalogue(Path("products.csv"), Path("copy.csv"), "taobao", "zh")  # doctest: +SKIP
        (305, 0)
    """
    place = knowledge.channel(channel)
    rows = list(_products(source, language))
    if not rows:
        raise AdwrightError(
            both(f"{source.name} 里没有商品名称。", f"{source.name} names no products."),
            both("需要一列名称，例如 name 或 商品名称。", "It needs a column of names, such as name or 商品名称."),
            code="no-products",
        )
    done = _kept(out, place.id, language, n)
    refused = sum(bool(parts[0]["note"]) and not parts[0]["text"] for parts in done.values())
    _start(out, done)
    with out.open("a", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, COLUMNS)
        for i, (key, facts) in enumerate(rows, start=1):
            if key not in done:
                written = _written(key, facts, place.id, language, n, tone, seed, currency, write)
                refused += not written[0]["text"]
                table.writerows(written)
                stream.flush()
            progress.note(both(f"已写 {i} / {len(rows)} 款", f"{i} of {len(rows)} products"), i, len(rows))
    return len({*done, *(key for key, _ in rows)}), refused


def _products(source: Path, language: Language) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each product's key and facts; columns of the other language are left out."""
    table = read(
        source, lambda cells: headers.score("products", cells) + sum(knowledge.fold(str(c)) in knowledge.sheet_fields() for c in cells)
    ).table
    names = [name for name in table.column_names if name != ROW_NUMBER]
    known = headers.match("products", names).fields
    key = next((column for column, field in known.items() if field == "product_id"), "")
    other = "_en" if language == "zh" else "_zh"
    for number, row in enumerate(table.to_pylist(), start=1):
        facts: dict[str, Any] = {}
        for column in names:
            field, value = known.get(column) or column, row[column]
            if value is None or not str(value).strip() or field == "product_id" or field.endswith(other):
                continue
            facts.setdefault(field.removesuffix("_zh").removesuffix("_en"), str(value))
        if any(knowledge.sheet_fields().get(knowledge.fold(key)) == "name" for key in facts):
            yield str(row.get(key) or number), facts


def _written(
    key: str,
    facts: Mapping[str, Any],
    channel: str,
    language: Language,
    n: int,
    tone: str | None,
    seed: int,
    currency: str | None,
    write: Callable[[str], str] | None,
) -> list[dict[str, Any]]:
    name = next(str(value) for k, value in facts.items() if knowledge.sheet_fields().get(knowledge.fold(k)) == "name")
    base = {"product": key, "name": _cell(name), "channel": channel, "language": language}
    try:
        stated = {"currency": currency} if currency and "currency" not in facts else {}
        drafts = draft_copy({**facts, **stated}, channel, language, n=n, tone=tone, seed=seed, write=write)
    except AdwrightError as error:
        return [{**base, "variant": n, "text": "", "note": error.tell(language)}]
    return [row for draft in drafts for row in _rows(base, draft, language)]


def _rows(base: dict[str, Any], draft: Copy, language: Language) -> Iterator[dict[str, Any]]:
    for item in draft.fields:
        findings = [f for f in draft.findings if f.span in item.text]
        yield {
            **base,
            "variant": draft.variant,
            "field": item.field,
            "text": _cell(item.text),
            "used": item.used,
            "limit": item.limit or "",
            "ok": "yes" if item.ok and not any(f.severity == "error" for f in findings) else "no",
            "appeal": item.appeal,
            "facts": _cell(" | ".join(item.facts)),
            "findings": "; ".join(f"{f.span}: {f.reason.pick(language)} ({f.article})" for f in findings),
            "note": _cell(" ".join(note.pick(language) for note in draft.notes)),
        }


def _cell(text: str) -> str:
    """Text that a spreadsheet will not run as a formula."""
    shown = visible(text)
    return f"'{shown}" if shown.startswith(_RISKY) else shown


def _start(out: Path, done: Mapping[str, list[dict[str, Any]]]) -> None:
    """Put the finished products alone into `out`, in one step, so that a stop in between loses none."""
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(f"{out.name}.part")
    with part.open("w", encoding="utf-8-sig", newline="") as stream:
        table = csv.DictWriter(stream, COLUMNS)
        table.writeheader()
        for rows in done.values():
            table.writerows(rows)
    part.replace(out)


def _kept(out: Path, channel: str, language: str, n: int) -> dict[str, list[dict[str, Any]]]:
    """Products whose last variant stands in `out`, made with the same channel, language and number of drafts."""
    if not out.exists():
        return {}
    with out.open(encoding="utf-8-sig", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if tuple(row) == COLUMNS and None not in row.values()]
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row["channel"] == channel and row["language"] == language:
            found.setdefault(row["product"], []).append(row)
    # The last product may have been cut off in the middle; it is written again.
    last = rows[-1]["product"] if rows else ""
    return {key: parts for key, parts in found.items() if key != last and max(int(p["variant"]) for p in parts) == n}
