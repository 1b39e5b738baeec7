"""What number words are worth: 二十万, 一千零三, 三万五, 贰万; two and a half thousand, three quarters, one million and a half.

Values only; where a number stands in a message is found in `numbers`. Not covered: ordinals, powers, numbers counted in dozens.
"""

from __future__ import annotations

import re
from decimal import Decimal

DIGITS = dict(zip("零一二三四五六七八九", range(10), strict=True)) | {"两": 2, "俩": 2, "倆": 2, "仨": 3, "〇": 0}
FORMAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟貳參陸叄", "一二三四五六七八九十百千二三六三")
PLACES = {"十": 10, "百": 100, "千": 1000}
MYRIADS = {"万": 10**4, "亿": 10**8, "兆": 10**12}
ZH = "零一二两俩三四五六七八九十百千万亿兆壹贰叁肆伍陆柒捌玖拾佰仟貳參陸"

UNITS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
    "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
BIG = {
    "dozen": 12, "hundred": 100, "thousand": 1000, "grand": 1000, "k": 1000, "lakh": 10**5, "million": 10**6, "crore": 10**7,
    "billion": 10**9, "trillion": 10**12,
}  # fmt: skip
# Names of parts; bare "second" is a time or an ordinal, and larger ordinals are left alone.
PARTS = {"half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "eighth": 8, "ninth": 9, "tenth": 10}


class Chinese:
    """A Chinese number being added up from left to right: digits and figures, 十百千, 万亿兆, 零 for an open place.

    Example:
        >>> n = Chinese()
        >>> for word in ("2", "万", "5"): n.add(word)
        >>> n.value, n.scale
        (Decimal('25000'), 10000)
    """

    def __init__(self) -> None:
        self.total = self.section = Decimal(0)
        self.digit: Decimal | None = None
        # The unit that spoke last: a single digit behind it counts tenths of it (两万五), unless 零 came between.
        self.last = self.scale = 1
        self.open = False

    def add(self, word: str) -> None:
        """Take the next digit, figure or unit."""
        if word in PLACES:
            self.section += (1 if self.digit is None else self.digit) * PLACES[word]
            self._unit(PLACES[word])
        elif word in MYRIADS:
            unit = MYRIADS[word]
            section = self.section + (self.digit or 0)
            if not section and self.total:
                # 万万, 万亿: a unit on a unit.
                self.total *= unit
            elif self.total and (unit > self.last >= 10**4 or (unit == 10**8 and self.total < 10**12)):
                self.total = (self.total + section) * unit
            else:
                self.total += (section or 1) * unit
            self.section = Decimal(0)
            self._unit(unit)
        elif word == "零":
            self.open = True
        else:
            self.digit = Decimal(DIGITS[word]) if word in DIGITS else Decimal(word)

    def _unit(self, unit: int) -> None:
        self.digit, self.last, self.open = None, unit, False
        self.scale = max(self.scale, unit)

    @property
    def value(self) -> Decimal:
        """The sum so far."""
        tail = self.digit or Decimal(0)
        if self.last >= 100 and not self.open and 0 < tail < 10 and tail == int(tail):
            tail *= self.last // 10
        return self.total + self.section + tail


def chinese_value(words: str) -> Decimal | None:
    """Value of Chinese number words, or None when they are none.

    Example:
        >>> [str(chinese_value(w)) for w in ("二十万", "一万六", "三千零五十", "两万五千", "一点五万", "贰万")]
        ['200000', '16000', '3050', '25000', '15000.0', '20000']
    """
    words = words.translate(FORMAL)
    if not words or any(c not in DIGITS and c not in PLACES and c not in MYRIADS and c != "点" for c in words):
        return None
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
    number = Chinese()
    for before, letter in zip(" " + words, words, strict=False):
        if letter in DIGITS and letter != "零" and before in DIGITS and before != "零":
            return None
        number.add(letter)
    return number.value


def english_value(words: str) -> Decimal | None:
    """Value of English number words, parts included, or None.

    Example:
        >>> [f"{english_value(w):f}" for w in ("two thousand", "half a million", "a grand", "twenty-five hundred", "one and a half thousand")]
        ['2000', '500000.0', '1000', '2500', '1500.0']
        >>> english_value("one million and a half"), english_value("two thirds of a million").quantize(Decimal(1))
        (Decimal('1500000.0'), Decimal('666667'))
    """
    tokens = [w for w in re.findall(r"[a-z]+", words) if w != "of"]
    if "point" in tokens:
        at = tokens.index("point")
        whole, digits = english_value(" ".join(tokens[:at])), [english_value(w) for w in tokens[at + 1 :]]
        if whole is None or not digits or any(d is None for d in digits):
            return None
        # "Point seventy-one" is .71, "point zero three" .03.
        fine = english_value(" ".join(tokens[at + 1 :])) if tokens[at + 1] in TENS or len(digits) == 1 else None
        return whole + Decimal("0." + (str(fine) if fine is not None else "".join(str(d) for d in digits)))
    total = current = mark = Decimal(0)
    fresh, last, joined = True, 1, False
    for word in tokens:
        single = word[:-1] if word.endswith("s") and word[:-1] in (BIG | PARTS) else word
        if word in UNITS or word in TENS or word == "couple":
            current, fresh = current + (2 if word == "couple" else UNITS[word] if word in UNITS else TENS[word]), False
        elif single in PARTS:
            # "And a half", "and three quarters": a part of the size word before it, else of one.
            part = (current - mark or 1) / Decimal(PARTS[single])
            if joined and not mark and total:
                total, current = total + part * last, Decimal(0)
            else:
                current = mark + part
            fresh = False
        elif word == "and":
            mark, joined = current, True
        elif single in BIG:
            unit = last = BIG[single]
            mark, joined = Decimal(0), False
            if unit >= 1000:
                if fresh and total:
                    total *= unit
                else:
                    total += (Decimal(1) if fresh else current) * unit
                current, fresh = Decimal(0), True
            else:
                current, fresh = (Decimal(1) if fresh else current) * unit, False
        elif word not in ("a", "an"):
            return None
    return None if fresh and not total else total + current
