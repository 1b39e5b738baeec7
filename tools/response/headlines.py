"""What a headline says in numbers: length, offer words, figures, a question, urgency, address, emphasis, a call, its tone.

Words come from the lexicons and tones in ``data/knowledge``. Nothing here judges a text; a model learns from past impressions
which of these numbers went with clicks. Not here: checks of policy (creative/gate).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from ...data import knowledge

# Names of what `headline_numbers` returns, in its order; the first four have kept their places since the first models.
PARTS = ("width", "number", "offer", "question", "urgency", "address", "emphasis", "call")
OFFER = re.compile(r"减|折|送|赠|券|优惠|半价|特价|立省|包邮|off|save|free|gift|deal|discount|%", re.IGNORECASE)
EMPHASIS = re.compile("[!！★☆\u2600-\u27bf\U0001f300-\U0001faff]")
NAN = float("nan")
# A part of a name counts as the product's from this width on: one Chinese character or "3" names nothing.
LEAST_NAME = 3


def width_of(text: str) -> int:
    """Length on the screen; a Chinese character counts 2."""
    return sum(2 if ord(c) > 0x2E7F else 1 for c in text)


@lru_cache(maxsize=65_536)
def headline_numbers(headline: str | None) -> tuple[float, ...]:
    """Width / 30 (Chinese counts 2), then 0 or 1: a digit, an offer word, a question, urgency, second person, emphasis, a call to act.

    All NaN when there is no headline; the order is that of `PARTS`.

    Example:
        >>> headline_numbers("今天下单，您立减50元！")[1:]
        (1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0)
    """
    if not headline:
        return (NAN,) * len(PARTS)
    return (
        width_of(headline) / 30,
        float(any(c.isdigit() for c in headline)),
        float(bool(OFFER.search(headline))),
        float("?" in headline or "？" in headline),
        float(bool(_words("urgency").search(headline))),
        float(bool(_words("you").search(headline))),
        float(bool(EMPHASIS.search(headline))),
        float(bool(_words("cta").search(headline))),
    )


@lru_cache(maxsize=65_536)
def fill_of(headline: str | None, channel: str | None) -> float:
    """Share of the channel's limit that a headline uses; NaN when there is no headline or no known limit."""
    known = knowledge.channels().get(channel or "")
    first = next(iter(known.copy_fields), None) if known else None
    return first.used(headline) / first.limit if headline and first is not None and first.limit else NAN


@lru_cache(maxsize=65_536)
def tone_of(headline: str | None) -> str | None:
    """Tone whose words a headline uses most (``tones.toml``); ``plain`` when it uses none, None without a headline.

    Example:
        >>> tone_of("限时：轻奢真皮手包"), tone_of("跑鞋上新")
        ('premium', 'plain')
    """
    if not headline:
        return None
    found = {name: len(set(pattern.findall(headline.lower()))) for name, pattern in _tones().items()}
    best = max(found, key=lambda name: found[name], default="plain")
    return best if found.get(best) else "plain"


def names_product(headline: str | None, names: Iterable[str] | None) -> float:
    """1 when a headline holds a word that names the product (brand or model), else 0; NaN when either is unknown."""
    if not headline or names is None:
        return NAN
    return _names(headline.lower(), tuple(names))


@lru_cache(maxsize=65_536)
def _names(text: str, names: tuple[str, ...]) -> float:
    return float(any(name.lower() in text for name in names if width_of(name) >= LEAST_NAME))


@cache
def _words(name: str) -> re.Pattern[str]:
    return _any([*knowledge.lexicon(f"{name}_zh"), *knowledge.lexicon(f"{name}_en")])


@cache
def _tones() -> dict[str, re.Pattern[str]]:
    return {
        name: _any([w for w in (*tone.words_zh, *tone.words_en) if width_of(w) >= LEAST_NAME]) for name, tone in knowledge.tones().items()
    }


def _any(words: list[str]) -> re.Pattern[str]:
    """One pattern of many words, longest first; Latin words stand alone."""
    longest = sorted({w.lower() for w in words}, key=len, reverse=True)
    return re.compile("|".join(rf"(?<![a-z]){re.escape(w)}(?![a-z])" if w.isascii() else re.escape(w) for w in longest), re.IGNORECASE)
