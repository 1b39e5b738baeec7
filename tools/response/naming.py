"""Names the features of the response models as a merchant knows them, with the value a context gives them."""

from __future__ import annotations

from ...data import knowledge
from ...data.errors import AdwrightError
from ...data.money import Money
from ...data.words import Words, both
from . import headlines
from .features import PICTURE, TEXT, Context, age_band

# Columns of the models -> what they are known as; columns of one idea are one reason.
TOLD = {
    "product_id": "product",
    "age_band": "age",
    "log_price": "price",
    "headline_width": "length",
    "headline_fill": "length",
    **{column: part for column, part in zip(TEXT[1:], headlines.PARTS[1:], strict=True)},
    "names_product": "brand",
    **{column: column for column in PICTURE},
}
NAMES = {
    "channel": both("渠道", "channel"),
    "placement": both("版位", "placement"),
    "category": both("品类", "category"),
    "product": both("这款商品", "this product"),
    "device": both("设备", "device"),
    "hour": both("时段", "hour of day"),
    "weekday": both("星期", "weekday"),
    "age": both("年龄", "age"),
    "gender": both("性别", "gender"),
    "language": both("语言", "language"),
    "price": both("价格", "price"),
    "discount": both("折扣", "discount"),
    "tone": both("语气", "tone"),
    "length": both("标题长度", "headline length"),
    "number": both("标题里的数字", "figures in the headline"),
    "offer": both("标题里的优惠词", "offer words in the headline"),
    "question": both("标题里的提问", "a question in the headline"),
    "urgency": both("标题里的紧迫词", "urgent words in the headline"),
    "address": both("标题直呼读者", "addressing the reader"),
    "emphasis": both("感叹号或表情", "exclamation marks or emoji"),
    "call": both("标题里的行动号召", "a call to act in the headline"),
    "brand": both("标题点名品牌或型号", "naming the brand or model"),
    "picture_brightness": both("图片亮度", "brightness of the picture"),
    "picture_contrast": both("图片对比度", "contrast of the picture"),
    "picture_colourfulness": both("图片色彩丰富度", "colourfulness of the picture"),
    "picture_saturation": both("图片饱和度", "saturation of the picture"),
    "picture_hue": both("图片主色", "main colour of the picture"),
    "picture_edges": both("图片细节多少", "detail in the picture"),
    "picture_lettering": both("图片上的字", "lettering on the picture"),
    "segment": both("人群对这款商品的偏好", "the segment's taste for the product"),
    "past": both("参照过往投放", "leaning on past campaigns"),
    "calibration": both("校准", "calibration"),
    "recurrence": both("同样的曝光出现得有多频繁", "how often such impressions occur"),
    "base": both("模型的起点", "the model's starting point"),
}
# With it, without it.
FLAGS = {
    "number": (both("标题里有具体数字", "the headline holds a figure"), both("标题里没有数字", "no figure in the headline")),
    "offer": (both("标题里有优惠词", "the headline holds an offer"), both("标题里没有优惠词", "no offer in the headline")),
    "question": (both("标题是提问", "the headline asks a question"), both("标题不是提问", "the headline asks nothing")),
    "urgency": (both("标题里有紧迫词", "the headline is urgent"), both("标题里没有紧迫词", "the headline is not urgent")),
    "address": (
        both("标题直呼读者（您、你）", "the headline addresses the reader"),
        both("标题没有直呼读者", "the headline addresses nobody"),
    ),
    "emphasis": (
        both("标题有感叹号或表情", "the headline has exclamation marks or emoji"),
        both("标题没有感叹号和表情", "no exclamation marks or emoji in the headline"),
    ),
    "call": (both("标题有行动号召", "the headline calls to act"), both("标题没有行动号召", "no call to act in the headline")),
    "brand": (
        both("标题点名了品牌或型号", "the headline names the brand or model"),
        both("标题没点名品牌或型号", "the headline names no brand or model"),
    ),
}
DAYS = (
    both("星期一", "Monday"), both("星期二", "Tuesday"), both("星期三", "Wednesday"), both("星期四", "Thursday"), both("星期五", "Friday"),
    both("星期六", "Saturday"), both("星期日", "Sunday"),
)  # fmt: skip
GENDERS = {"female": both("女性", "women"), "male": both("男性", "men")}
DEVICES = {"mobile": both("手机", "mobile"), "desktop": both("电脑", "desktop"), "tablet": both("平板", "tablet")}
LANGUAGES = {"zh": both("中文广告", "an ad in Chinese"), "en": both("英文广告", "an ad in English")}
HUES = (
    (20, both("红", "red")), (45, both("橙", "orange")), (70, both("黄", "yellow")), (165, both("绿", "green")), (200, both("青", "cyan")),
    (260, both("蓝", "blue")), (300, both("紫", "purple")), (340, both("粉", "pink")), (361, both("红", "red")),
)  # fmt: skip


def concept(name: str) -> str:
    """Return what a column or crossing of the model is known as; a crossing with the channel is what it crosses.

    Example:
        >>> concept("headline_width"), concept("channel × hour"), concept("category × gender")
        ('length', 'hour', 'category × gender')
    """
    parts = sorted({TOLD.get(part, part) for part in name.split(" × ")})
    own = [part for part in parts if part != "channel"] or parts
    return " × ".join(own)


def named(key: str) -> Words:
    """Return the name of a feature, or of features that work together."""
    parts = [NAMES.get(part, both(part, part)) for part in key.split(" × ")]
    if len(parts) == 1:
        return parts[0]
    return both(f"{'与'.join(p.zh for p in parts)}的搭配", f"{' and '.join(p.en for p in parts)} together")


def spoken(key: str, context: Context, currency: str) -> Words:
    """Return a feature with the value it has in a context; its name alone where the value is unknown."""
    return valued(key, context, currency) or named(key)


def apart(key: str, a: Context, b: Context, currency: str) -> Words:
    """Return a feature with how it differs between two drafts."""
    one, other = valued(key, a, currency), valued(key, b, currency)
    if one is None or other is None or one == other:
        return one if one is not None and other is None else named(key)
    if key in FLAGS:
        other_has = other == FLAGS[key][0]
        return both(f"{one.zh}，另一条{'有' if other_has else '没有'}", f"{one.en}, unlike the other one")
    mine, its = _length_of(a), _length_of(b)
    if key == "length" and mine and its and mine[1] == its[1]:
        limit = mine[1]
        top = both(f"（上限 {limit}）", f" (limit {limit})") if limit else both("", "")
        return both(f"标题长 {mine[0]}，另一条 {its[0]}{top.zh}", f"a headline of {mine[0]} characters, the other {its[0]}{top.en}")
    return both(f"{one.zh}，另一条：{other.zh}", f"{one.en}; the other one: {other.en}")


def valued(key: str, context: Context, currency: str) -> Words | None:
    """Return a feature's value in words; None when the context does not know it."""
    value = getattr(context, {"product": "product_id"}.get(key, key), None)
    if key in FLAGS:
        flag = _flag(key, context)
        return None if flag is None else FLAGS[key][0 if flag else 1]
    if key.startswith("picture_"):
        return _of_picture(key, context)
    if key == "length":
        return _length(context)
    if key == "tone":
        return _tone(context)
    if key == "age":
        band = age_band(context.age)
        return both(f"{band} 岁", f"age {band}") if band else None
    if value is None or key not in NAMES:
        return None
    if key == "channel":
        return _channel(str(value))
    if key == "placement":
        return _placement(context.channel, str(value))
    if key == "category":
        known = knowledge.categories().get(str(value))
        return both(f"品类是{known.name.zh}", f"the category is {known.name.en.lower()}") if known else None
    if key == "hour":
        return both(f"{value} 点投放", f"shown at {value}:00")
    if key == "weekday":
        return both(f"{DAYS[int(value)].zh}投放", f"shown on a {DAYS[int(value)].en}")
    if key == "price":
        money = Money.of(str(round(float(value), 2)), currency).text(short=True)
        return both(f"价格 {money}", f"a price of {money}")
    if key == "discount":
        return both(f"优惠 {value:.0%}", f"{value:.0%} off")
    words = {"gender": GENDERS, "device": DEVICES, "language": LANGUAGES}.get(key, {}).get(str(value))
    return words or (named(key) if key == "product" else None)


def _flag(key: str, context: Context) -> bool | None:
    if key == "brand":
        flag = headlines.names_product(context.headline, context.product_names)
    else:
        flag = headlines.headline_numbers(context.headline)[headlines.PARTS.index(key)]
    return None if flag != flag else flag > 0


def _of_picture(key: str, context: Context) -> Words | None:
    value = (context.picture or {}).get(key.removeprefix("picture_"), float("nan"))
    if value != value:
        return None
    if key == "picture_hue":
        hue = next(words for top, words in HUES if value < top)
        return both(f"图片主色偏{hue.zh}", f"the picture is mainly {hue.en}")
    places = 0 if key == "picture_colourfulness" else 2
    return both(f"{NAMES[key].zh} {value:.{places}f}", f"{NAMES[key].en} {value:.{places}f}")


def _length(context: Context) -> Words | None:
    found = _length_of(context)
    if found is None:
        return None
    used, limit = found
    return both(
        f"标题长 {used}{f'（上限 {limit}）' if limit else ''}", f"a headline of {used} characters{f' (limit {limit})' if limit else ''}"
    )


def _length_of(context: Context) -> tuple[int, int | None] | None:
    """How long a headline is and may be, in the unit of its channel; Chinese counts 2 where the channel has no limit."""
    if not context.headline:
        return None
    known = knowledge.channels().get(context.channel)
    limit = next(iter(known.copy_fields), None) if known else None
    if limit is None or not limit.limit:
        return headlines.width_of(context.headline), None
    return limit.used(context.headline), limit.limit


def _tone(context: Context) -> Words | None:
    tone = headlines.tone_of(context.headline)
    if tone is None:
        return None
    known = knowledge.tones().get(tone)
    return both(f"语气{known.name.zh}", f"a {known.name.en.lower()} tone") if known else both("语气平实", "a plain tone")


def _channel(name: str) -> Words | None:
    try:
        known = knowledge.channel(name).name
    except AdwrightError:
        return None
    return both(f"投在{known.zh}", f"on {known.en}")


def _placement(channel: str, placement: str) -> Words | None:
    known = knowledge.channels().get(channel)
    found = next((p.name for p in known.placements if p.id == placement), None) if known else None
    return both(f"版位是{found.zh}", f"the placement is {found.en.lower()}") if found else None
