"""Scenes: `make_scene` paints the ground of a picture - here, with our trained painter, or with an image model the merchant set up.

A model outside is asked only after a yes (`approved`), and only for a ground: words, price, logo and product are placed by
`compose`. The model's name is a setting. What fails is named, and the scene painted here takes its place.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from PIL import Image

from ...data import knowledge
from ...data.errors import AdwrightError
from ...data.knowledge.image_models import image_model
from ...data.settings import Settings
from ...data.words import Language, Words, both
from ..endpoint import client, fault, in_time
from .design import Design
from .photo import load_photo
from .scene import SCENES, Palette, SceneKind, choose_palette, paint_scene

Backend = Literal["procedural", "gan", "openai", "diffusers"]
SECONDS = 120.0
# How far a returned picture may be off the shape that was asked for before it is refused.
SHAPE = 0.03


@dataclass(frozen=True)
class Estimate:
    """What a scene by a model outside will cost: the model, the size asked for, USD (None: not known), and both in words."""

    model: str
    size: tuple[int, int]
    usd: Decimal | None
    told: Words


@dataclass(frozen=True)
class Scene:
    """A ground of exactly the size asked for: which backend and model painted it, its cost, and notes on what went otherwise."""

    image: Image.Image
    backend: Backend
    model: str = ""
    cost: Estimate | None = None
    notes: tuple[Words, ...] = ()


def estimate(settings: Settings, size: tuple[int, int], quality: str = "medium") -> Estimate:
    """Say beforehand what one scene costs. Raises `AdwrightError`: ``no-image-model``, ``image-model-gone``.

    Example:
        >>> str(estimate(Settings(image_model="gpt-image-1.5"), (1080, 1080)).usd)
        '0.034'
    """
    name = settings.image_model
    if not name:
        raise AdwrightError(
            both("还没有配置图像模型。", "No image model is configured."),
            both(
                "请设置 ADWRIGHT_IMAGE_MODEL（以及地址 ADWRIGHT_IMAGE_URL 或密钥 ADWRIGHT_API_KEY）；不配置也能用程序绘制的底图。",
                "Set ADWRIGHT_IMAGE_MODEL (and ADWRIGHT_IMAGE_URL or ADWRIGHT_API_KEY); painted scenes need none of it.",
            ),
            code="no-image-model",
        )
    known = image_model(name)
    if known.gone:
        raise AdwrightError(
            both(f"图像模型 {name} 已于 {known.gone} 停用。", f"The image model {name} was shut down on {known.gone}."),
            both("请把 ADWRIGHT_IMAGE_MODEL 改成仍在服务的模型。", "Set ADWRIGHT_IMAGE_MODEL to a model that is still served."),
            code="image-model-gone",
        )
    asked = known.covering(size)
    price = known.price.get(quality)
    usd = None if price is None else (price * asked[0] * asked[1] / (1024 * 1024)).quantize(Decimal("0.001"))
    shape = f"{asked[0]}x{asked[1]}"
    if usd is None:
        told = both(
            f"用 {name} 画一张 {shape} 的底图；价格以服务商账单为准。",
            f"One {shape} ground by {name}; the price is your provider's, none is known here.",
        )
    else:
        told = both(
            f"用 {name} 画一张 {shape} 的底图，约 {usd} 美元（{quality}，按经销商公开价估算）。",
            f"One {shape} ground by {name}, about {usd} USD ({quality}; estimated from resellers' list prices).",
        )
    return Estimate(name, asked, usd, told)


def make_scene(
    brief: str | Design,
    size: tuple[int, int],
    backend: Backend = "procedural",
    *,
    settings: Settings | None = None,
    colours: Palette | None = None,
    kind: SceneKind = "studio",
    product: Image.Image | None = None,
    seed: int = 0,
    quality: str = "medium",
    language: Language = "en",
    approved: bool = False,
    fallback: bool = True,
    model: str | Path | None = None,
    seconds: float = SECONDS,
) -> Scene:
    """Paint a ground of `size` px for a brief in words, or for a design, whose category, tone and occasion then count.

    ``procedural`` paints `kind`, ``gan`` the trained painter (`model`: its folder), ``openai`` asks the configured Images API,
    ``diffusers`` the merchant's own weights (`model`, else the setting `image_weights`). `product`, RGBA of `size` with
    the product in its place, makes ``openai`` edit around it: those pixels come back as they were. With `fallback` a failed model
    is replaced by the procedural scene, and a note says why.

    Raises `AdwrightError`: ``image-not-approved`` (with the cost), ``no-image-model``, ``image-model-gone``, ``bad-scene``, and
    without `fallback` ``image-refused``, ``image-broken``, ``image-wrong-size``, ``image-failed``, ``extra-missing``, ``weights-missing``,
    ``gan-missing``, ``gan-damaged``, ``gan-not-diverse``, ``gan-copies``.

    Example:
        >>> make_scene("morning light on linen", (320, 240)).image.size
        (320, 240)
    """
    if kind not in SCENES:
        raise AdwrightError(
            both(f"没有“{kind[:20]}”这种底图。", f"There is no scene “{kind[:20]}”."),
            both(f"可选：{'、'.join(SCENES)}。", f"Choose from: {', '.join(SCENES)}."),
            code="bad-scene",
        )
    design = brief if isinstance(brief, Design) else None
    colours = colours or _colours(design, seed)

    def painted() -> Image.Image:
        return paint_scene(size, colours, kind, seed=seed, occasion=design.occasion if design else None)

    if backend == "procedural":
        return Scene(painted(), backend)
    settings = settings or Settings()
    cost: Estimate | None = None
    if backend == "openai":
        cost = estimate(settings, size, quality)
        if not approved:
            raise AdwrightError(
                cost.told,
                both("这会把描述发给服务商并产生费用，确认后再画。", "This sends the description to your provider and costs money; approve it first."),
                code="image-not-approved",
            )  # fmt: skip
    try:
        if backend == "gan":
            return Scene(_by_painter(size, colours, seed, model), backend, "painter")
        prompt = scene_prompt(brief, size, colours, language, edit=product is not None)
        if backend == "diffusers":
            from .scene_weights import by_weights

            path = model or settings.image_weights
            return Scene(_fitted(by_weights(prompt, size, path, seed), size), backend, Path(path or "").name)
        assert cost
        return Scene(_by_api(prompt, size, settings, cost, quality, product, seconds), backend, cost.model, cost)
    except AdwrightError as error:
        if not fallback:
            raise
        note = both(f"{error.message.zh}改用程序绘制的底图。", f"{error.message.en} A scene painted here takes its place.")
        return Scene(painted(), "procedural", notes=(note,))


def scene_prompt(brief: str | Design, size: tuple[int, int], colours: Palette | None, language: Language, edit: bool = False) -> str:
    """Return the text that a model is asked with: a ground without text, people or product, whatever the brief says."""
    from jinja2 import Environment, StrictUndefined

    design = brief if isinstance(brief, Design) else None
    words = (
        _plain(brief) if isinstance(brief, str) else both("干净的棚拍台面与柔和的光", "a clean studio surface in soft light").pick(language)
    )
    occasion = knowledge.occasions().get(design.occasion or "") if design else None
    tone = knowledge.tones().get(design.tone or "") if design else None
    hexes = [f"#{r:02X}{g:02X}{b:02X}" for r, g, b in (colours.ground, colours.ground2, colours.deco)] if colours else []
    package = str(__package__).rsplit(".", 2)[0]
    text = files(f"{package}.prompts").joinpath(f"scene.{language}.md").read_text(encoding="utf-8")
    return (
        Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
        .from_string(text)
        .render(
            width=size[0],
            height=size[1],
            words=words,
            category=knowledge.categories()[design.category].name.pick(language) if design and design.category != "other" else "",
            occasion=occasion.name.pick(language) if occasion else "",
            tone=tone.name.pick(language) if tone else "",
            colours=", ".join(hexes),
            edit=edit,
            place=both("中下部", "lower middle").pick(language),
        )
        .strip()
    )


def _plain(text: str) -> str:
    """The brief as one line of at most 400 characters."""
    from ...data.visible import visible

    return " ".join(visible(text).split())[:400]


def _colours(design: Design | None, seed: int) -> Palette:
    if design is None:
        return choose_palette(None, "other", None, None, seed)
    return choose_palette(design.tone, design.category, design.occasion, design.colour, seed)


def _by_painter(size: tuple[int, int], colours: Palette, seed: int, folder: str | Path | None) -> Image.Image:
    from .gan.painter import SHIPPED
    from .scene import stand_at
    from .scenery import dreamt

    return dreamt(size, colours, stand_at(size), seed, Path(folder) if folder else SHIPPED)


def _fitted(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Scale and cut a picture to the slot, from its middle."""
    from PIL import ImageOps

    return ImageOps.fit(picture.convert("RGB"), size, Image.Resampling.LANCZOS)


def _by_api(
    prompt: str, size: tuple[int, int], settings: Settings, cost: Estimate, quality: str, product: Image.Image | None, seconds: float
) -> Image.Image:
    key = settings.api_key.get_secret_value() if settings.api_key else None
    made = client(settings.image_url or settings.base_url, key, seconds)
    asked = f"{cost.size[0]}x{cost.size[1]}"
    common: dict[str, Any] = {"model": cost.model, "prompt": prompt, "size": asked, "n": 1, "quality": quality}
    if product is None:
        answer = _asked(lambda: made.images.generate(**common), cost.model, seconds)
        return _fitted(_picture(answer, cost), size)
    placed = product.convert("RGBA")
    if placed.size != size:
        raise AdwrightError(
            both(f"商品图层是 {placed.width}x{placed.height}，底图是 {size[0]}x{size[1]}。", f"The product's layer has {placed.width}x{placed.height} px, the ground {size[0]}x{size[1]}."),
            both("请先把抠好的商品放到同样大小的透明画布上。", "Place the cut-out on a transparent canvas of that size."),
            code="image-wrong-size",
        )  # fmt: skip
    canvas, box = _padded(placed, cost.size)
    # The mask's transparent part is what may change: everything but the product.
    mask = Image.new("RGBA", canvas.size, (0, 0, 0, 0))
    mask.putalpha(canvas.getchannel("A").point([255 if a > 8 else 0 for a in range(256)]))
    flat = Image.new("RGB", canvas.size, (238, 238, 236))
    flat.paste(canvas, (0, 0), canvas)
    files_ = {"image": ("product.png", _png(flat), "image/png"), "mask": ("mask.png", _png(mask), "image/png")}
    answer = _asked(lambda: made.images.edit(**common, **files_), cost.model, seconds)  # type: ignore[arg-type]
    returned = _picture(answer, cost).convert("RGB").resize(canvas.size, Image.Resampling.LANCZOS)
    ground = returned.crop(box).resize(size, Image.Resampling.LANCZOS)
    ground.paste(placed, (0, 0), placed)
    return ground


def _padded(placed: Image.Image, asked: tuple[int, int]) -> tuple[Image.Image, tuple[int, int, int, int]]:
    """The slot in the middle of a canvas of the size asked for, as large as fits; and where it lies."""
    scale = min(asked[0] / placed.width, asked[1] / placed.height)
    small = placed.resize((round(placed.width * scale), round(placed.height * scale)), Image.Resampling.LANCZOS)
    left, top = (asked[0] - small.width) // 2, (asked[1] - small.height) // 2
    canvas = Image.new("RGBA", asked, (0, 0, 0, 0))
    canvas.paste(small, (left, top))
    return canvas, (left, top, left + small.width, top + small.height)


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def _asked(ask: Callable[[], Any], model: str, seconds: float) -> Any:
    try:
        return in_time(ask, seconds)
    except Exception as error:
        body = str(getattr(error, "body", "") or "") + str(getattr(error, "code", "") or "")
        if getattr(error, "status_code", None) == 400 and any(word in body for word in ("moderation", "content_policy", "safety")):
            raise AdwrightError(
                both(f"{model} 的内容审核没有通过这个描述。", f"The moderation of {model} refused this description."),
                both("请换一种说法，避开人物、品牌和敏感内容。", "Describe it otherwise, without people, brands or sensitive matter."),
                code="image-refused",
            ) from error
        told = fault(error)
        raise AdwrightError(
            both(f"图像模型 {model} {told.zh}。", f"The image model {model}: {told.en}."),
            both("请检查 ADWRIGHT_IMAGE_MODEL、ADWRIGHT_IMAGE_URL 和密钥。", "Check ADWRIGHT_IMAGE_MODEL, ADWRIGHT_IMAGE_URL and the key."),
            code="image-failed",
        ) from error


def _picture(answer: Any, cost: Estimate) -> Image.Image:
    """The picture of an answer, held against what was asked for. An address instead of a picture is not fetched."""
    data = getattr(answer, "data", None)
    content = getattr(data[0], "b64_json", None) if isinstance(data, list) and data else None
    try:
        if not isinstance(content, str):
            raise ValueError("no picture")
        picture = load_photo(base64.b64decode(content, validate=True))
    except (ValueError, AdwrightError) as error:
        raise AdwrightError(
            both(f"{cost.model} 返回的内容不是一张完整的图片。", f"What {cost.model} returned is not a whole picture."),
            both("请重试；如果它只返回网址，请换一个返回图片数据的服务。", "Try again; if it only returns addresses, use a service that returns the picture."),
            code="image-broken",
        ) from error  # fmt: skip
    wanted = cost.size[0] / cost.size[1]
    if abs(picture.width / picture.height / wanted - 1) > SHAPE or picture.width * 2 < cost.size[0]:
        raise AdwrightError(
            both(f"{cost.model} 返回 {picture.width}x{picture.height}，要的是 {cost.size[0]}x{cost.size[1]}。", f"{cost.model} returned {picture.width}x{picture.height}, not {cost.size[0]}x{cost.size[1]}."),
            both("请换一个支持这个尺寸的模型。", "Use a model that takes this size."),
            code="image-wrong-size",
        )  # fmt: skip
    return picture
