"""Wishes for pictures: style, price, logo, shapes, headline, offer, in a request or as a change of the pictures in force.

A change is read only where the whole message is made of such wishes and words of asking (换成水墨风，价格大一点), so that no other edit
is mistaken for one. Patterns are data (``[look]`` in words.toml), styles and offers are the shop's knowledge. Not here: tone of the
copy (`slots`), single pieces of copy (`copy_edits`).
"""

from __future__ import annotations

from typing import Any

from ...data.knowledge import offers_in, styles_in
from .lexicon import expressions
from .scan import Scan
from .sure import piece_meant

SHAPES = ("tall", "square", "wide")
PRICES = ("bigger", "smaller", "none", "normal")


def wishes(s: Scan) -> dict[str, Any]:
    """Return what a request states of its pictures, such as ``{"offer": ..., "style": ...}``; absent where it states none.

    A word of a style counts beside 风, 色调, style and the like: a film camera is no film look.

    Example:
        >>> from datetime import date
        >>> from adwright.agent.planner.scan import scan
        >>> wishes(scan("给跑鞋出一套图，清爽风，主打第二双半价", date(2026, 11, 23)))
        {'offer': '第二双半价', 'style': 'fresh', 'every_size': True}
    """
    found: dict[str, Any] = {}
    offers = offers_in(s.plain)
    if offers:
        found["offer"] = s.text.words(offers[0].start, offers[0].end).strip()
    product = range(s.product.start, s.product.end) if s.product else range(0)
    for start, end, style in styles_in(s.plain):
        beside = expressions("look")["styled_after"].match(s.plain, end) or expressions("look")["styled_before"].search(s.plain[:start])
        if (beside or expressions("look")["styled"].search(s.plain[start:end])) and start not in product:
            found["style"] = style
            break
    if expressions("look")["no_logo"].search(s.plain):
        found["logo"] = False
    if expressions("look")["taste"].search(s.plain) and "style" not in found:
        found["taste"] = True
    if expressions("look")["both_languages"].search(s.plain):
        found["languages"] = ["zh", "en"]
    if expressions("look")["every_size"].search(s.plain):
        found["every_size"] = True
    return found


def film_size(text: str) -> str:
    """Return the size of a film in px by the shape a message (normalised) names; upright where it names none.

    Example:
        >>> film_size("15秒横版视频"), film_size("a square video"), film_size("短视频")
        ('1280x720', '1080x1080', '720x1280')
    """
    return (
        "1280x720"
        if expressions("look")["wide_film"].search(text)
        else "1080x1080"
        if expressions("look")["square_film"].search(text)
        else "720x1280"
    )


def look_edit(s: Scan) -> dict[str, Any] | None:
    """Return what a message changes of the pictures in force, or None when it says anything else as well.

    Example:
        >>> from datetime import date
        >>> from adwright.agent.planner.scan import scan
        >>> [look_edit(scan(t, date(2026, 11, 23))) for t in ("换成水墨风，价格大一点", "vertical only", "预算降到1万")]
        [{'price': 'bigger', 'style': 'ink'}, {'shapes': ['tall']}, None]
    """
    if piece_meant(s.plain) is not None or (any(a.sure and a.role != "price" for a in s.amounts) and not offers_in(s.plain)):
        return None
    left, found = s.plain.strip(), dict[str, Any]()
    headline = expressions("look")["headline"].search(left)
    if headline:
        group = "text" if headline["text"] else "en"
        at = s.plain.index(left) + headline.start(group)
        said = s.text.words(at, at + len(headline[group])).strip(" “”\"'「」《》。.")
        if not said:
            return None
        found["headline"], left = said, left[: headline.start()]
    offers = offers_in(left)
    if offers:
        base = s.plain.index(left) if left else 0
        found["offer"] = s.text.words(base + offers[0].start, base + offers[0].end).strip()
        left = _without(left, [(o.start, o.end) for o in offers])
    for name, value in (
        *((f"price_{size}", ("price", size)) for size in PRICES),
        ("no_logo", ("logo", False)),
        ("with_logo", ("logo", True)),
        ("use_photo", ("photo", "upload")),
        ("taste", ("taste", True)),
        ("add_en", ("add_languages", ["en"])),
        ("add_zh", ("add_languages", ["zh"])),
    ):
        m = expressions("look")[name].search(left)
        if m:
            found.setdefault(*value)
            left = _without(left, [m.span()])
    shapes = [(shape, m) for shape in SHAPES for m in [expressions("look")[f"only_{shape}"].search(left)] if m]
    if shapes:
        found["shapes"] = [shape for shape, _ in shapes]
        for shape, _ in shapes:
            left = expressions("look")[f"only_{shape}"].sub(" ", left)
    styles = styles_in(left)
    if styles:
        found["style"] = styles[-1][2]
        left = _without(left, [(start, end) for start, end, _ in styles])
    if not found or expressions("look")["filler"].sub("", left).strip(" ，,。.!！;；、?~"):
        return None
    return found


def speaks_of_pictures(s: Scan) -> bool:
    """Whether a message names the pictures, so that a warmer tone is theirs and not the copy's."""
    return expressions("look")["pictures"].search(s.plain) is not None


def rewords(s: Scan) -> bool:
    """Whether a message is about the words on the pictures, which only new words change."""
    return expressions("look")["reworded"].search(s.plain) is not None


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with blanks for spans."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
