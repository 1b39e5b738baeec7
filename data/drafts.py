"""The drafts that were written in a shop, and which of two a person found better.

One SQLite file of its own, `drafts.sqlite`, in the workspace; a file that cannot be read is named and left alone. A comparison keeps
both texts, so that it still counts when their drafts are long gone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .brief import Document, Product
from .errors import AdwrightError
from .plan import Creative
from .words import both

if TYPE_CHECKING:
    from .workspace import Workspace

FILE = "drafts.sqlite"
# Sets of drafts that are kept; older ones go.
KEPT = 200
Verdict = Literal["first", "second", "equal"]
_TABLES = """
CREATE TABLE IF NOT EXISTS drafts (number INTEGER PRIMARY KEY, thread TEXT NOT NULL, at TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS comparisons (number INTEGER PRIMARY KEY, at TEXT NOT NULL, body TEXT NOT NULL);
"""


class DraftSet(Document):
    """The drafts of one request: for which product, in which tone, and the creatives themselves."""

    product: Product
    tone: str | None = None
    audience: str | None = None
    occasion: str | None = None
    seed: int = 0
    items: list[Creative]


class Comparison(Document):
    """Two drafts for the same product and channel, and which one a person found better."""

    product: str
    first: Creative
    second: Creative
    verdict: Verdict


class Drafts:
    """Drafts and comparisons of a shop, given the workspace or its folder. Raises `AdwrightError` (``drafts-unreadable``) when the file is damaged.

    Example:
        >>> Drafts(shop).compare(Comparison(product="跑鞋", first=one, second=other, verdict="first"))  # doctest: +SKIP
        1
    """

    def __init__(self, workspace: Workspace | Path) -> None:
        self.path: Path = (workspace if isinstance(workspace, Path) else workspace.path) / FILE

    def keep(self, made: DraftSet, thread: str = "") -> None:
        """Store the drafts of a request; the oldest sets beyond `KEPT` go."""
        with self._open() as sql:
            sql.execute("INSERT INTO drafts (thread, at, body) VALUES (?, ?, ?)", (thread, _now(), made.model_dump_json()))
            sql.execute("DELETE FROM drafts WHERE number <= (SELECT max(number) FROM drafts) - ?", (KEPT,))

    def last(self, thread: str | None = None) -> DraftSet | None:
        """The drafts made last, in a conversation or anywhere; None before the first."""
        found = self.recent(1, thread)
        return found[0] if found else None

    def recent(self, count: int, thread: str | None = None) -> list[DraftSet]:
        """The sets made last, the latest first."""
        if not self.path.is_file():
            return []
        where, given = ("WHERE thread = ?", (thread, count)) if thread is not None else ("", (count,))
        with self._open() as sql:
            rows = sql.execute(f"SELECT body FROM drafts {where} ORDER BY number DESC LIMIT ?", given).fetchall()
        return [DraftSet.model_validate_json(body) for (body,) in rows]

    def compare(self, made: Comparison) -> int:
        """Store a comparison; returns how many there are now."""
        with self._open() as sql:
            sql.execute("INSERT INTO comparisons (at, body) VALUES (?, ?)", (_now(), made.model_dump_json()))
            return int(sql.execute("SELECT count(*) FROM comparisons").fetchone()[0])

    def comparisons(self) -> list[Comparison]:
        """All comparisons, the oldest first."""
        if not self.path.is_file():
            return []
        with self._open() as sql:
            rows = sql.execute("SELECT body FROM comparisons ORDER BY number").fetchall()
        return [Comparison.model_validate_json(body) for (body,) in rows]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path)) as connection, connection:
                connection.executescript(_TABLES)
                yield connection
        except sqlite3.DatabaseError as error:
            raise AdwrightError(
                both(f"文案记录 {self.path} 无法读取。", f"The record of drafts {self.path} cannot be read."),
                both(
                    "请从备份恢复，或把它移到别处再试；计划和数据表不受影响。",
                    "Restore it from a backup, or move it elsewhere and try again; plans and tables are not affected.",
                ),
                code="drafts-unreadable",
            ) from error


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
