"""Many amounts of one currency as whole minor units; each becomes `Money` when it is looked at. Not covered: several currencies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...data.money import Money, minor_unit


class Amounts(Sequence[Money]):
    """A list of money in `currency`; `units` are whole minor units (cents, fen), int64.

    Two hundred thousand amounts cost one array; sums are exact. Equal to any list of the same money.

    Example:
        >>> paid = Amounts([30_00, 20_05], "CNY")
        >>> paid[1], paid.total(), paid == [Money.of(30, "CNY"), Money.of("20.05", "CNY")]
        (Money(¥20.05), Money(¥50.05), True)
    """

    def __init__(self, units: ArrayLike, currency: str) -> None:
        self.units: NDArray[np.int64] = np.asarray(units, np.int64)
        self.currency = currency
        self._unit = minor_unit(currency)

    def __len__(self) -> int:
        return len(self.units)

    @overload
    def __getitem__(self, at: int) -> Money: ...
    @overload
    def __getitem__(self, at: slice) -> Amounts: ...
    def __getitem__(self, at: int | slice) -> Money | Amounts:
        if isinstance(at, slice):
            return Amounts(self.units[at], self.currency)
        return Money(amount=int(self.units[at]) * self._unit, currency=self.currency)

    def __iter__(self) -> Iterator[Money]:
        # Whole minor units need no check again.
        return (Money.model_construct(amount=n * self._unit, currency=self.currency) for n in self.units.tolist())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Amounts):
            return self.currency == other.currency and np.array_equal(self.units, other.units)
        return isinstance(other, Sequence) and len(other) == len(self) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Amounts({', '.join(map(str, self[:3]))}{', ...' if len(self) > 3 else ''})"

    def total(self) -> Money:
        """Return the exact sum."""
        return Money(amount=int(self.units.sum()) * self._unit, currency=self.currency)
