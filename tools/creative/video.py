"""Short films for a creative: the product in a moving scene, words that come in line by line, an end card with the button.

H.264 in MP4, yuv420p, fast start, 25 frames a second; sound only where the merchant gave music. A film of nine seconds and more
has two or three shots. The AI label stands on every frame (the rule asks for two seconds from the first), and in the file's
metadata. Every shot and the end card pass the gate of `compose`. Frames: `film`, sound: `soundtrack`.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from ...data import knowledge
from ...data.brief import Document, Product
from ...data.errors import AdwrightError
from ...data.look import Look
from ...data.plan import Check, Creative, Media
from ...data.result import CONTENT_LIMIT, SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, both
from .compositor import Banner, Layers, compose, drawable, layers
from .credentials import source_of
from .film import FPS, Shot, frames, shot_of
from .image import design_of
from .provenance import aigc
from .request import parse_size, prepare
from .setting import Design

if TYPE_CHECKING:
    import numpy as np

    from ...data.workspace import Workspace

SHORTEST, LONGEST = 5, 30
# From so many seconds on there are two and three shots.
TWO, THREE = 9, 13
# Layouts that stand apart enough to move: no panels, tickets or tiles.
SHOTS = ("arch", "daylight", "hero", "poster", "minimal")
# The longest line of a later shot: a fact is told in large letters.
_FACT = {"zh": 12, "en": 28}


def make_video(
    ws: Workspace,
    product: Product,
    creative: Creative,
    *,
    seconds: float = 6,
    size: tuple[int, int] = (720, 1280),
    seed: int = 0,
    occasion: str | None = None,
    tone: str | None = None,
    headline: str | None = None,
    look: Look | None = None,
    progress: Progress = SILENT,
) -> Media:
    """Make, check and store a film of `seconds` (5-30) and `size` px (even numbers, 240-1920 a side).

    `look` brings the merchant's style, offer, photo and music. The poster picture is stored beside the film. Raises
    `AdwrightError`: ``bad-length``, ``bad-size``, ``picture-refused``, ``missing-glyph``, ``music-broken``.

    Example:
        >>> make_video(shop, product, creative, seconds=15, size=(1080, 1920)).seconds  # doctest: +SKIP
        15.0
    """
    _check_request(seconds, size)
    wish = look or Look()
    design = design_of(
        product, creative, tone=tone, occasion=occasion, headline=headline, look=wish, artefacts=ws.artefacts, seed=creative.variant
    )
    end = compose(replace(design, subline=""), size, "auto", seed=seed)
    shots = _shots(design, end, size, seconds, seed)
    sound = _sound(ws, wish.music, seconds)
    content = _encoded(shots, end, seconds, size, sound, progress)
    poster = ws.artefacts.put(end.content, end.suffix, creative=creative.id)
    name = ws.artefacts.put(content, "mp4", poster=poster, creative=creative.id, seed=seed, seconds=seconds, source=source_of(design))
    shown = both("您的商品照片", "your product photo") if (design.photo or design.uncut) is not None else both("示意插画", "a drawing")
    heard = both("配了您的音乐", "with your music") if sound is not None else both("无声", "silent")
    return Media(
        id=name,
        kind="video",
        channel=creative.channel,
        width=size[0],
        height=size[1],
        seconds=float(seconds),
        alt=both(f"{product.called('zh')}的短视频：{design.headline}", f"Short film of {product.called('en')}: {design.headline}"),
        checks=_checks(end, seconds, size, len(content)),
        how=both(
            f"合成短片（{len(shots)} 个镜头，配色 {end.palette}），{heard.zh}；主体是{shown.zh}。",
            f"Composed film ({len(shots)} shot{'s' if len(shots) > 1 else ''}, palette {end.palette}), {heard.en}; it shows {shown.en}.",
        ),
        language=design.language,
        layout=end.layout,
        poster=poster,
    )


def _checks(end: Banner, seconds: float, size: tuple[int, int], weight: int) -> list[Check]:
    checks = [check.as_check() for check in end.gate if check.id not in ("weight", "size")]
    megabytes = weight / 1024 / 1024
    return [
        *checks,
        Check(
            id="label-seconds",
            text=both(f"“AI 生成”标识显示 {seconds:g} 秒，从第一帧起", f"AI label for {seconds:g} s from the first frame"),
            passed=seconds >= 2,
        ),
        Check(id="weight", text=both(f"{megabytes:.2f} MB", f"{megabytes:.2f} MB"), passed=megabytes <= 10),
        Check(id="size", text=both(f"{size[0]}×{size[1]} px", f"{size[0]}×{size[1]} px"), passed=True),
    ]


def _check_request(seconds: float, size: tuple[int, int]) -> None:
    if not SHORTEST <= seconds <= LONGEST:
        raise AdwrightError(
            both(f"不能做 {seconds:g} 秒的视频。", f"A film of {seconds:g} s cannot be made."),
            both(f"{SHORTEST} 到 {LONGEST} 秒之间都可以。", f"Any length from {SHORTEST} to {LONGEST} s works."),
            code="bad-length",
        )
    if size[0] % 2 or size[1] % 2 or not all(240 <= side <= 1920 for side in size):
        raise AdwrightError(
            both(f"视频尺寸 {size[0]}x{size[1]} 不可用。", f"A film of {size[0]}x{size[1]} cannot be made."),
            both("宽高须为 240–1920 之间的偶数，例如 720x1280。", "Sides are even numbers from 240 to 1920, such as 720x1280."),
            code="bad-size",
        )


def _shots(design: Design, end: Banner, size: tuple[int, int], seconds: float, seed: int) -> list[Shot]:
    """The scenes before the end card, each in another layout of the same palette; at least one."""
    wanted = 3 if seconds >= THREE else 2 if seconds >= TWO else 1
    found: list[Shot] = []
    taken = [end.layout]
    for told in _stories(design)[:wanted]:
        ready = drawable(told)
        for name in (*(n for n in SHOTS if n not in taken), end.layout):
            main = _passing(ready, size, name, seed)
            if main is not None:
                taken.append(name)
                found.append(shot_of(main, ready))
                break
    if found:
        return found
    main = layers(replace(drawable(design), subline="", facts=()), size, end.layout, seed, apart=True)  # type: ignore[arg-type]
    assert main is not None
    return [shot_of(main, drawable(design))]


def _stories(design: Design) -> list[Design]:
    """What the shots say: the headline; two facts of the product in large letters; the offer with the price."""
    most = _FACT[design.language]
    facts = [fact for fact in design.facts if len(fact) <= most and fact.casefold() not in f"{design.headline} {design.subline}".casefold()]
    stories = [replace(design, offer="", price="", facts=())]
    if facts:
        stories.append(replace(design, headline=facts[0], subline=facts[1] if len(facts) > 1 else "", offer="", price="", facts=()))
    if design.offer:
        stories.append(replace(design, headline=design.offer, subline="", offer="", facts=()))
    elif len(facts) > 2 or design.price:
        stories.append(replace(design, headline=facts[2] if len(facts) > 2 else design.headline, subline="", facts=()))
    return [stories[0], *stories[1:]]


def _passing(design: Design, size: tuple[int, int], name: str, seed: int) -> Layers | None:
    """The layout of a shot whose picture passes the gate, without sub-line or brand where they do not fit."""
    for variant in (design, replace(design, subline=""), replace(design, subline="", brand="")):
        found = layers(variant, size, name, seed, apart=True)  # type: ignore[arg-type]
        if found is None:
            continue
        try:
            passed = compose(variant, size, name, seed=seed).passed
        except AdwrightError as refused:
            if refused.code not in ("picture-refused", "layout-needs"):
                raise
            continue
        if passed:
            return found
    return None


def _sound(ws: Workspace, music: str | None, seconds: float) -> np.ndarray | None:
    if not music:
        return None
    from .soundtrack import soundtrack

    return soundtrack(ws.artefacts.read(music), seconds)


def _encoded(shots: list[Shot], end: Banner, seconds: float, size: tuple[int, int], sound: np.ndarray | None, progress: Progress) -> bytes:
    import av

    name = hashlib.sha256(shots[0].ground.tobytes() + end.content).hexdigest()[:16]
    # Fast start rewrites the file from its beginning once it is whole, so it needs a real file.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart+use_metadata_tags"}) as container:
            container.metadata["AIGC"] = aigc(name)
            container.metadata["comment"] = "AI-generated / AI 生成"
            stream = container.add_stream("libx264", rate=FPS, options={"preset": "veryfast", "crf": "23", "threads": "2"})
            stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
            voice = None
            if sound is not None:
                from .soundtrack import RATE

                voice = container.add_stream("aac", rate=RATE, layout="stereo")
                voice.bit_rate = 128_000
            for i, picture in enumerate(frames(shots, end, seconds)):
                if i % FPS == 0:
                    progress.note(both(f"第 {i // FPS} / {seconds:g} 秒", f"{i // FPS} of {seconds:g} s"), i, round(seconds * FPS))
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            container.mux(stream.encode())
            if voice is not None and sound is not None:
                from .soundtrack import audio_frames

                for frame in audio_frames(sound):
                    container.mux(voice.encode(frame))
                container.mux(voice.encode())
        return path.read_bytes()


class GenerateVideo(Document):
    """What the `generate_video` tool takes."""

    product: str = Field(min_length=1, max_length=200, description="The product, in the user's words.")
    seconds: int = Field(default=6, description="Length in seconds, 5 to 30.")
    size: str = Field(default="720x1280", description="Size in pixels: 720x1280 upright, 1080x1080 square, 1280x720 lying.")
    headline: str | None = Field(default=None, max_length=300, description="Headline of the film, word for word.")
    channel: str | None = Field(default=None, description="Channel the film is for.")
    tone: str | None = Field(default=None, description="Tone, e.g. 'warm', 'premium'.")
    offer: str | None = Field(default=None, max_length=60, description="Offer in the user's words, e.g. '20% off'. Never invent one.")
    style: str | None = Field(default=None, description="Look such as ink, film, pop, pastel, neon, warm, cool, fresh.")
    occasion: str | None = Field(default=None, description="Holiday or event the film is for.")
    language: str | None = Field(default=None, description="Language in the film: 'zh' or 'en'.")
    photo: str | None = Field(default=None, description="The user's product photo; filled in by the conversation.")
    music: str | None = Field(default=None, description="The user's own music; filled in by the conversation.")
    reply_language: Language = Field(default="zh", description="Language of the answer to the user.")
    seed: int = Field(default=0, description="Same seed, same film.")


def generate_video(workspace: Workspace, request: GenerateVideo, progress: Progress = SILENT) -> ToolResult:
    """Make a short film for one product; the result names the film and its poster picture."""
    size = parse_size(request.size)
    _check_request(request.seconds, size)
    product, creatives, refused = prepare(
        workspace,
        request.product,
        request.channel,
        request.language,
        request.reply_language,
        request.tone,
        request.occasion,
        request.headline,
        request.seed,
        request.offer,
    )
    wish = Look(style=knowledge.style_named(request.style), offer=request.offer, photo=request.photo, music=request.music)
    media = make_video(
        workspace,
        product,
        creatives[0],
        seconds=request.seconds,
        size=size,
        seed=request.seed,
        occasion=request.occasion,
        tone=request.tone,
        headline=request.headline,
        look=wish,
        progress=progress,
    )
    heard = both("配您的音乐", "with your music") if request.music else both("无声", "silent")
    finding = both(
        f"{request.seconds} 秒视频，{size[0]}×{size[1]}，{heard.zh}", f"{request.seconds} s film, {size[0]}×{size[1]}, {heard.en}"
    )
    return ToolResult(
        content=f"{finding.pick(request.reply_language)}. {media.alt.pick(request.reply_language)}"[:CONTENT_LIMIT],
        finding=finding,
        artifact=Artifact(
            kind="video",
            title=both(f"{product.called('zh')}的短视频", f"Film for {product.called('en')}"),
            data={
                "items": [media.model_dump(mode="json")],
                "poster": media.poster,
                "behaviour": "warn" if refused else "do",
                "findings": [f.model_dump(mode="json") for f in refused],
            },
            files=[media.id, media.poster],
            source=["catalogue" if product.id else "request", "compositor"],
            seed=request.seed,
        ),
    )
