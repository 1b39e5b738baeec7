"""A file given in the composer: guess which table it is, show what would be imported, then import it.

Reading and checking is the importer's; this file only guesses the kind from the importer's own dry runs and shows the report.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..agent.events import Failed
from ..data.errors import AdwrightError
from ..data.look import MUSIC, NO_PHOTOS, PHOTOS, is_media
from ..data.words import Language, Words, both
from .chat import error_card
from .markup import esc
from .texts import say

if TYPE_CHECKING:
    from ..data.importer import ImportReport
    from ..data.workspace import Workspace

TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".parquet", ".jsonl", ".ndjson", ".json", ".gz")
KINDS = ("orders", "campaigns", "products", "users", "events", "impressions", "contacts", "results")


def guess(path: Path) -> str:
    """Return the table that the file's headers fit best: columns known less required columns missing."""
    from ..data import headers, readers
    from ..data.schema import SCHEMA

    def score(cells: Sequence[Any]) -> int:
        return max(headers.score(kind, cells) for kind in KINDS)

    found = readers.read(path, score, namer=lambda cells: headers.nameless("events", cells)).headers
    if headers.platform(found) is not None:
        return "campaigns"

    def fit(kind: str) -> int:
        known = set(headers.match(kind, found).fields.values())
        return len(known) - sum(column.required and column.name not in known for column in SCHEMA[kind])  # pyright: ignore[reportArgumentType]

    return max(KINDS, key=fit)


def accepted() -> list[str]:
    """Return the endings the composer takes: tables, photos, music, and what is refused with a reason."""
    return [*TABLES, *PHOTOS, *NO_PHOTOS, *MUSIC]


def apart(files: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Part files into tables, and photos and music."""
    return [file for file in files if not is_media(file)], [file for file in files if is_media(file)]


def look(workspace: Workspace, path: Path, kind: str | None = None) -> tuple[str, ImportReport]:
    """Check a file as `kind`, or as what it seems to be, without importing it; raises what the importer raises."""
    from ..data.importer import import_file

    chosen = kind or guess(path)
    return chosen, import_file(workspace, chosen, path, dry_run=True)


def preview(name: str, kind: str, report: ImportReport, language: Language, demo: bool) -> str:
    """Return the card above the composer: what the file seems to be, first rows, columns, problems, import or not."""
    kinds = "".join(
        f'<button type="button" class="aw-chip" data-act="file-kind" data-value="{item}" aria-pressed="{"true" if item == kind else "false"}">{esc(say(f"kind-{item}", language))}</button>'
        for item in KINDS
    )
    counts = say("file-rows", language, rows=f"{report.rows:,}", good=f"{report.imported:,}", bad=f"{report.bad_rows:,}")
    if report.already_imported:
        counts = say("already", language)
    mapping = ("，" if language == "zh" else ", ").join(
        f"{column} → {field_title(kind, name, language)}" for column, name in report.mapping.items()
    )
    notes = "".join(f"<li>{esc(note.pick(language))}</li>" for note in report.notes)
    warning = f'<p class="aw-dim">{esc(say("demo-mixed", language))}</p>' if demo else ""
    return (
        f'<section class="aw-incoming" aria-live="polite"><h3>{esc(name)}</h3><p>{esc(say("file-is", language, kind=say(f"kind-{kind}", language)))} {esc(counts)}</p>'
        f'<div class="aw-kinds" role="group" aria-label="{esc(say("file-kind", language))}">{kinds}</div>'
        f'<p class="aw-dim">{esc(say("mapping", language))} {esc(mapping)}</p>{_rows(report, language)}{f"<ul>{notes}</ul>" if notes else ""}{_problems(report, language)}{warning}'
        f'<div class="aw-buttons"><button type="button" class="aw-big aw-primary" data-act="import"{" disabled" if report.already_imported else ""}>{esc(say("import", language))}</button>'
        f'<button type="button" class="aw-big" data-act="import-no">{esc(say("cancel", language))}</button></div></section>'
    )


def imported(report: ImportReport, kind: str, language: Language, advice: Words | None = None) -> str:
    """Return the card after an import, with what the new rows call for."""
    title = report.told.pick(language)
    called_for = f"<p>{esc(advice.pick(language))}</p>" if advice else ""
    return (
        f'<section class="aw-incoming" role="status" data-kind="{esc(kind)}"><h3>{esc(title)}</h3>{_problems(report, language)}{called_for}'
        f'<div class="aw-buttons"><button type="button" class="aw-big" data-act="import-no">{esc(say("close", language))}</button></div></section>'
    )


def advised(workspace: Workspace, kind: str) -> Words | None:
    """What newly imported rows call for: training anew when impressions have drifted, a question when daily results came."""
    if kind == "results":
        return both("接着问“明天怎么调？”就能看到建议。", "Now ask “what should I change tomorrow?” for proposals.")
    if kind != "impressions":
        return None
    from ..tools.response.drift import advice

    return advice(workspace)


def refused(name: str, error: AdwrightError, language: Language) -> str:
    """Return the error card of a file that cannot be read, with a way out."""
    failed = Failed(code=error.code, message=error.message, hint=error.hint)
    return (
        error_card(failed, language, facts=name)
        + f'<div class="aw-chips"><button type="button" class="aw-chip aw-main" data-do="upload">{esc(say("choose-again", language))}</button>'
        f'<button type="button" class="aw-chip" data-act="import-no">{esc(say("close", language))}</button></div>'
    )


def field_title(kind: str, name: str, language: Language) -> str:
    """Return a field's name for people, or the field itself when the importer derives it."""
    from ..data.schema import SCHEMA

    return next((column.title.pick(language) for column in SCHEMA[kind] if column.name == name), name)  # pyright: ignore[reportArgumentType]


def _problems(report: ImportReport, language: Language) -> str:
    if not report.quarantined:
        return ""
    colon = "：" if language == "zh" else ": "
    rows = "".join(
        f"<li>{esc(say('row', language, n=bad.row))}{colon}{esc(bad.reason.pick(language))}</li>" for bad in report.quarantined[:8]
    )
    return f"<p>{esc(say('quarantined', language, n=report.bad_rows))}</p><ul>{rows}</ul>"


def _rows(report: ImportReport, language: Language) -> str:
    rows = report.preview
    if not rows:
        return ""
    names = list(rows[0])[:8]
    head = "".join(f"<th>{esc(field_title(report.kind, name, language))}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{esc('' if row.get(name) is None else row.get(name))}</td>" for name in names) + "</tr>" for row in rows[:4]
    )
    return f'<div class="aw-scroll"><table class="aw-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def discard(*files: Path) -> None:
    """Remove the page's own copies of uploads once they were taken in or put aside: they may hold people's addresses."""
    for file in files:
        if file.is_file():
            file.unlink()
