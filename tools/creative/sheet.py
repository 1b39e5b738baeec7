"""Reads what a merchant knows about a product - a catalogue product, a table row, lines of text - into facts that may be told.

What is no fact is left out and said so: orders to a machine, markup, contradictions, forbidden claims, another currency.
Not covered: facts in a language other than the copy's (left out without a model), reading facts off pictures.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from ...data import knowledge
from ...data.brief import Category, Product
from ...data.errors import AdwrightError
from ...data.knowledge.files import read_toml
from ...data.money import Money
from ...data.plan import Finding
from ...data.visible import visible
from ...data.words import Language, Words, both
from .lines import is_chinese
from .policy import lint

LONGEST_FACT = 120
MOST_FACTS = 30
_SIGNS = {"¥": "CNY", "￥": "CNY", "元": "CNY", "$": "USD", "us$": "USD", "€": "EUR", "£": "GBP", "hk$": "HKD", "円": "JPY", "rmb": "CNY"}
_PRICE = re.compile(
    r"(?P<before>us\$|hk\$|[¥￥$€£]|\b[A-Z]{3}\b)?\s*(?P<amount>\d[\d,]*(?:\.\d+)?)\s*(?P<after>元|円|rmb|\b[A-Z]{3}\b)?", re.IGNORECASE
)
Facts = Product | Mapping[str, Any] | Sequence[str] | str


@dataclass
class Sheet:
    """A product with the facts that may be told, what else was stated, and notes on what was left out."""

    product: Product
    offer: str = ""
    proof: str = ""
    audience: str = ""
    notes: list[Words] = field(default_factory=list)
    refused: list[Finding] = field(default_factory=list)


def read_sheet(facts: Facts, language: Language, brand: str | None = None, currency: str | None = None) -> Sheet:
    """Read `facts`: a `Product`, a mapping of columns, lines of which the first names the product, or such lines as one text.

    Raises `AdwrightError`: ``no-facts`` when nothing names a product, ``forbidden-goods`` for tobacco, prescription drugs
    and the like.

    Example:
        >>> sheet = read_sheet({"名称": "云步跑鞋", "价格": "459 元", "单只重": "218 克"}, "zh")
        >>> sheet.product.facts_zh, str(sheet.product.price)
        (['单只重 218 克'], '459.00 CNY')
    """
    if isinstance(facts, Product):
        product = facts if brand is None else facts.model_copy(update={"brand": brand})
        sheet = Sheet(product)
        told = product.facts_zh if language == "zh" else product.facts_en
    else:
        row = _columns(facts)
        sheet, told = _from_row(row, language, brand, currency)
    _refuse_forbidden(sheet.product, told)
    kept = _usable(sheet, told, language)
    sheet.product = sheet.product.model_copy(update={"facts_zh" if language == "zh" else "facts_en": kept})
    return sheet


def _columns(facts: Mapping[str, Any] | Sequence[str] | str) -> dict[str, Any]:
    if isinstance(facts, Mapping):
        return {str(key).strip(): value for key, value in facts.items()}
    lines = re.split(r"[\n;；]", facts) if isinstance(facts, str) else [str(line) for line in facts]
    lines = [line.strip() for line in lines if line.strip()]
    if len(lines) == 1:
        name, *rest = re.split(r"[:：]", lines[0], maxsplit=1)
        lines = [name, *(part.strip() for part in re.split(r"[,，、]", rest[0]))] if rest else lines
    return {"name": lines[0], "facts": lines[1:]} if lines else {}


def _from_row(row: dict[str, Any], language: Language, brand: str | None, currency: str | None) -> tuple[Sheet, list[str]]:
    known, told = dict[str, str](), list[str]()
    for key, value in row.items():
        target = knowledge.sheet_fields().get(knowledge.fold(key))
        values = [str(v).strip() for v in value] if isinstance(value, list | tuple) else [str(value if value is not None else "").strip()]
        values = [v for v in values if v and v.casefold() not in ("nan", "none")]
        if target == "facts":
            told += [line.strip() for v in values for line in re.split(r"[\n;；]", v) if line.strip()]
        elif target == "private":
            continue
        elif target and values:
            known.setdefault(target, values[0])
        elif key:
            told += [attribute(key, v, language) for v in values]
    name = visible(known.get("name", "")).strip()
    if not name:
        raise AdwrightError(
            both("还不知道要写哪款商品，也没有可写的事实。", "There is no product to write about, and no facts."),
            both(
                "请给出商品名称和几条卖点，例如“跑鞋：单只重 218 克，30 天可换尺码”。",
                "Give a name and a few facts, such as “running shoes: 218 g per shoe, 30-day size exchange”.",
            ),
            code="no-facts",
        )
    price, note = _price(known.get("price", ""), known.get("currency") or currency)
    category = known.get("category", "").casefold()
    if category not in knowledge.categories():
        nature = knowledge.nature_of(name, "")
        category = "food" if nature == "eaten" else knowledge.category_of(f"{category} {name}") or "other"
    product = Product(
        name=name,
        brand=brand or known.get("brand", ""),
        color=known.get("color", ""),
        category=cast(Category, category),
        price=price,
        noun_zh=known.get("noun", "") if is_chinese(known.get("noun", "")) else "",
        noun_en=known.get("noun", "") if not is_chinese(known.get("noun", "")) else "",
    )
    sheet = Sheet(product, known.get("offer", ""), known.get("proof", ""), known.get("audience", ""), [note] if note else [])
    return sheet, told


def attribute(key: str, value: str, language: Language) -> str:
    """A named attribute in words: ``("材质", "雪纺")`` is 雪纺材质."""
    pattern = read_toml("facts.toml")["attribute"].get(key)
    if pattern:
        return pattern.format(value)
    if key.casefold() in value.casefold() or not is_chinese(key) or language == "en":
        return value if key.casefold() in value.casefold() else f"{key}: {value}"
    return f"{key} {value}" if value[:1].isdigit() else f"{key}：{value}"


def _price(text: str, currency: str | None) -> tuple[Money | None, Words | None]:
    """The price with its own currency; a price without one takes `currency`, else it is not told."""
    found = _PRICE.search(text)
    if not found:
        return None, None
    sign = (found["before"] or found["after"] or "").casefold()
    code = _SIGNS.get(sign) or (sign.upper() if re.fullmatch(r"[a-z]{3}", sign) else None) or currency
    if code is None:
        return None, both(
            f"价格“{text}”没有写币种，文案里没有写价格。", f"The price “{text}” names no currency, so the copy states no price."
        )
    try:
        return Money.of(Decimal(found["amount"].replace(",", "")), code.upper()), None
    except (InvalidOperation, ValueError):
        return None, both(f"看不懂价格“{text}”，文案里没有写。", f"The price “{text}” was not understood and is left out.")


def _refuse_forbidden(product: Product, told: Sequence[str]) -> None:
    text = "\n".join([product.name, product.name_zh, product.name_en, *told])
    rules = {rule.id for rule in knowledge.policy_rules() if rule.kind == "forbidden"}
    wrong = next((f for f in lint(text) if f.rule in rules), None)
    if wrong:
        raise AdwrightError(
            both(f"“{wrong.span}”不能做广告：{wrong.reason.zh}", f"“{wrong.span}” may not be advertised: {wrong.reason.en}"),
            both("请换一款可以投放的商品。", "Please choose a product that may be advertised."),
            code="forbidden-goods",
        )


def _usable(sheet: Sheet, told: Sequence[str], language: Language) -> list[str]:
    kept, foreign = list[str](), 0
    for raw in told[: 10 * MOST_FACTS]:
        fact = " ".join(visible(raw).split())
        if not fact or fact in kept:
            continue
        if knowledge.orders().search(fact):
            sheet.notes.append(
                both(
                    f"“{fact[:30]}”是指令或代码，不是商品事实，没有采用。",
                    f"“{fact[:40]}” is an order or code, not a fact, and was not used.",
                )
            )
        elif len(fact) > LONGEST_FACT:
            sheet.notes.append(both(f"“{fact[:20]}…”太长，请拆成短句。", f"“{fact[:30]}…” is too long for a fact; please split it."))
        elif wrong := [f for f in lint(fact, None, sheet.product.category) if f.severity == "error"]:
            sheet.refused += wrong
        elif sheet.product.price and (other := _other_money(fact, sheet.product.price.currency)):
            sheet.notes.append(
                both(f"“{fact}”里的 {other} 与售价币种不同，没有采用。", f"“{fact}” is in {other}, unlike the price, and was not used.")
            )
        elif is_chinese(fact) != (language == "zh") and re.search(r"[a-z]{3,}" if language == "zh" else r"[一-鿿]", fact):
            foreign += 1
        else:
            kept.append(fact)
    if foreign and not kept:
        sheet.notes.append(
            both(
                "卖点与文案不是同一种语言，没有模型时无法翻译，文案没有写它们。",
                "The facts are in another language than the copy; without a model they cannot be translated and are not told.",
            )
        )
    return _agreeing(sheet, kept)[:MOST_FACTS]


def _other_money(fact: str, currency: str) -> str | None:
    for sign in re.findall(r"us\$|hk\$|[¥￥$€£]|(?<=\d)\s?(?:元|円)", fact.casefold()):
        code = _SIGNS.get(sign.strip())
        if code and code != currency and not (sign == "¥" and currency in ("CNY", "JPY")):
            return code
    return None


def _agreeing(sheet: Sheet, facts: list[str]) -> list[str]:
    """Leave out facts that say the same thing with different numbers, or both with and without something."""
    groups: dict[str, list[str]] = {}
    for fact in facts:
        plain = re.sub(r"^(?:不含|无|不加|no |without )", "", fact.casefold())
        plain = re.sub(r"^(?:含|有|with )", "", plain)
        groups.setdefault(re.sub(r"\d+(?:\.\d+)?", "#", plain), []).append(fact)
    for same in groups.values():
        if len(same) > 1:
            listed = both("”和“".join(same), "” and “".join(same))
            sheet.notes.append(both(f"“{listed.zh}”互相矛盾，两条都没有写。", f"“{listed.en}” contradict each other; neither is told."))
    return [fact for fact in facts if any(len(g) == 1 and g[0] == fact for g in groups.values())]
