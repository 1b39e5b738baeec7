"""What a message means: `Understanding`, the planner's answer to "what does the merchant want?".

Plain typed data; slot names and types are those of the request conventions (docs/requests). `tools` is ``["none"]`` when
nothing is to be run now; `wants` then still names what will run once the question is answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from ...data.brief import Document
from ...data.patch import Patch
from ...data.words import Language, Words

Behaviour = Literal["do", "ask", "warn", "refuse"]
Act = Literal["request", "edit", "undo", "redo", "compare", "explain", "chat", "help", "oos", "attack", "harm"]


class Understanding(Document):
    """One message, understood.

    `slots` hold only what the words state or what follows by arithmetic (numbers as int or float, days as ISO text).
    `spans` give the places of each slot in the message. `missing` names what has to be asked for; `question` asks for it
    with the default that will be taken, `options` are ready answers. `patches` change the plan in force (edits only).
    `extra` holds stated facts that are no slots: price, cost, discount, quoted claims, order id.
    `in_force` is everything known after this message (earlier turns or the plan, then this message): tools are called with it.
    `confidence` is 0..1, for the act and the tools. `notes` say what was read in a way worth telling.
    """

    text: str
    language: Language
    act: Act = "request"
    tools: list[str] = ["none"]
    wants: list[str] = []
    slots: dict[str, Any] = {}
    behaviour: Behaviour = "do"
    missing: list[str] = []
    spans: dict[str, list[tuple[int, int]]] = {}
    confidence: float = 0.0
    patches: list[Patch] = []
    undo: bool = False
    compare: bool = False
    question: Words | None = None
    options: list[Words] = []
    reply: Words | None = None
    notes: list[Words] = []
    extra: dict[str, Any] = {}
    in_force: dict[str, Any] = {}
    product_id: str | None = None

    @property
    def calls(self) -> list[str]:
        """The agent tools to run now, empty when there are none; a change of the plan in force is ``revise_plan``, one of
        pictures without a plan ``revise_images``; pictures made otherwise have their own tool, ``extra["made_by"]``."""
        change = self.act in ("edit", "undo", "compare")
        # Pictures are changed on their own only where no plan is.
        other = {"make_plan": "revise_plan"} if "make_plan" in self.tools else {"generate_image": "revise_images"}
        if "made_by" in self.extra:
            other, change = {"generate_image": self.extra["made_by"]}, True
        return [other.get(t, t) if change else t for t in self.tools if t != "none"]


def with_files(reading: Understanding, given: Sequence[str]) -> Understanding:
    """Return the reading of a message that came with files (``photo``, ``music``): a photo is looked at, whatever else is asked.

    A message that asks for nothing that can run ("our new shoe") is about the photo alone.
    """
    if not given:
        return reading
    extra = {**reading.extra, **({"photo_given": True} if "photo" in given else {})}
    runs = reading.behaviour in ("do", "warn") and bool(reading.calls)
    if runs or reading.act in ("attack", "harm") or "photo" not in given:
        return reading.model_copy(update={"extra": extra})
    alone = {
        "act": "request",
        "behaviour": "do",
        "tools": ["none"],
        "wants": [],
        "missing": [],
        "question": None,
        "reply": None,
        "options": [],
        "notes": [],
    }
    return reading.model_copy(update={**alone, "extra": extra})
