"""Fits the shop's two models; runs as a process of its own, so that a long fit does not hold the chat.

``python -m adwright.tools.response.fit FOLDER`` reads ``rows.parquet`` (in time order) and ``task.json`` there and writes the folders
``click`` and ``convert`` and ``report.json``. 80 % of the rows train, 10 % choose, and the newest 10 % only measure.
"""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from .calibration import quality, strength
from .choosing import train
from .model import ResponseModel

CUTS = (0.8, 0.9)
# Seconds of searching that a shop's first plan may wait for: the least, the most, and how many rows earn one more.
LEAST_SECONDS, MOST_SECONDS, ROWS_A_SECOND = 3.0, 30.0, 13_000
# With fewer conversions than this nothing but main effects can be told from chance.
MANY = 300


def main(folder: Path) -> None:
    """Fit both models in `folder` and report."""
    import pandas as pd

    task = json.loads((folder / "task.json").read_text("utf-8"))
    rows: Any = pd.read_parquet(folder / "rows.parquet")
    cuts = [0, *(int(len(rows) * c) for c in CUTS), len(rows)]
    parts = [rows.iloc[a:b] for a, b in pairwise(cuts)]
    clicked = [part[part["clicked"] > 0] for part in parts]
    report: dict[str, Any] = {
        "rows": len(rows),
        "clicks": int(rows["clicked"].sum()),
        "conversions": int((rows["clicked"] * rows["converted"]).sum()),
        "serves": "auto",
        "models": {"auto": {}},
    }
    budget = min(max(LEAST_SECONDS, len(rows) / ROWS_A_SECOND), MOST_SECONDS)
    tell("click", 0)
    click = train(parts[0].drop(columns="converted"), "clicked", time_budget=budget, seed=task["seed"], valid=parts[1])
    click.save(folder / "click")
    report["models"]["auto"] |= measured(click, parts, "clicked", "ctr", 200, 20_000)
    tell("convert", 1)
    if all(len(set(part["converted"])) == 2 for part in clicked[:2]):
        kind = "auto" if report["conversions"] >= MANY else "lr"
        convert = train(clicked[0].drop(columns="clicked"), "converted", kind, budget, task["seed"], valid=clicked[1])
        convert.save(folder / "convert")
        report["models"]["auto"] |= measured(convert, clicked, "converted", "cvr", 50, 5_000)
    (folder / "report.json").write_text(json.dumps(report, indent=1), "utf-8")
    tell("convert", 2)


def measured(model: ResponseModel, parts: list[Any], label: str, rate: str, least: float, most: float) -> dict[str, Any]:
    """Scores of the newest rows, and the Beta strength that placements' and categories' rates show on rows not trained on."""
    p = [model.predict(part) for part in parts[1:]]
    y = [part[label].to_numpy(np.float64) for part in parts[1:]]
    names = [parts[2][name].fillna("").astype(str) for name in ("channel", "placement", "category")]
    group = (names[0] + "|" + names[1] + "|" + names[2]).to_numpy(str)
    return {
        rate: quality(p[1], y[1]) if len(y[1]) else {},
        f"{rate}_strength": strength(p[1], y[1], group, least, most) if len(y[1]) else least,
        f"{rate}_chosen": model.metrics["chosen"],
    }


def tell(part: str, done: int) -> None:
    """Print one line of progress for the parent."""
    print(json.dumps({"part": part, "done": done, "of": 2}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
