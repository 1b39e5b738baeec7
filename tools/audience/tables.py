"""Reading anybody's tables: pandas, Arrow, an Ibis table of any engine, or the name of a table in ``ADWRIGHT_WAREHOUSE``.

What differs is made alike here, once: column names, time zones (all UTC), NaN and infinite prices (unknown), missing
columns (empty), rows without a user (left out). Nothing is copied out of an Ibis engine.
"""

from __future__ import annotations

import os
from typing import Any

from ...data.errors import AdwrightError
from ...data.headers import values
from ...data.settings import PREFIX
from ...data.words import both
from .sources import Table

# Our name -> (type, other names it is met under). `user_id` keeps its own type.
EVENTS = {
    "user_id": (None, ("user", "customer_id")),
    "ts": ("timestamp", ("timestamp", "time", "event_time")),
    "event": ("string", ("event_type",)),
    "product_id": (None, ("item_id", "item", "product")),
    "category": ("string", ()),
    "price": ("float64", ("unit_price",)),
    "quantity": ("float64", ()),
    "query": ("string", ("search_term",)),
    "consent": ("boolean", ()),
}
USERS = {"user_id": (None, ("user", "customer_id")), "consent": ("boolean", ())}
PRODUCTS = {
    "product_id": (None, ("item_id", "item", "product")),
    "category": ("string", ()),
    "price": ("float64", ()),
    "title": ("string", ("name",)),
}
REQUIRED = {"user_id", "ts", "event", "product_id"}


class IbisEngine:
    """Any Ibis backend as an `Engine`."""

    def __init__(self, backend: Any) -> None:
        self.backend = backend

    def arrow(self, readable: Any, /) -> Any:
        """Run an Ibis expression; return its rows as a pyarrow table."""
        return self.backend.to_pyarrow(readable.as_table())


def backend_of(*tables: Any) -> Any:
    """Return the engine of the first Ibis table, else ADWRIGHT_WAREHOUSE's (for names), else a new DuckDB in memory (UTC)."""
    import ibis

    for table in tables:
        if isinstance(table, ibis.Expr):
            return table.get_backend()
    address = os.environ.get(f"{PREFIX}WAREHOUSE", "").strip()
    if address and any(isinstance(table, str) for table in tables):
        return ibis.connect(address)
    backend = ibis.duckdb.connect()
    backend.raw_sql("SET TimeZone = 'UTC'")
    return backend


def conform(
    backend: Any, given: Any, wanted: dict[str, tuple[str | None, tuple[str, ...]]], what: str, required: set[str] | None = None
) -> Table:
    """Return `given` as an Ibis table of `backend` with exactly the `wanted` columns; absent optional ones are null.

    Without `required`, events and users must have those of `REQUIRED`; a product id is needed in the products only.

    Raises `AdwrightError` (``no-column``): a required column is absent; (``not-a-table``): nothing that can be read.
    """
    import ibis

    table = _table(backend, given, what)
    schema = table.schema()
    if required is None:
        required = REQUIRED if what == "products" else REQUIRED - {"product_id"}
    chosen: dict[str, Any] = {}
    for name, (type_, others) in wanted.items():
        found = next((n for n in (name, *others) if n in schema), None)
        if found is None and name in required:
            raise AdwrightError(
                both(
                    f"{what} 表缺少 {name} 列，现有列：{'、'.join(schema)}。",
                    f"The {what} have no column {name}; they have: {', '.join(schema)}.",
                ),
                both("请把对应的列改成这个名字。", "Rename the column that holds it."),
                code="no-column",
            )
        if found is None:
            chosen[name] = ibis.null(type_ or "string")
            continue
        column = table[found]
        if type_ == "timestamp":
            column = _utc(column)
        elif type_ == "float64":
            column = column.try_cast("float64") if column.type().is_string() else column.cast("float64")
            column = ibis.ifelse(column.isnan() | column.isinf(), ibis.null("float64"), column)
        elif type_ == "boolean":
            column = _flag(column)
        elif type_ is not None and not str(column.type()).startswith(type_):
            column = column.cast(type_)
        chosen[name] = column
    return table.select(**chosen)


def _flag(column: Any) -> Any:
    """Read consent: a word that is not a yes is a no, nothing at all stays unknown."""
    import ibis

    kind = column.type()
    if kind.is_boolean():
        return column
    if kind.is_string():
        word = column.strip().lower()
        yes = word.isin(sorted(values("yes")))
        return ibis.ifelse(column.isnull() | word.isin(sorted(values("missing"))), ibis.null("boolean"), yes)
    if kind.is_floating():
        return ibis.ifelse(column.isnull() | column.isnan(), ibis.null("boolean"), column != 0)
    return column.cast("boolean")


def _utc(column: Any) -> Any:
    """Turn a time with a zone into UTC without one; text is read as ISO 8601, a time without a zone is UTC, other text is no time."""
    if column.type().is_timestamp() and column.type().timezone is None:
        return column
    if column.type().is_timestamp():
        return column.cast("timestamp('UTC')").cast("timestamp")
    if column.type().is_string():
        # Read with a zone first: an offset that is written would be passed over otherwise.
        return column.try_cast("timestamp('UTC')").cast("timestamp")
    return column.cast("timestamp")


def _table(backend: Any, given: Any, what: str) -> Table:
    import ibis
    import pandas as pd
    import pyarrow as pa

    if isinstance(given, ibis.Expr):
        return given.as_table()
    if isinstance(given, str):
        return backend.table(given)
    if isinstance(given, pd.DataFrame):
        given = pa.Table.from_pandas(given, preserve_index=False)
    elif isinstance(given, pa.RecordBatch):
        given = pa.Table.from_batches([given])
    if not isinstance(given, pa.Table):
        raise AdwrightError(
            both(f"读不了 {what}：{type(given).__name__}。", f"The {what} cannot be read: {type(given).__name__}."),
            both("请给 pandas、Arrow 或 Ibis 的表。", "Pass a pandas, Arrow or Ibis table."),
            code="not-a-table",
        )
    return held_in(backend, _storable(given))


def held_in(backend: Any, given: Any) -> Table:
    """Put an Arrow table into an engine for this session and return it as an Ibis table of that engine."""
    import ibis

    if backend.name == "duckdb":
        return backend.create_table(ibis.util.gen_name("given"), given, temp=True)
    held = ibis.memtable(given)
    # Some engines only meet a table of ours when it is read, not when it is part of what they are told to keep.
    backend.to_pyarrow(held.limit(0))
    return held


def _storable(table: Any) -> Any:
    """Take zones off in Arrow, where a moment is UTC whatever zone it is shown in; a column of nothing is empty text."""
    import pyarrow as pa

    for i, field in enumerate(table.schema):
        if pa.types.is_null(field.type):
            table = table.set_column(i, field.name, table.column(i).cast(pa.string()))
        elif pa.types.is_timestamp(field.type):
            table = table.set_column(
                i, field.name, table.column(i).cast(pa.timestamp("us", field.type.tz), safe=False).cast(pa.timestamp("us"))
            )
    return table
