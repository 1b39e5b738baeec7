"""Marks that say a picture or film was made by a machine: the visible label's words and the metadata in the file.

China's labelling measures (in force 2025-09-01) and GB 45438-2025 ask for a visible label and an implicit one; the
implicit label is the JSON field `AIGC` (names after TC260 practice guide) in XMP, and as PNG text. Read from third-party
copies, so unverified. A signed C2PA manifest needs the merchant's certificate: see `credentials`.
"""

from __future__ import annotations

import hashlib
import io
import json

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ...data.words import both

LABEL = both("AI 生成", "AI-generated")
PRODUCER = "Adwright"
# Pictures up to this many pixels are PNG (sharp at small sizes); larger ones JPEG without chroma subsampling.
PNG_PIXELS = 120_000


def aigc(picture_id: str) -> str:
    """Return the implicit label as JSON; `picture_id` names the content (a digest)."""
    return json.dumps(
        {
            "Label": "1",
            "ContentProducer": PRODUCER,
            "ProduceID": picture_id,
            "ReservedCode1": "",
            "ContentPropagator": "",
            "PropagateID": "",
            "ReservedCode2": "",
        },
        ensure_ascii=False,
    )


def xmp(picture_id: str) -> bytes:
    """Return an XMP packet with the implicit label and IPTC's digital source type."""
    packet = (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        'Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia">'
        f'<TC260:AIGC>{aigc(picture_id)}</TC260:AIGC></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )
    return packet.encode()


def read_label(image: Image.Image) -> str | None:
    """Return the implicit label of an opened picture, or None."""
    raw = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or image.info.get("AIGC") or b""
    text = raw if isinstance(raw, str) else raw.decode(errors="replace")
    start = text.find('{"Label"')
    return text[start : text.find("}", start) + 1] if start >= 0 else None


def encode(picture: Image.Image, max_kb: int | None) -> tuple[bytes, str, Image.Image]:
    """Write a picture with its labels, within `max_kb` if quality allows; returns bytes, suffix and the picture as decoded."""
    limit = None if max_kb is None else max_kb * 1024
    if picture.width * picture.height <= PNG_PIXELS:
        name = _name(picture.tobytes())
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", xmp(name).decode())
        info.add_itxt("AIGC", aigc(name))
        data = _saved(picture, "PNG", pnginfo=info, compress_level=4)
        if limit is None or len(data) <= limit:
            return data, "png", picture
    data = b""
    # Colour at half the width cannot be told from full colour in a large picture, and halves its weight.
    fine = 0 if picture.width * picture.height < 600_000 else 1
    for quality in (90, 84, 76, 68, 60):
        data = labelled(_saved(picture, "JPEG", quality=quality, subsampling=fine if quality > 70 else 2))
        if limit is None or len(data) <= limit:
            break
    decoded = Image.open(io.BytesIO(data))
    decoded.load()
    return data, "jpg", decoded


def labelled(jpeg: bytes) -> bytes:
    """Put the implicit label into a JPEG that has none: an APP1 segment after the first marker."""
    packet = b"http://ns.adobe.com/xap/1.0/\x00" + xmp(_name(jpeg))
    return jpeg[:2] + b"\xff\xe1" + (len(packet) + 2).to_bytes(2, "big") + packet + jpeg[2:]


def _name(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _saved(picture: Image.Image, form: str, **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()
