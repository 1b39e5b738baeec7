"""A model call ends in a whole message or in a named fault, within its deadlines, whatever the endpoint does."""

from __future__ import annotations

import json
import socket
import time

import pytest
from langchain_core.messages import BaseMessage, HumanMessage

from adwright.agent.brains import choose
from adwright.agent.endpoint import Limits, endpoint
from adwright.agent.faults import BrainFailed, notice
from adwright.agent.rehearsal.server import KEY, Speaker, body, calls, drips, page, raw_events, says, stalls, status
from adwright.agent.toolcalls import BadArguments
from adwright.data.errors import AdwrightError
from adwright.data.settings import Settings

TOOL = {
    "type": "function",
    "function": {"name": "compute_roi", "description": "d", "parameters": {"type": "object", "properties": {"spend": {"type": "number"}}}},
}
ASK: list[BaseMessage] = [HumanMessage("投了8000回来2万4，算下ROI")]


def fault_of(speaker: Speaker, tools: bool = True) -> str:
    with pytest.raises(BrainFailed) as failed:
        speaker.model().ask(ASK, [TOOL] if tools else [])
    assert KEY not in failed.value.fault.detail
    assert notice(failed.value.fault).zh and notice(failed.value.fault).en
    return failed.value.fault.code


def test_a_whole_answer_and_a_whole_call(speaker: Speaker) -> None:
    speaker.script = [says("您好，ROAS 是 3。"), calls(("compute_roi", {"spend": 8000}))]
    model = speaker.model()
    assert model.ask(ASK, [TOOL]).text == "您好，ROAS 是 3。"
    message = model.ask(ASK, [TOOL])
    assert [(call["name"], call["args"]) for call in message.tool_calls] == [("compute_roi", {"spend": 8000})]
    assert speaker.asked[0]["stream"] is True and speaker.asked[0]["tools"][0]["function"]["name"] == "compute_roi"


@pytest.mark.parametrize("size", (1, 8, 12, 14))
def test_a_stream_cut_in_the_arguments_never_gives_a_call(speaker: Speaker, size: int) -> None:
    speaker.script = [calls(("make_plan", {"budget": 50000}), finish=None, cut=size, done=False)]
    assert fault_of(speaker) == "cut"
    assert len(speaker.asked) == 2 and not speaker.asked[1].get("stream"), "tried once more, without a stream"


def test_cut_arguments_are_no_call_even_when_the_server_says_it_is_done(speaker: Speaker) -> None:
    speaker.script = [calls(("make_plan", {"budget": 50000}), cut=12)]
    with pytest.raises(BadArguments):
        speaker.model().ask(ASK, [TOOL])


def test_length_in_a_call_is_a_cut(speaker: Speaker) -> None:
    speaker.script = [calls(("make_plan", {"budget": 50000}), finish="length")]
    assert fault_of(speaker) == "cut"


@pytest.mark.parametrize("raw", ['{"budget": 5', "not json", '{"a": 1, "a": 2}', "[1]", '{"a": NaN}'])
def test_arguments_are_strict_json(speaker: Speaker, raw: str) -> None:
    speaker.script = [calls(("compute_roi", raw))]
    with pytest.raises(BadArguments):
        speaker.model().ask(ASK, [TOOL])


def test_a_stream_that_ends_without_a_finish_reason_is_cut(speaker: Speaker) -> None:
    half = json.dumps(
        {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [{"index": 0, "delta": {"content": "半句"}}]}
    )
    speaker.script = [raw_events(half), says("整句。")]
    assert speaker.model().ask(ASK, []).text == "整句。"
    assert [bool(sent.get("stream")) for sent in speaker.asked] == [True, False]


def test_faults_have_names(speaker: Speaker) -> None:
    empty = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": []}
    for play, code, requests in [
        (page, "not-json", 2),
        (body(empty), "not-json", 2),
        (body({"error": {"message": "overloaded", "type": "server_error"}}), None, None),
        (says(""), "empty", 2),
        (status(401, {"error": {"message": f"Incorrect API key provided: {KEY}", "code": "invalid_api_key"}}), "key", 1),
        (status(404, {"error": {"message": "no such model"}}), "model", 1),
        (status(429, {"error": {"message": "quota", "code": "insufficient_quota"}}), "quota", 1),
        (status(429, {"error": {"message": "slow down"}}, Retry_After="90"), "busy", 1),
        (status(500, "boom"), "server", 3),
        (status(400, {"error": {"message": "context_length_exceeded", "code": "context_length_exceeded"}}), "too-long", 1),
        (status(400, {"error": {"message": "bad field"}}), "refused", 1),
        (raw_events('{"id": "c", broken'), "not-json", 2),
    ]:
        speaker.script, speaker.asked = [play], []
        found = fault_of(speaker)
        if code is not None:
            assert (found, len(speaker.asked)) == (code, requests)


def test_a_busy_moment_is_waited_out(speaker: Speaker) -> None:
    speaker.script = [status(503, "busy"), status(429, {"error": {"message": "slow"}}, Retry_After="0"), says("好了。")]
    assert speaker.model().ask(ASK, []).text == "好了。"
    assert len(speaker.asked) == 3


def test_deadlines_hold_for_stalls_and_drips(speaker: Speaker) -> None:
    limits = Limits(connect=1, first=0.5, chunk=0.5, total=1.5, wait=1)
    for play in (stalls(20), stalls(20, first="开头"), drips(200, 0.2)):
        speaker.script, speaker.asked = [play], []
        begun = time.monotonic()
        with pytest.raises(BrainFailed) as failed:
            speaker.model(limits).ask(ASK, [])
        assert failed.value.fault.code in ("stalled", "deadline")
        # Bounded by the total deadline; far below the stall itself, on any machine.
        assert time.monotonic() - begun < 15


def test_nobody_listens(speaker: Speaker) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
    with pytest.raises(BrainFailed) as failed:
        endpoint("m", address, None).ask(ASK, [])
    assert failed.value.fault.code == "unreachable"


def test_the_breaker_opens_after_five_failures(speaker: Speaker) -> None:
    speaker.script = [status(500, "boom")]
    model = speaker.model()
    for _ in range(2):
        with pytest.raises(BrainFailed):
            model.ask(ASK, [])
    with pytest.raises(BrainFailed) as failed:
        model.ask(ASK, [])
    assert failed.value.fault.code == "breaker-open"
    assert len(speaker.asked) <= 6


def test_nothing_is_asked_unless_it_was_configured() -> None:
    assert choose(None, Settings()).model is None
    assert choose(None, Settings.load({}, {"OPENAI_API_KEY": "sk-abcdefgh"})).model is None
    with pytest.raises(AdwrightError) as error:
        choose("some-model", Settings())
    assert error.value.code == "no-key"


def test_a_local_model_says_what_is_missing(tmp_path) -> None:
    with pytest.raises(AdwrightError) as error:
        choose(f"local:{tmp_path}", Settings())
    assert error.value.code == "no-local-model"
