"""What a training says while it runs, in words: the model, what is being fitted, how good it was, and how long it may take at most."""

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
}


def told_in_words(told: dict[str, Any]) -> Words:
    """Word one line of a training's progress; keys: stage, what, loss (valid logloss), epoch, left (seconds at most).

    Example:
        >>> told_in_words({"stage": "click", "what": "dcn", "loss": 0.08123, "epoch": 3, "left": 41}).en
        'Click model: network DCN-v2, epoch 3, logloss 0.08123, at most 41 s left'
    """
    zh, en = [STAGES[told["stage"]].zh], [STAGES[told["stage"]].en]
    member = MEMBERS.get(str(told.get("what") or "").rstrip("0123456789"))
    parts: list[Words] = [member] if member else []
    if told.get("epoch"):
        parts.append(both(f"第 {told['epoch']} 轮", f"epoch {told['epoch']}"))
    if told.get("loss") is not None:
        parts.append(both(f"logloss {told['loss']:.5f}", f"logloss {told['loss']:.5f}"))
    if told.get("left"):
        parts.append(both(f"最多还需 {told['left']} 秒", f"at most {told['left']} s left"))
    zh += ["，".join(p.zh for p in parts)] if parts else []
    en += [", ".join(p.en for p in parts)] if parts else []
    return both("：".join(zh), ": ".join(en))
