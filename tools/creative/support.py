"""Holds a text against what is known of the product: which numbers and claims no fact supports.

Numbers are compared as figures; claims are the words of `data/knowledge/facts.toml` (waterproof, free shipping, handmade ...).
Not covered: claims made without such a word ("keeps your feet dry").
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...data import knowledge
from ...data.brief import Product
from ...data.words import Language
from .lines import is_chinese

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def unsupported(text: str, facts: Iterable[str], language: Language | None = None) -> list[str]:
    """Return the numbers and claiming words of `text` that none of the `facts` (name, price and offer among them) hold.

    Example:
        >>> unsupported("防水跑鞋，单只重 200 克，包邮", ["跑鞋", "单只重 218 克", "防泼水面料"])
        ['200', '防水', '包邮']
        >>> unsupported("free shipping on a 218 g shoe", ["218 g per shoe"], "en")
        ['free shipping']
    """
    spoken = language or ("zh" if is_chinese(text) else "en")
    source = "\n".join(facts).casefold()
    known = {_plain(number) for number in _NUMBER.findall(source)}
    found = [number for number in _NUMBER.findall(text) if _plain(number) not in known]
    plain = text.casefold()
    for words in knowledge.claim_words(spoken):
        said = [word for word in words if _stands(word, plain)]
        if said and not any(_stands(word, source) for word in words):
            found.append(said[0])
    return list(dict.fromkeys(found))


def all_known(product: Product, language: Language, *more: str) -> list[str]:
    """Everything that may be said of a product as a list of texts, for `unsupported`."""
    price = [product.price.text(short=True)] if product.price else []
    names = [product.called(language), product.name, product.noun_zh, product.noun_en, product.brand, product.color]
    told = product.facts_zh if language == "zh" else product.facts_en
    return list(dict.fromkeys(text for text in (*names, *told, *price, *more) if text))


def _plain(number: str) -> str:
    whole = number.replace(",", "") if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", number) else number
    return re.sub(r"\.0+$", "", whole)


def _stands(word: str, text: str) -> bool:
    if word.isascii():
        return re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text) is not None
    return word.casefold() in text
