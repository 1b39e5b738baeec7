"""What happens to a model's answer whose figures have no source, after it was asked once to repair it.

The sentence (or table row) with the wrong figure gives way to the tools' own sentence, said once; the rest stays as it was. When
nothing of the model's is left, there is no answer of the model: the planner speaks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..data.plan import CampaignPlan
from ..data.words import Language, both
from .events import ToolCall
from .guard import Verdict
from .plan_answers import CALLED, totals
from .wording import listed

SENTENCE = re.compile(r"[^。！？!?；;\n]*?(?:[。！？!?；;]+|\.(?=\s|$)|\n|$)")
LEAD = re.compile(r"\s*(?:[-*•]\s+|\d{1,2}[.)、]\s*|#+\s*)?")
PLAN_NOW = both("计划里的数字：", "The plan's figures: ")
REPLACED = both(
    "回答里有查不到出处的数字，那几句已换成工具算出的结果。",
    "Some figures in the answer had no source; those sentences were replaced by what the tools computed.",
)
RULE = both(
    "[Adwright] 这些数字查不到出处，或说错了对象：{wrong}。请只用工具结果里的数字重写回答，不要自己计算。",
    "[Adwright] These figures have no source, or are said of the wrong thing: {wrong}. Rewrite the answer with figures from the tool results only; do not compute your own.",
)


def own_sentences(calls: Sequence[ToolCall], plan: CampaignPlan | None, language: Language) -> list[str]:
    """Return what the tools themselves say of this turn; of the plan in force when no tool ran."""
    found = []
    planned = any(call.tool in ("make_plan", "revise_plan") for call in calls) or not calls
    if plan is not None and planned:
        found.append(
            PLAN_NOW.pick(language)
            + listed([f"{CALLED[name].pick(language)} {figure.text(language)}" for name, figure in totals(plan)], language)
        )
    found += [call.finding.pick(language) for call in calls if call.ok and call.finding and call.tool not in ("make_plan", "revise_plan")]
    stop = "。" if language == "zh" else "."
    return [text if text.endswith(("。", ".", "！", "？", "?")) else text + stop for text in found]


def mended(text: str, verdicts: Sequence[Verdict], own: Sequence[str]) -> str:
    """Return the answer with each wrong sentence replaced; empty when no sentence with words of the model is left.

    Example:
        >>> mended("好的。", [], [])
        '好的。'
    """
    wrong = [(verdict.mention.start, verdict.mention.end) for verdict in verdicts if verdict.wrong]
    out: list[str] = []
    said = kept = False
    for start, end in pieces(text):
        piece = text[start:end]
        if not any(a < end and start < b for a, b in wrong):
            out.append(piece)
            kept = kept or (bool(re.search(r"[\w\u4e00-\u9fff]{2}", piece)) and not piece.lstrip().startswith(("|", "#")))
            continue
        lead = LEAD.match(piece)
        tail = "\n" if piece.endswith("\n") else ""
        if not said and own and not piece.lstrip().startswith("|"):
            out.append((lead.group() if lead else "") + " ".join(own) + tail)
            said = True
        elif not piece.lstrip().startswith("|"):
            out.append(tail)
    if not kept:
        return ""
    answer = "".join(out)
    if not said and own:
        answer = answer.rstrip() + "\n\n" + " ".join(own)
    return re.sub(r"\n{3,}", "\n\n", answer).strip()


def pieces(text: str) -> list[tuple[int, int]]:
    """Return the places of sentences; a table row is one."""
    found = []
    for line in re.finditer(r"[^\n]*\n|[^\n]+$", text):
        if line.group().lstrip().startswith("|"):
            found.append(line.span())
            continue
        found += [(line.start() + m.start(), line.start() + m.end()) for m in SENTENCE.finditer(line.group()) if m.group()]
    return found
