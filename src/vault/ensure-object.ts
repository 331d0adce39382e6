import { isClefError } from '../core/index.ts';
import type { NodeCallOptions, StorageNode } from './nodes/port.ts';

/** Small signed things only: they are read whole. */
const MAX_ENSURED_BYTES = 2 ** 23;

/**
 * Makes sure that a node has a right object under a name: creates it, and replaces one that is not accepted, as a
 * node could have been given rubbish under a name that was foreseen. True where the node had to be changed.
 */
export async function ensureObject(
  node: StorageNode,
  name: string,
  bytes: Uint8Array,
  accept: (existing: Uint8Array) => boolean | Promise<boolean>,
  options: NodeCallOptions = {},
): Promise<boolean> {
  const info = await node.stat(name, options);
  if (!info) {
    try {
      await node.create(name, once(bytes), options);
      return true;
    } catch (error) {
      if (!isClefError(error, 'node-object-exists')) throw error;
      // Somebody else was first, most likely with the same bytes.
      return ensureObject(node, name, bytes, accept, options);
    }
  }
  if (info.lengthBytes <= MAX_ENSURED_BYTES) {
    const existing = await node.read(name, 0, info.lengthBytes, options);
    if (await accept(existing)) return false;
  }
  await node.replace(name, info.version, once(bytes), options);
  return true;
}

/** A source of one piece. */
export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}
