"""Column objects on nodes, their layout, and parity."""

import hashlib

from encoding import require, Refused
from asset import CHUNK_BYTES, MAX_COLUMNS, SEALED_CHUNK_BYTES, TAG_BYTES, Manifest

FOOTER_BYTES = 64
FOOTER_MAGIC = b"clefcol\n"
CELL_CHUNKS = 4
CELL_BYTES = CELL_CHUNKS * SEALED_CHUNK_BYTES
HASH_BYTES = 32
MAX_MANIFEST_BYTES = 2**21


class Layout:
    """Where the chunks of an asset lie."""

    def __init__(self, k, m, padded_length):
        self.k, self.m = k, m
        self.chunks = max(1, -(-padded_length // CHUNK_BYTES))
        self.cells = -(-self.chunks // CELL_CHUNKS)
        self.rows = -(-self.cells // k)
        self.last_chunk_bytes = padded_length - (self.chunks - 1) * CHUNK_BYTES + TAG_BYTES

    def place(self, chunk):
        """Row, slot and data column of a chunk."""
        cell, slot = divmod(chunk, CELL_CHUNKS)
        row, column = divmod(cell, self.k)
        return row, slot, column

    def piece_bytes(self, row, slot, column):
        """Bytes of a column at a row and slot; a parity column is as long as column 0."""
        data_column = column if column < self.k else 0
        chunk = (row * self.k + data_column) * CELL_CHUNKS + slot
        if chunk >= self.chunks:
            return 0
        return self.last_chunk_bytes if chunk == self.chunks - 1 else SEALED_CHUNK_BYTES

    def pieces(self, column):
        """Lengths of the column's chunks, in order."""
        lengths = (self.piece_bytes(r, s, column) for r in range(self.rows) for s in range(CELL_CHUNKS))
        return [length for length in lengths if length > 0]


class Column:
    """A column object whose manifest, footer and hash table agree."""

    def __init__(self, data, trust):
        require(len(data) >= FOOTER_BYTES, "a footer")
        footer = data[-FOOTER_BYTES:]
        require(footer[:8] == FOOTER_MAGIC, "a footer")
        require(int.from_bytes(footer[8:10], "big") == 1, "a column object of version 1")
        self.number, k, m, cell_chunks = footer[10], footer[11], footer[12], footer[13]
        require(cell_chunks == CELL_CHUNKS and footer[14:16] == bytes(2), "cells of 4 chunks")
        require(k >= 1 and k + m <= MAX_COLUMNS and self.number < k + m, "a column within its policy")
        cells_bytes = int.from_bytes(footer[16:24], "big")
        chunk_count = int.from_bytes(footer[24:28], "big")
        manifest_bytes = int.from_bytes(footer[28:32], "big")
        require(manifest_bytes <= MAX_MANIFEST_BYTES, "a manifest within its limit")
        table_at = cells_bytes
        manifest_at = table_at + HASH_BYTES * chunk_count
        require(manifest_at + manifest_bytes + FOOTER_BYTES == len(data), "an object of this length")
        text = data[manifest_at : manifest_at + manifest_bytes]
        require(hashlib.sha256(text).digest() == footer[32:], "the manifest that the footer names")
        self.manifest = Manifest(text.decode("ascii"), trust)
        self.cells = data[:table_at]
        self.table = data[table_at:manifest_at]
        self.check(k, m, chunk_count)

    def check(self, k, m, chunk_count):
        manifest = self.manifest
        require((k, m) == (manifest.k, manifest.m), "the policy of the manifest")
        pieces = Layout(k, m, manifest.header.padded_length).pieces(self.number)
        require(chunk_count == len(pieces) and len(self.cells) == sum(pieces), "the layout of the manifest")
        require(hashlib.sha256(self.table).digest() == manifest.columns[self.number], "the manifest's table")

    def piece(self, row, slot, length):
        at = row * CELL_BYTES + slot * SEALED_CHUNK_BYTES
        return self.cells[at : at + length]

    def sound_piece(self, row, slot, length):
        """The piece where its SHA-256 is the one in the table, which needs no key; else None."""
        piece = self.piece(row, slot, length)
        at = (row * CELL_CHUNKS + slot) * HASH_BYTES
        return piece if hashlib.sha256(piece).digest() == self.table[at : at + HASH_BYTES] else None

    def damaged_chunks(self, layout):
        """Positions in the column of chunks that are not sound."""
        places = (divmod(position, CELL_CHUNKS) for position in range(len(self.table) // HASH_BYTES))
        return [
            row * CELL_CHUNKS + slot
            for row, slot in places
            if self.sound_piece(row, slot, layout.piece_bytes(row, slot, self.number)) is None
        ]


def gf_multiply(a, b):
    product = 0
    while b:
        if b & 1:
            product ^= a
        a = (a << 1) ^ (0x11D if a & 0x80 else 0)
        b >>= 1
    return product


TABLES = [bytes(gf_multiply(a, b) for b in range(256)) for a in range(256)]
INVERSES = [0] + [TABLES[a].index(1) for a in range(1, 256)]


def coefficient(p, j):
    x = 255 - p
    return TABLES[TABLES[x][255 ^ j]][INVERSES[TABLES[x ^ j][255]]]


def add(a, b):
    """Sum of two strings of field elements; the shorter one goes on in zeros."""
    length = max(len(a), len(b))
    a, b = a.ljust(length, b"\0"), b.ljust(length, b"\0")
    return (int.from_bytes(a, "big") ^ int.from_bytes(b, "big")).to_bytes(length, "big")


def scale(factor, data):
    return data.translate(TABLES[factor])


def solve(data, parity, unknown):
    """The unknown data columns from those that are known, as {column: bytes} and {p: bytes}."""
    unknown = sorted(unknown)
    rows = []
    for p, right in sorted(parity.items())[: len(unknown)]:
        for j, known in data.items():
            right = add(right, scale(coefficient(p, j), known))
        rows.append([[coefficient(p, j) for j in unknown], right])
    require(len(rows) == len(unknown), "as many parity columns as data columns are lost")
    for i in range(len(unknown)):
        pivot = next(row for row in range(i, len(rows)) if rows[row][0][i])
        rows[i], rows[pivot] = rows[pivot], rows[i]
        factor = INVERSES[rows[i][0][i]]
        rows[i] = [[TABLES[factor][c] for c in rows[i][0]], scale(factor, rows[i][1])]
        for other in range(len(rows)):
            by = rows[other][0][i]
            if other == i or by == 0:
                continue
            left = [a ^ TABLES[by][b] for a, b in zip(rows[other][0], rows[i][0])]
            rows[other] = [left, add(rows[other][1], scale(by, rows[i][1]))]
    return {column: rows[i][1] for i, column in enumerate(unknown)}


def open_asset(manifest, columns, track_key):
    """The padded plaintext, from the columns that are there; a chunk that does not open is rebuilt."""
    layout = Layout(manifest.k, manifest.m, manifest.header.padded_length)
    cipher = manifest.header.cipher(track_key)
    rebuilt = 0
    plaintext = []
    for chunk in range(layout.chunks):
        row, slot, column = layout.place(chunk)
        length = layout.piece_bytes(row, slot, column)
        try:
            require(column in columns, "the column")
            opened = cipher.open(chunk, columns[column].piece(row, slot, length))
        except Refused:
            opened = cipher.open(chunk, rebuild(layout, columns, row, slot, column, length))
            rebuilt += 1
        plaintext.append(opened)
    return b"".join(plaintext), rebuilt


def rebuild(layout, columns, row, slot, lost, length):
    """The piece of a data column by the sound ones of its row."""
    data, parity, unknown = {}, {}, set()
    for column in range(layout.k + layout.m):
        size = layout.piece_bytes(row, slot, column)
        if column < layout.k and size == 0:
            continue
        holder = columns.get(column) if column != lost else None
        piece = holder.sound_piece(row, slot, size) if holder else None
        if piece is None and column < layout.k:
            unknown.add(column)
        elif piece is not None and column < layout.k:
            data[column] = piece
        elif piece is not None:
            parity[column - layout.k] = piece
    return solve(data, parity, unknown)[lost][:length]
