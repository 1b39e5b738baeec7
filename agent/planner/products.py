"""The product: a name from the catalogue, or the noun phrase that is left when all else in the message is read.

The phrase is the merchant's own words, so that unknown products work like known ones. Several products in one message:
the best one is the answer. Not here: which catalogue product is meant when only a description is given (tools do that).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from ...data.knowledge import categories, goods_named, listed_goods
from ...data.knowledge.files import fold
from ...data.knowledge.goods import all_goods
from .lexicon import pattern, word_list
from .normalise import is_chinese
from .tagger import Tags

PUNCTUATION = set('，。；;！？!?、,.()（）【】[]{}《》<>|/\\·…\n\t:"~=*_#@^')


@dataclass(frozen=True)
class CatalogueItem:
    """A product the shop sells; `names` are all its names and keywords, folded."""

    id: str
    name: str
    names: tuple[str, ...]
    category: str | None = None


@dataclass
class Catalogue:
    """The shop's products, for finding them in a message by name.

    Example:
        >>> shelf = Catalogue.of([("p1", ["云跑 轻量跑鞋", "Cloud running shoes"], "sports")])
        >>> shelf.nearest("cloud runing shoes").id
        'p1'
    """

    items: list[CatalogueItem] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._by_name: dict[str, CatalogueItem] = {}
        for item in self.items:
            for name in item.names:
                if len(name) >= 2:
                    self._by_name.setdefault(name, item)
        self._regex = pattern(self._by_name) if self._by_name else None

    @classmethod
    def of(cls, rows: Iterable[tuple[str, list[str], str | None]]) -> Catalogue:
        """Make a catalogue from (id, names, category) rows; empty names are left out."""
        return cls(
            [CatalogueItem(id_, next((n for n in names if n), id_), tuple(fold(n) for n in names if n), cat) for id_, names, cat in rows]
        )

    def named(self, text: str) -> list[tuple[int, int, CatalogueItem]]:
        """Products whose full name stands in normalised text."""
        if self._regex is None:
            return []
        return [(m.start(), m.end(), found) for m in self._regex.finditer(text) if (found := self._by_name.get(fold(m.group())))]

    def nearest(self, words: str) -> CatalogueItem | None:
        """The product whose name is nearest to `words`, None when none is near."""
        if not self._by_name or len(words) < 2:
            return None
        folded = fold(words)
        if folded in self._by_name:
            return self._by_name[folded]
        hit = process.extractOne(
            folded, self._by_name.keys(), scorer=fuzz.WRatio if folded.isascii() else fuzz.partial_ratio, score_cutoff=88
        )
        return self._by_name[hit[0]] if hit else None


# Listed goods lose little by the tagger's doubt.
LOW = -0.3
# A span of the tagger is a candidate from this chance on; a certain one is worth this much more than an impossible one.
PROPOSED, WEIGHT, FRONT = 0.3, 3.5, 1.4


@dataclass(frozen=True)
class Piece:
    """A phrase at ``text[start:end]`` that may be the product."""

    start: int
    end: int
    score: float
    item: CatalogueItem | None = None


@cache
def _zh() -> dict[str, re.Pattern[str]]:
    known = {w for c in categories().values() for w in (*c.words_zh,) if len(w) >= 2} | set(word_list("guard_zh"))
    # Of the other goods only those that hold something that would be cut.
    cut = re.compile("|".join(map(re.escape, word_list("split_zh"))))
    edge = set("".join(word_list("edge_zh")))
    known |= {w for w in all_goods("zh") if len(w) >= 2 and (cut.search(w) or w[0] in edge or w[-1] in edge)}
    return {
        "split": re.compile("|".join(re.escape(w) for w in word_list("split_zh")) + r"|\d{4,}"),
        "guard": re.compile("|".join(re.escape(w) for w in sorted(known, key=lambda w: (-len(w), w)))),
        "vague": re.compile("|".join(re.escape(w) for w in word_list("vague_zh"))),
        "before": re.compile(
            rf"(?:{'|'.join(map(re.escape, word_list('before_zh')))})[“”\"《\s]*(?:我们?家?的?|一款|这款|新款|咱家的?|新的?|一?个|一下|一?点|些|几个)?$"
        ),
        "after": re.compile(rf"[”\"》\s]*(?:{'|'.join(map(re.escape, word_list('after_zh')))})"),
    }


@cache
def _en_words() -> tuple[frozenset[str], frozenset[str], frozenset[str], frozenset[str]]:
    return (
        frozenset(word_list("split_en")),
        frozenset(word_list("vague_en")),
        frozenset(word_list("before_en")),
        frozenset(word_list("after_en")),
    )


def find_product(text: str, taken: list[bool], *, sure: bool, catalogue: Catalogue | None = None) -> Piece | None:
    """The most likely product phrase. `sure` says that the message surely names one (it has a budget, a task, ...).

    Example:
        >>> t = "想给卫衣做推广，手上有"; p = find_product(t, [False] * len(t), sure=True); t[p.start:p.end]
        '卫衣'
        >>> t = "need a plan for olive oil"; p = find_product(t, [False] * len(t), sure=True); t[p.start:p.end]
        'olive oil'
    """
    if catalogue:
        named = [hit for hit in catalogue.named(text) if not all(taken[hit[0] : hit[1]])]
        if named:
            start, end, item = max(named, key=lambda hit: (hit[1] - hit[0], -hit[0]))
            return Piece(start, end, 99.0, item)
    pieces = [*_chinese_pieces(text, taken), *_english_pieces(text, taken)]
    tags = Tags(text, taken)
    pieces += _cuts(text, taken, pieces, tags)
    best: Piece | None = None
    for piece in sorted(pieces, key=lambda p: (p.start, p.end)):
        words = text[piece.start : piece.end]
        item = catalogue.nearest(words) if catalogue else None
        listed = goods_named(words)
        lean = WEIGHT * (tags.chance(piece.start, piece.end) - 0.4)
        score = piece.score + 3 * listed + (2 if item else 0) + (max(LOW, lean) if listed == 1 else lean)
        if best is None or score > best.score:
            best = Piece(piece.start, piece.end, score, item)
    if best is None:
        return None
    return best if best.score >= (0.4 if sure else 2.5) else None


def _cuts(text: str, taken: list[bool], pieces: list[Piece], tags: Tags) -> list[Piece]:
    """Other cuts of the phrases: the tagger's spans, and listed goods that end inside ("香薰" of "香薰我该定")."""
    cuts: dict[tuple[int, int], float] = {}
    for start, end, chance in tags.best():
        if chance >= PROPOSED and (end - start > 1 or goods_named(text[start:end])):
            # A cut that only drops the front loses the evidence before it; qualifiers are part of a name.
            ground = [p.score - (FRONT if p.end == end else 0) for p in pieces if p.start < end and start < p.end]
            cuts[start, end] = max(ground, default=0.5 if goods_named(text[start:end]) == 1 else -9.0)
    for piece in pieces:
        if goods_named(text[piece.start : piece.end]) or tags.chance(piece.start, piece.end) >= 0.5:
            continue
        for start, end in listed_goods(text[: piece.end]):
            # English names end with their head: "standing desk converters" are no desks.
            if piece.start <= start and end < piece.end and is_chinese(text[end - 1]):
                for first in {piece.start, start}:
                    cuts.setdefault((first, end), piece.score - FRONT)
    whole = {(p.start, p.end) for p in pieces}
    # No cut runs through a known word (去角质).
    inside = {i for m in _zh()["guard"].finditer(text) for i in range(m.start() + 1, m.end())}
    # Nor does one take a single character off the front: what falls away at the edges fell before.
    inside |= {p.start + 1 for p in pieces if is_chinese(text[p.start])}
    cuts = {(a, b): score for (a, b), score in cuts.items() if a not in inside and b not in inside}
    return [Piece(a, b, score) for (a, b), score in cuts.items() if score > -9 and (a, b) not in whole and not any(taken[a:b])]


def _stretches(text: str, taken: list[bool]) -> Iterable[tuple[int, int]]:
    """Runs of free characters between marks and read spans."""
    start = None
    for i in range(len(text) + 1):
        stop = i == len(text) or taken[i] or (text[i] in PUNCTUATION and not _inside_word(text, i))
        if stop:
            if start is not None and i > start:
                yield start, i
            start = None
        elif start is None:
            start = i


def _inside_word(text: str, i: int) -> bool:
    if text[i] not in ".,/":
        return False
    left, right = text[i - 1 : i], text[i + 1 : i + 2]
    if text[i] == ",":
        return False
    return (
        left.isalnum()
        and right.isalnum()
        and left.isascii()
        and right.isascii()
        and (text[i] == "." and (left.isdigit() or right.isdigit()))
    )


def _chinese_pieces(text: str, taken: list[bool]) -> list[Piece]:
    p = _zh()
    pieces: list[Piece] = []
    for start, end in _stretches(text, taken):
        if not any(map(is_chinese, text[start:end])):
            continue
        kept = bytearray(end - start)
        for m in p["guard"].finditer(text, start, end):
            kept[m.start() - start : m.end() - start] = b"\x01" * (m.end() - m.start())
        cut = bytearray(end - start)
        at = start
        while at < end:
            m = p["split"].match(text, at, end)
            if (
                m
                and m.end() > m.start()
                and not all(kept[m.start() - start : m.end() - start])
                and not (
                    kept[m.start() - start]
                    and m.start() > start
                    and kept[m.start() - start - 1]
                    and _same_guard(p["guard"], text, m.start())
                )
            ):
                cut[m.start() - start : m.end() - start] = b"\x01" * (m.end() - m.start())
                at = m.end()
            else:
                at += 1
        run = None
        for i in range(start, end + 1):
            if i == end or cut[i - start]:
                if run is not None:
                    piece = _trim_zh(text, run, i, taken)
                    if piece:
                        pieces.append(piece)
                run = None
            elif run is None:
                run = i
    return pieces


def _same_guard(guard: re.Pattern[str], text: str, at: int) -> bool:
    return any((m := guard.match(text, back)) is not None and m.end() > at for back in range(max(0, at - 4), at))


def _trim_zh(text: str, start: int, end: int, taken: list[bool]) -> Piece | None:
    p = _zh()
    edge = set("".join(word_list("edge_zh")))
    first, last = start, end
    while first < last:
        if text[first] == " " or (text[first] in edge and not ((g := p["guard"].match(text, first, last)) and g.end() - first >= 2)):
            first += 1
        else:
            break
    while last > first:
        if text[last - 1] == " " or (text[last - 1] in edge and not _guard_ends(p["guard"], text, first, last)):
            last -= 1
        else:
            break
    counted = re.match(
        r"(?:[\d一二两三四五六七八九十百千万几好]+(?:多|来)?[件个条双只盒箱批款瓶台把支包袋份])(?=[\u4e00-\u9fff]{2})", text[first:last]
    )
    first += counted.end() if counted else 0
    words = text[first:last]
    plain = words.replace(" ", "")
    if re.fullmatch(r"第(?:[一二两三四五六七八九十]|\d{1,2})[条个版句篇款组张则]?", plain):
        return None
    if not plain or not any(c.isalpha() or is_chinese(c) for c in plain):
        return None
    if (
        plain in word_list("vague_zh")
        or p["vague"].fullmatch(plain)
        or (p["vague"].sub("", plain).strip("的了新老好大小多少个0123456789") == "")
    ):
        return None
    score = 1.0
    if len(plain) == 1 and not goods_named(plain):
        return None
    if len(plain) > 12:
        score -= 0.25 * (len(plain) - 12)
    if p["before"].search(text[:first]):
        score += 1.5
    if p["after"].match(text[last:]):
        score += 1.2
    if first == 0:
        score += 0.8
    if re.search(r"[做开]$", text[:first]) and re.match(r"的[，,。 ]|店|厂|公司|批发", text[last:]):
        # "咱是做健身器材的，今年主推划船机": the trade; the product may still be named.
        score -= 1
    if re.search(
        r"[吗呢吧么]$|^(?:最近|现在|已经|因为|所以|但是|如果|就是|不知道|听说|觉得|应该|怎)|(?:不好|不错|好不|没有|不太|怎么|什么)", plain
    ):
        score -= 2
    return Piece(first, last, score)


def _guard_ends(guard: re.Pattern[str], text: str, first: int, last: int) -> bool:
    return any((m := guard.match(text, at, last)) is not None and m.end() == last for at in range(max(first, last - 6), last - 1))


TOKEN = re.compile(r"[a-z0-9à-ÿ]+(?:['&.+-][a-z0-9à-ÿ]+)*\+?")


def _english_pieces(text: str, taken: list[bool]) -> list[Piece]:
    stop, vague, before, after = _en_words()
    pieces: list[Piece] = []
    # "smart plugs", "mood lamps": a function word inside listed goods is part of them.
    whole = [(a, b) for a, b in listed_goods(text) if " " in text[a:b]]
    for start, end in _stretches(text, taken):
        tokens = [m for m in TOKEN.finditer(text, start, end)]
        run: list[re.Match[str]] = []
        for i, token in enumerate([*tokens, None]):
            word = token.group() if token else ""
            listed = token is not None and any(a <= token.start() and token.end() <= b for a, b in whole)
            is_stop = token is None or (not listed and (word in stop or _is_filler(word) or word.removesuffix("'s") in stop))
            # "salt and pepper grinders", "bags of rice": a joiner between two nouns stays.
            if (
                token
                and word in ("and", "of", "&", "in", "with", "for")
                and run
                and i + 1 < len(tokens)
                and tokens[i + 1].group() not in stop
                and text[token.end() : tokens[i + 1].start()] == " "
            ):
                pieces += _english_piece(text, run, vague, before, after)
                if word in ("and", "&", "of"):
                    pieces += _english_piece(text, [*run, token, *_following(tokens, i + 1, stop)], vague, before, after)
                run = []
                continue
            if token and run and re.search(r"[^\s&'+-]|\s-\s", text[run[-1].end() : token.start()]):
                pieces += _english_piece(text, run, vague, before, after)
                run = []
            if is_stop:
                pieces += _english_piece(text, run, vague, before, after)
                run = []
            elif token:
                run.append(token)
    return pieces


def _following(tokens: list[re.Match[str]], at: int, stop: frozenset[str]) -> list[re.Match[str]]:
    out = []
    for token in tokens[at:]:
        if token.group() in stop or _is_filler(token.group()):
            break
        out.append(token)
    return out


def _is_filler(word: str) -> bool:
    return bool(re.fullmatch(r"\d+(?:[.,]\d+)*%?|[a-z]", word)) or (len(word) >= 6 and _near_stop(word))


@cache
def _near_stop(word: str) -> bool:
    if word in word_list("not_typos"):
        return False
    targets = (
        "campaign",
        "budget",
        "strategy",
        "marketing",
        "advertising",
        "promotion",
        "instagram",
        "facebook",
        "pinterest",
        "youtube",
        "dollars",
        "audience",
        "headlines",
        "generate",
        "channels",
        "platforms",
        "customers",
    )
    return any(OSA.distance(word, t, score_cutoff=1 if len(t) < 8 else 2) <= (1 if len(t) < 8 else 2) for t in targets)


def _english_piece(
    text: str, run: list[re.Match[str]], vague: frozenset[str], before: frozenset[str], after: frozenset[str]
) -> list[Piece]:
    while run and run[-1].group() in ("and", "of", "&"):
        run = run[:-1]
    if not run:
        return []
    start, end = run[0].start(), run[-1].end()
    words = [t.group() for t in run]
    if (
        all(w in vague or w in ("and", "of") for w in words)
        or " ".join(words) in vague
        or not any(len(w) > 1 and re.search(r"[a-z]", w) for w in words)
    ):
        return []
    score = 1.0
    head = text[:start].rstrip(" \"'“")
    previous = re.search(r"([a-z'-]+)(?: (?:a|an|the|our|my|some|this|these|new))?$", head)
    if previous and (previous[1] in before or previous.group().split()[-1] in before):
        score += 1.5
    following = re.match(r"[\s\"']*([a-z'-]+)", text[end:])
    if following and following[1] in after:
        score += 1.2
    if not head:
        score += 0.8
    if (words[-1].endswith("s") and len(words[-1]) > 3) or len(words) > 1:
        score += 0.4
    if len(words) > 6:
        score -= 0.4 * (len(words) - 6)
    if len(words) == 1 and words[0].endswith(("ly", "ing", "ed")) and not goods_named(words[0]):
        score -= 1.2
    return [Piece(start, end, score)]
