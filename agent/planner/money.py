"""Amounts of money in a message: value or range, currency if stated, per what time, and the role its words give it.

Roles: budget, cost, competitor, price, spend, revenue; None when nothing near it says. Which role counts depends on the
task and is decided in `slots`. Not here: exchange rates, rounding.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from .numbers import Number

# Written after normalisation: lower case, half width. "刀" and "bucks" are dollars; a bare ¥ is CNY here.
BEFORE = [
    (r"hk\$|hkd\s?|港币|港元", "HKD"), (r"nt\$|twd\s?|新台币|台币", "TWD"), (r"s\$|sgd\s?|新币", "SGD"), (r"a\$|au\$|aud\s?|澳元|澳币", "AUD"), (r"c\$|ca\$|cad\s?|加元|加币", "CAD"),
    (r"us\s?\$|usd\s?|美元|美金", "USD"), (r"\$\s?", "USD"), (r"€\s?|eur\s?|欧元", "EUR"), (r"£\s?|gbp\s?|英镑", "GBP"),
    (r"jpy\s?|日元|jp¥", "JPY"), (r"krw\s?|₩\s?|韩元", "KRW"), (r"¥\s?|rmb\s?|cny\s?|cn¥\s?|人民币\s?|yuan\s?", "CNY"), (r"₹\s?|inr\s?", "INR"),
]  # fmt: skip
AFTER = [
    (r"港币|港元|hkd|hk dollars?", "HKD"), (r"新台币|台币|twd", "TWD"), (r"新币|新加坡元|sgd", "SGD"), (r"澳元|澳币|aud|australian dollars?|aussie dollars?", "AUD"),
    (r"加元|加币|cad|canadian dollars?", "CAD"), (r"美元|美金|美刀|刀乐|刀|us dollars?|usd|dollars?|bucks?|us\$|\$", "USD"), (r"欧元|欧|eur(?:os?)?|€", "EUR"),
    (r"英镑|镑|gbp|pounds? sterling|pounds?|quid|£", "GBP"), (r"日元|日圆|円|jpy|japanese yen|yen", "JPY"), (r"韩元|韩币|krw|won", "KRW"),
    (r"卢比|inr|rupees?", "INR"), (r"元人民币|块人民币|元整|元钱|块钱|元|块|圆|人民币|rmb|cny|yuan|renminbi|¥|大洋", "CNY"),
]  # fmt: skip
_END = r"(?![a-z])"
SHARED_SIGNS = {"¥": ("JPY",), "$": ("AUD", "CAD", "SGD", "HKD", "TWD")}
PREFIX = [(re.compile(rf"(?:(?<![a-z])(?:{p}))$"), code) for p, code in BEFORE]
SUFFIX = [(re.compile(rf"\s?(?:{p}){_END if p[-1].isalpha() else ''}"), code) for p, code in AFTER]
LEAST = re.compile(r"(?:at least|from|minimum(?: of)?|最少|至少|不低于|起码)\s?$")
RANGE = re.compile(r"\s?(?:块|元|刀|万|w|k)?\s?(?:-|~|到|至|to|and|or|或者?|\.\.)\s?")
DAILY_AFTER = re.compile(
    r"\s?(?:/|per|a|each|every|一|每|for each)\s?-?(?P<unit>day|week|month|天|日|周|星期|月|个月)(?![a-z])|\s?(?P<ly>daily|weekly|monthly)\b|\s?(?:每|一)(?P<zh>天|日|周|个?月)"
)
DAILY_BEFORE = re.compile(
    r"(?P<unit>每天|每日|一天|日均|单日|天天|每周|每星期|每个?月|一个?月|日预算|月预算|周预算|daily|per day|each day|every day|a day|weekly|per week|a week|monthly|per month|a month|each month)"
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
    r"\s?-?(?:天|日|周|星期|礼拜|个|条|张|款|套|版|份|岁|秒|分钟|分|小时|人|次|号|月|年|成|折|件|组|类|群|页|篇|句|字|幅|支|只|双|盒|粉|倍|单|样|种|米|克|斤|kg|g\b|ml|cm|mm|寸|px"
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
    i = 0
    while i < len(free):
        first = free[i]
        second = free[i + 1] if i + 1 < len(free) else None
        pair = _pair(text, first, second) if second else None
        if pair:
            amounts.append(pair)
            i += 2
            continue
        one = _one(text, first)
        if one:
            amounts.append(one)
        i += 1
    return amounts


def _currency_before(text: str, at: int) -> tuple[str | None, int]:
    head = text[max(0, at - 8) : at]
    sign = re.search(r"[-负]\s?$", head)
    if sign:
        head = head[: sign.start()]
    for pattern, code in PREFIX:
        found = pattern.search(head)
        if found:
            return code, at - len(text[max(0, at - 8) : at]) + found.start()
    return None, at


def _currency_after(text: str, at: int) -> tuple[str | None, int]:
    for pattern, code in SUFFIX:
        found = pattern.match(text, at)
        if found and not (found.group().strip() == "$" and re.match(r"\s?\d", text[found.end() :])) and not _is_other_word(text, found):
            return code, found.end()
    return None, at


def _is_other_word(text: str, found: re.Match[str]) -> bool:
    # "块钱" is money, "300元旦" is not; "pounds" of weight keep their reading as money only with a cue elsewhere.
    rest = text[found.end() : found.end() + 1]
    word = found.group().strip()
    return (
        (word == "元" and rest in ("旦", "宵"))
        or (word == "欧" and rest in ("洲", "美", "莱", "式"))
        or (word == "刀" and rest in ("具", "片", "架"))
    )


def _pair(text: str, a: Number, b: Number) -> Amount | None:
    code_before_b, b_start = _currency_before(text, b.start)
    code_after_a, a_end = _currency_after(text, a.end)
    between = text[a_end:b_start]
    if not re.fullmatch(r"\s?(?:-|~|到|至|to|or|或者?|,?\s?(?:up to|at most)|[,，]?\s?(?:最多|不超过|至多))\s?", between) and not (
        re.fullmatch(r"\s?(?:and|和|与|跟)\s?", between) and re.search(r"(?:between|from|在)\s?(?:[¥$€£]|rmb |usd )?\s?$", text[: a.start])
    ):
        return None
    code_before_a, start = _currency_before(text, a.start)
    if re.search(r"up to|at most|最多|不超过|至多", between) and not LEAST.search(text[:start]):
        return None
    code_after_b, end = _currency_after(text, b.end)
    currency = code_before_a or code_after_a or code_before_b or code_after_b
    if not currency and COUNTED.match(text, b.end):
        return None
    low, high = a.value, b.value
    if b.value < 0 <= a.value:
        high = -b.value
    if b.scale >= 1000 and a.scale < b.scale and a.value * b.scale < b.value + b.scale * 10 and a.value < 1000:
        low = a.value * b.scale
    if low > high:
        return None
    cue = _budget_cue(text, start)
    if not currency and not (a.scaled or b.scaled) and not cue:
        return None
    per, end = _rate(text, start, end)
    return Amount(start, end, low, high, currency, per, None, bool(currency or a.scaled or b.scaled or cue))


def _one(text: str, n: Number) -> Amount | None:
    before, start = _currency_before(text, n.start)
    after, end = _currency_after(text, n.end)
    if after is None and before is None and COUNTED.match(text, n.end):
        return None
    if n.value and n.scale == 1 and not n.digits and not (before or after) and n.value < 20 and not _budget_cue(text, start):
        return None
    value = n.value
    # "¥100,000 JPY" and "$500 AUD": the code says which yen or dollar the sign means.
    currency = after if after in SHARED_SIGNS.get(text[start : n.start].strip(" -"), ()) else before or after
    # 2.500 € groups with a point where the euro is meant.
    if currency == "EUR" and re.fullmatch(r"\d{1,3}\.\d{3}", text[n.start : n.end]):
        value = n.value * 1000
    if re.search(r"(?:第|no\.?\s?|#|v)$", text[:start]) or (text[start - 1 : start] == "." and start > 1):
        return None
    sure = bool(currency or _budget_cue(text, start))
    if (
        not sure
        and n.scaled
        and not re.match(r"\s?(?:fans|个?粉|人|followers|people|users|views|曝光|播放|单|sales|orders|clicks|impressions)", text[n.end :])
    ):
        sure = True
    per, end = _rate(text, start, end)
    return Amount(start, end, value, value, currency, per, None, sure or per is not None)


def _budget_cue(text: str, at: int) -> bool:
    return bool(re.search(r"(?:预算|经费|budget|spend|资金|总共|一共|总额|投入|花费|费用)[^，。；,.;!?\d]{0,10}[¥$€£]?\s?-?$", text[:at]))


def _rate(text: str, start: int, end: int) -> tuple[int | None, int]:
    after = DAILY_AFTER.match(text, end)
    if after and not (after["unit"] in ("日", "天") and False):
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
        if re.match(r"一个?月$|一天$", unit) and not re.search(r"一个?月$|一天$", text[:start].rstrip("¥$€£ 花投预算")):
            return None, end
        days = 30 if "月" in unit or "month" in unit else 7 if "周" in unit or "星期" in unit or "week" in unit else 1
        return days, end
    return None, end


ROLE_CUES = [
    ("competitor", r"对手|竞品|竞争对手|竞对|同行|别家|别人家|别人|人家|其他家|友商|隔壁|对面|对标|市面上?|市场价|competitors?(?:'s)?|competition|rivals?|others?|other shops?|market price|going rate|elsewhere|amazon"),
    ("cost", r"进价|进货价?|成本价?|拿货价?|采购价?|出厂价|批发价|到手成本|cost price|unit cost|landed|(?:we |i )?(?:buy|bought|source[ds]?|make|get|import) (?:[a-z-]+ ){0,4}(?:at|for|in)|cogs|wholesale|purchase price|costs?(?: us| me)?"),
    ("price", r"售价|现价|原价|卖价|标价|定价|我们卖|我卖|现在卖|目前卖|客单价|单价|吊牌价|we sell|selling|priced?|currently|retail|list price|sells? for|each|apiece"),
    ("revenue", r"回来|回收|收回|回款|卖了|卖出|产出|成交|销售额|营业额|营收|收入|gmv|进账|赚回|赚了|带来|换来|出了|流水|revenue|brought|made|returned|earned|got back|generated|takings|grossed|income|turnover|sales|sold|back|return"),
    ("spend", r"投了|花了|烧了|砸了|用了|花费|消耗|投放费用?|广告费|推广费|花|spent|spending|spend|ad spend|put in|invested|paid|blew|burned|outlay"),
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
