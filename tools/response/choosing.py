"""Trains a response model: fits the members, chooses among them on validation rows, calibrates, and fits again on all rows.

The floor is logistic regression; crossings, trees and a network have to beat it on rows that they did not learn from, by
more than noise, to be used. What to try follows from the size of the data and the time budget, not from the clock, so that
the same data and seed give the same model on a slower machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from ...data.errors import AdwrightError
from ...data.words import both
from . import grouped
from .calibrating import calibrate
from .calibration import logloss, platt, quality, row_losses
from .crossed import Crossed, Prior, fit, out_of_fold, refit
from .encoding import FOLDS, Encoder, Rows, Targets, cross, sigmoid
from .forest import Forest
from .frame import Schema, check_times, fingerprint, infer, is_stream, labels, to_frame
from .light import cost
from .model import ResponseModel, tree_features, tree_fields
from .recurrence import Recurrence
from .transfer import Fits, Start, needs_table, warmest
from .trees import ENOUGH, Trial, compact, flatten, grow, search

# Called when something was fitted: its name, its logloss on the valid rows, and the epoch where there are epochs.
Watch = Callable[[str, float | None, int | None], None]
CHOICES = ("auto", "lr", "crossed", "gbdt", "dnn", "dcn")
VALID_SHARE = 0.15
# With fewer positives than this among the valid rows a choice is a toss-up: the newest training rows join them.
LEAST_POSITIVES = 60


class Setting(NamedTuple):
    """How trees grow: from the crossed regression's logits or from nothing, with tables of recurring rows or without."""

    goes_on: bool
    recurring: bool
    parameters: dict[str, Any]


# The first setting goes on from the crossed regression. If it finds nothing there the others would not either, and where
# crossings tell much, trees that start without them come out behind.
SETTINGS = (
    Setting(True, False, {"num_leaves": 15, "min_data_in_leaf": 100}),
    Setting(False, False, {"num_leaves": 15, "min_data_in_leaf": 100}),
    Setting(False, False, {"num_leaves": 4, "learning_rate": 0.08}),
    Setting(False, False, {"num_leaves": 16, "learning_rate": 0.03, "min_data_in_leaf": 30, "feature_fraction": 0.2}),
)
RECURRING = Setting(False, True, {"num_leaves": 16, "min_data_in_leaf": 30, "feature_fraction": 0.15})
BAG = 5
# Standard errors of a paired difference that chance exceeds once in twenty times (one-sided).
CLEARLY = 1.64
# Fitting trees costs about this many seconds per row and feature on one core, and the network per row.
TREE_COST = 8e-7
NETWORK_COST = 3e-4
NETWORK_ROWS = 150_000


@dataclass
class Task:
    """The rows of one training, encoded: train, valid, and how to join them."""

    frame: Any
    valid_frame: Any
    schema: Schema
    encoder: Encoder
    rows: Rows
    valid: Rows
    y: np.ndarray
    yv: np.ndarray
    seed: int
    recurrence: Recurrence | None = None
    start: Start | None = None

    @property
    def prior(self) -> Prior | None:
        """Means that the weights lean on, for `encoder`."""
        return self.start.prior(self.encoder) if self.start else None


@dataclass
class Member:
    """A candidate: its logits on the valid rows (never those that stopped its own training) and what makes it."""

    z: np.ndarray
    out_of_fold: np.ndarray | None = None
    scale: tuple[float, float] = (1.0, 0.0)
    trees: tuple[Setting, int] | None = None
    network: dict[str, Any] | None = None


def train(
    data: Any,
    label: str = "click",
    model: str = "auto",
    time_budget: float = 120,
    seed: int = 0,
    time_column: str | None = None,
    valid: Any = None,
    refit: bool = True,
    watch: Watch | None = None,
    start: ResponseModel | str | Path | None = None,
    workers: int = 1,
) -> ResponseModel:
    """Train on a table with one row per impression (or click, for conversion) and a 0/1 label.

    `data` is a DataFrame, an Ibis table, or, where rows need not fit into memory, a function that returns a fresh iterator of
    Arrow record batches, oldest first (see `streaming`).

    Feature columns are inferred; ids, constants and leaks of the label are left out and named in ``left_out`` and ``notes``.
    `model` is ``auto``, ``lr`` (logistic regression), ``crossed`` (with crossings), ``gbdt``, ``dnn`` (dense 128-64-1) or
    ``dcn`` (DCN-v2 with FM). `time_budget` in seconds bounds what is tried. `valid` are rows to choose on; without them
    the newest 15 % by `time_column` serve, or a random 15 %; what was chosen is then fitted to them too where newer rows
    measurably help, unless `refit` is False. `watch` is told what was fitted (name, validation logloss, epoch). `start` is an earlier model, or its folder, that the weights
    start from where that measurably helps (``metrics["start"]``, see `transfer`). `workers` processes share the steps of a network and,
    for batches, of the weights of all rows; their sums are those of one. Raises `AdwrightError` naming what is wrong with the data.

    Example:
        >>> model = train(impressions, label="clicked", time_column="ts")  # doctest: +SKIP
        >>> model.predict(tomorrow).mean()  # doctest: +SKIP
    """
    if model not in CHOICES:
        raise AdwrightError(
            both(f"没有名为“{model}”的模型。", f"There is no model {model!r}."),
            both(f"可选：{'、'.join(CHOICES)}。", f"There are {', '.join(CHOICES)}."),
            code="unknown-model",
        )
    began = time.perf_counter()
    if is_stream(data):
        if start is not None:
            raise needs_table()
        from .streaming import train_stream

        return train_stream(data, label, model, time_budget, seed, time_column, workers, watch)
    task = prepare(data, label, seed, time_column, valid)
    task.start = None if start is None else Start.of(start)
    made = learn(task, label, model, time_budget, refit, watch, workers)
    made.seconds = round(time.perf_counter() - began, 2)
    return made


def learn(
    task: Task, label: str, model: str, time_budget: float, refit: bool, watch: Watch | None = None, workers: int = 1
) -> ResponseModel:
    """Fit the members to an encoded task, choose among them, calibrate, and make the model."""
    said: Watch = watch or (lambda what, loss, epoch: None)
    said("lr", None, None)
    linear, started = regressions(replace(task, start=None), model), None
    if task.start is not None:
        task, linear, started = warmest(task, linear, partial(regressions, model=model))
    members = {name: member for name, (_, member) in linear.items()}
    for name, member in members.items():
        said(name, logloss(sigmoid(member.z), task.yv), None)
    crossed = linear["lr" if model == "lr" else "crossed"][0]
    if model in ("auto", "gbdt"):
        try_trees(task, crossed, members, time_budget, said, every=model == "gbdt")
    if model in ("dnn", "dcn") or (model == "auto" and wants_network(task, time_budget)):
        try_network(task, members, "dnn" if model == "dnn" else "dcn", said, workers)
    blend = choose(members, task.yv, model)
    said("finish", None, None)
    simple = "lr" if model == "lr" or blend == {"lr": 1.0} else "crossed"
    crossed = linear[simple][0]
    z = blended(blend, members)
    calibration, correction, calibrated = calibrate(z, task.yv, task.encoder, task.valid.codes, task.seed)
    z = calibration[0] * z + calibration[1]
    if correction is not None:
        z = correction.bent(z) + correction.offset(task.encoder, task.valid.codes)
    measured = quality(sigmoid(z), task.yv)
    ordered = grouped.within(sigmoid(z), task.yv, grouped.columns(task.valid_frame) if len(task.valid_frame) == len(z) else {})
    measured |= {"gauc": ordered["gauc"]} if ordered else {}
    light, light_calibration = members[simple].z, platt(members[simple].z, task.yv)
    light_loss = logloss(sigmoid(light_calibration[0] * light + light_calibration[1]), task.yv)
    parts, facts = finish(task, crossed, blend, members, members[simple].scale, refit)
    networks = [member.network for name, member in members.items() if name in blend and member.network]
    metrics = {
        "label": label,
        "model": model,
        "chosen": {name: round(share, 3) for name, share in blend.items()},
        "rows": len(task.y) + len(task.yv),
        "positives": int(task.y.sum() + task.yv.sum()),
        "valid_rows": len(task.yv),
        "valid": measured,
        "tried": [{"member": name, "valid_logloss": logloss(sigmoid(member.z), task.yv)} for name, member in members.items()],
        **facts,
        **({"start": started} if started else {}),
        "calibration": calibrated,
        **({"gauc": ordered} if ordered else {}),
        "network": {k: v for k, v in networks[0].items() if k != "weights"} if networks else None,
        "seed": task.seed,
        "data": fingerprint(task.frame, task.valid_frame),
        "light": {
            "calibration": list(light_calibration),
            "valid_logloss": light_loss,
            "loss": light_loss - measured.get("logloss", light_loss),
            "bits8": cost(linear[simple][0], task.valid, task.yv, light_calibration),
        },
        "crossings": [" × ".join(task.encoder.names[f] for f in fields) for fields in crossed.fields if len(fields) > 1],
    }
    # Weights fitted to the valid rows too have taken up their part of what the channels were off by there.
    correction = correction and correction.kept(len(task.y) / (len(task.y) + len(task.yv)) if facts["refit"] else 1.0)
    told = {"metrics": metrics, "left_out": task.schema.left_out, "notes": task.schema.notes()}
    return ResponseModel(**parts, calibration=calibration, correction=correction, **told)


def regressions(task: Task, model: str) -> Fits:
    """Fit the logistic regression and, unless only that is asked for, the one with crossings."""
    main, crossed = fit(task.rows, task.encoder.sizes, task.y, crossings=model != "lr", prior=task.prior)
    linear = {"lr": stretched(task, main)}
    if model != "lr":
        linear["crossed"] = stretched(task, crossed)
    return linear


def prepare(data: Any, label: str, seed: int, time_column: str | None, valid: Any) -> Task:
    """Check the rows, infer the columns, split and encode."""
    import pandas as pd

    frame = to_frame(data)
    y = labels(frame, label)
    latest = check_times(frame, time_column) if time_column else None
    schema = infer(frame, label, y, time_column)
    if valid is None:
        at = np.arange(len(frame)) if time_column else np.random.default_rng(seed).permutation(len(frame))
        cut = int(len(frame) * (1 - VALID_SHARE))
        frame, held = frame.iloc[at[:cut]], frame.iloc[at[cut:]]
    else:
        held = to_frame(valid)
        if time_column:
            check_times(held, time_column, after=latest)
        y = np.concatenate([y, labels(held, label, both_classes=False)])
    missing = LEAST_POSITIVES - int(held[label].sum())
    if missing > 0 and frame[label].sum() > 2 * missing:
        behind = np.cumsum(frame[label].to_numpy(np.float64)[::-1])
        cut = len(frame) - 1 - int(np.searchsorted(behind, min(missing, behind[-1] / 3)))
        frame, held = frame.iloc[:cut], pd.concat([frame.iloc[cut:], held], ignore_index=True)
    y, yv = labels(frame, label), labels(held, label, both_classes=False)
    encoder = Encoder.fit(frame, schema)
    return Task(frame, held, schema, encoder, encoder.encode(frame), encoder.encode(held), y, yv, seed)


def try_trees(task: Task, crossed: Crossed, members: dict[str, Member], budget: float, said: Watch, *, every: bool) -> None:
    """Add the settings of trees that the budget allows; stop after the first when it finds nothing new."""
    fields = tree_fields(task.encoder, crossed)
    cost = TREE_COST * len(task.y) * (2 * len(fields) + len(task.encoder.number_names)) + 0.3
    affordable = int(0.7 * budget / cost) - 2
    fold = folds(task.seed, len(task.y))
    starts = (members["crossed"].out_of_fold, members["crossed"].z)
    recurrence = Recurrence.draw(task.rows, task.encoder.sizes, task.seed) if affordable > 0 else None
    if recurrence is not None and starts[0] is not None and recurrence.tells(task.rows, starts[0], task.y):
        task.recurrence = recurrence
        x, xv = tree_rows(task, crossed, fold, recurrence)
        trial = search(x, task.y, xv, task.yv, RECURRING.parameters, None, task.seed)
        members["recurring"] = Member(cross_stopped(trial, task.yv), trees=(RECURRING, max(trial.rounds, 1)))
        said("recurring", logloss(sigmoid(members["recurring"].z), task.yv), None)
        if better(members["recurring"].z, members["crossed"].z, task.yv, CLEARLY) and not every:
            return
    x, xv = tree_rows(task, crossed, fold)
    crossings_tell = better(members["crossed"].z, members["lr"].z, task.yv, 2.0)
    for i, setting in enumerate(SETTINGS[: max(1 if every else 0, affordable)]):
        trial = search(x, task.y, xv, task.yv, setting.parameters, starts if setting.goes_on else None, task.seed)
        members[f"trees{i + 1}"] = Member(cross_stopped(trial, task.yv), trees=(setting, max(trial.rounds, 1)))
        said(f"trees{i + 1}", logloss(sigmoid(members[f"trees{i + 1}"].z), task.yv), None)
        if i == 0 and not every and (crossings_tell or not better(members["trees1"].z, members["crossed"].z, task.yv)):
            return


def cross_stopped(trial: Trial, y: np.ndarray) -> np.ndarray:
    """Logits of the valid rows, each half with the number of trees that the other half asks for."""
    z = np.empty(len(y))
    half = np.arange(len(y)) % 2 == 0
    for own, other in ((half, ~half), (~half, half)):
        p = np.clip(sigmoid(trial.staged[other]), 1e-7, 1 - 1e-7)
        loss = -(np.log(p[y[other] > 0]).sum(axis=0) + np.log1p(-p[y[other] == 0]).sum(axis=0))
        z[own] = trial.staged[own, int(np.argmin(loss))]
    return z


def folds(seed: int, n: int) -> np.ndarray:
    """Fold of every row, equal in size."""
    return np.random.default_rng(seed).permutation(n) % FOLDS


def tree_rows(task: Task, crossed: Crossed, fold: np.ndarray, recurrence: Recurrence | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Features of the train rows (out of fold) and of the valid rows."""
    indices, sizes = tree_tables(task.encoder, crossed, task.rows, recurrence)
    held, _ = tree_tables(task.encoder, crossed, task.valid, recurrence)
    own = Targets.out_of_fold(indices, sizes, task.y, fold)
    made = Targets.fit(indices, sizes, task.y).features(np.stack(held) if held else np.zeros((0, len(task.yv)), np.int32))
    return tree_features(own, task.rows), tree_features(made, task.valid)


def tree_tables(encoder: Encoder, crossed: Crossed, rows: Rows, recurrence: Recurrence | None) -> tuple[list[np.ndarray], list[int]]:
    """Index of every table that trees read an encoding from, [tables] of int32 [n], and the tables' sizes."""
    made = [cross(rows.codes, encoder.sizes, f) for f in tree_fields(encoder, crossed)]
    indices, sizes = [m[0] for m in made], [m[1] for m in made]
    if recurrence is not None:
        return [*indices, *recurrence.indices(rows.codes)], [*sizes, *recurrence.sizes]
    return indices, sizes


def wants_network(task: Task, budget: float) -> bool:
    """Tell whether there are rows enough for a network to find more than crossings and trees, and time for it."""
    return len(task.y) >= NETWORK_ROWS and NETWORK_COST * len(task.y) < 0.4 * budget


def try_network(task: Task, members: dict[str, Member], kind: Literal["dnn", "dcn"], said: Watch, workers: int) -> None:
    """Add the network, trained in processes of its own."""
    from .network import logits, train_network

    half = np.arange(len(task.yv)) % 2 == 0
    held = task.valid.take(half), task.yv[half]
    weights, facts = train_network(kind, task.encoder, task.rows, task.y, *held, task.seed, said, workers)
    members[kind] = Member(logits(weights, task.valid), network={"kind": kind, "weights": weights, **facts})


def better(z: np.ndarray, than: np.ndarray, y: np.ndarray, errors: float = 1.0) -> bool:
    """Tell whether z has less logloss than another by more than so many standard errors of the paired difference."""
    gain = row_losses(than, y) - row_losses(z, y)
    return bool(gain.mean() > errors * gain.std() / max(len(y), 1) ** 0.5)


def choose(members: dict[str, Member], y: np.ndarray, model: str) -> dict[str, float]:
    """Return the shares of the blend: the best member, joined by a second only if that is better by more than noise."""
    if model in ("lr", "crossed", "dnn", "dcn"):
        return {model: 1.0}
    # From simple to complex: the next one up has to earn its place, clearly so where crossings already tell much.
    told = "crossed" in members and better(members["crossed"].z, members["lr"].z, y, 2.0)
    need = CLEARLY if told else 1.0
    open_to = [name for name in members if model == "auto" or members[name].trees]
    best = open_to[0]
    for name in open_to[1:]:
        trees = bool(members[name].trees and members[best].trees) or model == "gbdt"
        if better(members[name].z, members[best].z, y, 0.0 if trees or name == "crossed" else need):
            best = name
    blend, z = {best: 1.0}, members[best].z
    for other in open_to if model == "auto" else ():
        if other == best or (members[other].trees and members[best].trees):
            continue
        for share in (0.3, 0.5, 0.7):
            mixed = share * members[other].z + (1 - share) * members[best].z
            if better(mixed, members[best].z, y, need) and row_losses(mixed, y).mean() < row_losses(z, y).mean():
                blend, z = {best: 1 - share, other: share}, mixed
    return blend


def blended(blend: dict[str, float], members: dict[str, Member]) -> np.ndarray:
    return np.sum([share * members[name].z for name, share in blend.items()], axis=0)


def stretched(task: Task, model: Crossed) -> tuple[Crossed, Member]:
    """Scale and shift a regression by its out-of-fold training rows: shrunk weights add up to a little too little."""
    held = out_of_fold(model, task.rows, task.y, folds(task.seed, len(task.y)), task.prior)
    scale = platt(held, task.y)
    model = model.scaled(*scale)
    return model, Member(model.logits(task.valid), scale[0] * held + scale[1], scale)


def finish(
    task: Task, crossed: Crossed, blend: dict[str, float], members: dict[str, Member], scale: tuple[float, float], allowed: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Fit what was chosen once more on train and valid rows, when newer rows measurably help; returns the model's parts and facts."""
    import pandas as pd

    share = {"crossed": 0.0, "trees": 0.0, "network": 0.0}
    tree: tuple[Setting, int] | None = None
    network: dict[str, Any] | None = None
    for name, part in blend.items():
        member = members[name]
        if member.trees:
            tree, share["trees"] = member.trees, part
            share["crossed"] += part if member.trees[0].goes_on else 0.0
        elif member.network:
            network, share["network"] = member.network, part
        else:
            share["crossed"] += part
    again = allowed and network is None and newer_rows_help(task, crossed, scale)
    encoder, rows, y, growth = task.encoder, task.rows, task.y, 1.0
    if again:
        frame = pd.concat([task.frame, task.valid_frame], ignore_index=True)
        encoder = Encoder.fit(frame, task.schema)
        prior = None
        if task.start is not None:
            encoder = task.start.widened(encoder)
            prior = task.start.prior(encoder)
        rows, y = encoder.encode(frame), np.concatenate([task.y, task.yv])
        growth = len(y) / len(task.y)
        crossed = refit(crossed, rows, encoder.sizes, y, sweeps=8, prior=prior).scaled(*scale)
    facts: dict[str, Any] = {"refit": again}
    parts: dict[str, Any] = {"encoder": encoder, "crossed": crossed, "coefficients": share}
    if tree:
        recurrence = None
        if tree[0].recurring and task.recurrence is not None:
            recurrence = Recurrence.fit(rows, encoder.sizes, task.recurrence.fields)
        parts["recurrence"] = recurrence
        parts["targets"], parts["forest"], facts["compact"] = bag(encoder, crossed, recurrence, rows, y, tree, growth, task.seed, scale)
    if network:
        parts["network"] = network["weights"]
    return parts, facts


def bag(
    encoder: Encoder,
    crossed: Crossed,
    recurrence: Recurrence | None,
    rows: Rows,
    y: np.ndarray,
    tree: tuple[Setting, int],
    growth: float,
    seed: int,
    scale: tuple[float, float],
) -> tuple[Targets, Forest, dict[str, float]]:
    """Grow the chosen trees `BAG` times with different folds and seeds, and as few trees as say the same."""
    setting, rounds = tree
    indices, sizes = tree_tables(encoder, crossed, rows, recurrence)
    boosters, seen = [], []
    start = scale[0] * out_of_fold(crossed, rows, y, folds(seed, len(y))) + scale[1] if setting.goes_on else None
    for i in range(BAG):
        x = tree_features(Targets.out_of_fold(indices, sizes, y, folds(seed * BAG + i, len(y))), rows)
        boosters.append(grow(x, y, setting.parameters, round(rounds * growth), start, seed * BAG + i))
        seen = [*seen, x][-max(2, ENOUGH // len(y)) :]
    whole = flatten(boosters, [round(rounds * growth)] * BAG)
    forest, told = compact(whole, np.concatenate(seen, axis=1), None if start is None else np.concatenate([start] * len(seen)), seed)
    return Targets.fit(indices, sizes, y), forest, told


def newer_rows_help(task: Task, crossed: Crossed, scale: tuple[float, float]) -> bool:
    """Tell whether the later half of the valid rows is predicted no worse once the earlier half was learnt too."""
    half = len(task.yv) // 2
    if not task.yv[half:].sum() > 0:
        return True
    joined = Rows(
        np.concatenate([task.rows.codes, task.valid.codes[:, :half]], axis=1),
        np.concatenate([task.rows.numbers, task.valid.numbers[:, :half]], axis=1),
    )
    with_them = refit(crossed, joined, crossed.sizes, np.concatenate([task.y, task.yv[:half]]), prior=task.prior).scaled(*scale)
    later, y = task.valid.take(slice(half, None)), task.yv[half:]
    gain = row_losses(crossed.logits(later), y) - row_losses(with_them.logits(later), y)
    return bool(gain.mean() > -gain.std() / len(y) ** 0.5)
