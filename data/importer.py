"""Import a merchant's file into a table of the shop: map, cast, check, then one atomic step.

All work on rows is set operations in DuckDB. A row that cannot be used is put into `quarantine` with its number and
reason; nothing is dropped in silence. A failure or kill at any moment leaves the workspace as it was. The same file
with the same mapping is imported once. Rows of orders, users, products, campaigns and daily results that are there already under
their key are replaced by the newer file; events and impressions that are there already, equal in every column, are
not added again. Only columns that map to a field are kept; personal ones (e-mail, telephone, nickname) only as a hash,
except in `contacts`, whose rows are masked in the preview and never quoted.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import headers, personal, readers, staging
from .brief import Document
from .casting import DateOrder
from .errors import AdwrightError
from .recipe import make_recipe
from .result import SILENT, Progress
from .schema import EVENTS, SCHEMA, TITLES, columns
from .words import Words, both
from .workspace import Workspace

if TYPE_CHECKING:
    import duckdb

PREVIEW, SHOWN = 5, 120  # rows, and characters of a cell
LISTED = 100  # quarantined rows named in the report; all of them are in the table

# How rows of a newer file meet those already there; tables not named here grow by rows that are new in any column.
KEYS: dict[str, tuple[str, ...]] = {
    "users": ("user_id",),
    "products": ("product_id",),
    "orders": ("order_id",),
    "campaigns": ("campaign_id", "channel", "start"),
    "contacts": ("user_id",),
    # A later report of the same day holds the orders that came in since.
    "results": ("day", "plan", "line", "channel", "placement", "creative"),
}
# What a newer row that is silent about it does not undo: who refused or unsubscribed stays out.
LASTING = {"contacts": ("consent", "suppressed")}


class BadRow(Document):
    """A row that was set apart: its number in the file (1 is the first row) and why."""

    row: int
    reason: Words


class ImportReport(Document):
    """What an import did. `rows` = `imported` + `known` + `bad_rows`; `replaced` counts older rows that gave way.

    `refunds` counts negative lines made from what an export says was paid back; no row of the file is one of them.
    `mapping` is column -> field as used, `unused` the file's other columns, `quarantined` the first bad rows, `notes`
    what was assumed or worked out.
    """

    id: str
    kind: str
    file: str
    form: str
    rows: int
    imported: int
    replaced: int = 0
    known: int = 0
    bad_rows: int = 0
    refunds: int = 0
    quarantined: list[BadRow] = []
    mapping: dict[str, str]
    unused: list[str] = []
    defaults: dict[str, str] = {}
    notes: list[Words] = []
    preview: list[dict[str, str | None]] = []
    dry_run: bool = False
    already_imported: bool = False
    seconds: float = 0.0

    @property
    def told(self) -> Words:
        """One line for people."""
        title = TITLES[self.kind]  # pyright: ignore[reportArgumentType]
        if self.already_imported:
            return both(f"{self.file} 之前已经导入过，没有改动任何数据。", f"{self.file} was imported before; nothing was changed.")
        verb = both("试运行：可导入", "Dry run: would import") if self.dry_run else both("已导入", "Imported")
        zh = f"{verb.zh}{title.zh} {self.imported:,} 行（文件共 {self.rows:,} 行）"
        en = f"{verb.en} {self.imported:,} rows of {title.en} (of {self.rows:,} in the file)"
        if self.replaced:
            zh, en = f"{zh}，替换旧数据 {self.replaced:,} 行", f"{en}, replacing {self.replaced:,} older rows"
        if self.refunds:
            zh, en = f"{zh}，另记退款 {self.refunds:,} 行", f"{en}, with {self.refunds:,} lines of refunds"
        if self.known:
            zh, en = f"{zh}，已有而未重复加入 {self.known:,} 行", f"{en}, {self.known:,} were there already"
        if self.bad_rows:
            zh, en = f"{zh}，隔离 {self.bad_rows:,} 行", f"{en}, {self.bad_rows:,} set apart"
        return both(zh + "。", en + ".")


def import_file(
    workspace: Workspace,
    kind: str,
    path: str | Path,
    mapping: Mapping[str, str] | None = None,
    dry_run: bool = False,
    progress: Progress = SILENT,
    defaults: Mapping[str, str] | None = None,
    date_order: DateOrder | None = None,
    events: Mapping[str, str] | None = None,
) -> ImportReport:
    """Import `path` into the table `kind`. `mapping` is column -> field, `defaults` field -> value where the file has none.

    `events` says what a log's own names mean (``{"pdp_open": "view"}``). `date_order` says how dates such as 03/04/2026 are meant when the file leaves it open. Times without a zone are in
    the shop's zone. Raises `AdwrightError`: those of `readers.read` and `headers.match`, ``unknown-table``,
    ``missing-column``, ``unknown-event``, ``ambiguous-dates``, ``no-rows``, ``nothing-usable``.

    Example:
        >>> import_file(shop, "orders", "orders.csv", defaults={"currency": "GBP"}).told.en  # doctest: +SKIP
        'Imported 1,200 rows of orders (of 1,200 in the file).'
    """
    begun = time.monotonic()
    if kind not in SCHEMA:
        raise AdwrightError(
            both(f"没有“{kind}”这张表。", f"There is no table “{kind}”."),
            both(f"可以导入：{'、'.join(SCHEMA)}。", f"Importable: {', '.join(SCHEMA)}."),
            code="unknown-table",
        )
    file = Path(path).expanduser()
    progress.start("read", both(f"读取 {file.name}", f"Reading {file.name}"))
    source = readers.read(file, lambda cells: headers.score(kind, cells), progress, lambda cells: headers.nameless(kind, cells))
    given = {field: str(value).strip() for field, value in (defaults or {}).items()}
    match = headers.match(kind, source.headers, mapping)
    meant = _events(kind, events or {}, match.fields.values())
    recipe = make_recipe(workspace, kind, source, match, given, date_order)._replace(events=meant)
    identity = _identity(file, kind, match.fields, given | {f"event {name}": event for name, event in meant.items()}, date_order)
    progress.done(
        "read", both(f"{source.table.num_rows + len(source.ragged):,} 行", f"{source.table.num_rows + len(source.ragged):,} rows")
    )

    earlier = _earlier(workspace, identity)
    if earlier is not None:
        return earlier.model_copy(update={"already_imported": True, "dry_run": dry_run, "file": file.name})

    with workspace.warehouse.scratch() if dry_run else workspace.warehouse.transaction() as cursor:
        progress.start("check", both("核对每一行", "Checking every row"))
        staging.stage(cursor, recipe, source)
        notes = [*recipe.notes, *personal.notes(cursor, recipe, source.headers)]
        report = ImportReport(
            id=identity,
            kind=kind,
            file=file.name,
            form=source.form,
            mapping=match.fields,
            unused=[name for name in source.headers if name not in match.fields],
            defaults=given,
            notes=notes,
            dry_run=dry_run,
            **_checked(cursor, kind),
        )
        progress.done("check", both(f"可用 {report.imported:,} 行", f"{report.imported:,} usable rows"))
        if not dry_run:
            progress.start("write", both("写入数据表", "Writing the table"))
        report = report.model_copy(update=_merge(cursor, kind, keep=not dry_run))
        report.seconds = round(time.monotonic() - begun, 2)
        if not dry_run:
            cursor.execute("INSERT INTO quarantine SELECT ?, ?, row_number, code, zh, en, content FROM bad", [identity, kind])
            cursor.execute(
                "INSERT INTO _imports VALUES (?, ?, ?, now() AT TIME ZONE 'UTC', ?)", [identity, kind, file.name, report.model_dump_json()]
            )
            workspace.warehouse.refresh(cursor, kind)
    if not dry_run:
        _note(workspace, report)
        progress.done("write", report.told)
    return report


def _events(kind: str, events: Mapping[str, str], fields: Iterable[str]) -> dict[str, str]:
    """Return what the log's own names mean; raises `AdwrightError` (``unknown-event``) for what is no event of ours."""
    meant = {name.strip(): event.strip().lower() for name, event in events.items()}
    wrong = [event for event in meant.values() if event not in EVENTS]
    if wrong:
        raise AdwrightError(
            both(f"没有“{wrong[0]}”这种行为。", f"There is no event “{wrong[0]}”."),
            both(f"可选：{'、'.join(EVENTS)}。", f"There are: {', '.join(EVENTS)}."),
            code="unknown-event",
        )
    if meant and (kind != "events" or "event" not in fields):
        raise AdwrightError(
            both("这个文件没有行为列，不能说明行为的意思。", "This file has no column of events to say the meaning of."),
            both("行为日志请用 adwright import events，并用 --map 指出行为列。", "Import a log with adwright import events, and name its column with --map."),
            code="unknown-event",
        )  # fmt: skip
    return meant


def _identity(file: Path, kind: str, fields: Mapping[str, str], defaults: Mapping[str, str], order: str | None) -> str:
    """Name an import by the file's bytes and everything that decides what becomes of them."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    digest.update(json.dumps([kind, sorted(fields.items()), sorted(defaults.items()), order], ensure_ascii=False).encode())
    return digest.hexdigest()[:16]


def _earlier(workspace: Workspace, identity: str) -> ImportReport | None:
    """Return the report of an import that is done, also when a kill kept it from the list of imports."""
    with workspace.warehouse.scratch() as cursor:
        row = cursor.execute("SELECT report FROM _imports WHERE id = ?", [identity]).fetchone()
    if row is None:
        return None
    report = ImportReport.model_validate_json(row[0])
    _note(workspace, report)
    return report


def _note(workspace: Workspace, report: ImportReport) -> None:
    workspace.records.add_import(report.id, report.kind, report.file, report.model_dump(mode="json", exclude={"preview"}))


def _checked(cursor: duckdb.DuckDBPyConnection, kind: str) -> dict[str, Any]:
    """Count what was staged; `AdwrightError` when no row can be used."""
    good = _number(cursor, "SELECT count(*) FROM stage WHERE problem IS NULL AND NOT added")
    bad = _number(cursor, "SELECT count(*) FROM bad")
    first = cursor.execute(f"SELECT row_number, zh, en FROM bad ORDER BY row_number LIMIT {LISTED}").fetchall()
    if good == 0 and bad == 0:
        raise AdwrightError(
            both("文件里只有表头，没有数据行。", "The file has a header but no rows."),
            both("请检查导出时的筛选条件，再导出一次。", "Check the filters of the export and export it again."),
            code="no-rows",
        )
    if good == 0:
        row, zh, en = first[0]
        raise AdwrightError(
            both(
                f"{bad:,} 行都不能用，没有导入任何数据。例如第 {row} 行：{zh}。",
                f"None of {bad:,} rows can be used; nothing was imported. Row {row}: {en}.",
            ),
            both(
                '请检查列的对应关系：--map 列名=字段名，先加 --dry-run 预览。日志里自己起的行为名用 --event 说明，例如 --event "pdp_open=view"。',
                "Check how columns map: --map COLUMN=FIELD, with --dry-run first. Say what a log's own names of events mean: "
                '--event "pdp_open=view".',
            )
            if kind == "events"
            else both(
                "请检查列的对应关系：--map 列名=字段名，先加 --dry-run 预览。",
                "Check how columns map: --map COLUMN=FIELD, with --dry-run first.",
            ),
            code="nothing-usable",
        )
    names = [column.name for column in columns(kind)]
    listed = ", ".join(f'left("{name}"::VARCHAR, {SHOWN})' for name in names)
    sample = cursor.execute(f"SELECT {listed} FROM stage WHERE problem IS NULL ORDER BY place, added LIMIT {PREVIEW}").fetchall()
    present = [i for i in range(len(names)) if any(row[i] is not None for row in sample)]
    return {
        "rows": good + bad,
        "imported": good,
        "bad_rows": bad,
        "refunds": _number(cursor, "SELECT count(*) FROM stage WHERE added"),
        "quarantined": [BadRow(row=row, reason=both(zh, en)) for row, zh, en in first],
        "preview": [{names[i]: personal.shown(kind, names[i], row[i]) for i in present} for row in sample],
    }


def _merge(cursor: duckdb.DuckDBPyConnection, kind: str, keep: bool) -> dict[str, int]:
    """Bring staged rows into the table (`keep` False: only count); return imported, replaced, known."""
    names = ", ".join(f'"{column.name}"' for column in columns(kind))
    good = f"SELECT {names} FROM stage WHERE problem IS NULL"
    if kind in KEYS:
        same = " AND ".join(f'new."{key}" IS NOT DISTINCT FROM old."{key}"' for key in KEYS[kind])
        older = f'FROM "{kind}" old WHERE EXISTS (SELECT 1 FROM stage new WHERE problem IS NULL AND {same})'
        replaced = _number(cursor, f"SELECT count(*) {older}")
        if keep:
            for name in LASTING.get(kind, ()):
                cursor.execute(f'UPDATE stage AS new SET "{name}" = old."{name}" FROM "{kind}" old WHERE new."{name}" IS NULL AND {same}')
            if replaced:
                cursor.execute(f'DELETE FROM "{kind}" AS old WHERE EXISTS (SELECT 1 FROM stage new WHERE problem IS NULL AND {same})')
            cursor.execute(f'INSERT INTO "{kind}" ({names}) {good} ORDER BY place, added')
        return {"replaced": replaced}
    total = _number(cursor, f"SELECT count(*) FROM ({good})")
    if _number(cursor, f'SELECT count(*) FROM "{kind}"') == 0:
        fresh, new = f"{good} ORDER BY place", total
    else:
        cursor.execute(f'CREATE TEMP TABLE fresh AS {good} EXCEPT ALL SELECT {names} FROM "{kind}"')
        fresh, new = f"SELECT {names} FROM fresh ORDER BY ALL", _number(cursor, "SELECT count(*) FROM fresh")
    if keep:
        cursor.execute(f'INSERT INTO "{kind}" ({names}) {fresh}')
    return {"imported": new, "known": total - new}


def _number(cursor: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = cursor.execute(sql).fetchone()
    return int(row[0]) if row else 0
