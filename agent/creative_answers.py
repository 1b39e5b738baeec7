"""What is said of the plan's own ads: which is best and how sure that is, and how to test two of them.

Words and figures are those of ``rank_creatives`` and ``creative_test``; nothing is computed here.
"""

from __future__ import annotations

from typing import Any

from ..data.figure import Figure
from ..data.result import Artifact
from ..data.words import Language
from .wording import say

# Ads told of one channel, and channels told; the rest is in the table.
ADS, CHANNELS = 3, 3


def about_ranking(artifact: Artifact, language: Language) -> str:
    """Return the answer to "which headline is best?": channel by channel, with what the lead is worth."""
    ranking = artifact.data["ranking"][:CHANNELS]
    parts = [
        {
            "name": part["name"][language],
            "verdict": part["verdict"],
            "by": part["by"],
            # The last is told too, because the lead is told over it.
            "rows": [_rated(row, language) for row in [*part["rows"][: ADS - 1], *part["rows"][ADS - 1 :][-1:]]],
            "last": len(part["rows"]),
            "reasons": [str(reason[language]).rstrip("。.") for reason in part["reasons"]],
        }
        for part in ranking
    ]
    notes = [str(note[language]) for note in artifact.data["notes"]]
    return say("answer-ranking", language, parts=parts, notes=notes, testable=any(len(part["rows"]) > 1 for part in ranking))


def about_test(artifact: Artifact, language: Language) -> str:
    """Return the answer to "which creatives should I test first, and for how long?"."""
    told = artifact.data["test"]
    return say(
        "answer-test",
        language,
        **{name: told[name] for name in ("fits", "days", "left", "lift", "seen", "whole_weeks", "sales_days")},
        **{name: f"{told[name]:,}" for name in ("per_arm", "read_once", "daily")},
        line=told["line"][language],
        first=_rated(told["first"], language),
        second=_rated(told["second"], language),
        reason=told["choice"],
        leads=[{**row, "impressions": f"{row['impressions']:,}", "clicks": f"{row['clicks']:,}"} for row in told["leads"]],
        last=min(told["days"], told["left"]),
    )


def _rated(row: dict[str, Any], language: Language) -> dict[str, str]:
    figure = Figure.model_validate(row["ctr"]).ranged_text(language) if row["ctr"] else ""
    return {"text": row["text"], "rate": figure}
