"""Creative: copy, policy check, pictures and films from the product's own facts. Names load when they are first used."""

from importlib import import_module
from typing import Any

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
    "Design": "setting",
    "compose": "compositor",
    "make_scene": "scene",
    "make_banner": "image",
    "make_video": "video",
}
__all__ = [
    "Banner",
    "Copy",
    "Design",
    "Phrasebook",
    "apply_fixes",
    "compare_copy",
    "compose",
    "draft_copy",
    "evaluate_copy",
    "lint",
    "make_banner",
    "make_scene",
    "make_video",
    "unsupported",
    "write_copy",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
