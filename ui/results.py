"""Results of single tools inside the conversation: tables, pictures, films, copy, groups, past campaigns, files."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import ValidationError

from ..data.figure import format_number
from ..data.money import SIGNS
from ..data.plan import Creative, Media, Segment
from ..data.portrait import Lifecycle
from ..data.result import Artifact, unit_of
from ..data.words import Language
from . import charts, customer_file, marking
from .gallery import FileUrl, pictures
from .markup import channel_name, esc, figure, icon, pick
from .texts import FIELDS, named, say
from .who import chart, lead


def artifact(item: Artifact, language: Language, url: FileUrl) -> str:
    """Return one artifact as a card; an artifact of an unknown shape shows its title only."""
    body = {
        "table": lambda: chart(item.data) + table(item.data, language) + _returns(item.data, language),
        "images": lambda: (
            pictures(_media(item.data), language, url, str(item.data.get("archive") or ""))
            + marking.button(str(item.data.get("photo") or ""), language, wrong=True)
        ),
        "video": lambda: pictures(_media(item.data), language, url),
        "photo": lambda: pictures(_media(item.data), language, url) + marking.button(str(item.data.get("photo") or ""), language),
        "copy": lambda: _copy(item.data, language),
        "segments": lambda: _segments(item.data, language),
        "campaigns": lambda: _campaigns(item.data, language),
        "file": lambda: customer_file.written(item.data, language, url) if "counts" in item.data else _files(item.data, language),
        "chart": lambda: chart(item.data),
    }.get(item.kind, str)()
    if not body:
        return ""
    return f'<section class="aw-result"><h4>{esc(item.title.pick(language))}</h4>{body}</section>'


def _returns(data: dict[str, Any], language: Language) -> str:
    """Return the charts of a table of returns: in steps from revenue to contribution, and month by month."""
    shown = [draw(data[key], language) for key, draw in (("waterfall", charts.waterfall), ("trend", charts.trend)) if data.get(key)]
    return "".join(chart({"plotly": made}) for made in shown)


def number(value: Any, unit: str) -> str:
    """Format a raw cell of a table with its unit; text stays text."""
    if value is None:
        return "–"
    if isinstance(value, bool) or not unit:
        return str(value)
    try:
        exact = Decimal(str(value))
        known = unit in ("count", "rate", "ratio", "days", "score") or unit in SIGNS or (len(unit) == 3 and unit.isalpha())
        return format_number(exact, unit) if known else f"{exact:,} {unit}"
    except (InvalidOperation, ValueError):
        return str(value)


def table(data: dict[str, Any], language: Language) -> str:
    """Return ``{columns: [{key, name, unit}], rows: [{key: value}]}`` as a table, figures at the right."""
    columns = data.get("columns") or []
    rows = data.get("rows") or []
    if not columns or not rows:
        return ""
    units = [str(column.get("unit") or "") for column in columns]
    right = [bool(unit) and unit != "text" for unit in units]
    head = "".join(
        f'<th class="{"aw-num" if r else ""}">{esc(pick(c.get("name", c["key"]), language))}</th>'
        for c, r in zip(columns, right, strict=True)
    )
    body = "".join(
        f"<tr>{''.join(_cell(row.get(c['key']), unit_of(unit, row) if r else '', r, language) for c, r, unit in zip(columns, right, units, strict=True))}</tr>"
        for row in rows[:40]
    )
    return f'<div class="aw-scroll"><table class="aw-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(value: Any, unit: str, right: bool, language: Language) -> str:
    text = pick(value, language) if isinstance(value, dict) else number(value, unit)
    kind = "aw-num" if right else "aw-short" if len(text) <= 16 else ""
    return f'<td class="{kind}">{esc(text)}</td>'


def copy_rows(creatives: list[Creative], language: Language) -> str:
    """Return every text of the creatives: channel and field, words, used / limit, result of the check; then the creative's own CTR.

    Where not all is the grammar's, each text names who wrote it.
    """
    from ..tools.creative.authors import AUTHORS

    rows = []
    told = any(creative.author != "grammar" for creative in creatives)
    for creative in creatives:
        errors = [finding for finding in creative.findings if finding.severity == "error"]
        for index, item in enumerate(creative.copy_fields):
            limit = say("chars", language, used=item.used, limit=item.limit) if item.limit else say("chars-open", language, used=item.used)
            if not item.ok:
                state = f'<span class="aw-bad">{icon("warn", 14)}{esc(say("too-long", language))}</span>'
            elif errors and index == 0:
                why = esc("; ".join(finding.reason.pick(language) for finding in errors))
                state = f'<span class="aw-bad" title="{why}">{icon("warn", 14)}{esc(say("has-findings", language, n=len(errors)))}</span>'
            else:
                state = f'<span class="aw-good">{icon("check", 14)}{esc(say("checked", language))}</span>'
            by = AUTHORS[item.author or creative.author].pick(language)
            mark = f' <span class="aw-dim aw-by">{esc(by)}</span>' if told and item.field != "cta" else ""
            rows.append(
                f'<div class="aw-copyrow"><span class="aw-dim">{esc(field_name(creative.channel, item.field, language))}</span>'
                f'<span lang="{"zh-CN" if creative.language == "zh" else "en"}">{esc(item.text)}{mark}</span><span class="aw-dim aw-num">{esc(limit)}</span>{state}</div>'
            )
        if creative.ctr is not None:
            spread = f' <span class="aw-dim">{esc(creative.ctr.range_text(language))}</span>' if creative.ctr.low is not None else ""
            rows.append(
                f'<div class="aw-copyrow aw-copyctr"><span class="aw-dim">{esc(say("copy-ctr", language))}</span><span>{figure(creative.ctr, language)}{spread}</span></div>'
            )
    return f'<div class="aw-copy">{"".join(rows)}</div>' if rows else ""


def field_name(channel_id: str, field: str, language: Language) -> str:
    """Return ``小红书 标题``: channel and the channel's own name of the field."""
    from ..data import knowledge
    from ..data.errors import AdwrightError

    try:
        channel = knowledge.channel(channel_id)
    except AdwrightError:
        return f"{channel_id} {field}"
    name = next((limit.name.pick(language) for limit in channel.copy_fields if limit.field == field), named(FIELDS, field, language))
    return f"{channel.name.pick(language)} {name}"


def _media(data: dict[str, Any]) -> list[Media]:
    return _parsed(Media, data)


def _parsed(kind: type, data: dict[str, Any]) -> list:
    found = []
    for item in data.get("items") or []:
        try:
            found.append(kind.model_validate(item))
        except ValidationError:
            continue
    return found


def _copy(data: dict[str, Any], language: Language) -> str:
    # The answer above tells the drafts; here is how each text was measured and checked.
    return f'<details class="aw-more"><summary class="aw-link">{esc(say("copy-checks", language))}</summary>{copy_rows(_parsed(Creative, data), language)}</details>'


def _segments(data: dict[str, Any], language: Language) -> str:
    from .portrait import lifecycle_rows, segment_card

    cards = "".join(segment_card(s, i, language) for i, s in enumerate(_parsed(Segment, data)))
    stages = lifecycle_rows(Lifecycle.model_validate(data["lifecycle"]), language) if data.get("lifecycle") else ""
    return f'{_targeting(data.get("targeting"), language)}<div class="aw-mini">{cards}</div>{stages}'


def _targeting(told: dict[str, Any] | None, language: Language) -> str:
    """Return how far to reach for the product, with the curve of buyers against reach; empty without one. The answer says who and why."""
    return f"{lead(told, language)}{chart(told)}" if told else ""


def _campaigns(data: dict[str, Any], language: Language) -> str:
    rows = []
    for item in data.get("items") or []:
        title = item.get("title") or item.get("name") or item.get("id") or ""
        spend, currency = item.get("spend"), str(item.get("currency") or "CNY")
        roas = item.get("roas")
        rows.append(
            f"<tr><td>{esc(title)}</td><td>{esc(channel_name(str(item.get('channel') or ''), language))}</td>"
            f'<td class="aw-num">{esc(number(spend, currency))}</td><td class="aw-num">{esc(number(roas, "ratio"))}</td></tr>'
        )
    if not rows:
        return ""
    head = "".join(
        f'<th class="{c}">{esc(t)}</th>'
        for t, c in (
            (say("col-campaign", language), ""),
            (say("col-channels", language), ""),
            (("花费" if language == "zh" else "Spend"), "aw-num"),
            ("ROAS", "aw-num"),
        )
    )
    return f'<div class="aw-scroll"><table class="aw-table"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _files(data: dict[str, Any], language: Language) -> str:
    names = "".join(f'<span class="aw-file">{icon("file", 14)}{esc(item.get("name", ""))}</span>' for item in data.get("items") or [])
    return f'<div class="aw-filelist">{names}</div>' if names else ""
