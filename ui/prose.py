"""Answers as HTML: a small, safe subset of Markdown, with a source mark behind every figure of the plan.

Covers paragraphs, bold, lists, headings, code and tables. Links and images are shown as their words: nothing in an
answer may load or open an address.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..data.figure import Figure, Source
from ..data.money import Money, total
from ..data.plan import CampaignPlan
from ..data.words import Language
from .markup import esc, mark

_LINK = re.compile(r"!?\[([^\]\n]*)\]\((?:[^()\n]|\([^()\n]*\))*\)")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_CODE = re.compile(r"`([^`\n]+)`")
# A number with currency sign, separators, decimals and per cent that is not part of a word, a range, a date or another number.
_NUMBER = re.compile(
    r"(?<![\w.,–-])(?:[A-Z]{0,3}[¥$€£₩])?\d(?:[\d,]*\d)?(?:\.\d+)?%?(?![\w%–]|[.,]\d|\s?[月日号年天周点时]|\s(?:January|February|March|April|May|June|July|"
    r"August|September|October|November|December|days?|weeks?)\b)",
    re.ASCII,
)
_MARKED = re.compile(r"\s?[\[［](?:(您|Y)|(模|M)|(史|P)|(设|A))[\]］]")
_BULLET = re.compile(r"^\s*[-*•]\s+(.*)$")
_NUMBERED = re.compile(r"^\s*(\d{1,2})[.、)]\s+(.*)$")
_HEADING = re.compile(r"^\s*#{1,6}\s+(.*)$")
_OTHER = re.compile(r"^\s*([-*•]\s|\d{1,2}[.、)]\s|#{1,6}\s|\|)")
_KNOWN: dict[str, Source] = {"stated": "you", "assumed": "assumed", "learned": "past"}


def sources_of(plan: CampaignPlan | None) -> dict[str, Source]:
    """Return the plan's figures as they are printed, with their source; small counts of single lines are left out as ambiguous."""
    if plan is None:
        return {}
    brief, forecast = plan.brief, plan.forecast
    found: dict[str, Source] = {}

    def add(value: Figure | Money, source: Source | None = None, line: bool = False) -> None:
        for short in (False, True):
            text = value.text(short=short)
            if line and len(re.sub(r"\D", "", text)) < 3:
                continue
            found[text] = value.source if isinstance(value, Figure) else (source or "model")

    for item in plan.lines:
        for value in (item.impressions, item.clicks, item.orders, item.revenue, item.cpa, item.roas):
            add(value, line=True)
        add(item.budget, "you" if item.locked else "model", line=True)
    split: Source = "you" if brief.split is not None and brief.split.how == "stated" else "model"
    for channel in {line.channel for line in plan.lines}:
        add(total([line.budget for line in plan.lines if line.channel == channel], brief.budget.value.currency), split)
    add(plan.certificate.gain_orders)
    for value in (
        forecast.impressions,
        forecast.clicks,
        forecast.orders,
        forecast.revenue,
        forecast.contribution,
        forecast.roas,
        forecast.roi,
    ):
        add(value)
    add(forecast.cpa)
    add(brief.order_value.value, _KNOWN[brief.order_value.how])
    add(brief.budget.value, _KNOWN[brief.budget.how])
    return {text: source for text, source in found.items() if len(re.sub(r"\D", "", text)) > 1}


def has_marks(text: str, sources: Mapping[str, Source]) -> bool:
    """Say whether `prose` would put at least one source mark into this text."""
    return bool(_MARKED.search(text)) or any(found.group() in sources for found in _NUMBER.finditer(text))


def inline(text: str, language: Language, sources: Mapping[str, Source]) -> str:
    """Return one line as HTML: escaped, bold and code kept, links reduced to words, figures marked."""
    text = _LINK.sub(r"\1", text)
    explicit = bool(_MARKED.search(text))
    out, last = [], 0
    if not explicit:
        for found in _NUMBER.finditer(text):
            source = sources.get(found.group())
            if source:
                # A mark inside bold is put behind the closing stars, so that the bold pair stays whole.
                end = found.end() + (2 if text[found.end() : found.end() + 2] == "**" else 0)
                out += [esc(text[last:end]), f"\x00{source}\x00"]
                last = end
    out.append(esc(text[last:]))
    html = _CODE.sub(r"<code>\1</code>", _BOLD.sub(r"<b>\1</b>", "".join(out)))
    html = re.sub("\x00(you|model|past|assumed)\x00", lambda m: mark(m.group(1), language), html)  # type: ignore[arg-type]

    def spelled(found: re.Match[str]) -> str:
        kinds: tuple[Source, ...] = ("you", "model", "past", "assumed")
        return mark(next(kind for kind, group in zip(kinds, found.groups(), strict=True) if group), language)

    html = _MARKED.sub(spelled, html)
    return _glue(html)


def _glue(html: str) -> str:
    """Wrap each mark together with the word or bold run before it, so that the mark never starts a line."""
    return re.sub(
        r'((?:<b>[^<]{1,24}</b>|[^\s<>，。；：、（）()]{1,24}))(<span class="aw-mark[^>]*>[^<]*</span>)',
        r'<span class="aw-figure">\1\2</span>',
        html,
    )


def prose(text: str, language: Language, sources: Mapping[str, Source] | None = None) -> str:
    """Return an answer as HTML blocks.

    Example:
        >>> prose("**A** <b>", "en")
        '<p><b>A</b> &lt;b&gt;</p>'
    """
    known = sources or {}
    out: list[str] = []
    lines = text.replace("\r\n", "\n").split("\n")
    index = 0
    while index < len(lines):
        line = lines[index]
        if not line.strip():
            index += 1
        elif heading := _HEADING.match(line):
            out.append(f"<h4>{inline(heading.group(1), language, known)}</h4>")
            index += 1
        elif _BULLET.match(line) or _NUMBERED.match(line):
            shape = _BULLET if _BULLET.match(line) else _NUMBERED
            items = []
            while index < len(lines) and (item := shape.match(lines[index])):
                items.append(f"<li>{inline(item.group(item.lastindex or 1), language, known)}</li>")
                index += 1
            out.append(f"<ul>{''.join(items)}</ul>" if shape is _BULLET else f"<ol>{''.join(items)}</ol>")
        elif line.lstrip().startswith("|"):
            rows = []
            while index < len(lines) and lines[index].lstrip().startswith("|"):
                rows.append([cell.strip() for cell in lines[index].strip().strip("|").split("|")])
                index += 1
            out.append(_table([row for row in rows if not all(set(cell) <= set("-: ") for cell in row)], language, known))
        else:
            part = []
            while index < len(lines) and lines[index].strip() and (not part or not _OTHER.match(lines[index])):
                part.append(inline(lines[index], language, known))
                index += 1
            out.append(f"<p>{'<br>'.join(part)}</p>")
    return "".join(out)


def _table(rows: list[list[str]], language: Language, sources: Mapping[str, Source]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{inline(cell, language, sources)}</th>" for cell in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{inline(cell, language, sources)}</td>" for cell in row) + "</tr>" for row in rows[1:])
    return f'<div class="aw-scroll"><table class="aw-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
