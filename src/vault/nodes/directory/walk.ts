import type { Dirent } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { MARKER_NAME, isNameSegment } from '../names.ts';
import type { ObjectInfo } from '../port.ts';
import { isAbsent } from './faults.ts';
import { describeFile, lstatOrAbsent } from './stats.ts';

const ENTRIES_AT_ONCE = 64;

/**
 * The regular files below a folder whose names start with the prefix, links not followed. What vanishes
 * meanwhile is left out; what is no object name is not Clef's, and is left out too.
 */
export async function* walkObjects(
  root: string,
  folder: string,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<ObjectInfo, void, undefined> {
  let batch: string[] = [];
  for await (const entry of entriesOf(join(root, folder))) {
    signal?.throwIfAborted();
    const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (!isNameSegment(entry.name) || name === MARKER_NAME) continue;
    if (entry.isDirectory()) {
      const below = `${name}/`;
      if (below.startsWith(prefix) || prefix.startsWith(below))
        yield* walkObjects(root, name, prefix, signal);
    } else if (entry.isFile() && name.startsWith(prefix)) {
      batch.push(name);
      if (batch.length === ENTRIES_AT_ONCE) {
        yield* describeAll(root, batch, signal);
        batch = [];
      }
    }
  }
  yield* describeAll(root, batch, signal);
}

async function* entriesOf(path: string): AsyncGenerator<Dirent, void, undefined> {
  try {
    yield* await opendir(path, { bufferSize: ENTRIES_AT_ONCE });
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

async function* describeAll(
  root: string,
  names: readonly string[],
  signal: AbortSignal | undefined,
): AsyncGenerator<ObjectInfo, void, undefined> {
  const described = await Promise.all(
    names.map(async (name) => {
      const stats = await lstatOrAbsent(join(root, name));
      return stats?.isFile() === true ? describeFile(name, stats) : undefined;
    }),
  );
  for (const info of described) {
    signal?.throwIfAborted();
    if (info) yield info;
  }
}
