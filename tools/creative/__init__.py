"""Creative: copy, policy check, pictures and films from the product's own facts. Names load when they are first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .brand import Brand, brand_kit
    from .compositor import Banner, compose
    from .copy import write_copy
    from .cutout import cut_out
    from .describe import describe_image, with_photo, with_whole_photo
    from .design import Design
    from .draft import Copy, draft_copy
    from .gan.train import train_gan
    from .image import make_banner
    from .measure import compare_copy, evaluate_copy
    from .photo import load_photo
    from .phrases import Phrasebook
    from .policy import apply_fixes, lint
    from .scene_models import make_scene
    from .sets import compose_set
    from .small_training import train_writer
    from .small_writer import SmallWriter
    from .styles import transfer_style
    from .support import unsupported
    from .video import make_video

_HOME = {
    "write_copy": "copy",
    "draft_copy": "draft",
    "Copy": "draft",
    "evaluate_copy": "measure",
    "compare_copy": "measure",
    "Phrasebook": "phrases",
    "unsupported": "support",
    "apply_fixes": "policy",
    "lint": "policy",
    "Banner": "compositor",
    "Brand": "brand",
    "Design": "design",
    "brand_kit": "brand",
    "compose": "compositor",
    "SmallWriter": "small_writer",
    "compose_set": "sets",
    "cut_out": "cutout",
    "describe_image": "describe",
    "load_photo": "photo",
    "make_scene": "scene_models",
    "make_banner": "image",
    "make_video": "video",
    "train_gan": "gan.train",
    "train_writer": "small_training",
    "transfer_style": "styles",
    "with_photo": "describe",
    "with_whole_photo": "describe",
}
__all__ = [
    "Banner",
    "Brand",
    "Copy",
    "Design",
    "Phrasebook",
    "SmallWriter",
    "apply_fixes",
    "brand_kit",
    "compare_copy",
    "compose",
    "compose_set",
    "cut_out",
    "describe_image",
    "draft_copy",
    "evaluate_copy",
    "lint",
    "load_photo",
    "make_banner",
    "make_scene",
    "make_video",
    "train_gan",
    "train_writer",
    "transfer_style",
    "unsupported",
    "with_photo",
    "with_whole_photo",
    "write_copy",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
