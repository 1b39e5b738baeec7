"""Where a figure of the plan comes from: what it is, how it was computed from which numbers, and what stands behind them.

Reads the plan only. Every calculation is written with the numbers the plan shows, so that anyone can do it again. What is asked
for is found by the words merchants use for a figure, by a channel they name, or by the figure itself ("where does 3.2% come from?").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from ..data.figure import Figure, rounded
from ..data.money import Money, total
from ..data.plan import CampaignPlan, Line
from ..data.words import Language, both
from .planner.normalise import read
from .planner.questions import topic_of
from .reasons import (
    LABELS,
    NAMES,
    SOURCES,
    Reason,
    compared,
    evidence_of,
    known_how,
    opened,
    ordered,
    origins,
    part,
    percent,
    scope,
    told,
)
from .wording import channel_name, day, listed, say

# A rate of the plan is one shown number divided by another: name -> (above, below, unit or None for money).
DIVIDED: dict[str, tuple[str, str, str | None]] = {
    "roas": ("revenue", "budget", "ratio"),
    "roi": ("contribution", "budget", "ratio"),
    "cpa": ("budget", "orders", None),
    "cpc": ("budget", "clicks", None),
    "ctr": ("clicks", "impressions", "rate"),
    "cvr": ("orders", "clicks", "rate"),
}
SUMS = ("orders", "revenue", "clicks", "impressions")
NUMBER = re.compile(r"(?<![\w.])[¥$€£]?(\d[\d,]*(?:\.\d+)?)\s?(%|％)?(?![\w.])")
WHOLE_FROM = 100


def explain(plan: CampaignPlan, said: str, language: Language) -> str:
    """Return why: of the figure the message names, of the channel it names, or of the budget split."""
    text = read(said).plain
    channel = channel_in(plan, text)
    topic = topic_of(text)
    found = None if topic else figure_in(plan, text)
    if found is not None:
        topic, lines = found
        channel = channel or (lines[0].channel if len({line.channel for line in lines}) == 1 else None)
    else:
        lines = [line for line in plan.lines if channel is None or line.channel == channel]
    if topic in DIVIDED:
        return told(why_rate(plan, topic, lines, language), language)
    if topic in SUMS:
        return told(why_sum(plan, topic, lines, language), language)
    if topic == "split" and channel is None:
        return why_split(plan, language)
    match topic:
        case "contribution":
            reason = why_contribution(plan, language)
        case "break_even_roas" | "margin":
            reason = why_break_even(plan, language)
        case "p_profit" | "guarantee":
            reason = why_profit(plan, language, topic == "guarantee")
        case "interval":
            reason = why_interval(plan, language)
        case "schedule":
            reason = why_schedule(plan, language)
        case "price":
            reason = why_price(plan, language)
        case "audience" | "segments":
            reason = why_audience(plan, language)
        case _:
            return why_channel(plan, channel, language) if channel else why_split(plan, language)
    return told(reason, language)


def channel_in(plan: CampaignPlan, text: str) -> str | None:
    """Return the channel of the plan that a text in lower case names."""
    for channel in dict.fromkeys(line.channel for line in plan.lines):
        names = {channel, channel_name(channel, "zh").lower(), channel_name(channel, "en").lower()}
        if any(name in text for name in names):
            return channel
    return None


def figure_in(plan: CampaignPlan, text: str) -> tuple[str, list[Line]] | None:
    """Return which figure of the plan is shown as the number in a text, with the lines it is of."""
    for match in NUMBER.finditer(text):
        number = Decimal(match[1].replace(",", ""))
        step = Decimal(1).scaleb(int(number.as_tuple().exponent))
        for name, figure, lines in shown_figures(plan):
            if (figure.unit == "rate") != bool(match[2]):
                continue
            value = figure.value * 100 if figure.unit == "rate" else figure.value
            if abs(value - number) <= step / 2:
                return name, lines
    return None


def shown_figures(plan: CampaignPlan) -> list[tuple[str, Figure, list[Line]]]:
    """Return the figures a merchant can ask about by their value: totals, then lines, then channels' budgets."""
    forecast = plan.forecast
    found = [
        (name, getattr(forecast, name), plan.lines)
        for name in ("orders", "revenue", "roas", "roi", "cpa", "clicks", "impressions", "contribution", "p_profit", "break_even_roas")
    ]
    for line in plan.lines:
        found += [
            (name, getattr(line, name), [line])
            for name in ("ctr", "cvr", "cpc", "cpa", "roas", "orders", "revenue", "clicks", "impressions")
        ]
    for name in ("ctr", "cvr", "cpc"):
        for channel in dict.fromkeys(line.channel for line in plan.lines):
            lines = [line for line in plan.lines if line.channel == channel]
            found.append((name, divided(plan, name, lines), lines))
        found.append((name, divided(plan, name, plan.lines), plan.lines))
    found.append(("split", Figure.of(plan.total, plan.total.currency, "you"), plan.lines))
    found += [("split", Figure.of(line.budget, line.budget.currency, "model"), [line]) for line in plan.lines]
    found += [("audience", segment.share, plan.lines) for segment in plan.segments]
    return found


def amount(plan: CampaignPlan, name: str, lines: Sequence[Line]) -> Figure:
    """Return a shown quantity summed over lines; the contribution is that of the whole plan."""
    if name == "budget":
        return Figure.of(total([line.budget for line in lines], plan.total.currency), plan.total.currency, "you")
    if name == "contribution":
        return plan.forecast.contribution
    if len(lines) == len(plan.lines):
        return getattr(plan.forecast, name)
    figures = [getattr(line, name) for line in lines]
    return Figure.of(sum((figure.value for figure in figures), Decimal(0)), figures[0].unit, figures[0].source)


def divided(plan: CampaignPlan, name: str, lines: Sequence[Line]) -> Figure:
    """Return a rate of some lines from the shown quantities; nothing divided by nothing is zero."""
    above, below, unit = DIVIDED[name]
    top, bottom = amount(plan, above, lines), amount(plan, below, lines)
    exact = top.value / bottom.value if bottom.value else Decimal(0)
    unit = unit or plan.total.currency
    whole = exact.quantize(Decimal(1), "ROUND_HALF_UP") if name == "cpa" and exact >= WHOLE_FROM else exact
    return Figure.of(whole, unit, lines[0].source)


def why_rate(plan: CampaignPlan, name: str, lines: Sequence[Line], language: Language) -> Reason:
    """Explain a rate: the division with its numbers, its inputs, and against the whole plan when it is of one channel."""
    if name == "roi":
        lines = plan.lines
    above, below, _ = DIVIDED[name]
    everything = len(lines) == len(plan.lines)
    figure = getattr(plan.forecast, name, None) if everything else None
    if figure is None:
        figure = getattr(lines[0], name) if len(lines) == 1 and hasattr(lines[0], name) else divided(plan, name, lines)
    top, bottom = amount(plan, above, lines), amount(plan, below, lines)
    reason = Reason(opened(scope(plan, lines, language) + LABELS[name].pick(language), figure, language))
    if bottom.value:
        words = f"{NAMES[above].pick(language)} ÷ {NAMES[below].pick(language)}"
        reason.sums.append(
            f"{LABELS[name].pick(language)} = {words} = {top.text(language)} ÷ {bottom.text(language)} = {figure.text(language)}"
        )
    else:
        reason.known.append(
            both("中位数预测为零，下限按全部预算计", "the median expects none, so the whole budget is the lower limit").pick(language)
        )
    if name == "roi":
        reason.sums.append(contribution_sum(plan, language))
    if not everything:
        whole = divided(plan, name, plan.lines)
        reason.parts.append(compared(figure, whole, language))
        reason.parts += [part(line, name, language) for line in lines if len(lines) > 1]
    elif len(lines) > 1:
        reason.parts += [part(line, name, language) for line in ordered(lines)] if name != "roi" else []
    if name in ("cpc", "cpa"):
        reason.known += [word.pick(language).rstrip("。.") for word in plan.warnings if "竞价" in word.zh or "外推" in word.zh][:1]
    reason.known += margin_known(plan, language) if name == "roi" else []
    reason.origins = origins(
        plan, evidence_of(lines, ("cpc",) if name == "cpc" else (name,) if name in ("ctr", "cvr") else ("ctr", "cvr")), language
    )
    return reason


def why_sum(plan: CampaignPlan, name: str, lines: Sequence[Line], language: Language) -> Reason:
    """Explain a quantity: the sum of its lines, and what drives it."""
    figure = amount(plan, name, lines) if len(lines) > 1 else getattr(lines[0], name)
    reason = Reason(opened(scope(plan, lines, language) + LABELS[name].pick(language), figure, language))
    if len(lines) > 1:
        shown = [getattr(line, name).text(language) for line in lines]
        reason.sums.append(f"{LABELS[name].pick(language)} = {' + '.join(shown)} = {figure.text(language)}")
    reason.parts = [part(line, name, language) for line in ordered(lines)]
    reason.known = [plan.forecast.method.pick(language).rstrip("。.")]
    reason.origins = origins(plan, evidence_of(lines, ("ctr", "cvr")), language)
    return reason


def contribution_sum(plan: CampaignPlan, language: Language) -> str:
    """Return the contribution as revenue x margin - budget, in the numbers of the plan."""
    forecast = plan.forecast
    words = both("毛利贡献 = 成交额 × 毛利率 − 预算", "contribution = revenue × margin − budget").pick(language)
    return f"{words} = {forecast.revenue.text(language)} × {percent(plan.brief.margin.value)} − {plan.total.text(short=True)} = {forecast.contribution.text(language)}"


def margin_known(plan: CampaignPlan, language: Language) -> list[str]:
    """Return where the margin comes from."""
    return [
        known_how(
            plan.brief.margin.why,
            both(f"毛利率 {percent(plan.brief.margin.value)} 是您说的", f"you gave the margin of {percent(plan.brief.margin.value)}"),
            language,
        )
    ]


def why_contribution(plan: CampaignPlan, language: Language) -> Reason:
    """Explain the expected contribution."""
    reason = Reason(opened(LABELS["contribution"].pick(language), plan.forecast.contribution, language))
    reason.sums = [contribution_sum(plan, language)]
    reason.known = margin_known(plan, language)
    reason.origins = origins(plan, evidence_of(plan.lines, ("cvr",)), language)
    return reason


def why_break_even(plan: CampaignPlan, language: Language) -> Reason:
    """Explain the break-even ROAS, and whether the plan reaches it."""
    even, roas = plan.forecast.break_even_roas, plan.forecast.roas
    reason = Reason(opened(LABELS["break_even_roas"].pick(language), even, language))
    if even.value:
        words = both("保本 ROAS = 1 ÷ 毛利率", "Break-even ROAS = 1 ÷ margin").pick(language)
        reason.sums = [f"{words} = 1 ÷ {percent(plan.brief.margin.value)} = {even.text(language)}"]
    passed = both("高于", "above") if roas.value >= even.value else both("低于", "below")
    reason.parts = [
        both(f"预计 ROAS {roas.text('zh')}，{passed.zh}保本线", f"expected ROAS {roas.text('en')} is {passed.en} it").pick(language)
    ]
    reason.known = margin_known(plan, language)
    return reason


def why_profit(plan: CampaignPlan, language: Language, guarantee: bool) -> Reason:
    """Explain the chance of profit; a guarantee is what nobody can give."""
    forecast = plan.forecast
    chance, kept = forecast.p_profit, forecast.contribution
    first = both("没有人能保证盈利：", "Nobody can guarantee a profit: ").pick(language) if guarantee else ""
    words = both(f"这版计划盈利的概率是 {chance.text('zh')}。", f"this plan makes a profit with a chance of {chance.text('en')}.").pick(
        language
    )
    reason = Reason(first + (words if guarantee or language == "zh" else words[0].upper() + words[1:]))
    reason.sums = [
        both(
            "算法：4,000 次随机模拟里，毛利贡献（成交额 × 毛利率 − 预算）大于零的占比",
            "How: the share of 4,000 random draws in which contribution (revenue × margin − budget) is above zero",
        ).pick(language)
    ]
    if kept.low is not None and kept.high is not None:
        reason.parts = [
            both(f"毛利贡献 P10–P90：{kept.range_text('zh')}", f"Contribution, P10–P90: {kept.range_text('en')}").pick(language)
        ]
    reason.parts += [driver.pick(language).rstrip("。.") for driver in forecast.drivers[:1]]
    reason.origins = origins(plan, evidence_of(plan.lines, ("cvr",)), language)
    return reason


def why_interval(plan: CampaignPlan, language: Language) -> Reason:
    """Explain the ranges: how they were drawn and what they hang on most."""
    orders = plan.forecast.orders
    words = both(
        f"预计成交 {orders.text('zh')} 单，区间 {orders.range_text('zh')}：十次里约八次落在里面。",
        f"{orders.text('en')} orders expected, range {orders.range_text('en')}: about eight times in ten it falls inside.",
    )
    reason = Reason(words.pick(language), known=[plan.forecast.method.pick(language).rstrip("。.")])
    reason.parts = [driver.pick(language).rstrip("。.") for driver in plan.forecast.drivers]
    reason.origins = origins(plan, evidence_of(plan.lines, ("ctr", "cvr")), language)
    return reason


def why_schedule(plan: CampaignPlan, language: Language) -> Reason:
    """Explain the days: first and last, how each came to be known, the spend per day, festivals on the way."""
    brief = plan.brief
    start, end, days = brief.start.value, brief.end, brief.days.value
    daily = Money.of(rounded(plan.total.amount / days, plan.total.currency), plan.total.currency)
    reason = Reason(
        both(
            f"投放 {day(start, 'zh')}至{day(end, 'zh')}，共 {days} 天。", f"It runs {day(start, 'en')} to {day(end, 'en')}, {days} days."
        ).pick(language)
    )
    reason.sums = [
        f"{both('日均花费 = 预算 ÷ 天数', 'Spend per day = budget ÷ days').pick(language)} = {plan.total.text(short=True)} ÷ {days} = {daily.text(short=True)}"
    ]
    reason.parts = [
        known_how(brief.start.why, both(f"开始日期 {day(start, 'zh')}是您说的", f"you gave the first day, {day(start, 'en')}"), language),
        known_how(brief.days.why, both(f"{days} 天是您说的", f"you gave the {days} days"), language),
    ]
    events = {item.event.zh: item for item in plan.forecast.days if item.event is not None}
    reason.known = [f"{day(item.day, language)} {item.event.pick(language)}" for item in events.values() if item.event][:3]
    return reason


def why_price(plan: CampaignPlan, language: Language) -> Reason:
    """Explain the order value the forecast counts with: its range, how it came about, the campaigns or orders behind it."""
    value = plan.brief.order_value
    money, basis = value.value, value.basis
    if basis is None:
        said = both(f"客单价按 {money.text(short=True)} 计算。", f"The forecast counts {money.text(short=True)} per order.").pick(language)
    else:
        worth = Figure.of(money, money.currency, basis.source, low=basis.low, high=basis.high)
        said = opened(both("客单价", "Order value").pick(language), worth, language)
    return Reason(
        said,
        parts=[
            known_how(value.why, both("这是您说的", "you gave it"), language),
            both("成交额已扣退货，所以每单平均收入低于客单价", "revenue is net of returns, so the average per order is lower").pick(
                language
            ),
        ],
        known=margin_known(plan, language),
        origins=origins(plan, basis.evidence, language) if basis else [],
    )


def why_audience(plan: CampaignPlan, language: Language) -> Reason:
    """Explain the groups of the plan: how many customers, which share, found in which data."""
    segments = plan.segments
    sizes = [segment.size for segment in segments]
    people = f"{sum(sizes):,}"
    reason = Reason(
        both(
            f"计划面向 {len(segments)} 组顾客，店里共 {people} 人。",
            f"The plan addresses {len(segments)} groups, {people} of the shop's customers.",
        ).pick(language)
    )
    if len(sizes) > 1:
        label = both("人数", "Customers").pick(language)
        reason.sums = [f"{label} = {' + '.join(f'{size:,}' for size in sizes)} = {people}"]
    gap = "：" if language == "zh" else ": "
    unit = "人" if language == "zh" else "people"
    reason.parts = [
        f"{item.name.pick(language)}{gap}{item.size:,} {unit}, {item.share.text(language)}".replace(
            ", ", "，" if language == "zh" else ", "
        )
        for item in segments
    ]
    reason.known = [
        known_how(plan.brief.audience.why, both("人群按您说的设定", "the audience is as you said"), language),
        both(
            f"广告面对的是和他们相像的人，预计曝光 {plan.forecast.impressions.text('zh')} 次",
            f"the ads address people like them, {plan.forecast.impressions.text('en')} impressions expected",
        ).pick(language),
    ]
    reason.origins = origins(plan, [item for segment in segments for item in segment.evidence], language)
    return reason


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
    stated = plan.brief.channels.how == "stated"
    return say(
        "answer-why-channel",
        language,
        channel=channel_name(channel, language),
        budget=budget.text(short=True),
        rows=rows,
        stated=stated,
        origins=origins(plan, evidence_of(lines, ("ctr", "cvr", "cpc")), language),
    )


def why_split(plan: CampaignPlan, language: Language) -> str:
    """Return the certificate of the budget split in words, with the parts that add up to the budget."""
    certificate = plan.certificate
    gain = certificate.gain_orders
    channels = list(dict.fromkeys(line.channel for line in plan.lines))
    if len(channels) > 1:
        parts = [
            (channel_name(channel, language), total([line.budget for line in plan.lines if line.channel == channel], plan.total.currency))
            for channel in channels
        ]
    else:
        parts = [(line.name.pick(language), line.budget) for line in plan.lines]
    parts.sort(key=lambda item: -item[1].amount)
    words = listed([f"{name} {money.text(short=True)}" for name, money in parts], language)
    added = f"{' + '.join(money.text(short=True) for _, money in parts)} = {plan.total.text(short=True)}" if len(parts) > 1 else ""
    return say(
        "answer-why-split",
        language,
        stated=plan.brief.split is not None and plan.brief.split.how == "stated",
        split=words,
        channels=len(channels),
        added=added,
        bounds=[item.pick(language) for item in certificate.active_bounds][:3],
        notes=[item.pick(language) for item in certificate.notes][:2],
        reference=certificate.reference.pick(language),
        gain=gain.text(language) if gain.value > 0 else "",
        roas=plan.forecast.roas.text(language),
        roas_range=plan.forecast.roas.range_text(language),
    )
