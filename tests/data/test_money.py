"""Money: exact sums and splits, no floats, no mixed currencies."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adwright.data.errors import AdwrightError
from adwright.data.money import SIGNS, Money, minor_unit, total

currencies = st.sampled_from(sorted(SIGNS))
amounts = st.integers(-(10**12), 10**12)
weights = st.lists(
    st.one_of(st.integers(0, 10**6), st.floats(0, 1e6, allow_nan=False), st.decimals(0, 1000, places=3)), min_size=1, max_size=40
)


@given(currencies, amounts, weights)
def test_split_sums_to_the_whole(currency: str, cents: int, parts: list) -> None:
    money = Money(amount=cents * minor_unit(currency), currency=currency)
    if sum(Decimal(repr(part)) if isinstance(part, float) else Decimal(part) for part in parts) == 0:
        with pytest.raises(AdwrightError) as caught:
            money.split(parts)
        assert caught.value.code == "bad-weights"
        return
    shares = money.split(parts)
    assert len(shares) == len(parts)
    assert total(shares, currency) == money
    assert all(share.currency == currency for share in shares)
    assert all(share.amount == 0 for share, part in zip(shares, parts, strict=True) if part == 0)


@given(currencies, st.integers(0, 10**10), st.lists(st.integers(0, 1000), min_size=1, max_size=20).filter(any))
def test_split_is_within_one_unit_of_exact(currency: str, cents: int, parts: list[int]) -> None:
    unit = minor_unit(currency)
    for share, part in zip(Money(amount=cents * unit, currency=currency).split(parts), parts, strict=True):
        assert abs(share.amount / unit - Decimal(cents) * part / sum(parts)) < 1


@given(currencies, st.integers(1, 20), st.integers(0, 10**9))
def test_equal_weights_differ_by_one_unit_at_most(currency: str, parts: int, cents: int) -> None:
    shares = [share.amount for share in Money(amount=cents * minor_unit(currency), currency=currency).split([1] * parts)]
    assert max(shares) - min(shares) <= minor_unit(currency)
    assert shares == sorted(shares, reverse=True)


@given(currencies, amounts)
def test_json_round_trip(currency: str, cents: int) -> None:
    money = Money(amount=cents * minor_unit(currency), currency=currency)
    assert Money.model_validate_json(money.model_dump_json()) == money


@given(st.floats(-1e9, 1e9, allow_nan=False))
def test_rounding_is_half_up_to_the_minor_unit(value: float) -> None:
    money = Money.of(value, "CNY")
    assert abs(money.amount - Decimal(repr(value))) <= Decimal("0.005")
    assert money.amount == money.amount.quantize(Decimal("0.01"))


def test_no_floats_no_mixing_no_nonsense() -> None:
    with pytest.raises(ValidationError):
        Money(amount=1.5, currency="CNY")  # pyright: ignore[reportArgumentType]
    for amount, currency in ((Decimal("NaN"), "CNY"), (Decimal("Infinity"), "CNY"), (Decimal(1), "YUAN"), (Decimal(1), "C1Y")):
        with pytest.raises(ValidationError):
            Money(amount=amount, currency=currency)
    with pytest.raises(AdwrightError) as caught:
        total([Money.of(1, "CNY"), Money.of(1, "USD")], "CNY")
    assert caught.value.code == "currency-mismatch"


def test_text() -> None:
    assert Money.of("50000", "CNY").text(short=True) == "¥50,000"
    assert Money.of("-1234.5", "usd").text() == "-$1,234.50"
    assert Money.of("1234.5", "JPY").text() == "JP¥1,235"
    assert Money.of("0.005", "EUR").text() == "€0.01"
