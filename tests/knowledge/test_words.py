"""Categories, tones, goals, occasions and the calendar: the words people use are known."""

import json
from datetime import date, timedelta

import pytest

from adwright.data.errors import AdwrightError
from adwright.data.knowledge import categories, category_of, festivals, goals, lexicon, occasion_day, occasion_of, occasions, tones
from adwright.data.knowledge.files import fold, read_csv

CATEGORIES = ["apparel", "beauty", "food", "electronics", "home", "baby", "sports", "pets", "other"]


def open_requests(datasets):
    path = datasets.parent / "requests" / "dev.jsonl"
    if not path.is_file():
        pytest.skip("the open requests are not beside the checkout")
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_categories_have_economics_and_words():
    assert list(categories()) == CATEGORIES
    for one in categories().values():
        assert 0 < one.margin < 1 and 0 <= one.return_rate < 1
        assert one.order_value.amount > 0 and one.order_value_in("GBP").currency == "GBP"
        assert one.status == "unverified" and one.source
    assert all(len(one.words_zh) >= 25 and len(one.words_en) >= 25 for one in categories().values() if one.id != "other")


def test_no_word_belongs_to_two_categories():
    for side in ("words_zh", "words_en", "marks_zh", "marks_en"):
        seen: dict[str, str] = {}
        for one in categories().values():
            for word in {fold(w) for w in getattr(one, side)}:
                assert seen.setdefault(word, one.id) == one.id, word


@pytest.mark.parametrize(
    ("product", "category"),
    [
        ("唇釉", "beauty"),
        ("显示器", "electronics"),
        ("窗帘", "home"),
        ("跑鞋", "sports"),
        ("running shoes", "sports"),
        ("Lip glosses", "beauty"),
        ("soundbars", "electronics"),
        ("宠物推车", "pets"),
        ("婴儿推车", "baby"),
        ("garlic presses", "home"),
        ("garlic", "food"),
        ("dog food", "pets"),
        ("猫山王榴莲", "food"),
        ("熊猫玩偶", None),
        ("hot dog rolls", "food"),
        ("bottles of olive oil", "food"),
        ("case for phones", "electronics"),
        ("something else", None),
        ("", None),
    ],
)
def test_category_of(product: str, category: str | None):
    assert category_of(product) == category


def test_open_requests_products_get_their_category(datasets):
    for request in open_requests(datasets):
        slots = request["expect"]["slots"]
        if "category" in slots:
            assert category_of(slots["product"]) == slots["category"], slots["product"]


def test_open_requests_tones_goals_and_occasions_are_known(datasets):
    for request in open_requests(datasets):
        slots = request["expect"]["slots"]
        assert slots.get("tone", "youthful") in tones()
        assert slots.get("goal", "sales") in goals()
        assert occasion_of(request["text"]) == slots.get("occasion")


@pytest.mark.parametrize(
    ("text", "occasion"),
    [
        ("预算1618元", None),
        ("预算618元", None),
        ("618冲量", "618"),
        ("双十一卖卫衣", "double11"),
        ("二十一天", None),
        ("xmas push", "christmas"),
        ("中国情人节", "qixi"),
        ("白色情人节", "white_day"),
        ("Women's Day sale", "womens_day"),
    ],
)
def test_occasion_of(text: str, occasion: str | None):
    assert occasion_of(text) == occasion


@pytest.mark.parametrize("terms", [tones(), goals()], ids=["tones", "goals"])
def test_terms_have_words_in_both_languages(terms):
    for term in terms.values():
        assert term.words_zh and term.words_en and term.name.zh and term.name.en


def test_lexicons():
    assert "立即选购" in lexicon("cta_zh") and "Shop now" in lexicon("cta_en")
    with pytest.raises(KeyError):
        lexicon("no-such-list")


@pytest.mark.parametrize(
    ("occasion", "today", "day"),
    [
        ("double12", date(2026, 11, 23), date(2026, 12, 12)),
        ("new_year", date(2026, 11, 23), date(2027, 1, 1)),
        ("black_friday", date(2026, 11, 23), date(2026, 11, 27)),
        ("christmas", date(2026, 11, 23), date(2026, 12, 25)),
        ("valentines", date(2026, 11, 23), date(2027, 2, 14)),
        ("spring_festival", date(2026, 11, 23), date(2027, 2, 6)),
        ("mothers_day", date(2026, 11, 23), date(2027, 5, 9)),
        ("double11", date(2026, 11, 11), date(2026, 11, 11)),
        ("618", date(2026, 11, 23), date(2027, 6, 18)),
        ("520", date(2026, 11, 23), date(2027, 5, 20)),
        ("qixi", date(2026, 11, 23), date(2027, 8, 8)),
        ("womens_day", date(2026, 11, 23), date(2027, 3, 8)),
    ],
)
def test_occasion_day(occasion: str, today: date, day: date):
    assert occasion_day(occasion, today) == day


def test_days_beyond_the_calendar_are_refused():
    with pytest.raises(AdwrightError) as caught:
        occasion_day("qixi", date(2035, 1, 1))
    assert caught.value.code == "unknown-day"
    with pytest.raises(AdwrightError) as caught:
        occasion_day("no-such-day", date(2026, 1, 1))
    assert caught.value.code == "unknown-occasion"


def test_festivals_are_ordered_bounded_and_regional():
    start, end = date(2026, 11, 23), date(2027, 2, 28)
    found = festivals(start, end)
    assert [f.date for f in found] == sorted(f.date for f in found)
    assert all(start <= f.date <= end for f in found)
    assert "thanksgiving" in {f.id for f in found} - {f.id for f in festivals(start, end, "CN")}
    assert {"spring_festival", "christmas"} <= {f.id for f in festivals(start, end, "CN")}


def test_calendar_rows_follow_the_rules_of_their_occasions():
    for row in read_csv("calendar.csv"):
        day, rule = date.fromisoformat(row["date"]), occasions()[row["id"]].rule
        assert row["region"] == occasions()[row["id"]].region and row["as_of"] and row["source"]
        if rule[:2].isdigit():
            assert f"{day:%m-%d}" == rule, row
        elif rule.startswith("thanksgiving"):
            thursday = day - timedelta(days=int(rule.removeprefix("thanksgiving")))
            assert thursday.month == 11 and thursday.weekday() == 3 and 22 <= thursday.day <= 28, row
        elif " " in rule and not rule.startswith("lunar"):
            month, weekday, number = rule.split()
            assert day.month == int(month) and f"{day:%a}".lower() == weekday, row
            assert number == "last" or (day.day - 1) // 7 + 1 == int(number), row


def test_our_own_compilation_is_in_the_calendar(datasets):
    path = datasets / "commerce-calendar" / "calendar_2026_2027.csv"
    if not path.is_file():
        pytest.skip("the calendar compilation is not beside the checkout")
    ours = {row["date"] for row in read_csv("calendar.csv")}
    assert {line.split(",")[0] for line in path.read_text("utf-8").splitlines()[1:]} <= ours


def test_lunar_days_agree_with_lunar_python():
    lunar = pytest.importorskip("lunar_python", reason="lunar_python is not installed")
    for row in read_csv("calendar.csv"):
        rule = occasions()[row["id"]].rule
        if rule.startswith("lunar ") and row["id"] != "new_year_eve_lunar":
            month, day = map(int, rule.removeprefix("lunar ").split("-"))
            assert lunar.Lunar.fromYmd(int(row["date"][:4]), month, day).getSolar().toYmd() == row["date"]
