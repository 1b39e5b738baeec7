"""Which columns may make groups: none that states a sensitive trait, unless the caller allows it and writes down why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ...data.errors import AdwrightError
from ...data.knowledge.sensitive import Trait, sensitive
from ...data.words import both

LEAST_PURPOSE = 10  # characters; a tick or a dash is no reason


class Privacy(NamedTuple):
    """Columns left out with the trait each states, those that were allowed, and the reason given for them."""

    left_out: dict[str, str]
    allowed: list[str]
    purpose: str

    def told(self) -> dict[str, Any]:
        """Return plain JSON for a report."""
        return {"left_out_sensitive": self.left_out, "allowed_sensitive": self.allowed, "purpose": self.purpose}


def insensitive(columns: Sequence[str], allow: Sequence[str] = (), purpose: str = "") -> tuple[list[str], Privacy]:
    """Return the columns that may be used, and what was decided about the others.

    Raises `AdwrightError` (``no-purpose``): a sensitive column is allowed without a written reason.

    Example:
        >>> insensitive(["spend", "customer_age"])[0]
        ['spend']
    """
    traits = {name: trait for name in columns if (trait := _trait(name)) is not None}
    allowed = [name for name in columns if name in traits and name in set(allow)]
    if allowed and len(purpose.strip()) < LEAST_PURPOSE:
        raise AdwrightError(
            both(
                f"要使用敏感列（{'、'.join(allowed)}），请写明目的。",
                f"Sensitive columns ({', '.join(allowed)}) need a written purpose.",
            ),
            both(
                "例如 purpose='用户单独同意的母婴会员关怀'；它会写进报告。",
                "For example purpose='care for members who consented to it separately'; it is kept in the report.",
            ),
            code="no-purpose",
        )
    left_out = {name: trait.id for name, trait in traits.items() if name not in allowed}
    return [name for name in columns if name not in left_out], Privacy(left_out, allowed, purpose.strip() if allowed else "")


def _trait(column: str) -> Trait | None:
    """A word's column is judged by the word; a category is a shelf of the shop, not a trait of a person."""
    return None if column.startswith("cat_") else sensitive(column.removeprefix("term_"))
