"""Questions about the plan in force that change nothing, and short wishes that need one more word.

When does it pay back, which headline is best, what do I do next, who is the second audience: each has a topic; two are answered by
tools (`creative_test`, `rank_creatives`), the others from the plan itself (agent/plan_asked). Patterns are data (plan_asks.toml).
Not here: where a figure comes from (`questions`), changes (`edits`), budgets and returns (`budget_asks`, `return_asks`).
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

from ...data.plan import CampaignPlan
from .deciding import SURE, State
from .lexicon import expressions, read_words
from .percents import find_percents
from .reading import Understanding
from .scan import Scan
from .sure import ORDINALS

TOOLS = ("creative_test", "rank_creatives")
# What rules a topic out, beside an amount of money.
RULED_OUT = {
    "creative_test": ("past", "price"),
    "rank_creatives": ("past", "make"),
    "best_channel": ("past", "moving"),
    "sure": ("past", "forecasts"),
    "per_order": ("past",),
    "per_day": ("past",),
    "watch": ("past",),
    "cheaper": ("price",),
    "rates_compared": ("past", "forecasts"),
    "orders": ("past", "price"),
    "improve": ("past", "price", "people", "make"),
    "show_copy": ("past",),
    "stock": ("past",),
}
# Answered by a tool that others ask for too: its name, and what goes into the reading.
ASKED_OF: dict[str, tuple[str, dict[str, Any]]] = {
    # Saturday stands for the weekend.
    "weekend": ("predict_ctr", {"rate_question": {"ask": "what_if", "weekday": 5}}),
}


class PlanAsk(NamedTuple):
    """What is asked of the plan: a topic, and what the message says of it (which group, which term, how large a difference)."""

    topic: str
    args: dict[str, Any]


@cache
def _term() -> re.Pattern[str]:
    ask, terms = read_words("plan_asks.toml")["term"], read_words("plan_asks.toml")["terms"]
    named = "|".join(f"(?P<{name}>{regex.lower()})" for name, regex in terms.items())
    return re.compile(rf"^(?:请问)?(?P<before>{ask['before']})? ?(?:{named}) ?(?P<after>{ask['after']})?[?？呢啊。.! ]*$")


def plan_ask(s: Scan, plan: CampaignPlan | None, planned: bool = False) -> PlanAsk | None:
    """Return what a message asks of the plan in force, or None; without a plan only terms and groups can be asked for.

    `planned` says that there was a plan when the message was written, where the plan itself is not at hand.

    Example:
        >>> from datetime import date
        >>> from adwright.agent.planner.scan import scan
        >>> plan_ask(scan("what is CPM?", date(2026, 11, 23)), None)
        PlanAsk(topic='term', args={'term': 'cpm'})
        >>> plan_ask(scan("人群里第二组是什么人？", date(2026, 11, 23)), None).args
        {'group': 2}
    """
    if any(a.sure for a in s.amounts):
        return None
    text = s.plain.strip()
    m = _term().match(text)
    if m and (m["before"] or m["after"]):
        return PlanAsk("term", {"term": next(name for name in read_words("plan_asks.toml")["terms"] if m[name])})
    group = _group(text, plan)
    if group is not None or (plan is None and not planned):
        return group
    ruled = expressions("not", "plan_asks.toml")
    for topic, pattern in expressions("asks", "plan_asks.toml").items():
        if not pattern.search(text) or any(ruled[name].search(text) for name in RULED_OUT.get(topic, ())):
            continue
        args: dict[str, Any] = {"channel": s.places.ids[0]} if len(s.places.ids) == 1 and topic in TOOLS else {}
        if topic == "creative_test" and (share := next((p.share for p in find_percents(text) if not p.price), None)):
            args["lift"] = float(share)
        return PlanAsk(topic, args)
    return None


def _group(text: str, plan: CampaignPlan | None) -> PlanAsk | None:
    """A question about one group of customers: by its number, or by its name in the plan."""
    if expressions("not", "plan_asks.toml")["hand_over"].search(text) or not expressions("group", "plan_asks.toml")["asks"].search(text):
        return None
    for i, segment in enumerate(plan.segments if plan is not None else [], 1):
        if segment.name.zh in text or segment.name.en.lower() in text:
            return PlanAsk("group", {"group": i})
    m = expressions("group", "plan_asks.toml")["nth"].search(text)
    if not m:
        return None
    word = next(g for g in m.groups() if g)
    number = int(word) if word.isdigit() else ORDINALS.get(word)
    return PlanAsk("group", {"group": number}) if number else None


def about_plan(base: Understanding, asked: PlanAsk, planned: bool, state: State) -> tuple[Understanding, State]:
    """A question about the plan: it stays as it is. Without a plan a group is one of the shop's."""
    base.act, base.confidence = "explain", SURE
    base.extra["plan_ask"] = {"topic": asked.topic, **asked.args}
    base.in_force = dict(state.slots)
    if asked.topic in TOOLS:
        base.tools = base.wants = [asked.topic]
    elif asked.topic in ASKED_OF:
        tool, said = ASKED_OF[asked.topic]
        base.tools, base.wants = [tool], [tool]
        base.extra |= said
    elif asked.topic == "group" and not planned:
        base.act, base.tools, base.wants = "request", ["segment_users"], ["segment_users"]
    return base, State(state.slots, state.tools, False, [], state.turns + 1, pictured=state.pictured, drafted=state.drafted)
