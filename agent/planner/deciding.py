"""What a message wants, given what is in force: the act and the tools, from the intent model and the evidence of the slots.

The model proposes; facts (money, days, channels, a known product) and the families of words (``words.toml``) weigh against it.
Not here: the model (intents), certain asks (sure), refusals by pattern (policy), filling of slots.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ...data.words import Words
from .clauses import without_offers
from .filling import CORRECTION, Slots
from .intents import TOOLS, Intent, concepts
from .questions import is_question, topic_of
from .reading import Act
from .scan import Scan, claim_spans
from .sure import piece_meant, sure_ask

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
WRITTEN = re.compile(r"写|说|文案|广告|(?<![a-z])(?:ads?|adverts?|copy|write|saying|says?)(?![a-z])")
EDITS = ("edit", "undo", "compare", "explain")


@dataclass
class State:
    """What is in force after some turns: the slots, the tools last asked for, whether a question is open, a change was `proposed`, or
    pictures or drafts were asked for last (`pictured`, `drafted`) though a plan is in force."""

    slots: Slots = field(default_factory=dict)
    tools: list[str] = field(default_factory=list)
    asked: bool = False
    wants: list[str] = field(default_factory=list)
    turns: int = 0
    options: list[Words] = field(default_factory=list)
    proposed: bool = False
    pictured: bool = False
    drafted: bool = False
    # A change that was only supposed, in words: "do it" makes it one.
    supposed: str = ""


def asks_why(s: Scan, in_thread: bool) -> bool:
    """Whether a message asks about a figure of the plan in force, or about the calendar, beyond doubt."""
    if not is_question(s.plain) or REPORTED.search(s.plain) or any(concepts()[name].search(s.masked()) for name in ("image", "video")):
        return False
    return in_thread or topic_of(s.plain) == "calendar"


def decide(s: Scan, intent: Intent, state: State) -> tuple[Act, list[str], float]:
    """Act and tools from the model's probabilities and the evidence of the slots."""
    plainly = sure_ask(s)
    if plainly:
        return "request", [plainly], SURE
    in_thread = state.turns > 0
    if asks_why(s, state.turns > 0):
        return "explain", [], SURE
    labels = dict(intent.labels)
    sure_money = any(a.sure for a in s.amounts)
    known = s.product is not None and s.product.score >= KNOWN
    evidence = sure_money + bool(s.places.hits) + (s.period.days is not None) + known + bool(s.occasions) + (s.goal is not None)
    if not in_thread and intent.labels["edit"] > 0.6 and not known and not sure_money and s.period.days is None:
        return "edit", [], intent.labels["edit"]
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
    if (crafts or known) and labels["oos"] < 0.6 and not foreign and not concepts()["oos"].search(s.plain):
        labels["oos"] *= 0.3
    if (known or sure_money) and not concepts()["oos"].search(s.plain):
        # A product or a sum, and no word of anything else: never foreign.
        labels["oos"] *= 0.05
    for tool in TOOLS[1:]:
        # A task that no word of the message speaks for is unlikely, however short the message.
        labels[tool] *= 1.0 if _spoken_for(s, tool) else 0.3
    if concepts()["price"].search(s.plain) and not concepts()["price"].search(without_offers(s.bare)):
        # Its price words are those of an offer.
        labels["suggest_price"] *= 0.02
        intent.tools["suggest_price"] = 0.0
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
    if (
        best == "make_plan"
        and not (s.amounts or s.places.hits or s.period.days or in_thread)
        and claim_spans(s.plain)
        and WRITTEN.search(s.plain)
    ):
        # 艾草贴你就写包治百病: what an advertisement should say, and no campaign.
        best = "draft_copy"
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
    if (tool == "generate_image" and s.sizes) or (tool == "segment_users" and s.groups):
        return True
    text = s.masked()
    for a, b in claim_spans(text):
        # "At the lowest price on the market" asks for no price.
        text = text[:a] + " " * (b - a) + text[b:]
    return concepts()[family].search(text) is not None


def surely_named(s: Scan, slots: Slots, tools: list[str]) -> bool:
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
        "customer_service": 3.5,
        "search_campaigns": 1.5,
        "recommend_products": 1.2,
    }
    if set(tools) <= set(neutral):
        return score >= min(neutral[t] for t in tools)
    evidence = bool(s.amounts) + bool(s.places.hits) + (s.period.days is not None) + bool(s.audience)
    return score >= (0.4 if evidence >= 2 else 1.0 if evidence else 1.6)
