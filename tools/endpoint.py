"""The endpoint that a merchant configured, for tools: a plain client, one text from a chat model, and faults in words.

Nothing is sent unless a model was named in the settings. What a tool does without an answer (its own words) is the tool's matter.
Conversations with tool calls, streams and retries are in ``agent/endpoint.py``.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from ..data.errors import AdwrightError
from ..data.knowledge.endpoints import address_of
from ..data.words import Words, both

if TYPE_CHECKING:
    from ..data.settings import Settings

T = TypeVar("T")
CONNECT_SECONDS = 5.0
TEXT_SECONDS = 20.0
THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)|\A(?:(?!<think).)*?</think(?:ing)?>", re.DOTALL)


def without_thinking(text: str) -> str:
    """Return the text after the model's thinking; a thought that does not end leaves nothing.

    Example:
        >>> without_thinking("<think>50000?</think>好的。"), without_thinking("hm</think>OK"), without_thinking("<think>never")
        ('好的。', 'OK', '')
    """
    return THINKING.sub("", text).strip() if "think" in text else text


def is_loopback(address: str | None) -> bool:
    """Return whether an address is on this machine."""
    return bool(address) and (urlsplit(address).hostname or "") in ("127.0.0.1", "localhost", "::1")


def client(base_url: str | None, api_key: str | None, seconds: float) -> Any:
    """Return an OpenAI client for an address or a known endpoint's name; `seconds` end a request, nothing is tried again."""
    from openai import DefaultHttpxClient, OpenAI, Timeout

    address = address_of(base_url)
    timeout = Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))
    # A server on this machine is not reached through the machine's proxy.
    web = DefaultHttpxClient(trust_env=not is_loopback(address), timeout=timeout)
    return OpenAI(base_url=address, api_key=api_key or "none", max_retries=0, timeout=timeout, http_client=web)


def in_time(work: Callable[[], T], seconds: float) -> T:
    """Return what `work` returns, or raise `TimeoutError` after `seconds`: a socket's own timeout starts anew with every byte."""
    told: list[tuple[T | None, BaseException | None]] = []

    def run() -> None:
        try:
            told.append((work(), None))
        except BaseException as error:
            told.append((None, error))

    thread = threading.Thread(target=run, name="adwright-endpoint", daemon=True)
    thread.start()
    thread.join(max(0.0, seconds))
    if not told:
        raise TimeoutError
    value, error = told[0]
    if error is not None:
        raise error
    return value  # pyright: ignore[reportReturnType]


def fault(error: BaseException) -> Words:
    """Return what went wrong with a request, in words; nothing of the server's own text, which may hold a key.

    Example:
        >>> fault(TimeoutError()).en
        'it did not answer in time'
    """
    import openai

    status = getattr(error, "status_code", None)
    if isinstance(error, TimeoutError | openai.APITimeoutError):
        return both("没有及时回应", "it did not answer in time")
    if isinstance(error, openai.APIConnectionError):
        return both("连不上", "it could not be reached")
    if status in (401, 403):
        return both("拒绝了密钥", "it refused the key")
    if status == 404:
        return both("没有这个模型或接口", "it does not have this model or this service")
    if status == 429:
        return both("太忙或额度已用完", "it is too busy, or the quota is used up")
    if status is not None and status < 500:
        return both("不接受这个请求", "it refused the request")
    if status is not None:
        return both("内部出错", "it had an error of its own")
    return both("返回的内容不合协议", "what it returned is not in the protocol")


def writer(settings: Settings, seconds: float = TEXT_SECONDS, schema: dict[str, Any] | None = None) -> Callable[[str], str] | None:
    """Return a function from a prompt to the configured chat model's text; None where no model outside was configured.

    With a `schema` the endpoint is asked to hold the model to it, and asked without where it does not know how. The function
    raises `AdwrightError` (``model-failed``). Local models: `localtext.text_writer`.

    Example:
        >>> writer(Settings()) is None
        True
    """
    if not settings.outward or settings.model.startswith("local:"):
        return None
    import openai

    key = settings.api_key.get_secret_value() if settings.api_key else None
    made = client(settings.base_url, key, seconds)
    held: dict[str, Any] = {}
    if schema is not None:
        held["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}

    def write(prompt: str) -> str:
        def ask() -> str:
            messages = [{"role": "user", "content": prompt}]
            try:
                answer = made.chat.completions.create(model=settings.model, messages=messages, **held)
            except openai.BadRequestError:
                if not held:
                    raise
                answer = made.chat.completions.create(model=settings.model, messages=messages)
            return without_thinking(answer.choices[0].message.content or "")

        try:
            return in_time(ask, seconds)
        except Exception as error:
            told = fault(error)
            raise AdwrightError(
                both(f"模型 {settings.model} {told.zh}。", f"The model {settings.model}: {told.en}."),
                both("请检查 ADWRIGHT_BASE_URL 和密钥。", "Check ADWRIGHT_BASE_URL and the key."),
                code="model-failed",
            ) from error

    return write
