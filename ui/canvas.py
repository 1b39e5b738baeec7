"""The canvas: title and tabs, and the plan tab (tiles, media lines, assumptions, warnings, comparison).

Every function turns a `CampaignPlan` into HTML; none of them computes a figure.
"""

from __future__ import annotations

from decimal import Decimal

from ..data.figure import Figure
from ..data.money import SIGNS
from ..data.plan import Assumption, CampaignPlan, Line
from ..data.result import Artifact
from ..data.words import Language
from .markup import card, esc, icon, mark, period, pick, tag
from .money_cards import so_far_note
from .texts import FIELDS, GOALS, named, say

TABS = ("plan", "audience", "creative", "forecast", "what-if", "response", "sources", "export")


def head(plan: CampaignPlan | None, language: Language, busy: str = "") -> str:
    """Return title, dates and goal, undo and compare, version, and the tabs. `busy` replaces the version badge."""
    if plan is None:
        title, facts, right = say("making-plan", language), "", ""
    else:
        brief = plan.brief
        title = plan.title.pick(language)
        dates = period(brief.start.value, brief.end, language)
        goal = say("goal-is", language, goal=named(GOALS, brief.goal.value, language))
        facts = f"{dates} · {say('days', language, n=brief.days.value)} · {goal}"
        right = ""
        if plan.parent is not None and not busy:
            right = (
                f'<button type="button" class="aw-link" data-act="undo">{esc(say("undo", language))}</button>'
                f'<button type="button" class="aw-link" data-do="compare" aria-pressed="false">{esc(say("compare", language, n=plan.parent))}</button>'
            )
    badge = busy or (say("version", language, n=plan.version) if plan is not None else say("in-work", language))
    tabs = "".join(
        f'<button type="button" role="tab" id="aw-tab-{tab}" data-tab="{tab}" aria-controls="aw-panel-{tab}" aria-selected="{"true" if tab == "plan" else "false"}" '
        f'tabindex="{0 if tab == "plan" else -1}">{esc(say(f"tab-{tab}", language))}</button>'
        for tab in TABS
    )
    return (
        f'<header class="aw-planhead"><div><h2>{esc(title)}</h2><p>{esc(facts)}</p></div>'
        f'<div class="aw-planacts">{right}<span class="aw-version">{esc(badge)}</span></div></header>'
        f'<div class="aw-tabs" role="tablist" aria-label="{esc(say("tabs", language))}">{tabs}</div>'
    )


def plan_tab(plan: CampaignPlan, language: Language, before: CampaignPlan | None = None) -> str:
    """Return the plan tab; `before` is the previous version for the comparison."""
    forecast = plan.forecast
    tiles = "".join(
        tile(say(name, language), value, language)
        for name, value in (
            ("expected-orders", forecast.orders),
            ("expected-revenue", forecast.revenue),
            ("roas", forecast.roas),
            ("cpa", forecast.cpa),
        )
    )
    compared = f'<div class="aw-compare">{comparison(plan, before, language)}</div>' if before is not None else ""
    notes = f'<div class="aw-two">{_assumptions(plan, language)}{_warnings(plan, language)}</div>'
    return f'<div class="aw-stack">{compared}<div class="aw-tiles">{tiles}</div>{so_far_note(plan, language)}{_lines(plan, language)}{notes}</div>'


def tile(name: str, value: Figure, language: Language, note: str = "") -> str:
    """Return a key figure with its P10-P90 band drawn to scale: the track runs from 0.25 below P10 to 0.25 above P90 of the range.

    `note` stands below.
    """
    body = ""
    if value.low is not None and value.high is not None and value.high > value.low:
        span = value.high - value.low
        start, width = value.low - span / 4, span * Decimal("1.5")

        def at(x: Decimal) -> str:
            return f"{float((x - start) / width * 100):.1f}%"

        low, high = (
            Figure.text(value.model_copy(update={"value": value.low}), language),
            Figure.text(value.model_copy(update={"value": value.high}), language),
        )
        label = f"{name} {value.text(language)}, P10 {low}, P90 {high}"
        body = (
            f'<div class="aw-band" role="img" aria-label="{esc(label)}"><i style="left:{at(value.low)};right:{100 - float((value.high - start) / width * 100):.1f}%"></i>'
            f'<b style="left:{at(value.value)}"></b></div>'
            f'<div class="aw-ends"><span>P10<em>{esc(low)}</em></span><span>P90<em>{esc(high)}</em></span></div>'
        )
    below = f'<p class="aw-dim aw-tileagainst">{esc(note)}</p>' if note else ""
    return f'<section class="aw-card aw-tile"><h3>{esc(name)}</h3><div class="aw-value">{esc(value.text(language))}{mark(value.source, language)}</div>{body}{below}</section>'


def _lines(plan: CampaignPlan, language: Language) -> str:
    sign = SIGNS.get(plan.total.currency, plan.total.currency)
    groups = {segment.id: segment.name.pick(language) for segment in plan.segments}
    heads = (
        ("col-placement", ""),
        ("col-audience", ""),
        ("col-budget", "aw-num"),
        ("col-orders", "aw-num"),
        ("col-range", "aw-num"),
        ("col-cpa", "aw-num"),
        ("col-source", ""),
    )
    head_row = "".join(f'<th scope="col" class="{kind}">{esc(say(key, language, sign=sign))}</th>' for key, kind in heads)
    rows = "".join(_line(line, groups.get(line.segment, ""), language) for line in plan.lines)
    same = plan.total == plan.brief.budget.value
    state = (
        f'<span class="aw-good">{icon("check")}{esc(say("equals-budget", language))}</span>'
        if same
        else f'<span class="aw-bad">{icon("warn")}{esc(say("not-budget", language))}</span>'
    )
    total = f'<div class="aw-total"><span>{esc(say("total-lines", language, n=len(plan.lines)))}</span><span><b>{esc(plan.total.text())}</b>{state}</span></div>'
    table = f'<div class="aw-scroll"><table class="aw-media"><thead><tr>{head_row}</tr></thead><tbody>{rows}</tbody></table></div>'
    return card(say("media-lines", language), table + total, say("media-note", language), "aw-flush")


def _line(line: Line, group: str, language: Language) -> str:
    name = line.name.pick(language)
    label = esc(say("budget-of", language, name=f"{name} {group}"))
    hint = f' title="{esc(say("locked", language))}"' if line.locked else ""
    amount = f"{line.budget.amount:,.2f}".removesuffix(".00")
    field = (
        f'<input class="aw-edit" type="text" inputmode="decimal" autocomplete="off" data-line="{esc(line.id)}" value="{esc(amount)}" '
        f'data-was="{esc(amount)}" aria-label="{label}"{hint}>'
    )
    cpa = line.cpa.text(language, short=False)
    for sign in SIGNS.values():
        cpa = cpa.removeprefix(sign)
    return (
        f'<tr{" class=aw-locked" if line.locked else ""}><th scope="row">{esc(name)}</th><td>{esc(group)}</td><td class="aw-num">{field}</td>'
        f'<td class="aw-num">{esc(line.orders.text(language))}</td><td class="aw-num aw-dim">{esc(line.orders.range_text(language))}</td>'
        f'<td class="aw-num">{esc(cpa)}</td><td>{tag(line.source, language)}</td></tr>'
    )


def _assumptions(plan: CampaignPlan, language: Language) -> str:
    rows = "".join(_assumption(item, plan, language) for item in plan.assumptions)
    body = f'<ul class="aw-notes">{rows}</ul>' if rows else f'<p class="aw-dim">{esc(say("no-assumptions", language))}</p>'
    return card(say("assumptions", language), body, kind="", lead="").replace(
        "</h3>", f' <span class="aw-count">{len(plan.assumptions)}</span></h3>', 1
    )


def _assumption(item: Assumption, plan: CampaignPlan, language: Language) -> str:
    text = f"{tag(item.source, language)}<span>{esc(item.text.pick(language))}</span>"
    if item.field is None or item.field not in _EDITABLE:
        return f"<li>{text}<span></span></li>"
    name = named(FIELDS, item.field, language)
    return (
        f'<li>{text}<button type="button" class="aw-link" data-do="change" aria-expanded="false" aria-label="{esc(say("change", language))} {esc(name)}">{esc(say("change", language))}</button>'
        f'<form class="aw-changeform" data-field="{esc(item.field)}"><label>{esc(name)}{_control(item.field, plan, language)}</label>'
        f'<button type="submit" class="aw-small aw-primary">{esc(say("save", language))}</button></form></li>'
    )


_EDITABLE = (
    "goal",
    "order_value",
    "margin",
    "target_roas",
    "start",
    "dates",
    "days",
    "language",
    "tone",
    "budget",
    "variants",
    "product",
    "audience",
)


def _control(field: str, plan: CampaignPlan, language: Language) -> str:
    """Return the input for one assumed field, filled with its present value."""
    brief = plan.brief
    if field == "goal":
        options = "".join(
            f'<option value="{key}"{" selected" if key == brief.goal.value else ""}>{esc(words.pick(language))}</option>'
            for key, words in GOALS.items()
        )
        return f'<select name="value">{options}</select>'
    if field == "language":
        names = {"zh": "中文", "en": "English"}
        options = "".join(
            f'<option value="{key}"{" selected" if key == brief.language.value else ""}>{name}</option>' for key, name in names.items()
        )
        return f'<select name="value">{options}</select>'
    if field in ("start", "dates"):
        return f'<input name="value" type="date" value="{brief.start.value.isoformat()}" required>'
    now = {
        "order_value": lambda: f"{brief.order_value.value.amount:f}",
        "margin": lambda: f"{brief.margin.value * 100:.1f}%".replace(".0%", "%"),
        "target_roas": lambda: f"{brief.target_roas.value:f}" if brief.target_roas else "",
        "days": lambda: str(brief.days.value),
        "tone": lambda: brief.tone.value,
        "budget": lambda: f"{brief.budget.value.amount:f}",
        "variants": lambda: str(brief.variants),
        "product": lambda: brief.product.value.called(language),
        "audience": lambda: brief.audience.value.text,
    }[field]()
    mode = "text" if field in ("tone", "product", "audience") else "decimal"
    return f'<input name="value" type="text" inputmode="{mode}" value="{esc(now)}" required>'


def _warnings(plan: CampaignPlan, language: Language) -> str:
    rows = "".join(f"<li>{icon('warn')}<span>{esc(words.pick(language))}</span></li>" for words in plan.warnings)
    body = f'<ul class="aw-notes aw-warns">{rows}</ul>' if rows else f'<p class="aw-dim">{esc(say("no-warnings", language))}</p>'
    return card(say("worth-a-look", language), body).replace("</h3>", f' <span class="aw-count">{len(plan.warnings)}</span></h3>', 1)


def comparison(plan: CampaignPlan, before: CampaignPlan, language: Language) -> str:
    """Return what differs between two versions: key figures and line budgets, before and now."""
    rows = [(named(FIELDS, "budget", language), before.total.text(), plan.total.text())]
    rows += [
        (name, getattr(before.forecast, key).text(language), getattr(plan.forecast, key).text(language))
        for name, key in (
            (say("expected-orders", language), "orders"),
            (say("expected-revenue", language), "revenue"),
            ("ROAS", "roas"),
            ("CPA", "cpa"),
        )
    ]
    groups = {segment.id: segment.name.pick(language) for segment in (*before.segments, *plan.segments)}
    old, new = {line.id: line for line in before.lines}, {line.id: line for line in plan.lines}
    for key in dict.fromkeys([*new, *old]):
        line = new.get(key) or old[key]
        name = f"{line.name.pick(language)} · {groups.get(line.segment, '')}".rstrip(" ·")
        rows.append((name, old[key].budget.text() if key in old else "–", new[key].budget.text() if key in new else "–"))
    body = "".join(
        f'<tr><th scope="row">{esc(name)}</th><td class="aw-num aw-dim">{esc(was)}</td><td class="aw-num"><b>{esc(now)}</b></td></tr>'
        for name, was, now in rows
        if was != now
    )
    change = plan.change.pick(language) if plan.change is not None else ""
    if not body:
        return card(say("changed", language, n=before.version), f'<p class="aw-dim">{esc(say("no-change", language))}</p>', change)
    head_row = f'<th>{esc(say("col-line", language))}</th><th class="aw-num">{esc(say("col-before", language))}</th><th class="aw-num">{esc(say("col-now", language))}</th>'
    return card(
        say("changed", language, n=before.version),
        f'<table class="aw-table"><thead><tr>{head_row}</tr></thead><tbody>{body}</tbody></table>',
        change,
    )


def working(brief: Artifact | None, language: Language) -> str:
    """Return the canvas while a first plan is made: the brief as understood and grey shapes of what will come."""
    sheet = ""
    if brief is not None:
        rows = "".join(
            f"<div><dt>{esc(pick(row.get('name', ''), language))}</dt><dd><span>{esc(pick(row.get('value', ''), language))}</span>"
            f"{tag(row.get('source') or {'stated': 'you', 'assumed': 'assumed', 'learned': 'past'}.get(str(row.get('how')), 'assumed'), language)}</dd></div>"  # type: ignore[arg-type]
            for row in brief.data.get("rows", [])
        )
        sheet = card(say("brief", language), f'<dl class="aw-brief">{rows}</dl>', say("brief-note", language))
    shapes = (
        '<div class="aw-tiles">'
        + '<div class="aw-bone aw-bone-tile"></div>' * 4
        + '</div><div class="aw-bone aw-bone-table"></div><div class="aw-bone aw-bone-row"></div>'
    )
    return f'<div class="aw-stack" aria-busy="true">{sheet}{shapes}</div>'
