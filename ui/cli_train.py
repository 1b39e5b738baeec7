"""`adwright train --data`: a model of any table with a 0/1 column, told and saved."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..data.errors import AdwrightError
from ..data.words import both
from .cli_models import seconds, told
from .terminal import Ticker, say, show

if TYPE_CHECKING:
    from ..data.words import Language

BUDGET = 120.0


def train_table(options: argparse.Namespace, language: Language) -> int:
    """Train on the table of ``--data`` and tell the scores on rows held back, what was left out and why; save it at ``--out``."""
    from ..tools.response.choosing import train
    from ..tools.response.watching import fitted_in_words

    frame, zh = read_table(Path(options.data).expanduser()), language == "zh"

    ticker = Ticker(language)

    def watch(what: str, loss: float | None, epoch: int | None) -> None:
        text = f"  {fitted_in_words(what, loss, epoch).pick(language)}"
        if loss is None or epoch:
            ticker.line(text)
        else:
            say(text)

    model = train(
        frame,
        label=options.label,
        model=options.model,
        time_budget=seconds(options.budget) or BUDGET,
        time_column=options.time,
        watch=watch,
    )
    if options.json:
        import json

        show(json.dumps(model.metrics | {"left_out": model.left_out, "version": model.version}, ensure_ascii=False))
    else:
        chosen = ", ".join(f"{name} {share:g}" for name, share in model.metrics["chosen"].items())
        show(
            f"{'模型' if zh else 'model'} {model.version}: {chosen}; {model.metrics['rows']:,} {'行' if zh else 'rows'}, {model.seconds:.1f} s"
        )
        show(f"  {'留出的行' if zh else 'rows held back'}: {told(model.metrics['valid'])}")
        for note in model.notes:
            show(f"  {note.pick(language)}")
    if options.out:
        folder = model.save(Path(options.out).expanduser())
        say(("已保存到 " if zh else "Saved in ") + str(folder))
    return 0


def read_table(file: Path) -> Any:
    """Read a CSV or Parquet file; raises `AdwrightError`: ``no-file``, ``unreadable-table``."""
    import pandas as pd

    if not file.is_file():
        raise AdwrightError(
            both(f"找不到文件：{file}。", f"There is no file {file}."), both("检查路径。", "Check the path."), code="no-file"
        )
    try:
        return pd.read_parquet(file) if file.suffix.lower() in (".parquet", ".pq") else pd.read_csv(file)
    except (OSError, ValueError) as error:
        raise AdwrightError(
            both(f"读不懂这个文件：{file.name}。", f"{file.name} cannot be read as a table."),
            both("需要 UTF-8 的 CSV 或 Parquet。", "CSV in UTF-8 or Parquet is needed."),
            code="unreadable-table",
        ) from error
