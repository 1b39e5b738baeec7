"""Product categories: assumed economics, and the first words by which a product gives its category away (goods.py reads them)."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from ..money import ExactDecimal, Money
from ..words import Words
from .files import Fact, Status, listed, pair, read_toml
from .fx import exchange


class CategoryFacts(Fact):
    """A category with assumed economics: gross `margin` and `return_rate` as 0..1, usual `order_value` in CNY.

    `marks_zh`/`marks_en` are words that decide even when they only qualify another (``dog`` in "dog food").
    """

    id: str
    name: Words
    words_zh: list[str]
    words_en: list[str]
    marks_zh: list[str]
    marks_en: list[str]
    margin: ExactDecimal
    return_rate: ExactDecimal
    order_value: Money
    order_value_usd: Money
    source: str
    as_of: str
    status: Status

    def order_value_in(self, currency: str) -> Money:
        """Usual order value in `currency`: listed for CNY and USD, else exchanged from USD.

        Example:
            >>> categories()["food"].order_value_in("CNY").currency
            'CNY'
        """
        if currency == self.order_value.currency:
            return self.order_value
        return exchange(self.order_value_usd, currency)[0]


@cache
def categories() -> dict[str, CategoryFacts]:
    """All categories by id; ``other`` is last and has no words."""
    raw = read_toml("categories.toml")
    return {
        id_: CategoryFacts(
            id=id_,
            name=pair(row["name"]),
            words_zh=listed(row["zh"]),
            words_en=listed(row["en"]),
            marks_zh=listed(row.get("marks_zh", "")),
            marks_en=listed(row.get("marks_en", "")),
            margin=Decimal(row["margin"]),
            return_rate=Decimal(row["return_rate"]),
            order_value=Money.of(row["order_value"], "CNY"),
            order_value_usd=Money.of(row["order_value_usd"], "USD"),
            source=raw["source"],
            as_of=raw["as_of"],
            status=raw["status"],
        )
        for id_, row in raw["category"].items()
    }
