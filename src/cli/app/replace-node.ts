import { resolve } from 'node:path';
import { ClefError } from '../../core/index.ts';
import { openDataFolder } from '../data-folder.ts';
import type { Shell } from '../shell.ts';
import { readNodeFile, writeNodeFile } from './node-file.ts';
import { nameOf, placeOf } from './node-places.ts';
import { becomeNode } from './nodes.ts';

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
    const file = await readNodeFile(data);
    const others = file.nodes.filter((node) => node.place !== place.name);
    const id = await becomeNode(place, data);
    await writeNodeFile(data, { ...file, nodes: [...others, { id, place: place.name, use: 'used' }] });
  } finally {
    data[Symbol.dispose]();
  }
}
