"""The embedded planner as a LangChain chat model: offline, free, deterministic, and the default brain.

It reads the last message of the merchant (the reading stored with it, made by `understand`), calls the tools the message asks
for one after another, and composes the answer from their artifacts. It never reads tool output as instructions: of a tool
message only the stored record counts. Works with everything LangChain offers for chat models (limits, approval, fallback).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict

from ..answers import Answer, Told
from ..events import ToolCall
from ..transcript import calls_after, reading_of
from .calls import calls_for
from .reading import Understanding


class EmbeddedPlanner(BaseChatModel):
    """The planner; `compose` makes the answer of a turn, `read` a reading for a message that carries none."""

    compose: Callable[[Told], Answer]
    read: Callable[[str], Understanding]
    currency: str = "CNY"

    model_config = ConfigDict(arbitrary_types_allowed=True)

    @property
    def _llm_type(self) -> str:
        return "adwright-planner"

    def bind_tools(self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any) -> Runnable[Any, AIMessage]:
        """Bind the tools the planner may call."""
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any
    ) -> ChatResult:
        known = {tool["function"]["name"] for tool in kwargs.get("tools", [])}
        return ChatResult(generations=[ChatGeneration(message=self.next(messages, known))])

    def _stream(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        known = {tool["function"]["name"] for tool in kwargs.get("tools", [])}
        message = self.next(messages, known)
        chunk = AIMessageChunk(
            content=message.content,
            additional_kwargs=message.additional_kwargs,
            response_metadata=message.response_metadata,
            tool_calls=message.tool_calls,
            chunk_position="last",
        )
        yield ChatGenerationChunk(message=chunk)

    def next(self, messages: list[BaseMessage], known: set[str]) -> AIMessage:
        """Return the next tool call of the turn, or its answer."""
        last = max((i for i, message in enumerate(messages) if isinstance(message, HumanMessage)), default=-1)
        if last < 0:
            raise ValueError("the planner needs a message to answer")
        human = messages[last]
        assert isinstance(human, HumanMessage)
        reading = reading_of(human) or self.read(human.text)
        patches = human.additional_kwargs.get("patches")
        wanted = (
            [("revise_plan", {"patches": patches})]
            if patches
            else calls_for(
                reading,
                human.text,
                self.currency,
                bool(human.additional_kwargs.get("plan")),
                bool(human.additional_kwargs.get("pictures")),
            )
        )
        made = calls_after(messages[last + 1 :])
        pending = still_to_do(wanted, made)
        for tool, args in pending:
            if tool in known:
                turn = sum(isinstance(message, ToolMessage) for message in messages)
                return AIMessage(
                    content="",
                    tool_calls=[{"name": tool, "args": args, "id": f"call_{turn}_{tool}", "type": "tool_call"}],
                    response_metadata=SIGNED,
                )
        thread = str(human.additional_kwargs.get("thread", ""))
        answer = self.compose(Told(said=human.text, reading=reading, calls=made, thread=thread, patched=bool(patches)))
        return AIMessage(content=answer.text, additional_kwargs={"answer": answer.model_dump(mode="json")}, response_metadata=SIGNED)


def still_to_do(wanted: list[tuple[str, dict[str, Any]]], made: list[ToolCall]) -> list[tuple[str, dict[str, Any]]]:
    """Return the wanted calls that were not made yet; none once a wanted one failed or was not approved: the rest builds on it."""
    names = {name for name, _ in wanted}
    if any(not call.ok and call.tool in names and call.code not in ("bad-call", "bad-arguments") for call in made):
        return []
    tried = [call.tool for call in made]
    pending = []
    for name, args in wanted:
        if name in tried:
            tried.remove(name)
        else:
            pending.append((name, args))
    return pending


SIGNED = {"model_name": "adwright-planner", "finish_reason": "stop"}
