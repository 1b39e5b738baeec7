"""What is known about the turn being answered, outside the model: the user's own words and the clock.

The gates, the tools and the brains share one `TurnContext`. It is rebuilt from the stored messages when a turn is resumed,
so nothing here has to be stored.
"""

from __future__ import annotations

import threading
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from ..data.words import Language, Words

if TYPE_CHECKING:
    from .planner.reading import Understanding

TEXT_LIMIT = 20_000


# Monotonic time at which the running turn has to end; read by the brains, which are shared between threads.
ENDS: ContextVar[float | None] = ContextVar("adwright_turn_ends", default=None)


class Stopped(Exception):
    """The watcher of the turn went away or pressed stop; raised inside a tool at its next progress note."""


@dataclass
class TurnContext:
    """The turn: who asked what (`said` is this message, `words` all of the user's), how it was read, how long it may last."""

    thread: str
    said: str
    words: tuple[str, ...]
    reading: Understanding
    language: Language
    today: date
    currency: str
    patches: bool = False
    seconds: float = 60.0
    seed: int = 0
    begun: float = field(default_factory=time.monotonic)
    model_calls: int = 0
    planner_only: bool = False
    notices: list[Words] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def left(self) -> float:
        """Seconds left before the turn has to end."""
        return self.begun + self.seconds - time.monotonic()

    def say(self, notice: Words) -> None:
        """Keep a notice for the answer, once."""
        if notice not in self.notices:
            self.notices.append(notice)
