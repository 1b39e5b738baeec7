"""What the shop's past campaigns teach for a plan: lessons of its channels, its category and the whole shop, cited, and whether the plan follows them.

Only differences beyond chance over all comparisons made here are told (`memory.lessons`); ROAS of small campaigns leans on the channel's.
A shop without such a history gets none. A lesson changes no figure of the plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...data import knowledge
from ...data.plan import CampaignPlan, Evidence
from ...data.words import Words, both
from ..memory.lessons import TESTS, Lesson
from ..memory.search import CampaignMemory

if TYPE_CHECKING:
    from ...data.workspace import Workspace

MOST = 4
GENDERS = {"female": "women", "male": "men"}


def lessons_for(workspace: Workspace, plan: CampaignPlan) -> list[Evidence]:
    """The lessons that bear on `plan`: those of its channels, of its category, and of the whole shop where none closer says the same."""
    memory = CampaignMemory(workspace)
    if memory.size == 0:
        return []
    category = plan.brief.product.value.category
    scopes = [{"channel": channel} for channel in dict.fromkeys(line.channel for line in plan.lines)]
    scopes += [{"category": category}] if category in memory.categories() and category != "other" else []
    scopes += [{}]
    found: list[tuple[dict[str, str], Lesson]] = []
    for where in scopes:
        told = {lesson.key for _, lesson in found} if not where else set[str]()
        found += [(where, lesson) for lesson in memory.lessons(where, looks=len(scopes)) if lesson.key not in told]
    row = _as_row(plan)
    return [_evidence(where, lesson, row) for where, lesson in sorted(found, key=lambda item: -item[1].ratio)[:MOST]]


def _evidence(where: dict[str, str], lesson: Lesson, row: dict[str, Any]) -> Evidence:
    follows = TESTS[lesson.key][2](row) == lesson.does
    does = both("这份计划也这样做。", "This plan does the same.") if follows else both("这份计划没有这样做。", "This plan does not.")
    least = both("不到 1%", "less than 1%") if lesson.least < 1.01 else both(f" {lesson.least - 1:.0%}", f"{lesson.least - 1:.0%}")
    told = lesson.text.en[0].upper() + lesson.text.en[1:]
    return Evidence(
        id=f"lesson:{'/'.join(where.values()) or 'shop'}:{lesson.key}",
        kind="lesson",
        title=_title(where),
        detail=both(
            f"{lesson.text.zh}，保守算{least.zh}。{does.zh}这是过去一起出现的情况，不是因果。",
            f"{told}; {least.en} on the cautious side. {does.en} It went together in the past, which does not prove a cause.",
        ),
    )


def _title(where: dict[str, str]) -> Words:
    if "channel" in where:
        channel = knowledge.channel(where["channel"]).name
        return both(f"{channel.zh}上的经验", f"Learned on {channel.en}")
    if "category" in where:
        category = knowledge.categories()[where["category"]].name
        return both(f"{category.zh}类的经验", f"Learned from {category.en.lower()}")
    return both("全店的经验", "Learned from all campaigns")


def _as_row(plan: CampaignPlan) -> dict[str, Any]:
    """The plan as a past campaign would stand in the memory, for the questions that lessons ask."""
    brief = plan.brief
    heads = [item.text for creative in plan.creatives for item in creative.copy_fields if item.field == "headline"]
    return {
        "offer": brief.offer.value.zh if brief.offer else "",
        "start": brief.start.value,
        "end": brief.end,
        "headline": "\n".join(heads),
        "audience": f"{brief.audience.value.text} {GENDERS.get(brief.audience.value.gender or '', '')}",
    }
