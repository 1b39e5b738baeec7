"""C2PA: what a source type says, clear refusals, and with the extra installed a signature that other software reads."""

from __future__ import annotations

import datetime
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from adwright.data.errors import AdwrightError
from adwright.tools.creative import Design
from adwright.tools.creative.credentials import signed, source_of
from adwright.tools.creative.provenance import encode, read_label

PLAIN = Design("新品", "去看看")


def test_the_source_type_says_what_painted() -> None:
    picture = Image.new("RGBA", (8, 8))
    kinds = [
        source_of(one).rpartition("/")[2]
        for one in (PLAIN, replace(PLAIN, photo=picture), replace(PLAIN, uncut=picture), replace(PLAIN, ground=picture), replace(PLAIN, scene="gan"))
    ]  # fmt: skip
    trained = "compositeWithTrainedAlgorithmicMedia"
    assert kinds == ["algorithmicMedia", "compositeSynthetic", "compositeSynthetic", trained, trained]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    for cert, key in (("", str(tmp_path / "key.pem")), (str(tmp_path / "absent.pem"), "")):
        with pytest.raises(AdwrightError) as caught:
            signed(b"", ".png", cert, key, "x")
        assert caught.value.code == "c2pa-file" and "ADWRIGHT_C2PA_CERT" in caught.value.message.zh


def certificate(folder: Path) -> tuple[str, str]:
    """A chain of two certificates for signing and its key, as PEM files."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization  # pyright: ignore[reportMissingImports]
    from cryptography.hazmat.primitives.asymmetric import ec  # pyright: ignore[reportMissingImports]

    now = datetime.datetime.now(datetime.UTC)
    root, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())

    def name(text: str):
        return x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Shop"), x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    def made(subject: str, public, ca: bool):
        builder = x509.CertificateBuilder(name("Root"), name(subject), public, x509.random_serial_number(), now - datetime.timedelta(1), now + datetime.timedelta(30))  # fmt: skip
        builder = builder.add_extension(x509.BasicConstraints(ca, None), True)
        builder = builder.add_extension(x509.KeyUsage(True, False, False, False, False, ca, ca, False, False), True)
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), False)
        if not ca:
            builder = builder.add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
        return builder.sign(root, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    cert, key = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made("Shop", own.public_key(), False) + made("Root", root.public_key(), True))
    key.write_bytes(own.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return str(cert), str(key)


def test_a_signed_picture_is_valid_and_keeps_its_label(tmp_path: Path) -> None:
    c2pa = pytest.importorskip("c2pa")
    cert, key = certificate(tmp_path)
    for size in ((300, 250), (800, 800)):
        content, suffix, _ = encode(Image.new("RGB", size, (90, 120, 200)), None)
        done = signed(content, f".{suffix}", cert, key, source_of(PLAIN))
        assert read_label(Image.open(io.BytesIO(done))) == read_label(Image.open(io.BytesIO(content)))
        told = json.loads(c2pa.Reader("image/png" if suffix == "png" else "image/jpeg", io.BytesIO(done)).json())
        action = told["manifests"][told["active_manifest"]]["assertions"][0]["data"]["actions"][0]
        assert told["validation_state"] == "Valid" and action == {"action": "c2pa.created", "digitalSourceType": source_of(PLAIN)}
    with pytest.raises(AdwrightError) as caught:
        signed(content, ".jpg", cert, cert, source_of(PLAIN))
    assert caught.value.code == "c2pa-refused"
