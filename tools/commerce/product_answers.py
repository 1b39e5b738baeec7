"""What a customer is told of a product: in stock or not, price, and the catalogue's own facts; nothing that is not in it."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from ...data.money import Money
from ...data.words import Language, both
from ..memory.tokens import tokenise
from .items import Item, shop_items
from .matching import lore

if TYPE_CHECKING:
    from ...data.workspace import Workspace

# At so few pieces or less the number is told, for more only that there are some.
FEW = 10
MOST_FACTS = 3


class ProductAnswer(NamedTuple):
    """A sentence from the catalogue, and what was asked: stock, price or facts."""

    text: str
    item: Item
    kind: str


def named(workspace: Workspace, said: str) -> Item | None:
    """Return the product whose whole name, or name without the brand, stands in a message; the longest name wins."""
    plain = re.sub(r"\s+", "", said.lower())
    found: list[tuple[int, str, Item]] = []
    for item in shop_items(workspace).all:
        for name in (item.name_zh, item.name_en):
            for form in (name, name.partition(" ")[2]):
                joined = re.sub(r"\s+", "", form.lower())
                if len(joined) >= 4 and joined in plain:
                    found.append((-len(joined), item.id, item))
    return min(found, key=lambda f: f[:2])[2] if found else None


def about(item: Item, said: str, language: Language) -> ProductAnswer | None:
    """Return what the catalogue says to a question about `item`; None when it says nothing to it."""
    asked, plain = lore()["product"], said.lower()
    name = item.called(language)
    if asked["stock"].search(plain) and item.stock is not None:
        return ProductAnswer(_stock(name, item.stock, language), item, "stock")
    if asked["price"].search(plain) and item.price is not None:
        price = Money.of(str(item.price), item.currency).text()
        text = both(f"「{name}」现在标价 {price}，优惠以结算页为准。", f"{name}: listed at {price}; offers show at checkout.")
        return ProductAnswer(text.pick(language), item, "price")
    facts = item.facts_zh if language == "zh" else item.facts_en
    words = set(tokenise(said)) - set(tokenise(f"{item.name_zh} {item.name_en}"))
    told = [fact for fact in facts if words & set(tokenise(fact))]
    for attribute in _attributes():
        if any(word in plain for word in attribute["ask"]):
            told += [fact for fact in facts if re.search(attribute["fact"], fact, re.IGNORECASE)]
    if not told and asked["about"].search(plain):
        told = facts[:MOST_FACTS]
    told = list(dict.fromkeys(told))
    if not told:
        return None
    return ProductAnswer(f"「{name}」：{'；'.join(told)}。" if language == "zh" else f"{name}: {'; '.join(told)}.", item, "facts")


def _stock(name: str, stock: int, language: Language) -> str:
    if stock <= 0:
        return both(f"「{name}」目前缺货。", f"{name}: out of stock at the moment.").pick(language)
    if stock <= FEW:
        return both(f"「{name}」还有 {stock} 件，以下单时为准。", f"{name}: {stock} left; what counts is the moment you order.").pick(
            language
        )
    return both(f"「{name}」有货，以下单时为准。", f"{name}: in stock; what counts is the moment you order.").pick(language)


@lru_cache(maxsize=1)
def _attributes() -> list[dict[str, Any]]:
    return tomllib.loads(files(str(__package__)).joinpath("faq.toml").read_text(encoding="utf-8"))["attribute"]
