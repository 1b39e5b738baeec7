"""Numbers, money, time, channels, audience: what the planner reads, with invariances that must hold for any request."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adwright.agent.planner.dates import find_period
from adwright.agent.planner.money import find_amounts
from adwright.agent.planner.normalise import read
from adwright.agent.planner.numbers import find_numbers
from adwright.agent.planner.places import find_places
from adwright.agent.planner.scan import scan
from adwright.agent.planner.understand import understand

TODAY = date(2026, 11, 23)


def amounts(text: str) -> list[tuple[int | float, int | float, str | None, int | None]]:
    plain = read(text).plain
    return [(float(a.low), float(a.high), a.currency, a.per_days) for a in find_amounts(plain, find_numbers(plain), [False] * len(plain))]


@pytest.mark.parametrize(
    ("text", "low", "high", "currency"),
    [
        ("5万", 50000, 50000, None),
        ("2万5", 25000, 25000, None),
        ("2w5", 25000, 25000, None),
        ("3.5w", 35000, 35000, None),
        ("1万3", 13000, 13000, None),
        ("1.2w刀", 12000, 12000, "USD"),
        ("三到四万", 30000, 40000, None),
        ("3-5w", 30000, 50000, None),
        ("8000到1万", 8000, 10000, None),
        ("五千元整", 5000, 5000, "CNY"),
        ("预算负五百", -500, -500, None),
        ("二十万", 200000, 200000, None),
        ("贰万", 20000, 20000, None),
        ("￥９，０００", 9000, 9000, "CNY"),
        ("$1.2k", 1200, 1200, "USD"),
        ("6 grand", 6000, 6000, None),
        ("two thousand euros", 2000, 2000, "EUR"),
        ("between $1k and $2k", 1000, 2000, "USD"),
        ("15K–20K USD", 15000, 20000, "USD"),
        ("RMB 300k", 300000, 300000, "CNY"),
        ("3,500 eur", 3500, 3500, "EUR"),
        ("1 500 euros", 1500, 1500, "EUR"),
        ("2.500 €", 2500, 2500, "EUR"),
        ("1.1k", 1100, 1100, None),
        ("half a million", 500000, 500000, None),
        ("港币8万", 80000, 80000, "HKD"),
        ("2 and a half thousand dollars", 2500, 2500, "USD"),
    ],
)
def test_money(text: str, low: float, high: float, currency: str | None) -> None:
    assert amounts(text)[0][:3] == (low, high, currency)


@pytest.mark.parametrize(
    ("text", "per"), [("100 bucks a day", 1), ("每天500块", 1), ("$50/day", 1), ("日预算200元", 1), ("2k a month", 30), ("每周3000元", 7)]
)
def test_money_per_time(text: str, per: int) -> None:
    assert amounts(text)[0][3] == per


@pytest.mark.parametrize("text", ["3万5天", "预算3万，5天"])
def test_a_length_behind_a_sum_is_not_its_tail(text: str) -> None:
    s = scan(text, TODAY)
    assert s.amounts[0].value == 30000
    assert s.period.days == 5


@pytest.mark.parametrize(
    ("text", "start", "end", "days"),
    [
        ("12.15到1.15", "2026-12-15", "2027-01-15", 32),
        ("下周三起投25天", "2026-12-02", None, 25),
        ("后天开始", "2026-11-25", None, None),
        ("俩月", None, None, 60),
        ("半个月", None, None, 15),
        ("一个半月", None, None, 45),
        ("a fortnight", None, None, 14),
        ("couple of weeks", None, None, 14),
        ("this Friday", "2026-11-27", None, None),
        ("starts monday", "2026-11-30", None, None),
        ("tomorrow to december 9", "2026-11-24", "2026-12-09", 16),
        ("from dec 5 for 3 weeks", "2026-12-05", None, 21),
        ("Jan 1 to Jan 31", "2027-01-01", "2027-01-31", 31),
        ("Dec 1-15", "2026-12-01", "2026-12-15", 15),
        ("12.1号开始7天", "2026-12-01", None, 7),
        ("从今天起到1月3日", "2026-11-23", "2027-01-03", 42),
        ("下个月5号到20号", "2026-12-05", "2026-12-20", 16),
        ("投到月底", None, "2026-11-30", None),
        ("11月1日开始", "2026-11-01", None, None),
        ("9月1日开始", "2027-09-01", None, None),
    ],
)
def test_time(text: str, start: str | None, end: str | None, days: int | None) -> None:
    plain = read(text).plain
    p = find_period(plain, TODAY, [False] * len(plain))
    assert (p.start and p.start.isoformat(), p.end and p.end.isoformat(), p.days) == (start, end, days)


def test_time_around_an_occasion() -> None:
    assert understand("情人节卖香水，2万，提前10天开始投到当天", (), TODAY).slots["start_date"] == "2027-02-04"
    assert understand("plan for wool hats, $2k, before Black Friday", (), TODAY).slots["end_date"] == "2026-11-26"
    assert understand("双十二前推毛毯，2万", (), TODAY).slots["end_date"] == "2026-12-11"


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("抖音八成、B站两成", {"douyin": 0.8, "bilibili": 0.2}),
        ("Google 75% Facebook 25%", {"google": 0.75, "facebook": 0.25}),
        ("60% on Google, 40% on Bing", {"google": 0.6, "bing": 0.4}),
        ("抖音和快手七三开", {"douyin": 0.7, "kuaishou": 0.3}),
        ("抖音六成，其余小红书", {"douyin": 0.6, "xiaohongshu": 0.4}),
        ("split evenly between ig and fb", {"instagram": 0.5, "facebook": 0.5}),
        ("70% to Amazon and the rest to TikTok", {"amazon": 0.7, "tiktok": 0.3}),
        ("目标ROI 180%，抖音", {}),
    ],
)
def test_split(text: str, split: dict[str, float]) -> None:
    assert find_places(read(text).plain).split == split


def test_ambiguous_channel_names_need_company() -> None:
    assert find_places("薯条零食推广").ids == []
    assert find_places("douyin and tt").ids == ["douyin", "tiktok"]
    assert find_places("red shoes on instagram").ids == ["instagram"]


def test_spans_lead_back_to_the_merchants_own_characters() -> None:
    text = "卖窗帘的，下周三起投25天，￥９０００，朋友圈"
    u = understand(text, (), TODAY)
    assert [text[a:b] for a, b in u.spans["product"]] == ["窗帘"]
    assert [text[a:b] for a, b in u.spans["budget"]] == ["￥９０００"]


REQUESTS = [
    "枸杞推广方案，预算2w5，抖音八成小红书两成，12月3号开始投两周，语气温馨",
    "beeswax wraps, $3,200, google and pinterest, from dec 5 for 3 weeks, women 25-40",
    "每天300元投20天，卖竹席，快手，目标ROI 2.5",
]


@pytest.mark.parametrize("text", REQUESTS)
def test_full_width_writing_changes_nothing(text: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isascii() and c.isalnum() else c for c in text)
    a, b = understand(text, (), TODAY), understand(wide, (), TODAY)
    words = ("product", "audience")
    assert {k: v for k, v in a.slots.items() if k not in words} == {k: v for k, v in b.slots.items() if k not in words}


@given(st.text(max_size=120))
@settings(max_examples=120, deadline=None)
def test_no_text_breaks_the_planner(text: str) -> None:
    u = understand(text, (), TODAY)
    assert u.behaviour in ("do", "ask", "warn", "refuse")
    assert u.tools


@given(st.integers(1, 99_999_999))
@settings(max_examples=80, deadline=None)
def test_plain_figures_are_read_exactly(n: int) -> None:
    assert find_numbers(f"{n:,}")[0].value == n
    assert find_amounts(t := f"预算{n}元", find_numbers(t), [False] * len(t))[0].value == n


@given(st.decimals(min_value=Decimal("0.1"), max_value=Decimal("999"), places=1))
@settings(max_examples=60, deadline=None)
def test_wan_and_k_scale(n: Decimal) -> None:
    assert find_numbers(f"{n}万")[0].value == n * 10000
    assert find_numbers(f"{n}w")[0].value == n * 10000
    assert find_numbers(f"{n}k")[0].value == n * 1000


def test_a_megabyte_is_answered() -> None:
    u = understand("枸杞推广，预算2万，抖音。" + "长" * 1_000_000, (), TODAY)
    assert u.slots["budget"] == 20000
    assert u.notes


def test_a_rate_and_a_day_before_are_no_lengths() -> None:
    daily = understand("一天四百块，投三个礼拜，拼多多，卖湿巾", (), TODAY).slots
    assert (daily["daily_budget"], daily["budget"], daily["duration_days"]) == (400, 8400, 21)
    eve = understand("2万8，快手，推腊肠，投到除夕前一天", (), TODAY).slots
    assert eve["end_date"] == "2027-02-04" and "duration_days" not in eve
    assert understand("腊肠，1万，快手，投一天", (), TODAY).slots["duration_days"] == 1


def test_the_least_return() -> None:
    assert understand("dog beds, reddit, 900 usd, roas of at least 2.5, a month", (), TODAY).slots["target_roi"] == 2.5


def test_from_at_least_up_to_is_a_range() -> None:
    assert understand("plan for rugs, at least $1,500 up to $2,500, pinterest", (), TODAY).slots["budget"] == [1500, 2500]
    assert understand("推广地毯，最少5千最多8千，小红书", (), TODAY).slots["budget"] == [5000, 8000]
