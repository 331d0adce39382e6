"""Storage nodes as folders (section Objects on a node). No name is trusted; names only say where to look."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Iterator

from encoding import Refused, constant, from_hex_id, parse_json, sha256

Pattern = re.Pattern[str]

COLUMN = re.compile(r"[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{32}/[0-9a-f]{32}\.[0-9]{1,2}")
KEYS = re.compile(r"keys/[a-z]+-[0-9a-f]{32}\.jws")
TOMBSTONE = re.compile(r"tombstones/[0-9a-f]{32}")
SEGMENT = re.compile(r"log/[0-9a-f]{32}/[0-9a-f]{12}-[0-9a-f]{16}\.seg")


class Node:
    def __init__(self, path: Path, library: bytes) -> None:
        try:
            about = parse_json((path / "clef-node.json").read_bytes())
        except (OSError, Refused) as error:
            raise Refused(f"{path} is not a node") from error
        if not isinstance(about, dict):
            raise Refused(f"{path} is not a node")
        # A node may come to say more of itself.
        constant(about.get("format"), 1)
        from_hex_id(about.get("nodeId"))
        if "library" in about and from_hex_id(about["library"]) != library:
            raise Refused(f"{path} is a node of another library")
        self._folder = path / library.hex()

    def files(self, pattern: Pattern) -> Iterator[Path]:
        for path in sorted(self._folder.rglob("*")):
            if pattern.fullmatch(path.relative_to(self._folder).as_posix()) and path.is_file():
                yield path


def read_files(nodes: list[Node], pattern: Pattern, most: int) -> Iterator[tuple[Path, bytes]]:
    """Small files of all nodes, each content once."""
    seen = set()
    for node in nodes:
        for path in node.files(pattern):
            with path.open("rb") as file:
                # One byte more shows that there is too much; whoever reads it refuses it then.
                data = file.read(most + 1)
            if (content := sha256(data)) not in seen:
                seen.add(content)
                yield path, data
