"""The grammar of offline copy: lines with slots, filled from the product's own facts, in a seeded order.

The lines (`copy_*.toml`, with `facts`, `more` and `scenes` beside it, and `copy_use_*.toml` by what a thing is for) claim nothing about a product; facts, price and colour come from the shop's
data and are repeated as they stand. A line is used only when all its slots are known; a slot may ask for a kind of fact
(weight, care, warranty). Every text is held against the policy rules and the channel's limit before it is accepted. What a
field of a channel is made of: see `fields`.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from string import Formatter
from typing import Any

from ...data import knowledge
from ...data.brief import Product
from ...data.knowledge import CopyLimit
from ...data.words import Language
from .art import kind_of
from .by_use import lines_by_use, use_of
from .lines import is_chinese
from .policy import allowed

# Texts of one request that share more than this part of their character pairs count as the same idea.
ALIKE = 0.6
KINDS = frozenset(knowledge.fact_labels())
# Drawings of packs say little: their scenes are those of food.
PACKS = ("pouch", "tin")
# Drawings whose colour is that of a bottle or a box, and says nothing of what is in it.
BOTTLES = ("bottle", "tube", "jar", "mask", "perfume")
# Kinds that are measured, for lines that compare figures ({metric}).
METRIC = frozenset(("weight", "size", "power", "capacity", "material", "count"))
# Marks of lines that suit only some products, by what one does with them; a mark stands in a line as an empty slot.
MARKS = {
    "thing": ("spec", "replace", "home", "use", "held"),
    "worn": ("worn", "replace", "home", "use"),
    "applied": ("applied", "replace", "home", "use"),
    "eaten": ("eaten", "home"),
    "fed": ("fed", "home"),
    "learned": ("learned",),
    "run": ("run", "spec"),
    "once": ("once",),
}
ASSURANCE = frozenset(("exchange", "returns", "warranty", "shipping", "tested"))


# Facts that belong in a list and hardly make a headline.
DULL = frozenset(("shelf",))
# One letter is no word in a sentence.
SPOKEN = {"裙": "裙子", "裤": "裤子", "鞋": "鞋子", "帽": "帽子", "袜": "袜子", "包": "包包", "茶": "茶叶", "被": "被子", "杯": "杯子"}
SPECIAL = frozenset(("worn", "applied", "eaten", "learned", "run", "once"))


@dataclass(frozen=True)
class Option:
    """A text that may be used: the line it was made from, the text, the facts it tells, other lines in it."""

    line: str
    text: str
    facts: list[str]
    parts: tuple[str, ...] = ()


@cache
def grammar(language: Language) -> dict[str, Any]:
    """The lines of a language by role and tone."""
    lines = tomllib.loads((files(__spec__.parent) / f"copy_{language}.toml").read_text("utf-8"))
    for part in ("facts", "more", "scenes"):
        for role, tones in tomllib.loads((files(__spec__.parent) / f"copy_{part}_{language}.toml").read_text("utf-8")).items():
            if isinstance(tones, dict):
                own = lines.setdefault(role, {})
                for tone, more in tones.items():
                    own[tone] = [*own.get(tone, []), *more]
    return lines


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
    channel: str = ""
    banned: tuple[str, ...] = ()
    measure: str = "款"
    nature: str = "thing"
    use: dict[str, list[str]] = field(default_factory=dict)
    used_lines: set[str] = field(default_factory=set)
    used_texts: list[str] = field(default_factory=list)
    told: set[str] = field(default_factory=set)


def make_voice(
    product: Product,
    language: Language,
    tone: str | None,
    audience: str | None,
    occasion: str | None,
    seed: str,
    *,
    offer: str = "",
    proof: str = "",
    banned: Iterable[str] = (),
    channel: str = "",
) -> Voice:
    """Collect what is known about `product`; facts that the policy forbids, or that hold a banned word, are left out."""
    rng = random.Random(seed)
    lines = grammar(language)
    stated = product.facts_zh if language == "zh" else product.facts_en
    avoid = tuple(word.casefold() for word in banned if word.strip())
    facts = [_close(f) for f in stated if f.strip() and allowed(f, language, product.category) and not holds(f, avoid)]
    name = product.called(language).strip()
    noun = noun_of(product, language)
    brand = _brand(product, language)
    kind = kind_of(name)
    said = f"{name} {noun}".casefold()
    named = max((word for row in lines["scene_word"] for word in row.split(",") if word in said), key=len, default="")
    scenes = next((own for row, own in lines["scene_word"].items() if named and named in row.split(",")), None)
    drawn = None if kind in PACKS and product.category != "food" else lines["scene_of"].get(kind)
    scenes = scenes or drawn or lines["scene"].get(product.category) or lines["scene"]["other"]
    festival = occasion if occasion in knowledge.occasions() else knowledge.occasion_of(occasion or "")
    short = name[len(brand) :].strip() if brand and name.startswith(brand) and len(name) > len(brand) + 1 else name
    slots = {
        "name": SPOKEN.get(short, short),
        "full": name,
        "noun": noun,
        "brand": brand,
        # Of food the colour is the pack's, and says nothing about what is in it.
        "color": ""
        if product.category in ("food", "pets") or (product.category == "beauty" and kind in BOTTLES)
        else _colour_words(product.color, language),
        "price": product.price.text(short=True) if product.price else "",
        "audience": audience_words(audience, language),
        "occasion": knowledge.occasions()[festival].name.pick(language) if festival else "",
        "offer": _close(offer) if allowed(offer, language, product.category) else "",
        "proof": _close(proof) if allowed(proof, language, product.category) else "",
    }
    voice = Voice(language, tone_of(tone), product.category, {k: v for k, v in slots.items() if v}, facts, rng, channel, avoid)
    voice.slots["scenes"] = "\n".join(scenes)
    nature = knowledge.nature_of(f"{name} {noun}", product.category)
    voice.slots |= dict.fromkeys(MARKS[nature], "")
    voice.nature = nature
    voice.use = use_of(noun, language) or use_of(name, language)
    voice.measure = "份" if nature == "eaten" else knowledge.measure_word(noun)
    if facts:
        voice.slots["list"] = ""  # a line with {list} announces facts, so it needs some to follow
    if language == "en":
        voice.slots |= _number(noun)
    return voice


def noun_of(product: Product, language: Language) -> str:
    """Return the kind of thing in a few words: the catalogue's noun, else the last part of the name as written."""
    noun = product.noun_zh if language == "zh" else product.noun_en
    if noun:
        return SPOKEN.get(noun, noun)
    name = product.called(language).strip()
    if is_chinese(name):
        last = name.split()[-1]
        return last if len(last) >= 2 else SPOKEN.get(last, name)
    return name


def _number(noun: str) -> dict[str, str]:
    """How an English noun stands in a sentence: with its article, with this or these, and its verb."""
    last = noun.casefold().split()[-1]
    plural = (last.endswith("s") and not last.endswith(("ss", "us"))) or last in ("men", "women", "children", "people")
    mass = last in grammar("en")["words"]["mass"].split()
    article = "" if plural or mass else "an " if noun[0].casefold() in "aeiou" else "a "
    many = noun if plural or mass else _plural(noun)
    return {
        "anoun": article + noun,
        "thisnoun": f"{'these' if plural else 'this'} {noun}",
        "isare": "are" if plural else "is",
        "nouns": many,
    }


def _plural(noun: str) -> str:
    if re.search(r"(?:scarf|leaf|loaf|shelf|half|knife)$", noun):
        return re.sub("fe?$", "ves", noun)
    if re.search(r"[^aeiou]y$", noun):
        return noun[:-1] + "ies"
    return noun + ("es" if re.search(r"(?:s|x|z|ch|sh)$", noun) else "s")


def _brand(product: Product, language: Language) -> str:
    parts = product.brand.split()
    own = [p for p in parts if is_chinese(p) == (language == "zh")]
    return " ".join(own or parts)


def _colour_words(color: str, language: Language) -> str:
    parts = [p for p in color.split() if is_chinese(p)] if language == "zh" else [p for p in color.split() if not is_chinese(p)]
    return "".join(parts) if language == "zh" else " ".join(parts)


def _close(fact: str) -> str:
    """Drop the blanks between Chinese characters and the full stop at the end; in English, one of a thing is no plural."""
    fact = re.sub(r"^1 ([a-z]+ )?([a-z]+[^s\W])s$", r"1 \1\2", fact.strip())
    return re.sub(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])", "", fact.strip()).rstrip("。.；;，,")


@cache
def slots_of(line: str) -> list[str]:
    """Names of the slots of a line, in its order."""
    return [name for _, name, _, _ in Formatter().parse(line) if name]


def told(voice: Voice, line: str, taken: Iterable[str] = ()) -> tuple[str, list[str]] | None:
    """Fill one line; None when a slot is not known. Returns the text and the facts it tells."""
    wanted = slots_of(line)
    low = {w[0].lower() + w[1:] for w in wanted}
    free = [f for f in voice.facts if f not in taken]
    values, picked = dict(voice.slots), list[str]()
    for slot in sorted(w for w in low if w in KINDS or w.startswith("metric")):
        kinds = METRIC if slot.startswith("metric") else {slot}
        fitting = [f for f in free if kind_in(voice, f) in kinds and f not in picked]
        if slot.startswith("metric"):
            # Figures are compared: one number each, and nothing else in the same breath.
            fitting = [f for f in fitting if re.search(r"\d", f) and not re.search("[，,；;]", f)]
        if not fitting:
            return None
        picked.append(_fresh(voice, fitting))
        values[slot] = _trimmed(picked[-1], slot, voice.language)
    for slot in sorted(w for w in low if w.startswith("fact")):
        fitting = [f for f in free if f not in picked]
        fitting = [f for f in fitting if knowledge.fact_kind(f) not in DULL] or fitting
        if not fitting:
            return None
        picked.append(_fresh(voice, fitting))
        values[slot] = picked[-1]
    values["scene"] = voice.rng.choice(voice.slots["scenes"].split("\n"))
    if not low <= values.keys():
        return None
    filled = {w: capital(values[w[0].lower() + w[1:]]) if w[0].isupper() else values[w] for w in wanted}
    if voice.language == "zh":
        filled = {w: _spaced(value, line, w) for w, value in filled.items()}
    if voice.measure != "款":
        line = re.sub(r"(?<=[一这那])款(?=\{noun\})", voice.measure, line)
    return _tidy(line.format(**filled), voice.language), picked


def _spaced(value: str, line: str, slot: str) -> str:
    """A value in Latin letters or digits with a blank where Chinese stands next to it in the line, as is usual in print."""
    before = " " if value[:1].isascii() and value[:1].isalnum() and re.search(rf"[一-鿿]\{{{slot}\}}", line) else ""
    after = " " if value[-1:].isascii() and value[-1:].isalnum() and re.search(rf"\{{{slot}\}}[一-鿿]", line) else ""
    return f"{before}{value}{after}"


def kind_in(voice: Voice, fact: str) -> str:
    """What a fact is about; of what is eaten or applied, a weight is how much is in the pack."""
    kind = knowledge.fact_kind(fact)
    return "capacity" if kind == "weight" and voice.nature in ("eaten", "fed", "applied") else kind


def _fresh(voice: Voice, facts: list[str]) -> str:
    return voice.rng.choice([f for f in facts if f not in voice.told] or facts)


def _trimmed(fact: str, kind: str, language: Language) -> str:
    """An English fact without the word that the line around it says already: "pouch included" -> "pouch"."""
    if language == "en" and kind == "included":
        return re.sub(r"\s+included$|^(?:comes )?with (?:an? )?", "", fact)
    if language == "en" and kind == "origin":
        return re.sub(r"^from ", "", fact)
    return fact


def capital(text: str) -> str:
    """A capital letter in front, unless the first word is written its own way (pH, iPad)."""
    return text if text[1:2].isupper() else text[:1].upper() + text[1:]


def _tidy(text: str, language: Language) -> str:
    if language == "zh":
        text = re.sub(r"(?<=[一-鿿])(?=\d+(?:\.\d+)? [\w])", " ", text)
        return re.sub(r"([，。：；！？])\1+", r"\1", text)
    return re.sub(r"\b(my|your|new|old|good) the\b", r"\1", text)


def candidates(voice: Voice, role: str) -> list[str]:
    """Lines of a role in a seeded order: the tone's own first, then those that use more of what is known."""
    lines = grammar(voice.language)[role]
    own = [] if voice.tone == "any" else list(lines.get(voice.tone, []))
    used_for = lines_by_use(voice.use, role, voice.tone)
    pool = [(line, True) for line in own] + [(line, False) for line in (*used_for, *lines["any"])]

    def rank(item: tuple[str, bool]) -> float:
        line, mine = item
        low = {s.casefold().rstrip("23") for s in slots_of(line)}
        weight = 1.0 if mine or voice.tone == "any" else 2.2
        weight *= 0.75 if low & {*KINDS, "fact", "metric"} else 1.0
        weight *= 0.6 if low & SPECIAL else 1.0
        weight *= 0.55 if low & {"occasion", "audience", "offer", "proof"} else 1.0
        weight *= 1.0 if low else 2.2
        weight = 0.5 if line in used_for and line not in voice.used_lines else weight
        return voice.rng.random() * weight + (2.0 if line in voice.used_lines else 0.0)

    return [line for line, _ in sorted(pool, key=rank)]


@lru_cache(maxsize=8192)
def _pairs(text: str) -> frozenset[str]:
    plain = re.sub(r"[\s，。：；！？、,.:;!?]", "", text.casefold())
    return frozenset(plain[i : i + 2] for i in range(len(plain) - 1))


def alike(one: str, other: str) -> float:
    """Share of character pairs two texts have in common (Jaccard), 0..1."""
    a, b = _pairs(one), _pairs(other)
    return len(a & b) / len(a | b) if a | b else 1.0


def accept(voice: Voice, options: Iterable[Option], limit: CopyLimit | None) -> Option | None:
    """Take the first text that fits, is allowed and says something new; relax only the last when nothing does."""
    spare: list[tuple[float, Option]] = []
    for option in options:
        text = option.text
        if limit and limit.limit is not None and limit.used(text) > limit.limit:
            continue
        if holds(text, voice.banned) or not allowed(text, voice.language, voice.category, voice.channel):
            continue
        near = max((alike(text, old) for old in voice.used_texts), default=0.0)
        if near < ALIKE:
            return _keep(voice, option)
        spare.append((near, option))
    return _keep(voice, min(spare, key=lambda item: item[0])[1]) if spare else None


def holds(text: str, words: Iterable[str]) -> bool:
    """Whether one of the folded `words` stands in `text`."""
    return any(word in text.casefold() for word in words)


def _keep(voice: Voice, option: Option) -> Option:
    voice.used_lines.update((option.line, *option.parts))
    voice.used_texts.append(option.text)
    voice.told.update(option.facts)
    if set(voice.facts) <= voice.told:
        voice.told.clear()
    return option


def short_lines(voice: Voice, *roles: str) -> Iterator[Option]:
    """Lines of some roles, one role after the other, filled; a second round fills the same lines with other facts."""
    for _ in range(2):
        for role in roles:
            for line in candidates(voice, role):
                filled = told(voice, line)
                if filled:
                    yield Option(line, *filled)


def appeal_of(line: str) -> str:
    """What a line appeals to: ``offer``, ``proof``, ``price``, ``assurance``, ``audience``, ``occasion``, ``scene``, ``detail``, ``mood``.

    Example:
        >>> appeal_of("{fact}，{warranty}，买得踏实。"), appeal_of("{scene}，有{noun}陪着"), appeal_of("{noun}，就好")
        ('assurance', 'scene', 'mood')
    """
    slots = {slot.casefold().rstrip("23") for slot in slots_of(line)}
    for appeal in ("offer", "proof", "price", "audience", "occasion"):
        if appeal in slots:
            return appeal
    if slots & ASSURANCE:
        return "assurance"
    return "detail" if slots & {*KINDS, "fact", "metric"} else "scene" if "scene" in slots else "mood"
