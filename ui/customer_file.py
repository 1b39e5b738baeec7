"""A segment's customer list on the page: the question before it is written, and what was written, with its two downloads."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..data.errors import AdwrightError
from ..data.knowledge.customer_lists import list_rule
from ..data.words import Language, Words
from .markup import esc, icon, pick
from .texts import say

MAIN = ("in_segment", "with_consent", "written")
OTHER = ("suppressed", "minors", "invalid", "duplicates")


def asked(args: dict[str, Any], names: dict[str, Words], language: Language) -> str:
    """Return the line of the approval bar that names segment and platform; `names` are those of the known segments by id."""
    segment, platform = str(args.get("segment") or ""), str(args.get("platform") or "")
    # A platform we do not know is called what the merchant called it; the tool will refuse it and say which there are.
    with suppress(AdwrightError):
        platform = list_rule(platform).name.pick(language)
    name = names[segment].pick(language) if segment in names else segment
    shown = f" · {esc(segment)}" if name != segment else ""
    return f'<div class="aw-sumline aw-listline"><b>{esc(name)}</b>{shown} · {esc(say("list-for", language, platform=platform))}</div>'


def written(data: dict[str, Any], language: Language, url: Callable[[str], str]) -> str:
    """Return counts, notes and the downloads of a finished list; `url` is empty for a file that is not in the export folder."""
    counts = data["counts"]
    main = "".join(f"<div><dt>{esc(say(f'list-{name}', language))}</dt><dd>{counts[name]:,}</dd></div>" for name in MAIN if name in counts)
    gap = "，" if language == "zh" else ", "
    rest = gap.join(f"{say(f'list-{name}', language)} {counts[name]:,}" for name in OTHER if counts.get(name))
    notes = "".join(f"<li>{icon('warn')}<span>{esc(pick(note, language))}</span></li>" for note in data.get("notes") or [])
    warned = f'<ul class="aw-notes aw-warns">{notes}</ul>' if notes else ""
    out = f'<p class="aw-dim">{esc(rest)}</p>' if rest else ""
    rule = f'<p class="aw-dim">{esc(pick(data["rule"], language))}</p>' if data.get("rule") else ""
    return f'<div class="aw-list"><dl class="aw-foot">{main}</dl>{out}{rule}{warned}{_downloads(data, language, url)}</div>'


def _downloads(data: dict[str, Any], language: Language, url: Callable[[str], str]) -> str:
    buttons = ""
    for item in data.get("items") or []:
        name, address = str(item.get("name") or ""), url(str(item.get("file") or ""))
        if address:
            label = say("list-manifest" if name.endswith(".json") else "list-csv", language)
            buttons += f'<a class="aw-small aw-download" href="{esc(address)}" download="{esc(name)}" title="{esc(name)}">{esc(label)}</a>'
    return f'<div class="aw-listfiles">{buttons}</div>' if buttons else f'<p class="aw-dim">{esc(say("list-gone", language))}</p>'
