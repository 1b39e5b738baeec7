"""The tools `predict_ctr` and `predict_cvr`: a rate with interval and source, what drives it, and what would change it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ...data import knowledge
from ...data.brief import Document
from ...data.figure import Figure
from ...data.result import SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, Words, both
from ..catalogue import find_product
from .features import Context
from .response import Prediction, Response

if TYPE_CHECKING:
    from ...data.workspace import Workspace

FIELD_WORDS = {
    "placement": both("版位", "placement"),
    "category": both("品类", "category"),
    "product_id": both("这款商品", "this product"),
    "hour": both("时段", "hour of day"),
    "weekday": both("星期", "weekday"),
    "age_band": both("年龄段", "age band"),
    "gender": both("性别", "gender"),
    "language": both("语言", "language"),
    "device": both("设备", "device"),
    "channel": both("渠道", "channel"),
    "log_price": both("价格", "price"),
    "discount": both("折扣", "discount"),
    "headline_width": both("标题长度", "headline length"),
    "has_number": both("标题里的数字", "a number in the headline"),
    "has_offer": both("标题里的优惠词", "an offer word in the headline"),
    "has_question": both("标题里的提问", "a question in the headline"),
}


class PredictCtr(Document):
    """What to predict the click-through rate of."""

    channel: str = Field(description="Channel id or name, e.g. douyin, instagram")
    product: str | None = Field(default=None, description="Product, in the user's words")
    placement: str | None = Field(default=None, description="Placement id of the channel")
    price: float | None = Field(default=None, gt=0, description="Price in the shop's currency")
    discount: float | None = Field(default=None, ge=0, le=1, description="Discount, 0..1")
    hour: int | None = Field(default=None, ge=0, le=23, description="Hour of day in the shop's zone")
    weekday: int | None = Field(default=None, ge=0, le=6, description="0 is Monday")
    headline: str | None = Field(default=None, description="The advertisement's headline")
    age: int | None = Field(default=None, ge=13, le=100, description="Age of the audience")
    gender: Literal["female", "male"] | None = Field(default=None, description="Gender of the audience")
    reply_language: Language = Field(default="zh", description="Language of the answer")


class PredictCvr(PredictCtr):
    """What to predict the conversion rate after a click of."""


def predict_ctr(workspace: Workspace, request: PredictCtr, progress: Progress = SILENT) -> ToolResult:
    """Predict the click-through rate; raises `AdwrightError` (``unknown-channel``) for a channel we do not know."""
    return _predict(workspace, request, "ctr", progress)


def predict_cvr(workspace: Workspace, request: PredictCvr, progress: Progress = SILENT) -> ToolResult:
    """Predict the conversion rate after a click; raises `AdwrightError` (``unknown-channel``)."""
    return _predict(workspace, request, "cvr", progress)


def _predict(workspace: Workspace, request: PredictCtr, rate: Literal["ctr", "cvr"], progress: Progress) -> ToolResult:
    channel = knowledge.channel(request.channel)
    response = Response.ready(workspace, progress=progress)
    context = _context(workspace, request, channel.id)
    here = response.predict([context])[0]
    figure = rate_figure(here, rate)
    drivers = _drivers(response, context, rate)
    others = _what_if(response, context, rate)
    name = both("点击率", "CTR") if rate == "ctr" else both("转化率", "CVR")
    low_high = figure.range_text()
    finding = both(
        f"{channel.name.zh}的{name.zh}约 {figure.text()}（P10–P90：{low_high}）",
        f"{name.en} on {channel.name.en} is about {figure.text()} (P10–P90: {low_high})",
    )
    words = [finding.pick(request.reply_language), f"source: {figure.source}"]
    words += [d.pick(request.reply_language) for d in drivers[:3]]
    artifact = Artifact(
        kind="table",
        title=both(f"{channel.name.zh}：{name.zh}预测", f"{name.en} forecast, {channel.name.en}"),
        data={
            "figure": figure.model_dump(mode="json"),
            "drivers": [d.model_dump() for d in drivers],
            "columns": [
                {"key": "change", "name": {"zh": "如果", "en": "What if"}, "unit": "text"},
                {"key": "rate", "name": name.model_dump(), "unit": "rate"},
            ],
            "rows": others,
        },
        source=here.evidence,
    )
    return ToolResult(content="; ".join(words)[:500], finding=finding, artifact=artifact)


def rate_figure(prediction: Prediction, rate: Literal["ctr", "cvr"]) -> Figure:
    """Make the figure of a predicted rate, with the P10 and P90 of its Beta distribution."""
    from scipy.stats import beta

    if rate == "ctr":
        mean, strength, source = prediction.ctr, prediction.ctr_strength, prediction.source
    else:
        mean, strength, source = prediction.cvr, prediction.cvr_strength, prediction.cvr_source
    low, high = beta.ppf([0.1, 0.9], max(mean * strength, 1e-6), max((1 - mean) * strength, 1e-6))
    formula = both(
        "P = sigmoid(w·x + b)，必要时加上树模型，经校准；区间为 Beta 分布",
        "P = sigmoid(w.x + b), with trees where they earn it, calibrated; the range is a Beta distribution",
    )
    return Figure.of(mean, "rate", source, low=float(low), high=float(high), evidence=prediction.evidence, formula=formula)


def _context(workspace: Workspace, request: PredictCtr, channel: str) -> Context:
    product = find_product(workspace, request.product) if request.product else None
    price = request.price or (float(product.price) if product and product.price else None)
    return Context(
        channel=channel,
        placement=request.placement,
        category=product.category if product and product.category != "other" else None,
        product_id=product.id if product else None,
        price=price,
        discount=request.discount,
        hour=request.hour,
        weekday=request.weekday,
        headline=request.headline,
        age=request.age,
        gender=request.gender,
    )


def _drivers(response: Response, context: Context, rate: Literal["ctr", "cvr"]) -> list[Words]:
    if response.model is None:
        return []
    terms = response.model.terms(context, "click" if rate == "ctr" else "convert")
    strongest = sorted((t for t in terms.items() if abs(t[1]) >= 0.02), key=lambda t: -abs(t[1]))
    told = []
    for field, term in strongest[:5]:
        odds = 2.718281828459045**term
        word = _field_words(field)
        told.append(both(f"{word.zh}：几率 ×{odds:.2f}", f"{word.en}: odds x{odds:.2f}"))
    return told


def _field_words(name: str) -> Words:
    """Words of a field, or of a crossing of fields."""
    parts = [FIELD_WORDS.get(part, both(part, part)) for part in name.split(" × ")]
    if len(parts) == 1:
        return parts[0]
    return both(f"{'与'.join(p.zh for p in parts)}的搭配", f"{' and '.join(p.en for p in parts)} together")


def _what_if(response: Response, context: Context, rate: Literal["ctr", "cvr"]) -> list[dict[str, object]]:
    changes: list[tuple[Words, Context]] = []
    for other in response.past.channels()[:6]:
        if other != context.channel:
            name = knowledge.channel(other).name
            changes.append((both(f"改投{name.zh}", f"on {name.en}"), context.model_copy(update={"channel": other, "placement": None})))
    for hour in (9, 13, 21):
        if hour != context.hour:
            changes.append((both(f"{hour} 点投放", f"at {hour}:00"), context.model_copy(update={"hour": hour})))
    for discount in (0.1, 0.3):
        if discount != context.discount:
            changes.append((both(f"优惠 {discount:.0%}", f"with {discount:.0%} off"), context.model_copy(update={"discount": discount})))
    found = response.predict([c for _, c in changes])
    rows = [{"change": words.model_dump(), "rate": str(rate_figure(p, rate).value)} for (words, _), p in zip(changes, found, strict=True)]
    return sorted(rows, key=lambda row: -float(str(row["rate"])))
