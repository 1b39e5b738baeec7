"""Usual endings of prices, and the house rules of price advice (``pricing.toml``)."""

from __future__ import annotations

import tomllib
from decimal import ROUND_FLOOR, Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from ...data.money import Money, minor_unit


@cache
def house_rules() -> dict[str, Any]:
    """The rules of ``pricing.toml``."""
    return tomllib.loads(files(str(__package__)).joinpath("pricing.toml").read_text(encoding="utf-8"))


def charm(value: float, currency: str, least: float, most: float) -> Decimal:
    """Move a price to the nearest usual ending inside the bounds, or leave it (rounded to the minor unit) if none is.

    Example:
        >>> charm(303.7, "CNY", 280, 330)
        Decimal('299')
    """
    exact = Decimal(repr(round(value, 6)))
    rules = [r for r in house_rules()["endings"] if currency in r["currencies"]] or [
        r for r in house_rules()["endings"] if "*" in r["currencies"]
    ]
    rule = next(r for r in rules if value < r["below"])
    step, end = Decimal(rule["step"]), Decimal(rule["end"])
    base = (exact / step).to_integral_value(ROUND_FLOOR) * step
    options = [base + end + step * i for i in (-2, -1, 0, 1)]
    inside = [o for o in options if least <= float(o) <= most and o > 0]
    if inside:
        return min(inside, key=lambda o: (abs(o - exact), o))
    return payable(value, currency, least, most)


def payable(value: float, currency: str, least: float, most: float) -> Decimal:
    """Return a price inside the bounds in whole minor units, never below the floor and never nothing."""
    amount = Money.of(min(max(round(value, 6), least), max(most, least)), currency).amount
    return amount if amount > 0 and float(amount) >= least else amount + minor_unit(currency)
