"""Two versions of a plan side by side: only what differs."""

from __future__ import annotations

import re

from ...data.brief import Document
from ...data.plan import CampaignPlan
from ...data.words import Words, both
from .brief import brief_rows


class Difference(Document):
    """One thing that changed; empty `before` or `after` when it came or went."""

    name: Words
    before: Words
    after: Words


def without_figures(words: Words) -> str:
    """Return words without their numbers: the same warning with other numbers is no news."""
    return re.sub(r"[\d.,%]+", "", words.en)


def compare(before: CampaignPlan, after: CampaignPlan) -> list[Difference]:
    """List what differs: the brief, the lines' budgets, the expected result."""
    found = []
    old_rows = {str(r["field"]): r for r in brief_rows(before.brief)}
    for row in brief_rows(after.brief):
        old = old_rows.get(str(row["field"]))
        old_value = Words.model_validate(old["value"]) if old else both("", "")
        _differ(found, Words.model_validate(row["name"]), old_value, Words.model_validate(row["value"]))
    old_lines = {line.id: line for line in before.lines}
    new_lines = {line.id: line for line in after.lines}
    for id_ in dict.fromkeys([*new_lines, *old_lines]):
        old_line, new_line = old_lines.get(id_), new_lines.get(id_)
        name = (new_line or old_lines[id_]).name
        _differ(
            found,
            name,
            _same(old_line.budget.text(short=True) if old_line else ""),
            _same(new_line.budget.text(short=True) if new_line else ""),
        )
    for key, name in (
        ("orders", both("预计订单", "Expected orders")),
        ("revenue", both("预计销售额", "Expected revenue")),
        ("roas", both("ROAS", "ROAS")),
        ("cpa", both("单笔成交成本 CPA", "CPA")),
    ):
        _differ(found, name, _same(getattr(before.forecast, key).text()), _same(getattr(after.forecast, key).text()))
    if before.creatives != after.creatives:
        _differ(found, both("素材", "Creatives"), both("上一版", "version before"), both("已重做", "made anew"))
    return found


def _same(text: str) -> Words:
    return both(text, text)


def _differ(found: list[Difference], name: Words, before: Words, after: Words) -> None:
    if before != after:
        found.append(Difference(name=name, before=before, after=after))
