import { resolve } from 'node:path';
import { ClefError } from '../../core/index.ts';
import { openDataFolder } from '../data-folder.ts';
import type { Shell } from '../shell.ts';
import { becomeNode, readKnownNodes, writeKnownNodes } from './nodes.ts';

/**
 * Takes an empty folder for a new node where the old one is lost for good. Only by a person's word: otherwise a node
 * that is not there is away. The server must be stopped (`data-in-use`).
 */
export async function replaceNode({ config, dataRoot, now }: Shell, folder: string): Promise<void> {
  const root = resolve(folder);
  if (!config.nodes?.some(({ path }) => resolve(path) === root)) {
    throw new ClefError('usage', 'CLEF_NODES does not name this folder');
  }
  const data = await openDataFolder({ root: dataRoot, now });
  try {
    const { [root]: _lost, ...others } = await readKnownNodes(data);
    await writeKnownNodes(data, { ...others, [root]: await becomeNode(root, data) });
  } finally {
    data[Symbol.dispose]();
  }
}
