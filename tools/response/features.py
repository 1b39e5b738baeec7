"""What a click or conversion is predicted from, and how it becomes numbers.

A `Context` is one possible impression; `prepare` derives the columns of the shop's models from contexts or from the
impressions table. What is unknown stays None or NaN: training hides values at random, so that an unknown field predicts
the average over it rather than an arbitrary corner.
"""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
from pydantic import Field

from ...data.brief import Document

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
)
NUMBERS = ("log_price", "discount", "headline_width", "has_number", "has_offer", "has_question")
OFFER = re.compile(r"减|折|送|赠|券|优惠|半价|特价|立省|包邮|off|save|free|gift|deal|discount|%", re.IGNORECASE)
AGE_EDGES = (18, 25, 35, 45, 55)


class Context(Document):
    """One possible impression; None means unknown. `price` in the shop's currency, `discount` 0..1.

    `segment_lift` is the segment's propensity for the product relative to the shop (1 = average); it multiplies the
    odds of conversion, and the odds of a click by its square root.
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


def age_band(age: float | None) -> str | None:
    """Name the band of an age, e.g. ``25-34``; None for unknown."""
    if age is None or age != age:
        return None
    edges = [0, *AGE_EDGES, 121]
    for low, high in pairwise(edges):
        if low <= age < high:
            return f"{low}-{high - 1}"
    return None


def headline_numbers(headline: str | None) -> tuple[float, float, float, float]:
    """Width / 30 (Chinese counts 2), has a digit, has an offer word, has a question; NaN when there is no headline."""
    if not headline:
        return np.nan, np.nan, np.nan, np.nan
    width = sum(2 if ord(c) > 0x2E7F else 1 for c in headline)
    return (
        width / 30,
        float(any(c.isdigit() for c in headline)),
        float(bool(OFFER.search(headline))),
        float("?" in headline or "？" in headline),
    )


def columns_of(contexts: list[Context]) -> dict[str, np.ndarray]:
    """Turn contexts into the columns that the models read."""
    rows = [c.model_dump() for c in contexts]
    return prepare({key: np.asarray([row[key] for row in rows], dtype=object) for key in rows[0]})


def prepare(raw: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Derive the model's columns from raw ones (names of `Context`); object arrays for categories, float for numbers."""

    def number(name: str) -> np.ndarray:
        return np.asarray([np.nan if v is None else float(v) for v in raw[name]], np.float64)

    def text(name: str) -> np.ndarray:
        return np.asarray(
            [None if v is None or v != v else str(int(v)) if isinstance(v, float) else str(v) for v in raw[name]], dtype=object
        )

    headlines, inverse = np.unique(np.asarray([h or "" for h in raw["headline"]], dtype=str), return_inverse=True)
    ages, age_inverse = np.unique(np.nan_to_num(number("age"), nan=-1.0), return_inverse=True)
    told = np.asarray([headline_numbers(h) for h in headlines], np.float64).reshape(-1, 4)[inverse]
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
        "headline_width": told[:, 0],
        "has_number": told[:, 1],
        "has_offer": told[:, 2],
        "has_question": told[:, 3],
    }
