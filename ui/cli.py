"""The command line: app, desk, ask, import, plans, export, audience, copy, gan, train, models, backtest, simulate, doctor, eval.

Only `argparse` is imported for ``--help``; each command loads what it needs. Errors are one sentence on stderr, exit code 2;
Ctrl-C ends with code 130 and leaves the workspace whole. The answer goes to stdout, everything else to stderr.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .cli_parser import parser
from .terminal import Ticker, day_of, folder_for, language_for, open_workspace, say

if TYPE_CHECKING:
    from ..data.words import Language

LOOPBACK = ("127.0.0.1", "localhost", "::1")


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
    from .cli_ask import run_ask, run_plans
    from .cli_audience import run_audience
    from .cli_copy import run_copy
    from .cli_creative import run_gan
    from .cli_desk import run_desk
    from .cli_money import run_backtest
    from .cli_simulate import run_simulate
    from .cli_tables import run_export, run_import
    from .cli_tune import run_tune

    commands = {
        "app": run_app,
        "ask": run_ask,
        "import": run_import,
        "export": run_export,
        "audience": run_audience,
        "copy": run_copy,
        "desk": run_desk,
        "gan": run_gan,
        "plans": run_plans,
        "doctor": run_doctor,
        "eval": run_eval,
        "train": run_train,
        "tune": run_tune,
        "backtest": run_backtest,
        "models": run_models,
        "simulate": run_simulate,
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
    launch(folder, host=options.host, port=options.port, open_browser=options.open, demo=demo, auth=login, desk=options.desk)
    return 0


def run_eval(options: argparse.Namespace) -> int:
    """Score the built-in planner on labelled requests, or copy; or play the fault table (code 1 when a row fails)."""
    if options.what == "faults":
        from ..agent.rehearsal.faults import report as play

        return 0 if play() else 1
    if options.what == "copy":
        from .cli_copy import score_copy

        return score_copy(Path(options.file) if options.file else None, options)
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
    """Train the shop's models, or one of any table."""
    from .cli_models import train

    if options.data or options.label or options.time or options.out:
        from .cli_train import train_table

        return train_table(options, language_for(options))

    language = language_for(options)
    with open_workspace(options) as shop:
        try:
            return train(shop, options, language, Ticker(language))
        except KeyboardInterrupt:
            say(
                "已停止，现用的模型没有变。再运行一次 adwright train（选项相同），就从这里接着训练。"
                if language == "zh"
                else "Stopped; the model in force is unchanged. Run adwright train again with the same options to go on from here."
            )
            return 130


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
