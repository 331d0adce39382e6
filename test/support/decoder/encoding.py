"""Text into values, and refusal of all that is not what docs/format.md says (section Conventions)."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

MAX_INTEGER = 2**53 - 1


class Refused(Exception):
    """What was read is not what the page says; nothing of it is used."""


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64url(value: Any, length: int | None = None) -> bytes:
    """RFC 4648 section 5; refuses padding, foreign characters and non-zero trailing bits."""
    try:
        data = base64.b64decode(text(value) + "=" * (-len(value) % 4), b"-_", validate=True)
    except ValueError as error:
        raise Refused("not base64url") from error
    # Only the canonical form comes back as it went in.
    if base64url(data) != value:
        raise Refused("base64url in another form than the canonical one")
    if length is not None and len(data) != length:
        raise Refused(f"{len(data)} bytes instead of {length}")
    return data


def from_hex_id(value: Any) -> bytes:
    """An id: 16 bytes, written as 32 lower-case hex digits."""
    if len(text(value)) != 32 or not set(value) <= set("0123456789abcdef"):
        raise Refused("not an id")
    return bytes.fromhex(value)


def parse_json(data: bytes) -> Any:
    """JSON in UTF-8 without a byte-order mark, and without the liberties that Python takes."""
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=_no_name_twice, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Refused("not JSON") from error


def members(value: Any, *names: str, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """An object of exactly these members, in any order."""
    if not isinstance(value, dict):
        raise Refused("not an object")
    if missing := set(names) - value.keys():
        raise Refused(f"without {', '.join(sorted(missing))}")
    if foreign := value.keys() - {*names, *optional}:
        raise Refused(f"with a foreign member {', '.join(sorted(foreign))}")
    return value


def items(value: Any, least: int, most: int) -> list[Any]:
    if not isinstance(value, list) or not least <= len(value) <= most:
        raise Refused(f"not a list of {least} to {most}")
    return value


def integer(value: Any, least: int = 0, most: int = MAX_INTEGER) -> int:
    # For Python, true is a number.
    if type(value) is not int or not least <= value <= most:
        raise Refused(f"not an integer from {least} to {most}")
    return value


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise Refused("not text")
    return value


def constant(value: Any, expected: Any) -> None:
    if type(value) is not type(expected) or value != expected:
        raise Refused(f"not {expected!r}")


def _no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name occurs twice")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
