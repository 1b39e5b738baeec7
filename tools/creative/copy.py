"""Advertising copy for a channel: every field it takes, within its limits, held against the policy rules.

`write_copy` is the typed craft; the agent's tool around it, and who else may write, are in `drafting` and `authors`. Written
natively in Chinese and English. A claim that the policy does not allow is left out and reported.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ...data import knowledge
from ...data.brief import Product
from ...data.knowledge import Channel, CopyLimit
from ...data.plan import Author, CopyField, Creative, Finding
from ...data.words import Language
from .fields import Text, field_texts
from .grammar import Voice, accept, alike, capital, grammar, make_voice, native, noun_of, short_lines
from .policy import lint

if TYPE_CHECKING:
    from ..memory.search import Hit


def write_copy(
    facts: Product,
    channel: str,
    language: str,
    *,
    n: int = 3,
    tone: str | None = None,
    audience: str | None = None,
    occasion: str | None = None,
    cites: Sequence[Hit] = (),
    headlines: int | None = None,
    offer: str = "",
    seed: int = 0,
) -> list[Creative]:
    """Write `n` different creatives for a channel, each with every field the channel takes and a call to action.

    `headlines` asks for so many of them, and every other field in full, as a responsive ad takes them. `offer` is said in every
    creative that has a text with room for it, unless the policy forbids it. Languages other than zh and en are written in English
    (`Creative.language` says so). `cites` are past ads the plan leaned on; their ids are kept. Raises `AdwrightError` (code ``unknown-channel``).

    Example:
        >>> write_copy(Product(name="跑鞋", category="sports"), "douyin", "zh", n=1)[0].copy_fields[0].field
        'headline'
    """
    place = knowledge.channel(channel)
    voice = voice_for(facts, place, language, tone, audience, occasion, seed, offer=offer)
    return composed(voice, place, facts.category, n, headlines=headlines, cites=[hit.id for hit in cites])


def voice_for(
    facts: Product,
    place: Channel,
    language: str,
    tone: str | None,
    audience: str | None,
    occasion: str | None,
    seed: int,
    *,
    offer: str = "",
) -> Voice:
    """The voice of one request: what may be said of `facts`, in a seeded order, remembering what was said."""
    spoken = native(language)
    key = f"{seed}|{facts.id or facts.name}|{place.id}|{spoken}"
    return make_voice(facts, spoken, tone, audience, occasion, key, offer=offer, channel=place.id)


def composed(
    voice: Voice,
    place: Channel,
    category: str,
    n: int,
    *,
    first: int = 0,
    headlines: int | None = None,
    cites: Sequence[str] = (),
) -> list[Creative]:
    """Write `n` more creatives with a voice that others may have used before; their numbers begin after `first`."""
    creatives: list[Creative] = []
    for variant in range(first, first + max(1, n)):
        texts = {
            limit.field: field_texts(
                voice,
                place,
                limit,
                usual_count(limit) if headlines is None else headlines if limit.field == "headline" else limit.count,
            )
            for limit in sorted(place.copy_fields, key=lambda f: f.field != "headline")
        }
        creatives.append(as_creative(voice, place, category, variant, texts, cites=cites))
    return creatives


def as_creative(
    voice: Voice,
    place: Channel,
    category: str,
    variant: int,
    texts: Mapping[str, Sequence[Text]],
    *,
    author: Author = "grammar",
    cites: Sequence[str] = (),
) -> Creative:
    """Measure and check the texts of one creative, by field, and give it a call to action."""
    fields = [measured(limit, text.text, text.author) for limit in place.copy_fields for text in texts.get(limit.field, ())]
    fields.sort(key=lambda item: item.field != "headline")
    offer = voice.slots.get("offer", "")
    if offer and not any(offer.casefold() in item.text.casefold() for item in fields):
        fields = _offering(fields, place, offer, voice.language)
    call = call_to_action(voice, variant)
    fields.append(CopyField(field="cta", text=call, used=len(call)))
    findings = [f for item in fields for f in lint(item.text, voice.language, category, place.id)]
    return Creative(
        id=f"{place.id}-{voice.language}-{variant + 1}",
        channel=place.id,
        language=voice.language,
        variant=variant + 1,
        copy_fields=fields,
        findings=list({(f.rule, f.span): f for f in findings}.values()),
        facts_used=list(dict.fromkeys(fact for own in texts.values() for text in own for fact in text.facts)),
        cites=list(cites),
        author=author,
    )


def _offering(fields: list[CopyField], place: Channel, offer: str, language: Language) -> list[CopyField]:
    """Open the first text with room for it with the offer: every ad that was asked to say it says it."""
    limits = {limit.field: limit for limit in place.copy_fields}
    told = f"{offer}。" if language == "zh" else f"{capital(offer)}. "
    for i, item in enumerate(fields):
        if item.field in ("headline", "path", "cta"):
            continue
        longer = measured(limits[item.field], f"{told}{item.text}", item.author)
        if longer.ok:
            return [*fields[:i], longer, *fields[i + 1 :]]
    return fields


def call_to_action(voice: Voice, variant: int) -> str:
    """The call of the variant with this number: the tone's own first, then the usual ones."""
    calls = grammar(voice.language)["cta"]
    order = list(dict.fromkeys([*calls.get(voice.tone, []), *calls["any"]]))
    return order[variant % len(order)]


def usual_count(limit: CopyLimit) -> int:
    """How many texts of a field a creative of a plan holds: enough to choose from, not all that the platform takes."""
    return max(limit.least, min(limit.count, 3 if limit.field == "headline" and limit.count > 5 else 2 if limit.count > 3 else 1))


def measured(limit: CopyLimit, text: str, author: Author | None = None) -> CopyField:
    """A text with its length in the field's unit, and whether it fits; `author` where it is another's than the rest."""
    used = limit.used(text)
    fits = limit.limit is None or used <= limit.limit
    return CopyField(field=limit.field, text=text, used=used, limit=limit.limit, ok=fits, author=author)


def picture_lines(
    product: Product, creative: Creative, *, tone: str | None = None, occasion: str | None = None, offer: str = "", seed: int = 0
) -> tuple[str, str, str]:
    """Return headline, sub-line and call to action for a picture of `creative`: its own words where they are short enough.

    Words that say the `offer` are passed over: the picture shows it in a place of its own.
    """
    spoken = native(creative.language)
    by_field: dict[str, list[str]] = {}
    for item in creative.copy_fields:
        if offer and offer.casefold() in item.text.casefold():
            continue
        by_field.setdefault(item.field, []).append(item.text)
    most, longest = (16, 26) if spoken == "zh" else (34, 64)
    # On a picture a bar between two thoughts breaks badly: the longer one is said.
    told = sorted(by_field.get("headline", []), key=lambda t: "｜" in t or " | " in t)
    heads = [t for t in map(_one_thought, told) if len(t) <= most and "\n" not in t]
    subs = [
        t
        for f in ("description", "body", "long_headline")
        for t in by_field.get(f, [])
        if len(t) <= longest and "\n" not in t and "#" not in t and "【" not in t
    ]
    voice = make_voice(product, spoken, tone, None, occasion, f"picture|{seed}|{creative.id}|{product.name}")
    voice.used_texts += heads[:1]
    if heads:
        head = heads[0]
    else:
        taken = accept(voice, (o for o in short_lines(voice, "headline") if len(o.text) <= most), None)
        head = _one_thought(taken.text) if taken else voice.slots["noun"]
    fresh = [
        t
        for t in subs
        if alike(t, head) < 0.3 and not any(f.casefold() in t.casefold() and f.casefold() in head.casefold() for f in voice.facts)
    ]
    if fresh:
        sub = fresh[0]
    else:
        rest = [f for f in voice.facts if f.casefold() not in head.casefold() and len(f) <= longest // 2]
        voice.rng.shuffle(rest)
        sub = ("，" if spoken == "zh" else ", ").join(rest[:2])
        sub = sub if spoken == "zh" else capital(sub)
    calls = by_field.get("cta") or [grammar(spoken)["cta"]["any"][0]]
    return head, sub.rstrip("。."), calls[0]


def _one_thought(text: str) -> str:
    return max(re.split(r"\s*[｜|]\s*", text), key=len)


def keep_together(product: Product, language: Language) -> tuple[str, ...]:
    """Words that a picture should not break over two lines: the lexicon's, the product's noun and the parts of its name."""
    own = [noun_of(product, language), *product.called(language).split()]
    return tuple(dict.fromkeys([*own, *grammar(language)["words"]["whole"].split()]))


def screen_claims(claims: Sequence[str], product: str, category: str | None) -> tuple[list[str], list[Finding]]:
    """Split claims into those that may be repeated as the merchant's own facts, and findings about the rest.

    A word of the product's name that is not allowed is reported as well.
    """
    good: list[str] = []
    findings: list[Finding] = []
    for claim in [*claims, product]:
        errors = [f for f in lint(claim, None, category) if f.severity == "error"]
        findings += errors
        if not errors and claim is not product:
            good.append(claim.strip())
    return good, list({(f.rule, f.span): f for f in findings}.values())


def with_claims(product: Product, claims: Sequence[str], language: Language) -> Product:
    """Add the merchant's allowed claims to the facts; the forbidden words of a name are taken out of it."""
    name = product.called(language)
    for finding in lint(name, None, product.category):
        if finding.severity == "error":
            name = name.replace(finding.span, "")
    name = re.sub(r"[“”\"‘’「」《》]", "", name).strip(" 的、，,.。") or knowledge.categories()[product.category].name.pick(language)
    fields = {"name": name, "facts_zh": [*claims, *product.facts_zh], "facts_en": [*claims, *product.facts_en]}
    if name != product.called(language):
        fields |= {"name_zh": "", "name_en": ""}
    return product.model_copy(update=fields)
