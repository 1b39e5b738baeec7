"""Amounts of money in a message: value or range, currency if stated, per what time, and the role its words give it.

Roles: budget, cost, competitor, price, spend, revenue; None when nothing near it says. Which role counts depends on the
task and is decided in `slots`. Not here: exchange rates, rounding.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from .currencies import SHARED, coins_after, currency_after, currency_before
from .numbers import Number
from .ranges import both_ends
from .slips import replaces

DAILY_AFTER = re.compile(
    r"\s?(?:/|per|a|each|every|一|每|for each)\s?-?(?P<unit>day|week|month|天|日|周|星期|月|个月)(?![a-z])|\s?(?P<ly>daily|weekly|monthly)\b|\s?(?:每|一)(?P<zh>天|日|周|个?月)"
)
DAILY_BEFORE = re.compile(
    r"(?P<unit>每天|每日|一天|日均|日耗|日消耗?|日投放?|单日|天天|每周|每星期|每个?月|一个?月|日预算|月预算|周预算|daily|per day|each day|every day|a day|weekly|per week|a week|monthly|per month|a month|each month)"
    r"(?:[^，。；！？,.;!?\d一二三四五六七八九]{0,14}?)[¥$€£]?(?:rmb|usd|cny|eur|gbp)?\s?$"
)
UNIT_DAYS = {
    "day": 1,
    "daily": 1,
    "天": 1,
    "日": 1,
    "week": 7,
    "weekly": 7,
    "周": 7,
    "星期": 7,
    "month": 30,
    "monthly": 30,
    "月": 30,
    "个月": 30,
}
# What counts something other than money when it follows a number.
COUNTED = re.compile(
    r"\s?-?(?:\)|[多来余]?(?:个|人|条|家|种|位|名|单)|天|日|周|星期|礼拜|个|条|张|款|套|版|份|岁|秒|分钟|分|小时|人|次|号|月|年|成|折|件|组|类|群|页|篇|句|字|幅|支|只|双|盒|粉|倍|单|样|种|米|克|斤|kg|g\b|ml|cm|mm|寸|px"
    r"|%|x\s?\d|days?\b|weeks?\b|months?\b|years?\b|yrs?\b|seconds?\b|secs?\b|s\b|sec\b|minutes?\b|mins?\b|hours?\b|hrs?\b|pieces?\b|pcs\b|people\b|customers?\b|users?\b|buyers?\b|followers?\b|fans\b"
    r"|orders?\b|sales\b|units?\b|clicks?\b|views?\b|impressions\b|leads?\b|groups?\b|segments?\b|clusters?\b|variants?\b|versions?\b|variations?\b|options?\b|headlines?\b|captions?\b|posts?\b|ads?\b|images?\b"
    r"|pictures?\b|banners?\b|posters?\b|videos?\b|clips\b|lines?\b|items?\b|products?\b|ideas?\b|slogans?\b|taglines?\b|subject|times\b|percent|per ?cent|inch|kinds?\b|types?\b|pack\b|stores?\b|skus?\b|:\d|st\b|nd\b|rd\b|th\b)"
)


@dataclass(frozen=True)
class Amount:
    """Money at ``text[start:end]``: `low` == `high` unless a range; `per_days` 1, 7 or 30 for a rate, else None.

    `sure` is false when only a bare number stood there.
    """

    start: int
    end: int
    low: Decimal
    high: Decimal
    currency: str | None = None
    per_days: int | None = None
    role: str | None = None
    sure: bool = True

    @property
    def value(self) -> Decimal:
        """The amount; the middle of a range."""
        return self.low if self.low == self.high else (self.low + self.high) / 2


def find_amounts(text: str, numbers: list[Number], taken: list[bool]) -> list[Amount]:
    """Read the numbers that are money; those inside `taken` characters or that count other things are left out.

    Example:
        >>> from adwright.agent.planner.numbers import find_numbers
        >>> text = "budget between $1k and $2k"
        >>> [(a.low, a.high, a.currency) for a in find_amounts(text, find_numbers(text), [False] * len(text))]
        [(Decimal('1000'), Decimal('2000'), 'USD')]
    """
    amounts: list[Amount] = []
    free = [n for n in numbers if not any(taken[n.start : n.end])]
    since = 0
    for i, number in enumerate(free):
        if number.start < since:
            continue
        after = free[i + 1] if i + 1 < len(free) else None
        one = (_pair(text, number, after, since) if after else None) or _one(text, number, since)
        if one:
            amounts.append(one)
            since = one.end
    amounts = _put_right(text, amounts)
    if not any(a.sure for a in amounts):
        amounts = [replace(a, sure=a.sure or _alone(text, a)) for a in amounts]
    # "大概五六千吧就按6000来": a plain sum within a vague one makes it exact.
    vague = [a for a in amounts if any(a.start <= n.start < a.end and n.high is not None for n in free)]
    pairs = [(a, b) for a in vague for b in amounts if b.start > a.end and b.low == b.high and a.low <= b.low <= a.high]
    loose, exact = {a.start for a, _ in pairs}, {b.start for _, b in pairs}
    return [replace(x, sure=x.sure or x.start in exact) for x in amounts if x.start not in loose]


def _put_right(text: str, amounts: list[Amount]) -> list[Amount]:
    kept: list[Amount] = []
    for one in amounts:
        if kept and replaces(text, kept[-1].end, one.start):
            old = kept.pop()
            one = replace(one, start=old.start, currency=one.currency or old.currency, per_days=one.per_days or old.per_days, sure=True)
        kept.append(one)
    return kept


def _alone(text: str, a: Amount) -> bool:
    """A figure of three or more places by itself between marks, or between blanks beside Chinese: 凉拖 4500 拼多多."""
    head, tail = text[: a.start], text[a.end :]
    return (
        a.low >= 100
        and not 2020 <= a.low <= 2035
        and re.search(r"(?:^|[,，;；。/|、]\s*|[一-龥！!](?<![号单码款型])\s+)$", head) is not None
        and re.match(r"\s*(?:$|[,，;；。/|]|\.\s)|\s+[一-龥]", tail) is not None
    )


def _pair(text: str, a: Number, b: Number, since: int) -> Amount | None:
    before_a, start = currency_before(text, a.start, since)
    before_b, b_start = currency_before(text, b.start, a.end)
    after_a, a_end = currency_after(text, a.end)
    after_b, end = currency_after(text, b.end)
    currency = before_a or after_a or before_b or after_b
    both = both_ends(text, replace(a, start=start), replace(b, end=end), a_end, max(a_end, b_start))
    if not both or (not currency and COUNTED.match(text, b.end)):
        return None
    sure = bool(currency or a.scaled or b.scaled or _budget_cue(text, start))
    if not sure:
        return None
    per, end = _rate(text, start, end)
    return Amount(start, end, *both, currency, per, None, sure)


def _one(text: str, n: Number, since: int) -> Amount | None:
    before, start = currency_before(text, n.start, since)
    after, end = currency_after(text, n.end)
    if after is None and before is None and COUNTED.match(text, n.end):
        return None
    if n.value and n.scale == 1 and not n.digits and not (before or after) and n.value < 20 and not _budget_cue(text, start):
        return None
    currency = after if after in SHARED.get(text[start : n.start].strip(" -"), ()) else before or after
    if before and after and currency == before:
        # rmb 10 usd 20: the second code belongs to the next sum, unless it repeats the first.
        end = end if before == after else n.end
    value = n.value
    # 2.500 € groups with a point where the euro is meant.
    if currency == "EUR" and re.fullmatch(r"\d{1,3}\.\d{3}", text[n.start : n.end]):
        value = n.value * 1000
    if re.search(r"(?:第|(?<![a-z])no\.\s?|(?<![a-z])(?<!, )no |#|v)$", text[:start]) or (text[start - 1 : start] == "." and start > 1):
        return None
    coins, end = coins_after(text, end, currency or "CNY") if currency or n.scaled else (Decimal(0), end)
    sure = bool(currency or coins or _budget_cue(text, start))
    if (
        not sure
        and n.scaled
        and not re.match(r"\s?(?:fans|个?粉|人|followers|people|users|views|曝光|播放|单|sales|orders|clicks|impressions)", text[n.end :])
    ):
        sure = True
    per, end = _rate(text, start, end)
    return Amount(start, end, value + coins, (n.high or value) + coins, currency, per, None, sure or per is not None)


def _budget_cue(text: str, at: int) -> bool:
    return bool(re.search(r"(?:预算|经费|budget|spend|资金|总共|一共|总额|投入|花费|费用)[^，。；,.;!?\d]{0,10}[¥$€£]?\s?-?$", text[:at]))


def _rate(text: str, start: int, end: int) -> tuple[int | None, int]:
    after = DAILY_AFTER.match(text, end)
    if after:
        unit = after["unit"] or after["ly"] or after["zh"]
        if (
            not re.match(r"\s?(?:一|a)\s?(?:周|week|月|个月|month)", after.group())
            or "/" in after.group()
            or re.match(r"\s?a ", after.group())
        ):
            return UNIT_DAYS[unit.strip()], after.end()
    before = DAILY_BEFORE.search(text[:start])
    if before:
        unit = before["unit"]
        if re.match(r"一个?月$|一天$", unit) and not re.search(r"一个?月$|一天$", text[:start].rstrip("¥$€£ 花投烧砸用出给预算")):
            return None, end
        days = 30 if "月" in unit or "month" in unit else 7 if "周" in unit or "星期" in unit or "week" in unit else 1
        return days, end
    return None, end


ROLE_CUES = [
    ("competitor", r"对手|竞品|竞争对手|竞对|同行|别家|别人家|别人|人家|其他家|友商|隔壁|对面|对标|旁边|邻居|同款|市面上?|市场价|competitors?(?:'s)?|competition|rivals?|others?|other shops?|market price|going rate|elsewhere|amazon|the (?:guy|shop|store|stall|place)|next door|across the (?:street|road|market)|down the (?:street|road)|neighbou?rs?"),
    ("cost", r"进价|进货价?|成本价?|拿货价?|采购价?|出厂价|批发价|到手成本|cost price|unit cost|landed|(?:we |i )?(?:buy|bought|source[ds]?|make|get|import) (?:[a-z-]+ ){0,4}(?:at|for|in)|cogs|wholesale|purchase price|costs?(?: us| me)?"),
    ("price", r"售价|现价|原价|卖价|标价|定价|我们卖|我卖|现在卖|目前卖|客单价|单价|吊牌价|we sell|selling|priced?|currently|retail|list price|sells? for|each|apiece"),
    ("revenue", r"回来|回(?=\d)|回收|收回|回款|卖了|卖出|产出|成交|销售额|营业额|营收|收入|gmv|进账|赚回|赚了|带来|换来|出了|流水|revenue|brought|made|returned|earned|got back|generated|takings|grossed|income|turnover|sales|sold|back|return"),
    ("spend", r"投了|投入了?|支出|砸进|花了|烧了|砸了|用了|花费|消耗|投放费用?|广告费|推广费|花|spent|spending|spend|ad spend|put in|invested|paid|blew|burned|outlay"),
    ("budget", r"预算|经费|资金|总共|一共|总额|budget|in total|total of|手上有|手里有|手头"),
]  # fmt: skip
CUES = [(role, re.compile(rf"(?<![a-z])(?:{words})(?![a-z])")) for role, words in ROLE_CUES]


# How many letters before a sum a cue may stand.
REACH = {"price": 12, "competitor": 30, "cost": 24}


def with_roles(text: str, amounts: list[Amount]) -> list[Amount]:
    """Give each amount the role of the nearest cue before it in its stretch, or right behind it.

    Example:
        >>> from adwright.agent.planner.numbers import find_numbers
        >>> text = "投了8000回来2万4"
        >>> [a.role for a in with_roles(text, find_amounts(text, find_numbers(text), [False] * len(text)))]
        ['spend', 'revenue']
    """
    out: list[Amount] = []
    last = 0
    for i, one in enumerate(amounts):
        head = text[last : one.start]
        clause = max((m.end() for m in re.finditer(r"[，。；;！？\n]|, |\. |and then|然后", head)), default=0)
        near = head[clause:]
        following = amounts[i + 1].start if i + 1 < len(amounts) else len(text)
        tail = re.split(r"[，。；;！？,\n]|\. |\band\b", text[one.end : following], maxsplit=1)[0]
        role = _nearest(near, True) or _nearest(tail[:14], False)
        out.append(replace(one, role=role))
        last = one.end
    return out


PAST = re.compile(
    r"(?:去年|前年|上次|上回|上一次|上个?月|上个?季度|上一?波|之前|以前|last (?:year|time|month|season|quarter|campaign)|previously|back then)[^。；;:!?]*$"
)
PAST_SPENT = re.compile(r"投了|花了|烧了|亏|砸了|浪费|用了|投的|花的|spent|wasted|blew|burn(?:ed|t)|lost|threw|put|used|paid|spend")


def is_past(text: str, a: Amount) -> bool:
    """Whether a sum was spent in the past (去年投了1万没效果; last year we wasted 10k), so that it is no budget."""
    head = PAST.search(text[: a.start])
    return head is not None and PAST_SPENT.search(head.group() + text[a.end : a.end + 6]) is not None


def _nearest(words: str, before: bool) -> str | None:
    best: tuple[int, int, str] | None = None
    for order, (role, pattern) in enumerate(CUES):
        for found in pattern.finditer(words):
            distance = len(words) - found.end() if before else found.start()
            if before and distance > REACH.get(role, 20):
                continue
            # "对手卖299": the competitor's word wins over the nearer "卖".
            if role == "competitor":
                distance -= 12
            key = (distance, order, role)
            if best is None or key < best:
                best = key
    return best[2] if best else None
