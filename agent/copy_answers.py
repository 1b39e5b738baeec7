"""The answer to a request for copy: every draft in full where there is room, its expected CTR, who wrote it, what was left out."""

from __future__ import annotations

from typing import Any

from ..data.figure import Figure
from ..data.result import Artifact
from ..data.words import Language
from .artifact_lines import picked, shortened

# So many letters of drafts stand in the answer; beyond, each is cut and the page or --json has the whole.
ROOM = 1600
CUT = 90
# From so many headlines a draft is a responsive ad: its headlines are what was asked for.
POOL = 7


def about_copy(finding: str, artifact: Artifact, language: Language) -> str:
    """Return finding, drafts and notes; figures are those of the artifact."""
    items = artifact.data.get("items", [])
    zh = language == "zh"
    heads = [text for item in items for field, text in texts_of(item) if field == "headline"]
    if len(items) == 1 and len(heads) >= POOL:
        others = [text for item in items for field, text in texts_of(item) if field in ("description", "long_headline")]
        told = ["\n".join(f"- {text}" for text in heads)]
        if others:
            told.append(("描述：" if zh else "Descriptions:") + "\n" + "\n".join(f"- {text}" for text in others))
    else:
        told = []
        whole = sum(len(text) for item in items for _, text in texts_of(item)) <= ROOM
        rates = [expected(item, language) for item in items]
        apart = len(set(rates)) > 1
        told += [draft(number, item, language, whole, rates[number - 1] if apart else "") for number, item in enumerate(items, start=1)]
        told += [rates[0]] if rates and rates[0] and not apart else []
    about = [picked(note, language) for note in artifact.data.get("about", [])]
    gap = "" if zh else " "
    opening = finding.rstrip("。.：:") + ("：" if zh else ":")
    return "\n\n".join([opening, *told, *([gap.join(about)] if about else [])])


def draft(number: int, item: dict[str, Any], language: Language, whole: bool, rate: str = "") -> str:
    """Return one draft: number, headlines, texts, and its expected CTR where that differs."""
    rows = texts_of(item)
    heads = [text for field, text in rows if field == "headline"]
    rest = [text for field, text in rows if field not in ("headline", "path")]
    if not heads and rest:
        heads, rest = rest[:1], rest[1:]
    quoted = " / ".join(f"「{text}」" if language == "zh" else f"“{text}”" for text in heads)
    lines = [f"{number}. {quoted}", *(text if whole else shortened(text, CUT) for text in rest), *([rate] if rate else [])]
    return "\n".join(lines)


def expected(item: dict[str, Any], language: Language) -> str:
    """Return a draft's expected CTR with its interval; empty where none was computed."""
    rate = item.get("ctr")
    if not rate:
        return ""
    figure = Figure.model_validate(rate)
    span = figure.range_text(language) if figure.low is not None else ""
    if language == "zh":
        return f"预计点击率 {figure.text(language)}" + (f"（{span}）" if span else "")
    return f"Expected CTR {figure.text(language)}" + (f" ({span})" if span else "")


def texts_of(item: dict[str, Any]) -> list[tuple[str, str]]:
    """Return field and text of a draft, without its call to action."""
    fields = item.get("copy_fields", item.get("fields", []))
    return [(str(f.get("field")), str(f.get("text", ""))) for f in fields if f.get("field") != "cta" and f.get("text")]
