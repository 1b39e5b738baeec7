"""The shop's tables: a DuckDB file, read through Ibis expressions.

Every thread has its own cursor over one connection, so any thread may read while another writes; writers take turns
and each write is one transaction. Beside the shop's tables the file keeps three of its own: `_state` (a fingerprint per
table), `_imports` (what was imported) and `quarantine` (rows that could not be). Not covered: engines other than
DuckDB; the expressions are portable, the file is not.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import AdwrightError
from .schema import SCHEMA, SQL_TYPES, columns, ddl
from .words import both

if TYPE_CHECKING:
    import duckdb
    import ibis
    import pandas as pd
    import pyarrow as pa

    Readable = ibis.Expr | str

_OWN_TABLES = (
    "CREATE TABLE IF NOT EXISTS _state (kind VARCHAR PRIMARY KEY, fingerprint VARCHAR)",
    "CREATE TABLE IF NOT EXISTS _imports (id VARCHAR PRIMARY KEY, kind VARCHAR, file VARCHAR, finished TIMESTAMP, report VARCHAR)",
    "CREATE TABLE IF NOT EXISTS quarantine"
    " (import_id VARCHAR, kind VARCHAR, row_number BIGINT, code VARCHAR, reason_zh VARCHAR, reason_en VARCHAR, content VARCHAR)",
)


class Warehouse:
    """The tables of one shop. Opened by `Workspace`, which guards the file against a second process.

    Raises `AdwrightError` (code ``warehouse-corrupt``) when the file cannot be read.

    Example:
        >>> orders = warehouse.table("orders")  # doctest: +SKIP
        >>> warehouse.frame(orders.group_by("product_id").agg(sold=orders.quantity.sum()))  # doctest: +SKIP
    """

    def __init__(self, path: Path) -> None:
        import duckdb

        self.path = path
        self._local = threading.local()
        self._write = threading.RLock()
        self._ready = False
        # Transactions so far, and the fingerprints read after so many.
        self._written = 0
        self._fingerprints: tuple[int, dict[str, str]] = (-1, {})
        try:
            self._connection: duckdb.DuckDBPyConnection | None = duckdb.connect(str(path), config={"python_enable_replacements": False})
            self._connection.execute("SET TimeZone = 'UTC'")
            with self.transaction() as cursor:
                self._prepare(cursor)
            self._ready = True
        except (duckdb.IOException, duckdb.SerializationException, duckdb.FatalException, duckdb.InternalException) as error:
            self.close()
            raise _unreadable(path, error) from error

    def _prepare(self, cursor: duckdb.DuckDBPyConnection) -> None:
        for statement in (*_OWN_TABLES, *(ddl(kind) for kind in SCHEMA)):
            cursor.execute(statement)
        have = {
            (table, column) for table, column in cursor.execute("SELECT table_name, column_name FROM information_schema.columns").fetchall()
        }
        for kind in SCHEMA:
            for column in columns(kind):
                if (kind, column.name) not in have:
                    cursor.execute(f'ALTER TABLE "{kind}" ADD COLUMN "{column.name}" {SQL_TYPES[column.type]}')

    # Reading

    @property
    def engine(self) -> Any:
        """The Ibis backend of the calling thread."""
        import ibis

        engine = getattr(self._local, "engine", None)
        if engine is None:
            engine = self._local.engine = ibis.duckdb.from_connection(self.cursor())
        return engine

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a new cursor over the file; the caller closes it."""
        if self._connection is None:
            raise AdwrightError(
                both("这个工作区已经关闭。", "This workspace is closed."), both("请重新打开。", "Open it again."), code="workspace-closed"
            )
        return self._connection.cursor()

    def table(self, kind: str, exact: bool = False) -> Any:
        """Return a table as an Ibis expression; decimals as float64 unless `exact`. KeyError for an unknown table."""
        columns(kind)
        table = self.engine.table(kind)
        if exact:
            return table
        return table.cast({column.name: "float64" for column in columns(kind) if column.type in ("money", "number")})

    def count(self, kind: str) -> int:
        """Return the number of rows of a table."""
        columns(kind)
        with self.scratch() as cursor:
            row = cursor.execute(f'SELECT count(*) FROM "{kind}"').fetchone()
        return int(row[0]) if row else 0

    def arrow(self, readable: Readable) -> pa.Table:
        """Run an Ibis expression or SQL; return a pyarrow table (decimals stay decimals)."""
        import duckdb
        import pyarrow as pa

        if isinstance(readable, str):
            with self.scratch() as cursor:
                return cursor.sql(readable).to_arrow_table()
        try:
            result = self.engine.to_pyarrow(readable.as_table())
        except duckdb.Error as error:
            if _damaged(error):
                raise _unreadable(self.path, error) from error
            raise
        return result if isinstance(result, pa.Table) else pa.table(result)

    def frame(self, readable: Readable) -> pd.DataFrame:
        """Run an Ibis expression or SQL; return a pandas frame (decimals as float64, days as datetime64)."""
        import pyarrow as pa

        table = self.arrow(readable)
        for i, field in enumerate(table.schema):
            if pa.types.is_decimal(field.type):
                table = table.set_column(i, field.name, table.column(i).cast(pa.float64()))
        return table.to_pandas(date_as_object=False)

    def batches(self, readable: Readable, size: int = 65_536) -> Iterator[pa.RecordBatch]:
        """Run an Ibis expression or SQL; yield record batches of at most `size` rows, without holding them all."""
        import ibis

        sql = readable if isinstance(readable, str) else str(ibis.to_sql(readable.as_table(), dialect="duckdb"))
        with self.scratch() as cursor:
            yield from cursor.sql(sql).to_arrow_reader(size)

    @contextmanager
    def scratch(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a cursor for reading; temporary tables made on it go with it."""
        import duckdb

        cursor = self.cursor()
        try:
            yield cursor
        except duckdb.Error as error:
            if _damaged(error):
                raise _unreadable(self.path, error) from error
            raise
        finally:
            cursor.close()

    # Writing

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a cursor inside one transaction: committed at the end, rolled back on any exception, Ctrl-C too.

        Raises `AdwrightError` (code ``not-written``) when the disk or memory does not suffice.
        """
        import duckdb

        with self._write, self.scratch() as cursor:
            cursor.execute("BEGIN")
            try:
                yield cursor
                cursor.execute("COMMIT")
                self._written += 1
            except BaseException as error:
                # An interrupted statement may have ended the transaction already; closing the cursor drops the rest.
                try:
                    cursor.execute("ROLLBACK")
                except duckdb.Error:
                    cursor.close()
                # Writers take turns, so a transaction fails for want of room only, never for a conflict.
                if self._ready and isinstance(error, (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.TransactionException)):
                    raise _not_written(self.path, error) from error
                raise

    def replace(self, kind: str, table: pa.Table) -> None:
        """Replace a whole table in one step. Missing columns become null; ValueError for unknown or missing required ones."""
        with self.transaction() as cursor:
            cursor.register("incoming", table)
            cursor.execute(f'CREATE OR REPLACE TABLE "{kind}" AS {_conform(kind, table)}')
            self._check_required(cursor, kind)
            self.refresh(cursor, kind)
            cursor.unregister("incoming")

    def append(self, kind: str, table: pa.Table) -> None:
        """Add rows to a table in one step; same rules as `replace`."""
        with self.transaction() as cursor:
            cursor.register("incoming", table)
            cursor.execute(f'INSERT INTO "{kind}" BY NAME {_conform(kind, table)}')
            self._check_required(cursor, kind)
            self.refresh(cursor, kind)
            cursor.unregister("incoming")

    def refresh(self, cursor: duckdb.DuckDBPyConnection, kind: str) -> None:
        """Recompute a table's fingerprint inside the transaction that changed it."""
        names = ", ".join(f'"{column.name}"' for column in columns(kind))
        row = cursor.execute(f'SELECT count(*), bit_xor(hash({names})), sum(hash({names})) FROM "{kind}"').fetchone() or (0, 0, 0)
        mark = "".join(f"{int(value or 0):016x}" for value in row)[-24:]
        cursor.execute("INSERT OR REPLACE INTO _state VALUES (?, ?)", [kind, f"{kind}-{int(row[0])}-{mark}"])

    def fingerprint(self, kind: str) -> str:
        """Return a name of the table's current content, e.g. ``orders-1200-9f...``; equal content, equal name."""
        columns(kind)
        with self.scratch() as cursor:
            row = cursor.execute("SELECT fingerprint FROM _state WHERE kind = ?", [kind]).fetchone()
        return str(row[0]) if row else f"{kind}-0"

    def fingerprints(self, kinds: Sequence[str]) -> str:
        """Return the fingerprints of several tables as one name; read again only after something was written."""
        written, rows = self._fingerprints
        if written != self._written:
            written = self._written
            with self.scratch() as cursor:
                rows = dict(cursor.execute("SELECT kind, fingerprint FROM _state").fetchall())
            self._fingerprints = written, rows
        return ":".join(str(rows.get(kind, f"{kind}-0")) for kind in kinds)

    def _check_required(self, cursor: duckdb.DuckDBPyConnection, kind: str) -> None:
        for column in columns(kind):
            if column.required and cursor.execute(f'SELECT 1 FROM "{kind}" WHERE "{column.name}" IS NULL LIMIT 1').fetchone():
                raise ValueError(f"{kind}.{column.name} is required and has nulls")

    def close(self) -> None:
        """Close the file; reading afterwards raises `AdwrightError` (code ``workspace-closed``)."""
        self._local = threading.local()
        connection, self._connection = getattr(self, "_connection", None), None
        if connection is not None:
            connection.close()


def _conform(kind: str, table: pa.Table) -> str:
    """Return the SELECT that casts `incoming` to the table's columns and order."""
    known = {column.name for column in columns(kind)}
    extra = [name for name in table.column_names if name not in known]
    if extra:
        raise ValueError(f"{kind} has no column {', '.join(extra)}")
    given = set(table.column_names)
    casts = ", ".join(
        f'{_cast(column.name, column.type, table) if column.name in given else f"NULL::{SQL_TYPES[column.type]}"} AS "{column.name}"'
        for column in columns(kind)
    )
    return f"SELECT {casts} FROM incoming"


def _cast(name: str, kind: Any, table: pa.Table) -> str:
    import pyarrow as pa

    zone = table.schema.field(name).type
    utc = kind == "time" and pa.types.is_timestamp(zone) and zone.tz is not None
    return f"(\"{name}\" AT TIME ZONE 'UTC')::TIMESTAMP" if utc else f'"{name}"::{SQL_TYPES[kind]}'


def _not_written(path: Path, error: Exception) -> AdwrightError:
    reason = str(error).splitlines()[0][:200]
    return AdwrightError(
        both(f"数据没有写入 {path}：{reason}。", f"Nothing was written to {path}: {reason}."),
        both("数据与之前一样。请检查磁盘空间和内存后重试。", "The data are as before. Check disk space and memory, then try again."),
        code="not-written",
    )


def _damaged(error: Exception) -> bool:
    """Whether a failed read met a damaged file: a block with a wrong checksum, and every read after it."""
    text = str(error).lower()
    return "checksum" in text or "corrupt" in text or "database has been invalidated" in text


def _unreadable(path: Path, error: Exception) -> AdwrightError:
    if "set lock" in str(error).lower():
        return AdwrightError(
            both(f"数据文件 {path} 正被另一个程序使用。", f"The data file {path} is in use by another program."),
            both("请关闭该程序后重试。", "Close that program and try again."),
            code="warehouse-busy",
        )
    return AdwrightError(
        both(f"数据文件 {path} 无法读取，可能已经损坏。", f"The data file {path} cannot be read; it may be damaged."),
        both(
            "没有删除任何内容。请把这个文件移到别处再打开工作区，然后重新导入数据；方案和对话不受影响。",
            "Nothing was deleted. Move this file elsewhere, open the workspace again and re-import your data; plans and threads are kept.",
        ),
        code="warehouse-corrupt",
    )
