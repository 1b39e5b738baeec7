"""`adwright tune`: a LoRA of a local model on the shop's own best copy, and `--check`, which trains nothing."""

from __future__ import annotations

import argparse
from pathlib import Path

from .terminal import Ticker, language_for, open_workspace, say, show


def run_tune(options: argparse.Namespace) -> int:
    """Check what is there, or tune and print the report."""
    from ..tools.creative.own_best import best_copy
    from ..tools.creative.tuning import check, tune
    from ..tools.localtext import checked

    language = language_for(options)
    model = Path(options.model).expanduser()
    checked(model, adapters=True)
    with open_workspace(options) as workspace:
        examples = best_copy(workspace)
        out = Path(options.out).expanduser() if options.out else workspace.models / f"lora-{model.name}"
        bits = workspace.settings.local_bits
    if options.check:
        for name, value in check(model, examples):
            show(f"{name}: {value}")
        return 0
    made = tune(
        model,
        examples,
        out,
        epochs=options.epochs,
        rank=options.rank,
        rate=options.rate,
        bits=bits,
        seed=options.seed,
        progress=Ticker(language),
    )
    show(made.report)
    better = min(made.valid_loss[1:]) < made.valid_loss[0]
    if language == "zh":
        say(
            f"适配器在 {made.out}。用法：ADWRIGHT_MODEL=local:{made.out}"
            if better
            else f"验证损失没有下降，适配器在 {made.out}，不建议使用。"
        )
    else:
        say(
            f"The adapter is at {made.out}. Use it with ADWRIGHT_MODEL=local:{made.out}"
            if better
            else f"The validation loss did not fall; the adapter is at {made.out}, and not worth using."
        )
    return 0
