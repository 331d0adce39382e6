"""Opens a Clef library of format version 1, as docs/format.md describes it, and says in JSON what is in it.

    decode.py --kit <folder> [--out <folder>] <node> ...
    decode.py --library <id> --root=<fingerprint> --key <private key> [--out <folder>] <node> ...

The second is for whoever has the key of a server or user. With --out, the assets are written to a folder, under the
names `<asset>.<layout>`. --records takes a folder of sealed records that are named `<asset>.<revision>.<type>`,
--secrets a JSON list of service secrets, each of `purpose`, `userId`, `credentialId` and `sealed` (hex).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from getpass import getpass
from hashlib import sha256
from pathlib import Path
from typing import Any, Iterator

from assets import Asset
from encoding import Refused, from_hex_id
from envelope import load_private_key
from keyrings import Keys
from kit import Kit, open_kit, typed_passphrase
from library import Library
from nodes import Node
from sealing import open_record
from service_secrets import open_secret


def main() -> None:
    options = _options()
    try:
        print(json.dumps(decode(options), ensure_ascii=False, indent=2))
    except Refused as reason:
        sys.exit(f"{reason}")


def decode(options: argparse.Namespace) -> dict[str, Any]:
    kit = _kit(options)
    library = Library(kit.library, kit.root, kit.recovery_key, [Node(path, kit.library) for path in options.nodes])
    assets, lost, track_keys = [], [], {}
    for asset in library.assets():
        track_keys[asset.manifest.asset] = asset.track_key
        try:
            assets.append(_write_asset(asset, options.out))
        except Refused as reason:
            lost.append(f"{_name(asset)}: {reason}")
    report = {
        "keyring": _about(library.keys),
        "service": None if library.service_keys is None else _about(library.service_keys),
        "trust": {"version": library.trust.version, "signers": sorted(library.trust.signers)},
        "sourceHashKey": (library.keys.source_hash_key or b"").hex(),
        "assets": assets,
        "records": list(_records(options.records, library, track_keys)),
        "tombstones": [{"asset": stone.asset.hex(), "atMs": stone.at_ms} for stone in library.tombstones],
        "changes": list(library.changes()),
        "gaps": library.gaps(),
        "secrets": list(_secrets(options.secrets, library)),
    }
    # Last, when everything was looked at.
    return {**report, "lost": lost, "refused": library.refused}


def _write_asset(asset: Asset, folder: Path | None) -> dict[str, Any]:
    """Opens all of an asset, and leaves a file only where all of it opened."""
    name = _name(asset)
    unfinished = None if folder is None else folder / f"{name}.unfinished"
    digest = sha256()
    with open(unfinished or os.devnull, "wb") as file:
        for piece in asset.plaintext():
            digest.update(piece)
            file.write(piece)
    if unfinished is not None:
        unfinished.rename(unfinished.with_name(name))
    manifest = asset.manifest
    return {
        "asset": manifest.asset.hex(),
        "layout": manifest.layout_id.hex(),
        "policy": f"{manifest.layout.k}+{manifest.layout.m}",
        "epoch": manifest.epoch,
        "kind": asset.birth.kind,
        "lengthBytes": asset.birth.length_bytes,
        "paddedLengthBytes": manifest.header.padded_bytes,
        "birth": asset.birth.birth,
        "sha256": digest.hexdigest(),
        "columns": sorted({column.number for column in asset.columns}),
        "rebuiltChunks": asset.rebuilt_chunks,
        "damagedChunks": {column: sorted(positions) for column, positions in sorted(asset.damaged.items())},
    }


def _records(folder: Path | None, library: Library, track_keys: dict[bytes, bytes]) -> Iterator[dict[str, Any]]:
    """Records of the assets that were found."""
    for path in sorted(folder.iterdir()) if folder is not None else ():
        asset, revision, kind = path.name.split(".")
        track_key = track_keys.get(from_hex_id(asset))
        if track_key is None:
            continue
        place = track_key, library.id, from_hex_id(asset), int(revision), kind
        for value, written in library.accepted(path, lambda: open_record(path.read_bytes(), *place)):
            yield {
                "asset": asset,
                "revision": int(revision),
                "type": kind,
                "title": value.get("title") if isinstance(value, dict) else None,
                "sha256": sha256(written).hexdigest(),
            }


def _secrets(path: Path | None, library: Library) -> Iterator[str]:
    if path is None or library.service_keys is None:
        return
    for secret in json.loads(path.read_text("utf-8")):
        sealed = bytes.fromhex(secret["sealed"])
        names = secret["purpose"], secret["userId"], secret["credentialId"]
        place = library.service_keys, library.id, *names
        for opened in library.accepted("/".join(names), lambda: open_secret(sealed, *place)):
            yield opened.decode("utf-8")


def _about(keys: Keys) -> dict[str, Any]:
    return {"version": keys.version, "epochs": list(keys.by_epoch)}


def _name(asset: Asset) -> str:
    return f"{asset.manifest.asset.hex()}.{asset.manifest.layout_id.hex()}"


def _kit(options: argparse.Namespace) -> Kit:
    """The kit, or what stands for it on the command line."""
    if options.kit is not None:
        return open_kit(options.kit, getpass("Passphrase of the recovery kit: "))
    pem = options.key.read_bytes()
    try:
        key = load_private_key(pem)
    except TypeError:
        key = load_private_key(pem, typed_passphrase(getpass(f"Passphrase of {options.key.name}: ")))
    return Kit(from_hex_id(options.library), options.root, key)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kit", type=Path, help="the recovery kit's folder")
    parser.add_argument("--library", help="the library's id")
    parser.add_argument("--root", help="the root fingerprint")
    parser.add_argument("--key", type=Path, help="a private key that opens keyrings, in PEM")
    parser.add_argument("--records", type=Path, help="a folder of sealed records")
    parser.add_argument("--secrets", type=Path, help="service secrets, in JSON")
    parser.add_argument("--out", type=Path, help="a folder for the assets")
    parser.add_argument("nodes", nargs="+", type=Path, metavar="node", help="a storage node's folder")
    options = parser.parse_args()
    if options.kit is None and None in (options.library, options.root, options.key):
        parser.error("either --kit, or --library, --root and --key")
    return options


if __name__ == "__main__":
    main()
