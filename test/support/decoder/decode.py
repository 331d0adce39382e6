"""
Opens a Clef library without Clef: everything here is written from docs/format.md.

    decode.py --library ID --root FINGERPRINT --key KEY.pem NODE...

NODE is the folder of a storage node; KEY.pem an unencrypted PKCS#8 private key, of the kit or of a server.
Prints, as JSON, what it found; --out FOLDER also writes each asset's plaintext as <asset>.<layout>.
--records FOLDER opens the files <asset>.<revision>.<type> in it, --secrets FILE the entries of a JSON list.
"""

import argparse
import hashlib
import json
import re
import sys
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from asset import open_record, open_secret, unwrap_track_key
from columns import Column, Layout, open_asset
from encoding import Refused, parse_json, require
from keyring import choose_keyring, fingerprint_of
from library_log import read_log, read_tombstones
from statements import choose_trust

COLUMN_NAME = re.compile(r"[0-9a-f]{2}/[0-9a-f]{2}/([0-9a-f]{32})/([0-9a-f]{32})\.(\d+)")


def read_statements(nodes, library, kind):
    """Every statement of a kind on any node; their names are hints."""
    found = {path.read_bytes() for node in nodes for path in (node / library / "keys").glob(f"{kind}-*.jws")}
    return [data.decode("ascii", errors="replace") for data in found]


def read_columns(nodes, library, trust):
    """The sound column objects by (asset, layout), and the names of those that were refused."""
    layouts, refused = {}, []
    for node in nodes:
        folder = node / library
        for path in sorted(folder.rglob("*")):
            name = COLUMN_NAME.fullmatch(path.relative_to(folder).as_posix())
            if not path.is_file() or not name:
                continue
            try:
                column = Column(path.read_bytes(), trust)
            except (Refused, UnicodeDecodeError):
                refused.append(path.relative_to(node).as_posix())
                continue
            manifest = column.manifest
            columns = layouts.setdefault((manifest.asset, manifest.layout), {})
            columns.setdefault(column.number, column)
    return layouts, refused


def describe(columns, keys, out):
    manifest = next(iter(columns.values())).manifest
    library_key = keys.get(manifest.epoch)
    require(library_key is not None, "the epoch of the asset")
    track_key = unwrap_track_key(library_key, manifest.wrapped_key)
    padded, rebuilt = open_asset(manifest, columns, track_key)
    birth = manifest.open_birth(track_key)
    length = birth["lengthBytes"]
    plaintext, padding = padded[:length], padded[length:]
    require(not any(padding), "zeros as padding")
    if out:
        (out / f"{manifest.asset}.{manifest.layout}").write_bytes(plaintext)
    layout = Layout(manifest.k, manifest.m, manifest.header.padded_length)
    return track_key, {
        "asset": manifest.asset,
        "layout": manifest.layout,
        "policy": f"{manifest.k}+{manifest.m}",
        "epoch": manifest.epoch,
        "paddedLengthBytes": manifest.header.padded_length,
        "lengthBytes": length,
        "kind": birth["kind"],
        "birth": birth["birth"],
        "sha256": hashlib.sha256(plaintext).hexdigest(),
        "columns": sorted(columns),
        "rebuiltChunks": rebuilt,
        "damagedChunks": {n: d for n, c in sorted(columns.items()) if (d := c.damaged_chunks(layout))},
    }


def read_records(folder, library, track_keys):
    for path in sorted(folder.iterdir()):
        asset, revision, kind = path.name.split(".")
        if asset not in track_keys:
            continue
        text = open_record(track_keys[asset], library, asset, int(revision), kind, path.read_bytes())
        title = parse_json(text)["title"]
        sha256 = hashlib.sha256(text).hexdigest()
        yield {"asset": asset, "revision": int(revision), "type": kind, "title": title, "sha256": sha256}


def read_secrets(path, library, keys):
    for entry in json.loads(path.read_text("utf-8")):
        place = entry["purpose"], entry["userId"], entry["credentialId"]
        yield open_secret(keys, library, *place, bytes.fromhex(entry["sealed"])).decode("utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("nodes", nargs="+", type=Path)
    parser.add_argument("--library", required=True)
    parser.add_argument("--root", required=True)
    parser.add_argument("--key", required=True, type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--records", type=Path)
    parser.add_argument("--secrets", type=Path)
    options = parser.parse_args()
    library = options.library
    private_key = load_pem_private_key(options.key.read_bytes(), None)
    name = fingerprint_of(private_key)

    def choose(kind):
        return choose_keyring(read_statements(options.nodes, library, kind), kind, library, options.root)

    trust = choose_trust(read_statements(options.nodes, library, "trust"), library, options.root)
    keyring = choose("library")
    keys, source_hash_key = keyring.open(private_key, name)
    service = choose("service")
    service_keys, _ = service.open(private_key, name)
    layouts, refused = read_columns(options.nodes, library, trust)
    changes, gaps = read_log(options.nodes, library, trust, keys)
    track_keys, assets, lost = {}, [], []
    for (asset, layout), columns in sorted(layouts.items()):
        try:
            track_keys[asset], description = describe(columns, keys, options.out)
            assets.append(description)
        except Refused:
            lost.append(f"{asset}.{layout}")
    json.dump(
        {
            "trust": {"version": trust.version, "signers": sorted(trust.keys)},
            "keyring": {"version": keyring.version, "epochs": keyring.epochs},
            "service": {"version": service.version, "epochs": service.epochs},
            "sourceHashKey": source_hash_key.hex(),
            "assets": assets,
            "lost": lost,
            "refused": refused,
            "tombstones": read_tombstones(options.nodes, library, trust),
            "changes": changes,
            "gaps": gaps,
            "records": list(read_records(options.records, library, track_keys)) if options.records else [],
            "secrets": list(read_secrets(options.secrets, library, service_keys)) if options.secrets else [],
        },
        sys.stdout,
        ensure_ascii=False,
        indent=2,
    )
    print()


if __name__ == "__main__":
    main()
