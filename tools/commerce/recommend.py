"""Products that go with a product, or suit a customer, each with the reason in numbers of the shop.

For a product: what the same customers bought, other kinds first; for what nobody bought with it, products with common
words or of its category. For a customer: what the shop's recommender finds, what they buy again, and a new product that is
like theirs. For a segment: what its people buy more than others. `personalised=False`, a refusal of consent or an unknown
customer give the shop's popular products. Not here: recommendation by text or picture models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ...data import knowledge
from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.result import SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, Words, both
from .fitted import shop_recommender, taste_of
from .items import Item, Items, shop_items
from .recommender import Recommender, Taste, repeats
from .rules import arrange
from .together import together

if TYPE_CHECKING:
    from ...data.workspace import Workspace

LEAST_TOGETHER = 3
# Candidates looked at for each place in a list, so that stock and variety have a choice.
CANDIDATES = 10
# A habit that ended longer ago than this is not offered again.
LAPSED_DAYS = 365


class Suggestion(Document):
    """A recommended item and why; `how`: bought together, again (bought before), alike (words), segment, popular."""

    item: Item
    how: Literal["together", "again", "alike", "segment", "popular"]
    score: float
    why: Words


class Recommendation(Document):
    """Suggestions in order, and what a reader must know about how they were found."""

    suggestions: list[Suggestion]
    seed: Item | None = None
    notes: list[Words] = []


def recommend(
    workspace: Workspace,
    product: str | None = None,
    user_id: str | None = None,
    n: int = 5,
    personalised: bool = True,
    segment: str | None = None,
    margin: float = 0.0,
) -> Recommendation:
    """Return up to `n` products in stock; `margin` 0..1 is how much a product's margin rate lifts it in a customer's list.

    Raises `AdwrightError`: ``nothing-to-sell`` without catalogue and orders, ``unknown-segment``.

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
    if segment and personalised:
        return _for_segment(workspace, items, segment, n)
    if user_id and personalised:
        return _for_user(workspace, items, user_id, n, margin)
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


def _for_user(workspace: Workspace, items: Items, user_id: str, n: int, margin: float) -> Recommendation:
    users = workspace.warehouse.table("users")
    told = workspace.warehouse.arrow(users.filter(users.user_id == user_id).select("consent")).to_pylist()
    if told and told[0]["consent"] is False:
        note = both(
            "这位顾客不同意个性化，以下是店内热销。", "This customer refused personalisation: these are the shop's popular products."
        )
        return Recommendation(suggestions=_popular(items, None, n, frozenset()), notes=[note])
    model = shop_recommender(workspace)
    taste, bought = taste_of(workspace, model, user_id) if model else (None, False)
    if model is None or taste is None:
        note = both(
            f"没有顾客 {user_id} 的购买记录，以下是店内热销。",
            f"No purchases of customer {user_id}: these are the shop's popular products.",
        )
        return Recommendation(suggestions=_popular(items, None, n, frozenset()), notes=[note])
    again = [one for one in _again(items, model, taste) if one.item.stock != 0] if bought else []
    kept = again[:1] if n > 1 else []
    fresh = _fresh(workspace, items, model, taste, n) if bought and n >= 5 else []
    found = arrange(_found(items, model, taste, n * CANDIDATES, bought), n - len(kept) - len(fresh), margin)
    chosen = found + fresh + kept
    if len(chosen) < n:
        owned = {str(model.items[i]) for i in taste.items}
        chosen += _popular(items, None, n - len(chosen), frozenset(owned | {s.item.id for s in chosen}))
    notes = (
        []
        if bought
        else [both("这位顾客还没有下单，依据是浏览和加购。", "This customer has no orders yet: this rests on views and carts.")]
    )
    return Recommendation(suggestions=chosen, notes=notes)


def _found(items: Items, model: Recommender, taste: Taste, n: int, bought: bool) -> list[Suggestion]:
    """What the recommender finds, with the owned product that gave most."""
    found = []
    for at, score in model.best(taste, n):
        item = items.by_id.get(str(model.items[at]))
        if item is None:
            continue
        owned, trend = model.because(taste, at)
        # What is no item (postage) is no reason either.
        owned = [one for one in owned if one[1] > 0 and str(model.items[one[0]]) in items.by_id]
        source = items.by_id[str(model.items[owned[0][0]])] if owned else None
        if source is None:
            why = both(f"近期热销：近 90 天 {item.buyers} 位顾客购买", f"sells well now: {item.buyers} customers in the last 90 days")
            found.append(Suggestion(item=item, how="popular", score=round(score, 4), why=why))
            continue
        zh, en = ("买过", "bought") if bought else ("看过", "looked at")
        tail = both("，近期也热销", "; it also sells well now") if trend > owned[0][1] else both("", "")
        why = both(f"因为{zh}「{source.called('zh')}」{tail.zh}", f"because they {en} {source.called('en')}{tail.en}")
        found.append(Suggestion(item=item, how="together", score=round(score, 4), why=why))
    return found


def _again(items: Items, model: Recommender, taste: Taste) -> list[Suggestion]:
    """What the customer buys again and again, with the usual gap between two orders where it is known."""
    found = []
    for at, score, times, since in repeats(taste, 50):
        item, usual = items.by_id.get(str(model.items[at])), float(model.interval[at])
        if item is None or since > LAPSED_DAYS:
            continue
        why = both(f"买过 {times} 次", f"bought {times} times")
        if usual == usual:
            why = both(
                f"买过 {times} 次，上次在 {since:.0f} 天前；顾客通常隔 {usual:.0f} 天再买",
                f"bought {times} times, last {since:.0f} days ago; customers usually buy it again after {usual:.0f} days",
            )
        found.append(Suggestion(item=item, how="again", score=round(score, 4), why=why))
    return found


def _fresh(workspace: Workspace, items: Items, model: Recommender, taste: Taste, n: int) -> list[Suggestion]:
    """One product that nobody bought yet and that shares words with what weighs most in the customer's past."""
    orders = workspace.warehouse.table("orders")
    sold = set(workspace.warehouse.arrow(orders.select("product_id").distinct())["product_id"].to_pylist())
    if all(item.id in sold for item in items.all):
        return []
    for at in sorted(range(len(taste.items)), key=lambda i: (-taste.weights[i], taste.items[i]))[:n]:
        source = items.by_id.get(str(model.items[taste.items[at]]))
        for item in items.alike(source.words, 3, frozenset(sold)) if source else []:
            if source and item.stock != 0 and item.category == source.category:
                why = both(
                    f"还没人买过，与买过的「{source.called('zh')}」相近",
                    f"nobody bought it yet; like {source.called('en')}, which they own",
                )
                return [Suggestion(item=item, how="alike", score=0.0, why=why)]
    return []


def _for_segment(workspace: Workspace, items: Items, segment: str, n: int) -> Recommendation:
    """What the people of a segment bought, more than all customers did: buyers times lift, the lift leaning on 1."""
    from ..audience.fit import fit

    found = fit(workspace)
    if found is None or segment not in found.ids:
        known = found.ids if found else []
        raise AdwrightError(
            both(f"没有人群 {segment}。", f"There is no segment {segment}."),
            both(f"现有人群：{'、'.join(known)}。", f"There are: {', '.join(known)}.")
            if known
            else both("请先导入订单或行为。", "Import orders or events first."),
            code="unknown-segment",
        )
    j = found.ids.index(segment)
    share = found.facts["groups"][j]["size"] / found.n_users
    suggestions = []
    for id_, counts in found.facts["products"].items():
        item = items.by_id.get(id_)
        if item and counts[j]:
            lift = (counts[j] + 10 * share) / ((sum(counts) + 10) * share)
            why = both(
                f"这类顾客中 {counts[j]} 人买过，购买率是全店的 {lift:.1f} 倍",
                f"{counts[j]:.0f} of these customers bought it, {lift:.1f} x the shop's rate",
            )
            suggestions.append(Suggestion(item=item, how="segment", score=round(counts[j] * lift, 4), why=why))
    return Recommendation(suggestions=arrange(sorted(suggestions, key=lambda one: (-one.score, one.item.id)), n))


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
    """Recommend products that go with a product, for a customer, or for a segment."""

    product: str | None = Field(default=None, description="Product to go with, in the user's words")
    user_id: str | None = Field(default=None, description="Customer id, if the user named one")
    segment: str | None = Field(default=None, description="Segment id such as s1, if the user named one")
    n: int = Field(default=5, ge=1, le=50, description="How many")
    personalised: bool = Field(default=True, description="False: use no personal data")
    margin: float = Field(default=0.0, ge=0, le=1, description="How much profit margin counts in a customer's list, if the user asked")
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
    found = recommend(workspace, request.product, request.user_id, request.n, request.personalised, request.segment, request.margin)
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
