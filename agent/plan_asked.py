"""Answers to questions about the plan in force that are not about where a figure comes from: per day, payback, how sure, which channel.

Reads the plan only; every amount is the plan's own or follows from its shown figures. What to do, watch and prepare is `plan_steps`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..data.money import Money, total
from ..data.plan import CampaignPlan, Day, Line
from ..data.words import Language, both
from .explain import divided, explain
from .plan_advice import TALK, rates_compared
from .plan_answers import split_of
from .plan_points import orders_zh, points, round_money
from .plan_steps import cheaper, next_steps, other_channels, to_prepare, to_watch
from .segment_answers import about_group
from .terms import about_term
from .wording import channel_name, day, listed

if TYPE_CHECKING:
    from ..data.workspace import Workspace

WEEK = 7
# Days differ where the dearest costs this much more than the cheapest.
UNEVEN = Decimal("1.05")
# Places of a day's orders: P10, P25, P50, P75, P90.
LOW, MIDDLE, HIGH = 0, 2, 4


def about_plan_ask(workspace: Workspace, plan: CampaignPlan | None, asked: dict[str, Any], language: Language) -> tuple[str, list[str]]:
    """Return the answer to a question of the planner's topics, and ready answers where one more word is needed."""
    topic = asked["topic"]
    if topic == "term" or plan is None:
        return about_term(asked["term"], plan, language), []
    match topic:
        case "cheaper":
            return cheaper(plan, language)
        case _ if topic in TALK:
            return TALK[topic](plan, language), []
        case "rates_compared":
            return rates_compared(workspace, plan, language), []
        case "other_channel":
            return other_channels(workspace, plan, language)
        case "group":
            return _group(plan, asked["group"], language), []
        case "payback":
            return payback(plan, language), []
        case "per_day":
            return per_day(plan, language), []
        case "best_channel":
            return best_channel(plan, language), []
        case "sure":
            return how_sure(plan, language), []
        case "watch":
            return to_watch(plan, language), []
        case "prepare":
            return to_prepare(plan, language), []
        case "next":
            return next_steps(plan, language), []
        case "start":
            return explain(plan, both("排期", "schedule").pick(language), language), []
        case "audience_size":
            return explain(plan, both("人群", "audience").pick(language), language), []
        case _:
            return explain(plan, "cpa", language), []


def per_day(plan: CampaignPlan, language: Language) -> str:
    """Return spend and orders per day and in the first week, and each channel's part."""
    days = plan.forecast.days
    each = _each(plan, plan.total.amount)
    lowest, highest = min(days, key=lambda d: d.budget.amount).budget, max(days, key=lambda d: d.budget.amount).budget
    orders = plan.forecast.orders
    a_day = [float(value) / len(days) for value in (orders.value, orders.low or orders.value, orders.high or orders.value)]
    opening = both(
        f"平均每天花 {each.text(short=True)}（{len(days)} 天共 {plan.total.text(short=True)}），预计每天成交约 {a_day[0]:.0f} 单（{a_day[1]:.0f}–{a_day[2]:.0f}）。",
        f"{each.text(short=True)} a day on average ({plan.total.text(short=True)} over {len(days)} days), for about {a_day[0]:.0f} orders a day ({a_day[1]:.0f}–{a_day[2]:.0f}).",
    ).pick(language)
    rows = []
    if highest.amount > lowest.amount * UNEVEN:
        rows.append(
            both(
                f"各天不一样：从 {lowest.text(short=True)} 到 {highest.text(short=True)}，节日前后多花一些。",
                f"It differs by day: from {lowest.text(short=True)} to {highest.text(short=True)}, more around festivals.",
            ).pick(language)
        )
    if len(days) > WEEK:
        first = days[:WEEK]
        spent = round_money(total([d.budget for d in first], plan.total.currency).amount, plan)
        shown = first[-1].orders
        rows.append(
            both(
                f"头 {WEEK} 天：花 {spent.text(short=True)}，累计成交约 {shown[MIDDLE]:.0f} 单（{shown[LOW]:.0f}–{shown[HIGH]:.0f}）。",
                f"The first {WEEK} days: {spent.text(short=True)} spent, about {shown[MIDDLE]:.0f} orders by then ({shown[LOW]:.0f}–{shown[HIGH]:.0f}).",
            ).pick(language)
        )
    split = [f"{channel_name(channel, language)} {_each(plan, money.amount).text(short=True)}" for channel, money in split_of(plan)]
    if len(split) > 1:
        rows.append(both(f"按渠道，每天：{'、'.join(split)}。", f"By channel, a day: {listed(split, 'en')}.").pick(language))
    return points(opening, rows)


def payback(plan: CampaignPlan, language: Language) -> str:
    """Return from which day on the margin of the orders covers the ad spend: expected, in a slow case, in a quick one."""
    forecast, margin = plan.forecast, plan.brief.margin.value
    worth = forecast.revenue.value / forecast.orders.value if forecast.orders.value else Decimal(0)
    earned = worth * margin
    needed = plan.total.amount / earned if earned else None
    value = round_money(worth, plan)
    when = {place: _covered(forecast.days, place, earned) for place in (LOW, MIDDLE, HIGH)}
    middle, kept = when[MIDDLE], forecast.contribution
    if middle is not None:
        number = forecast.days.index(middle) + 1
        opening = both(
            f"按预计的中间值，第 {number} 天（{day(middle.day, 'zh')}）起，累计毛利盖过累计广告费，也就是回本。",
            f"In the expected case it has paid back by day {number} ({day(middle.day, 'en')}): from then on the margin of the orders covers the ad spend.",
        ).pick(language)
    else:
        opening = both(
            f"按预计的中间值，投放的 {len(forecast.days)} 天里**回不了本**。",
            f"In the expected case it does **not** pay back within its {len(forecast.days)} days.",
        ).pick(language)
    rows = [
        both(
            f"到最后一天，毛利减去广告费是 {kept.ranged_text('zh')}，盈利概率 {forecast.p_profit.text('zh')}。",
            f"At the end, margin less ad spend is {kept.ranged_text('en')}; chance of profit {forecast.p_profit.text('en')}.",
        ).pick(language),
        _cases(when, plan, language),
    ]
    if needed is not None:
        rows.insert(
            0,
            both(
                f"回本要约 {needed:,.0f} 单：{plan.total.text(short=True)} ÷（每单 {value.text(short=True)} × 毛利率 {margin:.1%}）；预计 {orders_zh(plan)}。",
                f"Paying back takes about {needed:,.0f} orders: {plan.total.text(short=True)} ÷ ({value.text(short=True)} an order × {margin:.1%} margin); {forecast.orders.ranged_text('en')} are expected.",
            ).pick(language),
        )
    closing = both(
        "只算投放期内的成交，之后的复购没有计入；平台记成交常晚一两天，头几天看着会偏慢。",
        "Only orders of these days count, not what the same customers buy later. Platforms report orders a day or two late, so the first days will look slower.",
    )
    return points(opening, rows, closing.pick(language))


def _covered(days: list[Day], place: int, earned: Decimal) -> Day | None:
    """The day from which orders of that case cover what was spent, to the end."""
    spent, found = Decimal(0), None
    for item in days:
        spent += item.budget.amount
        if item.orders[place] * earned < spent:
            found = None
        elif found is None:
            found = item
    return found


def _cases(when: dict[int, Day | None], plan: CampaignPlan, language: Language) -> str:
    days = plan.forecast.days

    def told(item: Day | None) -> tuple[str, str]:
        return (
            ("投放期内回不了本", "not within its days")
            if item is None
            else (f"第 {days.index(item) + 1} 天", f"day {days.index(item) + 1}")
        )

    slow, quick = told(when[LOW]), told(when[HIGH])
    return both(
        f"慢的情形（十次里最差的一次，P10）：{slow[0]}；快的情形（P90）：{quick[0]}。",
        f"A slow case (the worst in ten, P10): {slow[1]}; a quick one (P90): {quick[1]}.",
    ).pick(language)


def how_sure(plan: CampaignPlan, language: Language) -> str:
    """Return how far the plan can be relied on: chances, what the figures stand on, what moves them most."""
    forecast = plan.forecast
    losing = forecast.roas.value < forecast.break_even_roas.value
    verdict = both(
        f"先说结论：{'中间值是亏的' if losing else '中间值是赚的'}，盈利概率 {forecast.p_profit.text('zh')}，但这是预测，不是承诺。",
        f"In short: the expected case {'loses' if losing else 'earns'}, with a chance of profit of {forecast.p_profit.text('en')}. That is a forecast, not a promise.",
    ).pick(language)
    known = sum(line.source in ("model", "past") for line in plan.lines)
    every = known == len(plan.lines)
    rows = [
        both(
            f"成交 {orders_zh(plan)}、ROAS {forecast.roas.ranged_text('zh')}：十次里约八次落在括号里；到 {forecast.break_even_roas.text('zh')} 才保本。",
            f"{forecast.orders.ranged_text('en')} orders and ROAS {forecast.roas.ranged_text('en')}: inside the brackets about eight times in ten; break-even is {forecast.break_even_roas.text('en')}.",
        ).pick(language),
        both(
            (f"{known} 条线的比率都来自" if every else f"{len(plan.lines)} 条线里，{known} 条的比率来自")
            + f"店铺自己的模型或过往投放{'' if every else '，其余是假设'}；另有 {len(plan.assumptions)} 项您没说的由我假设。",
            (f"All {known} lines have rates" if every else f"Of {len(plan.lines)} lines, {known} have rates")
            + f" from the shop's own model or past campaigns{'' if every else ', the rest are assumed'}; I assumed {len(plan.assumptions)} things you did not say.",
        ).pick(language),
        *[driver.pick(language) for driver in forecast.drivers[:1]],
    ]
    closing = both(
        "想看以前的预测准不准，问“预测准不准”；怕亏，可以先用小预算跑几天再加。",
        "To see how earlier forecasts held, ask “how accurate are your forecasts?”. If a loss would hurt, start with a small budget and add later.",
    )
    return points(verdict, rows, closing.pick(language))


def best_channel(plan: CampaignPlan, language: Language) -> str:
    """Return the plan's channels by ROAS, with what each gets and brings, and whether the lead is more than the ranges."""
    rows: list[tuple[Decimal, str, str, Line]] = []
    for channel, budget in split_of(plan):
        lines = [line for line in plan.lines if line.channel == channel]
        roas, cpa = divided(plan, "roas", lines), divided(plan, "cpa", lines)
        orders = sum((line.orders.value for line in lines), Decimal(0))
        name = channel_name(channel, language)
        words = both(
            f"{name}：ROAS {roas.text('zh')}，{budget.text(short=True)} 换约 {orders:,.0f} 单，每单广告费 {cpa.text('zh')}。",
            f"{name}: ROAS {roas.text('en')}, {budget.text(short=True)} for about {orders:,.0f} orders, {cpa.text('en')} of ads an order.",
        )
        rows.append((roas.value, name, words.pick(language), max(lines, key=lambda line: line.budget.amount)))
    rows.sort(key=lambda row: -row[0])
    if len(rows) == 1:
        opening = both(f"计划里只有{rows[0][1]}一个渠道。", f"The plan has one channel only, {rows[0][1]}.")
    else:
        top, bottom = rows[0][3].roas, rows[-1][3].roas
        apart = top.low is not None and bottom.high is not None and top.low > bottom.high
        opening = both(
            f"在这份计划里，{rows[0][1]}的预计回报最高，{rows[-1][1]}最低" + ("。" if apart else "；但两边的区间重叠，差别未必是真的。"),
            f"In this plan {rows[0][1]} is expected to return most and {rows[-1][1]} least"
            + ("." if apart else ", but their ranges overlap, so the difference may not be real."),
        )
    even = plan.forecast.break_even_roas.text(language)
    closing = both(
        f"ROAS 到 {even} 才保本。它是整笔预算的平均；分配看的是最后一元带来多少，所以平均回报高的渠道不一定还该加钱。想看过往各渠道的回报，问“按渠道看去年的ROI”。",
        f"Break-even is a ROAS of {even}. ROAS averages over a channel's whole budget; the split looks at what the last unit brings, so the best average is not always where more should go. For past results ask “ROI by channel last year”.",
    )
    return points(opening.pick(language), [row[2] for row in rows], closing.pick(language))


def _group(plan: CampaignPlan, number: int, language: Language) -> str:
    index = number - 1 if number > 0 else len(plan.segments) + number
    rows = []
    if 0 <= index < len(plan.segments):
        lines = [line for line in plan.lines if line.segment == plan.segments[index].id]
        shown = [f"{line.name.pick(language)} {line.budget.text(short=True)}" for line in lines]
        rows = [both(f"计划里投给这组：{'、'.join(shown)}", f"In the plan they get: {listed(shown, 'en')}").pick(language)] if shown else []
    return about_group(plan.segments, number, language, rows)


def _each(plan: CampaignPlan, amount: Decimal) -> Money:
    """An amount of the whole plan per day."""
    return round_money(amount / len(plan.forecast.days), plan)
