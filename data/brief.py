"""The brief: what the merchant wants, and how we know each part of it.

Every field is a `Known` value that says whether the merchant stated it, we assumed it, or it was learned from the
shop's own data. A brief is complete: planning starts only when nothing is missing.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from .look import Look
from .money import ExactDecimal, Money
from .words import Language, Words

T = TypeVar("T")
Goal = Literal["sales", "awareness", "new_customers", "traffic", "repurchase", "leads", "clearance", "launch"]
Category = Literal["apparel", "beauty", "food", "electronics", "home", "baby", "sports", "pets", "other"]


class Document(BaseModel):
    """Base of all stored documents: unknown fields are refused, so nothing is dropped in silence."""

    model_config = ConfigDict(extra="forbid")


class Basis(Document):
    """What a computed value stands on: source, P10 and P90 in the value's unit, ids of `Evidence` in the plan, formula."""

    source: Literal["model", "past", "assumed"]
    low: ExactDecimal
    high: ExactDecimal
    evidence: list[str] = []
    formula: Words


class Known(Document, Generic[T]):
    """A value and how it came to be known; `why` explains an assumption or names what it was learned from.

    `basis` is there where the value is a forecast of its own and was not stated.
    """

    value: T
    how: Literal["stated", "assumed", "learned"] = "stated"
    why: Words | None = None
    basis: Basis | None = None


class Product(Document):
    """What is promoted. `id` is set when it is in the catalogue; `facts` are claims the merchant's data supports.

    `noun` is the kind of thing without brand and model (“跑鞋”, "running shoes"); `color` is in the catalogue's words.
    """

    id: str | None = None
    name: str
    name_zh: str = ""
    name_en: str = ""
    noun_zh: str = ""
    noun_en: str = ""
    brand: str = ""
    color: str = ""
    category: Category = "other"
    price: Money | None = None
    cost: Money | None = None
    facts_zh: list[str] = []
    facts_en: list[str] = []

    def called(self, language: Language) -> str:
        """Return the name in `language`, or the name as stated."""
        return (self.name_zh if language == "zh" else self.name_en) or self.name


class AudienceAsk(Document):
    """Whom the merchant named: the words, and age and gender where explicit."""

    text: str = ""
    age: tuple[int, int] | None = None
    gender: Literal["female", "male"] | None = None


class Brief(Document):
    """A complete request for a campaign. Dates are days in the shop's zone; `days` includes both ends.

    `split` maps a channel to its share of the budget (sums to 1). `target_roas` is revenue / spend. `offer` is the merchant's own,
    in both languages; `look` how its pictures look.
    """

    text: str = ""
    product: Known[Product]
    goal: Known[Goal]
    budget: Known[Money]
    start: Known[date]
    days: Known[int]
    channels: Known[list[str]]
    split: Known[dict[str, ExactDecimal]] | None = None
    audience: Known[AudienceAsk]
    tone: Known[str]
    language: Known[str]
    occasion: Known[str] | None = None
    offer: Known[Words] | None = None
    target_roas: Known[ExactDecimal] | None = None
    order_value: Known[Money]
    margin: Known[ExactDecimal]
    sizes: list[str] = []
    variants: int = 3
    video_seconds: int | None = None
    look: Look = Look()
    today: date
    seed: int = 0

    @property
    def end(self) -> date:
        """The last day, included."""
        return self.start.value + timedelta(days=self.days.value - 1)

    @property
    def daily_budget(self) -> Decimal:
        """Average budget per day, unrounded, in the budget's currency."""
        return self.budget.value.amount / self.days.value
