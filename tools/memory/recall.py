"""The agent's way to the memory: past campaigns that answer a question, how they went, and what set the better ones apart."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from pydantic import Field

from ...data import knowledge
from ...data.brief import Document as Form
from ...data.money import Money
from ...data.result import SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, Words, both
from .asking import WORKED, Filters, channels_in, subject
from .lessons import lessons
from .search import CampaignMemory, Hit
from .store import OPEN_SECONDS
from .times import period_in

if TYPE_CHECKING:
    from ...data.workspace import Workspace

LESSONS = 2


class SearchCampaigns(Form):
    """Look up past campaigns of this shop."""

    query: str = Field(min_length=1, max_length=2000, description="What to look for, in the user's words, with the time they named")
    channel: str | None = Field(default=None, description="Only this channel, if the user named one")
    category: str | None = Field(default=None, description="Only this product category id, if the user named one")
    n: int = Field(default=5, ge=1, le=50, description="How many")
    today: date | None = Field(default=None, description="Today in the shop's zone")
    reply_language: Language = Field(default="zh", description="Language of the answer")


def search_campaigns(workspace: Workspace, request: SearchCampaigns, progress: Progress = SILENT) -> ToolResult:
    """Find the shop's past campaigns that answer a question, best first, with why, how they went and what set them apart."""
    memory = CampaignMemory(workspace)
    language = request.reply_language
    progress.note(both("打开过往投放的记忆", "Opening the memory of past campaigns"), 0, 2)
    # The first question of a process waits for the store; plans do not, and get the same ranking.
    memory.warm(OPEN_SECONDS)
    progress.note(both("比对", "Comparing"), 1, 2)
    filters = _filters(request, memory)
    about = subject(request.query, filters) if filters.stated else request.query
    hits = memory.ranked(about, filters, request.n, request.query, everything=False)
    rows = [row for row in memory.passing(filters) if row[0].kind == "campaign"] if filters.stated else []
    told = lessons(rows)[:LESSONS]
    finding = _finding(memory, request, filters, hits, len(rows))
    lines = [finding.pick(language), *(f"[{h.id}] {h.title[:40]}: {h.outcome.pick(language)}" for h in hits)]
    data: dict[str, Any] = {
        "items": [h.model_dump(mode="json") for h in hits],
        "lessons": [{"text": lesson.text.model_dump(), "ids": lesson.ids} for lesson in told],
    }
    note = memory.note
    if note:
        data["note"] = note.model_dump()
        lines.insert(1, note.pick(language))
    title = both("相似的过往投放", "Similar past campaigns") if about else both("过往投放", "Past campaigns")
    artifact = Artifact(kind="campaigns", title=title, data=data, source=[f"campaign:{h.id}" for h in hits])
    return ToolResult(content=_fit([*lines, *(lesson.text.pick(language) for lesson in told)]), finding=finding, artifact=artifact)


def _filters(request: SearchCampaigns, memory: CampaignMemory) -> Filters:
    """The channel and category asked for, and the time and further channels that the question names."""
    named = channels_in(request.query)
    if request.channel:
        named |= {knowledge.channel(request.channel).id}
    known = memory.categories()
    # A category without campaigns of its own would hide those filed under another.
    category = request.category if request.category in known else ""
    return Filters(named, category or "", period=period_in(request.query, request.today or memory.day()))


def _finding(memory: CampaignMemory, request: SearchCampaigns, filters: Filters, hits: list[Hit], passing: int) -> Words:
    if memory.size == 0:
        return both(
            "店铺还没有过往投放记录。可用 adwright import campaigns 导入。",
            "No past campaigns yet. Import them with: adwright import campaigns FILE.",
        )
    where = _where(filters)
    if not hits and filters.stated and passing:
        return both(
            f"{where.zh}有 {passing} 次投放，但没有和这件商品相近的。", f"{passing} campaigns ran {where.en}, but none for this product."
        )
    if not hits:
        near = _nearest(memory, filters)
        return both(f"{where.zh}没有找到投放记录。{near.zh}", f"No campaign on record {where.en}. {near.en}".strip())
    if not filters.stated:
        return both(f"在 {memory.size} 次过往投放中找到 {len(hits)} 次相近的", f"{len(hits)} of {memory.size} past campaigns are alike")
    whole = _summed(memory, filters)
    worked = bool(WORKED.search(request.query))
    shown = min(len(hits), passing)
    order = both("回报从高到低", "the best first") if worked else both("最相关的在前", "the closest first")
    return both(
        f"{where.zh}一共投放 {passing} 次{whole.zh}。下面 {shown} 次按{order.zh}排列" if shown > 1 else f"{where.zh}有 {passing} 次投放{whole.zh}，相关的 {shown} 次",
        f"{passing} campaign{'s' if passing > 1 else ''} ran {where.en}{whole.en}. Here {'are' if shown > 1 else 'is'} {shown}, {order.en}",
    )  # fmt: skip


def _where(filters: Filters) -> Words:
    """The filters in words: in winter 2025–26 on Douyin."""
    zh, en = "", []
    if filters.category:
        name = knowledge.categories()[filters.category].name
        en.append(f"for {name.en.lower()}")
    if filters.channels:
        names = [knowledge.channel(id_).name for id_ in sorted(filters.channels)]
        zh = "、".join(name.zh for name in names)
        en.append("on " + " and ".join(name.en for name in names))
    if filters.period:
        zh = filters.period.name.zh + ("在" if zh else "") + zh
        called = filters.period.name.en
        en.append(("in " if not called.startswith(("the last", "last")) else "in " if called.startswith("the") else "") + called)
    if filters.category:
        zh += knowledge.categories()[filters.category].name.zh + "类"
    return both(zh, " ".join(en))


def _summed(memory: CampaignMemory, filters: Filters) -> Words:
    """What the campaigns of a filter spent and returned together, by currency."""
    sums: dict[str, list[float]] = {}
    for document, _ in memory.passing(filters):
        if document.row["revenue"] is not None and document.row["spend"]:
            total = sums.setdefault(document.row["currency"], [0.0, 0.0, 0.0])
            for i, key in enumerate(("spend", "revenue", "conversions")):
                total[i] += float(document.row[key])
    if len(sums) != 1:
        return both("", "")
    currency, (spend, revenue, orders) = next(iter(sums.items()))
    money = Money.of(round(spend, 2), currency).text(short=True)
    return both(
        f"，合计花费 {money}，成交 {orders:,.0f} 单，总 ROAS {revenue / spend:.2f}",
        f": {money} spent in all, {orders:,.0f} orders, ROAS {revenue / spend:.2f}",
    )


def _nearest(memory: CampaignMemory, filters: Filters) -> Words:
    """Where there is nothing: what a wider question would find."""
    if filters.period is None:
        return both("", "")
    wider = [d for d, _ in memory.passing(filters._replace(period=None)) if d.row.get("start")]
    if not wider:
        return both("", "")
    first, last = min(d.row["start"] for d in wider), max(d.row["end"] or d.row["start"] for d in wider)
    return both(
        f"不限时间则有 {len(wider)} 次，从 {first} 到 {last}。", f"Without the time there are {len(wider)}, from {first} to {last}."
    )


def _fit(lines: list[str], limit: int = 500) -> str:
    text = ""
    for line in lines:
        if len(text) + len(line) + 1 > limit:
            break
        text += line + "\n"
    return text.strip() or lines[0][:limit]
