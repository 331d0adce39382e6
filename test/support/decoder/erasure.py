"""Reed-Solomon over GF(2^8) (section Erasure code)."""

from __future__ import annotations

from functools import lru_cache
from typing import Sequence

POLYNOMIAL = 0x11D


def multiply(a: int, b: int) -> int:
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a & 0x100:
            a ^= POLYNOMIAL
        b >>= 1
    return product


@lru_cache(maxsize=None)
def inverse(a: int) -> int:
    return next(candidate for candidate in range(1, 256) if multiply(a, candidate) == 1)


@lru_cache(maxsize=None)
def coefficient(p: int, j: int) -> int:
    """C[p][j]: what parity column p takes of data column j."""
    return multiply(multiply(255 - p, 255 ^ j), inverse(multiply((255 - p) ^ j, 255)))


def recover(data: Sequence[bytes | None], parity: Sequence[bytes | None], width: int) -> dict[int, bytes] | None:
    """The data columns that are lost (`None`), each of `width` bytes; `None` if too many are lost.

    What is there may be shorter than `width`: it counts as zeros from where it ends.
    """
    lost = [j for j, cells in enumerate(data) if cells is None]
    spare = [p for p, cells in enumerate(parity) if cells is not None][:len(lost)]
    if len(spare) < len(lost):
        return None
    # One equation for each parity column: coefficients of the lost columns = parity less the other columns.
    matrix = [[coefficient(p, j) for j in lost] for p in spare]
    sides = []
    for p in spare:
        side = _widen(parity[p] or b"", width)
        for j, cells in enumerate(data):
            if cells:
                side = _add(side, _scale(_widen(cells, width), coefficient(p, j)))
        sides.append(side)
    _solve(matrix, sides)
    return dict(zip(lost, sides))


def _solve(matrix: list[list[int]], sides: list[bytes]) -> None:
    """Gauss and Jordan: leaves the solution in `sides`."""
    size = len(matrix)
    for step in range(size):
        pivot = next(row for row in range(step, size) if matrix[row][step] != 0)
        matrix[step], matrix[pivot] = matrix[pivot], matrix[step]
        sides[step], sides[pivot] = sides[pivot], sides[step]
        factor = inverse(matrix[step][step])
        matrix[step] = [multiply(value, factor) for value in matrix[step]]
        sides[step] = _scale(sides[step], factor)
        for row in range(size):
            factor = matrix[row][step]
            if row != step and factor != 0:
                matrix[row] = [a ^ multiply(b, factor) for a, b in zip(matrix[row], matrix[step])]
                sides[row] = _add(sides[row], _scale(sides[step], factor))


@lru_cache(maxsize=None)
def _multiples(factor: int) -> bytes:
    return bytes(multiply(value, factor) for value in range(256))


def _scale(cells: bytes, factor: int) -> bytes:
    return cells if factor == 1 else cells.translate(_multiples(factor))


def _add(a: bytes, b: bytes) -> bytes:
    return (int.from_bytes(a, "big") ^ int.from_bytes(b, "big")).to_bytes(len(a), "big")


def _widen(cells: bytes, width: int) -> bytes:
    return cells.ljust(width, b"\0")
