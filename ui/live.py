"""The turn that is running now, as it is heard from the event stream, and stored turns in the same shape.

`Card` is one step on the screen. A tool call with named parts shows its parts instead of itself, so that one
`make_plan` reads as the steps a merchant knows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import Literal

from ..agent import events as ev
from ..data.result import Artifact
from ..data.words import Language, Words

Status = Literal["running", "done", "failed"]


@dataclass
class Card:
    """One step: its title, what was found, how long it took; `done` of `of` while it runs."""

    id: str
    title: Words
    status: Status = "running"
    finding: Words | None = None
    seconds: float = 0.0
    parent: str | None = None
    done: int = 0
    of: int = 0
    artifact: Artifact | None = None
    tool: str = ""


@dataclass
class Live:
    """What is known of the running turn; `hear` folds one event in and says whether it must be shown at once."""

    said: str
    cards: list[Card] = field(default_factory=list)
    text: str = ""
    notices: list[Words] = field(default_factory=list)
    failed: ev.Failed | None = None
    approval: ev.ApprovalNeeded | None = None
    finished: ev.Done | None = None
    brief: Artifact | None = None
    started: float = field(default_factory=monotonic)

    def hear(self, event: ev.Event) -> bool:
        """Fold one event in; returns True when the screen should follow without delay."""
        if isinstance(event, ev.TextDelta):
            self.text += event.text
            return False
        if isinstance(event, ev.StepProgress):
            card = self._card(event.id)
            if card is not None:
                card.finding, card.done, card.of = event.note, event.done, event.of
            return False
        if isinstance(event, ev.StepStarted):
            self.cards.append(Card(id=event.id, title=event.title, parent=event.parent, tool=event.tool))
        elif isinstance(event, ev.StepDone):
            card = self._card(event.id)
            if card is None:
                card = Card(id=event.id, title=tool_title(event.tool))
                self.cards.append(card)
            card.status = "done" if event.ok else "failed"
            card.finding, card.seconds, card.artifact = event.finding, event.seconds, event.artifact
            if event.artifact is not None and event.artifact.kind == "brief":
                self.brief = event.artifact
        elif isinstance(event, ev.ApprovalNeeded):
            self.approval = event
        elif isinstance(event, ev.Notice):
            self.notices.append(event.text)
        elif isinstance(event, ev.Failed):
            self.failed = event
        else:
            self.finished = event
            self.text = event.text or self.text
        return True

    def _card(self, card_id: str) -> Card | None:
        return next((card for card in reversed(self.cards) if card.id == card_id), None)

    @property
    def planning(self) -> bool:
        """Whether a plan is being made or changed, so that the canvas should show work."""
        return any(card.tool in ("make_plan", "revise_plan") for card in self.cards)

    def close(self) -> None:
        """Mark what is still running as ended: a failed turn leaves no spinner behind."""
        for card in self.cards:
            if card.status == "running":
                card.status = "failed" if self.failed else "done"


def tool_title(name: str) -> Words:
    """Return a tool's title, or its name when it is not in the registry."""
    from ..agent.wording import title_of

    return title_of(name)


def shown(cards: list[Card]) -> list[Card]:
    """Return the cards to show: parts instead of the call they belong to, unless that call failed on its own."""
    parents = {card.parent for card in cards if card.parent}
    if any(card.tool == "brief" for card in cards):
        # The plan's own first part says the same as the reading of the message, and more.
        cards = [card for card in cards if card.id != "understand"]
    bad_parts = {card.parent for card in cards if card.parent and card.status == "failed"}
    return [card for card in cards if card.id not in parents or (card.status == "failed" and card.id not in bad_parts)]


def cards_of(turn: ev.Turn) -> list[Card]:
    """Return the step cards of a stored turn."""
    cards: list[Card] = []
    for call in turn.calls:
        cards.append(
            Card(call.id, tool_title(call.tool), "done" if call.ok else "failed", call.finding, call.seconds, artifact=call.artifact)
        )
        for step in call.steps:
            cards.append(Card(f"{call.id}/{step.key}", step.title, "done", step.finding, step.seconds, parent=call.id))
    return cards


def finding(card: Card, language: Language) -> str:
    """Return the card's line of finding, or nothing yet."""
    return card.finding.pick(language) if card.finding is not None else ""
