"""`rank_creatives`: the plan's own ads by the CTR predicted for them, with how sure that is and why.

Ads are ranked within their channel, because channels differ in CTR whatever the ad says. The intervals say how far a campaign's CTR may
stray from its prediction; a lead smaller than them is called one that only a test can tell (`creative_test`). Not here: why one
named ad beats another (`response.drafts`), what past ads did (`memory`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from ...data import knowledge
from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.figure import Figure
from ...data.result import CONTENT_LIMIT, SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, Words, both
from ..response.drafts import contexts_of
from ..response.response import Response
from ..response.why import NO_MODEL, drivers, notes, signed, worth_telling
from .in_force import plan_in_force

if TYPE_CHECKING:
    from ...data.plan import CampaignPlan, Creative
    from ...data.workspace import Workspace

# Below this relative difference two rates are told as equal.
EQUAL = 0.005


class RankCreatives(Document):
    """Which ads to rank. Pass only what the user said."""

    channel: str | None = Field(default=None, description="Channel id or name, if the user named one")
    plan_id: str | None = Field(default=None, description="The plan in force")
    version: int | None = Field(default=None)
    reply_language: Language = Field(default="zh", description="Language of the answer")


def rank_creatives(workspace: Workspace, request: RankCreatives, progress: Progress = SILENT) -> ToolResult:
    """Rank the ads of the plan in force, channel by channel; the artifact is a table.

    Raises `AdwrightError`: ``no-plan``, ``no-creative``.
    """
    plan = plan_in_force(workspace, request.plan_id, request.version)
    asked = knowledge.channel(request.channel).id if request.channel else None
    ranked = {channel: own for channel, own in by_channel(plan).items() if asked in (None, channel)}
    if not ranked:
        raise AdwrightError(
            both("计划里没有这个渠道的文案。", "The plan has no ads for that channel."),
            both("可以只问“哪条文案最好”。", "Ask “which headline is best?” without a channel."),
            code="no-creative",
        )
    response = Response.load(workspace)
    parts = [_part(workspace, plan, channel, own, response) for channel, own in ranked.items()]
    finding = Words(zh="；".join(part["finding"]["zh"] for part in parts), en="; ".join(part["finding"]["en"] for part in parts))
    told = [reason for part in parts for reason in part["reasons"]]
    pictured = any(m.kind == "image" for own in ranked.values() for c in own for m in c.media)
    modelled = any(c.ctr is not None and c.ctr.source == "model" for own in ranked.values() for c in own)
    said = notes(response, told, pictured) if modelled else [NO_MODEL]
    rows = [{"channel": part["name"], "place": i, **row} for part in parts for i, row in enumerate(part["rows"], 1)]
    data = {
        "ranking": [{**part, "reasons": [d.words.model_dump() for d in part["reasons"]]} for part in parts],
        "notes": [note.model_dump() for note in said],
        "columns": [
            {"key": "channel", "name": {"zh": "渠道", "en": "Channel"}, "unit": "text"},
            {"key": "place", "name": {"zh": "名次", "en": "Place"}, "unit": "count"},
            {"key": "text", "name": {"zh": "文案", "en": "Ad"}, "unit": "text"},
            {"key": "ctr", "name": {"zh": "预计点击率", "en": "Expected CTR"}, "unit": "rate"},
            {"key": "range", "name": {"zh": "P10–P90", "en": "P10–P90"}, "unit": "text"},
        ],
        "rows": [{**row, "ctr": str(Figure.model_validate(row["ctr"]).value)} for row in rows],
    }
    artifact = Artifact(kind="table", title=both("文案排名", "Ads ranked"), data=data, source=[plan.id])
    return ToolResult(content=finding.pick(request.reply_language)[:CONTENT_LIMIT], finding=finding, artifact=artifact)


def by_channel(plan: CampaignPlan) -> dict[str, list[Creative]]:
    """Return the plan's ads with a predicted CTR, best first, by channel; the channel with the largest budget first."""
    spend: dict[str, Any] = {}
    for line in plan.lines:
        spend[line.channel] = spend.get(line.channel, 0) + line.budget.amount
    found: dict[str, list[Creative]] = {}
    for creative in plan.creatives:
        if creative.ctr is not None:
            found.setdefault(creative.channel, []).append(creative)
    return {
        channel: sorted(found[channel], key=lambda c: -c.ctr.value if c.ctr else 0)
        for channel in sorted(found, key=lambda c: -spend.get(c, 0))
    }


def _part(workspace: Workspace, plan: CampaignPlan, channel: str, own: list[Creative], response: Response) -> dict[str, Any]:
    """One channel: its ads in order, whether the lead is one, and what makes it."""
    name = knowledge.channel(channel).name
    best, last = own[0], own[-1]
    top, bottom = _ctr(best), _ctr(last)
    by = float(top.value / bottom.value) - 1 if bottom.value else 0.0
    verdict = "one" if len(own) == 1 else "equal" if by < EQUAL else "inside" if _overlap(top, bottom) else "apart"
    reasons = []
    if verdict in ("inside", "apart") and top.source == "model":
        a, b = contexts_of(workspace, plan.brief, [best, last], response)
        reasons = worth_telling(drivers(response, a, b, "ctr"))
    head = best.copy_fields[0].text if best.copy_fields else best.id
    if verdict == "equal":
        words = both(f"{name.zh}的 {len(own)} 条预计点击率一样", f"the {len(own)} ads for {name.en} have the same expected CTR")
    else:
        words = both(f"{name.zh}「{head}」预计点击率最高", f"“{head}” has the highest expected CTR on {name.en}")
    return {
        "channel": channel,
        "name": name.model_dump(),
        "verdict": verdict,
        "by": signed(by).lstrip("+"),
        "finding": both(f"{words.zh}：{top.ranged_text('zh')}", f"{words.en}: {top.ranged_text('en')}").model_dump(),
        "rows": [
            {
                "id": c.id,
                "text": c.copy_fields[0].text if c.copy_fields else c.id,
                "ctr": _ctr(c).model_dump(mode="json"),
                "range": _ctr(c).range_text(),
            }
            for c in own
        ],
        "reasons": reasons,
    }


def _ctr(creative: Creative) -> Figure:
    assert creative.ctr is not None
    return creative.ctr


def _overlap(top: Figure, bottom: Figure) -> bool:
    return top.low is None or bottom.high is None or top.low <= bottom.high
