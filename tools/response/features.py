"""What a click or conversion is predicted from, and how it becomes numbers.

A `Context` is one possible impression. The `Encoder` turns contexts (or columns of the impressions table) into one
integer matrix of categories and one float matrix of numbers; index 0 of every field means "unknown". Training masks
fields at random, so that an unknown field predicts the average over it rather than an arbitrary corner.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

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
    "channel_category",
)
NUMBERS = ("log_price", "discount", "headline_width", "has_number", "has_offer", "has_question")
RARE = 50
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


class Encoder:
    """Vocabularies and scales, fitted on training rows and stored as plain JSON.

    `encode` returns (categories int32 [n, fields] with offsets into one table, numbers float32 [n, 2 * numbers]);
    each number is standardised and followed by its missing flag.
    """

    def __init__(self, vocabulary: dict[str, list[str]], means: list[float], scales: list[float]) -> None:
        self.vocabulary = vocabulary
        self.means = np.asarray(means, np.float64)
        self.scales = np.asarray(scales, np.float64)
        sizes = [len(vocabulary[f]) + 1 for f in FIELDS]
        self.offsets = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32)
        self.size = int(sum(sizes))
        self._index = {f: {v: i + 1 for i, v in enumerate(vocabulary[f])} for f in FIELDS}

    @classmethod
    def fit(cls, columns: dict[str, np.ndarray]) -> Encoder:
        """Learn vocabularies (values seen at least `RARE` times, or in 0.1 % of small tables) and scales."""
        rows = len(columns["channel"])
        least = min(RARE, max(2, rows // 1000))
        vocabulary = {}
        for field in FIELDS:
            values, counts = np.unique(_known(columns[field]), return_counts=True)
            vocabulary[field] = [str(v) for v, n in zip(values, counts, strict=True) if n >= least]
        means, scales = [], []
        for name in NUMBERS:
            x = columns[name][~np.isnan(columns[name])]
            means.append(float(x.mean()) if len(x) else 0.0)
            scales.append(float(x.std()) or 1.0 if len(x) else 1.0)
        return cls(vocabulary, means, scales)

    def encode(self, columns: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Turn columns (as `columns_of` makes them) into the two matrices."""
        categories = np.stack([self._indices(f, columns[f]) for f in FIELDS], axis=1) + self.offsets
        x = np.stack([columns[name] for name in NUMBERS], axis=1)
        missing = np.isnan(x)
        scaled = np.clip(np.where(missing, 0.0, (x - self.means) / self.scales), -4, 4)
        return categories.astype(np.int32), np.concatenate([scaled, missing], axis=1).astype(np.float32)

    def _indices(self, field: str, values: np.ndarray) -> np.ndarray:
        unique, inverse = np.unique(np.where(values == None, "", values).astype(str), return_inverse=True)  # noqa: E711
        return np.asarray([self._index[field].get(v, 0) for v in unique], np.int32)[inverse]

    def mask(self, categories: np.ndarray, rate: float, generator: np.random.Generator) -> np.ndarray:
        """Set fields to "unknown" at random; channel stays, for every request names one."""
        hidden = generator.random(categories.shape) < rate
        hidden[:, FIELDS.index("channel")] = False
        return np.where(hidden, self.offsets, categories).astype(np.int32)

    def knows(self, field: str, value: str | None) -> bool:
        """Tell whether a value was seen often enough to have its own weight."""
        return value in self._index[field]

    def to_json(self) -> dict[str, Any]:
        return {"vocabulary": self.vocabulary, "means": self.means.tolist(), "scales": self.scales.tolist()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Encoder:
        return cls(data["vocabulary"], data["means"], data["scales"])


def _known(values: np.ndarray) -> np.ndarray:
    return np.asarray([v for v in values if v is not None and v == v], dtype=str)


def columns_of(contexts: list[Context]) -> dict[str, np.ndarray]:
    """Turn contexts into the columns that `Encoder` reads."""
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
    channel, category = text("channel"), text("category")
    return {
        "channel": channel,
        "placement": text("placement"),
        "category": category,
        "product_id": text("product_id"),
        "device": text("device"),
        "hour": text("hour"),
        "weekday": text("weekday"),
        "age_band": np.asarray([age_band(None if a < 0 else a) for a in ages], dtype=object)[age_inverse],
        "gender": text("gender"),
        "language": text("language"),
        "channel_category": np.asarray([None if b is None else f"{a}|{b}" for a, b in zip(channel, category, strict=True)], dtype=object),
        "log_price": np.log1p(number("price")),
        "discount": number("discount"),
        "headline_width": told[:, 0],
        "has_number": told[:, 1],
        "has_offer": told[:, 2],
        "has_question": told[:, 3],
    }
