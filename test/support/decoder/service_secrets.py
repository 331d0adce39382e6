"""Secrets in a server's database (section Service secrets)."""

from __future__ import annotations

import re

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from encoding import Refused
from keyrings import Keys

VERSION_1 = 1
BODY_OFFSET = 17
MAX_BODY_BYTES = 4096 + 16
NAME = re.compile(r"[\x21-\x7e]{1,128}")


def open_secret(sealed: bytes, service_keys: Keys, library: bytes, purpose: str, user: str, credential: str) -> bytes:
    body = sealed[BODY_OFFSET:]
    if not 16 <= len(body) <= MAX_BODY_BYTES or sealed[0] != VERSION_1:
        raise Refused("another service secret")
    if not all(NAME.fullmatch(name) for name in (purpose, user, credential)):
        raise Refused("a secret with another name")
    key = service_keys.of_epoch(int.from_bytes(sealed[1:5], "big"))
    additional = "\0".join(("clef/v1/secret", library.hex(), purpose, user, credential)).encode("ascii")
    try:
        return AESGCM(key).decrypt(sealed[5:BODY_OFFSET], body, additional)
    except InvalidTag as error:
        raise Refused("the secret does not open") from error
