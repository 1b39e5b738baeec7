"""What each map of the logits would do on the test rows, beside the one that is chosen: Platt, beta, isotonic, and levels of the newest rows.

`python -m benchmarks response_calibration` (`--sets=a,b`). Maps are fitted to the valid rows, which the model (`crossed`, not fitted to
them) did not learn from. *Newest level*: a shift alone, from all valid rows, or from their newer half. *Bent*: generated logits whose
true map is a beta map, or steps, so that a bend is there to be found; *channels*: one of four channels is off by 0.5.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import numpy as np

from benchmarks.response_sets import SETS, load

MAPS = ("raw", "platt", "beta", "isotonic", "newest level", "level of the newer half")


def main(arguments: list[str] | None = None) -> None:
    """Print one line per set and map."""
    given = argparse.ArgumentParser("benchmarks response_calibration")
    given.add_argument("--sets", default=",".join([*SETS, *MADE]))
    asked = given.parse_args([a for a in (sys.argv[1:] if arguments is None else arguments) if a.startswith("--")])
    print(
        "| set | rates train / valid / test | rarer in valid | chosen | channel offsets | "
        + " | ".join(f"{m}: bias, ECE" for m in MAPS)
        + " |"
    )
    print("|---|---|---|---|---|" + "---|" * len(MAPS))
    for name in asked.sets.split(","):
        try:
            show(name, *(MADE[name]() if name in MADE else scored(name)))
        except FileNotFoundError as gone:
            print(f"\n{name}: not run, {gone} is absent")


def scored(name: str) -> tuple[Any, ...]:
    """Held-out logits and labels of the valid and test rows of a set, the facts of the calibration, and the rates."""
    from adwright.tools.response import train

    rows = load(name)
    columns = [*rows.cat, *rows.num, "label"]
    model = train(rows.parts[0][columns], "label", model="crossed", valid=rows.parts[1][columns], refit=False)
    facts, model.correction, model.calibration = model.metrics["calibration"], None, (1.0, 0.0)
    _, y, test = rows.labels
    return model.logits(rows.parts[1]), y, model.logits(rows.parts[2]), test, facts, [float(part.mean()) for part in rows.labels]


def show(name: str, z: np.ndarray, y: np.ndarray, test: np.ndarray, label: np.ndarray, facts: dict[str, Any], rates: list[float]) -> None:
    """Print one line."""
    from adwright.tools.response.calibrating import fit_beta, fit_isotonic
    from adwright.tools.response.calibration import platt, quality
    from adwright.tools.response.encoding import sigmoid

    scale, shift = platt(z, y)
    half = len(y) // 2
    made = (
        test,
        scale * test + shift,
        fit_beta(z, y)(test),
        fit_isotonic(z, y)(test),
        test + level(z, y),
        test + level(z[half:], y[half:]),
    )
    told = [quality(sigmoid(q), label) for q in made]
    cells = " | ".join(f"{t['bias']:.3f}, {t['ece']:.4f}" for t in told)
    channels = facts.get("channels")
    offsets = "no column" if channels is None else "kept" if channels["used"] else "not kept"
    print(
        f"| {name} | {' / '.join(f'{r:.4f}' for r in rates)} | {facts['rarer']:,} | {facts['method']} | {offsets} | {cells} |", flush=True
    )


def level(z: np.ndarray, y: np.ndarray) -> float:
    """Shift of the logits that makes the mean prediction the observed rate."""
    from adwright.tools.response.encoding import sigmoid

    by = 0.0
    for _ in range(30):
        p = sigmoid(z + by)
        by += float((y - p).sum() / (p * (1 - p)).sum())
    return by


def generated(map_of: Any) -> tuple[Any, ...]:
    """Logits of 20,000 valid and 40,000 test rows in four channels whose labels follow a map of logit and channel."""
    from adwright.tools.response.calibrating import calibrate
    from adwright.tools.response.encoding import Encoder, sigmoid

    generator = np.random.default_rng(3)
    z, channel = generator.normal(-2, 1.2, 60_000), generator.integers(1, 5, 60_000).astype(np.int32)
    y = (generator.random(len(z)) < sigmoid(map_of(z, channel))).astype(np.float64)
    encoder = Encoder({"channel": "category"}, [{"name": "channel", "values": ["a", "b", "c", "d"]}])
    own, rest = slice(0, 20_000), slice(20_000, None)
    _, _, facts = calibrate(z[own], y[own], encoder, channel[None, own], 0)
    return z[own], y[own], z[rest], y[rest], facts, [float(sigmoid(z).mean()), float(y[own].mean()), float(y[rest].mean())]


MADE = {
    "bent (beta)": lambda: generated(lambda z, c: 0.3 - 0.5 * np.logaddexp(0, -z) + 2 * np.logaddexp(0, z)),
    "bent (steps)": lambda: generated(lambda z, c: -2.5 + 2 * (z > -2) - 1.5 * (z < -3)),
    "channels": lambda: generated(lambda z, c: z + 0.5 * (c == 2)),
    "even": lambda: generated(lambda z, c: z),
}


if __name__ == "__main__":
    main()
