"""Products that go with a product, or suit a customer, each with the reason in numbers of the shop.

For a product: what the same customers bought, other kinds first; for what nobody bought with it, products with common
words or of its category. For a customer: what goes with what they own. `personalised=False`, a refusal of consent or
an unknown customer give the shop's popular products. Not here: recommendation by text or picture models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ...data import knowledge
from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.result import SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, Words, both
from .items import Item, Items, shop_items
from .together import together

if TYPE_CHECKING:
    from ...data.workspace import Workspace

LEAST_TOGETHER = 3


class Suggestion(Document):
    """A recommended item and why; `how`: bought together, again (bought before), alike (words), popular."""

    item: Item
    how: Literal["together", "again", "alike", "popular"]
    score: float
    why: Words


class Recommendation(Document):
    """Suggestions in order, and what a reader must know about how they were found."""

    suggestions: list[Suggestion]
    seed: Item | None = None
    notes: list[Words] = []


def recommend(
    workspace: Workspace, product: str | None = None, user_id: str | None = None, n: int = 5, personalised: bool = True
) -> Recommendation:
    """Return up to `n` products in stock. Raises `AdwrightError` (code ``nothing-to-sell``) without catalogue and orders.

    Example:
        >>> recommend(workspace, "跑鞋").suggestions[0].why.en  # doctest: +SKIP
        '41 customers bought both'
    """
    items = shop_items(workspace)
    if not items.all:
        raise AdwrightError(
            both("店铺还没有商品，也没有订单。", "The shop has neither products nor orders yet."),
            both("请先导入商品或订单：adwright import products 文件。", "Import products or orders first: adwright import products FILE."),
            code="nothing-to-sell",
        )
    if product:
        return _with_product(workspace, items, product, n)
    if user_id and personalised:
        return _for_user(workspace, items, user_id, n)
    notes = [both("未使用任何个人数据。", "No personal data was used.")] if not personalised else []
    return Recommendation(suggestions=_popular(items, None, n, frozenset()), notes=notes)


def _with_product(workspace: Workspace, items: Items, text: str, n: int) -> Recommendation:
    seed = items.meant(text)
    if seed is None:
        return _outside(items, text, n)
    found = []
    pairs = together(workspace)
    for id_, score, count in pairs.of(seed.id):
        item = items.by_id.get(id_)
        if item and item.stock != 0 and count >= LEAST_TOGETHER and not (item.kind and item.kind == seed.kind):
            why = both(f"{count} 位顾客两样都买过", f"{count} customers bought both")
            found.append(Suggestion(item=item, how="together", score=round(score, 4), why=why))
    found = found[:n]
    notes = []
    if len(found) < n:
        taken = frozenset({seed.id, *(s.item.id for s in found)})
        others = [i for i in items.alike(seed.words, 200, taken) if i.kind != seed.kind and i.stock != 0 and i.category == seed.category]
        why = both("用词和类目相近，还没有足够的同买记录", "similar words and category; too few bought both so far")
        found += [Suggestion(item=i, how="alike", score=0.0, why=why) for i in others[: n - len(found)]]
        if not pairs.of(seed.id):
            notes.append(both("这个商品还没有可用的购买记录。", "This product has no usable purchase records yet."))
    return Recommendation(suggestions=found, seed=seed, notes=notes)


def _outside(items: Items, text: str, n: int) -> Recommendation:
    """The text names nothing in the catalogue: what resembles it, said so."""
    note = both(f"目录里没有「{text}」。", f"“{text}” is not in the catalogue.")
    category = knowledge.category_of(text)
    alike = [i for i in items.alike(text, 50) if i.stock != 0 and (category is None or i.category in ("", category))]
    why = both("与您说的词相近", "shares words with what you named")
    found = [Suggestion(item=i, how="alike", score=0.0, why=why) for i in alike[:n]]
    if category and len(found) < n:
        found += _popular(items, category, n - len(found), frozenset(s.item.id for s in found))
    if not found:
        return Recommendation(suggestions=[], notes=[note, both("也没有相近的商品。", "Nothing in it is alike either.")])
    rest = both("以下是相近或同类目的商品，不是搭配数据。", "Below are similar products or ones of its category, not purchase data.")
    return Recommendation(suggestions=found, notes=[note, rest])


def _for_user(workspace: Workspace, items: Items, user_id: str, n: int) -> Recommendation:
    warehouse = workspace.warehouse
    users, orders = warehouse.table("users"), warehouse.table("orders")
    told = warehouse.arrow(users.filter(users.user_id == user_id).select("consent")).to_pylist()
    if told and told[0]["consent"] is False:
        note = both(
            "这位顾客不同意个性化，以下是店内热销。", "This customer refused personalisation: these are the shop's popular products."
        )
        return Recommendation(suggestions=_popular(items, None, n, frozenset()), notes=[note])
    own = orders.filter((orders.user_id == user_id) & (orders.quantity > 0))
    history = warehouse.arrow(own.group_by("product_id").agg(times=own.order_id.nunique()).order_by("product_id")).to_pylist()
    if not history:
        note = both(
            f"没有顾客 {user_id} 的购买记录，以下是店内热销。",
            f"No purchases of customer {user_id}: these are the shop's popular products.",
        )
        return Recommendation(suggestions=_popular(items, None, n, frozenset()), notes=[note])
    owned = {row["product_id"] for row in history}
    pairs = together(workspace)
    sums: dict[str, float] = {}
    reason: dict[str, tuple[float, str]] = {}
    for id_ in sorted(owned):
        for other, score, _ in pairs.of(id_):
            if other not in owned:
                sums[other] = sums.get(other, 0.0) + score
                reason[other] = max(reason.get(other, (0.0, "")), (score, id_))
    found = []
    for id_ in sorted(sums, key=lambda i: (-round(sums[i], 9), i)):
        item, because = items.by_id.get(id_), items.by_id.get(reason[id_][1])
        if item and item.stock != 0 and because:
            why = both(f"因为买过「{because.called('zh')}」", f"because they bought {because.called('en')}")
            found.append(Suggestion(item=item, how="together", score=round(sums[id_], 4), why=why))
    again = [
        Suggestion(
            item=items.by_id[r["product_id"]],
            how="again",
            score=float(r["times"]),
            why=both(f"买过 {r['times']} 次", f"bought {r['times']} times"),
        )
        for r in sorted(history, key=lambda r: (-r["times"], r["product_id"]))
        if r["times"] >= 2 and r["product_id"] in items.by_id and items.by_id[r["product_id"]].stock != 0
    ]
    chosen = found[: n - min(1, len(again))] + again[:1] if n > 1 else found[:n]
    if len(chosen) < n:
        chosen += _popular(items, None, n - len(chosen), frozenset(owned | {s.item.id for s in chosen}))
    return Recommendation(suggestions=chosen)


def _popular(items: Items, category: str | None, n: int, without: frozenset[str]) -> list[Suggestion]:
    return [
        Suggestion(
            item=item,
            how="popular",
            score=float(item.buyers),
            why=both(f"近 90 天 {item.buyers} 位顾客购买", f"{item.buyers} customers bought it in the last 90 days"),
        )
        for item in items.popular(category, without)[:n]
    ]


class RecommendProducts(Document):
    """Recommend products that go with a product or for a customer."""

    product: str | None = Field(default=None, description="Product to go with, in the user's words")
    user_id: str | None = Field(default=None, description="Customer id, if the user named one")
    n: int = Field(default=5, ge=1, le=50, description="How many")
    personalised: bool = Field(default=True, description="False: use no personal data")
    reply_language: Language = Field(default="zh", description="Language of the answer")


def _outside_finding(text: str, chosen: list[Suggestion]) -> Words:
    """What to say of a product that the shop does not have."""
    if not chosen:
        return both(f"目录里没有「{text}」，也没有相近的商品", f"“{text}” is not in the catalogue, and nothing in it is alike")
    if all(s.how == "popular" for s in chosen):
        category = knowledge.categories().get(chosen[0].item.category)
        name = category.name if category else both("同类目", "its category")
        return both(
            f"目录里没有「{text}」；列出同类目（{name.zh}）热销的 {len(chosen)} 件，不是搭配数据",
            f"“{text}” is not in the catalogue: {len(chosen)} popular products of its category ({name.en}), not purchase data",
        )
    return both(
        f"目录里没有「{text}」；列出相近的 {len(chosen)} 件，不是搭配数据",
        f"“{text}” is not in the catalogue: {len(chosen)} similar products, not purchase data",
    )


def recommend_products(workspace: Workspace, request: RecommendProducts, progress: Progress = SILENT) -> ToolResult:
    """Recommend products with reasons."""
    language = request.reply_language
    progress.note(both("比对购买记录", "Comparing purchases"), 0, 1)
    found = recommend(workspace, request.product, request.user_id, request.n, request.personalised)
    chosen = found.suggestions
    if found.seed:
        finding = both(
            f"与「{found.seed.called('zh')}」搭配的 {len(chosen)} 件商品", f"{len(chosen)} products that go with {found.seed.called('en')}"
        )
    elif request.product:
        finding = _outside_finding(request.product, chosen)
    else:
        finding = both(f"推荐 {len(chosen)} 件商品", f"{len(chosen)} products recommended")
    currency = chosen[0].item.currency if chosen else workspace.currency
    columns = [
        {"key": "name", "name": {"zh": "商品", "en": "Product"}, "unit": "text"},
        {"key": "price", "name": {"zh": "售价", "en": "Price"}, "unit": currency},
        {"key": "why", "name": {"zh": "理由", "en": "Reason"}, "unit": "text"},
    ]
    rows = [
        {
            "id": s.item.id,
            "name": s.item.called(language),
            "price": None if s.item.price is None else f"{s.item.price:.2f}",
            "why": s.why.pick(language),
            "how": s.how,
        }
        for s in chosen
    ]
    told = [finding.pick(language), *(note.pick(language) for note in found.notes if found.seed or not request.product)]
    told += [f"[{row['id']}] {row['name']}: {row['why']}" for row in rows]
    artifact = Artifact(
        kind="table",
        title=both("商品推荐", "Recommended products"),
        data={"columns": columns, "rows": rows, "notes": [note.model_dump() for note in found.notes]},
        source=[f"orders:{workspace.fingerprint('orders')}"],
    )
    return ToolResult(content="\n".join(told)[:500], finding=finding, artifact=artifact)
