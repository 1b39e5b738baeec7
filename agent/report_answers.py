"""The plan in force for somebody else: a short report, a mail, and what may go wrong. Read from the plan alone.

Sentences stand in the order of what the reader decides by: what and how much, what it brings and how sure, what speaks against it,
where the money goes, what is assumed, what happens next; a wish for fewer takes the first.
"""

from __future__ import annotations

from ..data.figure import Figure
from ..data.plan import CampaignPlan
from ..data.words import Language
from .plan_answers import facts_of
from .wording import say

USUAL = 4
DRIVERS = 2
# What is assumed and decides most; the others are on the plan page.
DECIDING = ("order_value", "margin")


def report(plan: CampaignPlan, language: Language, *, sentences: int | None, mail: bool) -> str:
    """Return the plan in so many sentences (four when none are named), as a mail where one was asked for."""
    brief, forecast = plan.brief, plan.forecast
    told = say(
        "answer-report",
        language,
        **facts_of(plan, language),
        revenue=forecast.revenue.text(language),
        contribution=forecast.contribution.text(language),
        contribution_range=forecast.contribution.range_text(language),
        order_value=brief.order_value.value.text(short=True),
        margin=f"{brief.margin.value:.0%}",
        assumed=sum(getattr(brief, name).how == "assumed" for name in DECIDING),
    )
    lines = [line for line in told.splitlines() if line.strip()]
    title = plan.title.pick(language)
    body = ("" if language == "zh" else " ").join(lines[: sentences or USUAL])
    return say("answer-report-mail", language, title=title, body=body) if mail else body


def risks(plan: CampaignPlan, language: Language) -> str:
    """Return how likely a loss is, how bad the low end is, which inputs decide it, and what to do about it."""
    forecast = plan.forecast
    loss = Figure.of(1 - forecast.p_profit.value, "rate", forecast.p_profit.source)
    facts = facts_of(plan, language)
    return say(
        "answer-risk",
        language,
        loss=loss.text(language),
        low=forecast.contribution.model_copy(update={"value": forecast.contribution.low}).text(language)
        if forecast.contribution.low is not None
        else "",
        orders_low=forecast.orders.model_copy(update={"value": forecast.orders.low}).text(language)
        if forecast.orders.low is not None
        else "",
        drivers=[driver.pick(language) for driver in forecast.drivers[:DRIVERS]],
        warnings=facts["warnings"][:DRIVERS],
        roas=facts["roas"],
        break_even=facts["break_even"],
        losing=facts["losing"],
    )
