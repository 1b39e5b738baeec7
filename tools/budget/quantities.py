"""One definition for each quantity of campaign money. Money stays Decimal.

The value of a customer over a horizon comes from `payback`. Not covered: incremental ROAS, which needs an experiment.
"""

from __future__ import annotations

from collections.abc import Sequence
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
INCREMENTAL_ROAS = both(
    "增量 ROAS（iROAS）= 多出来的收入 ÷ 多花的钱", "incremental ROAS (iROAS) = revenue of the extra money / the extra money"
)
CONTRIBUTION = both("毛利贡献 = 收入 × 毛利率 − 花费", "contribution = revenue x margin - spend")
BREAK_EVEN_ROAS = both("保本 ROAS = 1 ÷ 毛利率", "break-even ROAS = 1 / margin")
LTV_CAC = both("LTV:CAC = 新客期限内毛利 ÷ 获客成本", "LTV:CAC = contribution of a new customer within the horizon / cost to acquire it")
BREAK_EVEN_MARGIN = both("保本毛利率 = 花费 ÷ 收入", "break-even margin = spend / revenue")


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
