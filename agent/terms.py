"""What the field's terms mean, in a merchant's words; the plan's own figure stands beside the definition where it has one."""

from __future__ import annotations

from decimal import Decimal

from ..data.money import Money
from ..data.plan import CampaignPlan
from ..data.words import Language, Words, both
from .explain import divided

TERMS: dict[str, Words] = {
    "cpm": both(
        "CPM 是一千次曝光的价格：CPM = 花费 ÷ 曝光 × 1,000。它说的是“被看见”有多贵，和有没有人点、有没有人买无关。",
        "CPM is the price of a thousand impressions: CPM = spend ÷ impressions × 1,000. It says how dear being seen is, whether or not anyone clicks or buys.",
    ),
    "cpc": both(
        "CPC 是一次点击的价格：CPC = 花费 ÷ 点击。",
        "CPC is the price of one click: CPC = spend ÷ clicks.",
    ),
    "ctr": both(
        "CTR（点击率）是看到广告的人里有多少点了：CTR = 点击 ÷ 曝光。它主要看素材和人群对不对。",
        "CTR, the click-through rate, is how often people who see the ad click: CTR = clicks ÷ impressions. It is mostly about the ad and the audience.",
    ),
    "cvr": both(
        "CVR（转化率）是点进来的人里有多少下单：CVR = 成交 ÷ 点击。它主要看商品页、价格和流量准不准。",
        "CVR, the conversion rate, is how often a click becomes an order: CVR = orders ÷ clicks. It is mostly about the product page, the price and who clicks.",
    ),
    "cpa": both(
        "CPA（单笔成交成本）是成交一单花的广告费：CPA = 花费 ÷ 成交单数。低于每单毛利才赚钱。",
        "CPA is the ad spend behind one order: CPA = spend ÷ orders. You earn only where it is below the margin of an order.",
    ),
    "roas": both(
        "ROAS 是一元广告费带来多少成交额：ROAS = 成交额 ÷ 花费。它没有扣掉货的成本，所以要和保本 ROAS 比。",
        "ROAS is the revenue per unit of ad spend: ROAS = revenue ÷ spend. Cost of goods is not taken off, so hold it against the break-even ROAS.",
    ),
    "roi": both(
        "ROI 是一元广告费净赚多少：ROI =（成交额 × 毛利率 − 花费）÷ 花费。大于 0 就是赚。",
        "ROI is what a unit of ad spend earns net: ROI = (revenue × margin − spend) ÷ spend. Above 0 is a profit.",
    ),
    "gmv": both(
        "GMV 是下单总额，通常还没扣退款和取消；计划里的成交额已按过往退款扣减。",
        "GMV is the total value of orders placed, usually before refunds and cancellations; the revenue in a plan is net of the refunds to expect.",
    ),
    "ocpm": both(
        "oCPM 是按曝光付费、由平台优化到您要的动作（比如成交）的出价方式：您给出每单愿意付多少，平台自己找人。",
        "oCPM is paying by impressions while the platform optimises for the action you want, such as orders: you say what an order may cost, it finds the people.",
    ),
    "p10": both(
        "P10–P90 是区间：结果有八成的可能落在里面，低于 P10 和高于 P90 各一成。区间越宽，越没有把握。",
        "P10–P90 is a range: the result falls inside it eight times in ten, below P10 once and above P90 once. The wider it is, the less is known.",
    ),
    "contribution": both(
        "毛利贡献是成交额里的毛利减去广告费：成交额 × 毛利率 − 花费。它才是这次投放赚到的钱。",
        "Contribution is the margin in the revenue less the ad spend: revenue × margin − spend. It is what the campaign really earns.",
    ),
    "break_even_roas": both(
        "保本 ROAS 是不赚不亏的 ROAS：1 ÷ 毛利率。",
        "The break-even ROAS is where you neither earn nor lose: 1 ÷ margin.",
    ),
    "margin": both(
        "毛利率是售价里扣掉货物成本后剩下的比例：（售价 − 成本）÷ 售价。",
        "The margin is the part of the price left after the cost of goods: (price − cost) ÷ price.",
    ),
}


def about_term(term: str, plan: CampaignPlan | None, language: Language) -> str:
    """Return what a term means, and what it is in the plan in force."""
    shown = _of_plan(term, plan, language) if plan is not None else ""
    if not shown:
        return TERMS[term].pick(language)
    return TERMS[term].pick(language) + both(f"\n\n当前计划是 {shown}。", f"\n\nIn the plan at hand it is {shown}.").pick(language)


def _of_plan(term: str, plan: CampaignPlan, language: Language) -> str:
    forecast = plan.forecast
    if term == "cpm":
        shown = forecast.impressions.value
        price = (plan.total.amount * 1000 / shown).quantize(Decimal("0.01")) if shown else None
        return Money.of(price, plan.total.currency).text(short=True) if price is not None else ""
    if term in ("cpc", "ctr", "cvr"):
        return divided(plan, term, plan.lines).text(language)
    if term in ("roas", "roi", "cpa", "contribution", "break_even_roas"):
        return getattr(forecast, term).ranged_text(language)
    if term == "margin":
        return f"{plan.brief.margin.value:.1%}"
    if term == "p10":
        return forecast.orders.ranged_text(language) + both("单", " orders").pick(language)
    return ""
