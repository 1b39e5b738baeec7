"""What an explanation is made of: its finding, calculations, parts, and the evidence behind them, each in the words of the plan.

Shared by the explanations of the plan's figures (`explain`). Every number is formatted by its own `Figure`. Nothing here decides what
a question is about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from ..data.figure import Figure, Source
from ..data.plan import CampaignPlan, Evidence, Line
from ..data.words import Language, Words, both
from .wording import channel_name, say

SOURCES: dict[Source, Words] = {
    "you": both("您说的", "you said it"),
    "model": both("模型预测", "predicted by the model"),
    "past": both("过往投放", "past campaigns"),
    "assumed": both("假设", "assumed"),
}
LABELS = {
    "orders": both("预计成交单数", "Expected orders"),
    "revenue": both("预计成交额", "Expected revenue"),
    "clicks": both("预计点击", "Expected clicks"),
    "impressions": both("预计曝光", "Expected impressions"),
    "contribution": both("预计毛利贡献", "Expected contribution"),
    "roas": both("ROAS", "ROAS"),
    "roi": both("ROI", "ROI"),
    "cpa": both("单笔成交成本（CPA）", "Cost per order (CPA)"),
    "cpc": both("点击单价（CPC）", "Cost per click (CPC)"),
    "ctr": both("点击率（CTR）", "Click-through rate (CTR)"),
    "cvr": both("转化率（CVR）", "Conversion rate (CVR)"),
    "p_profit": both("盈利概率", "Chance of profit"),
    "break_even_roas": both("保本 ROAS", "Break-even ROAS"),
}
NAMES = {
    "budget": both("预算", "budget"),
    "orders": both("成交", "orders"),
    "revenue": both("成交额", "revenue"),
    "clicks": both("点击", "clicks"),
    "impressions": both("曝光", "impressions"),
    "contribution": both("毛利贡献", "contribution"),
    "margin": both("毛利率", "margin"),
}
PARTS = 3


@dataclass
class Reason:
    """An explanation before it is worded: the finding, the calculations, the parts, what stands behind it, what to know."""

    finding: str
    sums: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    origins: list[str] = field(default_factory=list)


def told(reason: Reason, language: Language) -> str:
    """Word an explanation."""
    return say(
        "answer-why",
        language,
        finding=reason.finding,
        sums=reason.sums,
        parts=reason.parts[:PARTS],
        known=reason.known,
        origins=reason.origins,
    )


def opened(label: str, figure: Figure, language: Language) -> str:
    """Return the first sentence: the figure, its range, its kind of source."""
    spread = figure.range_text(language)
    if language == "zh":
        return f"{label} {figure.text(language)}{f'（P10–P90：{spread}）' if spread else ''}，来源：{SOURCES[figure.source].zh}。"
    return f"{label}: {figure.text(language)}{f' (P10–P90: {spread})' if spread else ''}, {SOURCES[figure.source].en}."


def scope(plan: CampaignPlan, lines: Sequence[Line], language: Language) -> str:
    """Return whose figure it is, when it is not of the whole plan."""
    if len(lines) == len(plan.lines):
        return ""
    name = lines[0].name.pick(language) if len(lines) == 1 else channel_name(lines[0].channel, language)
    return f"{name}的" if language == "zh" else f"{name}, "


def part(line: Line, name: str, language: Language) -> str:
    """Return one line's own figure with its range."""
    figure: Figure = getattr(line, name)
    spread = figure.range_text(language)
    gap = "：" if language == "zh" else ": "
    return f"{line.name.pick(language)}{gap}{figure.text(language)}" + (
        f"（{spread}）" if spread and language == "zh" else f" ({spread})" if spread else ""
    )


def compared(figure: Figure, whole: Figure, language: Language) -> str:
    """Return a channel's figure against the whole plan's."""
    word = (
        both("高于", "above")
        if figure.value > whole.value
        else both("低于", "below")
        if figure.value < whole.value
        else both("等于", "equal to")
    )
    return both(f"{word.zh}整个计划的 {whole.text('zh')}", f"{word.en} the whole plan's {whole.text('en')}").pick(language)


def ordered(lines: Sequence[Line]) -> list[Line]:
    """Return lines by budget, largest first."""
    return sorted(lines, key=lambda line: -line.budget.amount)


def known_how(why: Words | None, stated: Words, language: Language) -> str:
    """Return how a field came to be known: its reason, or that the merchant said it."""
    return why.pick(language).rstrip("。.") if why is not None else stated.pick(language)


def percent(share: Decimal) -> str:
    """Return a share as it is computed with, without needless zeros."""
    return f"{(share * 100).normalize():f}%"


def evidence_of(lines: Sequence[Line], names: Sequence[str]) -> list[str]:
    """Return the evidence behind figures of lines, largest budget first."""
    return [item for line in ordered(lines) for name in names for item in getattr(line, name).evidence]


def origins(plan: CampaignPlan, ids: Sequence[str], language: Language) -> list[str]:
    """Return up to three pieces of evidence as ``title: detail``; a past campaign with what it spent and sold."""
    known: dict[str, Evidence] = {item.id: item for item in plan.evidence}
    colon = "：" if language == "zh" else ": "
    found = [known[i] for i in dict.fromkeys(ids) if i in known]
    found = [item for item in found if item.kind == "campaign"][:2] + [item for item in found if item.kind != "campaign"][:1]
    told = []
    for item in found:
        facts = item.facts
        result = (
            both(f"花费 {facts['spend']}，成交 {facts['conversions']} 单", f"spent {facts['spend']}, {facts['conversions']} orders").pick(
                language
            )
            if item.kind == "campaign" and {"spend", "conversions"} <= facts.keys()
            else item.detail.pick(language).rstrip("。.")
        )
        told.append(item.title.pick(language) + colon + result)
    return told
