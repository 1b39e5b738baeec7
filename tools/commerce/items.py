"""The things a shop sells, from its catalogue and from order titles, and those a text may mean or resemble.

What a text means is decided strictly by `tools.catalogue`; without a catalogue an order title must hold every word.
Postage, fees and the like that stand in orders are no items. What it resembles is a matter of shared words and category, and is always called so.
"""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from ...data import knowledge
from ...data.brief import Document
from ...data.knowledge.not_goods import no_goods
from ...data.words import Language
from ..catalogue import matches
from ..memory.tokens import tokenise

if TYPE_CHECKING:
    from ...data.workspace import Workspace


class Item(Document):
    """A product as the shop knows it; money in `currency`; `buyers` counts customers of the last 90 days of data."""

    id: str
    name_zh: str = ""
    name_en: str = ""
    category: str = ""
    price: float | None = None
    cost: float | None = None
    currency: str
    stock: int | None = None
    facts_zh: list[str] = []
    facts_en: list[str] = []
    keywords: str = ""
    buyers: int = 0

    def called(self, language: Language) -> str:
        """Return the name in `language`, else the other one, else the id."""
        first, second = (self.name_zh, self.name_en) if language == "zh" else (self.name_en, self.name_zh)
        return first or second or self.id

    @property
    def kind(self) -> str:
        """What sort of thing it is: the last word of its Chinese name, else the last two of its English one."""
        return self.name_zh.split(" ")[-1] if " " in self.name_zh.strip() else " ".join(self.name_en.lower().split()[-2:])

    @property
    def words(self) -> str:
        """All its texts."""
        category = knowledge.categories().get(self.category)
        named = f"{category.name.zh} {category.name.en}" if category else self.category
        return " ".join([self.name_zh, self.name_en, self.keywords, named, *self.facts_zh, *self.facts_en])


class Items:
    """All items of a shop, with a word index."""

    def __init__(self, workspace: Workspace) -> None:
        import bm25s

        self.workspace = workspace
        self.all = _read(workspace)
        self.by_id = {item.id: item for item in self.all}
        self._terms = [tokenise(item.words) for item in self.all]
        self._known = {term for terms in self._terms for term in terms}
        self._bm25 = bm25s.BM25(k1=1.2, b=0.75)
        if self._known:
            self._bm25.index(self._terms, show_progress=False)

    def meant(self, text: str) -> Item | None:
        """Return the item a text means: its id, its name or kind in the catalogue, or an order title with all the words."""
        if text.strip() in self.by_id:
            return self.by_id[text.strip()]
        named = [self.by_id[p.id] for p in matches(self.workspace, text) if p.id in self.by_id]
        if named:
            return named[0]
        terms = set(tokenise(text))
        whole = [item for item, own in zip(self.all, self._terms, strict=True) if terms and terms <= set(own) and not item.keywords]
        return max(whole, key=lambda item: (item.buyers, item.id), default=None)

    def alike(self, text: str, n: int, without: frozenset[str] = frozenset()) -> list[Item]:
        """Return items that share words with a text, best first."""
        import numpy as np

        terms = [term for term in dict.fromkeys(tokenise(text)) if term in self._known]
        if not terms:
            return []
        scores = np.asarray(self._bm25.get_scores(terms), dtype=float)
        order = sorted(np.flatnonzero(scores > 0), key=lambda i: (-round(float(scores[i]), 6), -self.all[i].buyers, self.all[i].id))
        return [self.all[i] for i in order if self.all[i].id not in without][:n]

    def popular(self, category: str | None = None, without: frozenset[str] = frozenset()) -> list[Item]:
        """Return items in stock by buyers of the last 90 days, of a category when one is given."""
        chosen = [i for i in self.all if (category is None or i.category == category) and i.id not in without and i.stock != 0]
        return sorted(chosen, key=lambda item: (-item.buyers, item.id))


def shop_items(workspace: Workspace) -> Items:
    """Return the items of a shop; kept until its tables change."""
    return _kept(_Key(workspace))


class _Key:
    """A workspace and the state of the tables that its items come from."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._state = (str(workspace.path), workspace.fingerprint("products"), workspace.fingerprint("orders"))

    def __hash__(self) -> int:
        return hash(self._state)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._state == other._state


@lru_cache(maxsize=4)
def _kept(key: _Key) -> Items:
    return Items(key.workspace)


def _read(workspace: Workspace) -> list[Item]:
    warehouse = workspace.warehouse
    orders, products = warehouse.table("orders"), warehouse.table("products")
    sold = orders.filter(orders.quantity > 0)
    last = warehouse.arrow(sold.agg(last=sold.ts.max())).to_pylist()[0]["last"]
    found: dict[str, Item] = {}
    buyers: dict[str, int] = {}
    if last is not None:
        start = last - timedelta(days=90)
        counted = sold.group_by("product_id").agg(
            n=sold.user_id.nunique(where=sold.ts >= start),
            category=sold.category.max(),
            price=sold.unit_price.argmax(sold.ts),
            currency=sold.currency.max(),
        )
        titled = sold.filter(sold.title.notnull()).group_by(["product_id", "title"]).agg(n=lambda t: t.count())
        usual: dict[str, str] = {}
        for row in sorted(warehouse.arrow(titled).to_pylist(), key=lambda r: (r["n"], r["title"])):
            usual[row["product_id"]] = row["title"].strip()
        for row in warehouse.arrow(counted).to_pylist():
            buyers[row["product_id"]] = row["n"]
            found[row["product_id"]] = Item(
                id=row["product_id"],
                name_en=usual.get(row["product_id"], ""),
                category=row["category"] or "",
                price=row["price"],
                currency=row["currency"],
                buyers=row["n"],
            )
    for row in warehouse.arrow(products).to_pylist():
        found[row["product_id"]] = Item(
            id=row["product_id"],
            name_zh=row["name_zh"] or "",
            name_en=row["name_en"] or "",
            category=row["category"],
            price=None if row["price"] is None else float(row["price"]),
            cost=None if row["cost"] is None else float(row["cost"]),
            currency=row["currency"] or workspace.currency,
            stock=row["stock"],
            facts_zh=_lines(row["facts_zh"]),
            facts_en=_lines(row["facts_en"]),
            keywords=f"{row['keywords_zh'] or ''} {row['keywords_en'] or ''}".strip(),
            buyers=buyers.get(row["product_id"], 0),
        )
    listed = set(warehouse.arrow(products.select("product_id"))["product_id"].to_pylist())
    return [found[id_] for id_ in sorted(found) if not no_goods(id_, found[id_].name_zh or found[id_].name_en, id_ in listed)]


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]
