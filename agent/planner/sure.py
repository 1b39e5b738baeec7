"""Asks whose words leave no doubt: export, an order or a return, past campaigns, tomorrow's adjustments; and which single piece of copy is meant.

These are decided before the intent model, which sees too little in a few words. Patterns are data (``[sure]`` in words.toml).
Not here: refusals (policy) and everything that takes weighing (intents).
"""

from __future__ import annotations

from typing import Literal

from .intents import concepts
from .lexicon import expressions
from .scan import Scan

ORDINALS = {
    **{c: i for i, c in enumerate("一二三四五六七八九十", 1)},
    **{w: i for i, w in enumerate(("first", "second", "third", "fourth", "fifth", "sixth"), 1)},
    **{w: i for i, w in enumerate(("1st", "2nd", "3rd", "4th", "5th", "6th"), 1)},
    "两": 2,
    "last": -1,
}


def sure_ask(s: Scan) -> str | None:
    """The tool a message asks for beyond doubt, or None.

    Example:
        >>> from datetime import date
        >>> from adwright.agent.planner.scan import scan
        >>> [sure_ask(scan(t, date(2026, 11, 23))) for t in ("导出计划", "where is my order 1024?", "跑鞋方案，3万")]
        ['export_plan', 'customer_service', None]
    """
    # A message with a budget asks for a plan, whatever else it mentions.
    if any(a.sure for a in s.amounts):
        return None
    sure, text = expressions("sure"), s.plain
    made = any(concepts()[craft].search(s.masked()) for craft in ("copy", "image", "video"))
    if sure["service"].search(text) and not made and not concepts()["plan"].search(s.masked()):
        return "customer_service"
    if asks_export(s):
        return "export_plan"
    if sure["search"].search(text) and not made:
        return "search_campaigns"
    return None


def model_ask(s: Scan) -> str | None:
    """``train_models`` or ``show_models`` when a message speaks of the shop's own models, or None.

    A question whether to train is answered by how the models stand; only a plain request trains.

    Example:
        >>> from datetime import date
        >>> from adwright.agent.planner.scan import scan
        >>> [model_ask(scan(t, date(2026, 11, 23))) for t in ("重新训练点击模型", "should I retrain the model?", "训练计划")]
        ['train_models', 'show_models', None]
    """
    if any(a.sure for a in s.amounts):
        return None
    sure, text = expressions("sure"), s.plain
    if sure["retrain"].search(text) and not sure["not_retrain"].search(text):
        return "train_models"
    return "show_models" if sure["models"].search(text) else None


def adjust_ask(s: Scan, proposed: bool) -> Literal["propose", "apply"] | None:
    """``propose`` when a message asks what its daily results call for, ``apply`` when it takes what was just `proposed`, or None.

    Example:
        >>> from datetime import date
        >>> from adwright.agent.planner.scan import scan
        >>> day = date(2026, 11, 23)
        >>> adjust_ask(scan("今天的数据导进来了，明天怎么调？", day), False), adjust_ask(scan("apply it", day), True)
        ('propose', 'apply')
    """
    if any(a.sure for a in s.amounts):
        return None
    sure, text = expressions("sure"), s.plain
    if proposed and sure["apply"].search(text.strip()):
        return "apply"
    return "propose" if sure["adjust"].search(text) and not sure["not_adjust"].search(text) else None


def asks_export(s: Scan) -> bool:
    """Whether the words for saving a plan as files are there."""
    return expressions("sure")["export"].search(s.plain) is not None and expressions("sure")["not_export"].search(s.plain) is None


def piece_meant(text: str) -> int | None:
    """Which piece of copy a message speaks of, from 1; -1 is the last; None when it speaks of none in particular.

    Example:
        >>> piece_meant("第二条文案再活泼一点"), piece_meant("headline 3 is too long"), piece_meant("the last caption"), piece_meant("3条文案")
        (2, 3, -1, None)
    """
    m = expressions("sure")["piece"].search(text)
    if not m:
        return None
    word = next((g for g in m.groups() if g), "last")
    return int(word) if word.isdigit() else ORDINALS.get(word)
