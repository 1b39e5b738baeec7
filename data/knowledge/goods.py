"""The category of a product by its name: known goods, then their last part, then the letters of all known goods.

`nouns.toml` and the words of `categories.toml` are the goods. Nothing is trained ahead: the letter model counts the lists
once. Where it is unsure, or shops file the thing under two categories, the category is left out.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from functools import cache, lru_cache

from .categories import categories
from .files import fold, listed, read_toml

# Parts of the goods table: a category id, or one of these.
NONE, PACKED = "none", "packed"
# Probability below which the letter model keeps silent; on goods left out of the lists in turn, nine tenths are then right in Chinese, eight tenths in English.
SURE = 0.9
Hit = tuple[int, int, str]


def category_of(text: str) -> str | None:
    """Infer the category of a product from its name, or None when nothing speaks clearly for one.

    A deciding word (baby, dog) wins; then the goods that end the name ("kettle" of "blue kettle"; before "for", "with",
    "of"); then the letters of the whole name; at last goods named anywhere in it.

    Example:
        >>> category_of("宠物推车"), category_of("garlic presses"), category_of("冰箱贴"), category_of("心情")
        ('pets', 'home', 'home', None)
    """
    plain = fold(text)
    found = _ends(plain)
    if found is None:
        found = guess(plain) or max((h for h in _hits(plain) if h[1] > 1 and h[2] not in (NONE, PACKED)), default=(0, 0, None))[2]
    return None if found in (NONE, PACKED) else found


def goods_named(text: str) -> float:
    """How surely a name ends in listed goods, of any category or none: 1 a whole name or a long last part, 0.5 a short one, 0 no.

    Example:
        >>> goods_named("桂花糕"), goods_named("blue ukulele"), goods_named("大家好"), goods_named("handmade dog")
        (1, 1, 0, 0)
    """
    plain = fold(text)
    if len(plain) == 1:
        # A last part alone (花, 机) is no product, unless it is listed as one (茶).
        return float(any(plain in one.words_zh for one in categories().values()))
    last = max(_hits(plain), default=(-1, 0, NONE))
    while last[0] == 0 and last[2] == PACKED:
        plain = _before(plain, last[1])
        last = max(_hits(plain), default=(-1, 0, NONE))
    return 0 if last[0] < 0 else 1 if last[1] > 1 or plain.isascii() else 0.5


def _hits(plain: str) -> list[Hit]:
    return _zh_hits(plain, False) + _en_hits(plain, False)


def _ends(plain: str) -> str | None:
    """The category of the goods that end or mark a name, "none" for goods of no category, None when no goods end it."""
    free = _unmarked().sub(" ", plain)
    marked = _zh_hits(free, True) + _en_hits(free, True)
    if marked:
        return max(marked)[2]
    while plain:
        end, length, category = max(_hits(plain), default=(-1, 0, NONE))
        if end < 0 or category != PACKED:
            return category if end == 0 else None
        # "蜂蜜礼盒", "shaving kit": the packing falls away and what stands before it decides.
        plain = _before(plain, length)
    return NONE


def _before(plain: str, length: int) -> str:
    return plain[:-length].strip() if not plain.isascii() else " ".join(plain.split()[:-length])


@cache
def all_goods(side: str) -> dict[str, str]:
    """All names of goods in a language to their category; longer knowledge first, last parts after whole names."""
    table: dict[str, str] = {}
    known, nouns = categories().values(), read_toml("nouns.toml")
    form = fold if side == "zh" else _folded_en
    for one in known:
        for word in one.words_zh if side == "zh" else one.words_en:
            table.setdefault(form(word), one.id)
    for part in (side, f"heads_{side}"):
        for id_, row in nouns.items():
            for word in listed(row.get(part, "")) if isinstance(row, dict) else ():
                table.setdefault(form(word), id_)
    return {word: id_ for word, id_ in table.items() if word.isascii() == (side == "en")}


@cache
def _marks(side: str) -> dict[str, str]:
    form = fold if side == "zh" else _folded_en
    return {form(w): one.id for one in categories().values() for w in (one.marks_zh if side == "zh" else one.marks_en)}


def _folded_en(name: str) -> str:
    return " ".join(map(singular, re.findall(r"[a-z0-9]+(?:[-'][a-z0-9]+)*", fold(name))))


@cache
def _unmarked() -> re.Pattern[str]:
    row = read_toml("categories.toml")["unmarked"]
    return re.compile("|".join(sorted((re.escape(fold(w)) for side in ("zh", "en") for w in listed(row[side])), key=len, reverse=True)))


@cache
def _zh_pattern(marks: bool) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(_marks("zh") if marks else all_goods("zh"), key=len, reverse=True))) or "$^")


def _zh_hits(plain: str, marks: bool) -> list[Hit]:
    """(end - length of the name, length, category): the greatest is nearest the end, then longest."""
    if plain.isascii():
        return []
    table, hits = _marks("zh") if marks else all_goods("zh"), []
    for start in range(len(plain)):
        found = _zh_pattern(marks).match(plain, start)
        if found:
            hits.append((found.end() - len(plain), found.end() - start, table[found.group()]))
    return hits


def _en_hits(plain: str, marks: bool) -> list[Hit]:
    table = _marks("en") if marks else all_goods("en")
    if not marks:
        plain = re.sub(r"^.*\b(?:bottle|jar|bag|box|case|pack|packet|tin|can|cup|bar|set|pair|piece|crate|sack|carton)e?s? of ", "", plain)
    head = re.split(r"\b(?:for|with|of|in|from|by|on)\b", plain)[0] if not marks else plain
    words = [singular(w) for w in re.findall(r"[a-z0-9]+(?:[-'][a-z0-9]+)*", head)]
    words = [piece for word in words for piece in ([word] if word in table else word.split("-"))]
    hits: list[Hit] = []
    for start in range(len(words)):
        for length in range(min(4, len(words) - start), 0, -1):
            found = table.get(" ".join(words[start : start + length]))
            if found:
                hits.append((start + length - len(words), length, found))
                break
    rest = plain[len(head) :].partition(" ")[2]
    if rest and not marks and all(h[2] in (NONE, PACKED) for h in hits):
        return _en_hits(rest, marks) or hits
    return hits


def singular(word: str) -> str:
    """Plain plural to singular, alike on both sides of a comparison; no dictionary."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith("ie"):
        return word[:-2] + "y"
    if len(word) > 4 and word.endswith(("shes", "ches", "sses", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us")):
        return word[:-1]
    return word


def letters(name: str) -> list[str]:
    """What the letter model counts: characters and pairs with the name's end marked; for ASCII words their ends and threes."""
    grams: list[str] = []
    chinese = "".join(re.findall(r"[^\x00-\x7f]+", name))
    if chinese:
        grams += [*chinese, *(chinese[i : i + 2] for i in range(len(chinese) - 1)), chinese[-1] + "$", chinese[-2:] + "$"]
    words = [singular(w) for w in re.findall(r"[a-z]+", name)]
    for i, word in enumerate(words):
        grams += ["w" + word, *(f"<{word}>"[k : k + 4] for k in range(max(1, len(word) - 1)))]
        grams += ["$" + word] * 2 if i == len(words) - 1 else []
    return grams


@cache
def _counts() -> tuple[dict[str, Counter[str]], dict[str, int], int]:
    rows = [(n, c) for side in ("zh", "en") for n, c in {**all_goods(side), **_marks(side)}.items() if c not in (NONE, PACKED)]
    return count_letters(rows)


def count_letters(rows: list[tuple[str, str]]) -> tuple[dict[str, Counter[str]], dict[str, int], int]:
    """Counts by letters and category, names by category, number of names: the naive Bayes model of (name, category) rows."""
    grams: defaultdict[str, Counter[str]] = defaultdict(Counter)
    names: Counter[str] = Counter()
    for name, category in rows:
        names[category] += 1
        for gram in set(letters(name)):
            grams[gram][category] += 1
    return dict(grams), dict(names), len(rows)


def guess(plain: str, model: tuple[dict[str, Counter[str]], dict[str, int], int] | None = None, sure: float = SURE) -> str | None:
    """The category by the letters of a folded name (naive Bayes, half a count for the unseen); None below `sure`."""
    grams, names, _ = model or _counts()
    seen = set(letters(plain))
    known = [g for g in seen if g in grams]
    # A known word or pair of characters speaks; scattered letters only when nearly all of them are known (a slip of the pen).
    if len(known) < 2 or (len(known) < 0.8 * len(seen) and not any(g[0] in "w$" or (not g.isascii() and len(g) > 1) for g in known)):
        return None
    marks = [math.log(n) + sum(math.log((grams[g][c] + 0.3) / (n + 0.6)) for g in known) for c, n in names.items()]
    top = max(marks)
    share = 1 / sum(math.exp(m - top) for m in marks)
    return list(names)[marks.index(top)] if share >= sure else None


@cache
def _by_start() -> dict[str, list[str]]:
    """Chinese names of goods of two characters and more by their first two, longest first."""
    table: defaultdict[str, list[str]] = defaultdict(list)
    for word in sorted((w for w, c in all_goods("zh").items() if len(w) > 1 and c != PACKED), key=lambda w: (-len(w), w)):
        table[word[:2]].append(word)
    return dict(table)


@lru_cache(maxsize=64)
def listed_goods(text: str) -> tuple[tuple[int, int], ...]:
    """Places in folded text where listed goods are named, left to right, longest first, none overlapping.

    Example:
        >>> [t[a:b] for t in ("给蜂蜜和手工皂拍图", "mood lamps, iron skillets") for a, b in listed_goods(t)]
        ['蜂蜜', '手工皂', 'mood lamps', 'skillets']
    """
    found: list[tuple[int, int]] = []
    at, chinese = 0, _by_start()
    while at < len(text) - 1:
        word = next((w for w in chinese.get(text[at : at + 2], ()) if text.startswith(w, at)), None)
        if word:
            found.append((at, at + len(word)))
        at += len(word) if word else 1
    words = list(re.finditer(r"(?<![a-z0-9])[a-z0-9]+(?:[-'][a-z0-9]+)*", text))
    english, folded, i = all_goods("en"), [singular(w.group()) for w in words], 0
    while i < len(words):
        for n in range(min(4, len(words) - i), 0, -1):
            close = all(text[words[k].end() : words[k + 1].start()] == " " for k in range(i, i + n - 1))
            if close and english.get(" ".join(folded[i : i + n]), PACKED) != PACKED:
                found.append((words[i].start(), words[i + n - 1].end()))
                i += n - 1
                break
        i += 1
    return tuple(sorted(found))
