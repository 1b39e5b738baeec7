"""What a question about the past narrows: channel, category, kind of document and time; and whether it asks what worked.

Filters come first and are hard: who asks for Douyin last winter gets nothing else. What stays is for the ranking.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ...data import knowledge
from ...data.errors import AdwrightError
from ...data.knowledge.files import fold
from ...data.words import both
from .documents import SEASON_WORDS, Document, spans
from .times import Period, period_in

WORKED = re.compile(
    r"\bwork(?:s|ed|ing)?\b|\bbest\b|\bsuccess|\bwon\b|\bperform|\bpaid off\b|\bprofit|\bdid (?:well|badly|better)\b|"
    r"效果|最好|表现|好用|成功|赚|回报|划算|管用|奏效|反响|卖得|跑得|投得",
    re.IGNORECASE,
)
# Names of channels that are everyday words too.
_EVERYDAY = frozenset(
    [
        "shorts",
        "reels",
        "moments",
        "snap",
        "tweet",
        "tweets",
        "texting",
        "社群",
        "邮箱",
        "私域",
        "聚光",
        "meta",
        "search",
        "ad",
        "search",
        "ads",
        "line",
        "ins",
    ]
) | {
    "search ad",
    "search ads",
}
# What a question says about asking, not about campaigns.
_ASKING = re.compile(
    r"什么样?的?|哪[些个种条几]|怎么样|如何|我们|咱们|店里|之前|以前|过去|历史上?|往期|上[次回届]|投放|投[过得了的]|做[过了]|跑[过得了]|卖得|广告|渠道|推广|活动|文案|标题|素材|创意|"
    r"效果|最[好差高低]|表现|比较|回报|好用|管用|奏效|反响|成功|失败|点击率?|转化率?|"
    r"\b(?:what|which|how|did|do|does|we|us|our|run|ran|worked?|working|works|best|well|past|previous|campaigns?|ads?|advertis\w+|ever|used?|channels?|"
    r"results?|perform\w*|badly|worst|back|on|in|for|of|with|last|this|year|time|tell|show|find|me|about|copy|headlines?|creatives?|shop|store)\b",
    re.IGNORECASE,
)


class Filters(NamedTuple):
    """What passes: `channels` and `category` where given, `kinds` of documents, a `period`; `stated` says whether anything was asked for."""

    channels: frozenset[str] = frozenset()
    category: str = ""
    kinds: frozenset[str] = frozenset({"campaign"})
    period: Period | None = None

    @property
    def stated(self) -> bool:
        """Whether a channel, a category or a time was asked for."""
        return bool(self.channels or self.category or self.period)


def filters_of(query: str, given: Mapping[str, Any] | None, today: date) -> Filters:
    """Return what `given` asks for (keys ``channel``, ``category``, ``kind``, ``when``), or with None what the question itself names.

    ``when`` is a `Period` or words ("last winter"). Raises `AdwrightError` (``unknown-channel``, ``unknown-period``, ``unknown-filter``).

    Example:
        >>> filters_of("what worked on Douyin last winter?", None, date(2026, 11, 23)).period.start
        datetime.date(2025, 12, 1)
    """
    if given is None:
        return Filters(channels_in(query), period=period_in(query, today))
    unknown = sorted(set(given) - {"channel", "category", "kind", "when"})
    if unknown:
        raise AdwrightError(
            both(f"不认识筛选条件 {'、'.join(unknown)}。", f"Unknown filter: {', '.join(unknown)}."),
            both("可用：channel、category、kind、when。", "There are channel, category, kind and when."),
            code="unknown-filter",
        )
    wanted = {key: value for key, value in given.items() if value}
    channels = frozenset({knowledge.channel(wanted["channel"]).id}) if "channel" in wanted else frozenset[str]()
    when = wanted.get("when")
    period = when if isinstance(when, Period) or when is None else period_in(str(when), today)
    if when is not None and period is None:
        raise AdwrightError(
            both(f"看不懂时间“{str(when)[:40]}”。", f"“{str(when)[:40]}” is no time I can read."),
            both("例如：去年冬天、2025年11月、最近3个月。", "For example: last winter, November 2025, the last 3 months."),
            code="unknown-period",
        )
    kind = wanted.get("kind", "campaign")
    kinds = frozenset({"campaign", "running", "creative"} if kind == "any" else {kind})
    return Filters(channels, str(wanted.get("category", "")), kinds, period)


def channels_in(query: str) -> frozenset[str]:
    """Return the channels that a question names, without names that are everyday words.

    Example:
        >>> sorted(channels_in("抖音和小红书哪个好")), channels_in("meta analysis of shorts")
        (['douyin', 'xiaohongshu'], frozenset())
    """
    plain, found = fold(query), set[str]()
    for pattern, id_ in _names():
        plain, hits = pattern.subn(" ", plain)
        if hits:
            found.add(id_)
    return frozenset(found)


@cache
def _names() -> list[tuple[re.Pattern[str], str]]:
    names = [
        (name, id_)
        for name, id_ in knowledge.channel_names().items()
        if (name not in _EVERYDAY and (len(name) >= 4 if name.isascii() else len(name) >= 2)) or name in ("xhs", "jd", "pdd", "sms")
    ]
    return [(re.compile(_alone(name)), id_) for name, id_ in sorted(names, key=lambda pair: -len(pair[0]))]


def _alone(name: str) -> str:
    return rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])" if name.isascii() else re.escape(name)


def subject(query: str, filters: Filters) -> str:
    """Return what a question is about beside channel, time and the words of asking.

    Example:
        >>> subject("how did running shoes do on Douyin last winter?", filters_of("Douyin last winter", None, date(2026, 11, 23)))
        'running shoes'
    """
    plain = fold(query)
    if filters.channels:
        for pattern, _ in _names():
            plain = pattern.sub(" ", plain)
    if filters.period and filters.period.feast and (name := knowledge.occasion_of(plain)):
        feast = knowledge.occasions()[name]
        for word in sorted((*feast.words_zh, *feast.words_en), key=len, reverse=True):
            plain = re.sub(_alone(fold(word)), " ", plain)
    if filters.period:
        plain = re.sub(
            r"大前年|前年|去年|今年|上[一个]*|最近|近|[一二两三四五六七八九十半\d]+个?(?:天|周|月|年|季度)|[冬春夏秋][天季]|上半年|下半年|20\d\d年?|"
            r"\b(?:winter|spring|summer|autumn|fall|month|quarter|week|days?|months|years?|q[1-4]|20\d\d)\b",
            " ",
            plain,
        )
    return " ".join(_ASKING.sub(" ", plain).translate(str.maketrans("上在里", "   ")).split()).strip(" ?？。.,，!！的了呢吗")


def expanded(query: str, timed: bool = False) -> str:
    """Add to a question the ids of the festival, season and category it names, as documents have them; `timed`: the season is a filter already."""
    extra = [id_ for id_ in (knowledge.occasion_of(query), knowledge.category_of(query)) if id_]
    plain = query.lower()
    if not timed:
        extra += [words for words in SEASON_WORDS.values() if any(w in plain for w in words.replace("季", "").replace("天", "").split())]
    return " ".join([query, *extra])


class Passing:
    """Which documents pass filters: the same test as a mask over all documents and as Chroma's ``where``."""

    def __init__(self, documents: list[Document]) -> None:
        columns = {key: [str(getattr(d, key)) for d in documents] for key in ("channel", "category", "kind")}
        self.names = {key: {name: i for i, name in enumerate(sorted(set(column)))} for key, column in columns.items()}
        self.codes = {key: np.array([self.names[key][name] for name in column], dtype=np.int32) for key, column in columns.items()}
        days = np.array(spans(documents), dtype=np.int64).reshape(-1, 2)
        self.start, self.end = days[:, 0], days[:, 1]
        self.middle = days.sum(axis=1) // 2

    def mask(self, filters: Filters) -> np.ndarray:
        """Return [documents] bool. A campaign is of the season, month or year that its middle lies in."""
        inside = self._among("kind", filters.kinds)
        if filters.channels:
            inside &= self._among("channel", filters.channels)
        if filters.category:
            inside &= self._among("category", {filters.category})
        if filters.period:
            first, last = filters.period.start.toordinal(), filters.period.end.toordinal()
            low, high = (self.end, self.start) if filters.period.touch else (self.middle, self.middle)
            inside &= (low >= first) & (high <= last)
        return inside

    def _among(self, key: str, names: Iterable[str]) -> np.ndarray:
        return np.isin(self.codes[key], [self.names[key][name] for name in names if name in self.names[key]])

    def metadata(self, i: int) -> dict[str, str | int]:
        """Return document `i`'s filters as the vector store keeps them."""
        plain: dict[str, str | int] = {key: list(self.names[key])[codes[i]] for key, codes in self.codes.items()}
        return plain | {"start": int(self.start[i]), "end": int(self.end[i]), "middle": int(self.middle[i])}

    def where(self, filters: Filters) -> dict[str, Any] | None:
        """Return the filters in Chroma's language; None where everything passes, which a store finds fastest."""
        clauses: list[dict[str, Any]] = []
        if not filters.kinds.issuperset(self.names["kind"]):
            clauses.append({"kind": {"$in": sorted(filters.kinds)}})
        if filters.channels:
            clauses.append({"channel": {"$in": sorted(filters.channels)}})
        if filters.category:
            clauses.append({"category": filters.category})
        if filters.period:
            low, high = ("end", "start") if filters.period.touch else ("middle", "middle")
            clauses += [{low: {"$gte": filters.period.start.toordinal()}}, {high: {"$lte": filters.period.end.toordinal()}}]
        return {"$and": clauses} if len(clauses) > 1 else clauses[0] if clauses else None
