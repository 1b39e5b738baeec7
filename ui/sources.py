"""Where each figure of an answer comes from: what its mark says when it is pointed at, focused or tapped.

The same list of known figures that the number guard checks against says it, so a mark is never a guess of a model. Rows are plain
text; the page's script writes them as text, never as HTML. A figure nothing explains has no mark.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from ..agent.events import Turn
from ..agent.facts import Fact
from ..agent.guard import FREE_COUNT, judge
from ..agent.known import known_to
from ..agent.wording import title_of
from ..data.figure import Source
from ..data.plan import CampaignPlan
from ..data.words import Language
from .markup import esc
from .texts import say

OPEN, CLOSE = "\ue000", "\ue001"
_MOST = 256
_remembered: OrderedDict[tuple[object, ...], list[tuple[int, Fact, bool]]] = OrderedDict()


@dataclass(frozen=True)
class Origin:
    """A mark behind ``text[:end]``: the kind of source and the rows of its note, as (name, value)."""

    end: int
    source: Source
    rows: tuple[tuple[str, str], ...]


def origins(turn: Turn, said: Sequence[str], plans: Sequence[CampaignPlan], language: Language) -> list[Origin]:
    """Return the marks of a stored answer. `said` are the merchant's words up to it, `plans` the plan in force and the one before."""
    titles = {
        item.id: item.title.pick(language) for plan in plans for item in plan.evidence if item.kind in ("campaign", "benchmark", "model")
    }
    found = []
    for end, fact, computed in explained(turn, said, plans):
        found.append(Origin(end, fact.source, rows_of(fact, computed, titles, language)))
    return found


def explained(turn: Turn, said: Sequence[str], plans: Sequence[CampaignPlan]) -> list[tuple[int, Fact, bool]]:
    """Return the figures of an answer with their facts; remembered, since the page is drawn again on every event."""
    key = (turn.text, *said[-3:], *((plan.id, plan.version) for plan in plans), *(f"{call.id}{call.args}" for call in turn.calls))
    if key not in _remembered:
        verdicts = judge(turn.text, known_to(said, turn.calls, plans))
        marked: list[tuple[int, Fact, bool]] = []
        for verdict, after in zip(verdicts, [*verdicts[1:], None], strict=False):
            fact = verdict.fact
            # Of a range only the last figure carries the mark.
            joined = (
                after is not None and after.fact is not None and not turn.text[verdict.mention.end : after.mention.start].strip(" –-~至到")
            )
            # A figure that only a tool's sentence holds ("+50 % is assumed") has no source of its own but that sentence.
            said_only = fact is not None and (
                (fact.text and fact.tool != "you") or (fact.kind in ("plain", "count") and fact.measure == "items")
            )
            # "1 more line", "19 days to go": a small count of no measure says nothing worth a source.
            small = (
                verdict.mention.measure is None and verdict.mention.kind in ("plain", "count") and abs(verdict.mention.value) <= FREE_COUNT
            )
            if fact is None or said_only or small or joined or verdict.mention.kind == "date":
                continue
            marked.append((verdict.mention.end, fact, bool(verdict.computed)))
        _remembered[key] = marked
        if len(_remembered) > _MOST:
            _remembered.popitem(last=False)
    _remembered.move_to_end(key)
    return _remembered[key]


def rows_of(fact: Fact, computed: bool, titles: dict[str, str], language: Language) -> tuple[tuple[str, str], ...]:
    """Return what the note of a mark says: kind, tool, whose figure, formula, past campaigns."""
    tool = say("origin-words", language) if fact.tool == "you" else title_of(fact.tool).pick(language)
    rows = [(say("origin-kind", language), say(f"source-{fact.source}", language)), (say("origin-tool", language), tool)]
    if fact.label is not None:
        rows.append((say("origin-of", language), fact.label.pick(language)))
    if computed:
        rows.append((say("origin-formula", language), say("origin-computed", language)))
    elif fact.formula is not None:
        rows.append((say("origin-formula", language), fact.formula.pick(language)))
    known = [titles[i] for i in dict.fromkeys(fact.evidence) if i in titles]
    if known:
        more = say("origin-more", language, n=len(known) - 2) if len(known) > 2 else ""
        rows.append((say("origin-evidence", language), (" / ".join(known[:2]) + more)))
    return tuple((name, value) for name, value in rows if value)


def with_places(text: str, marks: Sequence[Origin]) -> str:
    """Return the text with a placeholder behind each marked figure (behind closing stars); none can be smuggled in."""
    text = text.replace(OPEN, " ").replace(CLOSE, " ")
    out, last = [], 0
    for index, mark in enumerate(marks):
        end = mark.end
        while text[end : end + 1] in ("*", "`"):
            end += 1
        if end < last:
            continue
        out += [text[last:end], f"{OPEN}{index}{CLOSE}"]
        last = end
    return "".join([*out, text[last:]])


def button(mark: Origin, language: Language) -> str:
    """Return the mark as something to press, whose note the page's script shows; a screen reader hears it as its name."""
    told = "\n".join(f"{name}\t{value}" for name, value in mark.rows)
    colon, stop = ("：", "；") if language == "zh" else (": ", "; ")
    name = stop.join(f"{name}{colon}{value}" for name, value in mark.rows)
    letter = say(f"mark-{mark.source}", language)
    return f'<span class="aw-mark aw-{mark.source} aw-from" role="button" tabindex="0" aria-expanded="false" aria-label="{esc(name)}" data-origin="{esc(told)}">{letter}</span>'
