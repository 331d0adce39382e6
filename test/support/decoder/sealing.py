"""What is sealed, and how it opens.

Sections Track key, Asset header, Asset keys, Chunks, Sealed documents and Records.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

from encoding import Refused, integer, members, parse_json, sha256

CHUNK_BYTES = 65_536
TAG_BYTES = 16
SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES
HEADER_BYTES = 96
MAX_PADDED_BYTES = 2**40
MAX_RECORD_BYTES = 2**20
ASSET_KINDS = ("original", "rendition", "cover", "packet-table")


def unwrap_key(wrapped: bytes, library_key: bytes) -> bytes:
    """A track key, or a log segment's, which is wrapped like one."""
    if len(wrapped) != 40:
        raise Refused("a wrapped key of another length")
    try:
        return aes_key_unwrap(library_key, wrapped)
    except InvalidUnwrap as error:
        raise Refused("the wrapped key does not open") from error


def chunk_count(plain_bytes: int) -> int:
    """An empty plaintext is one empty chunk."""
    return max(1, -(-plain_bytes // CHUNK_BYTES))


class ChunkCipher:
    """Opens the chunks of a plaintext of `plain_bytes`, one by one."""

    def __init__(self, key: bytes, plain_bytes: int) -> None:
        self._aes = AESGCM(key)
        self.count = chunk_count(plain_bytes)
        self._last_bytes = plain_bytes - CHUNK_BYTES * (self.count - 1)

    def open(self, index: int, sealed: bytes) -> bytes:
        is_last = index == self.count - 1
        if len(sealed) != TAG_BYTES + (self._last_bytes if is_last else CHUNK_BYTES):
            raise Refused(f"chunk {index} has another length")
        nonce = bytes(7) + index.to_bytes(4, "big") + bytes([is_last])
        try:
            return self._aes.decrypt(nonce, sealed, None)
        except InvalidTag as error:
            raise Refused(f"chunk {index} does not open") from error


@dataclass(frozen=True)
class AssetHeader:
    """Section Asset header. `raw` is H; its first 64 bytes are H0."""

    raw: bytes
    asset: bytes
    padded_bytes: int
    salt: bytes
    commitment: bytes


def read_asset_header(raw: bytes) -> AssetHeader:
    """Magic, version, chunk size and reserved bytes have one value each."""
    if len(raw) != HEADER_BYTES or raw[:8] != b"CLEF\x01\x10\x00\x00":
        raise Refused("another asset header")
    padded_bytes = int.from_bytes(raw[24:32], "big")
    if padded_bytes > MAX_PADDED_BYTES:
        raise Refused("an asset that is too long")
    return AssetHeader(raw, raw[8:24], padded_bytes, raw[32:64], raw[64:96])


def asset_cipher(header: AssetHeader, track_key: bytes) -> ChunkCipher:
    """Section Asset keys: the commitment before everything else."""
    prk = _extract(header.salt, track_key)
    _check(header.commitment, _expand(prk, b"clef/v1/commit\x00" + sha256(header.raw[:64])))
    return ChunkCipher(_expand(prk, b"clef/v1/payload\x00" + sha256(header.raw)), header.padded_bytes)


def open_document(sealed: bytes, key: bytes, label: bytes, context: bytes, most: int) -> bytes:
    """Section Sealed documents."""
    body = memoryview(sealed)[65:]
    plain_bytes = len(body) - TAG_BYTES * -(-len(body) // SEALED_CHUNK_BYTES)
    if len(body) < TAG_BYTES or len(body) != plain_bytes + TAG_BYTES * chunk_count(plain_bytes):
        raise Refused("a sealed document has another length")
    if plain_bytes > most:
        raise Refused("a sealed document is too long")
    if sealed[0] != 1:
        raise Refused("a sealed document of another version")
    prk = _extract(sealed[1:33], key)
    _check(sealed[33:65], _expand(prk, label + b"/commit\x00" + context))
    cipher = ChunkCipher(_expand(prk, label + b"\x00" + context), plain_bytes)
    cuts = range(0, len(body), SEALED_CHUNK_BYTES)
    return b"".join(cipher.open(i, bytes(body[at:at + SEALED_CHUNK_BYTES])) for i, at in enumerate(cuts))


def open_record(
    sealed: bytes, track_key: bytes, library: bytes, asset: bytes, revision: int, kind: str
) -> tuple[Any, bytes]:
    """Section Records: the value of a record, and its JSON as it was written."""
    context = library + asset + revision.to_bytes(8, "big") + kind.encode("ascii")
    plaintext = open_document(sealed, track_key, b"clef/v1/record", context, MAX_RECORD_BYTES)
    return parse_json(plaintext), plaintext.rstrip(b" ")


@dataclass(frozen=True)
class Birth:
    kind: str
    length_bytes: int
    birth: Any


def open_birth_record(sealed: bytes, track_key: bytes, library: bytes, header: AssetHeader) -> Birth:
    value, _ = open_record(sealed, track_key, library, header.asset, 0, "birth")
    members(value, "kind", "lengthBytes", "birth")
    if value["kind"] not in ASSET_KINDS:
        raise Refused("another kind of asset")
    length_bytes = integer(value["lengthBytes"], 0, header.padded_bytes)
    return Birth(value["kind"], length_bytes, value["birth"])


def _extract(salt: bytes, key: bytes) -> bytes:
    """HKDF-Extract is HMAC under the salt (RFC 5869 section 2.2)."""
    return hmac.digest(salt, key, "sha256")


def _expand(prk: bytes, info: bytes) -> bytes:
    return HKDFExpand(SHA256(), 32, info).derive(prk)


def _check(stated: bytes, computed: bytes) -> None:
    if not hmac.compare_digest(stated, computed):
        raise Refused("the commitment is of another key")
