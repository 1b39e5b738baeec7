"""Content credentials (C2PA 2.1): pictures and films signed with the merchant's own certificate when they leave the workspace.

Two settings name PEM files: the certificate with its chain, and its private key. The manifest says that the file was created and
by what kind of source; visible label and XMP stay as they are. Needs the extra `c2pa`. Not covered: a time stamp by an
authority, and trust - whether a verifier knows the certificate's issuer is for the issuer.
"""

from __future__ import annotations

import io
import json
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ...data.errors import AdwrightError
from ...data.words import both
from .design import Design

if TYPE_CHECKING:
    from ...data.workspace import Workspace

_IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_FORMS = {".png": "image/png", ".jpg": "image/jpeg", ".mp4": "video/mp4"}


def source_of(design: Design) -> str:
    """The IPTC digital source type of a design's picture: its last word says what painted it.

    A trained model's ground makes it ``compositeWithTrainedAlgorithmicMedia``, a photo on a painted ground ``compositeSynthetic``;
    all else is drawn by rules: ``algorithmicMedia``.
    """
    if design.ground is not None or design.scene == "gan":
        return f"{_IPTC}compositeWithTrainedAlgorithmicMedia"
    shown = design.photo if design.photo is not None else design.uncut
    return f"{_IPTC}{'compositeSynthetic' if shown is not None else 'algorithmicMedia'}"


def credited(workspace: Workspace, name: str) -> bytes:
    """Return the bytes of a kept picture or film, signed when the workspace names a certificate (``c2pa_cert``, ``c2pa_key``).

    Raises `AdwrightError`: ``unknown-artefact``, and as `signed` does.
    """
    content = workspace.artefacts.read(name)
    cert, key = workspace.settings.c2pa_cert, workspace.settings.c2pa_key
    if not (cert or key) or PurePosixPath(name).suffix not in _FORMS:
        return content
    source = workspace.artefacts.meta(name).get("source", f"{_IPTC}algorithmicMedia")
    return signed(content, PurePosixPath(name).suffix, cert or "", key or "", source)


def signed(content: bytes, suffix: str, cert: str, key: str, source: str) -> bytes:
    """Sign a PNG, JPEG or MP4; `cert` and `key` are paths of PEM files, `source` an IPTC digital source type.

    Raises `AdwrightError`: ``c2pa-missing`` (the package), ``c2pa-file`` (a PEM file that is absent or not named), ``c2pa-refused``
    (certificate and key do not fit, or the certificate may not sign).
    """
    chain, secret = (_read(path, which) for path, which in ((cert, "ADWRIGHT_C2PA_CERT"), (key, "ADWRIGHT_C2PA_KEY")))
    try:
        import c2pa  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise AdwrightError(
            both("设置了 C2PA 证书，但没有安装签名组件。", "A C2PA certificate is set, but the signing package is not installed."),
            both("请安装：pip install 'adwright[c2pa]'。", "Install it: pip install 'adwright[c2pa]'."),
            code="c2pa-missing",
        ) from None
    manifest = {
        "claim_generator_info": [{"name": "Adwright"}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": source}]}}],
    }
    out = io.BytesIO()
    try:
        signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(_algorithm(secret), chain, secret, None))
        c2pa.Builder(json.dumps(manifest)).sign(signer, _FORMS[suffix], io.BytesIO(content), out)
    except (c2pa.C2paError, ValueError, TypeError) as error:
        raise AdwrightError(
            both(f"用这张证书签不了名：{str(error)[:120]}。", f"This certificate cannot sign: {str(error)[:120]}."),
            both(
                "请检查证书链和私钥是否成对、是否允许签名。", "Check that chain and key belong together and that the certificate may sign."
            ),
            code="c2pa-refused",
        ) from None
    return out.getvalue()


def _read(path: str, setting: str) -> bytes:
    try:
        return Path(path).expanduser().read_bytes()
    except OSError:
        raise AdwrightError(
            both(f"读不到 {setting} 指的文件“{Path(path).name[:60]}”。", f"The file that {setting} names cannot be read: “{Path(path).name[:60]}”."),
            both("两个设置都要填：证书链和私钥的 PEM 文件。", "Both settings are needed: PEM files of the certificate chain and of the private key."),
            code="c2pa-file",
        ) from None  # fmt: skip


def _algorithm(key: bytes) -> bytes:
    """The signing algorithm of a private key: ES256, ES384 or ES512 by its curve, Ed25519, or PS256 for RSA."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519  # pyright: ignore[reportMissingImports]
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # pyright: ignore[reportMissingImports]

    found = load_pem_private_key(key, None)
    if isinstance(found, ec.EllipticCurvePrivateKey):
        return {256: b"es256", 384: b"es384"}.get(found.curve.key_size, b"es512")
    return b"ed25519" if isinstance(found, ed25519.Ed25519PrivateKey) else b"ps256"
