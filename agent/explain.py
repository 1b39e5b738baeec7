"""Where a figure of the plan comes from: its formula, its inputs, its sources; why a channel was chosen.

Reads the plan only. What is asked for is found by the words merchants use for a figure; without one, the budget split is
explained.
"""

from __future__ import annotations

from ..data.figure import Figure, Source
from ..data.money import total
from ..data.plan import CampaignPlan, Evidence
from ..data.words import Language, Words, both
from .wording import channel_name, say

SOURCES: dict[Source, Words] = {
    "you": both("您说的", "you said it"),
    "model": both("模型预测", "predicted by the model"),
    "past": both("过往投放", "past campaigns"),
    "assumed": both("假设", "assumed"),
}
ASKED = {
    "roas": ("roas", "投产", "回报率"),
    "roi": ("roi", "投资回报"),
    "cpa": ("cpa", "单笔成交成本", "获客成本", "cost per"),
    "orders": ("成交", "多少单", "单量", "orders", "sales", "conversions"),
    "revenue": ("销售额", "成交额", "收入", "revenue"),
    "clicks": ("点击", "clicks"),
    "impressions": ("曝光", "展现", "impressions", "reach"),
    "p_profit": ("盈利概率", "赚钱", "概率", "profit"),
    "break_even_roas": ("保本", "不亏", "break"),
    "contribution": ("毛利", "贡献", "利润", "contribution", "margin"),
}


def explain(plan: CampaignPlan, said: str, language: Language) -> str:
    """Return why: of the channel the message names, of the figure it names, or of the budget split."""
    text = said.lower()
    for channel in dict.fromkeys(line.channel for line in plan.lines):
        names = {channel, channel_name(channel, "zh").lower(), channel_name(channel, "en").lower()}
        if any(name in text for name in names):
            return why_channel(plan, channel, language)
    for name, words in sorted(ASKED.items(), key=lambda item: item[0] != "break_even_roas"):
        if any(word in text for word in words):
            return why_figure(plan, name, language)
    return why_split(plan, language)


def origins(plan: CampaignPlan, ids: list[str], language: Language) -> list[str]:
    """Return up to three pieces of evidence as ``title: detail``."""
    known: dict[str, Evidence] = {item.id: item for item in plan.evidence}
    colon = "：" if language == "zh" else ": "
    found = [known[i] for i in dict.fromkeys(ids) if i in known][:3]
    return [item.title.pick(language) + colon + item.detail.pick(language).rstrip("。.") for item in found]


def why_figure(plan: CampaignPlan, name: str, language: Language) -> str:
    """Return formula, range and sources of one of the plan's totals."""
    figure: Figure = getattr(plan.forecast, name)
    formula = figure.formula.pick(language) if figure.formula else plan.forecast.method.pick(language)
    label = {"roas": "ROAS", "roi": "ROI", "cpa": "CPA"}.get(name) or LABELS[name].pick(language)
    evidence = figure.evidence or [item for line in plan.lines for item in (*line.ctr.evidence, *line.cvr.evidence)]
    return say(
        "answer-why",
        language,
        label=label,
        value=figure.text(language),
        range=figure.range_text(language),
        source=SOURCES[figure.source].pick(language),
        formula=formula,
        origins=origins(plan, evidence, language),
    )


LABELS = {
    "orders": both("预计成交单数", "expected orders"),
    "revenue": both("预计成交额", "expected revenue"),
    "clicks": both("预计点击", "expected clicks"),
    "impressions": both("预计曝光", "expected impressions"),
    "p_profit": both("盈利概率", "chance of profit"),
    "break_even_roas": both("保本 ROAS", "break-even ROAS"),
    "contribution": both("预计毛利贡献", "expected contribution"),
}


def why_channel(plan: CampaignPlan, channel: str, language: Language) -> str:
    """Return what one channel gets, what it is expected to bring, and from which evidence."""
    lines = [line for line in plan.lines if line.channel == channel]
    budget = total([line.budget for line in lines], plan.total.currency)
    rows = [
        {
            "name": line.name.pick(language),
            "budget": line.budget.text(short=True),
            "orders": line.orders.text(language),
            "cpa": line.cpa.text(language),
            "roas": line.roas.text(language),
            "source": SOURCES[line.source].pick(language),
        }
        for line in lines[:3]
    ]
    evidence = [item for line in lines for item in (*line.ctr.evidence, *line.cvr.evidence, *line.cpc.evidence)]
    stated = plan.brief.channels.how == "stated"
    return say(
        "answer-why-channel",
        language,
        channel=channel_name(channel, language),
        budget=budget.text(short=True),
        rows=rows,
        stated=stated,
        origins=origins(plan, evidence, language),
    )


def why_split(plan: CampaignPlan, language: Language) -> str:
    """Return the certificate of the budget split in words."""
    certificate = plan.certificate
    gain = certificate.gain_orders
    return say(
        "answer-why-split",
        language,
        stated=plan.brief.split is not None and plan.brief.split.how == "stated",
        bounds=[item.pick(language) for item in certificate.active_bounds][:3],
        notes=[item.pick(language) for item in certificate.notes][:2],
        reference=certificate.reference.pick(language),
        gain=gain.text(language) if gain.value > 0 else "",
        roas=plan.forecast.roas.text(language),
        roas_range=plan.forecast.roas.range_text(language),
    )
