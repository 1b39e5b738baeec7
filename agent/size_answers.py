"""What is said of the size of a budget: whether another one is worth it, or what a goal needs.

Words and figures are those of ``size_budget``; nothing is computed here.
"""

from __future__ import annotations

from typing import Any

from ..data.figure import Figure
from ..data.money import Money
from ..data.result import Artifact
from ..data.words import Language
from .wording import say

# Notes that are told in the chat; all are on the canvas.
NOTES = 2


def about_size(artifact: Artifact, language: Language) -> str:
    """Return the answer to "is it worth raising the budget?" or "what budget do I need?"."""
    told, plan = artifact.data["sizing"], artifact.data.get("plan")
    lead = ""
    if plan:
        lead = f"按当前计划「{plan['zh']}」的各条线算；" if language == "zh" else f"For the lines of the plan in force ({plan['en']}). "
    notes = [str(note[language]) for note in artifact.data.get("notes") or []][:NOTES]
    common = {"kind": told["kind"], "lead": lead, "notes": notes}
    return say("answer-size", language, **common, **(_weighed if told["kind"] == "weigh" else _needed)(told, language))


def _weighed(told: dict[str, Any], language: Language) -> dict[str, Any]:
    return {
        "cut": told["cut"],
        "verdict": told["verdict"],
        "good": Figure.model_validate(told["mean"]).value > 0,
        **{name: _money(told[name]) for name in ("less", "more", "extra", "pays_until", "step")},
        "orders": _count(told["orders"], language),
        **{name: _ranged(told[name], language) for name in ("revenue", "contribution", "roas")},
        **{name: Figure.model_validate(told[name]).text(language) for name in ("break_even", "p_pays")},
    }


def _needed(told: dict[str, Any], language: Language) -> dict[str, Any]:
    even = Figure.model_validate(told["break_even"]).value
    goal_roas = Figure.model_validate(told["goal_roas"]).value if told["goal_roas"] else None
    return {
        "found": told["found"],
        "goal": _goal(told, language),
        "target": Figure.model_validate(told["target_roas"]).text(language) if told["target_roas"] else "",
        "goal_budget": _money(told["goal_budget"]),
        "goal_roas": _ranged(told["goal_roas"], language) if told["goal_roas"] else "",
        "goal_loses": goal_roas is not None and goal_roas < even,
        "loses": told["found"] == "met" and Figure.model_validate(told["roas"]).value < even,
        "budget": _money(told["budget"]),
        "orders": _count(told["orders"], language),
        **{name: _ranged(told[name], language) for name in ("revenue", "roas")},
        **{name: Figure.model_validate(told[name]).text(language) for name in ("break_even", "p_profit")},
        "p_goal": Figure.model_validate(told["p_goal"]).text(language) if told["p_goal"] and told["found"] == "met" else "",
    }


def _goal(told: dict[str, Any], language: Language) -> str:
    """The goal in words, or nothing where only a ROAS was named."""
    if told["revenue_goal"]:
        amount = _money(told["revenue_goal"])
        return f" {amount} 收入" if language == "zh" else f"revenue of {amount}"
    if told["orders_goal"]:
        return f" {told['orders_goal']:,} 单" if language == "zh" else f"{told['orders_goal']:,} orders"
    return ""


def _money(value: dict[str, Any] | None) -> str:
    return Money.model_validate(value).text(short=True) if value else ""


def _count(figure: dict[str, Any], language: Language) -> str:
    """A count before its Chinese unit, which follows a bracket without a space."""
    text = _ranged(figure, language)
    return f"{text} " if language == "zh" and text[-1].isdigit() else text


def _ranged(figure: dict[str, Any], language: Language) -> str:
    return Figure.model_validate(figure).ranged_text(language)
