import { resolve } from 'node:path';
import { ClefError } from '../../core/index.ts';
import { openDataFolder } from '../data-folder.ts';
import type { Shell } from '../shell.ts';
import { nameOf, placeOf } from './node-places.ts';
import { becomeNode, readKnownNodes, writeKnownNodes } from './nodes.ts';

/**
 * Takes an empty folder for a new node where the old one is lost for good. Only by a person's word: otherwise a node
 * that is not there is away. The server must be stopped (`data-in-use`).
 */
export async function replaceNode({ config, dataRoot, now }: Shell, folder: string): Promise<void> {
  const entry = config.nodes?.find((one) => nameOf(one) === resolve(folder));
  if (!entry) throw new ClefError('usage', 'CLEF_NODES does not name this folder');
  const data = await openDataFolder({ root: dataRoot, now });
  try {
    const place = await placeOf(entry);
    const { [place.name]: _lost, ...others } = await readKnownNodes(data);
    await writeKnownNodes(data, { ...others, [place.name]: await becomeNode(place, data) });
  } finally {
    data[Symbol.dispose]();
  }
}
