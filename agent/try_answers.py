"""What is said of a supposition: the figures beside those of the plan as it is, and that nothing was changed.

Words and figures are those of ``try_plan``; nothing is computed here.
"""

from __future__ import annotations

from ..data.figure import Figure
from ..data.result import Artifact
from ..data.words import Language, Words
from .wording import say


def about_trial(artifact: Artifact, language: Language, *, settled: bool) -> str:
    """Return the answer to "what if ...?"; `settled`: the change was told as patches, so that it can be made."""
    told = artifact.data["trying"]
    figures = []
    for row in told["figures"]:
        before, after = Figure.model_validate(row["before"]), Figure.model_validate(row["after"])
        name = Words.model_validate(row["name"]).pick(language)
        if before.text(language) != after.text(language):
            figures.append(f"{name} {before.text(language)} → {after.ranged_text(language)}")
    return say(
        "answer-try",
        language,
        said=Words.model_validate(told["said"]).pick(language),
        figures=figures,
        losing=told["losing"],
        break_even=Figure.model_validate(told["break_even"]).text(language),
        notes=[Words.model_validate(note).pick(language) for note in artifact.data["notes"]][:1],
        settled=settled,
    )
