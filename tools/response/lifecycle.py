"""The chat's words with the response models: train them anew (asked for and approved first), and say which version is in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.result import CONTENT_LIMIT, SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, Words, both
from .. import TOOLS
from . import drift, registry
from .shop import LEAST_CLICKS, LEAST_ROWS, train
from .standing import standing

if TYPE_CHECKING:
    from ...data.workspace import Workspace

COLUMNS = [
    {"key": "name", "name": {"zh": "版本", "en": "Version"}, "unit": "text"},
    {"key": "rows", "name": {"zh": "曝光", "en": "Impressions"}, "unit": "count"},
    {"key": "auc", "name": {"zh": "AUC", "en": "AUC"}, "unit": "text"},
    {"key": "bias", "name": {"zh": "预测 ÷ 实际", "en": "Predicted ÷ observed"}, "unit": "text"},
]
# Of the clicks on the same newest impressions, against the version in force before.
VERDICTS = {
    "better": both("点击率预测比原来的版本好。", "It predicts clicks better than the version before."),
    "tied": both("点击率预测与原来的版本没有显著差别。", "It predicts clicks no differently from the version before, beyond chance."),
    "unread": both("原来的版本读不了现在的数据。", "The version before cannot read today's data."),
}
TITLE = both("点击与转化模型", "Click and conversion models")
NONE = both(
    f"还没有自己的点击与转化模型；比率来自过往投放或行业起点。有 {LEAST_ROWS:,} 次曝光和 {LEAST_CLICKS} 次点击就能训练。",
    "There is no click and conversion model of your own yet; rates come from past campaigns or benchmarks. "
    f"{LEAST_ROWS:,} impressions with {LEAST_CLICKS} clicks are enough to train one.",
)


class TrainModels(Document):
    """Train the shop's click and conversion models anew."""

    reply_language: Language = Field(default="zh", description="Language of the answer")
    seed: int = Field(default=0)


class ShowModels(Document):
    """Say which version of the click and conversion models is in force."""

    reply_language: Language = Field(default="zh", description="Language of the answer")


def train_models(workspace: Workspace, request: TrainModels, progress: Progress = SILENT) -> ToolResult:
    """Train a new version and tell its scores beside the version in force before; raises what `shop.train` raises."""
    before = registry.promoted_version(workspace)
    progress.start("train", TOOLS["train_models"].title)
    manifest = train(workspace, request.seed, progress)
    version, scores = str(manifest["version"]), manifest["models"][manifest["serves"]].get("ctr", {})
    old = manifest["against"].get("click", {}).get("old")
    rows = [_row(both(f"{version}（新）", f"{version} (new)"), manifest["rows"], scores)]
    if old and version != before:
        rows.append(_row(both("原来的版本，同样的最新 10% 曝光", "the version before, same newest 10 % of impressions"), None, old))
    reason = Words.model_validate(manifest["reason"]) if manifest.get("reason") else both("已启用。", "It is in force.")
    verdict = manifest["against"].get("click", {}).get("verdict", "")
    if not manifest.get("reason") and verdict in VERDICTS:
        reason = both(f"{VERDICTS[verdict].zh}{reason.zh}", f"{VERDICTS[verdict].en} {reason.en}")
    finding = both(
        f"训练好新版本 {version}（{manifest['rows']:,} 次曝光）。{reason.zh}",
        f"Trained version {version} on {manifest['rows']:,} impressions. {reason.en}",
    )
    if version == before:
        rows = [_row(both(f"{version}（使用中）", f"{version} (in force)"), manifest["rows"], scores)]
        finding = both(
            f"数据和设置都没有变，训练出的就是现用的版本 {version}（{manifest['rows']:,} 次曝光）。",
            f"Data and settings have not changed: training gave the version in force, {version}, again ({manifest['rows']:,} impressions).",
        )
    progress.done("train", finding)
    return _result(finding, both("新训练的模型", "The model just trained"), rows, version, request.reply_language)


def show_models(workspace: Workspace, request: ShowModels, progress: Progress = SILENT) -> ToolResult:
    """Tell the version in force, its scores on rows it never saw, and what newer impressions call for."""
    found = standing(workspace)
    if found is None:
        return _result(_absent(workspace), TITLE, [], None, request.reply_language)
    rows = [
        _row(
            both(f"{v.version}（使用中）", f"{v.version} (in force)") if v.promoted else both(v.version, v.version),
            v.rows,
            v.metrics.get("ctr", {}),
        )
        for v in found.versions
        if not v.damaged
    ]
    advice = drift.remark(drift.look(workspace))
    day = found.trained_at[:10]
    finding = both(
        f"现在用的是版本 {found.version}，{day} 用 {found.rows:,} 次曝光训练。{advice.zh}",
        f"Version {found.version} is in force, trained {day} on {found.rows:,} impressions. {advice.en}",
    )
    return _result(finding, TITLE, rows, found.version, request.reply_language)


def _absent(workspace: Workspace) -> Words:
    """Why there is nothing in force: no version yet, or a damaged one and what to do."""
    folder = registry.promoted(workspace)
    try:
        if folder is not None:
            registry.read(folder)
    except AdwrightError as damaged:
        return Words(zh=damaged.tell("zh"), en=damaged.tell("en"))
    return NONE


def _row(name: Words, rows: int | None, scores: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name.model_dump(),
        "rows": rows,
        "auc": f"{scores['auc']:.3f}" if "auc" in scores else "–",
        "bias": f"{scores['bias']:.3f}" if "bias" in scores else "–",
    }


def _result(finding: Words, title: Words, rows: list[dict[str, Any]], version: str | None, language: Language) -> ToolResult:
    artifact = Artifact(kind="table", title=title, data={"columns": COLUMNS, "rows": rows}, source=[f"model:{version}"] if version else [])
    return ToolResult(content=finding.pick(language)[:CONTENT_LIMIT], finding=finding, artifact=artifact)
