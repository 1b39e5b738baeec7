"""`segment_users` as a tool: the groups named for people and for a model, and, for a product, who should see it and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from ...data.brief import Document
from ...data.plan import Segment
from ...data.result import CONTENT_LIMIT, SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, Words, both
from .fit import fit
from .reword import reword
from .segment import Segmentation, find_segments

if TYPE_CHECKING:
    from ...data.workspace import Workspace


class SegmentUsers(Document):
    """Cluster the shop's customers."""

    k: int | None = Field(default=None, description="Number of groups, only if the user named one")
    product: str | None = Field(default=None, description="Product to weigh the groups for, if the user named one")
    reply_language: Language = Field(default="zh", description="Language of the answer")
    seed: int = Field(default=0)


def segment_users(workspace: Workspace, request: SegmentUsers, progress: Progress = SILENT) -> ToolResult:
    """Find, name and describe the customer segments of the shop."""
    language = request.reply_language
    found = find_segments(workspace, product=request.product, k=request.k, seed=request.seed, progress=progress)
    found = reword(workspace, found, language)
    fitted = fit(workspace, request.k, request.seed) if request.product else None
    advice = None
    if fitted is not None:
        # Only a question about a product pays for the models of each customer.
        from .advice import advise

        progress.note(both("为这件商品给顾客排序", "Ranking customers for the product"), 3, 4)
        advice = advise(workspace, fitted, request.product, language, request.seed)
    data: dict[str, Any] = {
        "headline": _headline(found).model_dump(),
        "items": [segment.model_dump(mode="json") for segment in found.segments],
        "k": found.k,
        "tried": [trial.model_dump(mode="json") for trial in found.tried],
        "n_users": found.n_users,
        "notes": [note.model_dump() for note in found.notes],
        "source": found.source.model_dump(),
        "lifecycle": found.lifecycle.model_dump(mode="json") if found.lifecycle else None,
    }
    if advice:
        data["targeting"] = advice
    if found.segments[0].bars:
        data["radar"] = {
            "axes": [bar.name.model_dump() for bar in found.segments[0].bars],
            "series": [{"id": s.id, "name": s.name.model_dump(), "values": [bar.percentile for bar in s.bars]} for s in found.segments],
        }
    artifact = Artifact(
        kind="segments",
        title=both("顾客分群", "Customer segments"),
        data=data,
        source=[f"segments:{found.version}"] if found.version else [],
        seed=request.seed,
    )
    answer = Words.model_validate(advice["answer"]) if advice else None
    return ToolResult(content=_lines(found, language, answer), finding=answer or _finding(found), artifact=artifact)


def _headline(found: Segmentation) -> Words:
    if not found.n_users:
        return both("没有顾客数据，只能按假设列出 1 个人群", "No customer data: one assumed audience")
    k = len(found.segments)
    if found.sessions:
        return both(f"{found.n_users:,} 个会话分成 {k} 类", f"{found.n_users:,} sessions in {k} groups")
    return both(f"{found.n_users:,} 位顾客分成 {k} 类", f"{found.n_users:,} customers in {k} groups")


def _lines(found: Segmentation, language: Language, answer: Words | None) -> str:
    """Name every group for a model: id, name, size, share, what to do; before them the `answer` to who should see a product."""

    def line(s: Segment) -> str:
        lifted = f", lift {float(s.lift):.2f}" if answer else ""
        return f"[{s.id}] {s.name.pick(language)}: {s.size:,} ({float(s.share.value):.0%}){lifted}"

    head = f"{answer.pick(language)}\n" if answer else ""
    return _within(f"{head}{_headline(found).pick(language)}\n", found, [line(s) for s in found.segments], "\n", ", {}", language)


def _finding(found: Segmentation) -> Words:
    """Name every group for people: its share and what to do."""
    if not found.n_users:
        return _headline(found)
    told: dict[Language, str] = {}
    forms: tuple[tuple[Language, str, str, str], ...] = (("zh", "：", "；", "，{}"), ("en", ": ", "; ", " ({})"))
    for language, colon, gap, form in forms:
        names = [f"{s.name.pick(language)} {float(s.share.value):.0%}" for s in found.segments]
        told[language] = _within(_headline(found).pick(language) + colon, found, names, gap, form, language)
    return both(told["zh"] + "。", told["en"] + ".")


def _within(head: str, found: Segmentation, names: list[str], gap: str, form: str, language: Language) -> str:
    """Join names with what to do about each; the last ones lose what to do, then are left out, where it gets longer than `CONTENT_LIMIT`."""
    todos = [form.format(s.persona.todo.pick(language)) if s.persona.todo else "" for s in found.segments]
    text = head
    for shown in range(len(names), 0, -1):
        for kept in range(shown, -1, -1):
            text = head + gap.join(
                name + (todo if i < kept else "") for i, (name, todo) in enumerate(zip(names[:shown], todos, strict=False))
            )
            if len(text) < CONTENT_LIMIT:
                return text
    return text[: CONTENT_LIMIT - 1]
