"""What a figure is said about: its measure, its channel or name, read from its table, line or sentence.

The subject of a figure is what was named last before it, unless the sentence says "respectively", goes on about two things at
once, or speaks of the whole. Not covered: pronouns ("it", "the other") and subjects two paragraphs back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from .figure_words import AFTER, COMMA, END, ENDS, ENDS_AFTER, LINKS, MEASURES, NOUN, OBJECT, RESPECTIVELY, STARTS, STARTS_AFTER, TOTAL
from .planner.normalise import read

if TYPE_CHECKING:
    from .figures import Mention


def subjects_in(flat: str, names: Mapping[str, str]) -> list[tuple[int, int, str]]:
    """Return the places where channels and named things stand, longest names first, not overlapping."""
    taken: list[tuple[int, int, str]] = []
    for name, key in [*sorted(names.items(), key=lambda item: -len(item[0])), *channel_words()]:
        at = flat.find(name)
        while at >= 0:
            end = at + len(name)
            word = not (name[0].isascii() and at and flat[at - 1].isascii() and flat[at - 1].isalnum())
            word = word and not (name[-1].isascii() and end < len(flat) and flat[end].isascii() and flat[end].isalnum())
            if word and not any(a < end and at < b for a, b, _ in taken):
                taken.append((at, end, key))
            at = flat.find(name, end)
    return sorted(taken)


@lru_cache(maxsize=1)
def channel_words() -> list[tuple[str, str]]:
    """Return the names of channels, long ones first, each with its key."""
    from ..data.knowledge import channels

    found = {}
    for item in channels().values():
        for word in (item.name.zh, item.name.en, *item.aliases):
            word = read(word).plain.strip()
            if len(word) >= (4 if word.isascii() else 2) or word in ("jd", "sms", "b站"):
                found[word] = f"channel:{item.id}"
    found.pop("meta", None)
    return sorted(found.items(), key=lambda item: -len(item[0]))


def placed_in(flat: str, shown: str, found: list[Mention], subjects: list[tuple[int, int, str]]) -> list[Mention]:
    """Return the figures with measure, subjects and clause, read from their line, table or sentence."""
    out: list[Mention] = []
    heading: frozenset[str] = frozenset()
    table: list[tuple[str, frozenset[str]]] | None = None
    start = sentence = 0
    for line in flat.split("\n"):
        end = start + len(line)
        inside = [item for item in found if start <= item.start < end]
        here = [item for item in subjects if start <= item[0] < end]
        if line.lstrip().startswith("|"):
            cells = cell_spans(line, start)
            heads = [(flat[a:b], frozenset(key for x, _, key in here if a <= x < b)) for a, b in cells]
            if table is None:
                table = heads
            out += [in_table(flat, item, cells, heads, table, sentence) for item in inside]
        else:
            table = None
            if not inside and here and (len(line.strip()) <= 48):
                heading = frozenset(key for _, _, key in here)
            elif not line.strip() or (line.lstrip().startswith("#") and not here):
                heading = frozenset() if line.strip() else heading
            elif inside and not re.match(r"\s*(?:[-*•·+]|\d+[.)、])", line) and not line.startswith(" "):
                heading = frozenset() if here else heading
            cuts = [start, *(m.end() for m in END.finditer(shown, start, end)), end]
            for a, b in pairwise(cuts):
                sentence += 1
                out += in_sentence(
                    flat, shown, [x for x in inside if a <= x.start < b], [x for x in here if a <= x[0] < b], a, b, heading, sentence
                )
        sentence += 1
        start = end + 1
    return out


def cell_spans(line: str, start: int) -> list[tuple[int, int]]:
    """Return the place of each cell of a table row."""
    bars = [start + i for i, letter in enumerate(line) if letter == "|"] + [start + len(line)]
    return [(a + 1, b) for a, b in pairwise(bars) if b - a > 1]


def in_table(
    flat: str,
    item: Mention,
    cells: list[tuple[int, int]],
    row: list[tuple[str, frozenset[str]]],
    head: list[tuple[str, frozenset[str]]],
    sentence: int,
) -> Mention:
    """Return a figure of a table cell: the column's head and the row's first cell say what it is."""
    column = next((i for i, (a, b) in enumerate(cells) if a <= item.start < b), 0)
    top = head[column] if column < len(head) else ("", frozenset())
    side = row[0] if column else ("", frozenset())
    before = f"{side[0]} | {top[0]} | {flat[cells[column][0] : item.start]}"
    noun = noun_after(flat, item)
    own = row[column][1]
    measure = measure_before(flat[cells[column][0] : item.start]) or noun or measure_before(top[0]) or measure_before(side[0])
    measure = fitting(measure, item) if item.kind != "date" else date_role(flat, item)
    about = own or side[1] or top[1]
    clause = before + flat[item.start : cells[column][1]]
    return replace(
        item,
        measure=measure,
        noun=noun,
        about=about,
        strict=bool(about) and not TOTAL.search(side[0] + top[0]),
        clause=clause,
        before=before,
        sentence=sentence,
    )


def in_sentence(
    flat: str,
    shown: str,
    items: list[Mention],
    subjects: list[tuple[int, int, str]],
    start: int,
    end: int,
    heading: frozenset[str],
    sentence: int,
) -> list[Mention]:
    """Return the figures of a sentence, each with the subjects named since the figure before it."""
    out: list[Mention] = []
    scope, at = heading, -1
    used = -1
    colon = re.match(r"\s*(?:[-*•·+]|\d+[.)、])?[^:，,。|]{0,40}:", flat[start:end])
    lead = frozenset(key for a, _, key in subjects if colon and a < start + colon.end())
    ordered = bool(RESPECTIVELY.search(flat[start:end]))
    commas = [m.start() for m in COMMA.finditer(shown, start, end)]
    for index, item in enumerate(items):
        previous = items[index - 1].end if index else start
        fresh = [s for s in subjects if previous <= s[0] < item.start and s[0] > used]
        left = max([c + 1 for c in commas if c < item.start], default=start)
        right = min([c for c in commas if c >= item.end], default=end)
        if fresh:
            named = frozenset(key for _, _, key in fresh)
            # "A than B: x, y" goes on about both.
            scope, at = (scope | named if OBJECT.search(flat[start : fresh[0][0]]) and index else named), fresh[-1][0]
        total = item.kind != "rate" and bool(TOTAL.search(flat[max(previous, at if fresh else left) : item.start]))
        about, strict = scope, at >= left or (bool(lead) and scope == lead)
        if not fresh and not total:
            stop = items[index + 1].start if index + 1 < len(items) else end
            ahead = [s for s in subjects if item.end <= s[0] < min(right, stop)]
            if ahead and LINKS.search(flat[item.end : ahead[0][0]]):
                about, strict, used = frozenset({ahead[0][2]}), True, ahead[0][0]
        if ordered and len({key for a, _, key in subjects if a < item.start}) > 1:
            about = ordered_scope(flat, items, subjects, item, scope)
            strict = strict or len(about) < len(scope)
        elif len(scope) == 2 and (side := beside(flat, items, index)) is not None:
            pair = list(dict.fromkeys(key for a, _, key in subjects if key in scope and a < item.start))
            about, strict = (frozenset({pair[side]}), True) if len(pair) == 2 else (about, strict)
        if total or re.search(r"\bof (?:the |a |your )?(?:\w+ )?$|占(?:了)?(?:总|全部)?$", flat[left : item.start]):
            about, strict = frozenset() if total else about, False
        noun = noun_after(flat, item)
        measure = noun or measure_after(flat, item) or measure_before(flat[max(previous, left) : item.start]) or carried(out, flat, item)
        measure = date_role(flat, item) if item.kind == "date" else fitting(measure, item)
        out.append(
            replace(
                item,
                measure=measure,
                noun=noun,
                about=about,
                strict=strict and len(about) == 1,
                clause=flat[left:right],
                before=flat[left : item.start],
                sentence=sentence,
            )
        )
    return out


def beside(flat: str, items: list[Mention], index: int) -> int | None:
    """Return 0 or 1 for the first or second figure of "x against y", else None."""
    joint = re.compile(r"\s?(?:对|vs\.?|against|versus)\s?[¥$€£]?")
    if index and joint.fullmatch(flat[items[index - 1].end : items[index].start]):
        return 1
    return 0 if index + 1 < len(items) and joint.fullmatch(flat[items[index].end : items[index + 1].start]) else None


def ordered_scope(
    flat: str, items: list[Mention], subjects: list[tuple[int, int, str]], item: Mention, scope: frozenset[str]
) -> frozenset[str]:
    """Return the subject of the i-th figure of "A and B: x and y respectively"; `scope` when the order does not tell."""
    word = RESPECTIVELY.search(flat, subjects[0][0] if subjects else 0)
    # "respectively" stands in front of its figures in Chinese, behind them in English.
    if word is not None and word.start() < item.start:
        row = [x for x in items if x.start > word.start()]
        group = [s for s in subjects if s[0] < word.start()]
        group = group if len(group) == len(row) else group[-len(scope) :]
    else:
        group = [s for s in subjects if s[0] < item.start][-len(scope) :]
        row = [x for x in items if group and group[-1][0] < x.start]
    place = row.index(item) if item in row and len(group) > 1 else len(group)
    return frozenset({group[place][2]}) if place < len(group) else scope


def carried(out: list[Mention], flat: str, item: Mention) -> str | None:
    """Return the measure of the figure before, where this one only continues it: a range, an arrow, a bracket, "x on A and y on B"."""
    if not out or out[-1].kind == "date":
        return None
    between = flat[out[-1].end : item.start]
    noun = NOUN.match(between)
    between = between[noun.end() :] if noun else between
    if re.fullmatch(r"[\s(（]*(?:-|~|至|到|→|to|and|和|、|降至|升至|降到|升到|vs\.?|against|对)?[\s]*[¥$€£]?", between):
        return out[-1].measure
    same = out[-1].kind == item.kind and out[-1].noun == item.noun
    return out[-1].measure if same and len(between) <= 28 and re.search(r"\band\b|和|、|,|，|while|;", between) else None


def measure_after(flat: str, item: Mention) -> str | None:
    """Return the measure named right behind a sum of money: "¥5,000 in revenue", "$900 spent"."""
    found = AFTER.match(flat, item.end) if item.kind == "money" else None
    return found.lastgroup.removesuffix("_zh") if found and found.lastgroup else None


def fitting(measure: str | None, item: Mention) -> str | None:
    """Return the measure unless the unit written cannot be of it: a share of the budget is no budget."""
    if measure in ("spend", "revenue", "orders", "clicks", "impressions", "people", "price", "contribution", "days") and item.kind in (
        "rate",
        "ratio",
    ):
        return None
    return (
        None
        if item.kind == "money"
        and measure in ("orders", "clicks", "impressions", "people", "days", "roas", "ctr", "cvr", "share", "margin")
        else measure
    )


def date_role(flat: str, item: Mention) -> str | None:
    """Return whether a date is told as the first or the last day."""
    head = flat[max(0, item.start - 24) : item.start]
    if STARTS.search(head):
        return "start"
    if ENDS.search(head) or ENDS_AFTER.match(flat, item.end):
        return "end"
    return "start" if STARTS_AFTER.match(flat, item.end) else None


def noun_after(flat: str, item: Mention) -> str | None:
    """Return what is counted right behind a figure."""
    found = NOUN.match(flat, item.end)
    if item.kind in ("money", "rate", "date") or not found:
        return None
    return found.lastgroup


def measure_before(text: str) -> str | None:
    """Return the measure named last in a text."""
    if "=" in text and re.search(r"[÷x/+]", text):
        # "revenue ÷ budget = ": the figures behind it are of both.
        return None
    last, name = -1, None
    for key, pattern in MEASURES.items():
        for found in pattern.finditer(text):
            if found.end() > last:
                last, name = found.end(), key
    return name
