"""`adwright ask` and `adwright plans`: one request at the terminal, and the plans there are."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .terminal import Ticker, confirmed, day_of, language_for, open_workspace, say, show

if TYPE_CHECKING:
    from ..agent.assistant import Assistant
    from ..agent.events import Event
    from ..data.words import Language


def run_ask(options: argparse.Namespace) -> int:
    """Ask once; steps go to stderr, the answer to stdout."""
    text = options.text if options.text not in (None, "-") else "" if options.file or options.box else sys.stdin.read()
    options.text = text
    language = language_for(options)
    from ..agent.assistant import Assistant
    from ..agent.events import ApprovalNeeded, Failed

    with open_workspace(options) as workspace:
        assistant = Assistant(workspace, model=options.model, today=day_of(options.today))
        if options.new:
            assistant.delete(options.thread)
        last = watch(assistant.stream(text, options.thread, options.file, options.box), language)
        while isinstance(last, ApprovalNeeded) and (options.yes or confirmed(last.detail.pick(language), language)):
            last = watch(assistant.decide(options.thread, "approve"), language)
        if isinstance(last, Failed):
            from ..data.errors import AdwrightError

            raise AdwrightError(last.message, last.hint, code=last.code)
        if isinstance(last, ApprovalNeeded):
            later = "尚未执行。加上 --yes 可直接确认。" if language == "zh" else "Not done yet. Pass --yes to approve."
            say(f"{last.detail.pick(language)} {later}")
        show(as_json(assistant, options.thread) if options.json else answer_text(assistant, options.thread, language))
    return 0


def watch(events: Iterator[Event], language: Language) -> Event | None:
    """Show a turn's steps on stderr and return its last event."""
    from ..agent.events import Notice, StepDone, StepProgress

    last: Event | None = None
    ticker = Ticker(language)
    for event in events:
        if isinstance(event, StepDone) and "/" not in event.id:
            mark = "✓" if event.ok else "✗"
            say(f"{mark} {event.finding.pick(language)}  {event.seconds:.1f}s")
        elif isinstance(event, Notice):
            say(f"! {event.text.pick(language)}")
        elif isinstance(event, StepProgress):
            ticker.line(f"  {event.note.pick(language)}")
        last = event
    return last


def answer_text(assistant: Assistant, thread: str, language: Language) -> str:
    """Return the last answer of a thread with its ready follow-ups."""
    turn = assistant.history(thread)[-1]
    text = turn.text or (turn.approval.detail.pick(language) if turn.approval else "")
    files = [
        item
        for call in turn.calls
        if call.artifact
        for item in call.artifact.data.get("items", [])
        if isinstance(item, dict) and item.get("file")
    ]
    paths = [f"  {assistant.workspace.exports / item['file']}" for item in files if (assistant.workspace.exports / item["file"]).exists()]
    more = turn.options or turn.suggestions
    heading = (
        ("可以回答：" if turn.options else "接下来可以说：")
        if language == "zh"
        else ("You can answer:" if turn.options else "Next you can say:")
    )
    return "\n".join([text, *paths, *(["", heading, *(f"  {item}" for item in more)] if more else [])])


def as_json(assistant: Assistant, thread: str) -> str:
    """Return the last turn of a thread and the plan in force as JSON."""
    import json

    turn = assistant.history(thread)[-1]
    plan = assistant.workspace.records.current(thread)
    value = turn.model_dump(mode="json", exclude_none=True) | {"thread": thread, "plan": plan.as_dict() if plan else None}
    return json.dumps(value, ensure_ascii=False, indent=1)


def run_plans(options: argparse.Namespace) -> int:
    """List the plans, the latest first."""
    language = language_for(options)
    with open_workspace(options) as workspace:
        entries = workspace.records.plans()
        if options.json:
            import json

            print(json.dumps([entry._asdict() for entry in entries], ensure_ascii=False, indent=1))
            return 0
        for entry in entries:
            show(f"{entry.id}  v{entry.version}  {entry.saved[:10]}  {entry.title_zh if language == 'zh' else entry.title_en}")
        if not entries:
            print("还没有计划。" if language == "zh" else "No plans yet.")
    return 0
