"""The recovery kit (section Keys)."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from encoding import (
    Refused, base64url, constant, from_hex_id, items, members, parse_json, text,
)
from envelope import PrivateKey, load_private_key, thumbprint_of
from statements import thumbprint

MAX_NODES = 1024


@dataclass(frozen=True)
class Kit:
    library: bytes
    root: str
    recovery_key: PrivateKey


def open_kit(folder: Path, passphrase: str) -> Kit:
    about = members(
        parse_json((folder / "kit.json").read_bytes()),
        "format", "version", "libraryId", "createdAt", "rootFingerprint", "recoveryThumbprint", "nodes",
    )
    constant(about["format"], "clef-recovery-kit")
    constant(about["version"], 1)
    text(about["createdAt"])
    for node in items(about["nodes"], 0, MAX_NODES):
        from_hex_id(members(node, "id", "place")["id"])
    typed = typed_passphrase(passphrase)
    try:
        recovery_key = load_private_key((folder / "recovery-key.pem").read_bytes(), typed)
        root_key = load_pem_private_key((folder / "root-key.pem").read_bytes(), typed)
    except ValueError as error:
        raise Refused("the passphrase does not open the kit") from error
    if not isinstance(root_key, Ed25519PrivateKey):
        raise Refused("another root key")
    public = root_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    # AES-CBC does not say who wrote it: the keys must be those of kit.json.
    constant(about["rootFingerprint"], thumbprint({"kty": "OKP", "crv": "Ed25519", "x": base64url(public)}))
    constant(about["recoveryThumbprint"], thumbprint_of(recovery_key))
    return Kit(from_hex_id(about["libraryId"]), about["rootFingerprint"], recovery_key)


def typed_passphrase(passphrase: str) -> bytes:
    """One that Clef made is to be typed as printed: capitals, in groups with dashes."""
    return unicodedata.normalize("NFC", passphrase.strip()).encode("utf-8")
