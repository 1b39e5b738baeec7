"""One piece of a plan's copy rewritten: the merchant's own words, another tone, or something shorter. The rest stays as it is.

A claim that may not be made is refused; pictures of the piece are dropped, so that they are drawn again with the new words.
Not here: wishes for all of the copy (brief: tone, language, number of variants).
"""

from __future__ import annotations

import re

from ...data import knowledge
from ...data.errors import AdwrightError
from ...data.patch import SetCopy
from ...data.plan import CampaignPlan, CopyField, Creative
from ...data.words import Words, both
from ..creative.copy import write_copy
from ..creative.policy import lint

TRIES = 8
CLAUSES = re.compile(r"[，。；：！？,;:!?]|\. | - |——")


def rewritten(plan: CampaignPlan, patch: SetCopy) -> tuple[CampaignPlan, Words]:
    """Return a copy of the plan with one piece changed, and the change in words.

    Raises `AdwrightError`: ``no-piece``, ``forbidden-claim``, ``already-short``.
    """
    channel = knowledge.channel(patch.channel).id if patch.channel else None
    pieces = [i for i, c in enumerate(plan.creatives) if channel in (None, c.channel)]
    at = patch.piece - 1 if patch.piece > 0 else patch.piece
    if not pieces or not -len(pieces) <= at < len(pieces):
        raise AdwrightError(
            both(f"计划里只有 {len(pieces)} 条文案。", f"The plan has {len(pieces)} pieces of copy."),
            both("请说第几条，例如第 1 条。", "Say which one, for example the first."),
            code="no-piece",
        )
    index = pieces[at]
    old = plan.creatives[index]
    new = _worded(plan, old, patch.text) if patch.text else _shorter(plan, old) if patch.shorter else _toned(plan, old, patch.tone)
    new = new.model_copy(update={"id": old.id, "variant": old.variant, "media": [], "ctr": None, "cites": old.cites})
    creatives = [new if i == index else c for i, c in enumerate(plan.creatives)]
    words = new.copy_fields[0].text
    change = both(f"第 {pieces.index(index) + 1} 条文案改为“{words}”", f'piece {pieces.index(index) + 1} of the copy now reads "{words}"')
    return plan.model_copy(update={"creatives": creatives}), change


def _worded(plan: CampaignPlan, old: Creative, text: str) -> Creative:
    field = _field(old, old.copy_fields[0].field, text.strip())
    findings = lint(field.text, old.language, plan.brief.product.value.category, old.channel)  # type: ignore[arg-type]
    wrong = next((f for f in findings if f.severity == "error"), None)
    if wrong:
        raise AdwrightError(
            both(f"“{wrong.span}”不能用在广告里：{wrong.reason.zh}", f'"{wrong.span}" may not be used in an ad: {wrong.reason.en}'),
            both("换一个可以证明的说法。", "Say what can be shown instead."),
            code="forbidden-claim",
        )
    return old.model_copy(update={"copy_fields": [field, *old.copy_fields[1:]], "findings": findings})


def _shorter(plan: CampaignPlan, old: Creative) -> Creative:
    first = old.copy_fields[0]
    lines = [c.copy_fields[0] for seed in range(1, TRIES) for c in _written(plan, old, plan.brief.tone.value, seed)]
    taken = {c.copy_fields[0].text for c in plan.creatives}
    fitting = [f for f in lines if f.used < first.used and f.text not in taken]
    clauses = [c.strip() for c in CLAUSES.split(first.text)]
    fitting = fitting or [_field(old, first.field, c) for c in clauses if len(c) >= 4 and c != first.text]
    if not fitting:
        raise AdwrightError(
            both(f"“{first.text}”已经很短了。", f'"{first.text}" is short already.'),
            both("可以直接告诉我要写什么。", "Tell me the words you want instead."),
            code="already-short",
        )
    best = min(fitting, key=lambda f: f.used)
    return old.model_copy(update={"copy_fields": [_field(old, first.field, best.text), *old.copy_fields[1:]], "findings": []})


def _toned(plan: CampaignPlan, old: Creative, tone: str | None) -> Creative:
    taken = {c.copy_fields[0].text for c in plan.creatives}
    written = [c for seed in range(1, TRIES) for c in _written(plan, old, tone or plan.brief.tone.value, seed)]
    return next((c for c in written if c.copy_fields[0].text not in taken), written[0])


def _written(plan: CampaignPlan, old: Creative, tone: str, seed: int) -> list[Creative]:
    brief = plan.brief
    return write_copy(
        brief.product.value,
        old.channel,
        old.language,
        n=2,
        tone=tone,
        audience=brief.audience.value.text or None,
        occasion=brief.occasion.value if brief.occasion else None,
        seed=brief.seed + seed,
    )


def _field(old: Creative, name: str, text: str) -> CopyField:
    limit = next((f for f in knowledge.channel(old.channel).copy_fields if f.field == name), None)
    used = limit.used(text) if limit else len(text)
    most = limit.limit if limit else None
    return CopyField(field=name, text=text, used=used, limit=most, ok=most is None or used <= most)
