"""`describe_photo`: what can be measured of the merchant's photo, said in words, and its cut-out for the pictures to come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.plan import Media
from ...data.result import CONTENT_LIMIT, SILENT, Artifact, Progress, ToolResult
from ...data.words import Language, Words, both
from .describe import PhotoFacts
from .marked import box_of, original_of
from .uploads import photo_facts

if TYPE_CHECKING:
    from ...data.workspace import Workspace

# px of the longer side of a product from which it fills a large picture without being enlarged much.
LEAST_PRODUCT = 800
_BACKGROUND = {
    "plain": both("纯色背景", "a plain background"),
    "soft": both("柔和的背景", "a soft background"),
    "busy": both("背景比较乱", "a busy background"),
    "transparent": both("透明背景", "a transparent background"),
}


class DescribePhoto(Document):
    """What the `describe_photo` tool takes."""

    photo: str | None = Field(default=None, description="The user's product photo; filled in by the conversation.")
    reply_language: Language = Field(default="zh", description="Language of the answer to the user.")


def describe_photo(workspace: Workspace, request: DescribePhoto, progress: Progress = SILENT) -> ToolResult:
    """Describe the photo in force. Raises `AdwrightError` (``no-photo``) when none was given."""
    if not request.photo:
        raise AdwrightError(
            both("这个对话里还没有商品照片。", "There is no product photo in this conversation yet."),
            both("把照片拖进输入框，或用 --file 给出。", "Drop one into the composer, or pass --file."),
            code="no-photo",
        )
    marked, original = box_of(workspace.artefacts, request.photo), original_of(workspace.artefacts, request.photo)
    facts = photo_facts(workspace.artefacts, original)
    size = facts.size
    if marked is not None:
        facts = photo_facts(workspace.artefacts, request.photo)
    told, advice = (marked_words(facts), _small(facts)) if marked else (describe_words(facts), facts.advice)
    meta = workspace.artefacts.meta(request.photo)
    shown = [_media(original, size, both("您上传的商品照片", "Your product photo"), both("原图", "Original"))]
    if facts.cut is not None:
        alt = both("抠出的商品", "The product cut out")
        shown.append(_media(meta["cut"], facts.cut.image.size, alt, both("抠图", "Cut out")))
    reply = request.reply_language
    return ToolResult(
        content=" ".join(words.pick(reply) for words in (told, *advice))[:CONTENT_LIMIT],
        finding=told,
        artifact=Artifact(
            kind="photo",
            title=both("商品照片", "Product photo"),
            data={
                "items": [m.model_dump(mode="json") for m in shown],
                "notes": [w.model_dump() for w in advice],
                "colours": ["#{:02x}{:02x}{:02x}".format(*colour) for colour, _ in facts.colours],
                "cut": facts.cut is not None,
                "photo": request.photo,
            },
            files=[m.id for m in shown],
            source=["upload"],
        ),
    )


def describe_words(facts: PhotoFacts) -> Words:
    """Return what was measured as one sentence, and whether the product could be cut out."""
    colour, ground = facts.colour_words, _BACKGROUND[facts.background]
    sharp = (
        both("清晰", "sharp")
        if facts.sharpness >= 0.6
        else both("不够清晰", "not quite sharp")
        if facts.sharpness >= 0.35
        else both("发虚", "blurred")
    )
    size = f"{facts.size[0]}×{facts.size[1]}"
    fill_zh = f"，商品占画面 {facts.fill:.0%}" if facts.fill is not None else ""
    fill_en = f", the product fills {facts.fill:.0%} of it" if facts.fill is not None else ""
    if facts.cut is not None:
        cut = both(
            "商品已抠出，接下来的图会用它；请看一眼边缘，浅色部分贴着浅色背景时可能被当成背景",
            "The product is cut out and will be used in the next pictures; look at its edges, pale parts on a pale ground may be missing",
        )
    else:
        why = facts.uncut or both("商品抠不干净", "the product could not be cut out")
        cut = both(
            f"没有抠图：{why.zh.rstrip('。')}；接下来的图会把整张照片放在文字旁边，在照片上框出商品就能单独用",
            f"No cut-out: {why.en.rstrip('.')}; the next pictures show the whole photo beside the words; mark the product on it to use it alone",
        )
    return both(
        f"照片 {size}，主色{colour.zh}，{ground.zh}，{sharp.zh}{fill_zh}。{cut.zh}。",
        f"Photo {size}: mainly {colour.en}, {ground.en}, {sharp.en}{fill_en}. {cut.en}.",
    )


def marked_words(facts: PhotoFacts) -> Words:
    """Return what is said of a product that the merchant marked with a box."""
    width, height = facts.size
    return both(
        f"已按您框的位置抠出商品（{width}×{height}，主色{facts.colour_words.zh}），接下来的图会用它；请看一眼边缘，不满意可以再框一次。",
        f"The product is cut out where you marked it ({width}×{height}, mainly {facts.colour_words.en}) and will be used in the next "
        "pictures; look at its edges, and mark it again if they are not right.",
    )


def _small(facts: PhotoFacts) -> list[Words]:
    """Advice for a product that is small on its photo: it is enlarged in large pictures."""
    width, height = facts.size
    if max(width, height) >= LEAST_PRODUCT:
        return []
    return [
        both(
            f"商品在照片里只有 {width}×{height} 像素，大图会糊；拍近一些更清楚。",
            f"The product has only {width}×{height} px on the photo and will be soft in large pictures; take it from closer.",
        )
    ]


def _media(name: str, size: tuple[int, int], alt: Words, how: Words) -> Media:
    return Media(id=name, kind="image", channel="", width=size[0], height=size[1], alt=alt, how=how)
