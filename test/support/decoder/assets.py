"""An asset out of its columns, with whatever is missing made again (sections Layout, Chunks)."""

from __future__ import annotations

from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import BinaryIO, Iterator, Sequence

from columns import Column, Manifest
from encoding import Refused
from erasure import recover
from keyrings import Keys
from layout import CELL_CHUNKS
from sealing import Birth, asset_cipher, open_birth_record, unwrap_key


@dataclass
class Asset:
    """An asset in one layout, opened as far as its manifest goes."""

    manifest: Manifest
    columns: Sequence[Column]
    track_key: bytes
    birth: Birth
    rebuilt_chunks: int = 0
    damaged: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))

    def plaintext(self) -> Iterator[bytes]:
        """The asset without its padding, piece by piece. Counts what was rebuilt and damaged on its way."""
        cipher = asset_cipher(self.manifest.header, self.track_key)
        left = self.birth.length_bytes
        for index, sealed in self._sealed_chunks():
            piece = cipher.open(index, sealed)[:left]
            left -= len(piece)
            yield piece

    def _sealed_chunks(self) -> Iterator[tuple[int, bytes]]:
        """All sealed chunks in order, with their numbers."""
        with ExitStack() as files:
            opened = [(column, files.enter_context(column.path.open("rb"))) for column in self.columns]
            for row in range(self.manifest.layout.rows):
                chunks: dict[int, bytes] = {}
                for slot in range(CELL_CHUNKS):
                    chunks.update(self._at(row * CELL_CHUNKS + slot, opened))
                yield from sorted(chunks.items())

    def _at(self, position: int, opened: Sequence[tuple[Column, BinaryIO]]) -> dict[int, bytes]:
        """The chunks at one position of all data columns, by number."""
        layout = self.manifest.layout
        # What no column holds is zeros; what a column should hold is lost until it is found.
        lengths = [layout.sealed_bytes_at(column, position) for column in range(layout.k + layout.m)]
        found = [None if length > 0 else b"" for length in lengths]
        for column, file in opened:
            if lengths[column.number] > 0:
                chunk = column.chunk(file, position)
                if chunk is None:
                    self.damaged[column.number].add(position)
                else:
                    found[column.number] = chunk
        data, parity = found[:layout.k], found[layout.k:]
        recovered = recover(data, parity, lengths[0])
        if recovered is None:
            raise Refused("more is missing than parity can give back")
        self.rebuilt_chunks += len(recovered)
        chunks: dict[int, bytes] = {}
        for number, present in enumerate(data):
            index = layout.chunk_at(number, position)
            if index is not None:
                chunks[index] = recovered[number][:lengths[number]] if present is None else present
        return chunks


def open_asset(columns: Sequence[Column], keys: Keys) -> Asset:
    """Opens what the manifest holds; all columns have the same."""
    manifest = columns[0].manifest
    track_key = unwrap_key(manifest.wrapped_key, keys.of_epoch(manifest.epoch))
    birth = open_birth_record(manifest.birth, track_key, manifest.library, manifest.header)
    return Asset(manifest, columns, track_key, birth)
