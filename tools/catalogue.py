"""Finds a product of the shop from a merchant's words, strictly: a lamp for nails is not a desk lamp.

A product matches when its name holds all the words, or the words hold its name or its kind (the noun its name ends with,
its first keyword), or when only a typo lies between them. Several matches are ranked by what sells. No match is an
answer too: a `Product` with the words as its name, a category inferred from them, and no facts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from ..data import knowledge
from ..data.brief import Category, Product
from ..data.money import Money

if TYPE_CHECKING:
    from ..data.workspace import Workspace

TYPO = 90.0
SMALL_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a an the our my your new of for and with in on to launch campaign promotion promo push sale deal plan spring summer autumn fall "
        "winter season product products item items collection range line latest",
    )
)
# What merchants say around a product without naming another one.
_AROUND = re.compile(
    "上新|新品|新款|推广|促销|活动|系列|上市|发布|热销|爆款|我们店的|我们的|我家的|咱们的|店里的|这款|这个|一款|春季|夏季|秋季|冬季|春夏|秋冬|今年|产品|商品|投放"
)
_HAN = re.compile(r"[㐀-鿿]")


@dataclass(frozen=True)
class _Entry:
    product: Product
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    text: str
    sold: float


def find_product(workspace: Workspace, text: str) -> Product:
    """Return the product the words mean: the best-selling match, or one outside the catalogue (``id`` None).

    Example:
        >>> find_product(shop, "the spring running-shoe launch").id  # doctest: +SKIP
        'p001'
    """
    found = matches(workspace, text)
    return found[0] if found else outside(text)


def outside(text: str) -> Product:
    """A product that is not in the catalogue: its name as said, its category where a known word gives it away."""
    return Product(name=text.strip(), category=cast(Category, knowledge.category_of(text) or "other"))


def matches(workspace: Workspace, text: str) -> list[Product]:
    """Return every product the words can mean, closest first, then best-selling first; empty when there is none."""
    words = _plain(text)
    if not words:
        return []
    scored = [(_closeness(words, entry), entry) for entry in _entries(workspace)]
    best = max((score for score, _ in scored), default=0)
    if best == 0:
        return []
    found = sorted((e for score, e in scored if score == best), key=lambda e: (-e.sold, e.product.id or ""))
    return [entry.product.model_copy(deep=True, update={"name": text.strip()}) for entry in found]


def nearest(workspace: Workspace, text: str, most: int = 3) -> list[Product]:
    """Return products whose kind shares its last word with `text` though they do not match it, the most alike first.

    Example:
        >>> [p.name_en for p in nearest(shop, "trail shoes")][:1]  # doctest: +SKIP
        ['Cloudstep Trailmate running shoes']
    """
    from rapidfuzz import fuzz

    words = _plain(text)
    if not words or matches(workspace, text):
        return []
    end = words[-1:] if _HAN.search(words) else words.split()[-1]
    ending = [
        (max(fuzz.partial_ratio(words.split()[0], name) for name in entry.names), entry)
        for entry in _entries(workspace)
        if entry.names and any(kind.endswith(end) for kind in entry.kinds)
    ]
    found = sorted(ending, key=lambda item: (-round(item[0]), -item[1].sold))[:most]
    return [entry.product.model_copy(deep=True) for _, entry in found]


def products_by_id(workspace: Workspace) -> dict[str, Product]:
    """Return every product of the catalogue, and those known only from orders, by id."""
    return {str(entry.product.id): entry.product for entry in _entries(workspace)}


def prices(workspace: Workspace) -> dict[str, Money]:
    """Return the price of every product that the catalogue itself prices, by id; those known only from orders are not in it."""
    table = workspace.warehouse.table("products", exact=True)
    rows = workspace.warehouse.arrow(table.filter(table.price > 0)[["product_id", "price", "currency"]]).to_pylist()
    return {str(row["product_id"]): Money.of(row["price"], row["currency"] or workspace.currency) for row in rows}


def _closeness(words: str, entry: _Entry) -> int:
    """4 the name itself, 3 part of the name or the name within the words, 2 the kind, 1 a typo away, 0 no match."""
    from rapidfuzz import fuzz

    if words in entry.names:
        return 4
    if any(_holds(name, words) or _holds(words, name) for name in entry.names):
        return 3
    if any(_ends_with_kind(words, kind, entry.text) for kind in entry.kinds):
        return 2
    if len(words) >= 6 and any(fuzz.ratio(words, known) >= TYPO for known in (*entry.names, *entry.kinds)):
        return 1
    return 0


def _holds(whole: str, part: str) -> bool:
    """Whether all of `part` stands in `whole`: as a run of characters in Chinese, as whole words in English."""
    if _HAN.search(part):
        return len(part) >= 2 and part.replace(" ", "") in whole.replace(" ", "")
    pieces = part.split()
    return bool(pieces) and set(pieces) <= set(whole.split())


def _ends_with_kind(words: str, kind: str, text: str) -> bool:
    """Whether the words end with the kind and all before it is said of the product too: 透气跑鞋, but not 儿童跑鞋 for an adult's."""
    if _HAN.search(kind):
        whole, end = words.replace(" ", ""), kind.replace(" ", "")
        rest = whole.removesuffix(end)
        return whole.endswith(end) and (not rest or rest in text.replace(" ", ""))
    said, parts, told = words.split(), kind.split(), text.split()
    # Trail running shoes are the Trailmate's too.
    return said[-len(parts) :] == parts and all(w in told or (len(w) >= 4 and any(t.startswith(w) for t in told)) for w in said)


def _entries(workspace: Workspace) -> tuple[_Entry, ...]:
    return _read(_Key(workspace))


class _Key:
    """A workspace together with the data its catalogue was read from, so that a new import is seen at once."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._key = (str(workspace.path), workspace.fingerprint("products"), workspace.fingerprint("orders"))

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._key == other._key


@lru_cache(maxsize=4)
def _read(key: _Key) -> tuple[_Entry, ...]:
    workspace = key.workspace
    orders = workspace.warehouse.table("orders")
    quantity = orders.quantity.cast("float64")
    sold = workspace.warehouse.arrow(
        orders.group_by("product_id").aggregate(
            sold=quantity.sum(), title=orders.title.mode(), price=orders.unit_price.nullif(0).median(), currency=orders.currency.mode()
        )
    ).to_pylist()
    counts = {row["product_id"]: float(row["sold"] or 0) for row in sold}
    rows = workspace.warehouse.arrow(workspace.warehouse.table("products", exact=True).order_by("product_id")).to_pylist()
    known = {row["product_id"] for row in rows}
    rows += [
        _from_orders(row) for row in sorted(sold, key=lambda r: str(r["product_id"])) if row["product_id"] not in known and row["title"]
    ]
    return tuple(_entry(row, counts.get(row["product_id"], 0.0), workspace.currency) for row in rows)


def _from_orders(row: dict[str, Any]) -> dict[str, Any]:
    """A catalogue row for a product known only from orders: its title and median price, no facts and no cost."""
    title = str(row["title"]).strip()
    title = title.capitalize() if title.isupper() else title
    names = {"name_zh": title, "name_en": ""} if _HAN.search(title) else {"name_zh": "", "name_en": title}
    blank = dict.fromkeys(("category", "brand", "cost", "facts_zh", "facts_en", "keywords_zh", "keywords_en", "color"))
    price = None if row["price"] is None else Decimal(repr(float(row["price"])))
    return {**blank, **names, "product_id": row["product_id"], "price": price, "currency": row["currency"]}


def _entry(row: dict[str, Any], sold: float, shop_currency: str) -> _Entry:
    zh, en = row["name_zh"] or "", row["name_en"] or ""
    currency = row["currency"] or shop_currency
    category = row["category"] if row["category"] in knowledge.categories() else knowledge.category_of(f"{zh} {en}") or "other"
    product = Product(
        id=str(row["product_id"]),
        name=zh or en or str(row["product_id"]),
        name_zh=zh,
        name_en=en,
        noun_zh=_noun(zh, row["keywords_zh"]),
        noun_en=_noun(en, row["keywords_en"]),
        brand=row.get("brand") or "",
        color=row.get("color") or "",
        category=cast(Category, category),
        price=None if row["price"] is None else Money.of(row["price"], currency),
        cost=None if row["cost"] is None else Money.of(row["cost"], currency),
        facts_zh=_lines(row["facts_zh"]),
        facts_en=_lines(row["facts_en"]),
    )
    keywords = [*_first(row["keywords_zh"], 2), *_first(row["keywords_en"], 1)]
    kinds = {_plain(k) for k in keywords} | {_plain(zh).split(" ")[-1] if " " in zh.strip() else ""}
    names = {_plain(zh), _plain(en)}
    told = _plain(" ".join([zh, en, *(str(row[c] or "") for c in ("facts_zh", "facts_en", "keywords_zh", "keywords_en"))]))
    return _Entry(product, tuple(n for n in names if n), tuple(sorted(k for k in kinds if len(k) >= 2)), told, sold)


def _noun(name: str, keywords: str | None) -> str:
    """The keyword that the name ends with: the kind of thing, without brand and model."""
    return next((word for word in _first(keywords, 3) if name.casefold().endswith(word.casefold())), "")


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _first(text: str | None, n: int) -> list[str]:
    return [word.strip() for word in re.split(r"[,，;；\n]", text or "") if word.strip()][:n]


def _plain(text: str) -> str:
    """Fold, drop punctuation and small words, and bring English nouns to the singular."""
    folded = re.sub(r"[^\w㐀-鿿]+|_", " ", _AROUND.sub(" ", knowledge.fold(text)))
    return " ".join(_singular(word) for word in folded.split() if word not in SMALL_WORDS)


def _singular(word: str) -> str:
    if _HAN.search(word) or len(word) < 4 or word.endswith("ss"):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("shes", "ches", "xes")):
        return word[:-2]
    return word.removesuffix("s")
