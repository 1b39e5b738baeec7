"""Money: a Decimal amount and an ISO 4217 currency, never a float.

Amounts are kept in whole minor units (cents, fen), so sums are exact. Exchange rates are knowledge, not part of
this file: see `knowledge.exchange`.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainSerializer, field_validator, model_validator

from .errors import AdwrightError
from .words import both

# ISO 4217 minor units that differ from 2, and the signs merchants expect.
MINOR_UNITS = {"JPY": 0, "KRW": 0, "VND": 0}
SIGNS = {
    "CNY": "¥",
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "JP¥",
    "HKD": "HK$",
    "TWD": "NT$",
    "SGD": "S$",
    "AUD": "A$",
    "CAD": "C$",
    "KRW": "₩",
}

ExactDecimal = Annotated[Decimal, PlainSerializer(lambda value: format(value, "f"), return_type=str, when_used="json")]


class Money(BaseModel):
    """An amount of one currency, rounded half up to its minor unit.

    Raises `AdwrightError` (code ``currency-mismatch``) when two currencies meet in one sum.

    Example:
        >>> Money.of("50000", "CNY").split([3, 2])
        [Money(¥30,000.00), Money(¥20,000.00)]
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    amount: ExactDecimal
    currency: str

    @field_validator("amount", mode="before")
    @classmethod
    def _no_floats(cls, value: Any) -> Any:
        if isinstance(value, float):
            raise ValueError("money is Decimal, int or str, never float")
        return value

    @field_validator("currency")
    @classmethod
    def _iso(cls, value: str) -> str:
        if len(value) != 3 or not value.isalpha():
            raise ValueError("currency is a three-letter ISO 4217 code")
        return value.upper()

    @model_validator(mode="after")
    def _whole_minor_units(self) -> Money:
        if not self.amount.is_finite():
            raise ValueError("money is finite")
        object.__setattr__(self, "amount", self.amount.quantize(minor_unit(self.currency), ROUND_HALF_UP))
        return self

    @classmethod
    def of(cls, amount: Decimal | int | str | float, currency: str) -> Money:
        """Make money from a number; floats (results of models) go through `repr`, then round to the minor unit."""
        return cls(amount=Decimal(repr(amount)) if isinstance(amount, float) else Decimal(amount), currency=currency)

    def __hash__(self) -> int:
        return hash((self.amount, self.currency))

    def _same(self, other: Money) -> None:
        if other.currency != self.currency:
            raise AdwrightError(
                both(f"不能把 {self.currency} 和 {other.currency} 直接相加。", f"{self.currency} and {other.currency} cannot be added."),
                both("请先换算成同一种货币。", "Convert to one currency first."),
                code="currency-mismatch",
            )

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(amount=self.amount + other.amount, currency=self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(amount=self.amount - other.amount, currency=self.currency)

    def __mul__(self, factor: Decimal | int) -> Money:
        return Money(amount=self.amount * factor, currency=self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.amount < other.amount

    def __float__(self) -> float:
        return float(self.amount)

    def __repr__(self) -> str:
        return f"Money({self})"

    def __str__(self) -> str:
        return self.text()

    def text(self, short: bool = False) -> str:
        """Format with sign and separators; `short` drops zero minor units: ``¥50,000``.

        Example:
            >>> Money.of("50000", "CNY").text(short=True)
            '¥50,000'
        """
        sign = SIGNS.get(self.currency, f"{self.currency} ")
        places = -int(minor_unit(self.currency).as_tuple().exponent)
        if short and self.amount == self.amount.to_integral_value():
            places = 0
        minus = "-" if self.amount < 0 else ""
        return f"{minus}{sign}{abs(self.amount):,.{places}f}"

    def split(self, weights: Sequence[Decimal | int | float]) -> list[Money]:
        """Share this amount by `weights`; the parts sum to it exactly (largest remainder, ties to the first).

        Raises `AdwrightError` (code ``bad-weights``) when no weight is positive or one is negative.
        """
        parts = [Decimal(repr(w)) if isinstance(w, float) else Decimal(w) for w in weights]
        if not parts or min(parts) < 0 or sum(parts) == 0:
            raise AdwrightError(
                both("分配比例必须为非负数，且不能全为零。", "Shares must be non-negative and not all zero."), code="bad-weights"
            )
        unit = minor_unit(self.currency)
        cents = int(abs(self.amount) / unit)
        exact = [cents * part / sum(parts) for part in parts]
        floors = [int(x.to_integral_value(ROUND_FLOOR)) for x in exact]
        by_remainder = sorted(range(len(parts)), key=lambda i: (floors[i] - exact[i], i))
        for i in by_remainder[: cents - sum(floors)]:
            floors[i] += 1
        sign = -1 if self.amount < 0 else 1
        return [Money(amount=sign * n * unit, currency=self.currency) for n in floors]


def minor_unit(currency: str) -> Decimal:
    """Return the smallest amount of `currency`, e.g. ``Decimal("0.01")`` (ISO 4217)."""
    return Decimal(1).scaleb(-MINOR_UNITS.get(currency, 2))


def total(parts: Sequence[Money], currency: str) -> Money:
    """Sum `parts`; zero in `currency` when there are none."""
    result = Money(amount=Decimal(0), currency=currency)
    for part in parts:
        result = result + part
    return result
