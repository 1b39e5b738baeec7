"""The conversation as HTML: a pure function of the stored turns and the running one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..agent.events import Failed, Turn
from ..data.errors import AdwrightError
from ..data.plan import CampaignPlan
from ..data.result import Artifact
from ..data.words import Language
from . import results
from .live import Card, Live, cards_of, finding, shown
from .markup import esc, icon, legend
from .prose import prose
from .sources import origins
from .texts import say

PlanOf = Callable[[str, int], CampaignPlan | None]


def conversation(turns: Sequence[Turn], live: Live | None, language: Language, plan_of: PlanOf, picture: results.FileUrl) -> str:
    """Return the whole log. `plan_of` reads a stored plan, `picture` gives the address of an artefact.

    Only the last turn shows its legend, since the marks are the same all through.
    """
    rows: list[str] = []
    said: list[str] = []
    plan: CampaignPlan | None = None
    for index, turn in enumerate(turns):
        said.append(turn.said)
        # An answer about the plan in force ("why?") has made none of its own.
        plan = (plan_of(turn.plan_id, turn.version) if turn.plan_id and turn.version else None) or plan
        rows.append(_turn(turn, language, plan_of, picture, plan, said, last=index == len(turns) - 1 and live is None))
    if live is not None:
        rows.append(_running(live, language))
    return f'<div class="aw-log" role="log" aria-live="polite" aria-label="{esc(say("chat", language))}">{"".join(rows)}</div>'


def hello(language: Language) -> str:
    """Return the first screen's question and promise."""
    return f'<div class="aw-hello"><h1>{esc(say("hello", language))}</h1><p>{esc(say("promise", language))}</p></div>'


def examples(language: Language) -> str:
    """Return the four example prompts; each button carries the sentence it will send."""
    cards = "".join(
        f'<button type="button" class="aw-example" data-act="say" data-value="{esc(say(f"ex{n}-say", language))}">'
        f"<b>{esc(say(f'ex{n}', language))}</b><span>{esc(say(f'ex{n}-say', language))}</span></button>"
        for n in (1, 2, 3, 4)
    )
    return f'<div class="aw-examples">{cards}</div><p class="aw-under">{esc(say("other-language", language))}</p>'


def user_bubble(text: str) -> str:
    """Return what the merchant said, as typed."""
    return f'<div class="aw-user"><div class="aw-bubble">{esc(text).replace(chr(10), "<br>")}</div></div>'


def _turn(
    turn: Turn,
    language: Language,
    plan_of: PlanOf,
    picture: results.FileUrl,
    current: CampaignPlan | None,
    heard: Sequence[str],
    last: bool,
) -> str:
    # A call that waits for the merchant's word has not failed; the approval bar speaks for it.
    done = turn.model_copy(update={"calls": [call for call in turn.calls if call.code != "interrupted"]}) if turn.approval else turn
    cards = shown(cards_of(done))
    plan = plan_of(turn.plan_id, turn.version) if turn.plan_id and turn.version else None
    before = plan_of(plan.id, plan.parent) if plan is not None and plan.parent is not None else None
    marks = origins(turn, heard, [item for item in (current, before) if item is not None], language)
    said = turn.said
    if plan is not None:
        # An edit made on the canvas is stored with the ids of its lines; people know them by name.
        for line in plan.lines:
            said = said.replace(line.id, line.name.pick(language))
    parts = [user_bubble(said) if said else ""]
    if cards:
        parts.append(_folded(cards, turn.seconds or sum(card.seconds for card in cards), language))
    parts += [_notice(words.pick(language)) for words in turn.notices]
    answer = prose(turn.text, language, marks)
    if last and marks:
        answer += legend(language)
    extra = "".join(results.artifact(a, language, picture) for a in _own_results(turn))
    if answer or extra:
        parts.append(f'<div class="aw-answer{" aw-ruled" if cards or turn.notices else ""}">{answer}{extra}</div>')
    return f'<div class="aw-turn">{"".join(parts)}</div>'


def _own_results(turn: Turn) -> list[Artifact]:
    """Results that the canvas does not show belong into the conversation."""
    return [
        call.artifact
        for call in turn.calls
        if call.ok and call.artifact is not None and call.artifact.kind not in ("plan", "brief", "answer", "text")
    ]


def _folded(cards: list[Card], seconds: float, language: Language) -> str:
    bad = sum(card.status == "failed" for card in cards)
    spent = f"{seconds:.1f}"
    if bad:
        title = say("steps-failed" if len(cards) > 1 else "steps-one-failed", language, n=len(cards), bad=bad)
    elif len(cards) == 1:
        title = say("steps-one", language, s=spent)
    else:
        title = say("steps-done", language, n=len(cards), s=spent)
    state = "failed" if bad else "done"
    body = "".join(_card(card, language) for card in cards)
    return (
        f'<details class="aw-steps"{" open" if bad else ""}><summary class="aw-step aw-is-{state}">{_dot(state)}'
        f'<span class="aw-steptitle">{esc(title)}</span><span class="aw-fold">{icon("down", 14)}</span></summary>'
        f'<div class="aw-stepbody">{body}</div></details>'
    )


def _running(live: Live, language: Language) -> str:
    cards = shown([card for card in live.cards if not live.finished or card.id != "understand"])
    parts = [user_bubble(live.said) if live.said else ""]
    if live.finished is not None and cards and not live.failed:
        parts.append(_folded(cards, live.finished.seconds, language))
    else:
        steps = "".join(_card(card, language) for card in cards)
        if not any(card.status == "running" for card in cards) and not live.text and not live.failed and not live.approval:
            steps += _card(Card("", _waiting(bool(cards))), language)
        parts.append(f'<div class="aw-stepbody aw-open">{steps}</div>')
    parts += [_notice(words.pick(language)) for words in live.notices]
    if live.text:
        parts.append(f'<div class="aw-answer{" aw-ruled" if cards else ""}">{prose(live.text, language)}</div>')
    if live.failed is not None:
        parts.append(error_card(live.failed, language))
    return f'<div class="aw-turn aw-now">{"".join(parts)}</div>'


def _waiting(begun: bool):
    from .texts import TEXTS

    return TEXTS["working" if begun else "thinking"]


def _dot(state: str) -> str:
    inner = {"done": icon("check", 10), "failed": icon("cross", 10)}.get(state, "")
    return f'<span class="aw-dot aw-is-{state}">{inner}</span>'


def _card(card: Card, language: Language) -> str:
    line = finding(card, language)
    if card.status == "running" and card.of > 1:
        line = f"{line} {card.done} / {card.of}".strip() if f"{card.done}" not in line else line
    spent = f" ({say('seconds', language, s=f'{card.seconds:.1f}')})" if card.status != "running" and card.seconds >= 0.05 else ""
    under = f'<span class="aw-finding">{esc(line)}<span class="aw-spent">{esc(spent)}</span></span>' if line or spent else ""
    return f'<div class="aw-step aw-is-{card.status}">{_dot(card.status)}<span class="aw-steptext"><span class="aw-steptitle">{esc(card.title.pick(language))}</span>{under}</span></div>'


def _notice(text: str) -> str:
    return f'<div class="aw-notice">{icon("warn", 15)}<span>{esc(text)}</span></div>'


def failed(error: AdwrightError) -> Failed:
    """Return an error as the event that `error_card` shows."""
    return Failed(code=error.code, message=error.message, hint=error.hint)


def error_card(failed: Failed, language: Language, facts: str = "") -> str:
    """Return what happened (bold), what is safe and what to do, and a small line of facts."""
    small = f'<p class="aw-facts">{esc(facts)}</p>' if facts else ""
    return f'<div class="aw-error" role="alert"><b>{esc(failed.message.pick(language))}</b><p>{esc(failed.hint.pick(language))}</p>{small}</div>'


def chips(items: Sequence[str], language: Language, answers: bool = False) -> str:
    """Return follow-ups, or the possible answers to an open question, as buttons that send their own words."""
    if not items:
        return ""
    label = say("asking" if answers else "suggestions", language)
    kind = "aw-chip aw-option" if answers else "aw-chip"
    buttons = "".join(
        f'<button type="button" class="{kind}" data-act="say" data-value="{esc(item)}">{esc(item)}</button>' for item in items
    )
    return f'<div class="aw-chips" role="group" aria-label="{esc(label)}">{buttons}</div>'
