"""Conversions: delayed feedback, the entire space of impressions, and the value of an order, each beside its simpler peers.

``python -m adwright.benchmarks.response_conversion [--parts delay,clicks,entire,email,value] [--seeds 5] [--scale 0.3]`` prints Markdown.
Truth of the demo shop scores its models without the noise of few conversions; public sets are scored by their labels with the paired
bootstrap of `response_scores`. Not here: the click models (`response`).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from .response_scores import Resampled, auc, difference, losses
from .response_sets import SHARED

DAY = 86_400.0
CATEGORIES = ("channel", "placement", "product_id", "category", "device", "hour", "weekday", "gender", "language")
NUMBERS = ("age", "price", "discount")
DELAYS = ("exponential, mean 4 days", "log-normal, median 1 day", "hours and days mixed")
CUTS = (36, 42, 48, 54, 60)


def row(*cells: object) -> None:
    """Print one line of a table."""
    print("| " + " | ".join(f"{c:.4f}" if isinstance(c, float) else str(c) for c in cells) + " |", flush=True)


def head(title: str, *names: str) -> None:
    """Print a title and the head of a table."""
    print(f"\n### {title}\n")
    row(*names)
    row(*["---"] * len(names))


def told(values: list[float], digits: int = 3) -> str:
    """Mean and range over seeds."""
    return f"{np.mean(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def world(kind: str, seed: int, n: int = 30_000, days: float = 20.0) -> tuple[Any, Any, float]:
    """Clicks of 20 days with a known delay: (clicks as known at the end, fresh clicks with full labels, now)."""
    import pandas as pd

    generator, hidden = np.random.default_rng(seed), np.random.default_rng(9)
    effect = hidden.normal(0, 0.8, 40)
    ad = generator.integers(0, 40, n)
    at = np.sort(generator.random(n)) * days * DAY
    p = 1 / (1 + np.exp(2.5 - effect[ad]))
    order = generator.random(n) < p
    draws: dict[str, Callable[[], np.ndarray]] = {
        DELAYS[0]: lambda: generator.exponential(4 * DAY, n),
        DELAYS[1]: lambda: np.exp(generator.normal(np.log(DAY), 1.2, n)),
        DELAYS[2]: lambda: np.where(generator.random(n) < 0.7, generator.exponential(7200, n), generator.exponential(3 * DAY, n)) + 60,
    }
    came = at + draws[kind]()
    now = days * DAY
    known = order & (came <= now)
    frame = pd.DataFrame({"ad": [f"a{i}" for i in ad], "ts": at, "converted": known.astype(int), "all": order.astype(int)})
    frame["converted_at"] = np.where(known, came, np.nan)
    fresh = pd.DataFrame({"ad": [f"a{i}" for i in range(40)]})
    fresh["p"] = 1 / (1 + np.exp(2.5 - effect))
    return frame, fresh, now


def delay(seeds: int) -> None:
    """Known delays: bias of what clicks of today are said to convert, and excess logloss over the truth."""
    from adwright.tools.response import train
    from adwright.tools.response.delay import train_delayed

    head(
        f"Delayed conversions, known delay (30,000 clicks in 20 days, {seeds} seeds; bias = mean p / true rate)",
        "delay",
        "bias naive",
        "bias delayed",
        "bias all labels known",
        "excess logloss naive",
        "delayed",
        "all labels known",
    )
    for kind in DELAYS:
        bias: list[list[float]] = [[], [], []]
        excess: list[list[float]] = [[], [], []]
        for seed in range(seeds):
            frame, fresh, now = world(kind, seed)
            plain = frame.drop(columns=["all", "converted_at"])
            models = (
                train(plain, "converted", "lr", seed=seed, time_column="ts"),
                train_delayed(frame.drop(columns="all"), now=now, model="lr", seed=seed),
                train(plain.assign(converted=frame["all"]), "converted", "lr", seed=seed, time_column="ts"),
            )
            p = fresh["p"].to_numpy()
            for i, model in enumerate(models):
                q = model.predict(fresh)
                bias[i].append(float(q.mean() / p.mean()))
                excess[i].append(float(apart(p, q).mean()))
        row(kind, *map(told, bias), *(f"{np.mean(e):.5f}" for e in excess))


def apart(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Expected logloss of q less that of the truth p."""
    return p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))


def clicks() -> None:
    """TalkingData: train at a moment on what is known then, score the clicks of the next 12 hours with all labels."""
    import pandas as pd

    from adwright.tools.response import train
    from adwright.tools.response.delay import fit_delay, recent_share, seconds, train_delayed

    place = SHARED / "datasets" / "talkingdata_100k" / "talkingdata_100k.parquet"
    if not place.exists():
        print(f"\ntalkingdata_100k: not run, {place} is absent")
        return
    frame: Any = pd.read_parquet(place).drop(columns=["split"])
    for name in ("click_time", "attributed_time"):
        frame[name] = pd.to_datetime(frame[name])
    frame = frame.sort_values("click_time", kind="stable").reset_index(drop=True)
    begin = frame["click_time"].iloc[0]
    for what, history in (("all clicks so far", 1e9), ("the last 12 hours only", 12 * 3600.0)):
        head(
            f"talkingdata_100k, trained on {what}, scored on the next 12 hours",
            "cut",
            "clicks / known / to come",
            "arrived, last day",
            "test conversions",
            "bias naive",
            "bias delayed",
            "bias all labels",
        )
        joined: list[tuple[np.ndarray, list[np.ndarray]]] = []
        for hour in CUTS:
            now = begin + pd.Timedelta(hours=hour)
            age: Any = (now - frame["click_time"]).dt.total_seconds()
            own: Any = frame[(age >= 0) & (age < history)].reset_index(drop=True)
            test = frame[(age < 0) & (age >= -12 * 3600)]
            known = own["attributed_time"] <= now
            seen = own.assign(label=known.astype(int), attributed_time=own["attributed_time"].where(known))
            plain = seen.drop(columns=["attributed_time"])
            naive = train(plain, "label", "lr", time_column="click_time")
            # The curve is that of all clicks so far: it takes many conversions, and changes slowly.
            past = frame[age >= 0]
            delay = fit_delay(past["click_time"], past["attributed_time"].where(past["attributed_time"] <= now), now)
            ours = train_delayed(seen, "label", "click_time", "attributed_time", now, model="lr", delay=delay)
            oracle = train(plain.assign(label=own["label"]), "label", "lr", time_column="click_time")
            y = test["label"].to_numpy(np.float64)
            ps = [model.predict(test) for model in (naive, ours, oracle)]
            joined.append((y, ps))
            share, _ = recent_share(seconds(own["click_time"], seen["attributed_time"], now)[0], delay)
            counts = f"{len(own):,} / {int(known.sum())} / {int(own['label'].sum() - known.sum())}"
            row(f"{hour} h", counts, f"{share:.3f}", int(y.sum()), *(f"{p.mean() / y.mean():.3f}" for p in ps))
        y = np.concatenate([y for y, _ in joined])
        names = ("naive", "delayed", "all labels known")
        paired_table(y, {names[i]: np.concatenate([ps[i] for _, ps in joined]) for i in (1, 0, 2)})


def paired_table(y: np.ndarray, models: dict[str, np.ndarray], user: str = "the first") -> None:
    """Print AUC, logloss and bias of each model; differences are to the first, with 95 % paired bootstrap intervals."""
    print()
    row("model", "AUC", "logloss", "bias", f"AUC minus {user} [95 %]", f"logloss minus {user} [95 %]")
    row(*["---"] * 6)
    first: tuple[Resampled, float, float] | None = None
    for name, p in models.items():
        area, loss = auc(y, p), float(losses(y, p).mean())
        sampled, delta = Resampled(y, [p], draws=300), ["", ""]
        if first is None:
            first = sampled, area, loss
        else:
            (a, b), (c, d) = difference(first[0], sampled, "auc"), difference(first[0], sampled, "logloss")
            delta = [f"{area - first[1]:+.4f} [{a:+.4f}, {b:+.4f}]", f"{loss - first[2]:+.6f} [{c:+.6f}, {d:+.6f}]"]
        row(name, area, f"{loss:.6f}", f"{p.mean() / y.mean():.3f}", *delta)


def shops(seeds: int, scale: float) -> Iterator[tuple[int, Any, Any, Any]]:
    """Demo shops of other seeds: (seed, impressions in time order, truth, past campaigns' rates as known at 90 % of the time)."""
    import pyarrow.parquet as pq

    from adwright import Workspace
    from adwright.data.demo import build_demo
    from adwright.tools.response.features import headline_numbers
    from adwright.tools.response.past import PastRates

    for seed in range(1, seeds + 1):
        with tempfile.TemporaryDirectory() as folder, Workspace.open(Path(folder) / "shop", create=True, name="shop") as shop:
            build_demo(shop, seed=seed, scale=scale)
            seen = shop.warehouse.frame(shop.warehouse.table("impressions").order_by(["ts", "campaign_id", "user_id"]))
            truth = pq.read_table(shop.path / "demo-truth.parquet").sort_by([("ts", "ascending")]).to_pandas()
            past = PastRates(shop)
        cut: date = seen["ts"].iloc[int(len(seen) * 0.9)].date()
        past.rows = [r for r in past.rows if r["end"] and r["end"] < cut]
        frame = seen[[*CATEGORIES, *NUMBERS, "value"]].copy()
        for name in CATEGORIES:
            frame[name] = frame[name].astype(str)
        words = {h: headline_numbers(h) for h in seen["headline"].unique()}
        for i, name in enumerate(("width", "number", "offer", "question")):
            frame[f"headline_{name}"] = [words[h][i] for h in seen["headline"]]
        for name in ("clicked", "converted"):
            frame[name] = seen[name].astype(int)
        yield seed, frame, truth, past


def entire(seeds: int, scale: float) -> None:
    """Demo shops: conversion trained on clicks, with the click model's help, as ESMM, and past campaigns' rates."""
    from adwright.tools.response import train
    from adwright.tools.response.entire import conversion_head, train_entire

    scores: dict[str, list[tuple[float, ...]]] = {}
    numbers = []
    for seed, frame, truth, past in shops(seeds, scale):
        cut = int(len(frame) * 0.9)
        frame = frame.drop(columns="value")
        own, test = frame.iloc[:cut], frame.iloc[cut:]
        pc, po = (truth[name].to_numpy()[cut:] for name in ("p_click", "p_order"))
        clicked, converted = own["clicked"].to_numpy(np.float64), own["converted"].to_numpy(np.float64)
        numbers.append((len(own), int(clicked.sum()), int(converted.sum())))
        shared = train_entire(own, seed=seed)
        ctr = shared.click.predict(test)
        esmm = train_entire(own, model="network", seed=seed)
        alone = train(own[clicked > 0].drop(columns="clicked"), "converted", "auto", seed=seed)
        rates = {key: past.of(*key) for key in set(zip(test["channel"], test["placement"], test["category"], strict=True))}
        mean = converted.sum() / clicked.sum()
        by_past = [rates[key].cvr if rates[key] else mean for key in zip(test["channel"], test["placement"], test["category"], strict=True)]
        found = {
            "(a) clicks only": (ctr, alone.predict(test)),
            "(b1) click head shared, on clicks": (ctr, shared.convert.predict(test)),
            "(b2) click head shared, entire space": (
                ctr,
                conversion_head(shared.click, own, clicked, converted, likelihood="entire").predict(test),
            ),
            "(b3) ESMM network": (esmm.click.predict(test), esmm.convert.predict(test)),
            "(c) past campaigns": (ctr, np.asarray(by_past)),
            "(d) one rate for all": (ctr, np.full(len(test), mean)),
        }
        for name, (p, q) in found.items():
            same = q * (pc @ po) / (pc @ q)
            scores.setdefault(name, []).append(
                (
                    expected_auc(q, pc * po, pc * (1 - po)),
                    expected_auc(p * q, pc * po, 1 - pc * po),
                    float(pc @ apart(po, q) / pc.sum()),
                    float(pc @ apart(po, np.clip(same, 1e-9, 0.9)) / pc.sum()),
                    float(apart(pc * po, p * q).mean()),
                    float(pc @ q / (pc @ po)),
                )
            )
        print(
            f"<!-- shop {seed}: {numbers[-1]} " + "; ".join(f"{k} {np.round(v[-1], 5).tolist()}" for k, v in scores.items()) + " -->",
            flush=True,
        )
    size = ", ".join(f"{n:,}/{c:,}/{o}" for n, c, o in numbers)
    head(
        f"Demo shops, {seeds} seeds (impressions/clicks/conversions to learn from: {size}); newest 10 % scored by the truth",
        "model",
        "CVR AUC",
        "CTCVR AUC",
        "CVR excess logloss x 1000",
        "the same at the right level",
        "CTCVR excess x 10^6",
        "CVR bias",
        "CVR excess minus (a), per shop",
    )
    base = np.array([s[3] for s in scores["(a) clicks only"]])
    for name, each in scores.items():
        v = np.array(each)
        m = v.mean(axis=0)
        gaps = " ".join(f"{1000 * g:+.2f}" for g in v[:, 3] - base)
        row(name, m[0], m[1], f"{1e3 * m[2]:.2f}", f"{1e3 * m[3]:.2f}", f"{1e6 * m[4]:.1f}", f"{m[5]:.3f}", gaps)


def expected_auc(score: np.ndarray, positive: np.ndarray, negative: np.ndarray) -> float:
    """AUC with each row counted as positive and as negative by its true chances; ties count half."""
    order = np.argsort(score, kind="stable")
    starts = np.concatenate([[0], np.flatnonzero(np.diff(score[order])) + 1])
    up, down = np.add.reduceat(positive[order], starts), np.add.reduceat(negative[order], starts)
    below = np.cumsum(down) - down
    return float((up * (below + down / 2)).sum() / (up.sum() * down.sum()))


def email(seeds: int) -> None:
    """Hillstrom: visit, then conversion; scored on all test rows (CTCVR) and on visits (CVR)."""
    import pandas as pd

    from adwright.tools.response import train
    from adwright.tools.response.entire import conversion_head, train_entire

    place = SHARED / "datasets" / "hillstrom_email" / "hillstrom.parquet"
    if not place.exists():
        print(f"\nhillstrom_email: not run, {place} is absent")
        return
    frame: Any = pd.read_parquet(place).drop(columns="spend").rename(columns={"label": "visit"})
    own, test = (frame[part].drop(columns="split").reset_index(drop=True) for part in (frame["split"] < 2, frame["split"] == 2))
    clicked, converted = (own[name].to_numpy(np.float64) for name in ("visit", "conversion"))
    rates = own[own["visit"] > 0].groupby("cat_segment")["conversion"].mean()
    sums: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
    for seed in range(seeds):
        shared = train_entire(own, "visit", "conversion", seed=seed)
        esmm = train_entire(own, "visit", "conversion", model="network", seed=seed)
        alone = train(own[clicked > 0].drop(columns="visit"), "conversion", "auto", seed=seed)
        wide = conversion_head(shared.click, own, clicked, converted, likelihood="entire")
        ctr = shared.click.predict(test)
        found = {
            "(a) visits only": (ctr, alone.predict(test)),
            "(b1) click head shared, on visits": (ctr, shared.convert.predict(test)),
            "(b2) click head shared, entire space": (ctr, wide.predict(test)),
            "(b3) ESMM network": (esmm.click.predict(test), esmm.convert.predict(test)),
            "(c) past rate of the mailing": (ctr, test["cat_segment"].map(rates).to_numpy(np.float64)),
        }
        for name, (p, q) in found.items():
            sums.setdefault(name, []).append((p * q, q))
    visits = test["visit"].to_numpy() > 0
    y = test["conversion"].to_numpy(np.float64)
    print(
        f"\n### hillstrom_email: {len(own):,} mails, {int(clicked.sum()):,} visits, {int(converted.sum())} conversions to learn from; mean of {seeds} seeds"
    )
    print(f"\nCVR on {int(visits.sum()):,} test visits, {int(y.sum())} conversions (differences to (a)):")
    paired_table(y[visits], {name: np.mean([q for _, q in each], axis=0)[visits] for name, each in sums.items()}, "(a)")
    print(f"\nCTCVR on {len(y):,} test mails:")
    paired_table(y, {name: np.mean([p for p, _ in each], axis=0) for name, each in sums.items()}, "(a)")


def value(seeds: int, scale: float) -> None:
    """The value of an order: newest 30 % of the demo shops' conversions, and the spend of Hillstrom's test buyers."""
    import pandas as pd

    from adwright.tools.response.value import train_value

    def tell(own: Any, test: Any, label: str, group: str) -> dict[str, tuple[float, float, float, float]]:
        v = test[label].to_numpy(np.float64)
        model = train_value(own, label)
        mean = own[label].mean()
        low, high = model.predict_interval(test).T
        held = float(((low <= v) & (v <= high)).mean())
        by_group = test[group].map(own.groupby(group)[label].mean()).fillna(mean).to_numpy(np.float64)
        ours = {f"value model ({model.metrics['chosen']})": (model.predict(test), held)}
        peers = {"mean of all": (np.full(len(v), mean), np.nan), f"mean per {group}": (by_group, np.nan)}
        return {
            name: (float(((p - v) ** 2).mean() ** 0.5), float(np.abs(p - v).mean()), float(p.sum() / v.sum()), cover)
            for name, (p, cover) in (ours | peers).items()
        }

    def table(title: str, runs: list[dict[str, tuple[float, float, float, float]]]) -> None:
        head(title, "model", "RMSE", "MAE", "bias of the total", "80 % interval holds")
        for i, name in enumerate(runs[0]):
            v = np.array([list(run.values())[i] for run in runs])
            m = v.mean(axis=0)
            row(name, f"{m[0]:.2f}", f"{m[1]:.2f}", told(v[:, 2].tolist()), "" if np.isnan(m[3]) else f"{100 * m[3]:.0f} %")

    runs, sizes = [], []
    for _, frame, _, _ in shops(seeds, scale):
        sold = frame[frame["converted"] > 0].drop(columns=["clicked", "converted"])
        cut = int(len(sold) * 0.7)
        sizes.append(str(cut))
        runs.append(tell(sold.iloc[:cut], sold.iloc[cut:], "value", "product_id"))
    table(f"Order value, demo shops, {seeds} seeds ({', '.join(sizes)} orders to learn from)", runs)
    place = SHARED / "datasets" / "hillstrom_email" / "hillstrom.parquet"
    if place.exists():
        bought = pd.read_parquet(place).query("spend > 0").drop(columns=["label", "conversion"])
        own, test = (bought[part].drop(columns="split") for part in (bought["split"] < 2, bought["split"] == 2))
        table(
            f"Spend of hillstrom_email's buyers ({len(own)} to learn from, {len(test)} scored)", [tell(own, test, "spend", "cat_segment")]
        )


def main(arguments: list[str] | None = None) -> None:
    """Print the tables of the parts asked for."""
    given = argparse.ArgumentParser("benchmarks response_conversion")
    given.add_argument("--parts", default="delay,clicks,entire,email,value")
    given.add_argument("--seeds", type=int, default=5)
    given.add_argument("--scale", type=float, default=0.3)
    asked = given.parse_args([a for a in (sys.argv[1:] if arguments is None else arguments) if a.startswith("--")])
    parts: dict[str, Callable[[], None]] = {
        "delay": lambda: delay(asked.seeds),
        "clicks": clicks,
        "entire": lambda: entire(asked.seeds, asked.scale),
        "email": lambda: email(asked.seeds),
        "value": lambda: value(asked.seeds, 1.0),
    }
    for part in asked.parts.split(","):
        parts[part]()


if __name__ == "__main__":
    main()
