"""The agent's way to the memory: past campaigns that answer a question, how they went, and what set the better ones apart."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pydantic import Field

from ...data import knowledge
from ...data.brief import Document as Form
from ...data.money import Money
from ...data.result import SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, Words, both
from .asking import WORKED, Filters, channels_in, subject
from .documents import Document
from .lessons import Lesson, lessons
from .search import CampaignMemory, Hit
from .store import OPEN_SECONDS
from .times import period_in
from .tokens import stem, tokenise

if TYPE_CHECKING:
    from ...data.workspace import Workspace

LESSONS = 2
# Creatives are compared where at least so many were shown at least so often.
ENOUGH, LEAST_CREATIVES = 2_000, 3
# So many are ranked before those that hold a word of the question are put in the order of their returns.
LOOKED_AT = 200
FAILED = re.compile(
    r"最差|最不好|不好的|失败|亏|没效果|\bworst\b|\bfail\w*|\bflop\w*|\bdid(?:n't| not) work\b|\blost money\b", re.IGNORECASE
)


class SearchCampaigns(Form):
    """Look up past campaigns of this shop."""

    query: str = Field(min_length=1, max_length=2000, description="What to look for, in the user's words, with the time they named")
    channel: str | None = Field(default=None, description="Only this channel, if the user named one")
    category: str | None = Field(default=None, description="Only this product category id, if the user named a whole category")
    kind: Literal["campaign", "creative"] = Field(default="campaign", description="creative: which texts did best, by clicks")
    n: int = Field(default=5, ge=1, le=50, description="How many")
    today: date | None = Field(default=None, description="Today in the shop's zone")
    reply_language: Language = Field(default="zh", description="Language of the answer")


class Found(NamedTuple):
    """What a question found: `about` its subject, `passing` the campaigns within its filters, `close` those of its subject
    (`n` of them are told), `note` what was widened."""

    about: str
    filters: Filters
    passing: list[Document]
    close: list[Hit]
    n: int
    lessons: list[Lesson]
    order: Words
    note: Words | None = None

    @property
    def hits(self) -> list[Hit]:
        """The hits that are told."""
        return self.close[: self.n]


def search_campaigns(workspace: Workspace, request: SearchCampaigns, progress: Progress = SILENT) -> ToolResult:
    """Find the shop's past campaigns that answer a question, best first, with why, how they went and what set them apart."""
    memory = CampaignMemory(workspace)
    language = request.reply_language
    progress.note(both("打开过往投放的记忆", "Opening the memory of past campaigns"), 0, 2)
    # The first question of a process waits for the store; plans do not, and get the same ranking.
    memory.warm(OPEN_SECONDS)
    progress.note(both("比对", "Comparing"), 1, 2)
    found = _found(memory, request)
    finding = _finding(memory, found)
    lines = [finding.pick(language), *(f"[{h.id}] {h.title[:40]}: {h.outcome.pick(language)}" for h in found.hits)]
    data: dict[str, Any] = {
        "by_clicks": request.kind == "creative",
        "items": [h.model_dump(mode="json") for h in found.hits],
        "lessons": [{"text": lesson.text.model_dump(), "ids": lesson.ids} for lesson in found.lessons],
    }
    if memory.note:
        data["note"] = memory.note.model_dump()
        lines.insert(1, memory.note.pick(language))
    title = both("相似的过往投放", "Similar past campaigns") if found.about else both("过往投放", "Past campaigns")
    artifact = Artifact(kind="campaigns", title=title, data=data, source=[f"campaign:{h.id}" for h in found.hits])
    return ToolResult(content=_fit([*lines, *(one.text.pick(language) for one in found.lessons)]), finding=finding, artifact=artifact)


def _found(memory: CampaignMemory, request: SearchCampaigns) -> Found:
    filters, note = _filters(request, memory), None
    earlier = filters.period.before if filters.period else None
    if earlier and not memory.passing(filters) and memory.passing(filters._replace(period=earlier)):
        note = both(
            f"{_in(filters).zh}还没有投放记录，看的是再前一年。", f"Nothing is on record {_in(filters).en} yet; this is a year earlier."
        )
        filters = filters._replace(period=earlier)
    by_clicks = request.kind == "creative"
    if by_clicks and sum(d.row["impressions"] >= ENOUGH for d, _ in memory.passing(filters)) < LEAST_CREATIVES:
        note = both(
            "单条文案的曝光记录太少，比不出高低；下面看整个投放的点击率和它的标题。",
            "Too few impressions are logged per text to tell them apart, so this looks at the click rate of whole campaigns and their headlines.",
        )
        filters = filters._replace(kinds=frozenset({"campaign"}))
    asks = WORKED.search(request.query) is not None or by_clicks
    about = subject(request.query, filters) if filters.stated or asks else request.query
    passing = memory.passing(filters)
    hits = memory.ranked(about, filters, LOOKED_AT, request.query, everything=not about)
    named = bool(knowledge.goods_named(about)) or any(h.matched for h in hits)
    close = _of_subject(hits, about) if named else hits
    if named and not close and hits:
        note = _not_found(about, filters)
        close = hits
    worst = FAILED.search(request.query) is not None
    order = both("最相关的在前", "the closest first")
    if worst or asks:
        by = both("点击率", "by click rate") if by_clicks else both("回报", "by return")
        order = both(f"按{by.zh}{'从低到高' if worst else '从高到低'}", f"ranked {by.en}, {'worst' if worst else 'best'} first")
        rates = {h.id: h.ctr if by_clicks else h.roas for h in close}
        close = sorted(close, key=lambda h: (rates[h.id] is None, (rates[h.id] or 0.0) * (1 if worst else -1), h.id))
    elif not about:
        order = both("从近到远", "the latest first")
        close = sorted(close, key=lambda h: (h.start or date.min, h.id), reverse=True)
    told = lessons(passing)[:LESSONS] if filters.stated or not about else []
    return Found(about if named else "", filters, [d for d, _ in passing], close, request.n, told, order, note)


def _of_subject(hits: list[Hit], about: str) -> list[Hit]:
    """The hits that hold the goods named in a question, else any of its words."""
    plain = knowledge.fold(about)
    goods = [plain[start:end] for start, end in knowledge.listed_goods(plain)]
    wanted = {stem(word) for word in tokenise(goods[-1])} if goods else set[str]()
    found = [h for h in hits if h.matched and wanted <= {term for word in h.matched for term in tokenise(word)}]
    return found if goods else [h for h in hits if h.matched]


def _not_found(about: str, filters: Filters) -> Words:
    where = _in(filters)
    return both(
        f"{where.zh}没有“{about}”的投放，最接近的是",
        f"No campaign for “{about}” is on record{' ' + where.en if where.en else ''}; the closest",
    )


def _filters(request: SearchCampaigns, memory: CampaignMemory) -> Filters:
    """The channel and category asked for, and the time and further channels that the question names."""
    named = channels_in(request.query)
    if request.channel:
        named |= {knowledge.channel(request.channel).id}
    # A category without campaigns of its own would hide those filed under another.
    category = request.category if request.category in memory.categories() else None
    return Filters(named, category or "", frozenset({request.kind}), period_in(request.query, request.today or memory.day()))


def _finding(memory: CampaignMemory, found: Found) -> Words:
    if memory.size == 0:
        return both(
            "店铺还没有过往投放记录。可用 adwright import campaigns 导入。",
            "No past campaigns yet. Import them with: adwright import campaigns FILE.",
        )
    where, hits, passing = _in(found.filters), found.hits, found.passing
    lead = found.note or both("", "")
    if hits and lead.zh.endswith("最接近的是"):
        return lead
    if not hits and found.filters.stated and passing:
        what = both(f"“{found.about}”的", f"for “{found.about}”") if found.about else both("相关的", "to do with this")
        told = both(f"{where.zh}有 {len(passing)} 次投放，但没有{what.zh}。", f"{_ran(len(passing))} {where.en}, but none {what.en}.")
        return _joined(lead, told, _elsewhere(memory, found))
    if not hits and found.filters.stated:
        return _joined(lead, both(f"{where.zh}没有投放记录。", f"No campaign is on record {where.en}."), _elsewhere(memory, found))
    if not hits:
        return both("没有找到相近的过往投放。", "No past campaign is alike.")
    order, shown, close = found.order, len(hits), len(found.close)
    if not found.about and not found.filters.stated:
        return _joined(lead, both(f"一共有 {len(passing)} 次投放记录，{order.zh}", f"{len(passing)} campaigns are on record, {order.en}"))
    if found.about:
        least = f"，先看 {shown} 次" if shown < close else ""
        zh = f"{where.zh + '的 ' if where.zh else ''}{len(passing)} 次投放里，相关的有 {close} 次{least}，{order.zh}"
        en = f"Of {len(passing)} campaigns{' ' + where.en if where.en else ''}, {close} {'has' if close == 1 else 'have'} to do with this"
        return _joined(lead, both(zh, f"{en}{f'; here are {shown}' if shown < close else ''}, {order.en}"))
    once = len(passing) == 1
    what = both("条文案", "text") if passing[0].kind == "creative" else both("次", "campaign")
    whole = _summed(passing)
    zh = f"{where.zh}{'只' if once else '一共'}投放 {len(passing)} {what.zh}{whole.zh}" + ("" if once else f"。{order.zh}")
    en = f"{len(passing)} {what.en}{'' if once else 's'} ran {where.en}{whole.en}" + (
        "" if once else f". {order.en[0].upper()}{order.en[1:]}"
    )
    return _joined(lead, both(zh, en))


def _ran(count: int) -> str:
    return f"{count} campaign{'' if count == 1 else 's'} ran"


def _joined(*parts: Words) -> Words:
    return both("".join(p.zh for p in parts), " ".join(p.en for p in parts if p.en))


def _in(filters: Filters) -> Words:
    """The filters in words: on Douyin in winter 2025–26."""
    zh, en = "", []
    if filters.category:
        en.append(f"for {knowledge.categories()[filters.category].name.en.lower()}")
    if filters.channels:
        names = [knowledge.channel(id_).name for id_ in sorted(filters.channels)]
        zh = "、".join(name.zh for name in names)
        en.append("on " + " and ".join(name.en for name in names))
    if filters.period:
        called = filters.period.name
        zh = f"{called.zh}{'前后' if filters.period.feast else ''}{'在' if zh else ''}{zh}"
        en.append(called.en if called.en.startswith("last") else f"{'around' if filters.period.feast else 'in'} {called.en}")
    if filters.category:
        zh += f"{knowledge.categories()[filters.category].name.zh}类"
    return both(zh, " ".join(en))


def _summed(passing: list[Document]) -> Words:
    """What campaigns spent and returned together, where they are in one currency."""
    counted = [d.row for d in passing if d.row["revenue"] is not None and d.row["spend"]]
    if len({row["currency"] for row in counted}) != 1:
        return both("", "")
    spend, revenue, orders = (sum(float(row[key]) for row in counted) for key in ("spend", "revenue", "conversions"))
    money = Money.of(str(round(spend)), counted[0]["currency"]).text(short=True)
    return both(
        f"，花费 {money}，成交 {orders:,.0f} 单，ROAS {revenue / spend:.2f}",
        f": {money} spent, {orders:,.0f} orders, ROAS {revenue / spend:.2f}",
    )


def _elsewhere(memory: CampaignMemory, found: Found) -> Words:
    """Where there is nothing: what the same question finds at any time."""
    wider = found.filters._replace(period=None)
    if found.filters.period is None:
        return both("", "")
    hits = memory.ranked(found.about, wider, LOOKED_AT, found.about, everything=not found.about)
    hits = [h for h in (_of_subject(hits, found.about) if found.about else hits) if h.start]
    if not hits:
        return both("", "")
    first, last = min(h.start for h in hits if h.start), max(h.end or h.start for h in hits if h.start)
    return both(
        f"不限时间有 {len(hits)} 次，从 {first} 到 {last}。", f"At any time there {'is' if len(hits) == 1 else 'are'} {len(hits)}, from {first} to {last}."
    )  # fmt: skip


def _fit(lines: list[str], limit: int = 500) -> str:
    text = ""
    for line in lines:
        if len(text) + len(line) + 1 > limit:
            break
        text += line + "\n"
    return text.strip() or lines[0][:limit]
