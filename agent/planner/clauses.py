"""Further tasks in one message, found clause by clause: 预算改成3万，再来张海报; plan for mugs, $2k, plus a 20s video.

A clause is read by the same intent model as a whole message, where a short "再来张海报" is as clear as it can be; the words of the
clause must speak for the task too. Not here: the main task of a message (intents) and its slots.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ...data.knowledge import offers_in
from .intents import concepts, read_intent
from .scan import Scan

SPLIT = re.compile(
    r"[，；。;!?！？\n①②③④⑤]|,(?!\d)|\.(?!\d)|(?<![\d])\d[).](?=\s?[a-z\u4e00-\u9fff])| \+ |(?<![a-z])(?:and|plus|also|then|as well as|n)(?![a-z])|(?=顺便|另外|还要|再来|再做|再出|再配|再写|外加|同时|附带)"
)
# Tasks that may stand beside another, and the family of words that has to be there.
BESIDE = {
    "generate_image": "image",
    "generate_video": "video",
    "draft_copy": "copy",
    "segment_users": "segment",
    "suggest_price": "price",
    "search_campaigns": "search",
    "recommend_products": "recommend",
    "compute_roi": "roi",
    "export_plan": "export",
}
SURE = 0.5


def also_asked(s: Scan, read: Callable[[str], Scan]) -> list[str]:
    """Tools that single clauses of a message ask for; empty for a message of one clause.

    Example:
        >>> from datetime import date
        >>> from adwright.agent.planner.scan import scan
        >>> also_asked(scan("预算改成3万，再来张海报", date(2026, 11, 23)), lambda t: scan(t, date(2026, 11, 23)))
        ['generate_image']
    """
    clauses = [c.strip() for c in SPLIT.split(s.plain) if c and c.strip()]
    if len(clauses) < 2:
        return []
    found: list[str] = []
    for clause in clauses[:12]:
        if not any(concepts()[family].search(clause) for family in BESIDE.values()):
            continue
        part = read(clause)
        intent = read_intent(part, False)
        label = intent.label
        if (
            label in BESIDE
            and intent.labels[label] > SURE
            and concepts()[BESIDE[label]].search(without_offers(part.bare))
            and _a_task(label, part)
        ):
            found.append(label)
    return list(dict.fromkeys(found))


def without_offers(text: str) -> str:
    """A clause with its offers blanked: "second pair half price" asks for no price."""
    for offer in offers_in(text):
        text = text[: offer.start] + " " * (offer.end - offer.start) + text[offer.end :]
    return text


def _a_task(tool: str, part: Scan) -> bool:
    """Whether a clause orders the thing, and does not only say how it should be (文案用英文, playful copy)."""
    if tool == "draft_copy":
        return part.pieces is not None or (concepts()["write"].search(part.plain) is not None and not (part.tone or part.ad_language))
    if tool in ("generate_image", "generate_video"):
        return bool(part.sizes or part.seconds or part.pieces or concepts()["ordered"].search(part.plain))
    return tool in ("segment_users", "export_plan") or concepts()["asks"].search(part.plain) is not None
