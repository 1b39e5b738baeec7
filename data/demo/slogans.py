"""Headlines and bodies of the demo's past campaigns: put together from product facts, within each channel's limits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..knowledge import CopyLimit, channel, occasions
from .catalogue import Goods

OFFERS = {
    "zh": {
        0.0: ("", "包邮", ""),
        0.05: ("领券再减5%", "首单立减"),
        0.1: ("全店9折", "限时9折"),
        0.15: ("85折", "两件85折"),
        0.2: ("8折", "第二件6折"),
    },
    "en": {
        0.0: ("", "Free shipping", ""),
        0.05: ("5% off", "5% off first order"),
        0.1: ("10% off", "10% off this week"),
        0.15: ("15% off", "Buy 2, save 15%"),
        0.2: ("20% off", "20% off today"),
    },
}
HEADLINES = {
    "zh": (
        "{brand}{model}{noun}，{fact}",
        "{fact}的{noun}",
        "{model}{noun}：{fact}",
        "{keyword}｜{model}{noun}",
        "{noun}怎么选？先看{fact}",
        "{occasion}{noun}，{offer}",
        "{model}{noun}{offer}",
        "{noun}上新：{model}",
        "{brand}{noun}，{offer}",
        "{keyword}{noun}",
    ),
    "en": (
        "{brand} {model} {noun}",
        "{model}: {fact}",
        "{noun_cap}, {fact}",
        "{noun_cap}: {offer}",
        "{occasion} {noun}, {offer}",
        "{model} {noun}",
        "{offer} on {model} {noun}",
        "{noun_cap}, {keyword}",
        "{brand} {noun}",
        "New: {model} {noun}",
    ),
}
BODIES = {
    "zh": (
        "{fact}，{fact2}。{offer}。",
        "{brand}{model}{noun}：{fact}；{fact2}；{fact3}。",
        "{keyword}｜{fact}，{fact2}。",
        "{fact}。{fact2}。看看{color}这一款。",
        "{offer}。{fact}，{fact2}。",
        "{fact}，{fact2}",
        "{noun}，{fact}",
    ),
    "en": (
        "{fact_cap}, {fact2}. {offer}.",
        "{brand} {model} {noun}: {fact}; {fact2}; {fact3}.",
        "{keyword_cap}: {fact}, {fact2}.",
        "{fact_cap}. {fact2_cap}. Now in {color}.",
        "{fact_cap} and {fact2}",
        "{noun_cap}, {fact}",
    ),
}
# What stands where the channel's headline and body limits are; the first field a channel has is taken.
HEADLINE_FIELDS = ("headline",)
BODY_FIELDS = ("body", "description")


class Copy(NamedTuple):
    """One text pair; `width` of the headline counts a Chinese character as 2."""

    headline: str
    body: str
    width: int


def offer_for(rng: np.random.Generator, language: str, discount: float) -> str:
    """Offer words for a discount (0, 0.05, ... 0.2); may be empty when there is none."""
    words = OFFERS[language][discount]
    return words[int(rng.integers(len(words)))]


def write(rng: np.random.Generator, goods: Goods, product: int, channel_id: str, language: str, offer: str, occasion: str | None) -> Copy:
    """Write one advertisement for `product` that fits `channel_id`; the shortest pattern that fits is the last resort."""
    one = 0 if language == "zh" else 1
    family = goods.families[goods.family[product]]
    facts = [goods.facts[product][one][i] for i in rng.permutation(len(goods.facts[product][one]))]
    words = {
        "brand": family.brand[one],
        "model": goods.models[product][one],
        "noun": family.noun[one],
        "keyword": family.keywords[one][int(rng.integers(len(family.keywords[one])))],
        "fact": facts[0],
        "fact2": facts[1],
        "fact3": facts[2],
        "color": goods.colors[product][one],
        "offer": offer,
        "occasion": occasions()[occasion].name.pick("zh" if one == 0 else "en").split(" (")[0] if occasion else "",
    }
    words |= {f"{key}_cap": words[key][:1].upper() + words[key][1:] for key in ("noun", "fact", "fact2", "keyword")}
    limits = {f.field: f for f in channel(channel_id).copy_fields}
    headline = _fitting(rng, HEADLINES[language], words, _first(limits, HEADLINE_FIELDS)) or words["noun"]
    body = _fitting(rng, BODIES[language], words, _first(limits, BODY_FIELDS)) or facts[0]
    return Copy(headline, body, sum(2 if ord(letter) > 0x2E7F else 1 for letter in headline))


def _first(limits: dict[str, CopyLimit], names: tuple[str, ...]) -> CopyLimit:
    return next(limits[name] for name in names if name in limits)


def _fitting(rng: np.random.Generator, patterns: tuple[str, ...], words: dict[str, str], limit: CopyLimit) -> str | None:
    for index in rng.permutation(len(patterns)):
        pattern = patterns[index]
        # A pattern whose offer or festival does not exist would leave a hole.
        if any(f"{{{key}}}" in pattern and not words[key] for key in ("offer", "occasion")):
            continue
        text = pattern.format_map(words)
        if limit.limit is None or limit.used(text) <= limit.limit:
            return text
    return None
