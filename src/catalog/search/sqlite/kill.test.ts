import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { SEARCH_WRITER, WRITER_CATALOG, writerChanges } from '../../../../test/support/search-writer.ts';
import { openSearchIndex } from './index.ts';

const page = { offset: 0, count: 10_000 };
const none = { offset: 0, count: 0 };

/** Lets the writer go on for so many changes and kills it. Returns the last one that it was done with. */
async function writeAndKill(path: string, changes: number): Promise<number> {
  const writer = spawn(process.execPath, [SEARCH_WRITER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(writer, 'close');
  let [last, count] = [0, 0];
  for await (const line of createInterface({ input: writer.stdout })) {
    last = Number(line);
    if (++count === changes) writer.kill('SIGKILL');
  }
  await closed;
  return last;
}

test('a writer killed at any moment leaves exactly the changes up to its position', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'clef-search-kill-'));
  const path = join(folder, 'search.sqlite');
  try {
    for (const changes of [1, 37, 210]) {
      const acknowledged = await writeAndKill(path, changes);
      await using index = openSearchIndex({ path });
      const seq = index.position()?.seq ?? 0;
      expect(seq).toBeGreaterThanOrEqual(acknowledged);
      const found = index.search({ text: 'song', tracks: page, albums: none, artists: none }).trackIds;
      expect(found[0]).toBe(1);
      expect(new Set(found)).toEqual(new Set(Array.from({ length: seq }, (_, number) => number + 1)));
      const byName = index.search({ text: `n${seq}`, tracks: page, albums: none, artists: none });
      expect(byName.trackIds).toEqual([seq]);
      // What was applied may come again.
      index.apply(writerChanges(seq), { catalogId: WRITER_CATALOG, seq });
      const again = index.search({ text: 'song', tracks: page, albums: none, artists: none });
      expect(again.trackIds).toEqual(found);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
