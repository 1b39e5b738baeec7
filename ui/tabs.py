"""The other five tabs of the canvas as HTML: audience, creative, forecast, sources, export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..agent.events import Turn
from ..data.figure import Figure, Source
from ..data.money import Money, total
from ..data.plan import CampaignPlan, Evidence, Line
from ..data.words import Language
from . import marking
from .gallery import FileUrl, pictures
from .markup import SOURCES, card, channel_name, day_text, esc, file_url, icon, mark, tag
from .money_cards import curves_card, delivery_card, moved_card
from .portrait import COLOURS, lifecycle_card, portrait_card, unit_of
from .results import copy_rows
from .texts import FIELDS, GOALS, named, say
from .who import who_card

if TYPE_CHECKING:
    from ..tools.plan.delivered import Delivered

# --- audience


def audience_tab(plan: CampaignPlan, language: Language, told: dict[str, Any] | None = None) -> str:
    """Return who should see the product (`told`, where asked), the portraits, how they were found, and the life-cycle stages."""
    cards = "".join(
        portrait_card(s, i, [line for line in plan.lines if line.segment == s.id], language) for i, s in enumerate(plan.segments)
    )
    people = sum(segment.size for segment in plan.segments)
    source: Source = plan.segments[0].source if plan.segments else "assumed"
    note = (
        f'<p class="aw-under aw-left">{esc(say("bars-note", language, n=f"{people:,} {unit_of(plan.segments[0], language)}"))} {mark(source, language)}</p>'
        if people
        else ""
    )
    return f'<div class="aw-stack">{who_card(told, language)}{cards}{note}{lifecycle_card(plan.lifecycle, language)}</div>'


def groups_table(plan: CampaignPlan, language: Language) -> str:
    """Return expected orders, CPA and ROAS per group, summed from the media lines, with the plan's total."""
    rows = ""
    for index, segment in enumerate(plan.segments):
        lines = [line for line in plan.lines if line.segment == segment.id]
        if not lines:
            continue
        orders = sum(line.orders.value for line in lines)
        spend = total([line.budget for line in lines], plan.total.currency)
        revenue = sum(line.revenue.value for line in lines)
        cpa = Money.of(spend.amount / orders, spend.currency).text(short=True) if orders else "–"
        roas = f"{revenue / spend.amount:.2f}" if spend.amount else "–"
        rows += (
            f'<tr><th scope="row"><i class="aw-square aw-{COLOURS[index % 3]}"></i>{esc(segment.name.pick(language))}</th><td class="aw-num">{orders:,.0f}</td>'
            f'<td class="aw-num">{esc(cpa)}</td><td class="aw-num">{esc(roas)}</td></tr>'
        )
    f = plan.forecast
    rows += (
        f'<tr class="aw-sum"><th scope="row">{esc(say("total", language))}</th><td class="aw-num">{esc(f.orders.text(language))} <span class="aw-dim">({esc(f.orders.range_text(language))})</span></td>'
        f'<td class="aw-num">{esc(f.cpa.text(language))}</td><td class="aw-num">{esc(f.roas.text(language))}</td></tr>'
    )
    heads = f'<th>{esc(say("col-audience", language))}</th><th class="aw-num">{esc(say("col-orders", language))}</th><th class="aw-num">CPA</th><th class="aw-num">ROAS</th>'
    table = f'<table class="aw-table"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    return card(say("expected-by-group", language), table, say("p50-range", language))


def chart_head(title: str, note: str) -> str:
    """Return the title row of a card whose body is a chart."""
    return f'<header class="aw-cardhead"><h3>{esc(title)}</h3><span class="aw-note">{esc(note)}</span></header>'


# --- creative


def creative_tab(plan: CampaignPlan, language: Language, url: FileUrl) -> str:
    """Return pictures, films and every text with its limit."""
    media = [item for creative in plan.creatives for item in creative.media]
    seen: dict[str, object] = {}
    images = [item for item in media if item.kind == "image" and not (item.id in seen or seen.update({item.id: item}))]
    films = [item for item in media if item.kind == "video" and not (item.id in seen or seen.update({item.id: item}))]
    gallery = pictures([*images, *films], language, url) or f'<p class="aw-dim">{esc(say("no-pictures", language))}</p>'
    gallery += marking.button(plan.brief.look.photo or "", language, wrong=True)
    return f'<div class="aw-stack">{gallery}{card(say("copy", language), copy_rows(plan.creatives, language), say("copy-note", language))}</div>'


# --- forecast


def forecast_tab(plan: CampaignPlan, language: Language, before: CampaignPlan | None = None, told: Delivered | None = None) -> str:
    """Return what stands below the fan: delivery and moves, responses, certificate, plan beside the reference split, money results."""
    moving = f"{delivery_card(told, plan, language)}{moved_card(plan, before, language)}{curves_card(plan, language)}"
    proof = f'<div class="aw-two">{_certificate(plan, language)}{_paired(plan, language)}</div>{_money(plan, language)}'
    return f'<div class="aw-stack">{moving}{proof}</div>'


def back_test(plan: CampaignPlan, language: Language) -> str:
    """Return the line under the fan that says how far the band has held in the past."""
    cover = plan.forecast.coverage
    text = say("coverage", language, share=cover.text(language)) if cover is not None else say("no-coverage", language)
    return f'<p class="aw-under aw-left">{esc(text)} {mark(cover.source, language) if cover is not None else ""}</p>'


def _certificate(plan: CampaignPlan, language: Language) -> str:
    proof = plan.certificate
    gain = proof.gain_orders
    bound = len(proof.active_bounds)
    signed = f"{'+' if gain.value > 0 else ''}{gain.text(language)}"
    rows = (
        (say("marginals", language), _small_share(proof.marginal_spread), say("marginals-note", language)),
        (say("limits", language), say("limits-n", language, n=bound) if bound else say("limits-none", language), ""),
        (say("gap", language), _small_share(proof.gap), say("gap-note", language)),
        (_capital(proof.reference.pick(language)), say("orders-more", language, n=signed), gain.range_text(language)),
    )
    body = "".join(
        f'<div class="aw-proof"><span>{esc(a)}</span><b>{esc(b)}</b><span class="aw-dim">{esc(c)}</span></div>' for a, b, c in rows
    )
    more = "".join(f"<li><span>{esc(words.pick(language))}</span></li>" for words in (*proof.active_bounds, *proof.notes))
    notes = (
        f'<details class="aw-more"><summary class="aw-link">{esc(say("details", language))}</summary><ul class="aw-notes aw-plain">{more}</ul></details>'
        if more
        else ""
    )
    return card(say("certificate", language), body + notes, say("certificate-note", language), "aw-certificate", icon("shield"))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _small_share(value: Decimal) -> str:
    """Format a share near zero: ``0.30%``, or ``< 0.01%`` where two places would show nothing."""
    return "< 0.01%" if abs(value) < Decimal("0.00005") else f"{value * 100:.2f}%"


def _by_channel(lines: Sequence[Line], budgets: Sequence[Money]) -> dict[str, Money]:
    found: dict[str, Money] = {}
    for line, budget in zip(lines, budgets, strict=False):
        found[line.channel] = found[line.channel] + budget if line.channel in found else budget
    return found


def _paired(plan: CampaignPlan, language: Language) -> str:
    name = say("reference", language)
    now = _by_channel(plan.lines, [line.budget for line in plan.lines])
    then = _by_channel(plan.lines, plan.certificate.reference_split)
    top = max([float(money) for money in (*now.values(), *then.values())], default=1.0) or 1.0

    def bar(money: Money | None, kind: str) -> str:
        if money is None:
            return ""
        return f'<div class="aw-pair {kind}"><i style="width:{float(money) / top * 68:.1f}%"></i><span>{esc(money.text(short=True))}</span></div>'

    rows = "".join(
        f'<div class="aw-pairs"><span>{esc(channel_name(channel, language))}</span><div>{bar(money, "aw-now-bar")}{bar(then.get(channel), "aw-then-bar")}</div></div>'
        for channel, money in now.items()
    )
    key = f'<div class="aw-legend aw-keyline"><span class="aw-key"><i class="aw-square aw-blue"></i>{esc(say("this-plan", language))}</span><span class="aw-key"><i class="aw-square aw-grey"></i>{esc(name)}</span></div>'
    return card(say("this-and", language, name=name), key + rows)


def _money(plan: CampaignPlan, language: Language) -> str:
    f = plan.forecast
    rows = "".join(
        f'<div class="aw-proof"><span>{esc(label)}</span><b>{esc(value.text(language))}{mark(value.source, language)}</b><span class="aw-dim">{esc(value.range_text(language))}</span></div>'
        for label, value in (
            (say("contribution", language), f.contribution),
            (say("profit", language), f.p_profit),
            (say("break-even", language), f.break_even_roas),
            (named(FIELDS, "impressions", language), f.impressions),
            (named(FIELDS, "clicks", language), f.clicks),
        )
    )
    drivers = "".join(f"<li><span>{esc(words.pick(language))}</span></li>" for words in f.drivers)
    why = f'<ul class="aw-notes aw-plain">{drivers}</ul>' if drivers else ""
    right = card(
        say("drivers", language),
        f'{why}<p class="aw-under aw-left">{esc(say("method", language))}：{esc(f.method.pick(language))}</p>'.replace(
            "：", "：" if language == "zh" else ": ", 1
        ),
    )
    return f'<div class="aw-two">{card(say("return", language), rows)}{right}</div>'


# --- sources


@dataclass
class Origin:
    """Figures that share a source and an origin: their names and values, how many they are, the evidence behind them."""

    source: Source
    why: str
    items: dict[str, list[str]] = field(default_factory=dict)
    evidence: list[Evidence] = field(default_factory=list)
    changes: str = ""

    @property
    def count(self) -> int:
        """Number of figures."""
        return sum(len(texts) for texts in self.items.values())

    def text(self, language: Language) -> str:
        """Return names and values; several of the same name are counted instead."""
        told = [
            f"{name} {texts[0]}" if len(texts) == 1 else f"{name}{say('lines-n', language, n=len(texts))}"
            for name, texts in self.items.items()
        ]
        return ("，" if language == "zh" else ", ").join(told)


def origins(plan: CampaignPlan, language: Language) -> list[Origin]:
    """Return all figures of the plan by where they come from; the counts add up to all figures."""
    by_id = {item.id: item for item in plan.evidence}
    found: dict[tuple[str, str], Origin] = {}
    semicolon = "；" if language == "zh" else "; "

    def add(key: str, source: Source, text: str, why: str, evidence: Sequence[str] = (), changes: str = "") -> None:
        known = [by_id[item] for item in evidence if item in by_id]
        if not why and known:
            why = semicolon.join(item.title.pick(language) for item in known[:2])
        if not why and key in ("orders", "impressions", "clicks", "p_profit"):
            why = plan.forecast.method.pick(language)
        # An assumption that can be changed keeps a row of its own.
        origin = found.setdefault((source, f"{why}|{changes}"), Origin(source, why, changes=changes))
        origin.items.setdefault(named(FIELDS, key, language), []).append(text)
        origin.evidence += [item for item in known if item not in origin.evidence]

    brief = plan.brief
    separator = "、" if language == "zh" else ", "
    for key, known, text in (
        ("product", brief.product, brief.product.value.called(language)),
        ("goal", brief.goal, named(GOALS, brief.goal.value, language)),
        ("budget", brief.budget, brief.budget.value.text()),
        ("start", brief.start, day_text(brief.start.value, language, year=True)),
        ("days", brief.days, str(brief.days.value)),
        ("channels", brief.channels, separator.join(channel_name(item, language) for item in brief.channels.value)),
        ("order_value", brief.order_value, brief.order_value.value.text(short=True)),
        ("margin", brief.margin, f"{brief.margin.value * 100:.1f}%".replace(".0%", "%")),
        *((("target_roas", brief.target_roas, f"{brief.target_roas.value:f}"),) if brief.target_roas else ()),
    ):
        source: Source = known.basis.source if known.basis else {"stated": "you", "assumed": "assumed", "learned": "past"}[known.how]  # type: ignore[assignment]
        said = say("your-words", language) if source == "you" else ""
        why = said or (known.why.pick(language) if known.why is not None else "")
        evidence = known.basis.evidence if known.basis else ()
        add(
            key,
            source,
            text,
            why,
            evidence,
            changes=key if source == "assumed" and any(item.field == key for item in plan.assumptions) else "",
        )

    def add_figure(key: str, value: Figure) -> None:
        add(key, value.source, value.text(language), value.formula.pick(language) if value.formula is not None else "", value.evidence)

    for key in (
        "orders",
        "revenue",
        "roas",
        "cpa",
        "impressions",
        "clicks",
        "roi",
        "contribution",
        "p_profit",
        "break_even_roas",
        "coverage",
    ):
        if (value := getattr(plan.forecast, key)) is not None:
            add_figure(key, value)
    for line in plan.lines:
        for key in ("ctr", "cvr", "cpc"):
            add_figure(key, getattr(line, key))
    for segment in plan.segments:
        add_figure("share", segment.share)
        for key in ("revenue_share", "p_repeat_90d", "clv_90d", "churn"):
            if (value := getattr(segment, key)) is not None:
                add_figure(key, value)
    add_figure("gain_orders", plan.certificate.gain_orders)
    return sorted(found.values(), key=lambda origin: SOURCES.index(origin.source))


def sources_tab(plan: CampaignPlan, language: Language) -> str:
    """Return counts per kind, every figure with its origin, and the most similar past campaigns with their results."""
    rows = origins(plan, language)
    counts = "".join(
        f'<section class="aw-card aw-kind">{tag(source, language, whole=language == "zh")}'
        f"<span><b>{sum(r.count for r in rows if r.source == source)}</b> {esc(say('figures', language))}</span></section>"
        for source in SOURCES
    )
    listed = "".join(_origin(row, language) for row in rows)
    campaigns = [item for item in plan.evidence if item.kind == "campaign"]
    table = _campaigns(campaigns, language) if campaigns else f'<p class="aw-dim">{esc(say("no-similar", language))}</p>'
    lessons = [item for item in plan.evidence if item.kind == "lesson"]
    learned = "".join(f"<li><b>{esc(item.title.pick(language))}</b> {esc(item.detail.pick(language))}</li>" for item in lessons)
    taught = card(say("lessons", language), f"<ul>{learned}</ul>") if lessons else ""
    return (
        f'<div class="aw-stack"><div class="aw-tiles">{counts}</div>{card(say("where-from", language), listed)}'
        f"{taught}{card(say('similar', language), table, say('similar-n', language, n=len(campaigns)))}</div>"
    )


def _origin(row: Origin, language: Language) -> str:
    inner = f'{tag(row.source, language)}<span>{esc(row.text(language))}</span><span class="aw-dim">{esc(row.why)}</span>'
    if row.changes:
        change = f'<button type="button" class="aw-link" data-do="goto-change" data-field="{esc(row.changes)}">{esc(say("change", language))}</button>'
        return f'<div class="aw-origin">{inner}{change}</div>'
    if not row.evidence:
        return f'<div class="aw-origin">{inner}<span></span></div>'
    items = "".join(
        f"<li><b>{esc(item.title.pick(language))}</b> {esc(item.detail.pick(language))}"
        + "".join(f' <span class="aw-fact">{esc(key)} {esc(value)}</span>' for key, value in item.facts.items())
        + "</li>"
        for item in row.evidence[:12]
    )
    return (
        f'<details class="aw-origin-more"><summary class="aw-origin">{inner}<span class="aw-link">{esc(say("view", language))}</span></summary>'
        f"<ul>{items}</ul></details>"
    )


def _campaigns(items: Sequence[Evidence], language: Language) -> str:
    keys = list(dict.fromkeys(key for item in items for key in item.facts))[:5]
    heads = f"<th>{esc(say('col-campaign', language))}</th>" + "".join(
        f'<th class="aw-num">{esc(named(FIELDS, key, language))}</th>' for key in keys
    )
    rows = "".join(
        f'<tr><th scope="row">{esc(item.title.pick(language))}</th>'
        + "".join(f'<td class="aw-num">{esc(item.facts.get(key, "–"))}</td>' for key in keys)
        + "</tr>"
        for item in items
    )
    return f'<div class="aw-scroll"><table class="aw-table"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'


# --- export


@dataclass(frozen=True)
class Exported:
    """The files of the last approved export of a plan."""

    version: int
    files: dict[str, Path]


def exported_of(turns: Sequence[Turn], plan: CampaignPlan, folders: Sequence[Path]) -> Exported | None:
    """Return the files of the last finished export in this thread; only files inside `folders` count."""
    for turn in reversed(turns):
        for call in reversed(turn.calls):
            if call.tool == "export_plan" and call.ok and call.artifact is not None and call.artifact.kind == "file":
                files = {}
                for item in call.artifact.data.get("items") or []:
                    path = inside(str(item.get("file", "")), folders)
                    if path is not None:
                        files[Path(str(item.get("name") or path.name)).suffix.lstrip(".").lower()] = path
                if files:
                    return Exported(int(call.artifact.data.get("version") or turn.version or plan.version), files)
    return None


def inside(name: str, folders: Sequence[Path]) -> Path | None:
    """Return the file of that name or path in one of `folders`; None for any other."""
    for folder in folders:
        path = (folder / name).resolve()
        if name and path.is_relative_to(folder.resolve()) and path.is_file():
            return path
    return None


def export_tab(plan: CampaignPlan, language: Language, exported: Exported | None, waiting: bool) -> str:
    """Return the checks and the four files; downloads work once the merchant has approved an export of this version."""
    checks = "".join(
        f'<li class="{"aw-good" if check.passed else "aw-bad"}">{icon("check" if check.passed else "warn")}<span>{esc(check.text.pick(language))}</span></li>'
        for check in plan.checks
    )
    ready = exported is not None and exported.version == plan.version
    images = len({item.id for creative in plan.creatives for item in creative.media})
    texts = sum(len(creative.copy_fields) for creative in plan.creatives)
    cards = ""
    for kind in ("xlsx", "html", "zip", "json"):
        path = exported.files.get(kind) if exported is not None and ready else None
        note = say(f"file-{kind}-note", language, lines=len(plan.lines), images=images, texts=texts)
        if path is not None:
            button = f'<a class="aw-small aw-download" href="{esc(file_url(path))}" download="{esc(path.name)}" data-kind="{kind}">{esc(say("download", language))}</a>'
        else:
            button = (
                f'<button type="button" class="aw-small aw-download" disabled data-kind="{kind}">{esc(say("download", language))}</button>'
            )
        cards += f'<section class="aw-card aw-filecard"><span class="aw-filekind">{kind.upper()}</span><h3>{esc(say(f"file-{kind}", language))}</h3><p>{esc(note)}</p>{button}</section>'
    if ready:
        below = f'<p class="aw-under aw-left">{esc(say("exported", language, n=len(exported.files) if exported else 0))}</p>'
    else:
        words = say("download-old", language, n=exported.version) if exported is not None else say("download-wait", language)
        ask = (
            ""
            if waiting
            else f'<button type="button" class="aw-small aw-primary" data-act="export">{esc(say("ask-export", language))}</button>'
        )
        below = f'<div class="aw-exportline">{ask}<p class="aw-under aw-left">{esc(words)}</p></div>'
    return f'<div class="aw-stack">{card(say("checks", language), f"<ul class=aw-checks>{checks}</ul>")}<div class="aw-tiles">{cards}</div>{below}</div>'
