"""Understand one message: spans, intent, slots or edit, policy. `understand` is the planner's front door.

Prior turns are understood in order, so that an edit has something to change; with the plan in force the edit also becomes
typed patches. Deterministic, offline, a few milliseconds. Not here: running tools, wording answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from ...data.plan import CampaignPlan
from ...data.words import both
from .changes import Edit
from .edits import read_edit
from .filling import CORRECTION, Slots, Spans, extras, fill
from .intents import TOOLS, Intent, concepts, read_intent
from .patching import line_patches, patches_of, slots_of_plan
from .policy import Verdict, judge, matches, refuse, small_talk
from .products import Catalogue
from .reading import Act, Understanding
from .scan import Scan, claim_spans, scan
from .sure import asks_export, piece_meant, sure_ask

# A second tool in one message is believed from this probability on.
ALSO = 0.5
# From this score on a phrase is surely a product: its category or the catalogue knows it.
KNOWN = 3.5
# Confidence in an ask that words alone settle.
SURE = 0.97
REPORTED = re.compile(
    r"客户|买家|顾客|客人|客服|差评|投诉|回复|怎么回|customer|buyer|shopper|client|repl(?:y|ies)|respon[ds]|complain|review|someone|apolog"
)
CRAFTS = ("plan", "copy", "image", "video", "segment", "price", "roi", "ctr", "cvr", "recommend", "service", "allocate", "business")
EDITS = ("edit", "undo", "compare", "explain")
MAKES = (
    "make_plan",
    "draft_copy",
    "generate_image",
    "generate_video",
    "segment_users",
    "allocate_budget",
    "suggest_price",
    "recommend_products",
    "compute_roi",
    "predict_ctr",
    "predict_cvr",
    "search_campaigns",
)


@dataclass
class State:
    """What is in force after some turns: the slots, the tools last asked for, and whether a question is open."""

    slots: Slots = field(default_factory=dict)
    tools: list[str] = field(default_factory=list)
    asked: bool = False
    wants: list[str] = field(default_factory=list)
    turns: int = 0


def understand(
    text: str, context: Sequence[str] = (), today: date | None = None, catalogue: Catalogue | None = None, plan: CampaignPlan | None = None
) -> Understanding:
    """Read a message; `context` are the merchant's prior turns, `plan` the plan in force, `today` the shop's day.

    Example:
        >>> u = understand("预算降到1万", ["毛巾推广方案，预算2万，两周"], date(2026, 11, 23))
        >>> u.tools, u.slots, u.behaviour
        (['make_plan'], {'budget': 10000, 'action': 'set'}, 'do')
    """
    day = today or date.today()
    state = State()
    for turn in context:
        state = _after(turn, state, day, catalogue)
    if plan is not None:
        state = State(slots_of_plan(plan), ["make_plan"], state.asked, state.wants, max(1, state.turns))
    return _read(text, state, day, catalogue, plan)[0]


def _after(turn: str, state: State, today: date, catalogue: Catalogue | None) -> State:
    return _read(turn, state, today, catalogue, None)[1]


def _read(text: str, state: State, today: date, catalogue: Catalogue | None, plan: CampaignPlan | None) -> tuple[Understanding, State]:
    s = scan(text, today, catalogue)
    base = Understanding(text=text, language="zh" if s.language == "zh" else "en", extra=extras(s))
    if not s.plain.strip():
        base.behaviour, base.reply, base.act = "ask", small_talk("chat"), "chat"
        base.missing = ["product", "budget"]
        return base, state
    if matches("attack", s.plain):
        return _refused(base, "attack", 0.99), state
    if matches("harm", s.plain):
        return _refused(base, "harm", 0.99), state
    in_thread = state.turns > 0
    intent = read_intent(s, in_thread)
    act, tools, confidence = _decide(s, intent, state)
    base.act, base.confidence = act, round(confidence, 3)
    nth = piece_meant(s.plain)
    if nth is not None:
        base.extra["piece"] = nth
    if s.cut:
        base.notes.append(both("消息很长，我只读了前面的部分。", "The message is long; I read only its first part."))
    if act in ("attack", "harm", "oos"):
        return _refused(base, act, confidence), state
    if act in ("chat", "help"):
        base.reply = small_talk(act)
        return base, state
    if act in ("undo", "redo", "compare", "explain"):
        return _about_plan(base, act, state)
    if act == "edit":
        return _edited(base, s, state, today, plan)
    return _requested(base, s, tools, state, today)


def _refused(base: Understanding, act: Act, confidence: float) -> Understanding:
    verdict = refuse(act)
    base.act, base.behaviour, base.reply, base.confidence = act, "refuse", verdict.reply, round(confidence, 3)
    return base


def _decide(s: Scan, intent: Intent, state: State) -> tuple[Act, list[str], float]:
    """Act and tools from the model's probabilities and the evidence of the slots."""
    plainly = sure_ask(s)
    if plainly:
        return "request", [plainly], SURE
    in_thread = state.turns > 0
    labels = dict(intent.labels)
    sure_money = any(a.sure for a in s.amounts)
    known = s.product is not None and s.product.score >= KNOWN
    evidence = sure_money + bool(s.places.hits) + (s.period.days is not None) + known + bool(s.occasions) + (s.goal is not None)
    if not in_thread:
        # Nothing is in force that could be edited, undone or explained.
        for label in EDITS:
            labels[label] *= 0.0 if label == "edit" else 0.02
    # A message full of campaign facts is not foreign to marketing; nor is one that names our crafts.
    crafts = sum(1 for name in CRAFTS if concepts()[name].search(s.masked()))
    foreign = concepts()["oos"].search(s.masked()) is not None
    if not (foreign and crafts == 0 and evidence <= 1):
        for label in ("oos", "chat", "help", "harm", "attack"):
            labels[label] *= 0.25**evidence
    if crafts == 0 and concepts()["oos"].search(s.plain):
        labels["help"] *= 0.2
    if not concepts()["greet"].search(s.plain):
        labels["chat"] *= 0.1
    labels["oos"] *= 0.3 ** (crafts + (1 if in_thread else 0))
    # The model may only refuse where the words for it are there; certain cases were caught by the policy's patterns before.
    for label in ("harm", "attack"):
        labels[label] *= 1.0 if concepts()[label].search(s.bare) and labels[label] > 0.6 else 0.05
    if crafts and labels["oos"] < 0.6 and not foreign:
        labels["oos"] *= 0.3
    # Settings and nothing else (文案用英文, 25 days), while something is in force, change it.
    if (
        in_thread
        and crafts == 0
        and not known
        and (s.tone or s.ad_language or s.audience or s.roi or s.sizes or s.seconds or s.period.days or sure_money)
    ):
        labels["edit"] += 0.9
    if in_thread and not known and CORRECTION.search(s.plain) and (sure_money or s.period.days):
        # "My mistake, the budget is 25k" corrects; it asks for no other plan.
        labels["edit"] += 1.5
    if in_thread and state.asked and evidence and intent.label != "undo":
        labels["make_plan"] += 0.5 if "make_plan" in state.wants else 0
    if not REPORTED.search(s.plain) and any(concepts()[name].search(s.masked()) for name in ("copy", "image", "video")):
        # Free returns are also a selling point; a question needs a customer.
        labels["customer_service"] *= 0.1
        intent.tools["customer_service"] = 0.0
    best = max(labels, key=lambda k: labels[k])
    total = sum(labels.values())
    confidence = labels[best] / total
    if best not in TOOLS:
        return best, [], confidence  # type: ignore[return-value]
    if best != "make_plan" and (known or sure_money) and not _spoken_for(s, best):
        # A product or a sum and nothing else: that is what a plan starts from.
        best = "make_plan"
    if best != "make_plan" and not evidence and not in_thread and not _seconded(s, best) and labels["oos"] > 0.02 * total:
        # Neither the words nor the facts speak for this task.
        return "oos", [], confidence
    tools = [best] + [t for t in TOOLS if t != best and intent.tools[t] > ALSO and _seconded(s, t)]
    if "make_plan" in tools:
        # A plan splits its own budget and works out its own return.
        tools = (
            [t for t in tools if t not in ("allocate_budget", "compute_roi", "export_plan", "predict_ctr", "predict_cvr")]
            if best == "make_plan"
            else tools
        )
    return "request", sorted(tools, key=TOOLS.index), confidence


def _spoken_for(s: Scan, tool: str) -> bool:
    """Whether any word of the message speaks for the tool that the model prefers."""
    near = {
        "compute_roi": ("past_spend",), "draft_copy": ("write",), "generate_image": ("design",), "segment_users": ("customers",),
        "suggest_price": ("unit_cost",), "predict_ctr": ("predict",), "predict_cvr": ("predict",),
    }  # fmt: skip
    if s.pieces and tool in ("draft_copy", "generate_image", "generate_video", "recommend_products"):
        return True
    return _seconded(s, tool) or any(concepts()[name].search(s.masked()) for name in near.get(tool, ()))


def _seconded(s: Scan, tool: str) -> bool:
    """Whether the words themselves speak for a second tool."""
    family = {
        "generate_image": "image",
        "generate_video": "video",
        "draft_copy": "copy",
        "segment_users": "segment",
        "predict_ctr": "ctr",
        "predict_cvr": "cvr",
        "compute_roi": "roi",
        "allocate_budget": "allocate",
        "recommend_products": "recommend",
        "suggest_price": "price",
        "search_campaigns": "search",
        "customer_service": "service",
        "export_plan": "export",
        "make_plan": "plan",
    }[tool]
    if tool == "generate_image" and s.sizes:
        return True
    text = s.masked()
    for a, b in claim_spans(text):
        # "At the lowest price on the market" asks for no price.
        text = text[:a] + " " * (b - a) + text[b:]
    return concepts()[family].search(text) is not None


def _apply(base: Understanding, verdict: Verdict, tools: list[str]) -> None:
    base.behaviour, base.missing, base.question, base.options = verdict.behaviour, verdict.missing, verdict.question, verdict.options
    base.reply = verdict.reply or base.reply
    base.notes += verdict.notes
    base.wants = tools
    base.tools = tools if verdict.run and tools else ["none"]


def _place(base: Understanding, s: Scan, spans: Spans) -> None:
    base.spans = {name: [s.text.span(a, b) for a, b in places] for name, places in spans.items()}


def _requested(
    base: Understanding, s: Scan, tools: list[str], state: State, today: date, keep: bool = False
) -> tuple[Understanding, State]:
    """A request of its own; with `keep`, or when it answers a question, what was said before still holds."""
    answering = keep or (state.asked and bool(state.wants) and (tools == ["make_plan"] or not tools))
    if answering:
        tools = state.wants
    slots, spans = fill(s, tools)
    if not _surely_named(s, slots, tools):
        slots.pop("product", None)
        slots.pop("category", None)
        spans.pop("product", None)
    known = dict(slots)
    fresh = "make_plan" in tools and "product" in slots and not answering
    if state.turns and not fresh:
        known = {**state.slots, **slots}
    verdict = judge(s, tools, slots, known, today)
    base.slots = slots
    base.product_id = s.product.item.id if s.product and s.product.item and "product" in slots else None
    base.in_force = known
    if "make_plan" in tools and asks_export(s):
        base.notes.append(both("计划做好后，说“导出”就能存成文件。", "Once the plan is made, say “export” to save it as files."))
    _place(base, s, spans)
    _apply(base, verdict, tools)
    return base, State(known, tools, bool(verdict.missing), tools, state.turns + 1)


def _surely_named(s: Scan, slots: Slots, tools: list[str]) -> bool:
    """Whether the phrase found is good enough to be called the product, given what else the message holds."""
    if s.product is None or "product" not in slots:
        return False
    score = s.product.score
    if piece_meant(s.plain) is not None and score < KNOWN:
        # "headline 2 is too stiff": words about the copy.
        return False
    # Tasks about all customers or past campaigns need no product; a weak phrase is then something else.
    neutral = {
        "segment_users": 3.0,
        "compute_roi": 3.0,
        "allocate_budget": 2.4,
        "export_plan": 9.0,
        "customer_service": 2.0,
        "search_campaigns": 1.5,
        "recommend_products": 1.2,
    }
    if set(tools) <= set(neutral):
        return score >= min(neutral[t] for t in tools)
    evidence = bool(s.amounts) + bool(s.places.hits) + (s.period.days is not None) + bool(s.audience)
    return score >= (0.4 if evidence >= 2 else 1.0 if evidence else 1.6)


def _edited(base: Understanding, s: Scan, state: State, today: date, plan: CampaignPlan | None) -> tuple[Understanding, State]:
    state_slots = state.slots
    edit: Edit = read_edit(s, state_slots, today)
    slots = dict(edit.slots)
    known = {**state_slots, **{k: v for k, v in slots.items() if k != "removed_channels"}}
    tools = [t for t in state.tools if t in MAKES] or ["make_plan"]
    if len(tools) > 1:
        tools = [t for t in tools if t == "make_plan"] or tools[:1]
    if edit.action is None and not (plan is not None and line_patches(s, plan)):
        return _requested(base, s, tools, state, today, keep=True)
    slots["action"] = edit.action or "set"
    verdict = judge(s, tools, edit.slots, known, today)
    if verdict.behaviour == "ask" and not (set(verdict.missing) & (set(edit.slots) | {"split"})):
        # What was missing before this edit stays open, it does not stop the edit.
        verdict = Verdict(missing=[])
    base.slots = slots
    base.in_force = known
    base.notes += edit.notes
    _place(base, s, edit.spans)
    _apply(base, verdict, tools)
    if plan is not None:
        base.patches = line_patches(s, plan) or patches_of(edit, state_slots, plan.brief.budget.value.currency)
    return base, State(known, tools, bool(verdict.missing), tools, state.turns + 1)


def _about_plan(base: Understanding, act: Act, state: State) -> tuple[Understanding, State]:
    base.slots = {"action": act}
    if not state.turns:
        base.behaviour = "ask"
        base.missing = ["product", "budget"]
        base.reply = both(
            "现在还没有方案。告诉我商品和预算，我先做一版。", "There is no plan yet. Name a product and a budget and I will make one."
        )
        return base, state
    tool = "make_plan" if "make_plan" in state.tools or not state.tools else state.tools[0]
    base.undo, base.compare = act == "undo", act == "compare"
    base.wants = [tool] if act in ("undo", "compare") else []
    base.tools = base.wants or ["none"]
    base.in_force = dict(state.slots)
    return base, State(state.slots, state.tools, False, [], state.turns + 1)
