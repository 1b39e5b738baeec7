"""Replay of BFCL v4 (single turn, 1,098 cases): do tool schemas survive the conversion, are good calls kept and bad ones refused?

This is no score of a model: the data set's own answers, and the same answers spoilt, are played by a scripted endpoint at the real
protocol to the real client; the call has to come out as it went in, or to be refused. Data: shared/datasets/bfcl_tools (Apache-2.0).
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from langchain_core.messages import HumanMessage
from langchain_core.tools import StructuredTool

from adwright.agent.faults import BrainFailed
from adwright.agent.rehearsal.server import Speaker, calls, says
from adwright.agent.schemas import plain
from adwright.agent.toolcalls import BadArguments, bound

DATA = Path(__file__).resolve().parents[2] / "shared" / "datasets" / "bfcl_tools"
FILES = ("simple_python", "multiple", "live_simple", "irrelevance")
OF_TYPE: dict[str, Any] = {"string": 12.5, "integer": "many", "number": "many", "boolean": "perhaps", "array": "x", "object": "x"}


def cases(folder: Path = DATA) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (file, case) for all cases."""
    for name in FILES:
        with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            yield from ((name, json.loads(line)) for line in lines)


def tools_of(case: dict[str, Any]) -> list[StructuredTool]:
    """Return a case's functions as tools of ours; names as the protocol allows them."""
    return [
        StructuredTool(
            name=called(function["name"]),
            description=function["description"],
            args_schema=plain(function["parameters"]),
            func=lambda **given: given,
        )
        for function in case["function"]
    ]


def called(name: str) -> str:
    """Return a function's name in the protocol's letters."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)[:64]


def right_call(case: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the labelled call with the first accepted value of every argument; optional ones that may be left out are."""
    name, given = next(iter(case["ground_truth"][0].items()))
    required = next(function["parameters"] for function in case["function"] if function["name"] == name).get("required", [])
    args = {}
    for key, values in given.items():
        if "" not in values or key in required:
            args[key] = settled(next((value for value in values if value != ""), []))
    return called(name), args


def settled(value: Any) -> Any:
    """Return a value of the labels, in which fields of objects hold lists of accepted values."""
    if isinstance(value, dict):
        return {
            key: settled(inner[0]) if isinstance(inner, list) and inner else inner
            for key, inner in value.items()
            if not (isinstance(inner, list) and "" in inner)
        }
    return [settled(item) for item in value] if isinstance(value, list) else value


def spoilt(name: str, args: dict[str, Any], parameters: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield (what is wrong, tool, arguments) for each way a call is spoilt."""
    properties = parameters.get("properties", {})
    for key in parameters.get("required", [])[:1]:
        yield "missing required", name, {k: v for k, v in args.items() if k != key}
    typed = next((key for key in args if properties.get(key, {}).get("type") in OF_TYPE), None)
    if typed is not None:
        yield "wrong type", name, {**args, typed: OF_TYPE[properties[typed]["type"]]}
    yield "extra field", name, {**args, "surprise_field": 1}
    yield "unknown tool", f"{name}_x"[-64:], args
    yield "cut JSON", name, json.dumps(args)[:-1]


def replay(folder: Path = DATA, step: int = 1) -> tuple[Counter[str], Counter[str], list[str]]:
    """Play every `step`-th case; return what was right and what was played, by kind, and the misses."""
    right: Counter[str] = Counter()
    played: Counter[str] = Counter()
    misses: list[str] = []
    speaker = Speaker()
    model = speaker.model()
    try:
        for position, (file, case) in enumerate(cases(folder)):
            if position % step:
                continue
            tools = tools_of(case)
            forms = bound(tools)
            asked = [HumanMessage(case["question"][0][-1]["content"])]

            def outcome(name: str, args: Any, asked: Any = asked, forms: Any = forms) -> Any:
                speaker.script, speaker.asked = [calls((name, args))], []
                try:
                    made = model.once(asked, forms, float("inf"), streaming=len(misses) % 2 == 0)
                except (BadArguments, BrainFailed):
                    return None
                return [(call["name"], call["args"]) for call in made.tool_calls]

            def note(kind: str, ok: bool, case: Any = case) -> None:
                played[kind] += 1
                right[kind] += ok
                if not ok:
                    misses.append(f"{case['id']}: {kind}")

            if file == "irrelevance":
                speaker.script, speaker.asked = [says("None of these functions answers that.")], []
                note("nothing called", not model.once(asked, forms, float("inf"), streaming=True).tool_calls)
            else:
                name, args = right_call(case)
                note("right call kept", outcome(name, args) == [(name, args)])
                parameters = next(form["function"]["parameters"] for form in forms if form["function"]["name"] == name)
                for kind, other, wrong in spoilt(name, args, parameters):
                    note(f"{kind} refused", outcome(other, wrong) is None)
            sent = speaker.asked[-1]["tools"]
            note("schemas sent as converted", sent == forms and all(is_plain(form["function"]["parameters"]) for form in sent))
    finally:
        speaker.close()
    return right, played, misses


def is_plain(schema: Any) -> bool:
    """Return whether a schema is JSON Schema (draft 2020-12) with the types of JSON only."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError:
        return False
    return schema.get("type") == "object"


def main() -> None:
    """Print the table and every miss."""
    right, played, misses = replay()
    print("| what | right | of | share |\n|---|---|---|---|")
    for kind, of in played.items():
        print(f"| {kind} | {right[kind]:,} | {of:,} | {right[kind] / of:.2%} |")
    print("".join(f"\n- {miss}" for miss in misses) or "\nNo misses.")
