"""What a plan stands on: evidence behind its figures, open assumptions, things worth a look, and its own checks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from ...data import knowledge
from ...data.brief import Brief
from ...data.figure import Figure, format_number, rounded
from ...data.money import Money
from ...data.plan import Assumption, CampaignPlan, Check, Evidence
from ...data.words import Words, both
from ..budget.inputs import PlanForecast, line_name
from ..budget.payback import payback, payback_words
from ..creative.taste import style_offer
from ..memory.search import Hit
from ..response.response import Response
from .lines import Draft
from .season import dear_days

if TYPE_CHECKING:
    from ...data.workspace import Workspace

THIN_CAMPAIGNS = 3


def all_figures(plan: CampaignPlan) -> Iterator[tuple[str, Figure]]:
    """Yield every figure of the plan with its path, e.g. ``lines.0.ctr``."""
    yield from _walk(plan, "")


def _walk(value: Any, path: str) -> Iterator[tuple[str, Figure]]:
    if isinstance(value, Figure):
        yield path.lstrip("."), value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _walk(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _walk(item, f"{path}.{i}")


def assumptions_of(brief: Brief, drafts: list[Draft]) -> list[Assumption]:
    """Everything that was not said or is not in the data, with the field that changes it where there is one."""
    found = []
    fields = ("product", "goal", "budget", "start", "days", "channels", "audience", "tone", "language", "order_value", "margin")
    for name in fields:
        known = getattr(brief, name)
        if known.why is not None:
            source = known.basis.source if known.basis else "past" if known.how == "learned" else "assumed"
            found.append(Assumption(text=known.why, field={"start": "dates", "days": "dates"}.get(name, name), source=source))
    if brief.product.value.id is None:
        product = brief.product.value
        category = knowledge.categories()[product.category].name
        found.append(
            Assumption(
                text=both(
                    f"目录里没有「{product.name}」，按「{category.zh}」处理，文案不写卖点。",
                    f"“{product.name}” is not in the catalogue: treated as {category.en.lower()}, and the copy makes no claims.",
                ),
                field="product",
            )
        )
    if brief.look.style is None and brief.tone.how != "stated":
        segments = list({draft.segment.id: draft.segment for draft in drafts}.values())
        offer = style_offer(segments, brief.product.value.category, brief.occasion.value if brief.occasion else None)
        found += [Assumption(text=offer)] if offer else []
    found += _gaps_of_history(brief, drafts)
    unique: dict[str, Assumption] = {a.text.en: a for a in found}
    return list(unique.values())


def _gaps_of_history(brief: Brief, drafts: list[Draft]) -> list[Assumption]:
    """What the past campaigns behind the lines do not hold, and what stands in its place."""
    found = []
    past = [d.history for d in drafts if d.history]
    if any(h.order_value is None for h in past):
        value = brief.order_value.value.text(short=True)
        found.append(
            Assumption(
                text=both(f"过往投放没有收入，收入按每单 {value} 计算。", f"Past campaigns have no revenue: {value} an order is assumed."),
                field="order_value",
            )
        )
    if any(h.usual_daily_spend is None for h in past):
        found.append(
            Assumption(
                text=both(
                    "过往投放没有日期，看不出日花费和季节，花费越多点击越贵的程度按假设。",
                    "Past campaigns have no dates: daily spend and season are unknown, and how fast clicks get dearer is assumed.",
                )
            )
        )
    currency = brief.budget.value.currency
    used = {h.currency for h in past if h.cpc} | {
        d.placement.cpc.currency or d.channel.currency for d in drafts if not (d.history and d.history.cpc)
    }
    for other in sorted(used - {currency}):
        rate = knowledge.exchange_rate(other, currency)
        found.append(
            Assumption(
                text=both(
                    f"点击单价由 {other} 换算，按 1 {other} = {rate.value:.4f} {currency}（{rate.as_of}，未核实）。",
                    f"Click prices are converted at 1 {other} = {rate.value:.4f} {currency} ({rate.as_of}, unverified).",
                )
            )
        )
    return found


def reach_of(drafts: list[Draft], result: PlanForecast) -> list[Assumption]:
    """How many people the paid lines must reach beyond the shop's own, which no platform tells beforehand.

    A channel of the shop's own reaches its segment and no more: that is a ceiling of its line. A paid channel shows the advertisement to
    people who are like the segment; how many there are is unknown, so what limits it is that clicks get dearer with spend.
    """
    shown = {line.id: float(line.impressions.value) for line in result.lines}
    paid = [d for d in drafts if d.input.reach is None and d.segment.size]
    own = sum({d.segment.id: d.segment.size for d in paid}.values())
    needed = sum(shown.get(d.input.id, 0.0) / d.input.frequency_cap for d in paid)
    if not paid or needed <= own:
        return []
    cap, people = f"{paid[0].input.frequency_cap:.0f}", f"{float(f'{needed:.2g}'):,.0f}"
    return [
        Assumption(
            text=both(
                f"付费渠道要触达与人群相似的新人：每人最多看 {cap} 次，这些曝光至少需要 {people} 人，本店这几类人群共 {own:,} 人。"
                "平台上有多少这样的人事先不知道，没有设上限；花得越多点击越贵已计入。",
                f"Paid channels must reach new people like the segments: at {cap} views each the impressions need at least {people} people, and the "
                f"shop's own segments hold {own:,}. How many the platform has is not known beforehand, so there is no ceiling; clicks getting dearer "
                "with spend are counted in.",
            )
        )
    ]


def warnings_of(workspace: Workspace, brief: Brief, drafts: list[Draft], result: PlanForecast, response: Response) -> list[Words]:
    """What a good colleague would point out: festivals, thin history, losses, targets out of reach."""
    found: list[Words] = []
    for day, (festival, multiple) in sorted(dear_days(brief).items()):
        found.append(
            both(
                f"{day.month}月{day.day}日{festival.name.zh}竞价上涨，已按假设 +{multiple - 1:.0%} 计入。",
                f"Clicks cost more on {festival.name.en}, {day.day} {day:%B}: +{multiple - 1:.0%} is assumed and included.",
            )
        )
    thin = [d for d in drafts if d.history is None or d.history.n < THIN_CAMPAIGNS]
    if thin:
        names = [line_name(d.input) for d in thin]
        found.append(
            both(
                f"{'、'.join(n.zh for n in names)}的过往投放少于 {THIN_CAMPAIGNS} 次，区间较宽。",
                f"Fewer than {THIN_CAMPAIGNS} past campaigns behind {', '.join(n.en for n in names)}: a wide band.",
            )
        )
    total = result.total
    if total.contribution.value < 0:
        loss = format_number(-total.contribution.value, total.contribution.unit)
        found.append(
            both(
                f"按毛利率 {brief.margin.value:.0%} 算，首单预计亏 {loss}；盈亏平衡 ROAS 是 {total.break_even_roas.text()}。",
                f"At a margin of {brief.margin.value:.0%} first orders are expected to lose {loss}; break-even ROAS is {total.break_even_roas.text()}.",
            )
        )
    # What repeat purchases change stands beside the first-order result, never in its place.
    net = float(brief.order_value.value) * (1 - drafts[0].input.return_rate) * float(brief.margin.value)
    back = payback(workspace, brief.margin.value, Money.of(round(net, 2), brief.budget.value.currency))
    if back is not None and back.repeat.amount > 0 and total.orders.value > 0:
        found.append(payback_words(back, Money.of(total.cpa.value, total.cpa.unit)))
    if brief.target_roas and total.roas.value < brief.target_roas.value:
        target = format_number(rounded(brief.target_roas.value, "ratio"), "ratio")
        found.append(
            both(
                f"预计 ROAS {total.roas.text()}，达不到目标 {target}。",
                f"Expected ROAS {total.roas.text()} does not reach the target of {target}.",
            )
        )
    if brief.language.value not in ("zh", "en"):
        found.append(
            both(
                f"没有接入模型时只能写中文和英文，{brief.language.value} 文案暂用英文。",
                f"Without a model only Chinese and English copy can be written; {brief.language.value} is written in English for now.",
            )
        )
    return list({w.en: w for w in [*found, *result.notes, *response.notes]}.values())


def evidence_of(workspace: Workspace, plan: CampaignPlan, drafts: list[Draft], hits: list[Hit], response: Response) -> list[Evidence]:
    """One entry for every id that a figure, segment or creative of the plan cites, plus the similar campaigns found."""
    wanted = [e for _, figure in all_figures(plan) for e in figure.evidence]
    wanted += plan.brief.order_value.basis.evidence if plan.brief.order_value.basis else []
    wanted += [e for segment in plan.segments for e in segment.evidence]
    wanted += [f"campaign:{h.id}" for h in hits] + ["brief"]
    rows = {str(r["campaign_id"]): r for r in response.past.rows}
    titles = {h.id: h for h in hits}
    return [_evidence(id_, plan, rows, titles, response) for id_ in dict.fromkeys(wanted)]


def _evidence(id_: str, plan: CampaignPlan, rows: dict[str, dict[str, Any]], titles: dict[str, Hit], response: Response) -> Evidence:
    kind, _, name = id_.partition(":")
    if kind == "campaign" and name in rows:
        row = rows[name]
        channel = knowledge.channel(row["channel"]).name
        label = titles[name].title if name in titles else row["name"] or name
        when = f"{row['start']}" if row["start"] else ""
        facts = {k: _fact(k, row) for k in ("spend", "impressions", "clicks", "conversions", "revenue") if row[k] is not None}
        why = (
            titles[name].why
            if name in titles
            else both("同渠道、同版位或同品类的过往投放", "Past campaign of the same channel, placement or category")
        )
        return Evidence(
            id=id_,
            kind="campaign",
            title=both(f"{channel.zh} {label} {when}".strip(), f"{channel.en} {label} {when}".strip()),
            detail=why,
            facts=facts,
        )
    if kind == "model" and response.model is not None:
        facts = response.model.manifest["models"][response.model.manifest["serves"]]
        ctr = facts["ctr"]
        return Evidence(
            id=id_,
            kind="model",
            title=both(f"点击与转化模型 {name}", f"Click and conversion model {name}"),
            detail=both(
                f"用店铺 {response.model.manifest['rows']:,} 次曝光训练；留出数据上 AUC {ctr.get('auc', 0):.3f}，校准误差 {ctr.get('ece', 0):.4f}。",
                f"Trained on the shop's {response.model.manifest['rows']:,} impressions; on held-out rows AUC {ctr.get('auc', 0):.3f}, calibration error {ctr.get('ece', 0):.4f}.",
            ),
            facts={k: f"{v:.5g}" for k, v in ctr.items()},
        )
    if kind == "benchmark":
        channel_id, _, placement_id = name.partition("/")
        channel = knowledge.channel(channel_id)
        place = channel.placement(placement_id).name if placement_id else channel.name
        return Evidence(
            id=id_,
            kind="benchmark",
            title=both(f"{channel.name.zh} {place.zh} 的起始假设", f"Starting assumption for {channel.name.en} {place.en}"),
            detail=both(
                f"宽区间起始值，未经核实（{channel.as_of}）：{channel.source}",
                f"A wide starting range, unverified ({channel.as_of}): {channel.source}",
            ),
        )
    if kind == "brief":
        return Evidence(
            id=id_,
            kind="brief",
            title=both("您的需求", "Your request"),
            detail=both(plan.brief.text or "由程序给出", plan.brief.text or "given by a program"),
        )
    if kind in ("events", "orders"):
        title = both("店铺的行为记录", "The shop's events") if kind == "events" else both("店铺的订单", "The shop's orders")
        return Evidence(id=id_, kind=kind, title=title, detail=_OF_ORDERS.get(name, both(name or title.zh, name or title.en)))
    return Evidence(id=id_, kind="assumption", title=both("假设", "Assumption"), detail=both(name or id_, name or id_))


_OF_ORDERS = {
    "ads": both("来自广告的成交", "Orders that came from ads"),
    "product": both("含这款商品的订单", "Orders with this product"),
    "shop": both("同品类或全店的订单", "Orders of its category or of the whole shop"),
}


def _fact(key: str, row: dict[str, Any]) -> str:
    unit = row["currency"] if key in ("spend", "revenue") else "count"
    return format_number(rounded(float(row[key]), unit), unit)


def checks_of(plan: CampaignPlan) -> list[Check]:
    """Hold the plan against its own rules; every face shows the same list."""
    budget = plan.brief.budget.value
    figures = list(all_figures(plan))
    known = {e.id for e in plan.evidence}
    sourced = sum(all(e in known for e in f.evidence) for _, f in figures)
    media = [m for c in plan.creatives for m in c.media]
    good = sum(all(check.passed for check in m.checks) for m in media)
    errors = [f for c in plan.creatives for f in c.findings if f.severity == "error"]
    over = [f for c in plan.creatives for f in c.copy_fields if not f.ok]
    first, last = plan.brief.start.value, plan.brief.end
    return [
        Check(id="sum", text=both(f"各线合计等于预算 {budget}", f"Lines add up to the budget, {budget}"), passed=plan.total == budget),
        Check(
            id="sources",
            text=both(f"{sourced} / {len(figures)} 个数字有出处", f"{sourced} of {len(figures)} figures have a source"),
            passed=sourced == len(figures),
        ),
        Check(
            id="pictures",
            text=both(f"{good} / {len(media)} 个素材通过检查", f"{good} of {len(media)} media passed the checks"),
            passed=good == len(media),
        ),
        Check(id="copy", text=both("文案合规且不超字数", "Copy is within limits and policy"), passed=not errors and not over),
        Check(
            id="dates",
            text=both(f"日期在今天或以后：{first} 至 {last}", f"Dates are today or later: {first} to {last}"),
            passed=plan.brief.today <= first <= last,
        ),
    ]
