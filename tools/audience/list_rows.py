"""From contacts to the lines of a customer list: each value in its form, hashed, rows put together, counted.

Addresses and numbers live in this file's loops only, a batch at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...data.knowledge.customer_lists import ListRule, country_code
from .normalise import hashed, written

if TYPE_CHECKING:
    import pyarrow as pa

# A mobile advertising id is that of the Android device, else that of the Apple one.
MAID = ("gaid", "idfa")
# What an unsubscription may be known by under another user id.
ADDRESSES = ("email", "phone")


@dataclass
class Tally:
    """People met while writing (see `CustomerList`), and single values that could not be used, by field."""

    with_contact: int = 0
    suppressed: int = 0
    invalid: int = 0
    duplicates: int = 0
    invalid_values: dict[str, int] = field(default_factory=dict)


def collect(
    rule: ListRule, people: Iterable[pa.RecordBatch], unsubscribed: Iterable[pa.RecordBatch], home: str | None
) -> tuple[list[str], Tally]:
    """Return the lines of the file without its header, sorted, each once, and what was counted."""
    blocked = _blocked(rule, unsubscribed, home)
    addresses = [i for i, column in enumerate(rule.columns) if column.field in ADDRESSES]
    reach = [i for i, column in enumerate(rule.columns) if column.field in rule.reach]
    together = [i for i, column in enumerate(rule.columns) if column.field in rule.together]
    tally, bad, lines, usable = Tally(), Counter[str](), set[str](), 0
    for batch in people:
        for cells, has in _cells(rule, batch, home, bad):
            if not has:
                continue
            if blocked and any(cells[i] in blocked for i in addresses):
                tally.suppressed += 1
                continue
            tally.with_contact += 1
            if together and not all(cells[i] for i in together):
                for i in together:
                    cells[i] = ""
            if not any(cells[i] for i in reach):
                tally.invalid += 1
                continue
            usable += 1
            lines.add(",".join(cells))
    tally.duplicates = usable - len(lines)
    tally.invalid_values = dict(sorted(bad.items()))
    return sorted(lines), tally


def _cells(rule: ListRule, batch: pa.RecordBatch, home: str | None, bad: Counter[str]) -> Iterator[tuple[list[str], bool]]:
    """Yield a person's cells in the order of the columns, and whether anything that reaches the person was given."""
    given = {name: batch.column(name).to_pylist() for name in batch.schema.names}
    if all(name in given for name in MAID):
        given["maid"] = [a or b for a, b in zip(given[MAID[0]], given[MAID[1]], strict=True)]
    codes = {text: country_code(text) if text else home for text in set(given["country"])}
    countries = [codes[text] for text in given["country"]]
    columns = []
    for column in rule.columns:
        cells = []
        for text, country in zip(given.get(column.field, [None] * batch.num_rows), countries, strict=True):
            value = written(column.form, text, country) if text else None
            if text and value is None:
                bad[column.field] += 1
            cells.append(hashed(value, column.hash) if value else "")
        columns.append(cells)
    reaching = [given[name] for name in rule.reach if name in given]
    for row, *said in zip(zip(*columns, strict=True), *reaching, strict=True):
        yield list(row), any(said)


def _blocked(rule: ListRule, unsubscribed: Iterable[pa.RecordBatch], home: str | None) -> set[str]:
    """Return the hashed addresses and numbers of everybody who unsubscribed, as this platform hashes them."""
    only = rule.model_copy(update={"columns": [c for c in rule.columns if c.field in ADDRESSES], "together": [], "reach": list(ADDRESSES)})
    if not only.columns:
        return set()
    bad: Counter[str] = Counter()
    return {cell for batch in unsubscribed for cells, _ in _cells(only, batch, home, bad) for cell in cells if cell}
