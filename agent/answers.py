"""The planner's answers: composed from what the tools found, never invented.

Result first, at most three bullets, then a comparison; every figure is formatted by its own `Figure`, so an answer shows the
numbers the plan, the charts and the exports show. The sentences are in ``prompts/answer-*.md``; here is only what goes into them.
Follow-up suggestions are computed from the plan in force and are sentences the planner itself understands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..data.brief import Document
from ..data.errors import AdwrightError
from ..data.knowledge import channel as known_channel
from ..data.knowledge.days import festivals
from ..data.money import Money
from ..data.plan import CampaignPlan
from ..data.script import is_traditional, traditional
from ..data.words import Language, Words
from ..tools.budget.weekly import WANTING
from ..tools.commerce.items import shop_items
from .adjust_answers import about_adjustments
from .artifact_lines import BULLETS, lines_of
from .copy_answers import about_copy
from .creative_answers import about_ranking, about_test
from .events import Behaviour, ToolCall
from .explain import explain
from .explain_response import about_rates, driven, explains
from .memory_answers import about_past
from .move_answers import about_move
from .picture_answers import about_pictures
from .plan_answers import about_comparison, about_edit, about_plan, split_of
from .plan_asked import about_plan_ask
from .planner.normalise import read
from .planner.questions import topic_of
from .report_answers import report, risks
from .segment_answers import about_segments
from .service_answers import about_service
from .size_answers import about_size
from .try_answers import about_trial
from .wording import channel_name, day, heading, phrase, say

if TYPE_CHECKING:
    from ..data.workspace import Workspace
    from .planner.reading import Understanding

SUGGESTED = 3
# How far ahead the calendar is told, and how many days of it.
AHEAD_DAYS = 45
DAYS_TOLD = 8
# Codes of errors that answer the question asked: nothing was attempted that could fail.
ANSWERS = frozenset({"no-results", "plan-over", "no-proposal", "stale-proposal", "nothing-to-change"}) | WANTING
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
    """Return the answer to a turn whose tools have run (or that needed none), without offering again what was just said.

    A message in traditional characters is answered in them.
    """
    answer = answer_for(workspace, told)
    left = [item for item in answer.suggestions if item != told.said.strip()][:SUGGESTED]
    if not is_traditional(told.said):
        return answer.model_copy(update={"suggestions": left})
    return answer.model_copy(
        update={
            "text": traditional(answer.text),
            "suggestions": [traditional(item) for item in left],
            "options": [traditional(item) for item in answer.options],
        }
    )


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
    if "plan_ask" in reading.extra and (plan or reading.extra["plan_ask"]["topic"] == "term"):
        text, options = about_plan_ask(workspace, plan, reading.extra["plan_ask"], language)
        more = [] if options else suggestions(workspace, plan, [], language, about)
        return Answer(text=text, behaviour="ask" if options else "do", options=options, suggestions=more)
    if reading.act == "explain" and topic_of(read(told.said).plain) == "calendar":
        return Answer(text=coming(workspace, plan, language), suggestions=suggestions(workspace, plan, [], language, about))
    if reading.behaviour == "ask":
        return ask(workspace, reading, plan)
    if reading.behaviour in ("refuse", "warn"):
        reasons = [note.pick(language) for note in ([reading.reply] if reading.reply else reading.notes)]
        text = say("answer-refuse", language, reasons=reasons, warned=reading.behaviour == "warn", told=reading.reply is not None)
        if plan and reading.act == "oos":
            text += "\n\n" + phrase("of-plan", language)
        if reading.behaviour == "warn" and reading.question is not None:
            return asked_again(text, reading, plan)
        return Answer(text=text, behaviour=reading.behaviour, suggestions=suggestions(workspace, plan, [], language, about))
    if plan and "about_plan" in reading.extra:
        return Answer(text=_whole(plan, reading), suggestions=suggestions(workspace, plan, [], language, about))
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


def _whole(plan: CampaignPlan, reading: Understanding) -> str:
    """Return the plan told to somebody else, or what may go wrong with it."""
    asked = reading.extra["about_plan"]
    if asked["as"] == "risk":
        return risks(plan, reading.language)
    return report(plan, reading.language, sentences=asked.get("sentences"), mail=asked["mail"])


def about_call(workspace: Workspace, call: ToolCall, language: Language, told: Told) -> str:
    """Return what one tool call found, or why it did not succeed."""
    if not call.ok:
        finding = call.finding.pick(language) if call.finding else ""
        if call.code in ANSWERS and finding:
            return finding
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
    if "proposal" in artifact.data or call.args.get("adjust") == "apply":
        return about_adjustments(workspace, artifact, language)
    if artifact.kind == "plan":
        plan = workspace.records.plan(artifact.data["id"], artifact.data.get("version"))
        text = about_edit(workspace, plan, call, language) if call.tool in ("revise_plan", "paint_scene") else about_plan(plan, language)
        return "\n\n".join([text, *(str(note[language]) for note in artifact.data.get("notes", []))])
    finding = call.finding.pick(language) if call.finding else artifact.title.pick(language)
    if explains(artifact):
        return about_rates(finding, artifact, language)
    if artifact.kind in ("images", "video", "photo"):
        return about_pictures(finding, artifact, language)
    if artifact.kind == "segments":
        return about_segments(artifact, language, told.reading.extra.get("plan_ask", {}).get("group"))
    if "test" in artifact.data:
        return about_test(artifact, language)
    if "ranking" in artifact.data:
        return about_ranking(artifact, language)
    if artifact.kind == "campaigns":
        return about_past(finding, artifact, language)
    if artifact.kind == "answer" and "handed_over" in artifact.data:
        return about_service(artifact, language)
    if artifact.kind == "copy":
        return about_copy(finding, artifact, language)
    if "sizing" in artifact.data:
        return about_size(artifact, language)
    if "trying" in artifact.data:
        return about_trial(artifact, language, settled=bool(call.args.get("patches")))
    if "moving" in artifact.data:
        return about_move(artifact, language)
    lines = lines_of(artifact, language)
    if not finding.endswith(("。", ".", "：", ":", "？", "?")):
        opens = bool(lines) and "：" not in finding and ": " not in finding
        finding += ("：" if opens else "。") if language == "zh" else (":" if opens else ".")
    return "\n".join([finding, *([""] if lines else []), *(f"- {line}" for line in lines)]) + driven(artifact, language)


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
    named = [str(value) for value in frame[name].tolist() if value]
    # Without a catalogue the titles of orders name what is sold.
    return named or [item.called(language) for item in shop_items(workspace).popular()[:3] if item.buyers]


def suggestions(workspace: Workspace, plan: CampaignPlan | None, calls: list[ToolCall], language: Language, product: str = "") -> list[str]:
    """Return up to three follow-ups that make sense now; about `product`, else about what the shop sells most."""
    # A change of pictures that could not be made leaves the pictures there.
    done = {call.tool for call in calls if call.ok or call.tool == "revise_images"}
    if any(call.ok and call.args.get("adjust") == "propose" and call.artifact and call.artifact.kind == "table" for call in calls):
        patches = any(call.artifact and call.artifact.data.get("proposal", {}).get("patches") for call in calls)
        return [phrase(name, language) for name in (["apply"] if patches else []) + (["why", "export"] if plan else [])]
    if done == {"try_plan"} and any(call.args.get("patches") for call in calls):
        return [phrase("do-it", language), *suggestions(workspace, plan, [], language, product)][:SUGGESTED]
    if done == {"segment_users"}:
        own = _after_segments(workspace, plan, calls, language, product)
        return list(dict.fromkeys([*own, *suggestions(workspace, plan, [], language, product)]))[: SUGGESTED + 1]
    if done & {"generate_image", "revise_images", "paint_scene"} and not any(c.artifact and c.artifact.kind == "plan" for c in calls):
        return [phrase(name, language) for name in (["undo"] if _edited_pictures(calls) else []) + ["ink", "price", "upright", "film"]]
    if done == {"describe_photo"}:
        named = product or next(iter(top_products(workspace, language)), "")
        return [phrase(name, language, product=named) for name in ("pictures", "plan", "copy")] if named else []
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
    revised = [call for call in calls if call.ok and call.tool in ("revise_plan", "paint_scene")]
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


def _edited_pictures(calls: list[ToolCall]) -> bool:
    """Whether there is a version of the pictures before this one."""
    return any(
        call.ok and call.artifact is not None and call.artifact.data.get("set") and call.artifact.data["version"] > 1 for call in calls
    )


def _after_segments(workspace: Workspace, plan: CampaignPlan | None, calls: list[ToolCall], language: Language, product: str) -> list[str]:
    """Return what follows from groups: who should see the product, unless that was asked, and a list where there are contacts."""
    products = [product] if product else top_products(workspace, language)[:1]
    found = []
    if not any(call.args.get("product") for call in calls) and (plan is not None or products):
        found.append(phrase("who", language) if plan is not None else phrase("who-product", language, product=products[0]))
    if workspace.warehouse.count("contacts"):
        found.append(phrase("list", language))
    return found


def plain(error: AdwrightError) -> Words:
    """Return an error as one text in both languages."""
    return Words(zh=error.tell("zh"), en=error.tell("en"))
