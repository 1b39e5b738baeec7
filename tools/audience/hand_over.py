"""`export_audience` as a tool: a segment's customer list as a file below the workspace's ``exports/``.

Asking the merchant before anything is written is the agent's part; nothing is uploaded here. What a model may read of it
are counts.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from ...data.brief import Document
from ...data.knowledge import stage_rules
from ...data.knowledge.customer_lists import list_rule
from ...data.result import CONTENT_LIMIT, SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, Words, both
from . import customer_list
from .asked import asked_group
from .customer_list import CustomerList
from .list_checks import check_product
from .segment import find_segments

if TYPE_CHECKING:
    from ...data.workspace import Workspace


COUNTS = ("in_segment", "with_consent", "suppressed", "minors", "with_contact", "invalid", "duplicates", "written")


class ExportAudience(Document):
    """Which segment to hand over, and for which platform."""

    segment: str = Field(
        default="",
        description="The group in the user's own words: a segment's id or name as listed by segment_users, or a life-cycle stage",
    )
    platform: str = Field(description="google, meta, tiktok, qianchuan, qianchuan_oaid or dmp; a channel's name works too")
    product: str | None = Field(default=None, description="Product the list will advertise, if the user named one")
    country: str | None = Field(default=None, pattern="^[A-Za-z]{2}$", description="Two letters: country of numbers that name none")
    plan_id: str | None = Field(default=None, description="Plan whose product the list will advertise")
    version: int | None = Field(default=None, ge=1)
    reply_language: Language = Field(default="zh", description="Language of the answer")


def export_audience(workspace: Workspace, request: ExportAudience, progress: Progress = SILENT) -> ToolResult:
    """Write ``exports/audience-<segment>-<platform>/`` with the list and its manifest; re-running overwrites both.

    Raises `AdwrightError`: those of `customer_list.export_audience`, and ``unknown-plan`` from the records.
    """
    language = request.reply_language
    rule = list_rule(request.platform)
    if request.plan_id is not None and request.product is None:
        planned = workspace.records.plan(request.plan_id, request.version).brief.product.value
        check_product(workspace, rule, planned)
    segments = find_segments(workspace, progress=progress).segments
    id_ = asked_group(segments, request.segment)
    name = next((one.name for one in (*segments, *stage_rules()) if one.id == id_), both(f"人群 {id_}", f"Segment {id_}"))
    folder = workspace.exports.resolve() / f"audience-{id_}-{rule.id}"
    progress.start("audience", both("写出人群名单", "Write the customer list"))
    made = customer_list.export_audience(
        workspace, id_, rule.id, folder / f"{id_}-{rule.id}.csv", product=request.product, country=request.country, progress=progress
    )
    finding = both(
        f"{rule.name.zh}：写出 {made.written:,} 人，人群共 {made.in_segment:,} 人",
        f"{rule.name.en}: {made.written:,} of {made.in_segment:,} people written",
    )
    artifact = Artifact(
        kind="file",
        title=both(f"{name.zh}：{rule.name.zh}", f"{name.en}: {rule.name.en}"),
        data={
            "items": _items(made),
            "counts": {name: getattr(made, name) for name in COUNTS},
            "rule": rule.rule.model_dump(),
            "rule_version": rule.version,
            "notes": [note.model_dump() for note in made.notes],
        },
        source=[f"segments:{made.segment_version}", f"rule:{rule.version}"],
    )
    progress.done("audience", finding, artifact)
    return ToolResult(content=_told(made, finding, rule.rule).pick(language)[:CONTENT_LIMIT], finding=finding, artifact=artifact)


def _items(made: CustomerList) -> list[dict[str, object]]:
    """The two files, as `export_plan` lists its own."""
    items = [{"name": Path(made.file).name, "file": made.file, "bytes": made.bytes, "sha256": made.sha256}]
    manifest = Path(made.manifest).read_bytes()
    digest = hashlib.sha256(manifest).hexdigest()
    return [*items, {"name": Path(made.manifest).name, "file": made.manifest, "bytes": len(manifest), "sha256": digest}]


def _told(made: CustomerList, finding: Words, rule: Words) -> Words:
    """What became of the people, and how the platform wants them."""
    out_zh = f"退订 {made.suppressed:,} 人，未满 18 岁 {made.minors:,} 人，没有可用联系方式的不写"
    out_en = f"{made.suppressed:,} unsubscribed, {made.minors:,} under 18; people without a usable contact are left out"
    warned = "".join(proxy.told.zh for proxy in made.proxies), " ".join(proxy.told.en for proxy in made.proxies)
    return both(
        f"{finding.zh}（同意营销 {made.with_consent:,} 人；{out_zh}）。写法：{rule.zh}{warned[0]}文件只在本机，没有上传。",
        f"{finding.en} ({made.with_consent:,} with consent; {out_en}). Form: {rule.en} {warned[1]} The file stays here; nothing was uploaded.",
    )
