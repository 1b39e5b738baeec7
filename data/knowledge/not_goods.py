"""Which lines of orders are no goods (postage, fees, corrections, tests, vouchers), by `not_goods.toml`: nobody is recommended one."""

from __future__ import annotations

import re
from functools import cache

from .files import fold, read_toml


def no_goods(code: str, title: str, listed: bool = False) -> bool:
    """Return whether a line is no goods by its title, or by title and code; `listed`: the shop's catalogue names it.

    Example:
        >>> no_goods("POST", "POSTAGE"), no_goods("M", "Manual"), no_goods("77", "Manual coffee mill"), no_goods("g", "礼品卡100元", listed=True)
        (True, True, False, False)
    """
    always, unlisted, coded = _rules()
    plain = " ".join(fold(title).split())
    if always.fullmatch(plain) or (not listed and unlisted.fullmatch(plain)):
        return True
    return coded.get(fold(code).strip()) == plain


@cache
def _rules() -> tuple[re.Pattern[str], re.Pattern[str], dict[str, str]]:
    told = read_toml("not_goods.toml")
    always, unlisted = (re.compile("|".join(f"(?:{pattern})" for pattern in told[key])) for key in ("always", "unlisted"))
    return always, unlisted, told["coded"]
