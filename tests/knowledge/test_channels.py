"""Channels: names lead to them, rates are ordered, limits and sizes make sense."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adwright.data.errors import AdwrightError
from adwright.data.knowledge import CopyLimit, channel, channels, exchange, exchange_rate
from adwright.data.knowledge.channels import channel_names
from adwright.data.money import Money

CANONICAL = [
    "douyin",
    "kuaishou",
    "xiaohongshu",
    "weibo",
    "bilibili",
    "zhihu",
    "wechat",
    "taobao",
    "tmall",
    "jd",
    "pinduoduo",
    "baidu",
    "sms",
    "apppush",
    "email",
    "google",
    "pmax",
    "bing",
    "youtube",
    "facebook",
    "instagram",
    "tiktok",
    "pinterest",
    "snapchat",
    "reddit",
    "twitter",
    "linkedin",
    "amazon",
    "whatsapp",
]


def test_every_canonical_channel_is_known():
    assert sorted(channels()) == sorted(CANONICAL)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("小红薯", "xiaohongshu"),
        ("XHS", "xiaohongshu"),
        ("ins", "instagram"),
        ("fb", "facebook"),
        ("直通车", "taobao"),
        ("千川", "douyin"),
        ("公众号", "wechat"),
        ("视频号", "wechat"),
        ("朋友圈", "wechat"),
        ("Ｂ站", "bilibili"),
        ("X", "twitter"),
        ("Google Ads", "google"),
        ("油管", "youtube"),
        ("短信", "sms"),
    ],
)
def test_slang_leads_to_the_channel(said: str, meant: str):
    assert channel(said).id == meant


def test_no_two_channels_share_a_name():
    from adwright.data.knowledge.files import fold

    for one in channels().values():
        for name in (one.id, one.name.zh, one.name.en, *one.aliases):
            assert channel_names()[fold(name)] == one.id, name


def test_unknown_channel_names_the_nearest():
    with pytest.raises(AdwrightError) as caught:
        channel("tiktak")
    assert caught.value.code == "unknown-channel"
    assert "TikTok" in caught.value.tell("en") and "TikTok" in caught.value.tell("zh")


@pytest.mark.parametrize("one", channels().values(), ids=lambda one: one.id)
def test_rates_limits_and_sizes_are_well_formed(one):
    assert 1 <= len(one.placements) <= 4 and len({p.id for p in one.placements}) == len(one.placements)
    for place in one.placements:
        for rate in (place.ctr, place.cvr, place.cpc):
            assert 0 < rate.low < rate.mid < rate.high
            assert rate.source and rate.year >= 2019 and rate.status == "unverified"
        assert place.ctr.high < 0.5 and place.cvr.high < 0.5
        assert place.cpc.currency == one.currency
    assert one.copy_fields and len({f.field for f in one.copy_fields}) == len(one.copy_fields)
    for field in one.copy_fields:
        assert field.limit is None or field.limit >= 10
        assert 0 <= field.least <= field.count
    for size in one.sizes:
        assert 50 <= size.width <= 4000 and 50 <= size.height <= 4000
        assert size.max_kb is None or size.max_kb >= 50
    assert one.minimum_daily is None or one.minimum_daily.currency == one.currency
    assert one.source and one.as_of


def test_width_counts_a_chinese_character_twice():
    assert channel("google").limit("headline").used("跑鞋 5折") == 8
    assert channel("xiaohongshu").limit("headline").used("跑鞋 5折") == 5


@given(st.text(max_size=60))
def test_width_is_between_one_and_two_per_character(text: str):
    wide = CopyLimit(field="x", name=channel("sms").name, limit=10, unit="width", hard=True, count=1)
    assert len(text) <= wide.used(text) <= 2 * len(text)


def test_every_channel_of_the_open_requests_is_known(datasets):
    path = datasets.parent / "requests" / "dev.jsonl"
    if not path.is_file():
        pytest.skip("the open requests are not beside the checkout")
    for line in path.read_text("utf-8").splitlines():
        for name in json.loads(line)["expect"]["slots"].get("channels", []):
            assert channel(name).id == name


def test_exchange_says_its_rate_and_comes_back():
    there, rate = exchange(Money.of("1000", "USD"), "CNY")
    assert there.currency == "CNY" and there.amount > 1000
    assert rate.status == "unverified" and rate.as_of and rate.source
    back, _ = exchange(there, "USD")
    assert abs(back.amount - 1000) <= Decimal("0.01")


def test_own_rate_wins_and_unknown_currency_is_refused():
    assert exchange_rate("USD", "CNY", {"USD": Decimal(7)}).value == 7
    with pytest.raises(AdwrightError) as caught:
        exchange(Money.of("1", "XAU"), "CNY")
    assert caught.value.code == "unknown-currency"
