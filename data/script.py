"""Traditional and simplified Chinese: one character for one where texts are compared, whole words where people read.

The tables are OpenCC's. For comparing, characters are mapped singly, so that every position in a text stays what it was; which
of several traditional characters was meant does not matter there. Not here: words that differ by region (agent/planner/regional.toml).
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

# The common block and its first extension; rarer characters stay as they are.
_RANGES = ((0x3400, 0x4DC0), (0x4E00, 0xA000))
# An ad or a name is quoted as it was written.
_QUOTED = re.compile(r"「[^」\n]*」|『[^』\n]*』|`[^`\n]*`")


@cache
def _converter(way: str) -> Any:
    from opencc import OpenCC

    return OpenCC(way)


@cache
def _singly(way: str) -> dict[int, str]:
    """What each character becomes by itself; only those that change."""
    before = [chr(code) for first, end in _RANGES for code in range(first, end)]
    after = _converter(way).convert("\n".join(before)).split("\n")
    return {ord(a): b for a, b in zip(before, after, strict=True) if a != b and len(b) == 1 and ord(b) < _RANGES[-1][1]}


def simplified(text: str) -> str:
    """Return a text in simplified characters, each in its place: as long as before, for comparing.

    Example:
        >>> simplified("為什麼抖音分這麼多？"), simplified("掃地機器人")
        ('为什么抖音分这么多？', '扫地机器人')
    """
    return text if text.isascii() else text.translate(_singly("t2s"))


def is_traditional(text: str) -> bool:
    """Whether a text is written in traditional characters: more of them than of simplified ones.

    Example:
        >>> is_traditional("預算降到兩萬"), is_traditional("预算降到两万"), is_traditional("預算 50k for shoes"), is_traditional("抖音")
        (True, False, True, False)
    """
    if text.isascii():
        return False
    codes = [ord(letter) for letter in text]
    traditional = sum(code in _singly("t2s") for code in codes)
    return traditional > 0 and traditional > sum(code in _singly("s2t") for code in codes)


def traditional(text: str) -> str:
    """Return simplified text in traditional characters as Taiwan writes them; what stands in 「」 stays as written.

    Example:
        >>> traditional("发出 3 条文案，标题「云步跑鞋」，点击率 1.2%")
        '發出 3 條文案，標題「云步跑鞋」，點擊率 1.2%'
    """
    parts, last = [], 0
    for quoted in _QUOTED.finditer(text):
        parts += [_converter("s2tw").convert(text[last : quoted.start()]), quoted.group()]
        last = quoted.end()
    return "".join([*parts, _converter("s2tw").convert(text[last:])])
