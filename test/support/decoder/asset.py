"""Track keys, asset headers, chunks, sealed documents and records, manifests, service secrets."""

import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

from encoding import hex_id, members, parse_json, require, unbase64url, whole, Refused
from statements import verify_statement

CHUNK_BYTES = 65_536
TAG_BYTES = 16
SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES
MAX_ASSET_BYTES = 2**40
MAX_RECORD_BYTES = 2**20
MAX_COLUMNS = 32
HEADER_BYTES = 96


def hkdf(salt, key, info):
    """RFC 5869 with one block of output."""
    extracted = hmac.digest(salt, key, "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256")


def gcm_open(key, nonce, sealed, additional=None):
    try:
        return AESGCM(key).decrypt(nonce, sealed, additional)
    except InvalidTag:
        raise Refused("sealed bytes that open") from None


def unwrap_track_key(library_key, wrapped):
    require(len(wrapped) == 40, "a wrapped key of 40 bytes")
    try:
        return aes_key_unwrap(library_key, wrapped)
    except InvalidUnwrap:
        raise Refused("a wrapped key that opens") from None


class ChunkCipher:
    """The chunks of a plaintext of `length` bytes under one AES key."""

    def __init__(self, key, length):
        self.key = key
        self.length = length
        self.count = max(1, -(-length // CHUNK_BYTES))

    def plain_length(self, index):
        return min(CHUNK_BYTES, self.length - index * CHUNK_BYTES)

    def open(self, index, sealed):
        require(len(sealed) == self.plain_length(index) + TAG_BYTES, "a chunk of its length")
        last = b"\x01" if index == self.count - 1 else b"\x00"
        return gcm_open(self.key, bytes(7) + index.to_bytes(4, "big") + last, sealed)


class AssetHeader:
    def __init__(self, data):
        require(len(data) == HEADER_BYTES, "a header of 96 bytes")
        require(data[:4] == b"CLEF", "magic CLEF")
        require(data[4] == 1 and data[5] == 16 and data[6:8] == bytes(2), "version 1, chunks of 2^16 bytes")
        self.asset = data[8:24].hex()
        self.padded_length = int.from_bytes(data[24:32], "big")
        require(self.padded_length <= MAX_ASSET_BYTES, "at most 2^40 bytes")
        self.bytes = data

    def cipher(self, track_key):
        salt, commitment = self.bytes[32:64], self.bytes[64:]
        start = hashlib.sha256(self.bytes[:64]).digest()
        computed = hkdf(salt, track_key, b"clef/v1/commit\x00" + start)
        require(hmac.compare_digest(computed, commitment), "sealed bytes that open")
        whole_header = hashlib.sha256(self.bytes).digest()
        return ChunkCipher(hkdf(salt, track_key, b"clef/v1/payload\x00" + whole_header), self.padded_length)


def open_document(key, label, context, sealed, limit):
    require(len(sealed) >= 65 + TAG_BYTES and sealed[0] == 1, "a sealed document of version 1")
    salt, commitment, body = sealed[1:33], sealed[33:65], sealed[65:]
    length = len(body) - TAG_BYTES * -(-len(body) // SEALED_CHUNK_BYTES)
    require(length >= 0 and length <= limit, "a document within its limit")
    computed = hkdf(salt, key, label + b"/commit\x00" + context)
    require(hmac.compare_digest(computed, commitment), "sealed bytes that open")
    cipher = ChunkCipher(hkdf(salt, key, label + b"\x00" + context), length)
    require(len(body) == length + TAG_BYTES * cipher.count, "sealed bytes that open")
    chunks = (body[at : at + SEALED_CHUNK_BYTES] for at in range(0, len(body), SEALED_CHUNK_BYTES))
    return b"".join(cipher.open(index, chunk) for index, chunk in enumerate(chunks))


def open_record(track_key, library, asset, revision, kind, sealed):
    """The record's JSON as text, without the spaces behind it."""
    context = bytes.fromhex(library) + bytes.fromhex(asset) + revision.to_bytes(8, "big") + kind.encode()
    padded = open_document(track_key, b"clef/v1/record", context, sealed, MAX_RECORD_BYTES)
    require(len(padded) % 256 == 0, "a multiple of 256 bytes")
    return padded.rstrip(b" ")


class Manifest:
    def __init__(self, jws, trust):
        _, payload = verify_statement(jws, "clef-manifest", trust.signer)
        members(
            payload,
            "format",
            "library",
            "asset",
            "layout",
            "header",
            "cellChunks",
            "k",
            "m",
            "columns",
            "wrappedKey",
            "epoch",
            "birth",
        )
        self.library = hex_id(payload["library"])
        self.asset = hex_id(payload["asset"])
        self.layout = hex_id(payload["layout"])
        self.header = AssetHeader(unbase64url(payload["header"]))
        require(payload["cellChunks"] == 4, "cells of 4 chunks")
        self.k = whole(payload["k"], 1, 32)
        self.m = whole(payload["m"], 0, 31)
        require(self.k + self.m <= MAX_COLUMNS, "at most 32 columns")
        self.columns = [unbase64url(text, 32) for text in payload["columns"]]
        require(len(self.columns) == self.k + self.m, "a hash for each column")
        self.wrapped_key = unbase64url(payload["wrappedKey"], 40)
        self.epoch = whole(payload["epoch"], 1)
        self.birth = unbase64url(payload["birth"])
        require(self.library == trust.library, "the library of the trust statement")
        require(self.header.asset == self.asset, "the header of this asset")

    def open_birth(self, track_key):
        value = parse_json(open_record(track_key, self.library, self.asset, 0, "birth", self.birth))
        members(value, "kind", "lengthBytes", "birth")
        require(value["kind"] in ("original", "rendition", "cover", "packet-table"), "a kind of asset")
        whole(value["lengthBytes"], 0, self.header.padded_length)
        return value


def open_secret(keys, library, purpose, user, credential, sealed):
    require(len(sealed) >= 17 + TAG_BYTES and sealed[0] == 1, "a sealed secret of version 1")
    key = keys.get(int.from_bytes(sealed[1:5], "big"))
    require(key is not None, "sealed bytes that open")
    additional = "\0".join(["clef/v1/secret", library, purpose, user, credential]).encode()
    return gcm_open(key, sealed[5:17], sealed[17:], additional)
