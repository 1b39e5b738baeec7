"""What each field of a channel is made of: headlines, item titles, long texts, notes, letters, text messages.

The lines and how one is filled: see `grammar`. Limits and counts come from the channel.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from ...data import knowledge
from ...data.knowledge import Channel, CopyLimit
from ...data.plan import Author
from .by_use import lines_by_use
from .grammar import KINDS, Option, Voice, accept, alike, appeal_of, candidates, capital, grammar, kind_in, short_lines, slots_of, told

IDEAL_BODY = 160
LONG_BODY = 400
# Of a product's facts a text of several sentences tells so many at most.
MOST_TOLD = 4
# So often a text of several sentences ends in a closing line, and a note has a line above its facts, between them and its end, and an end;
# the call to action stands below them anyway.
CLOSED, LED, BETWEEN, ENDED = 0.5, 0.6, 0.5, 0.75
_SMALL = frozenset(["a", "an", "the", "and", "or", "for", "of", "in", "on", "at", "to", "with", "by", "from", "per", "vs"])


@dataclass(frozen=True)
class Text:
    """One text of an advertisement: what it appeals to and which facts it tells; `author` where another than the rest's wrote it."""

    text: str
    facts: list[str]
    appeal: str
    author: Author | None = None


def field_texts(voice: Voice, channel: Channel, limit: CopyLimit, count: int) -> list[Text]:
    """Write `count` different texts for one field, fewer when no more fit."""
    # A text message carries the sender and the way to opt out within the same limit.
    frame = grammar(voice.language)["sms"] if channel.id == "sms" else None
    around = frame["prefix"].format(brand=voice.slots["brand"]) if frame and "brand" in voice.slots else ""
    after = frame["suffix"] if frame else ""
    inner = limit
    if frame and limit.limit is not None:
        inner = limit.model_copy(update={"limit": limit.limit - limit.used(around + after), "field": "description"})
    found: list[Text] = []
    while len(found) < count:
        # One text of the field may have to be shorter than the others: the first.
        room = inner.model_copy(update={"limit": inner.short}) if inner.short and not found else inner
        option = accept(voice, _message(voice) if frame else _options(voice, channel, inner), room)
        if option is None and room is not inner:
            option = accept(voice, _options(voice, channel, inner), inner)
        if option is None or option.text in {t.text for t in found}:
            break
        found.append(Text(f"{around}{option.text}{after}", option.facts, appeal_of(option.line)))
    if channel.id in ("douyin", "weibo", "kuaishou") and limit.field == "body" and found:
        tagged = f"{found[0].text} {hashtags(voice, 2)}"
        if limit.limit is None or limit.used(tagged) <= limit.limit:
            found[0] = Text(tagged, found[0].facts, found[0].appeal)
    return found


def _options(voice: Voice, channel: Channel, limit: CopyLimit) -> Iterator[Option]:
    name = limit.name.en.casefold()
    if channel.kind == "shop" and limit.field == "headline" and "title" in name:
        return _title(voice)
    if "brand name" in name or name == "business name":
        return iter([Option("{brand}", voice.slots.get("brand") or voice.slots["noun"], [])])
    if limit.field == "path":
        return iter([Option("path", re.sub(r"\s+", "-", voice.slots["noun"]), [])])
    if name in ("subject line", "header"):
        lines = grammar(voice.language)["mail"]["subject"]
        order = sorted(lines, key=lambda line: voice.rng.random() + (2 if line in voice.used_lines else 0))
        return (Option(line, *filled) for line in order if (filled := told(voice, line)))
    if limit.field == "body" and (limit.limit or 9999) >= LONG_BODY:
        return _note(voice, channel)
    if limit.field == "body" and (limit.limit or 0) >= (55 if limit.unit == "chars" else 100):
        return _long(voice, limit)
    if channel.kind == "search" and limit.field == "headline":
        return _searched(voice)
    if channel.kind == "search" and limit.field in ("description", "body"):
        return _described(voice, limit)
    if (limit.limit or 99) <= {"headline": 75, "description": 45}.get(limit.field, 0):
        # The only headline of an ad names more than its offer.
        return (option for option in short_lines(voice, "headline") if limit.count > 1 or option.line != "{offer}")
    return short_lines(voice, "line")


def _message(voice: Voice) -> Iterator[Option]:
    """Lines that say what they are about, since nothing stands around a text message."""
    options = list(short_lines(voice, "line"))
    named = [option for option in options if voice.slots["noun"] in option.text]
    yield from [*named, *options]


def _searched(voice: Voice) -> Iterator[Option]:
    """Headlines of a search advertisement; English ones with capitals, as is usual there."""
    for option in short_lines(voice, "search", "headline"):
        yield option if voice.language == "zh" else Option(option.line, title_case(option.text), option.facts)


def _described(voice: Voice, limit: CopyLimit) -> Iterator[Option]:
    """Descriptions of a search advertisement; a short English one goes on with a closing line."""
    room = limit.limit or 0
    # The same sentence with another closing line is no other description.
    fresh = (option for option in short_lines(voice, "search_line", "line") if not holds_used(voice, option.text))
    for option in chain(fresh, short_lines(voice, "search_line", "line")):
        brief = voice.language == "en" and len(option.text) < room // 2
        closers = (c for c in candidates(voice, "closer") if not _facts_in(c) and not _once(c) & _once(option.line)) if brief else iter(())
        closer = next((filled[0] for c in closers if (filled := told(voice, c)) and len(option.text) + len(filled[0]) < room), "")
        yield Option(option.line, f"{option.text} {closer}".strip(), option.facts)


def title_case(text: str) -> str:
    """Capitals at the head of words, as search headlines have them; units, numbers and names keep their letters.

    Example:
        >>> title_case("running shoes: 218 g per shoe")
        'Running Shoes: 218 g per Shoe'
    """
    words = text.split(" ")
    last = ""
    for i, word in enumerate(words):
        unit = last[-1:].isdigit() and len(word) <= 3
        if word.islower() and not unit and (i in (0, len(words) - 1) or word not in _SMALL or last.endswith((":", ".", "?"))):
            words[i] = "-".join(capital(part) for part in word.split("-"))
        last = word
    return " ".join(words)


def _title(voice: Voice) -> Iterator[Option]:
    """A shop's item title: name, then facts and colour as search words, as many as fit."""
    base = voice.slots["full"]
    extra = [f for f in voice.facts if len(f) <= (14 if voice.language == "zh" else 40)]
    voice.rng.shuffle(extra)
    for count in range(min(3, len(extra)), -1, -1):
        words = [base, voice.slots.get("color", ""), *extra[:count]]
        joint = " " if voice.language == "zh" else ", "
        text = joint.join(w for w in words if w and (w == base or w not in base))
        yield Option("{fact}" if count else "{name}", text, extra[:count])
    yield Option("{noun}", voice.slots["noun"], [])


def _long(voice: Voice, limit: CopyLimit) -> Iterator[Option]:
    """Opener, facts, closer, as much as is good to read; falls back to a single line where the field is narrow."""
    room = min(limit.limit or LONG_BODY, IDEAL_BODY)
    joint = "" if voice.language == "zh" else " "
    closers = candidates(voice, "closer")
    for opener in candidates(voice, "opener")[:10]:
        head = told(voice, opener)
        if not head:
            continue
        ends = [*closers[:5], ""] if voice.rng.random() < CLOSED else ["", *closers[:5]]
        for closer in ends:
            tail = told(voice, closer, head[1]) if closer else ("", [])
            if not tail or _once(opener) & _once(closer) or limit.used(joint.join([head[0], tail[0]])) > room:
                continue
            said, taken, middle, used = _once(opener) | _once(closer), set(head[1]) | set(tail[1]), list[str](), [closer]
            for line in candidates(voice, "line"):
                if said & _once(line) or (voice.facts and not middle and not _facts_in(line)):
                    continue
                filled = told(voice, line, taken)
                near = filled and max(alike(filled[0], other) for other in (head[0], tail[0], *middle))
                if filled and near is not None and near < 0.25 and limit.used(joint.join([head[0], *middle, filled[0], tail[0]])) <= room:
                    middle.append(filled[0])
                    used.append(line)
                    taken |= set(filled[1])
                    said |= _once(line)
                    if len(taken) >= MOST_TOLD or len(middle) >= 3:
                        break
            if middle and (taken or not voice.facts):
                text = joint.join(p for p in (head[0], *middle, tail[0]) if p)
                yield Option(opener, text, sorted(taken), tuple(used))
    yield from short_lines(voice, "line")


def _note(voice: Voice, channel: Channel) -> Iterator[Option]:
    """A text of several paragraphs with the facts as a list, for channels with room; a letter where it is e-mail."""
    words, letter = grammar(voice.language), channel.id == "email"
    hooks = candidates(voice, "opener") if letter else _of_tone(voice, "hook")
    woven = not letter and len(voice.facts) > 1 and voice.rng.random() < 0.4
    for opener in hooks:
        head = told(voice, opener)
        if not head or holds_used(voice, head[0]) or (woven and "{list}" in opener):
            continue
        facts, used = voice.rng.sample(voice.facts, min(6, len(voice.facts))), list[str]()
        lead = "" if woven or letter or "{list}" in opener or voice.rng.random() > LED else _first(voice, words["note"]["lead"], used)
        shown, facts = _woven(voice, opener) if woven else (_list(voice, facts, lead), facts)
        about = voice.rng.random() < 0.6 and "scene" not in _once(opener) and not letter
        again = _once(opener) | {"price", "offer"}
        between = about or voice.rng.random() < BETWEEN
        middles = (
            []
            if not between
            else _of_tone(voice, "whom")
            if about
            else [line for line in words["note"]["middle"] if not _once(line) & again]
        )
        ends = candidates(voice, "closer") if letter else _of_tone(voice, "end") if voice.rng.random() < ENDED else []
        parts = [
            words["mail"]["greeting"] if letter else "",
            head[0],
            shown,
            _first(voice, middles, used),
            _first(voice, words["note"]["price"], used),
            voice.slots.get("offer", "") if "offer" not in _once(opener) else "",
            _first(voice, [line for line in ends if not _facts_in(line)], used),
            hashtags(voice, 5) if channel.id == "xiaohongshu" else "",
            words["mail"]["sign"].format(brand=voice.slots["brand"]) if letter and "brand" in voice.slots else "",
        ]
        yield Option(opener, "\n\n".join(p for p in parts if p), facts, tuple(used))


def _woven(voice: Voice, opener: str) -> tuple[str, list[str]]:
    """The facts told in sentences, one a paragraph."""
    said, taken, rows = _once(opener) | {"price", "offer", "scene"}, list[str](), list[str]()
    for line in candidates(voice, "line"):
        filled = told(voice, line, taken) if _facts_in(line) and not said & _once(line) else None
        if filled and all(alike(filled[0], row) < 0.25 for row in rows):
            rows.append(filled[0])
            taken += filled[1]
            said |= _once(line)
            if len(rows) == 3 or len(taken) >= 5:
                break
    return "\n".join(rows), taken


def holds_used(voice: Voice, text: str) -> bool:
    """Whether a text of this request begins with these words already."""
    return any(text in old for old in voice.used_texts)


def _of_tone(voice: Voice, role: str) -> list[str]:
    """Lines of a note's part in a seeded order, the tone's own first."""
    rows = grammar(voice.language)["note"]
    own, plain = [*rows.get(f"{role}_{voice.tone}", []), *lines_by_use(voice.use, role, voice.tone)], list(rows[role])
    voice.rng.shuffle(own)
    voice.rng.shuffle(plain)
    order = [*own, *plain]
    return sorted(order, key=lambda line: line in voice.used_lines)


def _first(voice: Voice, lines: list[str], used: list[str]) -> str:
    """The first line in a seeded order that can be filled, those of this request's earlier texts last; it is added to `used`."""
    order = sorted(voice.rng.sample(lines, len(lines)), key=lambda line: line in voice.used_lines)
    for line in order:
        filled = told(voice, line)
        if filled:
            used.append(line)
            return filled[0]
    return ""


def _list(voice: Voice, facts: list[str], lead: str) -> str:
    """The facts one a line: all with what they are about in front, or all with the same mark."""
    if not facts:
        return ""
    zh = voice.language == "zh"
    labels = [knowledge.fact_labels().get(kind_in(voice, fact)) for fact in facts]
    named = [label.pick(voice.language) for label in labels if label]
    if len(named) == len(facts) and len(set(named)) == len(named) and voice.rng.random() < 0.6:
        rows = [f"{name}{'｜' if zh else ': '}{fact}" for name, fact in zip(named, facts, strict=True)]
    else:
        mark = voice.rng.choice(grammar(voice.language)["note"]["bullet"])
        rows = [f"{mark}{fact if zh else capital(fact)}" for fact in facts]
    return "\n".join([lead, *rows] if lead else rows)


def _facts_in(line: str) -> bool:
    return any(slot.casefold().rstrip("23") in {*KINDS, "fact", "metric"} for slot in slots_of(line))


def _once(line: str) -> set[str]:
    """What may be said only once in a text."""
    slots = {slot.casefold() for slot in slots_of(line)}
    named = {"noun"} if slots & {"noun", "nouns", "anoun", "thisnoun", "name", "full"} else set[str]()
    return named | slots & {"audience", "occasion", "price", "color", "scene", "brand", "offer", "proof"}


def hashtags(voice: Voice, count: int) -> str:
    """Tags of the kind of thing and, in a seeded choice, its category: ``#跑鞋 #运动``."""
    noun = re.sub(r"[^\w]", "", voice.slots["noun"])
    usual = voice.nature in ("thing", "worn", "applied", "eaten", "fed")
    own = grammar(voice.language)["tags"].get(voice.category, []) if usual else []
    tags = [noun, *voice.rng.sample(own, min(count - 1, len(own)))]
    return " ".join(f"#{tag}" for tag in list(dict.fromkeys(tags))[:count])
