"""The service desk: answers a customer from the shop's own store of answers, its orders and its product facts, or hands over.

A customer's words are only matched and never obeyed: every sentence of an answer comes from the store (`answers`), the order table
(`order_answers`) or the catalogue (`product_answers`). Where the match is weak (`matching`), and always for complaints, injuries and threats, a
person takes over. A chat model may word what was found, never more (`rewording`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.words import Language, Words, both
from . import answers
from .answers import FaqEntry
from .matching import Match, Matcher, lore
from .order_answers import find_order, number_in, owns
from .product_answers import about, named
from .rewording import reworded

if TYPE_CHECKING:
    from ...data.workspace import Workspace

LONGEST = 4_000
LONGEST_ANSWER = 700
# So many numbers that are not on record, or proofs that do not fit, and a person takes over.
TRIES = 3
# Questions of the store that are meant of an order when one is named.
# Four digits with hardly a word: after an order number they are the end of a telephone number.
_BARE = re.compile(r"\D{0,16}\d{4}\D{0,6}")
_OF_ORDERS = frozenset({"track", "ship-time", "delivery-time", "stock"})
Intent = Literal["faq", "order", "product", "small-talk", "hand-over"]


class ServiceAnswer(Document):
    """A draft for the customer in the customer's language; `citations` name what every sentence stands on.

    `handed_over`: a person has to follow up, for `reason`; `facts` are for that person and not for the customer.
    """

    text: str
    language: Language
    intent: Intent = "hand-over"
    citations: list[str] = []
    handed_over: bool = False
    reason: Words
    confidence: float = 0.0
    facts: dict[str, str] = {}


HANDING = both("我已转接人工客服，会有同事尽快回复您。", "I have passed this on to a colleague, who will reply as soon as possible.")
UNSURE = both("这个问题我没有可靠的答案，不想误导您。", "I have no reliable answer to this and do not want to mislead you.")
SORRY = both("很抱歉给您带来不便，这件事需要人工核实。", "We are sorry for the trouble; a person needs to look into this.")
WHICH_ORDER = both("请提供订单号，我来查询。", "Please give me the order number and I will look it up.")
NO_PARCEL = both("包裹走到哪里不在我能看到的记录里。", "Where the parcel is now is not in the records I can see.")
PROVE = both(
    "要查看买了什么和金额，请再提供下单时留的手机号后四位或邮箱。",
    "To see what was bought and paid, please also give the e-mail or the last four digits of the telephone number on the order.",
)
NO_FIT = both("与这笔订单留的联系方式对不上，无法显示更多。", "That does not match the contact on this order, so I cannot show more.")
GREETING = both("您好，请问有什么可以帮您？", "Hello, how can I help?")
WELCOME = both("不客气，有需要随时找我。", "You are welcome. Write again any time.")
IN_CHINESE = both("", "(Our answer is in Chinese.)")
IN_ENGLISH = both("（以下答案为英文原文）", "")


class ServiceDesk:
    """Answers customers of one shop. `write`, a function from a prompt to a model's text, may word what was found.

    Example:
        >>> ServiceDesk(workspace).answer("多久发货？").citations  # doctest: +SKIP
        ['faq:ship-time']
    """

    def __init__(self, workspace: Workspace, write: Callable[[str], str] | None = None) -> None:
        self._workspace, self._write = workspace, write
        self.entries: list[FaqEntry] = []
        self._read()

    def load(self, path: str | Path) -> int:
        """Read a file of questions and answers (md, txt, csv, json, html, toml; 10 MB at most) into the shop's store; return how many it gave.

        A file of the same name replaces its earlier answers. Raises `AdwrightError`: ``no-file``, ``too-large``, ``unknown-format``,
        ``bad-faq``, ``empty-faq``.
        """
        count = answers.load(self._workspace, path)
        self._read()
        return count

    def answer(self, message: str, history: Sequence[str | Mapping[str, Any]] = (), order_id: str | None = None) -> ServiceAnswer:
        """Draft an answer to a customer's message. Raises `AdwrightError` (code ``empty-message``).

        `history` are the customer's earlier messages, oldest first (or mappings with ``role`` and ``content``; only the customer's count):
        an order number, a product and a proof of identity are taken from them.
        """
        said = message.strip()[:LONGEST]
        if not said:
            raise AdwrightError(
                both("顾客的消息是空的。", "The customer's message is empty."),
                both("请粘贴原话。", "Paste what they wrote."),
                code="empty-message",
            )
        earlier = [text for turn in history if (text := _customers(turn))]
        language: Language = "zh" if re.search(r"[\u4e00-\u9fff]", said) else "en" if re.search(r"[A-Za-z]{2}", said) else _of(earlier)
        found = self._found(said, earlier, order_id, language)
        if self._write is None or found.intent in ("small-talk", "hand-over"):
            return found
        return found.model_copy(update={"text": reworded(self._write, said, found.text, language)})

    def _found(self, said: str, earlier: list[str], order_id: str | None, language: Language) -> ServiceAnswer:
        plain, grave = said.lower(), lore()["grave"]
        number = order_id or number_in(said)
        if grave["serious"].search(plain):
            order = find_order(self._workspace, number, language) if number else None
            why = both("投诉、伤害或法律问题，须由人处理", "complaint, injury or legal matter: for a person")
            return _handed([SORRY, HANDING], language, why, order.facts if order else {})
        if grave["attack"].search(plain):
            why = both("消息里有指令或在索要别人的资料，没有照办", "the message gives orders or asks for others' data; not followed")
            return _handed([UNSURE, HANDING], language, why)
        talk = lore()["small_talk"]
        bare = re.sub(r"[\s。.！!？?~～，,]+$", "", plain.strip())
        for name, text in (("hello", GREETING), ("thanks", WELCOME)):
            if talk[name].fullmatch(bare):
                return _drafted([text], language, "small-talk", [], both("寒暄", "small talk"), 1.0)
        match = self._matcher.best(said)
        item = named(self._workspace, said)
        product = about(item, said, language) if item else None
        if product is not None and product.kind != "facts":
            # Whether there is some and what it costs is asked of the thing, not of the shop's ways.
            return _cited(product.text, language, "product", f"product:{product.item.id}", 0.9)
        order = self._about_order(said, number, earlier, match, language)
        if order is not None:
            return order
        if product is not None and (match is None or match.score < 0.75):
            return _cited(product.text, language, "product", f"product:{product.item.id}", 0.7)
        if item is None and (follow := self._of_earlier(said, earlier, match, language)) is not None:
            return follow
        if match is not None and match.sure:
            return self._from_store(self.entries[match.place], language, match.score)
        return _handed([UNSURE, HANDING], language, both("没有把握，转人工", "not sure: handed over"), score=match.score if match else 0.0)

    def _from_store(self, entry: FaqEntry, language: Language, score: float) -> ServiceAnswer:
        told = entry.said(language)
        if language == "en" and not entry.en:
            told = f"{IN_CHINESE.en} {told}"
        elif language == "zh" and not entry.zh:
            told = f"{IN_ENGLISH.zh}{told}"
        parts = [_within(told)]
        why = both("答案库中有直接对应的条目", "the store holds an answer to this")
        if entry.hand_over:
            parts += [] if re.search(r"转接|转人工|passing you on|pass you on|colleague", told) else [HANDING.pick(language)]
            why = both("答案库要求人工跟进", "the store asks for a person to follow up")
        return _drafted(parts, language, "faq", [f"faq:{entry.id}"], why, score, handed=entry.hand_over)

    def _of_earlier(self, said: str, earlier: list[str], match: Match | None, language: Language) -> ServiceAnswer | None:
        """A question that leaves out its product ("is it waterproof?") is about the one named last."""
        if not lore()["product"]["it"].search(said.lower()) and match is not None and match.sure:
            return None
        item = next((one for text in reversed(earlier) if (one := named(self._workspace, text))), None)
        product = about(item, said, language) if item else None
        return _cited(product.text, language, "product", f"product:{product.item.id}", 0.7) if product else None

    def _about_order(
        self, said: str, number: str | None, earlier: list[str], match: Match | None, language: Language
    ) -> ServiceAnswer | None:
        entry = self.entries[match.place] if match and match.sure else None
        before = next((n for n in map(number_in, reversed(earlier)) if n), None)
        if before is not None and _BARE.fullmatch(said) and not re.search(r"单|order", said.lower()):
            number = None
        proving = before is not None and number in (None, before) and _is_proof(said)
        if number is None:
            mine = re.search(
                r"我的?.{0,4}(?:订单|包裹|快递|货)|订单.{0,6}(?:怎么|到|查)|包裹|查.{0,6}订单|\b(?:my|our) .{0,12}(?:order|parcel|package|shipment)\b|\blook up (?:my|an) order\b",
                said.lower(),
            )
            waits = lore()["order"]["late"].search(said.lower()) or re.search(r"哪|查|look up|where", said.lower())
            asks = bool(mine and waits) and (entry is None or entry.id in _OF_ORDERS)
            follows = before is not None and (
                proving or (entry is not None and entry.id in _OF_ORDERS) or lore()["order"]["items"].search(said.lower())
            )
            if asks and before is None and not _how(said):
                return _drafted([WHICH_ORDER], language, "order", [], both("缺订单号", "the order number is missing"), 1.0)
            if not (follows or (asks and before)):
                return None
            number = before
        if number is None:
            return None
        order = find_order(self._workspace, number, language)
        if order is None:
            missed = sum(
                1 for text in {number, *filter(None, map(number_in, earlier))} if find_order(self._workspace, text, language) is None
            )
            text = both(f"没有查到订单 {number}，请核对订单号。", f"There is no order {number} in our records; please check the number.")
            why = both("订单表里没有这个号", "no such order in the order table")
            if missed >= TRIES:
                return _handed(
                    [text, HANDING], language, both("多个订单号都查不到", "several order numbers that do not exist"), {"order": number}
                )
            return _drafted([text], language, "order", [], why, 1.0, facts={"order": number})
        parts, cited = [order.told], [f"order:{order.number}"]
        asks_items = bool(lore()["order"]["items"].search(said.lower()))
        proven = owns(self._workspace, order, [said, *earlier])
        if proven and order.proven:
            parts.append(order.proven)
        elif proven is False and (proving or asks_items):
            parts.append(NO_FIT.pick(language))
        elif asks_items:
            parts.append(PROVE.pick(language))
        handed = sum(_is_proof(text) for text in [said, *earlier]) >= TRIES and not proven
        if not (proving or asks_items):
            if entry is None or entry.id in _OF_ORDERS:
                entry = next((e for e in self.entries if e.id == "track"), None)
                parts.append(NO_PARCEL.pick(language))
                handed = handed or entry is None or lore()["order"]["late"].search(said.lower()) is not None
            if entry is not None:
                parts.append(_within(entry.said(language)))
                cited.append(f"faq:{entry.id}")
                handed = handed or entry.hand_over
        if handed and not (entry and entry.hand_over):
            parts.append(HANDING.pick(language))
        return _drafted(parts, language, "order", cited, both("已查订单表", "looked up in the order table"), 0.9, handed, order.facts)

    def _read(self) -> None:
        self.entries = answers.store(self._workspace)
        key = tuple((tuple((*e.ask_zh, *e.ask_en)), f"{e.zh} {e.en}") for e in self.entries)
        self._matcher = _matcher(key)


@lru_cache(maxsize=4)
def _matcher(key: tuple[tuple[tuple[str, ...], str], ...]) -> Matcher:
    return Matcher([list(asks) for asks, _ in key], [told for _, told in key])


def _customers(turn: str | Mapping[str, Any]) -> str:
    if isinstance(turn, str):
        return turn[:LONGEST]
    return str(turn.get("content", ""))[:LONGEST] if turn.get("role", "user") == "user" else ""


def _of(earlier: list[str]) -> Language:
    """The language of a message without letters, such as a number: that of the messages before it."""
    return "zh" if not earlier or any(re.search(r"[\u4e00-\u9fff]", text) for text in earlier) else "en"


def _is_proof(text: str) -> bool:
    """Whether a message gives an e-mail, the end of a telephone number or all of it, beside any order number."""
    number = None if _BARE.fullmatch(text) else number_in(text)
    rest = text.replace(number, " ") if number else text
    return "@" in rest or re.search(r"(?<!\d)(?:\d{4}|[\d -]{7,})(?!\d)", rest) is not None


def _how(text: str) -> bool:
    """Whether a way is asked for and not the order itself: how do I track my parcel?"""
    return bool(
        re.search(
            r"怎么(?:查|看)|在?哪里?(?:查|看|能查)|想看|(?<![a-z])how (?:do|can)|(?<![a-z])where (?:do|can) i|(?<![a-z])want to see",
            text.lower(),
        )
    )


def _within(text: str) -> str:
    """Return a text of the store, cut at a sentence where it is very long."""
    if len(text) <= LONGEST_ANSWER:
        return text
    ends = [m.end() for m in re.finditer(r"[。！？!?\n]|\.(?=\s)", text[:LONGEST_ANSWER])]
    return text[: ends[-1]].strip() if ends else text[: LONGEST_ANSWER - 1] + "…"


def _cited(text: str, language: Language, intent: Intent, citation: str, score: float) -> ServiceAnswer:
    why = both("引用商品资料", "quoted from the catalogue")
    return _drafted([text], language, intent, [citation], why, score, facts={"product": citation.partition(":")[2]})


def _handed(
    parts: Sequence[Words], language: Language, why: Words, facts: dict[str, str] | None = None, score: float = 1.0
) -> ServiceAnswer:
    return _drafted(parts, language, "hand-over", [], why, score, True, facts)


def _drafted(
    parts: Sequence[str | Words], language: Language, intent: Intent, citations: list[str], reason: Words, confidence: float,
    handed: bool = False, facts: dict[str, str] | None = None,
) -> ServiceAnswer:  # fmt: skip
    told = [part.pick(language) if isinstance(part, Words) else part for part in parts]
    text = ("" if language == "zh" else " ").join(part for part in told if part)
    return ServiceAnswer(
        text=text,
        language=language,
        intent=intent,
        citations=citations,
        handed_over=handed,
        reason=reason,
        confidence=round(confidence, 4),
        facts=facts or {},
    )
