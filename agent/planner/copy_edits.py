"""Edits of the creatives: one piece of copy (its words, its tone, shorter), a film to go with it.

Not here: the tone words themselves (slots), how many pieces there are (edits), writing (tools/plan).
"""

from __future__ import annotations

import re

from ...data.words import both
from .changes import Edit
from .filling import Slots
from .scan import Scan
from .sure import piece_meant

SHORTER = re.compile(
    r"太长|过长|缩短|短[一些点]|改短|精[简炼]|简短|[更再]短|啰嗦|(?<![a-z])(?:short(?:er|en)|too (?:long|wordy)|trim|tighten|more concise)(?![a-z])"
)
FILM = re.compile(
    r"(?:再|另|还要?|加|配|来|出|补|做)[^，。；;\d]{0,4}?(?:视频(?!号)|短片|短视频)"
    r"|(?<![a-z])(?:add|plus|with|include|make|also|and)\s(?:me\s|make\s|add\s)?(?:an?|another|one)\s(?:short\s)?(?:video|clip|film)(?![a-z])"
)
NEW_WORDS = re.compile(r"(?:(?:换|改|写|改写)(?:成|为)(?!更|再|短|长|活|专|高|年|文)|(?:to|with|say|read)s?(?= )|:)\s?(.{3,80})$")
# Seconds of a film nobody gave a length for; that of the video tool.
FILM_SECONDS = 6


def edit_copy(s: Scan, state: Slots, edit: Edit) -> None:
    """Add what a message changes about single pieces, the length of copy, or a film.

    Example:
        >>> from datetime import date
        >>> from adwright.agent.planner.scan import scan
        >>> edit = Edit(); edit_copy(scan("第三个标题太长了，缩短", date(2026, 11, 23)), {}, edit); edit.slots
        {'tone': 'minimal'}
    """
    nth = piece_meant(s.plain)
    if nth is not None:
        wish = {"text": _new_words(s)}
        if wish["text"] is None:
            shorter = SHORTER.search(s.plain) is not None and edit.slots.get("tone") in (None, "minimal")
            wish = {"tone": None if shorter else edit.slots.get("tone"), "shorter": shorter}
        if any(wish.values()):
            # The wish is for this piece, not for all of the copy.
            edit.changes = [c for c in edit.changes if c[0] != "set_field" or c[1]["field"] not in ("tone", "variants")]
            # A number in the new words ("ten quiet minutes") counts no pieces.
            edit.slots.pop("variants", None)
            slots = {"tone": "minimal"} if wish.get("shorter") else {}
            channel = s.places.ids[0] if len(s.places.ids) == 1 else None
            edit.put("replace" if "text" in wish else "set", slots, ("set_copy", {"piece": nth, "channel": channel, **wish}))
    if s.seconds is None and not state.get("video_seconds") and FILM.search(s.plain):
        edit.put("add", {}, ("set_field", {"field": "video_seconds", "value": FILM_SECONDS}))
        edit.notes.append(
            both(f"视频没有说时长，先按 {FILM_SECONDS} 秒做。", f"No length was given for the video; I take {FILM_SECONDS} seconds.")
        )


def _new_words(s: Scan) -> str | None:
    """The words a piece of copy shall have: what is quoted, or what stands after 换成 or a colon."""
    if s.quotes:
        a, b = s.quotes[-1]
        return s.text.words(a + 1, b - 1).strip()
    m = NEW_WORDS.search(s.plain)
    return s.text.words(m.start(1), m.end(1)).strip(" ：:“”") if m and len(m[1].strip()) >= 3 and not SHORTER.search(m[1]) else None
