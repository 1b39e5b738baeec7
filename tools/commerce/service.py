"""The agent's way to the service desk: drafts an answer to a customer for the merchant to send."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import Field

from ...data.brief import Document
from ...data.result import SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, both
from .desk import ServiceAnswer, ServiceDesk

if TYPE_CHECKING:
    from ...data.workspace import Workspace


_LEAD = re.compile(
    r"^\s*(?:(?:请|帮我?|麻烦)?(?:回复|答复|回一下|怎么回复?|回)(?:一下|下)?(?:这个|这位)?|(?:有个?|一个|一位|这位|这个)?)(?:客户|顾客|买家|客人)(?:的消息)?(?:来?问我?们?|说|要|留言|发来)?(?:了|我)?\s*[:：,，]?\s*(?P<zh>.{2,})$"
    r"|^\s*(?:(?:please )?(?:reply|respond) to (?:a|this|the) (?:customer|buyer|client|shopper)(?: who (?:asks|says|wrote))?|(?:an?|one|the|this|my) (?:customer|buyer|client|shopper) (?:asks?(?: me| us)?|asked|says|said|wrote|writes|wants to know))\s*[:,]?\s*(?:if |whether )?(?P<en>.{3,})$",
    re.IGNORECASE | re.DOTALL,
)
# A review is not a question: whoever left it wants to be heard.
_REVIEW = re.compile(r"差评|中评|评价|(?<![a-z])(?:bad|negative|angry|1-star|one-star|two-star)? ?reviews?(?![a-z])", re.IGNORECASE)
_REGRET = both(
    "很抱歉这次没有让您满意。您说的情况我们会逐一核实；方便的话请把订单号发给我们，由专人跟进到底。",
    "We are sorry this was not what you expected. We will look into everything you describe; please send us your order number, and one of us will see it through.",
)
_QUOTED = re.compile(r"[「“\"『](?P<text>[^」”\"』]{3,})[」”\"』]")


def theirs(message: str) -> str:
    """Return the customer's own words in what a merchant pasted: what is quoted, or stands after "a customer asks".

    Example:
        >>> theirs("回复客户：多久发货？"), theirs("a customer asks where is order 1024"), theirs("can I return these?")
        ('多久发货？', 'where is order 1024', 'can I return these?')
    """
    lead = _LEAD.match(message)
    if lead is None:
        return message
    rest = lead["zh"] or lead["en"]
    quoted = _QUOTED.search(rest)
    return (quoted["text"] if quoted else rest).strip()


class CustomerService(Document):
    """Draft an answer to a customer."""

    message: str = Field(min_length=1, max_length=20_000, description="The customer's message, verbatim")
    order_id: str | None = Field(default=None, max_length=64, description="Order number, if known")
    history: list[str] = Field(default=[], description="The customer's earlier messages, oldest first")
    reply_language: Language = Field(default="zh", description="Language of the merchant")


def _to_a_review(answer: ServiceAnswer) -> ServiceAnswer:
    """Return a reply that is sorry and promises nothing; a person follows up."""
    why = both("评价，须由人核实后跟进", "a review: a person looks into it")
    told = {"text": _REGRET.pick(answer.language), "intent": "hand-over", "handed_over": True, "reason": why, "citations": []}
    return answer.model_copy(update=told)


def customer_service(workspace: Workspace, request: CustomerService, progress: Progress = SILENT) -> ToolResult:
    """Draft a cited answer in the customer's language, or hand over to a person."""
    language = request.reply_language
    desk = ServiceDesk(workspace)
    answer = desk.answer(theirs(request.message), request.history, request.order_id)
    if _REVIEW.search(request.message) and answer.intent != "small-talk":
        answer = _to_a_review(answer)
    finding = (
        both(f"已起草并转人工：{answer.reason.zh}", f"Drafted and handed over: {answer.reason.en}")
        if answer.handed_over
        else both(f"已起草：{answer.reason.zh}", f"Drafted: {answer.reason.en}")
    )
    artifact = Artifact(
        kind="answer",
        title=both("给顾客的答复（草稿）", "Answer to the customer (draft)"),
        # The draft stays in the customer's language whatever the merchant reads.
        data={
            "zh": answer.text,
            "en": answer.text,
            "language": answer.language,
            "citations": answer.citations,
            "handed_over": answer.handed_over,
            "intent": answer.intent,
            "reason": answer.reason.model_dump(),
            "confidence": answer.confidence,
            "facts": answer.facts,
        },
        source=answer.citations,
    )
    cited = f" [{', '.join(answer.citations)}]" if answer.citations else ""
    return ToolResult(content=f"{finding.pick(language)}\n{answer.text}{cited}"[:500], finding=finding, artifact=artifact)
