"""Sums, lengths and days as merchants write them, one expression each; and the laws that any of them obeys."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adwright.agent.planner.money import find_amounts
from adwright.agent.planner.normalise import read
from adwright.agent.planner.numbers import find_numbers
from adwright.agent.planner.percents import find_discount, find_percents
from adwright.agent.planner.scan import scan
from adwright.agent.planner.understand import understand

TODAY = date(2026, 11, 23)

# Text: low[-high] currency [/days]; "?" is no currency.
MONEY_ZH = {
    "5万": "50000 ?", "贰万": "20000 ?", "捌万元": "80000 CNY", "两万五": "25000 ?", "两万五千": "25000 ?", "一百二十万": "1200000 ?", "三万三": "33000 ?",
    "5万零1分": "50000.01 ?", "五元三毛": "5.3 CNY", "50元6角三分": "50.63 CNY", "两块五": "2.5 CNY", "99块9": "99.9 CNY", "1.2w刀": "12000 USD", "3.5w": "35000 ?",
    "2w5": "25000 ?", "3千5": "3500 ?", "7万5千4百": "75400 ?", "3万4000": "34000 ?", "25万6千元": "256000 CNY", "一千零三块": "1003 CNY", "半个亿": "50000000 ?",
    "二十来万": "200000 ?", "两万多块": "20000 CNY", "八千来块": "8000 CNY", "十几万": "100000 ?", "两三万": "20000-30000 ?", "七八千块": "7000-8000 CNY", "十二三万": "120000-130000 ?",
    "5、6万": "50000-60000 ?", "3-5w": "30000-50000 ?", "三到四万": "30000-40000 ?", "1万5到2万": "15000-20000 ?", "8000到1万": "8000-10000 ?", "1w5~2w": "15000-20000 ?",
    "3万到5万之间": "30000-50000 ?", "¥30到¥50": "30-50 CNY", "港币8万": "80000 HKD", "HK$8,000": "8000 HKD", "8千港纸": "8000 HKD", "5万台币": "50000 TWD",
    "两千新币": "2000 SGD", "澳元3000": "3000 AUD", "1500加元": "1500 CAD", "三百欧": "300 EUR", "500英镑": "500 GBP", "30万日元": "300000 JPY", "100万韩元": "1000000 KRW",
    "5000泰铢": "5000 THB", "一百万越南盾": "1000000 VND", "2000马币": "2000 MYR", "300瑞士法郎": "300 CHF", "500美金": "500 USD", "3千美刀": "3000 USD", "人民币 8千元": "8000 CNY",
    "RMB三万": "30000 CNY", "￥９，０００": "9000 CNY", "每天500块": "500 CNY /1", "日预算200元": "200 CNY /1", "日耗100块": "100 CNY /1", "一天四百块": "400 CNY /1", "每周3000元": "3000 CNY /7",
    "月预算2万": "20000 ? /30", "5000元/天": "5000 CNY /1", "预算3万，打错了，2万8": "28000 ?", "预算5万，不对，8万": "80000 ?", "大概五六千吧就按6000来": "6000 ?", "预算负五百": "-500 ?",
    "六千六": "6600 ?", "1千零20元": "1020 CNY", "一万二": "12000 ?", "３万元整": "30000 CNY", "0.8万": "8000 ?", "陆仟伍佰元整": "6500 CNY", "1.5w块": "15000 CNY", "一百八": "180 ?", "预算两千，三条文案": "2000 ?", "叁万块": "30000 CNY",
}  # fmt: skip
MONEY_EN = {
    "$9k": "9000 USD", "a grand": "1000 ?", "6 grand": "6000 ?", "a couple of grand": "2000 ?", "half a grand": "500 ?", "half a million dollars": "500000 USD", "two thousand euros": "2000 EUR",
    "2.500 €": "2500 EUR", "€4,50": "4.5 EUR", "1 500 euros": "1500 EUR", "2 400 EUR": "2400 EUR", "£1.8k": "1800 GBP", "900 quid": "900 GBP", "fifty pounds": "50 GBP", "C$1,200": "1200 CAD",
    "CA$1,200": "1200 CAD", "A$900": "900 AUD", "AU$ 900": "900 AUD", "NZ$750": "750 NZD", "S$700": "700 SGD", "HK$5,000": "5000 HKD", "NT$30,000": "30000 TWD", "US$4k": "4000 USD",
    "USD 200": "200 USD", "usd$ 15": "15 USD", "115.5USD": "115.5 USD", "500 bucks": "500 USD", "hundred bucks": "100 USD", "two and a half thousand dollars": "2500 USD",
    "2 and a half thousand dollars": "2500 USD", "one and a half million yen": "1500000 JPY", "three quarters of a million dollars": "750000 USD", "1.5m usd": "1500000 USD",
    "$1.2 million": "1200000 USD", "35 lakh rupees": "3500000 INR", "₹2,50,000": "250000 INR", "Rs 50,000": "50000 INR", "500 baht": "500 THB", "RM300": "300 MYR", "R$300": "300 BRL",
    "5,000 pesos": "5000 MXN", "10,000 swiss francs": "10000 CHF", "AED 3,000": "3000 AED", "2000 dirhams": "2000 AED", "800 zł": "800 PLN", "4,000 yuan": "4000 CNY", "RMB 300k": "300000 CNY",
    "3w rmb": "30000 CNY", "¥100,000 JPY": "100000 JPY", "$500 AUD": "500 AUD", "3 dollars 50 cents": "3.5 USD", "thirteen dollars and forty-five cents": "13.45 USD",
    "between $1k and $2k": "1000-2000 USD", "between 2 and 3k": "2000-3000 ?", "15K–20K USD": "15000-20000 USD", "$30–$50 a day": "30-50 USD /1", "five to six thousand pounds": "5000-6000 GBP",
    "from $300 to $450": "300-450 USD", "at least $1,500 up to $2,500": "1500-2500 USD", "€1.5k to €2k": "1500-2000 EUR", "2-3k": "2000-3000 ?", "100 bucks a day": "100 USD /1", "$50/day": "50 USD /1",
    "$20 daily": "20 USD /1", "£15 per day": "15 GBP /1", "2k a month": "2000 ? /30", "$700 a week": "700 USD /7", "900 usd, no wait make that 1,100": "1100 USD", "60k, no 65k": "65000 ?",
    "$2,000, sorry, $3,000": "3000 USD", "$400... scratch that, $600": "600 USD", "it's $500": "500 USD", "a $2k budget": "2000 USD", "-$500": "-500 USD", "minus 500 dollars": "-500 USD",
    "twelve hundred dollars": "1200 USD", "twenty-five hundred": "2500 ?", "one hundred and fifty euros": "150 EUR", "1.1k": "1100 ?", "zero dollars": "0 USD", "three thousand dollars": "3000 USD",
    "quarter million us dollars": "250000 USD", "$7,500.50": "7500.5 USD", "60 thousand canadian dollars": "60000 CAD",
}  # fmt: skip


def said(text: str) -> str:
    """The first amount of a text, in the shorthand of the tables above."""
    plain = read(text).plain
    a = find_amounts(plain, find_numbers(plain), [False] * len(plain))[0]
    sums = f"{float(a.low):.10g}" if a.low == a.high else f"{float(a.low):.10g}-{float(a.high):.10g}"
    return f"{sums} {a.currency or '?'}" + (f" /{a.per_days}" if a.per_days else "")


@pytest.mark.parametrize(("text", "want"), [*MONEY_ZH.items(), *MONEY_EN.items()])
def test_money(text: str, want: str) -> None:
    assert said(text) == want


# Text: first day, last day, days; "-" where nothing is said.
TIME_ZH = {
    "投两周": "- - 14", "俩礼拜": "- - 14", "一个半月": "- - 45", "两个半月": "- - 75", "半个月": "- - 15", "俩月": "- - 60", "一个季度": "- - 90", "持续45天": "- - 45", "为期一个月": "- - 30",
    "投25天": "- - 25", "一个星期": "- - 7", "两周半": "- - 18", "三个月": "- - 90", "投十天": "- - 10", "整个季度": "- - 90", "投半年": "- - 180", "10天左右": "- - 10",
    "投负3天": "- - -3", "两周……等等，改三周": "- - 21", "两周半…算了就17天": "- - 17", "12.1号开始7天": "12-01 - 7", "下周一起三周": "11-30 - 21", "下周三起投25天": "12-02 - 25",
    "后天开始": "11-25 - -", "大后天上线": "11-26 - -", "明天起投一周": "11-24 - 7", "从今天起到1月3日": "11-23 01-03 42", "12.15到1.15": "12-15 01-15 32", "12.1-12.20": "12-01 12-20 20",
    "12/1-12/10": "12-01 12-10 10", "明天→12/10": "11-24 12-10 17", "12月1日至15日": "12-01 12-15 15", "12月3号开始投两周": "12-03 - 14", "本周五开始": "11-27 - -", "这周五到周日": "11-27 11-29 3",
    "下周四开始一个月": "12-03 - 30", "下个月5号到20号": "12-05 12-20 16", "下个月开始": "12-01 - -", "投到月底": "- 11-30 -", "投到年底": "- 12-31 -", "12月底结束": "- 12-31 -",
    "截止到12月20号": "- 12-20 -", "12月初开始": "12-01 - -", "明年1月5日开始": "01-05 - -", "2027年2月1日到2月14日": "02-01 02-14 14", "12月第一周": "12-01 - 7", "12月7号那周": "12-07 - 7",
    "本月剩下的时间": "- 11-30 -", "投到除夕": "- 02-05 -", "双12当天结束": "- 12-12 -", "双十二前": "- 12-11 -", "圣诞到元旦": "12-25 01-01 8", "情人节提前10天开始投到当天": "02-04 02-14 11",
    "12月1号开始，双12当天结束": "12-01 12-12 12", "周末投": "11-28 11-29 2", "5号到15号": "12-05 12-15 11", "从5号开始投10天": "12-05 - 10", "三天后开始": "11-26 - -", "一周后上线": "11-30 - -",
    "领导让我今天交方案，下周四开始": "12-03 - -", "去年双十一": "- - -", "二零二七年一月五日开始": "01-05 - -", "十二月十号到二十号": "12-10 12-20 11", "12月10号起连投三个礼拜": "12-10 - 21",
    "12月5-20日": "12-05 12-20 16", "12月前两周": "12-01 - 14", "周六日": "11-28 11-29 2", "立即开始投10天": "11-23 - 10", "下周一到周五": "11-30 12-04 5", "25号到下月5号": "11-25 12-05 11",
    "圣诞前两周开始": "12-11 - -", "一天烧800，烧半个月": "- - 15", "整个12月": "12-01 12-31 31", "从明天开始到圣诞节": "11-24 12-25 32",
}  # fmt: skip
TIME_EN = {
    "two weeks": "- - 14", "a fortnight": "- - 14", "couple of weeks": "- - 14", "a couple of months": "- - 60", "10-day": "- - 10", "6 wks": "- - 42", "month-long": "- - 30", "one quarter": "- - 90",
    "for a month and a half": "- - 45", "two and a half weeks": "- - 18", "half a month": "- - 15", "twenty-one days": "- - 21", "a full week": "- - 7", "5d": "- - 5", "three months": "- - 90",
    "three wks - make that four": "- - 28", "2 weeks, sorry, 3 weeks": "- - 21", "all spent in one day": "- - 1", "from dec 5 for 3 weeks": "12-05 - 21", "2 weeks starting next monday": "11-30 - 14",
    "starting tomorrow": "11-24 - -", "starts Monday": "11-30 - -", "this Friday": "11-27 - -", "next month": "12-01 - -", "from dec 1 through jan 5": "12-01 01-05 36", "nov 30 > dec 6": "11-30 12-06 7",
    "Dec 1-15": "12-01 12-15 15", "tomorrow to december 9": "11-24 12-09 16", "Jan 1 to Jan 31": "01-01 01-31 31", "1/5-1/15": "01-05 01-15 11", "December 3rd to the 10th": "12-03 12-10 8",
    "3 Dec until 10 Dec": "12-03 12-10 8", "the 5th of January for 10 days": "01-05 - 10", "2026-12-01 to 2026-12-14": "12-01 12-14 14", "until january 15": "- 01-15 -", "by the end of next month": "- 12-31 -",
    "till new year's eve": "- 12-31 -", "before Black Friday": "- 11-26 -", "until christmas": "- 12-25 -", "from black friday to christmas": "11-27 12-25 29", "christmas to new year": "12-25 01-01 8",
    "from friday to sunday": "11-27 11-29 3", "this weekend": "11-28 11-29 2", "the week of Dec 7": "12-07 - 7", "first week of december": "12-01 - 7", "for the rest of the month": "- 11-30 -",
    "rest of the year": "- 12-31 -", "start feb 31": "- - -", "in 3 days": "11-26 - -", "two weeks from Dec 1": "12-01 - 14", "end of the month": "- 11-30 -", "beginning of january": "01-01 - -",
    "the day after tomorrow": "11-25 - -", "starting on the 5th": "12-05 - -", "last year we ran ads": "- - -", "Dec 24th, 2026 for 8 days": "12-24 - 8", "through the end of december": "- 12-31 -",
    "10 days before valentine's day": "02-04 02-13 10", "in two weeks": "12-07 - -", "kick off Dec 10, 30 days": "12-10 - 30", "Q1": "01-01 - 90",
    "from 1st to 15th of december": "12-01 12-15 15", "5-20 Dec": "12-05 12-20 16", "the first two weeks of December": "12-01 - 14", "monday to friday": "11-30 12-04 5",
    "next monday through friday": "11-30 12-04 5", "no later than Dec 20": "- 12-20 -", "all december": "12-01 12-31 31", "the week before Christmas": "12-18 12-24 7", "in a month": "12-23 - -",
    "start: 2026/12/01, end: 2026/12/15": "12-01 12-15 15", "between Dec 5 and Dec 20": "12-05 12-20 16", "starting two weeks before Christmas": "12-11 - -",
}  # fmt: skip


def when(text: str) -> str:
    """The period of a text, in the shorthand of the tables above."""
    p = scan(text, TODAY).period
    return " ".join([p.start.strftime("%m-%d") if p.start else "-", p.end.strftime("%m-%d") if p.end else "-", str(p.days or "-")])


@pytest.mark.parametrize(("text", "want"), [*TIME_ZH.items(), *TIME_EN.items()])
def test_time(text: str, want: str) -> None:
    assert when(text) == want


@pytest.mark.parametrize(
    ("text", "share"),
    [("30%", "0.3"), ("三成半", "0.35"), ("七成六", "0.76"), ("七五折", "0.75"), ("8折", "0.8"), ("百分之五", "0.05"), ("千分之一", "0.001"), ("6个百分点", "0.06"),
     ("打对折", "0.5"), ("twenty percent", "0.2"), ("12.5 per cent", "0.125"), ("minus five percent", "-0.05")],
)  # fmt: skip
def test_percent(text: str, share: str) -> None:
    assert [p.share for p in find_percents(read(text).plain)] == [Decimal(share)]


def test_discount() -> None:
    assert [find_discount(t) for t in ("打八折", "20% off", "五折清仓", "直降10%", "roi 20%")] == [
        Decimal(x) for x in ("0.2", "0.2", "0.5", "0.1")
    ] + [None]


def test_a_sum_spent_last_year_is_no_budget() -> None:
    assert understand("去年投了1万没效果，今年推雪地靴，预算3万，抖音", (), TODAY).slots["budget"] == 30000
    assert understand("Last year we wasted 10k on Pinterest; trekking poles, $3,900, YouTube", (), TODAY).slots["budget"] == 3900


def test_points_of_a_list_are_no_sums() -> None:
    slots = understand("①给电热毯做方案，预算8000 ②再写3条文案", (), TODAY).slots
    assert (slots["budget"], slots["variants"]) == (8000, 3)


UNITS_ZH = {"块": "CNY", "元": "CNY", "美元": "USD", "欧元": "EUR", "港币": "HKD", "刀": "USD", "日元": "JPY", "泰铢": "THB"}
SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "HK$": "HKD", "C$": "CAD", "A$": "AUD", "¥": "CNY", "usd ": "USD", "eur ": "EUR"}


@given(st.integers(1, 9_999_999), st.sampled_from(sorted(SIGNS)), st.booleans())
@settings(max_examples=80, deadline=None)
def test_a_written_sum_is_read_back(n: int, sign: str, comma: bool) -> None:
    assert said(f"{sign}{n:,}" if comma else f"{sign}{n}") == f"{n} {SIGNS[sign]}"


DIGITS = "零一二三四五六七八九"


def in_chinese(n: int) -> str:
    """A number below 10^8 in Chinese words."""
    if n >= 10_000:
        rest = n % 10_000
        return in_chinese(n // 10_000) + "万" + ("零" if 0 < rest < 1000 else "") + (in_chinese(rest) if rest else "")
    words, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, n = divmod(n, unit)
        if digit:
            words += ("零" if gap and words else "") + DIGITS[digit] + name
            gap = False
        else:
            gap = True
    return words


@given(st.integers(1, 99_999_999), st.sampled_from(sorted(UNITS_ZH)))
@settings(max_examples=120, deadline=None)
def test_chinese_words_are_read_back(n: int, unit: str) -> None:
    assert said(f"{in_chinese(n)}{unit}") == f"{n} {UNITS_ZH[unit]}"


@given(st.integers(1, 99), st.integers(1, 98), st.sampled_from([("万", 10_000), ("w", 10_000), ("k", 1000), ("千", 1000)]), st.sampled_from(["-", "~", "到", "至", "—"]))  # fmt: skip
@settings(max_examples=80, deadline=None)
def test_a_range_is_read_back(low: int, more: int, size: tuple[str, int], joiner: str) -> None:
    high = low + more
    assert said(f"预算{low}{joiner}{high}{size[0]}") == f"{low * size[1]}-{high * size[1]} ?"


@given(
    st.integers(1, 200),
    st.sampled_from(
        [("天", 1), ("周", 7), ("个星期", 7), ("个礼拜", 7), ("个月", 30), (" days", 1), (" weeks", 7), ("-week", 7), (" months", 30)]
    ),
)
@settings(max_examples=80, deadline=None)
def test_a_length_is_read_back(n: int, unit: tuple[str, int]) -> None:
    assert when(f"{n}{unit[0]}") == f"- - {n * unit[1]}"


@given(st.integers(0, 300), st.integers(0, 40), st.sampled_from(["zh", "iso", "en", "dm"]))
@settings(max_examples=120, deadline=None)
def test_days_and_their_range_are_read_back(ahead: int, more: int, form: str) -> None:
    first = TODAY + timedelta(days=ahead)
    last = first + timedelta(days=more + 1)

    def written(day: date) -> str:
        if form == "zh":
            return f"{day.month}月{day.day}日"
        if form == "iso":
            return day.isoformat()
        return day.strftime("%B ") + str(day.day) if form == "en" else f"{day.day} {day.strftime('%b')}"

    p = scan(f"{written(first)}{'到' if form == 'zh' else ' to '}{written(last)}", TODAY).period
    assert (p.start, p.end, p.days) == (first, last, more + 2)


@given(st.sampled_from([*MONEY_ZH, *MONEY_EN]))
@settings(max_examples=80, deadline=None)
def test_full_width_writing_says_the_same_sum(text: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" and c not in ",." else c for c in text)
    assert said(wide) == said(text)
