"""Short films for a creative: the product in a slowly moving scene, words that come in one by one, an end card with the button.

H.264 in MP4, yuv420p, fast start, 25 frames a second, no sound. The AI label stands on every frame (the rule asks for
two seconds from the first), and in the file's metadata. Main picture and end card both pass the gate of `compose`.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageChops
from pydantic import Field

from ...data.brief import Document, Product
from ...data.errors import AdwrightError
from ...data.plan import Check, Creative, Media
from ...data.result import CONTENT_LIMIT, SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, both
from .canvas import Canvas
from .compositor import Banner, Layers, compose, drawable, layers
from .image import design_of
from .provenance import aigc
from .request import parse_size, prepare
from .setting import Design

if TYPE_CHECKING:
    from ...data.workspace import Workspace

FPS = 25
SHORTEST, LONGEST = 5, 30
END_CARD = 2.0
ENTER = 0.5
FADE = 10


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
    progress: Progress = SILENT,
) -> Media:
    """Make, check and store a film of `seconds` (5-30) and `size` px (even numbers, 240-1920 a side).

    The poster picture is stored beside it; its id is the film's ``poster`` in the artefact store's meta. Raises
    `AdwrightError`: ``bad-length``, ``bad-size``, ``picture-refused``, ``missing-glyph``.
    """
    _check_request(seconds, size)
    design = design_of(product, creative, tone=tone, occasion=occasion, headline=headline, seed=creative.variant)
    end, main = _two_pictures(design, size, seed)
    content = _film(main, end, drawable(design), seconds, progress)
    poster = ws.artefacts.put(end.content, end.suffix, creative=creative.id)
    name = ws.artefacts.put(content, "mp4", poster=poster, creative=creative.id, seed=seed, seconds=seconds)
    checks = [check.as_check() for check in end.gate if check.id not in ("weight", "size")]
    megabytes = len(content) / 1024 / 1024
    checks += [
        Check(
            id="label-seconds",
            text=both(f"“AI 生成”标识显示 {seconds:g} 秒，从第一帧起", f"AI label for {seconds:g} s from the first frame"),
            passed=seconds >= 2,
        ),
        Check(id="weight", text=both(f"{megabytes:.2f} MB", f"{megabytes:.2f} MB"), passed=megabytes <= 10),
        Check(id="size", text=both(f"{size[0]}×{size[1]} px", f"{size[0]}×{size[1]} px"), passed=True),
    ]
    return Media(
        id=name,
        kind="video",
        channel=creative.channel,
        width=size[0],
        height=size[1],
        seconds=float(seconds),
        alt=both(f"{product.called('zh')}的短视频：{design.headline}", f"Short film of {product.called('en')}: {design.headline}"),
        checks=checks,
        how=both(
            f"合成短片（版式 {main.plan.shape}，配色 {main.palette.name}），无声；主体是示意插画。",
            f"Composed film (palette {main.palette.name}), silent; the product is a drawing.",
        ),
    )


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


def _two_pictures(design: Design, size: tuple[int, int], seed: int) -> tuple[Banner, Layers]:
    """The end card, which must pass the gate, and the layers of the moving part in another layout of the same palette."""
    end = compose(replace(design, subline=""), size, "auto", seed=seed)
    ready = drawable(design)
    for name in ("arch", "hero", "poster", "minimal"):
        for variant in (ready, replace(ready, subline=""), replace(ready, subline="", brand="")):
            if name != end.layout and (found := layers(variant, size, name, seed)) and compose(variant, size, name, seed=seed).passed:
                return end, found
    found = layers(replace(ready, subline=""), size, end.layout, seed)  # type: ignore[arg-type]
    assert found is not None
    return end, found


def _film(main: Layers, end: Banner, design: Design, seconds: float, progress: Progress) -> bytes:
    import av

    frames = round(seconds * FPS)
    turn = frames - round(END_CARD * FPS)
    steps, label = _text_layers(main, design)
    # Words enter one after another within the first 60 % of the moving part.
    enters = [round(turn * (0.08 + 0.52 * i / max(1, len(steps) - 1))) for i in range(len(steps))]
    enters[:1] = [round(0.2 * FPS)] if enters else []
    width, height = main.plan.size
    focus = ((main.product.x + main.product.w / 2) / width, (main.product.y + main.product.h / 2) / height)
    card = end.image.convert("RGB")
    name = hashlib.sha256(main.ground.tobytes() + card.tobytes()).hexdigest()[:16]
    # Fast start rewrites the file from its beginning once it is whole, so it needs a real file.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart+use_metadata_tags"}) as container:
            container.metadata["AIGC"] = aigc(name)
            container.metadata["comment"] = "AI-generated / AI 生成"
            stream = container.add_stream("libx264", rate=FPS, options={"preset": "veryfast", "crf": "23", "threads": "2"})
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            for i in range(frames):
                if i % FPS == 0:
                    progress.note(both(f"第 {i // FPS} / {seconds:g} 秒", f"{i // FPS} of {seconds:g} s"), i, frames)
                picture = card
                if i < turn + FADE:
                    picture = _moving(main.ground, focus, i / max(1, turn))
                    for (layer, x, y), start in zip(steps, enters, strict=True):
                        _enter(picture, layer, x, y, (i - start) / (ENTER * FPS), height)
                    picture.paste(label[0], label[1:], label[0])
                    if i >= turn:
                        picture = Image.blend(picture, card, _eased((i - turn + 1) / FADE))
                for packet in stream.encode(av.VideoFrame.from_image(picture)):
                    container.mux(packet)
            for packet in stream.encode():
                container.mux(packet)
        return path.read_bytes()


def _moving(ground: Image.Image, focus: tuple[float, float], t: float) -> Image.Image:
    """The scene with a slow push towards the product: 100 % at the start, 107 % at the end."""
    zoom = 1 + 0.07 * _eased(min(1.0, t))
    w, h = ground.width / zoom, ground.height / zoom
    x, y = (ground.width - w) * focus[0], (ground.height - h) * focus[1]
    return ground.resize(ground.size, Image.Resampling.BILINEAR, box=(x, y, x + w, y + h))


def _eased(t: float) -> float:
    """Smooth start and stop (cubic), 0..1."""
    t = max(0.0, min(1.0, t))
    return t * t * (3 - 2 * t)


def _enter(picture: Image.Image, layer: Image.Image, x: int, y: int, t: float, height: int) -> None:
    """Fade a text in while it rises into place."""
    if t <= 0:
        return
    if t >= 1:
        picture.paste(layer, (x, y), layer)
        return
    ease = _eased(t)
    mask = layer.getchannel("A").point([round(v * ease) for v in range(256)])
    picture.paste(layer, (x, y + round((1 - ease) * height * 0.02)), mask)


def _text_layers(main: Layers, design: Design) -> tuple[list[tuple[Image.Image, int, int]], tuple[Image.Image, int, int]]:
    """Cut every text out as its own RGBA layer, in the order they enter, and the label; the button waits for the end card."""
    grounded = main.ground.copy()
    backs = Canvas(grounded, main.palette, main.plan)
    for piece in main.pieces:
        if piece.kind != "cta":
            backs.back(piece)
    found: list[tuple[Image.Image, int, int]] = []
    words = main.plan.words
    for piece in main.pieces:
        if piece.kind == "cta":
            continue
        if piece.kind == "price" and not piece.pill and main.plan.align == "center":
            piece = replace(piece, x=words.x + (words.w - piece.setting.width) // 2)
        found.append(_cut(main, grounded, lambda canvas, before, piece=piece: (canvas.back(piece), canvas.write(piece, before))))
    label = _cut(main, grounded, lambda canvas, before: canvas.write_label(design.language, before))
    return found, label


def _cut(main: Layers, before: Image.Image, paint) -> tuple[Image.Image, int, int]:
    """Paint on black and on white: the difference of the two is the layer's transparency."""
    black, white = Image.new("RGB", main.plan.size, (0, 0, 0)), Image.new("RGB", main.plan.size, (255, 255, 255))
    pictures = []
    for blank in (black, white):
        canvas = Canvas(blank, main.palette, main.plan, under=main.ground)
        paint(canvas, before)
        pictures.append(blank)
    alpha = ImageChops.invert(ImageChops.difference(pictures[1], pictures[0]).convert("L"))
    box = alpha.getbbox() or (0, 0, 1, 1)
    # On black a half-covered pixel is darkened; the colour is that of the fully covered ones, so take it from white where covered.
    layer = pictures[0].crop(box)
    cover = alpha.crop(box)
    solid = Image.merge("RGB", [_unmixed(band, cover) for band in layer.split()])
    solid.putalpha(cover)
    return solid, box[0], box[1]


def _unmixed(band: Image.Image, cover: Image.Image) -> Image.Image:
    import numpy as np

    value, share = np.asarray(band, dtype=np.float32), np.asarray(cover, dtype=np.float32)
    return Image.fromarray(np.where(share > 0, np.minimum(255, value * 255 / np.maximum(share, 1)), 0).astype(np.uint8))


class GenerateVideo(Document):
    """What the `generate_video` tool takes."""

    product: str = Field(min_length=1, max_length=200, description="The product, in the user's words.")
    seconds: int = Field(default=6, description="Length in seconds, 5 to 30.")
    size: str = Field(default="720x1280", description="Size in pixels: 720x1280 upright, 1080x1080 square, 1280x720 lying.")
    headline: str | None = Field(default=None, max_length=300, description="Headline of the film, word for word.")
    channel: str | None = Field(default=None, description="Channel the film is for.")
    tone: str | None = Field(default=None, description="Tone, e.g. 'warm', 'premium'.")
    occasion: str | None = Field(default=None, description="Holiday or event the film is for.")
    language: str | None = Field(default=None, description="Language in the film: 'zh' or 'en'.")
    reply_language: Language = Field(default="zh", description="Language of the answer to the user.")
    seed: int = Field(default=0, description="Same seed, same film.")


def generate_video(workspace: Workspace, request: GenerateVideo, progress: Progress = SILENT) -> ToolResult:
    """Make a short film for one product; the result names the film and its poster picture."""
    size = parse_size(request.size)
    _check_request(request.seconds, size)
    product, creative, refused = prepare(
        workspace,
        request.product,
        request.channel,
        request.language,
        request.reply_language,
        request.tone,
        request.occasion,
        request.headline,
        request.seed,
    )
    media = make_video(
        workspace,
        product,
        creative,
        seconds=request.seconds,
        size=size,
        seed=request.seed,
        occasion=request.occasion,
        tone=request.tone,
        headline=request.headline,
        progress=progress,
    )
    poster = workspace.artefacts.meta(media.id)["poster"]
    finding = both(f"{request.seconds} 秒视频，{size[0]}×{size[1]}，无声", f"{request.seconds} s film, {size[0]}×{size[1]}, silent")
    return ToolResult(
        content=f"{finding.pick(request.reply_language)}. {media.alt.pick(request.reply_language)}"[:CONTENT_LIMIT],
        finding=finding,
        artifact=Artifact(
            kind="video",
            title=both(f"{product.called('zh')}的短视频", f"Film for {product.called('en')}"),
            data={
                "items": [media.model_dump(mode="json")],
                "poster": poster,
                "behaviour": "warn" if refused else "do",
                "findings": [f.model_dump(mode="json") for f in refused],
            },
            files=[media.id, poster],
            source=["catalogue" if product.id else "request", "compositor"],
            seed=request.seed,
        ),
    )
