"""`adwright audience`: the customer segments, and one of them as a hashed customer list, after a yes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from .terminal import Ticker, confirmed, language_for, open_workspace, show

if TYPE_CHECKING:
    from ..data.words import Language
    from ..data.workspace import Workspace
    from ..tools.audience.customer_list import CustomerList


def run_audience(options: argparse.Namespace) -> int:
    """List the segments, or write one's customer list."""
    language = language_for(options)
    with open_workspace(options) as workspace:
        return export(workspace, options, language) if options.what == "export" else listing(workspace, language)


def listing(workspace: Workspace, language: Language) -> int:
    """Print every segment: id, name, people."""
    from ..tools.audience.segment import find_segments

    for segment in find_segments(workspace, progress=Ticker(language)).segments:
        people = f"{segment.size:,} 人" if language == "zh" else f"{segment.size:,} people"
        show(f"{segment.id}  {segment.name.pick(language)}  {people}")
    return 0


def export(workspace: Workspace, options: argparse.Namespace, language: Language) -> int:
    """Write the list; raises what `export_audience` does, ``no-segment`` and ``not-approved``."""
    from ..data.errors import AdwrightError
    from ..data.knowledge.customer_lists import list_rule
    from ..data.words import both
    from ..tools.audience.asked import asked_group
    from ..tools.audience.customer_list import export_audience
    from ..tools.audience.segment import find_segments

    if not options.segment or not options.to:
        raise AdwrightError(
            both("请说明导出哪个人群、给哪个平台。", "Say which segment to export, and for which platform."),
            both("例如 adwright audience export s1 --to google。", "For example adwright audience export s1 --to google."),
            code="no-segment",
        )
    rule = list_rule(options.to)
    id_ = asked_group(find_segments(workspace, progress=Ticker(language)).segments, options.segment)
    question = (
        f"把人群 {id_} 写成{rule.name.zh}的名单？只写同意营销且没有退订的顾客，不会上传。"
        if language == "zh"
        else f"Write segment {id_} as a {rule.name.en} list? Only customers who consented and did not unsubscribe; nothing is uploaded."
    )
    if not options.yes and not confirmed(question, language):
        raise AdwrightError(
            both("没有确认，所以没有导出。", "Not confirmed, so nothing was exported."),
            both("加上 --yes 可直接确认。", "Pass --yes to confirm."),
            code="not-approved",
        )
    target = Path(options.out) if options.out else workspace.exports / f"audience-{id_}-{rule.id}" / f"{id_}-{rule.id}.csv"
    workspace.records.record_approval("cli", "export_audience", {"segment": id_, "platform": rule.id}, "approve")
    made = export_audience(workspace, id_, rule.id, target, product=options.product, country=options.country, progress=Ticker(language))
    tell(made, language)
    return 0


def tell(made: CustomerList, language: Language) -> None:
    """Print how many people became of how many, what to know, and where the files are."""
    zh = language == "zh"
    counts = (
        ("人群" if zh else "in the segment", made.in_segment),
        ("同意营销" if zh else "with consent", made.with_consent),
        ("退订" if zh else "unsubscribed", made.suppressed),
        ("未满 18 岁" if zh else "under 18", made.minors),
        ("有联系方式" if zh else "with a contact", made.with_contact),
        ("联系方式无效" if zh else "with none that is valid", made.invalid),
        ("重复" if zh else "repeated", made.duplicates),
        ("写出" if zh else "written", made.written),
    )
    show(("，" if zh else ", ").join(f"{name} {n:,}" for name, n in counts))
    for note in made.notes:
        show(f"  {note.pick(language)}")
    show(f"  {made.file}")
    show(f"  {made.manifest}")
