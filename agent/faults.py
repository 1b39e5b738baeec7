"""What goes wrong with a model outside, by name: whether to try again, how long to wait, and what people are told.

Every exception of the HTTP and OpenAI clients ends here in a `Fault`; nothing of its text reaches people or logs unredacted.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from ..data.words import Words, both
from .journal import redact

# What servers say when a model (or the way it is served) cannot call tools.
NO_TOOLS = re.compile(
    r"(?:not|n't) (?:currently )?support(?:ed)?(?: (?:the|any|for|use of))? ?(?:parameter:? ?)?['\"`]?(?:tools?\b|function.?call|tool.?(?:use|choice|call))"
    r"|(?:tools?|tool.?(?:use|choice|call(?:s|ing)?)|function.?call(?:s|ing)?)['\"`]? (?:parameter )?(?:is|are) (?:not|un) ?(?:supported|available|enabled|permitted)"
    r"|(?:unknown|unrecognized|unsupported|extra|unexpected)[a-z ]*:? ?['\"`]?tools?['\"`]?(?: |$|\W)"
    r"|enable-auto-tool-choice|不支持(?:工具|函数)|(?:工具|函数)调用?(?:不|未)(?:支持|开通)"
)


@dataclass(frozen=True)
class Fault:
    """A named fault. `retries` more tries make sense; `wait` seconds were asked for by the server; `detail` is redacted."""

    code: str
    retries: int = 0
    wait: float | None = None
    detail: str = ""

    @property
    def counts(self) -> bool:
        """Whether the breaker counts it: the endpoint's fault, not that of a request."""
        return self.code in ("unreachable", "server", "stalled", "deadline", "busy", "not-json", "cut")


class BrainFailed(Exception):
    """A model call that ended without a whole message."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault


TOLD = {
    "unreachable": both("连不上模型服务", "The model's endpoint could not be reached"),
    "server": both("模型服务出错", "The model's endpoint had an error"),
    "busy": both("模型服务太忙", "The model's endpoint is too busy"),
    "quota": both("模型账户额度已用完", "The model account has no quota left"),
    "key": both("模型密钥无效", "The model's key was refused"),
    "model": both("模型服务里没有这个模型", "The endpoint does not have this model"),
    "stalled": both("模型没有及时回应", "The model did not answer in time"),
    "deadline": both("模型用时太久", "The model took too long"),
    "cut": both("模型的回答中途断了", "The model's answer was cut off"),
    "empty": both("模型没有给出回答", "The model gave no answer"),
    "filtered": both("模型服务拦下了回答", "The endpoint's filter held the answer back"),
    "not-json": both("模型服务返回的不是模型的回答", "The endpoint returned something that is no model answer"),
    "too-long": both("对话太长，模型装不下", "The conversation is too long for the model"),
    "no-tools": both("这个模型不会调用工具", "This model cannot call tools"),
    "refused": both("模型服务不接受这个请求", "The endpoint refused the request"),
    "breaker-open": both("模型服务刚才连续出错，暂停半分钟", "The endpoint failed several times in a row and is paused for half a minute"),
    "bad-calls": both("模型给出的工具参数一直不合格", "The model kept giving tool arguments that do not hold"),
    "looping": both("模型一直重复同样的步骤", "The model kept repeating the same steps"),
    "turn-over": both("这一轮时间到了", "The time for this turn is over"),
    "unfounded": both("模型的回答里有查不到出处的数字", "The model's answer held figures without a source"),
    "leak": both("模型复述了给它的内部说明", "The model repeated its own instructions"),
    "local": both("本地模型运行失败", "The local model failed"),
}


def notice(fault: Fault) -> Words:
    """Return what people are told when the planner takes over."""
    told = TOLD.get(fault.code, TOLD["server"])
    return both(f"{told.zh}，这一轮由离线规划器完成。", f"{told.en}; the offline planner finished this turn.")


def classify(error: BaseException) -> Fault:
    """Return the fault an exception of a client stands for."""
    import openai

    detail = redact(str(error))[:300]
    # By name, because the client uses one of two generations of its HTTP library.
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if isinstance(error, openai.APIStatusError):
        return by_status(error.status_code, error.response.headers.get("retry-after"), str(error.body or error), detail)
    if isinstance(error, openai.APITimeoutError) or "TimeoutException" in kinds:
        return Fault("stalled", retries=1, detail=detail)
    if isinstance(error, openai.APIConnectionError) or "ConnectError" in kinds:
        cut = any(word in f"{error} {error.__cause__}".lower() for word in ("peer closed", "incomplete", "disconnected", "reset"))
        return Fault("cut", retries=1, detail=detail) if cut else Fault("unreachable", detail=detail)
    if "TransportError" in kinds:
        return Fault("cut", retries=1, detail=detail)
    if isinstance(error, json.JSONDecodeError | openai.APIResponseValidationError):
        return Fault("not-json", retries=1, detail=detail)
    if isinstance(error, openai.APIError):
        quota = "insufficient_quota" in detail
        return Fault("quota", detail=detail) if quota else Fault("server", retries=2, detail=detail)
    if isinstance(error, ConnectionError | TimeoutError):
        return Fault("unreachable", detail=detail)
    # A body without choices shows in the client as one of these.
    if isinstance(error, IndexError | KeyError | TypeError | ValueError | AttributeError):
        return Fault("not-json", retries=1, detail=detail)
    return Fault("server", detail=detail)


def by_status(status: int, retry_after: str | None, body: str, detail: str) -> Fault:
    """Return the fault of an HTTP status."""
    low = body.lower()
    if status in (401, 403):
        return Fault("key", detail=detail)
    if status in (400, 404, 422, 500, 501) and NO_TOOLS.search(low):
        return Fault("no-tools", detail=detail)
    if status == 404:
        return Fault("model", detail=detail)
    if status == 429:
        if "insufficient_quota" in low or "billing" in low:
            return Fault("quota", detail=detail)
        return Fault("busy", retries=2, wait=seconds(retry_after), detail=detail)
    if status in (400, 413, 422):
        long = any(word in low for word in ("context_length", "context length", "maximum context", "too long", "too many tokens"))
        return Fault("too-long" if long else "refused", detail=detail)
    if status >= 500 or status in (408, 409):
        return Fault("server", retries=2, wait=seconds(retry_after), detail=detail)
    return Fault("refused", detail=detail)


def seconds(retry_after: str | None) -> float | None:
    """Return a Retry-After header in seconds; None for dates and nonsense."""
    try:
        return max(0.0, float(retry_after)) if retry_after else None
    except ValueError:
        return None
