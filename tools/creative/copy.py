"""Advertising copy for a channel: every field it takes, within its limits, held against the policy rules.

`write_copy` is the typed craft, `draft_copy` the agent's tool around it. Written natively in Chinese and English; for any
other language the tool says so and gives English. A claim that the policy does not allow is left out and reported.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from ...data import knowledge
from ...data.brief import Document, Product
from ...data.errors import AdwrightError
from ...data.knowledge import Channel, CopyLimit
from ...data.plan import CopyField, Creative, Finding
from ...data.result import CONTENT_LIMIT, SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, Words, both
from ..catalogue import find_product
from .fields import field_texts
from .grammar import accept, alike, capital, grammar, make_voice, native, noun_of, short_lines
from .policy import lint

if TYPE_CHECKING:
    from ...data.workspace import Workspace
    from ..memory.search import Hit


# From so many headlines an ad takes on it counts as responsive.
POOL = 10


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
    spoken = native(language)
    key = f"{seed}|{facts.id or facts.name}|{place.id}|{spoken}"
    voice = make_voice(facts, spoken, tone, audience, occasion, key, offer=offer, channel=place.id)
    creatives: list[Creative] = []
    for variant in range(max(1, n)):
        fields: list[CopyField] = []
        told: list[str] = []
        for limit in sorted(place.copy_fields, key=lambda f: f.field != "headline"):
            count = usual_count(limit) if headlines is None else headlines if limit.field == "headline" else limit.count
            for text in field_texts(voice, place, limit, count):
                fields.append(measured(limit, text.text))
                told += text.facts
        if voice.slots.get("offer") and not any(offer.casefold() in item.text.casefold() for item in fields):
            fields = _offering(fields, place, offer, spoken)
        calls = list(dict.fromkeys([*grammar(spoken)["cta"].get(voice.tone, []), *grammar(spoken)["cta"]["any"]]))
        call = calls[variant % len(calls)]
        fields.append(CopyField(field="cta", text=call, used=len(call)))
        findings = [f for item in fields for f in lint(item.text, spoken, facts.category, place.id)]
        creatives.append(
            Creative(
                id=f"{place.id}-{spoken}-{variant + 1}",
                channel=place.id,
                language=spoken,
                variant=variant + 1,
                copy_fields=fields,
                findings=list({(f.rule, f.span): f for f in findings}.values()),
                facts_used=list(dict.fromkeys(told)),
                cites=[hit.id for hit in cites],
            )
        )
    return creatives


def _offering(fields: list[CopyField], place: Channel, offer: str, language: Language) -> list[CopyField]:
    """Open the first text with room for it with the offer: every ad that was asked to say it says it."""
    limits = {limit.field: limit for limit in place.copy_fields}
    told = f"{offer}。" if language == "zh" else f"{capital(offer)}. "
    for i, item in enumerate(fields):
        if item.field in ("headline", "path", "cta"):
            continue
        longer = measured(limits[item.field], f"{told}{item.text}")
        if longer.ok:
            return [*fields[:i], longer, *fields[i + 1 :]]
    return fields


def usual_count(limit: CopyLimit) -> int:
    """How many texts of a field a creative of a plan holds: enough to choose from, not all that the platform takes."""
    return max(limit.least, min(limit.count, 3 if limit.field == "headline" and limit.count > 5 else 2 if limit.count > 3 else 1))


def measured(limit: CopyLimit, text: str) -> CopyField:
    """A text with its length in the field's unit, and whether it fits."""
    used = limit.used(text)
    return CopyField(field=limit.field, text=text, used=used, limit=limit.limit, ok=limit.limit is None or used <= limit.limit)


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


class DraftCopy(Document):
    """What the `draft_copy` tool takes."""

    product: str = Field(min_length=1, max_length=200, description="The product, in the user's words.")
    channel: str | None = Field(default=None, description="Channel id or name, e.g. 'xiaohongshu', 'google'. None: the shop's usual one.")
    language: str | None = Field(default=None, description="Language of the copy: 'zh' or 'en'. None: the language of the reply.")
    variants: int = Field(default=3, ge=1, le=30, description="How many different drafts.")
    tone: str | None = Field(default=None, description="Tone, e.g. 'warm', 'premium', 'humorous'.")
    audience: str | None = Field(default=None, description="Whom the copy addresses.")
    claims: list[str] = Field(default_factory=list, max_length=20, description="Claims the user wants in the copy, word for word.")
    offer: str | None = Field(default=None, max_length=60, description="Offer in the user's words, e.g. '20% off'. Never invent one.")
    occasion: str | None = Field(default=None, description="Holiday or event the copy is for.")
    reply_language: Language = Field(default="zh", description="Language of the answer to the user.")
    seed: int = Field(default=0, description="Same seed, same copy.")


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


def draft_copy(workspace: Workspace, request: DraftCopy, progress: Progress = SILENT) -> ToolResult:
    """Write copy for one product and channel. Raises `AdwrightError` (``unknown-channel``, ``no-product``)."""
    if not request.product.strip():
        raise AdwrightError(
            both("还不知道要推广什么产品。", "I do not know yet what to promote."),
            both("请告诉我产品名称。", "Please name the product."),
            code="no-product",
        )
    wanted = (request.language or request.reply_language).lower()
    language = native(wanted)
    channel = knowledge.channel(request.channel or ("xiaohongshu" if language == "zh" else "instagram"))
    found = find_product(workspace, request.product)
    offer = knowledge.offer_words(request.offer).pick(language) if request.offer else ""
    claims, refused = screen_claims([*request.claims, *([offer] if offer else [])], request.product, found.category)
    offer = offer if offer in claims else ""
    claims = [claim for claim in claims if claim != offer]
    product = with_claims(found, claims, language)
    pool = max((limit.count for limit in channel.copy_fields if limit.field == "headline"), default=1)
    # Where one ad takes ten headlines and more, "15 headlines" is one ad, not fifteen; "4 drafts" are four ads.
    together = pool >= POOL and request.variants >= POOL
    creatives = write_copy(
        product,
        channel.id,
        language,
        n=-(-request.variants // pool) if together else request.variants,
        headlines=min(pool, request.variants) if together else None,
        tone=request.tone,
        audience=request.audience,
        occasion=request.occasion,
        offer=offer,
        seed=request.seed,
    )
    texts = sum(f.field == "headline" for c in creatives for f in c.copy_fields) if together else len(creatives)
    count = both(f"标题 {texts} 条", f"{texts} headlines") if together else both(f"文案 {texts} 条", f"{texts} drafts")
    progress.note(both(f"已写好{count.zh}", f"{count.en} ready"), texts, texts)
    notes = _notes(request, found, wanted, refused)
    first = next((f.text for f in creatives[0].copy_fields), "")
    finding = both(
        f"{channel.name.zh}{count.zh}" + (f"，{len(refused)} 处违规用语没有写入" if refused else "，政策检查通过"),
        f"{count.en} for {channel.name.en}" + (f"; {len(refused)} claims left out by policy" if refused else "; policy check passed"),
    )
    reply = request.reply_language
    content = f"{finding.pick(reply)}. 1: {first} " + " ".join(n.pick(reply) for n in notes)
    return ToolResult(
        content=content[:CONTENT_LIMIT],
        finding=finding,
        artifact=Artifact(
            kind="copy",
            title=both(f"{channel.name.zh}文案", f"Copy for {channel.name.en}"),
            data={
                "items": [c.model_dump(mode="json") for c in creatives],
                "behaviour": "warn" if refused else "do",
                "findings": [f.model_dump(mode="json") for f in refused],
                "notes": [n.model_dump() for n in notes],
                "product": product.model_dump(mode="json"),
            },
            source=["catalogue" if found.id else "request", "grammar"],
            seed=request.seed,
        ),
    )


def _notes(request: DraftCopy, found: Product, wanted: str, refused: list[Finding]) -> list[Words]:
    notes: list[Words] = []
    for item in refused:
        fix = item.advice or item.reason
        notes.append(
            both(
                f"“{item.span}”没有写进文案：{item.reason.zh}{fix.zh}（{item.article}）",
                f"“{item.span}” was left out: {item.reason.en} {fix.en} ({item.article})",
            )
        )
    if wanted[:2] not in ("zh", "en"):
        notes.append(
            both(
                f"离线文案只有中文和英文，没有 {wanted}；这里给出英文。接入模型后可以写其他语言。",
                f"Offline copy exists in Chinese and English only, not in {wanted}; this is English. With a model connected other languages can be written.",
            )
        )
    if found.id is None and not request.claims:
        notes.append(
            both(
                "商品库里没有这个产品，文案没有写任何产品参数；补充卖点后可以写得更具体。",
                "This product is not in the catalogue, so the copy states no product facts; add some and it becomes more specific.",
            )
        )
    return notes
