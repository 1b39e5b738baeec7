"""Adjustments in a marketer's words: what to do and why, in both languages. Figures are formatted here once, computed elsewhere."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from ...data.adjustment import Adjustment
from ...data.money import Money
from ...data.plan import CampaignPlan, Line
from ...data.words import Words, both
from ..budget.adjusting import COOLDOWN, MIN_PROBABILITY, MOVE_CAP, Decision
from ..budget.stop_rules import Stop

Array = NDArray[np.float64]
SHOWN = 3
HEADLINE = 14


def words_of_move(plan: CampaignPlan, decision: Decision, moved: list[int], before: Array, after: Array) -> tuple[Words, Words]:
    """What moves between lines, the largest amounts first, and what the last money earns on the line it leaves and the one it joins."""
    currency = plan.brief.budget.value.currency

    def money(amount: float) -> str:
        return Money.of(float(round(amount)), currency).text(short=True)

    order = sorted(moved, key=lambda i: -abs(after[i] - before[i]))
    shown = order[: 2 * SHOWN]
    up, down = [i for i in shown if after[i] > before[i]], [i for i in shown if after[i] < before[i]]
    names = [line.name for line in plan.lines]
    zh = [f"{names[i].zh}的日预算从 {money(before[i])} {'提到' if i in up else '降到'} {money(after[i])}" for i in [*up, *down]]
    en = [f"{'raise' if i in up else 'cut'} {names[i].en} from {money(before[i])} to {money(after[i])} a day" for i in [*up, *down]]
    if len(order) > len(shown):
        zh.append(f"另有 {len(order) - len(shown)} 条线小幅调整")
        en.append(f"small changes on {len(order) - len(shown)} more lines")
    what = both("，".join(zh), sentence("; ".join(en)))
    earns = decision.learned.marginal(before).mean(1)
    best, worst = max(moved, key=lambda i: after[i] - before[i]), min(moved, key=lambda i: after[i] - before[i])
    if after[best] > before[best] and after[worst] < before[worst]:
        one = Money.of(1, currency).text(short=True)
        return what, both(
            f"按到目前的成交，再多花 {one}，{names[best].zh}约赚回 {earns[best]:.2f}，{names[worst].zh}只有 {earns[worst]:.2f}（毛利，已扣花费前）；单次每条线最多动 {MOVE_CAP:.0%}",
            f"On orders so far, one more {one} earns back about {earns[best]:.2f} on {names[best].en} and {earns[worst]:.2f} on {names[worst].en} "
            f"(margin, before the spend itself); no line moves by more than {MOVE_CAP:.0%} at a time",
        )
    return what, both(
        f"停掉的线空出来的钱，按边际回报分给其余的线，单次每条线最多动 {MOVE_CAP:.0%}",
        f"The money of the line that stops goes where the next unit earns most; no line moves by more than {MOVE_CAP:.0%} at a time",
    )


def stop_words(line: Line, stop: Stop, spent: Money) -> tuple[Words, Words]:
    """Which line stops and the rule it met."""
    what = both(f"停掉{line.name.zh}", f"Stop {line.name.en}")
    if stop.rule == "cap":
        return what, both(f"已花 {spent.text(short=True)}，到了这条线的上限", f"It has spent {spent.text(short=True)}, the most it may")
    if stop.rule == "no_orders":
        return what, both(
            f"花了 {spent.text(short=True)} 一单没有；要是保本，这时该有 {stop.expected:.1f} 单，全落空的概率只有 {np.exp(-stop.expected):.1%}",
            f"{spent.text(short=True)} spent without an order; at break-even there would be {stop.expected:.1f} by now, and none at all has a chance of {np.exp(-stop.expected):.1%}",
        )
    return what, both(
        f"连第一笔钱都赚不回来的概率是 {stop.chance or 0:.0%}（花到现在，保本应有 {stop.expected:.0f} 单）",
        f"The chance that not even its first money pays is {stop.chance or 0:.0%} (break-even would have brought {stop.expected:.0f} orders by now)",
    )


def tracking_words(line: Line, clicks: float, visits: float) -> tuple[Words, Words]:
    """A line whose clicks do not arrive: to be looked at, not judged."""
    return both(f"先查{line.name.zh}的落地页和统计代码", f"First check the landing page and tracking of {line.name.en}"), both(
        f"最近一天 {clicks:,.0f} 次点击只到店 {visits:,.0f} 次；这天的数据没有用来判断，查清之前这条线的预算不动",
        f"Of {clicks:,.0f} clicks on the latest day only {visits:,.0f} arrived; that day was not used to judge the line, and its budget stays until this is settled",
    )


def split_words(line: Line) -> tuple[Words, Words]:
    """A platform that does not follow the shares set."""
    return both(
        f"关掉{line.name.zh}的素材自动优选，或不再设比例", f"Turn off automatic rotation on {line.name.en}, or stop setting shares"
    ), both(
        "展现没有按设定的比例走（卡方检验 p < 0.001，且偏离 5 个百分点以上），这条线的素材先不比",
        "Impressions do not follow the shares set (chi-square p < 0.001 and more than five points off); its creatives are not compared for now",
    )


def weight_words(
    plan: CampaignPlan, line: Line, after: dict[str, Decimal], best: dict[str, float], shown: dict[str, Array]
) -> tuple[Words, Words]:
    """New shares of a line's creatives, the ones that are done, and the favourite's chance."""
    names = {creative.id: headline(plan, creative.id) for creative in plan.creatives}
    top = max(after, key=lambda c: after[c])
    gone = [c for c in line.creatives if c not in after]
    zh, en = f"「{names[top]}」展现占比调到 {after[top]:.0%}", f"give “{names[top]}” {after[top]:.0%} of the impressions"
    if gone:
        zh += "，停用" + "".join(f"「{names[c]}」" for c in gone)
        en += ", turn off " + ", ".join(f"“{names[c]}”" for c in gone)
    counts = shown[top].sum(0) if top in shown else np.zeros(3)
    return both(f"{line.name.zh}：{zh}", f"{line.name.en}: {en}"), both(
        f"它最好的概率是 {best[top]:.0%}（{counts[1]:,.0f} 次点击、{counts[2]:,.0f} 单），其余各留至少 1% 接着试",
        f"It is the best with a chance of {best[top]:.0%} ({counts[1]:,.0f} clicks, {counts[2]:,.0f} orders); the others keep at least 1% each to go on learning",
    )


def pace_words(plan: CampaignPlan, now: Money, tomorrow: Money, spent: float, days: int) -> tuple[Words, Words]:
    """Tomorrow's budget for all lines, and how money and time have gone so far."""
    used, gone = spent / float(plan.brief.budget.value), days / plan.brief.days.value
    up = tomorrow.amount > now.amount
    return both(
        f"明天总日预算从 {now.text(short=True)} {'提到' if up else '降到'} {tomorrow.text(short=True)}，各线同比例",
        f"{'Raise' if up else 'Lower'} tomorrow's budget from {now.text(short=True)} to {tomorrow.text(short=True)}, all lines alike",
    ), both(
        f"时间过了 {gone:.0%}，钱花了 {used:.0%}；照这样到最后一天正好花完总预算，不会超",
        f"{gone:.0%} of the days and {used:.0%} of the money are gone; so the total is spent on the last day and not exceeded",
    )


def kept_words(decision: Decision, adjustments: list[Adjustment], days: int) -> list[Words]:
    """Why the rest stays as it is."""
    kinds = {a.kind for a in adjustments}
    kept = []
    if "budget" not in kinds and "pause" not in kinds:
        if decision.held == "cooldown":
            kept.append(
                both(
                    f"线之间的预算不动：开投或上次调整还不到 {COOLDOWN} 天，平台还在学习",
                    f"Budgets between lines stay: it is under {COOLDOWN} days since the start or the last change, and platforms are still learning",
                )
            )
        elif decision.held == "unsure" and decision.p_gain is not None:
            kept.append(
                both(
                    f"线之间的预算不动：挪了更赚的概率是 {decision.p_gain:.0%}，不到 {MIN_PROBABILITY:.0%}",
                    f"Budgets between lines stay: the chance that a move gains is {decision.p_gain:.0%}, below {MIN_PROBABILITY:.0%}",
                )
            )
        elif decision.held == "nothing-left":
            kept.append(both("总预算已经花完，明天不再投放", "The whole budget is spent; nothing runs tomorrow"))
        elif decision.held == "nothing-runs":
            kept.append(both("没有在投的线", "No line is running"))
        else:
            kept.append(both("线之间的预算已经接近最优，不动", "Budgets between lines are close to the best split and stay"))
    if "creatives" not in kinds and decision.held not in ("nothing-left", "nothing-runs"):
        kept.append(
            both(
                f"素材比例不动：{days} 天的数据还分不出高下，或报表没有分创意",
                f"Creative shares stay: {days} days of data do not tell them apart yet, or the report does not list creatives",
            )
        )
    return kept


def sentence(text: str) -> str:
    """Begin with a capital letter."""
    return text[:1].upper() + text[1:]


def headline(plan: CampaignPlan, creative: str) -> str:
    """Return the first text of a creative, shortened; its id when the plan does not have it."""
    found = next((c for c in plan.creatives if c.id == creative), None)
    text = found.copy_fields[0].text if found and found.copy_fields else creative
    return text if len(text) <= HEADLINE * 2 else text[: HEADLINE * 2 - 1].rstrip() + "…"
