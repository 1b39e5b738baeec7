"""Tool calls out of what a model said, strictly: whole JSON objects that fit the tool's schema, or the call does not exist.

LangChain completes JSON that was cut off, so that ``{"budget": 5`` (the start of 50000) would become a budget of 5. Here the
raw argument text is parsed as it came. Calls that a model writes into its text are the matter of `textcalls`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import ToolCall as LangChainCall
from langchain_core.utils.function_calling import convert_to_openai_tool

from .faults import BrainFailed, Fault
from .schemas import misfit, plain, without_nulls
from .wire import RawCall


class BadArguments(Exception):
    """A whole message whose tool call does not hold; the text says why and can be shown to the model for repair."""

    def __init__(self, name: str, why: str = "the arguments are not one valid JSON object") -> None:
        super().__init__(f"The call of {name or 'the tool'} was not carried out: {why}. Send the call again, corrected, as strict JSON.")
        self.name = name


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


STRICT = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse)


def json_object(text: str) -> dict[str, Any] | None:
    """Parse one JSON object; None for anything else, doubled keys and NaN included."""
    try:
        value = STRICT.decode(text or "{}")
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def bound(tools: Sequence[Any], described: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Return tools in the protocol's form with plain, closed schemas; `described` gives some of them other descriptions."""
    forms = []
    for tool in tools:
        function = convert_to_openai_tool(tool)["function"]
        name, text = function["name"], function.get("description", "")
        parameters = plain(function.get("parameters") or {"type": "object", "properties": {}})
        forms.append(
            {"type": "function", "function": {"name": name, "description": (described or {}).get(name, text), "parameters": parameters}}
        )
    return forms


def schemas_of(tools: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the parameter schemas of bound tools by name."""
    return {tool["function"]["name"]: tool["function"].get("parameters") or {"type": "object"} for tool in tools}


def checked_call(name: str, args: Any, schemas: Mapping[str, Any], id: str) -> LangChainCall:
    """Return the call if its tool exists and its arguments fit the schema; raises `BadArguments` with the reason."""
    if name not in schemas:
        raise BadArguments(name, f"there is no tool of that name, only {', '.join(sorted(schemas))}")
    if not isinstance(args, dict):
        raise BadArguments(name)
    args = without_nulls(args)
    wrong = misfit(args, schemas[name])
    if wrong is not None:
        raise BadArguments(name, wrong)
    return {"name": name, "args": args, "id": id, "type": "tool_call"}


def strict_calls(raw: Sequence[RawCall], whole: bool, schemas: Mapping[str, Any]) -> list[LangChainCall]:
    """Return native calls; raises `BrainFailed` when the message was cut off, `BadArguments` when it was not but is wrong."""
    if raw and not whole:
        raise BrainFailed(Fault("cut", retries=1))
    return [checked_call(call.name, json_object(call.args), schemas, call.id or f"call_{position}") for position, call in enumerate(raw)]
