"""What a typed line means while an approval is open: only plain words of approval approve, and nothing else does.

"批准" or "confirm" is the click on the button in words. A bare "好的" or "ok" may answer anything, so the question is asked again.
Every other line puts the open step aside, recorded as not approved, and is answered as what it is.
"""

from __future__ import annotations

from typing import Literal

from .planner.normalise import read

Consent = Literal["approve", "reject", "unclear"]

APPROVE = frozenset(
    [
        "批准",
        "批准吧",
        "我批准",
        "同意",
        "我同意",
        "确认",
        "确认导出",
        "同意导出",
        "批准导出",
        "可以导出",
        "导出吧",
        "是的导出",
        "好的导出",
        "approve",
        "approved",
        "iapprove",
        "confirm",
        "confirmed",
        "iconfirm",
        "approveit",
        "yesapprove",
        "yesexport",
        "yesexportit",
        "confirmtheexport",
        "approvetheexport",
    ]
)
REJECT = frozenset(
    [
        "不批准",
        "不同意",
        "拒绝",
        "取消",
        "取消导出",
        "不要导出",
        "不导出",
        "先不导出",
        "别导出",
        "不用了",
        "算了",
        "不",
        "不要",
        "reject",
        "rejected",
        "cancel",
        "cancelit",
        "no",
        "nothanks",
        "notnow",
        "dontexport",
        "donotexport",
    ]
)
UNCLEAR = frozenset(
    [
        "好",
        "好的",
        "好吧",
        "行",
        "可以",
        "嗯",
        "嗯嗯",
        "是",
        "是的",
        "对",
        "没问题",
        "ok",
        "okay",
        "okey",
        "k",
        "y",
        "yes",
        "yep",
        "yeah",
        "sure",
        "fine",
        "alright",
        "goahead",
    ]
)


def consent(text: str) -> Consent | None:
    """Return what a line says to an open approval; None when it speaks of something else.

    Example:
        >>> consent("确认导出。"), consent("OK"), consent("Not now"), consent("预算降到3万")
        ('approve', 'unclear', 'reject', None)
    """
    if len(text) > 40:
        return None
    plain = "".join(letter for letter in read(text).plain if letter.isalnum())
    return "approve" if plain in APPROVE else "reject" if plain in REJECT else "unclear" if plain in UNCLEAR else None
