"""A transformers model in this process as the chat's brain: its chat template, its tool calls, its time.

The model is loaded and asked by ``tools/localtext``. Tool calls are written by such models as JSON in their text; `textcalls` reads
them, and describes the tools in the prompt when the model's chat template has no place for them. One request at a time.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from pydantic import ConfigDict

from ..tools.endpoint import without_thinking
from ..tools.localtext import LocalText, opened
from .faults import BrainFailed, Fault
from .textcalls import in_text, text_calls
from .toolcalls import bound, schemas_of
from .turn import ENDS

WINDOW = 8192


class LocalModel(BaseChatModel):
    """A causal language model with a chat template; loaded when it is first asked."""

    weights: LocalText
    label: str
    window: int = WINDOW

    model_config = ConfigDict(arbitrary_types_allowed=True)

    @classmethod
    def at(cls, path: Path, window: int | None = None, bits: int | None = None) -> LocalModel:
        """Return the model or LoRA adapter in `path`; `AdwrightError` (``no-local-model``, ``no-torch`` ...) says what is missing."""
        return cls(weights=opened(path, bits), label=path.name, window=window or WINDOW)

    @property
    def _llm_type(self) -> str:
        return "adwright-local"

    def bind_tools(self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any) -> Runnable[Any, AIMessage]:
        """Bind tools for the chat template."""
        return self.bind(tools=bound(tools), **kwargs)

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any
    ) -> ChatResult:
        tools = kwargs.get("tools") or []
        left = (ENDS.get() or time.monotonic() + 60) - time.monotonic()
        try:
            turns = turns_for(messages) if self.weights.knows_tools else in_text(messages, tools)
            text, whole = self.weights.write(turns, left - 2, tools)
        except Exception as error:
            raise BrainFailed(Fault("local", detail=str(error)[:300])) from error
        calls, said = text_calls(without_thinking(text), schemas_of(tools), whole)
        if not whole and not said.strip().endswith(("。", ".", "！", "？", "?", "!")):
            raise BrainFailed(Fault("cut"))
        if not calls and not said.strip():
            raise BrainFailed(Fault("empty"))
        message = AIMessage(content=said, tool_calls=calls, response_metadata={"model_name": self.label, "finish_reason": "stop"})
        return ChatResult(generations=[ChatGeneration(message=message)])


def turns_for(messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
    """Return messages in the form chat templates read."""
    turns: list[dict[str, Any]] = []
    for message in messages:
        if isinstance(message, SystemMessage):
            turns.append({"role": "system", "content": message.text})
        elif isinstance(message, HumanMessage):
            turns.append({"role": "user", "content": message.text})
        elif isinstance(message, ToolMessage):
            turns.append({"role": "tool", "name": message.name, "content": message.text})
        elif isinstance(message, AIMessage):
            calls = [{"type": "function", "function": {"name": call["name"], "arguments": call["args"]}} for call in message.tool_calls]
            turns.append({"role": "assistant", "content": message.text} | ({"tool_calls": calls} if calls else {}))
    return turns
