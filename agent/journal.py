"""The workspace's log file: what went wrong inside, without secrets. People are told a sentence, the details stand here."""

from __future__ import annotations

import os
import re
import traceback
from datetime import UTC, datetime
from pathlib import Path

from ..data.visible import visible

LOG_LIMIT = 5_000_000
SECRET = re.compile(
    r"(sk-[A-Za-z0-9_\-]{6,}|(?i:bearer)\s+[A-Za-z0-9._\-]{6,}|(?i:(?:api[_-]?key|token|secret|password|passwd)\b[\"']?\s*(?:is|of)?\s*[:=]\s*[\"']?)[^\s\"',;]+)"
)


def redact(text: str) -> str:
    """Return `text` without keys: known key forms, and the values of key variables in the environment.

    Example:
        >>> redact("Incorrect API key provided: sk-abcdef123456")
        'Incorrect API key provided: [key]'
    """
    for name, value in os.environ.items():
        if len(value) >= 6 and name.upper().endswith(("API_KEY", "TOKEN", "SECRET", "PASSWORD")):
            text = text.replace(value, "[key]")
    return SECRET.sub("[key]", text)


def note_defect(folder: Path, where: str, error: BaseException) -> None:
    """Write an unexpected error to ``adwright.log`` in `folder` (the workspace), redacted; the file is started anew at 5 MB."""
    note(folder, where, "".join(traceback.format_exception(error)))


def note(folder: Path, where: str, text: str) -> None:
    """Write a line (or a traceback) to the log; only a record of ours starts at the beginning of a line."""
    path = folder / "adwright.log"
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".log.old"))
    clean = visible(redact(f"{where}: {text}"), instead="?").rstrip().replace("\n", "\n    ")
    with path.open("a", encoding="utf-8") as log:
        log.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {clean}\n")
