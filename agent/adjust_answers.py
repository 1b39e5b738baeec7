"""What is said of tomorrow's adjustments: the proposal, or what was applied of it. Every figure comes from the stored `Proposal`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..data.adjustment import Adjustment, Proposal
from ..data.result import Artifact
from ..data.words import Language
from .plan_answers import so_far_words
from .wording import day, listed, say

if TYPE_CHECKING:
    from ..data.workspace import Workspace

CREATIVES_TOLD = 3


def about_adjustments(workspace: Workspace, artifact: Artifact, language: Language) -> str:
    """Return the answer to "what to change tomorrow", or to "apply it" (then the plan's stored proposal tells what was done)."""
    raw = artifact.data.get("proposal") or workspace.records.get(f"proposal-{artifact.data.get('id')}")
    made = Proposal.model_validate(raw)
    acts = [a for a in made.adjustments if a.kind not in ("check", "creatives")]
    creatives = sorted((a for a in made.adjustments if a.kind == "creatives"), key=lambda a: -(a.gain.value if a.gain else 0))
    more = max(0, len(creatives) - CREATIVES_TOLD)
    acts += creatives[:CREATIVES_TOLD]
    return say(
        "answer-adjust",
        language,
        day=day(made.day, language),
        tomorrow=day(made.tomorrow, language),
        left=made.days_left,
        spent=made.spent.text(short=True),
        total=made.total.text(short=True),
        orders=made.orders.text(language),
        budget=made.budget.text(short=True),
        acts=[told(a, language) for a in acts],
        more=more,
        checks=[told(a, language) for a in made.adjustments if a.kind == "check"],
        kept=[words.pick(language) for words in made.kept],
        daily=listed(
            [f"{line.name.pick(language)} {line.tomorrow.text(short=True)}" for line in made.lines if line.tomorrow.amount], language
        ),
        notes=[note.pick(language).rstrip("。.") for note in made.notes],
        applied=made.applied,
        automatic=made.applied is not None and bool(artifact.data.get("proposal")),
        so_far=so_far_words(workspace.records.plan(made.plan, made.applied), language) if made.applied else "",
    )


def told(adjustment: Adjustment, language: Language) -> dict[str, Any]:
    """Return an adjustment's words and figures, formatted."""
    gain = adjustment.gain
    return {
        "kind": adjustment.kind,
        "what": adjustment.what.pick(language),
        "why": adjustment.why.pick(language),
        "gain": gain.text(language) if gain is not None else "",
        "range": gain.range_text(language) if gain is not None else "",
        "chance": f"{adjustment.chance:.0%}" if adjustment.chance is not None and gain is not None else "",
    }
