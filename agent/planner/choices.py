"""An answer that points at one of the options offered: 第二个, the first one, B, 2, 都不要.

The option's own words are then read as if the merchant had said them. Not here: pieces of copy and lines of a plan, which
are pointed at in the same way but belong to edits.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...data.words import Language, Words

ORDER = {
    **{c: i for i, c in enumerate("一二三四五", 1)},
    **{w: i for i, w in enumerate(("first", "second", "third", "fourth", "fifth"), 1)},
    **{c: i for i, c in enumerate("abcde", 1)},
    **{str(i): i for i in range(1, 6)},
    "前": 1, "后": -1, "上": 1, "下": -1, "last": -1, "latter": -1, "former": 1, "top": 1, "bottom": -1,
}  # fmt: skip
POINTS = re.compile(
    r"(?:就?(?:选|要|用|按)?|那就?|嗯,?|我?选?)(?:第([一二三四五1-5])(?:个|种|项|条|款)?|([前后上下])(?:面(?:那)?)?(?:一)?(?:个|者|种)|选项?([a-e1-5])|([a-e]))(?:吧|好了|就行|就好)?[。!.]?"
    r"|(?:ok,? ?|yes,? ?|let'?s go with |go (?:with|for) |i'?ll take |take |choose |pick |use |option |number |the )*(first|second|third|fourth|fifth|last|latter|former|top|bottom|[1-5]|[a-e])(?: one| option| choice)?(?: please| then)?[.!]?"
)


def chosen(text: str, options: Sequence[Words], language: Language) -> str | None:
    """The words of the option that normalised `text` points at, or None.

    Example:
        >>> from adwright.data.words import both
        >>> chosen("the second one", [both("7 天", "7 days"), both("14 天", "14 days")], "en")
        '14 days'
    """
    m = POINTS.fullmatch(text.strip()) if options else None
    word = next((g for g in m.groups() if g), None) if m else None
    if word is None:
        return None
    n = ORDER[word]
    return options[n - 1 if n > 0 else n].pick(language) if abs(n) <= len(options) else None
