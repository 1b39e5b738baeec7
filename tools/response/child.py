"""A training in a process of its own: what it says meanwhile, and how it ended. It never outlives its caller's wait for it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...data.errors import AdwrightError
from ...data.words import both

Heard = Callable[[dict[str, Any]], None]


def run(module: str, folder: Path, log: Path, heard: Heard) -> int:
    """Run ``python -m adwright.tools.response.MODULE FOLDER`` and return its exit code; its errors go to `log`.

    Every line of its output that is a JSON object goes to `heard`. When `heard` or the caller is interrupted, the child is killed.
    """
    command = [sys.executable, "-m", f"adwright.tools.response.{module}", str(folder)]
    with log.open("w", encoding="utf-8") as errors:
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, encoding="utf-8")
        assert child.stdout is not None
        try:
            for line in child.stdout:
                if line.startswith("{"):
                    heard(json.loads(line))
            return child.wait()
        finally:
            child.kill()
            child.stdout.close()
            child.wait()


def run_network(module: str, folder: Path, heard: Heard = lambda told: None) -> None:
    """Run the training of a network; raises ``training-failed`` with the end of its log."""
    log = folder / "log"
    if run(module, folder, log, heard) != 0:
        reason = log.read_text("utf-8", errors="replace").strip()[-300:]
        raise AdwrightError(
            both("神经网络没有训练完成。", "The network's training did not finish."),
            both(f"原因：{reason}", f"Reason: {reason}"),
            code="training-failed",
        )
