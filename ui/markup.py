"""Small pieces of HTML: escaping, icons, source marks, dates, numbers. Everything a person or a model wrote goes through `esc`."""

from __future__ import annotations

from datetime import date
from html import escape
from pathlib import Path
from urllib.parse import quote

from ..data.errors import AdwrightError
from ..data.figure import Figure, Source
from ..data.words import Language, Words
from .texts import say

SOURCES: tuple[Source, ...] = ("you", "model", "past", "assumed")

# 16-unit stroke icons; colour comes from the text around them.
_PATHS = {
    "check": '<path d="M3.5 8.5l3 3 6-7"/>',
    "cross": '<path d="M4.5 4.5l7 7m0-7l-7 7"/>',
    "warn": '<path d="M8 2.2L14.6 13.6H1.4z"/><path d="M8 6.4v3.4M8 11.6v.2"/>',
    "shield": '<path d="M8 1.6l5.4 2v4.2c0 3.2-2.2 5.6-5.4 6.6-3.2-1-5.4-3.4-5.4-6.6V3.6z"/><path d="M5.6 8l1.7 1.7 3.2-3.4"/>',
    "plus": '<path d="M8 3.2v9.6M3.2 8h9.6"/>',
    "trash": '<path d="M2.8 4.4h10.4M6.4 4.2V2.6h3.2v1.6M4.2 4.6l.6 8.8h6.4l.6-8.8M6.8 7v4M9.2 7v4"/>',
    "down": '<path d="M4 6l4 4 4-4"/>',
    "box": '<path d="M2 5V2h3M11 2h3v3M14 11v3h-3M5 14H2v-3"/><path d="M5.5 5.5h5v5h-5z"/>',
    "file": '<path d="M4 1.8h5.2L12.4 5v9.2H4z"/><path d="M9 2v3.2h3.2"/>',
}


def esc(text: object) -> str:
    """Escape for element text and attributes."""
    return escape(str(text), quote=True)


def icon(name: str, size: int = 16) -> str:
    """Return an inline SVG, hidden from screen readers."""
    return (
        f'<svg class="aw-icon" width="{size}" height="{size}" viewBox="0 0 16 16" fill="none" stroke="currentColor" '
        f'stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{_PATHS[name]}</svg>'
    )


def mark(source: Source, language: Language) -> str:
    """Return the one-letter source mark that follows a figure."""
    name = esc(say(f"source-{source}", language))
    return f'<span class="aw-mark aw-{source}" role="img" aria-label="{name}" title="{name}">{say(f"mark-{source}", language)}</span>'


def tag(source: Source, language: Language, whole: bool = False) -> str:
    """Return the source as a short word (`whole`: the full name)."""
    return f'<span class="aw-tag aw-{source}">{esc(say(("source-" if whole else "tag-") + source, language))}</span>'


def legend(language: Language) -> str:
    """Return the key of the four source marks."""
    cells = "".join(f'<span class="aw-key">{mark(source, language)}{esc(say(f"source-{source}", language))}</span>' for source in SOURCES)
    return f'<div class="aw-legend">{cells}</div>'


def figure(value: Figure, language: Language, strong: bool = True) -> str:
    """Return a figure with its mark, never broken over two lines."""
    number = esc(value.text(language))
    return f'<span class="aw-figure">{f"<b>{number}</b>" if strong else number}{mark(value.source, language)}</span>'


def day_text(day: date, language: Language, year: bool = False) -> str:
    """Return ``12月1日`` or ``1 December``."""
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日" if year else f"{day.month}月{day.day}日"
    return f"{day.day} {day:%B}" + (f" {day.year}" if year else "")


def period(start: date, end: date, language: Language) -> str:
    """Return the first and last day, as short as is clear."""
    if language == "zh":
        return f"{day_text(start, 'zh', year=True)} – {day_text(end, 'zh', year=end.year != start.year)}"
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day} – {end.day} {end:%B %Y}"
    return f"{day_text(start, 'en', year=start.year != end.year)} – {day_text(end, 'en', year=True)}"


def file_url(path: Path) -> str:
    """Return the address under which Gradio serves a file of `allowed_paths`."""
    return "gradio_api/file=" + quote(str(path))


def card(title: str, body: str, note: str = "", kind: str = "", lead: str = "") -> str:
    """Return a white sheet with a title row; `title` and `note` are plain text, `lead` and `body` are HTML."""
    right = f'<span class="aw-note">{esc(note)}</span>' if note else ""
    return f'<section class="aw-card {kind}"><header class="aw-cardhead"><h3>{lead}{esc(title)}</h3>{right}</header>{body}</section>'


def channel_name(channel_id: str, language: Language) -> str:
    """Return a channel's name, or its id when it is not in the channel book."""
    from ..data import knowledge

    try:
        return knowledge.channel(channel_id).name.pick(language)
    except AdwrightError:
        return channel_id


def pick(words: Words | dict | str, language: Language) -> str:
    """Return the sentence in `language` from words, their JSON, or plain text."""
    if isinstance(words, Words):
        return words.pick(language)
    if isinstance(words, dict):
        return str(words.get(language) or words.get("en") or words.get("zh") or "")
    return str(words)
