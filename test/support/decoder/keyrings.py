"""Keyrings: what one says, and which one counts (section Keyring)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable

from encoding import (
    Refused, base64url, constant, from_base64url, from_hex_id, integer, items, members, sha256, text,
)
from envelope import PrivateKey, open_envelope, read_envelope, thumbprint_of
from statements import read_self_signed, thumbprint

MAX_RECIPIENTS = 256
MAX_ADMINISTRATORS = 256
MAX_EPOCHS = 4096


@dataclass(frozen=True)
class Keyring:
    """A signed keyring, still closed."""

    kind: str
    library: bytes
    version: int
    previous: str | None
    recipients: tuple[dict[str, Any], ...]
    administrators: frozenset[str]
    epochs: tuple[int, ...]
    envelope: dict[str, Any]
    signer: str
    hash: str


@dataclass(frozen=True)
class Keys:
    """What was in a keyring."""

    version: int
    by_epoch: dict[int, bytes]
    source_hash_key: bytes | None

    def of_epoch(self, epoch: int) -> bytes:
        if epoch not in self.by_epoch:
            raise Refused(f"there is no key of epoch {epoch}")
        return self.by_epoch[epoch]


def read_keyring(compact: bytes) -> Keyring:
    """Checks all that can be checked without a key, and without the other keyrings."""
    payload, signer = read_self_signed(compact, "clef-keyring")
    members(
        payload, "format", "kind", "library", "version", "recipients", "administrators", "epochs", "jwe",
        optional=("previous",),
    )
    if payload["kind"] not in ("library", "service"):
        raise Refused("another kind of keyring")
    version = integer(payload["version"], 1)
    if ("previous" in payload) != (version > 1):
        raise Refused("a previous version where there is none, or none where there is one")
    previous = payload.get("previous")
    if previous is not None:
        from_base64url(previous, 32)
    recipients = tuple(_recipient(entry) for entry in items(payload["recipients"], 1, MAX_RECIPIENTS))
    if len({recipient["thumbprint"] for recipient in recipients}) != len(recipients):
        raise Refused("a recipient occurs twice")
    if not any(recipient["role"] == "recovery" for recipient in recipients):
        raise Refused("the recovery key is not a recipient")
    administrators = [text(entry) for entry in items(payload["administrators"], 0, MAX_ADMINISTRATORS)]
    epochs = tuple(integer(epoch, 1, 2**32 - 1) for epoch in items(payload["epochs"], 1, MAX_EPOCHS))
    if any(later <= earlier for earlier, later in zip(epochs, epochs[1:])):
        raise Refused("the epochs do not rise")
    library = from_hex_id(payload["library"])
    name = f"{payload['kind']}/{library.hex()}/{version}"
    return Keyring(
        payload["kind"], library, version, previous, recipients, frozenset(administrators), epochs,
        read_envelope(payload["jwe"], name, recipients), signer, base64url(sha256(compact)),
    )


def keyring_that_counts(found: Iterable[Keyring], root: str) -> Keyring:
    """The newest keyring that descends from the root key's newest; all of `found` are of one kind and library."""
    valid: dict[str, Keyring] = {}
    for keyring in sorted(found, key=lambda keyring: keyring.version):
        parent = valid.get(keyring.previous or "")
        if keyring.signer == root or (
            parent is not None
            and parent.version == keyring.version - 1
            and keyring.signer in parent.administrators
        ):
            valid[keyring.hash] = keyring
    of_root = [keyring for keyring in valid.values() if keyring.signer == root]
    if not of_root:
        raise Refused("there is no keyring of this root key")
    counting = max(of_root, key=lambda keyring: keyring.version)
    for other in valid.values():
        if other is not counting and other.version == counting.version:
            if other.signer == root or other.previous == counting.previous:
                raise Refused(f"conflict: two keyrings of version {counting.version}")
    while heirs := [keyring for keyring in valid.values() if keyring.previous == counting.hash]:
        if len(heirs) > 1:
            raise Refused(f"conflict: two keyrings follow version {counting.version}")
        counting = heirs[0]
    return counting


def open_keyring(keyring: Keyring, private_key: PrivateKey) -> Keys:
    """A reader finds its own entry by thumbprint; plaintext and statement must say the same."""
    own = thumbprint_of(private_key)
    for position, recipient in enumerate(keyring.recipients):
        if recipient["thumbprint"] == own:
            return _read_keys(keyring, open_envelope(keyring.envelope, position, private_key))
    raise Refused(f"of kind {keyring.kind}, the one that counts is not a keyring for this key")


def _read_keys(keyring: Keyring, plaintext: Any) -> Keys:
    is_library = keyring.kind == "library"
    members(plaintext, "kind", "library", "version", "epochs", *(("sourceHashKey",) if is_library else ()))
    constant(plaintext["kind"], keyring.kind)
    constant(plaintext["library"], keyring.library.hex())
    constant(plaintext["version"], keyring.version)
    by_epoch = {}
    for entry in items(plaintext["epochs"], 1, MAX_EPOCHS):
        by_epoch[integer(members(entry, "epoch", "key")["epoch"])] = from_base64url(entry["key"], 32)
    if [entry["epoch"] for entry in plaintext["epochs"]] != list(keyring.epochs):
        raise Refused("other epochs inside than outside")
    return Keys(
        keyring.version, by_epoch, from_base64url(plaintext["sourceHashKey"], 32) if is_library else None
    )


def _recipient(value: Any) -> dict[str, Any]:
    recipient = members(value, "role", "thumbprint", "jwk")
    jwk = recipient["jwk"]
    if recipient["role"] == "recovery":
        members(jwk, "kty", "n", "e")
        constant(jwk["kty"], "RSA")
        constant(jwk["e"], "AQAB")
        if from_base64url(jwk["n"], 512)[0] < 0x80:
            raise Refused("not an RSA key of 4096 bits")
    elif recipient["role"] in ("server", "user"):
        members(jwk, "kty", "crv", "x", "y")
        constant(jwk["kty"], "EC")
        constant(jwk["crv"], "P-256")
        from_base64url(jwk["x"], 32)
        from_base64url(jwk["y"], 32)
    else:
        raise Refused("a recipient in another role")
    constant(text(recipient["thumbprint"]), thumbprint(jwk))
    return recipient
