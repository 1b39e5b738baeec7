"""A change of pictures in words: style, price, logo, shapes, headline, offer and the rest, for a set and for a plan alike."""

from __future__ import annotations

from typing import Any

from ...data import knowledge
from ...data.words import Words, both

_PRICE = {
    "bigger": both("价格放大", "bigger price"),
    "smaller": both("价格缩小", "smaller price"),
    "none": both("去掉价格", "no price"),
    "normal": both("价格恢复原来的大小", "price at its usual size"),
}
_LANGUAGE = {"zh": both("中文", "Chinese"), "en": both("英文", "English")}
_SHAPE = {"tall": both("竖版", "upright"), "square": both("方形", "square"), "wide": both("横版", "lying")}


def told_change(name: str, value: Any) -> Words | None:
    """One change in words; None for what goes without saying.

    Example:
        >>> told_change("style", "ink").zh, told_change("price", "bigger").en
        ('换成水墨风', 'bigger price')
    """
    match name:
        case "style" | "tone":
            known = knowledge.styles().get(knowledge.style_named(value) or "") or knowledge.tones().get(value)
            return both(f"换成{known.name.zh if known else value}", f"{(known.name.en if known else value).lower()} look")
        case "price":
            return _PRICE[value]
        case "logo":
            return both("去掉品牌标识" if not value else "加回品牌标识", "no logo" if not value else "logo back")
        case "shapes":
            return both("只要" + "、".join(_SHAPE[s].zh for s in value), f"{' and '.join(_SHAPE[s].en for s in value)} pictures only")
        case "headline":
            return both(f"标题改为“{value}”", f"headline set to “{value}”")
        case "offer":
            words = knowledge.offer_words(value)
            return both(f"优惠改为“{words.zh}”", f"offer set to “{words.en}”")
        case "variants":
            return both(f"每张 {value} 版", f"{value} looks of each")
        case "add_sizes":
            return both(f"加上 {'、'.join(value)}", f"{', '.join(value)} added")
        case "add_languages":
            more = [_LANGUAGE.get(v, both(v, v)) for v in value]
            return both(f"加上{'、'.join(w.zh for w in more)}版", f"{' and '.join(w.en for w in more)} added")
        case "sizes":
            return both(f"尺寸改为 {'、'.join(value)}", f"sizes {', '.join(value)}")
        case "channels":
            names = [knowledge.channel(c).name for c in value]
            return both(f"渠道改为{'、'.join(n.zh for n in names)}", f"channels {', '.join(n.en for n in names)}")
        case "languages":
            shown = [_LANGUAGE.get(v, both(v, v)) for v in value]
            return both(f"语言改为{'、'.join(w.zh for w in shown)}", f"in {' and '.join(w.en for w in shown)}")
        case "product":
            return both(f"商品改为{value}", f"product {value}")
        case "occasion":
            known_day = knowledge.occasions().get(value)
            return both(f"配合{known_day.name.zh if known_day else value}", f"for {known_day.name.en if known_day else value}")
        case "scene":
            known_scene = knowledge.scenes().get(knowledge.scene_named(value) or "")
            return both(f"换成{known_scene.name.zh}背景", f"{known_scene.name.en.lower()} background") if known_scene else None
        case "ground" if value:
            return both("换上新画的背景", "with the newly painted background")
        case "photo" if value == "marked":
            return both("换成您框出的商品", "with the product you marked")
        case "photo":
            return both("用您的照片", "with your photo")
    return None
