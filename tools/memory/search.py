"""Finding the past campaigns that are most alike: filters first, BM25 on words, a little help from vectors.

Ranking = BM25 (k1 1.2, b 0.75, best hit = 1) + 0.15 x cosine of our own vectors + 0.1 x how well it went (0.5 when the
question asks what worked). The vectors come from Chroma when it is open, and from the same matrix in memory when it
is not yet or has failed: both give the same neighbours, so an answer does not depend on how warm the process is.
Everything is made from the campaigns table and again when that table changes. Not here: embeddings by a model.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from datetime import date
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from ...data import knowledge
from ...data.brief import Document as Form
from ...data.figure import format_number, rounded
from ...data.result import SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, Words, both
from .documents import SEASON_WORDS, Document, documents
from .outcome import Outcome, outcomes
from .store import OPEN_SECONDS, WRITE_SECONDS, VectorStore
from .tokens import shared_words, tokenise
from .vectors import TextVectors

if TYPE_CHECKING:
    from ...data.workspace import Workspace

NEIGHBOURS = 50
WEIGHT_VECTORS = 0.15
WEIGHT_OUTCOME = 0.1
WEIGHT_OUTCOME_ASKED = 0.5
# Without a common word a campaign is only shown when its vector is at least this near.
LEAST_COSINE = 0.3
WORKED = re.compile(r"\bwork(?:ed|s)?\b|\bbest\b|\bsuccess|\bwon\b|效果|最好|表现好|好用|成功|赚|高回报", re.IGNORECASE)


class Hit(Form):
    """A past campaign: why it was found, its copy, its counts, and rates shrunk towards its channel (None: unknown).

    Raw rates follow from the counts; `ctr`, `cvr` are 0..1, `cpc` is in `currency`, `roas` is revenue / spend.
    """

    id: str
    score: float
    why: Words
    outcome: Words
    channel: str
    placement: str | None = None
    category: str | None = None
    title: str
    headline: str = ""
    body: str = ""
    start: date | None = None
    end: date | None = None
    currency: str
    spend: float
    impressions: int
    clicks: int
    conversions: float
    revenue: float | None = None
    ctr: float | None = None
    cvr: float | None = None
    cpc: float | None = None
    roas: float | None = None


class _Index:
    """Everything that is made once per state of the campaigns table."""

    def __init__(self, workspace: Workspace, mark: str) -> None:
        import bm25s

        self.mark = mark
        warehouse = workspace.warehouse
        rows = warehouse.arrow(warehouse.table("campaigns").order_by("campaign_id")).to_pylist()
        products = warehouse.table("products")
        names = {
            r["product_id"]: f"{r['name_zh'] or ''} {r['name_en'] or ''}".strip()
            for r in warehouse.arrow(products[["product_id", "name_zh", "name_en"]]).to_pylist()
        }
        self.documents: list[Document] = documents(rows, names)
        self.outcomes: list[Outcome] = outcomes(rows)
        self.filters = {key: np.array([getattr(d, key) for d in self.documents], dtype=object) for key in ("channel", "category")}
        self.ranks = np.array([o.rank for o in self.outcomes])
        self.at = {d.id: i for i, d in enumerate(self.documents)}
        terms = [tokenise(d.words) for d in self.documents]
        self.vectors = TextVectors(terms)
        self.known = {term for text in terms for term in text}
        self.bm25 = bm25s.BM25(k1=1.2, b=0.75)
        if self.known:
            self.bm25.index(terms, show_progress=False)
        self.store = VectorStore(workspace.memory)

    def start_store(self) -> None:
        filters = [{"channel": d.channel, "category": d.category} for d in self.documents]
        self.store.start(self.mark, [d.id for d in self.documents], [d.words for d in self.documents], filters, self.vectors.matrix)


_INDEXES: OrderedDict[str, _Index] = OrderedDict()
_LOCK = Lock()
_KEPT = 4


class CampaignMemory:
    """The shop's past campaigns. Cheap to make: the index is kept per workspace and table state.

    Example:
        >>> CampaignMemory(workspace).search("轻便跑鞋 双11", {"channel": "douyin"}, n=3)  # doctest: +SKIP
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @property
    def size(self) -> int:
        """How many campaigns are remembered."""
        return len(self._index().documents)

    @property
    def note(self) -> Words | None:
        """What is not as it should be (the vector store failed), or None."""
        fault = self._index().store.fault
        return fault and both(
            f"{fault.zh}，已直接在内存中检索，结果相同。", f"{fault.en}; the same vectors were searched in memory.".capitalize()
        )

    def warm(self, seconds: float = 0.0) -> bool:
        """Open the vector store in the background; wait up to `seconds`. True when it is open."""
        index = self._index()
        if index.documents:
            index.start_store()
        return index.store.wait(seconds) if seconds and index.documents else index.store.ready

    def rebuild(self) -> int:
        """Make everything again from the campaigns table, the vector store too; returns the number of campaigns."""
        with _LOCK:
            _INDEXES.pop(str(self._workspace.path), None)
        index = self._index()
        index.mark += "+"  # a name of its own, so that the stored collection is written anew
        self.warm(OPEN_SECONDS + WRITE_SECONDS)
        return len(index.documents)

    def search(self, query: str, filters: dict[str, str] | None = None, n: int = 10) -> list[Hit]:
        """Return at most `n` campaigns, best first. `filters` may name ``channel`` (id or alias) and ``category``.

        With filters, whatever passes them is ranked; without, a campaign must share a word or be near. Raises
        `AdwrightError` (code ``unknown-channel``).
        """
        index = self._index()
        wanted = {key: value for key, value in (filters or {}).items() if value}
        if "channel" in wanted:
            wanted["channel"] = knowledge.channel(wanted["channel"]).id
        inside = np.ones(len(index.documents), dtype=bool)
        for key, value in wanted.items():
            inside &= index.filters[key] == value
        if not inside.any() or n < 1:
            return []
        terms = [term for term in dict.fromkeys(tokenise(expanded(query))) if term in index.known]
        words = np.where(inside, self._words(index, terms), 0.0)
        near = self._near(index, terms, wanted, inside)
        relevance = words / (words.max() or 1.0) + WEIGHT_VECTORS * near
        score = relevance + (WEIGHT_OUTCOME_ASKED if WORKED.search(query) else WEIGHT_OUTCOME) * index.ranks
        allowed = inside if wanted else inside & ((words > 0) | (near >= LEAST_COSINE))
        places = np.flatnonzero(allowed)
        # Documents stand in the order of their ids, so a stable sort breaks ties by id.
        order = places[np.argsort(-score[places].round(6), kind="stable")[:n]]
        return [_hit(index.documents[i], index.outcomes[i], float(score[i]), query, wanted) for i in order]

    def _words(self, index: _Index, terms: list[str]) -> np.ndarray:
        return np.asarray(index.bm25.get_scores(terms), dtype=np.float64) if terms else np.zeros(len(index.documents))

    def _near(self, index: _Index, terms: list[str], wanted: dict[str, str], inside: np.ndarray) -> np.ndarray:
        """Cosine of the nearest `NEIGHBOURS` campaigns, zero for the others."""
        vector = index.vectors.embed(terms)
        cosine = np.asarray(index.vectors.matrix @ vector, dtype=np.float64)
        near = np.zeros(len(cosine))
        if not vector.any():
            return near
        places: list[int] | None = None
        if index.store.ready:
            try:
                places = [index.at[id_] for id_ in index.store.nearest(vector, wanted, min(NEIGHBOURS, int(inside.sum())))]
            except Exception as error:
                index.store.set_aside(error)
        if places is None:
            candidates = np.flatnonzero(inside)
            places = [int(i) for i in candidates[np.argsort(-cosine[candidates], kind="stable")[:NEIGHBOURS]]]
        near[places] = np.maximum(cosine[places], 0.0)
        return near

    def _index(self) -> _Index:
        workspace = self._workspace
        key, mark = str(workspace.path), f"1:{workspace.fingerprint('campaigns')}:{workspace.fingerprint('products')}"
        with _LOCK:
            index = _INDEXES.get(key)
            if index is None or index.mark.rstrip("+") != mark:
                index = _INDEXES[key] = _Index(workspace, mark)
                while len(_INDEXES) > _KEPT:
                    _INDEXES.popitem(last=False)
            _INDEXES.move_to_end(key)
            return index


def expanded(query: str) -> str:
    """Add to a question the ids of the festival, season and category it names, as documents have them."""
    extra = [id_ for id_ in (knowledge.occasion_of(query), knowledge.category_of(query)) if id_]
    plain = query.lower()
    extra += [words for words in SEASON_WORDS.values() if any(word in plain for word in words.replace("季", "").replace("天", "").split())]
    return " ".join([query, *extra])


def _hit(document: Document, outcome: Outcome, score: float, query: str, wanted: dict[str, str]) -> Hit:
    row = document.row
    return Hit(
        id=document.id,
        score=round(score, 6),
        why=_why(document, query, wanted),
        outcome=_told(row, outcome),
        channel=document.channel,
        placement=row["placement"],
        category=row["category"],
        title=row["name"] or row["headline"] or document.id,
        headline=row["headline"] or "",
        body=row["body"] or "",
        start=row["start"],
        end=row["end"],
        currency=row["currency"],
        spend=float(row["spend"]),
        impressions=int(row["impressions"]),
        clicks=int(row["clicks"]),
        conversions=float(row["conversions"]),
        revenue=None if row["revenue"] is None else float(row["revenue"]),
        ctr=outcome.ctr,
        cvr=outcome.cvr,
        cpc=outcome.cpc,
        roas=outcome.roas,
    )


def _why(document: Document, query: str, wanted: dict[str, str]) -> Words:
    zh, en = [], []
    if "channel" in wanted:
        name = knowledge.channel(document.channel).name
        zh.append(f"同渠道（{name.zh}）")
        en.append(f"same channel ({name.en})")
    category = knowledge.categories().get(document.category)
    if "category" in wanted and category:
        zh.append(f"同品类（{category.name.zh}）")
        en.append(f"same category ({category.name.en})")
    words = shared_words(query, document.words)
    if words:
        zh.append(f"共同的词：{'、'.join(words)}")
        en.append(f"words in common: {', '.join(words)}")
    return both("；".join(zh) or "内容相近", "; ".join(en) or "similar content")


def _told(row: dict[str, Any], outcome: Outcome) -> Words:
    currency = row["currency"]
    spend = format_number(rounded(float(row["spend"]), currency), currency)
    zh, en = [f"花费 {spend}", f"{float(row['conversions']):,.0f} 单"], [f"spend {spend}", f"{float(row['conversions']):,.0f} orders"]
    if outcome.roas is not None:
        zh.append(f"ROAS {outcome.roas:.2f}（向渠道均值收缩）")
        en.append(f"ROAS {outcome.roas:.2f} (shrunk towards the channel)")
    elif outcome.ctr is not None and outcome.cvr is not None:
        zh.append(f"点击率 {outcome.ctr:.3%}，转化率 {outcome.cvr:.2%}（向渠道均值收缩）；没有成交额记录")
        en.append(f"CTR {outcome.ctr:.3%}, CVR {outcome.cvr:.2%} (shrunk towards the channel); no revenue recorded")
    return both("，".join(zh), ", ".join(en))


class SearchCampaigns(Form):
    """Look up past campaigns of this shop."""

    query: str = Field(min_length=1, max_length=2000, description="What to look for, in the user's words")
    channel: str | None = Field(default=None, description="Only this channel, if the user named one")
    category: str | None = Field(default=None, description="Only this product category id, if the user named one")
    n: int = Field(default=5, ge=1, le=50, description="How many")
    reply_language: Language = Field(default="zh", description="Language of the answer")


def search_campaigns(workspace: Workspace, request: SearchCampaigns, progress: Progress = SILENT) -> ToolResult:
    """Find the shop's past campaigns that are most alike, with why and how they went."""
    memory = CampaignMemory(workspace)
    language = request.reply_language
    progress.note(both("打开过往投放的记忆", "Opening the memory of past campaigns"), 0, 2)
    # The first question of a process waits for the store; plans do not, and get the same ranking.
    memory.warm(OPEN_SECONDS)
    progress.note(both("比对", "Comparing"), 1, 2)
    filters = {"channel": request.channel or "", "category": request.category or ""}
    hits = memory.search(request.query, filters, n=request.n)
    note = memory.note
    title = both("相似的过往投放", "Similar past campaigns")
    if memory.size == 0:
        finding = both(
            "店铺还没有过往投放记录。可用 adwright import campaigns 导入。",
            "No past campaigns yet. Import them with: adwright import campaigns FILE.",
        )
    elif not hits:
        finding = both("没有找到相近的过往投放。", "No past campaign is alike.")
    else:
        finding = both(f"在 {memory.size} 次过往投放中找到 {len(hits)} 次相近的", f"{len(hits)} of {memory.size} past campaigns are alike")
    told = [finding.pick(language), *(f"[{h.id}] {h.title[:40]}: {h.outcome.pick(language)}" for h in hits)]
    data: dict[str, Any] = {"items": [h.model_dump(mode="json") for h in hits]}
    if note:
        data["note"] = note.model_dump()
        told.insert(1, note.pick(language))
    artifact = Artifact(kind="campaigns", title=title, data=data, source=[f"campaign:{h.id}" for h in hits])
    return ToolResult(content=_fit(told), finding=finding, artifact=artifact)


def _fit(lines: list[str], limit: int = 500) -> str:
    text = ""
    for line in lines:
        if len(text) + len(line) + 1 > limit:
            break
        text += line + "\n"
    return text.strip() or lines[0][:limit]
