"""From the graph's stream to the typed events of a turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from langchain_core.messages import AIMessage, ToolMessage
from pydantic import Field, TypeAdapter

from ..data.words import Words
from .events import Event, Notice, StepDone, StepProgress, StepStarted
from .transcript import call_of
from .wording import title_of

TOLD: TypeAdapter[Any] = TypeAdapter(Annotated[StepStarted | StepProgress | StepDone, Field(discriminator="kind")])


def relay(stream: Iterable[tuple[str, Any]]) -> Iterator[Event]:
    """Yield steps as tools tell them, and notices; a call that never reached its tool is told from its result."""
    told: set[str] = set()
    asked: dict[str, Any] = {}
    for mode, event in stream:
        if mode == "custom":
            step = TOLD.validate_python(event)
            told.add(step.id)
            yield step
            continue
        for update in event.values():
            messages = update.get("messages", []) if isinstance(update, dict) else []
            for message in messages if isinstance(messages, list) else []:
                if isinstance(message, AIMessage):
                    asked |= {str(call["id"]): call for call in message.tool_calls}
                    for words in message.additional_kwargs.get("notices", []):
                        yield Notice(text=Words.model_validate(words))
                elif isinstance(message, ToolMessage) and message.tool_call_id not in told:
                    told.add(message.tool_call_id)
                    call = call_of(message, asked.get(message.tool_call_id))
                    finding = call.finding or title_of(call.tool)
                    yield StepStarted(id=call.id, tool=call.tool, title=title_of(call.tool))
                    yield StepDone(id=call.id, tool=call.tool, ok=call.ok, finding=finding, artifact=call.artifact, seconds=call.seconds)
