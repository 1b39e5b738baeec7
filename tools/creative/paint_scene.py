"""`paint_scene`: a background in the merchant's words by the image model they set up, under the pictures in force or under new ones.

The model paints the ground alone; product, price and words are placed here as ever. What an approval has to say of the cost is
`cost_of_scene`. Grounds that are painted here, without a model, are a wish like any other (`request`, `revise`).
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from pydantic import Field

from ...data import knowledge
from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.result import SILENT, Progress, ToolResult
from ...data.settings import Settings
from ...data.words import Language, Words, both
from .picture_set import stored_set
from .request import GenerateImage, generate_image
from .revise import ReviseImages, revise_images
from .scene_models import Scene, estimate, make_scene

if TYPE_CHECKING:
    from ...data.workspace import Workspace

# Upright, so that it covers most formats when cut to them.
SIZE = (1080, 1440)


class PaintScene(Document):
    """What the `paint_scene` tool takes."""

    scene: str = Field(min_length=1, max_length=200, description="What the background shows, in the user's words.")
    product: str | None = Field(default=None, max_length=200, description="The product, where the user named one.")
    channels: list[str] = Field(default_factory=list, max_length=8, description="Channels of new pictures, where the user named any.")
    set_id: str | None = Field(default=None, description="The set in force; filled in by the conversation.")
    set_version: int | None = Field(default=None, description="The version in force; filled in by the conversation.")
    photo: str | None = Field(default=None, description="The user's product photo; filled in by the conversation.")
    reply_language: Language = Field(default="zh", description="Language of the answer to the user.")


def cost_of_scene(settings: Settings) -> Words | None:
    """Say what a yes would send and cost; None where nothing would be: no model that is served, or the merchant's own weights."""
    try:
        return estimate(settings, SIZE).told
    except AdwrightError:
        return None


def paint_scene(workspace: Workspace, request: PaintScene, progress: Progress = SILENT) -> ToolResult:
    """Paint a background and compose the pictures on it; called after a yes where a model outside is asked.

    Raises `AdwrightError`: ``no-image-model`` with what can be done instead, what `make_scene` raises (the pictures in force stay
    as they are), ``no-pictures`` where neither a set nor a product is known, and as `generate_image` does.
    """
    settings = workspace.settings
    if not settings.image_model and not settings.image_weights:
        raise _no_model()
    before = stored_set(workspace, request.set_id, request.set_version) if request.set_id else None
    if before is not None and request.product and not _same(workspace, request.product, before.request["product"]):
        before = None
    if before is None and not request.product:
        raise AdwrightError(
            both("还不知道要给什么商品换背景。", "It is not clear which product the background is for."),
            both("例如：给跑鞋换一个雪山的背景。", "For example: give the running shoes a snowy mountain background."),
            code="no-pictures",
        )
    made = make_scene(
        request.scene,
        SIZE,
        "openai" if settings.image_model else "diffusers",
        settings=settings,
        language=request.reply_language,
        approved=True,
        fallback=False,
    )
    ground = _kept(workspace, made, request.scene)
    given: dict[str, Any] = {"ground": ground, "photo": request.photo, "reply_language": request.reply_language}
    if before is not None:
        result = revise_images(workspace, ReviseImages(set_id=before.id, set_version=before.version, **given), progress)
    else:
        asked = GenerateImage(product=request.product or "", channels=request.channels, **given)
        result = generate_image(workspace, asked, progress)
    note = both(
        f"背景由 {made.model} 绘制；商品、价格和文字由本机排版，没有发给它。",
        f"{made.model} painted the background; product, price and words were placed here and not sent to it.",
    )
    result.artifact.data["notes"] = [note.model_dump(), *result.artifact.data["notes"]]
    return result.model_copy(update={"content": f"{result.content} {note.pick(request.reply_language)}"})


def _same(workspace: Workspace, one: str, other: str) -> bool:
    from ..catalogue import find_product

    first, second = find_product(workspace, one), find_product(workspace, other)
    return (first.id or first.name) == (second.id or second.name)


def _kept(workspace: Workspace, made: Scene, scene: str) -> str:
    buffer = io.BytesIO()
    made.image.convert("RGB").save(buffer, "JPEG", quality=92)
    return workspace.artefacts.put(buffer.getvalue(), "jpg", scene=scene[:200], model=made.model)


def _no_model() -> AdwrightError:
    grounds, styles = list(knowledge.scenes().values()), [knowledge.styles()[id_] for id_ in ("ink", "film", "pastel", "neon")]
    return AdwrightError(
        both(
            "按描述画背景需要图像模型，现在没有配置，所以没有画，图也没有变动。",
            "A background from a description needs an image model; none is set up, so nothing was painted and no picture changed.",
        ),
        both(
            f"现在就能换的背景：{'、'.join(s.name.zh for s in grounds)}，例如“背景换成{grounds[1].name.zh}”；也可以换风格："
            f"{'、'.join(s.name.zh for s in styles)}。要用图像模型，请设置 ADWRIGHT_IMAGE_MODEL（及 ADWRIGHT_IMAGE_URL 或 ADWRIGHT_API_KEY），"
            "或用 ADWRIGHT_IMAGE_WEIGHTS 指定自己的模型文件夹。",
            f"Backgrounds painted here: {', '.join(s.name.en.lower() for s in grounds)}, for example “change the background to "
            f"{grounds[1].name.en.lower()}”; or a style: {', '.join(s.name.en.lower() for s in styles)}. For an image model set "
            "ADWRIGHT_IMAGE_MODEL (and ADWRIGHT_IMAGE_URL or ADWRIGHT_API_KEY), or ADWRIGHT_IMAGE_WEIGHTS to a folder of your own model.",
        ),
        code="no-image-model",
    )
