"""Pictures for a creative: `make_banner` for one exact size, `generate_image` the agent's tool around it.

A picture carries the creative's own words where they are short enough, the price from the catalogue, a drawing of the
kind of product in its colour, and the AI label. It is stored only when every check of the gate passed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import Field

from ...data import knowledge
from ...data.brief import Document, Product
from ...data.errors import AdwrightError
from ...data.plan import Creative, Media
from ...data.result import CONTENT_LIMIT, SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, Words, both
from ..catalogue import find_product
from .art import NEUTRAL, kind_of
from .colour import named
from .compositor import Banner, compose
from .copy import keep_together, picture_lines, screen_claims, with_claims, write_copy
from .design import Design
from .fonts import missing
from .grammar import native, tone_of
from .layouts import LAYOUTS, Insets
from .policy import allowed

if TYPE_CHECKING:
    from ...data.workspace import Workspace


def design_of(
    product: Product,
    creative: Creative,
    *,
    tone: str | None = None,
    occasion: str | None = None,
    headline: str | None = None,
    seed: int = 0,
) -> Design:
    """Collect what a picture of `creative` says and shows; `headline` replaces the creative's own."""
    language = native(creative.language)
    head, sub, call = picture_lines(product, creative, tone=tone, occasion=occasion, seed=seed)
    festival = occasion if occasion in knowledge.occasions() else knowledge.occasion_of(occasion or "")
    price = product.price.text(short=True) if product.price else ""
    head = headline or head
    brand = " ".join(p for p in product.brand.split() if (p.isascii()) == (language == "en"))
    return Design(
        headline=head,
        cta=call,
        subline=sub if sub and sub != head else "",
        price=price if price not in head else "",
        brand=brand if not missing(brand) else "",
        kind=kind_of(product.noun_zh or product.noun_en or product.name),
        colour=named(product.color),
        category=product.category,
        tone=tone_of(tone) if tone else None,
        occasion=festival,
        language=language,
        keep=keep_together(product, language),
        facts=tuple(product.facts_zh if language == "zh" else product.facts_en),
        market=_market(creative.channel),
    )


def _market(channel: str) -> str:
    """Whose rule of labels holds: China's where the channel is Chinese or not known."""
    place = knowledge.channels().get(channel)
    return place.region if place else "cn"


# Platforms whose formats other channels show in.
_PLATFORM = {"instagram": "meta", "facebook": "meta", "xiaohongshu": "xiaohongshu"}


def weight_limit(channel: str, size: tuple[int, int]) -> int | None:
    """Return the largest file a channel takes at `size`, kB: its own rule, else that of the format; None when neither is known."""
    place = knowledge.channels().get(channel)
    own = next((s.max_kb for s in place.sizes if (s.width, s.height) == size), None) if place else None
    return own if own is not None else min((f.max_kb for f in knowledge.formats_of(*size)), default=None)


def safe_area(channel: str, size: tuple[int, int]) -> Insets | None:
    """Return what the platform of `channel` draws over at `size`: the widest of its formats' insets, None when nothing is known."""
    found = [f.safe for f in knowledge.formats_of(*size, _PLATFORM.get(channel, channel)) if f.safe]
    if not found:
        return None
    top, right, bottom, left = (max(side) for side in zip(*found, strict=True))
    return top, right, bottom, left


def make_banner(
    ws: Workspace,
    product: Product,
    creative: Creative,
    size: tuple[int, int],
    *,
    seed: int = 0,
    occasion: str | None = None,
    demo: bool = False,
    tone: str | None = None,
    headline: str | None = None,
    layout: str = "auto",
) -> Media:
    """Compose one picture of exactly `size` px, check it and store it. `demo` changes nothing: pictures carry no demo stamp.

    Raises `AdwrightError`: ``picture-refused`` with reasons, ``missing-glyph``, ``bad-size``, ``unknown-layout``.
    """
    design = design_of(product, creative, tone=tone, occasion=occasion, headline=headline, seed=creative.variant)
    banner = compose(design, size, layout, seed=seed, max_kb=weight_limit(creative.channel, size), safe=safe_area(creative.channel, size))
    name = ws.artefacts.put(banner.content, banner.suffix, layout=banner.layout, palette=banner.palette, seed=seed, creative=creative.id)
    return Media(
        id=name,
        kind="image",
        channel=creative.channel,
        width=size[0],
        height=size[1],
        alt=_alt(product, design),
        checks=[check.as_check() for check in banner.gate],
        how=_how(banner, design, product),
    )


def _alt(product: Product, design: Design) -> Words:
    price = f"，{design.price}" if design.price else ""
    price_en = f", {design.price}" if design.price else ""
    return both(
        f"{product.called('zh')}的广告图：{design.headline}{price}", f"Ad picture of {product.called('en')}: {design.headline}{price_en}"
    )


def _how(banner: Banner, design: Design, product: Product) -> Words:
    what = (
        both("中性的购物袋插画", "a neutral drawing of a shopping bag")
        if design.kind == NEUTRAL
        else both("该类产品的示意插画，不是实物照片", "a drawing of this kind of product, not a photo of the item")
    )
    return both(
        f"排版合成（版式 {banner.layout}，配色 {banner.palette}）；画面主体是{what.zh}。",
        f"Composed (layout {banner.layout}, palette {banner.palette}); the picture shows {what.en}.",
    )


class GenerateImage(Document):
    """What the `generate_image` tool takes."""

    product: str = Field(min_length=1, max_length=200, description="The product, in the user's words.")
    channel: str | None = Field(default=None, description="Channel whose sizes and limits apply.")
    sizes: list[str] = Field(
        default_factory=list, max_length=24, description="Sizes in pixels such as '1080x1080'. Empty: the channel's own sizes."
    )
    headline: str | None = Field(default=None, max_length=300, description="Headline to put on the picture, word for word.")
    tone: str | None = Field(default=None, description="Tone, e.g. 'warm', 'premium'.")
    style: str | None = Field(
        default=None,
        description="Layout such as hero, split, burst, minimal, poster, checklist, ticket, editorial; or a word for the look.",
    )
    occasion: str | None = Field(default=None, description="Holiday or event the picture is for.")
    language: str | None = Field(default=None, description="Language on the picture: 'zh' or 'en'.")
    reply_language: Language = Field(default="zh", description="Language of the answer to the user.")
    seed: int = Field(default=0, description="Same seed, same picture.")


def parse_size(text: str) -> tuple[int, int]:
    """Read ``"1080x1080"`` (also ×, *). Raises `AdwrightError` (``bad-size``)."""
    found = re.fullmatch(r"\s*(\d{2,5})\s*[x×*X]\s*(\d{2,5})\s*", text)
    if not found:
        raise AdwrightError(
            both(f"看不懂尺寸“{text[:20]}”。", f"“{text[:20]}” is not a size."),
            both("请写成 800x800。", "Write it as 800x800."),
            code="bad-size",
        )
    return int(found[1]), int(found[2])


def prepare(
    workspace: Workspace,
    product_text: str,
    channel: str | None,
    language: str | None,
    reply: Language,
    tone: str | None,
    occasion: str | None,
    headline: str | None,
    seed: int,
):
    """Find the product and write the words that a picture or film will carry; returns product, creative, refused findings.

    A headline that the policy forbids is refused with `AdwrightError` (``headline-not-allowed``).
    """
    spoken = native(language or reply)
    place = knowledge.channel(channel or ("xiaohongshu" if spoken == "zh" else "instagram"))
    found = find_product(workspace, product_text)
    if headline and not allowed(headline, None, found.category):
        _, findings = screen_claims([headline], product_text, found.category)
        raise AdwrightError(
            both(
                f"标题里有不能用于广告的说法：{'、'.join(f.span for f in findings)}。{findings[0].reason.zh}",
                f"The headline has words that advertising may not use: {', '.join(f.span for f in findings)}. {findings[0].reason.en}",
            ),
            both("请换一个说法，或让我来写标题。", "Choose other words, or let me write the headline."),
            code="headline-not-allowed",
        )
    _, refused = screen_claims([], product_text, found.category)
    product = with_claims(found, [], spoken)
    creative = write_copy(product, place.id, spoken, n=1, tone=tone, occasion=occasion, seed=seed)[0]
    return product, creative, refused


def generate_image(workspace: Workspace, request: GenerateImage, progress: Progress = SILENT) -> ToolResult:
    """Compose pictures for one product in the sizes asked for; sizes that cannot carry the words are refused with reasons."""
    product, creative, refused = prepare(
        workspace,
        request.product,
        request.channel,
        request.language,
        request.reply_language,
        request.tone or request.style,
        request.occasion,
        request.headline,
        request.seed,
    )
    place = knowledge.channel(creative.channel)
    sizes = [parse_size(s) for s in request.sizes] or [(s.width, s.height) for s in place.sizes][:6] or [(1080, 1080)]
    layout = (request.style or "").casefold().strip()
    made: list[Media] = []
    failed: list[Words] = []
    for i, size in enumerate(sizes):
        progress.note(both(f"已完成 {i} / {len(sizes)} 张", f"{i} of {len(sizes)} pictures ready"), i, len(sizes))
        try:
            made.append(
                make_banner(
                    workspace,
                    product,
                    creative,
                    size,
                    seed=request.seed + i,
                    occasion=request.occasion,
                    tone=request.tone or request.style,
                    headline=request.headline,
                    layout=layout if layout in LAYOUTS else "auto",
                )
            )
        except AdwrightError as refusal:
            failed.append(refusal.message)
    if not made:
        raise AdwrightError(
            failed[0], both("请缩短标题，或换一个更大的尺寸。", "Shorten the headline, or choose a larger size."), code="picture-refused"
        )
    finding = both(
        f"{len(made)} 张图，全部通过检查" + (f"；{len(failed)} 个尺寸没有出图" if failed else ""),
        f"{len(made)} pictures, all checks passed" + (f"; {len(failed)} sizes refused" if failed else ""),
    )
    reply = request.reply_language
    content = f"{finding.pick(reply)}: {', '.join(f'{m.width}x{m.height}' for m in made)}. " + " ".join(f.pick(reply) for f in failed)
    return ToolResult(
        content=content[:CONTENT_LIMIT],
        finding=finding,
        artifact=Artifact(
            kind="images",
            title=both(f"{product.called('zh')}的广告图", f"Pictures for {product.called('en')}"),
            data={
                "items": [m.model_dump(mode="json") for m in made],
                "behaviour": "warn" if refused else "do",
                "findings": [f.model_dump(mode="json") for f in refused],
                "notes": [w.model_dump() for w in failed],
            },
            files=[m.id for m in made],
            source=["catalogue" if product.id else "request", "compositor"],
            seed=request.seed,
        ),
    )
