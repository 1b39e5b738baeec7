"""SQL that fills every column of a table from the texts of an import (`t_` columns), or works it out from others."""

from __future__ import annotations

from collections.abc import Callable

from . import casting
from .behaviour import DOUBLE
from .casting import DateOrder, quote
from .recipe import Recipe
from .schema import SQL_TYPES, Column, columns
from .sessions import fill_events
from .words import both

# Amounts of an order export that are no columns of the table.
AMOUNTS = ("amount", "paid", "shipping", "order_discount", "order_paid", "order_refunded", "refunded")
IDS = frozenset({"user_id", "product_id", "order_id", "campaign_id", "creative_id"})


def filled(recipe: Recipe, order: DateOrder, commas: set[str]) -> dict[str, str]:
    """SQL of every column of the table, in terms of the `t_` texts and of columns further left."""
    have = set(recipe.given)
    values: dict[str, str] = {}
    for name in (*AMOUNTS, "timeframe"):
        if name in have:
            values[name] = casting.number(f'"t_{name}"', name in commas)
    for column in columns(recipe.kind):
        if column.name in have:
            values[column.name] = _typed(column, recipe.zone, order, column.name in commas)
        else:
            values[column.name] = f"NULL::{SQL_TYPES[column.type]}"
    if recipe.kind in FILLERS:
        FILLERS[recipe.kind](recipe, values, have, order)
    return values


def _typed(column: Column, zone: str, order: DateOrder, comma: bool) -> str:
    text = f'"t_{column.name}"'
    if column.name == "age":
        return casting.years(text)
    if column.name == "gender":
        return "nullif(known_gender.id, '')"
    if column.name == "query":
        return casting.masked(text)
    if column.name == "event":
        return f"nullif(known_event.id, {quote(DOUBLE)})"
    if column.name in ("channel", "category"):
        return f"coalesce(known_{column.name}.id, {text})"
    if column.name == "currency":
        return f"CASE WHEN upper({text}) IN ('RMB', '元', '人民币') THEN 'CNY' WHEN regexp_matches({text}, '^[A-Za-z]{{3}}$') THEN upper({text}) END"
    if column.name in IDS:
        return casting.identifier(text)
    if column.name in ("phone", "zip"):
        return casting.unfloated(text)
    casts: dict[str, Callable[[], str]] = {
        "text": lambda: text,
        "whole": lambda: casting.whole(text, comma),
        "number": lambda: casting.number(text, comma),
        "money": lambda: casting.number(text, comma),
        "time": lambda: casting.time(text, zone, order),
        "day": lambda: casting.day(text, zone, order),
        "flag": lambda: casting.flag(text),
    }
    return casts[column.type]()


def _users(recipe: Recipe, values: dict[str, str], have: set[str], order: DateOrder) -> None:
    if "person" in have and "user_id" not in have:
        values["user_id"] = casting.hashed('"t_person"')


def _contacts(recipe: Recipe, values: dict[str, str], have: set[str], order: DateOrder) -> None:
    if "user_id" not in have:
        # The same stand-in that orders and users get for their e-mail address or telephone number.
        given = [casting.hashed(f'"t_{field}"') for field in ("email", "phone") if field in have]
        values["user_id"] = f"coalesce({', '.join(given)})"
        recipe.notes.append(
            both(
                "文件没有用户编号，用邮箱或电话的哈希值识别同一位客户。",
                "The file has no user id: a hash of the e-mail address or telephone number recognises the customer.",
            )
        )


def _orders(recipe: Recipe, values: dict[str, str], have: set[str], order: DateOrder) -> None:
    if recipe.invoices:
        plain = values["quantity"]
        values["quantity"] = f"CASE WHEN regexp_matches(\"t_order_id\", '^[Cc]\\d') THEN -abs({plain}) ELSE {plain} END"
    _prices(recipe, values, have)
    if "product_id" not in have and "title" in have:
        values["product_id"] = "'t-' || md5(\"t_title\")[1:12]"
        recipe.notes.append(both("文件没有商品编号，由商品名称生成。", "The file has no product id; one was made from the title."))
    if "person" in have:
        person = casting.hashed('"t_person"')
        values["user_id"] = f"coalesce({values['user_id']}, {person})" if "user_id" in have else person
        recipe.notes.append(
            both(
                "邮箱、电话、昵称只保存不可逆的哈希值，用来识别同一位客户。",
                "E-mail, telephone or nickname is kept only as a hash that recognises the same customer.",
            )
        )
    signs = "CASE WHEN quantity < 0 THEN -1 ELSE 1 END"
    if "paid" in have:
        values["discount"] = f"greatest(0, abs(quantity) * unit_price - abs({_goods(have)}))::{casting.DECIMAL} * {signs}"
    elif "discount" in have:
        values["discount"] = f"abs({values['discount']}) * {signs}"
    words = [f"known_{field}.id = 'refunded'" for field in ("status", "refund_status") if field in have]
    for name in ("order_discount", "order_paid", "order_refunded", "refunded"):
        values[name] = f"abs({values[name]})" if name in have else f"NULL::{casting.DECIMAL}"
    values["sent_back"] = f"coalesce({' OR '.join(words)}, false)" if words else "false"
    values["closed"] = "coalesce(known_status.id = 'closed', false)" if "status" in have else "false"


def _prices(recipe: Recipe, values: dict[str, str], have: set[str]) -> None:
    """What a piece cost before discounts: as written, else worked out of the amount, else of what was paid."""
    if "unit_price" not in have and ("amount" in have or "paid" in have):
        before = "amount" if "amount" in have else _goods(have)
        values["unit_price"] = f"(({before}) / nullif(abs(quantity), 0))::{casting.DECIMAL}"
        recipe.notes.append(both("单价由金额除以数量得出。", "The unit price is the amount divided by the quantity."))
    if "paid" in have and "shipping" in have:
        recipe.notes.append(both("运费不算在商品金额里。", "Shipping is not counted in what the goods cost."))


def _goods(have: set[str]) -> str:
    """What was paid for the goods of a line: without shipping, after every discount."""
    return "(paid - coalesce(shipping, 0))" if "shipping" in have else "paid"


def _products(recipe: Recipe, values: dict[str, str], have: set[str], order: DateOrder) -> None:
    for stem in ("name", "facts"):
        if stem in have:
            chinese = f"regexp_matches(\"t_{stem}\", '\\p{{Han}}')"
            for language, fits in (("zh", chinese), ("en", f"NOT {chinese}")):
                own = f'"t_{stem}_{language}"' if f"{stem}_{language}" in have else "NULL"
                values[f"{stem}_{language}"] = f'coalesce({own}, CASE WHEN {fits} THEN "t_{stem}" END)'


def _impressions(recipe: Recipe, values: dict[str, str], have: set[str], order: DateOrder) -> None:
    local = f"(ts AT TIME ZONE 'UTC' AT TIME ZONE {quote(recipe.zone)})"
    if "hour" not in have:
        values["hour"] = f"hour({local})"
    if "weekday" not in have:
        values["weekday"] = f"isodow({local}) - 1"


def _campaigns(recipe: Recipe, values: dict[str, str], have: set[str], order: DateOrder) -> None:
    if "campaign_id" not in have and "name" in have:
        values["campaign_id"] = casting.identifier('"t_name"')
        recipe.notes.append(both("文件没有计划编号，用计划名称代替。", "The file has no campaign id; the name stands for it."))
    if "day" in have:
        for end in ("start", "end"):
            if end not in have:
                values[end] = casting.day('"t_day"', recipe.zone, order)
    parts = [part for part in ("age", "gender", "interest") if part in have]
    if parts and "audience" not in have:
        texts = {
            "age": "'age ' || \"t_age\"",
            "gender": "coalesce(nullif(known_gender.id, ''), \"t_gender\")",
            "interest": "'interest ' || \"t_interest\"",
        }
        values["audience"] = f"nullif(concat_ws(', ', {', '.join(texts[part] for part in parts)}), '')"
        recipe.notes.append(both(f"人群由这些列合成：{'、'.join(parts)}。", f"The audience is put together from: {', '.join(parts)}."))


FILLERS: dict[str, Callable[[Recipe, dict[str, str], set[str], DateOrder], None]] = {
    "users": _users,
    "events": fill_events,
    "orders": _orders,
    "products": _products,
    "impressions": _impressions,
    "campaigns": _campaigns,
    "contacts": _contacts,
}
