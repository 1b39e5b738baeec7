"""The persona checker: no number and no word about who people are that the evidence does not hold.

Every figure of a text (digits, Chinese numerals, number words, fractions in words) has to be the value of one fact of the
evidence in the same unit, in a sentence that names what that fact measures; an end of an interval only inside a span, the
shop's value only where the shop is named. A demographic word (``data/knowledge/lexicons.toml``) has to stand in the evidence or in the
group's words. Not covered: claims without a figure ("most", "loyal").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import NamedTuple

from ...data import knowledge
from ...data.plan import Finding
from ...data.portrait import Measured, Portrait
from ...data.words import Language, both

SIGNS = "¥￥$€£"
_UNITS = (
    r"%|％|percent\b|per cent\b|个百分点|元|块钱|块|yuan\b|dollars?\b|pounds?\b|euros?\b|单|笔|orders?\b|purchases?\b|人|位|名|people\b|persons?\b|customers?\b|visitors?\b|"
    r"天|日|days?\b|周|weeks?\b|个月|months?\b|年|years?\b|次|times\b|views?\b|visits?\b|倍|fold\b|x\b|成|折|点钟?|小时|hours?\b|:00"
)
_CHINESE = "零一二两三四五六七八九十百千万"
FIGURE = re.compile(
    rf"(?P<sign>[{SIGNS}])?\s?(?P<digits>\d[\d,]*(?:\.\d+)?)(?P<scale>万|亿|[kKmM]\b)?\s?(?P<unit>{_UNITS})?"
    r"|(?P<half>一半|半数|过半|大半|三分之[一二两]|四分之[一三])"
    rf"|百分之(?P<share>[{_CHINESE}点\d.]+)|(?P<chinese>[{_CHINESE}]+)(?:个)?(?P<counted>[成倍单元块人位天周月年次笔%％])"
    rf"|\b(?P<word>half|third|thirds|quarter|quarters|twice|thrice|double|triple|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"
    rf"twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|dozen)\b(?:[\s-](?P<of>{_UNITS}))?",
    re.IGNORECASE,
)
# "Once" and "a sentence" count nothing: one of a thing that is no measure is free.
FREE = {"一次", "一位", "一人", "一天", "一年", "一周", "一月", "一笔", "十分"}
UNIT = {
    "rate": "% ％ percent 个百分点 成 per cent",
    "money": "元 块 块钱 yuan dollar dollars pound pounds euro euros",
    "orders": "单 笔 order orders purchase purchases",
    "people": "人 位 名 people person persons customer customers visitor visitors",
    "days": "天 日 day days",
    "weeks": "周 week weeks",
    "months": "个月 月 month months",
    "years": "年 year years",
    "times": "次 times view views visit visits",
    "ratio": "倍 fold x 折",
    "hours": "点 点钟 小时 hour hours :00",
}
_UNIT_OF = {word: unit for unit, words in UNIT.items() for word in words.replace("per cent", "").split()} | {
    "per cent": "rate",
    "time": "times",
}
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_WORDS = dict(zip(("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), range(2, 13), strict=True))
# What a sentence has to say for a fact of this name to be meant.
CUES: dict[str, tuple[str, str]] = {
    "size": (r"人|位|顾客|客户", r"people|person|customers?|visitors?"),
    "share": (r"占|人数", r"share|of (?:all )?customers|of the shop"),
    "revenue_share": (r"消费|收入|销售|营收", r"revenue|sales|spend"),
    "buyers": (r"买过|下过单|购买过", r"bought|buyers|ordered"),
    "orders": (r"单|购买次数", r"order|purchase"),
    "spend": (r"花|消费", r"spen[dt]|for|worth"),
    "recency": (r"前|上次|最近", r"ago|last|since"),
    "basket": (r"每单|客单", r"order value|basket|per order"),
    "views": (r"浏览|看", r"view|look|saw|seen"),
    "carts": (r"加购", r"cart|basket"),
    "hours": (r"点|时段", r":00|hours|evening|morning|o'clock"),
    "day": (r"周|星期", r"day"),
    "weekend": (r"周末", r"weekend"),
    "prices": (r"价", r"price"),
    "discount": (r"优惠|折扣|券", r"discount|coupon|deal"),
    "repeat": (r"间隔|复购|再买", r"between|interval|pace|again|repeat"),
    "next": (r"30 ?天|之后|下单|购买率|首单|转化", r"30 days|next|purchase rate|first[- ]order|hold-?out"),
    "channel": (r"点击", r"click"),
    "device": (r"设备|手机|电脑|平板", r"device|phone|mobile|desktop|tablet"),
}
SHOP = re.compile(r"全店|店铺平均|所有顾客|全部顾客|全体|shop|all customers|everyone|overall|average", re.IGNORECASE)
SPAN = re.compile(r"[–—~～-]|至|到|\bto\b|\band\b|between|区间|interval|range", re.IGNORECASE)
SENTENCE = re.compile(r"[^。！？!?；;\n]+?(?:[。！？!?；;\n]|\.(?=\s|$)|$)")


class Figure(NamedTuple):
    """A figure as written: value (rates as written, 12 for 12 %), its last place, unit ("" unsaid), place in the text."""

    value: Decimal
    step: Decimal
    unit: str
    start: int
    end: int


def check_persona(text: str, evidence: Portrait | Sequence[Measured], language: Language) -> list[Finding]:
    """Return what a persona text says beyond its evidence: unsupported numbers and demographic words. Empty: nothing.

    `evidence` is the group's portrait, or its facts alone.

    Example:
        >>> check_persona("共 5 单", [], "zh")[0].span
        '5 单'
    """
    facts = list(evidence.facts) if isinstance(evidence, Portrait) else list(evidence)
    words = [spoken.word for spoken in evidence.words] if isinstance(evidence, Portrait) else []
    found = []
    for sentence in SENTENCE.finditer(text):
        said = sentence.group()
        for figure in figures(said):
            if not any(_supports(fact, figure, said) for fact in facts):
                span = said[figure.start : figure.end].strip()
                found.append(
                    _finding("unsupported-number", span, f"证据里没有这个数：{span}", f"The evidence does not hold this number: {span}")
                )
    known = knowledge.fold(" ".join([*words, *(f"{fact.value.zh} {fact.value.en} {fact.name.zh} {fact.name.en}" for fact in facts)]))
    for span in demographic_words(text):
        if span not in known:
            found.append(_finding("demographic-word", span, f"证据里没有「{span}」这样的身份描述", f"The evidence says nothing like “{span}” about who they are"))  # fmt: skip
    return found


def _finding(rule: str, span: str, zh: str, en: str) -> Finding:
    return Finding(rule=rule, span=span, severity="error", reason=both(zh, en), source="tools/audience/check")


def demographic_words(text: str) -> list[str]:
    """Return the words of the lexicon that `text` uses, in both languages whatever the text is in.

    Example:
        >>> demographic_words("写给年轻妈妈")
        ['妈妈', '年轻']
    """
    plain = knowledge.fold(text)
    return sorted({match for pattern in _demographic() for match in pattern.findall(plain)})


@cache
def _demographic() -> tuple[re.Pattern[str], re.Pattern[str]]:
    zh = sorted((knowledge.fold(w) for w in knowledge.lexicon("demographic_zh")), key=lambda w: (-len(w), w))
    en = sorted((knowledge.fold(w) for w in knowledge.lexicon("demographic_en")), key=lambda w: (-len(w), w))
    return re.compile("|".join(map(re.escape, zh))), re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, en))})(?![\w-])")


def figures(text: str) -> list[Figure]:
    """Return the figures written in a text.

    Example:
        >>> [(str(f.value), f.unit) for f in figures("61% 的人，三成，two orders")]
        [('61', 'rate'), ('30', 'rate'), ('2', 'orders')]
    """
    found = []
    for match in FIGURE.finditer(text):
        figure = _read(match)
        if figure is not None:
            found.append(figure)
    return found


def _read(match: re.Match[str]) -> Figure | None:
    if match["digits"]:
        digits = match["digits"].rstrip(",").replace(",", "")
        places = len(digits.partition(".")[2])
        scale = {"万": 10**4, "亿": 10**8, "k": 10**3, "m": 10**6}.get((match["scale"] or "").lower(), 1)
        unit = "money" if match["sign"] else _UNIT_OF.get((match["unit"] or "").lower(), "")
        tenth = 10 if (match["unit"] or "") == "成" else 1
        return Figure(Decimal(digits) * scale * tenth, Decimal(scale * tenth).scaleb(-places), unit, *match.span())
    if match["share"]:
        value = _chinese(match["share"]) if not re.match(r"[\d.]+$", match["share"]) else Decimal(match["share"])
        return None if value is None else Figure(value, Decimal(1), "rate", *match.span())
    if match["chinese"]:
        value = _chinese(match["chinese"])
        if value is None or match.group() in FREE:
            return None
        tenth = 10 if match["counted"] == "成" else 1
        return Figure(value * tenth, Decimal(tenth), _UNIT_OF.get(match["counted"], ""), *match.span())
    if match["half"]:
        share = {"三分之一": "33", "三分之二": "67", "三分之两": "67", "四分之一": "25", "四分之三": "75"}.get(match["half"], "50")
        return Figure(Decimal(share), Decimal(1), "rate", *match.span())
    word, of = match["word"].lower(), (match["of"] or "").lower()
    if word in _WORDS:
        return Figure(Decimal(_WORDS[word]), Decimal(1), _UNIT_OF.get(of, ""), *match.span()) if of else None
    value = {"half": 50, "third": 33, "thirds": 67, "quarter": 25, "quarters": 75}.get(word)
    if value is not None:
        return Figure(Decimal(value), Decimal(1), "rate", *match.span())
    other = {"twice": 2, "thrice": 3, "double": 2, "triple": 3, "dozen": 12, "hundred": 100, "thousand": 1000, "twenty": 20, "thirty": 30, "forty": 40,
             "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}[word]  # fmt: skip
    return Figure(
        Decimal(other), Decimal(1), "ratio" if word in ("twice", "thrice", "double", "triple") else _UNIT_OF.get(of, ""), *match.span()
    )


def _chinese(text: str) -> Decimal | None:
    """Read a small Chinese numeral: 三, 十二, 二十五, 六十三点五, 两百."""
    whole, _, part = text.partition("点")
    total, digit = 0, 0
    for c in whole:
        if c in _DIGITS:
            digit = _DIGITS[c]
        elif c in "十百千万":
            total, digit = total + (digit or 1) * {"十": 10, "百": 100, "千": 1000, "万": 10**4}[c], 0
    if part and not all(c in _DIGITS for c in part):
        return None
    return Decimal(total + digit) + (Decimal("0." + "".join(str(_DIGITS[c]) for c in part)) if part else 0)


def _supports(fact: Measured, figure: Figure, sentence: str) -> bool:
    """Whether a figure is this fact's value, the shop's, an end of its interval, or a number in its own name, and the sentence says so."""
    if any(_same(known, figure) for name in (fact.name.zh, fact.name.en) for known in figures(name) if known.unit):
        return True
    if not _named(fact, sentence):
        return False
    for value in (fact.value.zh, fact.value.en):
        if any(_same(known, figure) for known in figures(value)):
            return True
    if fact.number is not None and _same(_plain(fact.number, fact.low is not None), figure):
        return True
    around = sentence[max(0, figure.start - 12) : figure.end + 12]
    if fact.shop and SHOP.search(sentence) and any(_same(known, figure) for known in figures(fact.shop)):
        return True
    return (
        bool(fact.interval)
        and bool(SPAN.search(around))
        and (any(_same(known, figure) for known in figures(fact.interval)) or (figure.unit == "rate" and figure.value == 95))
    )


def _plain(number: float, rate: bool) -> Figure:
    value = Decimal(repr(float(number))) * (100 if rate else 1)
    return Figure(value, Decimal(1).scaleb(-6), "rate" if rate else "", 0, 0)


def _same(known: Figure, said: Figure) -> bool:
    """Whether a known figure, rounded as the text rounds it, is the one said, in a unit that agrees."""
    if known.unit and said.unit and known.unit != said.unit:
        return False
    if known.unit == "rate" and not said.unit:
        return False
    if known.unit == "money" and not said.unit:
        return False
    if said.step < known.step:
        return known.value == said.value
    return (known.value / said.step).quantize(Decimal(1), ROUND_HALF_UP) * said.step == said.value and said.step <= 1


def _named(fact: Measured, sentence: str) -> bool:
    """Whether a sentence names what a fact measures."""
    name = fact.id.rpartition(".")[2]
    if name.startswith("category_"):
        return any(knowledge.fold(words.rpartition(" ")[0]) in knowledge.fold(sentence) for words in (fact.value.zh, fact.value.en))
    if name in CUES:
        return any(re.search(cue, sentence, re.IGNORECASE) for cue in CUES[name])
    plain = knowledge.fold(sentence)
    return any(knowledge.fold(words) in plain for words in (fact.name.zh, fact.name.en))
