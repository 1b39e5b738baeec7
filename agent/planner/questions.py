"""Questions about the plan in force: which of its figures a message asks about. Shared by the reading and by the explanations.

`topic_of` names the figure (roas, cpc, schedule, ...); `is_question` says whether a message asks for a reason rather than for a
change. Not here: the answers (agent/explain).
"""

from __future__ import annotations

import re

# In order of precedence: the first that is found is meant.
TOPICS: dict[str, re.Pattern[str]] = {
    name: re.compile(words)
    for name, words in {
        "calendar": r"什么节|哪些节|节日|营销日历|大促日历|节点有|holidays?|calendar|festivals?|key dates",
        "guarantee": r"保证|包赚|一定(?:能|会)赚|稳赚|guarantee|promise|for sure|certain to",
        "break_even_roas": r"保本|不亏|盈亏平衡|break[- ]?even",
        "p_profit": r"盈利概率|赚钱|会亏|能赚|把握|chance of profit|profitab|make a profit|lose money|probability",
        "interval": r"区间|范围|p10|p90|误差|interval|range|band|uncertain",
        "roas": r"roas|投产|回报率",
        "roi": r"(?<![a-z])roi(?![a-z])|投资回报",
        "cpa": r"(?<![a-z])cpa(?![a-z])|单笔成交成本|成交成本|获客成本|每单成本|cost per (?:order|sale|acquisition|conversion)",
        "cpc": r"(?<![a-z])cpc(?![a-z])|点击(?:单价|成本|价格|费)|出价|cost per click|click (?:price|cost)|(?<![a-z])bids?(?![a-z])",
        "ctr": r"(?<![a-z])ctr(?![a-z])|点击率|click[- ]?through",
        "cvr": r"(?<![a-z])cvr(?![a-z])|转化率|conversion rate",
        "margin": r"毛利率|(?:gross )?margin(?! call)",
        "contribution": r"毛利|贡献|利润|contribution|profit",
        "price": r"客单价|售价|价格|order value|basket|price",
        "schedule": r"排期|日期|时间|每天花|哪天开始|schedule|dates?(?![a-z])|timing|per day|daily",
        "audience": r"人群|受众|覆盖多少人|多少人|audience|people",
        "segments": r"分群|细分|segments?|groups?",
        "revenue": r"销售额|成交额|收入|营收|revenue|turnover",
        "impressions": r"曝光|展现|触达|impressions?|reach",
        "clicks": r"点击|clicks?",
        "orders": r"成交|多少单|单量|订单|orders?|sales|conversions?",
        "split": r"分配|这样分|这么分|怎么分|预算|split|allocat|budget|spend",
    }.items()
}
ASKS = re.compile(
    r"怎么(?:算|来|得|定|分|估|预测)|如何(?:算|来|得|定|分|估)|为什么|为何|为啥|凭什么|哪来|哪儿来|哪里来|从哪|什么意思|依据|怎么会|是怎么"
    r"|(?<![a-z])(?:why(?! don'?t| not)|how come|how (?:did|do|was|were|is|are) .*(?:get|got|comput|calculat|set|work|deriv|estimat|reach|arrive|made|chosen|split)"
    r"|where (?:does|do|did|is) .* from|what is .* based on|explain)"
)
# Facts asked for without a why.
FACTS = re.compile(
    r"人群有?多大|人群多少|多少人|覆盖(?:了)?多少|(?:什么|哪些)节(?:日|点)?|how (?:big|large) is (?:the |my |our )?audience|how many people"
    r"|(?:which|what) (?:holidays|festivals)|holidays? .*coming|保证.*(?:赚|盈利|回本)|(?:能|会)(?:赚钱|亏本?|回本)吗"
    r"|guarantee .*(?:profit|return|sales|money)|will (?:i|we|it) (?:make|lose) (?:money|a profit)"
)


def topic_of(text: str) -> str | None:
    """The figure a question is about, or None; `text` in lower case.

    Example:
        >>> [topic_of(t) for t in ("百度的点击成本为什么这么高", "how did you get the budget split?", "where does 3.2% come from?")]
        ['cpc', 'split', None]
    """
    return next((name for name, words in TOPICS.items() if words.search(text)), None)


def is_question(text: str) -> bool:
    """Whether a message asks where a figure comes from, or for a fact of the plan; `text` in lower case.

    Example:
        >>> [is_question(t) for t in ("人群有多大？", "人群改成宝妈", "why is the cpc so high on baidu?", "which holidays are coming up?")]
        [True, False, True, True]
    """
    return FACTS.search(text) is not None or (
        ASKS.search(text) is not None and (topic_of(text) is not None or any(c.isdigit() for c in text))
    )
