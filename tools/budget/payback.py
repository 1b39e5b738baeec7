"""What a new customer brings back within 90 days, from the shop's own orders, and what may be paid for one.

First purchase and repeat purchases are told apart, so that a first-order result is never replaced silently. The repeat
part comes from `audience.clv`, net of refunds; nothing is assumed where orders do not suffice.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from ...data.money import Money
from ...data.words import Words, both
from ..audience.clv import lifetime

if TYPE_CHECKING:
    from ...data.workspace import Workspace


class Payback(NamedTuple):
    """Contribution of a new customer: the `first` purchase and the `repeat` ones of the `days` after it; `evidence` names the orders."""

    first: Money
    repeat: Money
    days: int
    evidence: str

    @property
    def total(self) -> Money:
        """First and repeat purchases: the LTV of the horizon, and the CPA at which it breaks even."""
        return self.first + self.repeat


def payback(workspace: Workspace, margin: Decimal | None = None, first: Money | None = None) -> Payback | None:
    """Return what a new customer brings; None where orders or margin are unknown.

    `margin` (0..1) stands in where the shop's costs do not tell it; `first` replaces the shop's usual first purchase, e.g. by
    the contribution of the advertised product.

    Example:
        >>> payback(shop).total.text()  # doctest: +SKIP
        '¥184.32'
    """
    told = lifetime(workspace)
    if told is None or (told.margin is None and margin is None) or (first is not None and first.currency != told.currency):
        return None
    kept = Decimal(1) if told.margin is not None else margin or Decimal(0)
    usual, again = (Money.of(Decimal(repr(round(v, 6))) * kept, told.currency) for v in told.newcomer())
    days = f"{told.end - timedelta(days=told.span)} – {told.end - timedelta(days=1)}"
    return Payback(usual if first is None else first, again, told.horizon, f"orders:{days}, n = {workspace.warehouse.count('orders'):,}")


def payback_words(back: Payback, cpa: Money) -> Words:
    """Say what the repeat purchases change for a CPA, the horizon and the assumption behind it."""
    first, repeat, total = (m.text(short=True) for m in (back.first, back.repeat, back.total))
    ratio = back.total.amount / cpa.amount if cpa.amount else Decimal(0)
    return both(
        f"首单保本 CPA 约 {first}；若都是新客，算上之后 {back.days} 天的复购毛利 {repeat}（依据店铺订单），保本 CPA 约 {total}，LTV:CAC {ratio:.2f}。",
        f"First orders break even at a CPA of about {first}; if all were new customers, repeat purchases of the next {back.days} days add "
        f"{repeat} of contribution (from the shop's orders): break-even CPA about {total}, LTV:CAC {ratio:.2f}.",
    )
