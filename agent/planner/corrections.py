"""What a merchant takes back within one message: 3万，打错了，2万8; fb - no, google; three weeks, make that four; 不要抖音要快手.

Works on the slots of a fresh request: what stands after the last word of correction wins over the same kind of thing before
it, and channels that are denied, or were tried in the past, are none. Not here: edits of an earlier turn (edits).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from .filling import Slots, tidy, worth
from .lexicon import Hit
from .numbers import find_numbers
from .scan import Scan

CUE = re.compile(
    r"等等[，,]?|等下|啊不(?!是)|哦不(?!是)|不不+|不对|[打说写记搞]错了?[，,]?|更正|改口|算了|(?<![a-z])(?:no[ ,]+wait|wait|scratch that|sorry|oops|typo|h+mm+,? no|no(?=,? [$£€]?\d)|make that|i mean|i meant|actually|my (?:mistake|bad)|nah|correction)(?![a-z])"
)
# How far after the cue its content may stand.
ENDS = re.compile(r"(?<=[^\s，,.])(?:[，；。;!?！？\n]|,(?!\d)|\.(?!\d))")
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


def correct(s: Scan, slots: Slots, read: Callable[[str], Scan]) -> Slots:
    """The slots of a request with what the message takes back put right; `read` scans a passage.

    Example:
        >>> from functools import partial
        >>> from adwright.agent.planner.scan import scan
        >>> day = date(2026, 11, 23)
        >>> s = scan("smart plugs, 60k, no wait make that 65k, youtube", day)
        >>> correct(s, {"budget": 60000}, lambda t: scan(t, day))["budget"]
        65000
    """
    slots = dict(slots)
    cues = [m for m in CUE.finditer(s.plain)]
    if cues:
        cue = cues[-1]
        rest = s.plain[cue.end() :].lstrip(" ，,.:-…改成就是to")
        said = ENDS.split(rest, maxsplit=1)[0]
        if said:
            _quantities(s, slots, cue.start(), said, read(said))
    if "channels" in slots:
        kept = _channels(s, cues[-1] if cues else None)
        if kept and kept != slots["channels"]:
            slots["channels"] = kept
            if set(slots.get("split", {})) - set(kept):
                slots.pop("split")
    return slots


def _quantities(s: Scan, slots: Slots, at: int, said: str, tail: Scan) -> None:
    money = [a for a in s.amounts if a.start < at]
    length = [span for span in (s.period.spans or {}).get("duration_days", []) if span[1] <= at]
    if tail.period.days:
        if "duration_days" in slots or length:
            _last(slots, tail.period.days)
    elif any(a.sure for a in tail.amounts):
        one = next(a for a in tail.amounts if a.sure)
        slots["daily_budget" if one.per_days == 1 else "budget"] = worth(one)
        if one.currency:
            slots["currency"] = one.currency
    else:
        bare = find_numbers(said)
        if not bare or said[: bare[0].start].strip(" $£€¥"):
            return
        value = bare[0].value
        before = max([a.start for a in money], default=-1)
        if length and length[-1][0] > before and 1 <= value <= 60:
            unit = max(1, round((s.period.days or 1) / max(1, _count(s.plain[slice(*length[-1])], s.period.days or 1))))
            _last(slots, int(value) * unit)
        elif money and value >= 50:
            slots["budget"] = tidy(value)


def _count(words: str, days: int) -> int:
    found = find_numbers(words)
    return int(found[0].value) if found and 0 < found[0].value <= days else 1


def _last(slots: Slots, days: int) -> None:
    slots["duration_days"] = days
    if slots.get("end_date") and slots.get("start_date"):
        slots["end_date"] = (date.fromisoformat(slots["start_date"]) + timedelta(days=days - 1)).isoformat()
    if slots.get("daily_budget") and isinstance(slots["daily_budget"], int | float):
        slots["budget"] = tidy(slots["daily_budget"] * days)


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
