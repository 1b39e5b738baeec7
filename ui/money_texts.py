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
    # charts
    "curves": both("每条线加钱减钱会怎样", "What more or less money does, line by line"),
    "curves-unit": both("横轴预算，纵轴毛利贡献，带为 P10–P90", "Budget across, contribution up, bands P10–P90"),
    "curves-note": both(
        "贡献是毛利减去广告费。边际 ROAS 高于保本的 {even}，多花的钱就还能赚回来。指着线可看成交数。",
        "Contribution is margin less ad spend. Where the marginal ROAS is above the break-even of {even}, more money still earns itself. Point at a line for orders.",
    ),
    "curve-at": both("计划 {budget}，再多花 {one} 约多收 {brings}", "{budget} planned; one more {one} brings about {brings}"),
    "compared": both("对照（{what}）", "Compared ({what})"),
    "curve-hover": both(
        "预算 %{{x:,.0f}}<br>贡献 %{{y:,.0f}}（%{{customdata[2]:,.0f}}–%{{customdata[3]:,.0f}}）<br>成交 %{{customdata[0]:,.0f}}<br>边际 ROAS %{{customdata[1]:.2f}}",
        "Budget %{{x:,.0f}}<br>Contribution %{{y:,.0f}} (%{{customdata[2]:,.0f}}–%{{customdata[3]:,.0f}})<br>Orders %{{customdata[0]:,.0f}}<br>Marginal ROAS %{{customdata[1]:.2f}}",
    ),
    "moved": both("预算挪动", "Budgets moved"),
    "moved-note": both("与第 {n} 版相比", "Against version {n}"),
    "delivery": both("投放进度", "Delivery"),
    "delivery-note": both("来自导入的每日数据", "From the imported daily results"),
    "delivery-hover": both("实际 %{{y:,.0f}}，成交 %{{customdata}} 单", "Spent %{{y:,.0f}}, %{{customdata}} orders"),
    "pace": both(
        "截至{until}花了 {spent}：钱用了 {used}，时间过了 {gone}。", "{spent} spent by {until}: {used} of the money, {gone} of the days."
    ),
    "spent": both("实际花费", "Spent"),
    "planned": both("计划花费", "Planned"),
    "due": both("应花", "Due by now"),
    "daily-now": both("现在日预算", "Daily now"),
    "runs": both("投放方式", "How it runs"),
    "stopped-line": both("已停投", "stopped"),
    "as-planned": both("按计划", "as planned"),
    "since": both("{day}起调整", "adjusted from {day}"),
    "so-far": both(
        "其中截至{until}已成交 {orders} 单（实际），之后 {left} 天预计再成交 {more} 单（{range}）。",
        "Of these {orders} orders are counted (to {until}); {more} ({range}) are forecast for the {left} days left.",
    ),
}
