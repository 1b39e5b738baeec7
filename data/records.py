"""The record store: plans with all their versions, approvals, threads, imports, models and small settings.

One SQLite file in WAL mode with synchronous=FULL: what a call has returned from survives a kill. Any thread may use
it; calls take turns. The agent's checkpoints live in a file of their own, not here.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from .errors import AdwrightError
from .plan import CampaignPlan
from .words import both

_TABLES = """
CREATE TABLE IF NOT EXISTS plans (id TEXT, version INTEGER, parent INTEGER, title_zh TEXT, title_en TEXT, saved TEXT, body TEXT,
    PRIMARY KEY (id, version)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS heads (id TEXT PRIMARY KEY, version INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS threads (id TEXT PRIMARY KEY, title TEXT NOT NULL, updated TEXT NOT NULL, plan TEXT, version INTEGER);
CREATE TABLE IF NOT EXISTS approvals (number INTEGER PRIMARY KEY, thread TEXT, tool TEXT, args TEXT, decision TEXT, at TEXT);
CREATE TABLE IF NOT EXISTS imports (id TEXT PRIMARY KEY, kind TEXT, file TEXT, at TEXT, report TEXT);
CREATE TABLE IF NOT EXISTS models (id TEXT PRIMARY KEY, kind TEXT, at TEXT, body TEXT);
CREATE TABLE IF NOT EXISTS pairs (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class PlanEntry(NamedTuple):
    """A plan in the list of plans: its version in force, and when that was saved (ISO 8601, UTC)."""

    id: str
    version: int
    title_zh: str
    title_en: str
    saved: str


class VersionEntry(NamedTuple):
    """One version of a plan; `change` is the stored `CampaignPlan.change`, `head` whether it is in force."""

    version: int
    parent: int | None
    saved: str
    head: bool


class ThreadEntry(NamedTuple):
    """One conversation in the list of threads."""

    thread: str
    title: str
    updated: str


class Records:
    """The records of one shop. Raises `AdwrightError` (code ``records-corrupt``) when the file cannot be read.

    Example:
        >>> records.save_plan(plan, thread="t1")  # doctest: +SKIP
        >>> records.current("t1") == plan  # doctest: +SKIP
        True
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            verdict = self._connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if verdict != "ok":
                raise sqlite3.DatabaseError(verdict)
            self._connection.executescript(_TABLES)
        except sqlite3.DatabaseError as error:
            self.close()
            raise AdwrightError(
                both(f"记录文件 {path} 无法读取，可能已经损坏。", f"The record file {path} cannot be read; it may be damaged."),
                both(
                    "没有删除任何内容。请从备份恢复这个文件；没有备份时，把它移到别处再打开工作区，会从空的记录开始，数据表不受影响。",
                    "Nothing was deleted. Restore it from a backup; without one, move it elsewhere and open the workspace again: "
                    "records start empty, your tables are kept.",
                ),
                code="records-corrupt",
            ) from error

    # Plans

    def save_plan(self, plan: CampaignPlan, thread: str | None = None) -> CampaignPlan:
        """Store a version, put it in force (also in `thread`) and return it; storing the same version again is fine.

        Raises `AdwrightError` (code ``version-taken``) when that version exists with another content: number new
        versions with `next_version`.
        """
        body = plan.to_json(indent=None)
        with self._transaction() as sql:
            row = sql.execute("SELECT body FROM plans WHERE id = ? AND version = ?", (plan.id, plan.version)).fetchone()
            if row is None:
                sql.execute(
                    "INSERT INTO plans VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (plan.id, plan.version, plan.parent, plan.title.zh, plan.title.en, _now(), body),
                )
            elif row[0] != body:
                raise AdwrightError(
                    both(f"方案 {plan.id} 的第 {plan.version} 版已经存在。", f"Version {plan.version} of plan {plan.id} already exists."),
                    both("已保存的版本不会被改写，请另存为新版本。", "A stored version is never rewritten; save it as a new version."),
                    code="version-taken",
                )
            self._set_head(sql, plan.id, plan.version)
            if thread is not None:
                self._set_current(sql, thread, plan.id, plan.version)
        return plan

    def plan(self, plan_id: str, version: int | None = None) -> CampaignPlan:
        """Return a version of a plan, the one in force by default; `AdwrightError` (code ``unknown-plan``) when absent."""
        if version is None:
            row = self._one("SELECT body FROM plans JOIN heads USING (id, version) WHERE id = ?", plan_id)
        else:
            row = self._one("SELECT body FROM plans WHERE id = ? AND version = ?", plan_id, version)
        if row is None:
            raise AdwrightError(
                both(f"没有找到方案 {plan_id}。", f"There is no plan {plan_id}."),
                both("请在方案列表中选择一个。", "Choose one from the list of plans."),
                code="unknown-plan",
            )
        return CampaignPlan.from_json(row[0])

    def plans(self) -> list[PlanEntry]:
        """Return all plans, the latest saved first."""
        query = "SELECT id, version, title_zh, title_en, saved FROM plans JOIN heads USING (id, version) ORDER BY saved DESC, id"
        return [PlanEntry(*row) for row in self._all(query)]

    def versions(self, plan_id: str) -> list[VersionEntry]:
        """Return a plan's versions, oldest first; empty for an unknown plan."""
        query = (
            "SELECT p.version, parent, saved, p.version = h.version FROM plans p JOIN heads h USING (id) WHERE id = ? ORDER BY p.version"
        )
        return [VersionEntry(version, parent, saved, bool(head)) for version, parent, saved, head in self._all(query, plan_id)]

    def next_version(self, plan_id: str) -> int:
        """Return the number a new version gets: one above the highest ever stored, also after `undo`."""
        row = self._one("SELECT coalesce(max(version), 0) + 1 FROM plans WHERE id = ?", plan_id)
        return int(row[0]) if row else 1

    def undo(self, plan_id: str) -> CampaignPlan:
        """Put the parent of the version in force back in force, in every thread that showed it, and return it.

        The undone version stays stored. Raises `AdwrightError` (code ``nothing-to-undo``) at the first version.
        """
        plan = self.plan(plan_id)
        if plan.parent is None:
            raise AdwrightError(
                both("这已经是方案的第一版，没有可撤销的修改。", "This is the first version of the plan; there is nothing to undo."),
                code="nothing-to-undo",
            )
        with self._transaction() as sql:
            self._set_head(sql, plan_id, plan.parent)
            sql.execute("UPDATE threads SET version = ? WHERE plan = ? AND version = ?", (plan.parent, plan_id, plan.version))
        return self.plan(plan_id, plan.parent)

    def current(self, thread: str) -> CampaignPlan | None:
        """Return the plan a thread is about, or None."""
        row = self._one("SELECT plan, version FROM threads WHERE id = ?", thread)
        return self.plan(row[0], row[1]) if row and row[0] else None

    def set_current(self, thread: str, plan_id: str, version: int) -> None:
        """Make a stored version the one in force and the one `thread` is about."""
        self.plan(plan_id, version)
        with self._transaction() as sql:
            self._set_head(sql, plan_id, version)
            self._set_current(sql, thread, plan_id, version)

    @staticmethod
    def _set_head(sql: sqlite3.Connection, plan_id: str, version: int) -> None:
        sql.execute("INSERT INTO heads VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET version = excluded.version", (plan_id, version))

    @staticmethod
    def _set_current(sql: sqlite3.Connection, thread: str, plan_id: str, version: int) -> None:
        sql.execute(
            "INSERT INTO threads VALUES (?, '', ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET plan = excluded.plan, version = excluded.version, updated = excluded.updated",
            (thread, _now(), plan_id, version),
        )

    # Threads

    def threads(self) -> list[ThreadEntry]:
        """Return the conversations, the latest first."""
        return [ThreadEntry(*row) for row in self._all("SELECT id, title, updated FROM threads ORDER BY updated DESC, id")]

    def touch_thread(self, thread: str, title: str) -> None:
        """Note that a thread was used; its first title that is not empty stays."""
        with self._transaction() as sql:
            sql.execute(
                "INSERT INTO threads (id, title, updated) VALUES (?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET updated = excluded.updated, title = CASE WHEN title = '' THEN excluded.title ELSE title END",
                (thread, title, _now()),
            )

    def delete_thread(self, thread: str) -> None:
        """Forget a thread; its plans stay."""
        with self._transaction() as sql:
            sql.execute("DELETE FROM threads WHERE id = ?", (thread,))

    # What was decided, imported and trained

    def record_approval(self, thread: str, tool: str, args: dict[str, Any], decision: str, at: datetime | None = None) -> None:
        """Store what a person decided about an outward action; `at` is now by default."""
        with self._transaction() as sql:
            sql.execute(
                "INSERT INTO approvals (thread, tool, args, decision, at) VALUES (?, ?, ?, ?, ?)",
                (thread, tool, json.dumps(args, ensure_ascii=False, default=str), decision, _iso(at)),
            )

    def approvals(self, thread: str | None = None) -> list[dict[str, Any]]:
        """Return decisions (thread, tool, args, decision, at), oldest first."""
        rows = self._all("SELECT thread, tool, args, decision, at FROM approvals WHERE ?1 IS NULL OR thread = ?1 ORDER BY number", thread)
        return [{"thread": t, "tool": tool, "args": json.loads(args), "decision": d, "at": at} for t, tool, args, d, at in rows]

    def add_import(self, import_id: str, kind: str, file: str, report: dict[str, Any], at: datetime | None = None) -> None:
        """Note a finished import; the same id twice changes nothing."""
        with self._transaction() as sql:
            sql.execute(
                "INSERT OR IGNORE INTO imports VALUES (?, ?, ?, ?, ?)",
                (import_id, kind, file, _iso(at), json.dumps(report, ensure_ascii=False)),
            )

    def imports(self) -> list[dict[str, Any]]:
        """Return finished imports (id, kind, file, at, report), the latest first."""
        rows = self._all("SELECT id, kind, file, at, report FROM imports ORDER BY at DESC, id")
        return [{"id": i, "kind": kind, "file": file, "at": at, "report": json.loads(report)} for i, kind, file, at, report in rows]

    def add_model(self, model_id: str, kind: str, manifest: dict[str, Any]) -> None:
        """Register a trained model, or replace its manifest (metrics, data fingerprint, files with sha256)."""
        with self._transaction() as sql:
            sql.execute(
                "INSERT OR REPLACE INTO models VALUES (?, ?, ?, ?)", (model_id, kind, _now(), json.dumps(manifest, ensure_ascii=False))
            )

    def models(self, kind: str | None = None) -> list[dict[str, Any]]:
        """Return registered models (id, kind, at, manifest), the latest first."""
        rows = self._all("SELECT id, kind, at, body FROM models WHERE ?1 IS NULL OR kind = ?1 ORDER BY at DESC, id", kind)
        return [{"id": i, "kind": k, "at": at, "manifest": json.loads(body)} for i, k, at, body in rows]

    def get(self, key: str, default: Any = None) -> Any:
        """Return the JSON value stored under `key`, or `default`."""
        row = self._one("SELECT value FROM pairs WHERE key = ?", key)
        return default if row is None else json.loads(row[0])

    def put(self, key: str, value: Any) -> None:
        """Store a JSON value under `key`; None removes it."""
        with self._transaction() as sql:
            if value is None:
                sql.execute("DELETE FROM pairs WHERE key = ?", (key,))
            else:
                sql.execute("INSERT OR REPLACE INTO pairs VALUES (?, ?)", (key, json.dumps(value, ensure_ascii=False)))

    # The connection

    @property
    def _sql(self) -> sqlite3.Connection:
        if self._connection is None:
            raise AdwrightError(
                both("这个工作区已经关闭。", "This workspace is closed."), both("请重新打开。", "Open it again."), code="workspace-closed"
            )
        return self._connection

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            sql = self._sql
            sql.execute("BEGIN IMMEDIATE")
            try:
                yield sql
                sql.execute("COMMIT")
            except BaseException:
                sql.execute("ROLLBACK")
                raise

    def _all(self, query: str, *values: Any) -> list[Any]:
        with self._lock:
            return self._sql.execute(query, values).fetchall()

    def _one(self, query: str, *values: Any) -> Any:
        with self._lock:
            return self._sql.execute(query, values).fetchone()

    def close(self) -> None:
        """Close the file; using the records afterwards raises `AdwrightError` (code ``workspace-closed``)."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _iso(at: datetime | None) -> str:
    return _now() if at is None else at.isoformat(timespec="microseconds")
