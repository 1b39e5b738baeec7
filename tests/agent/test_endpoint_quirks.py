"""Endpoints that speak the protocol with an accent: every known difference is played, and the right answer has to come out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from adwright.agent.endpoint import endpoint, whole_sentences
from adwright.agent.faults import BrainFailed
from adwright.agent.rehearsal.server import KEY, Play, Request, Speaker, body, calls, says
from adwright.agent.schemas import plain
from adwright.agent.toolcalls import bound
from adwright.data.knowledge.endpoints import address_of, endpoint_style, endpoint_styles, window_of

TOOLS = bound(
    [
        {
            "type": "function",
            "function": {
                "name": name,
                "description": "d",
                "parameters": {"type": "object", "properties": {"spend": {"type": "number"}, "channel": {"type": "string"}}},
            },
        }
        for name in ("compute_roi", "predict_ctr")
    ]
)
ASK: list[BaseMessage] = [HumanMessage("投了8000回来2万4，算下ROI")]
ARGS = {"spend": 50000, "channel": "抖音"}
TEXT = json.dumps(ARGS)


def chunk(delta: Any, finish: str | None = None, **more: Any) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return json.dumps({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice], **more})


def stream(*lines: str) -> Play:
    def play(request: Request) -> None:
        request.head(kind="text/event-stream")
        for line in (*lines, "[DONE]"):
            request.write(f"data: {line}\n\n")

    return play


def call(name: str = "compute_roi", args: Any = TEXT, **more: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "arguments": args}, **more}


def part(args: str, **more: Any) -> dict[str, Any]:
    return {"function": {"arguments": args}, **more}


END = chunk({}, "tool_calls")
ONE = [("compute_roi", ARGS)]
TWO = [("compute_roi", {"spend": 1}), ("predict_ctr", {"channel": "x"})]
FIRST, SECOND = '{"spend": 1}', '{"channel": "x"}'
CALLS: dict[str, tuple[list[str], Any]] = {
    "whole call in one chunk": ([chunk({"tool_calls": [call(id="1", index=0)]}), END], ONE),
    "call and finish in one chunk": ([chunk({"tool_calls": [call(id="1", index=0)]}, "tool_calls")], ONE),
    "arguments as an object": ([chunk({"tool_calls": [call(args=ARGS, id="1", index=0)]}), END], ONE),
    "no index": ([chunk({"tool_calls": [call(args=TEXT[:9], id="1")]}), chunk({"tool_calls": [part(TEXT[9:])]}), END], ONE),
    "no id": ([chunk({"tool_calls": [call(args=TEXT[:9], index=0)]}), chunk({"tool_calls": [part(TEXT[9:], index=0)]}), END], ONE),
    "neither id nor index": ([chunk({"tool_calls": [call(args=TEXT[:9])]}), chunk({"tool_calls": [part(TEXT[9:])]}), END], ONE),
    "id and name repeated": (
        [chunk({"tool_calls": [call(args=TEXT[:9], id="1", index=0)]}), chunk({"tool_calls": [call(args=TEXT[9:], id="1", index=0)]}), END],
        ONE,
    ),
    "id null in later parts": (
        [chunk({"tool_calls": [call(args=TEXT[:9], id="1", index=0)]}), chunk({"tool_calls": [part(TEXT[9:], id=None, index=0)]}), END],
        ONE,
    ),
    "two calls": ([chunk({"tool_calls": [call(args=FIRST, id="1", index=0), call("predict_ctr", SECOND, id="2", index=1)]}), END], TWO),
    "two calls with the same index": (
        [
            chunk({"tool_calls": [call(args=FIRST, id="1", index=0)]}),
            chunk({"tool_calls": [call("predict_ctr", SECOND, id="2", index=0)]}),
            END,
        ],
        TWO,
    ),
    "two calls without id and index": (
        [chunk({"tool_calls": [call(args=FIRST)]}), chunk({"tool_calls": [call("predict_ctr", SECOND)]}), END],
        TWO,
    ),
    "two calls from index 1 on": (
        [
            chunk({"tool_calls": [call(args=FIRST, id="1", index=1)]}),
            chunk({"tool_calls": [call("predict_ctr", SECOND, id="2", index=2)]}),
            END,
        ],
        TWO,
    ),
    "finish_reason stop with a call": ([chunk({"tool_calls": [call(id="1", index=0)]}), chunk({}, "stop")], ONE),
    "finish_reason empty until the end": ([chunk({"tool_calls": [call(id="1", index=0)]}, ""), chunk({"content": ""}, "tool_calls")], ONE),
    "content null beside a call": ([chunk({"content": None, "tool_calls": [call(id="1", index=0)]}), END], ONE),
    "function_call of old": ([chunk({"function_call": {"name": "compute_roi", "arguments": TEXT}}), chunk({}, "function_call")], ONE),
    "a usage chunk without choices": (
        [chunk({"tool_calls": [call(id="1", index=0)]}), END, json.dumps({"id": "c", "choices": [], "usage": {"total_tokens": 9}})],
        ONE,
    ),
    "message instead of delta": (
        [json.dumps({"id": "c", "choices": [{"index": 0, "message": {"tool_calls": [call(id="1")]}, "finish_reason": "tool_calls"}]})],
        ONE,
    ),
    "thinking before a call": ([chunk({"reasoning_content": '{"spend": 9}'}), chunk({"tool_calls": [call(id="1", index=0)]}), END], ONE),
    "nulls in the arguments": ([chunk({"tool_calls": [call(args='{"spend": 50000, "channel": "抖音"}', id="1", index=0)]}), END], ONE),
    "unused field null": ([chunk({"tool_calls": [call(args='{"spend": 1, "channel": null}', id="1", index=0)]}), END], TWO[:1]),
}


@pytest.mark.parametrize("quirk", CALLS)
def test_streamed_calls(speaker: Speaker, quirk: str) -> None:
    lines, wanted = CALLS[quirk]
    speaker.script = [stream(*lines)]
    made = speaker.model().ask(ASK, TOOLS).tool_calls
    assert [(item["name"], item["args"]) for item in made] == wanted
    assert len({item["id"] for item in made}) == len(made) and len(speaker.asked) == 1


TEXTS: dict[str, list[str]] = {
    "thinking in its own field": [chunk({"reasoning_content": "8000？"}), chunk({"content": "好的。"}), chunk({}, "stop")],
    "thinking in the text": [chunk({"content": "<think>8000"}), chunk({"content": "？</think>\n好的。"}), chunk({}, "stop")],
    "thinking without its beginning": [chunk({"content": "8000？</think>好的。"}), chunk({}, "stop")],
    "a call in the thinking": [
        chunk({"content": '<think><tool_call>{"name": "compute_roi", "arguments": {}}</tool_call></think>好的。'}),
        chunk({}, "stop"),
    ],
    "content as parts": [chunk({"content": [{"type": "text", "text": "好的。"}]}), chunk({}, "stop")],
    "first chunk with null": [chunk({"role": "assistant", "content": None}), chunk({"content": "好的。"}), chunk({}, "stop")],
    "usage in every chunk": [chunk({"content": "好的。"}, usage=None), chunk({}, "stop", usage={"total_tokens": 3})],
    "delta null at the end": [chunk({"content": "好的。"}), chunk(None, "stop")],
    "comments between": [chunk({"content": "好的。"}) + "\n\n: keep-alive", chunk({}, "eos")],
}


@pytest.mark.parametrize("quirk", TEXTS)
def test_streamed_texts(speaker: Speaker, quirk: str) -> None:
    speaker.script = [stream(*TEXTS[quirk])]
    message = speaker.model().ask(ASK, TOOLS)
    assert (message.text, message.tool_calls) == ("好的。", [])


@pytest.mark.parametrize(
    "message",
    [
        {"content": None, "tool_calls": [call(id="1")]},
        {"content": "", "tool_calls": [call(args=ARGS)]},
        {"tool_calls": [call(id="")], "reasoning_content": "想"},
        {"content": f"<think>x</think><tool_call>{json.dumps({'name': 'compute_roi', 'arguments': ARGS})}</tool_call>"},
    ],
)
def test_whole_answers(speaker: Speaker, message: dict[str, Any]) -> None:
    speaker.script = [body({"id": "c", "choices": [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": "stop"}]})]
    made = speaker.model(streaming=False).ask(ASK, TOOLS).tool_calls
    assert [(item["name"], item["args"]) for item in made] == ONE


@pytest.mark.parametrize(("reason", "code"), [("sensitive", "filtered"), ("content_filter", "filtered"), ("network_error", "server")])
def test_endings_that_are_none(speaker: Speaker, reason: str, code: str) -> None:
    speaker.script = [says("半句", reason)]
    with pytest.raises(BrainFailed) as failed:
        speaker.model().ask(ASK, TOOLS)
    assert failed.value.fault.code == code


def test_only_thinking_is_no_answer(speaker: Speaker) -> None:
    speaker.script = [stream(chunk({"content": "<think>很久"}), chunk({}, "stop")), says("好的。")]
    assert speaker.model().ask(ASK, TOOLS).text == "好的。"


def test_what_is_sent_is_what_every_endpoint_takes(speaker: Speaker) -> None:
    speaker.script = [says("好的。")]
    before = AIMessage("", tool_calls=[{"name": "compute_roi", "args": ARGS, "id": "1"}], additional_kwargs={"thinking": "想过"})
    messages = [*ASK, HumanMessage("快点"), before, ToolMessage("ROAS 3", name="compute_roi", tool_call_id="1"), HumanMessage("谢谢")]
    speaker.model().ask(messages, TOOLS)
    sent = speaker.asked[0]
    assert set(sent) == {"model", "messages", "stream", "tools"}, "no tool_choice, no parallel_tool_calls, no stream_options"
    assert [turn["role"] for turn in sent["messages"]] == ["user", "assistant", "tool", "user"], "neighbours of the user are one"
    assert sent["messages"][1]["content"] == "" and "reasoning_content" not in sent["messages"][1]
    assert json.loads(sent["messages"][1]["tool_calls"][0]["function"]["arguments"]) == ARGS


def test_thinking_goes_back_where_it_is_asked_for(speaker: Speaker) -> None:
    speaker.script = [stream(chunk({"reasoning_content": "想过"}), chunk({"tool_calls": [call(id="1", index=0)]}), END), says("好的。")]
    model = speaker.model()
    model.wire.thinking_back = endpoint_style("https://api.deepseek.com").thinking_back
    first = model.ask(ASK, TOOLS)
    model.ask([*ASK, first, ToolMessage("ROAS 3", name="compute_roi", tool_call_id=first.tool_calls[0]["id"])], TOOLS)
    assert speaker.asked[1]["messages"][1]["reasoning_content"] == "想过"


def test_endpoints_are_known_by_name_and_by_address() -> None:
    for id, style in endpoint_styles().items():
        if style.base_url:
            made = endpoint("m", id, KEY)
            assert str(made.wire.client.base_url).rstrip("/") == style.base_url.rstrip("/")
            assert endpoint_style(style.base_url) == style and address_of(id) == style.base_url
            assert made.window == style.window and style.source and style.status in ("verified", "unverified")
    assert {"openai", "deepseek", "qwen", "kimi", "glm", "ollama", "vllm"} <= set(endpoint_styles())
    assert window_of("moonshot-v1-8k", endpoint_style("kimi")) == 8192
    assert endpoint("m", "http://127.0.0.1:9/v1", None, window=5000).window == 5000


def test_an_answer_at_its_limit_is_continued_once_and_ends_with_a_whole_sentence(speaker: Speaker) -> None:
    speaker.script = [says("投入 5万。预计 5", "length"), says("00 单。")]
    assert speaker.model().ask(ASK, TOOLS).text == "投入 5万。预计 500 单。"
    assert "tools" not in speaker.asked[1] and speaker.asked[1]["messages"][-2]["role"] == "assistant"
    speaker.script, speaker.asked = [says("投入 5万。预计 5", "length")], []
    message = speaker.model().ask(ASK, TOOLS)
    assert message.text == "投入 5万。预计 5投入 5万。" and message.response_metadata["finish_reason"] == "length"
    assert len(speaker.asked) == 2 and whole_sentences("v 1.2 and") == ""


def test_a_call_at_the_limit_never_runs(speaker: Speaker) -> None:
    speaker.script = [calls(("compute_roi", ARGS), finish="length")]
    with pytest.raises(BrainFailed):
        speaker.model().ask(ASK, TOOLS)


def test_schemas_become_plain() -> None:
    money = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": "x"}, {"type": "null"}], "default": None, "title": "Budget"}
    schema = plain(
        {"type": "dict", "title": "T", "properties": {"title": {"type": "str"}, "budget": money, "kind": {"const": "a", "default": "a"}}}
    )
    assert schema["properties"] == {"title": {"type": "string"}, "budget": {"type": "number"}, "kind": {"enum": ["a"]}}
    assert schema["additionalProperties"] is False and schema["required"] == ["kind"] and "title" not in schema
