"""A model may word a persona's text; the checker decides whether the wording stands. The facts are never the model's.

`write` is any function from a prompt to a text, so that no model library is known here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from typing import Any

from ...data.plan import Finding
from ...data.portrait import Portrait
from ...data.words import Language
from .check import check_persona

TRIES = 2
LONGER = 1.3


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
