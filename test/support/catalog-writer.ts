import type { LibraryId, UserId } from '../../src/core/index.ts';
import { createSqlCatalog, Database } from '../../src/catalog/sql/index.ts';
import { importedTrack, labelId } from './catalog-tracks.ts';

// A process of its own that writes into a catalogue until it is killed, and says on its output what was
// acknowledged to it: `track <path> <id>`, `star <id>`, one line each.

const [file = '', run = ''] = process.argv.slice(2);
const LISTENER = 1 as UserId;
const WRITERS = 4;

const database = await Database.open({ file });
const catalog = createSqlCatalog(database);
const libraryId = labelId<LibraryId>('library');
await catalog.ensureLibrary(libraryId, 'Music');
const source = await catalog.ensureSource(libraryId, '/music');
process.stdout.write('ready\n');

let next = 0;

async function write(): Promise<never> {
  for (;;) {
    const path = `${run}/${next++}`;
    const tags = { album: `album ${next % 9}`, artists: [`artist ${next % 4}`], genres: ['Rock'] };
    const id = await catalog.importTrack(importedTrack(source, path, { tags, cover: `${next % 9}` }));
    process.stdout.write(`track ${path} ${id}\n`);
    if (next % 5 === 0) {
      await catalog.star(LISTENER, [{ kind: 'track', id }]);
      process.stdout.write(`star ${id}\n`);
    }
  }
}

await Promise.all(Array.from({ length: WRITERS }, write));
