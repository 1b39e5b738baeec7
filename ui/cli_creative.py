"""`adwright gan`: trains the small painter of grounds, or paints samples with one. Experimental, and said so."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..data.errors import AdwrightError
from ..data.words import Language, both
from .terminal import Ticker, language_for, say, show

if TYPE_CHECKING:
    from ..tools.creative.gan.checks import Verdict

MOST_SAMPLES = 200
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")


def run_gan(options: argparse.Namespace) -> int:
    """Train or sample. Raises `AdwrightError`: ``no-folder``, and what training and painting raise."""
    return _train(options) if options.what == "train" else _sample(options)


def _train(options: argparse.Namespace) -> int:
    from ..tools.creative.gan.train import train_gan
    from .cli_models import seconds

    language = language_for(options)
    folder = _needed(options.folder, "--folder")
    pictures = _pictures(Path(options.pictures)) if options.pictures else None
    ticker = Ticker(language)

    def heard(step: int, steps: int, critic: float, painter: float) -> None:
        ticker.line(both(f"  第 {step}/{steps} 步", f"  step {step} of {steps}").pick(language))

    try:
        done = train_gan(
            folder,
            pictures,
            steps=options.steps,
            seed=options.seed,
            start=options.start,
            seconds=seconds(options.budget),
            heard=heard,
        )
    except KeyboardInterrupt:
        say(
            both(
                "已停止，训练到的步数存好了；再运行同一条命令就接着训练。",
                "Stopped; the steps done are kept. Run the same command again to go on from there.",
            ).pick(language)
        )
        return 130
    for note in done.left_out:
        say(both(f"没有用：{note.zh}", f"Left out: {note.en}").pick(language))
    show(
        both(
            f"已训练 {done.step}/{done.steps} 步，本次 {done.seconds:.0f} CPU 秒，存在 {done.folder}（每 250 步一张进度图）。",
            f"{done.step} of {done.steps} steps done, {done.seconds:.0f} CPU s in this run, kept in {done.folder} (a progress picture every 250 steps).",
        ).pick(language)
    )
    show(_told(done.verdict, language))
    return 0


def _told(verdict: Verdict, language: Language) -> str:
    state = (
        both("通过检查，可以用", "passed its checks and may be used")
        if verdict.passed
        else both("没有通过检查，不会被采用", "failed its checks and will not be used")
    )
    return both(
        f"实验功能：{state.zh}。差异度 {verdict.spread:.2f}（训练图片为 1，至少 0.60），疑似照抄 {verdict.copies:.1%}（至多 20%，单张照抄的会扔掉）。",
        f"Experimental: it {state.en}. Spread {verdict.spread:.2f} (training pictures: 1; at least 0.60), near copies {verdict.copies:.1%} (at most 20%; single copies are thrown away).",
    ).pick(language)  # fmt: skip


def _sample(options: argparse.Namespace) -> int:
    from ..tools.creative.colour import looks
    from ..tools.creative.gan.painter import SHIPPED, load_painter
    from ..tools.creative.request import parse_size
    from ..tools.creative.scene import palette
    from ..tools.creative.scene_models import make_scene

    language = language_for(options)
    out = Path(_needed(options.out, "--out"))
    if options.palette not in looks()["palette"]:
        names = list(looks()["palette"])
        raise AdwrightError(
            both(f"没有“{options.palette[:20]}”这组颜色。", f"There are no colours named “{options.palette[:20]}”."),
            both(f"可选：{'、'.join(names)}。", f"Choose from: {', '.join(names)}."),
            code="unknown-palette",
        )
    if not 1 <= options.count <= MOST_SAMPLES:
        raise AdwrightError(
            both(f"一次不能画 {options.count} 张。", f"{options.count} pictures cannot be painted at once."),
            both(f"--count 取 1 到 {MOST_SAMPLES}。", f"--count lies between 1 and {MOST_SAMPLES}."),
            code="bad-count",
        )
    folder = Path(options.folder) if options.folder else SHIPPED
    size, painter = parse_size(options.size), load_painter(folder)
    out.mkdir(parents=True, exist_ok=True)
    for i in range(options.count):
        seed = options.seed + i
        scene = make_scene("", size, "gan", colours=palette(options.palette), seed=seed, model=folder, fallback=False)
        scene.image.save(out / f"ground-{seed:04d}.png")
    show(both(f"{options.count} 张底图在 {out}。", f"{options.count} grounds are in {out}.").pick(language))
    show(_told(painter.verdict, language))
    return 0


def _needed(value: str | None, option: str) -> str:
    if not value:
        raise AdwrightError(
            both(f"没有给出文件夹（{option}）。", f"No folder was given ({option})."),
            both(f"例如 {option} grounds。", f"For example {option} grounds."),
            code="no-folder",
        )
    return value


def _pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise AdwrightError(
            both(f"没有“{folder}”这个文件夹。", f"There is no folder “{folder}”."),
            both("请检查 --pictures。", "Check --pictures."),
            code="no-folder",
        )
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
