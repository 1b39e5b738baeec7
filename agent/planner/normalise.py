"""Bring a message to one written form, and find the way back to the merchant's own characters.

NFKC per character (full width to half width), lower case, one kind of dash and quote, simplified characters, and the mainland's
word where Taiwan or Hong Kong says another (regional.toml). Chinese commas stay what they are: they end a clause, they do not
group digits. Not here: spelling, meaning.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from ...data.script import is_traditional, simplified
from .lexicon import read_words

KEEP = set("，。；：！？、（）【】《》“”‘’…")
SWAP = {
    "—": "-", "–": "-", "−": "-", "‐": "-", "‑": "-", "―": "-", "～": "~", "〜": "~", "’": "'", "‘": "'", "＇": "'", "`": "'",
    "＂": '"', "“": '"', "”": '"', "「": '"', "」": '"', "『": '"', "』": '"', "：": ":", "；": "；", "（": "(", "）": ")", "＄": "$", "￥": "¥",
    "〇": "零", "×": "x", "→": "~", "➡": "~", "⇒": "~", "✕": "x", "＊": "x", "%": "%", "﹪": "%",
}  # fmt: skip
HIDDEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad\U000e0000-\U000e007f]")
NUMERALS = "零一二两三四五六七八九十百千万亿"
FULL_DIGITS = set("０１２３４５６７８９")


@dataclass(frozen=True)
class Text:
    """A message as written (`raw`) and as compared (`plain`); `at[i]` is where ``plain[i]`` stands in `raw`.

    Example:
        >>> text = read("￥９０００，朋友圈")
        >>> text.plain, text.span(0, 5), text.words(0, 5)
        ('¥9000，朋友圈', (0, 5), '￥９０００')
    """

    raw: str
    plain: str
    at: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The place in `raw` of ``plain[start:end]``."""
        if not self.at or start >= end:
            return (0, 0)
        return self.at[start], self.at[end - 1] + 1

    def words(self, start: int, end: int) -> str:
        """What the merchant wrote for ``plain[start:end]``."""
        first, last = self.span(start, end)
        return self.raw[first:last]


def read(raw: str) -> Text:
    """Normalise a message; invisible and control characters become nothing or a space."""
    letters: list[str] = []
    at: list[int] = []
    for i, letter in enumerate(raw):
        if HIDDEN.match(letter):
            continue
        if letter == "，" and _between_full_digits(raw, i):
            new = ","
        elif letter in SWAP:
            new = SWAP[letter]
        elif "\u2460" <= letter <= "\u24ff":
            # ①② begin a point of a list, they count nothing.
            new = "；"
        elif letter in KEEP:
            new = letter
        elif unicodedata.category(letter) == "Cc":
            new = " " if letter == "\t" else "\n" if letter in "\r\n" else " "
        else:
            new = simplified(unicodedata.normalize("NFKC", letter)).lower()
        for piece in new:
            letters.append(piece)
            at.append(i)
    if is_traditional(raw):
        # 圓 is 圆 of what is round, and 元 of money.
        letters, at = _as_on_the_mainland(re.sub(rf"(?<=[\d{NUMERALS}])圆", "元", "".join(letters)), at)
    # A run of more than 15 figures is no sum of money; blanking it also keeps the readers' work linear.
    plain = re.sub(rf"\d{{16,}}|[{NUMERALS}]{{25,}}", lambda m: "#" * len(m.group()), "".join(letters))
    return Text(raw, plain, tuple(at))


@cache
def _regional() -> tuple[re.Pattern[str], dict[str, str]]:
    table: dict[str, str] = read_words("regional.toml")["words"]
    return re.compile("|".join(map(re.escape, sorted(table, key=lambda word: (-len(word), word))))), table


def _as_on_the_mainland(plain: str, at: list[int]) -> tuple[list[str], list[int]]:
    """Put the planner's word for a regional one; its letters stand where the regional word's do, the last one at its end."""
    pattern, table = _regional()
    letters: list[str] = []
    places: list[int] = []
    last = 0
    for m in pattern.finditer(plain):
        word, own = table[m.group()], at[m.start() : m.end()]
        letters += [*plain[last : m.start()], *word]
        places += [*at[last : m.start()], *(own[min(i, len(own) - 1)] for i in range(len(word) - 1)), own[-1]]
        last = m.end()
    return [*letters, *plain[last:]], [*places, *at[last:]]


def _between_full_digits(raw: str, i: int) -> bool:
    return 0 < i < len(raw) - 3 and raw[i - 1] in FULL_DIGITS and all(c in FULL_DIGITS for c in raw[i + 1 : i + 4])


def is_chinese(letter: str) -> bool:
    """Whether a letter is a Chinese character."""
    return "\u4e00" <= letter <= "\u9fff"


def language_of(raw: str) -> str:
    """``zh`` or ``en``: the language an answer should be in; Chinese characters weigh as words.

    Example:
        >>> language_of("给 iPhone case 写文案"), language_of("RMB 300k for soundbars")
        ('zh', 'en')
    """
    chinese = sum(map(is_chinese, raw))
    english = len(re.findall(r"[A-Za-z]{2,}", raw))
    return "zh" if chinese > english else "en"
