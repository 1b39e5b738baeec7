"""Sentences of the shop's own past ads as lines to fill: facts, names, colour and offer taken out, another product's put in.

A sentence becomes a line only when all that is left of it are plain words (`data/knowledge/facts.toml`): no number, no claim, no
word of the old product's name or keywords. So a line says nothing that the new product's facts do not hold, and the draft names the
campaigns its words come from. Campaigns that did well, shrunk towards their channel, are read first. Not covered: rewording; ads
of products that are not in the catalogue give only their plain sentences.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ...data import knowledge
from ...data.knowledge import Channel
from ...data.plan import Creative
from ...data.words import Language
from ..memory.outcome import outcomes
from .copy import as_creative, usual_count
from .fields import Text, field_texts
from .grammar import Option, Voice, accept, capital, slots_of, told
from .lines import is_chinese
from .policy import allowed
from .support import unsupported

if TYPE_CHECKING:
    from ...data.workspace import Workspace

_STOPS = {"zh": re.compile(r"(?<=[。！？])|\n+"), "en": re.compile(r"(?<=[.!?])\s+|\n+")}
_ODD = re.compile(r"[{}<>@#\\]|https?:|\d|%")
_PRICE = re.compile(r"[¥￥$€£]\s?\d[\d,.]*|\d[\d,.]*\s?元")
SHORTEST = {"zh": 4, "en": 12}
# A body longer than this is a note or a letter, which past captions do not fill.
SHORT_BODY = 200
SENTENCES = 3


class OwnLine(NamedTuple):
    """A line with slots, the campaign it was taken from, how well that went (-1 .. 1), and the only category it suits ("": any)."""

    line: str
    campaign: str
    headline: bool
    rank: float
    category: str


def from_own_ads(workspace: Workspace, voice: Voice, place: Channel, category: str, n: int, first: int = 0) -> list[Creative]:
    """Write up to `n` creatives whose headline or short text is worded as the shop's own past ads were; `cites` names those.

    Fields that past ads do not fill come from the grammar. Returns fewer, or none, where no past sentence fits the product's facts.
    """
    lines = [line for line in own_lines(workspace, voice.language) if line.category in ("", category) and told(voice, line.line)]
    made: list[Creative] = []
    for variant in range(first, first + n):
        texts, cited = dict[str, list[Text]](), list[str]()
        for limit in sorted(place.copy_fields, key=lambda f: f.field != "headline"):
            own = None
            if limit.field == "headline":
                own = accept(voice, _filled(voice, [line for line in lines if line.headline]), limit)
            elif limit.field == "body" and (limit.limit or SHORT_BODY) <= SHORT_BODY:
                own = accept(voice, _bodies(voice, [line for line in lines if not line.headline]), limit)
            names = {line.line: line.campaign for line in lines}
            if own:
                cited += [names[part] for part in own.line.split("\n") if part in names]
                texts[limit.field] = [Text(own.text, own.facts, "detail" if own.facts else "mood")]
                lines = [line for line in lines if line.line not in own.line.split("\n")]
            wanted = usual_count(limit) - len(texts.get(limit.field, []))
            texts[limit.field] = [*texts.get(limit.field, []), *(field_texts(voice, place, limit, wanted) if wanted > 0 else [])]
        if not cited:
            break
        made.append(as_creative(voice, place, category, variant, texts, author="past", cites=list(dict.fromkeys(cited))))
    return made


def _filled(voice: Voice, lines: list[OwnLine]) -> Iterator[Option]:
    for line in sorted(lines, key=lambda own: voice.rng.random() - own.rank):
        filled = told(voice, line.line)
        if filled:
            yield Option(line.line, *filled)


def _bodies(voice: Voice, lines: list[OwnLine]) -> Iterator[Option]:
    """Two or three sentences that tell different facts; the option's line names them all."""
    joint = "" if voice.language == "zh" else " "
    for start in range(min(6, len(lines))):
        order = sorted(lines, key=lambda own: voice.rng.random() - own.rank)[start:]
        parts, facts, used = list[str](), list[str](), list[str]()
        for line in order:
            filled = told(voice, line.line, facts)
            said = {slot.casefold() for part in used for slot in slots_of(part)} & {"noun", "name", "brand", "color", "offer", "price"}
            if filled and not said & {slot.casefold() for slot in slots_of(line.line)} and not _labelled(line.line, used):
                parts.append(_ended(filled[0], voice.language))
                facts += filled[1]
                used.append(line.line)
            if len(parts) == SENTENCES:
                break
        if len(parts) >= 2 and facts:
            yield Option("\n".join(used), joint.join(parts), facts)


def _labelled(line: str, used: list[str]) -> bool:
    """Whether the line opens with a label (百搭｜) when one stands already."""
    return any(mark in line for mark in "｜|") and any(mark in part for part in used for mark in "｜|")


def _ended(sentence: str, language: Language) -> str:
    text = sentence if language == "zh" else capital(sentence)
    return text if text[-1] in "。！？.!?" else text + ("。" if language == "zh" else ".")


def own_lines(workspace: Workspace, language: Language) -> tuple[OwnLine, ...]:
    """Every sentence of the shop's past ads in `language` that can be filled with another product's facts, the best campaigns first."""
    mark = f"{workspace.path}|{workspace.fingerprint('campaigns')}|{workspace.fingerprint('products')}"
    return _read(_Shop(workspace, mark), language)


class _Shop:
    """A workspace that counts as the same as long as its campaigns and products do."""

    def __init__(self, workspace: Workspace, mark: str) -> None:
        self.workspace, self.mark = workspace, mark

    def __hash__(self) -> int:
        return hash(self.mark)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Shop) and self.mark == other.mark


@lru_cache(maxsize=4)
def _read(shop: _Shop, language: Language) -> tuple[OwnLine, ...]:
    warehouse = shop.workspace.warehouse
    rows = warehouse.arrow(warehouse.table("campaigns").order_by("campaign_id")).to_pylist()
    products = {row["product_id"]: row for row in warehouse.arrow(warehouse.table("products")).to_pylist()}
    found: dict[str, OwnLine] = {}
    for row, outcome in zip(rows, outcomes(rows), strict=True):
        product = products.get(row["product_id"], {})
        for column in ("headline", "body"):
            text = str(row.get(column) or "").strip()
            if not text or is_chinese(text) != (language == "zh"):
                continue
            parts = [text] if column == "headline" else [part.strip() for part in _STOPS[language].split(text) if part.strip()]
            for part in parts:
                line = line_of(part, product, language, str(row.get("offer") or ""))
                if line and (line not in found or found[line].rank < outcome.rank):
                    only = "" if _everyday(line, language) else str(row["category"] or "")
                    found[line] = OwnLine(line, str(row["campaign_id"]), column == "headline", outcome.rank, only)
    return tuple(sorted(found.values(), key=lambda own: (-own.rank, own.campaign, own.line)))


def line_of(sentence: str, product: Mapping[str, Any], language: Language, offer: str = "") -> str | None:
    """A sentence as a line with slots; None when it tells anything that no slot stands for.

    Example:
        >>> shoe = {"name_zh": "云步 轻云3 跑鞋", "keywords_zh": "跑鞋", "facts_zh": "单只重 218 克"}
        >>> line_of("跑鞋怎么选？先看单只重 218 克", shoe, "zh"), line_of("提神的跑鞋", shoe, "zh")
        ('{noun}怎么选？先看{fact}', None)
    """
    if len(sentence) < SHORTEST[language] or knowledge.orders().search(sentence):
        return None
    line = sentence.replace("{", "").replace("}", "")
    name = str(product.get(f"name_{language}") or "")
    facts = sorted(_listed(product.get(f"facts_{language}"), "\n"), key=len, reverse=True)
    nouns = sorted(_listed(product.get(f"keywords_{language}"), ",，\n"), key=len, reverse=True)
    nouns = [noun for noun in nouns if name.casefold().endswith(noun.casefold())] or name.split()[-1:]
    brand = [part for part in str(product.get("brand") or "").split() if is_chinese(part) == (language == "zh")]
    line = _put(line, [offer], "offer", language)
    line = _PRICE.sub("{price}", line)
    for number, fact in enumerate((fact for fact in facts if _stands(fact, line)), start=1):
        line = _put(line, [fact], "fact" if number == 1 else f"fact{number}", language)
    line = _put(line, nouns, "noun", language)
    line = _put(line, brand, "brand", language)
    line = _put(
        line, [part for part in str(product.get("color") or "").split() if is_chinese(part) == (language == "zh")], "color", language
    )
    # The brand and the noun with only a blank between them are the name.
    line = re.sub(r"\{brand\}\s?\{noun\}", "{brand}{noun}" if language == "zh" else "{brand} {noun}", line)
    rest = re.sub(r"\{\w+\}", " ", line)
    slots = slots_of(line)
    if not slots or len(slots) != len(set(slots)) or _ODD.search(rest) or len(slots) > 4 or "fact4" in line:
        return None
    words = _tokens(rest, language)
    least = 2 if language == "en" else 1
    if len(words) < least or not all(word in knowledge.plain_words(language) | knowledge.everyday_words(language) for word in words):
        return None
    return line if allowed(rest, language) and not unsupported(rest, (), language) else None


def _listed(text: Any, marks: str) -> list[str]:
    return [part.strip() for part in re.split(f"[{marks}]", str(text or "")) if part.strip()]


def _stands(part: str, line: str) -> bool:
    return bool(part) and part.casefold() in line.casefold()


def _put(line: str, parts: list[str], slot: str, language: Language) -> str:
    """Exchange the first of `parts` that stands in the line for a slot; one at the head of an English sentence asks for a capital."""
    for part in parts:
        at = line.casefold().find(part.casefold()) if part else -1
        if at < 0 or (language == "en" and re.search(r"\w", line[max(0, at - 1) : at] + line[at + len(part) : at + len(part) + 1])):
            continue
        capital = language == "en" and line[at].isupper() and (at == 0 or line[:at].rstrip()[-1:] in ".!?:")
        return line[:at] + "{" + (slot.capitalize() if capital else slot) + "}" + line[at + len(part) :]
    return line


def _everyday(line: str, language: Language) -> bool:
    return all(word in knowledge.everyday_words(language) for word in _tokens(re.sub(r"\{\w+\}", " ", line), language))


def _tokens(rest: str, language: Language) -> list[str]:
    if language == "en":
        return re.findall(r"[a-z]+(?:['-][a-z]+)*", rest.casefold())
    import jieba

    jieba.setLogLevel(logging.WARNING)
    return [token for token in jieba.cut(rest) if re.search(r"\w", token)]
