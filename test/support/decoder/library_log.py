"""The library's log, and what is missing of it (section Library log)."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any, Iterable

from encoding import Refused, from_base64url, from_hex_id, integer, members, parse_json, sha256, text
from keyrings import Keys
from sealing import open_document, unwrap_key
from statements import Trust, read_signed

MAX_HEAD_BYTES = 4096
MAX_PAYLOAD_BYTES = 2**24
MAX_UNZIPPED_BYTES = 2**26
# Length, head, and the payload as it is sealed.
MAX_SEGMENT_BYTES = 4 + MAX_HEAD_BYTES + 65 + MAX_PAYLOAD_BYTES + 16 * 256
BEFORE_THE_FIRST = bytes(32)


@dataclass(frozen=True)
class Segment:
    hash: bytes
    library: bytes
    server: bytes
    seq: int
    previous: bytes
    kind: str
    part: int
    last: bool
    epoch: int
    wrapped_key: bytes
    payload: bytes

    def changes(self, keys: Keys) -> list[dict[str, Any]]:
        key = unwrap_key(self.wrapped_key, keys.of_epoch(self.epoch))
        context = self.library + self.server + self.seq.to_bytes(8, "big")
        packed = open_document(self.payload, key, b"clef/v1/log", context, MAX_PAYLOAD_BYTES)
        return [_change(parse_json(line)) for line in _unzip(packed).split(b"\n") if line]


def read_segment(data: bytes, trust: Trust) -> Segment:
    head_bytes = int.from_bytes(data[:4], "big")
    if head_bytes > MAX_HEAD_BYTES or len(data) < 4 + head_bytes:
        raise Refused("not a segment")
    head = members(
        read_signed(data[4:4 + head_bytes], "clef-log-segment", trust),
        "format", "library", "server", "seq", "previous", "kind", "part", "last", "position", "created", "epoch",
        "wrappedKey", "payload",
    )
    if head["kind"] not in ("changes", "snapshot"):
        raise Refused("another kind of segment")
    if type(head["last"]) is not bool:
        raise Refused("neither last nor not")
    part = integer(head["part"], 1)
    if head["kind"] == "changes" and (part != 1 or not head["last"]):
        raise Refused("changes in parts")
    integer(head["position"])
    integer(head["created"])
    payload = data[4 + head_bytes:]
    if sha256(payload) != from_base64url(head["payload"], 32):
        raise Refused("the payload is damaged")
    return Segment(
        sha256(data), from_hex_id(head["library"]), from_hex_id(head["server"]), integer(head["seq"], 1),
        from_base64url(head["previous"], 32), head["kind"], part, head["last"],
        integer(head["epoch"], 1, 2**32 - 1), from_base64url(head["wrappedKey"], 40), payload,
    )


def gaps_in(segments: Iterable[Segment]) -> list[str]:
    """What was lost or held back of one server's log.

    A server that came back from a backup has several chains. Each is walked from its newest segment back to where it
    begins; nothing is missed before a complete snapshot.
    """
    by_hash = {segment.hash: segment for segment in segments}
    followed = {segment.previous for segment in by_hash.values()}
    gaps = []
    for newest in sorted(by_hash.values(), key=lambda segment: segment.seq):
        if newest.hash in followed:
            continue
        chain = [newest]
        while (before := by_hash.get(chain[0].previous)) is not None and before.seq == chain[0].seq - 1:
            chain.insert(0, before)
        if chain[0].previous != BEFORE_THE_FIRST and not _has_snapshot(chain):
            gaps.append(f"{chain[0].server.hex()}: before segment {chain[0].seq}")
    return gaps


def _has_snapshot(chain: Iterable[Segment]) -> bool:
    """Whether all parts of a snapshot are there; segments of changes may lie between them."""
    parts = 0
    for segment in chain:
        if segment.kind == "snapshot":
            # A part that does not follow: that snapshot was given up.
            parts = segment.part if segment.part in (1, parts + 1) else -1
            if segment.last and parts > 0:
                return True
    return False


def _unzip(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        data = unpacker.decompress(packed, MAX_UNZIPPED_BYTES)
    except zlib.error as error:
        raise Refused("not gzip") from error
    if not unpacker.eof:
        raise Refused("gzip that is cut off, or too long")
    return data


def _change(value: Any) -> dict[str, Any]:
    """Members that a newer version added are passed over."""
    if not isinstance(value, dict):
        raise Refused("not a change")
    change = {name: value[name] for name in ("seq", "table", "key", "rowVersion", "row") if name in value}
    members(change, "seq", "table", "key", "rowVersion", optional=("row",))
    integer(change["seq"])
    text(change["table"])
    integer(change["rowVersion"])
    if not isinstance(change["key"], list) or not isinstance(change.get("row", {}), dict):
        raise Refused("not a change of a row")
    return change
