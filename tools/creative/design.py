"""A design: what a picture says and shows, before any layout."""

from __future__ import annotations

import re
from dataclasses import dataclass

from PIL import Image

from ...data.words import Language
from .art import NEUTRAL
from .colour import RGB
from .fonts import FontPair, Weight, dressed


@dataclass(frozen=True)
class Design:
    """What a picture says and shows. `kind` is a drawing of `art.toml`, `colour` the product's (None: the drawing's own);
    `photo`, a cut-out with transparency, stands instead of the drawing; `uncut` is a photograph shown whole (RGB), of which
    `part` (left, top, right, bottom, px) must stay in view (see `with_whole_photo`).

    `keep` are words that may not be broken over two lines; `facts` what the data say of the product; `quote` and `author`
    a customer's own words; `rows` a comparison, its first row the names of the columns; `market` whose rule of labels
    holds (``cn`` or ``world``); `price_scale` how large the price is set beside its usual size; `style` a style of the ground
    and `scene` its kind (see `styles.toml`, `scene`), both "" for what the layout brings; `ground` a finished picture (such as
    `make_scene` returns) that is cut to the slot instead.
    """

    headline: str
    cta: str
    subline: str = ""
    price: str = ""
    brand: str = ""
    kind: str = NEUTRAL
    colour: RGB | None = None
    category: str = "other"
    tone: str | None = None
    occasion: str | None = None
    language: Language = "zh"
    keep: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    offer: str = ""
    quote: str = ""
    author: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    photo: Image.Image | None = None
    uncut: Image.Image | None = None
    part: tuple[int, int, int, int] | None = None
    market: str = "cn"
    logo: Image.Image | None = None
    fonts: FontPair | None = None
    price_scale: float = 1.0
    style: str = ""
    scene: str = ""
    ground: Image.Image | None = None

    def face(self, text: str, weight: str = "Bold") -> Weight:
        """The face a text is set in: the brand's own where it has every letter of it."""
        return dressed(text, weight, self.fonts)

    @property
    def whole(self) -> tuple[str, ...]:
        """The words that stay on one line: those of `keep`, and the offer."""
        return (*self.keep, self.offer) if self.offer else self.keep

    def brings(self, need: str) -> bool:
        """Whether the design has what a layout needs (see `layouts.toml`)."""
        return {
            "price": bool(self.price or self.offer),
            "brand": bool(self.brand),
            "facts": len(self.facts) >= 2,
            "figures": len(figures(self.facts)) >= 2,
            "quote": bool(self.quote),
            "rows": len(self.rows) >= 3 and all(len(row) == 3 for row in self.rows),
            "occasion": bool(self.occasion),
        }[need]


_NUMBER = re.compile(r"\d[\d.,×x]*(?:\s?(?:°C|%|[a-zA-Z]{1,4}\b|毫米|厘米|千克|毫升|小时|分钟|[克米升瓦伏天档片支件层包只粒度页寸秒]))?")


def figures(facts: tuple[str, ...]) -> list[tuple[str, str]]:
    """The facts with a number in them, as (number with unit, the rest).

    Example:
        >>> figures(("鞋底落差 8 毫米", "透气网面鞋面"))
        [('8 毫米', '鞋底落差')]
    """
    found = []
    for fact in facts:
        number = _NUMBER.search(fact)
        if number:
            rest = (fact[: number.start()].strip(" ，,：:") + " " + fact[number.end() :].strip(" ，,：:")).strip()
            if rest and len(rest) <= 24:
                found.append((number.group().strip(" ,"), rest))
    return found
