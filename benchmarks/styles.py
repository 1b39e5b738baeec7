"""Styles and the painter of grounds: CPU ms a ground, how often the gate refuses, the painter's checks, warm start against cold.

The warm start is tried on grounds the painter never saw (another seed, three of five families), with the same few steps, judged by
the sliced Wasserstein distance of thumbnails to held-out grounds. `--steps=N` sets the steps; 0 leaves the training out.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from adwright.data.errors import AdwrightError
from adwright.tools.creative.compositor import compose
from adwright.tools.creative.gan.checks import thumbnails
from adwright.tools.creative.gan.generator import generate, noise_of
from adwright.tools.creative.gan.grounds import painted
from adwright.tools.creative.gan.painter import load_painter
from adwright.tools.creative.gan.trainer import State, Trainer, fresh
from adwright.tools.creative.scene import paint_scene, palette, stand_at
from adwright.tools.creative.scenery import dreamt
from adwright.tools.creative.style_match import matched
from adwright.tools.creative.styles import restyle, style_table, styles

from .creative import MIX, design_of

SIZE = (1080, 1080)


def cpu_ms(work: Callable[[], object], times: int = 5) -> float:
    """Median CPU milliseconds of `work` after one run that fills caches."""
    work()
    spent = []
    for _ in range(times):
        begun = time.process_time()
        work()
        spent.append(time.process_time() - begun)
    return float(np.median(spent)) * 1000


def refused(style: str, scene: str, count: int) -> str:
    """How many of `count` random designs no layout could carry, and failed checks among those made."""
    import random

    rng, lost, failed = random.Random(7), 0, 0
    for i in range(count):
        design, size = design_of(rng), rng.choice(MIX)
        try:
            banner = compose(replace(design, style=style, scene=scene), size, seed=i)
        except AdwrightError:
            lost += 1
            continue
        failed += not banner.passed
    return f"{lost} | {failed}"


def distance(some: np.ndarray, others: np.ndarray) -> float:
    """Sliced Wasserstein distance of thumbnails, 0..1: 128 directions, the same ones each time."""
    turns = np.random.default_rng(1).standard_normal((some[0].size, 128))
    turns /= np.linalg.norm(turns, axis=0)
    a, b = (np.sort(one.reshape(len(one), -1) / 255 @ turns, axis=0) for one in (some, others))
    return float(np.abs(a - b).mean())


def warm_against_cold(steps: int) -> None:
    """Train both ways and print how near each comes."""
    painter = load_painter()
    families = ("silk", "dunes", "bokeh")
    maps, held = painted(1024, 71, families, painter.shape.side), thumbnails(painted(512, 72, families, painter.shape.side))
    noise = np.stack([noise_of(i, painter.shape.noise) for i in range(512)])
    other = thumbnails(painted(512, 73, families, painter.shape.side))
    print(
        f"\n**Warm against cold**: {steps} steps of 16; distance to 512 held-out grounds (two such sets of real grounds: {distance(other, held):.4f})\n"
    )
    print("| start | step 0 | " + f"step {steps // 2} | step {steps} | CPU s |")
    print("|---|---|---|---|---|")
    starts = {
        "cold": fresh(painter.shape, 5),
        "warm": State(painter.shape, 0, painter.weights, painter.critic, {k: v.copy() for k, v in painter.weights.items()}),
    }
    for name, state in starts.items():
        begun, trainer, told = time.process_time(), Trainer(state, maps, 5), []
        for goal in (0, steps // 2, steps):
            while trainer.step < goal:
                trainer.advance()
            weights = trainer.state().averaged
            own = np.concatenate([generate(weights, painter.shape, noise[i : i + 64]) for i in range(0, 512, 64)])
            told.append(f"{distance(thumbnails(own), held):.4f}")
        print(f"| {name} | {' | '.join(told)} | {time.process_time() - begun:.0f} |")


def main() -> None:
    """Print the tables."""
    count = next((int(a.partition("=")[2]) for a in sys.argv if a.startswith("--designs=")), 120)
    steps = next((int(a.partition("=")[2]) for a in sys.argv if a.startswith("--steps=")), 120)
    ground = paint_scene(SIZE, palette("mist"), "window", seed=1)
    print(f"| ground 1080x1080 | CPU ms, style alone | refused of {count} random designs | failed checks |")
    print("|---|---|---|---|")
    print(f"| no style | 0 | {refused('', '', count)} |")
    for style in styles().values():
        spent = cpu_ms(lambda style=style: restyle(ground, style, seed=1))
        print(f"| {style.id} | {spent:.0f} | {refused(style.id, '', count)} |")
    painter = load_painter()
    spent = cpu_ms(lambda: dreamt(SIZE, palette("mist"), stand_at(SIZE), 3))
    print(f"| scene “gan” (painting it, no style) | {spent:.0f} | {refused('', 'gan', count)} |")
    begun = time.process_time()
    style_table.__wrapped__("film")
    print(f"\nA preset's table takes {(time.process_time() - begun) * 1000:.0f} CPU ms once;", end=" ")
    begun = time.process_time()
    matched(ground, paint_scene((400, 400), palette("plum"), "night"))
    print(f"that of a reference picture {(time.process_time() - begun) * 1000:.0f} ms each.")
    v = painter.verdict
    print("\n| painter that comes along | value | bar |")
    print("|---|---|---|")
    print(f"| steps of 16 grounds, {painter.shape.side} px | {painter.facts['step']} | |")
    print(f"| spread beside the training set's ({v.samples} samples) | {v.spread:.2f} | 0.60 |")
    print(f"| near copies (nearer than {v.limit:.4f}) | {v.copies:.1%} | 20 % |")
    print(f"| nearest training ground, median and least | {v.nearest:.4f}, {v.least:.4f} | {v.limit:.4f} |")
    noise = noise_of(3, painter.shape.noise)[None]
    print(f"| CPU ms a sample in NumPy | {cpu_ms(lambda: generate(painter.weights, painter.shape, noise)):.0f} | |")
    trainer = Trainer(State(painter.shape, 0, painter.weights, painter.critic, painter.weights), painted(64, 0), 0)
    eight = np.stack([noise_of(i, painter.shape.noise) for i in range(8)])
    apart = np.abs(trainer.paint(eight) - generate(painter.weights, painter.shape, eight)).max()
    print(f"| largest difference to TensorFlow | {apart:.1e} | 1e-4 |")
    own = np.concatenate([generate(painter.weights, painter.shape, np.stack([noise_of(i + j, painter.shape.noise) for j in range(64)])) for i in range(0, 512, 64)])  # fmt: skip
    held = thumbnails(painted(512, 50, side=painter.shape.side))
    noise_only = thumbnails(np.random.default_rng(0).random((512, 32, 32, 3), np.float32))
    floor, top = distance(thumbnails(painted(512, 51, side=painter.shape.side)), held), distance(noise_only, held)
    print(
        f"| distance to 512 held-out grounds (another 512 real ones: {floor:.4f}; noise: {top:.4f}) | {distance(thumbnails(own), held):.4f} | |"
    )
    if steps:
        warm_against_cold(steps)
