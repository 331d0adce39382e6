"""Segments of the library log, and tombstones."""

import gzip
import hashlib

from asset import open_document, unwrap_track_key
from encoding import hex_id, members, parse_json, require, unbase64url, whole, Refused
from statements import verify_statement

MAX_HEAD_BYTES = 4_096
MAX_PAYLOAD_BYTES = 2**24


class Segment:
    def __init__(self, data, trust):
        require(len(data) >= 4, "a length")
        length = int.from_bytes(data[:4], "big")
        require(length <= MAX_HEAD_BYTES and 4 + length <= len(data), "a head within its limit")
        _, head = verify_statement(data[4 : 4 + length].decode("ascii"), "clef-log-segment", trust.signer)
        names = "format library server seq previous kind part last position created epoch wrappedKey payload"
        members(head, *names.split())
        require(head["library"] == trust.library, "a segment of this library")
        require(head["kind"] in ("changes", "snapshot") and isinstance(head["last"], bool), "a kind")
        self.server = hex_id(head["server"])
        self.seq = whole(head["seq"], 1)
        self.previous = unbase64url(head["previous"], 32)
        self.epoch = whole(head["epoch"], 1)
        self.head = head
        self.hash = hashlib.sha256(data).digest()
        self.sealed = data[4 + length :]
        require(hashlib.sha256(self.sealed).digest() == unbase64url(head["payload"], 32), "its payload")

    def open(self, library_keys):
        require(self.epoch in library_keys, "the epoch of the segment")
        key = unwrap_track_key(library_keys[self.epoch], unbase64url(self.head["wrappedKey"], 40))
        context = bytes.fromhex(self.head["library"]) + bytes.fromhex(self.server)
        context += self.seq.to_bytes(8, "big")
        packed = open_document(key, b"clef/v1/log", context, self.sealed, MAX_PAYLOAD_BYTES)
        lines = gzip.decompress(packed).split(b"\n")
        return [parse_json(line) for line in lines if line]


def read_log(nodes, library, trust, library_keys):
    """Every change, in the order of the chains, and what in the chains does not join."""
    segments = {}
    for node in nodes:
        for path in (node / library / "log").glob("*/*.seg"):
            try:
                segment = Segment(path.read_bytes(), trust)
            except (Refused, UnicodeDecodeError):
                continue
            segments[segment.hash] = segment
    chained = sorted(segments.values(), key=lambda segment: (segment.server, segment.seq))
    gaps = []
    for before, after in zip(chained, chained[1:]):
        if before.server == after.server and after.previous != before.hash:
            gaps.append(f"{after.server} {after.seq}")
    changes = [change for segment in chained for change in segment.open(library_keys)]
    return changes, gaps


def read_tombstones(nodes, library, trust):
    found = set()
    for node in nodes:
        for path in (node / library / "tombstones").glob("*"):
            try:
                text = path.read_bytes().decode("ascii")
                _, payload = verify_statement(text, "clef-tombstone", trust.signer)
                members(payload, "format", "library", "asset", "atMs")
                require(payload["library"] == library, "a tombstone of this library")
                found.add((hex_id(payload["asset"]), whole(payload["atMs"], 0)))
            except (Refused, UnicodeDecodeError):
                continue
    return [{"asset": asset, "atMs": at} for asset, at in sorted(found)]
