"""Edits of what a plan assumes: the order value and the margin, said as one plain sentence.

客单价改成350元 and "set the margin to 45%" become `SetField` patches; the whole message has to be that sentence, so that a
question about margins stays one. Patterns are data (``[fields]`` in words.toml). Not here: target ROAS, tone and language (`edits`).
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

from ...data.money import Money
from ...data.patch import SetField
from .lexicon import words

MOST = Decimal(10) ** 7


@cache
def _sentence() -> re.Pattern[str]:
    own = words()["fields"]
    named = f"(?P<order_value>{own['order_value']})|(?P<margin>{own['margin']})"
    return re.compile(
        rf"^(?:{own['begin']})?\s*(?:{named})\s*(?:{own['set']})\s*(?P<sign>[¥$€£])?\s?(?P<number>\d+(?:\.\d+)?)\s?(?P<unit>{own['unit']})?\s*[。.!]?$"
    )


def field_edit(text: str, currency: str) -> SetField | None:
    """Return the change of order value or margin that a message (normalised, lower case) is, or None.

    Example:
        >>> field_edit("客单价改成350元", "CNY").value, field_edit("set the margin to 45%", "CNY").value
        (Money(¥350.00), Decimal('0.45'))
        >>> field_edit("毛利率45%的话能赚多少", "CNY") is None
        True
    """
    found = _sentence().match(text.strip())
    if found is None:
        return None
    number, unit = Decimal(found["number"]), found["unit"] or ""
    if found["order_value"]:
        return SetField(field="order_value", value=Money(amount=number, currency=currency)) if unit != "%" and 0 < number <= MOST else None
    share = number / 100 if unit == "%" or number > 1 else number
    return SetField(field="margin", value=share) if unit in ("", "%") and 0 < share <= 1 and not found["sign"] else None
