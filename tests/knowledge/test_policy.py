"""Policy rules: forbidden claims are found, harmless uses of the same characters are not."""

import pytest

from adwright.data.knowledge import policy_rules


def broken(text: str, language: str, severity: str | None = None) -> set[str]:
    return {r.id for r in policy_rules() if r.language == language and (severity is None or r.severity == severity) and r.spans(text)}


@pytest.mark.parametrize(
    "text",
    [
        "全球第一的美白霜",
        "永久祛斑",
        "国家级品质",
        "最佳选择",
        "全网最低价",
        "根治脱发",
        "100%有效",
        "无效退款",
        "顶级面料",
        "销量第一",
        "唯一指定",
        "三天见效不反弹，立竿见影",
        "吊打同行",
        "招财转运手链",
        "加微信abc12345领券",
    ],
)
def test_forbidden_chinese_claims_are_errors(text: str):
    assert broken(text, "zh", "error")


@pytest.mark.parametrize(
    "text",
    [
        "最新款跑鞋到店",
        "最大尺码 3XL",
        "第一次露营要带什么",
        "第一时间发货",
        "含棉 100%",
        "100% 桑蚕丝",
        "治愈系小夜灯",
        "最佳食用期见包装",
        "单只重 218 克",
        "最快次日达",
        "最多可叠放 4 层",
        "增高鞋垫",
        "招财猫摆件",
        "每双鞋有唯一的编号",
    ],
)
def test_harmless_chinese_words_pass(text: str):
    assert not broken(text, "zh")


@pytest.mark.parametrize(
    "text",
    [
        "#1 in the world",
        "The world's best running shoe",
        "Cures acne in 3 days",
        "Guaranteed results",
        "100% effective",
        "See the before and after",
        "Lose 10 lbs this week",
        "No side effects",
        "Number one choice",
    ],
)
def test_forbidden_english_claims_are_errors(text: str):
    assert broken(text, "en", "error")


@pytest.mark.parametrize(
    "text",
    [
        "Best before end of May",
        "Air-cured leather strap",
        "UV lamp cures the gel in 60 s",
        "100% cotton, 260 gsm",
        "Weighs 218 g per shoe",
        "Free 30-day size exchange",
        "New: Featherlite 3 running shoes",
    ],
)
def test_harmless_english_words_pass(text: str):
    assert not broken(text, "en")


def test_shouting_is_a_warning_and_only_when_shouted():
    assert broken("BUY THIS SHOE RIGHT NOW", "en") == {"en-click-bait"}
    assert not broken("buy this shoe right now", "en")


def test_rules_are_complete():
    rules = policy_rules()
    assert len({r.id for r in rules}) == len(rules)
    for rule in rules:
        assert rule.article and rule.source and rule.as_of
        assert rule.reason.zh and rule.reason.en and rule.fix.zh and rule.fix.en
        # Advice must not itself need advice; what it quotes does not count.
        assert rule.replace is None or not rule.spans(rule.replace)


def test_spans_point_at_the_words():
    text = "这是全球第一的跑鞋"
    found = [text[a:b] for r in policy_rules() for a, b in r.spans(text)]
    assert "全球第一" in found
