"""`adwright train --data`: a model of any table with a 0/1 column, told and saved."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..data.errors import AdwrightError
from ..data.words import both
from .cli_models import seconds, started, told
from .terminal import Ticker, say, show

if TYPE_CHECKING:
    from ..data.words import Language

BUDGET = 120.0


def train_table(options: argparse.Namespace, language: Language) -> int:
    """Train on the table of ``--data`` and tell the scores on rows held back, what was left out and why; save it at ``--out``.

    Raises what `train` and `read_table` do, ``needs-data`` and ``bad-out``.
    """
    from ..tools.response.choosing import train
    from ..tools.response.origin import origin
    from ..tools.response.watching import fitted_in_words

    if not options.data:
        raise AdwrightError(
            both("--label、--time、--out 要和 --data 一起用。", "--label, --time and --out go with --data."),
            both("例如 adwright train --data rows.csv --label click。", "For example adwright train --data rows.csv --label click."),
            code="needs-data",
        )
    frame, zh = read_table(Path(options.data).expanduser()), language == "zh"
    out = writable(Path(options.out).expanduser()) if options.out else None
    ticker = Ticker(language)

    def watch(what: str, loss: float | None, epoch: int | None) -> None:
        text = f"  {fitted_in_words(what, loss, epoch).pick(language)}"
        if loss is None or epoch:
            ticker.line(text)
        else:
            say(text)

    model = train(
        frame,
        label=options.label or "click",
        model=options.model,
        time_budget=seconds(options.budget) or BUDGET,
        time_column=options.time,
        watch=watch,
        start=origin(options.start).folders.get("click") if options.start else None,
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
        if model.metrics.get("start"):
            show(f"  {started(model.metrics['start']).pick(language)}")
        for note in model.notes:
            show(f"  {note.pick(language)}")
    if out is not None:
        say(("已保存到 " if zh else "Saved in ") + str(model.save(out)))
    return 0


def read_table(file: Path) -> Any:
    """Read a Parquet file, or a CSV in UTF-8 or GB18030; raises `AdwrightError`: ``no-file``, ``unreadable-table``, ``empty-table``."""
    import pandas as pd

    if not file.is_file():
        raise AdwrightError(
            both(f"找不到文件：{file}。", f"There is no file {file}."), both("检查路径。", "Check the path."), code="no-file"
        )
    try:
        frame = pd.read_parquet(file) if file.suffix.lower() in (".parquet", ".pq") else read_csv(file)
    except (OSError, ValueError) as error:
        raise AdwrightError(
            both(f"读不懂这个文件：{file.name}。", f"{file.name} cannot be read as a table."),
            both("需要 CSV 或 Parquet；Excel 请另存为 CSV。", "CSV or Parquet is needed; save an Excel sheet as CSV."),
            code="unreadable-table",
        ) from error
    if not len(frame):
        raise AdwrightError(
            both(f"{file.name} 里没有数据行。", f"{file.name} holds no rows."),
            both("导出时选一段有数据的时间。", "Export a period that has some."),
            code="empty-table",
        )
    return frame


def read_csv(file: Path) -> Any:
    """Read a CSV file; one that is no UTF-8 is read as GB18030, as spreadsheets in China write it."""
    import pandas as pd

    try:
        return pd.read_csv(file, encoding="utf-8-sig")
    except UnicodeDecodeError:
        return pd.read_csv(file, encoding="gb18030")


def writable(folder: Path) -> Path:
    """Return the folder, made where it is missing; raises ``bad-out`` before anything is trained for nothing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AdwrightError(
            both(f"不能写到 {folder}。", f"Nothing can be written at {folder}."),
            both(f"换一个文件夹：{error.strerror}。", f"Name another folder: {error.strerror}."),
            code="bad-out",
        ) from error
    return folder
