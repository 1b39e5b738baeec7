"""What every command shares: where it speaks, in which language, which shop it opens, and progress on one line."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..data.words import Language, Words
    from ..data.workspace import Workspace


def say(text: str) -> None:
    """Tell the person at the terminal, beside the answer."""
    from ..data.visible import visible

    Ticker.clear()
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


def cut(text: str, columns: int) -> str:
    """Return the part of a line that fits into so many columns; Chinese letters take two.

    Example:
        >>> cut("训练 12/30", 6)
        '训练 1'
    """
    used = 0
    for i, letter in enumerate(text):
        used += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if used > columns:
            return text[:i]
    return text


class Ticker:
    """Progress on one line of the terminal; silent when stderr is no terminal."""

    # The line that stands unended on the terminal, whoever wrote it: what is said next takes its place.
    open = ""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self.shown = sys.stderr.isatty()

    def start(self, key: str, title: Words) -> None:
        """A named part begins."""
        if self.shown:
            say(f"· {title.pick(self.language)}")

    def note(self, note: Words, done: int, of: int) -> None:
        """`done` of `of` pieces are ready."""
        self.line(f"  {note.pick(self.language)} {done}/{of}")
        if self.shown and done >= of:
            print(file=sys.stderr, flush=True)
            Ticker.open = ""

    def line(self, text: str) -> None:
        """Write a line over the one before; it never wraps, for a wrapped one could not be written over."""
        if self.shown:
            self.clear()
            Ticker.open = cut(text, shutil.get_terminal_size().columns - 1)
            print(Ticker.open, end="", file=sys.stderr, flush=True)

    @staticmethod
    def clear() -> None:
        """Take the unended line away, by blanks, which every terminal knows."""
        if Ticker.open:
            wide = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in Ticker.open)
            print("\r" + " " * wide + "\r", end="", file=sys.stderr, flush=True)
            Ticker.open = ""

    def done(self, key: str, finding: Words, artifact: Any = None) -> None:
        """The part ended."""
        if self.shown:
            say(f"  {finding.pick(self.language)}")


def confirmed(question: str, language: Language) -> bool:
    """Ask for a yes at a terminal; anywhere else the answer is no."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    say(question)
    print("批准？[y/N] " if language == "zh" else "Approve? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes", "是", "好")


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
