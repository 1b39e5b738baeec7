"""The planner's answers: composed from what the tools found, never invented.

Result first, at most three bullets, then a comparison; every figure is formatted by its own `Figure`, so an answer shows the
numbers the plan, the charts and the exports show. The sentences are in ``prompts/answer-*.md``; here is only what goes into them.
Follow-up suggestions are computed from the plan in force and are sentences the planner itself understands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..data.brief import Document
from ..data.errors import AdwrightError
from ..data.figure import PLACES, Figure, format_number, rounded
from ..data.knowledge import channel as known_channel
from ..data.knowledge.days import festivals
from ..data.money import Money, total
from ..data.plan import CampaignPlan
from ..data.result import Artifact
from ..data.words import Language, Words, both
from .events import Behaviour, ToolCall
from .explain import explain
from .explain_response import about_rates, driven, explains
from .planner.questions import topic_of
from .wording import channel_name, day, heading, listed, phrase, say

if TYPE_CHECKING:
    from ..data.workspace import Workspace
    from .planner.reading import Understanding

BULLETS = 3
SUGGESTED = 3
# How far ahead the calendar is told, and how many days of it.
AHEAD_DAYS = 45
DAYS_TOLD = 8
COPY_SHOWN = 60
THANKS = re.compile(r"谢|辛苦|多谢|感谢|thank|thx|cheers|appreciate|great job|well done")


class Answer(Document):
    """What is said at the end of a turn. `options` are ready answers to an open question."""

    text: str
    behaviour: Behaviour = "do"
    suggestions: list[str] = []
    options: list[str] = []


@dataclass
class Told:
    """All an answer may be made of: the reading of the message and the calls of this turn."""

    said: str
    reading: Understanding
    calls: list[ToolCall]
    thread: str
    patched: bool = False

    @property
    def language(self) -> Language:
        """The language to answer in."""
        return self.reading.language


def compose(workspace: Workspace, told: Told) -> Answer:
    """Return the answer to a turn whose tools have run (or that needed none), without offering again what was just said."""
    answer = answer_for(workspace, told)
    left = [item for item in answer.suggestions if item != told.said.strip()]
    return answer.model_copy(update={"suggestions": left[:SUGGESTED]})


def answer_for(workspace: Workspace, told: Told) -> Answer:
    """Return the answer for calls made, an open question, a refusal, a why, or plain talk."""
    language, reading = told.language, told.reading
    about = str(reading.slots.get("product") or reading.in_force.get("product") or "")
    plan = workspace.records.current(told.thread)
    if told.calls:
        parts = [part for call in told.calls if (part := about_call(workspace, call, language, told))]
        behaviour: Behaviour = "warn" if reading.behaviour == "warn" else "do"
        notes = [note.pick(language) for note in ([reading.reply] if reading.reply else []) + reading.notes]
        notes = list(dict.fromkeys(notes))
        said = notes + parts if behaviour == "warn" else parts + notes
        return Answer(text="\n\n".join(said), behaviour=behaviour, suggestions=suggestions(workspace, plan, told.calls, language, about))
    if reading.act == "explain" and topic_of(told.said.lower()) == "calendar":
        return Answer(text=coming(workspace, plan, language), suggestions=suggestions(workspace, plan, [], language, about))
    if reading.behaviour == "ask":
        return ask(workspace, reading, plan)
    if reading.behaviour in ("refuse", "warn"):
        reasons = [note.pick(language) for note in ([reading.reply] if reading.reply else reading.notes)]
        text = say("answer-refuse", language, reasons=reasons, warned=reading.behaviour == "warn", told=reading.reply is not None)
        if reading.behaviour == "warn" and reading.question is not None:
            return asked_again(text, reading, plan)
        return Answer(text=text, behaviour=reading.behaviour, suggestions=suggestions(workspace, plan, [], language, about))
    if plan and reading.act == "explain":
        return Answer(text=explain(plan, told.said, language), suggestions=suggestions(workspace, plan, [], language, about))
    if told.patched or reading.act in ("edit", "undo", "redo", "compare"):
        said = [note.pick(language) for note in reading.notes]
        kept = say("answer-kept", language) if said and plan else say("answer-nothing", language, plan=bool(plan))
        return Answer(text="\n\n".join([*said, kept]), suggestions=suggestions(workspace, plan, [], language, about))
    if not plan and "export_plan" in reading.calls:
        return Answer(text=say("answer-nothing", language, plan=False), suggestions=suggestions(workspace, plan, [], language, about))
    if plan and reading.calls == ["make_plan"]:
        return Answer(text=about_plan(plan, language), suggestions=suggestions(workspace, plan, [], language, about))
    if reading.act == "chat":
        thanked = THANKS.search(told.said.lower()) is not None
        text = say("answer-chat", language, thanked=thanked, plan=plan.title.pick(language) if plan else "", shop=workspace.name)
        return Answer(text=text, suggestions=suggestions(workspace, plan, [], language, about))
    text = reading.reply.pick(language) if reading.reply else say("answer-help", language, shop=workspace.name, plan=bool(plan))
    return Answer(text=text, suggestions=suggestions(workspace, plan, [], language, about))


def about_call(workspace: Workspace, call: ToolCall, language: Language, told: Told) -> str:
    """Return what one tool call found, or why it did not succeed."""
    if not call.ok:
        finding = call.finding.pick(language) if call.finding else ""
        return say(
            "answer-failed", language, step=heading(call.tool, language), finding=finding, rejected=call.code == "rejected", why=call.note
        )
    artifact = call.artifact
    if artifact is None:
        return call.finding.pick(language) if call.finding else ""
    if call.tool == "revise_plan" and call.args.get("compare"):
        plan = workspace.records.current(told.thread)
        if plan is not None and plan.parent:
            return about_comparison(workspace.records.plan(plan.id, plan.parent), plan, language)
    if artifact.kind == "plan":
        plan = workspace.records.plan(artifact.data["id"], artifact.data.get("version"))
        return about_edit(workspace, plan, call, language) if call.tool == "revise_plan" else about_plan(plan, language)
    finding = call.finding.pick(language) if call.finding else artifact.title.pick(language)
    if explains(artifact):
        return about_rates(finding, artifact, language)
    lines = lines_of(artifact, language)
    if not finding.endswith(("。", ".", "：", ":", "？", "?")):
        opens = bool(lines) and "：" not in finding and ": " not in finding
        finding += ("：" if opens else "。") if language == "zh" else (":" if opens else ".")
    return "\n".join([finding, *([""] if lines else []), *(f"- {line}" for line in lines)]) + driven(artifact, language)


def about_plan(plan: CampaignPlan, language: Language) -> str:
    """Return the summary of a new plan: result, split, confidence, comparison, and what was assumed."""
    return say("answer-plan", language, **facts_of(plan, language))


def about_edit(workspace: Workspace, plan: CampaignPlan, call: ToolCall, language: Language) -> str:
    """Return what an edit changed: the change, the figures before and after, the split now."""
    undone = bool(call.args.get("undo"))
    before = workspace.records.plan(plan.id, plan.parent) if plan.parent and not undone else None
    facts = facts_of(plan, language)
    figures = changed_totals(before, plan, language) if before is not None else []
    if before is not None:
        # What was said about the version before is not said again.
        heard = {without_figures(item) for item in before.warnings}
        news = [item.pick(language) for item in plan.warnings if without_figures(item) not in heard]
        facts["warnings"] = [item for item in facts["warnings"] if item in news]
        facts["losing"] = facts["losing"] and before.forecast.roas.value >= before.forecast.break_even_roas.value
    change = plan.change.pick(language) if plan.change else call.finding.pick(language) if call.finding else ""
    return say(
        "answer-edit", language, change=told_change(plan, change, language), version=plan.version, figures=figures, undone=undone, **facts
    )


def without_figures(warning: Words) -> str:
    """Return a warning without its numbers: the same warning with other numbers is no news."""
    return re.sub(r"[\d.,%]+", "", warning.en)


def about_comparison(before: CampaignPlan, after: CampaignPlan, language: Language) -> str:
    """Return two versions side by side: what was changed, the expected result, each channel's budget."""
    split = dict(split_of(before))
    now = dict(split_of(after))
    none = Money.of(0, after.total.currency)
    moved = [
        f"{channel_name(channel, language)} {split.get(channel, none).text(short=True)} → {now.get(channel, none).text(short=True)}"
        for channel in dict.fromkeys([*now, *split])
        if split.get(channel, none) != now.get(channel, none)
    ]
    change = told_change(after, after.change.pick(language), language) if after.change else ""
    return say(
        "answer-compare",
        language,
        before=before.version,
        after=after.version,
        change=change.rstrip("。."),
        figures=changed_totals(before, after, language),
        moved=moved,
    )


def changed_totals(before: CampaignPlan, after: CampaignPlan, language: Language) -> list[str]:
    """Return the main figures that differ, as ``name old → new``."""
    old = dict(totals(before))
    return [
        f"{CALLED[name].pick(language)} {old[name].text(language)} → {figure.text(language)}"
        for name, figure in totals(after)
        if old[name].value != figure.value or old[name].unit != figure.unit
    ]


def told_change(plan: CampaignPlan, change: str, language: Language) -> str:
    """Return the words of a change with the new value where they lack it; of two words on the dates the last holds both."""
    mark = "；" if language == "zh" else "; "
    parts = [part.strip() for part in change.rstrip("。.").split(mark.strip()) if part.strip()]
    dates = [part for part in parts if part.startswith(("日期改为", "dates set to"))]
    parts = [part for part in parts if part not in dates[:-1]]
    tone = plan.brief.tone.value
    named = {"语气已改": f"语气改为{TONES[tone].zh}", "tone changed": f"tone set to {TONES[tone].en}"} if tone in TONES else {}
    return mark.join(named.get(part, part) for part in parts)


def coming(workspace: Workspace, plan: CampaignPlan | None, language: Language) -> str:
    """Return the festivals ahead, with the days left, and those that fall into the plan."""
    today = plan.brief.today if plan else datetime.now(workspace.zone).date()
    rows = []
    abroad = any(known_channel(channel).region == "world" for channel in plan.brief.channels.value) if plan else language == "en"
    for item in festivals(today, today + timedelta(days=AHEAD_DAYS), None if abroad else "CN"):
        if all(item.name.pick(language) != row["name"] for row in rows):
            inside = plan is not None and plan.brief.start.value <= item.date <= plan.brief.end
            rows.append(
                {"day": day(item.date, language), "name": item.name.pick(language), "left": (item.date - today).days, "inside": inside}
            )
    return say(
        "answer-calendar", language, days=AHEAD_DAYS, rows=rows[:DAYS_TOLD], more=max(0, len(rows) - DAYS_TOLD), plan=plan is not None
    )


TONES = {
    "playful": both("活泼", "playful"),
    "premium": both("高级", "premium"),
    "professional": both("专业", "professional"),
    "warm": both("温暖", "warm"),
    "urgent": both("紧迫", "urgent"),
    "minimal": both("简洁", "minimal"),
    "friendly": both("亲切", "friendly"),
    "humorous": both("幽默", "humorous"),
}
CALLED = {
    "orders": both("成交单数", "orders"),
    "revenue": both("成交额", "revenue"),
    "roas": both("ROAS", "ROAS"),
    "cpa": both("单笔成交成本", "CPA"),
    "budget": both("预算", "budget"),
}


def totals(plan: CampaignPlan) -> list[tuple[str, Figure]]:
    """Return the plan's main expected figures by name, in the order they are told."""
    forecast = plan.forecast
    budget = Figure.of(plan.total, plan.total.currency, "you")
    return [("budget", budget), ("orders", forecast.orders), ("revenue", forecast.revenue), ("roas", forecast.roas), ("cpa", forecast.cpa)]


def split_of(plan: CampaignPlan) -> list[tuple[str, Money]]:
    """Return the budget of each channel, largest first; the sums are exact."""
    currency = plan.total.currency
    channels = dict.fromkeys(line.channel for line in plan.lines)
    parts = [(channel, total([line.budget for line in plan.lines if line.channel == channel], currency)) for channel in channels]
    return sorted(parts, key=lambda part: -part[1].amount)


def facts_of(plan: CampaignPlan, language: Language) -> dict[str, Any]:
    """Return the variables of the plan answers, already formatted."""
    forecast, certificate = plan.forecast, plan.certificate
    gain = certificate.gain_orders
    split = [f"{channel_name(channel, language)} {money.text(short=True)}" for channel, money in split_of(plan)]
    losing = forecast.roas.value < forecast.break_even_roas.value
    # A loss is said in a sentence of its own.
    warnings = [item.pick(language) for item in plan.warnings if not (losing and "首单预计亏" in item.zh)]
    return {
        "product": plan.brief.product.value.called(language),
        "start": day(plan.brief.start.value, language),
        "end": day(plan.brief.end, language),
        "days": plan.brief.days.value,
        "budget": plan.total.text(short=True),
        "orders": forecast.orders.text(language),
        "orders_range": forecast.orders.range_text(language),
        "roas": forecast.roas.text(language),
        "roas_range": forecast.roas.range_text(language),
        "cpa": forecast.cpa.text(language),
        "p_profit": forecast.p_profit.text(language),
        "break_even": forecast.break_even_roas.text(language),
        "split": listed(split, language),
        "channels": len(split),
        "losing": losing,
        "reference": certificate.reference.pick(language),
        "gain": gain.text(language) if gain.value > 0 else "",
        "loss": Figure.of(-gain.value, gain.unit, gain.source).text(language) if gain.value < 0 else "",
        "assumptions": [item.text.pick(language) for item in plan.assumptions],
        "warnings": warnings,
        "failed": [check.text.pick(language) for check in plan.checks if not check.passed],
    }


def lines_of(artifact: Artifact, language: Language) -> list[str]:
    """Return at most three lines of an artifact's own content; the rest is seen on the canvas."""
    data = artifact.data
    if artifact.kind in ("text", "answer"):
        text = str(data.get(language) or data.get("zh") or data.get("en") or "")
        return [line.lstrip("- ") for line in text.splitlines() if line.strip()][: 2 * BULLETS]
    if artifact.kind == "table":
        return [line for row in data.get("rows", [])[:BULLETS] if (line := row_text(data.get("columns", []), row, language))]
    if artifact.kind == "copy":
        return [line for item in data.get("items", [])[: 2 * BULLETS] if (line := copy_text(item, language))]
    lines = [line for item in data.get("items", [])[:BULLETS] if (line := item_text(item, language))]
    return lines if artifact.kind in ("segments", "campaigns", "file") else []


def picked(value: Any, language: Language, unit: str | None = None) -> str:
    """Return a JSON value as text: bilingual pairs in `language`, figures by their own format, bare numbers by their column's unit."""
    if isinstance(value, dict):
        if "zh" in value and "en" in value:
            return str(value[language])
        if "unit" in value and "value" in value:
            return Figure.model_validate(value).text(language)
        if "amount" in value and "currency" in value:
            return Money.model_validate(value).text(short=True)
        return ""
    if unit and (unit in PLACES or (len(unit) == 3 and unit.isupper())) and re.fullmatch(r"-?\d+(\.\d+)?", str(value)):
        return format_number(Decimal(str(value)), unit)
    return "" if value is None else str(value)


def row_text(columns: list[dict[str, Any]], row: dict[str, Any], language: Language) -> str:
    """Return one row of a table as ``first: name value, name value``."""
    cells = [
        (column["key"], picked(column.get("name"), language), picked(row.get(column["key"]), language, column.get("unit")))
        for column in columns
    ]
    cells = [cell for cell in cells if cell[2]]
    if not cells:
        return ""
    rest = listed([value if key in ("value", "formula", "note") else f"{name} {value}" for key, name, value in cells[1:5]], language)
    colon = "：" if language == "zh" else ": "
    return f"{cells[0][2]}{colon}{rest}" if rest else cells[0][2]


def copy_text(item: dict[str, Any], language: Language) -> str:
    """Return an advertisement's headline and how its body begins; the whole text is on the canvas."""
    texts = [text for field in item.get("copy_fields", item.get("fields", [])) if (text := str(field.get("text", "")))]
    if not texts:
        return picked(item.get("text"), language)
    head = f"「{texts[0]}」" if language == "zh" else f"“{texts[0]}”"
    return " ".join([head, *(shortened(text, COPY_SHOWN) for text in texts[1:2])])


def shortened(text: str, limit: int = 140) -> str:
    """Return a text on one line; what is cut off is on the canvas."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def item_text(item: dict[str, Any], language: Language) -> str:
    """Return the name of a listed thing and the shortest of what is known of it."""
    name = picked(item.get("name") or item.get("title"), language)
    if isinstance(item.get("size"), int) and isinstance(item.get("share"), dict):
        people = f"{item['size']:,} {'人' if language == 'zh' else 'people'}"
        about = listed([people, picked(item["share"], language)], language)
    elif "roas" in item and "channel" in item:
        about = listed(outcome_of(item, language), language)
    else:
        about = picked(item.get("why") or item.get("summary"), language)
    gap = "：" if language == "zh" else ": "
    return f"{name}{gap}{about}" if name and about else name


def outcome_of(item: dict[str, Any], language: Language) -> list[str]:
    """Return how a past campaign went: channel, spend, CTR, ROAS, as far as they are known."""
    found = [channel_name(str(item["channel"]), language)]
    if item.get("spend") is not None and item.get("currency"):
        found.append(Money.of(str(item["spend"]), str(item["currency"])).text(short=True))
    for key, unit, label in (("ctr", "rate", "CTR"), ("roas", "ratio", "ROAS")):
        if isinstance(item.get(key), int | float):
            found.append(f"{label} {format_number(rounded(item[key], unit), unit)}")
    return found


def asked_again(told: str, reading: Understanding, plan: CampaignPlan | None) -> Answer:
    """Return what is wrong with a request and what to do next; a plan in force stays, so its edit has no default."""
    language = reading.language
    if plan is not None and reading.act == "edit" and (reading.behaviour == "warn" or "split" not in reading.missing):
        options = [option.pick(language) for option in reading.options]
        return Answer(text=f"{told}\n\n{say('answer-kept', language)}", behaviour=reading.behaviour, options=options)
    question = [reading.question.pick(language)] if reading.question is not None else []
    return Answer(
        text="\n\n".join([told, *question]), behaviour=reading.behaviour, options=[option.pick(language) for option in reading.options]
    )


def ask(workspace: Workspace, reading: Understanding, plan: CampaignPlan | None) -> Answer:
    """Return the one question that is open, with what will be taken if it stays open, and ready answers."""
    language = reading.language
    asked = reading.question or reading.reply
    if asked is not None:
        said = [reading.reply, *reading.notes] if reading.reply is not None else reading.notes
        told = [note.pick(language) for note in said if note != asked]
        if reading.question is not None and told:
            return asked_again("\n\n".join(told), reading, plan)
        options = [option.pick(language) for option in reading.options]
        return Answer(text="\n\n".join([*told, asked.pick(language)]), behaviour="ask", options=options)
    missing = list(reading.missing)
    products = top_products(workspace, language) if "product" in missing else []
    currency = str(reading.slots.get("currency") or workspace.currency)
    usual = [Money.of(amount, currency).text(short=True) for amount in (5_000, 20_000, 50_000)]
    notes = [note.pick(language) for note in reading.notes]
    text = say("answer-ask", language, missing=missing, notes=notes, product=products[0] if products else "", budget=usual[1])
    if "product" in missing and "budget" in missing:
        options = [phrase("option-both", language, product=name, budget=usual[1]) for name in products[:BULLETS]]
    elif "product" in missing:
        options = products[:BULLETS]
    elif "budget" in missing:
        options = [phrase("option-budget", language, budget=amount) for amount in usual]
    else:
        options = []
    return Answer(text=text, behaviour="ask", options=options, suggestions=[] if options else suggestions(workspace, plan, [], language))


def top_products(workspace: Workspace, language: Language) -> list[str]:
    """Return the names of the shop's best-selling products, by units; empty when nothing was sold."""
    name = "name_zh" if language == "zh" else "name_en"
    frame = workspace.warehouse.frame(
        "SELECT coalesce(p.name_zh, p.name_en) AS name_zh, coalesce(p.name_en, p.name_zh) AS name_en FROM orders o JOIN products p USING (product_id) "
        "GROUP BY ALL ORDER BY sum(o.quantity) DESC, 1 LIMIT 3"
    )
    return [str(value) for value in frame[name].tolist() if value]


def suggestions(workspace: Workspace, plan: CampaignPlan | None, calls: list[ToolCall], language: Language, product: str = "") -> list[str]:
    """Return up to three follow-ups that make sense now; about `product`, else about what the shop sells most."""
    done = {call.tool for call in calls if call.ok}
    if plan is None:
        products = [product] if product else top_products(workspace, language)[:1]
        wanted = [
            ("make_plan", "plan"),
            ("segment_users", "segments"),
            ("search_campaigns", "past"),
            ("predict_ctr", "ctr"),
            ("draft_copy", "copy"),
        ]
        needs = ("plan", "past", "ctr", "copy")
        names = [name for tool, name in wanted if tool not in done and (name not in needs or products)]
        return [phrase(name, language, product=products[0] if products else "") for name in names[: SUGGESTED + 1]]
    channels, forecast = split_of(plan), plan.forecast
    revised = [call for call in calls if call.ok and call.tool == "revise_plan"]
    found = []
    if revised and not revised[-1].args.get("undo"):
        found += ["undo"] if revised[-1].args.get("compare") else ["undo", "compare"]
    elif len(channels) > 1:
        found.append("cut")
    if forecast.roas.value < forecast.break_even_roas.value:
        found.append("break-even")
    found.append("why" if len(channels) > 1 else "why-roas")
    if "export_plan" not in done:
        found.append("export")
    found += ["audience", "calendar", "why-roas"]
    largest = channel_name(channels[0][0], language)
    return [phrase(name, language, channel=largest) for name in dict.fromkeys(found)][: SUGGESTED + 1]


def plain(error: AdwrightError) -> Words:
    """Return an error as one text in both languages."""
    return Words(zh=error.tell("zh"), en=error.tell("en"))
