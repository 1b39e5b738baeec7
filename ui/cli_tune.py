"""`adwright tune`: a LoRA of a local model on the shop's own best copy, and `--check`, which trains nothing; `--small`, a small writer."""

from __future__ import annotations

import argparse
from pathlib import Path

from .terminal import Ticker, language_for, open_workspace, say, show


def run_tune(options: argparse.Namespace) -> int:
    """Check what is there, or tune and print the report; or train a small writer."""
    if options.small:
        return _small(options)
    from ..tools.creative.own_best import best_copy
    from ..tools.creative.tuning import EPOCHS, check, tune
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
        epochs=options.epochs or EPOCHS,
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


def _small(options: argparse.Namespace) -> int:
    from ..tools.creative.small_training import EPOCHS, train_writer
    from .cli_copy import text_lines

    language = language_for(options)
    rows = text_lines(Path(options.small).expanduser(), '"facts": {"名称": "连衣裙", "材质": "雪纺"}')
    ads = [(row["facts"], str(row["text"])) for row in rows if isinstance(row.get("facts"), dict) and row["facts"]]
    if options.out:
        out = Path(options.out).expanduser()
    else:
        with open_workspace(options) as workspace:
            out = workspace.models / "small-writer"
    made = train_writer(ads, out, epochs=options.epochs or EPOCHS, seed=options.seed, progress=Ticker(language))
    lowest = f"{min(made.losses):.2f}"
    use = f'Phrasebook(ads, "zh", SmallWriter.load("{made.out}"))'
    if language == "zh":
        say(f"小模型在 {made.out}，留出的广告上每词损失最低 {lowest}。在 Python 里用：{use}")
    else:
        say(f"The small writer is at {made.out}; lowest loss on held-out ads {lowest} a word. In Python: {use}")
    return 0
