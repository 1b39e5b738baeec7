"""The policy check: which words of a text the rules of `data/knowledge/policy.toml` do not allow, why, and what to say.

`lint` finds, `apply_fixes` repairs on request. A reading aid, not legal advice. Not covered: claims that need the product's
papers to judge, pictures, landing pages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ...data import knowledge
from ...data.knowledge import PolicyRule
from ...data.plan import Finding

ROUNDS = 3
# A repaired text of fewer letters than this says nothing any more.
LEAST = 4
_CLAUSE = re.compile(r"[^，。；：！？,;!?\n]*[，。；：！？,;!?\n]*")


@dataclass(frozen=True)
class Fixed:
    """A repaired text: `text` (None when nothing allowed is left), what was changed, and what still needs a person."""

    text: str | None
    changed: list[Finding]
    left: list[Finding]


def lint(
    text: str,
    language: str | None = None,
    category: str | None = None,
    channel: str | None = None,
    evidence: Mapping[str, str] | None = None,
) -> list[Finding]:
    """Hold `text` against the rules; findings in the order of the text, errors before warnings at the same place.

    `language` None: the rules of both. `category` None: every rule. `channel` (id or name) adds the editorial rules of that
    platform. `evidence` holds what the merchant can show, by the keys of `knowledge.evidence_names()`; a claim whose
    evidence is there is not reported.

    Example:
        >>> [(f.span, f.severity, f.article) for f in lint("全球第一的跑鞋")]
        [('全球第一', 'error', 'art. 9(3), 11')]
        >>> lint("全球第一的跑鞋", evidence={"ranking": "欧睿国际，2025 年销售额"})
        []
    """
    place = knowledge.channel_names().get(knowledge.fold(channel), "") if channel else ""
    shown = frozenset(key for key, value in (evidence or {}).items() if str(value).strip())
    return [finding.model_copy() for finding in _lint(text, language, category, place, shown)]


def allowed(text: str, language: str | None = None, category: str | None = None, channel: str = "") -> bool:
    """Whether no rule calls `text` an error. `channel` is a canonical id."""
    return not any(finding.severity == "error" for finding in _lint(text, language, category, channel, frozenset()))


def apply_fixes(
    text: str,
    language: str | None = None,
    category: str | None = None,
    channel: str | None = None,
    evidence: Mapping[str, str] | None = None,
) -> Fixed:
    """Put the rules' drop-ins in place of what they forbid; a clause that has none is cut out where other clauses remain.

    Warnings with a drop-in are repaired too, those without stay and are listed as left.

    Example:
        >>> apply_fixes("顶级面料，单只重 218 克").text
        '面料，单只重 218 克'
        >>> apply_fixes("国家级配方，100%根治").text is None
        True
    """
    changed: list[Finding] = []
    for _ in range(ROUNDS):
        fixable = [f for f in lint(text, language, category, channel, evidence) if f.fix is not None]
        if not fixable:
            break
        end = len(text) + 1
        for finding in reversed(fixable):
            after = finding.start + len(finding.span)
            if after <= end:
                drop_in = finding.fix or ""
                drop_in = drop_in.capitalize() if finding.span[:1].isupper() else drop_in
                text = text[: finding.start] + drop_in + text[after:]
                changed.append(finding)
                end = finding.start
        text = _tidy(text)
    kept: list[str] = []
    for clause in _CLAUSE.findall(text):
        wrong = [f for f in lint(clause, language, category, channel, evidence) if f.severity == "error"]
        changed += wrong
        if not wrong:
            kept.append(clause)
    text = _tidy("".join(kept))
    left = lint(text, language, category, channel, evidence)
    said = re.sub(r"[\W_]+", "", text)
    whole = len(said) >= LEAST and not any(f.severity == "error" for f in left)
    return Fixed(text if whole else None, changed, left if whole else changed)


def _tidy(text: str) -> str:
    text = re.sub(r"[，、,]{2,}", lambda found: found.group()[0], text)
    text = re.sub(r"(?<=[一-鿿]) +(?=[一-鿿])", "", text)
    text = re.sub(r"\s{2,}", " ", text).strip(" \t，、,;；:：")
    return text[:1].upper() + text[1:] if re.match(r"[a-z][a-z ]", text) else text


@lru_cache(maxsize=8192)
def _lint(text: str, language: str | None, category: str | None, channel: str, evidence: frozenset[str]) -> tuple[Finding, ...]:
    found: list[tuple[int, int, PolicyRule]] = []
    for rule in _rules(language, category, channel):
        if rule.needs not in evidence:
            found += [(start, end, rule) for start, end in rule.spans(text)]
    found.sort(key=lambda item: (item[0], item[2].severity, -item[1]))
    return tuple(
        Finding(
            rule=rule.id,
            span=text[start:end],
            start=start,
            severity=rule.severity,
            reason=rule.reason,
            fix=rule.drop_in(text[start:end]),
            advice=rule.fix,
            article=rule.article,
            evidence=rule.needs,
            source=f"{rule.source}, {rule.article}",
        )
        for start, end, rule in found
    )


@lru_cache(maxsize=256)
def _rules(language: str | None, category: str | None, channel: str) -> tuple[PolicyRule, ...]:
    # English brand names and claims stand in Chinese copy too, so Chinese texts meet all rules.
    return tuple(
        rule
        for rule in knowledge.policy_rules(channel)
        if not (language == "en" and rule.language != "en")
        and not (rule.categories and category is not None and category not in rule.categories)
    )
