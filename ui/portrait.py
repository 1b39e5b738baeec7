"""Groups of customers as HTML: the short card in a conversation, the portrait on the canvas, the life-cycle table.

Every number shown was measured by ``tools/audience`` and stands in the group's `Portrait`; nothing is computed here.
"""

from __future__ import annotations

from ..data.money import total
from ..data.plan import Line, Segment
from ..data.portrait import Lifecycle, Mark, Measured, Portrait
from ..data.words import Language
from .markup import card, channel_name, esc, mark
from .texts import say

COLOURS = ("blue", "teal", "orange")
WORDS_SHOWN = 8
WORTH = ("p_repeat_90d", "clv_90d", "churn")
PERSONA = ("message", "channel", "offer", "avoid", "action", "metric")


def segment_card(segment: Segment, index: int, language: Language) -> str:
    """Return one group in a few lines: size and share, sentence, traits, what to do."""
    action = segment.persona.action
    todo = f'<p class="aw-todo">{esc(action.pick(language))}</p>' if action else ""
    return (
        f'<section class="aw-card aw-segment aw-{COLOURS[index % 3]}">{_head(segment, language)}'
        f'<p class="aw-summary">{esc(segment.persona.summary.pick(language))}</p>{_bars(segment, language)}{todo}</section>'
    )


def portrait_card(segment: Segment, index: int, lines: list[Line], language: Language) -> str:
    """Return one group in full: traits, what marks it, words, rule, what to do, evidence, its budget and channels."""
    known = segment.portrait or Portrait()
    left = _bars(segment, language) + _words(known, language)
    right = _marks(known.marks, language)
    body = (
        f'<div class="aw-two">{f"<div>{left}</div>" if left else ""}{f"<div>{right}</div>" if right else ""}</div>' if left or right else ""
    )
    return (
        f'<section class="aw-card aw-segment aw-portrait aw-{COLOURS[index % 3]}">{_head(segment, language)}'
        f'<p class="aw-summary">{esc(segment.persona.summary.pick(language))}</p>{body}{_rule(known, language)}'
        f"{_worth(segment, language)}{_persona(segment, language)}{_evidence(known, unit_of(segment, language), language)}{_foot(lines, language)}</section>"
    )


def _head(segment: Segment, language: Language) -> str:
    revenue = ""
    if segment.revenue_share is not None:
        revenue = f" · {esc(say('of-revenue', language, share=segment.revenue_share.text(language)))}{mark(segment.revenue_share.source, language)}"
    size = f"<b>{segment.size:,}</b> {esc(unit_of(segment, language))} · " if segment.size else ""
    return (
        f'<h3><i class="aw-square"></i>{esc(segment.name.pick(language))}</h3>'
        f'<p class="aw-size">{size}{esc(segment.share.text(language))}{mark(segment.share.source, language)}{revenue}</p>'
    )


def unit_of(segment: Segment, language: Language) -> str:
    """People, or what the evidence counts in their place (sessions)."""
    fact = segment.portrait.fact("size") if segment.portrait else None
    counted = fact.value.pick(language).partition(" ")[2] if fact is not None else ""
    return counted if counted and segment.size != 1 else say("people", language)


def _bars(segment: Segment, language: Language) -> str:
    rows = "".join(
        f'<div class="aw-bar"><span>{esc(bar.name.pick(language))}</span><i class="aw-track" role="img" '
        f'aria-label="{esc(bar.name.pick(language))} {bar.percentile}, {esc(bar.value)} / {esc(bar.median)}" title="{esc(bar.value)} · {esc(bar.median)}">'
        f'<i style="width:{max(0, min(100, bar.percentile))}%"></i></i><span>{bar.percentile}</span></div>'
        for bar in segment.bars[:5]
    )
    return f'<div class="aw-bars">{rows}</div>' if rows else ""


def _words(known: Portrait, language: Language) -> str:
    if not known.words:
        return ""
    chips = "".join(
        f'<span class="aw-word" title="{esc(say("word-n", language, n=f"{w.n:,}", z=f"{w.z:.1f}"))}">{esc(w.word)} <em>{w.n:,}</em></span>'
        for w in known.words[:WORDS_SHOWN]
    )
    return f'<h4>{esc(say("top-words", language))}</h4><div class="aw-words">{chips}</div>'


def _marks(marks: list[Mark], language: Language) -> str:
    if not marks:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{esc(_capital(m.name.pick(language)))}</th><td class="aw-num"><b>{esc(m.group)}</b></td><td class="aw-num aw-dim">{esc(m.shop)}</td>'
        f'<td class="aw-num">{_signed(m.lift)} <span class="aw-dim">({_signed(m.low)} – {_signed(m.high)})</span></td></tr>'
        for m in marks
    )
    heads = "".join(
        f'<th scope="col" class="{kind}">{esc(say(key, language))}</th>'
        for key, kind in (("col-feature", ""), ("col-here", "aw-num"), ("col-shop", "aw-num"), ("col-lift", "aw-num"))
    )
    return f'<h4>{esc(say("stands-out", language))}</h4><div class="aw-scroll"><table class="aw-table aw-tight"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _rule(known: Portrait, language: Language) -> str:
    if known.rule is None:
        return ""
    text = known.rule.text.pick(language)
    shown = f"<b>{esc(text)}</b>" if text else ""
    return f'<div class="aw-rule"><h4>{esc(say("rule", language))}</h4>{shown}<span class="aw-dim">{esc(known.rule.note.pick(language))}</span></div>'


def _worth(segment: Segment, language: Language) -> str:
    """What the group's earlier buyers are worth in the next 90 days, each with its range and source; empty where unknown."""
    rows = ""
    for key in WORTH:
        value = getattr(segment, key)
        if value is None:
            continue
        spread = f'<span class="aw-dim">{esc(value.range_text(language))}</span>' if value.low is not None else ""
        why = esc(value.formula.pick(language)) if value.formula is not None else ""
        rows += (
            f'<div title="{why}"><dt>{esc(say(f"worth-{key}", language))}</dt>'
            f'<dd><span class="aw-figure">{esc(value.text(language))}{mark(value.source, language)}</span> {spread}</dd></div>'
        )
    return f'<dl class="aw-worth">{rows}</dl>' if rows else ""


def _persona(segment: Segment, language: Language) -> str:
    rows = "".join(
        f"<div><dt>{esc(say(f'do-{key}', language))}</dt><dd>{esc(words.pick(language))}</dd></div>"
        for key in PERSONA
        if (words := getattr(segment.persona, key)) is not None and words.pick(language)
    )
    return f'<dl class="aw-persona">{rows}</dl>'


def _evidence(known: Portrait, unit: str, language: Language) -> str:
    """Every fact with its interval, the shop's value and the number it rests on; typical customers under pseudonyms."""
    if not known.facts:
        return ""
    heads = "".join(
        f'<th scope="col" class="{kind}">{esc(say(key, language))}</th>'
        for key, kind in (("col-fact", ""), ("col-here", "aw-num"), ("col-interval", "aw-num"), ("col-shop", "aw-num"), ("col-n", "aw-num"))
    )
    rows = "".join(_fact(fact, language) for fact in known.facts)
    table = f'<div class="aw-scroll"><table class="aw-table aw-tight"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
    people = "".join(
        f"<li><span><code>{esc(one.id)}</code> {esc(('，' if language == 'zh' else ', ').join(n.pick(language) for n in one.numbers))}"
        f"{esc(say('on-border', language)) if one.kind == 'border' else ''}</span></li>"
        for one in known.people
    )
    listed = f'<h4>{esc(say("typical-people", language))}</h4><ul class="aw-notes aw-plain">{people}</ul>' if people else ""
    clear = "–" if known.silhouette is None else f"{known.silhouette:.2f}"
    note = f'<p class="aw-under aw-left">{esc(say("portrait-note", language, n=f"{known.sample:,} {unit}", silhouette=clear))}</p>'
    summary = esc(say("evidence-n", language, n=len(known.facts)))
    return f'<details class="aw-more"><summary class="aw-link">{summary}</summary>{table}{listed}{note}</details>'


def _fact(fact: Measured, language: Language) -> str:
    return (
        f'<tr title="{esc(fact.id)} · {esc(fact.evidence)}"><th scope="row">{esc(fact.name.pick(language))}</th>'
        f'<td class="aw-num"><b>{esc(fact.value.pick(language))}</b></td><td class="aw-num aw-dim">{esc(fact.interval or "–")}</td>'
        f'<td class="aw-num aw-dim">{esc(fact.shop or "–")}</td><td class="aw-num aw-dim">{fact.n:,}</td></tr>'
    )


def _foot(lines: list[Line], language: Language) -> str:
    if not lines:
        return ""
    money = total([line.budget for line in lines], lines[0].budget.currency)
    channels = ("、" if language == "zh" else ", ").join(dict.fromkeys(channel_name(line.channel, language) for line in lines))
    return (
        f'<dl class="aw-foot"><div><dt>{esc(say("budget", language))}</dt><dd>{esc(money.text(short=True))}</dd></div>'
        f"<div><dt>{esc(say('col-channels', language))}</dt><dd>{esc(channels)}</dd></div></dl>"
    )


def lifecycle_card(found: Lifecycle | None, language: Language) -> str:
    """Return the life-cycle stages with rule, size, revenue and action, and how they cross the segments."""
    if found is None:
        return ""
    return card(
        say("lifecycle", language),
        f"{stages(found, language)}{_crossed(found, language)}{_note(found, language)}",
        say("lifecycle-note", language),
    )


def lifecycle_rows(found: Lifecycle, language: Language) -> str:
    """Return the same stages for a conversation, which has its own frame: rule, size, revenue."""
    return f"<h4>{esc(say('lifecycle', language))}</h4>{stages(found, language, short=True)}{_note(found, language)}"


def _note(found: Lifecycle, language: Language) -> str:
    return f'<p class="aw-under aw-left">{esc(found.note.pick(language))}</p>'


def stages(found: Lifecycle, language: Language, short: bool = False) -> str:
    """Return the table of stages that have customers; `short` leaves out what to do."""
    columns = [("col-stage", ""), ("col-size", "aw-num"), ("col-share", "aw-num"), ("col-revenue", "aw-num"), ("do-action", "")]
    heads = "".join(f'<th scope="col" class="{kind}">{esc(say(key, language))}</th>' for key, kind in columns[: 4 if short else 5])
    rows = ""
    for stage in found.stages:
        if not stage.size:
            continue
        todo = f"<td><span>{esc(stage.action.pick(language))}</span><span class=aw-dim>{esc(say('watch', language, metric=stage.metric.pick(language)))}</span></td>"
        rows += (
            f'<tr><th scope="row"><b>{esc(stage.name.pick(language))}</b><span class="aw-dim">{esc(stage.rule.pick(language))}</span></th>'
            f'<td class="aw-num">{stage.size:,}</td><td class="aw-num">{stage.share:.1%}</td>'
            f'<td class="aw-num">{"–" if stage.revenue_share is None else f"{stage.revenue_share:.1%}"}</td>{"" if short else todo}</tr>'
        )
    kind = "aw-stages aw-brief-stages" if short else "aw-stages"
    return f'<div class="aw-scroll"><table class="aw-table {kind}"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'


def _crossed(found: Lifecycle, language: Language) -> str:
    heads = "".join(f'<th scope="col" class="aw-num">{esc(name.pick(language))}</th>' for name in found.names)
    rows = "".join(
        f'<tr><th scope="row">{esc(stage.name.pick(language))}</th>{"".join(f"<td class=aw-num>{n:,}</td>" for n in stage.by_segment)}</tr>'
        for stage in found.stages
        if stage.size
    )
    table = f'<div class="aw-scroll"><table class="aw-table aw-tight aw-crossed"><thead><tr><th scope="col"></th>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
    return f'<details class="aw-more"><summary class="aw-link">{esc(say("crossed", language))}</summary>{table}</details>'
