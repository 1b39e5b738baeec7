"""What an edit changes, and the words of more and less that all kinds of edits share."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ...data.words import Words
from .filling import Slots, Spans
from .percents import find_percents
from .places import PERCENT, share_value
from .scan import Scan

UP = re.compile(r"\+|加|增|涨|提高|提升|上调|多|上浮|提|raise|increase|boost|up\b|bump|add|more|grow|extra|top up|higher")
DOWN = re.compile(
    r"(?<![\d一-龥a-z])-(?=\d)|减|降|砍|少|下调|缩|压|扣|cut|lower|reduce|decrease|trim|down|slash|less|drop|minus|shrink|off|take"
)
TO_VALUE = re.compile(r"(?:到|至|成|为|to|at|=|->|→)\s?[¥$€£]?\s?$")
DOUBLE = [(re.compile(r"翻一?[倍番]|加倍|加一倍|double|twice the|two times|2x"), Decimal(2)), (re.compile(r"翻两番|四倍|quadruple"), Decimal(4)), (re.compile(r"翻三倍|三倍|triple|three times|3x"), Decimal(3)), (re.compile(r"减半|砍(?:掉)?一?半|对半砍|减一半|少一半|降一半|腰斩|halve|half the|cut .{0,20}(?:in|by) half|in half|by half"), Decimal("0.5"))]  # fmt: skip


TIMES = re.compile(r"(?:(?<![a-z\d])x|×|乘以?|\*|times) ?(\d+(?:\.\d+)?)(?![\dx])|(?<![\dx])(\d+(?:\.\d+)?) ?(?:x(?![a-z\d])|×|倍)")


def factor_by(text: str) -> Decimal | None:
    """By how much a message multiplies: ``double``, ``减半``, ``x1.5``, ``1.5倍``; None when it does not."""
    known = next((f for regex, f in DOUBLE if regex.search(text)), None)
    m = None if known is not None else TIMES.search(text)
    return Decimal(m[1] or m[2]) if m and 0 < Decimal(m[1] or m[2]) <= 20 else known


@dataclass
class Edit:
    """What an edit changes: `slots` hold values after it, `changes` are (kind, arguments) for `patching`, `notes` what to tell of it."""

    slots: Slots = field(default_factory=dict)
    spans: Spans = field(default_factory=dict)
    action: str | None = None
    changes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    notes: list[Words] = field(default_factory=list)

    def put(
        self, action: str, slots: Slots, change: tuple[str, dict[str, Any]] | None = None, where: list[tuple[int, int]] | None = None
    ) -> None:
        """Record one change; the first action names the edit."""
        self.action = self.action or action
        self.slots.update(slots)
        for name in slots:
            if where:
                self.spans.setdefault(name, where)
        if change:
            self.changes.append(change)


def percent_by(s: Scan) -> tuple[float, tuple[int, int]] | None:
    """The first percentage that is not part of a split: (share, place)."""
    for m in PERCENT.finditer(s.plain):
        if any(a <= m.start() < b for a, b in s.places.spans):
            continue
        value = share_value(m)
        if value is not None:
            return value, m.span()
    for one in find_percents(s.plain):
        if not one.price and not any(a <= one.start < b for a, b in s.places.spans):
            return float(one.share), (one.start, one.end)
    return None
