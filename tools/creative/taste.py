"""Which style suits whom: a small table (`styles.toml`) from what an audience buys and what a campaign is, with the reason.

Looked at are category, tone, occasion, and whether the audience pays more or less than the shop's other customers. Age, sex and
anything else about a person are neither read nor guessed. The table is our own judgement, not a measured effect: a plan offers such
a style with its reason and does not put it on by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ...data import knowledge
from ...data.plan import Segment
from ...data.words import Words, both
from .styles import style_data, styles

PriceBand = Literal["low", "middle", "high"]
# Standard deviations by which a group's prices must differ from everybody's to be called high or low.
APART = 0.35
# The feature of a portrait that says at which prices of each category a group buys.
_LEVEL = "level"


@dataclass(frozen=True)
class Taste:
    """A style for an audience (None: the usual ground), and why."""

    style: str | None
    why: Words


def style_for(category: str, tone: str | None = None, occasion: str | None = None, price: PriceBand | None = None) -> Taste:
    """Choose a style by the first row of the table that holds; every condition that a row names must be known and true.

    Example:
        >>> style_for("food", occasion="mid_autumn").style, style_for("pets").style
        ('ink', None)
    """
    known = {"category": category, "tone": tone, "occasion": occasion, "price": price}
    for row in style_data()["taste"]:
        if all(known[name] in row[name] for name in known if name in row):
            return Taste(row["style"], both(*(text.format(**_names(known, i)) for i, text in enumerate(row["why"]))))
    usual = both("没有特别合适的风格，用版式自带的底图", "No style stands out; the layout's own ground is used")
    return Taste(None, usual)


def style_for_segment(segment: Segment, category: str, tone: str | None = None, occasion: str | None = None) -> Taste:
    """Choose a style for a segment of a plan; its price band is read off its portrait.

    Example:
        >>> style_for_segment(segment, "home").style  # doctest: +SKIP
        'film'
    """
    found = style_for(category, tone, occasion, price_band(segment))
    if found.style is None:
        return found
    name = styles()[found.style].name
    return Taste(found.style, both(f"{segment.name.zh}：{name.zh}。{found.why.zh}。", f"{segment.name.en}: {name.en}. {found.why.en}."))


def style_offer(segments: Sequence[Segment], category: str, occasion: str | None = None) -> Words | None:
    """Offer a style for pictures whose style and tone nobody named, with the reason; None where none stands out.

    A style that only some of the segments call for is told with the first of them.
    """
    found = [style_for(category, None, occasion, price_band(segment)) for segment in segments]
    at = next((i for i, taste in enumerate(found) if taste.style), None)
    if at is None:
        return None
    taste = found[at]
    name = knowledge.styles()[str(taste.style)].name
    if len({other.style for other in found}) > 1:
        why = style_for_segment(segments[at], category, None, occasion).why
    else:
        why = both(f"{taste.why.zh}。", f"{taste.why.en}.")
    return both(
        f"图片风格没说，用版式自带的底图。可选{name.zh}：{why.zh}想试就说“换成{name.zh}”。",
        f"No style was named: the layouts' own grounds are used. An option is {name.en.lower()}. {why.en} To try it, say “{name.en.lower()} style”.",
    )


def price_band(segment: Segment) -> PriceBand | None:
    """Whether a segment pays more or less than the shop's others, by its portrait; None where nothing was measured."""
    if segment.portrait is None:
        return None
    mark = next((mark for mark in segment.portrait.marks if mark.key == _LEVEL), None)
    if mark is None:
        return "middle" if segment.portrait.marks else None
    return "high" if mark.lift > APART and mark.low > 0 else "low" if mark.lift < -APART and mark.high < 0 else "middle"


def _names(known: dict[str, str | None], which: int) -> dict[str, str]:
    """Names of category, tone and occasion in Chinese (0) or English (1), for the reason's sentence."""
    category = knowledge.categories().get(known["category"] or "")
    tone = knowledge.tones().get(known["tone"] or "")
    occasion = knowledge.occasions().get(known["occasion"] or "")
    named = {"category": category and category.name, "tone": tone and tone.name, "occasion": occasion and occasion.name}
    language = ("zh", "en")[which]
    lower = str.lower if which else str
    return {
        key: lower(words.pick(language)) if key != "occasion" and words else words.pick(language) if words else ""
        for key, words in named.items()
    }
