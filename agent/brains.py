"""Which brain speaks: the embedded planner, an OpenAI-compatible endpoint, or a local transformers model.

Here is the choice and everything that can go wrong with a model outside: one `Endpoint` call has deadlines (first token, between
chunks, in all), at most two retries, a breaker, a strict parse of tool arguments, and ends either in a whole message or in a
`BrainFailed` that says why in plain words. What the agent does then (the planner answers) is the matter of `graph`.
No request leaves the machine unless a model was configured.
"""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict

from ..data.errors import AdwrightError
from ..data.words import Words, both
from .faults import BrainFailed, Fault, classify
from .toolcalls import BadArguments, strict_calls, text_calls
from .turn import ENDS

if TYPE_CHECKING:
    from ..data.settings import Settings

CONNECT_SECONDS = 5.0
FIRST_SECONDS = 15.0
CHUNK_SECONDS = 20.0
TOTAL_SECONDS = 60.0
RETRIES = 2
WAIT_SECONDS = 20.0
BREAKER_FAILURES = 5
BREAKER_SECONDS = 30.0
WHOLE = {"stop", "tool_calls", "function_call"}


@dataclass
class Limits:
    """Deadlines of one model call, in seconds; tests shorten them."""

    connect: float = CONNECT_SECONDS
    first: float = FIRST_SECONDS
    chunk: float = CHUNK_SECONDS
    total: float = TOTAL_SECONDS
    wait: float = WAIT_SECONDS


class Breaker:
    """Opens after five failed requests in a row and stays open for 30 seconds."""

    def __init__(self) -> None:
        self.failures, self.until, self.lock = 0, 0.0, threading.Lock()

    def is_open(self) -> bool:
        """Whether requests are held back now."""
        return time.monotonic() < self.until

    def note(self, ok: bool) -> None:
        """Count a request's end."""
        with self.lock:
            self.failures = 0 if ok else self.failures + 1
            if self.failures >= BREAKER_FAILURES:
                self.until, self.failures = time.monotonic() + BREAKER_SECONDS, 0


class Endpoint(BaseChatModel):
    """A chat model behind an OpenAI-compatible address, made safe; `chat` is the client, retries off."""

    chat: Any
    label: str
    limits: Limits = Limits()
    breaker: Any = None

    model_config = ConfigDict(arbitrary_types_allowed=True)

    @property
    def _llm_type(self) -> str:
        return "adwright-endpoint"

    def bind_tools(self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any) -> Runnable[Any, AIMessage]:
        """Bind tools in the endpoint's own form."""
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self.ask(messages, kwargs.get("tools") or []))])

    def ask(self, messages: list[BaseMessage], tools: list[dict[str, Any]]) -> AIMessage:
        """Return one whole message; raises `BrainFailed`, or `BadArguments` for tool arguments that are not strict JSON."""
        until = min(time.monotonic() + self.limits.total, ENDS.get() or float("inf"))
        if self.breaker is not None and self.breaker.is_open():
            raise BrainFailed(Fault("breaker-open"))
        waited, attempt, streaming = 0.0, 0, True
        while True:
            try:
                message = self.once(messages, tools, until, streaming)
                if self.breaker is not None:
                    self.breaker.note(True)
                return message
            except BadArguments:
                raise
            except Exception as error:
                fault = error.fault if isinstance(error, BrainFailed) else classify(error)
                if self.breaker is not None and fault.counts:
                    self.breaker.note(False)
                wait = pause(fault, attempt)
                if attempt >= min(RETRIES, fault.retries) or waited + wait > self.limits.wait or time.monotonic() + wait >= until:
                    raise BrainFailed(fault) from error
                if fault.code in ("cut", "stalled", "not-json"):
                    streaming = False
                time.sleep(wait)
                waited, attempt = waited + wait, attempt + 1

    def once(self, messages: list[BaseMessage], tools: list[dict[str, Any]], until: float, streaming: bool) -> AIMessage:
        """Send one request and return its whole message; raises what went wrong."""
        bound = self.chat.bind(tools=tools) if tools else self.chat
        if streaming:
            pieces = watched(lambda: bound.stream(messages), self.limits, until)
        else:
            pieces = watched(lambda: iter([bound.invoke(messages)]), self.limits, until, patience=self.limits.total)
        whole: Any = None
        for piece in pieces:
            whole = piece if whole is None else whole + piece
        if whole is None:
            raise BrainFailed(Fault("empty"))
        return self.checked(whole, tools)

    def checked(self, message: AIMessage | AIMessageChunk, tools: list[dict[str, Any]]) -> AIMessage:
        """Return the message if it is whole: a finish reason, strict tool arguments, something said."""
        reason = str(message.response_metadata.get("finish_reason") or "")
        calls = strict_calls(message, whole=any(reason.endswith(word) for word in WHOLE))
        if not reason:
            raise BrainFailed(Fault("cut", retries=1))
        if reason.endswith("content_filter") and not message.text:
            raise BrainFailed(Fault("filtered"))
        text = message.text
        if not calls and tools:
            calls, text = text_calls(text, {tool["function"]["name"] for tool in tools})
        if not calls and not text.strip():
            raise BrainFailed(Fault("empty", retries=1))
        metadata = {"model_name": self.label, "finish_reason": "tool_calls" if calls else reason}
        return AIMessage(content=text, tool_calls=calls, response_metadata=metadata, usage_metadata=message.usage_metadata)


def pause(fault: Fault, attempt: int) -> float:
    """Return the seconds to wait before the next try: as the server says, none after a broken answer, else growing with jitter."""
    if fault.wait is not None:
        return fault.wait
    return random.uniform(0.4, 0.9) * 2**attempt if fault.code in ("server", "busy") else 0.0


def watched(start: Callable[[], Iterator[Any]], limits: Limits, until: float, patience: float | None = None) -> Iterator[Any]:
    """Iterate over a blocking stream with deadlines: to the first piece, between pieces, and in all.

    A socket's own timeout restarts with every byte, so a slow drip would never end; the stream is read in a thread of its own.
    """
    pieces: queue.Queue[tuple[str, Any]] = queue.Queue()
    given_up = threading.Event()

    def pump() -> None:
        try:
            for piece in start():
                if given_up.is_set():
                    return
                pieces.put(("piece", piece))
            pieces.put(("end", None))
        except BaseException as error:
            pieces.put(("error", error))

    threading.Thread(target=pump, name="adwright-model", daemon=True).start()
    limit = patience or limits.first
    try:
        while True:
            left = until - time.monotonic()
            try:
                kind, value = pieces.get(timeout=max(0.01, min(limit, left)))
            except queue.Empty:
                code = "deadline" if left <= limit else "stalled"
                raise BrainFailed(Fault(code, retries=0 if code == "deadline" else 1)) from None
            if kind == "error":
                raise value
            if kind == "end":
                return
            yield value
            limit = patience or limits.chunk
    finally:
        given_up.set()


def endpoint(model: str, base_url: str | None, api_key: str | None, limits: Limits | None = None) -> Endpoint:
    """Return the brain behind an OpenAI-compatible address.

    Raises `AdwrightError` (code ``no-key``) when neither an address nor a key is known.
    """
    if not base_url and not api_key:
        raise AdwrightError(
            both(
                f"已选择模型 {model}，但没有地址也没有密钥。", f"The model {model} was chosen, but there is neither an address nor a key."
            ),
            both(
                "请设置 ADWRIGHT_BASE_URL 或 ADWRIGHT_API_KEY，或改用 planner。",
                "Set ADWRIGHT_BASE_URL or ADWRIGHT_API_KEY, or use planner.",
            ),
            code="no-key",
        )
    import httpx
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    limits = limits or Limits()
    # A server on this machine is not reached through the machine's proxy.
    chat = ChatOpenAI(
        model=model,
        base_url=base_url,
        api_key=SecretStr(api_key or "none"),
        max_retries=0,
        timeout=httpx.Timeout(limits.chunk + 1, connect=limits.connect),
        stream_usage=False,
        use_responses_api=False,
        output_version="v0",
        http_client=httpx.Client(trust_env=not is_loopback(base_url), timeout=httpx.Timeout(limits.chunk + 1, connect=limits.connect)),
    )
    return Endpoint(chat=chat, label=model, limits=limits, breaker=Breaker())


def is_loopback(address: str | None) -> bool:
    """Return whether an address is on this machine."""
    from urllib.parse import urlsplit

    return bool(address) and (urlsplit(address).hostname or "") in ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Brain:
    """A chosen brain: its name for people, the model (None: the planner only), and why a configured one cannot be used."""

    name: Words
    model: BaseChatModel | None = None
    problem: Words | None = None


PLANNER = Brain(both("离线规划器", "Offline planner"))


def choose(model: Any, settings: Settings) -> Brain:
    """Return the brain for `model`: ``planner``, ``local:/path``, a model name at the configured endpoint, or a chat model itself.

    A name that cannot be used raises `AdwrightError` (``no-key``, ``no-local-model``, ``no-torch``). None takes what the settings
    say; if that cannot be used the planner works instead and `Brain.problem` says why, so that the page opens all the same.
    """
    if isinstance(model, BaseChatModel):
        name = getattr(model, "label", None) or getattr(model, "model_name", None) or model._llm_type
        return Brain(both(str(name), str(name)), model)
    if model is None:
        try:
            return choose(settings.model, settings)
        except AdwrightError as error:
            return Brain(PLANNER.name, problem=Words(zh=error.tell("zh"), en=error.tell("en")))
    chosen = str(model)
    if chosen == "planner":
        return PLANNER
    if chosen.startswith("local:"):
        from .local import LocalModel

        path = Path(chosen.removeprefix("local:")).expanduser()
        return Brain(both(f"本地模型 {path.name}", f"Local model {path.name}"), LocalModel.at(path))
    key = settings.api_key.get_secret_value() if settings.api_key else None
    return Brain(both(chosen, chosen), endpoint(chosen, settings.base_url, key))
