"""Names that every exported file uses alike: sources, kinds of evidence, goals, fields of copy."""

from __future__ import annotations

from ...data import knowledge
from ...data.words import Words, both

SOURCES = {
    "you": both("您说", "You"),
    "model": both("模型", "Model"),
    "past": both("过往", "Past"),
    "assumed": both("假设", "Assumed"),
}
KINDS: dict[str, Words] = {
    "campaign": both("过往投放", "Past campaign"),
    "lesson": both("过往经验", "Lesson learned"),
    "model": both("模型", "Model"),
    "orders": both("店铺订单", "Shop orders"),
    "events": both("店铺行为", "Shop events"),
    "benchmark": both("公开资料", "Published rate"),
    "brief": both("您的需求", "Your brief"),
    "assumption": both("假设", "Assumption"),
}
COMMON_FIELDS = {"headline": both("标题", "Headline"), "body": both("正文", "Body"), "cta": both("按钮", "Call to action")}


def goal_name(goal: str) -> Words:
    """Return a goal in words; the id names itself when the knowledge does not list it."""
    goals = knowledge.goals()
    return goals[goal].name if goal in goals else both(goal, goal)


def field_name(channel: str, field: str) -> Words:
    """Return the channel's own name of a copy field; the id when the channel does not list it."""
    known = knowledge.channels().get(channel)
    listed = {limit.field: limit.name for limit in known.copy_fields} if known else {}
    return listed.get(field) or COMMON_FIELDS.get(field, both(field, field))
