"""Edits: small typed patches. An edit changes only what it names; everything else is recomputed, not re-decided.

`Patch` is a union told apart by `action`. The values are those AFTER the edit where the merchant named them.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from .brief import Category, Document, Goal
from .look import Picks, PriceSize, Shape
from .money import ExactDecimal, Money
from .plan import Delivery


class SetBudget(Document):
    """Set the total budget."""

    action: Literal["set_budget"] = "set_budget"
    budget: Money


class ScaleBudget(Document):
    """Multiply the total budget by `factor` (0.8 = cut by 20 %)."""

    action: Literal["scale_budget"] = "scale_budget"
    factor: ExactDecimal


class SetLineBudget(Document):
    """Set and lock one line's budget; the others share the rest of the total."""

    action: Literal["set_line_budget"] = "set_line_budget"
    line: str
    budget: Money


class ScaleChannel(Document):
    """Multiply one channel's budget by `factor`; the other channels take or give the difference."""

    action: Literal["scale_channel"] = "scale_channel"
    channel: str
    factor: ExactDecimal


class SetSplit(Document):
    """Set the channels' shares of the budget; they sum to 1."""

    action: Literal["set_split"] = "set_split"
    split: dict[str, ExactDecimal]


class ShiftBudget(Document):
    """Move `share` of the total budget (0..1), or a `money` amount, from one channel to another."""

    action: Literal["shift_budget"] = "shift_budget"
    source: str
    target: str
    share: ExactDecimal | None = None
    money: Money | None = None


class SetChannels(Document):
    """Replace the list of channels (add, remove and replace are resolved to the list after the edit)."""

    action: Literal["set_channels"] = "set_channels"
    channels: list[str] = Field(min_length=1)


class SetDates(Document):
    """Set the first day and/or the number of days."""

    action: Literal["set_dates"] = "set_dates"
    start: date | None = None
    days: int | None = Field(default=None, ge=1)


class SetProduct(Document):
    """Replace the product."""

    action: Literal["set_product"] = "set_product"
    product: str
    category: Category | None = None


class SetAudience(Document):
    """Replace the audience named in the brief."""

    action: Literal["set_audience"] = "set_audience"
    text: str
    age: tuple[int, int] | None = None
    gender: Literal["female", "male"] | None = None


class SetField(Document):
    """Set one of the remaining fields of the brief."""

    action: Literal["set_field"] = "set_field"
    field: Literal["tone", "language", "goal", "target_roas", "order_value", "margin", "variants", "occasion", "sizes", "video_seconds"]
    value: str | int | Decimal | Money | list[str] | Goal


class SetCopy(Document):
    """Rewrite one piece of copy: `piece` counts from 1 over the plan's creatives (of `channel`, if named); -1 is the last.

    Either new `text` for its headline, another `tone`, or `shorter`.
    """

    action: Literal["set_copy"] = "set_copy"
    piece: int
    channel: str | None = None
    text: str | None = Field(default=None, max_length=400)
    tone: str | None = None
    shorter: bool = False


class SetLook(Document):
    """Change how the plan's pictures look: only what is not None. `offer` goes onto the copy as well; `photo` means the one uploaded;
    `drop` leaves out single pictures, `keep` all others. `taste` takes the style that suits
    the audience; `scene` is a ground painted here, `ground` a finished one, by its id."""

    action: Literal["set_look"] = "set_look"
    style: str | None = Field(default=None, max_length=40)
    offer: str | None = Field(default=None, max_length=60)
    headline: str | None = Field(default=None, max_length=300)
    price: PriceSize | None = None
    logo: bool | None = None
    shapes: list[Shape] | None = None
    photo: Literal["upload"] | None = None
    drop: Picks | None = None
    keep: Picks | None = None
    taste: Literal[True] | None = None
    scene: str | None = Field(default=None, max_length=40)
    ground: str | None = Field(default=None, max_length=40)


class SetDelivery(Document):
    """Set a running line's whole budget (what it has spent and what it may still spend) and how it runs from then on."""

    action: Literal["set_delivery"] = "set_delivery"
    line: str
    budget: Money
    delivery: Delivery


Patch = Annotated[
    SetBudget
    | ScaleBudget
    | SetLineBudget
    | ScaleChannel
    | SetSplit
    | ShiftBudget
    | SetChannels
    | SetDates
    | SetProduct
    | SetAudience
    | SetField
    | SetCopy
    | SetLook
    | SetDelivery,
    Field(discriminator="action"),
]
PATCH: TypeAdapter[Patch] = TypeAdapter(Patch)
