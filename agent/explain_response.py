"""Why a creative's rate is expected to be higher, and what another hour or channel would change: the tool's own sentences, put in order.

The figures and the reasons come from ``predict_ctr`` and ``predict_cvr`` (tools/response/drafts); nothing is computed here.
"""

from __future__ import annotations

from typing import Any

from ..data.result import Artifact
from ..data.words import Language
from .wording import say

ASKED = ("why", "what_if")
SHOWN = 3


def explains(artifact: Artifact) -> bool:
    """Tell whether a result answers a question about the rates of a plan's creatives."""
    return artifact.kind == "table" and artifact.data.get("ask") in ASKED


def about_rates(finding: str, artifact: Artifact, language: Language) -> str:
    """Return the answer: the finding, the reasons, what to know about them, the model they come from."""
    data = artifact.data

    def told(items: list[dict[str, Any]]) -> list[str]:
        return [str(item[language]).rstrip("。.") for item in items]

    return say(
        "answer-why-rate",
        language,
        finding=finding.rstrip("。."),
        # A change is told whole in the finding; its rows stand in the table.
        reasons=told(data["reasons"]) if data["ask"] == "why" else [],
        alike=str(data["alike"][language]) if data.get("alike") else "",
        notes=told(data["notes"]),
        basis=str(data["basis"][language]) if data.get("basis") else "",
    )


def driven(artifact: Artifact, language: Language) -> str:
    """Return what drives a predicted rate, as a paragraph of its own; empty where nothing is known of it."""
    drivers = artifact.data.get("drivers")
    if artifact.kind != "table" or not drivers:
        return ""
    stop, gap, opening = ("。", "；", "影响最大的是") if language == "zh" else (". ", "; ", "Main drivers: ")
    told = opening + gap.join(str(item[language]) for item in drivers[:SHOWN])
    notes = [str(item[language]).rstrip("。.") for item in artifact.data.get("notes") or []]
    return "\n\n" + stop.join([told, *notes]) + stop.strip()
