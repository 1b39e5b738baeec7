"""Finding the past campaigns that are most alike: filters first, BM25 on words, a little help from vectors.

Ranking = BM25 (best hit = 1) + weight x nearness of vectors where they are near + 0.1 x how well it went (0.5 when the question asks what worked). The vectors
come from Chroma when it is open, and from the same matrix in memory when it is not yet or has failed: both give the same neighbours, so an
answer does not depend on how warm the process is. Everything is made from the shop's tables and again when they change.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data import knowledge
from ...data.errors import AdwrightError
from ...data.words import Words, both
from .asking import WORKED, Filters, expanded, filters_of, subject
from .documents import TABLES, Document
from .hits import Hit, hit
from .index import Index
from .lessons import Lesson, lessons
from .outcome import Outcome
from .store import OPEN_SECONDS, WRITE_SECONDS

if TYPE_CHECKING:
    from ...data.workspace import Workspace

__all__ = ["CampaignMemory", "Hit"]
WEIGHT_OUTCOME = 0.1
WEIGHT_OUTCOME_ASKED = 0.5
# Version of the stored vectors' form.
FORM = 2

_INDEXES: OrderedDict[str, Index] = OrderedDict()
_LOCK = Lock()
_KEPT = 4


class CampaignMemory:
    """The shop's past campaigns. Cheap to make: the index is kept per workspace and state of its tables.

    Example:
        >>> CampaignMemory(workspace).search("what worked for us on Douyin last winter?", n=3)  # doctest: +SKIP
        >>> CampaignMemory(workspace).search("轻便跑鞋", {"channel": "douyin", "when": "去年双11"}, n=3)  # doctest: +SKIP
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @property
    def size(self) -> int:
        """How many campaigns are remembered, creatives not counted."""
        return sum(d.kind != "creative" for d in self._index().documents)

    @property
    def note(self) -> Words | None:
        """What is not as it should be (the vector store or the embedding model failed), or None."""
        index = self._index()
        if index.note:
            return index.note
        fault = index.store.fault
        return fault and both(
            f"{fault.zh}，已直接在内存中检索，结果相同。", f"{fault.en}; the same vectors were searched in memory.".capitalize()
        )

    def warm(self, seconds: float = 0.0) -> bool:
        """Open the vector store in the background; wait up to `seconds`. True when it is open."""
        index = self._index()
        index.open_store()
        return index.store.wait(seconds) if seconds and index.documents else index.store.ready

    def rebuild(self) -> int:
        """Make everything again from the tables, the vector store too; returns the number of campaigns."""
        with _LOCK:
            _INDEXES.pop(str(self._workspace.path), None)
        index = self._index()
        index.mark += "+"  # a name of its own, so that the stored collection is written anew
        self.warm(OPEN_SECONDS + WRITE_SECONDS)
        return self.size

    def add(self, campaigns: Sequence[Mapping[str, Any]]) -> int:
        """Add finished campaigns, or replace those with the same ``campaign_id``; return how many are remembered then.

        A campaign is a mapping with the fields of the campaigns table: ``campaign_id``, ``channel`` (id or any known name), ``currency``,
        ``spend``, ``impressions``, ``clicks``, ``conversions`` at least. Raises `AdwrightError` (``bad-campaign``, ``unknown-channel``).
        """
        import pyarrow as pa

        if not campaigns:
            return self.size
        warehouse = self._workspace.warehouse
        rows = [{**row, "channel": knowledge.channel(str(row.get("channel") or "")).id} for row in campaigns]
        ids = {str(row.get("campaign_id")) for row in rows}
        kept = [r for r in warehouse.arrow(warehouse.table("campaigns", exact=True)).to_pylist() if r["campaign_id"] not in ids]
        names = sorted({name for row in [*kept, *rows] for name in row})
        unique = {str(row.get("campaign_id")): row for row in rows}
        try:
            told = [{name: _plain(row.get(name)) for name in names} for row in [*kept, *unique.values()]]
            warehouse.replace("campaigns", pa.Table.from_pylist(told, pa.schema([(name, pa.string()) for name in names])))
        except AdwrightError:
            raise
        except Exception as error:
            reason = str(error).splitlines()[0][:200]
            raise AdwrightError(
                both(f"这些投放没有记下：{reason}。", f"These campaigns were not added: {reason}."),
                both(
                    "每一条都要有 campaign_id、channel、currency、spend、impressions、clicks、conversions。",
                    "Each needs campaign_id, channel, currency, spend, impressions, clicks and conversions.",
                ),
                code="bad-campaign",
            ) from error
        return self.size

    def search(self, query: str, filters: Mapping[str, Any] | None = None, n: int = 10, today: date | None = None) -> list[Hit]:
        """Return at most `n` campaigns, best first.

        `filters` may name ``channel`` (id or alias), ``category``, ``when`` (a `Period` or words, as “去年冬天”) and ``kind`` (``campaign``,
        ``running``, ``creative``, ``any``); whatever passes them is ranked. Without `filters` channel and time are read from the question,
        relative to `today` (the shop's day), and a campaign must share a word with the rest of it or be near. Raises `AdwrightError`
        (``unknown-channel``, ``unknown-period``, ``unknown-filter``).
        """
        asked = filters_of(query, filters, today or self.day())
        if filters is not None:
            return self.ranked(query, asked, n, query, everything=asked.stated)
        about = subject(query, asked) if asked.stated else query
        return self.ranked(about, asked, n, query, everything=False)

    def ranked(self, about: str, filters: Filters, n: int, query: str, everything: bool) -> list[Hit]:
        """Rank what passes `filters` by its likeness to `about`; `everything`: also what shares nothing with it."""
        index = self._index()
        inside = index.passing.mask(filters)
        if not inside.any() or n < 1:
            return []
        wider = expanded(about, filters.period is not None)
        words, shared = index.words.scores(wider)
        words = np.where(inside, words, 0.0)
        near = index.near(wider, filters, inside)
        score = words / (words.max() or 1.0) + index.weight * near
        score += (WEIGHT_OUTCOME_ASKED if WORKED.search(query) else WEIGHT_OUTCOME) * index.ranks
        if everything or (filters.stated and not shared.any() and not knowledge.goods_named(about)):
            allowed = inside
        else:
            allowed = inside & (shared | (near > 0))
        places, score = np.flatnonzero(allowed), score.round(6)
        if len(places) > n:
            least = np.partition(score[places], len(places) - n)[len(places) - n]
            places = places[score[places] >= least]
        # Documents stand in the order of their ids, so a stable sort breaks ties by id.
        order = places[np.argsort(-score[places], kind="stable")[:n]]
        return [hit(index.documents[i], index.outcomes[i], float(score[i]), about, filters) for i in order]

    def passing(self, filters: Filters) -> list[tuple[Document, Outcome]]:
        """Return every document that passes `filters`, with its outcome."""
        index = self._index()
        return [(index.documents[i], index.outcomes[i]) for i in np.flatnonzero(index.passing.mask(filters))]

    def categories(self) -> frozenset[str]:
        """Return the categories that any campaign is filed under."""
        return frozenset(d.category for d in self._index().documents if d.category)

    def lessons(self, filters: Mapping[str, Any] | None = None, today: date | None = None, looks: int = 1) -> list[Lesson]:
        """Return what set the better campaigns apart among those that pass `filters` (keys as in `search`); empty where chance would do.

        Whoever asks of several sets at once says so in `looks`.
        """
        return lessons(self.passing(filters_of("", filters or {}, today or self.day())), looks)

    def day(self) -> date:
        """Return today in the shop's zone."""
        return datetime.now(self._workspace.zone).date()

    def _index(self) -> Index:
        workspace = self._workspace
        model = workspace.settings.embedding_model or ""
        key, mark = str(workspace.path), f"{FORM}:{model}:{workspace.warehouse.fingerprints(TABLES)}"
        with _LOCK:
            index = _INDEXES.get(key)
            if index is None or index.mark.rstrip("+") != mark:
                index = _INDEXES[key] = Index(workspace, mark)
                while len(_INDEXES) > _KEPT:
                    _INDEXES.popitem(last=False)
            _INDEXES.move_to_end(key)
            return index


def _plain(value: Any) -> str | None:
    return None if value is None else str(value)
