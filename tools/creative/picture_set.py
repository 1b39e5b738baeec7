"""A set of pictures as it is kept: the request it was made from, its pictures, and its versions, so that an edit can be undone."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from ...data.brief import Document
from ...data.errors import AdwrightError
from ...data.plan import Media
from ...data.words import Words, both

if TYPE_CHECKING:
    from ...data.workspace import Workspace


class PictureSet(Document):
    """One version of a set. `request` holds the arguments of `generate_image`, `seeds` the seed of each look."""

    id: str
    version: int = 1
    parent: int | None = None
    change: Words | None = None
    request: dict[str, Any]
    media: list[Media]
    seeds: list[int]


def new_set(request: dict[str, Any], media: list[Media], seeds: list[int]) -> PictureSet:
    """Return the first version of a set; the same request has the same id."""
    told = json.dumps(request, ensure_ascii=False, sort_keys=True)
    return PictureSet(id=f"s{hashlib.sha256(told.encode()).hexdigest()[:10]}", request=request, media=media, seeds=seeds)


def keep_set(workspace: Workspace, made: PictureSet) -> PictureSet:
    """Store a version and return it; an edit gets the next free number."""
    head = workspace.records.get(f"pictures:{made.id}", 0)
    if made.parent is not None:
        made = made.model_copy(update={"version": head + 1})
    workspace.records.put(f"pictures:{made.id}:{made.version}", made.model_dump(mode="json"))
    workspace.records.put(f"pictures:{made.id}", max(head, made.version))
    return made


def stored_set(workspace: Workspace, set_id: str | None, version: int | None = None) -> PictureSet:
    """Return a version of a set (the newest by default). Raises `AdwrightError` (``no-pictures``)."""
    number = version or (workspace.records.get(f"pictures:{set_id}") if set_id else None)
    found = workspace.records.get(f"pictures:{set_id}:{number}") if set_id else None
    if found is None:
        raise AdwrightError(
            both("这个对话里还没有可以修改的图。", "There are no pictures in this conversation to change yet."),
            both(
                "先说要给什么商品出图，例如“给跑鞋出一套小红书的图”。",
                "Ask for some first, such as “pictures of the running shoes for Instagram”.",
            ),
            code="no-pictures",
        )
    return PictureSet.model_validate(found)
