"""Fits the shop's two models; runs as a process of its own, so that a long fit does not hold the chat.

``python -m adwright.tools.response.fit FOLDER`` reads ``rows.parquet`` (in time order) and ``task.json`` there and writes the folders
``click`` and ``convert``, each with its scores beside it, and ``report.json``. A stage whose scores are there is finished and not
trained again. 80 % of the rows train, 10 % choose, and the newest 10 % only measure: also against the version in force.
Each line on standard output is JSON for the parent; when nobody reads it any more, the process ends.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ...data.artefacts import write_whole
from ...data.errors import AdwrightError
from . import grouped
from .calibration import intervals, quality, row_losses
from .choosing import train
from .delay import TIMES, settled
from .encoding import logit
from .features import OWNERS
from .model import ResponseModel
from .report import curves, strongest
from .spread import between, coverage

CUTS = (0.8, 0.9)
# Seconds of searching that a shop's first plan may wait for: the least, the most, and how many rows earn one more.
LEAST_SECONDS, MOST_SECONDS, ROWS_A_SECOND = 3.0, 30.0, 13_000
# With fewer conversions than this nothing but main effects can be told from chance.
MANY = 300
# One-sided 5 %: a new version may be worse by chance, not by more.
SIGNIFICANT = 1.645
STAGES = ("click", "convert")
BEAT = 1.0


class Parts(NamedTuple):
    """Rows that train, choose and only measure: all impressions, and settled clicks; whose those are that measure, by ``user_id`` and
    ``campaign_id``."""

    all: list[Any]
    clicked: list[Any]
    whose: dict[str, Any]
    whose_clicks: dict[str, Any]
    late: Any
    note: Any


def divided(rows: Any, seed: int) -> Parts:
    """Divide the rows of a shop, in time order, at `CUTS`."""
    # Orders of the last days' clicks that have not come yet are no negatives: some of those clicks are left out (`delay`).
    known, late, note = settled(rows, seed)
    owners = {name: rows[name].to_numpy(str) for name in OWNERS}
    rows = rows.drop(columns=[*OWNERS, *(name for name in TIMES if name in rows)])
    cuts = [0, *(int(len(rows) * c) for c in CUTS), len(rows)]
    parts = [rows.iloc[a:b] for a, b in pairwise(cuts)]
    settled_clicks = (rows["clicked"] > 0).to_numpy() & known
    clicked = [part[settled_clicks[a:b]] for part, (a, b) in zip(parts, pairwise(cuts), strict=True)]
    newest = {name: column[cuts[2] :] for name, column in owners.items()}
    own = settled_clicks[cuts[2] :]
    return Parts(parts, clicked, newest, {name: column[own] for name, column in newest.items()}, late, note)


def main(folder: Path) -> None:
    """Fit both models in `folder` and report."""
    import pandas as pd

    task = json.loads((folder / "task.json").read_text("utf-8"))
    rows: Any = pd.read_parquet(folder / "rows.parquet")
    parts, clicked, whose, whose_clicks, late, note = divided(rows, task["seed"])
    report: dict[str, Any] = {
        "rows": len(rows),
        "clicks": int(rows["clicked"].sum()),
        "conversions": int((rows["clicked"] * rows["converted"]).sum()),
        "delay": late and late | {"note": note.model_dump() if note else {}},
        "serves": "auto",
        "models": {"auto": {}},
        "facts": {},
        "against": {},
    }
    budget = task["budget"] or min(max(LEAST_SECONDS, len(rows) / ROWS_A_SECOND), MOST_SECONDS)
    told = Told(budget)
    told.begin("click", 0)
    if finished(folder, "click") is None:
        shown, start = parts[0].drop(columns="converted"), earlier(folder, "click")
        click = train(shown, "clicked", task["model"], budget, task["seed"], valid=parts[1], watch=told.watch, start=start)
        finish(folder, "click", click, measured(click, parts, "clicked", "ctr", whose), task)
    else:
        told.watch("kept", None, None)
    told.begin("convert", 1)
    if finished(folder, "convert") is not None:
        told.watch("kept", None, None)
    elif all(len(set(part["converted"])) == 2 for part in clicked[:2]):
        kind = task["model"] if report["conversions"] >= MANY else "lr"
        shown, start = clicked[0].drop(columns="clicked"), earlier(folder, "convert")
        convert = train(shown, "converted", kind, budget, task["seed"], valid=clicked[1], watch=told.watch, start=start)
        convert.notes += [note] if note else []
        finish(folder, "convert", convert, measured(convert, clicked, "converted", "cvr", whose_clicks), task)
    told.begin("compare", 2)
    for stage, newest, label, own in (("click", parts[2], "clicked", whose), ("convert", clicked[2], "converted", whose_clicks)):
        scores = finished(folder, stage)
        if scores is None:
            continue
        report["models"]["auto"] |= scores
        new = ResponseModel.load(folder / stage)
        report["facts"][stage] = facts_of(new, task["start"])
        old = Path(task["against"]) / stage if task["against"] else None
        if old is not None and (old / "manifest.json").exists() and len(newest):
            report["against"][stage] = paired(new, ResponseModel.load(old), newest, newest[label].to_numpy(np.float64), own)
    write_whole(folder / "report.json", json.dumps(report, ensure_ascii=False, indent=1).encode())
    told.end()


def earlier(folder: Path, stage: str) -> Path | None:
    """Return the folder of the earlier model that a stage starts from, when one was named that has this stage."""
    place = folder / "start" / stage
    return place if place.is_dir() else None


def finished(folder: Path, stage: str) -> dict[str, Any] | None:
    """Return the scores of a stage that is finished in this folder; None when it has to be trained, or its files are damaged."""
    try:
        scores = json.loads((folder / f"{stage}.json").read_text("utf-8"))
        ResponseModel.load(folder / stage)
        return scores
    except (OSError, ValueError, AdwrightError):
        return None


def finish(folder: Path, stage: str, model: ResponseModel, scores: dict[str, Any], task: dict[str, Any]) -> None:
    """Keep a stage: the model beside, into place, then its scores, whose presence says that the stage is whole."""
    if json.loads((folder / "task.json").read_text("utf-8")) != task:
        # The parent was killed a moment ago, and another training has begun in this folder.
        raise SystemExit(3)
    beside = folder / f".{stage}-{os.getpid()}"
    model.save(beside)
    shutil.rmtree(folder / stage, ignore_errors=True)
    beside.replace(folder / stage)
    write_whole(folder / f"{stage}.json", json.dumps(scores).encode())


def facts_of(model: ResponseModel, start: str | None) -> dict[str, Any]:
    """What people are told of a model: its members, what was tried, what was left out and why, the version it starts from, its own notes."""
    begun = model.metrics.get("start")
    return {
        "chosen": model.metrics.get("chosen", {}),
        "tried": model.metrics.get("tried", []),
        "left_out": model.left_out,
        "start": begun and begun | {"version": start},
        "notes": [note.model_dump() for note in model.notes],
    }


def measured(model: ResponseModel, parts: list[Any], label: str, rate: str, whose: dict[str, np.ndarray]) -> dict[str, Any]:
    """Scores of the newest rows, whose users and campaigns are given, and how far campaigns' rates stray from the predictions there."""
    newest, campaign = parts[2], whose["campaign_id"]
    p = model.predict(newest) if len(newest) else np.zeros(0)
    y = newest[label].to_numpy(np.float64)
    ordered = grouped.within(p, y, whose | {"channel": newest["channel"].to_numpy(str)})
    own = {"gauc": ordered["gauc"]} if ordered else {}
    return {
        rate: quality(p, y) | own if len(y) else {},
        f"{rate}_intervals": intervals(p, y) | ({"gauc": ordered["interval"]} if ordered else {}),
        f"{rate}_gauc": {key: ordered[key] for key in ("by", "groups", "rows")} if ordered else {},
        f"{rate}_calibration": model.metrics.get("calibration", {}),
        f"{rate}_strength": between(p, y, campaign),
        f"{rate}_coverage": coverage(p, y, campaign),
        f"{rate}_chosen": model.metrics["chosen"],
        f"{rate}_curves": curves(p, y),
        f"{rate}_drivers": strongest(model, newest),
    }


def paired(new: ResponseModel, old: ResponseModel, rows: Any, y: np.ndarray, whose: dict[str, np.ndarray] | None = None) -> dict[str, Any]:
    """Compare two models on the same rows, whose owners may be given: scores of both, mean difference of the logloss (new - old) with its standard error.

    ``verdict`` is ``worse`` or ``better`` only beyond `SIGNIFICANT` standard errors, else ``tied``; ``unread`` when the old model
    cannot score these rows.
    """
    p = new.predict(rows)
    try:
        before = old.predict(rows)
    except AdwrightError as error:
        return {"verdict": "unread", "code": error.code, "new": quality(p, y)}
    d = row_losses(logit(p), y) - row_losses(logit(before), y)
    mean, error = float(d.mean()), float(d.std() / max(len(d), 1) ** 0.5)
    verdict = "worse" if mean > SIGNIFICANT * error else "better" if mean < -SIGNIFICANT * error else "tied"
    each = {}
    for name, q in (("new", p), ("old", before)):
        ordered = grouped.within(q, y, whose or {})
        each[name] = quality(q, y) | ({"gauc": ordered["gauc"]} if ordered else {})
    return {"verdict": verdict, "rows": len(y), "difference": mean, "error": error, **each}


class Told:
    """Progress for the parent: a line when a stage begins and one every second, with the seconds left of the time limit."""

    def __init__(self, budget: float) -> None:
        self.budget, self.stage, self.done, self.began = budget, "click", 0, time.monotonic()
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.what: dict[str, Any] = {}
        threading.Thread(target=self.beat, daemon=True).start()

    def begin(self, stage: str, done: int) -> None:
        """Say that a stage begins."""
        self.stage, self.done, self.began, self.what = stage, done, time.monotonic(), {}
        self.say()

    def watch(self, what: str, loss: float | None, epoch: int | None) -> None:
        """Say what is being fitted and the validation logloss of what was."""
        self.what = {"what": what, "loss": loss, "epoch": epoch}
        self.say()

    def end(self) -> None:
        """Say that all is done."""
        self.over.set()
        self.done = len(STAGES) + 1
        self.say()

    def beat(self) -> None:
        """Speak every second; end the process when the parent is gone."""
        while not self.over.wait(BEAT):
            try:
                self.say()
            except OSError:
                os._exit(3)

    def say(self) -> None:
        """Print one line."""
        ahead = self.budget * max(len(STAGES) - 1 - self.done, 0)
        left = max(self.budget - (time.monotonic() - self.began), 0) + ahead if self.done < len(STAGES) else 0
        line = {"stage": self.stage, "done": self.done, "of": len(STAGES) + 1, "left": round(left), **self.what}
        with self.lock:
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
