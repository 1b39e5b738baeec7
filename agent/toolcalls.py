"""Tool calls out of a model's message, strictly: arguments are whole JSON objects or the call does not exist.

LangChain completes JSON that was cut off, so that ``{"budget": 5`` (the start of 50000) would become a budget of 5. Here the
raw argument text is parsed as it came. Models that cannot call tools natively may write one JSON object in their text.
"""

from __future__ import annotations

import json
import re
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages import ToolCall as LangChainCall

from .faults import BrainFailed, Fault

TAGGED = re.compile(r"<tool_call>\s*(\{.*?\})\s*</tool_call>", re.DOTALL)
FENCED = re.compile(r"^\s*(?:```(?:json)?\s*)?(\{.*\})\s*(?:```)?\s*$", re.DOTALL)


class BadArguments(Exception):
    """A whole message whose tool arguments are not a JSON object; `message` can be shown to the model for repair."""

    def __init__(self, name: str, raw: str) -> None:
        super().__init__(f"The arguments of {name or 'the tool call'} are not one valid JSON object. Send the call again with strict JSON.")
        self.name, self.raw = name, raw


def strict_calls(message: AIMessage | AIMessageChunk, whole: bool) -> list[LangChainCall]:
    """Return the tool calls of a message; raises `BrainFailed` when it was cut off, `BadArguments` when it was not but is malformed."""
    raw = raw_calls(message)
    if raw and not whole:
        raise BrainFailed(Fault("cut", retries=1))
    calls: list[LangChainCall] = []
    for position, (identity, name, text) in enumerate(raw):
        args = json_object(text)
        if args is None or not name:
            raise BadArguments(name, text)
        calls.append({"name": name, "args": args, "id": identity or f"call_{position}", "type": "tool_call"})
    return calls


def raw_calls(message: AIMessage | AIMessageChunk) -> list[tuple[str, str, str]]:
    """Return (id, name, argument text) of each call, as it came over the wire."""
    if isinstance(message, AIMessageChunk):
        return [
            (str(chunk.get("id") or ""), str(chunk.get("name") or ""), str(chunk.get("args") or "")) for chunk in message.tool_call_chunks
        ]
    good = [(str(call.get("id") or ""), call["name"], json.dumps(call["args"])) for call in message.tool_calls]
    bad = [(str(call.get("id") or ""), str(call.get("name") or ""), str(call.get("args") or "")) for call in message.invalid_tool_calls]
    return good + bad


def json_object(text: str) -> dict[str, Any] | None:
    """Parse one JSON object; None for anything else, doubled keys and NaN included."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in pairs}) != len(pairs):
            raise ValueError("a key stands twice")
        return dict(pairs)

    def refuse(constant: str) -> Any:
        raise ValueError(constant)

    try:
        value = json.loads(text or "{}", object_pairs_hook=unique, parse_constant=refuse)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def text_calls(text: str, known: set[str]) -> tuple[list[LangChainCall], str]:
    """Return calls written as JSON in the text (tagged, or the text is one object) and the text without them."""
    tagged = TAGGED.findall(text)
    alone = FENCED.match(text)
    calls: list[LangChainCall] = []
    for position, piece in enumerate(tagged or ([alone.group(1)] if alone else [])):
        value = json_object(piece)
        args = (value or {}).get("arguments", (value or {}).get("parameters", {}))
        if value is None or value.get("name") not in known or not isinstance(args, dict):
            continue
        calls.append({"name": value["name"], "args": args, "id": f"call_text_{position}", "type": "tool_call"})
    return calls, (TAGGED.sub("", text).strip() if tagged else "") if calls else text
