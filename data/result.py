"""What every tool returns, and how it reports progress.

`content` is all a language model may read (at most 500 characters, numbers with units). `artifact` is plain JSON for
people and programs: checkpointers store it, so no DataFrame, figure object or bytes may stand in it.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol

from pydantic import Field

from .brief import Document
from .words import Words

Kind = Literal["plan", "brief", "table", "chart", "images", "video", "photo", "text", "file", "segments", "copy", "answer", "campaigns"]
CONTENT_LIMIT = 500


class Artifact(Document):
    """A result that faces can show. `files` are ids in the artefact store; `source` names models and data used.

    `data` by kind: table ``{columns: [{key, name: {zh, en}, unit}], rows: [{key: value}]}`` (see `unit_of`); chart ``{plotly: {...}}``;
    brief ``{rows: [{name: {zh, en}, value: {zh, en}, how}]}``; plan ``{id, version}``; text, answer ``{zh, en}``;
    segments, copy, campaigns ``{items: [...]}``; images, video, photo ``{items: [Media...]}``; file ``{items: [{name, file, bytes}]}``.
    """

    kind: Kind
    title: Words
    data: dict[str, Any] = {}
    files: list[str] = []
    source: list[str] = []
    seed: int | None = None


def unit_of(unit: str, row: dict[str, Any]) -> str:
    """Return the unit of a table's cell: a column of ``money`` holds amounts of each row's own `currency`.

    Example:
        >>> unit_of("money", {"currency": "CNY"}), unit_of("count", {})
        ('CNY', 'count')
    """
    return str(row.get("currency") or "") if unit == "money" else unit


class Step(Document):
    """A finished part of a longer tool, kept for the thread's history."""

    key: str
    title: Words
    finding: Words
    seconds: float = 0.0


class ToolResult(Document):
    """A tool's answer: short words for the model, one line of finding for the step card, an artifact for people."""

    content: str = Field(max_length=CONTENT_LIMIT)
    finding: Words
    artifact: Artifact
    steps: list[Step] = []


class Progress(Protocol):
    """Hears what a tool is doing. Short tools call `note` only; composed ones open and close named parts."""

    def start(self, key: str, title: Words) -> None:
        """A named part begins."""
        ...

    def note(self, note: Words, done: int, of: int) -> None:
        """`done` of `of` pieces of the running part are ready."""
        ...

    def done(self, key: str, finding: Words, artifact: Artifact | None = None) -> None:
        """The part ended; `finding` is one line of what was found."""
        ...


class Silent:
    """The progress of a tool that nobody watches."""

    def start(self, key: str, title: Words) -> None: ...

    def note(self, note: Words, done: int, of: int) -> None: ...

    def done(self, key: str, finding: Words, artifact: Artifact | None = None) -> None: ...


SILENT = Silent()
