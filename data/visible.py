"""Text without what nobody can see: terminal escapes, control and direction characters, zero-width and tag characters.

For everything that leaves for a terminal, a log or a conversation. Line breaks and tabs stay. Markup is not the matter here:
each face escapes its own.
"""

from __future__ import annotations

import re

# CSI and OSC sequences go as a whole, so that no "[31m" stays behind.
ESCAPE = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d)[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?|\x1b[@-Z\\^_]?")
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def visible(text: str, instead: str = "") -> str:
    r"""Return `text` with each unseen character or escape replaced by `instead`; a lone carriage return becomes a line break.

    Example:
        >>> visible("a\x1b[31mb\u202ec\r\nd")
        'abc\nd'
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return UNSEEN.sub(instead, ESCAPE.sub(instead, lines))
