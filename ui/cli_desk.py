"""`adwright desk`: serves the chat for customers, and the shop's own page beside it."""

from __future__ import annotations

import argparse

from .terminal import language_for, open_workspace, say


def run_desk(options: argparse.Namespace) -> int:
    """Load the files of answers that were named, then serve until stopped; with ``--load-only`` stop there."""
    with open_workspace(options) as workspace:
        zh = language_for(options) == "zh"
        if options.load:
            from ..tools.commerce.desk import ServiceDesk

            desk = ServiceDesk(workspace)
            for file in options.load:
                count = desk.load(file)
                say(f"{file}：导入 {count} 条答案。" if zh else f"{file}: {count} answers loaded.")
            if options.load_only:
                return 0
        from .app import quiet

        quiet()
        from .desk import launch

        customers, team = launch(workspace, options.host, options.port)
        say(
            f"顾客页面 http://{options.host}:{options.port}/ ，客服后台（仅本机） http://127.0.0.1:{options.port + 1}/ 。按 Ctrl-C 停止。"
            if zh
            else f"Customers: http://{options.host}:{options.port}/; the shop's own page, on this machine only: http://127.0.0.1:{options.port + 1}/. Ctrl-C stops."
        )
        try:
            customers.block_thread()
        finally:
            team.close()
    return 0
