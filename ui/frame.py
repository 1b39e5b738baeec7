"""The frame of the page as HTML: brand, badge, thread list, view switch, hint, approval bar, notices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..agent.events import ApprovalNeeded
from ..data.money import total
from ..data.plan import CampaignPlan, Segment
from ..data.words import Language, Words
from . import customer_file
from .markup import channel_name, esc, icon, period
from .texts import say

_LOGO = (
    '<span class="aw-logo" aria-hidden="true"><svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.8" '
    'stroke-linecap="round" stroke-linejoin="round"><path d="M3 12.4L8 3.4l5 9M4.9 10h6.2"/></svg></span>'
)


def brand(shop: str, demo: bool, language: Language) -> str:
    """Return logo, name, shop and, always visible, the demo badge."""
    badge = f'<span class="aw-demo">{esc(say("demo", language))}</span>' if demo else ""
    opener = (
        f'<button type="button" class="aw-sideopen" data-do="side" aria-label="{esc(say("sidebar", language))}">{icon("down", 18)}</button>'
    )
    name = shop
    if " · " in shop and demo:
        # The demo shop is named in both languages: Chinese first.
        halves = shop.split(" · ", 1)
        name = halves[0] if language == "zh" else halves[1]
    return f'<div class="aw-brand">{opener}{_LOGO}<b>Adwright</b><span class="aw-shop">{esc(name)}</span>{badge}</div>'


def badge(words: Words, language: Language, fallback: bool = False) -> str:
    """Return the name of the brain in use behind a dot."""
    return f'<div class="aw-model{" aw-fallback" if fallback else ""}"><i></i>{esc(words.pick(language))}</div>'


def side(threads: Sequence[Any], here: str, language: Language) -> str:
    """Return "new chat" and the list of threads, each with a delete button that asks once more."""
    rows = ""
    for entry in threads:
        title = entry.title.strip() or say("untitled", language)
        current = ' aria-current="true"' if entry.thread == here else ""
        rows += (
            f'<div class="aw-thread{" aw-here" if current else ""}"><button type="button" class="aw-pick" data-act="open" data-value="{esc(entry.thread)}"{current}><span>{esc(title)}</span></button>'
            f'<button type="button" class="aw-drop" data-do="sure" data-sure="{esc(say("delete-sure", language))}" data-value="{esc(entry.thread)}" '
            f'aria-label="{esc(say("delete", language))} {esc(title)}">{icon("trash", 14)}</button></div>'
        )
    listed = rows or f'<p class="aw-recent">{esc(say("no-threads", language))}</p>'
    return (
        f'<nav aria-label="{esc(say("sidebar", language))}"><div class="aw-newrow"><button type="button" class="aw-new" data-act="new">{icon("plus", 14)}{esc(say("new-chat", language))}</button>'
        f'<button type="button" class="aw-fold-side" data-do="side" aria-label="{esc(say("sidebar", language))}">{icon("down", 18)}</button></div>'
        f'<p class="aw-recent">{esc(say("recent", language))}</p>{listed}</nav>'
    )


def views(language: Language) -> str:
    """Return the switch between chat and plan for narrow screens."""
    return (
        f'<div class="aw-views"><button type="button" data-view="chat">{esc(say("view-chat", language))}</button>'
        f'<button type="button" data-view="plan">{esc(say("view-plan", language))}</button></div>'
    )


def hint(language: Language) -> str:
    """Return the line under the composer."""
    return f'<p class="aw-under aw-hintline">{esc(say("hint", language))}</p>'


def approval(needed: ApprovalNeeded, plan: CampaignPlan | None, language: Language, groups: Sequence[Segment] = ()) -> str:
    """Return the approval bar: amount with currency, dates, split, what will not happen, and three buttons.

    Of a customer list it names segment and platform instead; `groups` are the segments known by name.
    """
    export, people = needed.tool == "export_plan", needed.tool == "export_audience"
    title = say("confirm" if export else "confirm-list" if people else "confirm-any", language)
    plan = plan if export else None
    amount = needed.amount or (plan.total if plan is not None else None)
    dates = f" · {period(plan.brief.start.value, plan.brief.end, language)}" if plan is not None else ""
    money = f'<div class="aw-sumline"><b>{esc(amount.text())}</b>{esc(amount.currency)}{esc(dates)}</div>' if amount is not None else ""
    detail = needed.detail.pick(language)
    if export and plan is not None:
        parts = {
            line.channel: total([x.budget for x in plan.lines if x.channel == line.channel], plan.total.currency) for line in plan.lines
        }
        split = " · ".join(f"{channel_name(channel, language)} {money.text(short=True)}" for channel, money in parts.items())
        detail = f"{split}。" if language == "zh" else f"{split}."
    refusal = say("draft-only", language)
    if people:
        money = customer_file.asked(needed.args, {group.id: group.name for group in groups}, language)
        detail = say("list-note", language)
    tail = ("" if language == "zh" else " ") + refusal if export and refusal not in detail else ""
    edit = f'<button type="button" class="aw-big" data-do="edit-figures">{esc(say("edit-figures", language))}</button>' if export else ""
    return (
        f'<section class="aw-approval" role="region" aria-label="{esc(title)}"><h3>{icon("shield")}{esc(title)}</h3>{money}<p>{esc(detail)}{esc(tail)}</p>'
        f'<div class="aw-buttons"><button type="button" class="aw-big aw-primary" data-act="approve" data-value="{esc(needed.id)}">{esc(say("approve" if export or people else "approve-any", language))}</button>'
        f'{edit}<button type="button" class="aw-big" data-act="reject" data-value="{esc(needed.id)}">{esc(say("not-now", language))}</button></div></section>'
    )


def notice(text: str, plain: bool = False) -> str:
    """Return a line above the composer; `plain` is not a warning."""
    return (
        f'<p class="aw-under aw-left" role="status">{esc(text)}</p>'
        if plain
        else f'<div class="aw-notice" role="status">{icon("warn", 15)}<span>{esc(text)}</span></div>'
    )


def retry(said: str, language: Language) -> str:
    """Return the first way out after a failed turn: say the same again."""
    if not said or len(said) > 2000:
        return ""
    return f'<div class="aw-chips"><button type="button" class="aw-chip aw-main" data-act="say" data-value="{esc(said)}">{esc(say("retry", language))}</button></div>'
