"""Slips put right in the same breath: "60k, no 65k", "预算3万，打错了，2万8", "three weeks - make that four", "两周……改三周".

Says only whether the second of two quantities takes the place of the first. Changing a plan in force is an edit, see `edits`.
"""

from __future__ import annotations

import re

_SLIP = (
    r"不对|不是|说错了?|打错了?|写错了?|记错了?|搞错了?|口误|等等|等一?下|算了|更正一?下?|应该是|改成?|改为|哦不|啊?不"
    r"|no,? wait|wait,? no|no|nope|wait|hang on|hold on|make (?:that|it)|scratch that|strike that|sorry|oops|my (?:bad|mistake)|typo|i mean[t]?|actually|correction|or rather|rather"
)
_WEAK = "no|nope|wait|不是|rather|改|改为|改成"
_BRIDGE = r"(?:[\s,，.。…!！;；:、~-]|就|是|按|改成?|为|换成?|吧|哈|了|make (?:that|it)|it'?s|should be|let'?s (?:say|do|make it)|go (?:with|for)|call it|meant|to)*"
SLIP = re.compile(rf"[\s,，.。…!！;；~-]*(?:吧|哈)?(?<![a-z])(?:{_SLIP})(?![a-z])(?:{_BRIDGE}(?:{_SLIP})(?![a-z]))?{_BRIDGE}")
# With other words between the two, the slip must be said plainly and right before the new value.
PLAIN_SLIP = re.compile(rf"(?<![a-z])(?!(?:{_WEAK})(?![a-z]))(?:{_SLIP})(?![a-z]){_BRIDGE}$")


def replaces(text: str, end: int, start: int) -> bool:
    """Whether what stands at ``text[start:]`` puts right what ended at ``text[:end]``.

    Example:
        >>> replaces("60k, no 65k", 3, 8), replaces("60k, or 65k", 3, 8)
        (True, False)
    """
    gap = text[end:start]
    return 0 < len(gap) <= 24 and (SLIP.fullmatch(gap) is not None or PLAIN_SLIP.search(gap) is not None)
