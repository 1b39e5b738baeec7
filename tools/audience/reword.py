"""A model may word a persona's summary; the checker decides whether the wording stands. The facts are never the model's.

`reworded` takes any function from a prompt to a text, so that no model library is known here. `reword` words a shop's segments by
the chat model of its settings: once per text, kept in ``models/``; with the planner nothing is asked for and nothing changes.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ...data.errors import AdwrightError
from ...data.plan import Finding, Segment
from ...data.portrait import Portrait
from ...data.words import Language, Words, both
from ..endpoint import writer
from .check import check_persona
from .segment import Segmentation

if TYPE_CHECKING:
    from ...data.workspace import Workspace

TRIES = 2
LONGER = 1.3
AT_ONCE = 4
SECONDS = 12.0
FILE = "persona-texts.json"


def reword(workspace: Workspace, found: Segmentation, language: Language) -> Segmentation:
    """Return the segments with summaries in `language` worded by the configured chat model, where the checker lets them stand.

    A summary whose drafts hold a number or a demographic word beyond the evidence, or for which no draft came in time, stays as it
    was, and a note says so.
    """
    write = writer(workspace.settings, SECONDS)
    if write is None or not found.n_users:
        return found
    model = workspace.settings.model
    kept = _kept(workspace)
    faults: list[AdwrightError] = []
    until = time.monotonic() + SECONDS

    def worded(segment: Segment) -> str | None:
        """Return the text that stands, "" where the checker refused every draft, None where none came in time."""
        text = segment.persona.summary.pick(language)
        mark = _mark(model, language, text)
        if mark not in kept and not faults and time.monotonic() < until:
            try:
                told, wrong = reworded(text, segment.portrait or Portrait(), language, write)
                kept[mark] = "" if wrong or told == text else told
            except AdwrightError as error:
                faults.append(error)
        return kept.get(mark)

    before = dict(kept)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        texts = list(pool.map(worded, found.segments))
    if kept != before:
        (workspace.models / FILE).write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
    segments = [_with(s, text, language) if text else s for s, text in zip(found.segments, texts, strict=True)]
    return found.model_copy(update={"segments": segments, "notes": [*found.notes, *_notes(model, texts, faults)]})


def _with(segment: Segment, text: str, language: Language) -> Segment:
    summary = segment.persona.summary.model_copy(update={language: text})
    return segment.model_copy(update={"persona": segment.persona.model_copy(update={"summary": summary})})


def _notes(model: str, texts: list[str | None], faults: list[AdwrightError]) -> list[Words]:
    worded, refused = sum(bool(text) for text in texts), texts.count("")
    notes = []
    if worded:
        notes.append(
            both(
                f"{worded} 类的说明由模型 {model} 改写，其中数字都核对过。",
                f"Descriptions worded by the model {model}, every number checked: {worded}.",
            )
        )
    if refused:
        notes.append(
            both(
                f"模型 {model} 写的 {refused} 段说明有证据里没有的内容或没有改动，用的是原来的说明。",
                f"Drafts of the model {model} that went beyond the evidence or changed nothing: {refused}; our own words stand there.",
            )
        )
    if faults:
        notes.append(both(f"{faults[0].message.zh}人群说明用的是原来的文字。", f"{faults[0].message.en} Our own descriptions stand."))
    elif None in texts:
        notes.append(
            both(
                f"模型 {model} 用时太久，{texts.count(None)} 段说明这次用的是原来的文字。",
                f"The model {model} took too long: {texts.count(None)} of our own descriptions stand this time.",
            )
        )
    return notes  # fmt: skip


def _mark(model: str, language: Language, text: str) -> str:
    return hashlib.sha256(f"{model}\n{language}\n{text}".encode()).hexdigest()


def _kept(workspace: Workspace) -> dict[str, str]:
    """Return the texts of earlier turns; a damaged file counts as none."""
    try:
        told = json.loads((workspace.models / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def reworded(text: str, evidence: Portrait, language: Language, write: Callable[[str], str]) -> tuple[str, list[Finding]]:
    """Return the model's wording where it passes `check_persona`, else `text` itself with what was found wrong in the last draft.

    A draft that is empty or clearly longer than `text` is refused too. A model gets two tries, the second with its faults.
    """
    facts = [f"{fact.name.pick(language)}: {fact.value.pick(language)}" for fact in evidence.facts]
    wrong: list[Finding] = []
    for _ in range(TRIES):
        told = "; ".join(finding.reason.pick(language) for finding in wrong)
        draft = write(_prompt(language).render(text=text, facts=facts, wrong=told)).strip()
        wrong = check_persona(draft, evidence, language)
        if draft and not wrong and len(draft) <= LONGER * len(text):
            return draft, []
    return text, wrong


@lru_cache(maxsize=2)
def _prompt(language: Language) -> Any:
    from jinja2 import Environment, StrictUndefined

    package = str(__package__).rsplit(".", 2)[0]
    source = files(f"{package}.prompts").joinpath(f"persona-reword.{language}.md").read_text(encoding="utf-8")
    return Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False).from_string(source)
