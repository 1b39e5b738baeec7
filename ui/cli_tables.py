"""`adwright import` and `adwright export`: tables in, draft files out."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .terminal import Ticker, confirmed, folder_for, language_for, open_workspace, say, show

if TYPE_CHECKING:
    from ..data.importer import ImportReport
    from ..data.words import Language


def pairs(values: list[str], option: str) -> dict[str, str]:
    """Return repeated ``NAME=VALUE`` options as a dict."""
    from ..data.errors import AdwrightError
    from ..data.words import both

    found = {}
    for value in values:
        name, sign, rest = value.partition("=")
        if not sign or not name.strip() or not rest.strip():
            message = both(f"{option} 的写法不对：{value}。", f"{option} cannot be read: {value}.")
            raise AdwrightError(
                message, both(f"例如 {option} order_id=订单号。", f"For example {option} order_id=Invoice."), code="bad-option"
            )
        found[name.strip()] = rest.strip()
    return found


def run_import(options: argparse.Namespace) -> int:
    """Import a table; into your own shop, made when there is none."""
    language = language_for(options)
    mapping, fixed = pairs(options.map, "--map"), pairs(options.set, "--set")
    from ..data.importer import import_file
    from ..data.workspace import Workspace

    folder, _ = folder_for(options, own=True)
    with Workspace.open(folder, create=True) as workspace:
        report = import_file(
            workspace,
            options.kind,
            Path(options.file),
            mapping=mapping or None,
            dry_run=options.dry_run,
            progress=Ticker(language),
            defaults=fixed or None,
            date_order=options.dates,
            events=pairs(options.event, "--event") or None,
        )
        tell_report(report, language)
        if options.kind == "impressions" and not options.dry_run:
            from ..tools.response.drift import advice

            hint = advice(workspace)
            if hint:
                say(hint.pick(language))
        say(("工作区：" if language == "zh" else "Workspace: ") + str(workspace.path))
    return 0


def tell_report(report: ImportReport, language: Language) -> None:
    """Print what an import did (or would do): how columns were read, a look at the rows, what was set apart and why."""
    zh = language == "zh"
    show(report.told.pick(language))
    comma = "，" if zh else ", "
    show(("列的对应：" if zh else "Columns: ") + comma.join(f"{column} -> {field}" for column, field in report.mapping.items()))
    if report.unused:
        show(("没有用到的列：" if zh else "Columns not used: ") + comma.join(report.unused))
    for note in report.notes:
        show(f"  {note.pick(language)}")
    for row in report.preview[:3]:
        show("  " + ", ".join(f"{key}={value}" for key, value in row.items() if value is not None))
    if report.quarantined:
        show("没有导入的行：" if zh else "Rows set apart:")
        for bad in report.quarantined[:5]:
            show(f"  第 {bad.row} 行：{bad.reason.zh}" if zh else f"  row {bad.row}: {bad.reason.en}")


def run_export(options: argparse.Namespace) -> int:
    """Write a plan as draft files, after a yes."""
    language = language_for(options)
    from ..data.errors import AdwrightError
    from ..data.words import both
    from ..tools import load

    with open_workspace(options) as workspace:
        records = workspace.records
        known = records.plans()
        current = None if options.plan else records.current(options.thread)
        plan_id = options.plan or (current.id if current else known[0].id if known else None)
        if plan_id is None:
            raise AdwrightError(
                both("还没有计划可以导出。", "There is no plan to export yet."),
                both("先用 adwright ask 做一个。", "Make one with adwright ask first."),
                code="no-plan",
            )
        plan = records.plan(plan_id)
        zh = language == "zh"
        question = (
            f"导出「{plan.title.zh}」（{plan.total.text(short=True)}）？只写草稿文件。"
            if zh
            else f'Export "{plan.title.en}" ({plan.total.text(short=True)})? Draft files only.'
        )
        if not options.yes and not confirmed(question, language):
            raise AdwrightError(
                both("没有确认，所以没有导出。", "Not confirmed, so nothing was exported."),
                both("加上 --yes 可直接确认。", "Pass --yes to confirm."),
                code="not-approved",
            )
        tool = load("export_plan")
        asked: dict[str, Any] = {"plan_id": plan_id, "reply_language": language} | ({"formats": options.format} if options.format else {})
        request = tool.request.model_validate({key: value for key, value in asked.items() if key in tool.request.model_fields})
        records.record_approval(options.thread, "export_plan", {"plan_id": plan_id, "formats": options.format}, "approve")
        result = tool.run(workspace, request, Ticker(language))
        print(result.finding.pick(language))
        for item in result.artifact.data.get("items", []):
            print(f"  {workspace.exports / str(item.get('file', item.get('name', '')))}")
    return 0
