"""The words and signs by which figures are written: measures, units, scales, dates, and the words around them.

Patterns only; they expect text as `planner.normalise.read` gives it (lower case, half width). Longest and most special first:
where two patterns could match, the order is the rule.
"""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["money", "rate", "ratio", "count", "plain", "date"]
MEASURES = {
    name: re.compile(pattern)
    for name, pattern in {
        "be_roas": r"保本|盈亏平衡|break-?\s?even",
        "cpa": r"\bcpa\b|(?:单笔|每单|单均|每笔)(?:成交|订单|获客)?(?:的)?成本|获客成本|cost per (?:order|acquisition|sale|conversion)|每(?:拿到|获得|得到|带来|成交)?一?(?:单|个订单|笔订单)|(?:each|every|per) (?:order|sale|conversion)",
        "cpc": r"\bcpc\b|点击(?:单价|成本|价格)|(?:单次|每次|每个)点击|cost per click|per click|click price",
        "ctr": r"\bctr\b|点击率|click-?\s?through",
        "cvr": r"\bcvr\b|转化率|conversion rate",
        "roas": r"\broas\b|投产|投入产出|产出比|回报(?!率)|return on ad|\breturn(?:s|ed)?\b(?! on inv)",
        "roi": r"\broi\b|投资回报|return on investment",
        "p_profit": r"(?:盈利|赚钱|不亏)的?(?:概率|把握|可能)|(?:chance|probability|odds) of (?:a )?(?:profit|making money)|profit (?:chance|probability)",
        "margin": r"毛利率|利润率|\bmargin\b",
        "share": r"占比|占(?!用|位)|份额|\bshare\b|accounts? for",
        "revenue": r"收入|销售额|成交额|成交金额|营收|营业额|\bgmv\b|revenue|turnover|sales value",
        "contribution": r"毛利(?!率)|利润(?!率)|净赚|contribution|profit(?!ab)(?! chance| probability)",
        "impressions": r"曝光|展现|展示|impressions?|views",
        "clicks": r"点击(?!率|单价|成本|价格|通过)|\bclicks?\b(?!-| price)",
        "orders": r"成交(?!额|金额|成本)|订单|单量|出单|\borders?\b(?! value)|conversions\b|purchases",
        "price": r"售价|定价|价格|客单价|卖价|单价|\bpric(?:e|ed|ing)\b|order value|\baov\b",
        "days": r"为期|投放周期|duration",
        "spend": r"预算|投入(?!产出)|花费|消耗|花了|投放金额|\bbudgets?\b|\bspend(?:ing|s)?\b|\bspent\b|\binvest(?:ment|ed)?\b",
    }.items()
}  # fmt: skip
NOUNS = {
    "orders": r"单(?!价|次|笔|只)|笔(?:订单|成交)?|(?:个|笔)?订单|orders?\b|sales\b|conversions?\b|purchases?\b",
    "clicks": r"次?(?:广告)?点击(?!率|单价|成本)|clicks?\b",
    "impressions": r"次?(?:曝光|展现|展示)|impressions?\b|views?\b",
    "people": r"位|人(?!民)|名|people\b|customers?\b|users?\b|buyers?\b|shoppers?\b",
    "days": r"天(?!猫)|日(?!元|均)|-?\s?days?\b",
    "channels": r"(?:个|大|家)?(?:渠道|平台)|channels?\b|platforms?\b",
    "lines": r"条(?:投放)?(?:线|媒体线)|(?:media )?lines?\b|placements?\b|个(?:版位|广告位)",
    "segments": r"(?:个|类|组)(?:人群|客群|群|顾客)|(?:customer )?(?:segments?|groups?|audiences?)\b",
}
SOFT = ("channels", "lines", "segments")
NOUN = re.compile(
    r"\s{0,4}(?:(?:more|fewer|less|extra|additional|expected|estimated|projected|incremental|past|new)\s){0,2}(?:"
    + "|".join(f"(?P<{name}>{pattern})" for name, pattern in NOUNS.items())
    + ")"
)
CURRENCIES = {
    "¥": "¥", "$": "USD", "us$": "USD", "€": "EUR", "£": "GBP", "₩": "KRW", "hk$": "HKD", "cny": "CNY", "rmb": "CNY", "usd": "USD", "eur": "EUR", "gbp": "GBP",
    "jpy": "JPY", "hkd": "HKD", "元": "CNY", "块": "CNY", "块钱": "CNY", "人民币": "CNY", "美元": "USD", "美金": "USD", "欧元": "EUR", "英镑": "GBP", "日元": "JPY",
    "港币": "HKD", "港元": "HKD", "dollar": "USD", "dollars": "USD", "yuan": "CNY", "euro": "EUR", "euros": "EUR", "pounds": "GBP", "yen": "JPY",
}  # fmt: skip
SCALES = {
    "千": 1000, "万": 10**4, "十万": 10**5, "百万": 10**6, "千万": 10**7, "亿": 10**8, "百": 100, "k": 1000, "w": 10**4, "thousand": 1000, "grand": 1000,
    "m": 10**6, "mn": 10**6, "million": 10**6, "bn": 10**9, "billion": 10**9,
}  # fmt: skip
_CODES = r"us\$|hk\$|[¥$€£₩]|(?:cny|usd|eur|gbp|jpy|rmb|hkd)(?=[\s\d-])"
_SCALE = r"十万|百万|千万|[千万亿](?!分|川|一)|百(?!分)|(?:thousand|grand|million|billion|bn|mn)(?![a-z])"
_UNIT = (
    r"%|percent(?:age points?)?\b|个?百分点|pp\b|pts?\b|倍|times\b|x(?![a-z])|人民币|美元|美金|欧元|英镑|日元|港币|港元|元|块钱?|dollars?\b|yuan\b|euros?\b|pounds\b|yen\b"
    r"|(?:usd|cny|rmb|eur|gbp|jpy|hkd)\b|成(?![交功本效员长为果立分])|折"
)
NUMBER = re.compile(
    rf"(?<![a-z0-9_.])(?:(?P<money>{_CODES})\s?(?P<minus>-)?)?(?P<num>\d{{1,3}}(?:,\d{{3}})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?)"
    rf"(?:\s?(?P<scale>{_SCALE})(?P<tail>\d{{1,4}}(?![\d.,%]|\s?[单天人次笔个位]))?|(?P<letter>[kwm])(?![a-z0-9]))?(?:[\s*]{{0,4}}(?P<unit>{_UNIT}))?"
)
_ZH = "零一二两三四五六七八九十百千万亿"
_EN = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen "
    "twenty thirty forty fifty sixty seventy eighty ninety"
)
ENGLISH = re.compile(
    rf"\b(?:a (?=hundred|thousand|million)|(?:{'|'.join(_EN.split())})\b)(?:[ -]?(?:and )?(?:{'|'.join(_EN.split())}|hundred|thousand|million|billion)\b)*"
)
CHINESE = re.compile(
    rf"(?P<share>百分之|千分之)?(?P<words>[零一二两三四五六七八九十][{_ZH}]*(?:点[零一二三四五六七八九]+[万亿]?)?)\s?(?P<unit>{_UNIT}|(?=\s?(?:单|次|笔|天|位|人|名)))?"
)
ENGLISH_UNIT = re.compile(rf"[\s-]?(?P<unit>{_UNIT})?")
MONTHS = {name: i for i, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)}
_NAMES = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
_MONTH = rf"(?P<month>{_NAMES})\b\.?"
DATES = [
    re.compile(pattern)
    for pattern in (
        r"(?<!\d)(?P<y>(?:19|20)\d{2})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)",
        r"(?<!\d)(?P<y>(?:19|20)\d{2})\s?年\s?(?P<m>\d{1,2})\s?月\s?(?P<d>\d{1,2})\s?[日号]",
        r"(?<!\d)(?P<y>(?:19|20)\d{2})(?:\s?年\s?|-)(?P<m>\d{1,2})(?:\s?月|(?![\d-]))",
        r"(?<!\d)(?P<m>\d{1,2})\s?月\s?(?P<d>\d{1,2})\s?[日号]?(?:\s?[-~至到]\s?(?P<d2>\d{1,2})\s?[日号])?",
        rf"\b{_MONTH}\s(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?:\s?(?:-|to)\s?(?P<d2>\d{{1,2}})(?!\d|\s?(?:st|nd|rd|th)?(?: of)? {_NAMES}))?(?:,? (?P<y>(?:19|20)\d{{2}}))?",
        rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:\s?(?:-|to)\s?(?P<d2>\d{{1,2}}))?(?: of)? {_MONTH}\b(?:,? (?P<y>(?:19|20)\d{{2}}))?",
        rf"\b{_MONTH}\s(?P<y>(?:19|20)\d{{2}})\b",
        r"(?<![\d/.])(?P<m>1[0-2]|0?[1-9])/(?P<d>3[01]|[12]\d|0?[1-9])(?![\d/.%])",
        r"(?<![\d.])(?P<m>1[0-2]|[1-9])\.(?P<d>3[01]|[12]\d|[1-9])\s?[号日]",
        r"(?<!\d)(?P<m>1[0-2]|0?[1-9])\s?月(?!\d)(?!\s?[费均])",
        r"(?<![\d,.¥$€£-])(?P<y>(?:19|20)\d{2})\s?年",
        r"(?:(?<=\bin )|(?<=\bof )|(?<=since )|(?<=during ))(?P<y>20[0-3]\d)(?![\d,.]*\d|\s?(?:[%kx]|orders|clicks|impressions|people|customers|users|dollars|yuan))",
    )
]
STRUCTURE = [
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"双\s?(?:11|12|十一|十二)|(?<!\d)618(?![\d.,%元单次人天])|double\s?(?:11|12)|(?<![\d.])(?:11\.11|12\.12)(?!\d)|国庆|五一|三八",
        r"\b\d{1,2}:\d{2}(?::\d{2})?\b|\d{1,2}\s?点(?!\d)",
        r"\bp\s?(?:10|25|50|75|90)\b|(?:第\s?)?(?:10|90|50)\s?(?:分位|百分位)",
        r"\d{2,4}\s?x\s?\d{2,4}|\b(?:16:9|9:16|3:4|4:3|1:1)\b",
        r"\bv\d+(?:\.\d+)*|version \d{1,2}|第\s?(?:\d{1,3}|[一二三四五六七八九十]{1,3})\s?(?:版|条|个|步|名|位|天|周|次|款|类)?|(?:option|step|plan|day|week|no\.?|top|group|segment) ?#?\d{1,2}\b|\d{1,2}(?:st|nd|rd|th)\b",
        r"^\s*(?:#+\s*)?\d{1,2}[.)、](?!\d)",
        r"24\s?(?:小时|hours?|/7)|(?<![a-z])7x24",
    )
]
AFTER = re.compile(
    r"\s*(?:(?:in|of|for)\s(?:\w+\s){0,2}?|的)?(?P<spend>spent\b|spend\b|budget|预算|投入(?!产出)|花费)|\s*(?:in|of)\s(?:\w+\s){0,2}?(?P<revenue>revenue|sales\b)|\s*的?(?P<revenue_zh>收入|销售额|成交额)|\s*of (?P<cpa>advertising per order)"
)
OBJECT = re.compile(r"(?:比|相比|超过|高于|低于|多于|少于|than|versus|vs\.?|against|compared (?:with|to)|over|above|below|of)\s?$")
STARTS = re.compile(
    r"(?:从|自|于|起始?|开始(?:时间|日期)?:?|上线|from|start(?:s|ing)?(?: on)?|begin(?:s|ning)?(?: on)?|launch(?:es|ing)?(?: on)?|runs?|running)\s?$"
)
ENDS = re.compile(r"(?:到|至|截至|截止|结束(?:时间|日期)?:?|until|till|to|through|-|ends?(?: on)?|ending(?: on)?|by)\s?$")
STARTS_AFTER = re.compile(r"\s?(?:开始|起|上线|启动|-|~|到|至|to\b|through|until)")
ENDS_AFTER = re.compile(r"\s?(?:结束|为止|截止|止|收官)")
ABOUT_CUE = re.compile(
    r"(?:大约|约|约为|差不多|大概|左右|about|around|roughly|approximately|approx\.?|nearly|some|~|≈|近|将近|接近|almost)(?:[\u4e00-\u9fff]{1,5}|\s[a-z]{1,10})?\s{0,2}(?:[¥$€£])?$"
)
OVER_CUE = re.compile(r"(?:超过|超|逾|高于|多于|不少于|至少|over|more than|above|at least|upwards of)\s{0,2}(?:[¥$€£])?$")
UNDER_CUE = re.compile(r"(?:不到|不足|低于|少于|近|将近|接近|under|less than|below|almost|nearly|just under)\s{0,2}(?:[¥$€£])?$")
MINUS = re.compile(r"(?:负|\bminus|\bnegative)\s?[¥$€£]?$|(?:^|[\s,，:;；(|→=-]|[\u4e00-\u9fff])-[¥$€£]?$")
NO_MINUS = re.compile(r"[\d元块万亿千百单天月日号次人笔成倍折%kwm]\s?-\s?[¥$€£]?$|[a-z\d%]\s-\s[¥$€£]?$")
RANGE = re.compile(
    r"区间|范围|低到|高到|低至|高达|多至|少至|可能低|可能高|最低|最高|最少|最多|最差|最好|上限|下限|上下|保守|乐观|悲观|之间|介于|p\s?(?:10|90)|between|from\b|range|low|high|worst|best|bounds|at least|up to|under|over|sensible|badly|\bwell\b"
    r"|[\d%元块万k]\s?(?:-|~|至|到|to)\s?[¥$€£]?[\d一二三四五六七八九]"
)
TOTAL = re.compile(
    r"合计|总|整体|全部|整个|全盘|一共|共计|加起来|两(?:个)?渠道|三(?:个)?渠道|各渠道|\btotal|overall|combined|altogether|\bin all\b|whole|across|entire|together|\bplan\b|campaign-wide"
)
RESPECTIVELY = re.compile(r"分别|依次|respectively")
LINKS = re.compile(r"给|投|到|放|用于|来自|分|在|归|\b(?:to|on|for|in|from|at|into|via|goes|go)\b")
END = re.compile(r"[。！？!?\n；;]|\.(?=\s|$)")
COMMA = re.compile(r"，|,(?!\d{3})|、")
