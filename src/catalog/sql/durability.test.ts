import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { TrackId, UserId } from '../../core/index.ts';
import { createSqlCatalog, Database, type SqlCatalog } from './index.ts';

const LISTENER = 1 as UserId;
const ROUNDS = 4;
const WRITER = new URL('../../../test/support/catalog-writer.ts', import.meta.url).pathname;

interface Acknowledged {
  readonly tracks: Map<string, TrackId>;
  readonly stars: Set<TrackId>;
}

/** Lets a writer run, and kills it once it was told of so many changes. */
async function writeUntilKilled(
  file: string,
  run: number,
  changes: number,
  told: Acknowledged,
): Promise<void> {
  const child = spawn(process.execPath, [WRITER, file, `${run}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [kind, ...words] = line.split(' ');
    if (kind === 'track') told.tracks.set(words[0] ?? '', Number(words[1]) as TrackId);
    if (kind === 'star') told.stars.add(Number(words[0]) as TrackId);
    if (kind !== 'ready' && ++seen === changes) child.kill('SIGKILL');
  }
  expect((await exited)[1]).toBe('SIGKILL');
}

async function everyTrackId(catalog: SqlCatalog): Promise<TrackId[]> {
  const ids: TrackId[] = [];
  for (;;) {
    const page = await catalog.everyTrack({ offset: ids.length, count: 1_000 }, LISTENER);
    ids.push(...page.map(({ id }) => id));
    if (page.length < 1_000) return ids;
  }
}

test('what was acknowledged survives kill -9, whole, and no id is given twice', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'clef-durability-'));
  const file = join(folder, 'catalog.db');
  const told: Acknowledged = { tracks: new Map(), stars: new Set() };
  try {
    for (let run = 1; run <= ROUNDS; run++) {
      await writeUntilKilled(file, run, 20 + run * 17, told);
      await using database = await Database.open({ file });
      const { rows } = await sql`pragma quick_check(1)`.execute(database.db);
      expect(rows).toEqual([{ quick_check: 'ok' }]);
      const catalog = createSqlCatalog(database);
      const ids = await everyTrackId(catalog);
      expect(new Set(ids).size).toBe(ids.length);
      expect(await catalog.counts()).toMatchObject({ tracks: ids.length });
      expect(new Set(told.tracks.values()).size).toBe(told.tracks.size);
      expect([...told.tracks.values()].filter((id) => !ids.includes(id))).toEqual([]);
      const [source] = await catalog.sources();
      for await (const { pathKey, trackId } of catalog.sourceFiles(source?.id ?? 0)) {
        expect(told.tracks.get(pathKey) ?? trackId).toBe(trackId);
        expect(ids).toContain(trackId);
      }
      const starred = new Set((await catalog.starred(LISTENER)).tracks.map(({ id }) => id));
      expect([...told.stars.difference(starred)]).toEqual([]);

      // What the outbox tells is the whole of it: a copy made from it is the same.
      await using copyOf = await Database.open({ file: ':memory:' });
      const copy = createSqlCatalog(copyOf);
      await copy.apply(await catalog.changesAfter(0, 1_000_000));
      expect(await everyTrackId(copy)).toEqual(ids);
      expect(await copy.everyAlbum({ offset: 0, count: 99 }, LISTENER)).toEqual(
        await catalog.everyAlbum({ offset: 0, count: 99 }, LISTENER),
      );
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
