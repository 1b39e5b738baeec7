"""The agent's way to the service desk: drafts an answer to a customer for the merchant to send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from ...data.brief import Document
from ...data.result import SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, both
from .desk import ServiceDesk

if TYPE_CHECKING:
    from ...data.workspace import Workspace


class CustomerService(Document):
    """Draft an answer to a customer."""

    message: str = Field(min_length=1, max_length=20_000, description="The customer's message, verbatim")
    order_id: str | None = Field(default=None, max_length=64, description="Order number, if known")
    history: list[str] = Field(default=[], description="The customer's earlier messages, oldest first")
    reply_language: Language = Field(default="zh", description="Language of the merchant")


def customer_service(workspace: Workspace, request: CustomerService, progress: Progress = SILENT) -> ToolResult:
    """Draft a cited answer in the customer's language, or hand over to a person."""
    language = request.reply_language
    desk = ServiceDesk(workspace)
    answer = desk.answer(request.message, request.order_id, request.history)
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
            "confidence": answer.confidence,
            "facts": answer.facts,
        },
        source=answer.citations,
    )
    cited = f" [{', '.join(answer.citations)}]" if answer.citations else ""
    return ToolResult(content=f"{finding.pick(language)}\n{answer.text}{cited}"[:500], finding=finding, artifact=artifact)
