"""The words of the what-if tab and of the money charts."""

from __future__ import annotations

from ..data.words import Words, both

MONEY: dict[str, Words] = {
    "what-title": both("如果换个数", "If the figures were others"),
    "what-total": both("总预算", "Total budget"),
    "what-order_value": both("客单价", "Order value"),
    "what-margin": both("毛利率", "Margin"),
    "what-cpc": both("点击单价", "Click price"),
    "what-cvr": both("转化率", "Conversion rate"),
    "what-market": both(
        "下面两项由市场决定，只能试算，不会写进计划。", "The market sets these two: they can be tried, and are not written to the plan."
    ),
    "what-apply": both("按这组数改计划", "Change the plan to these"),
    "what-reset": both("恢复计划的数", "Back to the plan"),
    "what-orders": both("成交", "Orders"),
    "what-revenue": both("收入", "Revenue"),
    "what-contribution": both("毛利贡献", "Contribution"),
    "what-p_profit": both("盈利概率", "Probability of profit"),
    "what-against": both("比计划 {n}", "{n} against the plan"),
    "what-points": both("比计划 {n} 个百分点", "{n} points against the plan"),
    "what-same": both("与计划相同", "as in the plan"),
    "what-better": both("比原计划赚得多的概率：{share}。", "Chance that more is left than under the plan: {share}."),
    "what-so-far": both("{day} 用的是实际数据，只试算剩下的天数。", "{day} are facts; only the days left are tried."),
    "what-how": both(
        "用计划自己的预测重新算：同样的 4,000 次模拟，预算重新分给各条线；条带是 P10 到 P90。",
        "The plan's own forecast again: the same 4,000 draws, the budget split anew over the lines; bands are P10 to P90.",
    ),
    "tab-what-if": both("试算", "What if"),
    "what-said": both("按试算改：{what}", "As tried: {what}"),
}
