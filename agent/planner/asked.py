"""What a sure ask makes of an understanding: its tool, its arguments, where they stand; the plan in force stays as it is.

Which words are a sure ask is decided in the modules that name them (`budget_asks`, `audience_asks`, `past_asks` and so on).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ...data.patch import PATCH, Patch, SetLook
from ...data.plan import CampaignPlan
from ...data.words import both
from .audience_asks import PeopleAsk
from .budget_asks import BudgetAsk
from .deciding import SURE, State
from .filling import Spans, fill
from .past_asks import of_it
from .products import Catalogue, find_product
from .rate_questions import RateQuestion
from .reading import Understanding
from .return_asks import ReturnAsk
from .scan import Scan
from .supposed import Supposition

PLATFORMS = (both("巨量千川", "Qianchuan"), both("达摩盘", "Damopan"), *(both(name, name) for name in ("Google", "Meta", "TikTok")))
# With the words of the ask set aside little else is left, so that a weaker phrase is the product.
NAMED = 1.5


def about_rates(base: Understanding, asked: RateQuestion, state: State) -> tuple[Understanding, State]:
    """A question that the response model answers: the plan in force stays as it is."""
    base.act, base.confidence = "explain", SURE
    base.tools = base.wants = [asked.tool]
    base.in_force = dict(state.slots)
    base.extra["rate_question"] = {"ask": asked.ask, **asked.args}
    return base, State(state.slots, state.tools, False, [], state.turns + 1)


def about_returns(base: Understanding, asked: ReturnAsk, s: Scan, state: State) -> tuple[Understanding, State]:
    """Returns by segment, creative or month, or whether forecasts held: the plan in force stays as it is."""
    base.confidence, base.tools, base.wants = SURE, [asked.tool], [asked.tool]
    base.in_force = dict(state.slots)
    base.extra["returns"] = asked.args
    if s.places.ids:
        base.slots["channels"] = s.places.ids
        place(base, s, {"channels": [(h.start, h.end) for h in s.places.hits]})
    return base, State(state.slots, state.tools, False, [], state.turns + 1)


def about_past(base: Understanding, asked: dict[str, Any], s: Scan, state: State) -> tuple[Understanding, State]:
    """What worked or was run before: the plan in force stays as it is."""
    base.confidence, base.tools, base.wants = SURE, ["search_campaigns"], ["search_campaigns"]
    base.in_force = dict(state.slots)
    product = state.slots.get("product")
    base.extra["past"] = asked | ({"query": f"{s.plain} {product}"} if product and of_it(s.plain) else {})
    slots, spans = fill(s, ["search_campaigns"])
    base.slots = {name: slots[name] for name in ("channels", "occasion") if name in slots}
    place(base, s, {name: places for name, places in spans.items() if name in base.slots})
    return base, State(state.slots, state.tools, False, [], state.turns + 1)


def present_budget(state: State, plan: CampaignPlan | None) -> Decimal | None:
    """The budget in force: the plan's, else what was said; None for a range or a daily one."""
    if plan is not None:
        return plan.total.amount
    said = state.slots.get("budget")
    return Decimal(str(said)) if isinstance(said, int | float | Decimal) else None


def about_budget(base: Understanding, asked: BudgetAsk, s: Scan, state: State) -> tuple[Understanding, State]:
    """Whether another budget is worth it, or what a goal needs: the plan in force stays as it is."""
    base.confidence, base.tools, base.wants = SURE, ["size_budget"], ["size_budget"]
    base.in_force = dict(state.slots)
    currency = next((a.currency for a in s.amounts if a.currency), None)
    base.extra |= asked.args | ({"currency": currency} if currency else {})
    if s.places.ids:
        base.extra["channels"] = s.places.ids
    if s.period.days:
        base.extra["duration_days"] = s.period.days
    if s.product is not None and s.product.item is not None:
        base.extra["sized_product"] = s.text.words(s.product.start, s.product.end).strip()
    base.spans = {"size": [s.text.span(a, b) for a, b in asked.spans]}
    return base, State(state.slots, state.tools, False, [], state.turns + 1)


def about_supposition(base: Understanding, patches: list[Patch], supposed: Supposition, state: State) -> tuple[Understanding, State]:
    """What a change would bring: the plan in force stays as it is, and the next word may make the change."""
    base.confidence, base.tools, base.wants = SURE, ["try_plan"], ["try_plan"]
    base.in_force = dict(state.slots)
    base.extra["trying"] = {"patches": [PATCH.dump_python(patch, mode="json") for patch in patches]} | {
        name: format(factor, "f") for name, factor in supposed.market.items()
    }
    return base, State(state.slots, state.tools, False, [], state.turns + 1, supposed=supposed.edit)


def about_looks(
    base: Understanding, look: dict[str, Any], s: Scan, state: State, plan: CampaignPlan | None, pictured: bool
) -> tuple[Understanding, State]:
    """A change of how pictures look: of the set in force, else of the plan's."""
    base.act, base.confidence = "edit", SURE
    base.tools = base.wants = ["generate_image"] if pictured else ["make_plan"]
    base.slots = {"action": "set"} | ({"tone": s.tone.value} if s.tone else {})
    base.in_force, base.extra["look"] = dict(state.slots), look
    if plan is not None and not pictured:
        base.patches = [SetLook(**look)]
    kept = {**state.slots, **{name: look[name] for name in ("style", "offer") if name in look}}
    return base, State(kept, base.tools, False, [], state.turns + 1)


def about_tomorrow(base: Understanding, change: str, state: State) -> tuple[Understanding, State]:
    """What daily results call for, or yes to it: the plan changes only with that yes."""
    base.confidence, base.tools, base.wants = SURE, ["revise_plan"], ["revise_plan"]
    base.extra["adjust"] = change
    base.in_force = dict(state.slots)
    return base, State(state.slots, state.tools, False, [], state.turns + 1, proposed=change == "propose")


def about_people(base: Understanding, asked: PeopleAsk, s: Scan, state: State, catalogue: Catalogue | None) -> tuple[Understanding, State]:
    """Who should see a campaign, or a group for an ad platform: the plan in force stays as it is."""
    base.confidence, base.tools, base.wants = SURE, [asked.tool], [asked.tool]
    after = State(state.slots, state.tools, False, [], state.turns + 1)
    if asked.tool == "segment_users":
        taken = [asked.start <= i < asked.end for i in range(len(s.plain))]
        named = find_product(s.plain, taken, sure=True, catalogue=catalogue)
        if named is not None and (named.item is not None or named.score >= NAMED):
            base.slots["product"] = s.text.words(named.start, named.end).strip()
            place(base, s, {"product": [(named.start, named.end)]})
        base.in_force = {**state.slots, **base.slots}
        if base.in_force.get("product"):
            base.extra["for_product"] = base.in_force["product"]
        return base, after
    base.in_force = dict(state.slots)
    base.extra |= {"segment": asked.group} | ({"platform": asked.platform} if asked.platform else {})
    if asked.platform:
        return base, after
    base.behaviour, base.tools, base.missing = "ask", ["none"], ["platform"]
    base.question = both("导出给哪个平台？每个平台的格式和加密规则不同。", "For which platform? Each has its own format and hashing rules.")
    zh, en = asked.group.removesuffix("人群"), asked.group or "customers"
    base.options = [both(f"把{zh}人群导出到{place.zh}", f"Export the audience of {en} to {place.en}") for place in PLATFORMS]
    return base, State(state.slots, state.tools, True, [asked.tool], state.turns + 1, base.options)


def place(base: Understanding, s: Scan, spans: Spans) -> None:
    base.spans = {name: [s.text.span(a, b) for a, b in places] for name, places in spans.items()}
