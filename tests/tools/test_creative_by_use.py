"""Lines by what a thing is for: found by the end of a name, claim nothing themselves, kept from tones that do not chat."""

from __future__ import annotations

import re

import pytest

from adwright.data.words import Language
from adwright.tools.creative import draft_copy, lint, unsupported
from adwright.tools.creative.by_use import USES, lines_by_use, use_of, uses
from adwright.tools.creative.grammar import KINDS, slots_of

LANGUAGES: tuple[Language, ...] = ("zh", "en")
ROWS: list[tuple[Language, str, str, str]] = [
    (language, word, role, line)
    for language in LANGUAGES
    for word, own in uses(language).items()
    for role, lines in own.items()
    for line in lines
]


def test_no_line_claims_anything_itself() -> None:
    for language, word, _, line in ROWS:
        plain = re.sub(r"\{\w+\}", "", line)
        assert not unsupported(plain, (word,), language), (word, line)
        assert not lint(plain, language, None, "google"), (word, line)


def test_roles_and_slots_are_known_and_headlines_are_short() -> None:
    for language, word, role, line in ROWS:
        assert role in USES.values(), (word, role)
        slots = {slot[0].lower() + slot[1:] for slot in slots_of(line)}
        assert slots <= {*KINDS, "fact", "fact2", "color", "noun", "list"}, (word, line)
        assert role != "headline" or len(re.sub(r"\{\w+\}", "", line)) <= (16 if language == "zh" else 32), (word, line)
        assert role != "line" or slots, (word, line)


@pytest.mark.parametrize(
    ("language", "name", "found"),
    [
        ("en", "Summit trail shoes", True),
        ("en", "running shoe cleaner", False),
        ("en", "content", False),
        ("en", "Duo Trek tents", True),
        ("en", "", False),
        ("zh", "云步 轻云3 跑鞋", True),
        ("zh", "跑鞋清洁剂", False),
    ],
)
def test_the_end_of_a_name_decides(language: Language, name: str, found: bool) -> None:
    assert bool(use_of(name, language)) == found


def test_the_longest_end_decides() -> None:
    assert use_of("碎花连衣裙", "zh") == uses("zh")["连衣裙"] != uses("zh")["裙"]


def test_reserved_tones_take_only_what_tells_facts() -> None:
    own = use_of("tent", "en")
    assert lines_by_use(own, "opener", "warm") == own["opener"]
    assert lines_by_use(own, "opener", "premium") == []
    assert lines_by_use(own, "search_line", "premium") == own["line"]


def test_a_product_without_facts_has_fifteen_headlines_that_state_nothing() -> None:
    heads = [f.text for f in draft_copy("trail shoes", "google", "en", n=1)[0].fields if f.field == "headline"]
    assert len(set(heads)) == 15
    assert not any(re.search(r"\d", head) or unsupported(head, ["trail shoes"], "en") for head in heads)
