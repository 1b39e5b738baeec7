"""Writes from the user's own past ads: their phrases with the facts taken out and those of another product put in.

A phrase is used only when every fact it tells is one of the new product's, under the same name (material, collar, weight);
phrases that tell anything else - a value some other ad has, a claiming word, a number, a brand - are not. Which phrases go
together is decided by what the nearest past ads have in common. Not covered: rewording a phrase, ads without their facts.
"""

from __future__ import annotations

import logging
import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...data import knowledge
from ...data.brief import Product
from ...data.knowledge import Channel, CopyLimit
from ...data.words import Language
from .fields import Text, field_texts
from .grammar import Voice, holds
from .policy import allowed
from .sheet import Facts, Sheet
from .support import unsupported

if TYPE_CHECKING:
    from .draft import Copy
    from .small_writer import SmallWriter

Pair = tuple[str, str]
_STOPS = {"zh": re.compile(r"[，。；！？、：\n,;!?~…]+"), "en": re.compile(r"(?<=[.!?;])\s+|\n+")}
_ODD = re.compile(r"BRAND|UNK|<|>|https?:|@|#")
# Slips of a small writer: a word twice in a row, a clause that begins within a phrase.
_SLIP = re.compile(r"(..+)\1|(?:^|，)[的了着]")
NEAREST = 100
COMMON = 60
SHARE_ALIKE = 0.35
# A text of this many letters is good to read where the channel leaves room for more.
IDEAL = {"zh": 115, "en": 320}
PHRASE = {"zh": (4, 44), "en": (12, 150)}
PLAIN = 6
# How much the texts of a small writer count beside the nearest ads when phrases are rated; chosen on held-out ads.
OWN_WEIGHT = 0.2


@dataclass(frozen=True)
class Phrase:
    """Words of one or two neighbouring clauses, the facts they tell, and where in its ad they stood (0..1)."""

    words: str
    tells: frozenset[Pair]
    place: float


class Phrasebook:
    """The phrases of past ads. `ads` are pairs of the facts an ad was written from and its text; a `writer`, trained on
    them, is asked for Chinese only.

    Example:
        >>> book = Phrasebook([({"名称": "连衣裙", "材质": "雪纺"}, "雪纺的裙身轻轻垂下，走起路来有风。")] * 3, "zh")
        >>> book.compose([("名称", "半身裙"), ("材质", "棉麻")], 60)
        '棉麻的裙身轻轻垂下。'
    """

    def __init__(self, ads: Sequence[tuple[Facts, str]], language: Language, writer: SmallWriter | None = None) -> None:
        self.language: Language = language
        self.writer = writer if language == "zh" else None
        self.texts = [text for _, text in ads]
        self._pairs = [frozenset(pairs_of(facts)) for facts, _ in ads]
        counts = Counter(pair for pairs in self._pairs for pair in pairs)
        self._weight = {pair: math.log(1 + len(ads) / count) for pair, count in counts.items()}
        self._having: dict[Pair, list[int]] = defaultdict(list)
        for i, pairs in enumerate(self._pairs):
            for pair in pairs:
                self._having[pair].append(i)
        self._values = {value for _, value in counts}
        self._telling = re.compile("|".join(map(re.escape, sorted(self._values, key=len, reverse=True))) or r"(?!)")
        self._phrases = [self._read(text, pairs) for text, pairs in zip(self.texts, self._pairs, strict=True)]

    def _read(self, text: str, pairs: frozenset[Pair]) -> list[Phrase]:
        clauses = [part.strip() for part in _STOPS[self.language].split(text) if part.strip()]
        least, most = PHRASE[self.language]
        found: list[Phrase] = []
        for i, clause in enumerate(clauses):
            pair = [self._joint().join(clauses[i : i + 2])] if i + 1 < len(clauses) else []
            for words in (clause, *pair):
                tells = frozenset(pair for pair in pairs if len(pair[1]) > 1 and pair[1] in words)
                if least <= len(words) <= most and not _ODD.search(words) and self._is_plain(words, tells):
                    found.append(Phrase(words, tells, i / max(1, len(clauses))))
        return found

    def _is_plain(self, words: str, tells: frozenset[Pair]) -> bool:
        """Whether nothing outside the told facts claims anything: all other words are plain ones."""
        rest = words
        for _, value in sorted(tells, key=lambda pair: -len(pair[1])):
            rest = rest.replace(value, " ")
        if self._telling.search(rest):
            return False
        return all(token in knowledge.plain_words(self.language) for token in _tokens(rest, self.language))

    def _joint(self) -> str:
        return "，" if self.language == "zh" else " "

    def compose(self, pairs: Sequence[Pair], room: int, avoid: frozenset[str] = frozenset()) -> str | None:
        """Put a text together for a product's named facts, at most `room` characters; None when no phrase fits.

        `avoid` are phrases other texts of the request have used.
        """
        known = frozenset(pairs)
        near = self._near(known)
        if not near:
            return None
        written = self.writer.write(pairs) if self.writer else []
        usual = self._usual(near[:COMMON], written)
        target = min(room, IDEAL[self.language])
        found = [*(phrase for i, _ in near for phrase in self._filled(i, known)), *self._new(written, known)]
        options = {phrase.words: phrase for phrase in found if phrase.words not in avoid}
        rated = sorted(((self._rate(phrase, usual), phrase) for phrase in options.values()), key=lambda item: (-item[0], item[1].words))
        chosen, told, length, plain = list[Phrase](), set[Pair](), 0, 0
        for turn in ("tell", "again", "plain"):
            for _, phrase in rated:
                fitting = {
                    "tell": bool(phrase.tells) and not phrase.tells & told,
                    "again": bool(phrase.tells - told),
                    "plain": not phrase.tells and plain < PLAIN,
                }
                if not fitting[turn]:
                    continue
                if length + len(phrase.words) + 1 > target or any(_shared(phrase.words, other.words) > SHARE_ALIKE for other in chosen):
                    continue
                chosen.append(phrase)
                told |= phrase.tells
                length += len(phrase.words) + 1
                plain += not phrase.tells
        if not any(phrase.tells for phrase in chosen):
            return None
        missing = [pair for pair in pairs if not any(pair[1] in phrase.words for phrase in chosen)]
        return self._told(sorted(chosen, key=lambda p: p.place), missing, room)

    def _told(self, chosen: list[Phrase], missing: Sequence[Pair], room: int) -> str:
        zh = self.language == "zh"
        stop = "。" if zh else ""
        text = (
            "".join(f"{p.words}{stop if i % 2 or i == len(chosen) - 1 else '，'}" for i, p in enumerate(chosen))
            if zh
            else " ".join(p.words for p in chosen)
        )
        for pair in missing:
            fact = told_as(pair, self.language)
            more = f"{text}{fact}。" if zh else f"{text} {fact[:1].upper() + fact[1:]}."
            if fact and len(more) <= room:
                text = more
        return text

    def _near(self, known: frozenset[Pair]) -> list[tuple[int, float]]:
        score: dict[int, float] = defaultdict(float)
        for pair in sorted(known):
            for i in self._having.get(pair, ()):
                score[i] += self._weight[pair]
        return sorted(score.items(), key=lambda item: (-item[1], item[0]))[:NEAREST]

    def _usual(self, near: Sequence[tuple[int, float]], written: Sequence[str]) -> dict[str, float]:
        """How much of the nearest ads, weighed by nearness, and of the writer's texts holds each run of two to four letters."""
        held: dict[str, float] = defaultdict(float)
        share = OWN_WEIGHT if written else 0.0
        total = sum(weight**2 for _, weight in near)
        for i, weight in near:
            for run in _runs(self.texts[i]):
                held[run] += (1 - share) * weight**2 / total
        for text in written:
            for run in _runs(text):
                held[run] += share / len(written)
        return held

    def _new(self, written: Sequence[str], known: frozenset[Pair]) -> list[Phrase]:
        """The phrases of the writer's texts without slips and without a value only other ads have, even one made of a fact and a word beside it."""
        own = "\n".join(value for _, value in sorted(known))
        phrases = [phrase for text in written for phrase in self._read(text, known)]
        return [
            phrase
            for phrase in phrases
            if not _SLIP.search(phrase.words) and all(m.group() in own for m in self._telling.finditer(phrase.words))
        ]

    def _filled(self, i: int, known: frozenset[Pair]) -> list[Phrase]:
        """The phrases of one ad that tell only what is known, other values of the same name put in."""
        by_name: dict[str, list[str]] = defaultdict(list)
        for name, value in sorted(known):
            by_name[name].append(value)
        found: list[Phrase] = []
        for phrase in self._phrases[i]:
            words, tells = phrase.words, set[Pair]()
            for name, value in sorted(phrase.tells):
                if (name, value) in known:
                    tells.add((name, value))
                    continue
                others = [v for v in by_name.get(name, ()) if len(v) == len(value)] or by_name.get(name, [])
                if not others:
                    break
                words = words.replace(value, others[0])
                tells.add((name, others[0]))
            else:
                found.append(Phrase(words, frozenset(tells), phrase.place))
        return found

    def _rate(self, phrase: Phrase, usual: Mapping[str, float]) -> float:
        runs = _runs(phrase.words)
        return sum(usual.get(run, 0.0) for run in runs) / max(1, len(phrase.words)) + 0.3 * len(phrase.tells) / len(phrase.words)


def _tokens(text: str, language: Language) -> list[str]:
    if language == "en":
        return re.findall(r"[a-z]+(?:-[a-z]+)*|\d+", text.casefold())
    import jieba

    jieba.setLogLevel(logging.WARNING)
    return [token for token in jieba.cut(text) if re.search(r"\w", token)]


def _runs(text: str) -> set[str]:
    return {text[i : i + n] for n in (2, 3, 4) for i in range(len(text) - n + 1)}


def _shared(one: str, other: str) -> float:
    a, b = {one[i : i + 2] for i in range(len(one) - 1)}, {other[i : i + 2] for i in range(len(other) - 1)}
    return len(a & b) / max(1, min(len(a), len(b)))


def pairs_of(facts: Facts) -> list[Pair]:
    """The named facts of a product: columns of a mapping that are no name, price or brand; lines under what they are about."""
    if isinstance(facts, Product):
        return [(knowledge.fact_kind(fact), fact) for fact in (*facts.facts_zh, *facts.facts_en)]
    if isinstance(facts, Mapping):
        return [pair for key, value in facts.items() for pair in _column(str(key), value)]
    lines = re.split(r"[\n;；:：,，]", facts) if isinstance(facts, str) else list(facts)
    return [(knowledge.fact_kind(line.strip()), line.strip()) for line in lines[1:] if line.strip()]


def _column(key: str, value: Any) -> list[Pair]:
    field = knowledge.sheet_fields().get(knowledge.fold(key))
    values = [str(v).strip() for v in value] if isinstance(value, list | tuple) else [str(value).strip()]
    if field == "facts":
        return [(knowledge.fact_kind(line), line) for v in values for line in re.split(r"[\n;；]", v) if line]
    return [(key, v) for v in values if v] if field in (None, "noun", "name", "color") else []


def told_as(pair: Pair, language: Language) -> str:
    """A named fact on its own, for what no phrase has told."""
    from .sheet import attribute

    name, value = pair
    if knowledge.sheet_fields().get(knowledge.fold(name)) in ("name", "noun"):
        return f"这款{value}，值得细看" if language == "zh" else ""
    return value if name in knowledge.fact_labels() or name == "other" else attribute(name, value, language)


def from_past(
    sheet: Sheet, voice: Voice, place: Channel, past: Phrasebook | Sequence[tuple[Facts, str]], facts: Facts, n: int
) -> list[Copy]:
    """Advertisements whose longer texts are put together from past ads; their short fields come from the grammar."""
    from .draft import as_copy, in_order

    book = past if isinstance(past, Phrasebook) else Phrasebook(past, voice.language)
    pairs, made, used = pairs_of(facts), list["Copy"](), set[str]()
    known = [*(value for _, value in pairs), sheet.product.name, sheet.product.brand]
    for _ in range(n):
        texts: dict[str, list[Text]] = {}
        author = "grammar"
        for limit in in_order(place):
            text = book.compose(pairs, _room(limit), frozenset(used)) if limit.field == "body" else None
            if text and limit.used(text) <= (limit.limit or 10**6) and _passes(text, voice, place, known):
                used |= {part for part in _STOPS[voice.language].split(text) if part}
                author = "past"
                texts[limit.field] = [Text(text, [value for _, value in pairs if value in text], "detail")]
            else:
                texts[limit.field] = field_texts(voice, place, limit, limit.count)
        made.append(as_copy(place, voice.language, sheet, texts, author, None))
    return made


def _room(limit: CopyLimit) -> int:
    most = limit.limit or 400
    return most if limit.unit == "chars" else most // 2


def _passes(text: str, voice: Voice, place: Channel, known: Sequence[str]) -> bool:
    return (
        allowed(text, voice.language, voice.category, place.id)
        and not holds(text, voice.banned)
        and not unsupported(text, known, voice.language)
    )
