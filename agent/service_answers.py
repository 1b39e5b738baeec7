"""What is said of a draft for a customer: the draft itself, what it stands on, and what only the merchant should see.

Words and facts are those of ``customer_service``; nothing is added here.
"""

from __future__ import annotations

from ..data.result import Artifact
from ..data.words import Language
from .wording import say

# Facts of an order that a customer hears only after they have shown that it is theirs.
_INNER = ("items", "paid")


def about_service(artifact: Artifact, language: Language) -> str:
    """Return the draft with its sources, for the merchant to read before it is sent."""
    data = artifact.data
    facts = data.get("facts") or {}
    draft = str(data.get("zh") or "")
    inner = [str(facts[name]) for name in _INNER if facts.get(name) and facts[name] not in draft]
    cited = [_named(one, language) for one in data.get("citations") or []]
    return say(
        "answer-service", language, draft=draft.splitlines(), handed=bool(data.get("handed_over")), why=str(data["reason"][language]), cited=cited, inner=inner
    )  # fmt: skip


def _named(citation: str, language: Language) -> str:
    kind, _, name = citation.partition(":")
    names = {"faq": ("客服答案", "answer"), "order": ("订单", "order"), "product": ("商品", "product")}
    return f"{names.get(kind, (kind, kind))[0 if language == 'zh' else 1]} {name}"
