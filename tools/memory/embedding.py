"""Vectors of words and short texts by the embedding model that a merchant configured; none is asked for by default.

Any OpenAI-compatible ``/v1/embeddings`` will do, or a sentence model on this machine (`sentence`). Every text is asked for once: vectors are
kept in the workspace by model and hash of the text, and a lost file only costs asking again. Our own vectors, which need no model, are in
`vectors`.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.errors import AdwrightError
from ...data.words import Words, both
from ..endpoint import client, fault, in_time

if TYPE_CHECKING:
    from ...data.workspace import Workspace

SECONDS = 20.0
BATCH = 64
# Some services take no more than this many texts in a request and refuse the rest.
SMALL_BATCH = 10
# SQLite takes so many names in a question on every build.
LOOKED_UP = 900
FILE = "embeddings.sqlite"


LOCAL = "local:"


class Embeds(ABC):
    """An embedding model. `file` is where vectors are kept, `seconds` the longest wait in all."""

    def __init__(self, model: str, file: Path, seconds: float = SECONDS) -> None:
        self.model, self.file, self.seconds = model, file, seconds

    @abstractmethod
    def _asked(self, texts: list[str]) -> list[np.ndarray]:
        """Return a unit vector of each text, float32."""

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Return unit vectors [len(texts), width], float32, in the order of `texts`.

        Raises `AdwrightError` (``embedding-failed``): no answer in time, an error, or vectors that are none. What came before stays kept.

        Example:
            >>> configured(shop).embed(["跑鞋", "sneaker"]).shape  # doctest: +SKIP
            (2, 1024)
        """
        wanted = list(dict.fromkeys(texts))
        known: dict[str, np.ndarray] = {}
        for at in range(0, len(wanted), LOOKED_UP):
            known |= self._kept(wanted[at : at + LOOKED_UP])
        missing = [text for text in wanted if text not in known]
        until, size = time.monotonic() + self.seconds, BATCH
        while missing:
            batch, rest = missing[:size], missing[size:]
            try:
                found = in_time(lambda part=batch: self._asked(part), until - time.monotonic())
            except Exception as error:
                if getattr(error, "status_code", None) in (400, 413, 422) and size > SMALL_BATCH:
                    size = SMALL_BATCH
                    continue
                raise self._failed(fault(error)) from error
            self._keep(batch, found)
            known |= dict(zip(batch, found, strict=True))
            missing = rest
        if len({vector.shape for vector in known.values()}) > 1:
            # The endpoint now serves another model under the same name: nothing kept of it holds any more.
            self.file.unlink(missing_ok=True)
            raise self._failed(both("向量的长度前后不一", "its vectors differ in length"))
        return np.stack([known[text] for text in texts]) if texts else np.zeros((0, 0), dtype=np.float32)

    def _kept(self, texts: list[str]) -> dict[str, np.ndarray]:
        if not self.file.is_file():
            return {}
        marks = {self._mark(text): text for text in texts}
        try:
            with closing(sqlite3.connect(self.file)) as kept:
                rows = kept.execute(
                    f"SELECT mark, vector FROM vectors WHERE mark IN ({','.join('?' * len(marks))})", list(marks)
                ).fetchall()
        except sqlite3.DatabaseError:
            # A damaged file is worth nothing, and is written anew.
            self.file.unlink(missing_ok=True)
            return {}
        return {marks[mark]: np.frombuffer(vector, dtype="<f4") for mark, vector in rows}

    def _keep(self, texts: list[str], vectors: list[np.ndarray]) -> None:
        with closing(sqlite3.connect(self.file)) as kept, kept:
            kept.execute("CREATE TABLE IF NOT EXISTS vectors (mark TEXT PRIMARY KEY, vector BLOB NOT NULL)")
            rows = [(self._mark(text), vector.astype("<f4").tobytes()) for text, vector in zip(texts, vectors, strict=True)]
            kept.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)

    def _mark(self, text: str) -> str:
        return hashlib.sha256(f"{self.model}\n{text}".encode()).hexdigest()

    def _failed(self, why: Words) -> AdwrightError:
        return AdwrightError(
            both(f"词向量模型 {self.model} {why.zh}。", f"The embedding model {self.model}: {why.en}."),
            both("请检查 ADWRIGHT_EMBEDDING_MODEL、ADWRIGHT_EMBEDDING_URL 和密钥。", "Check ADWRIGHT_EMBEDDING_MODEL, ADWRIGHT_EMBEDDING_URL and the key."),
            code="embedding-failed",
        )  # fmt: skip


class Embedder(Embeds):
    """An embedding model at an endpoint; `client` is an OpenAI client."""

    def __init__(self, model: str, client: Any, file: Path, seconds: float = SECONDS) -> None:
        super().__init__(model, file, seconds)
        self.client = client

    def _asked(self, texts: list[str]) -> list[np.ndarray]:
        answer = self.client.embeddings.create(model=self.model, input=texts, encoding_format="float")
        rows = sorted(answer.data, key=lambda row: row.index)
        if [row.index for row in rows] != list(range(len(texts))):
            raise ValueError("not one vector per text")
        return unit(np.array([row.embedding for row in rows], dtype=np.float64))


def unit(rows: np.ndarray) -> list[np.ndarray]:
    """Return [n, width] rows at length 1, float32; ValueError when they are no vectors."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    if rows.ndim != 2 or not rows.shape[1] or not np.isfinite(length).all() or not length.all():
        raise ValueError("no vectors")
    return list((rows / length).astype(np.float32))


def configured(workspace: Workspace, seconds: float = SECONDS) -> Embeds | None:
    """Return the embedding model of the workspace's settings; None where none was named.

    ``local:/path`` is a transformers sentence model on this machine. Else the address is `embedding_url`, else that of the chat model; the
    key is the chat model's. Raises `AdwrightError` (``no-key``) when neither an address nor a key is known, ``no-local-model`` and
    ``no-torch`` where a local model cannot run.
    """
    settings = workspace.settings
    if not settings.embedding_model:
        return None
    if settings.embedding_model.startswith(LOCAL):
        from .sentence import SentenceModel

        return SentenceModel(Path(settings.embedding_model.removeprefix(LOCAL)).expanduser(), workspace.memory / FILE)
    address = settings.embedding_url or settings.base_url
    key = settings.api_key.get_secret_value() if settings.api_key else None
    if not address and not key:
        raise AdwrightError(
            both(
                f"已选择词向量模型 {settings.embedding_model}，但没有地址也没有密钥。",
                f"The embedding model {settings.embedding_model} was chosen, but there is neither an address nor a key.",
            ),
            both("请设置 ADWRIGHT_EMBEDDING_URL 或 ADWRIGHT_API_KEY。", "Set ADWRIGHT_EMBEDDING_URL or ADWRIGHT_API_KEY."),
            code="no-key",
        )
    return Embedder(settings.embedding_model, client(address, key, seconds), workspace.memory / FILE, seconds)
