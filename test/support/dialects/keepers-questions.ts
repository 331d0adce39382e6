import type { Change, CompanionKind } from '../../../src/catalog/index.ts';
import { labelHash } from '../catalog-tracks.ts';
import type { Filled } from './fill.ts';
import { type Question, spread } from './questions.ts';
import type { DialectWorld } from './world.ts';

const CHANGES_AT_ONCE = 5_000;
const COMPANIONS: readonly CompanionKind[] = ['packet-table', 'flac', 'opus'];

/** What imports, the vault's keepers and those who follow changes ask. */
export function* questionsOfKeepers(filled: Filled, most: number): Generator<Question> {
  const { sources, files, assets, libraries } = filled;
  yield { name: 'sources', ask: ({ catalog }) => catalog.sources() };
  for (const { id } of sources) {
    for (const prefix of [undefined, 'Air', 'moved/', '%', '_']) {
      yield {
        name: `sourceFiles ${id} ${prefix ?? ''}`,
        ask: ({ catalog }) => Array.fromAsync(catalog.sourceFiles(id, prefix)),
      };
    }
    for (let first = 0; first < 256; first += 16) {
      const inode = `1:${first}`;
      yield { name: `fileByInode ${id} ${inode}`, ask: ({ catalog }) => catalog.fileByInode(id, inode) };
    }
  }
  for (const { sourceId, pathKey, contentHash } of spread(files, most)) {
    for (const path of [pathKey, `${pathKey} `]) {
      yield { name: `fileAt ${path}`, ask: ({ catalog }) => catalog.fileAt(sourceId, path) };
    }
    for (const library of libraries) {
      yield { name: `fileByHash ${pathKey}`, ask: ({ catalog }) => catalog.fileByHash(library, contentHash) };
    }
    const coverHash = labelHash(`cover ${pathKey.split('/').slice(0, 2).join('/')} front`);
    yield {
      name: `coverByHash ${pathKey}`,
      ask: ({ catalog }) => Promise.all(libraries.map((library) => catalog.coverByHash(library, coverHash))),
    };
  }
  for (const id of [...assets.slice(0, 60), ...spread(assets, most)]) {
    yield { name: `asset ${id}`, ask: ({ catalog }) => catalog.asset(id) };
    yield { name: `assetInUse ${id}`, ask: ({ catalog }) => catalog.assetInUse(id) };
    yield { name: `titleOf ${id}`, ask: ({ catalog }) => catalog.titleOf(id) };
    yield { name: `companion ${id}`, ask: ({ catalog }) => catalog.companion(id, 'packet-table') };
  }
  yield* ofWalks();
}

function* ofWalks(): Generator<Question> {
  const walks = ['degradedAssets', 'storedAssets', 'assetsInUse', 'assetReferences'] as const;
  for (const walk of walks) {
    yield { name: walk, ask: ({ catalog }) => Array.fromAsync<unknown>(catalog[walk]()) };
  }
  yield { name: 'assetCounts', ask: ({ catalog }) => catalog.assetCounts() };
  yield {
    name: 'orphanedAssets',
    ask: ({ catalog }) => Array.fromAsync(catalog.orphanedAssets(Number.MAX_SAFE_INTEGER)),
  };
  for (const kind of COMPANIONS) {
    yield {
      name: `originalsWithout ${kind}`,
      ask: ({ catalog }) => Array.fromAsync(catalog.originalsWithout(kind)),
    };
  }
  for (const epoch of [1, 2, 3]) {
    yield {
      name: `assetsOfEpochs ${epoch}`,
      ask: ({ catalog }) => Array.fromAsync(catalog.assetsOfEpochs(new Set([epoch]))),
    };
  }
  yield {
    name: 'snapshot',
    ask: async ({ catalog }) => inNoOrder(await Array.fromAsync(catalog.snapshot())),
  };
  yield { name: 'changesAfter, the last of each row', ask: lastChanges };
}

/** Of changes in the order of commits that shards share out: the last that is told of each row. */
async function lastChanges({ catalog }: DialectWorld): Promise<readonly string[]> {
  const last = new Map<string, Change>();
  for (let after = 0; ; ) {
    const changes = await catalog.changesAfter(after, CHANGES_AT_ONCE);
    for (const change of changes) last.set(JSON.stringify([change.table, change.key]), change);
    const newest = changes.at(-1);
    if (!newest) return inNoOrder([...last.values()]);
    after = newest.seq;
  }
}

/**
 * A change stream's places and the order of a snapshot are each catalogue's own, and how often a row was written
 * depends on how many tracks an import put into a transaction.
 */
function inNoOrder(changes: readonly Change[]): readonly string[] {
  return changes.map(({ table, key, row }) => JSON.stringify([table, key, row ?? null])).toSorted();
}
