"""Understand one message: spans, intent, slots or edit, policy. `understand` is the planner's front door.

Prior turns are understood in order, so that an edit has something to change; with the plan in force the edit also becomes
typed patches. Deterministic, offline, a few milliseconds. Not here: running tools, wording answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from ...data.patch import Patch, SetLook
from ...data.plan import CampaignPlan
from ...data.words import both
from .asked import (
    about_budget,
    about_looks,
    about_past,
    about_people,
    about_rates,
    about_returns,
    about_supposition,
    about_tomorrow,
    place,
    present_budget,
)
from .audience_asks import people_ask
from .budget_asks import budget_ask, move_ask
from .changes import Edit
from .choices import chosen
from .clauses import also_asked
from .copy_asks import about_drafts, draft_ask
from .corrections import correct
from .deciding import KNOWN, SURE, Slots, State, decide, surely_named
from .edits import read_edit
from .field_edits import field_edit
from .filling import SLOTS_OF, extras, fill
from .intents import TOOLS, concepts, read_intent
from .look_asks import look_edit, rewords, speaks_of_pictures, wishes
from .past_asks import past_ask
from .patching import line_patches, patches_of, slots_of_plan
from .pick_asks import picture_edit
from .plan_asks import TOOLS as OF_CREATIVES
from .plan_asks import about_plan, plan_ask
from .policy import Verdict, judge, matches, question_for, refuse, small_talk, unsayable, without_code
from .products import Catalogue
from .rate_questions import asks_why_of_a_creative, rate_question
from .reading import Act, Understanding
from .return_asks import ReturnAsk, return_ask
from .scan import Scan, scan
from .scene_asks import about_scene, about_white, coloured_ground, scene_ask, scene_edit, white_ask
from .several import EACH_OF, other_products
from .supposed import Supposition, supposition, takes_it
from .sure import adjust_ask, asks_export, model_ask, piece_meant
from .whole_asks import is_reader, whole_ask

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
        # Pictures or drafts asked for after the plan are what the next "make it warmer", "translate the second one" is about.
        state = replace(
            state,
            slots=slots_of_plan(plan),
            tools=["make_plan"],
            turns=max(1, state.turns),
            pictured=state.tools == ["generate_image"],
            drafted="draft_copy" in state.tools,
        )
    return _read(text, state, day, catalogue, plan)[0]


def _after(turn: str, state: State, today: date, catalogue: Catalogue | None) -> State:
    if "make_plan" in state.tools and plan_ask(scan(turn, today, catalogue), None, planned=True) is not None:
        # It was a question about the plan then, and changed nothing.
        return replace(state, asked=False, options=[], turns=state.turns + 1)
    return _read(turn, state, today, catalogue, None)[1]


def _read(text: str, state: State, today: date, catalogue: Catalogue | None, plan: CampaignPlan | None) -> tuple[Understanding, State]:
    s = scan(text, today, catalogue)
    picked = chosen(s.plain, state.options, "zh" if s.language == "zh" else "en") if state.asked else None
    if picked:
        s = scan(picked, today, catalogue)
    base = Understanding(text=text, language="zh" if s.language == "zh" else "en", extra=extras(s))
    plain = without_code(s.plain)
    if plain is not None:
        if not _speaks(plain):
            # Markup or code and nothing else: text that nobody runs.
            base.act, base.behaviour, base.reply, base.confidence = "oos", "refuse", refuse("code").reply, 0.99
            return base, state
        s = scan(plain, today, catalogue)
        base.notes.append(
            both("消息里的代码或标记我只当文字看，没有运行。", "I read the code or markup in your message as text; none of it was run.")
        )
    if not s.plain.strip():
        base.behaviour, base.reply, base.act = "ask", small_talk("chat"), "chat"
        base.missing = ["product", "budget"]
        return base, state
    if matches("attack", s.plain):
        return _refused(base, "attack", 0.99), state
    if matches("harm", s.plain):
        return _harmful(base, s, 0.99), state
    own = model_ask(s)
    if own is not None:
        # Of the shop's models, not of any plan: what was said before stays as it is.
        base.confidence, base.tools, base.wants = SURE, [own], [own]
        return base, state
    drafted = state.drafted or "draft_copy" in state.tools
    planned = state.turns > 0 and "make_plan" in state.tools
    whole = whole_ask(s) if planned and not state.asked else None
    if whole is not None:
        base.extra["about_plan"], base.confidence = whole, SURE
        return _about_plan(base, "explain", state)
    question = plan_ask(s, plan)
    if question is not None and not (drafted and question.topic in OF_CREATIVES):
        return about_plan(base, question, plan is not None, state)
    drafts = draft_ask(s, drafted)
    if drafts is not None:
        about_drafts(base, drafts, state.slots)
        return base, State(state.slots, ["draft_copy"], False, [], state.turns + 1)
    change = adjust_ask(s, state.proposed)
    if change is not None:
        return about_tomorrow(base, change, state)
    if state.supposed and takes_it(s):
        return _read(state.supposed, replace(state, supposed=""), today, catalogue, plan)
    in_thread = state.turns > 0
    asked = rate_question(s.plain, s.places.ids, base.extra.get("discount")) if planned else None
    if asked is not None:
        return about_rates(base, asked, state)
    unnamed = s.product is None or s.product.item is None
    if plan is None and "make_plan" not in state.tools and unnamed and asks_why_of_a_creative(s.plain):
        # Nothing to explain yet, and no rate to estimate either.
        return _about_plan(base, "explain", State())
    supposed = supposition(s) if planned and not state.asked else None
    found = _supposed(base, s, supposed, state, today, catalogue, plan) if supposed is not None else None
    if found is not None:
        return found
    field = field_edit(s.plain, plan.total.currency) if plan is not None else None
    if field is not None:
        base.act, base.confidence, base.tools, base.wants = "edit", SURE, ["make_plan"], ["make_plan"]
        base.patches, base.slots, base.in_force = [field], {"action": "set"}, dict(state.slots)
        return base, State(state.slots, state.tools, False, [], state.turns + 1)
    pictured = state.pictured or state.tools == ["generate_image"]
    picked = picture_edit(s, today, pictured) if pictured or planned else None
    if picked is not None:
        return about_looks(base, picked, s, state, plan, pictured)
    if white_ask(s):
        return about_white(base, s, state)
    if pictured and coloured_ground(s):
        return _which_picture_change(base, state, coloured=True)
    scene = scene_ask(s, pictured or planned)
    changed = scene_edit(s, scene, state, today) if scene is not None and (pictured or planned) else None
    if changed is not None:
        return about_looks(base, changed, s, state, plan, pictured)
    if scene is not None:
        return about_scene(base, scene, s, state, today, planned and not pictured)
    look = look_edit(s) if pictured or planned else None
    if look is not None and (pictured or s.tone is None or set(look) != {"style"} or speaks_of_pictures(s)):
        return about_looks(base, look, s, state, plan, pictured)
    people = people_ask(s)
    if people is not None:
        return about_people(base, people, s, state, catalogue)
    returned = return_ask(s, plan is not None)
    if returned is not None:
        return about_returns(base, returned, s, state)
    if move_ask(s):
        # Of the shop's channels, whatever plan there is.
        return about_returns(base, ReturnAsk("move_budget", {}), s, state)
    sized = budget_ask(s, present_budget(state, plan))
    if sized is not None:
        return about_budget(base, sized, s, state)
    past = past_ask(s, today)
    if past is not None:
        return about_past(base, past, s, state)
    intent = read_intent(s, in_thread)
    act, tools, confidence = decide(s, intent, state)
    base.act, base.confidence = act, round(confidence, 3)
    nth = piece_meant(s.plain)
    if nth is not None:
        base.extra["piece"] = nth
    if s.cut:
        base.notes.append(both("消息很长，我只读了前面的部分。", "The message is long; I read only its first part."))
    if act == "harm":
        return _harmful(base, s, confidence), state
    if act in ("attack", "oos"):
        refused = _refused(base, act, confidence)
        # A claim without a product is no business but ours: which law it breaks, and what may stand in its place.
        refused.reply = (unsayable(s.plain) if act == "oos" else None) or refused.reply
        return refused, state
    if act in ("chat", "help"):
        base.reply = small_talk(act)
        return base, state
    if act == "undo" and pictured:
        base.tools = base.wants = ["generate_image"]
        base.slots, base.undo, base.in_force = {"action": "undo"}, True, dict(state.slots)
        return base, State(state.slots, ["generate_image"], False, [], state.turns + 1)
    if act in ("undo", "redo", "compare", "explain"):
        return _about_plan(base, act, state)
    more = also_asked(s, lambda part: scan(part, today, catalogue))
    if act == "edit" and not in_thread:
        return _nothing_to_edit(base, s, today)
    if act == "edit":
        return _edited(base, s, state, today, plan, more)
    if tools and tools != ["customer_service"]:
        beside = [t for t in more if tools != ["make_plan"] or t not in ("export_plan", "compute_roi")]
        tools = sorted({*tools, *beside}, key=TOOLS.index)
    return _requested(base, s, tools, state, today)


def _supposed(
    base: Understanding, s: Scan, supposed: Supposition, state: State, today: date, catalogue: Catalogue | None, plan: CampaignPlan | None
) -> tuple[Understanding, State] | None:
    """A change that is only wondered about; None where none can be read."""
    patches: list[Patch] = []
    if not supposed.held and not supposed.market and budget_ask(s, present_budget(state, plan)) is not None:
        # Whether another budget is worth it has an answer of its own.
        return None
    # Of an earlier turn only the words are needed.
    if not supposed.market and plan is not None:
        inner, _ = _read(supposed.edit, state, today, catalogue, plan)
        if inner.act != "edit" or inner.behaviour != "do" or not inner.patches:
            return None
        patches = inner.patches
    return about_supposition(base, patches, supposed, state)


def _speaks(plain: str) -> bool:
    """Whether anything is left to read beside code: three words or one Chinese one."""
    return len(re.findall(r"[a-z]{2,}", plain)) >= 3 or len(re.findall(r"[\u4e00-\u9fff]", plain)) >= 2


def _harmful(base: Understanding, s: Scan, confidence: float) -> Understanding:
    """A refusal that still says what was understood, where the message has the shape of a campaign."""
    if s.product is not None and s.product.score >= KNOWN - 1 and (s.amounts or s.places.hits):
        base.slots, spans = fill(s, ["make_plan"])
        place(base, s, spans)
    return _refused(base, "harm", confidence)


def _refused(base: Understanding, act: Act, confidence: float) -> Understanding:
    verdict = refuse(act)
    base.act, base.behaviour, base.reply, base.confidence = act, "refuse", verdict.reply, round(confidence, 3)
    return base


def _apply(base: Understanding, verdict: Verdict, tools: list[str]) -> None:
    base.behaviour, base.missing, base.question, base.options = verdict.behaviour, verdict.missing, verdict.question, verdict.options
    base.reply = verdict.reply or base.reply
    base.notes += verdict.notes
    base.wants = tools
    base.tools = tools if verdict.run and tools else ["none"]


def _requested(
    base: Understanding, s: Scan, tools: list[str], state: State, today: date, keep: bool = False
) -> tuple[Understanding, State]:
    """A request of its own; with `keep`, or when it answers a question, what was said before still holds."""
    # "Plan for mugs, $2k" after another task's question is a request of its own, not the answer.
    anew = (
        tools == ["make_plan"] and "make_plan" not in state.wants and bool(s.amounts) and concepts()["plan"].search(s.masked()) is not None
    )
    answering = keep or (state.asked and bool(state.wants) and not anew and (tools == ["make_plan"] or not tools))
    if answering:
        tools = state.wants
    slots, spans = fill(s, tools)
    slots = correct(s, slots)
    if not surely_named(s, slots, tools) or is_reader(str(slots.get("product", ""))):
        slots.pop("product", None)
        slots.pop("category", None)
        spans.pop("product", None)
    said = wishes(s)
    base.extra |= said
    known = {**slots, **said}
    fresh = "make_plan" in tools and "product" in slots and not answering
    if state.turns and not fresh:
        known = {**_still(state.slots, slots.get("product")), **slots, **said}
    verdict = judge(s, tools, slots, known, today)
    base.slots = slots
    base.product_id = s.product.item.id if s.product and s.product.item and "product" in slots else None
    base.in_force = known
    if {"predict_ctr", "predict_cvr"} & set(tools) and not known.get("channels") and verdict.run:
        # The rate of a product is that of a channel; one is assumed and said.
        base.notes.append(both("您没有说渠道，先按抖音估。", "You named no channel; this is for Instagram."))
    others = other_products(s) if "make_plan" in tools and "product" in slots else []
    if others:
        slots["product"] = EACH_OF.split(slots["product"])[0]
        known["product"] = slots["product"]
        names = "、".join(others), ", ".join(others)
        base.notes.append(
            both(
                f"一份方案推一款商品，这份先做{slots['product']}；{names[0]}可以接着各说一句，另做一份。",
                f"A plan is for one product: this one is for {slots['product']}. Name {names[1]} next for a plan of its own.",
            )
        )
    if "make_plan" in tools and asks_export(s):
        base.notes.append(both("计划做好后，说“导出”就能存成文件。", "Once the plan is made, say “export” to save it as files."))
    place(base, s, spans)
    _apply(base, verdict, tools)
    return base, State(known, tools, bool(verdict.missing), tools, state.turns + 1, verdict.options)


def _still(held: Slots, product: str | None) -> Slots:
    """What was said before and still holds: an offer goes with the product it was made for."""
    before = held.get("product")
    same = not product or not before or product.casefold() in before.casefold() or before.casefold() in product.casefold()
    return held if same else {name: value for name, value in held.items() if name != "offer"}


def _edited(
    base: Understanding, s: Scan, state: State, today: date, plan: CampaignPlan | None, more: list[str]
) -> tuple[Understanding, State]:
    state_slots = state.slots
    edit: Edit = read_edit(s, state_slots, today)
    slots = dict(edit.slots)
    known = {**state_slots, **{k: v for k, v in slots.items() if k != "removed_channels"}}
    tools = [t for t in state.tools if t in MAKES] or ["make_plan"]
    if len(tools) > 1:
        tools = [t for t in tools if t == "make_plan"] or tools[:1]
    if tools == ["generate_image"] and set(edit.slots) <= {"tone"} and rewords(s):
        base.behaviour, base.in_force = "ask", dict(state_slots)
        base.question = both(
            "图上的标题要换成什么？例如：标题换成“清晨第一步”。",
            "What should the headline on the pictures say? For example: change the headline to “Light steps”.",
        )
        return base, State(state_slots, state.tools, False, [], state.turns + 1)
    unread = not (set(edit.slots) - {"product"}) and edit.action != "replace" and not more and not wishes(s)
    strange = bool(edit.slots) and not set(edit.slots) & {name for tool in tools for name in SLOTS_OF[tool]}
    if tools == ["generate_image"] and not state.asked and (unread or strange):
        return _which_picture_change(base, state)
    if (
        edit.action is None
        and not edit.slots
        and not more
        and not state.asked
        and not s.product
        and not (plan is not None and line_patches(s, plan))
    ):
        base.behaviour, base.in_force = "ask", dict(state_slots)
        base.question = both(
            "想改哪一项？例如“抖音减 20%”“第二条文案改短”。",
            'What shall I change? For example "cut Instagram 20%" or "make the second headline shorter".',
        )
        base.options = [both("多写两条文案", "Two more headlines"), both("延长一周", "Extend it by a week")]
        return base, State(state_slots, state.tools, True, state.wants, state.turns + 1, base.options)
    if edit.action is None and not (plan is not None and line_patches(s, plan)):
        return _requested(base, s, tools, state, today, keep=True)
    if tools != ["make_plan"] and strange:
        # The budget of a segmentation: only a plan has one.
        return _nothing_to_edit(base, s, today)
    slots["action"] = edit.action or "set"
    verdict = judge(s, tools, edit.slots, known, today)
    if verdict.behaviour == "ask" and not (set(verdict.missing) & (set(edit.slots) | {"split"})):
        # What was missing before this edit stays open, it does not stop the edit.
        verdict = Verdict(missing=[])
    # A size, a length or a number of pieces is already the change itself.
    done = {"generate_video" if "video_seconds" in slots else "", "generate_image" if "sizes" in slots else "", "draft_copy"}
    tools = [*tools, *(t for t in more if t not in done and t not in tools)]
    base.slots = slots
    base.in_force = known
    said = wishes(s)
    base.extra |= said
    base.notes += edit.notes
    place(base, s, edit.spans)
    _apply(base, verdict, tools)
    if plan is not None:
        base.patches = line_patches(s, plan) or patches_of(edit, state_slots, plan.brief.budget.value.currency)
        look = look_edit(s) or {name: said[name] for name in ("offer", "style", "logo") if name in said}
        base.patches += [SetLook(**look)] if look else []
    return base, State(known, tools, bool(verdict.missing), tools, state.turns + 1)


def _which_picture_change(base: Understanding, state: State, coloured: bool = False) -> tuple[Understanding, State]:
    """An edit of pictures that was not read, or a ground of one colour: asked for again, and the pictures stay what is spoken of."""
    base.behaviour, base.in_force = "ask", dict(state.slots)
    base.question = both("图上要改什么？", "What shall I change in the pictures?")
    if coloured:
        base.question = both(
            "底色由商品、版式和风格定，不能单独指定一种颜色。换一种背景或风格？",
            "The ground takes its colours from product, layout and style; a single colour cannot be set. Another background or style instead?",
        )
        base.options = [
            both("背景换成影棚", "Change the background to a studio"),
            both("整体暖一点", "Make it warmer"),
            both("换成马卡龙色", "Pastel style"),
        ]
        return base, State(state.slots, state.tools, False, [], state.turns + 1)
    base.options = [both("价格大一点", "Bigger price"), both("换成水墨风", "Ink wash style"), both("第二张不要", "Drop the second picture")]
    return base, State(state.slots, state.tools, False, [], state.turns + 1)


def _nothing_to_edit(base: Understanding, s: Scan, today: date) -> tuple[Understanding, State]:
    """把抖音去掉 with nothing in force: said, and asked for what a plan needs; what was wanted for it is kept."""
    edit = read_edit(s, {}, today)
    known = {name: value for name, value in edit.slots.items() if name in ("channels", "duration_days", "start_date", "tone", "language")}
    base, _ = _about_plan(base, "edit", State())
    base.slots, base.in_force, base.wants = known, dict(known), ["make_plan"]
    return base, State(known, ["make_plan"], True, ["make_plan"], 1, base.options)


def _about_plan(base: Understanding, act: Act, state: State) -> tuple[Understanding, State]:
    base.slots = {"action": act}
    if not state.turns or (act in ("undo", "compare") and state.tools and "make_plan" not in state.tools):
        base.behaviour = "ask"
        base.missing = ["product", "budget"]
        base.reply = both(
            "现在还没有方案。告诉我商品和预算，我先做一版。", "There is no plan yet. Name a product and a budget and I will make one."
        )
        base.question, base.options = question_for(base.missing, ["make_plan"], {})
        return base, state
    tool = "make_plan" if "make_plan" in state.tools or not state.tools else state.tools[0]
    base.undo, base.compare = act == "undo", act == "compare"
    base.wants = [tool] if act in ("undo", "compare") else []
    base.tools = base.wants or ["none"]
    base.in_force = dict(state.slots)
    return base, State(state.slots, state.tools, False, [], state.turns + 1)
