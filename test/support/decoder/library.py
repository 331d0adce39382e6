"""A library, opened from what lies on its nodes, with one private key and the fingerprint of its root key."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Callable, Iterable, Iterator, TypeVar

from assets import Asset, open_asset
from columns import Column, read_column
from encoding import Refused
from envelope import PrivateKey
from keyrings import Keyring, Keys, keyring_that_counts, open_keyring, read_keyring
from library_log import MAX_SEGMENT_BYTES, Segment, gaps_in, read_segment
from nodes import COLUMN, KEYS, SEGMENT, TOMBSTONE, Node, Pattern, read_files
from statements import MAX_CHARACTERS, MAX_TOMBSTONE_BYTES, read_tombstone, read_trust, trust_that_counts

Item = TypeVar("Item")


class Library:
    """`refused` has the files that are not what their names promise, each with the reason."""

    def __init__(self, library: bytes, root: str, private_key: PrivateKey, nodes: list[Node]) -> None:
        self.id = library
        self.refused: list[str] = []
        self._nodes = nodes
        # Whoever can write to a node can leave forgeries here, and they stop nobody.
        statements = [data for _, data in read_files(nodes, KEYS, MAX_CHARACTERS)]
        self.trust = trust_that_counts(_readable(statements, lambda data: read_trust(data, library, root)))
        keyrings = [keyring for keyring in _readable(statements, read_keyring) if keyring.library == library]
        self.keys = _open_kind("library", keyrings, root, private_key)
        # Assets open without the service keyring.
        service = self.accepted("the service keyring", lambda: _open_kind("service", keyrings, root, private_key))
        self.service_keys = next(service, None)
        tombstones = self._small_files(TOMBSTONE, MAX_TOMBSTONE_BYTES, lambda data: read_tombstone(data, self.trust))
        self.tombstones = list(tombstones)
        segments = self._small_files(SEGMENT, MAX_SEGMENT_BYTES, lambda data: read_segment(data, self.trust))
        self._segments = sorted(segments, key=lambda segment: (segment.server, segment.seq))

    def assets(self) -> Iterator[Asset]:
        """One for each manifest that opens, with the columns that hold it; none that a person removed."""
        removed = {tombstone.asset for tombstone in self.tombstones}
        by_manifest: dict[bytes, list[Column]] = defaultdict(list)
        for node in self._nodes:
            for path in node.files(COLUMN):
                for column in self.accepted(path, lambda: read_column(path, self.trust)):
                    by_manifest[column.compact].append(column)
        for columns in by_manifest.values():
            if columns[0].manifest.asset not in removed:
                yield from self.accepted(columns[0].path, lambda: open_asset(columns, self.keys))

    def changes(self) -> Iterator[dict[str, Any]]:
        for segment in self._segments:
            name = f"segment {segment.seq} of server {segment.server.hex()}"
            for changes in self.accepted(name, lambda: segment.changes(self.keys)):
                yield from changes

    def gaps(self) -> list[str]:
        by_server: dict[bytes, list[Segment]] = defaultdict(list)
        for segment in self._segments:
            by_server[segment.server].append(segment)
        return [gap for segments in by_server.values() for gap in gaps_in(segments)]

    def accepted(self, name: object, read: Callable[[], Item]) -> Iterator[Item]:
        """What was read; or nothing, and a word about it."""
        try:
            item = read()
        except Refused as reason:
            self.refused.append(f"{name}: {reason}")
        else:
            yield item

    def _small_files(self, pattern: Pattern, most: int, read: Callable[[bytes], Item]) -> Iterator[Item]:
        for path, data in read_files(self._nodes, pattern, most):
            yield from self.accepted(path, lambda: read(data))


def _open_kind(kind: str, keyrings: list[Keyring], root: str, private_key: PrivateKey) -> Keys:
    counting = keyring_that_counts([keyring for keyring in keyrings if keyring.kind == kind], root)
    return open_keyring(counting, private_key)


def _readable(statements: Iterable[bytes], read: Callable[[bytes], Item]) -> Iterator[Item]:
    for data in statements:
        try:
            item = read(data)
        except Refused:
            continue
        yield item
