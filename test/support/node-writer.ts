// A process to be killed: writes objects into a directory node, one after another, and says where it is.
// Arguments: the node's folder. Each object is one repeated byte, in pieces, so that a part would show.
import { openDirectoryNode } from '../../src/vault/nodes/directory.ts';
import type { ByteSource } from '../../src/vault/nodes/port.ts';

const PIECE_BYTES = 65_536;
export const PIECES = 16;
export const OBJECT_BYTES = PIECE_BYTES * PIECES;

async function* repeated(value: number): ByteSource {
  for (let piece = 0; piece < PIECES; piece++) {
    process.stdout.write(`object ${value} piece ${piece}\n`);
    yield new Uint8Array(PIECE_BYTES).fill(value);
  }
}

async function main(root: string): Promise<void> {
  await using node = await openDirectoryNode({ root });
  for (let value = 0; ; value = (value + 1) % 256) {
    await node.create(`written/${process.pid}/object.${value}`, repeated(value));
  }
}

if (import.meta.main) await main(process.argv[2] ?? '');
