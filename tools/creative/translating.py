"""Drafts made before, said in the other language: by a model where one is configured, else written natively from the same facts.

A translation is held against the product's facts in its own language, the channel's limits and the policy as any copy is; what
does not stand is written natively. Not covered: languages other than zh and en; facts that exist in one language only.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...data import knowledge
from ...data.drafts import Drafts, DraftSet
from ...data.errors import AdwrightError
from ...data.plan import Creative
from ...data.result import Progress, ToolResult
from ...data.words import Language, Words, both
from .authors import SECONDS, configured_writer, model_name
from .copy import as_creative, composed, usual_count, voice_for
from .expected import expect
from .fields import Text
from .grammar import native
from .modelled import modelled, schema_of
from .sheet import read_sheet

if TYPE_CHECKING:
    from ...data.workspace import Workspace
    from .drafting import DraftCopy

NAMES = {"zh": both("中文", "Chinese"), "en": both("英文", "English")}


def translate_drafts(workspace: Workspace, request: DraftCopy, progress: Progress) -> ToolResult:
    """Say one or all of the drafts made last in `request.language`; raises `AdwrightError` (``no-draft``)."""
    from .drafting import result

    drafts = Drafts(workspace)
    found = drafts.last(request.thread or None)
    if found is None or not found.items:
        raise AdwrightError(
            both("这个对话里还没有写过文案。", "No copy has been drafted in this conversation yet."),
            both("先说要写哪款商品的文案。", "First say which product to write about."),
            code="no-draft",
        )
    if request.translate and request.translate > len(found.items):
        raise AdwrightError(
            both(f"上次写了 {len(found.items)} 条，没有第 {request.translate} 条。", f"There are {len(found.items)} drafts, no number {request.translate}."),
            both("请换一个序号。", "Choose another number."),
            code="no-draft",
        )  # fmt: skip
    chosen = [found.items[request.translate - 1]] if request.translate else found.items
    source = native(chosen[0].language)
    target: Language = native(request.language) if request.language else ("en" if source == "zh" else "zh")
    made, about = in_language(workspace, found, chosen, target)
    creatives, basis = expect(workspace, found.product, made)
    drafts.keep(found.model_copy(update={"items": creatives}), request.thread)
    count = len(creatives)
    progress.note(both(f"已写好 {count} 条", f"{count} ready"), count, count)
    place = knowledge.channel(creatives[0].channel)
    finding = both(
        f"{place.name.zh}文案的{NAMES[target].zh}版 {count} 条，政策检查通过",
        f"{NAMES[target].en} version of {count} {'draft' if count == 1 else 'drafts'} for {place.name.en}; policy check passed",
    )
    notes = [*about, *basis]
    return result(creatives, found.product, finding, notes, notes, [], request.reply_language, request.seed)


def in_language(workspace: Workspace, found: DraftSet, chosen: Sequence[Creative], target: Language) -> tuple[list[Creative], list[Words]]:
    """The chosen drafts in `target`, and in words how they came about."""
    place = knowledge.channel(chosen[0].channel)
    sheet = read_sheet(found.product, target)
    voice = voice_for(sheet.product, place, target, found.tone, found.audience, found.occasion, found.seed)
    asked = place.model_copy(
        update={"copy_fields": [limit.model_copy(update={"count": max(usual_count(limit), 1)}) for limit in place.copy_fields]}
    )
    write = configured_writer(workspace, schema_of(asked), SECONDS)
    made: list[Creative] = []
    for variant, creative in enumerate(chosen):
        if write is None:
            break
        said: dict[str, list[str]] = {}
        for item in creative.copy_fields:
            if item.field != "cta":
                said.setdefault(item.field, []).append(item.text)
        drafts = modelled(
            sheet, voice, asked, 1, write, tone=found.tone, audience=found.audience, source=json.dumps(said, ensure_ascii=False)
        )
        if not drafts:
            break
        texts = {
            limit.field: [Text(item.text, item.facts, item.appeal) for item in drafts[0].fields if item.field == limit.field]
            for limit in asked.copy_fields
        }
        made.append(as_creative(voice, place, sheet.product.category, variant, texts, author="model", cites=creative.cites))
    left = len(chosen) - len(made)
    if left:
        made += composed(voice, place, sheet.product.category, left, first=len(made))
    return made, [*sheet.notes, *_how(workspace.settings.model, len(chosen) - left, left, write is not None, target)]


def _how(model: str, translated: int, left: int, asked: bool, target: Language) -> list[Words]:
    name, tongue = model_name(model), NAMES[target]
    notes = []
    if translated:
        notes.append(
            both(
                f"{translated} 条由模型 {name} 译成{tongue.zh}，事实、字数和用语由程序核对过。",
                f"{translated} put into {tongue.en} by the model {name}; facts, lengths and wording were checked by our code.",
            )
        )
    if left and asked:
        notes.append(
            both(
                f"{left} 条没有得到可用的译文，按同样的事实直接用{tongue.zh}写。",
                f"No usable translation came for {left}; written natively in {tongue.en} from the same facts.",
            )
        )
    elif left:
        notes.append(
            both(
                f"没有接入模型，不做逐句翻译：按同样的事实和语气直接用{tongue.zh}写。",
                f"No model is connected, so nothing was translated word for word: written natively in {tongue.en} from the same facts, in the same tone.",
            )
        )
    return notes
