"""The tools `predict_ctr` and `predict_cvr`: a rate with interval and source, what drives it, and what would change it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ...data import knowledge
from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.figure import Figure
from ...data.result import SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, Words, both
from ..catalogue import find_product
from . import drafts
from .features import Context, product_names
from .headlines import OFFER
from .pictures import picture_numbers
from .response import ALMOST, Prediction, Response
from .why import RATE, notes, sees_pictures, why, worth_telling

if TYPE_CHECKING:
    from ...data.workspace import Workspace

DRIVERS = 5
# How much brighter a picture is in the question what a brighter one would do; half of the way from a dull to a light one.
LIGHTER = 0.15


class PredictCtr(Document):
    """What to predict the click-through rate of, or to explain about the creatives of the plan in force."""

    channel: str | None = Field(default=None, description="Channel id or name, e.g. douyin, instagram")
    ask: Literal["rate", "why", "what_if"] = Field(
        default="rate",
        description="rate: predict; why: explain a creative of the plan in force; what_if: the plan at another hour, weekday, discount or channel",
    )
    creative: int | None = Field(
        default=None, description="For why: which creative of the plan (of the channel, if named), from 1; -1 is the last"
    )
    against: int | None = Field(default=None, description="For why: the creative to compare it with, counted the same way")
    product: str | None = Field(default=None, description="Product, in the user's words")
    placement: str | None = Field(default=None, description="Placement id of the channel")
    price: float | None = Field(default=None, gt=0, description="Price in the shop's currency")
    discount: float | None = Field(default=None, ge=0, le=1, description="Discount, 0..1")
    hour: int | None = Field(default=None, ge=0, le=23, description="Hour of day in the shop's zone")
    weekday: int | None = Field(default=None, ge=0, le=6, description="0 is Monday")
    headline: str | None = Field(default=None, description="The advertisement's headline")
    picture: str | None = Field(default=None, description="Id of the advertisement's picture in the artefact store")
    age: int | None = Field(default=None, ge=13, le=100, description="Age of the audience")
    gender: Literal["female", "male"] | None = Field(default=None, description="Gender of the audience")
    plan_id: str | None = Field(default=None, description="The plan in force")
    version: int | None = Field(default=None, description="Its version")
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
    response = Response.ready(workspace, progress=progress)
    if request.ask != "rate":
        return drafts.about_plan(workspace, request, rate, response, rate_figure)
    if request.channel is None:
        raise AdwrightError(
            both("没有说是哪个渠道。", "No channel was named."),
            both("点击率因渠道而异，例如“抖音的点击率”。", 'Rates differ by channel; for example "the CTR on Instagram".'),
            code="no-channel",
        )
    channel = knowledge.channel(request.channel)
    context = _context(workspace, request, channel.id)
    here = response.predict([context])[0]
    figure = rate_figure(here, rate)
    drivers = worth_telling(why(response, context, rate), DRIVERS)
    others = _what_if(response, context, rate)
    name = RATE[rate]
    low_high = figure.range_text()
    finding = both(
        f"{channel.name.zh}的{name.zh}约 {figure.text()}（P10–P90：{low_high}）",
        f"{name.en} on {channel.name.en} is about {figure.text()} (P10–P90: {low_high})",
    )
    words = [finding.pick(request.reply_language), f"source: {figure.source}"]
    words += [d.words.pick(request.reply_language) for d in drivers[:3]]
    artifact = Artifact(
        kind="table",
        title=both(f"{channel.name.zh}：{name.zh}预测", f"{name.en} forecast, {channel.name.en}"),
        data={
            "figure": figure.model_dump(mode="json"),
            "drivers": [d.words.model_dump() for d in drivers],
            "notes": [n.model_dump() for n in notes(response, drivers, request.picture is not None, alone=True)],
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
    if rate == "cvr" and 0 < prediction.cvr_share < ALMOST:
        share = f"{prediction.cvr_share:.0%}"
        formula = both(
            f"模型占 {share}，其余来自过往投放或行业起点，按对数几率加权（转化越多模型占得越多）；区间为 Beta 分布",
            f"the model counts {share}, the rest is past campaigns or a starting benchmark, weighted on the log odds (the more conversions, the more the model counts); the range is a Beta distribution",
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
        product_names=product_names(product.brand, (product.name_zh, product.noun_zh), (product.name_en, product.noun_en))
        if product
        else None,
        picture=picture_numbers(workspace.artefacts.path(request.picture)) if request.picture else None,
        age=request.age,
        gender=request.gender,
    )


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
    if context.headline and not OFFER.search(context.headline):
        offer = both("，9折", ", 10% off").pick("zh" if max(context.headline) > "\u2e7f" else "en")
        changes.append(
            (both("标题加上优惠词", "with an offer in the headline"), context.model_copy(update={"headline": context.headline + offer}))
        )
    if context.picture and sees_pictures(response):
        lighter = context.picture | {"brightness": min(1.0, context.picture["brightness"] + LIGHTER)}
        changes.append((both("图片更亮", "with a brighter picture"), context.model_copy(update={"picture": lighter})))
    found = response.predict([c for _, c in changes])
    rows = [{"change": words.model_dump(), "rate": str(rate_figure(p, rate).value)} for (words, _), p in zip(changes, found, strict=True)]
    return sorted(rows, key=lambda row: -float(str(row["rate"])))
