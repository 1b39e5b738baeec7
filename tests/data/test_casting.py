"""Cells as people write them: numbers, times, days, flags."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adwright.data import casting

CONNECTION = duckdb.connect()
CONNECTION.execute("SET TimeZone = 'UTC'")


def cast(sql: str, text: str | None) -> object:
    row = CONNECTION.execute(f"SELECT {sql} FROM (SELECT ?::VARCHAR AS t)", [text]).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", "12"),
        ("1,234.50", "1234.5"),
        ("¥1,234", "1234"),
        ("£3.39", "3.39"),
        ("USD 12.5", "12.5"),
        ("12.5元", "12.5"),
        ("(12.50)", "-12.5"),
        ("12.5%", "0.125"),
        ("1.2万", "12000"),
        ("3亿", "300000000"),
        ("12,5", "12.5"),
        ("１２．５", "12.5"),
        ("1e3", "1000"),
        ("-5", "-5"),
        ("1,23,456.7", "123456.7"),
        ("1.429999948", "1.4300"),
        ("abc", None),
        ("abc12", None),
        ("--3", None),
        ("1.2.3", None),
        ("1,2,3", None),
        ("12 or 13", None),
        ("", None),
        ("99999999999999999999", None),
        (None, None),
    ],
)
def test_numbers(text: str | None, value: str | None) -> None:
    assert cast(casting.number("t"), text) == (None if value is None else Decimal(value))


@pytest.mark.parametrize(("text", "value"), [("1.234,56", "1234.56"), ("12,5", "12.5"), ("12", "12"), ("-1.000,00 €", "-1000")])
def test_numbers_with_a_decimal_comma(text: str, value: str) -> None:
    assert cast(casting.number("t", comma=True), text) == Decimal(value)


@settings(max_examples=60)
@given(st.decimals(-(10**12), 10**12, places=2))
def test_written_numbers_come_back(value: Decimal) -> None:
    for text in (f"{value}", f"{value:,}", f"¥{value:,}"):
        assert cast(casting.number("t"), text) == value
    continental = f"{value:,}".replace(",", " ").replace(".", ",").replace(" ", ".")
    assert cast(casting.number("t", comma=True), continental) == value


@settings(max_examples=60)
@given(
    st.datetimes(datetime(1990, 1, 2), datetime(2099, 12, 30)),
    st.sampled_from(["Asia/Shanghai", "Europe/London", "UTC", "America/New_York"]),
)
def test_times_are_one_moment_in_every_spelling(moment: datetime, zone: str) -> None:
    moment = moment.replace(microsecond=0)
    aware = moment.replace(tzinfo=UTC)
    for text in (aware.isoformat(), aware.astimezone(ZoneInfo("Asia/Shanghai")).isoformat(), aware.strftime("%Y-%m-%d %H:%M:%S UTC")):
        assert cast(casting.time("t", zone), text) == moment
    expected = cast(casting.time("t", zone), moment.isoformat(sep=" "))
    spellings = {"dmy": "%d/%m/%Y %H:%M:%S", "mdy": "%m/%d/%Y %I:%M:%S %p"}
    for order, form in spellings.items():
        assert cast(casting.time("t", zone, order), moment.strftime(form)) == expected  # pyright: ignore[reportArgumentType]
    for form in ("%Y/%m/%d %H:%M:%S", "%Y年%m月%d日 %H:%M:%S", "%Y%m%d%H%M%S", "%b %d, %Y %H:%M:%S", "%d.%m.%Y %H:%M:%S"):
        assert cast(casting.time("t", zone), moment.strftime(form)) == expected
    assert cast(casting.day("t", zone), moment.strftime("%Y-%m-%d %H:%M")) == moment.date()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024-01-05 08:00:00", datetime(2024, 1, 5)),
        ("2024/1/5 8:00", datetime(2024, 1, 5)),
        ("2024年1月5日 8时3分", datetime(2024, 1, 5, 0, 3)),
        ("20240105", datetime(2024, 1, 4, 16)),
        ("1700000000", datetime(2023, 11, 14, 22, 13, 20)),
        ("1700000000000", datetime(2023, 11, 14, 22, 13, 20)),
        ("1700000000000000", datetime(2023, 11, 14, 22, 13, 20)),
        ("2024-01-05 12:00:00 -0500", datetime(2024, 1, 5, 17)),
        ("45296.5", datetime(2024, 1, 5, 4)),
        ("5/1/24 8:00", datetime(2024, 1, 5)),
        ("nope", None),
        ("2024-13-45", None),
        ("12", None),
        (None, None),
    ],
)
def test_times(text: str | None, value: datetime | None) -> None:
    assert cast(casting.time("t", "Asia/Shanghai"), text) == value


def test_days_are_in_the_shops_zone() -> None:
    assert cast(casting.day("t", "Asia/Shanghai"), "2024-01-05T20:00:00Z") == date(2024, 1, 6)
    assert cast(casting.day("t", "Asia/Shanghai"), "2024-01-05") == date(2024, 1, 5)


def test_small_words() -> None:
    assert [cast(casting.flag("t"), text) for text in ("是", "No", "TRUE", "0", "maybe", None)] == [True, False, True, False, None, None]
    assert [cast(casting.whole("t"), text) for text in ("12", "12.0", "12.5", "1,200")] == [12, 12, None, 1200]
    assert [cast(casting.years("t"), text) for text in ("30", "30-34", "65+", "25岁", "0", "old")] == [30, 32, 65, 25, None, None]
    assert [cast(casting.identifier("t"), text) for text in ("17850.0", "85123A", "1.05.0")] == ["17850", "85123A", "1.05.0"]
    assert str(cast(casting.identifier("t"), "A@B.c")).startswith("p-")
    assert cast(casting.identifier("t"), "A@B.c") == cast(casting.hashed("t"), "a@b.c")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("  a ", "a"),
        ("'123", "123"),
        ('="00123"', "00123"),
        ("\t123", "123"),
        ("\u3000x\u00a0", "x"),
        ("N/A", None),
        ("--", None),
        ("'", "'"),
        ("'Tis", "'Tis"),
        ("  ", None),
        ("it's", "it's"),
    ],
)
def test_cleaning(text: str, value: str | None) -> None:
    trimmed = CONNECTION.execute(f"SELECT {casting.trimmed('t')} FROM (SELECT ?::VARCHAR AS t)", [text]).fetchone()
    assert trimmed is not None
    assert cast(casting.clean("t"), trimmed[0]) == value
