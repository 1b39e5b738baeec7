"""The vector store: Chroma in ``memory/`` or a Chroma server, one collection, our own vectors, a deadline on everything.

Chroma is slow to import (seconds) and may hang on a damaged or shared folder, so it opens in a thread of its own and
every call ends in time. It is never the truth: the shop's tables are. A store that fails is set aside for the life
of the process, and the caller searches the same vectors directly, with the same result. Ids, filters and vectors are kept, no texts.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event, Thread
from typing import Any, TypeVar
from urllib.parse import urlsplit

import numpy as np

from ...data.words import Words, both

OPEN_SECONDS = 20.0
WRITE_SECONDS = 30.0
READ_SECONDS = 2.0
BATCH = 2_000
T = TypeVar("T")


class VectorStore:
    """A Chroma collection with the vectors of one state of a shop, named by its mark: in `folder`, or at the server `address`."""

    def __init__(self, folder: Path, address: str | None = None) -> None:
        self.folder, self.address = folder / "chroma", address
        # A server may hold the collections of several shops.
        self.name = f"campaigns-{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}" if address else "campaigns"
        self.fault: Words | None = None
        self._collection: Any = None
        self._opening: Thread | None = None
        self._open = Event()

    @property
    def ready(self) -> bool:
        """True when questions may be asked."""
        return self._open.is_set() and self.fault is None

    def start(self, mark: str, ids: Sequence[str], filters: Sequence[dict[str, str | int]], vectors: np.ndarray) -> None:
        """Begin to open the store in the background and bring it to the state `mark`; a second call does nothing."""
        if self._opening is None and self.fault is None:
            self._opening = Thread(target=self._bring, args=(mark, ids, filters, vectors), daemon=True, name="memory-store")
            self._opening.start()

    def wait(self, seconds: float) -> bool:
        """Wait until the store is open; False, and set aside, when it is not in time."""
        if not self._open.wait(seconds) and self.fault is None:
            self.fault = both(f"向量库 {seconds:.0f} 秒内没有打开", f"the vector store did not open within {seconds:.0f} s")
        return self.ready

    def nearest(self, vector: np.ndarray, where: dict[str, Any] | None, n: int) -> list[str]:
        """Return the ids of the `n` nearest vectors that pass the filters."""
        found = within(
            READ_SECONDS, lambda: self._collection.query(query_embeddings=[vector.tolist()], n_results=n, where=where, include=[])
        )
        return list(found["ids"][0])

    def set_aside(self, error: Exception) -> None:
        """Do not use the store again in this process; `fault` says why."""
        self.fault = both(f"向量库没有回答（{type(error).__name__}）", f"the vector store did not answer ({type(error).__name__})")

    def _bring(self, mark: str, ids: Sequence[str], filters: Sequence[dict[str, str | int]], vectors: np.ndarray) -> None:
        try:
            try:
                self._collection = self._synced(mark, ids, filters, vectors)
            except Exception:
                if self.address:
                    raise
                # The folder is ours and holds nothing but this index: a damaged one is made again.
                self._forget()
                self._collection = self._synced(mark, ids, filters, vectors)
        except Exception as error:
            self.set_aside(error)
        self._open.set()

    def _synced(self, mark: str, ids: Sequence[str], filters: Sequence[dict[str, str | int]], vectors: np.ndarray) -> Any:
        client = self._client()
        if self.name in {one.name for one in client.list_collections()}:
            collection = client.get_collection(self.name, embedding_function=None)
            if (collection.metadata or {}).get("mark") == mark and collection.count() == len(ids):
                return collection
            client.delete_collection(self.name)
        collection = client.create_collection(
            self.name,
            metadata={"mark": "building"},
            configuration={"hnsw": {"space": "cosine", "ef_search": 256, "ef_construction": 200}},
            embedding_function=None,
        )
        for at in range(0, len(ids), BATCH):
            part = slice(at, at + BATCH)
            collection.add(ids=list(ids[part]), embeddings=vectors[part].tolist(), metadatas=[dict(f) for f in filters[part]])
        # Last, so that a half-written index is never taken for a whole one.
        collection.modify(metadata={"mark": mark})
        return collection

    def _client(self) -> Any:
        import chromadb
        from chromadb.config import Settings

        quiet = Settings(anonymized_telemetry=False)
        if not self.address:
            return chromadb.PersistentClient(str(self.folder), settings=quiet)
        place = urlsplit(self.address)
        secure = place.scheme == "https"
        return chromadb.HttpClient(place.hostname or "127.0.0.1", port=place.port or (443 if secure else 8000), ssl=secure, settings=quiet)

    def _forget(self) -> None:
        from chromadb.api.shared_system_client import SharedSystemClient

        SharedSystemClient.clear_system_cache()
        shutil.rmtree(self.folder, ignore_errors=True)


def within(seconds: float, work: Callable[[], T]) -> T:
    """Run `work` in a thread; return its result, raise its exception, or TimeoutError after `seconds`."""
    box: list[T] = []
    faults: list[Exception] = []

    def run() -> None:
        try:
            box.append(work())
        except Exception as error:
            faults.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if faults:
        raise faults[0]
    if not box:
        raise TimeoutError(f"no answer within {seconds} s")
    return box[0]
