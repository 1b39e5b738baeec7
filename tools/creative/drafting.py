"""The agent's tool `draft_copy`: drafts for one product and channel, checked, each with its author and expected CTR.

What was drafted is kept in the workspace, so that a draft can be said in the other language (`translate`) and compared with another.
For a language other than zh and en the tool says so and gives English.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from ...data import knowledge
from ...data.brief import Document, Product
from ...data.drafts import Drafts, DraftSet
from ...data.errors import AdwrightError
from ...data.plan import Creative, Finding
from ...data.result import CONTENT_LIMIT, SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, Words, both
from ..catalogue import find_product, matches, nearest
from .authors import channel_for, responsive, written
from .copy import screen_claims, with_claims
from .expected import expect
from .grammar import native

if TYPE_CHECKING:
    from ...data.workspace import Workspace

# From so many headlines an ad takes on it counts as responsive.
POOL = 10


class DraftCopy(Document):
    """What the `draft_copy` tool takes."""

    product: str = Field(
        default="", max_length=200, description="The product, in the user's words. Left out only with translate or prefer."
    )
    channel: str | None = Field(default=None, description="Channel id or name, e.g. 'xiaohongshu', 'google'. None: the shop's usual one.")
    language: str | None = Field(default=None, description="Language of the copy: 'zh' or 'en'. None: the language of the reply.")
    variants: int = Field(default=3, ge=1, le=30, description="How many different drafts.")
    tone: str | None = Field(default=None, description="Tone, e.g. 'warm', 'premium', 'humorous'.")
    audience: str | None = Field(default=None, description="Whom the copy addresses.")
    claims: list[str] = Field(default_factory=list, max_length=20, description="Claims the user wants in the copy, word for word.")
    offer: str | None = Field(default=None, max_length=60, description="Offer in the user's words, e.g. '20% off'. Never invent one.")
    occasion: str | None = Field(default=None, description="Holiday or event the copy is for.")
    translate: int | None = Field(
        default=None, ge=0, le=50, description="Say a draft made before in `language`: its number from 1; 0 for all of them."
    )
    prefer: list[int] = Field(
        default_factory=list,
        max_length=2,
        description="Only when the user says which draft made before is better: [better, worse], numbers from 1; 0: all the others.",
    )
    equal: bool = Field(default=False, description="With prefer: the two are about equal.")
    thread: str = Field(default="", description="The conversation.")
    reply_language: Language = Field(default="zh", description="Language of the answer to the user.")
    seed: int = Field(default=0, description="Same seed, same copy.")


def draft_copy(workspace: Workspace, request: DraftCopy, progress: Progress = SILENT) -> ToolResult:
    """Write copy for one product and channel, say a draft in the other language, or store which draft is better.

    Raises `AdwrightError` (``unknown-channel``, ``no-product``, ``forbidden-goods``, ``no-draft``).
    """
    if request.translate is not None:
        from .translating import translate_drafts

        return translate_drafts(workspace, request, progress)
    if len(request.prefer) == 2:
        from .preferring import prefer_drafts

        return prefer_drafts(workspace, request, progress)
    if not request.product.strip():
        raise AdwrightError(
            both("还不知道要推广什么产品。", "I do not know yet what to promote."),
            both("请告诉我产品名称。", "Please name the product."),
            code="no-product",
        )
    wanted = (request.language or request.reply_language).lower()
    language = native(wanted)
    channel = channel_for(request.channel, language)
    found = find_product(workspace, request.product)
    offer = knowledge.offer_words(request.offer).pick(language) if request.offer else ""
    claims, refused = screen_claims([*request.claims, *([offer] if offer else [])], request.product, found.category)
    offer = offer if offer in claims else ""
    claims = [claim for claim in claims if claim != offer]
    product = with_claims(found, claims, language)
    pool = responsive(channel)
    # Where one ad takes ten headlines and more, "15 headlines" is one ad, not fifteen; "4 drafts" are four ads.
    together = pool >= POOL and request.variants >= POOL
    made = written(
        workspace,
        product,
        channel,
        language,
        -(-request.variants // pool) if together else request.variants,
        tone=request.tone,
        audience=request.audience,
        occasion=request.occasion,
        headlines=min(pool, request.variants) if together else None,
        offer=offer,
        seed=request.seed,
    )
    creatives, basis = expect(workspace, product, made.items)
    told = DraftSet(
        product=product, tone=request.tone, audience=request.audience, occasion=request.occasion, seed=request.seed, items=creatives
    )
    Drafts(workspace).keep(told, request.thread)
    texts = sum(f.field == "headline" for c in creatives for f in c.copy_fields) if together else len(creatives)
    count = both(f"标题 {texts} 条", f"{texts} headlines") if together else both(f"文案 {texts} 条", f"{texts} drafts")
    progress.note(both(f"已写好{count.zh}", f"{count.en} ready"), texts, texts)
    finding = both(
        f"{channel.name.zh}{count.zh}" + (f"，{len(refused)} 处违规用语没有写入" if refused else "，政策检查通过"),
        f"{count.en} for {channel.name.en}" + (f"; {len(refused)} claims left out by policy" if refused else "; policy check passed"),
    )
    about = [*_which(workspace, request.product, found), *_notes(request, found, wanted), *made.about, *basis]
    return result(creatives, product, finding, [*_left_out(refused), *about], about, refused, request.reply_language, request.seed)


def result(
    creatives: list[Creative],
    product: Product,
    finding: Words,
    notes: list[Words],
    about: list[Words],
    refused: list[Finding],
    reply: Language,
    seed: int,
) -> ToolResult:
    """Hand the drafts over: the first texts and the notes for a model, everything for the page."""
    first = next((f.text for f in creatives[0].copy_fields), "")
    content = f"{finding.pick(reply)}. 1: {first} " + " ".join(n.pick(reply) for n in notes)
    place = knowledge.channel(creatives[0].channel)
    return ToolResult(
        content=content[:CONTENT_LIMIT],
        finding=finding,
        artifact=Artifact(
            kind="copy",
            title=both(f"{place.name.zh}文案", f"Copy for {place.name.en}"),
            data={
                "items": [c.model_dump(mode="json") for c in creatives],
                "behaviour": "warn" if refused else "do",
                "findings": [f.model_dump(mode="json") for f in refused],
                "notes": [n.model_dump() for n in notes],
                "about": [n.model_dump() for n in about],
                "product": product.model_dump(mode="json"),
            },
            source=["catalogue" if product.id else "request", *sorted({item.author for item in creatives})],
            seed=seed,
        ),
    )


def _which(workspace: Workspace, said: str, found: Product) -> list[Words]:
    """Which of several products the copy is for; for one outside the catalogue, which ones come near."""
    if found.id is None:
        near = nearest(workspace, said)
        listed = both("、".join(f"「{p.called('zh')}」" for p in near), ", ".join(p.called("en") for p in near))
        return [both(f"商品库里相近的有：{listed.zh}，说出名称我就按它的参数写。", f"Near it in the catalogue: {listed.en}; name one and its facts go in.")] if near else []  # fmt: skip
    others = len(matches(workspace, said)) - 1
    if others <= 0:
        return []
    return [
        both(
            f"按商品库里卖得最多的「{found.called('zh')}」来写；另有 {others} 款也对得上，要换就说名称。",
            f"Written for “{found.called('en')}”, the best-selling of the {others + 1} that match; name another to change it.",
        )
    ]


def _left_out(refused: list[Finding]) -> list[Words]:
    notes: list[Words] = []
    for item in refused:
        fix = item.advice or item.reason
        notes.append(
            both(
                f"“{item.span}”没有写进文案：{item.reason.zh}{fix.zh}（{item.article}）",
                f"“{item.span}” was left out: {item.reason.en} {fix.en} ({item.article})",
            )
        )
    return notes


def _notes(request: DraftCopy, found: Product, wanted: str) -> list[Words]:
    notes: list[Words] = []
    if wanted[:2] not in ("zh", "en"):
        notes.append(
            both(
                f"文案目前只有中文和英文，没有 {wanted}；这里给出英文。",
                f"Copy exists in Chinese and English only, not in {wanted}; this is English.",
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
