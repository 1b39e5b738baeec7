"""Channels in a message, and the shares of the budget said with them: 抖音八成、B站两成; Google 75% Facebook 25%; 七三开.

Names and slang come from the channel knowledge; a name that also means something else counts only in company. A typed
slip of one letter in a long English name is forgiven. Not here: channels to add or remove in an edit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import OSA

from .lexicon import Hit, channel_table, word_list
from .numbers import chinese_value, english_value

PERCENT = re.compile(
    r"(?P<words>(?:ten|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ -]five)?)\s?(?:%|percent|per ?cent|pct)(?![a-z])|(?P<num>\d+(?:\.\d+)?)\s?(?:%|percent|per ?cent|pct|个点)|百分之(?P<zhp>[零一二三四五六七八九十百\d]+)|(?P<cheng>\d+|[一二两三四五六七八九])成(?P<half>半|五)?(?!分|功|人|套|品|长)"
    r"|(?P<frac>三分之一|三分之二|四分之一|四分之三|五分之一|五分之二|五分之三|五分之四|one[ -]third|a third|two[ -]thirds|(?:a|one) quarter(?= (?:of|on|to|into|goes|each))|three[ -]quarters(?! of a )|one[ -]fifth|a fifth)|(?P<half1>一半|半数|(?<![a-z])(?<!and a )half(?! (?:an?|price|off|million|thousand|grand|billion|months?|years?|days?|weeks?)\b))"
)
FRACTIONS = {
    "三分之一": 1 / 3, "三分之二": 2 / 3, "四分之一": 0.25, "四分之三": 0.75, "五分之一": 0.2, "五分之二": 0.4, "五分之三": 0.6, "五分之四": 0.8,
    "one third": 1 / 3, "a third": 1 / 3, "two thirds": 2 / 3, "a quarter": 0.25, "one quarter": 0.25, "three quarters": 0.75, "one fifth": 0.2, "a fifth": 0.2,
}  # fmt: skip
RATIO = re.compile(
    r"(?<![\d:/.])(\d{1,2})\s?(?::|/|比|-)\s?(\d{1,2})(?:\s?(?::|/|比|-)\s?(\d{1,2}))?(?![\d:/.%岁万wk]|\s?(?:岁|year|yo\b))|([一二三四五六七八九])([一二三四五六七八九])开|([一二三四五六七八九])比([一二三四五六七八九])"
)
EVEN = re.compile(
    r"五五开|对半(?:开|分)?|平分|均分|平均(?:分配?|投)?|各半|各一半|各占一半|一人一半|一家一半|等分|各50%|(?:split )?evenly|equally|even split|equal split|equal shares?|half and half|half[ -]half|50[ -]?50|half each|fifty[ -]fifty|50% each|same amount each"
)
REST = re.compile(
    r"(?:其余|剩下|余下|剩余|其他|另外)(?:的|部分|全部|都)*(?:投|给|放|归|用|在|到|全)*|(?:the )?(?:rest|remaining|remainder|balance|other half)(?: (?:\d+ ?% )?(?:goes|going|go|is))?(?: (?:on|to|for|into|in))?"
)
NOT_A_SHARE = re.compile(
    r"(?:roi|roas|投产比?|回报率?|利润率?|毛利率?|点击率|转化率|ctr|cvr|margin|折扣?|discount|off|涨|降|减|增加|提高|cut|raise|increase|reduce|up by|down by)[^，。,;；]{0,8}$"
)
SHIFTING = re.compile(
    r"(?:从|把|由).{1,12}(?:挪|移|转|拨|调|匀)(?:到|给|至|去)?|(?:move|shift|transfer|reallocate|take|swing|push|nudge|bump|slide|pull|switch|carry|send|bring)\s.{0,24}(?:from|out of)\s"
    r"|(?:挪|匀|拨|转|移)(?:出|走)?\s?(?:\d+(?:\.\d+)?\s?%|百分之.{1,3}|[一二两三四五六七八九\d]成|一半)[^，。]{0,4}(?:给|到|去|，从|,从)|预算的\s?(?:\d+(?:\.\d+)?\s?%|[一二两三四五六七八九]成|一半)[^，。]{0,3}(?:给|到)"
    r"|(?:give|hand|pass|put)\s.{0,20}\sof\s\w+'s\s(?:budget|money|spend|share)\s"
)
JOINERS = re.compile(r"\s*(?:,|，|、|/|\+|&|和|与|跟|及|以及|还有|加|and|plus|or|或|;)?\s*(?:on |the )?")
PLACING_BEFORE = re.compile(
    r"(?:渠道:?(?:是|用|选|为|走)?|平台:?|投放?在?|上|走|用|发在?|在|通过|on|via|through|using|channels?:?|platforms?:?|run (?:it )?on|ads? on|for)\s?$"
)
PLACING_AFTER = re.compile(r"\s?(?:ads?|campaign|上|渠道|平台|投放|推广|引流|占|\d+%|拿|广告|为主)")


@dataclass(frozen=True)
class Places:
    """Channels in the order named, their places in the text, and shares (empty when none were said)."""

    hits: list[Hit]
    split: dict[str, float]
    spans: list[tuple[int, int]]

    @property
    def ids(self) -> list[str]:
        """Canonical ids, each once."""
        return list(dict.fromkeys(h.id for h in self.hits))


def find_channels(text: str) -> list[Hit]:
    """Channel names in normalised text.

    Example:
        >>> [h.id for h in find_channels("facbook + email，小红薯、b站")]
        ['facebook', 'email', 'xiaohongshu', 'bilibili']
    """
    shy = set(word_list("shy_channels"))
    found = channel_table().find(text)
    sure = [h for h in found if h.word not in shy]
    for h in found:
        if h.word in shy and (
            _beside(text, h, sure)
            or (PLACING_BEFORE.search(text[: h.start]) and (PLACING_AFTER.match(text[h.end :]) or not text[h.end :].strip(" .。，,;；")))
        ):
            sure.append(h)
    sure += _misspelt(text, sure)
    return sorted(_no_other_meaning(text, sure), key=lambda h: h.start)


def _beside(text: str, one: Hit, others: list[Hit]) -> bool:
    return any(
        JOINERS.fullmatch(text[a:b]) is not None
        for o in others
        for a, b in ([(o.end, one.start)] if o.end <= one.start else [(one.end, o.start)] if one.end <= o.start else [])
        if b - a <= 8
    )


def _no_other_meaning(text: str, hits: list[Hit]) -> list[Hit]:
    kept = []
    for h in hits:
        tail, head = text[h.end : h.end + 12], text[max(0, h.start - 8) : h.start]
        if re.match(r"\s?(?:s|gift ?cards?|stock|支架|support|account|账号|password|密码)(?![a-z])", tail):
            continue
        if h.word in ("moment", "moments", "short") and re.search(
            r"(?:at the|story|long story|cut|the)\s$", text[max(0, h.start - 12) : h.start]
        ):
            continue
        if h.word == "shorts" and not SHORTS.search(f"{text[: h.start]}|{text[h.end :]}"):
            continue
        if h.word.startswith("search ad") and any(o.id != h.id for o in hits):
            # Another engine's search ads.
            continue
        if re.search(r"(?:对手|竞品|同行|比|than|competitor (?:on|at)|rival on)\s?$", head):
            continue
        kept.append(h)
    return kept


def _misspelt(text: str, known: list[Hit]) -> list[Hit]:
    long_names = {n: i for n, i in channel_table().table.items() if n.isascii() and n.isalpha() and len(n) >= 6}
    hits = []
    for m in re.finditer(r"(?<![a-z])[a-z]{5,14}(?![a-z])", text):
        if any(h.start < m.end() and m.start() < h.end for h in known) or m.group() in COMMON:
            continue
        for name, id_ in long_names.items():
            reach = 1 if len(name) < 9 else 2
            if (
                m.group()[0] == name[0]
                and abs(len(name) - len(m.group())) <= reach
                and OSA.distance(m.group(), name, score_cutoff=reach) <= reach
            ):
                hits.append(Hit(m.start(), m.end(), id_, m.group()))
                break
    return hits


# Shorts are worn, unless films are spoken of: the bar stands where the word does.
SHORTS = re.compile(r"\|\s?(?:scripts?|clips?|videos?|脚本|短片|短视频)|(?:reels?|tiktok|youtube|yt)\s?(?:and|&|/|\+|or|和)\s?\|")
COMMON = {
    "shirts",
    "sheets",
    "skorts",
    "texting",
    "tweets",
    "google",
    "interest",
    "interests",
    "goggle",
    "goggles",
    "wechat",
    "readit",
    "amazing",
    "boogie",
    "emails",
}


def find_places(text: str) -> Places:
    """Channels and the split between them, shares as 0..1.

    Example:
        >>> find_places("抖音八成、b站两成").split, find_places("google and bing, 70/30").split
        ({'douyin': 0.8, 'bilibili': 0.2}, {'google': 0.7, 'bing': 0.3})
    """
    hits = find_channels(text)
    short = _short_split(text) if not hits else None
    if short:
        return short
    ids = list(dict.fromkeys(h.id for h in hits))
    split, spans = _percent_split(text, hits)
    if not split and len(ids) >= 2:
        even = EVEN.search(text)
        ratio = next((m for m in RATIO.finditer(text) if _near(m, hits)), None)
        if ratio:
            parts = [ratio_part(p) for p in ratio.groups() if p]
            if (len(parts) == len(ids) and sum(parts) in (10, 100)) or (len(parts) == len(ids) and _near_tight(text, ratio, hits)):
                split = {i: round(p / sum(parts), 4) for i, p in zip(ids, parts, strict=True)}
                spans = [ratio.span()]
        if not split and even:
            split = {i: round(1 / len(ids), 4) for i in ids}
            spans = [even.span()]
        if not split:
            split, spans = _bare_split(text, hits)
    return Places(hits, split, spans)


def ratio_part(word: str) -> float:
    """One side of a ratio, in figures or Chinese."""
    return float(word) if word.isdigit() else float(chinese_value(word) or 0)


def _near(m: re.Match[str], hits: list[Hit]) -> bool:
    return any(abs(m.start() - h.end) <= 16 or abs(h.start - m.end()) <= 10 for h in hits)


def _near_tight(text: str, m: re.Match[str], hits: list[Hit]) -> bool:
    last = max((h.end for h in hits if h.end <= m.start()), default=None)
    return (
        last is not None
        and re.fullmatch(r"[\s,，:()按比例分配为是]*(?:split|at|预算)?[\s:]*", text[last : m.start()]) is not None
        and ":" in m.group() + "比" * 0
    )


def share_value(m: re.Match[str]) -> float | None:
    """The share a `PERCENT` match says, 0..1 (or more)."""
    if m["num"] or m["words"]:
        return float(m["num"] or english_value(m["words"]) or 0) / 100
    if m["zhp"]:
        value = chinese_value(m["zhp"]) if not m["zhp"].isdigit() else int(m["zhp"])
        return float(value) / 100 if value is not None else None
    if m["cheng"]:
        return ratio_part(m["cheng"]) / 10 + (0.05 if m["half"] else 0)
    if m["frac"]:
        return FRACTIONS.get(m["frac"].replace("-", " "))
    return 0.5


def _percent_split(text: str, hits: list[Hit]) -> tuple[dict[str, float], list[tuple[int, int]]]:
    if SHIFTING.search(text):
        return {}, []
    percents = [
        m
        for m in PERCENT.finditer(text)
        if not NOT_A_SHARE.search(text[max(0, m.start() - 14) : m.start()])
        and not re.match(r"\s?(?:roi|roas|off|折扣|的?(?:毛利|利润|点击|转化)|margin|cheaper|discount)", text[m.end() :])
    ]
    if not percents or not hits:
        return {}, []
    marks: list[tuple[int, int, str, Any]] = [(h.start, h.end, "ch", h) for h in hits]
    marks += [(m.start(), m.end(), "pc", m) for m in percents]
    rest = next((m for m in REST.finditer(text) if any(0 <= h.start - m.end() <= 10 for h in hits)), None)
    if rest:
        marks.append((rest.start(), rest.end(), "rest", rest))
    marks.sort(key=lambda x: x[0])
    first = next(i for i, m in enumerate(marks) if m[2] == "pc")
    previous = marks[first - 1] if first else None
    gap = text[previous[1] : marks[first][0]] if previous else ""
    pair_back = previous is not None and previous[2] == "ch" and len(gap) <= 14 and not re.search(r"[。;；.]|,\s|，", gap)
    if pair_back and first + 1 < len(marks) and marks[first + 1][2] == "ch":
        ahead = text[marks[first][1] : marks[first + 1][0]]
        if re.match(r"\s?(?:of (?:it |the (?:budget|money) )?)?(?:on|to|in|for|into|投|给|放|在|用)", ahead) and not re.search(
            r"(?:占|给|用|拿|投|:|at|gets?|takes?|with)\s?$|^\s?$", gap
        ):
            pair_back = False
    split: dict[str, float] = {}
    spans: list[tuple[int, int]] = []
    for i, mark in enumerate(marks):
        if mark[2] != "pc":
            continue
        share = share_value(mark[3])
        side = range(i - 1, -1, -1) if pair_back else range(i + 1, len(marks))
        owner = next((marks[j][3] for j in side if marks[j][2] == "ch"), None)
        neighbour = marks[i - 1][2] if pair_back and i else marks[i + 1][2] if not pair_back and i + 1 < len(marks) else None
        if share is None or owner is None or neighbour not in ("ch",) or owner.id in split:
            continue
        split[owner.id] = round(share, 4)
        spans.append((mark[0], mark[1]))
    if rest and split:
        left = [h.id for h in hits if h.start >= rest.end() and h.id not in split]
        for id_ in dict.fromkeys(left):
            split[id_] = round((1 - sum(split.values())) / max(1, len(set(left))), 4) if len(set(left)) == 1 else 0
        spans.append(rest.span())
    missing = [i for i in dict.fromkeys(h.id for h in hits) if i not in split]
    total = sum(split.values())
    if len(missing) == 1 and 0 < total < 0.999 and len(split) >= 1:
        split[missing[0]] = round(1 - total, 4)
        total = 1.0
    if abs(total - 1) > 0.011 or len(split) < 2:
        return {}, []
    order = list(dict.fromkeys(h.id for h in hits))
    return {i: split[i] for i in order if i in split}, spans


SHORT = {
    "抖": "douyin",
    "快": "kuaishou",
    "红": "xiaohongshu",
    "博": "weibo",
    "京": "jd",
    "淘": "taobao",
    "拼": "pinduoduo",
    "b": "bilibili",
}
SHORT_SPLIT = re.compile(r"(?<![\u4e00-\u9fff\w])(?:[抖快红博京淘拼b]\s?(?:\d0?|[一二三四五六七八九])\s?[，,、]?){2,4}(?![\w万千元块天])")


def _short_split(text: str) -> Places | None:
    """抖6快4, 京七淘三: first letters of channels with shares that make a whole."""
    for m in SHORT_SPLIT.finditer(text):
        pairs = list(re.finditer(r"([抖快红博京淘拼b])\s?(\d0?|[一二三四五六七八九])", m.group()))
        shares = {SHORT[p[1]]: ratio_part(p[2]) for p in pairs}
        whole = sum(shares.values())
        if whole in (10, 100) and len(shares) == len(pairs):
            hits = [Hit(m.start() + p.start(), m.start() + p.end(), SHORT[p[1]], p[1]) for p in pairs]
            return Places(hits, {id_: share / whole for id_, share in shares.items()}, [m.span()])
    return None


def _bare_split(text: str, hits: list[Hit]) -> tuple[dict[str, float], list[tuple[int, int]]]:
    """抖音70，快手30: figures right behind each channel that sum to 10 or 100."""
    split: dict[str, float] = {}
    spans = []
    for h in hits:
        m = re.compile(
            r"\s?:?\s?(\d{1,2}|[一二三四五六七八九])(?![\d一二三四五六七八九十百千]|\s?(?:天|成|折|周|号|月|万|k|w|%|元|块|个|条|张|days?|weeks?|\.))"
        ).match(text, h.end)
        if not m:
            return {}, []
        split[h.id] = ratio_part(m[1])
        spans.append(m.span(1))
    if len(split) >= 2 and sum(split.values()) in (10, 100):
        whole = sum(split.values())
        return {k: v / whole for k, v in split.items()}, spans
    return {}, []
