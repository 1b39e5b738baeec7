"""What is sent fits, and nothing that matters is lost: laws over any conversation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from adwright.agent.endpoint import WINDOW
from adwright.agent.graph import TOOLS_SHARE, bound
from adwright.agent.toolbox import toolbox
from adwright.agent.trimming import SHORT, cost, fit, fitting_tools, tokens
from adwright.agent.wording import told_to_models
from adwright.data.words import Language
from adwright.data.workspace import Workspace
from adwright.tools import TOOLS

WORDS = st.text("给跑鞋做计划 budget,0.5", max_size=60)


@st.composite
def threads(draw: st.DrawFn) -> list[BaseMessage]:
    """Turns of a user, steps with one or two calls and their results, answers; the last turn may be unfinished."""
    messages: list[BaseMessage] = []
    turns = draw(st.integers(1, 5))
    for turn in range(turns):
        messages.append(HumanMessage(draw(WORDS)))
        for step in range(draw(st.integers(0, 3))):
            ids = [f"{turn}-{step}-{i}" for i in range(draw(st.integers(1, 2)))]
            messages.append(AIMessage("", tool_calls=[{"name": "t", "args": {"q": draw(WORDS)}, "id": id} for id in ids]))
            messages += [ToolMessage(draw(st.text("结果 0.5", max_size=700)), name="t", tool_call_id=id) for id in ids]
        if turn < turns - 1:
            messages.append(AIMessage(draw(WORDS)))
    return messages


@given(threads(), st.integers(0, 3000))
def test_laws(messages: list[BaseMessage], room: int) -> None:
    kept = fit(messages, room)
    last = max(i for i, message in enumerate(messages) if isinstance(message, HumanMessage))
    humans = [message.text for message in kept if isinstance(message, HumanMessage)]
    assert humans and humans[-1] == messages[last].text, "the user's last message is whole"
    assert cost(kept) <= max(room, cost([messages[last]])), "it fits, or nothing but that message is left"
    asked = [call["id"] for message in kept if isinstance(message, AIMessage) for call in message.tool_calls]
    answered = [message.tool_call_id for message in kept if isinstance(message, ToolMessage)]
    assert asked == answered, "no call without its result, no result without its call"
    assert kept[0].type == "human"
    results = {message.tool_call_id: message.text for message in messages if isinstance(message, ToolMessage)}
    for message in kept:
        if isinstance(message, ToolMessage):
            assert results[message.tool_call_id].startswith(message.text[:SHORT]), "a result is whole or begins as it did"
        else:
            assert message in messages, "only results are shortened"
    if cost(messages) <= room:
        assert kept == messages, "nothing is touched without need"


@given(threads(), st.integers(200, 3000))
def test_results_shrink_before_turns_go(messages: list[BaseMessage], room: int) -> None:
    kept = fit(messages, room)
    if sum(isinstance(m, HumanMessage) for m in kept) < sum(isinstance(m, HumanMessage) for m in messages):
        now = max(i for i, message in enumerate(kept) if isinstance(message, HumanMessage))
        assert all(len(message.text) <= SHORT + 1 for message in kept[:now] if isinstance(message, ToolMessage))


@given(st.text(), st.text())
def test_tokens_add_up(a: str, b: str) -> None:
    assert 0 <= tokens(a) <= 4 * len(a) + 1
    assert tokens(a + b) >= max(tokens(a), tokens(b)) - 1


def test_chinese_costs_more_than_english() -> None:
    assert tokens("给跑鞋做一个计划" * 100) == 1000
    assert tokens("plan a campaign for shoes " * 100) == 600


def test_the_tools_of_the_request_are_kept_first() -> None:
    made = [{"type": "function", "function": {"name": name, "description": "words " * 40, "parameters": {}}} for name in "abcdef"]
    each = tokens(str(made[0]))
    names = lambda kept: [tool["function"]["name"] for tool in kept]  # noqa: E731
    assert names(fitting_tools(made, ["e"], 3 * each)) == ["a", "b", "e"] or names(fitting_tools(made, ["e"], 3 * each)) == ["a", "e"]
    assert names(fitting_tools(made, ["e"], 10)) == ["e"] and names(fitting_tools(made, [], 10**6)) == list("abcdef")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_tool_is_described_in_a_window_of_the_usual_size(shop: Workspace, language: Language) -> None:
    described = bound(toolbox(shop), told_to_models(language))
    assert fitting_tools(described, [], WINDOW * TOOLS_SHARE // 100) == described and len(described) == len(TOOLS)
