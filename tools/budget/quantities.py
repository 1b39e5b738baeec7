"""One definition for each quantity of campaign money. Money stays Decimal.

The value of a customer over a horizon comes from `payback`; what an experiment measured goes into `iroas` (`read_holdout`), a
response curve's slope is `mroas`. Farris et al., Marketing Metrics (2010), unless another source is named.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from numpy.typing import ArrayLike

from ...data.figure import Figure
from ...data.words import both
from .inputs import LineInput

CTR = both("点击率 = 点击 ÷ 曝光", "CTR = clicks / impressions")
CVR = both("转化率 = 投放期内成交 ÷ 点击", "CVR = orders inside the campaign / clicks")
CPC = both("点击单价 = 预算 ÷ 点击", "CPC = budget / clicks")
CPA = both("单笔成交成本（CPA）= 预算 ÷ 成交", "CPA = budget / orders")
REVENUE = both("收入 = 成交 × 客单价 ×（1 − 退货率）", "revenue = orders x order value x (1 - return rate)")
ROAS = both("ROAS = 收入 ÷ 花费", "ROAS = revenue / spend")
ROI = both("ROI =（收入 × 毛利率 − 花费）÷ 花费", "ROI = (revenue x margin - spend) / spend")
ROI_REVENUE = both(
    "按收入计的 ROI =（收入 − 花费）÷ 花费，未扣商品成本", "ROI on revenue = (revenue - spend) / spend, cost of goods not deducted"
)
CONTRIBUTION = both("毛利贡献 = 收入 × 毛利率 − 花费", "contribution = revenue x margin - spend")
BREAK_EVEN_ROAS = both("保本 ROAS = 1 ÷ 毛利率", "break-even ROAS = 1 / margin")
LTV_CAC = both("LTV:CAC = 新客期限内毛利 ÷ 获客成本", "LTV:CAC = contribution of a new customer within the horizon / cost to acquire it")
BREAK_EVEN_MARGIN = both("保本毛利率 = 花费 ÷ 收入", "break-even margin = spend / revenue")

IROAS = both("增量投产比（iROAS）=（有投放的收入 − 没有投放的收入）÷ 花费", "iROAS = (revenue with - revenue without) / spend")
MROAS = both("边际投产比（mROAS）= 多花 1% 带来的收入 ÷ 多花的钱", "mROAS = revenue of 1 % more spend / that spend")
ECPM = both("eCPM = 1000 × 点击率 × 点击单价", "eCPM = 1000 x CTR x CPC")
BREAK_EVEN_CPC = both("保本点击单价 = 转化率 × 客单价 × 毛利率", "break-even CPC = CVR x order value x margin")
BREAK_EVEN_CPA = both("保本 CPA = 客单价 × 毛利率", "break-even CPA = order value x margin")
NET_ORDER_VALUE = both(
    "净客单价 =（实付 ÷（1 + 税率））×（1 − 退货率）×（1 − 平台费率）",
    "net order value = (paid / (1 + tax)) x (1 - return rate) x (1 - platform fee)",
)
# Marginal quantities are of so much more spend (Meridian's mROI: 1.01).
MARGINAL_STEP = Decimal("0.01")


def roas(revenue: Decimal, spend: Decimal) -> Decimal:
    """Revenue / spend; raises ZeroDivisionError without spend.

    Example:
        >>> roas(Decimal(24000), Decimal(8000))
        Decimal('3')
    """
    if not spend:
        raise ZeroDivisionError("ROAS needs spend")
    return revenue / spend


def contribution(revenue: Decimal, spend: Decimal, margin: Decimal, fixed: Decimal = Decimal(0)) -> Decimal:
    """Revenue x margin - spend - fixed cost."""
    return revenue * margin - spend - fixed


def roi(revenue: Decimal, spend: Decimal, margin: Decimal = Decimal(1), fixed: Decimal = Decimal(0)) -> Decimal:
    """Contribution / (spend + fixed cost); with margin 1 it is the ROI on revenue. Raises ZeroDivisionError without cost.

    Example:
        >>> roi(Decimal(24000), Decimal(8000))
        Decimal('2')
    """
    if not spend + fixed:
        raise ZeroDivisionError("ROI needs spend")
    return contribution(revenue, spend, margin, fixed) / (spend + fixed)


def ltv_to_cac(value: Decimal, cost: Decimal) -> Decimal:
    """Contribution of a new customer within a stated horizon / cost of winning it; raises ZeroDivisionError without cost.

    Example:
        >>> ltv_to_cac(Decimal(180), Decimal(60))
        Decimal('3')
    """
    if not cost:
        raise ZeroDivisionError("LTV:CAC needs a cost")
    return value / cost


def iroas(with_ads: Decimal, without: Decimal, spend: Decimal) -> Decimal:
    """(Revenue with - revenue without advertising) / spend; both for the same people and days, from an experiment.

    Gordon et al. 2019 (why only an experiment tells). Raises ZeroDivisionError without spend.

    Example:
        >>> iroas(Decimal(24000), Decimal(18000), Decimal(3000))
        Decimal('2')
    """
    return roas(with_ads - without, spend)


def mroas(revenue: Callable[[Decimal], Decimal], spend: Decimal, step: Decimal = MARGINAL_STEP) -> Decimal:
    """Revenue of one per cent more spend / that spend, `revenue` being a response curve (Meridian's mROI).

    Raises ZeroDivisionError without spend.

    Example:
        >>> mroas(lambda spend: 3 * spend, Decimal(100))
        Decimal('3')
    """
    return roas(revenue(spend * (1 + step)) - revenue(spend), spend * step)


def ecpm(ctr: Decimal, cpc: Decimal) -> Decimal:
    """1000 x CTR x CPC: what a thousand impressions cost when clicks are paid for."""
    return 1000 * ctr * cpc


def profit_per_mille(ctr: Decimal, cvr: Decimal, order_value: Decimal, margin: Decimal, cpm: Decimal) -> Decimal:
    """1000 x CTR x CVR x order value x margin - CPM: contribution of a thousand impressions.

    Example:
        >>> profit_per_mille(Decimal("0.01"), Decimal("0.05"), Decimal(200), Decimal("0.4"), Decimal(15))
        Decimal('25.0000')
    """
    return 1000 * ctr * cvr * order_value * margin - cpm


def break_even_cpc(cvr: Decimal, order_value: Decimal, margin: Decimal) -> Decimal:
    """CVR x order value x margin: the click price at which a first order earns nothing."""
    return cvr * order_value * margin


def break_even_cpa(order_value: Decimal, margin: Decimal) -> Decimal:
    """Order value x margin: the most an order may cost; with repeat purchases it is `Payback.total`."""
    return order_value * margin


def net_order_value(paid: Decimal, *, tax: Decimal = Decimal(0), returns: Decimal = Decimal(0), fee: Decimal = Decimal(0)) -> Decimal:
    """Order value net of tax (included in `paid`), returns and platform fees, all 0..1: what margins and break-evens start from.

    Raises ValueError for a share outside 0..1.

    Example:
        >>> net_order_value(Decimal(113), tax=Decimal("0.13"), returns=Decimal("0.1"), fee=Decimal("0.05"))
        Decimal('85.500')
    """
    if not all(0 <= share <= 1 for share in (tax, returns, fee)):
        raise ValueError("tax, returns and fee are shares between 0 and 1")
    return paid / (1 + tax) * (1 - returns) * (1 - fee)


def break_even_roas(lines: Sequence[LineInput], revenue: ArrayLike) -> Figure:
    """Return 1 / margin, the margin weighted by each line's expected revenue; zero when nothing is kept of a sale."""
    amounts = [float(x) for x in list(revenue)]  # pyright: ignore[reportArgumentType]
    whole = sum(amounts)
    margin = sum(line.margin * x for line, x in zip(lines, amounts, strict=True)) / whole if whole > 0 else lines[0].margin
    if margin <= 0:
        formula = both(
            "毛利率不为正，卖得越多亏得越多，没有保本点", "the margin is not positive: every sale loses money, there is no break-even"
        )
        return Figure.of(Decimal(0), "ratio", "assumed", formula=formula)
    return Figure.of(1 / margin, "ratio", "assumed", formula=BREAK_EVEN_ROAS)
