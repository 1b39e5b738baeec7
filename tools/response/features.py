"""What a click or conversion is predicted from, and how it becomes numbers.

A `Context` is one possible impression; `prepare` derives the columns of the shop's models from contexts or from the
impressions table. What is unknown stays None or NaN: training hides values at random, so that an unknown field predicts
the average over it rather than an arbitrary corner.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from pydantic import Field

from ...data.brief import Document
from . import headlines, pictures
from .headlines import headline_numbers

__all__ = ["FIELDS", "NUMBERS", "OWNERS", "Context", "age_band", "columns_of", "headline_numbers", "prepare", "product_names"]

FIELDS = (
    "channel",
    "placement",
    "category",
    "product_id",
    "device",
    "hour",
    "weekday",
    "age_band",
    "gender",
    "language",
    "tone",
)
# Whose an impression is: no feature, but scores are told within them.
OWNERS = ("user_id", "campaign_id")
# Of a headline, in the order of `headlines.PARTS`; then what also takes the channel or the product.
TEXT = ("headline_width", "has_number", "has_offer", "has_question", "has_urgency", "has_address", "has_emphasis", "has_call")
PICTURE = tuple(f"picture_{part}" for part in pictures.PARTS)
NUMBERS = ("log_price", "discount", *TEXT, "headline_fill", "names_product", *PICTURE)
# Columns that say something of the creative itself; two drafts of one ad differ in these alone.
CREATIVE = ("tone", *TEXT, "headline_fill", "names_product", *PICTURE)
# Lengths are told apart in steps (six columns; of the limit): between two that differ by one letter a model would only learn chance.
WIDTH_STEP, FILL_STEP = 0.2, 0.15
AGE_EDGES = (18, 25, 35, 45, 55)


class Context(Document):
    """One possible impression; None means unknown. `price` in the shop's currency, `discount` 0..1.

    `segment_lift` is the segment's propensity for the product relative to the shop (1 = average); it multiplies the
    odds of conversion, and the odds of a click by its square root. `product_names` are what a headline may call the product;
    `picture` holds the numbers of the advertisement's picture (`pictures.picture_numbers`).
    """

    channel: str
    placement: str | None = None
    category: str | None = None
    product_id: str | None = None
    price: float | None = Field(default=None, gt=0)
    discount: float | None = Field(default=None, ge=0, le=1)
    device: str | None = None
    hour: int | None = Field(default=None, ge=0, le=23)
    weekday: int | None = Field(default=None, ge=0, le=6)
    age: int | None = Field(default=None, ge=0, le=120)
    gender: str | None = None
    headline: str | None = None
    language: str | None = None
    segment_lift: float = Field(default=1.0, gt=0)
    product_names: list[str] | None = None
    picture: dict[str, float] | None = None


def age_band(age: float | None) -> str | None:
    """Name the band of an age, e.g. ``25-34``; None for unknown."""
    if age is None or age != age:
        return None
    edges = [0, *AGE_EDGES, 121]
    for low, high in pairwise(edges):
        if low <= age < high:
            return f"{low}-{high - 1}"
    return None


def product_names(brand: str | None, *named: tuple[str | None, str | None]) -> list[str]:
    """Return the words that name a product rather than its kind: its brand, and each name's words without those of its kind.

    Example:
        >>> product_names("云步 Cloudstep", ("云步 轻云3 跑鞋", "跑鞋"))
        ['云步', 'Cloudstep', '轻云3']
    """
    found = (brand or "").split()
    for name, kind in named:
        found += [word for word in (name or "").split() if word not in (kind or "").split()]
    return list(dict.fromkeys(found))


def columns_of(contexts: list[Context]) -> dict[str, np.ndarray]:
    """Turn contexts into the columns that the models read."""
    return prepare({name: column_of([getattr(c, name) for c in contexts]) for name in Context.model_fields})


def column_of(values: list[Any]) -> np.ndarray:
    """Return values of any kind as an object array [n]; lists stay lists."""
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def prepare(raw: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Derive the model's columns from raw ones (names of `Context`); object arrays for categories, float for numbers."""
    blank = np.full(len(raw["channel"]), None, dtype=object)

    def number(name: str) -> np.ndarray:
        return np.asarray([np.nan if v is None else float(v) for v in raw[name]], np.float64)

    def text(name: str) -> np.ndarray:
        return np.asarray(
            [None if v is None or v != v else str(int(v)) if isinstance(v, float) else str(v) for v in raw[name]], dtype=object
        )

    ages, age_inverse = np.unique(np.nan_to_num(number("age"), nan=-1.0), return_inverse=True)
    said, at = _creatives(raw, blank)
    told = np.asarray([headline_numbers(h) for h, _, _ in said], np.float64).reshape(-1, len(TEXT))[at]
    told[:, 0] = np.round(told[:, 0] / WIDTH_STEP) * WIDTH_STEP
    fill = np.asarray([headlines.fill_of(h, c) for h, c, _ in said], np.float64)[at]
    fill = np.round(fill / FILL_STEP) * FILL_STEP
    named = np.asarray([headlines.names_product(h, n) for h, _, n in said], np.float64)[at]
    tone = np.asarray([headlines.tone_of(h) for h, _, _ in said], dtype=object)[at]
    seen = np.full((len(blank), len(PICTURE)), np.nan)
    for i, numbers in enumerate(raw.get("picture", blank)):
        if numbers:
            seen[i] = [numbers.get(part, np.nan) for part in pictures.PARTS]
    return {
        "channel": text("channel"),
        "placement": text("placement"),
        "category": text("category"),
        "product_id": text("product_id"),
        "device": text("device"),
        "hour": text("hour"),
        "weekday": text("weekday"),
        "age_band": np.asarray([age_band(None if a < 0 else a) for a in ages], dtype=object)[age_inverse],
        "gender": text("gender"),
        "language": text("language"),
        "log_price": np.log1p(number("price")),
        "discount": number("discount"),
        "tone": tone,
        **dict(zip(TEXT, told.T, strict=True)),
        "headline_fill": fill,
        "names_product": named,
        **dict(zip(PICTURE, seen.T, strict=True)),
    }


def _creatives(
    raw: Mapping[str, np.ndarray], blank: np.ndarray
) -> tuple[list[tuple[str | None, str | None, tuple[str, ...] | None]], np.ndarray]:
    """Distinct (headline, channel, names of the product), and which of them each row shows: a text shown often is read once."""
    index: dict[tuple[str | None, str | None, tuple[str, ...] | None], int] = {}
    names = (None if n is None else tuple(n) for n in raw.get("product_names", blank))
    rows = zip(raw["headline"], raw["channel"], names, strict=True)
    at = np.asarray([index.setdefault((h or None, c, n), len(index)) for h, c, n in rows], np.int64)
    return list(index), at
