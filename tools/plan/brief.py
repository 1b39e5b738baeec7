"""From what was asked to a complete brief: every gap is filled from the shop's data or by a stated assumption.

The budget is never assumed here: a request without one is refused with the code ``missing-budget``.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ...data import knowledge
from ...data.brief import AudienceAsk, Brief, Category, Document, Goal, Known, Product
from ...data.errors import AdwrightError
from ...data.look import Look
from ...data.money import ExactDecimal, Money
from ...data.words import Language, Words, both
from ..budget.order_value import order_value
from ..catalogue import matches, outside
from ..response.past import PastRates

if TYPE_CHECKING:
    from ...data.workspace import Workspace

DEFAULT_DAYS = 14
REVIEW_DAYS = 3
LONGEST_DAYS = 366
LARGEST_BUDGET = Decimal(10) ** 9
DEFAULT_CHANNELS: dict[str, list[str]] = {"zh": ["douyin", "xiaohongshu", "taobao"], "en": ["google", "instagram", "facebook"]}


class MakePlan(Document):
    """What the user asked for. Pass only what was said; leave the rest out, and it is assumed openly."""

    product: str = Field(min_length=1, description="Product, in the user's words")
    category: Category | None = Field(default=None, description="Category, if the user named one")
    budget: ExactDecimal | None = Field(default=None, description="Total budget in full currency units, exactly as the user said")
    budget_max: ExactDecimal | None = Field(default=None, description="Upper end, when the user gave a range")
    daily_budget: ExactDecimal | None = Field(default=None, description="Budget per day, if that is what the user said")
    currency: str = Field(min_length=3, max_length=3, description="ISO 4217 code: the user's currency, else the shop's")
    currency_stated: bool = Field(default=False, description="True when the user named the currency")
    days: int | None = Field(default=None, description="Length in days")
    start: date | None = Field(default=None, description="First day")
    end: date | None = Field(default=None, description="Last day, included")
    channels: list[str] = Field(default=[], description="Channel ids or names the user named")
    split: dict[str, ExactDecimal] | None = Field(default=None, description="Share of the budget per channel, summing to 1")
    audience: str | None = Field(default=None, description="Audience, in the user's words")
    audience_age: tuple[int, int] | None = Field(default=None, description="Age range")
    audience_gender: Literal["female", "male"] | None = Field(default=None)
    tone: str | None = Field(default=None, description="Tone of the copy, e.g. youthful, premium, warm")
    language: str | None = Field(default=None, description="Language of the ads, e.g. zh, en")
    goal: Goal | None = Field(default=None)
    occasion: str | None = Field(default=None, description="Festival id, e.g. double12, black_friday")
    target_roi: ExactDecimal | None = Field(default=None, description="Target revenue per unit of spend, e.g. 2.5")
    offer: str | None = Field(default=None, max_length=60, description="Offer in the user's words, e.g. 第二双半价. Never invent one")
    style: str | None = Field(default=None, description="Look of the pictures, if the user named one, e.g. ink, warm, fresh")
    photo: str | None = Field(default=None, description="The user's product photo; filled in by the conversation")
    sizes: list[str] = Field(default=[], description="Extra picture sizes, WIDTHxHEIGHT")
    variants: int = Field(default=3, ge=1, le=10, description="Copy variants per channel")
    video_seconds: int | None = Field(default=None, ge=6, le=60, description="Seconds of video, only if asked for")
    text: str = Field(default="", description="The user's message")
    today: date = Field(description="Today in the shop's zone")
    seed: int = Field(default=0)
    reply_language: Language = Field(default="zh", description="Language of the answer")


def resolve_brief(workspace: Workspace, ask: MakePlan) -> Brief:
    """Fill the gaps of `ask`.

    Raises `AdwrightError`: ``missing-budget``, ``bad-budget``, ``past-date``, ``bad-period``, ``unknown-channel``, ``bad-split``.
    """
    product, chosen = _product(workspace, ask)
    past = PastRates(workspace)
    channels = _channels(ask, past)
    start, days = _dates(ask)
    budget = _budget(ask, days.value)
    currency = budget.value.currency
    # A price of nothing is a gift or a gap in the catalogue; neither says what an order is worth.
    price = _in(product.price, currency) if product.price and product.price.amount > 0 else None
    cost = _in(product.cost, currency)
    return Brief(
        text=ask.text[:2000],
        product=chosen.model_copy(update={"value": product.model_copy(update={"price": price, "cost": cost})}),
        goal=Known(value=ask.goal)
        if ask.goal
        else Known(value="sales", how="assumed", why=both("目标未说，按「成交」处理。", "Goal was not stated: taken as sales.")),
        budget=budget,
        start=start,
        days=days,
        channels=channels,
        split=Known(value=_split(ask.split, channels.value)) if ask.split else None,
        audience=_audience(ask),
        tone=Known(value=ask.tone)
        if ask.tone
        else Known(value="friendly", how="assumed", why=both("语气未说，按亲切自然处理。", "Tone was not stated: friendly and plain.")),
        language=_language(ask, channels.value),
        occasion=Known(value=ask.occasion) if ask.occasion else None,
        offer=Known(value=knowledge.offer_words(ask.offer)) if ask.offer else None,
        target_roas=Known(value=ask.target_roi) if ask.target_roi else None,
        order_value=order_value(workspace, product, price, currency, past),
        margin=_margin(workspace, product, price, cost),
        sizes=ask.sizes,
        variants=ask.variants,
        video_seconds=ask.video_seconds,
        look=Look(style=knowledge.style_named(ask.style), offer=ask.offer, photo=ask.photo),
        today=ask.today,
        seed=ask.seed,
    )


def _product(workspace: Workspace, ask: MakePlan) -> tuple[Product, Known[Product]]:
    found = matches(workspace, ask.product)
    if not found:
        product = outside(ask.product)
        product = product.model_copy(update={"category": ask.category or product.category})
        return product, Known(value=product)
    product = found[0]
    if len(found) == 1:
        return product, Known(value=product)
    why = both(
        f"目录里有 {len(found)} 款「{ask.product}」，按卖得最多的「{product.called('zh')}」计划。",
        f"The catalogue has {len(found)} products that match “{ask.product}”: planned for the best-selling one, {product.called('en')}.",
    )
    return product, Known(value=product, how="learned", why=why)


def _budget(ask: MakePlan, days: int) -> Known[Money]:
    amount, why = ask.budget, None
    if ask.budget_max is not None and ask.budget is not None and ask.budget_max != ask.budget:
        amount = max(ask.budget, ask.budget_max)
        low = Money.of(min(ask.budget, ask.budget_max), ask.currency).text(short=True)
        why = both(f"您说的是区间，按上限计划；下限是 {low}。", f"You gave a range: planned at its upper end; the lower end is {low}.")
    elif amount is None and ask.daily_budget is not None:
        amount = ask.daily_budget * days
    if amount is None:
        raise AdwrightError(
            both("还不知道预算是多少。", "The budget is not known yet."),
            both("请说一个总预算或每天的预算。", "Name a total or a daily budget."),
            code="missing-budget",
        )
    if amount <= 0 or amount > LARGEST_BUDGET:
        raise AdwrightError(
            both(f"预算 {amount:,} 不能用来做计划。", f"A budget of {amount:,} cannot be planned."),
            both("请给一个大于零的合理金额。", "Name an amount above zero."),
            code="bad-budget",
        )
    if not ask.currency_stated:
        return Known(
            value=Money.of(amount, ask.currency),
            how="assumed",
            why=why or both(f"币种未说，按店铺货币 {ask.currency}。", f"Currency was not stated: the shop's, {ask.currency}."),
        )
    return Known(value=Money.of(amount, ask.currency), why=why)


def _dates(ask: MakePlan) -> tuple[Known[date], Known[int]]:
    days: Known[int] | None = Known(value=ask.days) if ask.days else None
    start: Known[date] | None = Known(value=ask.start) if ask.start else None
    if start and ask.end:
        days = Known(value=(ask.end - start.value).days + 1)
    elif ask.end and days:
        start = Known(value=ask.end - timedelta(days=days.value - 1))
    elif ask.end:
        first = ask.today + timedelta(days=1)
        start = Known(value=first, how="assumed", why=both("开始日期未说，从明天起。", "First day was not stated: tomorrow."))
        days = Known(value=(ask.end - first).days + 1)
    if start is None and ask.occasion in knowledge.occasions():
        start, days = _towards(knowledge.occasion_day(ask.occasion, ask.today), ask, days)
    days = days or Known(value=DEFAULT_DAYS, how="assumed", why=both("天数未说，按 14 天。", "Length was not stated: 14 days."))
    start = start or Known(
        value=ask.today + timedelta(days=REVIEW_DAYS),
        how="assumed",
        why=both("开始日期未说，留 3 天给素材审核。", "First day was not stated: three days are left for ad review."),
    )
    if start.value < ask.today:
        raise AdwrightError(
            both(f"开始日期 {start.value} 已经过去。", f"The first day, {start.value}, is in the past."),
            both(f"今天是 {ask.today}，请换一个今天或以后的日期。", f"Today is {ask.today}; choose today or later."),
            code="past-date",
        )
    if not 1 <= days.value <= LONGEST_DAYS:
        raise AdwrightError(
            both(f"投放 {days.value} 天不能做计划。", f"A period of {days.value} days cannot be planned."),
            both("请给 1 到 366 天。", "Choose 1 to 366 days; the last day may not be before the first."),
            code="bad-period",
        )
    return start, days


def _towards(day: date, ask: MakePlan, days: Known[int] | None) -> tuple[Known[date], Known[int] | None]:
    """Run up to a festival and end on its day; start tomorrow at the earliest."""
    length = days.value if days else DEFAULT_DAYS
    first = max(day - timedelta(days=length - 1), ask.today + timedelta(days=1))
    why = both(f"投到节日当天 {day}。", f"Runs up to the day itself, {day}.")
    if days is None:
        days = Known(value=(max(day, first) - first).days + 1, how="assumed", why=why)
    return Known(value=first, how="assumed", why=why), days


def _channels(ask: MakePlan, past: PastRates) -> Known[list[str]]:
    shares = {knowledge.channel(name).id: share for name, share in (ask.split or {}).items()}
    named = [c for c in dict.fromkeys([*(knowledge.channel(name).id for name in ask.channels), *shares]) if shares.get(c) != 0]
    if named:
        return Known(value=named)
    region = "cn" if ask.currency == "CNY" and (ask.language or ask.reply_language) == "zh" else "world"
    run = [c for c in past.channels() if knowledge.channel(c).region == region and knowledge.channel(c).kind != "owned"]
    if run:
        return Known(
            value=run[:3],
            how="learned",
            why=both("渠道未说，用店铺投得最多的三个。", "Channels were not stated: the three this shop has used most."),
        )
    default = DEFAULT_CHANNELS["zh" if region == "cn" else "en"]
    return Known(value=default, how="assumed", why=both("渠道未说，用常用的三个。", "Channels were not stated: three common ones."))


def _split(split: dict[str, Decimal], channels: list[str]) -> dict[str, Decimal]:
    shares = {knowledge.channel(name).id: share for name, share in split.items()}
    total = sum(shares.values(), Decimal(0))
    rest = [c for c in channels if c not in shares]
    if min(shares.values()) < 0 or total > Decimal("1.005") or (not rest and abs(total - 1) > Decimal("0.02")):
        raise AdwrightError(
            both(f"渠道占比加起来是 {total:.0%}，不是 100%。", f"The channels' shares add up to {total:.0%}, not 100 %."),
            both("请重新说每个渠道占多少。", "Say again what each channel gets."),
            code="bad-split",
        )
    for channel in rest:
        shares[channel] = (1 - total) / len(rest)
    scale = sum(shares.values(), Decimal(0))
    return {channel: shares[channel] / scale for channel in channels}


def _audience(ask: MakePlan) -> Known[AudienceAsk]:
    if ask.audience or ask.audience_age or ask.audience_gender:
        return Known(value=AudienceAsk(text=ask.audience or "", age=ask.audience_age, gender=ask.audience_gender))
    return Known(
        value=AudienceAsk(),
        how="assumed",
        why=both("人群未说，从店铺顾客里划分。", "Audience was not stated: found among the shop's customers."),
    )


def _language(ask: MakePlan, channels: list[str]) -> Known[str]:
    if ask.language:
        return Known(value=ask.language)
    cn = sum(knowledge.channel(c).region == "cn" for c in channels)
    language = "zh" if cn * 2 >= len(channels) else "en"
    return Known(value=language, how="assumed", why=both("广告语言按渠道所在市场。", "Language of the ads follows the channels' market."))


def _margin(workspace: Workspace, product: Product, price: Money | None, cost: Money | None) -> Known[Decimal]:
    if price and cost and price.amount > 0:
        margin = ((price.amount - cost.amount) / price.amount).quantize(Decimal("0.001"))
        return Known(
            value=margin,
            how="learned",
            why=both(f"毛利率 {margin:.1%}，按目录价和成本。", f"Margin {margin:.1%}, from catalogue price and cost."),
        )
    own = workspace.margins.get(product.category, workspace.margins.get("default"))
    if own is not None:
        return Known(value=own, how="learned", why=both(f"毛利率 {own:.0%}，按店铺设置。", f"Margin {own:.0%}, from the shop's settings."))
    margin = knowledge.categories()[product.category].margin
    return Known(
        value=margin,
        how="assumed",
        why=both(f"毛利率未知，按品类假设 {margin:.0%}。", f"Margin unknown: {margin:.0%} is assumed for the category."),
    )


def _in(money: Money | None, currency: str) -> Money | None:
    if money is None or money.currency == currency:
        return money
    return knowledge.exchange(money, currency)[0]


def brief_rows(brief: Brief) -> list[dict[str, object]]:
    """Rows of the brief for people: name, value, how it is known, and the field behind the Change link."""
    names = {c: knowledge.channel(c).name for c in brief.channels.value}
    goal = knowledge.goals()[brief.goal.value].name if brief.goal.value in knowledge.goals() else both(brief.goal.value, brief.goal.value)
    end = brief.end
    dates = both(f"{brief.start.value} – {end}（{brief.days.value} 天）", f"{brief.start.value} – {end} ({brief.days.value} days)")
    how_dates = "stated" if brief.start.how == brief.days.how == "stated" else "assumed"
    rows: list[tuple[str, Words, Words, str]] = [
        ("product", both("产品", "Product"), both(brief.product.value.called("zh"), brief.product.value.called("en")), brief.product.how),
        ("budget", both("预算", "Budget"), both(*[f"{brief.budget.value.text(short=True)} {brief.budget.value.currency}"] * 2), "stated"),
        (
            "channels",
            both("渠道", "Channels"),
            both("、".join(n.zh for n in names.values()), ", ".join(n.en for n in names.values())),
            brief.channels.how,
        ),
        ("dates", both("日期", "Dates"), dates, how_dates),
        ("goal", both("目标", "Goal"), goal, brief.goal.how),
        ("order_value", both("客单价", "Order value"), both(*[brief.order_value.value.text(short=True)] * 2), brief.order_value.how),
    ]
    if brief.offer:
        rows.append(("offer", both("优惠", "Offer"), brief.offer.value, brief.offer.how))
    if brief.audience.value.text:
        rows.append(("audience", both("人群", "Audience"), both(*[brief.audience.value.text] * 2), brief.audience.how))
    source = {"order_value": brief.order_value.basis.source} if brief.order_value.basis else {}
    return [
        {"field": key, "name": name.model_dump(), "value": value.model_dump(), "how": how, "source": source.get(key)}
        for key, name, value, how in rows
    ]
