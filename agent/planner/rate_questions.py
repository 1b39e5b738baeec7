"""Questions about the rates of the plan in force: why one creative is expected to do better, what another hour would change.

为什么第一条比第二条点击率高? What if we run it at 9 pm? Such a question needs the response model, so it becomes a call of ``predict_ctr``
or ``predict_cvr``. Questions about the plan's own figures are those of `questions`. Not here: the answer (agent/explain_response).
"""

from __future__ import annotations

import re
from typing import Any, Literal, NamedTuple

from .numbers import chinese_value
from .sure import ORDINALS

Tool = Literal["predict_ctr", "predict_cvr"]
RATES: dict[Tool, re.Pattern[str]] = {
    "predict_cvr": re.compile(r"(?<![a-z])cvr(?![a-z])|转化率|conversion rate|converts? (?:better|more|worse|less)"),
    "predict_ctr": re.compile(r"(?<![a-z])ctr(?![a-z])|点击率|点击(?:更?[多少高低好])|click[- ]?through|(?:more|fewer|better|less) clicks"),
}
WHY = re.compile(r"为什么|为何|为啥|凭什么|怎么会|什么原因|(?<![a-z])(?:why|how come|what makes|what is the reason)(?![a-z])")
CREATIVE = re.compile(
    r"素材|标题|文案|广告语|创意|图片|这[一]?[条张版句]|那[一]?[条张版句]|第[一二三四五六七八九十\d]{1,2}[条张个版句]?|前者"
    r"|(?<![a-z])(?:headlines?|creatives?|ad cop(?:y|ies)|captions?|drafts?|variants?|banners?|pictures?|this ad|that ad"
    r"|(?:first|second|third|fourth|fifth|sixth|last|1st|2nd|3rd) (?:one|ad|version))(?![a-z])"
)
NTH = re.compile(
    r"第([一二两三四五六七八九十]|\d{1,2})\s?[条张个版句则]?|最后一[条张个版句则]"
    r"|(?<![a-z])(first|second|third|fourth|fifth|sixth|1st|2nd|3rd|4th|5th|6th|last)(?! (?:week|day|month|year|time|quarter))(?![a-z])"
    r"|(?:headline|creative|caption|draft|variant|banner|picture|ad) (?:no\.? ?|number |#)?(\d{1,2})(?!\d)"
)
WHAT_IF = re.compile(
    r"会怎么?样|会如何|怎么样|会更?[高低好差]|会变|有什么(?:变化|区别|不同|影响)|效果(?:如何|呢)|行不行|好不好|会不会"
    r"|(?<![a-z])(?:what if|what happens|what would happen|how would|how about|what about|would (?:it|that|the)|any better|what difference)(?![a-z])"
)
HOUR = re.compile(
    r"(?P<part>凌晨|清晨|早上|上午|中午|下午|傍晚|晚上|晚间|夜里|夜晚|深夜|半夜)?的?(?P<zh>\d{1,2}|[零一二两三四五六七八九十]{1,3})(?:点(?!击|赞|评|\d)|[时](?!尚|间|髦|候|装|节|段|长|效))"
    r"|(?<![\d:.])(?P<en>\d{1,2})(?::\d\d)?\s?(?P<half>a\.?m\.?|p\.?m\.?)(?![a-z])"
    r"|(?P<late>下午|傍晚|晚上|晚间|夜里|夜晚|深夜)?(?<![\d:.])(?P<clock>\d{1,2}):\d\d(?![\d:])|(?<![a-z])(?P<word>noon|midnight)(?![a-z])"
)
MORE = re.compile(r"[多少快慢早晚高低大小好便宜贵短长][^，。]?$|[投花加减省]$")
LATE = {"下午", "傍晚", "晚上", "晚间", "夜里", "夜晚", "深夜"}
WEEKDAYS = {
    **{f"{week}{day}": i for i, days in enumerate(("一1", "二2", "三3", "四4", "五5", "六6", "日天")) for day in days for week in ("周", "星期", "礼拜")},
    **{day: i for i, day in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))},
    "周末": 5,
    "weekend": 5,
}  # fmt: skip
WEEKDAY = re.compile("|".join(sorted(WEEKDAYS, key=len, reverse=True)))


class RateQuestion(NamedTuple):
    """What is asked: the tool that answers, ``why`` or ``what_if``, and its further arguments."""

    tool: Tool
    ask: Literal["why", "what_if"]
    args: dict[str, Any]


def asks_why_of_a_creative(text: str) -> bool:
    """Whether a message (lower case) asks why some creative has its rate.

    Example:
        >>> asks_why_of_a_creative("为什么这条素材点击率更高？"), asks_why_of_a_creative("预测点击率")
        (True, False)
    """
    return all((WHY.search(text), CREATIVE.search(text), any(rate.search(text) for rate in RATES.values())))


def rate_question(text: str, channels: list[str], discount: float | None = None) -> RateQuestion | None:
    """Return what a message (lower case) asks of the plan's rates, or None; `channels` and `discount` are what it names.

    Example:
        >>> rate_question("为什么第一条比第二条点击率高", [])
        RateQuestion(tool='predict_ctr', ask='why', args={'creative': 1, 'against': 2})
        >>> rate_question("what if we run it at 9 pm?", []).args
        {'hour': 21}
    """
    tool: Tool | None = next((name for name, words in RATES.items() if words.search(text)), None)
    where = {"channel": channels[0]} if len(channels) == 1 else {}
    if tool is not None and WHY.search(text) and CREATIVE.search(text):
        named = [n for m in NTH.finditer(text) if (n := _nth(m)) is not None]
        return RateQuestion(tool, "why", where | dict(zip(("creative", "against"), dict.fromkeys(named), strict=False)))
    if not WHAT_IF.search(text):
        return None
    change: dict[str, Any] = {}
    if (hour := hour_in(text)) is not None:
        change["hour"] = hour
    if m := WEEKDAY.search(text):
        change["weekday"] = WEEKDAYS[m[0]]
    if tool is not None and discount is not None:
        change["discount"] = discount
    # A discount or a channel also changes what the plan sells and spends; only where a rate is named it is a question of rates.
    if "hour" not in change and tool is None:
        return None
    return RateQuestion(tool or "predict_ctr", "what_if", where | change) if change or (tool and where) else None


def hour_in(text: str) -> int | None:
    """Return the hour of day a text names, 0..23.

    Example:
        >>> [hour_in(t) for t in ("晚上9点投", "中午12点", "at 9:30 pm", "第2点", "点击率")]
        [21, 12, 21, 2, None]
    """
    for m in HOUR.finditer(text):
        if m["word"]:
            return 12 if m["word"] == "noon" else 0
        if m["en"]:
            hour = int(m["en"])
            if 1 <= hour <= 12:
                return hour % 12 + (12 if m["half"].startswith("p") else 0)
            continue
        if m["zh"] == "一" and not m["part"] and MORE.search(text[: m.start()]):
            # 多投一点 is a little more, not one o'clock.
            continue
        said = m["zh"] or m["clock"]
        value = int(said) if said.isdigit() else int(chinese_value(said) or -1)
        part = m["part"] or m["late"]
        if part in LATE and 1 <= value <= 11:
            value += 12
        elif part in ("晚上", "夜里", "深夜", "半夜") and value == 12:
            value = 0
        elif part == "中午" and value <= 2:
            value += 12
        if 0 <= value <= 23:
            return value
    return None


def _nth(m: re.Match[str]) -> int | None:
    word = next((g for g in m.groups() if g), "last")
    return int(word) if word.isdigit() else ORDINALS.get(word)
