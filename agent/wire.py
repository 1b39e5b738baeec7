"""One request to an OpenAI-compatible endpoint: what is sent, and what came back, word for word.

The openai client does HTTP and event streams; here its pieces are put together without guessing: argument texts stay raw text.
Where endpoints differ from the protocol (arguments as an object, calls without id or index, thinking beside or inside the text,
content as parts, usage without choices) the difference ends here. Nothing is retried or judged here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from .faults import BrainFailed, Fault

THOUGHT = "thinking"


@dataclass
class RawCall:
    """A tool call as it came: `args` is the raw text."""

    id: str = ""
    name: str = ""
    args: str = ""


@dataclass
class Spoken:
    """What an endpoint said in one request; `finish` is empty when it did not say that it was done."""

    text: str = ""
    thinking: str = ""
    calls: list[RawCall] = field(default_factory=list)
    finish: str = ""

    def hear(self, piece: dict[str, Any]) -> None:
        """Take in a chunk of a stream, or a whole response."""
        for choice in piece.get("choices") or []:
            if choice.get("index"):
                continue
            delta = choice.get("delta") or choice.get("message") or {}
            self.text += words_of(delta.get("content"))
            self.thinking += words_of(delta.get("reasoning_content") or delta.get("reasoning"))
            calls = delta.get("tool_calls") or ([{"function": delta["function_call"]}] if delta.get("function_call") else [])
            for call in calls if isinstance(calls, list) else [calls]:
                self.hear_call(call)
            self.finish = choice.get("finish_reason") or self.finish

    def hear_call(self, call: dict[str, Any]) -> None:
        """Take in (a part of) a tool call: with an index it belongs there, without one a new id or name begins the next call."""
        function = call.get("function") or {}
        name, args, id, index = function.get("name") or "", function.get("arguments"), call.get("id") or "", call.get("index")
        place = self.slots.get(index, len(self.calls)) if isinstance(index, int) else len(self.calls) - 1
        known = self.calls[place] if 0 <= place < len(self.calls) else None
        # Some endpoints give every call the index 0.
        other = known is not None and bool(id and known.id and id != known.id)
        next_one = known is not None and index is None and not id and bool(name) and (name != known.name or is_whole(known.args))
        if known is None or other or next_one:
            known = RawCall()
            self.calls.append(known)
            if isinstance(index, int):
                self.slots[index] = len(self.calls) - 1
        known.id, known.name = known.id or id, known.name or name
        known.args += args if isinstance(args, str) else "" if args is None else json.dumps(args, ensure_ascii=False)

    slots: dict[int, int] = field(default_factory=dict)


def words_of(content: Any) -> str:
    """Return the text of a content field: text, null, or a list of parts."""
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict) and part.get("type", "text") == "text")
    return content if isinstance(content, str) else ""


def is_whole(text: str) -> bool:
    """Return whether a text is one JSON value."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


class Wire:
    """The way to one model; `pieces` sends one request and yields what comes."""

    def __init__(self, client: Any, model: str, thinking_back: bool = False) -> None:
        self.client, self.model, self.thinking_back = client, model, thinking_back

    def pieces(self, messages: Sequence[dict[str, Any]], tools: Sequence[dict[str, Any]], streaming: bool) -> Iterator[dict[str, Any]]:
        """Send the messages; yield chunks of a stream, or the whole response as one piece."""
        given: dict[str, Any] = {"tools": list(tools)} if tools else {}
        answer = self.client.chat.completions.create(model=self.model, messages=list(messages), stream=streaming, **given)
        for piece in answer if streaming else [answer]:
            if not hasattr(piece, "to_dict"):
                raise BrainFailed(Fault("not-json", retries=1))
            yield piece.to_dict(mode="python", warnings=False)


def listen(pieces: Iterable[dict[str, Any]]) -> Spoken:
    """Put the pieces of one answer together; raises `BrainFailed` when there is no answer in them."""
    spoken, choices, error = Spoken(), False, None
    for piece in pieces:
        choices = choices or bool(piece.get("choices"))
        error = piece.get("error") or error
        spoken.hear(piece)
    if error:
        raise BrainFailed(Fault("server", retries=1, detail=str(error)[:300]))
    if not choices:
        raise BrainFailed(Fault("not-json", retries=1))
    return spoken


def turns_of(messages: Sequence[BaseMessage], thinking_back: bool = False) -> list[dict[str, Any]]:
    """Return messages in the protocol's form; neighbours of the user become one, as some chat templates demand."""
    turns: list[dict[str, Any]] = []
    for message in messages:
        if isinstance(message, SystemMessage):
            turns.append({"role": "system", "content": message.text})
        elif isinstance(message, ToolMessage):
            turns.append({"role": "tool", "tool_call_id": message.tool_call_id, "name": message.name, "content": message.text})
        elif isinstance(message, AIMessage):
            turn: dict[str, Any] = {"role": "assistant", "content": message.text}
            if message.tool_calls:
                turn["tool_calls"] = [
                    {"id": call["id"], "type": "function", "function": {"name": call["name"], "arguments": as_json(call["args"])}}
                    for call in message.tool_calls
                ]
            if thinking_back and message.additional_kwargs.get(THOUGHT):
                turn["reasoning_content"] = message.additional_kwargs[THOUGHT]
            turns.append(turn)
        elif turns and turns[-1]["role"] == "user" and isinstance(message, HumanMessage):
            turns[-1]["content"] += f"\n\n{message.text}"
        else:
            turns.append({"role": "user", "content": message.text})
    return turns


def as_json(value: Any) -> str:
    """Return JSON with Chinese as it is."""
    return json.dumps(value, ensure_ascii=False, default=str)
