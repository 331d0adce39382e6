"""Statements (compact JWS under Ed25519) and the trust statement."""

import hashlib
import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from encoding import base64url, hex_id, members, parse_json, require, unbase64url, whole, Refused

MAX_STATEMENT_CHARACTERS = 2**21
MAX_TRUSTED_KEYS = 1024


def thumbprint(jwk):
    """RFC 7638: the members in lexicographic order, without white space."""
    canonical = json.dumps(jwk, sort_keys=True, separators=(",", ":"))
    return base64url(hashlib.sha256(canonical.encode()).digest())


def signing_jwk(jwk):
    members(jwk, "kty", "crv", "x")
    require(jwk["kty"] == "OKP" and jwk["crv"] == "Ed25519", "an Ed25519 key")
    unbase64url(jwk["x"], 32)
    return jwk


def verify_statement(jws, typ, find_key):
    """Answers the header and the payload. `find_key` answers the signer's public JWK, or None."""
    require(len(jws) <= MAX_STATEMENT_CHARACTERS, "a statement of fewer characters")
    parts = jws.split(".")
    require(len(parts) == 3, "a compact JWS")
    header = members(parse_json(unbase64url(parts[0])), "alg", "typ", "kid", optional=("jwk",))
    require(header["alg"] == "EdDSA", "algorithm EdDSA")
    require(header["typ"] == typ, f"a statement of type {typ}")
    if "jwk" in header:
        signing_jwk(header["jwk"])
    key = find_key(header)
    require(key is not None, "a signer with the right to it")
    public = Ed25519PublicKey.from_public_bytes(unbase64url(key["x"], 32))
    try:
        public.verify(unbase64url(parts[2], 64), f"{parts[0]}.{parts[1]}".encode())
    except InvalidSignature:
        raise Refused("a signature that verifies") from None
    payload = parse_json(unbase64url(parts[1]))
    require(isinstance(payload, dict) and payload.get("format") == 1, "format 1")
    return header, payload


def embedded_key(header):
    """The header's own key, where it bears the name that the header gives."""
    jwk = header.get("jwk")
    return jwk if jwk is not None and thumbprint(jwk) == header["kid"] else None


class Trust:
    """The trusted signers of a library, by thumbprint."""

    def __init__(self, jws, fingerprint):
        def root(header):
            return embedded_key(header) if header["kid"] == fingerprint else None

        _, payload = verify_statement(jws, "clef-trust", root)
        members(payload, "format", "library", "version", "keys")
        self.library = hex_id(payload["library"])
        self.version = whole(payload["version"], 1)
        require(len(payload["keys"]) <= MAX_TRUSTED_KEYS, "fewer trusted keys")
        self.keys = {}
        for entry in payload["keys"]:
            members(entry, "role", "jwk")
            require(entry["role"] == "server", "role server")
            self.keys[thumbprint(signing_jwk(entry["jwk"]))] = entry["jwk"]

    def signer(self, header):
        return self.keys.get(header["kid"])


def choose_trust(candidates, library, fingerprint):
    """The highest version among those that verify."""
    valid = []
    for jws in candidates:
        try:
            trust = Trust(jws, fingerprint)
        except Refused:
            continue
        if trust.library == library:
            valid.append(trust)
    require(valid, "a valid trust statement")
    return max(valid, key=lambda trust: trust.version)
