"""Which drafts a merchant finds better, said in the chat: stored two by two, as presses on the page are, so that later drafts heed them.

Of one responsive ad its headlines are what is compared. What comparisons are good for is in `preference`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...data.drafts import Comparison, Drafts
from ...data.errors import AdwrightError
from ...data.plan import Creative
from ...data.result import Artifact, Progress, ToolResult
from ...data.words import Words, both
from .preference import ENOUGH

if TYPE_CHECKING:
    from ...data.workspace import Workspace
    from .drafting import DraftCopy

# Against so many others counts a draft that is liked best; more would weigh one sentence too much.
OTHERS = 5
LEAST_HEADLINES = 7


def prefer_drafts(workspace: Workspace, request: DraftCopy, progress: Progress) -> ToolResult:
    """Store that one draft is better than another (0: than the others), or that two are equal; raises `AdwrightError` (``no-draft``)."""
    drafts = Drafts(workspace)
    found = drafts.last(request.thread or None)
    items = _compared(found.items) if found else []
    if found is None or len(items) < 2:
        raise AdwrightError(
            both("还没有两条可以比较的文案。", "There are no two drafts to compare yet."),
            both("先写几条文案，再说哪条更好。", "Have a few drafts written first, then say which is better."),
            code="no-draft",
        )
    better, worse = request.prefer
    if max(better, worse) > len(items) or better == worse:
        raise AdwrightError(
            both(f"上次写了 {len(items)} 条，没有这个序号。", f"There are {len(items)} drafts; one of those numbers is not among them."),
            both("请换一个序号。", "Choose another number."),
            code="no-draft",
        )
    rest = [i for i in range(1, len(items) + 1) if i not in (better, worse)][:OTHERS]
    pairs = [(better or i, worse or i) for i in rest] if 0 in (better, worse) else [(better, worse)]
    name = found.product.id or found.product.name
    known = {(c.first.copy_fields[0].text, c.second.copy_fields[0].text, c.verdict) for c in drafts.comparisons()}
    count = len(drafts.comparisons())
    for first, second in pairs:
        made = Comparison(product=name, first=items[first - 1], second=items[second - 1], verdict="equal" if request.equal else "first")
        if (made.first.copy_fields[0].text, made.second.copy_fields[0].text, made.verdict) not in known:
            count = drafts.compare(made)
    progress.note(both(f"已评 {count} 组", f"{count} pairs judged"), len(pairs), len(pairs))
    finding = _said(better, worse, request.equal, count)
    return ToolResult(
        content=finding.pick(request.reply_language),
        finding=finding,
        artifact=Artifact(
            kind="answer", title=both("文案评比", "Drafts compared"), data={"rated": [list(pair) for pair in pairs], "compared": count}
        ),
    )


def _compared(items: list[Creative]) -> list[Creative]:
    """The drafts, or of a single ad with many headlines each headline as one."""
    if len(items) != 1:
        return items
    heads = [item for item in items[0].copy_fields if item.field == "headline"]
    return [items[0].model_copy(update={"copy_fields": [head]}) for head in heads] if len(heads) >= LEAST_HEADLINES else items


def _said(better: int, worse: int, equal: bool, count: int) -> Words:
    if equal:
        told = both(f"记下了：第 {better} 条和第 {worse} 条差不多。", f"Noted: number {better} and number {worse} are about equal.")
    elif worse == 0:
        told = both(f"记下了：第 {better} 条比其余的好。", f"Noted: number {better} is better than the others.")
    elif better == 0:
        told = both(f"记下了：第 {worse} 条不如其余的。", f"Noted: the others are better than number {worse}.")
    else:
        told = both(f"记下了：第 {better} 条比第 {worse} 条好。", f"Noted: number {better} is better than number {worse}.")
    if count >= ENOUGH:
        more = both(
            f"已评 {count} 组，写文案会参考，前提是它们前后一致。",
            f"{count} pairs judged; they count when copy is picked, as far as they agree with one another.",
        )
    else:
        more = both(
            f"已评 {count} 组，满 {ENOUGH} 组后写文案会参考您的选择。",
            f"{count} pairs judged; from {ENOUGH} on your choices count when copy is picked.",
        )
    return both(told.zh + more.zh, f"{told.en} {more.en}")
