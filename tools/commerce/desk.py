"""The service desk: answers a customer from the shop's own store of answers, its orders and its product facts, or hands over.

A customer's words are only matched and never obeyed: every sentence of an answer comes from the store, the order table
or the catalogue. Where the match is weak, and always for complaints, injuries and threats, a person takes over. A shop
of one's own keeps its answers in ``faq.toml`` beside its tables; the bundled ones are the demo shop's alone.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from math import log
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.money import Money
from ...data.words import Language, Words, both
from ..memory.tokens import tokenise
from .items import Item, shop_items

if TYPE_CHECKING:
    from ...data.workspace import Workspace

LONGEST = 4_000
# Share of a question's weight that must be met by the store's wording of it.
SURE = 0.45
# What a word that the store never uses weighs, against the rarest word that it does use.
UNKNOWN = 0.7
OFF_TOPIC = 0.6
ORDER = re.compile(
    r"(?:订单(?:编?号)?|单号|order(?:\s*(?:no\.?|number|id))?)\s*(?:是|为|is)?\s*[:：#]?\s*([A-Za-z]{0,4}-?\d[A-Za-z0-9_-]{2,30})|#([A-Za-z]{0,4}\d[A-Za-z0-9_-]{2,30})",
    re.IGNORECASE,
)
ABOUT_ORDER = re.compile(r"我的订单|我的包裹|我的快递|订单到哪|\bmy (?:order|parcel|package)\b", re.IGNORECASE)
SERIOUS = re.compile(
    r"投诉|律师|起诉|12315|工商|曝光|媒体|过敏|受伤|中毒|医院|赔偿|\b(?:complain\w*|lawyer|sue|lawsuit|allerg\w+|injur\w+|poison\w*|hospital|compensat\w+|police)\b",
    re.IGNORECASE,
)


class FaqEntry(Document):
    """One answer of the store, in both languages, with the ways people ask for it."""

    id: str
    ask_zh: list[str]
    ask_en: list[str]
    zh: str
    en: str
    hand_over: bool = False


class ServiceAnswer(Document):
    """A draft for the customer in the customer's language; `citations` name what every sentence stands on."""

    text: str
    language: Language
    citations: list[str] = []
    handed_over: bool = False
    reason: Words
    confidence: float = 0.0
    facts: dict[str, str] = {}


HANDING = both("我已转接人工客服，会有同事尽快回复您。", "I have passed this on to a colleague, who will reply as soon as possible.")
UNSURE = both("这个问题我没有可靠的答案，不想误导您。", "I have no reliable answer to this and do not want to mislead you.")
SORRY = both("很抱歉给您带来不便，这件事需要人工核实。", "We are sorry for the trouble; a person needs to look into this.")
WHICH_ORDER = both("请提供订单号，我来查询。", "Please give me the order number and I will look it up.")
NO_PARCEL = both("包裹位置不在我能看到的记录里。", "The parcel's position is not in the records I can see.")


class ServiceDesk:
    """Answers customers of one shop.

    Example:
        >>> ServiceDesk(workspace).answer("多久发货？").citations  # doctest: +SKIP
        ['faq:ship-time']
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.entries, self._topics = _store(workspace)
        self._asks = [[set(tokenise(ask)) for ask in (*e.ask_zh, *e.ask_en)] for e in self.entries]
        self._held = [set().union(*asks) | set(tokenise(f"{e.zh} {e.en}")) for e, asks in zip(self.entries, self._asks, strict=True)]
        self._weight = {term: log(1 + len(self._held) / sum(term in one for one in self._held)) for term in set().union(*self._held)}
        self._unknown = UNKNOWN * log(1 + len(self._held))

    def answer(self, message: str, order_id: str | None = None, history: Sequence[str] = ()) -> ServiceAnswer:
        """Draft an answer to a customer's message. Raises `AdwrightError` (code ``empty-message``).

        `history` are the customer's earlier messages; only an order number is taken from them.
        """
        said = message.strip()[:LONGEST]
        if not said:
            raise AdwrightError(
                both("顾客的消息是空的。", "The customer's message is empty."),
                both("请粘贴原话。", "Paste what they wrote."),
                code="empty-message",
            )
        language: Language = "zh" if re.search(r"[\u4e00-\u9fff]", said) else "en"
        entry, confidence = self._best(said)
        number = order_id or _order_in(said) or next((n for n in map(_order_in, reversed(history)) if n), None)
        if SERIOUS.search(said):
            known = _order_words(self._workspace, number, language) if number else None
            facts = known[1] if known else {}
            return _drafted(
                [SORRY.pick(language), HANDING.pick(language)],
                language,
                [],
                True,
                both("投诉、伤害或法律问题，须由人处理", "complaint, injury or legal matter: for a person"),
                1.0,
                facts,
            )
        about_order = (bool(number) and (entry is None or entry.id not in ("invoice",))) or bool(ABOUT_ORDER.search(said))
        if about_order and not number and (entry is None or confidence < 0.8):
            return _drafted([WHICH_ORDER.pick(language)], language, [], False, both("缺订单号", "the order number is missing"), 1.0, {})
        if number and about_order:
            return self._about_order(number, entry if confidence >= SURE else None, confidence, language)
        product = self._about_product(said, language)
        if product is not None and (entry is None or confidence < 0.75):
            return product
        if entry is not None and confidence >= SURE:
            parts = [entry.zh if language == "zh" else entry.en]
            why = both("答案库中有直接对应的条目", "the store holds an answer to this")
            if entry.hand_over:
                parts += [] if entry.id in ("hours", "refund-ask") else [HANDING.pick(language)]
                why = both("答案库要求人工跟进", "the store asks for a person to follow up")
            return _drafted(parts, language, [f"faq:{entry.id}"], entry.hand_over, why, confidence, {})
        return _drafted(
            [UNSURE.pick(language), HANDING.pick(language)],
            language,
            [],
            True,
            both("没有把握，转人工", "not sure: handed over"),
            confidence,
            {},
        )

    def _best(self, said: str) -> tuple[FaqEntry | None, float]:
        """Return the entry whose wording meets most of the question's weight, and that share."""
        terms = set(tokenise(said))
        total = sum(self._weight.get(term, self._unknown) for term in terms)
        topics = [topic for topic in self._topics if any(word in said.lower() for word in topic["words"])]
        best: tuple[float, int] = (0.0, 0)
        for i, asks in enumerate(self._asks):
            closest = max((self._alike(terms, ask, total) for ask in asks), default=0.0)
            covered = sum(self._weight[term] for term in terms & self._held[i]) / total if total else 0.0
            # Wording decides; what the whole entry speaks of settles between wordings that are equally close.
            off_topic = any(self.entries[i].id not in topic["entries"] for topic in topics)
            best = max(best, (round((0.65 * closest + 0.35 * covered) * (OFF_TOPIC if off_topic else 1.0), 6), -i))
        return (self.entries[-best[1]], best[0]) if best[0] > 0 else (None, 0.0)

    def _alike(self, terms: set[str], ask: set[str], total: float) -> float:
        """Share of weight that a question and a wording have in common (Dice), or the share of the question that is met."""
        met = sum(self._weight[term] for term in terms & ask)
        if not met:
            return 0.0
        return max(2 * met / (total + sum(self._weight[term] for term in ask)), 0.85 * met / total)

    def _about_order(self, number: str, entry: FaqEntry | None, confidence: float, language: Language) -> ServiceAnswer:
        found = _order_words(self._workspace, number, language)
        if found is None:
            text = both(
                f"没有查到订单 {number}，请核对订单号。", f"There is no order {number} in our records; please check the number."
            ).pick(language)
            return _drafted(
                [text], language, [], False, both("订单表里没有这个号", "no such order in the order table"), 1.0, {"order": number}
            )
        parts, facts = [found[0]], found[1]
        citations = [f"order:{number}"]
        hand_over = True
        if entry is None or entry.id in ("track", "ship-time", "delivery-time"):
            parts.append(NO_PARCEL.pick(language))
            known = [e for e in self.entries if e.id == (entry.id if entry else "track")]
            parts += [e.zh if language == "zh" else e.en for e in known]
            citations += [f"faq:{e.id}" for e in known]
            hand_over = not known
        else:
            parts.append(entry.zh if language == "zh" else entry.en)
            citations.append(f"faq:{entry.id}")
            hand_over = entry.hand_over
        if hand_over and not (entry and entry.id in ("hours", "refund-ask")):
            parts.append(HANDING.pick(language))
        return _drafted(
            parts, language, citations, hand_over, both("已查订单表", "looked up in the order table"), max(confidence, 0.8), facts
        )

    def _about_product(self, said: str, language: Language) -> ServiceAnswer | None:
        """Quote the catalogue facts that share words with a question about a product; None when it names none."""
        product = _named(self._workspace, said)
        if product is None:
            return None
        plain = said.lower()
        facts = product.facts_zh if language == "zh" else product.facts_en
        asked = set(tokenise(said)) - set(tokenise(f"{product.name_zh} {product.name_en}"))
        told = [fact for fact in facts if asked & set(tokenise(fact))]
        for attribute in _attributes():
            if any(word in plain for word in attribute["ask"]):
                told += [fact for fact in facts if re.search(attribute["fact"], fact, re.IGNORECASE)]
        told = list(dict.fromkeys(told))
        if not told:
            return None
        name = product.called(language)
        text = f"「{name}」：{'；'.join(told)}。" if language == "zh" else f"{name}: {'; '.join(told)}."
        return _drafted(
            [text],
            language,
            [f"product:{product.id}"],
            False,
            both("引用商品资料", "quoted from the catalogue"),
            0.7,
            {"product": str(product.id)},
        )


def _named(workspace: Workspace, said: str) -> Item | None:
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


@lru_cache(maxsize=1)
def _attributes() -> list[dict[str, Any]]:
    return tomllib.loads(files(str(__package__)).joinpath("faq.toml").read_text(encoding="utf-8"))["attribute"]


def _drafted(
    parts: list[str], language: Language, citations: list[str], handed_over: bool, reason: Words, confidence: float, facts: dict[str, str]
) -> ServiceAnswer:
    text = ("" if language == "zh" else " ").join(part for part in parts if part)
    return ServiceAnswer(
        text=text,
        language=language,
        citations=citations,
        handed_over=handed_over,
        reason=reason,
        confidence=round(confidence, 4),
        facts=facts,
    )


def _order_in(text: str) -> str | None:
    found = ORDER.search(text)
    return (found.group(1) or found.group(2)) if found else None


def _order_words(workspace: Workspace, number: str, language: Language) -> tuple[str, dict[str, str]] | None:
    """Return what the order table says of an order: its day, its items, what was sent back; None when there is no such order."""
    orders = workspace.warehouse.table("orders", exact=True)
    rows = workspace.warehouse.arrow(orders.filter(orders.order_id == number).order_by(["ts", "product_id"])).to_pylist()
    if not rows:
        return None
    from datetime import UTC

    placed = rows[0]["ts"].replace(tzinfo=UTC).astimezone(workspace.zone).date()
    sold, back = [r for r in rows if r["quantity"] > 0], [r for r in rows if r["quantity"] < 0]
    gap = "、" if language == "zh" else ", "
    things = gap.join(f"{r['title'] or r['product_id']} × {_count(r['quantity'])}" for r in sold[:5])
    paid = (
        sum(
            (Money.of(r["quantity"] * r["unit_price"] - (r["discount"] or 0), r["currency"]) for r in sold[1:]),
            Money.of(sold[0]["quantity"] * sold[0]["unit_price"] - (sold[0]["discount"] or 0), sold[0]["currency"]),
        )
        if sold
        else None
    )
    text = both(f"订单 {number} 于 {placed} 下单：{things}。", f"Order {number} was placed on {placed}: {things}.").pick(language)
    if not sold:
        text = both(f"订单 {number} 只有退货记录。", f"Order {number} holds returns only.").pick(language)
    if back:
        pieces = _count(-sum(r["quantity"] for r in back))
        text += both(f"其中 {pieces} 件已登记退货。", f" Returns on record: {pieces}.").pick(language)
    facts = {"order": number, "placed": str(placed), "lines": str(len(sold)), "returned": str(len(back))}
    if paid:
        facts["paid"] = paid.text()
    return text, facts


def _count(value: Any) -> str:
    return f"{value.normalize():f}" if hasattr(value, "normalize") else str(value)


Store = tuple[list[FaqEntry], list[dict[str, Any]]]


def _store(workspace: Workspace) -> Store:
    own = workspace.path / "faq.toml"
    if own.is_file():
        return _own_store(own, own.stat().st_mtime_ns)
    return _demo_store() if workspace.is_demo else ([], [])


@lru_cache(maxsize=1)
def _demo_store() -> Store:
    return _parsed(files(str(__package__)).joinpath("faq.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=4)
def _own_store(file: Path, changed: int) -> Store:
    try:
        return _parsed(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AdwrightError(
            both(f"客服答案库 {file.name} 读不出来：{error}", f"The store of answers {file.name} cannot be read: {error}"),
            both("请按 [[entry]] 的格式改正：id、ask_zh、ask_en、zh、en。", "Correct it: [[entry]] with id, ask_zh, ask_en, zh, en."),
            code="bad-faq",
        ) from error


def _parsed(text: str) -> Store:
    raw = tomllib.loads(text)
    topics = [{"words": list(topic["words"]), "entries": list(topic["entries"])} for topic in raw.get("topic", [])]
    return [FaqEntry.model_validate(row) for row in raw.get("entry", [])], topics
