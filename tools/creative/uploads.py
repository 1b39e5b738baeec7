"""A merchant's own files for pictures and films: a product photo with its cut-out, a piece of music. Checked, then kept as artefacts.

What comes in is only what `load_photo` and the sound decoder take; a photo is stored again from its pixels, without metadata.
Not here: what is said of a photo (`describe`), placing it (`compositor`).
"""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from ...data.errors import AdwrightError
from ...data.look import MUSIC
from ...data.words import both
from .describe import PhotoFacts, describe_image, product_colour
from .photo import load_photo

if TYPE_CHECKING:
    from ...data.artefacts import Artefacts
    from ...data.workspace import Workspace

MOST_MUSIC_BYTES = 20_000_000
LONGEST_MUSIC = 600.0
# A photo shown as it is fills at least half of a picture; with fewer pixels on its short side it would look soft.
LEAST_WHOLE = 700


def keep_media(workspace: Workspace, source: str | Path | bytes, name: str = "") -> tuple[str, str]:
    """Check a file and keep it; returns ``("photo" | "music", artefact id)``.

    Raises what `load_photo` raises, and ``music-too-heavy``, ``music-broken``, ``music-too-long``.
    """
    if not isinstance(source, bytes) and "://" not in str(source) and Path(source).suffix.lower() in MUSIC:
        return "music", keep_music(workspace, Path(source))
    image = load_photo(source)
    buffer = io.BytesIO()
    if image.mode == "RGBA":
        image.save(buffer, "PNG")
    else:
        image.save(buffer, "JPEG", quality=92)
    title = name or (Path(source).name if not isinstance(source, bytes) else "")
    return "photo", workspace.artefacts.put(buffer.getvalue(), "png" if image.mode == "RGBA" else "jpg", photo=title[:80])


def photo_facts(artefacts: Artefacts, photo: str) -> PhotoFacts:
    """Measure a kept photo; its cut-out is kept beside it, when it is good, so that pictures need not cut again."""
    facts = describe_image(load_photo(artefacts.read(photo)))
    known: dict[str, Any] = {"cut": ""}
    if facts.cut is not None:
        buffer = io.BytesIO()
        facts.cut.image.save(buffer, "PNG", compress_level=3)
        known["cut"] = artefacts.put(buffer.getvalue(), "png", cut_of=photo)
        known["colour"] = list(product_colour(facts.colours))
    artefacts.put(artefacts.read(photo), photo.partition(".")[2], **known)
    return facts


def cut_photo(artefacts: Artefacts, photo: str) -> tuple[Image.Image, tuple[int, int, int]] | None:
    """Return the product of a kept photo (RGBA) and its colour; None when it could not be cut out well enough."""
    meta = artefacts.meta(photo)
    if "cut" not in meta:
        photo_facts(artefacts, photo)
        meta = artefacts.meta(photo)
    if not meta["cut"]:
        return None
    red, green, blue = meta["colour"]
    return _opened(str(artefacts.path(meta["cut"]))), (red, green, blue)


def whole_photo(artefacts: Artefacts, photo: str) -> Image.Image | None:
    """Return a kept photo to be shown as it is; None for a cut-out, and for one too small to fill half of a picture."""
    image = load_photo(artefacts.read(photo))
    return image if image.mode != "RGBA" and min(image.size) >= LEAST_WHOLE else None


def opened(artefacts: Artefacts, name: str) -> Image.Image:
    """Return a kept picture, RGBA."""
    return _opened(str(artefacts.path(name)))


@lru_cache(maxsize=4)
def _opened(path: str) -> Image.Image:
    image = Image.open(path)
    image.load()
    return image.convert("RGBA")


def keep_music(workspace: Workspace, path: Path) -> str:
    """Check a sound file and keep it as it is. Raises ``photo-missing``, ``music-too-heavy``, ``music-broken``, ``music-too-long``."""
    if not path.is_file():
        raise AdwrightError(
            both(f"找不到文件“{path.name[:60]}”。", f"There is no file “{path.name[:60]}”."),
            both("请检查路径。", "Check the path."),
            code="photo-missing",
        )
    if path.stat().st_size > MOST_MUSIC_BYTES:
        raise AdwrightError(
            both(
                f"音乐文件 {path.stat().st_size / 1e6:.0f} MB，超过 20 MB。",
                f"The music has {path.stat().st_size / 1e6:.0f} MB, more than 20.",
            ),
            both("请用 MP3 或 M4A，或截取需要的一段。", "Use MP3 or M4A, or cut out the part you need."),
            code="music-too-heavy",
        )
    content = path.read_bytes()
    seconds = music_seconds(content)
    if seconds > LONGEST_MUSIC:
        raise AdwrightError(
            both(f"音乐有 {seconds / 60:.0f} 分钟，超过 10 分钟。", f"The music lasts {seconds / 60:.0f} minutes, more than 10."),
            both("请截取需要的一段。", "Cut out the part you need."),
            code="music-too-long",
        )
    return workspace.artefacts.put(content, path.suffix.lower().lstrip("."), music=path.name[:80], seconds=round(seconds, 2))


def music_seconds(content: bytes) -> float:
    """Length of a sound file, from its first decodable stream. Raises ``music-broken``."""
    import av
    from av.error import FFmpegError

    try:
        with av.open(io.BytesIO(content), "r") as opened:
            stream = opened.streams.audio[0]
            next(opened.decode(stream))
            length = stream.duration * stream.time_base if stream.duration and stream.time_base else (opened.duration or 0) / 1_000_000
            return float(length)
    except (FFmpegError, IndexError, StopIteration, ValueError, OSError):
        raise AdwrightError(
            both("这个文件不是能播放的音乐。", "This file is no music that can be played."),
            both("请换一个 MP3、M4A 或 WAV 文件。", "Use an MP3, M4A or WAV file."),
            code="music-broken",
        ) from None
