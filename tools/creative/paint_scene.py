"""`paint_scene`: a background in the merchant's words by the image model they set up, under the pictures in force, a plan's, or new ones.

What else the message changes of the pictures is done with it, in one version. The model paints the ground alone; product, price and words are placed here as ever. What an approval has to say of the cost is
`cost_of_scene`. Grounds that are painted here, without a model, are a wish like any other (`request`, `revise`).
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from ...data import knowledge
from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.look import Picks, PriceSize, Shape
from ...data.patch import SetLook
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
# What a message may change beside the background.
ALSO = ("style", "offer", "headline", "price", "logo", "shapes", "taste", "drop", "keep")


class PaintScene(Document):
    """What the `paint_scene` tool takes."""

    scene: str = Field(min_length=1, max_length=200, description="What the background shows, in the user's words.")
    product: str | None = Field(default=None, max_length=200, description="The product, where the user named one.")
    channels: list[str] = Field(default_factory=list, max_length=8, description="Channels of new pictures, where the user named any.")
    set_id: str | None = Field(default=None, description="The set in force; filled in by the conversation.")
    set_version: int | None = Field(default=None, description="The version in force; filled in by the conversation.")
    photo: str | None = Field(default=None, description="The user's product photo; filled in by the conversation.")
    of_plan: bool = Field(default=False, description="Whether the plan's own pictures are meant.")
    plan_id: str | None = Field(default=None, description="The plan in force; filled in by the conversation.")
    version: int | None = Field(default=None, description="The version in force; filled in by the conversation.")
    style: str | None = Field(default=None, description="As in revise_images, where the message changes more than the background.")
    offer: str | None = Field(default=None, max_length=60, description="As in revise_images.")
    headline: str | None = Field(default=None, max_length=300, description="As in revise_images.")
    price: PriceSize | None = Field(default=None, description="As in revise_images.")
    logo: bool | None = Field(default=None, description="As in revise_images.")
    shapes: list[Shape] | None = Field(default=None, description="As in revise_images.")
    taste: Literal[True] | None = Field(default=None, description="As in revise_images.")
    drop: Picks | None = Field(default=None, description="As in revise_images.")
    keep: Picks | None = Field(default=None, description="As in revise_images.")
    reply_language: Language = Field(default="zh", description="Language of the answer to the user.")


def cost_of_scene(settings: Settings) -> Words | None:
    """Say what a yes would send and cost; None where nothing would be: no model that is served, or the merchant's own weights."""
    try:
        return estimate(settings, SIZE).told
    except AdwrightError:
        return None


def paint_scene(workspace: Workspace, request: PaintScene, progress: Progress = SILENT) -> ToolResult:
    """Paint a background and compose the pictures on it; called after a yes where a model outside is asked.

    Without a model the other changes are done all the same, and it is said that the background was not painted. Raises
    `AdwrightError`: ``no-image-model`` with what can be done instead, where there is nothing else to do; what `make_scene` raises (the pictures in force stay
    as they are), ``no-pictures`` where neither a set nor a product is known, and as `generate_image` does.
    """
    settings = workspace.settings
    served = bool(settings.image_model or settings.image_weights)
    before = stored_set(workspace, request.set_id, request.set_version) if request.set_id and not request.of_plan else None
    if before is not None and request.product and not _same(workspace, request.product, before.request["product"]):
        before = None
    plan = workspace.records.plan(request.plan_id, request.version) if request.of_plan and request.plan_id else None
    others = {name: value for name in ALSO if (value := getattr(request, name)) is not None}
    at_hand = before is not None or plan is not None
    if not served and not (at_hand and others):
        raise _no_model()
    if not at_hand and not request.product:
        raise AdwrightError(
            both("还不知道要给什么商品换背景。", "It is not clear which product the background is for."),
            both("例如：给跑鞋换一个雪山的背景。", "For example: give the running shoes a snowy mountain background."),
            code="no-pictures",
        )
    note = both(
        f"背景没有画：按描述画背景要用图像模型，现在没有配置；其余的改好了。现在就能换的背景：{'、'.join(s.name.zh for s in knowledge.scenes().values())}。",
        "The background was not painted, since no image model is set up; the rest is done. Backgrounds painted here: "
        f"{', '.join(s.name.en.lower() for s in knowledge.scenes().values())}.",
    )
    if served:
        kind = "openai" if settings.image_model else "diffusers"
        made = make_scene(request.scene, SIZE, kind, settings=settings, language=request.reply_language, approved=True, fallback=False)
        others["ground"] = _kept(workspace, made, request.scene)
        note = both(
            f"背景由 {made.model} 绘制；商品、价格和文字由本机排版，没有发给它。",
            f"{made.model} painted the background; product, price and words were placed here and not sent to it.",
        )
    given: dict[str, Any] = {"photo": request.photo, "reply_language": request.reply_language}
    if plan is not None:
        from ..plan.revise import RevisePlan, revise_plan

        edit = RevisePlan(plan_id=plan.id, version=plan.version, patches=[SetLook(**others)], today=plan.brief.today, **given)
        result = revise_plan(workspace, edit, progress)
    elif before is not None:
        result = revise_images(workspace, ReviseImages(set_id=before.id, set_version=before.version, **others, **given), progress)
    else:
        others.pop("drop", None)
        others.pop("keep", None)
        result = generate_image(
            workspace, GenerateImage(product=request.product or "", channels=request.channels, **others, **given), progress
        )
    result.artifact.data["notes"] = [note.model_dump(), *result.artifact.data.get("notes", [])]
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
