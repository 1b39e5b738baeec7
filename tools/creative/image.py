"""Pictures for a creative: what one says (`design_of`), and one of an exact size made, checked and stored (`make_banner`).

A picture carries the creative's own words where they are short enough, the price from the catalogue, the merchant's photo or
a drawing of the kind of product in its colour, and the AI label. It is stored only when every check of the gate passed; a
picture asked for again is found, not drawn. Not here: whole requests (`request`), edits of them (`revise`).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from ...data import knowledge
from ...data.brief import Product
from ...data.look import Look
from ...data.plan import Creative, Media
from ...data.words import Words, both
from .art import NEUTRAL, kind_of
from .colour import named
from .compositor import Banner, compose
from .copy import keep_together, picture_lines
from .credentials import source_of
from .describe import with_whole_photo
from .design import Design
from .fonts import missing
from .grammar import native, tone_of
from .layouts import Insets
from .lines import is_chinese
from .styles import styled

if TYPE_CHECKING:
    from ...data.artefacts import Artefacts
    from ...data.workspace import Workspace

_PRICE = {"normal": 1.0, "bigger": 1.45, "smaller": 0.75, "none": 1.0}


def design_of(
    product: Product,
    creative: Creative,
    *,
    tone: str | None = None,
    occasion: str | None = None,
    headline: str | None = None,
    look: Look | None = None,
    artefacts: Artefacts | None = None,
    seed: int = 0,
) -> Design:
    """Collect what a picture of `creative` says and shows; `headline` replaces the creative's own.

    `look` holds the merchant's wishes; its photo is read from `artefacts` and left out when it could not be cut out.
    """
    wish = look or Look()
    language = native(creative.language)
    offer = knowledge.offer_words(wish.offer).pick(language) if wish.offer else ""
    head, sub, call = picture_lines(product, creative, tone=tone, occasion=occasion, offer=offer, seed=seed)
    festival = occasion if occasion in knowledge.occasions() else knowledge.occasion_of(occasion or "")
    price = product.price.text(short=True) if product.price and wish.price != "none" else ""
    own = wish.headline if wish.headline and is_chinese(wish.headline) == (language == "zh") else None
    head = headline or own or head
    brand = " ".join(p for p in product.brand.split() if (p.isascii()) == (language == "en")) if wish.logo else ""
    design = Design(
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
        offer=offer if offer not in head else "",
        market=_market(creative.channel),
        price_scale=_PRICE[wish.price],
    )
    return _shown(replace(styled(design, wish.style), scene=wish.scene or ""), wish, artefacts)


def _shown(design: Design, wish: Look, artefacts: Artefacts | None) -> Design:
    """The design with the merchant's photo and the finished ground, each where there is one."""
    if artefacts is None:
        return design
    from .uploads import cut_photo, opened, whole_photo

    if wish.ground:
        design = replace(design, ground=opened(artefacts, wish.ground))
    if not wish.photo:
        return design
    cut = cut_photo(artefacts, wish.photo)
    if cut is not None:
        return replace(design, photo=cut[0], colour=cut[1])
    # Better the merchant's own photo as it is than a drawing of something like it.
    whole = whole_photo(artefacts, wish.photo)
    return with_whole_photo(design, whole) if whole is not None else design


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
    tone: str | None = None,
    headline: str | None = None,
    layout: str = "auto",
    look: Look | None = None,
    variant: int = 1,
) -> Media:
    """Compose one picture of exactly `size` px, check it and store it; the same picture made before is taken as it is.

    Raises `AdwrightError`: ``picture-refused`` with reasons, ``missing-glyph``, ``bad-size``, ``unknown-layout``.
    """
    design = design_of(
        product, creative, tone=tone, occasion=occasion, headline=headline, look=look, artefacts=ws.artefacts, seed=creative.variant
    )
    return banner_of(ws, product, creative, design, size, seed=seed, layout=layout, look=look, variant=variant)


def banner_of(
    ws: Workspace,
    product: Product,
    creative: Creative,
    design: Design,
    size: tuple[int, int],
    *,
    seed: int,
    layout: str = "auto",
    look: Look | None = None,
    variant: int = 1,
) -> Media:
    """Make, check and store the picture of a design, or find it; raises as `make_banner`."""
    limit, safe = weight_limit(creative.channel, size), safe_area(creative.channel, size)
    known = {f.name: getattr(design, f.name) for f in fields(design) if f.name not in ("photo", "uncut", "ground", "logo", "fonts")}
    given = (look.photo if look and (design.photo or design.uncut) is not None else None, look.ground if look else None)
    asked = [known, *given, size, seed, limit, safe, creative.channel, creative.id, product.called("zh"), product.called("en"), _code()]  # fmt: skip
    key = _key(asked, layout)
    found = ws.records.get(key)
    if found is not None and (ws.artefacts.folder / found["id"]).is_file():
        return Media.model_validate({**found, "variant": variant})
    banner = compose(design, size, layout, seed=seed, max_kb=limit, safe=safe)
    known = {
        "layout": banner.layout,
        "palette": banner.palette,
        # Kept, so that clicks of past pictures can be told apart by it.
        "style": (look.style if look else None) or "",
        "seed": seed,
        "creative": creative.id,
        "source": source_of(design),
    }
    name = ws.artefacts.put(banner.content, banner.suffix, **known)
    media = Media(
        id=name,
        kind="image",
        channel=creative.channel,
        width=size[0],
        height=size[1],
        alt=_alt(product, design),
        checks=[check.as_check() for check in banner.gate],
        how=_how(banner, design),
        language=design.language,
        variant=variant,
        layout=banner.layout,
    )
    # An edit asks for the layout by its name, to keep it.
    for kept in dict.fromkeys((key, _key(asked, banner.layout))):
        ws.records.put(kept, media.model_dump(mode="json"))
    return media


def _key(asked: list[object], layout: str) -> str:
    told = json.dumps([*asked, layout], ensure_ascii=False, sort_keys=True, default=str)
    return f"picture:{hashlib.sha256(told.encode()).hexdigest()[:24]}"


@cache
def _code() -> str:
    """What draws: a picture made by other code or other looks is not the same picture."""
    own = sorted((item for item in files(__spec__.parent).iterdir() if item.name.endswith((".py", ".toml"))), key=lambda item: item.name)
    return hashlib.sha256(b"".join(item.read_bytes() for item in own)).hexdigest()[:12]


def _alt(product: Product, design: Design) -> Words:
    said = [text for text in (design.offer, design.price) if text]
    return both(
        f"{product.called('zh')}的广告图：{'，'.join([design.headline, *said])}",
        f"Ad picture of {product.called('en')}: {', '.join([design.headline, *said])}",
    )


def _how(banner: Banner, design: Design) -> Words:
    if design.photo is not None:
        what = both("您上传的商品照片，只做了抠图和缩放", "your product photo, cut out and scaled only")
    elif design.uncut is not None:
        what = both("您上传的照片，没有抠图，只做了裁切和缩放", "your photo, not cut out, cropped and scaled only")
    elif design.kind == NEUTRAL:
        what = both("中性的购物袋插画", "a neutral drawing of a shopping bag")
    else:
        what = both("该类产品的示意插画，不是实物照片", "a drawing of this kind of product, not a photo of the item")
    painted = (
        both("；背景由您配置的图像模型绘制", "; your image model painted the background") if design.ground is not None else both("", "")
    )
    return both(
        f"排版合成（版式 {banner.layout}，配色 {banner.palette}）；画面主体是{what.zh}{painted.zh}。",
        f"Composed (layout {banner.layout}, palette {banner.palette}); the picture shows {what.en}{painted.en}.",
    )
