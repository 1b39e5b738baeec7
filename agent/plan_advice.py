"""Advice and plain words about the plan in force: levers, extremes, whether budget and days suffice, bids, stock, what was assumed.

Reads the plan (and, for a comparison of rates, the shop's past campaigns); nothing is changed. Not here: steps and limits
(`plan_steps`), figures by day, channel and payback (`plan_asked`).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from math import ceil
from typing import TYPE_CHECKING

from ..data.figure import Figure
from ..data.plan import CampaignPlan
from ..data.words import Language, both
from ..tools.budget.stop_rules import LEAST_ORDERS
from ..tools.response.past import PastRates
from .explain import divided
from .plan_answers import about_plan, split_of
from .plan_points import orders_zh, points, round_money
from .wording import channel_name

if TYPE_CHECKING:
    from ..data.workspace import Workspace

SHOWN = 6
# A text of so many letters is told beside its headline; longer ones are on the page.
LINE = 60


def improve(plan: CampaignPlan, language: Language) -> str:
    """Return what could raise the return or lower the cost of an order, the largest lever first as far as the plan tells."""
    forecast = plan.forecast
    own = plan.brief.split is not None and plan.brief.split.how == "stated"
    rows = [
        *[both(f"影响最大的是{item.zh.rstrip('。')}。", f"What matters most: {item.en.rstrip('.')}.") for item in forecast.drivers[:1]],
        both(
            "素材：点击率高一成，同样的钱就多一成点击。问“先测哪几条素材，测多久？”",
            "Ads: a tenth more CTR is a tenth more clicks for the same money. Ask “which creatives should I test first, and for how long?”",
        ),
        both(
            "商品页和优惠：转化率高一成，成交就多一成，比换渠道见效快。",
            "Product page and offer: a tenth more conversions is a tenth more orders, and quicker than a new channel.",
        ),
        both(
            "客单价和毛利：搭着卖、满减凑单，同样的单数赚得更多。问“跟它搭配卖什么好”。",
            "Order value and margin: bundles and thresholds earn more from the same orders. Ask “what goes well with it?”",
        ),
    ]
    bounds = [item for item in plan.certificate.active_bounds][:1]
    rows += [both(f"预算的限制：{b.zh.rstrip('。')}。", f"A limit of the budget: {b.en.rstrip('.')}.") for b in bounds]
    rows.append(
        both(
            "预算：花得越多，每单越贵。想压成本就少花，例如“预算砍一半会怎样”。",
            "Budget: the more is spent, the dearer an order. To lower the cost spend less, e.g. “what if I halve the budget?”",
        )
    )
    opening = both(
        f"现在预计 ROAS {forecast.roas.ranged_text('zh')}，每单广告费 {forecast.cpa.ranged_text('zh')}。"
        + (
            "预算是按您定的比例分的，先问“预算往哪儿挪？”；另外能动的是这些："
            if own
            else "各渠道之间的预算已经按边际回报分好，再挪不会更多；能动的是这些："
        ),
        f"Expected now: ROAS {forecast.roas.ranged_text('en')}, {forecast.cpa.ranged_text('en')} of ads an order. "
        + (
            "The split is yours, so ask “where should the budget move?” first; beside that:"
            if own
            else "Money is already split at equal marginal return, so moving it brings no more; these can:"
        ),
    )
    return points(opening.pick(language), [row.pick(language) for row in rows])


def extremes(plan: CampaignPlan, language: Language) -> str:
    """Return the bad and the good case of the forecast, and what is lost at most."""
    f = plan.forecast
    kept = f.contribution

    def told(place: str) -> str:
        orders, revenue, roas, left = (getattr(figure, place) for figure in (f.orders, f.revenue, f.roas, kept))
        shown = [
            Figure.of(v, g.unit, g.source).text(language)
            for v, g in ((orders, f.orders), (revenue, f.revenue), (roas, f.roas), (left, kept))
            if v is not None
        ]
        if len(shown) < 4:
            return ""
        return both(
            f"成交 {shown[0]} 单，成交额 {shown[1]}，ROAS {shown[2]}，毛利减去广告费 {shown[3]}",
            f"{shown[0]} orders, {shown[1]} of revenue, ROAS {shown[2]}, margin less ad spend {shown[3]}",
        ).pick(language)

    rows = [
        both(f"差的情形（十次里最差的一次，P10）：{told('low')}。", f"A bad case (the worst in ten, P10): {told('low')}."),
        both(f"中间值：{told('value')}。", f"Expected: {told('value')}."),
        both(f"好的情形（十次里最好的一次，P90）：{told('high')}。", f"A good case (the best in ten, P90): {told('high')}."),
    ]
    closing = both(
        f"再坏也坏不过一单没有：亏掉全部 {plan.total.text(short=True)}；到停投线就停，亏不到那么多。问“什么时候该停”。盈利概率 {f.p_profit.text('zh')}。",
        f"It cannot be worse than no order at all, which loses the whole {plan.total.text(short=True)}; stopping in time loses less: ask “when should I stop?” Chance of profit {f.p_profit.text('en')}.",
    )
    return points(both("好坏两头是这样：", "The two ends:").pick(language), [row.pick(language) for row in rows], closing.pick(language))


def simply(plan: CampaignPlan, language: Language) -> str:
    """Return the plan in three plain sentences."""
    f, kept = plan.forecast, plan.forecast.contribution
    times = min(9, max(1, round(float(f.p_profit.value) * 10)))
    gains = kept.value >= 0
    left = Figure.of(abs(kept.value), kept.unit, kept.source).text("zh")
    where_zh, where_en = ([channel_name(c, lang) for c, _ in split_of(plan)] for lang in ("zh", "en"))
    return both(
        f"花 {plan.total.text(short=True)}，在{'、'.join(where_zh)}投 {plan.brief.days.value} 天「{plan.brief.product.value.called('zh')}」的广告，大约能卖 {f.orders.text('zh')} 单、收 {f.revenue.text('zh')}。"
        f"扣掉货的成本和广告费，大约{'赚' if gains else '亏'} {left}。\n\n"
        f"没有十足的把握：同样的投放做十次，大约 {times} 次是赚的；卖得少时 {f.orders.range_text('zh').split('–')[0]} 单，卖得多时 {f.orders.range_text('zh').split('–')[-1]} 单。\n\n"
        "想知道接着做什么，问“下一步做什么”；怕亏，先说“预算砍一半会怎样”。",
        f"You spend {plan.total.text(short=True)} on ads for {plan.brief.product.value.called('en')} on {', '.join(where_en)} for {plan.brief.days.value} days, and sell about {f.orders.text('en')} orders worth {f.revenue.text('en')}. "
        f"After the cost of the goods and the ads you {'keep' if gains else 'lose'} about {left}.\n\n"
        f"It is not certain: of ten such campaigns about {times} earn money; a poor one brings {f.orders.range_text('en').split('–')[0]} orders, a good one {f.orders.range_text('en').split('–')[-1]}.\n\n"
        "For what to do now ask “what do I do next?”; if a loss would hurt, ask “what if I halve the budget?”",
    ).pick(language)


def enough(plan: CampaignPlan, language: Language) -> str:
    """Return whether the budget buys enough orders to learn from, and what a goal would need."""
    f = plan.forecast
    lines = [line for line in plan.lines if line.orders.value < LEAST_ORDERS]
    learns = f.orders.value >= LEAST_ORDERS
    opening = both(
        f"{plan.total.text(short=True)} 预计换 {orders_zh(plan)}，{'够看出赚不赚' if learns else '太少，看不出赚不赚'}（一般要攒到 {LEAST_ORDERS} 单）。",
        f"{plan.total.text(short=True)} is expected to bring {f.orders.ranged_text('en')} orders, {'enough' if learns else 'too few'} to tell whether it pays (about {LEAST_ORDERS} are needed).",
    )
    rows = []
    if lines and learns:
        zh, en = ("、".join(line.name.zh for line in lines), ", ".join(line.name.en for line in lines))
        rows.append(
            both(
                f"这几条线单独看还不够 {LEAST_ORDERS} 单：{zh}。它们的好坏要慢慢看。",
                f"These lines alone stay below {LEAST_ORDERS} orders: {en}. How they do will show slowly.",
            )
        )
    rows.append(
        both(
            "有目标的话直接说，例如“做到500单要多少预算”；想加钱，问“预算翻倍划算吗”。",
            "Name a goal, e.g. “what budget do I need for 500 orders?”, or ask “is doubling the budget worth it?”",
        )
    )
    return points(opening.pick(language), [row.pick(language) for row in rows])


def weeks_enough(plan: CampaignPlan, language: Language) -> str:
    """Return after how many days clicks and orders can be judged, as a whole and line by line."""
    days = len(plan.forecast.days)

    def needed(orders: Decimal) -> int | None:
        return ceil(LEAST_ORDERS * days / orders) if orders else None

    whole = needed(plan.forecast.orders.value)
    opening = both(
        f"点击当天就看得到；赚不赚要攒到约 {LEAST_ORDERS} 单，按预计整个计划要 {whole if whole else '很多'} 天，计划一共 {days} 天。",
        f"Clicks show the same day; whether it pays shows after about {LEAST_ORDERS} orders, which takes the whole plan {whole if whole else 'many'} days of its {days}.",
    )
    told = [(line, needed(line.orders.value)) for line in sorted(plan.lines, key=lambda line: -line.orders.value)]
    rows = [
        both(f"{line.name.zh}：约 {left} 天。", f"{line.name.en}: about {left} days.")
        for line, left in told
        if left is not None and left <= days
    ][:SHOWN]
    late = [line.name for line, left in told if left is None or left > days]
    if late:
        zh, en = "、".join(name.zh for name in late), ", ".join(name.en for name in late)
        rows.append(
            both(
                f"投放期内攒不到，别单独下结论：{zh}。",
                f"Too few orders to judge within its days, so draw no conclusion from these alone: {en}.",
            )
        )
    closing = both(
        "头两三天平台在学习，别急着改；至少跑满一周，平日和周末才都看到。",
        "Platforms are still learning for two or three days, so leave it; run at least a week to see weekdays and the weekend.",
    )
    return points(opening.pick(language), [row.pick(language) for row in rows], closing.pick(language))


def bids(plan: CampaignPlan, language: Language) -> str:
    """Return each line's bid with the click price expected."""
    rows = [
        both(
            f"{line.name.zh}：{line.bid_kind.upper()} 出价 {line.bid.text(short=True)}，预计点击单价 {line.cpc.ranged_text('zh')}。",
            f"{line.name.en}: {line.bid_kind.upper()} bid {line.bid.text(short=True)}, a click expected at {line.cpc.ranged_text('en')}.",
        ).pick(language)
        for line in sorted(plan.lines, key=lambda line: -line.budget.amount)[:SHOWN]
    ]
    closing = both(
        "花不出去，每次提一成左右；点击单价高过括号的上限，就往回降。一天最多改一次，改勤了平台要重新学习。",
        "If money is not spent, raise by about a tenth at a time; above the upper end of the bracket, lower it. Change at most once a day: platforms start learning again each time.",
    )
    return points(both("建议这样起步：", "Start with these:").pick(language), rows, closing.pick(language))


def stock(plan: CampaignPlan, language: Language) -> str:
    """Return how much stock the forecast calls for, and what to do when there is less."""
    orders = plan.forecast.orders
    high = Figure.of(orders.high, orders.unit, orders.source).text(language) if orders.high is not None else orders.text(language)
    return both(
        f"预计成交 {orders_zh(plan)}（每单按一件算），备到 {high} 件基本不会断货。备不了那么多就少投：按现有库存说“做到多少单要多少预算”，或卖到剩一成时把线停掉，别让广告带人到缺货页。",
        f"{orders.ranged_text('en')} orders are expected (one piece each); {high} in stock should not run out. With less, spend less: ask “what budget do I need for so many orders?”, or stop the lines when a tenth is left, so that no ad leads to a sold-out page.",
    ).pick(language)


def assumed(plan: CampaignPlan, language: Language) -> str:
    """Return everything that was assumed because it was not said."""
    rows = [item.text.pick(language) for item in plan.assumptions]
    if not rows:
        return both("没有假设：需要的都是您说的。", "Nothing: you said all that was needed.").pick(language)
    closing = both("哪条不对，直接说改成什么。", "If one is wrong, say what it should be.")
    return points(
        both(f"您没说、由我假设的有 {len(rows)} 项：", f"{len(rows)} things you did not say I assumed:").pick(language),
        rows,
        closing.pick(language),
    )


def show_copy(plan: CampaignPlan, language: Language) -> str:
    """Return the words of the plan's ads, channel by channel."""
    parts = []
    for channel, _ in split_of(plan):
        own = [c for c in plan.creatives if c.channel == channel]
        if own:
            rows = [f"{i}. {_short([field.text for field in c.copy_fields])}" for i, c in enumerate(own, 1)]
            parts.append("\n".join([f"**{channel_name(channel, language)}**", "", *rows]))
    closing = both(
        "每条的全文和图在计划页。要改就说，例如“第二条文案改短”；问哪条好，说“哪条文案最好”。",
        "Full texts and pictures are on the plan page. To change one say “make the second headline shorter”; to compare, ask “which headline is best?”",
    )
    return "\n\n".join([*parts, closing.pick(language)])


def _short(texts: list[str]) -> str:
    """The headline, and the next text where it is a line too."""
    return " / ".join([*texts[:1], *(text for text in texts[1:2] if "\n" not in text and len(text) <= LINE)])


def who(plan: CampaignPlan, language: Language) -> str:
    """Return the groups the plan is aimed at, with what each gets."""
    rows = []
    for i, segment in enumerate(plan.segments, 1):
        money = sum((line.budget.amount for line in plan.lines if line.segment == segment.id), Decimal(0))
        spent = round_money(money, plan).text(short=True)
        rows.append(
            both(
                f"第 {i} 组，{segment.name.zh}：店里有 {segment.size:,} 人，占 {segment.share.text('zh')}，投 {spent}。",
                f"Group {i}, {segment.name.en}: {segment.size:,} people in the shop, {segment.share.text('en')}, {spent} of the budget.",
            ).pick(language)
        )
    closing = both(
        "付费渠道投给像他们的人，不止这些顾客。想细看，问“第一组是什么人？”；想知道谁最可能买，问“该给谁看？”",
        "Paid channels reach people like them, not only these customers. For one ask “who is the first group?”; for who is likeliest to buy, “who should see this?”",
    )
    return points(
        both(f"这份计划投给 {len(rows)} 组人：", f"The plan addresses {len(rows)} groups:").pick(language), rows, closing.pick(language)
    )


def influencers(plan: CampaignPlan, language: Language) -> str:
    """Say that work with influencers is not planned here, and what can be told of it."""
    return both(
        "这份计划只排平台广告，不含达人合作，我也没有达人报价和效果的数据，估不出值不值。想试，先留一小笔钱、让达人用专属优惠码，单独记账，再用同样的每单成本和广告比"
        f"（广告这边预计每单 {plan.forecast.cpa.text('zh')}）。",
        "This plan is for platform ads only. I have no data on what influencers charge or bring, so I cannot say whether one pays. To try, set a small sum aside, give each a code of their own, and compare the cost per order with the ads' "
        f"({plan.forecast.cpa.text('en')} expected).",
    ).pick(language)


def rates_compared(workspace: Workspace, plan: CampaignPlan, language: Language) -> str:
    """Return the plan's CTR and CVR by channel beside the shop's own past; there are no reliable figures of other shops."""
    past = PastRates(workspace)
    rows = []
    for channel, _ in split_of(plan):
        lines = [line for line in plan.lines if line.channel == channel]
        ctr, cvr, found = divided(plan, "ctr", lines), divided(plan, "cvr", lines), past.of(channel)
        if found is None:
            rows.append(
                both(
                    f"{channel_name(channel, 'zh')}：点击率 {ctr.text('zh')}，转化率 {cvr.text('zh')}；店铺没投过，没得比。",
                    f"{channel_name(channel, 'en')}: CTR {ctr.text('en')}, CVR {cvr.text('en')}; the shop has not run it, so there is nothing to compare with.",
                )
            )
            continue
        old = [Figure.of(value, "rate", "past", evidence=["past"]) for value in (found.ctr, found.cvr)]
        rows.append(
            both(
                f"{channel_name(channel, 'zh')}：点击率 {ctr.text('zh')}（店铺过往 {old[0].text('zh')}），转化率 {cvr.text('zh')}（过往 {old[1].text('zh')}）。",
                f"{channel_name(channel, 'en')}: CTR {ctr.text('en')} (the shop's past {old[0].text('en')}), CVR {cvr.text('en')} (past {old[1].text('en')}).",
            )
        )
    opening = both(
        "没有可靠的同行数据：公开的行业均值口径不一，我不拿来比。和店铺自己的过往比：",
        "There are no reliable figures of other shops: published averages count differently, so I do not compare with them. Against your own past:",
    )
    closing = both(
        "过往包含所有商品；品类、季节和素材不同，有高有低是正常的。",
        "The past covers all products; category, season and ads differ, so some distance is normal.",
    )
    return points(opening.pick(language), [row.pick(language) for row in rows], closing.pick(language))


def orders(plan: CampaignPlan, language: Language) -> str:
    """Return the expected orders with their range, and by channel."""
    rows = []
    for channel, budget in split_of(plan):
        count = sum((line.orders.value for line in plan.lines if line.channel == channel), Decimal(0))
        rows.append(
            both(
                f"{channel_name(channel, 'zh')}：{budget.text(short=True)} 换约 {count:,.0f} 单。",
                f"{channel_name(channel, 'en')}: about {count:,.0f} for {budget.text(short=True)}.",
            ).pick(language)
        )
    f = plan.forecast
    opening = both(
        f"预计成交 {orders_zh(plan)}，成交额 {f.revenue.ranged_text('zh')}；十次里约八次落在括号里。",
        f"{f.orders.ranged_text('en')} orders are expected, {f.revenue.ranged_text('en')} of revenue; about eight times in ten it falls inside the brackets.",
    )
    return points(opening.pick(language), rows if len(rows) > 1 else [])


# Topics answered from the plan alone.
TALK: dict[str, Callable[[CampaignPlan, Language], str]] = {
    "improve": improve,
    "extremes": extremes,
    "simply": simply,
    "enough": enough,
    "weeks_enough": weeks_enough,
    "bid": bids,
    "stock": stock,
    "assumed": assumed,
    "show_copy": show_copy,
    "show_plan": about_plan,
    "who": who,
    "influencers": influencers,
    "orders": orders,
}
