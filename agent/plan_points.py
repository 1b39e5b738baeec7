"""How answers about the plan in force are put together: an opening, points, a closing; amounts that are told rather than billed."""

from __future__ import annotations

from decimal import Decimal

from ..data.figure import rounded
from ..data.money import Money
from ..data.plan import CampaignPlan
from .explain import WHOLE_FROM


def points(opening: str, rows: list[str], closing: str = "") -> str:
    """Return an opening, bullet points, and a closing paragraph."""
    return "\n\n".join(part for part in (opening, "\n".join(f"- {row}" for row in rows), closing) if part)


def round_money(amount: Decimal, plan: CampaignPlan) -> Money:
    """An amount to whole units where it is large: what is told per day is no bill."""
    whole = amount.quantize(Decimal(1)) if amount >= WHOLE_FROM else rounded(amount, plan.total.currency)
    return Money.of(whole, plan.total.currency)


def orders_zh(plan: CampaignPlan) -> str:
    """The expected orders before a Chinese unit, which follows a bracket without a space."""
    text = plan.forecast.orders.ranged_text("zh")
    return f"{text} 单" if text[-1].isdigit() else f"{text}单"
