"""Numbers as merchants write them, in Chinese and English: 5万, 2万5, 2w5, 3千5, 贰万, 二十万, 两三万, 6 grand, half a million.

A small grammar over normalised text. It finds numbers; whether one is money, a count or a date is for the callers to say.
Not covered: ordinals, fractions with a slash, powers, "几万" (nobody said how many).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from .numerals import BIG, DIGITS, FORMAL, MYRIADS, PARTS, PLACES, TENS, UNITS, ZH, Chinese, chinese_value, english_value

__all__ = ["ZH", "Number", "chinese_value", "english_value", "find_numbers"]

SCALES = {
    "w": 10**4, "k": 1000, "thousand": 1000, "grand": 1000, "hundred": 100, "million": 10**6, "millions": 10**6, "mil": 10**6, "mn": 10**6,
    "mm": 10**6, "m": 10**6, "billion": 10**9, "bn": 10**9, "bln": 10**9, "b": 10**9, "trillion": 10**12, "tln": 10**12, "lakh": 10**5,
    "lakhs": 10**5, "crore": 10**7, "crores": 10**7,
}  # fmt: skip
EN_SCALE = "lakhs?|crores?|thousand|grand|hundred|millions|million|mil|billion|trillion|mn|mm|bln|tln|bn|k|w|m|b"
# A digit after 万/千/k reads as the next lower place, unless it counts something itself ("3万5天" is 30,000 and 5 days).
UNIT_AHEAD = r"(?!\d|[万千百亿%.:]|\s?(?:天|日|周|星期|礼拜|个|月|条|张|款|套|版|份|岁|秒|分|角|毛|人|次|号|年|成|折|倍|家|[kw](?![a-z])|x\d|days?\b|weeks?\b))"
PLAIN = (
    r"(?:\d{1,2}(?:,\d\d)+,\d{3}(?!\d)(?:\.\d+)?|\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d{1,3}(?: \d{3})+(?=\s?(?:€|eur|usd|dollars|kr\b|zł|pln|sek))"
    r"|\d+,\d\d(?=\s?(?:€|eur))|(?<=€)\d+,\d\d(?!\d)|\d+(?:\.\d+)?|(?<![\d.])\.\d+)"
)
FIGURE = re.compile(PLAIN, re.ASCII)
SCALED = re.compile(rf"\s?\s?(?P<en>{EN_SCALE})(?![a-z])")
HALF = re.compile(rf" and a half ({EN_SCALE})\b")
AND_PART = re.compile(r" and (?:a|one|three) (half|quarter|quarters)(?![a-z])")
TAIL = re.compile(rf"(?P<tail>[1-9]|[一二两三四五六七八九]){UNIT_AHEAD}")
ZH_DIGIT = "一二两俩倆仨三四五六七八九"
PLACE, MYRIAD = "十百千", "万亿兆"
# 十余万, 一千多万, 二十几万 say "and some": the round part counts. 两三万 says both ends.
VAGUE = re.compile(rf"\s?零?[多余来几幾](?=\s?[{PLACE}{MYRIAD}])")
UNIT = re.compile(rf"\s{{0,2}}([{PLACE}{MYRIAD}])")
MORE = re.compile(rf"(?P<gap>\s?)(?P<zero>零)?(?:(?P<num>\d+(?:\.\d+)?)|(?P<zh>[{ZH_DIGIT}])|(?P<ten>十))")
APPROXIMATE = re.compile(
    rf"(?P<lead>[二三四五六七八九]?十)?(?P<a>[{ZH_DIGIT}])(?P<b>[{ZH_DIGIT}])(?P<u>[{PLACE}{MYRIAD}]+)(?![\d{ZH_DIGIT}])"
)
DIGIT_RUN = re.compile(r"[零一二两三四五六七八九]{2,}")
PART_OF = re.compile(r"\s?分\s?之\s?")
POINT = re.compile(r"\s?点\s?(?P<digits>[零一二三四五六七八九]+)(?P<unit>[万亿千]?)(?![点])")

_SMALL = "|".join(sorted([*UNITS, *TENS], key=len, reverse=True))
_BIG = "|".join(BIG)
_PART = "|".join(PARTS)
_GAP = r"(?:\s{1,3}|\s?-\s?)?"
ENGLISH = re.compile(
    rf"\b(?:(?:half|quarter)(?: of)?(?: an?)?(?={_GAP}(?:{_BIG})\b)|an? (?=(?:{_BIG}|couple|half|(?:third|quarter) of an? (?:{_BIG}))\b(?! (?:off|price)))"
    rf"|(?:a )?couple(?: of)?|(?:hundred|thousand)(?= (?:thousand|million|dollars|euros?|pounds|yuan|bucks))|(?:{_SMALL})\b)"
    rf"(?:{_GAP}(?:and\s{{1,2}}(?=(?:an?\s)?(?:{_SMALL}|{_PART})))?(?:an? (?=(?:{_PART}|{_BIG})\b)|of an? (?=(?:{_BIG})\b))?"
    rf"(?:{_SMALL}|(?:{_BIG})s?|(?:{_PART})s?|couple(?: of)?|point(?= (?:{_SMALL})))\b)*"
)

# Beyond this nothing is a sum or a count.
MOST = Decimal(10) ** 16


@dataclass(frozen=True)
class Number:
    """A number at ``text[start:end]``; `scaled` when a size word (万, k, grand) stood with it, `digits` when in figures.

    `high` is the other end where two neighbours were said in one word (两三万).
    """

    start: int
    end: int
    value: Decimal
    scaled: bool = False
    digits: bool = True
    scale: int = 1
    high: Decimal | None = None


def find_numbers(text: str) -> list[Number]:
    """All numbers in normalised text, from left to right, not overlapping.

    Example:
        >>> [f"{n.value:f}" for n in find_numbers("2万5, 2w5, 3千5, 二十万, 一万六, half a million, 6 grand, 3,500")]
        ['25000', '25000', '3500', '200000', '16000', '500000.0', '6000', '3500']
    """
    return list(_numbers(text))


@lru_cache(maxsize=256)
def _numbers(text: str) -> tuple[Number, ...]:
    # Several readers ask for the numbers of one message.
    found: list[Number] = []
    i = 0
    while i < len(text):
        letter = text[i]
        number = None
        if letter.isdigit() or (letter == "." and text[i + 1 : i + 2].isdigit()):
            number = _figure(text, i)
        elif letter.translate(FORMAL) in ZH_DIGIT + PLACE + "零" or letter == "半":
            number = _chinese(text, i)
        elif letter.isalpha() and letter.isascii() and (i == 0 or not (text[i - 1].isalnum() and text[i - 1].isascii())):
            number = _english(text, i)
        if number is None:
            i += 1
            continue
        if number.value <= MOST:
            found.append(_negative(text, number))
        i = number.end
    return tuple(found)


def _negative(text: str, n: Number) -> Number:
    before = text[: n.start]
    sign = re.search(r"(?:负|\bminus |\bnegative )[¥$€£]?\s?$|(?:^|[\s,，:(a-z一-龥¥$€£])-\s?[¥$€£]?$", before)
    if not sign:
        return n
    if before[sign.start() :].lstrip(" ,，:(").startswith("-") and re.search(
        r"[\d一二三四五六七八九十kw万天日月号]\s*-\s?[¥$€£]?$", before
    ):
        return n
    # " - $2,000" between clauses is a dash, "-500" and "$-500" are a minus.
    if re.search(r"\s-\s+[¥$€£]?$", before) or re.search(r"[a-z]-\s?[¥$€£]?$", before):
        return n
    return replace(n, value=-n.value)


def _figure(text: str, at: int) -> Number | None:
    """A number that begins with figures: 3,500, 1.2k, 2万5, 7万5千4百."""
    found = FIGURE.match(text, at)
    if not found:
        return None
    words, end = found.group(), found.end()
    words = words.replace(",", ".") if re.fullmatch(r"\d+,\d\d", words) else words.replace(",", "").replace(" ", "")
    value = Decimal(words)
    if UNIT.match(text, end) or VAGUE.match(text, end) or PART_OF.match(text, end):
        return _mixed(text, at, end, value)
    half = HALF.match(text, end)
    if half:
        scale = SCALES[half[1]]
        return Number(at, half.end(), (value + Decimal("0.5")) * scale, True, True, scale)
    size = SCALED.match(text, end)
    # "5 m" is a length, "10m" a number.
    if not size or (size["en"] in ("m", "b") and size.end() - end > 1):
        return Number(at, end, value)
    scale, end = SCALES[size["en"]], size.end()
    value *= scale
    tail = TAIL.match(text, end) if size["en"] in ("w", "k") and text[end - 1] == size["en"] else None
    part = AND_PART.match(text, end) if len(size["en"]) > 2 else None
    if tail:
        digit = tail["tail"]
        value += Decimal(DIGITS.get(digit, digit)) * scale / 10
        end = tail.end()
    elif part:
        share = {"half": "0.5", "quarter": "0.25", "quarters": "0.75"}[part[1]]
        value, end = value + Decimal(share) * scale, part.end()
    return Number(at, end, value, scale >= 100, True, scale)


def _chinese(text: str, at: int) -> Number | None:
    """A number that begins with a Chinese word: 二十万, 两万五, 半个百万, 两三万, 三分之一."""
    if text[at] == "半":
        found = re.compile(r"半个?(百万|千万|万|亿|百(?!分))").match(text, at)
        if not found:
            return None
        scale = int(chinese_value("一" + found[1]) or 1)
        return Number(at, found.end(), Decimal(50 if scale == 100 else scale / 2), True, False, scale)
    both = APPROXIMATE.match(text, at)
    if both and DIGITS[both["b"]] == DIGITS[both["a"]] + 1 + (both["a"] == "三" and both["b"] == "五"):
        low, high = (chinese_value((both["lead"] or "") + both[x] + both["u"]) for x in "ab")
        scale = max(PLACES.get(c, 0) + MYRIADS.get(c, 0) for c in both["u"])
        return Number(at, both.end(), low or Decimal(0), True, False, scale, high)
    run = DIGIT_RUN.match(text, at)
    if run and not UNIT.match(text, run.end()):
        return Number(at, run.end(), chinese_value(run.group()) or Decimal(0), False, False)
    if text[at] in "百千" and not re.match(rf"[{ZH_DIGIT}](?![{PLACE}{MYRIAD}个])", text[at + 1 : at + 3]):
        return None
    return _mixed(text, at, at, Decimal(1) if text[at] in "百千" else None)


def _mixed(text: str, at: int, end: int, first: Decimal | None) -> Number | None:
    """Add up digits, figures and units; a digit counts only where it surely belongs to this number."""
    plain = text[: at + 40].translate(FORMAL)
    number = Chinese()
    number.digit = first
    words = 1 if first is not None else 0
    while True:
        vague = VAGUE.match(plain, end)
        unit = UNIT.match(plain, vague.end() if vague else end)
        if unit and words and not (unit[1] == "百" and re.match(r"[搭度]|分(?!之)", plain[unit.end() :])):
            if number.digit is None and not number.total and not number.section:
                break
            if unit[1] == "千" and number.section == 50 and number.digit is None:
                break
            number.add(unit[1])
            end = unit.end()
            continue
        more = MORE.match(plain, end)
        if not more or (number.digit is not None and not (number.digit == 0 and more["zh"])) or not _belongs(plain, more, number, words):
            break
        if more["zero"]:
            number.add("零")
        number.add(more["num"] or more["zh"] or more["ten"])
        end = more.end()
        words += 1
    if not words:
        if plain[at] != "零":
            return None
        number.digit, end = Decimal(0), at + 1
    value = number.value
    point = POINT.match(plain, end) if number.digit is None or first is None else None
    if point:
        value = number.total + number.section + (number.digit or 0) if len(point["digits"]) and number.open else value
        value += Decimal("0." + "".join(str(DIGITS[c]) for c in point["digits"]))
        scale = MYRIADS.get(point["unit"], PLACES.get(point["unit"], 1))
        return Number(at, point.end(), value * scale, scale >= 100, first is not None, scale)
    half = re.compile(r"半(?=[元块，,。 ]|$)").match(plain, end) if plain[end - 1] in "万千百亿" else None
    if half:
        value, end = value + Decimal(number.scale) / 2, half.end()
    part = PART_OF.match(plain, end)
    below = find_numbers(plain[part.end() : part.end() + 12]) if part else []
    if part and below and below[0].start == 0 and value:
        return Number(at, part.end() + below[0].end, below[0].value / value, False, first is not None)
    return Number(at, end, value, number.scale >= 100, first is not None, number.scale)


def _belongs(text: str, m: re.Match[str], number: Chinese, words: int) -> bool:
    """Whether the digit or figure that follows goes on with this number."""
    unit = UNIT.match(text, m.end())
    size = (PLACES | MYRIADS)[unit[1]] if unit else 0
    if not words:
        return not m["gap"] and not m["num"]
    if m["ten"]:
        return not m["gap"]
    if unit and (size < number.last or m["zero"] or number.last == 1):
        return True
    if m["gap"]:
        return False
    if m["zero"]:
        return not re.match(r"\s?(?:分|角|毛)(?!之)", text[m.end() :])
    if m["num"]:
        if len(m["num"]) == len(str(number.last)) - 1 and len(m["num"]) >= 3 and "." not in m["num"]:
            return True
        return number.last >= 100 and TAIL.match(text, m.start("num")) is not None
    return number.last == 10 or (number.last >= 100 and TAIL.match(text, m.start("zh")) is not None) or (number.last == 1 and not unit)


def _english(text: str, at: int) -> Number | None:
    found = ENGLISH.match(text, at)
    if not found:
        return None
    words = found.group().rstrip()
    value = english_value(words)
    if value is None:
        return None
    big = max([BIG.get(w.rstrip("s"), 1) for w in re.findall(r"[a-z]+", words)] + [1])
    return Number(at, at + len(words), value, big >= 100, False, big)
