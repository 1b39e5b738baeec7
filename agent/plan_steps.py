"""What a merchant does about the plan in force: next steps, what to watch and when to stop, what to prepare, cheaper, another channel.

Steps follow from the plan's state and figures; limits are those of the stop rules (tools/budget/stop_rules). Short wishes that could
mean several changes are answered by ready ones that the planner reads.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ..data.knowledge import channel as known_channel
from ..data.money import Money
from ..data.plan import CampaignPlan
from ..data.words import Language, both
from ..tools.budget.stop_rules import EMPTY_CPAS, LEAST_ORDERS, SURE
from ..tools.response.past import PastRates
from .plan_answers import split_of
from .wording import channel_name, day, listed, phrase

if TYPE_CHECKING:
    from ..data.workspace import Workspace

CHEAPER = (Decimal("0.8"), Decimal("0.6"))
SIZES, OTHERS = 3, 3


def next_steps(plan: CampaignPlan, language: Language) -> str:
    """Return the steps from this version of the plan to a campaign that runs and is adjusted."""
    forecast = plan.forecast
    start = plan.brief.start.value
    left = (start - plan.brief.today).days
    steps = []
    if forecast.roas.value < forecast.break_even_roas.value:
        steps.append(
            both(
                f"先别急着投：预计 ROAS {forecast.roas.text('zh')}，低于保本的 {forecast.break_even_roas.text('zh')}。降预算、换渠道，或提高客单价再看。",
                f"Do not start yet: the expected ROAS of {forecast.roas.text('en')} is below the break-even {forecast.break_even_roas.text('en')}. Lower the budget, change channels or raise the order value first.",
            )
        )
    failed = [check.text for check in plan.checks if not check.passed]
    wrong = sum(any(f.severity == "error" for f in c.findings) for c in plan.creatives)
    if failed or wrong:
        steps.append(
            both(
                f"处理没过的检查：{failed[0].zh if failed else f'{wrong} 条文案有违规用词'}",
                f"Mend what did not pass: {failed[0].en if failed else f'{wrong} ads break a rule'}",
            )
        )
    if plan.assumptions:
        steps.append(
            both(
                f"核对我替您假设的 {len(plan.assumptions)} 项，不对就直接说，例如“毛利率改成45%”。",
                f"Check the {len(plan.assumptions)} things I assumed for you and correct them in words, e.g. “set the margin to 45%”.",
            )
        )
    steps += [
        both(
            "说“导出这份计划”，得到各平台的投放表和素材包；这里不会替您投放。",
            "Say “export the plan” for the platforms' sheets and the pictures; nothing is launched for you.",
        ),
        both(
            f"在{'、'.join([channel_name(c, 'zh') for c, _ in split_of(plan)])}后台建好计划，装好转化追踪，{day(start, 'zh')}开投"
            + (f"（还有 {left} 天）。" if left > 0 else "。"),
            f"Set up the campaigns on {listed([channel_name(c, 'en') for c, _ in split_of(plan)], 'en')}, check conversion tracking, and start on {day(start, 'en')}"
            + (f" ({left} days from now)." if left > 0 else "."),
        ),
        both(
            "开投后每天把平台报表导进来，问“明天怎么调？”，我按成绩提调整建议。",
            "Once it runs, import the platforms' report every day and ask “what should change tomorrow?”.",
        ),
    ]
    opening = both("接下来这样做：", "Next:").pick(language)
    closing = both(
        "想先比素材，问“先测哪几条素材，测多久？”", "To compare ads first, ask “which creatives should I test first, and for how long?”"
    )
    return "\n".join([opening, "", *(f"{i}. {step.pick(language)}" for i, step in enumerate(steps, 1)), "", closing.pick(language)])


def to_watch(plan: CampaignPlan, language: Language) -> str:
    """Return what to look at in the first days, and at which figures a line is stopped."""
    forecast, days = plan.forecast, plan.brief.days.value
    worth = forecast.revenue.value / forecast.orders.value * plan.brief.margin.value if forecast.orders.value else Decimal(0)
    even = _money(worth, plan)
    empty = _money(worth * EMPTY_CPAS, plan)
    first = max(plan.lines, key=lambda line: line.budget.amount)
    cpc_high, ctr_low = first.cpc.high or first.cpc.value, first.ctr.low or first.ctr.value
    judged = _money(worth * LEAST_ORDERS, plan)
    each = _money(plan.total.amount / days, plan)
    rows = [
        both(
            f"头 2–3 天只看三样：花得出去（每天约 {each}）、点击进得来、成交记得上。平台在学习，先别动。",
            f"For 2–3 days look at three things only: money is spent (about {each} a day), clicks arrive, orders are counted. Platforms are still learning, so leave it.",
        ),
        both(
            f"{first.name.zh}的点击率低于 {ctr_low * 100:.2f}%、或点击单价高于 {_money(cpc_high, plan)}，就是出了预计的范围：先换素材，再看人群。",
            f"On {first.name.en}, a CTR below {ctr_low * 100:.2f}% or a click above {_money(cpc_high, plan)} is outside the expected range: change the ad first, then the audience.",
        ),
        both(
            f"该停：一条线花了 {empty}（{EMPTY_CPAS} 倍保本单价 {even}）还没有一单。",
            f"Stop a line that has spent {empty} ({EMPTY_CPAS} times the break-even cost of an order, {even}) without one order.",
        ),
        both(
            f"该停：一条线花到 {judged}（本该有 {LEAST_ORDERS} 单），而它不赚钱的概率超过 {SURE:.0%}。",
            f"Stop a line that has spent {judged} (which should have brought {LEAST_ORDERS} orders) once the chance that it does not pay is above {SURE:.0%}.",
        ),
        both(
            "花不出去：先把出价提一成，再放宽人群，还不行就把那条线的钱挪给别的渠道。",
            "Money is not spent: raise the bid by a tenth, then widen the audience, then move that line's money to another channel.",
        ),
        both(
            "先别停：只有一两天差、花费还不到上面的数，多半是运气。",
            "Do not stop for one or two bad days below those amounts: that is mostly chance.",
        ),
    ]
    closing = both(
        "把每天的报表导进来，问“明天怎么调？”，这些我替您算，停和挪钱都先给您看。",
        "Import the daily report and ask “what should change tomorrow?”: I work this out for you, and show every stop or move before it is made.",
    )
    opening = both("投放后这样看：", "How to watch it once it runs:").pick(language)
    return "\n".join([opening, "", *(f"- {row.pick(language)}" for row in rows), "", closing.pick(language)])


def to_prepare(plan: CampaignPlan, language: Language) -> str:
    """Return what the plan holds already, channel by channel, and what the merchant has to bring."""
    rows = []
    for channel, _ in split_of(plan):
        own = [c for c in plan.creatives if c.channel == channel]
        pictures = [m for c in own for m in c.media if m.kind == "image"]
        have = list(dict.fromkeys(f"{m.width}×{m.height}" for m in pictures))
        asked = [f"{s.width}×{s.height}" for s in known_channel(channel).sizes if f"{s.width}×{s.height}" not in have][:SIZES]
        rows.append(
            both(
                f"{channel_name(channel, 'zh')}：已有 {len(own)} 条文案、{len(pictures)} 张图"
                + (f"（{'、'.join(have)}）" if have else "")
                + (f"；还常用 {'、'.join(asked)}，说“再出 {asked[0].replace('×', 'x')} 的图”就补上。" if asked else "。"),
                f"{channel_name(channel, 'en')}: {len(own)} ads and {len(pictures)} pictures are there"
                + (f" ({listed(have, 'en')})" if have else "")
                + (f"; {listed(asked, 'en')} are common too: say “add pictures at {asked[0].replace('×', 'x')}”." if asked else "."),
            )
        )
    rows += [
        both(
            "您要准备：一张清晰的商品实拍照（发到对话里，我会换进图里）、能打开的商品链接、装好的转化追踪。",
            "What to bring: one sharp photo of the product (send it here and I put it into the pictures), a working product link, conversion tracking.",
        ),
        both(
            "写了功效、证书、销量的地方，要拿得出证明；没有就别写。",
            "Proof for anything said about effects, certificates or sales; without it, leave it out.",
        ),
    ]
    opening = both("素材大部分已经在计划里：", "Most of it is in the plan already:").pick(language)
    return "\n".join([opening, "", *(f"- {row.pick(language)}" for row in rows)])


def cheaper(plan: CampaignPlan, language: Language) -> tuple[str, list[str]]:
    """Return what "cheaper" can mean for this plan, and changes to choose from."""
    split, total = split_of(plan), plan.total.amount
    options = [
        both(f"预算降到{round(total * share):d}", f"Lower the budget to {round(total * share):d}").pick(language) for share in CHEAPER
    ]
    worst = _weakest(plan)
    if len(split) > 1:
        options.append(both(f"去掉{channel_name(worst, 'zh')}", f"Drop {channel_name(worst, 'en')}").pick(language))
    text = both(
        f"总预算现在是 {plan.total.text(short=True)}，每单广告费（CPA）预计 {plan.forecast.cpa.ranged_text('zh')}。想省总预算，选一个数；想让每单便宜些，"
        + (f"可以去掉回报最低的{channel_name(worst, 'zh')}。" if len(split) > 1 else "可以降预算：花得越少，点击越便宜。")
        + "改完随时可以撤销。",
        f"The total is {plan.total.text(short=True)} now, and an order costs {plan.forecast.cpa.ranged_text('en')} of ads (CPA). To spend less in all, choose an amount; to pay less per order, "
        + (
            f"drop {channel_name(worst, 'en')}, which returns least."
            if len(split) > 1
            else "lower the budget: the less is spent, the cheaper clicks are."
        )
        + " Any change can be undone.",
    )
    return text.pick(language), options


def other_channels(workspace: Workspace, plan: CampaignPlan, language: Language) -> tuple[str, list[str]]:
    """Return which further channels the shop has run, and changes to choose from."""
    own = [channel for channel, _ in split_of(plan)]
    regions = {known_channel(channel).region for channel in own}
    others = [c for c in PastRates(workspace).channels() if c not in own and known_channel(c).region in regions][:OTHERS]
    if not others:
        text = both(
            "要换成哪个渠道？店铺没有别的渠道的投放记录，任何一个都只能按行业假设估。",
            "Which channel? The shop has run no other one, so any would be forecast from assumptions.",
        )
        return text.pick(language), [phrase("why", language)]
    names = [channel_name(c, language) for c in others]
    worst = channel_name(_weakest(plan), language)
    options = [both(f"把{worst}换成{names[0]}", f"Replace {worst} with {names[0]}").pick(language)]
    options += [both(f"加上{name}", f"Add {name}").pick(language) for name in names]
    text = both(
        f"换哪个？现在投的是{'、'.join([channel_name(c, 'zh') for c in own])}，回报最低的是{worst}。店铺还投过{'、'.join(names)}，有自己的数据可以估；改完会给您看前后对比，也可以撤销。",
        f"Which one? The plan runs on {listed([channel_name(c, 'en') for c in own], 'en')}, and {worst} returns least. The shop has also run {listed(names, 'en')}, so there is data of your own to go by; you will see before and after, and can undo it.",
    )
    return text.pick(language), options


def _weakest(plan: CampaignPlan) -> str:
    """The channel of the plan with the lowest ROAS."""

    def roas(channel: str, budget: Money) -> Decimal:
        revenue = sum((line.revenue.value for line in plan.lines if line.channel == channel), Decimal(0))
        return revenue / budget.amount if budget.amount else Decimal(0)

    return min(split_of(plan), key=lambda part: roas(*part))[0]


def _money(amount: Decimal, plan: CampaignPlan) -> str:
    places = Decimal("0.01") if amount < 100 else Decimal(1)
    return Money.of(amount.quantize(places), plan.total.currency).text(short=True)
