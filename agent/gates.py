"""The gates: what may run is decided here, outside the model, from the merchant's own words.

A model (or a text that has taken it over) may ask for anything. A call passes only when (1) the merchant's message asks for
that kind of action, (2) its budget and currency are the merchant's, by the planner's reading of their turns, and (3) what
decides the outcome - product, channels, days, words to print, whose data - is the merchant's too (see `said`). The
same call again ends the turn (see `graph`). Outward tools wait for approval on top. Nothing here reads tool output.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from ..data.money import Money
from ..data.patch import PATCH, Patch
from .said import figures, in_words, number, numbers_in, only_quoted, own_words, same_channels, same_period, same_shares
from .turn import TurnContext

if TYPE_CHECKING:
    from ..data.plan import CampaignPlan
    from .planner.reading import Understanding

# Tools that change what the shop has, hand something out, open a customer's order, or cost time. The others look up and compute.
EFFECTS = frozenset(
    {
        "make_plan",
        "revise_plan",
        "generate_image",
        "revise_images",
        "generate_video",
        "paint_scene",
        "white_picture",
        "export_plan",
        "export_audience",
        "customer_service",
        "train_models",
    }
)
# What a turn does at most once: doing it again would do it twice over.
ONCE = frozenset({"revise_plan", "revise_images", "paint_scene", "export_plan", "export_audience", "train_models"})
MONEY_TOOLS = frozenset({"make_plan", "revise_plan", "allocate_budget"})
# Tools whose product has to be the merchant's: what they make carries it, shows its costs, or may not be made for it.
PRODUCT_TOOLS = frozenset(
    {
        "make_plan",
        "draft_copy",
        "generate_image",
        "revise_images",
        "generate_video",
        "paint_scene",
        "allocate_budget",
        "suggest_price",
        "export_audience",
    }
)
# Arguments that are printed, spoken or shown as the merchant's own words, or that name a person: only what the merchant wrote.
WORDED = ("headline", "offer", "claims", "audience", "style", "scene", "message", "history", "order_id", "user_id", "segment")
# As these, but a word of the planner's own reading (a tone's id, an occasion's id) is right too.
READ = ("tone", "occasion", "platform")
FIGURES = ("spend", "revenue", "margin", "cost", "competitor_price", "price", "target_roi", "min_share", "max_share", "discount")


@dataclass(frozen=True)
class Refusal:
    """Why a call may not run: a stable code, and a sentence for the model."""

    code: str
    message: str


def check_call(
    name: str, args: dict[str, Any], context: TurnContext, plan: CampaignPlan | None, known: Iterable[str], made: Iterable[str] = ()
) -> Refusal | None:
    """Return why a model's call may not run in this turn, or None; `made` names the tools already called in it."""
    if name not in set(known):
        return Refusal("unknown-tool", f"There is no tool {name}. Use one of: {', '.join(sorted(known))}.")
    if not allowed(name, context.reading, plan):
        return Refusal("not-asked", f"The user did not ask for {name} in this message. Do not call it; answer or ask the user.")
    if name in ONCE and name in set(made):
        return Refusal("repeated", f"{name} was already done in this turn. Answer with its result.")
    refusal = check_money(name, args, context, plan) if name in MONEY_TOOLS else None
    return refusal or check_words(name, args, context, plan)


def allowed(name: str, reading: Understanding, plan: CampaignPlan | None) -> bool:
    """Return whether the merchant's message asks for this kind of action; looking up and computing is always allowed."""
    if name not in EFFECTS:
        return reading.behaviour != "refuse"
    if reading.behaviour in ("ask", "refuse"):
        return False
    edit = plan is not None and reading.act in ("edit", "undo", "compare")
    if name == "revise_plan":
        return edit or "revise_plan" in reading.calls
    return name in reading.calls and not (name == "make_plan" and edit)


def canonical(args: dict[str, Any]) -> str:
    """Return arguments as one comparable text."""
    return json.dumps(args, sort_keys=True, ensure_ascii=False, default=str)


def check_money(name: str, args: dict[str, Any], context: TurnContext, plan: CampaignPlan | None) -> Refusal | None:
    """Return why the money of a call is not the merchant's, or None."""
    if name == "revise_plan":
        return check_edit(args, context, plan)
    slots = stated(context)
    said, daily = amounts(slots.get("budget")), amounts(slots.get("daily_budget"))
    if not said and not daily:
        return Refusal("no-budget", "The user has not stated a budget. Do not choose one: ask for it, with a default.")
    asked, asked_max, asked_daily = (number(args.get(key)) for key in ("budget", "budget_max", "daily_budget"))
    unread = [key for key in ("budget", "budget_max", "daily_budget") if args.get(key) is not None and number(args[key]) is None]
    if unread:
        return Refusal("other-budget", f"{', '.join(unread)} is no plain number. Use the user's own figure: {spoken(said or daily)}.")
    if asked is None and asked_daily is None:
        return Refusal("no-budget", f"State the user's budget: {spoken(said or daily)}.")
    if asked is not None and not any(low <= asked <= high for low, high in said):
        return Refusal(
            "other-budget",
            f"The budget {args.get('budget')} is not what the user said ({spoken(said or daily)}). Use the user's own figure.",
        )
    if asked_max is not None and not any(asked_max == high for _, high in said):
        return Refusal("other-budget", f"The upper end {args.get('budget_max')} is not what the user said ({spoken(said)}).")
    if asked_daily is not None and not any(low <= asked_daily <= high for low, high in daily):
        return Refusal("other-budget", f"The daily budget {args.get('daily_budget')} is not what the user said ({spoken(daily)}).")
    return check_currency(args.get("currency"), slots.get("currency"), context.currency)


def check_currency(asked: Any, stated: Any, shop: str) -> Refusal | None:
    """Return why a currency is neither the stated one nor, when none was stated, the shop's."""
    right = str(stated or shop).upper()
    if str(asked or right).upper() != right:
        return Refusal("other-currency", f"The currency is {right}, not {asked}.")
    return None


def check_words(name: str, args: dict[str, Any], context: TurnContext, plan: CampaignPlan | None) -> Refusal | None:
    """Return why an argument that decides the outcome is not the merchant's, or None."""
    slots, own = stated(context), own_words(context.words)
    product = args.get("product")
    if name in PRODUCT_TOOLS and product is not None and not same_product(product, slots, context, plan):
        return Refusal(
            "other-product", f"The product is the user's: {slots.get('product') or 'ask for it'}. Pass it in the user's own words."
        )
    if name in ("make_plan", "allocate_budget"):
        if args.get("channels") and not same_channels(args["channels"], slots.get("channels")):
            return Refusal("other-channels", f"The user's channels are {slots.get('channels') or 'not stated: leave them out'}.")
        if args.get("split") and not same_shares(args["split"], slots.get("split")):
            return Refusal("other-budget", f"The user's split is {slots.get('split') or 'not stated: leave it out'}.")
        if not same_period(args, slots):
            right = {key: slots[key] for key in ("start_date", "end_date", "duration_days") if slots.get(key)}
            return Refusal("other-days", f"The user's days are {right or 'not stated: leave them out'}.")
        age = args.get("audience_age")
        if age is not None and list(numbers_in(age)) != list(numbers_in(slots.get("audience_age"))):
            return Refusal("other-audience", "The user did not name this age. Leave it out.")
    for key in WORDED:
        if args.get(key) and args[key] != slots.get(key) and not in_words(args[key], context.words):
            return Refusal("not-said", f"{key} has to be in the user's own words. Leave it out, or copy what they wrote.")
    for key in READ:
        if args.get(key) and args[key] != slots.get(key) and not in_words(args[key], own):
            return Refusal("not-said", f"The user named no such {key}. Leave it out.")
    asked = {value for key in FIGURES for value in numbers_in(args.get(key))}
    if asked - figures(own, slots):
        return Refusal("other-figure", "Pass only figures that the user said; leave the others out.")
    return None


def stated(context: TurnContext) -> dict[str, Any]:
    """Return what the merchant has said so far, by the planner's reading, the newest last."""
    reading = context.reading
    slots = {**reading.extra, **reading.in_force, **reading.slots, **reading.extra.get("look", {})}
    quoted = {name for name, places in reading.spans.items() if only_quoted(reading.text, places)}
    return {
        name: value
        for name, value in slots.items()
        if name not in quoted and not (name == "currency" and quoted & {"budget", "daily_budget"})
    }


def same_product(asked: Any, slots: dict[str, Any], context: TurnContext, plan: CampaignPlan | None) -> bool:
    """Return whether a product is the merchant's: in their words, as it was read, or that of the plan in force."""
    names = {slots.get("product")}
    if plan is not None and not context.reading.slots.get("product"):
        known = plan.brief.product.value
        names |= {known.id, known.name, known.called("zh"), known.called("en")}
    return isinstance(asked, str) and (asked in names - {None, ""} or in_words(asked, own_words(context.words)))


def check_edit(args: dict[str, Any], context: TurnContext, plan: CampaignPlan | None) -> Refusal | None:
    """Return why a model's patches are not the merchant's edit, or None."""
    if args.get("undo") and not context.reading.undo:
        return Refusal("not-asked", "The user did not ask to undo.")
    if args.get("adjust") != context.reading.extra.get("adjust"):
        return Refusal("not-asked", "Propose or apply adjustments only when the user asks for that in this message.")
    try:
        patches = [PATCH.validate_python(patch) for patch in args.get("patches") or []]
    except (ValidationError, ArithmeticError) as error:
        return Refusal("bad-patch", f"These patches are not valid: {str(error).splitlines()[0][:120]}.")
    meant = list(context.reading.patches)
    currency = plan.brief.budget.value.currency if plan else context.currency
    before = plan.brief.budget.value.amount if plan else Decimal(0)
    if any(isinstance(money, Money) and money.currency != currency for patch in patches for _, money in patch):
        return Refusal("other-currency", f"The plan is in {currency}.")
    try:
        right, after = total_after(meant, before), total_after(patches, before)
    except ArithmeticError:
        return Refusal("other-budget", "This change of the budget cannot be computed. Apply exactly what the user said.")
    if after != right:
        return Refusal("other-budget", f"The total after this edit has to be {right:f}, as the user said.")
    for patch in patches:
        if patch.action in CHANNEL_MONEY:
            if patch not in meant:
                return Refusal("other-budget", "The user did not ask for this change of money. Apply exactly what they said, once.")
            meant.remove(patch)
        elif patch.action not in TOTALS and not named_by(patch, context):
            return Refusal("other-edit", f"The user did not ask for this {patch.action}. Apply exactly what they said.")
    return None


def named_by(patch: Patch, context: TurnContext) -> bool:
    """Return whether a patch that moves no money is what the message says: as it was read, or the same field in its words."""
    if patch in context.reading.patches:
        return True
    field = getattr(patch, "field", None)
    alike = [other for other in context.reading.patches if other.action == patch.action and getattr(other, "field", None) == field]
    if context.reading.act != "edit" or (context.reading.patches and not alike):
        return False
    values = {key: value for key, value in patch if key not in ("action", "field") and value is not None}
    for other in alike:
        values = {key: value for key, value in values.items() if value != getattr(other, key)}
    if patch.action == "set_channels":
        return any(same_channels(patch.channels, getattr(other, "channels", None)) for other in alike)
    return all(isinstance(value, str | list) and in_words(value, own_words([context.said])) for value in values.values())


TOTALS = frozenset({"set_budget", "scale_budget"})
CHANNEL_MONEY = frozenset({"set_line_budget", "scale_channel", "set_split", "shift_budget", "set_delivery"})


def total_after(patches: Iterable[Patch], before: Decimal) -> Decimal:
    """Return the total budget after patches of the total, one after another."""
    for patch in patches:
        if patch.action == "set_budget":
            before = patch.budget.amount
        elif patch.action == "scale_budget":
            before = (before * patch.factor).quantize(Decimal("0.01"))
    return before


def amounts(slot: Any) -> list[tuple[Decimal, Decimal]]:
    """Return a money slot as ranges (low, high)."""
    if slot is None:
        return []
    if isinstance(slot, list | tuple):
        low, high = number(slot[0]), number(slot[1])
    else:
        low = high = number(slot)
    return [] if low is None or high is None else [(low, high)]


def spoken(ranges: Iterable[tuple[Decimal, Decimal]]) -> str:
    """Return ranges as ``50000`` or ``30000 to 50000``."""
    return ", ".join(f"{low:f}" if low == high else f"{low:f} to {high:f}" for low, high in ranges)
