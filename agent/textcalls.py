"""Tools for models that cannot call them: the list goes into the prompt, calls come back as JSON in the text.

Read are the forms small open models write: ``<tool_call>{...}</tool_call>`` (Qwen, Hermes), ``[TOOL_CALLS] [...]`` (Mistral),
``<function=NAME>{...}`` (Llama), a JSON block, JSON alone, ``Action: / Action Input:`` (ReAct). Whatever the form, a call is a whole
JSON object for a known tool that fits its schema; what looks like a call and is none is sent back for repair, never shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.messages import ToolCall as LangChainCall

from .faults import BrainFailed, Fault
from .planner.normalise import language_of
from .toolcalls import STRICT, BadArguments, checked_call, json_object
from .wire import as_json, turns_of
from .wording import say

TAG = re.compile(r"<tool_call>|<\|tool_call\|>|<function_call>|\[TOOL_CALLS\]|<\|python_tag\|>")
NAMED = re.compile(r"<function=([\w.-]+)>|^\s*Action:\s*[`\"]?([\w.-]+)[`\"]?\s*\n\s*Action Input:", re.MULTILINE)
FENCE = re.compile(r"```(?:json|tool_call|tool_calls|tool_code)?[ \t]*\n(?=\s*[\[{])")
FINAL = re.compile(r"\A\s*Thought:.*?^\s*Final Answer:\s*", re.DOTALL | re.MULTILINE)
NAMES = ("name", "tool", "tool_name", "function", "action")
ARGUMENTS = ("arguments", "parameters", "args", "action_input", "input")


def text_calls(text: str, schemas: Mapping[str, Any], whole: bool) -> tuple[list[LangChainCall], str]:
    """Return the calls written in a text, and the text for people when there are none.

    Raises `BrainFailed` (``cut``) when a call stands in a text that was not finished, `BadArguments` when it does not hold.
    """
    asked = written(text, set(schemas))
    if asked is None:
        return [], FINAL.sub("", text)
    if not whole:
        raise BrainFailed(Fault("cut", retries=1))
    calls = [checked_call(name, args, schemas, f"call_text_{position}") for position, (name, args) in enumerate(asked)]
    if not calls:
        raise BadArguments("")
    return calls, ""


def written(text: str, known: set[str]) -> list[tuple[str, Any]] | None:
    """Return (tool, arguments) of each call in a text; None when it holds none; arguments are None where they cannot be read."""
    marks = list(TAG.finditer(text))
    if marks:
        return [call for mark in marks for call in calls_in(value_at(text, mark.end()), known, sure=True)]
    named = list(NAMED.finditer(text))
    if named:
        return [(mark[1] or mark[2], value_at(text, mark.end())) for mark in named]
    starts = [mark.end() for mark in FENCE.finditer(text)] or ([0] if text.lstrip()[:1] in ("{", "[") else [])
    found = [call for start in starts for call in calls_in(value_at(text, start, alone=start == 0), known, sure=False)]
    if found:
        return found
    # JSON that names a tool but cannot be read: a call that was cut off.
    torn = any(value_at(text, start) is None and any(f'"{name}"' in text[start:] for name in known) for start in starts)
    return [] if torn else None


def value_at(text: str, start: int, alone: bool = False) -> Any:
    """Return the JSON value that begins at `start`, None when none does; `alone`: nothing may follow it."""
    start += len(text[start:]) - len(text[start:].lstrip())
    try:
        value, end = STRICT.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    return None if alone and text[end:].strip() else value


def calls_in(value: Any, known: set[str], sure: bool) -> list[tuple[str, Any]]:
    """Return the calls a JSON value stands for; `sure`: it was marked as a call, so that anything else is a bad one."""
    if isinstance(value, dict) and isinstance(value.get("tool_calls"), list):
        value = value["tool_calls"]
    if isinstance(value, list):
        return [call for item in value for call in calls_in(item, known, sure)]
    if isinstance(value, dict):
        inner = value.get("function")
        if isinstance(inner, dict):
            return calls_in(inner, known, sure)
        name = next((value[key] for key in NAMES if isinstance(value.get(key), str)), None)
        key = next((key for key in ARGUMENTS if key in value), None)
        if name is not None and key is not None:
            return [(name, json_object(value[key]) if isinstance(value[key], str) else value[key])]
        if name in known and sure:
            return [(name, {})]
        if len(value) == 1 and (only := next(iter(value))) in known:
            return [(only, value[only])]
    return [("", None)] if sure else []


def in_text(messages: Sequence[BaseMessage], tools: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the messages for a model without tools of its own: list and rules in the system prompt, calls and results as text."""
    last = next((message.text for message in reversed(messages) if isinstance(message, HumanMessage)), "")
    listed = [tool["function"] | {"parameters": as_json(tool["function"].get("parameters", {}))} for tool in tools]
    rules = say("tools-in-text", language_of(last), tools=listed) if tools else ""  # type: ignore[arg-type]
    plain: list[BaseMessage] = []
    if not any(isinstance(message, SystemMessage) for message in messages) and rules:
        plain.append(SystemMessage(rules))
    for message in messages:
        if isinstance(message, SystemMessage):
            plain.append(SystemMessage(f"{message.text}\n\n{rules}".strip()))
        elif isinstance(message, ToolMessage):
            # Angle brackets of a result must not look like marks of ours.
            content = re.sub(r"<(?=/?\|?tool_|function)", "‹", message.text)
            plain.append(HumanMessage(f'<tool_response name="{message.name}">\n{content}\n</tool_response>'))
        elif isinstance(message, AIMessage):
            calls = [
                f"<tool_call>\n{as_json({'name': call['name'], 'arguments': call['args']})}\n</tool_call>" for call in message.tool_calls
            ]
            plain.append(AIMessage("\n".join([*([message.text] if message.text else []), *calls])))
        else:
            plain.append(message)
    return turns_of(plain)
