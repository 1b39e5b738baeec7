"""Turn an edit's changes into the typed patches of the plan in force, and a plan into the slots it states.

References to a line or a channel in the merchant's words are resolved here. A change whose currency nobody knows makes no
patch. Not here: applying patches (tools/plan does that).
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from ...data.knowledge.files import fold
from ...data.money import Money
from ...data.patch import PATCH, Patch, SetLineBudget
from ...data.plan import CampaignPlan, Line
from .changes import Edit
from .filling import Slots, tidy
from .scan import Scan


def slots_of_plan(plan: CampaignPlan) -> Slots:
    """The slots of the plan in force; the split is that of its lines."""
    brief = plan.brief
    total = plan.total.amount
    shares: dict[str, Decimal] = {}
    for line in plan.lines:
        shares[line.channel] = shares.get(line.channel, Decimal(0)) + line.budget.amount
    slots: Slots = {
        "product": brief.product.value.name, "category": brief.product.value.category, "budget": tidy(brief.budget.value.amount), "currency": brief.budget.value.currency,
        "start_date": brief.start.value.isoformat(), "duration_days": brief.days.value, "end_date": brief.end.isoformat(), "channels": list(brief.channels.value),
        "tone": brief.tone.value, "language": brief.language.value, "goal": brief.goal.value, "variants": brief.variants,
    }  # fmt: skip
    if total:
        slots["split"] = {c: round(float(v / total), 4) for c, v in shares.items()}
    if brief.audience.value.text:
        slots["audience"] = brief.audience.value.text
    if brief.target_roas:
        slots["target_roi"] = tidy(brief.target_roas.value)
    if brief.sizes:
        slots["sizes"] = list(brief.sizes)
    if brief.video_seconds:
        slots["video_seconds"] = brief.video_seconds
    if brief.occasion:
        slots["occasion"] = brief.occasion.value
    if brief.look.offer:
        slots["offer"] = brief.look.offer
    return slots


def patches_of(edit: Edit, state: Slots, currency: str | None) -> list[Patch]:
    """Typed patches of an edit; `currency` is that of the plan in force.

    Example:
        >>> from adwright.agent.planner.changes import Edit
        >>> [p.action for p in patches_of(Edit(changes=[("scale_budget", {"factor": "0.8"})]), {}, "CNY")]
        ['scale_budget']
    """
    return [PATCH.validate_python(raw) for kind, args in edit.changes if (raw := _patch(kind, args, state, currency)) is not None]


def _patch(kind: str, args: dict[str, Any], state: Slots, currency: str | None) -> dict[str, Any] | None:
    code = args.get("currency") or currency
    if kind == "set_budget":
        return {"action": "set_budget", "budget": Money.of(args["amount"], code)} if code and Decimal(args["amount"]) > 0 else None
    if kind == "add_budget":
        old = state.get("budget")
        if not code or not isinstance(old, int | float):
            return None
        total = Decimal(str(old)) + Decimal(args["amount"])
        return {"action": "set_budget", "budget": Money.of(total, code)} if total > 0 else None
    if kind == "scale_budget":
        return {"action": "scale_budget", "factor": args["factor"]} if Decimal(args["factor"]) > 0 else None
    if kind == "scale_channel":
        return {"action": "scale_channel", **args}
    if kind == "channel_budget":
        total = state.get("budget")
        split = state.get("split") or {}
        if not isinstance(total, int | float) or not total or len(split) < 2:
            return None
        share = Decimal(args["amount"]) / Decimal(str(total))
        others = sum(v for k, v in split.items() if k != args["channel"])
        if not 0 <= share < 1 or not others:
            return None
        left = 1 - share
        parts = {
            k: (left * Decimal(str(v)) / Decimal(str(others))).quantize(Decimal("0.000001"))
            for k, v in split.items()
            if k != args["channel"]
        }
        parts[args["channel"]] = Decimal(1) - sum(parts.values(), Decimal(0))
        return {"action": "set_split", "split": parts}
    if kind == "set_split":
        return {"action": "set_split", "split": {k: str(v) for k, v in _exact(args["split"]).items()}}
    if kind == "shift_budget":
        if args["share"] is not None:
            return {"action": "shift_budget", "source": args["source"], "target": args["target"], "share": args["share"]}
        return (
            {"action": "shift_budget", "source": args["source"], "target": args["target"], "money": Money.of(args["amount"], code)}
            if code
            else None
        )
    if kind == "set_channels":
        return {"action": "set_channels", "channels": args["channels"]}
    if kind == "set_dates":
        return {"action": "set_dates", **args}
    if kind == "add_days":
        old = state.get("duration_days")
        return {"action": "set_dates", "days": old + args["days"]} if old and old + args["days"] >= 1 else None
    if kind == "shift_start":
        start = state.get("start_date")
        return {"action": "set_dates", "start": date.fromisoformat(start) + timedelta(days=args["days"])} if start else None
    if kind == "set_end":
        start = state.get("start_date")
        days = (date.fromisoformat(args["end"]) - date.fromisoformat(start)).days + 1 if start else 0
        return {"action": "set_dates", "days": days} if days >= 1 else None
    if kind == "add_variants":
        return {"action": "set_field", "field": "variants", "value": (state.get("variants") or 0) + args["n"]}
    if kind == "set_field":
        value = Decimal(str(args["value"])) if args["field"] == "target_roas" else args["value"]
        return {"action": "set_field", "field": args["field"], "value": value}
    if kind == "set_audience":
        return {
            "action": "set_audience",
            "text": args["text"],
            "age": tuple(args["age"]) if args["age"] else None,
            "gender": args["gender"],
        }
    if kind == "set_copy":
        return {"action": "set_copy", **args}
    if kind == "set_product":
        return {"action": "set_product", "product": args["product"]}
    return None


def _exact(split: dict[str, float]) -> dict[str, Decimal]:
    parts = {k: Decimal(str(v)) for k, v in split.items()}
    # What rounding left over goes where it shows least.
    most = max(parts, key=lambda k: parts[k])
    parts[most] = Decimal(1) - sum((v for k, v in parts.items() if k != most), Decimal(0))
    return parts


ORDINAL = re.compile(
    r"第(?P<n>[一二两三四五六七八九十]|\d{1,2})(?:条|行|个)?(?:线|投放|媒介|line)?|(?:the )?(?P<e>first|second|third|fourth|fifth|last|1st|2nd|3rd|4th|5th)(?: media)? line|line (?:no\.? ?|#)?(?P<m>\d{1,2})"
)
ORDER = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "1st": 1,
    "2nd": 2,
    "3rd": 3,
    "4th": 4,
    "5th": 5,
    **{c: i for i, c in enumerate("一二三四五六七八九十", 1)},
    "两": 2,
}


def line_meant(text: str, plan: CampaignPlan) -> Line | None:
    """The media line that normalised `text` refers to: by id, by its full name, or by its place in the table."""
    for line in plan.lines:
        names = [line.id, line.name.zh, line.name.en]
        if any(len(n) > 1 and re.search(rf"(?<![a-z0-9]){re.escape(fold(n))}(?![a-z0-9])", text) for n in names):
            return line
    m = ORDINAL.search(text)
    if not m or not re.search(r"线|条投放|媒介|(?<![a-z])line", text):
        return None
    if m["e"] == "last":
        return plan.lines[-1] if plan.lines else None
    word = m["n"] or m["e"] or m["m"]
    n = ORDER.get(word) or (int(word) if word.isdigit() else 0)
    return plan.lines[n - 1] if 1 <= n <= len(plan.lines) else None


def line_patches(s: Scan, plan: CampaignPlan) -> list[Patch]:
    """A patch for one named media line (``给第二条线 5000``, ``L2 -20%``); empty when no line is named."""
    line = line_meant(s.plain, plan)
    if line is None:
        return []
    money = next((a for a in s.amounts if a.sure), None) or next((a for a in s.amounts if a.value >= 10), None)
    if money:
        return [SetLineBudget(line=line.id, budget=Money.of(money.value, line.budget.currency))]
    if s.percents:
        m = re.search(r"(\d+(?:\.\d+)?)", s.plain[s.percents[0][0] : s.percents[0][1]])
        if m:
            down = re.search(r"减|降|砍|少|cut|lower|reduce|less|down|trim|-", s.plain) is not None
            factor = 1 - Decimal(m[1]) / 100 if down else 1 + Decimal(m[1]) / 100
            return [SetLineBudget(line=line.id, budget=line.budget * factor)]
    return []
