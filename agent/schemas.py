"""Parameter schemas as models read them best, and whether arguments fit one.

Every endpoint understands a small part of JSON Schema: named types, enums, required fields, nothing that is null. Schemas of tools
are brought to that part; Python's and other type names (``dict``, ``float``, ``tuple``) become JSON's. A closed schema refuses
fields it does not name. What a schema cannot say (money is the merchant's own) is the matter of `gates`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TYPES = {
    "dict": "object",
    "float": "number",
    "double": "number",
    "int": "integer",
    "long": "integer",
    "str": "string",
    "char": "string",
    "bool": "boolean",
    "list": "array",
    "tuple": "array",
    "set": "array",
}
UNTYPED = {"any", "object?"}
DROPPED = {"title", "discriminator", "$schema", "optional"}
NULL = {"type": "null"}


def plain(schema: Any) -> dict[str, Any]:
    """Return a schema in plain JSON Schema, closed: what objects do not name is refused.

    Example:
        >>> plain({"type": "dict", "properties": {"x": {"anyOf": [{"type": "float"}, {"type": "null"}], "default": None}}})["properties"]
        {'x': {'type': 'number'}}
    """
    if not isinstance(schema, Mapping):
        return {}
    kept: dict[str, Any] = {key: value for key, value in schema.items() if key not in DROPPED and not (key == "default" and value is None)}
    for union in ("anyOf", "oneOf"):
        if union in kept:
            kept |= united(union, kept.pop(union))
    if "const" in kept:
        kept["enum"] = [kept.pop("const")]
        kept.pop("default", None)
    kind = kept.get("type")
    if isinstance(kind, str):
        kept["type"] = TYPES.get(kind.lower(), kind.lower())
        if kind.lower() in UNTYPED:
            del kept["type"]
    if "prefixItems" in kept:
        first = kept.pop("prefixItems")
        kept["items"] = plain(first[0]) if first else {}
    if isinstance(kept.get("description"), str):
        kept["description"] = kept["description"].split("\n\n")[0].strip()
    if isinstance(kept.get("properties"), Mapping):
        fixed = [name for name, value in kept["properties"].items() if isinstance(value, Mapping) and "const" in value]
        kept["properties"] = {name: plain(value) for name, value in kept["properties"].items()}
        required = [*kept.get("required", []), *(name for name in fixed if name not in kept.get("required", []))]
        kept |= {"type": "object", "additionalProperties": False} | ({"required": required} if required else {})
    elif isinstance(kept.get("additionalProperties"), Mapping):
        kept["additionalProperties"] = plain(kept["additionalProperties"])
    if isinstance(kept.get("items"), Mapping):
        kept["items"] = plain(kept["items"])
        if kept.get("type") == "array" and kept.get("enum") and not any(isinstance(value, list) for value in kept["enum"]):
            # Written for the list, meant for what stands in it.
            kept["items"]["enum"] = kept.pop("enum")
    return kept


def united(union: str, choices: Any) -> dict[str, Any]:
    """Return a union without null; a number that may also be written as text is a number; one choice is no union."""
    left = [plain(choice) for choice in choices if choice != NULL]
    if any(choice.get("type") == "number" for choice in left):
        left = [choice for choice in left if not (choice.get("type") == "string" and "pattern" in choice)]
    return left[0] if len(left) == 1 else {union: left}


def without_nulls(value: Any) -> Any:
    """Return JSON without fields that are null: they say that nothing was said."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def misfit(args: dict[str, Any], schema: Any) -> str | None:
    """Return in a few words why arguments do not fit a schema, or None."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    error = best_match(Draft202012Validator(schema).iter_errors(args))
    if error is None:
        return None
    where = ".".join(str(part) for part in error.absolute_path)
    return f"{where}: {error.message}"[:300] if where else error.message[:300]
