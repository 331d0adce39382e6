import { isAbsentOnShare, type SmbEntry, type SmbFolder, type SmbStat } from '../../../smb/index.ts';
import { MARKER_NAME } from '../names.ts';
import { pathOf, segmentOf } from './paths.ts';

/**
 * The files below a folder whose names start with the prefix. What vanishes meanwhile is left out; what is no object name
 * is not Clef's, and is left out too.
 */
export async function* walkShare(
  root: SmbFolder,
  folder: string,
  prefix: string,
): AsyncGenerator<{ readonly name: string; readonly stat: SmbStat }, void, undefined> {
  const below: string[] = [];
  for await (const entry of entriesOf(root, pathOf(folder))) {
    const segment = segmentOf(entry.name);
    if (segment === undefined) continue;
    const name = folder === '' ? segment : `${folder}/${segment}`;
    if (name === MARKER_NAME) continue;
    if (!entry.isFolder) {
      if (name.startsWith(prefix)) yield { name, stat: entry };
    } else if (`${name}/`.startsWith(prefix) || prefix.startsWith(`${name}/`)) {
      below.push(name);
    }
  }
  // After the listing: one that stays open holds its connection.
  for (const name of below) yield* walkShare(root, name, prefix);
}

async function* entriesOf(root: SmbFolder, path: string): AsyncGenerator<SmbEntry, void, undefined> {
  try {
    yield* root.list(path);
  } catch (error) {
    if (!isAbsentOnShare(error)) throw error;
  }
}
