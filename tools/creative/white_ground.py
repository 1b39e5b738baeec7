"""White-ground pictures for marketplaces: the merchant's own photo, cut out, on pure white, in a format's size and weight.

Nothing is drawn, generated or written: no shadow, text, logo or label. The gate measures the file as decoded. Formats and their
limits are data (`formats.toml`, those with ``white``). Not covered: removing props, and what only a person sees.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from pydantic import Field

from ...data import knowledge
from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.knowledge.formats import Format, formats
from ...data.plan import Media
from ...data.result import CONTENT_LIMIT, SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, both
from .cutout import Corners, cut_out
from .gate import GateCheck

if TYPE_CHECKING:
    from ...data.workspace import Workspace

# How much of the frame the product's longer side takes beyond what a format asks for, and how far a photo may be enlarged.
BEYOND = 0.03
MOST_ENLARGED = 1.5
# The encoder's blocks beside the product are not wholly white; so many px around it are left out of the check.
HALO = 16
_QUALITIES = (95, 92, 88, 84, 78, 70)


@dataclass(frozen=True)
class WhiteGround:
    """A finished white-ground picture: `content` is the JPEG, `image` what it decodes to, `gate` its checks."""

    format: Format
    image: Image.Image
    content: bytes
    gate: list[GateCheck]

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.gate)

    def save(self, path: str | Path) -> Path:
        """Write the JPEG; raises `AdwrightError` (``white-refused``) where a check failed."""
        bad = [check.reason for check in self.gate if not check.passed]
        if bad:
            raise _refused(self.format, bad[0].zh, bad[0].en)
        Path(path).write_bytes(self.content)
        return Path(path)


@cache
def white_formats() -> dict[str, Format]:
    """The formats that ask for a pure white ground, by id."""
    return {format.id: format for format in formats().values() if format.white}


def white_ground(photo: Image.Image, format: str = "amazon_main", box: Corners | None = None) -> WhiteGround:
    """Put the product of `photo` on pure white in a format's size; `box` (px) marks it where it is not found by itself.

    A good cut-out is needed; a transparent photo keeps its own outline. Raises `AdwrightError`: ``unknown-format``, and as `cut_out`
    does (``cut-out-poor``, ``bad-box``, ``photo-empty``).

    Example:
        >>> white_ground(Image.open("shoe.jpg"), "taobao_white").image.size  # doctest: +SKIP
        (800, 800)
    """
    if format not in white_formats():
        raise AdwrightError(
            both(f"没有“{format[:20]}”这种白底图格式。", f"There is no white-ground format “{format[:30]}”."),
            both(f"可选：{'、'.join(white_formats())}。", f"Choose from: {', '.join(white_formats())}."),
            code="unknown-format",
        )
    return placed(cut_out(photo, box).image, white_formats()[format])


def placed(cut: Image.Image, wanted: Format) -> WhiteGround:
    """Centre a cut-out on white, as large as the format asks for, and check the file."""
    share = min(0.96, wanted.white + BEYOND)
    scale = min(wanted.width / cut.width, wanted.height / cut.height) * share
    size = max(1, round(cut.width * scale)), max(1, round(cut.height * scale))
    # Scaled with its alpha taken in, so that no colour of the old ground shows at the edge.
    small = cut.convert("RGBa").resize(size, Image.Resampling.LANCZOS).convert("RGBA")
    picture = Image.new("RGB", (wanted.width, wanted.height), (255, 255, 255))
    at = (wanted.width - size[0]) // 2, (wanted.height - size[1]) // 2
    picture.paste(small, at, small)
    mask = Image.new("L", picture.size, 0)
    mask.paste(small.getchannel("A"), at)
    content = _encoded(picture, wanted.max_kb)
    decoded = Image.open(io.BytesIO(content))
    decoded.load()
    return WhiteGround(wanted, decoded, content, _gate(decoded, np.asarray(mask), content, wanted, scale))


def _encoded(picture: Image.Image, most_kb: int) -> bytes:
    content = b""
    for quality in _QUALITIES:
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=quality, subsampling=0, optimize=True)
        content = buffer.getvalue()
        if len(content) <= most_kb * 1000:
            break
    return content


def _gate(picture: Image.Image, mask: np.ndarray, content: bytes, wanted: Format, scale: float) -> list[GateCheck]:
    import cv2

    pixels = np.asarray(picture.convert("RGB"))
    rim = np.concatenate(
        [pixels[:4].reshape(-1, 3), pixels[-4:].reshape(-1, 3), pixels[:, :4].reshape(-1, 3), pixels[:, -4:].reshape(-1, 3)]
    )
    free = cv2.dilate((mask > 0).astype(np.uint8), np.ones((2 * HALO + 1, 2 * HALO + 1), np.uint8)) == 0
    white = float((pixels[free] == 255).all(-1).mean()) if free.any() else 0.0
    rows, columns = np.nonzero(mask.max(1) > 127)[0], np.nonzero(mask.max(0) > 127)[0]
    share = float(max(np.ptp(rows) + 1 if len(rows) else 0, np.ptp(columns) + 1 if len(columns) else 0) / max(picture.size))
    kb = len(content) / 1000
    edge = int(rim.min())
    return [
        GateCheck("size", picture.size == (wanted.width, wanted.height), float(min(picture.size)), both(f"尺寸 {picture.width}×{picture.height}", f"Size {picture.width}×{picture.height}")),
        GateCheck("edges", edge == 255, float(edge), both(f"四边四角最暗 {edge}（要求 255 纯白）", f"Darkest at edges and corners {edge} (pure white is 255)")),
        GateCheck("ground", white == 1.0, white, both(f"背景纯白 {white:.1%}", f"Ground pure white {white:.1%}")),
        GateCheck("share", share >= wanted.white, share, both(f"商品长边占画面 {share:.0%}（要求 {wanted.white:.0%}）", f"The product's longer side takes {share:.0%} of the frame (at least {wanted.white:.0%})")),
        GateCheck("detail", scale <= MOST_ENLARGED, scale, both(f"商品放大 {scale:.2f} 倍（最多 {MOST_ENLARGED}）", f"Product scaled {scale:.2f} times (at most {MOST_ENLARGED})")),
        GateCheck("weight", kb <= wanted.max_kb, kb, both(f"文件 {kb:.0f} kB（最多 {wanted.max_kb}）", f"File {kb:.0f} kB (at most {wanted.max_kb})")),
        GateCheck("words", True, 0.0, both("没有加文字、标识、水印、阴影", "No text, logo, mark or shadow added")),
    ]  # fmt: skip


class WhitePicture(Document):
    """What the `white_picture` tool takes."""

    channels: list[str] = Field(default_factory=list, max_length=8, description="Marketplaces the user named, e.g. 'amazon', 'taobao'.")
    photo: str | None = Field(default=None, description="The user's product photo; filled in by the conversation.")
    reply_language: Language = Field(default="zh", description="Language of the answer to the user.")


def white_picture(workspace: Workspace, request: WhitePicture, progress: Progress = SILENT) -> ToolResult:
    """Make the white-ground picture of the photo in force for the marketplaces named, or for all that have a rule.

    Raises `AdwrightError`: ``no-photo``, ``cut-out-poor``, ``white-refused`` when no picture passed.
    """
    if not request.photo:
        raise AdwrightError(
            both("做白底图需要一张商品照片，这个对话里还没有。", "A white-background picture needs a product photo, and there is none here yet."),
            both("把照片拖进输入框再说一次；背景越干净抠得越好。", "Drop one into the composer and ask again; a plain background cuts out best."),
            code="no-photo",
        )  # fmt: skip
    from .photo import load_photo
    from .uploads import cut_photo

    known = cut_photo(workspace.artefacts, request.photo)
    # Cut anew only to say why it is too poor.
    cut = known[0] if known else cut_out(load_photo(workspace.artefacts.read(request.photo))).image
    platforms = {"tmall": "taobao"}
    named = {platforms.get(channel, channel) for channel in request.channels}
    own = [format for format in white_formats().values() if format.platform in named]
    made = [placed(cut, format) for format in own or white_formats().values()]
    good = [one for one in made if one.passed]
    refused = [_refused(one.format, bad.reason.zh, bad.reason.en) for one in made for bad in one.gate if not bad.passed]
    if not good:
        raise refused[0]
    media = [_media(workspace, one) for one in good]
    names = both("、".join(one.format.name.zh for one in good), ", ".join(one.format.name.en for one in good))
    finding = both(f"{len(good)} 张白底图，全部通过检查：{names.zh}", f"{len(good)} white-background picture{'s' if len(good) != 1 else ''}, all checks passed: {names.en}")  # fmt: skip
    look = both(
        "请放大看一眼轮廓：浅色部位（白鞋底、透明件）在浅背景上可能被当成背景去掉。",
        "Look at the outline once: pale parts (a white sole, clear plastic) on a pale background may have been taken for background.",
    )
    notes = [*(error.message for error in refused), look]
    notes += [
        both(f"{f.name.zh}的规则来自第三方整理（{f.as_of}），上架前请到平台核对。", f"The rules for {f.name.en} are from third parties ({f.as_of}): check them with the platform.")
        for f in (one.format for one in good)
        if f.status != "verified"
    ]  # fmt: skip
    unknown = [c for c in request.channels if platforms.get(c, c) not in {f.platform for f in white_formats().values()}]
    if unknown:
        said = [knowledge.channel(c).name for c in unknown]
        notes.append(both(f"没有{'、'.join(w.zh for w in said)}的白底图规则，没有按它出图。", f"No white-background rule is known for {', '.join(w.en for w in said)}."))  # fmt: skip
    reply = request.reply_language
    return ToolResult(
        content=" ".join(words.pick(reply) for words in (finding, *notes))[:CONTENT_LIMIT],
        finding=finding,
        artifact=Artifact(
            kind="images",
            title=both("白底图", "White-background pictures"),
            data={"items": [m.model_dump(mode="json") for m in media], "notes": [w.model_dump() for w in notes]},
            files=[m.id for m in media],
            source=["upload"],
        ),
    )


def _media(workspace: Workspace, made: WhiteGround) -> Media:
    name = workspace.artefacts.put(made.content, "jpg", white=made.format.id)
    return Media(
        id=name,
        kind="image",
        channel="",
        width=made.format.width,
        height=made.format.height,
        alt=both(f"{made.format.name.zh}：商品白底图", f"{made.format.name.en}: the product on white"),
        checks=[check.as_check() for check in made.gate],
        how=made.format.name,
    )


def _refused(format: Format, zh: str, en: str) -> AdwrightError:
    return AdwrightError(
        both(f"{format.name.zh}没有通过检查：{zh}。", f"{format.name.en} failed a check: {en}."),
        both("请换一张更大、背景更干净的商品照片。", "Use a larger product photo on a plainer background."),
        code="white-refused",
    )
