"""`Reply`: a finished turn, as Python callers get it."""

from __future__ import annotations

from ..data.brief import Document
from ..data.plan import CampaignPlan
from ..data.result import Artifact
from ..data.words import Words
from .events import ApprovalNeeded, Behaviour, ToolCall


class Reply(Document):
    """A finished turn. `behaviour` says what was done: do, ask, warn or refuse; `failed` is the code when it could not be finished."""

    text: str
    plan: CampaignPlan | None = None
    artifacts: list[Artifact] = []
    tool_calls: list[ToolCall] = []
    behaviour: Behaviour = "do"
    suggestions: list[str] = []
    options: list[str] = []
    notices: list[Words] = []
    approval: ApprovalNeeded | None = None
    failed: str | None = None
