"""Loading a merchant's photo: only plain, whole, sensible pictures come in, everything else is refused by name.

A file is read as bytes from this machine; addresses are not fetched. Turned by its EXIF orientation, freed of all other
metadata (place, device), sRGB, at most `SIDE` px on the long side.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from ...data.errors import AdwrightError
from ...data.words import Words, both

MOST_BYTES = 20_000_000
MOST_PIXELS = 40_000_000
LEAST_SIDE = 64
SIDE = 2048
FORMATS = ("JPEG", "PNG", "WEBP", "BMP")

_HINT = both("请换一张 JPEG 或 PNG 商品照片。", "Use a JPEG or PNG photo of the product.")


def _refused(code: str, zh: str, en: str, hint: Words = _HINT) -> AdwrightError:
    return AdwrightError(both(zh, en), hint, code=code)


def load_photo(source: str | Path | bytes, folder: str | Path | None = None) -> Image.Image:
    """Open a photo as RGB, or RGBA where it has transparency.

    `source` is a path or the file's bytes; with `folder` a path must lie inside it. Raises `AdwrightError` with a code that
    says what is wrong: ``photo-url``, ``photo-path``, ``photo-missing``, ``photo-too-heavy``, ``photo-too-large``,
    ``photo-too-small``, ``photo-not-image`` (SVG, HTML, PDF and the like too), ``photo-broken``, ``photo-animated``,
    ``photo-cmyk``, ``photo-empty``.

    Example:
        >>> load_photo("shoe.jpg").mode  # doctest: +SKIP
        'RGB'
    """
    content = source if isinstance(source, bytes) else _read(source, folder)
    if len(content) > MOST_BYTES:
        raise _refused(
            "photo-too-heavy",
            f"图片文件 {len(content) / 1e6:.0f} MB，超过 {MOST_BYTES // 1_000_000} MB。",
            f"The picture file has {len(content) / 1e6:.0f} MB, more than {MOST_BYTES // 1_000_000} MB.",
        )
    start = content[:512].lstrip().lower()
    if start.startswith((b"<svg", b"<?xml", b"<!doctype", b"<html", b"%pdf")):
        raise _refused("photo-not-image", "这是网页、SVG 或 PDF 文件，不是照片。", "This is a web page, SVG or PDF file, not a photo.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            opened = Image.open(io.BytesIO(content), formats=(*FORMATS, "GIF", "TIFF"))
    except UnidentifiedImageError:
        raise _refused("photo-not-image", "这个文件不是图片。", "This file is not a picture.") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise _too_large(0, 0) from None
    except (OSError, SyntaxError, ValueError):
        raise _broken() from None
    if opened.width * opened.height > MOST_PIXELS:
        raise _too_large(*opened.size)
    if getattr(opened, "n_frames", 1) > 1 or opened.format == "GIF":
        raise _refused("photo-animated", "这是动图，不是一张照片。", "This picture is animated.")
    if opened.format not in FORMATS:
        raise _refused("photo-not-image", f"不支持 {opened.format} 格式。", f"{opened.format} files are not supported.")
    if opened.mode == "CMYK":
        raise _refused(
            "photo-cmyk",
            "图片是印刷用的 CMYK 颜色，直接转换会偏色。",
            "The picture has CMYK colours for print; converting them blindly would shift the product's colour.",
            both("请在修图软件里转成 sRGB 再上传。", "Convert it to sRGB in your picture editor first."),
        )
    return _clean(opened)


def _read(source: str | Path, folder: str | Path | None) -> bytes:
    text = str(source)
    if "://" in text or text.startswith(("data:", "//")):
        raise _refused(
            "photo-url",
            "这是网址，不是文件；不会去网上下载图片。",
            "This is an address, not a file; pictures are not downloaded.",
            both("请把图片存到本机再上传。", "Save the picture on this computer and upload it."),
        )
    if "\x00" in text:
        raise _refused("photo-path", "文件名不合法。", "The file name is not valid.")
    path = Path(text).resolve()
    if folder is not None and not path.is_relative_to(Path(folder).resolve()):
        raise _refused("photo-path", "文件不在允许的文件夹里。", "The file is outside the folder that may be read.")
    if not path.is_file():
        raise _refused("photo-missing", f"找不到图片文件“{Path(text).name[:60]}”。", f"There is no picture file “{Path(text).name[:60]}”.")
    if path.stat().st_size > MOST_BYTES:
        raise _refused(
            "photo-too-heavy",
            f"图片文件 {path.stat().st_size / 1e6:.0f} MB，超过 {MOST_BYTES // 1_000_000} MB。",
            f"The picture file has {path.stat().st_size / 1e6:.0f} MB, more than {MOST_BYTES // 1_000_000} MB.",
        )
    return path.read_bytes()


def _too_large(width: int, height: int) -> AdwrightError:
    zh = f"图片 {width}×{height} 像素，" if width else "图片的像素数"
    en = f"The picture has {width}×{height} pixels, more" if width else "The picture has more pixels"
    return _refused("photo-too-large", f"{zh}超过 {MOST_PIXELS // 1_000_000} 百万像素。", f"{en} than {MOST_PIXELS // 1_000_000} million.")


def _broken() -> AdwrightError:
    return _refused("photo-broken", "图片文件不完整或已损坏。", "The picture file is damaged or not whole.")


def _clean(opened: Image.Image) -> Image.Image:
    try:
        opened.load()
        turned = ImageOps.exif_transpose(opened)
    except (OSError, SyntaxError, ValueError, EOFError):
        raise _broken() from None
    profile = opened.info.get("icc_profile")
    clear = "A" in turned.getbands() or "transparency" in turned.info
    picture = turned.convert("RGBA" if clear else "RGB")
    if profile:
        picture = _srgb(picture, profile)
    if min(picture.size) < LEAST_SIDE:
        raise _refused(
            "photo-too-small",
            f"图片只有 {picture.width}×{picture.height} 像素，做广告图会糊。",
            f"The picture has only {picture.width}×{picture.height} pixels; an ad made of it would be blurred.",
        )
    if clear:
        low, high = picture.getchannel("A").getextrema()
        if high < 16:  # type: ignore[operator]
            raise _refused("photo-empty", "这张透明图里什么也没有。", "There is nothing in this transparent picture.")
        if low == 255:
            picture = picture.convert("RGB")
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    picture.info.clear()
    return picture


def _srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        alpha = picture.getchannel("A") if picture.mode == "RGBA" else None
        turned = ImageCms.profileToProfile(picture.convert("RGB"), own, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        # A profile that cannot be read is as good as none.
        return picture
    if turned is None:
        return picture
    if alpha is not None:
        turned.putalpha(alpha)
    return turned
