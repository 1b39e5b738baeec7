"""What a training says while it runs, in words: the model, what is being fitted, how good it was, what is left of the time limit."""

from __future__ import annotations

from typing import Any

from ...data.words import Words, both

STAGES = {
    "click": both("点击模型", "Click model"),
    "convert": both("转化模型", "Conversion model"),
    "compare": both("与现用版本比较", "Comparing with the version in force"),
}
MEMBERS = {
    "lr": both("逻辑回归", "logistic regression"),
    "crossed": both("特征交叉", "feature crossings"),
    "recurring": both("提升树", "boosted trees"),
    "trees": both("提升树", "boosted trees"),
    "dnn": both("神经网络 128-64-1", "network 128-64-1"),
    "dcn": both("神经网络 DCN-v2", "network DCN-v2"),
    "finish": both("用全部数据再拟合", "fitting once more to all rows"),
    "kept": both("上次已经训练好，直接用", "finished before the stop, used as it is"),
}


def told_in_words(told: dict[str, Any]) -> Words:
    """Word one line of a training's progress; keys: stage, what, loss (valid logloss), epoch, left (seconds of the time limit).

    Example:
        >>> told_in_words({"stage": "click", "what": "dcn", "loss": 0.08123, "epoch": 3, "left": 41}).en
        'Click model: network DCN-v2, epoch 3, logloss 0.08123, time limit in 41 s'
    """
    stage = STAGES[told["stage"]]
    fitted = fitted_in_words(str(told.get("what") or ""), told.get("loss"), told.get("epoch"))
    parts = [fitted] if fitted.en else []
    if told.get("left"):
        parts.append(both(f"时限还剩 {told['left']} 秒", f"time limit in {told['left']} s"))
    if not parts:
        return stage
    return both(f"{stage.zh}：{'，'.join(p.zh for p in parts)}", f"{stage.en}: {', '.join(p.en for p in parts)}")


def fitted_in_words(what: str, loss: float | None, epoch: int | None) -> Words:
    """Word what was fitted, the epoch where there are epochs, and its validation logloss.

    Example:
        >>> fitted_in_words("trees2", 0.1, None).en
        'boosted trees, logloss 0.10000'
    """
    member = MEMBERS.get(what.rstrip("0123456789"))
    parts: list[Words] = [member] if member else []
    if epoch:
        parts.append(both(f"第 {epoch} 轮", f"epoch {epoch}"))
    if loss is not None:
        parts.append(both(f"logloss {loss:.5f}", f"logloss {loss:.5f}"))
    return both("，".join(p.zh for p in parts), ", ".join(p.en for p in parts))
