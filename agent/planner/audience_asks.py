"""Asks about people whose words leave no doubt: who should see a campaign, and handing a group of customers to an ad platform.

谁该看这个活动？ is answered by the segments weighed for the product; 把沉睡客户导出到千川 becomes an `export_audience` call that waits
for approval. Patterns are data (``[people]`` in words.toml). Not here: finding segments (tools/audience), the answers.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from .lexicon import words
from .scan import Scan

# Words around the group's own name that say nothing of it.
_EDGES = re.compile(
    r"^(?:帮我|请|麻烦|给我|把|将|我们?的?|店里的?|全部|所有|这些?|那些?|一份|一个|做|生成|导出|下载|打包|上传|推送|同步|到|给|成|\s)+"
    r"|(?:这|那)?[一]?(?:些|个|批|群)?(?:人群包?|受众包?|名单|的?人|导出|下载|打包|上传|推送|同步|到|给|成|为|去|的|\s)+$"
    r"|^(?:please |can you |could you |export|upload|sync|hand over|turn|make|build|custom(?:er match)?|audience|file|list|for|from|the|my|our|all|of|an?| )+(?![a-z])"
    r"|(?<![a-z])(?:audience|segment|group|list|file|to|for|into|as|a|an|the|custom|customer match|seed| )+$"
)


class PeopleAsk(NamedTuple):
    """What is asked: the tool; for an export the platform ("" when none is named) and the words for the group; where the words stand."""

    tool: str
    platform: str = ""
    group: str = ""
    start: int = 0
    end: int = 0


@cache
def _patterns() -> tuple[dict[str, re.Pattern[str]], dict[str, re.Pattern[str]]]:
    own = words()["people"]
    return (
        {name: re.compile(own[name]) for name in ("hand_over", "not_hand_over", "who", "not_who")},
        {name: re.compile(regex) for name, regex in own["platforms"].items()},
    )


def people_ask(s: Scan) -> PeopleAsk | None:
    """Return what a message asks about people, or None; a budget asks for a plan, whatever else it mentions.

    Example:
        >>> from datetime import date
        >>> from adwright.agent.planner.scan import scan
        >>> people_ask(scan("把沉睡客户导出到千川", date(2026, 11, 23)))[:3]
        ('export_audience', 'qianchuan', '沉睡客户')
        >>> people_ask(scan("who should see this campaign and why", date(2026, 11, 23))).tool
        'segment_users'
    """
    if any(a.sure for a in s.amounts):
        return None
    patterns, platforms = _patterns()
    text = s.plain
    if patterns["hand_over"].search(text) and not patterns["not_hand_over"].search(text):
        platform, place = next(((name, m) for name, regex in platforms.items() if (m := regex.search(text))), ("", None))
        return PeopleAsk("export_audience", platform, _group(text, place))
    who = patterns["who"].search(text)
    if who and not patterns["not_who"].search(text):
        return PeopleAsk("segment_users", start=who.start(), end=who.end())
    return None


def _group(text: str, place: re.Match[str] | None) -> str:
    """The words for the group: what is left without the platform, the verb and the noun of the ask."""
    rest = text if place is None else f"{text[: place.start()]} {text[place.end() :]}"
    rest = max((part.strip() for part in re.split(r"[，。,.!?！？；;]", rest)), key=len, default="")
    before = None
    while rest != before:
        before, rest = rest, _EDGES.sub("", rest).strip()
    return rest
