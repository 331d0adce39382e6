"""Manifests, and the column objects that they stand in (sections Manifest, Column object)."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from encoding import Refused, constant, from_base64url, from_hex_id, integer, items, members, sha256
from layout import CELL_CHUNKS, Layout
from sealing import SEALED_CHUNK_BYTES, AssetHeader, read_asset_header
from statements import MAX_CHARACTERS, Trust, read_signed

FOOTER_BYTES = 64
HASH_BYTES = 32
MAX_COLUMNS = 32


@dataclass(frozen=True)
class Manifest:
    library: bytes
    asset: bytes
    layout_id: bytes
    header: AssetHeader
    layout: Layout
    table_hashes: tuple[bytes, ...]
    wrapped_key: bytes
    epoch: int
    birth: bytes


def read_manifest(compact: bytes, trust: Trust) -> Manifest:
    payload = members(
        read_signed(compact, "clef-manifest", trust),
        "format", "library", "asset", "layout", "header", "cellChunks", "k", "m", "columns", "wrappedKey", "epoch",
        "birth",
    )
    header = read_asset_header(from_base64url(payload["header"]))
    asset = from_hex_id(payload["asset"])
    if asset != header.asset:
        raise Refused("the header is of another asset")
    constant(payload["cellChunks"], CELL_CHUNKS)
    k = integer(payload["k"], 1, MAX_COLUMNS)
    m = integer(payload["m"], 0, MAX_COLUMNS - k)
    return Manifest(
        from_hex_id(payload["library"]), asset, from_hex_id(payload["layout"]), header,
        Layout(header.padded_bytes, k, m),
        tuple(from_base64url(entry, HASH_BYTES) for entry in items(payload["columns"], k + m, k + m)),
        from_base64url(payload["wrappedKey"], 40), integer(payload["epoch"], 1, 2**32 - 1),
        from_base64url(payload["birth"]),
    )


@dataclass(frozen=True)
class Column:
    """A column object whose manifest, footer and hash table are as they must be; its chunks may be damaged."""

    path: Path
    number: int
    manifest: Manifest
    compact: bytes
    table: bytes

    def chunk(self, file: BinaryIO, position: int) -> bytes | None:
        """A chunk out of this object's open file, or `None` if it is not the one in the hash table."""
        file.seek(position * SEALED_CHUNK_BYTES)
        chunk = file.read(self.manifest.layout.sealed_bytes_at(self.number, position))
        at = position * HASH_BYTES
        return chunk if sha256(chunk) == self.table[at:at + HASH_BYTES] else None


def read_column(path: Path, trust: Trust) -> Column:
    """From the end: footer, then manifest, then all that follows from it."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        if size < FOOTER_BYTES:
            raise Refused("shorter than a footer")
        file.seek(-FOOTER_BYTES, os.SEEK_END)
        footer = file.read()
        column, k, m = footer[10:13]
        cells_bytes, chunks, manifest_bytes = struct.unpack(">QII", footer[16:32])
        if footer[:10] != b"clefcol\n\x00\x01" or footer[13:16] != bytes([CELL_CHUNKS, 0, 0]):
            raise Refused("another footer")
        if manifest_bytes > MAX_CHARACTERS or size != cells_bytes + HASH_BYTES * chunks + manifest_bytes + FOOTER_BYTES:
            raise Refused("the footer is of another object")
        file.seek(cells_bytes + HASH_BYTES * chunks)
        compact = file.read(manifest_bytes)
        if sha256(compact) != footer[32:]:
            raise Refused("the manifest is damaged")
        manifest = read_manifest(compact, trust)
        layout = manifest.layout
        if (k, m) != (layout.k, layout.m) or column >= k + m or chunks == 0:
            raise Refused("the footer is of another layout")
        if (cells_bytes, chunks) != (layout.column_bytes(column), layout.column_chunks(column)):
            raise Refused("the footer is of another column")
        file.seek(cells_bytes)
        table = file.read(HASH_BYTES * chunks)
        if sha256(table) != manifest.table_hashes[column]:
            raise Refused("the hash table is damaged")
    return Column(path, column, manifest, compact, table)
