"""Numbers as merchants write them, in Chinese and English: 5万, 2万5, 2w5, 3千5, 贰万, 二十万, 6 grand, half a million.

A small hand-written grammar over normalised text. It finds numbers; whether one is money, a count or a date is for the
callers to say. Not covered: ordinals, fractions with a slash, powers, "几万" (nobody said how many).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

DIGITS = dict(zip("零一二三四五六七八九", range(10), strict=True)) | {"两": 2, "俩": 2, "仨": 3, "〇": 0}
FORMAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟貳參陸", "一二三四五六七八九十百千二三六")
PLACES = {"十": 10, "百": 100, "千": 1000}
MYRIADS = {"万": 10**4, "亿": 10**8, "兆": 10**12}
ZH = "零一二两俩三四五六七八九十百千万亿兆壹贰叁肆伍陆柒捌玖拾佰仟貳參陸"
ZH_FIRST = "零一二两俩三四五六七八九十壹贰叁肆伍陆柒捌玖拾貳參陸"

SCALES = {
    "万亿": 10**12, "万万": 10**8, "千万": 10**7, "百万": 10**6, "十万": 10**5, "亿": 10**8, "万": 10**4, "千": 1000, "百": 100, "w": 10**4, "k": 1000,
    "thousand": 1000, "grand": 1000, "hundred": 100, "million": 10**6, "millions": 10**6, "mil": 10**6, "mn": 10**6, "mm": 10**6, "m": 10**6,
    "billion": 10**9, "bn": 10**9, "b": 10**9, "trillion": 10**12, "lakh": 10**5, "crore": 10**7,
}  # fmt: skip
ZH_SCALE = "万亿|万万|千万|百万|十万|亿|万|千|百"
EN_SCALE = "lakh|crore|thousand|grand|hundred|millions|million|mil|billion|trillion|mn|mm|bn|k|w|m|b"
# A digit after 万/千/k reads as the next lower place, unless it counts something itself ("3万5天" is 30,000 and 5 days).
UNIT_AHEAD = r"(?!\d|[万千百亿%.:]|\s?(?:天|日|周|星期|礼拜|个|月|条|张|款|套|版|份|岁|秒|分|人|次|号|年|成|折|k\b|w\b|x\d))"
PLAIN = r"(?:\d{1,2}(?:,\d\d)+,\d{3}(?!\d)(?:\.\d+)?|\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d{1,3}(?: \d{3})+(?=\s?(?:€|eur|usd|dollars|kr\b|zł|pln|sek))|\d+(?:\.\d+)?|(?<!\d)\.\d+)"
ARABIC = re.compile(
    rf"(?P<num>{PLAIN})(?:\s?\s?(?P<zh>{ZH_SCALE})|\s?\s?(?P<en>{EN_SCALE})(?![a-z]))?", re.ASCII
)  # fmt: skip
TAIL = re.compile(rf"(?P<tail>[1-9]|[一二两三四五六七八九]){UNIT_AHEAD}")
MORE = re.compile(r"\s?(?P<num>\d+(?:\.\d+)?)\s?(?P<zh>万|千|百|十)(?![万亿])")
HALF = re.compile(rf" and a half ({EN_SCALE})\b")
CHINESE = re.compile(rf"[{ZH_FIRST}][{ZH}]*(?:点[零一二三四五六七八九]+[万亿]?)?")

UNITS = {
    w: i
    for i, w in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
TENS = {w: 10 * i for i, w in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2)} | {"fourty": 40}
BIG = {"hundred": 100, "thousand": 1000, "grand": 1000, "k": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12}
_WORD = "|".join([*UNITS, *TENS])
ENGLISH = re.compile(
    rf"\b(?:(?:half (?:a|an) |half )(?=(?:{'|'.join(BIG)})\b)|an? (?=(?:{'|'.join(BIG)}|couple|half)\b(?! (?:off|price)))|a couple(?: of)?|couple(?: of)?|(?:{_WORD})\b)"
    rf"(?:[ -]?(?:and )?(?:{_WORD}|{'|'.join(BIG)}|a half|a quarter|couple(?: of)?|half)s?\b)*"
)

# Beyond this nothing is a sum or a count.
MOST = Decimal(10) ** 15


@dataclass(frozen=True)
class Number:
    """A number at ``text[start:end]``; `scaled` when a size word (万, k, grand) stood with it, `digits` when in figures."""

    start: int
    end: int
    value: Decimal
    scaled: bool = False
    digits: bool = True
    scale: int = 1


def find_numbers(text: str) -> list[Number]:
    """All numbers in normalised text, from left to right, not overlapping.

    Example:
        >>> [str(n.value) for n in find_numbers("2万5, 2w5, 3千5, 二十万, 一万六, half a million, 6 grand, 3,500")]
        ['25000', '25000', '3500', '200000', '16000', '500000.0', '6000', '3500']
    """
    found: list[Number] = []
    i = 0
    while i < len(text):
        letter = text[i]
        number = None
        if letter.isdigit() or (letter == "." and i + 1 < len(text) and text[i + 1].isdigit()):
            number = _arabic(text, i)
        elif letter in ZH_FIRST or letter == "半":
            number = _chinese(text, i)
        elif letter.isalpha() and letter.isascii() and (i == 0 or not (text[i - 1].isalnum() and text[i - 1].isascii())):
            number = _english(text, i)
        if number is None:
            i += 1
            continue
        if number.value > MOST:
            i = number.end
            continue
        found.append(_negative(text, number))
        i = number.end
    return found


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
    return Number(n.start, n.end, -n.value, n.scaled, n.digits, n.scale)


def _arabic(text: str, at: int) -> Number | None:
    found = ARABIC.match(text, at)
    if not found:
        return None
    value = Decimal(found["num"].replace(",", "").replace(" ", ""))
    word = found["zh"] or found["en"]
    half = HALF.match(text, found.end("num")) if word is None else None
    if half:
        scale = SCALES[half[1]]
        return Number(at, half.end(), (value + Decimal("0.5")) * scale, True, True, scale)
    if word in ("m", "b") and re.match(r"\s", text[found.end("num") : found.end()] or ""):
        word = None
        end = found.end("num")
    elif word == "百" and text[found.end() : found.end() + 1] in tuple("搭度分"):
        word, end = None, found.end("num")
    else:
        end = found.end()
    if word is None:
        return Number(at, end if word else found.end("num"), value)
    scale = SCALES[word]
    value *= scale
    last = scale
    more = MORE.match(text, end)
    while more and SCALES.get(more["zh"], 10) < last:
        last = SCALES.get(more["zh"], 10)
        value += Decimal(more["num"]) * last
        end = more.end()
        more = MORE.match(text, end)
    rest = re.compile(r"(\d{4})(?!\d)").match(text, end) if last == 10**4 and word == "万" else None
    if rest:
        return Number(at, rest.end(), value + int(rest[1]), True, True, scale)
    tail = TAIL.match(text, end) if word in ("万", "w", "千", "k", "百", "亿") and last >= 100 else None
    if tail:
        digit = DIGITS[tail["tail"]] if tail["tail"] in DIGITS else int(tail["tail"])
        value += Decimal(digit) * last / 10
        end = tail.end()
    return Number(at, end, value, scale >= 100, True, scale)


def _chinese(text: str, at: int) -> Number | None:
    if text[at] == "半":
        found = re.compile(r"半个?(百万|千万|万|亿)").match(text, at)
        return Number(at, found.end(), Decimal(SCALES[found[1]]) / 2, True, False, SCALES[found[1]]) if found else None
    found = CHINESE.match(text, at)
    if not found:
        return None
    words = found.group()
    end = found.end()
    # "三万五天": the last digit belongs to the unit behind it, unless it is a place of its own.
    if len(words) > 1 and words[-1] in DIGITS and words[-2] in "万千百" and not TAIL.match(text, end - 1):
        words, end = words[:-1], end - 1
    value = chinese_value(words)
    if value is None:
        return None
    half = re.compile(r"半(?=[元块，,。 ]|$)").match(text, end) if words[-1] in "万千百亿" else None
    scale = max([MYRIADS.get(c, PLACES.get(c, 1)) for c in words.translate(FORMAL)] + [1])
    if half:
        value += Decimal(scale) / 2
        end = half.end()
    return Number(at, end, value, scale >= 100, False, scale)


def chinese_value(words: str) -> Decimal | None:
    """Value of Chinese number words, or None when they are none.

    Example:
        >>> [str(chinese_value(w)) for w in ("二十万", "一万六", "三千零五十", "两万五千", "一点五万", "贰万")]
        ['200000', '16000', '3050', '25000', '15000.0', '20000']
    """
    words = words.translate(FORMAL)
    if "点" in words:
        whole, rest = words.split("点", 1)
        factor = Decimal(1)
        if rest and rest[-1] in MYRIADS:
            factor, rest = Decimal(MYRIADS[rest[-1]]), rest[:-1]
        base = chinese_value(whole)
        if base is None or not rest or any(c not in DIGITS for c in rest):
            return None
        return (base + Decimal("0." + "".join(str(DIGITS[c]) for c in rest))) * factor
    if all(c in DIGITS for c in words):
        return Decimal("".join(str(DIGITS[c]) for c in words))
    total, section, digit, last = 0, 0, 0, 1
    seen_digit = False
    for i, letter in enumerate(words):
        if letter in DIGITS:
            if seen_digit and letter != "零" and words[i - 1] != "零":
                return None
            # 零 keeps a place open (一万零十二); it is no digit before 十.
            digit, seen_digit = DIGITS[letter], letter != "零"
            if letter == "零":
                last = 1
        elif letter in PLACES:
            section += (digit if seen_digit else 1) * PLACES[letter]
            digit, seen_digit, last = 0, False, PLACES[letter]
        elif letter in MYRIADS:
            unit = MYRIADS[letter]
            section += digit
            if unit == 10**8 and total < 10**12:
                total = (total + section) * unit if total else section * unit
            elif section == 0 and total and unit > 1:
                total *= unit
            else:
                total += section * unit
            section, digit, seen_digit, last = 0, 0, False, unit
        else:
            return None
    if seen_digit and digit:
        section += digit * (last // 10 if last >= 100 and words[-2] != "零" else 1)
    return Decimal(total + section)


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


def english_value(words: str) -> Decimal | None:
    """Value of English number words, or None.

    Example:
        >>> [str(english_value(w)) for w in ("two thousand", "half a million", "a grand", "twenty-five hundred", "one and a half thousand")]
        ['2000', '500000.0', '1000', '2500', '1500.0']
    """
    tokens = re.findall(r"[a-z]+", words)
    total, current, seen = Decimal(0), Decimal(0), False
    for i, word in enumerate(tokens):
        single = word[:-1] if word.endswith("s") and word[:-1] in BIG else word
        if word in UNITS:
            current, seen = current + UNITS[word], True
        elif word in TENS:
            current, seen = current + TENS[word], True
        elif word == "couple":
            current, seen = current + 2, True
        elif word in ("half", "quarter"):
            part = Decimal("0.5") if word == "half" else Decimal("0.25")
            current, seen = current + part, True
        elif single in BIG:
            unit = BIG[single]
            current = (current if seen else Decimal(1)) * unit
            seen = True
            if unit >= 1000:
                total, current, seen = total + current, Decimal(0), False
        elif word in ("a", "an", "and", "of"):
            continue
        else:
            return None
        if i == 0 and word in ("a", "an"):
            continue
    return total + current if tokens else None
