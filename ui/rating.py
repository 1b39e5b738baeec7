"""Two drafts side by side: which is better, the left, the right, or neither. Every answer is stored in the workspace.

The card stands under the conversation after drafts were written, or when they are asked to be compared. Here is only how it looks and what
a press stores; what comparisons are good for is in ``tools/creative/preference``.
"""

from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING, cast

from ..agent.events import Turn
from ..data.drafts import Comparison, Drafts, DraftSet, Verdict
from ..data.errors import AdwrightError
from ..data.plan import Creative
from ..data.words import Language, both
from .frame import notice
from .markup import esc

if TYPE_CHECKING:
    from ..data.workspace import Workspace

# Pairs of one set that are asked for at most.
PAIRS = 6
ENOUGH = 20
_COMPARE = re.compile(r"评|比较|对比|打分|哪条|\brate\b|compare|judge|which (?:draft|ad|headline)", re.IGNORECASE)
TITLE = both("评文案：哪条更好？", "Rate copy: which is better?")
BUTTONS = {
    "first": both("左边更好", "Left is better"),
    "equal": both("差不多", "About equal"),
    "second": both("右边更好", "Right is better"),
}


def card(workspace: Workspace, turns: list[Turn], thread: str, language: Language) -> str:
    """Return the next pair to judge, or how many were judged; empty where the last turn was not about copy."""
    last = turns[-1] if turns else None
    copied = last is not None and any(call.ok and call.artifact and call.artifact.kind == "copy" for call in last.calls)
    if last is None or not (copied or (not last.calls and _COMPARE.search(last.said))):
        return ""
    try:
        store = Drafts(workspace)
        found, done = store.last(thread), store.comparisons()
    except AdwrightError:
        # A damaged record is named by the tool that writes it; the page goes on without the card.
        return ""
    if found is None or len(found.items) < 2:
        return ""
    pairs = _pairs(found)
    judged = {(_text(c.first), _text(c.second)) for c in done}
    left = [(i, j) for i, j in pairs if (_text(found.items[i]), _text(found.items[j])) not in judged]
    note = _note(len(done), language)
    if not left:
        thanks = both(f"这 {len(pairs)} 组都评过了。", f"All {len(pairs)} pairs are judged.").pick(language) if copied else ""
        return f'<section class="aw-rate" role="status"><p>{esc(thanks)}{"" if language == "zh" else " "}{esc(note)}</p></section>'
    i, j = left[0]
    at = both(f"第 {len(pairs) - len(left) + 1} / {len(pairs)} 组", f"pair {len(pairs) - len(left) + 1} of {len(pairs)}").pick(language)
    buttons = "".join(
        f'<button type="button" class="aw-big" data-act="rate" data-value="{i}.{j}.{verdict}">{esc(words.pick(language))}</button>'
        for verdict, words in BUTTONS.items()
    )
    return (
        f'<section class="aw-rate" role="region" aria-label="{esc(TITLE.pick(language))}"><h3>{esc(TITLE.pick(language))}<span>{esc(at)}</span></h3>'
        f'<div class="aw-two">{_draft(found.items[i])}{_draft(found.items[j])}</div><div class="aw-buttons">{buttons}</div><p>{esc(note)}</p></section>'
    )


def pressed(workspace: Workspace, thread: str, value: str, language: Language) -> str:
    """Store what was pressed; returns a notice where that failed, else nothing."""
    try:
        rate(workspace, thread, value)
    except AdwrightError as error:
        return notice(error.tell(language))
    return ""


def rate(workspace: Workspace, thread: str, value: str) -> None:
    """Store what was pressed, as ``left.right.verdict``; raises `AdwrightError` (``no-draft``) when the drafts are gone."""
    found = Drafts(workspace).last(thread)
    chosen = re.fullmatch(r"(\d+)\.(\d+)\.(first|equal|second)", value)
    if found is None or chosen is None or max(int(chosen[1]), int(chosen[2])) >= len(found.items):
        raise AdwrightError(
            both("这两条文案已经不在了。", "These two drafts are gone."),
            both("请重新写一次再评。", "Draft them again, then rate."),
            code="no-draft",
        )
    first, second = found.items[int(chosen[1])], found.items[int(chosen[2])]
    name = found.product.id or found.product.name
    Drafts(workspace).compare(Comparison(product=name, first=first, second=second, verdict=cast(Verdict, chosen[3])))


def _pairs(found: DraftSet) -> list[tuple[int, int]]:
    """Neighbours first, so that every draft is seen early; each pair once."""
    return sorted(combinations(range(len(found.items)), 2), key=lambda pair: (pair[1] - pair[0] != 1, pair[0] % 2, pair))[:PAIRS]


def _draft(creative: Creative) -> str:
    language = "zh-CN" if creative.language == "zh" else "en"
    texts = [item for item in creative.copy_fields if item.field not in ("cta", "path")]
    rows = "".join(f"<p{' class=aw-ratehead' if item.field == 'headline' else ''}>{esc(item.text)}</p>" for item in texts)
    return f'<article class="aw-ratecard" lang="{language}">{rows}</article>'


def _text(creative: Creative) -> str:
    return "\n".join(item.text for item in creative.copy_fields)


def _note(count: int, language: Language) -> str:
    if count >= ENOUGH:
        return both(
            f"已评 {count} 组；写文案时会参考，前提是它们前后一致。",
            f"{count} pairs judged; they count when copy is picked, as far as they agree with one another.",
        ).pick(language)
    return both(
        f"已评 {count} 组；满 {ENOUGH} 组后，写文案会参考你的选择。",
        f"{count} pairs judged; from {ENOUGH} on your choices count when copy is picked.",
    ).pick(language)
