"""The command line: app, ask, import, plans, export, train, models, doctor, eval.

Only `argparse` is imported for ``--help``; each command loads what it needs. Errors are one sentence on stderr, exit code 2;
Ctrl-C ends with code 130 and leaves the workspace whole. The answer goes to stdout, everything else to stderr.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..agent.assistant import Assistant
    from ..agent.events import Event
    from ..data.importer import ImportReport
    from ..data.words import Language, Words
    from ..data.workspace import Workspace

KINDS = ("users", "events", "orders", "products", "impressions", "campaigns")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    top = argparse.ArgumentParser(
        prog="adwright", description="The campaign copilot for online merchants. Without a command it opens the app."
    )
    top.add_argument("--version", action="store_true", help="print the version")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")

    def command(name: str, help: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help, description=help)
        made.add_argument(
            "--workspace",
            "-w",
            metavar="DIR",
            help="the shop's directory (default: ADWRIGHT_WORKSPACE, else your shop, else the demo shop)",
        )
        made.add_argument("--lang", choices=("zh", "en"), help="language of messages (default: that of your text or system)")
        return made

    app = command("app", "open the page in the browser (the default command)")
    app.add_argument("--host", default="127.0.0.1", help="address to listen on; anything but this machine needs --auth")
    app.add_argument("--port", type=int, default=7860, help="port, 7860 by default")
    app.add_argument(
        "--auth",
        metavar="USER[:PASSWORD]",
        help="user name for a login, as USER or USER:PASSWORD; the password is better kept in ADWRIGHT_PASSWORD",
    )
    app.add_argument("--demo", action="store_true", help="use the demo shop, made on first start")
    app.add_argument("--open", action="store_true", help="open the browser")

    ask = command("ask", "ask once and print the answer")
    ask.add_argument("text", nargs="?", help="the request; '-' or nothing reads it from standard input")
    ask.add_argument("--thread", "-t", default="cli", help="conversation to go on with (default: cli)")
    ask.add_argument("--new", action="store_true", help="start the conversation anew")
    ask.add_argument("--json", action="store_true", help="print JSON")
    ask.add_argument("--model", "-m", help="planner, a model name at the configured endpoint, or local:/path")
    ask.add_argument("--today", metavar="DAY", help="the day relative dates count from, YYYY-MM-DD")
    ask.add_argument("--yes", action="store_true", help="approve an export that is asked for")

    load = command("import", "import a table from CSV, XLSX or Parquet")
    load.add_argument("kind", choices=KINDS, help="what the rows are")
    load.add_argument("file", help="the file")
    load.add_argument(
        "--map", action="append", default=[], metavar="COLUMN=FIELD", help="which field a column of the file is; may be repeated"
    )
    load.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="the same value for every row; may be repeated")
    load.add_argument("--dates", choices=("dmy", "mdy"), help="how dates like 03/04/2026 are meant, where the file leaves it open")
    load.add_argument("--dry-run", action="store_true", help="show what would be imported, and change nothing")

    export = command("export", "write a plan as draft files")
    export.add_argument("plan", nargs="?", help="the plan's id (default: the plan of --thread, else the latest)")
    export.add_argument("--thread", "-t", default="cli", help="conversation whose plan to export")
    export.add_argument("--format", "-f", action="append", choices=("json", "xlsx", "html", "zip"), help="may be repeated; all by default")
    export.add_argument("--yes", action="store_true", help="do not ask for confirmation")

    measure = command("eval", "score the built-in planner on labelled requests, or play every fault of a model endpoint")
    measure.add_argument("what", choices=("requests", "faults"), help="what is scored; faults needs no file and no model")
    measure.add_argument("file", nargs="?", help="labelled requests, one JSON object a line")
    measure.add_argument("--today", metavar="DAY", help="the day relative dates count from, YYYY-MM-DD (default: that of the shipped sets)")

    train = command("train", "train the shop's click and conversion models anew")
    train.add_argument(
        "--model", choices=("auto", "lr", "crossed", "gbdt", "dnn", "dcn"), default="auto", help="what to fit (default: auto)"
    )
    train.add_argument("--budget", metavar="TIME", help="bound of each model's search, as 90s or 2m (default: by the number of rows)")
    train.add_argument("--json", action="store_true", help="print JSON")
    models = command("models", "list the versions of the click and conversion models, compare, promote or roll back")
    models.add_argument("what", nargs="?", choices=("list", "compare", "promote", "rollback"), default="list", help="list by default")
    models.add_argument("names", nargs="*", metavar="VERSION", help="a version, or its first letters; two to compare")
    models.add_argument("--json", action="store_true", help="print JSON")

    command("plans", "list the plans").add_argument("--json", action="store_true", help="print JSON")
    command("doctor", "show what is installed, configured and reachable, and what to do").add_argument(
        "--json", action="store_true", help="print JSON"
    )
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 done, 2 a mistake that was explained, 130 interrupted."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or (given[0].startswith("-") and given[0] not in ("-h", "--help", "--version")):
        given = ["app", *given]
    options = parser().parse_args(given)
    if options.version:
        from .. import __version__

        print(f"adwright {__version__}")
        return 0
    if options.command is None:
        options = parser().parse_args(["app"])
    from ..data.errors import AdwrightError

    commands = {
        "app": run_app,
        "ask": run_ask,
        "import": run_import,
        "export": run_export,
        "plans": run_plans,
        "doctor": run_doctor,
        "eval": run_eval,
        "train": run_train,
        "models": run_models,
    }
    try:
        return commands[options.command](options)
    except AdwrightError as error:
        say(error.tell(language_for(options)))
        return 2
    except KeyboardInterrupt:
        say("已停止。" if language_for(options) == "zh" else "Stopped.")
        return 130
    except Exception as error:
        return unexpected(error, language_for(options))


def unexpected(error: Exception, language: Language) -> int:
    """Say that something inside failed, keep the details in a log beside the workspaces, and return code 1."""
    if isinstance(error, BrokenPipeError):
        # The reader of our output went away, as `head` does.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
        return 0
    from ..agent.journal import note_defect
    from ..data.settings import home

    folder = home()
    folder.mkdir(parents=True, exist_ok=True)
    note_defect(folder, "command", error)
    kept = folder / "adwright.log"
    say(
        f"内部出错，数据没有变动。详情在 {kept}。"
        if language == "zh"
        else f"Something inside failed; your data is unchanged. Details are in {kept}."
    )
    return 1


def say(text: str) -> None:
    """Tell the person at the terminal, beside the answer."""
    from ..data.visible import visible

    print(visible(text), file=sys.stderr, flush=True)


def show(text: str) -> None:
    """Print a result on stdout; what a file, a model or a catalogue wrote cannot steer the terminal."""
    from ..data.visible import visible

    print(visible(text))


def language_for(options: argparse.Namespace) -> Language:
    """Return the language of messages: as asked, that of the text, else the system's."""
    if options.lang:
        return options.lang
    text = getattr(options, "text", None)
    if text:
        from ..agent.planner.normalise import language_of

        return language_of(text)  # type: ignore[return-value]
    system = os.environ.get("ADWRIGHT_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "zh" if system.lower().startswith("zh") else "en"


def folder_for(options: argparse.Namespace, own: bool = False) -> tuple[Path, bool]:
    """Return the workspace's directory and whether it may be made as the demo; `own` never means the demo."""
    named = options.workspace or os.environ.get("ADWRIGHT_WORKSPACE")
    if named:
        return Path(named).expanduser(), getattr(options, "demo", False)
    from ..data.settings import home

    mine = home() / "shop"
    if own or (mine.is_dir() and not getattr(options, "demo", False)):
        return mine, False
    return home() / "demo", True


def open_workspace(options: argparse.Namespace) -> Workspace:
    """Open the shop of a command; the demo shop is made when there is none, with progress on stderr."""
    from ..data.workspace import Workspace

    folder, demo = folder_for(options)
    return Workspace.demo(folder, progress=Ticker(language_for(options))) if demo else Workspace.open(folder)


class Ticker:
    """Progress on one line of the terminal; silent when stderr is no terminal."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self.shown = sys.stderr.isatty()

    def start(self, key: str, title: Words) -> None:
        """A named part begins."""
        if self.shown:
            say(f"· {title.pick(self.language)}")

    def note(self, note: Words, done: int, of: int) -> None:
        """`done` of `of` pieces are ready."""
        if self.shown:
            end = "\n" if done >= of else ""
            print(f"\r  {note.pick(self.language)} {done}/{of}", end=end, file=sys.stderr, flush=True)

    def done(self, key: str, finding: Words, artifact: Any = None) -> None:
        """The part ended."""
        if self.shown:
            say(f"  {finding.pick(self.language)}")


def run_app(options: argparse.Namespace) -> int:
    """Open the page."""
    from ..data.errors import AdwrightError
    from ..data.words import both

    user, _, password = (options.auth or "").partition(":")
    password = password or os.environ.get("ADWRIGHT_PASSWORD", "")
    if (options.host not in LOOPBACK or options.auth) and not (user and password):
        raise AdwrightError(
            both(
                f"在 {options.host} 上提供页面需要用户名和密码。",
                f"Serving the page on {options.host} with a login needs a user name and a password.",
            ),
            both(
                "请加上 --auth 用户名，并设置环境变量 ADWRIGHT_PASSWORD；只在本机使用时两者都不需要。",
                "Pass --auth USER and set ADWRIGHT_PASSWORD; for this machine alone neither is needed.",
            ),
            code="auth-required",
        )
    folder, demo = folder_for(options)
    from .app import launch

    login = (user, password) if user and password else None
    launch(folder, host=options.host, port=options.port, open_browser=options.open, demo=demo, auth=login)
    return 0


def run_ask(options: argparse.Namespace) -> int:
    """Ask once; steps go to stderr, the answer to stdout."""
    text = options.text if options.text not in (None, "-") else sys.stdin.read()
    options.text = text
    language = language_for(options)
    from ..agent.assistant import Assistant
    from ..agent.events import ApprovalNeeded, Failed

    with open_workspace(options) as workspace:
        assistant = Assistant(workspace, model=options.model, today=day_of(options.today))
        if options.new:
            assistant.delete(options.thread)
        last = watch(assistant.stream(text, options.thread), language)
        while isinstance(last, ApprovalNeeded) and (options.yes or confirmed(last.detail.pick(language), language)):
            last = watch(assistant.decide(options.thread, "approve"), language)
        if isinstance(last, Failed):
            from ..data.errors import AdwrightError

            raise AdwrightError(last.message, last.hint, code=last.code)
        if isinstance(last, ApprovalNeeded):
            later = "尚未导出。加上 --yes 可直接确认。" if language == "zh" else "Not exported yet. Pass --yes to approve."
            say(f"{last.detail.pick(language)} {later}")
        show(as_json(assistant, options.thread) if options.json else answer_text(assistant, options.thread, language))
    return 0


def watch(events: Iterator[Event], language: Language) -> Event | None:
    """Show a turn's steps on stderr and return its last event."""
    from ..agent.events import Notice, StepDone

    last: Event | None = None
    for event in events:
        if isinstance(event, StepDone) and "/" not in event.id:
            mark = "✓" if event.ok else "✗"
            say(f"{mark} {event.finding.pick(language)}  {event.seconds:.1f}s")
        elif isinstance(event, Notice):
            say(f"! {event.text.pick(language)}")
        last = event
    return last


def confirmed(question: str, language: Language) -> bool:
    """Ask for a yes at a terminal; anywhere else the answer is no."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    say(question)
    print("批准？[y/N] " if language == "zh" else "Approve? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes", "是", "好")


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


def day_of(text: str | None) -> Any:
    """Return a day given as YYYY-MM-DD; `AdwrightError` (code ``bad-day``) for anything else."""
    if not text:
        return None
    from datetime import date

    from ..data.errors import AdwrightError
    from ..data.words import both

    try:
        return date.fromisoformat(text)
    except ValueError:
        message = both(f"{text} 不是日期。", f"{text} is not a day.")
        raise AdwrightError(message, both("请写成 2026-11-23 这样。", "Write it like 2026-11-23."), code="bad-day") from None


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
        )
        tell_report(report, language)
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


def run_eval(options: argparse.Namespace) -> int:
    """Score the built-in planner on labelled requests; or play the fault table (code 1 when a row fails)."""
    if options.what == "faults":
        from ..agent.rehearsal.faults import report as play

        return 0 if play() else 1
    if options.file is None:
        from ..data.errors import AdwrightError
        from ..data.words import both

        raise AdwrightError(
            both("没有给出要评分的文件。", "No file to score was given."),
            both("例如 adwright eval requests dev.jsonl。", "For example adwright eval requests dev.jsonl."),
            code="no-file",
        )
    from ..agent.planner.score import DAY, report

    print(report(Path(options.file), day_of(options.today) or DAY))
    return 0


def run_train(options: argparse.Namespace) -> int:
    """Train the shop's models."""
    from .cli_models import train

    with open_workspace(options) as shop:
        return train(shop, options, language_for(options), Ticker(language_for(options)))


def run_models(options: argparse.Namespace) -> int:
    """List, compare or switch the versions of the shop's models."""
    from .cli_models import models

    with open_workspace(options) as shop:
        return models(shop, options, language_for(options))


def run_doctor(options: argparse.Namespace) -> int:
    """Look at the installation; code 2 when something needs attention."""
    from .doctor import examine, print_findings

    folder, _ = folder_for(options)
    findings = examine(folder)
    print_findings(findings, language_for(options), options.json)
    return 2 if any(finding.state == "bad" for finding in findings) else 0
