"""What the service desk passed on to a person: kept in ``service.sqlite`` of the workspace until somebody has taken care of it.

Only the customer's messages, the reply they got and what the desk looked up are kept; a conversation that needed nobody is not.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from ...data.words import Words
from .desk import ServiceAnswer

if TYPE_CHECKING:
    from ...data.workspace import Workspace

FILE = "service.sqlite"
KEPT_MESSAGES = 20
_TABLE = """CREATE TABLE IF NOT EXISTS hand_overs (number INTEGER PRIMARY KEY, conversation TEXT UNIQUE, at TEXT NOT NULL, messages TEXT NOT NULL,
    reply TEXT NOT NULL, why_zh TEXT NOT NULL, why_en TEXT NOT NULL, facts TEXT NOT NULL, done TEXT)"""


class HandOver(NamedTuple):
    """One conversation for a person: when it was last passed on (UTC), the customer's messages, the last reply, why, and facts for the shop."""

    number: int
    at: str
    messages: list[str]
    reply: str
    why: Words
    facts: dict[str, str]
    done: bool


class HandOvers:
    """The hand-overs of one shop.

    Example:
        >>> HandOvers(workspace).open()  # doctest: +SKIP
    """

    def __init__(self, workspace: Workspace) -> None:
        self._file = workspace.path / FILE
        with closing(self._connect()) as sql, sql:
            sql.execute(_TABLE)

    def note(self, conversation: str, messages: Sequence[str], answer: ServiceAnswer) -> None:
        """Keep a conversation that needs a person; a later message of it opens it again."""
        row = (
            conversation, datetime.now(UTC).isoformat(timespec="seconds"), json.dumps(list(messages)[-KEPT_MESSAGES:], ensure_ascii=False),
            answer.text, answer.reason.zh, answer.reason.en, json.dumps(answer.facts, ensure_ascii=False),
        )  # fmt: skip
        with closing(self._connect()) as sql, sql:
            sql.execute(
                "INSERT INTO hand_overs (conversation, at, messages, reply, why_zh, why_en, facts) VALUES (?, ?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (conversation) DO UPDATE SET at = excluded.at, messages = excluded.messages, reply = excluded.reply, "
                "why_zh = excluded.why_zh, why_en = excluded.why_en, facts = excluded.facts, done = NULL",
                row,
            )

    def all(self, most: int = 100) -> list[HandOver]:
        """Return the hand-overs, open ones first, the newest first."""
        with closing(self._connect()) as sql:
            rows = sql.execute(
                "SELECT number, at, messages, reply, why_zh, why_en, facts, done FROM hand_overs ORDER BY done IS NOT NULL, at DESC, number DESC LIMIT ?",
                (most,),
            ).fetchall()
        return [
            HandOver(n, at, json.loads(said), reply, Words(zh=zh, en=en), json.loads(facts), done is not None)
            for n, at, said, reply, zh, en, facts, done in rows
        ]

    def finish(self, number: int) -> None:
        """Mark a hand-over as taken care of."""
        with closing(self._connect()) as sql, sql:
            sql.execute("UPDATE hand_overs SET done = ? WHERE number = ?", (datetime.now(UTC).isoformat(timespec="seconds"), number))

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file, timeout=10)
