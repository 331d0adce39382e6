"""Spellings of bytes, and objects with exactly the members that the page names."""

import base64
import json
import re

HEX_ID = re.compile(r"[0-9a-f]{32}")
BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


class Refused(Exception):
    """What the format does not allow, or what did not open."""


def require(condition, what):
    if not condition:
        raise Refused(what)


def unbase64url(text, length=None):
    require(isinstance(text, str) and BASE64URL.fullmatch(text), "base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    require(base64url(data) == text, "base64url with other trailing bits")
    require(length is None or len(data) == length, f"{length} bytes of base64url")
    return data


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def hex_id(text):
    require(isinstance(text, str) and HEX_ID.fullmatch(text), "an id of 32 hex digits")
    return text


def whole(number, least, most=2**53 - 1):
    require(isinstance(number, int) and not isinstance(number, bool), "a whole number")
    require(least <= number <= most, f"a number from {least} to {most}")
    return number


def parse_json(data):
    require(not data.startswith(b"\xef\xbb\xbf"), "JSON without a byte-order mark")
    try:
        return json.loads(data.decode("utf-8"))
    except ValueError:
        raise Refused("JSON") from None


def members(value, *names, optional=()):
    """An object of exactly these members."""
    require(isinstance(value, dict), "an object")
    require(set(names) <= set(value) <= set(names) | set(optional), f"members {', '.join(names)}")
    return value
