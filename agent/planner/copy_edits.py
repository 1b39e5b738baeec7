"""Edits of the creatives: one piece of copy, shorter copy, a film to go with it.

A plan has one tone for all its copy, so a wish for one piece is read as that tone, and a note says so. Not here: the tone
words themselves (slots) and how many pieces there are (edits).
"""

from __future__ import annotations

import re

from ...data.words import both
from .changes import Edit
from .filling import Slots
from .scan import Scan
from .sure import piece_meant

SHORTER = re.compile(
    r"太长|过长|缩短|短[一些点]|改短|精[简炼]|简短|(?<![a-z])(?:short(?:er|en)|too (?:long|wordy)|trim|tighten|more concise)(?![a-z])"
)
FILM = re.compile(
    r"(?:再|另|还要?|加|配|来|出|补|做)[^，。；;\d]{0,4}?(?:视频(?!号)|短片|短视频)"
    r"|(?<![a-z])(?:add|plus|with|include|make|also|and)\s(?:me\s|make\s|add\s)?(?:an?|another|one)\s(?:short\s)?(?:video|clip|film)(?![a-z])"
)
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
        if "tone" not in edit.slots and SHORTER.search(s.plain):
            edit.put("set", {"tone": "minimal"}, ("set_field", {"field": "tone", "value": "minimal"}))
        which = both("最后一条" if nth < 0 else f"第 {nth} 条", "the last piece of copy" if nth < 0 else f"piece {nth} of the copy")
        edit.notes.append(
            both(
                f"您说的是{which.zh}文案；语气会统一改在全部文案上。",
                f"You mean {which.en}; the tone is changed for all of the copy alike.",
            )
        )
    if s.seconds is None and not state.get("video_seconds") and FILM.search(s.plain):
        edit.put("add", {}, ("set_field", {"field": "video_seconds", "value": FILM_SECONDS}))
        edit.notes.append(
            both(f"视频没有说时长，先按 {FILM_SECONDS} 秒做。", f"No length was given for the video; I take {FILM_SECONDS} seconds.")
        )
