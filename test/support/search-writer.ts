// A process to be killed: applies changes to a search index, one after another, and says where it is.
// Arguments: the index file. Change n makes track n and counts n plays of track 1; its position is n.
import { fileURLToPath } from 'node:url';
import type { SearchChange } from '../../src/catalog/search/index.ts';
import { openSearchIndex } from '../../src/catalog/search/sqlite/index.ts';
import type { LibraryId, TrackId, UserId } from '../../src/core/index.ts';

export const SEARCH_WRITER = fileURLToPath(import.meta.url);
export const WRITER_CATALOG = 'written';

export function writerChanges(number: number): SearchChange[] {
  const record = {
    kind: 'track',
    id: number as TrackId,
    libraryIds: ['a'.repeat(32) as LibraryId],
    title: `Song n${number}`,
    artist: 'Artist',
    album: `Album ${number % 10}`,
  } as const;
  return [
    { kind: 'upsert', record },
    { kind: 'plays', itemId: 1 as TrackId, userId: 1 as UserId, count: number },
  ];
}

async function main(path: string): Promise<void> {
  await using index = openSearchIndex({ path });
  for (let number = (index.position()?.seq ?? 0) + 1; ; number++) {
    index.apply(writerChanges(number), { catalogId: WRITER_CATALOG, seq: number });
    await index.settle();
    process.stdout.write(`${number}\n`);
  }
}

if (import.meta.main) await main(process.argv[2] ?? '');
