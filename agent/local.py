"""A transformers model in this process, from a directory on this machine; nothing is downloaded and no remote code runs.

Tool calls are written by such models as JSON in their text; `textcalls` reads them, and describes the tools in the prompt when the
model's chat template has no place for them. One request at a time.
"""

from __future__ import annotations

import threading
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

from ..data.errors import AdwrightError
from ..data.words import both
from ..tools.endpoint import without_thinking
from .faults import BrainFailed, Fault
from .textcalls import in_text, text_calls
from .toolcalls import bound, schemas_of
from .turn import ENDS

NEW_TOKENS = 1024
WINDOW = 8192


class LocalModel(BaseChatModel):
    """A causal language model with a chat template; loaded when it is first asked."""

    path: Path
    label: str
    window: int = WINDOW
    loaded: Any = None
    lock: Any = None

    model_config = ConfigDict(arbitrary_types_allowed=True)

    @classmethod
    def at(cls, path: Path, window: int | None = None) -> LocalModel:
        """Return the model in `path`; `AdwrightError` (``no-local-model``, ``no-torch``) says what is missing."""
        from importlib.util import find_spec

        if not (path / "config.json").is_file():
            raise AdwrightError(
                both(f"{path} 里没有 transformers 模型。", f"There is no transformers model at {path}."),
                both("请给出含 config.json 和 safetensors 权重的目录。", "Give a directory with config.json and safetensors weights."),
                code="no-local-model",
            )
        if find_spec("torch") is None:
            raise AdwrightError(
                both("运行本地模型需要 PyTorch，目前没有安装。", "A local model needs PyTorch, which is not installed."),
                both("请执行 pip install 'adwright[local]'，或改用 planner。", "Run pip install 'adwright[local]', or use planner."),
                code="no-torch",
            )
        return cls(path=path, label=path.name, lock=threading.Lock(), window=window or WINDOW)

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
            with self.lock:
                text, whole = self.write(messages, tools, left)
        except Exception as error:
            raise BrainFailed(Fault("local", detail=str(error)[:300])) from error
        calls, said = text_calls(without_thinking(text), schemas_of(tools), whole)
        if not whole and not said.strip().endswith(("。", ".", "！", "？", "?", "!")):
            raise BrainFailed(Fault("cut"))
        if not calls and not said.strip():
            raise BrainFailed(Fault("empty"))
        message = AIMessage(content=said, tool_calls=calls, response_metadata={"model_name": self.label, "finish_reason": "stop"})
        return ChatResult(generations=[ChatGeneration(message=message)])

    def write(self, messages: list[BaseMessage], tools: list[dict[str, Any]], seconds: float) -> tuple[str, bool]:
        """Return what the model writes and whether it came to an end by itself."""
        import torch  # pyright: ignore[reportMissingImports]

        tokenizer, model = self.load()
        knows_tools = "tools" in str(tokenizer.chat_template or "")
        turns = turns_for(messages) if knows_tools else in_text(messages, tools)
        given = {"tools": tools} if tools and knows_tools else {}
        prompt = tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False, **given)
        inputs = tokenizer(prompt, return_tensors="pt", add_special_tokens=False)
        with torch.inference_mode():
            output = model.generate(**inputs, max_new_tokens=NEW_TOKENS, do_sample=False, max_time=max(1.0, seconds - 2))
        fresh = output[0][inputs["input_ids"].shape[1] :]
        ends = model.generation_config.eos_token_id
        whole = len(fresh) > 0 and int(fresh[-1]) in (ends if isinstance(ends, list) else [ends])
        return tokenizer.decode(fresh, skip_special_tokens=True), whole

    def load(self) -> tuple[Any, Any]:
        """Load weights (safetensors only) and tokenizer once."""
        if self.loaded is None:
            from transformers import AutoModelForCausalLM, AutoTokenizer

            tokenizer = AutoTokenizer.from_pretrained(self.path, local_files_only=True, trust_remote_code=False)
            model = AutoModelForCausalLM.from_pretrained(self.path, local_files_only=True, trust_remote_code=False, use_safetensors=True)
            self.loaded = (tokenizer, model)
        return self.loaded


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
