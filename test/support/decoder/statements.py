"""Signed statements, and whose signature counts (sections Statements, Trust statement, Tombstone)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Iterable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from encoding import (
    Refused, base64url, constant, from_base64url, from_hex_id, integer, items, members, parse_json, sha256, text,
)

MAX_CHARACTERS = 2**21
MAX_TRUSTED_KEYS = 1024
MAX_TOMBSTONE_BYTES = 4096


def thumbprint(jwk: dict[str, Any]) -> str:
    """RFC 7638. The public keys of this format have no members but those that count, all of them text."""
    return base64url(sha256(json.dumps(jwk, sort_keys=True, separators=(",", ":")).encode("utf-8")))


def public_signing_key(value: Any) -> dict[str, Any]:
    jwk = members(value, "kty", "crv", "x")
    constant(jwk["kty"], "OKP")
    constant(jwk["crv"], "Ed25519")
    from_base64url(jwk["x"], 32)
    return jwk


@dataclass(frozen=True)
class Trust:
    """Which signing keys a library trusts, as its root key has stated."""

    library: bytes
    version: int
    signers: dict[str, dict[str, Any]]


def read_self_signed(compact: bytes, typ: str) -> tuple[dict[str, Any], str]:
    """The payload of a statement that names its signer's key itself, and the thumbprint of that key."""
    header, signed = _split(compact, typ, "jwk")
    jwk = public_signing_key(header["jwk"])
    constant(header["kid"], thumbprint(jwk))
    return _payload(jwk, signed), header["kid"]


def read_signed(compact: bytes, typ: str, trust: Trust) -> dict[str, Any]:
    """The payload of a statement of a trusted signer, about the library that trusts it."""
    header, signed = _split(compact, typ)
    jwk = trust.signers.get(text(header["kid"]))
    if jwk is None:
        raise Refused("the signer is not trusted")
    payload = _payload(jwk, signed)
    if from_hex_id(payload.get("library")) != trust.library:
        raise Refused("of another library")
    return payload


def read_trust(compact: bytes, library: bytes, root: str) -> Trust:
    payload, signer = read_self_signed(compact, "clef-trust")
    if signer != root:
        raise Refused("not signed by the root key")
    members(payload, "format", "library", "version", "keys")
    if from_hex_id(payload["library"]) != library:
        raise Refused("of another library")
    signers = {}
    for entry in items(payload["keys"], 0, MAX_TRUSTED_KEYS):
        constant(members(entry, "role", "jwk")["role"], "server")
        jwk = public_signing_key(entry["jwk"])
        signers[thumbprint(jwk)] = jwk
    return Trust(library, integer(payload["version"], 1), signers)


def trust_that_counts(found: Iterable[Trust]) -> Trust:
    """Of several valid trust statements the highest version counts."""
    newest = max(found, key=lambda trust: trust.version, default=None)
    if newest is None:
        raise Refused("there is no trust statement of this root key")
    return newest


@dataclass(frozen=True)
class Tombstone:
    asset: bytes
    at_ms: int


def read_tombstone(compact: bytes, trust: Trust) -> Tombstone:
    if len(compact) > MAX_TOMBSTONE_BYTES:
        raise Refused("too long for a tombstone")
    payload = members(read_signed(compact, "clef-tombstone", trust), "format", "library", "asset", "atMs")
    return Tombstone(from_hex_id(payload["asset"]), integer(payload["atMs"]))


@dataclass(frozen=True)
class _Signed:
    text: bytes
    payload: bytes
    signature: bytes


def _split(compact: bytes, typ: str, *more: str) -> tuple[dict[str, Any], _Signed]:
    """The protected header of a JWS in compact serialization, and what is signed."""
    if len(compact) > MAX_CHARACTERS:
        raise Refused("too long for a statement")
    try:
        protected, payload, signature = compact.decode("ascii").split(".")
    except ValueError as error:
        raise Refused("not a statement") from error
    header = members(parse_json(from_base64url(protected)), "alg", "typ", "kid", *more)
    constant(header["alg"], "EdDSA")
    constant(header["typ"], typ)
    signed = f"{protected}.{payload}".encode("ascii")
    return header, _Signed(signed, from_base64url(payload), from_base64url(signature, 64))


def _payload(jwk: dict[str, Any], signed: _Signed) -> dict[str, Any]:
    key = Ed25519PublicKey.from_public_bytes(from_base64url(jwk["x"], 32))
    try:
        key.verify(signed.signature, signed.text)
    except InvalidSignature as error:
        raise Refused("the signature does not verify") from error
    value = parse_json(signed.payload)
    if not isinstance(value, dict):
        raise Refused("not an object")
    constant(value.get("format"), 1)
    return value
