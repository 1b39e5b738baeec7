"""The figures a turn knows, each with where it comes from: tool results, the plan in force, the merchant's own words.

One list serves the number guard (is this figure known, and of what is it said?) and the marks on the page (which tool, which
line, which formula). Sums over the lines of a channel, shares of the budget, the budget of a day are computed here, since every
answer uses them. Nothing here reads an answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import combinations

from ..data.figure import Source
from ..data.plan import CampaignPlan, Line
from ..data.words import both
from .events import ToolCall
from .facts import FROM_TOOL, Fact, both_texts, of_text, walk
from .figure_words import Kind
from .planner.normalise import read
from .wording import channel_name

RATIOS: tuple[tuple[str, str, str, Kind], ...] = (
    ("roas", "revenue", "spend", "ratio"), ("cpa", "spend", "orders", "money"), ("cpc", "spend", "clicks", "money"),
    ("ctr", "clicks", "impressions", "rate"), ("cvr", "orders", "clicks", "rate"),
)  # fmt: skip
SHARE = both("该项预算 ÷ 总预算", "its budget / total budget")


@dataclass(frozen=True)
class Known:
    """All figures of a turn, the names under which their subjects may be spoken of, and the channel that was asked about."""

    facts: tuple[Fact, ...]
    names: Mapping[str, str]
    asked: frozenset[str] = frozenset()

    @property
    def channels(self) -> frozenset[str]:
        """The channels any figure belongs to."""
        return frozenset(key for fact in self.facts for key in fact.about if key.startswith("channel:"))


def known_to(
    words: Iterable[str], calls: Sequence[ToolCall], plans: Sequence[CampaignPlan], contents: Iterable[str] = (), today: date | None = None
) -> Known:
    """Return what a turn knows. `plans` are the plan in force and, after an edit, the one before; `contents` texts a model was given."""
    names: dict[str, str] = {}
    facts: list[Fact] = []
    for plan in plans:
        facts += of_plan(plan, names)
    if len(plans) > 1:
        facts += changes(plans[0], plans[1])
    # Of two equal figures the one found in this turn is meant, not one of the plan that happens to be the same.
    facts = [fact for call in calls for fact in of_call(call, names)] + facts
    seen = frozenset(names.items())
    facts += differences(facts)
    money = {fact.currency for fact in facts if fact.kind == "money" and fact.currency not in (None, "¥")}
    currency = next(iter(money)) if len(money) == 1 else None
    for said in words:
        facts += [in_money(replace(fact, total=bool(plans), end=False), currency) for fact in of_text(said, "you", seen)]
    facts = [in_money(fact, currency) if fact.source == "you" else fact for fact in facts]
    for content in contents:
        facts += of_text(content, "", seen)
    if today is not None:
        facts.append(Fact(Decimal(0), "date", measure="today", day=today, tool="you"))
    asked = frozenset(f"channel:{call.args['channel']}" for call in calls if isinstance(call.args.get("channel"), str))
    return Known(tuple(facts), names, asked)


def in_money(fact: Fact, currency: str | None) -> Fact:
    """Return a bare number of the merchant as money where it can only be a sum: a turn that knows one currency."""
    sum_of = (
        fact.kind == "plain" and fact.measure in (None, "spend", "revenue", "price", "cost") and fact.value >= 20 and currency is not None
    )
    return replace(fact, kind="money", currency=currency) if sum_of else fact


def differences(facts: Sequence[Fact]) -> list[Fact]:
    """Return differences and sums of the same measure between the rows of one small result."""
    found = []
    rows: dict[tuple[str | None, str], list[Fact]] = {}
    for fact in facts:
        row = any(key.startswith("row:") or len(fact.about) == 1 for key in fact.about)
        if (
            row
            and not fact.text
            and not fact.end
            and fact.kind in ("money", "count")
            and fact.tool not in ("make_plan", "revise_plan")
            and fact.measure != "reference"
        ):
            rows.setdefault((fact.measure, fact.tool), []).append(fact)
    for group in rows.values():
        for one, two in combinations(group[:6], 2):
            for value, formula in (
                (abs(one.value - two.value), both("两者之差", "difference of the two")),
                (one.value + two.value, both("两者之和", "sum of the two")),
            ):
                found.append(replace(one, value=value, measure="between", about=one.about | two.about, formula=formula))
    return found


def of_call(call: ToolCall, names: dict[str, str]) -> list[Fact]:
    """Return the figures of one tool call: its arguments, its finding, its result."""
    about = frozenset({f"channel:{call.args['channel']}"}) if isinstance(call.args.get("channel"), str) else frozenset()
    base = Fact(Decimal(0), tool=call.tool, about=about, source=FROM_TOOL.get(call.tool, "model"))
    facts = [replace(fact, source="you") for fact in walk({k: v for k, v in call.args.items() if k != "text"}, base, names)]
    if call.artifact is not None:
        base = replace(base, label=call.artifact.title)
        facts += walk({k: v for k, v in call.artifact.data.items() if call.artifact.kind != "plan"}, base, names)
        facts += [replace(fact, label=call.artifact.title) for fact in both_texts(call.artifact.title, call.tool, names)]
        items = call.artifact.data.get("items") or call.artifact.data.get("rows")
        if isinstance(items, list):
            facts.append(replace(base, value=Decimal(len(items)), kind="count", about=frozenset()))
    if call.finding is not None:
        title = call.artifact.title if call.artifact else None
        facts += [replace(fact, label=title) for fact in both_texts(call.finding, call.tool, names)]
    return facts


def of_plan(plan: CampaignPlan, names: dict[str, str]) -> list[Fact]:
    """Return the figures of a plan: totals, lines, sums per channel, groups, dates, and what its notes say."""
    data = plan.as_dict()
    lines, brief = data.pop("lines"), data.pop("brief")
    data["forecast"].pop("days", None)
    for bulky in ("creatives", "checks", "title"):
        data.pop(bulky, None)
    groups = {segment.id: segment.name for segment in plan.segments}
    base = Fact(Decimal(0), tool="make_plan" if plan.parent is None else "revise_plan")
    facts: list[Fact] = []
    split = [
        {"channel": line.channel, "reference": money.model_dump(mode="json")}
        for line, money in zip(plan.lines, plan.certificate.reference_split, strict=False)
    ]
    data["certificate"].pop("reference_split", None)
    whole = replace(base, label=both("整份计划", "the whole plan"), total=True)
    grounds = tuple(dict.fromkeys(i for line in plan.lines for i in (*line.ctr.evidence, *line.cvr.evidence)))
    facts += [replace(f, total=True, evidence=f.evidence or grounds) for f in walk(data.pop("forecast"), whole, names)]
    facts += walk(data, replace(base, label=both("计划的依据", "the plan's grounds")), names)
    facts += walk(split, replace(base, label=plan.certificate.reference), names)
    for line, raw in zip(plan.lines, lines, strict=True):
        about = frozenset({f"row:{groups[line.segment].zh}"}) if line.segment in groups else frozenset()
        facts += walk(raw, replace(base, about=about, source="you" if line.locked else "model"), names)
    for key in ("order_value", "margin", "target_roas", "audience", "product", "start"):
        if brief.get(key):
            basis = brief[key]["basis"]
            how = basis["source"] if basis else {"stated": "you", "learned": "past"}.get(brief[key]["how"], "assumed")
            facts += walk(
                brief[key]["value"],
                replace(base, source=how, label=both("您的要求", "your request")),
                dict(names),
                "price" if key == "product" else key,
            )
    facts += sums(plan, whole)
    names_of_plan = {read(name).plain for name in (plan.brief.product.value.name_zh or "", plan.brief.product.value.name_en or "")}
    for name in names_of_plan - {""}:
        names[name] = "plan"
    return facts


def sums(plan: CampaignPlan, whole: Fact) -> Iterator[Fact]:
    """Yield what every answer computes from a plan: per channel, per day, shares, counts, first and last day."""
    currency, days = plan.total.currency, plan.brief.days.value
    # The sum is always the merchant's; where its currency was assumed, the plan's list of assumptions says so.
    yield replace(whole, value=plan.total.amount, kind="money", currency=currency, measure="spend", source="you")
    for value, measure in ((Decimal(days), "days"), (Decimal(days) / 7, "weeks")):
        yield replace(whole, value=value, measure=measure, source="you" if plan.brief.days.how == "stated" else "assumed", total=False)
    yield replace(
        whole,
        value=plan.total.amount / days,
        kind="money",
        currency=currency,
        measure="daily",
        formula=both("预算 ÷ 天数", "budget / days"),
    )
    whole_of = {key: getattr(plan.forecast, key).value for key in ("orders", "clicks", "impressions")} | {"spend": plan.total.amount}
    for measure, top, bottom, kind in RATIOS:
        if top != "revenue" and whole_of[bottom]:
            money = currency if kind == "money" else None
            yield replace(whole, value=whole_of[top] / whole_of[bottom], kind=kind, currency=money, measure=measure)
    for value, measure in (
        (len({line.channel for line in plan.lines}), "channels"),
        (len(plan.lines), "lines"),
        (len(plan.segments), "segments"),
    ):
        yield replace(whole, value=Decimal(value), kind="count", measure=measure, total=False)
    for number in (len(plan.creatives), len(plan.warnings), len(plan.assumptions), len(plan.warnings) - 1):
        yield replace(whole, value=Decimal(number), kind="count", measure="items", total=False)
    for day, role in ((plan.brief.start.value, "start"), (plan.brief.end, "end"), (plan.brief.today, "today")):
        yield Fact(
            Decimal(0),
            "date",
            measure=role,
            day=day,
            tool=whole.tool,
            label=whole.label,
            source="you" if plan.brief.start.how == "stated" else "assumed",
        )
    for day in plan.forecast.days:
        if day.event is not None:
            yield Fact(Decimal(0), "date", day=day.day, tool=whole.tool, label=day.event)
    gain = plan.certificate.gain_orders.value
    before = plan.forecast.orders.value - gain
    if before > 0 and gain:
        yield replace(
            whole,
            value=gain / before,
            kind="rate",
            measure="gain",
            formula=both("多出的成交 ÷ 对照的成交", "extra orders / orders of the split compared with"),
        )
    for channel in dict.fromkeys(line.channel for line in plan.lines):
        lines = [line for line in plan.lines if line.channel == channel]
        name = both(channel_name(channel, "zh"), channel_name(channel, "en"))
        yield from of_channel(plan, lines, replace(whole, about=frozenset({f"channel:{channel}"}), label=name, total=False))
    yield from pairs(plan, whole)
    for line in plan.lines:
        share = line.budget.amount / plan.total.amount if plan.total.amount else Decimal(0)
        about = frozenset({f"channel:{line.channel}", f"row:{line.name.zh}"})
        yield replace(whole, value=share, kind="rate", measure="share", about=about, label=line.name, formula=SHARE, total=False)


def changes(now: CampaignPlan, before: CampaignPlan) -> Iterator[Fact]:
    """Yield how much the totals changed between two versions of a plan."""
    base = Fact(Decimal(0), tool="revise_plan", label=both("与上一版之差", "change from the version before"), measure="between")
    pair = [
        {"spend": plan.total.amount, **{key: getattr(plan.forecast, key).value for key in ("orders", "revenue", "roas", "cpa")}}
        for plan in (now, before)
    ]
    for key, unit in (("spend", "money"), ("orders", "count"), ("revenue", "money"), ("roas", "ratio"), ("cpa", "money")):
        a, b = pair[0][key], pair[1][key]
        yield replace(
            base,
            value=abs(a - b),
            kind=unit,
            currency=now.total.currency if unit == "money" else None,
            formula=both("两版之差", "difference of the two"),
        )
        if b:
            yield replace(base, value=abs(a - b) / b, kind="rate", formula=both("两版之差 ÷ 上一版", "difference / the version before"))


def pairs(plan: CampaignPlan, whole: Fact) -> Iterator[Fact]:
    """Yield differences and ratios between two channels: "A gets ¥500 more than B", "1.2 times that of B"."""
    held: dict[str, dict[str, Decimal]] = {}
    for line in plan.lines:
        sums_of = held.setdefault(line.channel, dict.fromkeys(("spend", "orders", "revenue"), Decimal(0)))
        sums_of["spend"] += line.budget.amount
        sums_of["orders"] += line.orders.value
        sums_of["revenue"] += line.revenue.value
    for one, two in combinations(held, 2):
        about = frozenset({f"channel:{one}", f"channel:{two}"})
        label = both(f"{channel_name(one, 'zh')}与{channel_name(two, 'zh')}", f"{channel_name(one, 'en')} and {channel_name(two, 'en')}")
        base = replace(whole, about=about, label=label, total=False, measure="between")
        for key in ("spend", "orders", "revenue"):
            a, b = held[one][key], held[two][key]
            money = plan.total.currency if key != "orders" else None
            yield replace(
                base,
                value=abs(a - b),
                kind="money" if money else "count",
                currency=money,
                formula=both("两者之差", "difference of the two"),
            )
            yield replace(base, value=a + b, kind="money" if money else "count", currency=money, formula=both("两者之和", "sum of the two"))
            for top, bottom in ((a, b), (b, a)):
                if bottom:
                    yield replace(base, value=top / bottom, kind="ratio", formula=both("两者之比", "ratio of the two"))
                    yield replace(
                        base, value=abs(top - bottom) / bottom, kind="rate", formula=both("两者之差 ÷ 其一", "difference / one of the two")
                    )


def of_channel(plan: CampaignPlan, lines: Sequence[Line], base: Fact) -> Iterator[Fact]:
    """Yield the sums and rates of one channel's lines."""
    money = plan.total.currency
    spend = sum((line.budget.amount for line in lines), Decimal(0))
    parts = {key: sum((getattr(line, key).value for line in lines), Decimal(0)) for key in ("orders", "revenue", "clicks", "impressions")}
    base = replace(
        base, source=lines[0].source, evidence=tuple(dict.fromkeys(i for line in lines for i in (*line.ctr.evidence, *line.cvr.evidence)))
    )
    summed = both("该渠道各条线相加", "sum of the channel's lines") if len(lines) > 1 else None
    split: Source = "you" if plan.brief.split is not None and plan.brief.split.how == "stated" else "model"
    yield replace(base, value=spend, kind="money", currency=money, measure="spend", source=split, formula=summed)
    yield replace(
        base,
        value=spend / plan.brief.days.value,
        kind="money",
        currency=money,
        measure="daily",
        formula=both("预算 ÷ 天数", "budget / days"),
    )
    if plan.total.amount:
        yield replace(base, value=spend / plan.total.amount, kind="rate", measure="share", formula=SHARE)
    for key, value in parts.items():
        yield replace(
            base,
            value=value,
            kind="money" if key == "revenue" else "count",
            currency=money if key == "revenue" else None,
            measure=key,
            formula=summed,
        )
    have = parts | {"spend": spend}
    for measure, top, bottom, kind in RATIOS:
        if have[bottom]:
            formula = getattr(lines[0], measure).formula
            yield replace(
                base,
                value=have[top] / have[bottom],
                kind=kind,
                currency=money if kind == "money" else None,
                measure=measure,
                formula=formula,
            )
