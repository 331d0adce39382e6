"""The JWE that a keyring holds (section The envelope)."""

from __future__ import annotations

from typing import Any, Sequence, Union

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from encoding import Refused, base64url, constant, from_base64url, items, members, parse_json, sha256, text
from statements import thumbprint

PrivateKey = Union[rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey]

RSA_ALGORITHM = "RSA-OAEP-256"
EC_ALGORITHM = "ECDH-ES+A256KW"


def load_private_key(pem: bytes, passphrase: bytes | None = None) -> PrivateKey:
    """A recovery key, or the key of a server or user, in PKCS#8. TypeError if it wants a passphrase."""
    key = load_pem_private_key(pem, passphrase)
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size == 4096:
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise Refused("not a key that opens keyrings")


def thumbprint_of(key: PrivateKey) -> str:
    if isinstance(key, rsa.RSAPrivateKey):
        modulus = key.public_key().public_numbers().n.to_bytes(512, "big")
        return thumbprint({"kty": "RSA", "n": base64url(modulus), "e": "AQAB"})
    point = key.public_key().public_numbers()
    x, y = (base64url(number.to_bytes(32, "big")) for number in (point.x, point.y))
    return thumbprint({"kty": "EC", "crv": "P-256", "x": x, "y": y})


def read_envelope(value: Any, name: str, recipients: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Holds the envelope against the signed statement: its name `<kind>/<library>/<version>`, its recipients."""
    jwe = members(value, "protected", "aad", "iv", "ciphertext", "tag", "recipients")
    header = members(parse_json(from_base64url(jwe["protected"])), "enc", "typ")
    constant(header["enc"], "A256GCM")
    constant(header["typ"], "clef-keyring-keys")
    constant(jwe["aad"], base64url(f"clef/v1/keyring/{name}".encode("ascii")))
    from_base64url(jwe["iv"], 12)
    from_base64url(jwe["ciphertext"])
    from_base64url(jwe["tag"], 16)
    for entry, recipient in zip(items(jwe["recipients"], len(recipients), len(recipients)), recipients):
        is_rsa = recipient["jwk"]["kty"] == "RSA"
        header = members(entry, "header", "encrypted_key")["header"]
        members(header, "kid", "alg", *(() if is_rsa else ("epk",)))
        constant(header["kid"], recipient["thumbprint"])
        constant(header["alg"], RSA_ALGORITHM if is_rsa else EC_ALGORITHM)
        from_base64url(entry["encrypted_key"], 512 if is_rsa else 40)
        if not is_rsa:
            _point(header["epk"])
    return jwe


def open_envelope(jwe: dict[str, Any], position: int, private_key: PrivateKey) -> Any:
    """The JSON inside. Every way to fail looks the same."""
    recipient = jwe["recipients"][position]
    wrapped = from_base64url(recipient["encrypted_key"])
    sealed = from_base64url(jwe["ciphertext"]) + from_base64url(jwe["tag"])
    additional = f"{jwe['protected']}.{jwe['aad']}".encode("ascii")
    try:
        if isinstance(private_key, rsa.RSAPrivateKey):
            oaep = padding.OAEP(mgf=padding.MGF1(SHA256()), algorithm=SHA256(), label=None)
            content_key = private_key.decrypt(wrapped, oaep)
        else:
            shared = private_key.exchange(ec.ECDH(), _point(recipient["header"]["epk"]))
            content_key = aes_key_unwrap(_key_from(shared), wrapped)
        if len(content_key) != 32:
            raise ValueError("not a key for A256GCM")
        return parse_json(AESGCM(content_key).decrypt(from_base64url(jwe["iv"]), sealed, additional))
    except (ValueError, InvalidUnwrap, InvalidTag, Refused) as error:
        raise Refused("the keyring does not open") from error


def _key_from(shared: bytes) -> bytes:
    """One round of the Concat KDF, with empty party infos (RFC 7518 section 4.6)."""
    name = EC_ALGORITHM.encode("ascii")
    lengths = {"round": 1, "name": len(name), "apu": 0, "apv": 0, "bits": 256}
    number = {what: value.to_bytes(4, "big") for what, value in lengths.items()}
    info = number["name"] + name + number["apu"] + number["apv"] + number["bits"]
    return sha256(number["round"] + shared + info)


def _point(value: Any) -> ec.EllipticCurvePublicKey:
    jwk = members(value, "kty", "crv", "x", "y")
    constant(jwk["kty"], "EC")
    constant(jwk["crv"], "P-256")
    x, y = (int.from_bytes(from_base64url(text(jwk[name]), 32), "big") for name in ("x", "y"))
    try:
        return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except ValueError as error:
        raise Refused("not a point of the curve") from error
