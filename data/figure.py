"""A figure: one number with its unit, range, source and evidence.

A figure is rounded once, when it is made; every face (answer, table, chart, XLSX, JSON) shows that same number.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from .brief import Document
from .money import ExactDecimal, Money, minor_unit
from .words import Language, Words

Source = Literal["you", "model", "past", "assumed"]

# Decimal places by unit; any other unit is an ISO currency and takes its minor unit.
PLACES = {"count": 0, "ratio": 2, "rate": 6, "days": 0, "score": 4}


class Figure(Document):
    """A number a merchant may act on. `low`/`high` are P10/P90 when it is a forecast.

    Units: ``count`` (people, clicks, orders), ``rate`` (0..1), ``ratio`` (ROAS, ROI), ``days``, ``score`` or an ISO
    currency. `evidence` holds ids of `Evidence` in the same plan; `formula` says how it was computed.

    Example:
        >>> Figure.of(0.01234, "rate", "model", low=0.01, high=0.02).text("en")
        '1.23%'
    """

    value: ExactDecimal
    unit: str
    source: Source
    low: ExactDecimal | None = None
    high: ExactDecimal | None = None
    evidence: list[str] = []
    formula: Words | None = None

    @classmethod
    def of(
        cls,
        value: float | Decimal | Money,
        unit: str,
        source: Source,
        *,
        low: float | Decimal | None = None,
        high: float | Decimal | None = None,
        evidence: list[str] | None = None,
        formula: Words | None = None,
    ) -> Figure:
        """Make a figure, rounded to the places of its unit."""
        number = value.amount if isinstance(value, Money) else value
        return cls(
            value=rounded(number, unit),
            unit=unit,
            source=source,
            low=None if low is None else rounded(low, unit),
            high=None if high is None else rounded(high, unit),
            evidence=evidence or [],
            formula=formula,
        )

    def text(self, language: Language = "zh", short: bool = True) -> str:
        """Format the number alone, e.g. ``390``, ``¥128``, ``3.79``, ``1.23%``; the same in every face."""
        return format_number(self.value, self.unit, short)

    def range_text(self, language: Language = "zh", short: bool = True) -> str:
        """Format P10-P90 as ``312–478``; empty when there is no range."""
        if self.low is None or self.high is None:
            return ""
        return f"{format_number(self.low, self.unit, short)}–{format_number(self.high, self.unit, short)}"

    def ranged_text(self, language: Language = "zh") -> str:
        """Format number and range as ``390（312–478）`` or ``390 (312–478)``; a count that rounds to none of some is "fewer than 1".

        Example:
            >>> Figure.of(0.3, "count", "model", low=0, high=1, evidence=["n"]).ranged_text("en")
            'fewer than 1'
        """
        between = self.range_text(language)
        if self.unit == "count" and not self.value and self.high:
            return "不到 1 " if language == "zh" else "fewer than 1"
        if not between:
            return self.text(language)
        return f"{self.text(language)}（{between}）" if language == "zh" else f"{self.text(language)} ({between})"


def places_of(unit: str) -> int:
    """Return the decimal places a unit is rounded to."""
    return PLACES[unit] if unit in PLACES else -int(minor_unit(unit).as_tuple().exponent)


def rounded(value: float | Decimal, unit: str) -> Decimal:
    """Round half up to the places of `unit`; floats go through `repr`."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    return exact.quantize(Decimal(1).scaleb(-places_of(unit)), ROUND_HALF_UP)


def format_number(value: Decimal, unit: str, short: bool = True) -> str:
    """Format a number of `unit` for a person. Money above 100 drops zero minor units when `short`."""
    if unit == "rate":
        return f"{value * 100:.2f}%"
    if unit in PLACES:
        return f"{value:,.{PLACES[unit]}f}"
    return Money(amount=value, currency=unit).text(short=short)
