"""What a typed line means while an approval is open: only plain words of approval approve, and nothing else does.

"批准" or "confirm" is the click on the button in words. A bare "好的" or "ok" may answer anything, so the question is asked again.
Every other line puts the open step aside, recorded as not approved, and is answered as what it is.
"""

from __future__ import annotations

from typing import Literal

from .planner.normalise import read

Consent = Literal["approve", "reject", "unclear"]


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


APPROVE = _set("批准 批准吧 我批准 同意 我同意 确认 approve approved iapprove confirm confirmed iconfirm approveit yesapprove")
REJECT = _set("不批准 不同意 拒绝 取消 不用了 算了 不 不要 reject rejected cancel cancelit no nothanks notnow")
UNCLEAR = _set("好 好的 好吧 行 可以 嗯 嗯嗯 是 是的 对 没问题 ok okay okey k y yes yep yeah sure fine alright goahead")
# Words that name the step count for that step alone: "export it" approves no training, the question is asked again.
APPROVE_STEP = {
    "export_plan": _set(
        "确认导出 同意导出 批准导出 可以导出 导出吧 是的导出 好的导出 yesexport yesexportit confirmtheexport approvetheexport"
    ),
    "export_audience": _set(
        "确认导出 同意导出 批准导出 可以导出 导出吧 是的导出 好的导出 确认导出人群 导出人群吧 导出名单吧 yesexport yesexportit confirmtheexport "
        "approvetheexport yesexporttheaudience"
    ),
    "paint_scene": _set("确认绘制 同意绘制 批准绘制 可以画 画吧 开始画 yespaint yespaintit paintit approvethecost"),
    "train_models": _set(
        "确认训练 同意训练 批准训练 可以训练 训练吧 开始训练 yestrain yestrainit yestrainthem confirmthetraining approvethetraining"
    ),
}
REJECT_STEP = {
    "export_plan": _set("取消导出 不要导出 不导出 先不导出 别导出 dontexport donotexport"),
    "export_audience": _set("取消导出 不要导出 不导出 先不导出 别导出 dontexport donotexport"),
    "paint_scene": _set("取消绘制 不要画 不画了 先不画 别画 dontpaint donotpaint"),
    "train_models": _set("取消训练 不要训练 不训练 先不训练 别训练 donttrain donottrain cancelthetraining"),
}


def consent(text: str, step: str = "") -> Consent | None:
    """Return what a line says to the open approval of `step`; None when it speaks of something else. Without `step`: of any.

    Example:
        >>> consent("确认导出。"), consent("OK"), consent("Not now"), consent("预算降到3万")
        ('approve', 'unclear', 'reject', None)
        >>> consent("确认导出。", "export_plan"), consent("确认导出。", "train_models")
        ('approve', 'unclear')
    """
    if len(text) > 40:
        return None
    plain = "".join(letter for letter in read(text).plain if letter.isalnum())
    if plain in APPROVE or _names(APPROVE_STEP, plain, step):
        return "approve"
    if plain in REJECT or _names(REJECT_STEP, plain, step):
        return "reject"
    return "unclear" if plain in UNCLEAR or _names(APPROVE_STEP, plain) or _names(REJECT_STEP, plain) else None


def _names(steps: dict[str, frozenset[str]], plain: str, step: str = "") -> bool:
    return any(plain in words for name, words in steps.items() if name == step or not step)
