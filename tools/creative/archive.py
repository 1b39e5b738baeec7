"""Pictures as one ZIP: a folder for each channel, and the gate's report as a table. Same pictures, same bytes."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ...data.plan import Media
from ...data.words import Language

if TYPE_CHECKING:
    from ...data.artefacts import Artefacts

TIMESTAMP = (2026, 1, 1, 0, 0, 0)
UNPACKED = {".png", ".jpg", ".mp4"}


def picture_archive(artefacts: Artefacts, media: Sequence[Media], language: Language) -> bytes:
    """Return ``channel/1080x1080-zh-1.jpg`` for every picture, and ``checks.csv`` (UTF-8 with BOM) with each check.

    Raises `AdwrightError` (``unknown-artefact``) when a picture is gone.
    """
    buffer, report = io.BytesIO(), io.StringIO(newline="")
    table = csv.writer(report)
    table.writerow(["file", "check", "passed", "result"])
    with zipfile.ZipFile(buffer, "w") as archive:
        for item in media:
            suffix = PurePosixPath(item.id).suffix
            name = f"{item.channel}/{item.width}x{item.height}{f'-{item.language}' if item.language else ''}-{item.variant}{suffix}"
            _add(archive, name, artefacts.read(item.id))
            table.writerows([name, check.id, "yes" if check.passed else "no", check.text.pick(language)] for check in item.checks)
        _add(archive, "checks.csv", report.getvalue().encode("utf-8-sig"))
    return buffer.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, TIMESTAMP)
    entry.compress_type = zipfile.ZIP_STORED if PurePosixPath(name).suffix in UNPACKED else zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)
