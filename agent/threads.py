"""The threads' store: LangGraph checkpoints in one SQLite file that survives a kill, one checkpoint kept per finished turn."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver

from ..data.errors import AdwrightError
from ..data.words import both

FILE = "threads.sqlite"


class Threads(SqliteSaver):
    """A checkpointer that can forget the steps of finished turns; their messages are all in the last checkpoint."""

    def keep_latest(self, thread: str) -> None:
        """Drop all but the newest checkpoint of a thread, so that its size follows its messages, not their square."""
        newest = "(SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = ?1 AND checkpoint_ns = '')"
        with self.cursor() as sql:
            for table in ("writes", "checkpoints"):
                sql.execute(f"DELETE FROM {table} WHERE thread_id = ?1 AND checkpoint_ns = '' AND checkpoint_id < {newest}", (thread,))


def open_threads(folder: Path) -> Threads:
    """Open (or make) the threads of a workspace; WAL with synchronous=FULL.

    Raises `AdwrightError` (code ``threads-corrupt``) when the file cannot be read; nothing is deleted.
    """
    connection = sqlite3.connect(folder / FILE, check_same_thread=False, timeout=5)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("quick_check")
        saver = Threads(connection, serde=JsonPlusSerializer(pickle_fallback=False))
        saver.setup()
    except sqlite3.DatabaseError as error:
        connection.close()
        raise AdwrightError(
            both(f"对话文件 {folder / FILE} 无法读取。", f"The threads file {folder / FILE} cannot be read."),
            both(
                f"计划和数据不受影响。请把 {FILE} 移到别处，再打开。",
                f"Plans and data are not affected. Move {FILE} elsewhere and open again.",
            ),
            code="threads-corrupt",
        ) from error
    return saver
