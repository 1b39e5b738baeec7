"""Exchange rates: approximate mid rates from a dated file, for showing one currency in another, never for payment."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache

from ..errors import AdwrightError
from ..money import ExactDecimal, Money
from ..words import both
from .files import Fact, Status, read_toml


class ExchangeRate(Fact):
    """1 unit of `base` is `value` units of `quote`."""

    base: str
    quote: str
    value: ExactDecimal
    source: str
    as_of: str
    status: Status


@cache
def _table() -> dict[str, Decimal]:
    return {code: Decimal(value) for code, value in read_toml("fx.toml")["cny"].items()}


def exchange_rate(base: str, quote: str, own: Mapping[str, Decimal] | None = None) -> ExchangeRate:
    """Return the rate from `base` to `quote`; `own` replaces the value of a currency in CNY with the merchant's.

    Raises `AdwrightError` (code ``unknown-currency``) when a currency is not in the table.

    Example:
        >>> exchange_rate("USD", "USD").value
        Decimal('1')
    """
    meta, table = read_toml("fx.toml"), {**_table(), **(own or {})}
    for code in (base, quote):
        if code not in table:
            raise AdwrightError(
                both(f"没有 {code} 的汇率。", f"There is no exchange rate for {code}."),
                both(f"可用货币：{'、'.join(table)}。", f"Known currencies: {', '.join(table)}."),
                code="unknown-currency",
            )
    value = Decimal(1) if base == quote else table[base] / table[quote]
    mine = own is not None and (base in own or quote in own)
    return ExchangeRate(
        base=base,
        quote=quote,
        value=value,
        source="your setting" if mine else meta["source"],
        as_of=meta["as_of"],
        status="verified" if base == quote else meta["status"],
    )


def exchange(money: Money, to: str, own: Mapping[str, Decimal] | None = None) -> tuple[Money, ExchangeRate]:
    """Convert `money`, and say by which rate. Raises `AdwrightError` (code ``unknown-currency``).

    Example:
        >>> exchange(Money.of("100", "CNY"), "CNY")[0]
        Money(¥100.00)
    """
    rate = exchange_rate(money.currency, to, own)
    return Money(amount=money.amount * rate.value, currency=to), rate
