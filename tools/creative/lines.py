"""Line breaking and fitting: the largest size at which a text stands in a box, or None - never best effort.

Chinese: no forbidden line starts or ends, words of our lexicon and Latin words stay whole, lines are balanced so that no
line holds a lone character. Latin: breaks at spaces only. Not covered: hyphenation, vertical setting.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from .fonts import Weight, bounds, width

NO_START = set("，。、；：？！）】》」』”’·…—,.;:?!)]}%℃°")
NO_END = set("（【《「『“‘([{¥$€£￥")
_AFTER = set("的了着过吗呢吧啊们")
_BEFORE = set("让把给为和与在从到就都也还又才不没每这那是用")
# A number and what it counts are one word: 第二双, 30天, 三件.
_COUNTED = "第?(?:[一二两三四五六七八九十百半几]+|[0-9]+) ?[双件个杯瓶盒款天年月日号倍折只条次支包位种份枚]"
# Words that lean on the next one: a line should not end with them.
_LEANING = set(
    [
        "a",
        "an",
        "the",
        "of",
        "for",
        "to",
        "in",
        "on",
        "at",
        "by",
        "with",
        "and",
        "or",
        "but",
        "from",
        "your",
        "our",
        "its",
        "is",
        "are",
        "you",
        "i",
        "we",
        "that",
        "this",
    ]
)
_SIZES = [
    9,
    10,
    11,
    12,
    13,
    14,
    15,
    16,
    17,
    18,
    20,
    22,
    24,
    26,
    28,
    30,
    32,
    35,
    38,
    41,
    44,
    48,
    52,
    56,
    61,
    66,
    72,
    78,
    84,
    91,
    98,
    106,
    115,
    125,
    136,
    148,
    160,
    174,
    190,
]
LEADING = {"zh": 1.36, "en": 1.26}
# Headlines stand closer: large type needs less air between its lines.
TIGHT = {"zh": 1.2, "en": 1.1}


@dataclass(frozen=True)
class Setting:
    """A text set in lines: `px` per em, `leading` px from line to line, `width` x `height` px of the whole block."""

    lines: tuple[str, ...]
    px: int
    weight: Weight
    leading: int
    width: int
    height: int


def is_chinese(text: str) -> bool:
    """Whether `text` has CJK characters."""
    return any(unicodedata.east_asian_width(letter) in "WF" for letter in text)


def pieces(text: str, whole: Iterable[str] = ()) -> tuple[tuple[str, float], ...]:
    """Cut `text` into unbreakable pieces, each with the price of a break after it (0 good .. 2 poor).

    `whole` are words that stay together when they are at most 6 characters.
    """
    return _cut(text, tuple(whole))


@lru_cache(maxsize=2048)
def _cut(text: str, whole: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    keep = sorted({word for word in whole if 2 <= len(word) <= 6 and is_chinese(word)}, key=len, reverse=True)
    words = "|".join(map(re.escape, keep))
    token = re.compile(
        rf"{words + '|' if words else ''}{_COUNTED}|[A-Za-z0-9À-ſ¥$€£%+×.,'’&/°-]+|\s+|[㐀-鿿]+?(?={words or '$.'}|{_COUNTED}|[^㐀-鿿]|$)|.",
        re.DOTALL,
    )
    cut: list[str] = []
    for found in token.finditer(text):
        part = found.group()
        if part.isspace():
            if cut:
                cut[-1] += " "
            continue
        if len(part) > 2 and part not in keep and "㐀" <= part[0] <= "鿿":
            first, *rest = _chinese_words(part)
            _join(cut, first)
            cut.extend(rest)
            continue
        _join(cut, part)
    return tuple((part, _price(part, cut[i + 1] if i + 1 < len(cut) else "")) for i, part in enumerate(cut))


def _join(cut: list[str], part: str) -> None:
    """Add a piece; what may not begin or end a line stays with its neighbour."""
    if cut and (cut[-1].rstrip()[-1] in NO_END or (part[0] in NO_START and not cut[-1].endswith(" "))):
        cut[-1] += part
    elif cut and cut[-1].endswith(" ") and part[0] in NO_START:
        # A space stays a space, only it does not break: 20 % off.
        cut[-1] += part
    else:
        cut.append(part)


@lru_cache(maxsize=2048)
def _chinese_words(text: str) -> list[str]:
    import jieba

    jieba.setLogLevel(40)
    return jieba.lcut(text)


def _price(part: str, following: str) -> float:
    last = part.rstrip()[-1:]
    if last in "，。；：？！、,.;:?!—…":
        return 0.0
    if part.endswith(" "):
        return 1.3 if part.strip().split(" ")[-1].casefold() in _LEANING else 0.5
    if len(following.rstrip("，。；：？！、")) == 1 < len(following):
        return 1.6
    if last in _AFTER or following[:1] in _BEFORE:
        return 0.8
    return 1.0


def break_lines(text: str, limit: float, weight: Weight, px: int, most: int, whole: Iterable[str] = ()) -> tuple[str, ...] | None:
    """Break `text` into at most `most` balanced lines of at most `limit` px; None when it cannot be done well."""
    if width(text, weight, px) <= limit:
        return (text,)
    if most == 1:
        return None
    parts = pieces(text, whole)
    sizes = [width(part, weight, px) for part, _ in parts]
    if max(sizes) > limit:
        return None
    for count in range(2, most + 1):
        found = _balanced(parts, sizes, limit, count, px)
        if found:
            return found
    return None


def _balanced(parts: tuple[tuple[str, float], ...], sizes: list[float], limit: float, count: int, px: int) -> tuple[str, ...] | None:
    """Choose breaks that make lines alike in width and fall at good places (least squares, dynamic programme)."""
    total, n = sum(sizes), len(parts)
    if n < count:
        return None
    goal = total / count
    starts = [0.0]
    for size in sizes:
        starts.append(starts[-1] + size)
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, -1)}]
    for line in range(1, count + 1):
        row: dict[int, tuple[float, int]] = {}
        for end in range(line, n + 1):
            if line == count and end != n:
                continue
            for begin, (cost, _) in best[line - 1].items():
                span = starts[end] - starts[begin]
                if begin >= end or span > limit:
                    continue
                price = cost + ((span - goal) / px) ** 2 + (0 if end == n else 14 * parts[end - 1][1])
                if end not in row or price < row[end][0]:
                    row[end] = (price, begin)
        best.append(row)
    if n not in best[count]:
        return None
    ends, end = [], n
    for line in range(count, 0, -1):
        ends.append(end)
        end = best[line][end][1]
    edges = [0, *reversed(ends)]
    lines = tuple("".join(part for part, _ in parts[a:b]).strip() for a, b in pairwise(edges))
    # A lone character (or a lone short word under long lines) on the last line looks like a mistake.
    if any(len(line.rstrip("。，！？,.!?")) < 2 for line in lines):
        return None
    return lines


def fit(
    text: str,
    box: tuple[int, int],
    weight: Weight,
    *,
    largest: int,
    smallest: int,
    lines: int,
    language: str = "zh",
    whole: Iterable[str] = (),
    tight: bool = False,
    exact: bool = False,
) -> Setting | None:
    """Set `text` as large as it fits `box` (width, height in px) between two sizes; None when it does not fit.

    `tight` sets headlines, whose lines stand closer; `exact` tries `largest` alone.
    """
    words = tuple(whole)
    if exact:
        return _at(text, box, weight, largest, lines, language, words, tight)
    ladder = sorted({px for px in _SIZES if smallest <= px <= largest} | {largest} if largest >= smallest else set())
    low, high, found = 0, len(ladder) - 1, None
    while low <= high:
        middle = (low + high) // 2
        setting = _at(text, box, weight, ladder[middle], lines, language, words, tight)
        if setting:
            found, low = setting, middle + 1
        else:
            high = middle - 1
    if found is None or len(found.lines) == 1:
        return found
    # A slightly smaller size whose lines end where one would draw breath reads better than the largest that fits; small
    # print had better stand on one line.
    least, rough, extra = (0.8, 0.14, 0.0) if tight else (0.72, 0.2, 0.12)
    near = [_at(text, box, weight, px, lines, language, words, tight) for px in ladder[: low - 1] if px >= least * found.px]
    return min(
        [found, *(one for one in near if one)],
        key=lambda one: rough * roughness(one.lines) + extra * (len(one.lines) - 1) + 1 - one.px / found.px,
    )


def roughness(lines: tuple[str, ...]) -> float:
    """How badly the lines of a text end, 0 (at punctuation) .. about 2, the worst of its breaks; a short last line counts."""
    worst = max((_price(f"{line} " if line[-1:].isascii() else line, following) for line, following in pairwise(lines)), default=0.0)
    return worst + (0.8 if len(lines[-1]) < 0.4 * max(map(len, lines)) else 0.0)


def _at(
    text: str, box: tuple[int, int], weight: Weight, px: int, most: int, language: str, words: tuple[str, ...], tight: bool
) -> Setting | None:
    leading = round(px * (TIGHT if tight else LEADING).get(language, 1.25))
    room = max(0, (box[1] - round(px * 1.16)) // leading + 1)
    if box[1] < px * 1.16 or room < 1:
        return None
    broken = break_lines(text, box[0], weight, px, min(most, room), words)
    if broken is None:
        return None
    wide = max(width(line, weight, px) for line in broken)
    return Setting(broken, px, weight, leading, int(wide + 0.999), leading * (len(broken) - 1) + round(px * 1.16))


def ink_top(px: int, weight: Weight) -> int:
    """Distance from the drawing origin to the top of a full-height character, px; used to centre text optically."""
    return int(bounds("国", weight, px)[1])
