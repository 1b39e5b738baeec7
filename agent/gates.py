"""The gates: what may run is decided here, outside the model, from the merchant's own words.

A model (or a text that has taken it over) may ask for anything. A call passes only when (1) the merchant's message asks for
that kind of action, and (2) its budget and currency are the merchant's, by the planner's reading of their turns. The
same call again ends the turn (see `graph`). Outward tools wait for approval on top. Nothing here reads tool output.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from ..data.money import Money
from ..data.patch import PATCH, Patch
from .turn import TurnContext

if TYPE_CHECKING:
    from ..data.plan import CampaignPlan
    from .planner.reading import Understanding

# Tools that change what the shop has, hand something out, or cost time. All others only look things up and compute.
EFFECTS = frozenset({"make_plan", "revise_plan", "generate_image", "generate_video", "export_plan"})
# What a turn does at most once: doing it again would do it twice over.
ONCE = frozenset({"revise_plan", "export_plan"})
MONEY_TOOLS = frozenset({"make_plan", "revise_plan", "allocate_budget"})


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
    if name in MONEY_TOOLS:
        return check_money(name, args, context, plan)
    return None


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
    slots = {**context.reading.in_force, **context.reading.slots}
    said, daily = amounts(slots.get("budget")), amounts(slots.get("daily_budget"))
    if not said and not daily:
        return Refusal("no-budget", "The user has not stated a budget. Do not choose one: ask for it, with a default.")
    asked, asked_max, asked_daily = number(args.get("budget")), number(args.get("budget_max")), number(args.get("daily_budget"))
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


def check_edit(args: dict[str, Any], context: TurnContext, plan: CampaignPlan | None) -> Refusal | None:
    """Return why the money in a model's patches is not what the merchant's edit means, or None."""
    if args.get("undo") and not context.reading.undo:
        return Refusal("not-asked", "The user did not ask to undo.")
    try:
        patches = [PATCH.validate_python(patch) for patch in args.get("patches") or []]
    except ValidationError as error:
        return Refusal("bad-patch", f"These patches are not valid: {error.errors()[0]['msg']}.")
    meant = list(context.reading.patches)
    currency = plan.brief.budget.value.currency if plan else context.currency
    before = plan.brief.budget.value.amount if plan else Decimal(0)
    if any(isinstance(money, Money) and money.currency != currency for patch in patches for _, money in patch):
        return Refusal("other-currency", f"The plan is in {currency}.")
    if total_after(patches, before) != total_after(meant, before):
        return Refusal("other-budget", f"The total after this edit has to be {total_after(meant, before):f}, as the user said.")
    for patch in patches:
        if patch.action not in CHANNEL_MONEY:
            continue
        if patch not in meant:
            return Refusal("other-budget", "The user did not ask for this change of money. Apply exactly what they said, once.")
        meant.remove(patch)
    return None


CHANNEL_MONEY = frozenset({"set_line_budget", "scale_channel", "set_split", "shift_budget"})


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


def number(value: Any) -> Decimal | None:
    """Return a JSON number or numeric text as Decimal; None for anything else."""
    if value is None or isinstance(value, bool):
        return None
    try:
        return Decimal(str(value).replace(",", ""))
    except InvalidOperation:
        return None


def spoken(ranges: Iterable[tuple[Decimal, Decimal]]) -> str:
    """Return ranges as ``50000`` or ``30000 to 50000``."""
    return ", ".join(f"{low:f}" if low == high else f"{low:f} to {high:f}" for low, high in ranges)
