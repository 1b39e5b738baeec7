"""Customer lists: the columns, forms, hashes and limits of each platform's upload, and how countries are written."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from ..errors import AdwrightError
from ..words import Words, both
from .files import Fact, Status, fold, pair, read_toml

Form = Literal[
    "email",
    "email-gmail",
    "phone-plus",
    "phone-digits",
    "phone-mainland",
    "name",
    "name-letters",
    "country-upper",
    "country-lower",
    "zip",
    "zip-short",
    "device-lower",
]


class ListColumn(Fact):
    """One column of a list: its `header` ("" where the file has none), our `field`, how it is written, how it is hashed."""

    header: str
    field: Literal["email", "phone", "first_name", "last_name", "country", "zip", "oaid", "maid"]
    form: Form
    hash: Literal["sha256", "md5", "none"]


class ListRule(Fact):
    """What a platform wants; `rule` says it in a sentence, `note` what is open about it, `version` is its id and date.

    A row needs one of `reach`; of `together` it has all or none. `platform_least` people are asked for by the platform,
    `refuses` are kinds of goods (`sensitive_goods`) for which no list may be used there.
    """

    id: str
    name: Words
    aliases: list[str]
    rule: Words
    note: Words
    columns: list[ListColumn]
    reach: list[str]
    together: list[str]
    platform_least: int
    refuses: list[str]
    source: str
    as_of: str
    status: Status

    @property
    def version(self) -> str:
        """The name of the rule as written into manifests, e.g. ``google@2026-11-30``."""
        return f"{self.id}@{self.as_of}"


@cache
def list_rules() -> dict[str, ListRule]:
    """All platforms by id."""
    raw = read_toml("customer_lists.toml")
    return {id_: ListRule(id=id_, as_of=raw["as_of"], **_paired(row)) for id_, row in raw["platform"].items()}


def _paired(row: dict[str, Any]) -> dict[str, Any]:
    return row | {key: pair(row[key]) for key in ("name", "rule", "note")}


def list_rule(platform: str) -> ListRule:
    """Return the rule of a platform by id, alias or channel id; `AdwrightError` (``unknown-platform``).

    Example:
        >>> list_rule("facebook").id, list_rule("达摩盘").id
        ('meta', 'dmp')
    """
    asked = fold(platform)
    for rule in list_rules().values():
        if asked in (rule.id, *map(fold, rule.aliases), fold(rule.name.zh), fold(rule.name.en)):
            return rule
    known = ", ".join(list_rules())
    raise AdwrightError(
        both(f"不知道“{platform}”要什么样的人群文件。", f"What customer list “{platform}” takes is not known."),
        both(f"可以导出到：{known}。", f"Lists can be made for: {known}."),
        code="unknown-platform",
    )


def least() -> tuple[int, int]:
    """Return the fewest people a list may have, and the age below which nobody is written."""
    raw = read_toml("customer_lists.toml")
    return raw["least"], raw["least_age"]


def home_country(currency: str) -> str | None:
    """Return the country a shop's numbers are from when they name none, by its currency; None where that is open (EUR)."""
    return read_toml("customer_lists.toml")["home"].get(currency)


@cache
def _countries() -> dict[str, str]:
    table = read_toml("customer_lists.toml")["countries"]
    return {fold(word): code for code, words in table.items() for word in words}


def country_code(text: str) -> str | None:
    """Return the two letters of a country as people write it; None when it is not known.

    Example:
        >>> country_code("中国"), country_code("us"), country_code("Narnia")
        ('CN', 'US', None)
    """
    word = fold(text)
    if word in _countries():
        return _countries()[word]
    return word.upper() if len(word) == 2 and word.isascii() and word.isalpha() else None
