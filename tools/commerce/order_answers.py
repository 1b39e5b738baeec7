"""What a customer may be told of an order, from the order table, and what only after they have shown that it is theirs.

An order number alone opens the day, the number of things and registered returns. What was bought and paid is told to whoever also gives
the e-mail or the last four digits of the telephone on record (`contacts`): numbers can be guessed. Addresses and names are never told.
The table holds no parcels, so where one is is never claimed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Any, NamedTuple

from ...data.money import Money
from ...data.words import Language, both

if TYPE_CHECKING:
    from ...data.workspace import Workspace

_NUMBER = re.compile(
    r"(?:订单(?:编?号)?|单号|编号|order(?:\s*(?:no\.?|number|id))?)\s*(?:是|为|is)?\s*[:：#]?\s*([A-Za-z]{0,4}-?\d[A-Za-z0-9_-]{2,30})|#\s?([A-Za-z]{0,4}\d[A-Za-z0-9_-]{2,30})"
    r"|(?<![A-Za-z0-9])([A-Za-z]{0,4}-?\d[A-Za-z0-9_-]{2,30})\s?(?:号|这个)?(?:订单|单)|(?<![A-Za-z0-9])([A-Za-z]{1,3}-?\d{4,20})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_ALONE = re.compile(r"^\s*#?\s*([A-Za-z]{0,4}-?\d{3,24})\s*[.。!！]?\s*$")
_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_DIGITS = re.compile(r"(?<!\d)(?:\+?\d[\d -]{6,}\d|\d{4})(?!\d)")


class Order(NamedTuple):
    """An order on record: `told` may be said to anybody who has its number, `proven` to its owner; `facts` are for the shop."""

    number: str
    told: str
    proven: str
    facts: dict[str, str]
    user: str | None


def number_in(text: str) -> str | None:
    """Return the order number that a message names, or None.

    Example:
        >>> number_in("where is my order 1024?"), number_in("1024号订单到哪了"), number_in("o011017"), number_in("in 3 days")
        ('1024', '1024', 'o011017', None)
    """
    found = _NUMBER.search(text) or _ALONE.match(text)
    return next((group for group in found.groups() if group), None) if found else None


def find_order(workspace: Workspace, number: str, language: Language) -> Order | None:
    """Return an order by its number, also where the customer left out letters and zeros before it; None when there is none."""
    if not workspace.warehouse.count("orders"):
        return None
    rows = _rows(workspace, number)
    if not rows:
        return None
    number = str(rows[0]["order_id"])
    placed = rows[0]["ts"].replace(tzinfo=UTC).astimezone(workspace.zone).date()
    sold, back = [r for r in rows if r["quantity"] > 0], [r for r in rows if r["quantity"] < 0]
    pieces, returned = _count(sum(r["quantity"] for r in sold)), _count(-sum(r["quantity"] for r in back))
    gap = "、" if language == "zh" else ", "
    things = gap.join(f"{r['title'] or r['product_id']} × {_count(r['quantity'])}" for r in sold[:5])
    one = pieces == "1"
    told = both(
        f"订单 {number} 于 {placed} 下单，共 {pieces} 件商品。",
        f"Order {number} was placed on {placed}: {pieces} item{'' if one else 's'}.",
    )
    if not sold:
        told = both(f"订单 {number} 只有退货记录。", f"Order {number} holds returns only.")
    noted = both(f"其中 {returned} 件已登记退货。", f"Returns on record: {returned}.") if back else both("", "")
    facts = {"order": number, "placed": str(placed), "pieces": pieces, "returned": returned}
    proven = ""
    if sold:
        paid = sum((_paid(r) for r in sold[1:]), _paid(sold[0]))
        facts |= {"items": things, "paid": paid.text()}
        proven = both(f"商品：{things}；实付 {paid.text()}。", f"Items: {things}; paid {paid.text()}.").pick(language)
    said = " ".join(part for part in (told.pick(language), noted.pick(language)) if part) if language == "en" else told.zh + noted.zh
    return Order(number, said, proven, facts, rows[0]["user_id"])


def owns(workspace: Workspace, order: Order, messages: Sequence[str]) -> bool | None:
    """Return whether a customer's messages hold the e-mail or the telephone's end on record; None when they gave neither, or none is kept."""
    text = " ".join(messages).replace(order.number, " ")
    given = {address.lower() for address in _ADDRESS.findall(text)}
    digits = [re.sub(r"\D", "", part) for part in _DIGITS.findall(text)]
    digits = [part for part in digits if part not in order.number]
    if not order.user or not (given or digits) or not workspace.warehouse.count("contacts"):
        return None
    contacts = workspace.warehouse.table("contacts")
    rows = workspace.warehouse.arrow(contacts.filter(contacts.user_id == order.user)[["email", "phone"]]).to_pylist()
    if not rows:
        return None
    phone = re.sub(r"\D", "", rows[0]["phone"] or "")
    right = (rows[0]["email"] or "").lower() in given or any(phone[-4:] == part[-4:] for part in digits if phone)
    return right


def _rows(workspace: Workspace, number: str) -> list[dict[str, Any]]:
    orders = workspace.warehouse.table("orders", exact=True)
    rows = workspace.warehouse.arrow(orders.filter(orders.order_id == number).order_by(["ts", "product_id"])).to_pylist()
    bare = re.sub(r"^\D*0*", "", number)
    if rows or not bare:
        return rows
    # A customer says 1024 for o001024; two orders that end alike are none.
    like = orders.filter(orders.order_id.re_replace(r"^\D*0*", "") == bare)
    rows = workspace.warehouse.arrow(like.order_by(["ts", "product_id"])).to_pylist()
    return rows if len({row["order_id"] for row in rows}) == 1 else []


def _paid(row: dict[str, Any]) -> Money:
    return Money.of(row["quantity"] * row["unit_price"] - (row["discount"] or 0), row["currency"])


def _count(value: Any) -> str:
    return f"{value.normalize():f}" if hasattr(value, "normalize") else str(value)
