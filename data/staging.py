"""Stage a file: clean, cast and check all rows in DuckDB at once.

`stage` leaves two temporary tables on the cursor: `stage` (the table's columns, `row_number`, `place`, `problem`, `added`)
and `bad` (`row_number`, `code`, `zh`, `en`, `content`). Rows that were one record of the file share its `row_number`, each
has its own `place`; `added` are rows that no row of the file is, such as refunds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from . import casting, checks, headers, orderlines
from .behaviour import meanings
from .casting import DateOrder, column_name, quote
from .errors import AdwrightError
from .filling import AMOUNTS, filled
from .recipe import Recipe
from .schema import columns
from .source import PLACE, ROW_NUMBER, Source
from .words import both

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

LOOKED_UP = ("gender", "event", "channel", "category", "status", "refund_status")
PEOPLE = ("user_id", "visitor", "session_id")
MOST_NAMES = 5_000  # distinct channel or category names that are looked up; more are kept as they are


def stage(cursor: duckdb.DuckDBPyConnection, recipe: Recipe, source: Source) -> None:
    """Build `stage` and `bad` on the cursor. Raises `AdwrightError` (code ``ambiguous-dates``)."""
    cursor.register("source_rows", _with_places(source))
    cursor.execute(_cells(recipe, source))
    _fill_orders(cursor, recipe)
    _look_up(cursor, recipe)
    order = _date_order(cursor, recipe)
    commas = _comma_fields(cursor, recipe, source)
    values = filled(recipe, order, commas)
    select = ", ".join(f'{sql} AS "{name}"' for name, sql in values.items())
    joins = " ".join(f'LEFT JOIN known_{field} ON known_{field}.raw = "t_{field}"' for field in LOOKED_UP if field in recipe.given)
    names = ", ".join(f'"{column.name}"' for column in columns(recipe.kind))
    culprit = " ".join(f'WHEN {quote(field)} THEN "t_{field}"' for field in recipe.given)
    extra = "".join(f", {name}" for name in orderlines.EXTRA) if recipe.kind == "orders" else ""
    cursor.execute(
        f"CREATE TEMP TABLE stage AS SELECT {ROW_NUMBER}, {PLACE}, {names}{extra}, problem, false AS added,"
        f" CASE split_part(problem, ':', 2) {culprit} WHEN '' THEN NULL END AS culprit"
        f" FROM (SELECT *, CASE {checks.problems(recipe)} END AS problem FROM (SELECT cells.*, {select} FROM cells {joins}))"
    )
    checks.mark_future(cursor, recipe)
    checks.mark_repeated(cursor, recipe)
    checks.collect_bad(cursor, recipe, source)
    if recipe.kind == "orders":
        orderlines.settle(cursor, recipe)


def _with_places(source: Source) -> pa.Table:
    import pyarrow as pa

    return source.table.append_column(PLACE, pa.array(range(source.table.num_rows), pa.int64()))


def _cells(recipe: Recipe, source: Source) -> str:
    """SQL of the cleaned text of every field, as `t_` columns; rows without any cell are left out."""
    trimmed, cleaned = [], []
    for field in recipe.given:
        if field in recipe.fields:
            trimmed.append(f'{casting.trimmed(column_name(recipe.fields[field]))} AS "r_{field}"')
            value = casting.clean(f'"r_{field}"')
            if field in PEOPLE:
                value = f"CASE WHEN lower({value}) NOT IN {casting.listed(headers.values('nobody'))} THEN {value} END"
            if field in recipe.defaults:
                value = f"coalesce({value}, {quote(recipe.defaults[field])})"
        else:
            value = quote(recipe.defaults[field])
        cleaned.append(f'{value} AS "t_{field}"')
    empty = " AND ".join(f"{column_name(name)} IS NULL" for name in source.headers)
    inner = f"SELECT {', '.join([ROW_NUMBER, PLACE, *trimmed])} FROM source_rows WHERE NOT ({empty})"
    return f"CREATE TEMP TABLE cells AS SELECT {ROW_NUMBER}, {PLACE}, {', '.join(cleaned)} FROM ({inner})"


def _fill_orders(cursor: duckdb.DuckDBPyConnection, recipe: Recipe) -> None:
    """Shop systems write order-level cells on the first line of an order only: give them to its other lines."""
    if recipe.kind != "orders" or "order_id" not in recipe.fields:
        return
    shared = [
        field for field in ("ts", "user_id", "person", "currency", "channel", "country", "status", "cancelled_at") if field in recipe.fields
    ]
    partly = " OR ".join(f'count("t_{field}") BETWEEN 1 AND count(*) - 1' for field in shared)
    if not partly or not cursor.execute(f'SELECT 1 FROM cells GROUP BY "t_order_id" HAVING {partly} LIMIT 1').fetchone():
        return
    window = f'OVER (PARTITION BY "t_order_id" ORDER BY {ROW_NUMBER} ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)'
    filled = ", ".join(f'coalesce("t_{field}", first_value("t_{field}" IGNORE NULLS) {window}) AS "t_{field}"' for field in shared)
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE cells AS SELECT * REPLACE ({filled}) FROM cells")
    recipe.notes.append(
        both("同一订单的时间、客户等取自它的第一行。", "Lines of an order without a time or customer take them from its first line.")
    )


def _look_up(cursor: duckdb.DuckDBPyConnection, recipe: Recipe) -> None:
    """Make a table `known_FIELD` (raw, id) of the words found in the file for every field of `LOOKED_UP`."""
    import pyarrow as pa

    finders: dict[str, Callable[[str], str | None]] = {
        "gender": _gender,
        "channel": _channel,
        "category": _category,
        "status": _status,
        "refund_status": _status,
    }
    for field in LOOKED_UP:
        if field not in recipe.given:
            continue
        counted = f'SELECT "t_{field}", count(*) FROM cells WHERE "t_{field}" IS NOT NULL GROUP BY 1 LIMIT {MOST_NAMES + 1}'
        rows = cursor.execute(counted).fetchall()
        raw = sorted(row[0] for row in rows) if len(rows) <= MOST_NAMES else []
        if field == "event":
            known, notes = meanings(dict(rows), recipe.events)
            recipe.notes.extend(notes)
        else:
            known = {word: found for word in raw if (found := finders[field](word)) is not None}
        cursor.register(
            f"words_{field}", pa.table({"raw": pa.array(known.keys(), pa.string()), "id": pa.array(known.values(), pa.string())})
        )
        cursor.execute(f"CREATE TEMP TABLE known_{field} AS SELECT * FROM words_{field}")
        strange = [word for word in raw if word not in known]
        if strange and field in ("gender", "channel"):
            shown = "、".join(strange[:5]), ", ".join(strange[:5])
            if field == "gender":
                recipe.notes.append(
                    both(f"无法识别的性别按未知处理：{shown[0]}。", f"Genders that are not known count as unknown: {shown[1]}.")
                )
            else:
                recipe.notes.append(
                    both(f"不认识的渠道原样保留：{shown[0]}。", f"Channels that are not known were kept as they are: {shown[1]}.")
                )


def _gender(word: str) -> str | None:
    groups = headers.knowledge()["values"]["gender"]
    return next((("" if name == "unknown" else name) for name, words in groups.items() if word.lower() in words), None)


def _status(word: str) -> str | None:
    plain = headers.plain(word)
    return next((name for name in ("closed", "refunded") if plain in map(headers.plain, headers.values(name))), None)


def _channel(word: str) -> str | None:
    from .knowledge import channel

    try:
        return channel(word).id
    except AdwrightError:
        return None


def _category(word: str) -> str | None:
    from .knowledge import categories, category_of

    plain = word.strip().lower()
    named = next((key for key, one in categories().items() if plain in (key, one.name.zh.lower(), one.name.en.lower())), None)
    return named or category_of(word)


def _date_order(cursor: duckdb.DuckDBPyConnection, recipe: Recipe) -> DateOrder:
    """Tell 03/04 as day/month or month/day from the whole file; ask when nothing in it decides."""
    if recipe.order is not None:
        return recipe.order
    dates = [
        field for field in recipe.fields if field in ("ts", "day", *(c.name for c in columns(recipe.kind) if c.type in ("time", "day")))
    ]
    count = day_first = month_first = open_ = 0
    for field in dates:
        row = cursor.execute(casting.slash_order(f'"t_{field}"', "cells")).fetchone() or (0, 0, 0, 0)
        count, day_first, month_first, open_ = count + row[0], day_first + row[1], month_first + row[2], open_ + row[3]
    if count == 0 or open_ == 0:
        return "dmy"
    if day_first == month_first == 0:
        raise AdwrightError(
            both(
                "文件中的日期（例如 03/04/2026）既可能是日/月，也可能是月/日。",
                "The file's dates, such as 03/04/2026, may be day/month or month/day.",
            ),
            both("请用 --dates dmy（日在前）或 --dates mdy（月在前）说明。", "Say which with --dates dmy or --dates mdy."),
            code="ambiguous-dates",
        )
    order: DateOrder = "dmy" if day_first >= month_first else "mdy"
    zh, en = ("日/月/年", "day/month/year") if order == "dmy" else ("月/日/年", "month/day/year")
    recipe.notes.append(both(f"日期按 {zh} 理解。", f"Dates are read as {en}."))
    return order


def _comma_fields(cursor: duckdb.DuckDBPyConnection, recipe: Recipe, source: Source) -> set[str]:
    """Return the fields in which the comma is the decimal point (files with another delimiter than the comma)."""
    numeric = {*AMOUNTS, *(column.name for column in columns(recipe.kind) if column.type in ("number", "money", "whole"))}
    fields = [field for field in recipe.fields if field in numeric]
    if source.delimiter in ("", ",") or not fields:
        return set()
    test = r"""bool_or(regexp_matches("t_{0}", '\d,\d{{1,2}}$')) AND NOT bool_or(regexp_matches("t_{0}", '\.\d{{1,2}}$'))"""
    row = cursor.execute(f"SELECT {', '.join(test.format(field) for field in fields)} FROM cells").fetchone() or ()
    return {field for field, yes in zip(fields, row, strict=True) if yes}
