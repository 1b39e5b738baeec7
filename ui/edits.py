"""Changes made by hand on the canvas, as typed patches: a line's budget, one assumed field of the brief, or what was tried."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from ..data.errors import AdwrightError
from ..data.money import Money
from ..data.patch import Patch, SetAudience, SetBudget, SetDates, SetField, SetLineBudget, SetProduct
from ..data.plan import CampaignPlan
from ..data.words import Language, Words, both
from .texts import FIELDS, TEXTS, named, say
from .what_if import setting_of
from .what_if import words as tried_words

if TYPE_CHECKING:
    from ..data.workspace import Workspace


def line_patch(plan: CampaignPlan, line: str, value: str) -> Patch:
    """Return the patch that sets a line's budget to what was typed, in the plan's currency."""
    return SetLineBudget(line=plan.line(line).id, budget=Money.of(read_amount(value), plan.total.currency))


def field_patch(plan: CampaignPlan, field: str, value: str) -> Patch:
    """Return the patch for one field of the brief; raises `AdwrightError` (``bad-number``, ``bad-value``)."""
    currency, text = plan.total.currency, value.strip()
    try:
        if field == "product":
            return SetProduct(product=text)
        if field == "audience":
            return SetAudience(text=text)
        if field == "budget":
            return SetBudget(budget=Money.of(read_amount(text), currency))
        if field in ("start", "dates"):
            return SetDates(start=date.fromisoformat(text))
        if field == "days":
            return SetDates(days=int(read_amount(text)))
        parsed: Any = text
        if field == "order_value":
            parsed = Money.of(read_amount(text), currency)
        elif field == "margin":
            share = read_amount(text)
            parsed = share / 100 if share > 1 or text.endswith(("%", "％")) else share
        elif field == "target_roas":
            parsed = read_amount(text)
        elif field == "variants":
            parsed = int(read_amount(text))
        return SetField.model_validate({"field": field, "value": parsed})
    except (ValidationError, ValueError) as error:
        name = named(FIELDS, field, "zh"), named(FIELDS, field, "en")
        message = Words(zh=say("bad-value", "zh", text=text, name=name[0]), en=say("bad-value", "en", text=text, name=name[1]))
        raise AdwrightError(message, TEXTS["bad-value-hint"], code="bad-value") from error


def plan_of(workspace: Workspace, thread: str) -> CampaignPlan:
    """Return the plan in force in a thread; raises `AdwrightError` (``no-plan``)."""
    plan = workspace.records.current(thread)
    if plan is None:
        raise AdwrightError(
            both("这个对话里还没有计划。", "There is no plan in this chat yet."),
            both("请先做一份计划。", "Make a plan first."),
            code="no-plan",
        )
    return plan


def changed(plan: CampaignPlan, act: str, data: Mapping[str, Any], language: Language) -> tuple[list[Patch], str]:
    """Return the patches of a change made by hand (``line``, ``field``, ``what-if``) and its words; raises as the readers do."""
    if act == "what-if":
        setting = setting_of(plan, data)
        return setting.patches(plan), tried_words(plan, setting, language)
    name, value = str(data.get(act)), str(data.get("value") or "")
    patch = line_patch(plan, name, value) if act == "line" else field_patch(plan, name, value)
    return [patch], words(plan, act, name, value, language)


def words(plan: CampaignPlan, kind: str, name: str, value: str, language: Language) -> str:
    """Return what a change means, for the bubble while it is worked on."""
    if kind == "line":
        return say("line-to", language, name=plan.line(name).name.pick(language), value=value)
    return f"{named(FIELDS, name, language)} → {value}"


def read_amount(text: str) -> Decimal:
    """Read a non-negative number typed into the page; raises `AdwrightError` (code ``bad-number``)."""
    cleaned = text.strip().lstrip("¥$€£￥ ").replace(",", "").replace("，", "").rstrip("元% ％")
    try:
        number = Decimal(cleaned)
        if not number.is_finite() or number < 0 or number > Decimal("1e12"):
            raise InvalidOperation
    except InvalidOperation as error:
        raise AdwrightError(
            Words(zh=say("bad-number", "zh", text=text), en=say("bad-number", "en", text=text)), TEXTS["bad-number-hint"], code="bad-number"
        ) from error
    return number
