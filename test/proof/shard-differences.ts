import { join } from 'node:path';
import { openSearchIndex } from '../../src/catalog/search/sqlite/index.ts';
import { startSearchFeed } from '../../src/catalog/search/index.ts';
import type { Change } from '../../src/catalog/index.ts';
import type { ClefOnShards, ShardLoadWorld } from './shard-load.ts';
import { findTitle } from './shard-load.ts';

const CHANGES_AT_ONCE = 1_000;

/** Where what follows the changes is not what the rows are. */
export async function differences({ clefs }: ShardLoadWorld, stack: AsyncDisposableStack, folder: string) {
  const [{ database, catalog }] = clefs as [ClefOnShards];
  const index = stack.use(openSearchIndex({ path: join(folder, 'rebuilt.sqlite') }));
  // An empty index is built from the rows.
  const feed = startSearchFeed({ index, stream: catalog, onFailure: () => undefined });
  await feed.caughtUp();
  await feed[Symbol.asyncDispose]();
  const tracks = await database.db.selectFrom('track').select(['id', 'title']).execute();
  let foundOtherwise = 0;
  let changesOtherwise = 0;
  for (const clef of clefs) {
    await clef.feed.caughtUp();
    for (const { title } of tracks) {
      const [rebuilt, followed] = [index, clef.index].map((each) => {
        const ids = findTitle(each, title);
        return JSON.stringify(ids.map((id) => each.record({ kind: 'track', id })));
      });
      if (rebuilt !== followed || rebuilt === '[]') foundOtherwise++;
    }
    changesOtherwise += await changesAgainstRows(clef);
  }
  const lanes = await database.db.selectFrom('outbox_lane').select(['vb', 'last_seq']).execute();
  const entries = await database.db.selectFrom('outbox_entry').select(['vb', 'seq']).execute();
  const inLanes = lanes.reduce((sum, { last_seq }) => sum + last_seq, 0);
  return {
    tracksFoundOtherwise: foundOtherwise,
    changesOtherwise,
    outboxGaps: inLanes - new Set(entries.map(({ vb, seq }) => `${vb} ${seq}`)).size,
  };
}

/** Rows whose last change in a server's own order is not how they are. */
async function changesAgainstRows({ catalog }: ClefOnShards): Promise<number> {
  const nameOf = ({ table, key }: Change) => `${table} ${JSON.stringify(key)}`;
  const last = new Map<string, number>();
  for (let seq = 0; ; ) {
    const changes = await catalog.changesAfter(seq, CHANGES_AT_ONCE);
    for (const change of changes) last.set(nameOf(change), change.rowVersion);
    const end = changes.at(-1);
    if (!end) break;
    seq = end.seq;
  }
  let otherwise = 0;
  for await (const change of catalog.snapshot()) {
    if (last.get(nameOf(change)) !== change.rowVersion) otherwise++;
    last.delete(nameOf(change));
  }
  return otherwise + last.size;
}
