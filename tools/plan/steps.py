"""Keeps the named parts of a longer tool: passes them on to the watcher and remembers them for the thread's history."""

from __future__ import annotations

import time

from ...data.result import Artifact, Progress, Step
from ...data.words import Words


class Recorder:
    """A `Progress` that records. `steps` are the finished parts with their seconds, in order."""

    def __init__(self, watcher: Progress) -> None:
        self.watcher = watcher
        self.steps: list[Step] = []
        self._title = Words(zh="", en="")
        self._began = 0.0

    def start(self, key: str, title: Words) -> None:
        self._title, self._began = title, time.monotonic()
        self.watcher.start(key, title)

    def note(self, note: Words, done: int, of: int) -> None:
        self.watcher.note(note, done, of)

    def done(self, key: str, finding: Words, artifact: Artifact | None = None) -> None:
        self.steps.append(Step(key=key, title=self._title, finding=finding, seconds=round(time.monotonic() - self._began, 3)))
        self.watcher.done(key, finding, artifact)
