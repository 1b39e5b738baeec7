"""The grammar of offline copy: lines with slots, filled from the product's own facts, in a seeded order.

The lines (`copy_zh.toml`, `copy_en.toml`) claim nothing about a product; facts, price and colour come from the shop's
data and are repeated as they stand. A line is used only when all its slots are known. Every text is held against the
policy rules and the channel's limit before it is accepted. What a channel's creative consists of: see `copy`.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any

from ...data import knowledge
from ...data.brief import Product
from ...data.knowledge import Channel, CopyLimit
from ...data.words import Language
from .art import kind_of
from .lines import is_chinese
from .policy import allowed

# Texts of one request that share more than this part of their character pairs count as the same idea.
ALIKE = 0.6
IDEAL_BODY = 160


@cache
def grammar(language: Language) -> dict[str, Any]:
    """The lines of a language by role and tone."""
    return tomllib.loads((files(__spec__.parent) / f"copy_{language}.toml").read_text("utf-8"))


@cache
def voices() -> dict[str, Any]:
    """Audiences that may be addressed, and which tone borrows another's lines."""
    return tomllib.loads((files(__spec__.parent) / "voice.toml").read_text("utf-8"))


def native(language: str) -> Language:
    """Return the language copy is written in offline: Chinese for zh, English for every other."""
    return "zh" if language.lower().startswith("zh") else "en"


def tone_of(tone: str | None) -> str:
    """Return the tone whose lines are used for a merchant's word, ``any`` when it is not known.

    Example:
        >>> tone_of("温暖一点"), tone_of("luxury"), tone_of(None)
        ('warm', 'premium', 'any')
    """
    plain = knowledge.tones()
    wanted = (tone or "").casefold().strip()
    found = wanted if wanted in plain else ""
    if wanted and not found:
        hits = [(len(w), t.id) for t in plain.values() for w in (*t.words_zh, *t.words_en) if w in wanted]
        found = max(hits)[1] if hits else ""
    found = voices()["like"].get(found, found)
    return found if found in grammar("zh")["headline"] else "any"


def audience_words(text: str | None, language: Language) -> str:
    """Return how an audience may be addressed, or an empty string when it should only steer targeting."""
    wanted = (text or "").casefold()
    for row in voices()["audience"].values():
        for word in row["words"].split(", "):
            if (word in wanted) if not word.isascii() else re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", wanted):
                return row[language]
    return ""


@dataclass
class Voice:
    """All a text may draw on: slots by name, the facts, and what earlier texts of the request already said."""

    language: Language
    tone: str
    category: str
    slots: dict[str, str]
    facts: list[str]
    rng: random.Random
    used_lines: set[str] = field(default_factory=set)
    used_texts: list[str] = field(default_factory=list)
    told: set[str] = field(default_factory=set)


def make_voice(product: Product, language: Language, tone: str | None, audience: str | None, occasion: str | None, seed: str) -> Voice:
    """Collect what is known about `product`; facts that the policy forbids are left out."""
    rng = random.Random(seed)
    lines = grammar(language)
    stated = product.facts_zh if language == "zh" else product.facts_en
    facts = [_close(f) for f in stated if f.strip() and allowed(f, language, product.category)]
    name = product.called(language).strip()
    noun = noun_of(product, language)
    brand = _brand(product, language)
    kind = kind_of(name)
    scenes = lines["scene_of"].get(kind) or lines["scene"].get(product.category) or lines["scene"]["other"]
    festival = occasion if occasion in knowledge.occasions() else knowledge.occasion_of(occasion or "")
    short = name[len(brand) :].strip() if brand and name.startswith(brand) and len(name) > len(brand) + 1 else name
    slots = {
        "name": short,
        "full": name,
        "noun": noun,
        "brand": brand,
        # Of food the colour is the pack's, and says nothing about what is in it.
        "color": "" if product.category in ("food", "pets") else _colour_words(product.color, language),
        "price": product.price.text(short=True) if product.price else "",
        "audience": audience_words(audience, language),
        "occasion": knowledge.occasions()[festival].name.pick(language) if festival else "",
    }
    voice = Voice(language, tone_of(tone), product.category, {k: v for k, v in slots.items() if v}, facts, rng)
    voice.slots["scenes"] = "\n".join(scenes)
    if facts:
        voice.slots["list"] = ""  # a line with {list} announces facts, so it needs some to follow
    if language == "en":
        voice.slots |= _number(noun)
    return voice


def noun_of(product: Product, language: Language) -> str:
    """Return the kind of thing in a few words: the catalogue's noun, else the last part of the name as written."""
    noun = product.noun_zh if language == "zh" else product.noun_en
    if noun:
        return noun
    name = product.called(language).strip()
    if is_chinese(name):
        return name.split()[-1] if len(name.split()[-1]) >= 2 else name
    return name


def _number(noun: str) -> dict[str, str]:
    """How an English noun stands in a sentence: with its article, with this or these, and its verb."""
    last = noun.casefold().split()[-1]
    plural = (last.endswith("s") and not last.endswith(("ss", "us"))) or last in ("men", "women", "children", "people")
    mass = last in grammar("en")["words"]["mass"].split()
    article = "" if plural or mass else "an " if noun[0].casefold() in "aeiou" else "a "
    return {"anoun": article + noun, "thisnoun": f"{'these' if plural else 'this'} {noun}", "isare": "are" if plural else "is"}


def _brand(product: Product, language: Language) -> str:
    parts = product.brand.split()
    own = [p for p in parts if is_chinese(p) == (language == "zh")]
    return " ".join(own or parts)


def _colour_words(color: str, language: Language) -> str:
    parts = [p for p in color.split() if is_chinese(p)] if language == "zh" else [p for p in color.split() if not is_chinese(p)]
    return "".join(parts) if language == "zh" else " ".join(parts)


def _close(fact: str) -> str:
    """Drop the blanks between Chinese characters and the full stop at the end."""
    return re.sub(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])", "", fact.strip()).rstrip("。.；;，,")


def _slots_of(line: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(line) if name]


def _told(voice: Voice, line: str, taken: Iterable[str] = ()) -> tuple[str, list[str]] | None:
    """Fill one line; None when a slot is not known. Returns the text and the facts it tells."""
    wanted = _slots_of(line)
    low = {w[0].lower() + w[1:] for w in wanted}
    need = sum(1 for w in low if w.startswith("fact"))
    free = [f for f in voice.facts if f not in taken]
    if need > len(free):
        return None
    fresh = [f for f in free if f not in voice.told]
    picked = voice.rng.sample(fresh, need) if len(fresh) >= need else voice.rng.sample(free, need)
    values = dict(voice.slots)
    values["scene"] = voice.rng.choice(voice.slots["scenes"].split("\n"))
    values.update({"fact" if i == 0 else f"fact{i + 1}": f for i, f in enumerate(picked)})
    if not low <= values.keys():
        return None
    filled = {w: capital(values[w[0].lower() + w[1:]]) if w[0].isupper() else values[w] for w in wanted}
    return _tidy(line.format(**filled), voice.language), picked


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _tidy(text: str, language: Language) -> str:
    if language == "zh":
        return re.sub(r"([，。：；！？])\1+", r"\1", text)
    return re.sub(r"\b(my|your|new|old|good) the\b", r"\1", text)


def candidates(voice: Voice, role: str) -> list[str]:
    """Lines of a role in a seeded order: the tone's own first, then those that use more of what is known."""
    lines = grammar(voice.language)[role]
    own = [] if voice.tone == "any" else list(lines.get(voice.tone, []))
    pool = [(line, True) for line in own] + [(line, False) for line in lines["any"]]

    def rank(item: tuple[str, bool]) -> float:
        line, mine = item
        low = {s.casefold().rstrip("23") for s in _slots_of(line)}
        weight = 1.0 if mine or voice.tone == "any" else 2.2
        weight *= 0.75 if "fact" in low else 1.0
        weight *= 0.55 if low & {"occasion", "audience"} else 1.0
        weight *= 1.0 if low else 1.5
        return voice.rng.random() * weight + (2.0 if line in voice.used_lines else 0.0)

    return [line for line, _ in sorted(pool, key=rank)]


def _pairs(text: str) -> set[str]:
    plain = re.sub(r"[\s，。：；！？、,.:;!?]", "", text.casefold())
    return {plain[i : i + 2] for i in range(len(plain) - 1)}


def alike(one: str, other: str) -> float:
    """Share of character pairs two texts have in common (Jaccard), 0..1."""
    a, b = _pairs(one), _pairs(other)
    return len(a & b) / len(a | b) if a | b else 1.0


def accept(voice: Voice, options: Iterable[tuple[str, str, list[str]]], limit: CopyLimit | None) -> tuple[str, list[str]] | None:
    """Take the first text that fits, is allowed and says something new; relax only the last when nothing does."""
    spare: list[tuple[float, str, str, list[str]]] = []
    for line, text, facts in options:
        if limit and limit.limit is not None and limit.used(text) > limit.limit:
            continue
        if not allowed(text, voice.language, voice.category):
            continue
        near = max((alike(text, old) for old in voice.used_texts), default=0.0)
        if near < ALIKE:
            return _keep(voice, line, text, facts)
        spare.append((near, line, text, facts))
    if not spare:
        return None
    _, line, text, facts = min(spare, key=lambda item: item[0])
    return _keep(voice, line, text, facts)


def _keep(voice: Voice, line: str, text: str, facts: list[str]) -> tuple[str, list[str]]:
    voice.used_lines.add(line)
    voice.used_texts.append(text)
    voice.told.update(facts)
    if set(voice.facts) <= voice.told:
        voice.told.clear()
    return text, facts


def short_lines(voice: Voice, role: str) -> Iterator[tuple[str, str, list[str]]]:
    for _ in range(2):
        for line in candidates(voice, role):
            told = _told(voice, line)
            if told:
                yield line, told[0], told[1]


def _long(voice: Voice, limit: CopyLimit) -> Iterator[tuple[str, str, list[str]]]:
    """Opener, facts, closer, as much as is good to read; falls back to a single line where the field is narrow."""
    room = min(limit.limit or 400, IDEAL_BODY)
    joint = "" if voice.language == "zh" else " "
    closers = candidates(voice, "closer")
    for opener in candidates(voice, "opener")[:10]:
        head = _told(voice, opener)
        if not head:
            continue
        for closer in (*closers[:3], ""):
            tail = _told(voice, closer) if closer else ("", [])
            if not tail or limit.used(joint.join([head[0], tail[0]])) > room:
                continue
            said, taken, middle = _once(opener) | _once(closer), set(head[1]) | set(tail[1]), list[str]()
            for line in candidates(voice, "line"):
                if said & _once(line) or (voice.facts and not taken and not _facts_in(line)):
                    continue
                told = _told(voice, line, taken)
                near = told and max(alike(told[0], other) for other in (head[0], tail[0], *middle))
                if told and near is not None and near < 0.25 and limit.used(joint.join([head[0], *middle, told[0], tail[0]])) <= room:
                    middle.append(told[0])
                    taken |= set(told[1])
                    said |= _once(line)
                    if len(taken) >= 3 or len(middle) >= 2:
                        break
            if middle and (taken or not voice.facts):
                yield opener, joint.join(p for p in (head[0], *middle, tail[0]) if p), sorted(taken)
    yield from short_lines(voice, "line")


def _facts_in(line: str) -> bool:
    return any(slot.casefold().startswith("fact") for slot in _slots_of(line))


def _once(line: str) -> set[str]:
    """What may be said only once in a text."""
    return {slot.casefold() for slot in _slots_of(line)} & {"audience", "occasion", "price", "color", "scene", "name", "brand"}


def _note(voice: Voice, tags: bool, letter: bool) -> Iterator[tuple[str, str, list[str]]]:
    """A note of several paragraphs with the facts as a list, for channels with room."""
    zh = voice.language == "zh"
    for opener in candidates(voice, "opener"):
        head, middle, tail = _told(voice, opener), None, None
        for line in candidates(voice, "line"):
            if not _facts_in(line) and not _once(line) & (_once(opener) | {"price"}):
                middle = middle or _told(voice, line)
        for line in candidates(voice, "closer"):
            tail = tail or _told(voice, line)
        if not head:
            continue
        facts = voice.rng.sample(voice.facts, min(5, len(voice.facts)))
        listed = "\n".join(f"{'·' if zh else '-'} {fact if zh else capital(fact)}" for fact in facts)
        price = (f"价格：{voice.slots['price']}" if zh else f"Price: {voice.slots['price']}") if "price" in voice.slots else ""
        mail = grammar(voice.language)["mail"]
        greeting, sign = (
            (mail["greeting"], mail["sign"].format(brand=voice.slots["brand"]) if "brand" in voice.slots else "") if letter else ("", "")
        )
        parts = [
            greeting,
            head[0],
            listed,
            middle[0] if middle else "",
            price,
            tail[0] if tail else "",
            hashtags(voice, 4) if tags else "",
            sign,
        ]
        yield opener, "\n\n".join(p for p in parts if p), facts


def hashtags(voice: Voice, count: int) -> str:
    """Tags of the kind of thing and its category: ``#跑鞋 #运动``."""
    noun = re.sub(r"[^\w]", "", voice.slots["noun"])
    tags = [noun, *grammar(voice.language)["tags"].get(voice.category, [])]
    return " ".join(f"#{tag}" for tag in list(dict.fromkeys(tags))[:count])


def _title(voice: Voice, limit: CopyLimit) -> Iterator[tuple[str, str, list[str]]]:
    """A shop's item title: name, then facts and colour as search words, as many as fit."""
    base = voice.slots["full"]
    extra = [f for f in voice.facts if len(f) <= (14 if voice.language == "zh" else 40)]
    voice.rng.shuffle(extra)
    for count in range(min(3, len(extra)), -1, -1):
        words = [base, voice.slots.get("color", ""), *extra[:count]]
        joint = " " if voice.language == "zh" else ", "
        text = joint.join(w for w in words if w and (w == base or w not in base))
        yield "title", text, extra[:count]
    yield "title", voice.slots["noun"], []


def _options(voice: Voice, channel: Channel, limit: CopyLimit) -> Iterator[tuple[str, str, list[str]]]:
    name = limit.name.en.casefold()
    if channel.kind == "shop" and limit.field == "headline" and "title" in name:
        return _title(voice, limit)
    if "brand name" in name:
        return iter([("brand", voice.slots.get("brand") or voice.slots["noun"], [])])
    if limit.field == "path":
        return iter([("path", re.sub(r"\s+", "-", voice.slots["noun"]), [])])
    if name in ("subject line", "header"):
        lines = grammar(voice.language)["mail"]["subject"]
        order = sorted(lines, key=lambda line: voice.rng.random() + (2 if line in voice.used_lines else 0))
        return ((line, told[0], told[1]) for line in order if (told := _told(voice, line)))
    if limit.field == "body" and (limit.limit or 9999) >= 400:
        return _note(voice, tags=channel.id == "xiaohongshu", letter=channel.id == "email")
    if limit.field == "body" and (limit.limit or 0) >= (55 if limit.unit == "chars" else 100):
        return _long(voice, limit)
    if (limit.limit or 99) <= {"headline": 75, "description": 45}.get(limit.field, 0):
        return short_lines(voice, "headline")
    return short_lines(voice, "line")


def field_texts(voice: Voice, channel: Channel, limit: CopyLimit) -> list[tuple[str, list[str]]]:
    # A text message carries the sender and the way to opt out within the same limit.
    frame = grammar(voice.language)["sms"] if channel.id == "sms" else None
    around = frame["prefix"].format(brand=voice.slots["brand"]) if frame and "brand" in voice.slots else ""
    after = frame["suffix"] if frame else ""
    inner = limit
    if frame and limit.limit is not None:
        inner = limit.model_copy(update={"limit": limit.limit - limit.used(around + after), "field": "description"})
    found: list[tuple[str, list[str]]] = []
    for _ in range(max(limit.least, min(limit.count, 3 if limit.field == "headline" and limit.count > 5 else 2 if limit.count > 3 else 1))):
        taken = accept(voice, short_lines(voice, "line") if frame else _options(voice, channel, inner), inner)
        if taken is None or (found and taken[0] in {t for t, _ in found}):
            break
        found.append((f"{around}{taken[0]}{after}", taken[1]))
    if channel.id in ("douyin", "weibo", "kuaishou") and limit.field == "body" and found:
        tagged = f"{found[0][0]} {hashtags(voice, 2)}"
        if limit.limit is None or limit.used(tagged) <= limit.limit:
            found[0] = (tagged, found[0][1])
    return found
