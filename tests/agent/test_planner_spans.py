"""What the planner reads as words: product, category, audience, tone, goal, occasion, channels, language; and laws about them."""

from __future__ import annotations

import random
from datetime import date
from itertools import permutations

import numpy as np
import pytest

from adwright.agent.planner.products import find_product
from adwright.agent.planner.scan import scan
from adwright.agent.planner.tagger import Tags, tokens
from adwright.agent.planner.understand import understand
from adwright.data.knowledge import categories, category_of, goods_named, listed_goods
from adwright.data.knowledge.files import listed, read_toml

TODAY = date(2026, 11, 23)

# The product stands in brackets; none of these names is a whole entry of the lists.
SENTENCES = """
我家做[手工编织藤篮]的，想找喜欢田园风的主妇推一推，三万块够不够，抖音就行
有没有办法两万以内把[便携卷发梳]卖给大学女生，小红书，投个20天
老板让我给[桌面微型盆景]做个投放计划，经费一万五，B站
我们是卖[电动奶泡器]的小店，想要2周的抖音广告，3000元
圣诞前要把[树脂摆件]推出去，tiktok，2k美金
手里压着两千件[加绒打底裤]，月底前想清光，给一万块广告费
听说小红书适合[美容院线面膜]，我打算投3万，一个月
快过年了，想给[腊味礼盒]打波广告，抖音，预算5万
[儿童滑板车]配什么一起卖？推荐3个
[牛皮钱夹]进价85，同行卖239，定多少合适
产品叫[云感枕]，想投小红书，2w，两周
[不锈钢保温饭盒]面向上班族，淘宝直通车 8000
想给[乳胶床垫]找新婚家庭，小红书+知乎，6万
把老客户叫回来复购[猫薄荷球]，短信，600块
想通过抖音把我家[黄桃罐头]卖到外地去，预算两万
这款[香薰]我该定多少钱，成本45，同行卖89
咱是做健身器材的，今年主推的是[划船机]，老板批下来18万，抖音要占一半
We make [cast iron trivets] and I'd love a two week push on Pinterest, around 900 bucks
Can you help me move some [leather dog harnesses] before Christmas? $2k, facebook
got 5k to spend on [cold-pressed walnut oil], instagram only, a month
Sell my [vintage map prints] on etsy-like channels: pinterest, 600 bucks, 3 weeks, nostalgic
It's about [ceramic pour-over drippers]; I have 1,100 dollars; pinterest
Our agency needs a media plan for a client's [e-readers]: 75,000 dollars, six weeks, YouTube
I run a little electronics store and I'm sitting on a pile of [webcams] that I need to clear. Google, nine days, 1,900 euro
[smart plugs] $5k google 1mo
need to shift 400 [silicone baking mats], $1,000, facebook, 10 days, clearance
spending 15k on [standing desk converters], linkedin + google, office managers
Our [cat window perches] got great reviews, put 1.5k behind them on tiktok
what should I charge for [enamel pins]? they cost me $1.80, rivals sell at 9
which products go well with [cast iron skillets]?
predict the ctr of [mood lamps] on instagram
""".strip().splitlines()


def shown(line: str) -> tuple[str, str]:
    """(text, product) of a line with the product in brackets."""
    return line.replace("[", "").replace("]", ""), line[line.index("[") + 1 : line.index("]")]


@pytest.mark.parametrize("line", SENTENCES)
def test_the_product_is_found_in_a_free_sentence(line: str) -> None:
    text, product = shown(line)
    assert understand(text, (), TODAY).slots["product"] == product


@pytest.mark.parametrize("line", SENTENCES)
def test_spans_are_the_merchants_own_words(line: str) -> None:
    text, _ = shown(line)
    u = understand(text, (), TODAY)
    for name in ("product", "audience"):
        if name in u.slots:
            assert [text[a:b].strip() for a, b in u.spans[name]] == [u.slots[name]]


ZH, EN = (
    ["唇部去角质凝露", "预算3万", "抖音和小红书", "两周", "新手妈妈"],
    ["hand-thrown ramen bowls", "$3k", "pinterest", "two weeks", "new parents"],
)


@pytest.mark.parametrize(("parts", "mark"), [(ZH, "，"), (ZH, "；"), (EN, ", "), (EN, "; ")])
def test_the_order_of_clauses_changes_nothing(parts: list[str], mark: str) -> None:
    orders = random.Random(0).sample(list(permutations(parts)), 24)
    read = [understand(mark.join(order), (), TODAY).slots for order in orders]
    assert all(slots == read[0] for slots in read)
    assert read[0]["product"] == parts[0] and read[0]["audience"] == parts[4]


@pytest.mark.parametrize(
    "text",
    [
        "老板让我这周交个推广方案，预算五万，别的啥也没说",
        "我有3万预算",
        "把会员分成5层",
        "最近生意不好，帮帮我",
        "promote my stuff",
        "Business is slow at the moment, can you help me with some advertising?",
        "spent $400, made $1,000, what's my roas",
        "my friend says I should be on TikTok",
        "cluster our buyers into 6 groups",
    ],
)
def test_what_is_not_said_is_not_invented(text: str) -> None:
    slots = understand(text, (), TODAY).slots
    assert not {"product", "category", "audience", "audience_age", "audience_gender", "occasion", "tone", "language"} & set(slots)


@pytest.mark.parametrize(
    ("text", "audience", "age", "gender"),
    [
        ("冰袖推广，20-45岁户外骑行人群，预算6600，快手", "20-45岁户外骑行人群", [20, 45], None),
        ("电竞椅，B站，预算7.5万，大学男生", "大学男生", None, "male"),
        ("我们家有款身体乳，3万5，面向的是25到35岁的女生", "25到35岁的女生", [25, 35], "female"),
        ("麻烦出份方案：产品滑板，人群嘛，就是15到25岁爱玩的男孩子，1.6万", "15到25岁爱玩的男孩子", [15, 25], "male"),
        ("租房的年轻人，墙纸，小红书，9000，三周", "租房的年轻人", None, None),
        ("手帐本，600块，小红书，给高中生和大学生看的", "高中生和大学生", None, None),
        ("launch - vegan mascara - 7k usd - tiktok n insta - gals 18-24", "gals 18-24", [18, 24], "female"),
        ("Awareness campaign, 12k, LinkedIn only, standing desks, B2B buyers", "B2B buyers", None, None),
        ("get lapsed subscribers to reorder our protein bars, email only, $600", "lapsed subscribers", None, None),
        ("promote lipsticks to teen girls, snapchat, 2k", "teen girls", None, "female"),
    ],
)
def test_audiences(text: str, audience: str, age: list[int] | None, gender: str | None) -> None:
    slots = understand(text, (), TODAY).slots
    assert (slots["audience"], slots.get("audience_age"), slots.get("audience_gender")) == (audience, age, gender)


@pytest.mark.parametrize(
    ("text", "slot", "value"),
    [
        ("折叠自行车～预算一万五～抖音～半个月～运动风", "tone", "energetic"),
        ("床垫 20-30w 京东 淘宝 一个季度 高端范儿", "tone", "premium"),
        ("睡衣，3天，900元，微博，轻松搞怪的语气", "tone", "humorous"),
        ("12/5-12/18 cufflinks 1,850usd ig classy", "tone", "premium"),
        ("Could we do something luxurious for Lunar New Year? It's for tea sets, 88,000 RMB, WeChat", "tone", "premium"),
        ("Can we do a holiday campaign for knitted stockings? 1,900 dollars, pinterest, 12 days", "occasion", "christmas"),
        ("cny promo: red lanterns 45k rmb wechat+weibo", "occasion", "spring_festival"),
        ("BF, trench coats, 14k$, google", "occasion", "black_friday"),
        ("狗粮，八千块封顶，拼多多，10天，主要冲量", "goal", "sales"),
        ("dump old stock: beach towels, 500$, 6 days, fb", "goal", "clearance"),
        ("家里种的脐橙想多让人知道知道，八千块，快手", "goal", "awareness"),
        ("Facebook ads in german for our wool socks, 12 days, $900", "language", "de"),
        ("奶茶粉 1w 抖6快4 20天", "split", {"douyin": 0.6, "kuaishou": 0.4}),
        ("So, long story short, we need a plan for patio heaters, 12k, google", "channels", ["google"]),
    ],
)
def test_smaller_words(text: str, slot: str, value: object) -> None:
    assert understand(text, (), TODAY).slots[slot] == value


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("冰箱贴", "home"), ("toothpaste tablets", "beauty"), ("blue kettle", "home"), ("electric kettles", "electronics"), ("电热毯", "home"),
        ("羽绒被", "home"), ("净水器", "electronics"), ("老人机", "electronics"), ("merino base layers", "apparel"), ("knitted beanies", "apparel"),
        ("蓝莓味发酵乳饮", "food"), ("香薰蜡烛礼盒", "home"), ("shaving kit", "beauty"), ("kits", None), ("礼盒", None), ("二手钢琴", None),
        ("dog raincoats", "pets"), ("婴儿睡袋", "baby"), ("双人睡袋", "sports"), ("心情", None), ("", None),
    ],
)  # fmt: skip
def test_categories(name: str, category: str | None) -> None:
    assert category_of(name) == category


def test_goods_are_listed_once_and_know_their_category() -> None:
    raw = read_toml("nouns.toml")
    for side in ("zh", "en"):
        seen: dict[str, str] = {}
        for id_, row in raw.items():
            for word in listed(row.get(side, "")) if isinstance(row, dict) else ():
                assert seen.setdefault(word, id_) == id_, word
        assert len(seen) > 1500
    assert {k for k, v in raw.items() if isinstance(v, dict)} == set(categories()) - {"other"} | {"none", "packed"}


def test_listed_goods_are_found_in_running_text() -> None:
    for text in ("给蜂蜜和手工皂拍图", "mood lamps, iron skillets and personas"):
        assert all(goods_named(text[a:b]) == 1 for a, b in listed_goods(text))
    assert [("mood lamps, nas"[a:b]) for a, b in listed_goods("mood lamps, personas")] == ["mood lamps"]


def test_the_tagger_judges_spans_only() -> None:
    text = "快过年了，想给腊味礼盒打波广告"
    tags = Tags(text, [False] * len(text))
    start = text.index("腊味")
    assert tags.chance(start, start + 4) > max(tags.chance(start, start + 2), tags.chance(start, start + 5))
    assert np.allclose(tags.out.sum(axis=1), 1) and np.allclose(tags.inside.sum(axis=1), 1)
    assert Tags("", []).best() == [] and find_product("", [], sure=True) is None


def test_what_was_read_is_one_mark() -> None:
    text = "推蜂蜜，抖音，3万"
    s = scan(text, TODAY)
    assert [t.word for t in tokens(text, s.taken) if t.kind == "m"] == ["#", "#"]
    assert s.product is not None and not any(s.taken[s.product.start : s.product.end])
