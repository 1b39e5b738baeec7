"""`train_gan`: a painter of grounds from our own grounds or the merchant's pictures, to be stopped and gone on with at any time.

TensorFlow is imported here only. What comes out is a texture for grounds; it says nothing of how well an ad will sell.
"""

from __future__ import annotations

import hashlib
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ....data.errors import AdwrightError
from ....data.words import Words, both
from ..scene import palette
from . import checkpoint, grounds
from .checks import Verdict, thumbnails
from .generator import Shape, generate, noise_of
from .maps import coloured, of_picture
from .painter import SHIPPED, judged, load_painter, save_painter
from .trainer import State, Trainer, fresh

EVERY = 250
LEAST_PICTURES = 8
SHOWN = ("mist", "coral", "night", "sage")


@dataclass(frozen=True)
class Trained:
    """How a training stands: where it lies, steps done of those wanted, CPU seconds of this run, the checks, pictures left out."""

    folder: Path
    step: int
    steps: int
    seconds: float
    verdict: Verdict
    left_out: tuple[Words, ...] = ()


def train_gan(
    folder: str | Path,
    pictures: Sequence[Image.Image | Path | str] | None = None,
    *,
    steps: int = 4000,
    seed: int = 0,
    batch: int = 16,
    start: str | Path = "cold",
    count: int = 4096,
    shape: Shape | None = None,
    seconds: float | None = None,
    heard: Callable[[int, int, float, float], None] | None = None,
) -> Trained:
    """Train a painter in `folder`, or go on with the training there, up to `steps` steps or for `seconds` of CPU time.

    Without `pictures` it learns from `count` procedural grounds; with them, from `count` cuts of them as palette maps. `start` is
    ``cold``, ``warm`` (from the painter that comes with Adwright), or a painter's folder. Every 250 steps, at the end, and when
    interrupted, a checkpoint, a progress picture and the checks are written. `heard` hears step, steps, and both losses.

    Raises `AdwrightError`: ``gan-few-pictures``, ``gan-other-training`` (the folder holds one with other data, seed, batch or
    start), ``gan-damaged``, ``gan-bad-steps``.

    Example:
        >>> train_gan("grounds", steps=4000).verdict.passed  # doctest: +SKIP
        True
    """
    if steps < 1 or batch < 8 or batch % 8:
        raise AdwrightError(
            both("训练步数至少为 1，每批张数是 8 的倍数。", "A training takes 1 step at least, and batches of a multiple of 8."),
            both("例如 --steps 4000。", "For example --steps 4000."),
            code="gan-bad-steps",
        )
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    known = None if start == "cold" else load_painter(SHIPPED if start == "warm" else Path(start))
    shape = known.shape if known else shape or Shape()
    maps, left_out = (grounds.painted(count, seed, side=shape.side), ()) if pictures is None else _cuts(pictures, count, seed, shape.side)
    recipe = {
        "seed": seed,
        "batch": batch,
        "start": "cold" if known is None else str(known.facts["sha256"])[:16],
        "data": hashlib.sha256(np.round(maps * 255).astype(np.uint8).tobytes()).hexdigest()[:16],
        "trained_on": "procedural grounds of adwright" if pictures is None else "the merchant's pictures",
    }
    state = fresh(shape, seed)
    if known:
        state = State(shape, 0, known.weights, known.critic, {k: v.copy() for k, v in known.weights.items()})
    if (place / "checkpoint.json").exists():
        state, facts = checkpoint.load_state(place)
        if any(facts.get(name) != value for name, value in recipe.items()) or state.shape != shape:
            raise AdwrightError(
                both(f"“{place.name}”里是另一次训练（图片、seed 或起点不同）。", f"“{place.name}” holds another training (pictures, seed or start differ)."),
                both("换一个文件夹，或用当时的选项继续。", "Use another folder, or the options of that training."),
                code="gan-other-training",
            )  # fmt: skip
    trainer = Trainer(state, maps, seed, batch)
    begun, seen = time.process_time(), thumbnails(maps)
    with _between_steps() as asked_to_stop:
        while trainer.step < steps and not asked_to_stop() and (seconds is None or time.process_time() - begun < seconds):
            losses = trainer.advance()
            if heard:
                heard(trainer.step, steps, *losses)
            if trainer.step % EVERY == 0:
                _keep(place, trainer.state(), recipe)
        state = trainer.state()
        if state.step % EVERY:
            _keep(place, state, recipe)
        if asked_to_stop():
            raise KeyboardInterrupt
    spent = time.process_time() - begun
    painter = judged(shape, state.averaged, state.critic, seen, {**recipe, "step": state.step})
    save_painter(painter, place)
    load_painter.cache_clear()
    return Trained(place, state.step, steps, spent, painter.verdict, left_out)


@contextmanager
def _between_steps() -> Iterator[Callable[[], bool]]:
    """Hold Ctrl-C back until a step is whole: what is kept is then a state that can be gone on from. A second one is not held."""
    asked: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = signal.getsignal(signal.SIGINT)

    def note(number: int, frame: object) -> None:
        asked.append(number)
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, note)
    try:
        yield lambda: bool(asked)
    finally:
        signal.signal(signal.SIGINT, before)


def _keep(place: Path, state: State, recipe: dict[str, object]) -> None:
    checkpoint.save_state(place, state, recipe)
    progress_sheet(generate(state.averaged, state.shape, np.stack([noise_of(i, state.shape.noise) for i in range(32)]))).save(
        place / f"progress-{state.step:06d}.png"
    )


def progress_sheet(maps: np.ndarray, columns: int = 8, side: int = 96) -> Image.Image:
    """Show maps in four palettes, row by row."""
    rows = -(-len(maps) // columns)
    sheet = Image.new("RGB", (columns * side, rows * side))
    for i, one in enumerate(maps):
        colours = palette(SHOWN[i // columns % len(SHOWN)])
        tile = Image.fromarray(np.clip(coloured(one, colours), 0, 255).astype(np.uint8))
        sheet.paste(tile.resize((side, side), Image.Resampling.BICUBIC), (i % columns * side, i // columns * side))
    return sheet


def _cuts(pictures: Sequence[Image.Image | Path | str], count: int, seed: int, side: int) -> tuple[np.ndarray, tuple[Words, ...]]:
    """Square cuts of the merchant's pictures, drawn by seed, as maps; pictures that are none are named and left out."""
    from ..photo import load_photo

    usable: list[Image.Image] = []
    left_out: list[Words] = []
    for one in pictures:
        try:
            usable.append(one.convert("RGB") if isinstance(one, Image.Image) else load_photo(one).convert("RGB"))
        except AdwrightError as error:
            left_out.append(both(f"{Path(str(one)).name}：{error.message.zh}", f"{Path(str(one)).name}: {error.message.en}"))
    if len(usable) < LEAST_PICTURES:
        raise AdwrightError(
            both(f"只有 {len(usable)} 张图片可用，太少，模型只会照抄。", f"Only {len(usable)} pictures can be used: too few, the painter would copy them."),
            both(f"至少 {LEAST_PICTURES} 张，几十张更好；或不给图片，用程序绘制的底图训练。", f"Give {LEAST_PICTURES} at least, better some dozens; or none, to learn from painted grounds."),
            code="gan-few-pictures",
        )  # fmt: skip
    maps = np.empty((count, side, side, 3), np.float32)
    for i in range(count):
        rng = np.random.default_rng([seed, i])
        picture = usable[i % len(usable)]
        wide = round(min(picture.size) * rng.uniform(0.5, 1.0))
        left, top = int(rng.integers(picture.width - wide + 1)), int(rng.integers(picture.height - wide + 1))
        maps[i] = of_picture(picture.crop((left, top, left + wide, top + wide)), side)
    return maps, tuple(left_out)
