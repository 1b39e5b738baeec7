"""The artefact store: pictures, films and files, named by their content.

The same bytes always get the same id, so re-running a plan stores nothing twice. Files are written beside and renamed
into place: a reader never meets half a file.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .errors import AdwrightError
from .words import both

_ID = re.compile(r"[0-9a-f]{16}\.[a-z0-9]{1,8}")
_SUFFIX = re.compile(r"[a-z0-9]{1,8}")


class Artefacts:
    """Files under one folder. Ids look like ``3f2a9c01b4d5e6f7.png``.

    Example:
        >>> store.read(store.put(b"...", "png", plan="p1"))  # doctest: +SKIP
        b'...'
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, content: bytes, suffix: str, **meta: Any) -> str:
        """Store bytes and return their id; `meta` (JSON values) is merged into what is known of the same bytes."""
        suffix = suffix.lower().lstrip(".")
        if not _SUFFIX.fullmatch(suffix):
            raise ValueError(f"not a file suffix: {suffix!r}")
        name = f"{hashlib.sha256(content).hexdigest()[:16]}.{suffix}"
        target = self.folder / name
        if not target.exists() or target.stat().st_size != len(content):
            write_whole(target, content)
        known = self._read_meta(name)
        if meta and {**known, **meta} != known:
            write_whole(self.folder / f"{name}.json", json.dumps({**known, **meta}, ensure_ascii=False, sort_keys=True).encode())
        return name

    def path(self, name: str) -> Path:
        """Return where an artefact lies; `AdwrightError` (``unknown-artefact``) for anything that is not an id we gave."""
        if not isinstance(name, str) or not _ID.fullmatch(name) or not (self.folder / name).is_file():
            raise AdwrightError(
                both("没有这个文件。", "There is no such file."),
                both("它可能已被删除，请重新生成。", "It may have been deleted; create it again."),
                code="unknown-artefact",
            )
        return self.folder / name

    def read(self, name: str) -> bytes:
        """Return an artefact's bytes; `AdwrightError` (``damaged-artefact``) when they are not those its name was made of."""
        content = self.path(name).read_bytes()
        if hashlib.sha256(content).hexdigest()[:16] != name.partition(".")[0]:
            raise AdwrightError(
                both(f"文件 {name} 已损坏。", f"The file {name} is damaged."),
                both(
                    "请把它从工作区的 artefacts 文件夹移走，再重新生成。",
                    "Move it out of the workspace's artefacts folder and create it again.",
                ),
                code="damaged-artefact",
            )
        return content

    def meta(self, name: str) -> dict[str, Any]:
        """Return what was stored with an artefact."""
        self.path(name)
        return self._read_meta(name)

    def _read_meta(self, name: str) -> dict[str, Any]:
        file = self.folder / f"{name}.json"
        return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def write_whole(target: Path, content: bytes | Iterable[bytes]) -> None:
    """Write a file, at once or in pieces, so that it is there whole or not at all: temporary file, fsync, rename."""
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.writelines([content] if isinstance(content, bytes) else content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
