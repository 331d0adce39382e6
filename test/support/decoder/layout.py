"""Where the chunks of an asset lie (section Layout).

A chunk's *position* is its number within its column: 4 * row + slot. Since a cell has four chunks, it begins at
position * 65,552 there, and in every column the same position has the same offset.
"""

from __future__ import annotations

from dataclasses import dataclass

from sealing import CHUNK_BYTES, SEALED_CHUNK_BYTES, TAG_BYTES, chunk_count

CELL_CHUNKS = 4


@dataclass(frozen=True)
class Layout:
    padded_bytes: int
    k: int
    m: int

    @property
    def chunks(self) -> int:
        return chunk_count(self.padded_bytes)

    @property
    def rows(self) -> int:
        return -(-self._cells // self.k)

    @property
    def _cells(self) -> int:
        return -(-self.chunks // CELL_CHUNKS)

    def chunk_at(self, column: int, position: int) -> int | None:
        """Which chunk lies there; of a parity column the one in column 0, which is as long."""
        row, slot = divmod(position, CELL_CHUNKS)
        chunk = (row * self.k + self._as_data(column)) * CELL_CHUNKS + slot
        return chunk if chunk < self.chunks else None

    def sealed_bytes_at(self, column: int, position: int) -> int:
        """The length of the chunk there, 0 where there is none."""
        chunk = self.chunk_at(column, position)
        if chunk is None:
            return 0
        if chunk < self.chunks - 1:
            return SEALED_CHUNK_BYTES
        return self.padded_bytes - CHUNK_BYTES * chunk + TAG_BYTES

    def column_chunks(self, column: int) -> int:
        """How many chunks a column has; 0 if it is empty."""
        cells = len(range(self._as_data(column), self._cells, self.k))
        missing = self._cells * CELL_CHUNKS - self.chunks if self._has_last_cell(column) else 0
        return cells * CELL_CHUNKS - missing

    def column_bytes(self, column: int) -> int:
        """The footer's cellsBytes."""
        count = self.column_chunks(column)
        return 0 if count == 0 else (count - 1) * SEALED_CHUNK_BYTES + self.sealed_bytes_at(column, count - 1)

    def _has_last_cell(self, column: int) -> bool:
        return (self._cells - 1) % self.k == self._as_data(column)

    def _as_data(self, column: int) -> int:
        """A parity column is cut as column 0 is."""
        return column if column < self.k else 0
