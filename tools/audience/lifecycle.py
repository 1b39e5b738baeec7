"""Life-cycle stages beside the clusters: everyone in exactly one, by rules that anybody can check.

The rules and their texts are data (``data/knowledge/lifecycle.toml``); their bounds are measured in the shop: quantiles
of the days between two order days of one customer, of buyers' spend, and the median orders of repeat buyers. Intervals
of customers who never came back are not in it, so the bounds describe those who do. Days count back from the last day of the data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...data import knowledge
from ...data.knowledge import StageRule
from ...data.portrait import Lifecycle, Stage
from ...data.words import Words, both
from .naming import money
from .sources import Engine, Sources, Table, consenting, sales

if TYPE_CHECKING:
    from .fit import Fit


def intervals(source: Sources) -> Table:
    """Return user_id, days: one row per pair of successive days on which a customer ordered."""
    import ibis

    lines = consenting(source, sales(source))
    # In the shop's own days: two orders in one evening are one purchase there.
    local = lines.ts + ibis.interval(minutes=source.offset_minutes) if source.offset_minutes else lines.ts
    lines = lines.mutate(day=local.date())
    days = lines.filter(lines.quantity > 0).select("user_id", "day").distinct()
    before = days.day.lag().over(ibis.window(group_by="user_id", order_by="day"))
    gaps = days.mutate(before=before)
    gaps = gaps.filter(gaps.before.notnull())
    return gaps.select("user_id", days=gaps.day.delta(gaps.before, unit="day").cast("float64"))


def stage_bounds_of(engine: Engine, source: Sources, features: Table) -> dict[str, Any]:
    """Return typical, late, lost (days, rising), many (orders), large (money), the intervals counted, and whether days are assumed."""
    wanted = knowledge.stage_bounds()
    gaps = intervals(source)
    names = ("typical", "late", "lost")
    row = engine.arrow(gaps.agg(n=gaps.count(), **{name: gaps.days.quantile(getattr(wanted, name)) for name in names})).to_pylist()[0]
    buyers = features.filter(features.frequency > 0)
    spent = engine.arrow(
        buyers.agg(large=buyers.spend.quantile(wanted.large), many=buyers.frequency.quantile(0.5, where=buyers.frequency >= 2))
    )
    spent = spent.to_pylist()[0]
    assumed = row["n"] < wanted.least_intervals
    days = list(wanted.assumed_days) if assumed else [round(float(row[name])) for name in names]
    # Rules must not overlap or leave a gap where the quantiles fall together.
    late = max(days[1], days[0], 1)
    return {
        "typical": max(days[0], 1),
        "late": late,
        "lost": max(days[2], late + 1),
        "many": max(wanted.least_orders, round(float(spent["many"] or 0))),
        "large": round(float(spent["large"] or 0.0), 2),
        "intervals": int(row["n"]),
        "assumed": bool(assumed),
    }


def stage_of(orders: float, recency_days: float | None, spend: float, bounds: dict[str, Any]) -> str:
    """Return the stage of one customer; `recency_days` None: never bought.

    Example:
        >>> stage_of(1, 10, 20.0, {"typical": 30, "late": 60, "lost": 120, "many": 3, "large": 500.0})
        'new'
    """
    *rules, last = knowledge.stage_rules()
    for rule in rules:
        if (
            (rule.orders_at_most is None or orders <= rule.orders_at_most)
            and (rule.orders_at_least is None or orders >= _bound(rule.orders_at_least, bounds))
            and (rule.later_than is None or (recency_days is not None and recency_days > bounds[rule.later_than]))
            and (rule.spent_at_least is None or spend >= bounds[rule.spent_at_least])
        ):
            return rule.id
    return last.id


def staged(features: Table, bounds: dict[str, Any]) -> Table:
    """Return `features` with a column ``stage``; the same rules as `stage_of`, computed in the engine."""
    import ibis

    *rules, last = knowledge.stage_rules()
    return features.mutate(stage=ibis.cases(*((_holds(features, rule, bounds), rule.id) for rule in rules), else_=last.id))


def _holds(t: Table, rule: StageRule, bounds: dict[str, Any]) -> Any:
    import ibis

    parts: list[Any] = [ibis.literal(True)]
    if rule.orders_at_most is not None:
        parts.append(t.frequency <= rule.orders_at_most)
    if rule.orders_at_least is not None:
        parts.append(t.frequency >= _bound(rule.orders_at_least, bounds))
    if rule.later_than is not None:
        parts.append(t.recency_days.fill_null(-1.0) > bounds[rule.later_than])
    if rule.spent_at_least is not None:
        parts.append(t.spend >= bounds[rule.spent_at_least])
    return ibis.and_(*parts)


def _bound(value: int | str, bounds: dict[str, Any]) -> float:
    return bounds[value] if isinstance(value, str) else value


def measured_stages(engine: Engine, source: Sources, features: Table, groups: Table, k: int) -> dict[str, Any]:
    """Return plain JSON: the bounds, and per stage how many customers of each group and what each group's spent."""
    bounds = stage_bounds_of(engine, source, features)
    joined = staged(features, bounds).join(groups, "user_id")
    rows = engine.arrow(joined.group_by(["stage", "label"]).agg(n=joined.count(), spend=joined.spend.sum())).to_pylist()
    found = {rule.id: {"sizes": [0] * k, "spend": [0.0] * k} for rule in knowledge.stage_rules()}
    for row in rows:
        found[row["stage"]]["sizes"][row["label"]] = int(row["n"])
        found[row["stage"]]["spend"][row["label"]] = round(float(row["spend"] or 0.0), 6)
    return {"bounds": bounds, "stages": found}


def lifecycle(fit: Fit, names: list[Words], order: list[int]) -> Lifecycle:
    """Return the stages of a fit in words; `order` lists the groups as columns of the cross table."""
    told = fit.facts["lifecycle"]
    bounds = told["bounds"]
    everyone = sum(sum(stage["sizes"]) for stage in told["stages"].values())
    revenue = sum(sum(stage["spend"]) for stage in told["stages"].values())
    values = {key: str(bounds[key]) for key in ("typical", "late", "lost", "many")} | {"large": money(bounds["large"], fit.currency)}

    def filled(words: Words) -> Words:
        return both(words.zh.format(**values), words.en.format(**values))

    stages = []
    for rule in knowledge.stage_rules():
        sizes, spend = told["stages"][rule.id]["sizes"], told["stages"][rule.id]["spend"]
        stages.append(
            Stage(
                id=rule.id,
                name=rule.name,
                rule=filled(rule.rule),
                action=filled(rule.action),
                metric=filled(rule.metric),
                size=sum(sizes),
                share=round(sum(sizes) / everyone, 6) if everyone else 0.0,
                revenue_share=round(sum(spend) / revenue, 6) if revenue else None,
                by_segment=[sizes[j] for j in order],
            )
        )
    return Lifecycle(stages=stages, segments=[fit.ids[j] for j in order], names=[names[j] for j in order], bounds=bounds, note=_note(fit))


def _note(fit: Fit) -> Words:
    b, day = fit.facts["lifecycle"]["bounds"], fit.as_of.date()
    if b["assumed"]:
        return both(
            f"复购间隔只有 {b['intervals']} 个，天数按 {b['typical']}、{b['late']}、{b['lost']} 天假设；截至 {day}。",
            f"Only {b['intervals']} purchase intervals are known, so {b['typical']}, {b['late']} and {b['lost']} days are assumed; as of {day}.",
        )
    return both(
        f"天数来自本店 {b['intervals']:,} 个复购间隔：一半在 {b['typical']} 天内，四分之三在 {b['late']} 天内，九成在 {b['lost']} 天内；截至 {day}。",
        f"Days are those of {b['intervals']:,} purchase intervals of this shop: half within {b['typical']}, three quarters within {b['late']}, "
        f"nine in ten within {b['lost']} days; as of {day}.",
    )
