"""CTR and CVR models: ours beside their peers on the same rows, with equal search budgets and paired intervals.

``python -m benchmarks response`` runs everything that is missing in the results folder and prints the table. Parts:
``--sets=a,b --peers=x,y --trials=20 --seeds=5 --minutes=4 --results=FOLDER --only-table``. Every trial and every seed is
one JSON line in ``runs.jsonl``, so that a run that was stopped goes on where it was. Peers that are not installed are
named as missing. Each peer searches `--trials` settings on the valid rows, then fits its best setting once per seed;
ours searches within its own time budget, inside the fit that is timed.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import response_deep, response_peers
from benchmarks.response_peers import Fitted, Params
from benchmarks.response_scores import Resampled, difference, losses, scores
from benchmarks.response_sets import SETS, Rows, load

Peer = tuple[tuple[str, ...], Callable[[np.random.Generator], Params], Callable[[Rows, Params, int], Fitted]]
PEERS: dict[str, Peer] = {
    "scikit-learn LR": (("sklearn",), response_peers.lr_space, response_peers.lr_fit),
    "LightGBM": (("lightgbm",), response_peers.lightgbm_space, response_peers.lightgbm_fit),
    "CatBoost": (("catboost",), response_peers.catboost_space, response_peers.catboost_fit),
    "DCN-v2": (("tensorflow",), response_deep.deep_space, partial(response_deep.fit, "dcnv2")),
    "DeepFM": (("tensorflow",), response_deep.deep_space, partial(response_deep.fit, "deepfm")),
    "FinalMLP": (("tensorflow",), response_deep.deep_space, partial(response_deep.fit, "finalmlp")),
    "DeepCTR DeepFM": (("deepctr", "tf_keras"), response_deep.deep_space, response_deep.deepctr_fit),
}
# Our models, and whether what was chosen is fitted to the valid rows too; peers only choose and stop on them.
OURS = {"adwright auto": ("auto", True), "adwright auto without valid rows": ("auto", False), "adwright lr": ("lr", True)}


def ours(model: str, refit: bool, rows: Rows, _: Params, seed: int) -> Fitted:
    """Fit one of our own models on train, with the valid rows named as such."""
    from adwright.tools.response import train

    columns = [*rows.cat, *rows.num, "label"]
    train_rows, valid_rows, test_rows = (part[columns] for part in rows.parts)
    fitted = train(train_rows, label="label", model=model, valid=valid_rows, seed=seed, refit=refit)
    test = test_rows.drop(columns=["label"])
    one = test.iloc[:1].to_dict("records")[0]
    encoded = fitted.encode(test)
    return Fitted(fitted.predict(valid_rows), fitted.predict(test), lambda: fitted.predict(encoded), lambda: fitted.predict_one(one))


def cpu() -> float:
    """CPU seconds of this process and its finished children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


class Runs:
    """The finished trials and seeds, one JSON line each; predictions of the test rows lie beside them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.place = folder / "runs.jsonl"

    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.place.read_text("utf-8").splitlines()] if self.place.exists() else []

    def find(self, **wanted: Any) -> list[dict[str, Any]]:
        return [run for run in self.all() if all(run.get(k) == v for k, v in wanted.items())]

    def add(self, **run: Any) -> None:
        with self.place.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(run) + "\n")

    def test(self, run: dict[str, Any]) -> np.ndarray:
        return np.load(self.folder / run["file"], allow_pickle=False)


def one_fit(fit: Callable[[Rows, Params, int], Fitted], rows: Rows, params: Params, seed: int) -> tuple[Fitted, dict[str, float]]:
    """Fit once; return it with wall and CPU seconds and the valid logloss."""
    wall, used = time.perf_counter(), cpu()
    fitted = fit(rows, params, seed)
    facts = {"fit_cpu_s": round(cpu() - used, 2), "fit_wall_s": round(time.perf_counter() - wall, 2)}
    return fitted, facts | {"valid": float(losses(rows.labels[1], fitted.valid).mean()), "rounds": fitted.rounds}


def speeds(fitted: Fitted, rows: int) -> dict[str, float]:
    """Batch rows per CPU second and the median ms of one request."""
    fitted.batch()
    took = []
    for _ in range(3):
        used = time.process_time()
        fitted.batch()
        took.append(time.process_time() - used)
    fitted.one()
    singles = []
    for _ in range(30):
        start = time.perf_counter()
        fitted.one()
        singles.append(time.perf_counter() - start)
    return {"rows_per_s": round(rows / max(min(took), 1e-4)), "one_ms": round(1e3 * float(np.median(singles)), 4)}


def run_part(runs: Runs, name: str, peer: str, trials: int, seeds: int, until: float) -> None:
    """Do what is missing of one peer on one set, until the clock says stop."""
    rows = load(name)
    if peer in OURS:
        fit: Callable[[Rows, Params, int], Fitted] = partial(ours, *OURS[peer])
        best: Params = {}
    else:
        _, space, fit = PEERS[peer]
        generator = np.random.default_rng(1)
        settings = [space(generator) for _ in range(trials)]
        for i, params in enumerate(settings):
            if runs.find(set=name, peer=peer, trial=i) or time.time() > until:
                continue
            fitted, facts = one_fit(fit, rows, params, 0)
            runs.add(set=name, peer=peer, trial=i, params=params, **facts)
            del fitted
        done = [run for run in runs.find(set=name, peer=peer) if 0 <= run.get("trial", -1) < trials]
        if len(done) < trials:
            return
        best = min(done, key=lambda run: run["valid"])["params"]
    for seed in range(seeds):
        if runs.find(set=name, peer=peer, seed=seed, params=best) or time.time() > until:
            continue
        fitted, facts = one_fit(fit, rows, best, seed)
        file = f"{name}-{peer.replace(' ', '_')}-{seed}.npy"
        np.save(runs.folder / file, fitted.test)
        runs.add(set=name, peer=peer, seed=seed, params=best, file=file, **facts, **speeds(fitted, len(fitted.test)))


def verdict(low: float, high: float) -> str:
    """Name who is better, given the interval of how much better the peer is."""
    return "peer better" if low > 0 else "ours better" if high < 0 else "tie"


def table(runs: Runs, name: str, peers: list[str], seeds: int) -> None:
    """Print one set: the mean over seeds of every score, and each peer's difference to ours with its 95 % interval."""
    rows = load(name)
    y = rows.labels[2]
    user = rows.parts[2][rows.user].to_numpy() if rows.user else None
    print(f"\n### {name}: {len(rows.labels[0]):,} / {len(rows.labels[1]):,} / {len(y):,} rows, {int(y.sum()):,} test positives\n")
    print(
        "| model | AUC | logloss | ECE | bias | gAUC | fit CPU s | search CPU s | one row ms | rows/s | AUC minus ours [95 %] | logloss minus ours [95 %] |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    if rows.truth is not None:
        known = scores(y, rows.truth, user)
        print(
            f"| *true probability* | {known['auc']:.4f} | {known['logloss']:.5f} | {known['ece']:.4f} | {known['bias']:.3f} | {known.get('gauc', float('nan')):.4f} | | | | | | |"
        )
    reference: tuple[Resampled, float, float] | None = None
    missing = []
    for peer in peers:
        found = {run["seed"]: run for run in runs.find(set=name, peer=peer) if "seed" in run and run["seed"] < seeds}
        if len(found) < seeds:
            missing.append(f"{peer} ({len(found)} of {seeds} seeds)")
            continue
        tests = [runs.test(run) for run in found.values()]
        each = [scores(y, p, user) for p in tests]
        mean = {key: float(np.mean([one[key] for one in each])) for key in each[0]}
        facts = {key: float(np.median([run[key] for run in found.values()])) for key in ("fit_cpu_s", "one_ms", "rows_per_s")}
        search = sum(run["fit_cpu_s"] for run in runs.find(set=name, peer=peer) if "trial" in run)
        sampled = Resampled(y, tests)
        delta = "| |"
        if reference is None:
            reference = (sampled, mean["auc"], mean["logloss"])
        else:
            (a, b), (c, d) = difference(reference[0], sampled, "auc"), difference(reference[0], sampled, "logloss")
            won_auc, won_loss = verdict(a, b), verdict(-d, -c)
            delta = (
                f"{mean['auc'] - reference[1]:+.4f} [{a:+.4f}, {b:+.4f}] {won_auc} "
                f"| {mean['logloss'] - reference[2]:+.5f} [{c:+.5f}, {d:+.5f}] {won_loss} |"
            )
        grouped = f"{mean['gauc']:.4f}" if "gauc" in mean else ""
        print(
            f"| {peer} | {mean['auc']:.4f} | {mean['logloss']:.5f} | {mean['ece']:.4f} | {mean['bias']:.3f} | {grouped} | {facts['fit_cpu_s']:.1f} "
            f"| {search:.0f} | {facts['one_ms']:.3f} | {facts['rows_per_s']:,.0f} | {delta}",
            flush=True,
        )
    if missing:
        print(f"\nNot run: {', '.join(missing)}.")
    copies(runs, rows, name, peers, seeds)


def copies(runs: Runs, rows: Rows, name: str, peers: list[str], seeds: int) -> None:
    """Print the scores once more without the test rows whose features also stand in train or valid, where copies are told from others."""
    import pandas as pd
    from pandas.util import hash_pandas_object

    hash_rows: Any = hash_pandas_object
    columns = [*rows.cat, *rows.num]
    hashed: list[Any] = [hash_rows(part[columns], index=False) for part in rows.parts]
    fresh = ~hashed[2].isin(pd.concat(hashed[:2])).to_numpy()
    y = rows.labels[2]
    told = (
        pd.concat([pd.DataFrame({"h": h, "y": label}) for h, label in zip(hashed[:2], rows.labels[:2], strict=True)])
        .groupby("h")["y"]
        .mean()
    )
    against = np.abs(hashed[2][~fresh].map(told).to_numpy(np.float64) - y[~fresh])
    if fresh.mean() > 0.95 or not len(against) or abs(float(against.mean()) - 0.5) < 0.3:
        return
    print(
        f"\nWithout the {int((~fresh).sum()):,} test rows whose features stand in train or valid too ({against.mean():.0%} with the other label):\n"
    )
    print("| model | AUC | logloss | AUC minus ours [95 %] | logloss minus ours [95 %] |\n|---|---|---|---|---|")
    reference: Resampled | None = None
    for peer in peers:
        found = {run["seed"]: run for run in runs.find(set=name, peer=peer) if "seed" in run and run["seed"] < seeds}
        if len(found) < seeds:
            continue
        tests = [runs.test(run)[fresh] for run in found.values()]
        each = [scores(y[fresh], p, None) for p in tests]
        sampled = Resampled(y[fresh], tests)
        delta = "| |"
        if reference is None:
            reference = sampled
        else:
            (a, b), (c, d) = difference(reference, sampled, "auc"), difference(reference, sampled, "logloss")
            delta = f"[{a:+.4f}, {b:+.4f}] {verdict(a, b)} | [{c:+.5f}, {d:+.5f}] {verdict(-d, -c)} |"
        print(f"| {peer} | {np.mean([e['auc'] for e in each]):.4f} | {np.mean([e['logloss'] for e in each]):.5f} | {delta}", flush=True)


def main(arguments: list[str] | None = None) -> None:
    """Run the missing parts and print the tables."""
    given = argparse.ArgumentParser("benchmarks response")
    given.add_argument("--sets", default=",".join(SETS))
    given.add_argument("--peers", default=",".join([*OURS, *PEERS]))
    given.add_argument("--trials", type=int, default=20)
    given.add_argument("--seeds", type=int, default=5)
    given.add_argument("--minutes", type=float, default=600)
    given.add_argument("--results", default=str(Path(tempfile.gettempdir()) / "adwright-response"))
    given.add_argument("--only-table", action="store_true")
    asked = given.parse_args([a for a in (sys.argv[1:] if arguments is None else arguments) if a.startswith("--")])
    for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[threads] = "1"
    runs, until = Runs(Path(asked.results)), time.time() + 60 * asked.minutes
    peers = asked.peers.split(",")
    absent = {peer: [m for m in PEERS[peer][0] if find_spec(m) is None] for peer in peers if peer in PEERS}
    for name in asked.sets.split(","):
        try:
            load(name)
        except FileNotFoundError as gone:
            print(f"{name}: not run, {gone} is absent")
            continue
        for peer in peers if not asked.only_table else []:
            if not absent.get(peer):
                run_part(runs, name, peer, asked.trials, asked.seeds, until)
    for peer, modules in absent.items():
        if modules:
            print(f"{peer}: {', '.join(modules)} not installed here; shown only where earlier runs are in {asked.results}.")
    for name in asked.sets.split(","):
        if SETS.get(name) and (SETS[name].__name__ == "adworld" or load(name)):
            table(runs, name, peers, asked.seeds)


if __name__ == "__main__":
    main()
