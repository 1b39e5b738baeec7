"""A model behind an OpenAI-compatible address, and everything that can go wrong with it.

One `Endpoint` call has deadlines (first token, between chunks, in all), at most two retries, a breaker, a strict parse of tool
calls, and ends either in a whole message or in a `BrainFailed` that says why in plain words. What the agent does then (the planner
answers) is the matter of `graph`. No request leaves the machine unless a model was configured.
"""

from __future__ import annotations

import queue
import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from pydantic import ConfigDict

from ..data.errors import AdwrightError
from ..data.knowledge.endpoints import address_of, endpoint_style, window_of
from ..data.words import both
from ..tools.endpoint import is_loopback, without_thinking
from .faults import BrainFailed, Fault, classify
from .textcalls import in_text, text_calls
from .toolcalls import BadArguments, bound, schemas_of, strict_calls
from .turn import ENDS
from .wire import THOUGHT, Spoken, Wire, listen, turns_of

CONNECT_SECONDS = 5.0
FIRST_SECONDS = 15.0
CHUNK_SECONDS = 20.0
TOTAL_SECONDS = 60.0
RETRIES = 2
WAIT_SECONDS = 20.0
BACKOFF_SECONDS = 0.5
BREAKER_FAILURES = 5
BREAKER_SECONDS = 30.0
WINDOW = 32_000
# What endpoints call the end of a whole message, and of one that failed on their side.
WHOLE = frozenset({"stop", "tool_calls", "function_call", "tool_use", "end_turn", "eos", "stop_sequence"})
BROKEN = {
    "content_filter": "filtered",
    "sensitive": "filtered",
    "network_error": "server",
    "insufficient_system_resource": "server",
    "error": "server",
}
GO_ON = "[Adwright] Go on exactly where you stopped, without repeating anything."
SENTENCE_END = re.compile(r"[。！？!?；\n]|\.(?=\s|$)")


@dataclass
class Limits:
    """Deadlines of one model call, the longest wait before another try and the shortest, in seconds; rehearsals shorten them."""

    connect: float = CONNECT_SECONDS
    first: float = FIRST_SECONDS
    chunk: float = CHUNK_SECONDS
    total: float = TOTAL_SECONDS
    wait: float = WAIT_SECONDS
    backoff: float = BACKOFF_SECONDS


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
    """A chat model behind an OpenAI-compatible address, made safe. `wire` is the way there, `window` its context in tokens.

    `in_text` is set when the endpoint has refused tools: from then on they are described in the prompt (see `textcalls`).
    """

    wire: Any
    label: str
    limits: Limits = Limits()
    breaker: Any = None
    window: int = WINDOW
    streaming: bool = True
    in_text: bool = False

    model_config = ConfigDict(arbitrary_types_allowed=True)

    @property
    def _llm_type(self) -> str:
        return "adwright-endpoint"

    def bind_tools(self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any) -> Runnable[Any, AIMessage]:
        """Bind tools in the protocol's form; a choice is never sent, several endpoints refuse it."""
        return self.bind(tools=bound(tools), **kwargs)

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self.ask(messages, kwargs.get("tools") or []))])

    def ask(self, messages: list[BaseMessage], tools: list[dict[str, Any]]) -> AIMessage:
        """Return one whole message; raises `BrainFailed`, or `BadArguments` for a tool call that does not hold.

        An answer that reached its length limit is continued once; if it is still not whole it ends with its last whole sentence,
        and its ``finish_reason`` says ``length``.
        """
        until = min(time.monotonic() + self.limits.total, ENDS.get() or float("inf"))
        message = self.tried(messages, tools, until)
        if message.tool_calls or message.response_metadata["finish_reason"] != "length":
            return message
        text, reason = message.text, "length"
        try:
            rest = self.tried([*messages, message, HumanMessage(GO_ON)], [], until)
            text, reason = text + rest.text, rest.response_metadata["finish_reason"]
        except BrainFailed:
            pass  # What there is stays; the end of it is dropped below.
        if reason == "length":
            text = whole_sentences(text)
        if not text:
            raise BrainFailed(Fault("cut"))
        return message.model_copy(update={"content": text, "response_metadata": {**message.response_metadata, "finish_reason": reason}})

    def tried(self, messages: list[BaseMessage], tools: list[dict[str, Any]], until: float) -> AIMessage:
        """Return one message, with retries, waits and the breaker; it may have stopped at its length limit."""
        if self.breaker is not None and self.breaker.is_open():
            raise BrainFailed(Fault("breaker-open"))
        waited, attempt, streaming = 0.0, 0, self.streaming
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
                if fault.code == "no-tools" and tools and not self.in_text:
                    self.in_text = True
                    continue
                if self.breaker is not None and fault.counts:
                    self.breaker.note(False)
                wait = pause(fault, attempt, self.limits.backoff)
                if attempt >= min(RETRIES, fault.retries) or waited + wait > self.limits.wait or time.monotonic() + wait >= until:
                    raise BrainFailed(fault) from error
                if fault.code in ("cut", "stalled", "not-json"):
                    streaming = False
                time.sleep(wait)
                waited, attempt = waited + wait, attempt + 1

    def once(self, messages: list[BaseMessage], tools: list[dict[str, Any]], until: float, streaming: bool) -> AIMessage:
        """Send one request and return its message; raises what went wrong."""
        turns = in_text(messages, tools) if self.in_text else turns_of(messages, self.wire.thinking_back)
        sent = [] if self.in_text else tools
        patience = None if streaming else self.limits.total
        return self.checked(listen(watched(lambda: self.wire.pieces(turns, sent, streaming), self.limits, until, patience)), tools)

    def checked(self, spoken: Spoken, tools: list[dict[str, Any]]) -> AIMessage:
        """Return the message if it is whole: a finish reason, strict tool calls, something said."""
        reason = spoken.finish
        schemas, whole = schemas_of(tools), reason in WHOLE
        calls = strict_calls(spoken.calls, whole, schemas)
        if not reason:
            raise BrainFailed(Fault("cut", retries=1))
        if reason in BROKEN:
            raise BrainFailed(Fault(BROKEN[reason], retries=1 if BROKEN[reason] == "server" else 0))
        text = without_thinking(spoken.text)
        if not calls and schemas:
            calls, text = text_calls(text, schemas, whole)
        if not calls and not text.strip():
            raise BrainFailed(Fault("empty", retries=1))
        metadata = {"model_name": self.label, "finish_reason": "tool_calls" if calls else reason}
        thought = {THOUGHT: spoken.thinking} if calls and spoken.thinking and self.wire.thinking_back else {}
        return AIMessage(content=text, tool_calls=calls, response_metadata=metadata, additional_kwargs=thought)


def whole_sentences(text: str) -> str:
    """Return a text up to the end of its last whole sentence or line, so that no number in it is half a number.

    Example:
        >>> whole_sentences("投入 ¥50,000。预计 5")
        '投入 ¥50,000。'
    """
    ends = [match.end() for match in SENTENCE_END.finditer(text)]
    return text[: ends[-1]].rstrip() if ends else ""


def pause(fault: Fault, attempt: int, backoff: float) -> float:
    """Return the seconds to wait before the next try: as the server says, none after a broken answer, else growing with jitter."""
    if fault.wait is not None:
        return fault.wait
    return backoff * random.uniform(0.7, 1.7) * 2**attempt if fault.code in ("server", "busy") else 0.0


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


def endpoint(model: str, base_url: str | None, api_key: str | None, limits: Limits | None = None, window: int | None = None) -> Endpoint:
    """Return the brain behind an OpenAI-compatible address, or behind a known one's name (``deepseek``, ``ollama``, ...).

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
    from openai import DefaultHttpxClient, OpenAI, Timeout

    limits, style, address = limits or Limits(), endpoint_style(base_url), address_of(base_url)
    # The shorter deadlines are kept by `watched`; this one only ends a thread that nobody waits for any more.
    timeout = Timeout(limits.total + 1, connect=limits.connect)
    # A server on this machine is not reached through the machine's proxy.
    web = DefaultHttpxClient(trust_env=not is_loopback(address), timeout=timeout)
    client = OpenAI(base_url=address, api_key=api_key or "none", max_retries=0, timeout=timeout, http_client=web)
    return Endpoint(
        wire=Wire(client, model, style.thinking_back),
        label=model,
        limits=limits,
        breaker=Breaker(),
        window=window or window_of(model, style),
        in_text=style.tools == "text",
    )
