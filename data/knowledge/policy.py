"""Rules about advertising words: what may not be promised, why, and what to say instead.

Written by us from the statutes and platform rules named in each row; a reading aid, not legal advice. Word lists alone
flag too much, so each rule carries exceptions: contexts in which the same characters are harmless (最新款, 第一次).
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

from ..words import Words
from .files import Fact, Status, pair, read_toml


class PolicyRule(Fact):
    """One rule: a regular expression, contexts that excuse it, and what to tell the writer.

    `severity` ``error`` blocks an export, ``warning`` asks for a look. `swaps` are harmless drop-ins for single words,
    `replace` one for all others (may be empty; None: rewrite by hand). `categories` and `channels` limit the rule (empty:
    all). `needs` names the evidence that unlocks the claim (empty: nothing does). `article` names the paragraph, `source`
    the text it stands in.
    """

    id: str
    kind: str
    language: Literal["zh", "en"]
    pattern: str
    severity: Literal["error", "warning"]
    reason: Words
    fix: Words
    replace: str | None
    exceptions: list[str]
    swaps: dict[str, str]
    categories: list[str]
    channels: list[str]
    needs: str
    article: str
    source: str
    as_of: str
    status: Status

    def drop_in(self, span: str) -> str | None:
        """What may stand in place of `span`; None when it has to be rewritten by hand."""
        return self.swaps.get(span.casefold(), self.replace)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where the rule applies in `text`, as (start, end); matches inside an excepted context are left out.

        Example:
            >>> first = next(r for r in policy_rules() if r.id == "zh-number-one")
            >>> first.spans("全球第一品牌"), first.spans("我的第一次马拉松")
            ([(0, 6)], [])
        """
        found = [m.span() for m in _compiled(self.pattern).finditer(text) if m.end() > m.start()]
        excused = [m.span() for e in self.exceptions for m in _compiled(e).finditer(text)] if found else []
        return [(a, b) for a, b in found if not any(x <= a and b <= y for x, y in excused)]


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


@cache
def policy_rules(channel: str = "") -> list[PolicyRule]:
    """The rules that hold everywhere, and those of one platform (a channel's id), in the order of ``policy.toml``."""
    return [rule for rule in _all_rules() if not rule.channels or channel in rule.channels]


@cache
def _all_rules() -> list[PolicyRule]:
    raw = read_toml("policy.toml")
    return [
        PolicyRule(
            id=row["id"],
            kind=row["kind"],
            language=row["language"],
            pattern="|".join(row["pattern"]),
            severity=row["severity"],
            reason=pair(row["reason"]),
            fix=pair(row["fix"]),
            replace=row.get("replace"),
            exceptions=row.get("exceptions", []),
            swaps={word.casefold(): swap for word, swap in row.get("swaps", {}).items()},
            categories=row.get("categories", []),
            channels=row.get("channels", []),
            needs=row.get("needs", ""),
            article=row["article"],
            source=row.get("source", raw["source"]),
            as_of=raw["as_of"],
            status=row.get("status", raw["status"]),
        )
        for row in raw["rule"]
    ]


@cache
def evidence_names() -> dict[str, Words]:
    """The kinds of evidence that unlock a claim, by the key `needs` names them with."""
    return {key: pair(words) for key, words in read_toml("policy.toml")["evidence"].items()}
