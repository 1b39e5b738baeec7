"""Channels a merchant takes back within one message: fb - no, google; 不要抖音要快手; last year we wasted money on baidu.

What stands after the last word of correction wins over what stands before it; channels that are denied, or were tried in the
past, are none. Not here: sums and lengths put right in the same breath (slips), edits of an earlier turn (edits).
"""

from __future__ import annotations

import re

from .filling import Slots
from .lexicon import Hit
from .scan import Scan

CUE = re.compile(
    r"等等[，,]?|等下|啊不(?!是)|哦不(?!是)|不不+|不对|[打说写记搞]错了?[，,]?|更正|改口|算了|(?<![a-z])(?:no[ ,]+wait|wait|scratch that|sorry|oops|typo|h+mm+,? no|no(?=,? [$£€]?\d)|make that|i mean|i meant|actually|my (?:mistake|bad)|nah|correction)(?![a-z])"
)
DENIED_BEFORE = re.compile(
    r"(?:不是|不要|不用|不投|不上|别投?|别用|不想(?:投|用|做)|除了|(?<![a-z])(?:not|no|without|except|never|instead of|rather than|avoid|skip|forget)) ?(?:on |the |for )?$"
)
DENIED_AFTER = re.compile(
    r"(?:'s| is| was)? (?:no good|not for us|rubbish|useless|a waste)| (?:doesn't|didn't|never) (?:work|convert)|(?:不行|不做|就?算了|没用|不投了?|不要)"
)
PAST = re.compile(
    r"去年|前年|上次|上回|之前|以前|(?<![a-z])(?:last (?:year|month|time|week|season)|before|previously|wasted|burn(?:ed|t)|used to)(?![a-z])"
)
ONLY_AFTER = re.compile(r" ?(?:only(?![a-z])|就行|就好|就够了?)")
ONLY_BEFORE = re.compile(r"(?:只投|只用|只要|只做|就投|(?<![a-z])(?:only|just|stick to)) ?(?:on |use )?$")
SENTENCE = re.compile(r"[，。；;!?！？\n]|,(?!\d)|[.:](?!\d)")


def correct(s: Scan, slots: Slots) -> Slots:
    """The slots of a request without the channels that the message takes back.

    Example:
        >>> from datetime import date
        >>> from adwright.agent.planner.scan import scan
        >>> correct(scan("smart plugs on google, not facebook", date(2026, 11, 23)), {"channels": ["google", "facebook"]})
        {'channels': ['google']}
    """
    if "channels" not in slots:
        return slots
    cues = [m for m in CUE.finditer(s.plain)]
    kept = _channels(s, cues[-1] if cues else None)
    if not kept or kept == slots["channels"]:
        return slots
    slots = {**slots, "channels": kept}
    if set(slots.get("split", {})) - set(kept):
        slots.pop("split")
    return slots


def _channels(s: Scan, cue: re.Match[str] | None) -> list[str]:
    """The channels that are left after denials; all when none was denied."""
    hits, text = s.places.hits, s.plain
    only = [h for h in hits if ONLY_AFTER.match(text[h.end :]) or ONLY_BEFORE.search(text[: h.start])]
    out: set[str] = set()
    for h in hits:
        if DENIED_BEFORE.search(text[: h.start]) or DENIED_AFTER.match(text[h.end :]) or _was(text, h):
            out.add(h.id)
    if cue:
        before, after = [h for h in hits if h.end <= cue.start()], [h for h in hits if h.start >= cue.end()]
        if before and after and after[0].start - cue.end() <= 12:
            out.add(before[-1].id)
    if out and only:
        return list(dict.fromkeys(h.id for h in only if h.id not in out)) or s.places.ids
    if only and cue and len(hits) > len(only):
        return list(dict.fromkeys(h.id for h in only))
    denied_later = {h.id for h in hits if h.id in out and not _said_plainly(s, h, cue)}
    return [c for c in s.places.ids if c not in (denied_later if denied_later else out)] or s.places.ids


def _said_plainly(s: Scan, h: Hit, cue: re.Match[str] | None) -> bool:
    """Whether a denied channel is wanted after the correction itself (fb. sorry, not fb but fb ads)."""
    return (
        cue is not None
        and h.start >= cue.end()
        and not DENIED_BEFORE.search(s.plain[: h.start])
        and not DENIED_AFTER.match(s.plain[h.end :])
    )


def _was(text: str, h: Hit) -> bool:
    """Whether the clause of the channel tells of the past."""
    start = max((m.end() for m in SENTENCE.finditer(text, 0, h.start)), default=0)
    return PAST.search(text[start : h.start]) is not None
