"""Which group of customers a merchant means: a segment by id, name or place in the list, a life-cycle stage, or words of their names.

沉睡客户 is the stage of that name where no segment is called so; "the weekend shoppers" is the one segment whose name holds the word.
Words that several groups share tell less; where two fit alike, the groups are named instead of one being guessed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...data import knowledge
from ...data.errors import AdwrightError
from ...data.knowledge.files import fold
from ...data.words import both
from .words import terms_of

if TYPE_CHECKING:
    from ...data.plan import Segment

FORCED = re.compile(r"k\d{1,2}-\d+")
# 第二类, group 2, the 2nd segment
PLACE = re.compile(
    r"第([一二三四五六七八九十]|\d{1,2})[类群组个]|(?:group|segment|cluster) (?:no\. ?|#)?(\d{1,2})|(\d{1,2})(?:st|nd|rd|th) (?:group|segment)"
)
DIGITS = "零一二三四五六七八九十"
# Words that say "people" and no more.
PLAIN = frozenset(
    [
        "客户",
        "顾客",
        "用户",
        "会员",
        "人群",
        "买家",
        "人",
        "customers",
        "customer",
        "buyers",
        "buyer",
        "people",
        "shoppers",
        "users",
        "members",
        "the",
        "our",
        "my",
        "of",
        "and",
        "in",
        "on",
        "的",
        "和",
    ]
)


def asked_group(segments: list[Segment], named: str) -> str:
    """Return the id of the segment or stage that `named` means; raises `AdwrightError` (``unknown-segment``) naming what there is.

    Ids are ours (``s1``, ``k3-2``, ``lapsed``), so they may stand in a file name.

    Example:
        >>> asked_group(find_segments(shop).segments, "沉睡客户")  # doctest: +SKIP
        'lapsed'
    """
    said = fold(named).strip()
    real = [s for s in segments if s.id != "assumed"]
    stages = knowledge.stage_rules()
    for one in (*real, *stages):
        if said and said in (fold(one.id), fold(one.name.zh), fold(one.name.en)):
            return one.id
    core = _bare(said)
    for stage in stages:
        # "Loyal customers" is the stage, though a segment's longer name may hold the word too.
        if core and core in {_bare(fold(word)) for word in (stage.name.zh, stage.name.en, *stage.words)}:
            return stage.id
    if FORCED.fullmatch(said):
        return said
    if place := PLACE.search(said):
        word = next(g for g in place.groups() if g)
        n = int(word) if word.isdigit() else DIGITS.index(word)
        if 1 <= n <= len(real):
            return real[n - 1].id
    names = {s.id: _words(f"{s.name.zh} {s.name.en}") for s in real}
    names |= {stage.id: frozenset(fold(word) for word in (stage.name.zh, stage.name.en, *stage.words)) for stage in stages}
    held = {id_: [w for w in own if _stands(w, said)] for id_, own in names.items()}
    # A word of one group alone tells it apart; one that three groups share tells a third as much.
    score = {id_: sum(1 / sum(w in other for other in names.values()) for w in own) for id_, own in held.items()}
    best = sorted(score, key=lambda id_: -score[id_])[:2]
    if not real or not best or not score[best[0]] or (len(best) > 1 and score[best[0]] < score[best[1]] + 1e-9):
        raise _unknown(real, named)
    return best[0]


def _bare(text: str) -> str:
    """A text without the words that say "people" and no more."""
    for word in sorted(PLAIN, key=len, reverse=True):
        text = re.sub(rf"(?<![a-z]){word}(?![a-z])" if word.isascii() else word, "", text)
    return " ".join(text.split())


def _words(names: str) -> frozenset[str]:
    return frozenset(word for word in terms_of(names) if word not in PLAIN)


def _stands(word: str, text: str) -> bool:
    """Whether a word stands in the text: as a whole word in English, anywhere in Chinese."""
    return re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])" if word.isascii() else re.escape(word), text) is not None


def _unknown(segments: list[Segment], named: str) -> AdwrightError:
    stages = knowledge.stage_rules()
    zh = "、".join(s.name.zh for s in segments) or "还没有"
    en = ", ".join(s.name.en for s in segments) or "none yet"
    problem = (
        both(f"不清楚“{named}”指哪个人群。", f"It is not clear which group “{named}” is.")
        if named.strip()
        else both("没有说是哪个人群。", "No group was named.")
    )
    return AdwrightError(
        problem,
        both(
            f"人群：{zh}。也可以说客户阶段：{'、'.join(s.name.zh for s in stages)}。",
            f"Segments: {en}. Stages of customers work too: {', '.join(s.name.en for s in stages)}.",
        ),
        code="unknown-segment",
    )
