"""Single pictures pointed at, to be dropped or kept: 第一张图不要, 去掉横版的, "drop the second picture", "keep only the first three".

Read clause by clause: a clause points at pictures where, the pointing and the verb set aside, nothing but filler is left; all other
clauses have to be changes of the pictures' look. Patterns are data (``[picks]`` in words.toml). Not here: only one shape (`look_asks`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from .lexicon import expressions
from .look_asks import look_edit
from .places import find_channels
from .scan import Scan, scan
from .sure import ORDINALS

_COUNTS = {
    **{word: value for word, value in ORDINALS.items() if value > 0 and len(word) < 2},
    **{word: i for i, word in enumerate(("one", "two", "three", "four", "five", "six"), 1)},
}


@dataclass
class _Pointed:
    """What a clause points at so far, and the text that is left of it."""

    left: str
    picks: dict[str, list[Any]] = field(default_factory=dict)

    def take(self, name: str, m: re.Match[str], *values: Any) -> None:
        """Keep values of one kind and blank their words."""
        held = self.picks.setdefault(name, [])
        held += [value for value in values if value not in held]
        self.left = self.left[: m.start()] + " " * (m.end() - m.start()) + self.left[m.end() :]


def picture_edit(s: Scan, today: date, pictured: bool) -> dict[str, Any] | None:
    """Return a change that points at single pictures, with whatever else it changes of their look; None for any other message.

    `pictured`: a set of pictures is what was spoken of last, so that "the second one" is a picture.

    Example:
        >>> day = date(2026, 11, 23)
        >>> [picture_edit(scan(t, day), day, True) for t in ("第一张图不要，价格大一点", "keep only the first three", "预算降到1万")]
        [{'price': 'bigger', 'drop': {'numbers': [1]}}, {'keep': {'numbers': [1, 2, 3]}}, None]
    """
    if expressions("picks")["not"].search(s.plain):
        return None
    found: dict[str, dict[str, list[Any]]] = {}
    rest: list[str] = []
    # 第三张不好看，去掉: a complaint with a verb after it is that verb.
    plain = expressions("picks")["disliked"].sub(lambda m: " " if m[0][0] > "z" else "drop ", s.plain)
    for clause in expressions("picks")["split"].split(plain):
        pointed = _pointed(clause, pictured) if clause and clause.strip() else None
        if pointed is not None:
            verb, picks = pointed
            held = found.setdefault(verb, {})
            for name, values in picks.items():
                held[name] = [*held.get(name, []), *(value for value in values if value not in held.get(name, []))]
        elif clause and clause.strip() and not (found and expressions("picks")["others"].fullmatch(clause.strip())):
            rest.append(clause.strip())
    if not found:
        return None
    other = look_edit(scan("，".join(rest), today)) if rest else {}
    return None if other is None else {**other, **found}


def _pointed(clause: str, pictured: bool) -> tuple[str, dict[str, list[Any]]] | None:
    """Return ``drop`` or ``keep`` and the pictures a clause points at; None where it says anything else."""
    patterns = expressions("picks")
    verb = next((name for name in ("keep", "drop") if patterns[name].search(clause)), None)
    if verb is None:
        return None
    named = patterns["picture"].search(clause) is not None
    at = _Pointed(patterns[verb].sub(" ", clause))
    _numbers(at)
    for name in ("tall", "square", "wide"):
        while m := patterns[name].search(at.left):
            at.take("shapes", m, name)
    while m := patterns["size"].search(at.left):
        at.take("sizes", m, f"{m[1]}x{m[2]}")
    for extent in ("smallest", "largest"):
        if m := patterns[extent].search(at.left):
            at.take("extents", m, extent)
    for language in ("zh", "en"):
        if m := patterns[f"in_{language}"].search(at.left):
            at.take("languages", m, language)
    if named:
        for hit in reversed(find_channels(at.left)):
            if m := re.compile(re.escape(hit.word)).search(at.left):
                at.take("channels", m, hit.id)
    if not at.picks or patterns["filler"].sub("", at.left).strip(" ,，、.。!！~"):
        return None
    if not (pictured or named or {"shapes", "sizes", "extents"} & at.picks.keys()):
        return None
    # Only one shape is a wish of its own: it holds for sizes that are added later as well.
    return None if verb == "keep" and set(at.picks) == {"shapes"} else (verb, at.picks)


def _numbers(at: _Pointed) -> None:
    """Take numbers, from the ends (前三张, the last two) to single ones and lists of them."""
    patterns = expressions("picks")
    for name, values in (("first_n", lambda n: range(1, n + 1)), ("last_n", lambda n: range(-n, 0))):
        while m := patterns[name].search(at.left):
            at.take("numbers", m, *values(_count(next(g for g in m.groups() if g))))
    while m := patterns["from_end"].search(at.left):
        at.take("numbers", m, -_count(m[1]))
    while m := patterns["last"].search(at.left):
        at.take("numbers", m, -1)
    while m := patterns["numbers"].search(at.left):
        said = next(g for g in m.groups() if g)
        if span := patterns["span"].search(said):
            at.take("numbers", m, *range(_count(span[1]), _count(span[2]) + 1))
        else:
            at.take("numbers", m, *(_count(word) for word in patterns["number"].findall(said)))


def _count(word: str) -> int:
    """A number as said: 3, 三, three, third, 3rd."""
    digits = re.match(r"\d+", word)
    return int(digits[0]) if digits else _COUNTS.get(word, ORDINALS.get(word, 0))
