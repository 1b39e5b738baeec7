"""`export_plan`: a saved plan as files in the workspace: JSON to run again, a media plan, a report, the creatives.

Every file is written whole or not at all, and every number in it is the plan's own. Asking the merchant before
anything is written is the agent's part, not this one's; nothing is launched or uploaded here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ...data.artefacts import write_whole
from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.plan import CampaignPlan
from ...data.result import CONTENT_LIMIT, SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, Words, both

if TYPE_CHECKING:
    from ...data.workspace import Workspace

Format = Literal["json", "xlsx", "html", "zip"]
FILES: dict[Format, str] = {"json": "plan.json", "xlsx": "media-plan.xlsx", "html": "report.html", "zip": "creatives.zip"}
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")


class ExportPlan(Document):
    """Which plan to write, and as what."""

    plan_id: str = Field(description="Id of the plan, as in the plan's artifact")
    version: int | None = Field(default=None, ge=1, description="Version of the plan; the current one when left out")
    formats: list[Format] = Field(default=["json", "xlsx", "html", "zip"], min_length=1, description="json, xlsx, html, zip")
    reply_language: Language = Field(default="zh", description="Language of the files' labels and of the answer")


def export_plan(workspace: Workspace, request: ExportPlan, progress: Progress = SILENT) -> ToolResult:
    """Write the files into ``exports/<plan id>-v<version>/`` and return them as an artifact of kind ``file``.

    Raises `AdwrightError` (``unknown-plan`` from the records, ``bad-plan-id``, ``unknown-artefact`` when a picture is
    gone). Re-running overwrites the same files with the same content.
    """
    plan = workspace.records.plan(request.plan_id, request.version)
    folder = _folder(workspace, plan)
    items = []
    formats: list[Format] = [f for f in FILES if f in request.formats]
    progress.start("export", both("写出文件", "Write the files"))
    for i, kind in enumerate(formats):
        content = _writer(kind)(workspace, plan, request.reply_language)
        target = folder / FILES[kind]
        write_whole(target, content)
        items.append({"name": FILES[kind], "file": str(target), "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()})
        progress.note(both(FILES[kind], FILES[kind]), i + 1, len(formats))
    finding = _finding(plan, items)
    artifact = Artifact(
        kind="file",
        title=both(f"{plan.title.zh}：导出文件", f"{plan.title.en}: exported files"),
        data={"items": items, "plan": plan.id, "version": plan.version},
        source=[f"plan:{plan.id}@{plan.version}"],
    )
    progress.done("export", finding, artifact)
    names = ", ".join(item["name"] for item in items)
    text = both(
        f"{finding.zh}：{names}。只是草稿文件，没有开始投放，也没有上传。",
        f"{finding.en}: {names}. Draft files only: nothing was launched or uploaded.",
    )
    return ToolResult(content=text.pick(request.reply_language)[:CONTENT_LIMIT], finding=finding, artifact=artifact)


def _folder(workspace: Workspace, plan: CampaignPlan) -> Path:
    if not _SAFE.fullmatch(plan.id):
        raise AdwrightError(
            both("这个计划的编号不能用作文件夹名。", "This plan's id cannot name a folder."),
            both("请重新生成计划。", "Make the plan again."),
            code="bad-plan-id",
        )
    folder = workspace.exports.resolve() / f"{plan.id}-v{plan.version}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _writer(kind: Format) -> Callable[[Workspace, CampaignPlan, Language], bytes]:
    if kind == "json":
        return _json
    if kind == "xlsx":
        from .export_xlsx import media_plan

        return media_plan
    if kind == "html":
        from .export_report import report

        return report
    from .export_zip import creatives

    return creatives


def _json(workspace: Workspace, plan: CampaignPlan, language: Language) -> bytes:
    return plan.to_json().encode()


def _finding(plan: CampaignPlan, items: list[dict[str, object]]) -> Words:
    size = sum(int(str(item["bytes"])) for item in items)
    text = f"{size / 1_000_000:.1f} MB" if size >= 100_000 else f"{max(1, round(size / 1000))} kB"
    return both(
        f"写好 {len(items)} 个文件，共 {text}（第 {plan.version} 版）",
        f"{len(items)} {'file' if len(items) == 1 else 'files'} written, {text} (version {plan.version})",
    )
