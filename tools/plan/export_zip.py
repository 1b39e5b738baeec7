"""The creatives as one archive: pictures, films, copy as text files and one table, and a manifest with checksums."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from ...data.plan import CampaignPlan, Creative
from ...data.words import Language
from ..creative.credentials import credited
from .export_text import neutral

if TYPE_CHECKING:
    from ...data.workspace import Workspace

# The archive's bytes depend on the plan alone, so the clock is left out.
TIMESTAMP = (2026, 1, 1, 0, 0, 0)
UNPACKED = {".png", ".jpg", ".jpeg", ".webp", ".mp4", ".gif"}


def creatives(workspace: Workspace, plan: CampaignPlan, language: Language) -> bytes:
    """Return the ZIP: ``pictures/``, ``videos/``, ``copy/*.txt``, ``copy.csv`` (UTF-8 with BOM) and ``manifest.json``.

    Pictures and films are signed where the workspace names a certificate. Raises `AdwrightError`: ``unknown-artefact`` when a picture of
    the plan is gone, and as `creative.credentials` does.
    """
    entries: dict[str, bytes] = {}
    listed: list[dict[str, Any]] = []
    for creative in plan.creatives:
        entries[f"copy/{_name(creative)}.txt"] = _text(creative).encode()
        for media in creative.media:
            folder = "videos" if media.kind == "video" else "pictures"
            suffix = PurePosixPath(media.id).suffix
            name = f"{folder}/{_safe(media.channel)}-{media.width}x{media.height}-{PurePosixPath(media.id).stem}{suffix}"
            if name not in entries:
                entries[name] = credited(workspace, media.id)
            listed.append(
                {
                    "file": name,
                    "creative": creative.id,
                    "channel": media.channel,
                    "kind": media.kind,
                    "width": media.width,
                    "height": media.height,
                    "seconds": media.seconds,
                    "alt": media.alt.pick(language),
                    "how": media.how.pick(language),
                    "checks": [{"id": check.id, "passed": check.passed} for check in media.checks],
                }
            )
    entries["copy.csv"] = copy_table(plan).encode("utf-8-sig")
    manifest = {
        "plan": plan.id,
        "version": plan.version,
        "status": plan.status,
        "shop": plan.shop,
        "demo": plan.demo,
        "title": plan.title.model_dump(),
        "media": listed,
        "files": {name: {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()} for name, body in sorted(entries.items())},
    }
    entries["manifest.json"] = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, body in sorted(entries.items()):
            info = zipfile.ZipInfo(name, TIMESTAMP)
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_STORED if PurePosixPath(name).suffix in UNPACKED else zipfile.ZIP_DEFLATED
            archive.writestr(info, body)
    return buffer.getvalue()


def copy_table(plan: CampaignPlan) -> str:
    """Return every text of the plan as CSV, one row a field; texts are neutralised against formulas."""
    buffer = io.StringIO()
    table = csv.writer(buffer, lineterminator="\r\n")
    table.writerow(["creative", "channel", "language", "variant", "field", "text", "used", "limit", "ok", "author"])
    for creative in plan.creatives:
        for field in creative.copy_fields:
            texts = [creative.id, creative.channel, creative.language]
            limit = "" if field.limit is None else field.limit
            row = [
                *map(neutral, texts),
                creative.variant,
                neutral(field.field),
                neutral(field.text),
                field.used,
                limit,
                str(field.ok).lower(),
                field.author or creative.author,
            ]
            table.writerow(row)
    return buffer.getvalue()


def _text(creative: Creative) -> str:
    return "\n".join(f"[{field.field}]\n{field.text}\n" for field in creative.copy_fields)


def _name(creative: Creative) -> str:
    return f"{_safe(creative.channel)}-{_safe(creative.id)}-{creative.variant}"


def _safe(text: str) -> str:
    """Keep letters, digits and hyphens of a name inside an archive, so that no path can leave it."""
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in text)[:60] or "x"
