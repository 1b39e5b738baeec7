"""The policy check: which words of a text the rules of `data/knowledge/policy.toml` do not allow, why, and what to say.

A reading aid, not legal advice. Not covered: claims that need the product's papers to judge, pictures, landing pages.
"""

from __future__ import annotations

from functools import lru_cache

from ...data import knowledge
from ...data.knowledge import PolicyRule
from ...data.plan import Finding


def lint(text: str, language: str | None = None, category: str | None = None, channel: str | None = None) -> list[Finding]:
    """Hold `text` against the rules; findings in the order of the text, errors before warnings at the same place.

    `language` None: the rules of both. `category` None: every rule. `channel` is kept for rules of single platforms.

    Example:
        >>> [(f.span, f.severity) for f in lint("全球第一的跑鞋")]
        [('全球第一', 'error')]
    """
    return [finding.model_copy() for finding in _lint(text, language, category)]


@lru_cache(maxsize=8192)
def _lint(text: str, language: str | None, category: str | None) -> tuple[Finding, ...]:
    found: list[tuple[int, int, PolicyRule]] = []
    for rule in knowledge.policy_rules():
        # English brand names and claims stand in Chinese copy too, so Chinese texts meet all rules.
        if language == "en" and rule.language != "en":
            continue
        if rule.categories and category is not None and category not in rule.categories:
            continue
        found += [(start, end, rule) for start, end in rule.spans(text)]
    found.sort(key=lambda item: (item[0], item[2].severity, -item[1]))
    return tuple(
        Finding(
            rule=rule.id,
            span=text[start:end],
            severity=rule.severity,
            reason=rule.reason,
            fix=rule.replace,
            source=f"{rule.source}, {rule.article}",
        )
        for start, end, rule in found
    )


def allowed(text: str, language: str | None = None, category: str | None = None) -> bool:
    """Whether no rule calls `text` an error."""
    return not any(finding.severity == "error" for finding in _lint(text, language, category))


def repaired(text: str, language: str | None = None, category: str | None = None) -> str | None:
    """Return `text` with the rules' own drop-ins in place of errors, or None when a drop-in is missing or not enough."""
    for finding in _lint(text, language, category):
        if finding.severity == "error":
            if finding.fix is None:
                return None
            text = text.replace(finding.span, finding.fix)
    return text if text.strip() and allowed(text, language, category) else None
