"""Cards of the forecast tab that draw money: responses of the lines, what an edit moved, daily delivery. None computes a figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..data.money import Money
from ..data.plan import CampaignPlan, Line
from ..data.words import Language
from . import money_charts
from .markup import card, day_text, esc
from .texts import say
from .who import chart

if TYPE_CHECKING:
    from ..tools.plan.delivered import Delivered, DeliveredLine

# Budgets closer than this share are drawn as one point.
SAME = 0.01


def curves_card(plan: CampaignPlan, language: Language) -> str:
    """Return a small chart per line: contribution against budget, the plan's point and the compared one, and the marginal ROAS."""
    shown = [line for line in plan.lines if line.curve]
    if not shown:
        return ""
    split = plan.certificate.reference_split
    compared = dict(zip((line.id for line in plan.lines), split, strict=True)) if len(split) == len(plan.lines) else {}
    # A split that is the plan's own (every line fixed) is no second point.
    compared = {key: money for key, money in compared.items() if abs(float(money) - float(plan.line(key).budget)) > SAME * float(money)}
    charts = "".join(_curve(line, compared.get(line.id), language) for line in shown)
    key = [("aw-blue aw-round", say("this-plan", language))]
    if compared:
        key.append(("aw-ring aw-round", say("compared", language, what=plan.certificate.reference.pick(language))))
    even = plan.forecast.break_even_roas.text(language)
    note = f'<p class="aw-under aw-left">{esc(say("curves-note", language, even=even))}</p>'
    return card(say("curves", language), f'<div class="aw-curves">{charts}</div>{_key(key)}{note}', say("curves-unit", language))


def _curve(line: Line, compared: Money | None, language: Language) -> str:
    point = min(line.curve, key=lambda p: abs(float(p.budget) - float(line.budget)))
    told = say(
        "curve-at",
        language,
        budget=line.budget.text(short=True),
        one=Money.of(1, line.budget.currency).text(short=True),
        brings=Money.of(point.mroas, line.budget.currency).text(short=True),
    )
    return (
        f'<figure class="aw-curve"><figcaption><b>{esc(line.name.pick(language))}</b><span class="aw-dim">{esc(told)}</span></figcaption>'
        f"{chart({'plotly': money_charts.response(line, compared, language)})}</figure>"
    )


def moved_card(plan: CampaignPlan, before: CampaignPlan | None, language: Language) -> str:
    """Return budgets before and now by line, where the last edit or adjustment moved any."""
    if before is None:
        return ""
    old, new = ({line.id: line for line in version.lines} for version in (before, plan))
    none = Money.of(0, plan.total.currency)
    rows = [
        ((new.get(key) or old[key]).name.pick(language), old[key].budget if key in old else none, new[key].budget if key in new else none)
        for key in dict.fromkeys([*new, *old])
    ]
    if before.total.currency != plan.total.currency or all(was == now for _, was, now in rows):
        return ""
    key = _key((("aw-blue", say("col-now", language)), ("aw-grey", say("col-before", language))))
    drawn = chart({"plotly": money_charts.moved(rows, language)})
    return card(say("moved", language), key + drawn, say("moved-note", language, n=before.version))


def _key(items: Sequence[tuple[str, str]]) -> str:
    """Return what the colours of a chart mean; in the page's own type, which Plotly's legend cannot measure while a tab is hidden."""
    cells = "".join(f'<span class="aw-key"><i class="aw-square {kind}"></i>{esc(text)}</span>' for kind, text in items)
    return f'<div class="aw-legend aw-keyline">{cells}</div>'


def delivery_card(told: Delivered | None, plan: CampaignPlan, language: Language) -> str:
    """Return daily spend against plan, how far money and days have gone, and how each line runs; empty before the first result."""
    if told is None:
        return ""
    length = len(told.days)
    used = float(told.spent) / float(told.total) if told.total.amount else 0.0
    pace = say(
        "pace",
        language,
        until=day_text(told.until, language),
        spent=told.spent.text(short=True),
        used=f"{used:.0%}",
        gone=f"{told.days_gone / length:.0%}",
    )
    heads = "".join(
        f'<th scope="col" class="{kind}">{esc(say(key, language))}</th>'
        for key, kind in (("col-line", ""), ("due", "aw-num"), ("spent", "aw-num"), ("daily-now", "aw-num"), ("runs", ""))
    )
    rows = "".join(_delivered(line, plan, language) for line in told.lines)
    table = f'<div class="aw-scroll"><table class="aw-table"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
    key = _key((("aw-blue", say("spent", language)), ("aw-orange", say("planned", language))))
    return card(
        say("delivery", language),
        f'<p class="aw-left">{esc(pace)}</p>{key}{chart({"plotly": money_charts.delivery(told, language)})}{table}',
        say("delivery-note", language),
    )


def _delivered(line: DeliveredLine, plan: CampaignPlan, language: Language) -> str:
    names = {creative.id: creative.copy_fields[0].text if creative.copy_fields else creative.id for creative in plan.creatives}
    if line.paused:
        runs = say("stopped-line", language)
    elif line.since is None:
        runs = say("as-planned", language)
    else:
        shares = "，" if language == "zh" else ", "
        runs = say("since", language, day=day_text(line.since, language)) + "".join(
            f"{shares}{names.get(creative, creative)} {share:.0%}" for creative, share in line.weights.items()
        )
    daily = line.daily.text(short=True) if line.daily is not None else "–"
    return (
        f'<tr><th scope="row">{esc(line.name.pick(language))}</th><td class="aw-num">{esc(line.planned.text(short=True))}</td>'
        f'<td class="aw-num">{esc(line.spent.text(short=True))}</td><td class="aw-num">{esc(daily)}</td><td>{esc(runs)}</td></tr>'
    )


def so_far_note(plan: CampaignPlan, language: Language) -> str:
    """Return which part of the shown result is counted and which is forecast; empty before the first result."""
    found = plan.forecast.so_far
    if found is None:
        return ""
    text = say(
        "so-far", language, until=day_text(found.until, language), orders=found.orders.text(language), left=found.days_left,
        more=found.orders_to_come.text(language), range=found.orders_to_come.range_text(language) or found.orders_to_come.text(language),
    )  # fmt: skip
    return f'<p class="aw-under aw-left aw-sofar">{esc(text)}</p>'
