"""A found answer in a chat model's words: the same facts, held against the found one; else the found one stands.

The customer's message goes to the model as quoted data. Its reply is dropped when it holds a figure, a link, an address or a promise that
the found answer does not hold, leaves out one of its figures, changes the language or runs long.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from typing import Any

from ...data.errors import AdwrightError
from ...data.words import Language

_FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")
_REACHES = re.compile(r"https?://|www\.|@|\b\d{7,}\b")
_PROMISE = re.compile(
    r"保证|承诺|一定|肯定|全额|赔|补偿|赠送|免费|立即退|马上退|(?<![a-z])(?:guarantee\w*|promise\w*|definitely|certainly|compensat\w*|free|full refund|immediately|right away|gift)(?![a-z])",
    re.IGNORECASE,
)
LONGEST = 1.8


def reworded(write: Callable[[str], str], message: str, found: str, language: Language) -> str:
    """Return `found` in the model's words where they hold no more and no less, else `found` itself."""
    try:
        text = write(_prompt(language).render(message=message[:1000], found=found)).strip()
    except AdwrightError:
        # Without the model the found answer is the answer.
        return found
    return text if faithful(text, found, language) else found


def faithful(text: str, found: str, language: Language) -> bool:
    """Whether a text says what `found` says: same figures, no reach and no promise beyond it, same language, not much longer.

    Example:
        >>> faithful("It ships within 48 hours.", "Orders leave within 48 hours.", "en"), faithful("Ships in 24 hours.", "Orders leave within 48 hours.", "en")
        (True, False)
    """
    if not text or len(text) > LONGEST * len(found) + 80 or "{" in text or "<" in text:
        return False
    if set(_FIGURE.findall(text)) != set(_FIGURE.findall(found)):
        return False
    if any(match not in found for match in _REACHES.findall(text)):
        return False
    promised = {m.group().lower() for m in _PROMISE.finditer(text)}
    if any(word not in found.lower() for word in promised):
        return False
    return (re.search(r"[\u4e00-\u9fff]", text) is not None) == (language == "zh" or re.search(r"[\u4e00-\u9fff]", found) is not None)


@lru_cache(maxsize=2)
def _prompt(language: Language) -> Any:
    from jinja2 import Environment, StrictUndefined

    package = str(__package__).rpartition(".tools.")[0]
    source = files(f"{package}.prompts").joinpath(f"service-reword.{language}.md").read_text(encoding="utf-8")
    return Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False).from_string(source)
