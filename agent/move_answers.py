"""What is said of where to move the budget: from the figures of ``move_budget``; nothing is computed here."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..data.figure import Figure
from ..data.money import Money
from ..data.result import Artifact
from ..data.words import Language
from .wording import channel_name, listed, say

# Channels named one by one; the table has them all.
NAMED = 4


def about_move(artifact: Artifact, language: Language) -> str:
    """Return the answer to "where should I move budget?"."""
    told = artifact.data["moving"]
    gap = Decimal(told["gap"])
    return say(
        "answer-move",
        language,
        moves=told["moves"],
        partly=Decimal(told["step"]) < 1,
        step=f"{Decimal(told['step']):.0%}",
        p_gain=f"{Figure.model_validate(told['p_gain']).value:.0%}",
        gain=Figure.model_validate(told["gain"]).text(language),
        gain_range=Figure.model_validate(told["gain"]).range_text(language),
        total=_money(told["total"]),
        up=_steps(told["up"], language),
        down=_steps(told["down"], language),
        weeks=told["weeks"],
        first=told["first"],
        why_margin=told["why_margin"][language],
        last_unit=Figure.model_validate(told["last_unit"]).text(language),
        one=Money.of(1, told["total"]["currency"]).text(short=True),
        loses=Figure.model_validate(told["last_unit"]).value < 1,
        spread="0.01%" if Decimal(told["spread"]) < Decimal("0.0001") else f"{Decimal(told['spread']):.2%}",
        gap="0.01%" if gap < Decimal("0.0001") else f"{gap:.2%}",
        caps=told["caps"],
        move=f"{Decimal(told['move']):.0%}",
        unsure=channel_name(told["unsure"], language),
        still=listed([channel_name(channel, language) for channel in told["still"]], language),
    )


def _steps(moves: list[dict[str, Any]], language: Language) -> str:
    parts = [f"{channel_name(m['channel'], language)} {_money(m['now'])} → {_money(m['then'])}" for m in moves[:NAMED]]
    more = len(moves) - NAMED
    if more > 0:
        parts.append(f"另有 {more} 个渠道见表" if language == "zh" else f"{more} more in the table")
    return ("；" if language == "zh" else "; ").join(parts)


def _money(value: dict[str, Any]) -> str:
    return Money.model_validate(value).text(short=True)
