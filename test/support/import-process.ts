/**
 * An import in a process of its own, to be killed: `import-process.ts BASE` imports BASE/music into a directory
 * node and a catalogue file below BASE, tells of each step on a line, and prints what the catalogue holds as JSON.
 */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createSqlCatalog } from '../../src/catalog/sql/catalog.ts';
import { Database } from '../../src/catalog/sql/index.ts';
import type { LibraryId, UserId } from '../../src/core/index.ts';
import { importSource, type Seal } from '../../src/ingest/index.ts';
import { openLocalTree } from '../../src/ingest/sources/local.ts';
import { initDirectoryNode, openDirectoryNode } from '../../src/vault/nodes/directory.ts';
import { createCryptoLibrary } from './crypto-library.ts';
import { inlineProbe } from './import-world.ts';
import { createTestVault } from './vault.ts';

const LIBRARY = '0123456789abcdef0123456789abcdef' as LibraryId;
const KEY = new Uint8Array(32).fill(7);

const [base = ''] = process.argv.slice(2);
const tell = (step: string): void => {
  process.stdout.write(`${step}\n`);
};

const root = join(base, 'node');
await mkdir(root, { recursive: true });
await initDirectoryNode({ root, random: (length) => randomBytes(length) }).catch(() => undefined);
await using node = await openDirectoryNode({ root });
const { vault } = await createTestVault([node], {
  policy: { k: 1, m: 0 },
  library: { ...(await createCryptoLibrary()), libraryId: LIBRARY },
  currentEpoch: () => ({ epoch: 1, key: KEY }),
});
await using database = await Database.open({ file: join(base, 'catalog.sqlite') });
const catalog = createSqlCatalog(database);
await catalog.ensureLibrary(LIBRARY, 'Music');
const source = await catalog.ensureSource(LIBRARY, join(base, 'music'));

const seal: Seal = async (input) => {
  tell('sealing');
  const sealed = await vault.write(input);
  tell('sealed');
  return sealed;
};
const report = await importSource({
  source,
  catalog: {
    ...catalog,
    importTrack: async (track) => {
      tell('importing');
      const id = await catalog.importTrack(track);
      tell('imported');
      return id;
    },
  },
  seal,
  probe: inlineProbe(),
  contentHashKey: KEY,
  openTree: ({ root }) => openLocalTree(root, []),
  concurrency: 2,
  // Long after all that lies there was written.
  now: () => Date.now() + 3_600_000,
  onProgress: () => tell('progress'),
});
const files = await Array.fromAsync(catalog.sourceFiles(source.id));
const tracks = await catalog.tracks(
  files.map(({ trackId }) => trackId),
  0 as UserId,
);
const held = files.map(({ pathKey, trackId, contentHash }) => {
  const track = tracks.find(({ id }) => id === trackId);
  return { pathKey, trackId, contentHash: contentHash.toHex(), title: track?.title, album: track?.album };
});
tell(JSON.stringify({ report, held, counts: await catalog.counts() }));
