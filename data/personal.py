"""Personal and sensitive data in an imported file: what of it is shown, and what is said about it.

A file's free texts that hold addresses or telephone numbers and columns that name a sensitive trait are told in both
languages. Nothing here changes a row; who may read contacts is written in `schema.PERSONAL`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .casting import quote
from .filling import IDS
from .knowledge.sensitive import sensitive
from .schema import PERSONAL, columns
from .words import Words, both

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from .recipe import Recipe

# An e-mail address; a mainland mobile number; a number in international form. Article numbers of 8 to 14 digits are none.
ADDRESS = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+|(^|[^0-9])1[3-9]\d{9}($|[^0-9])|(^|[^0-9A-Za-z])\+\d{1,3}[ -]?\d[\d -]{5,}\d"
_SIGN = re.compile(r"[^\W_]")


def shown(kind: str, field: str, value: str | None) -> str | None:
    """Return a cell as a preview may show it: of a personal field only its shape.

    Example:
        >>> shown("contacts", "email", "li.na@example.com"), shown("contacts", "country", "CN")
        ('**.**@*******.***', 'CN')
    """
    return _SIGN.sub("*", value) if value is not None and kind == "contacts" and field in PERSONAL else value


def notes(cursor: duckdb.DuckDBPyConnection, recipe: Recipe, headers: Sequence[str]) -> list[Words]:
    """Say which columns of a staged file hold addresses in free text, and which name a sensitive trait."""
    return [*_addresses(cursor, recipe), *_sensitive(recipe, headers)]


def _addresses(cursor: duckdb.DuckDBPyConnection, recipe: Recipe) -> list[Words]:
    texts = [column for column in columns(recipe.kind) if column.type == "text" and column.name not in IDS | PERSONAL]
    if not texts:
        return []
    counts = ", ".join(f'count(*) FILTER (regexp_matches("{column.name}", {quote(ADDRESS)}))' for column in texts)
    row = cursor.execute(f"SELECT {counts} FROM stage WHERE problem IS NULL").fetchone() or ()
    return [
        both(
            f"“{column.title.zh}”有 {n:,} 行像邮箱或电话号码；它们不会成为分群用词，建议从文件中删去再导入。",
            f"{n:,} {'row' if n == 1 else 'rows'} of “{column.title.en}” look like an e-mail address or telephone number; "
            "none becomes a word of a segment. Better take them out of the file and import it again.",
        )
        for column, n in zip(texts, row, strict=True)
        if n
    ]


def _sensitive(recipe: Recipe, headers: Sequence[str]) -> list[Words]:
    read = {column: field for field, column in recipe.fields.items()}
    found = []
    for column in headers:
        trait = sensitive(column)
        if trait is None or (column in read and recipe.kind != "users"):
            continue
        if column in read:
            zh, en = "只在您点名时用来计数，不参与分群。", "it is counted only when you ask for it and groups nobody."
        else:
            zh, en = "没有导入。", "it was not imported."
        found.append(
            both(f"列“{column}”涉及敏感个人信息（{trait.name.zh}），{zh}", f"The column “{column}” is sensitive ({trait.name.en}): {en}")
        )
    return found
