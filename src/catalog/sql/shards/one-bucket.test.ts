import { type Connection, createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  bucketsNamed,
  faultsOfHandingOn,
  faultsOfPlan,
  placesOf,
} from '../../../../test/support/asked-shards.ts';
import { isAbsent } from '../../../../test/support/debian.ts';
import { hotReads, hotWrites, listReads } from '../../../../test/support/hot-calls.ts';
import { type HotItems, openStores, type Stores, writeHotItems } from '../../../../test/support/hot-world.ts';
import { multiplyRows } from '../../../../test/support/multiply-rows.ts';
import { clientAddress, startShards } from '../../../../test/support/shard-world.ts';
import { MARIADBD } from '../../../../test/support/start-mariadb.ts';
import { type LoggedStatement, StatementLog } from '../../../../test/support/statement-log.ts';
import { promptSessions } from '../mysql/sessions.ts';
import { applyShards } from './apply.ts';
import { type BucketMap, evenMap } from './bucket-map.ts';

const NODES = 2;
/** Of every row, in its bucket: plans are those of a large catalogue then. */
const OTHERS = 300;
/** Of what a call is about, and what InnoDB guesses beside it. */
const MOST_ROWS = 40;

/**
 * Statements of Clef's that name no bucket, so that every data node is asked (docs/operations.md has them too). They are limited
 * on each data node and go on from the last key, or read a table that is small.
 */
const limited: readonly RegExp[] = [
  / from `(track|asset)` where `vb` >= \S+ and .* order by `vb`, `id` limit 500$/,
  / from `asset` where `(orphaned_at_ms|degraded_since_ms)` >= .* order by `\w+`, `vb`, `id` limit 500$/,
  / from `tombstone` where `vb` >= .* order by `vb`, `table_name`, `row_key` limit 500$/,
  / max\(`seq`\) as `seq` from `playback_session`$/,
];
const small: readonly RegExp[] = [
  / from `library` order by `number`$/,
  / from `source` order by `vb`, `id`$/,
  / from `user` order by `name_key`$/,
  / from `genre` order by `genre_key`$/,
  / from `tally` where `kind` = 'genre-albums'$/,
  / count\(\*\) as `(count|assets)`,?.* from `asset`/,
  / count\(distinct `artist_id`\) as `count` from `library_artist`$/,
];

/** What the relay asks at any time, see relay/lanes.ts. */
const RELAY = /outbox_(lane|entry)|catalog_meta|information_schema|shard_told|shard_map/;

describe.skipIf(isAbsent(MARIADBD))('over shards', () => {
  const stack = new AsyncDisposableStack();
  let names: readonly string[];
  let map: BucketMap;
  let stores: Stores;
  let items: HotItems;
  let asked: StatementLog;
  let told: StatementLog;
  let reader: Connection;
  let nodes: readonly Connection[];
  const statements = new Map<string, readonly string[]>();

  beforeAll(async () => {
    const world = stack.use(await startShards({ nodes: NODES, spiders: 1 }));
    const servers = world.newServers();
    await applyShards(servers, { signal: AbortSignal.timeout(60_000), onProgress: () => undefined });
    names = servers.nodes.map(({ name }) => name);
    map = evenMap(names);
    const address = clientAddress(servers);
    stores = stack.use(await openStores(address));
    items = await writeHotItems(stores);
    asked = stack.use(await StatementLog.open(servers.spiders.map((spider) => spider.address)));
    for (const [name, { work }] of Object.entries({ ...hotReads, ...listReads })) {
      stores.database.forgetEverything();
      await asked.take();
      await work(stores, items);
      const [said = []] = await asked.take();
      const texts = said
        .map(({ text }) => text)
        .filter((text) => text.startsWith('select') && !RELAY.test(text));
      statements.set(name, [...new Set(texts)]);
    }
    await Promise.all(servers.nodes.map(({ primary }) => multiplyRows(primary, OTHERS)));
    told = stack.use(await StatementLog.open(servers.nodes.map(({ primary }) => primary)));
    nodes = await Promise.all(servers.nodes.map(({ primary }) => createConnection({ ...primary })));
    reader = await createConnection({ ...address });
    for (const connection of [reader, ...nodes]) stack.defer(() => connection.end());
    for (const setting of promptSessions.spiderReads) await reader.query(setting);
  }, 120_000);
  afterAll(() => stack.disposeAsync());

  /** What each data node is told for one statement, asked alone. */
  async function handedOn(statement: string): Promise<readonly (readonly string[])[]> {
    // The first of a table tells data nodes what it is about.
    await reader.query(statement);
    await told.take();
    await reader.query(statement);
    return (await told.take()).map((heard) =>
      heard.map(({ text }) => text).filter((text) => !RELAY.test(text) && !text.startsWith('set ')),
    );
  }

  async function faultsOfScatter(statement: string): Promise<readonly string[]> {
    if (small.some((known) => known.test(statement))) return [];
    if (!limited.some((known) => known.test(statement))) return [`asks every data node: ${statement}`];
    const heard = (await handedOn(statement)).flat();
    return heard.filter((text) => text.split('union all').some((part) => !/ limit \d+\)?$/.test(part)));
  }

  async function faultsOf(statement: string): Promise<readonly string[]> {
    const buckets = bucketsNamed(statement);
    const heard = await handedOn(statement);
    const faults: string[] = [];
    const places = heard.flatMap((texts, at) => (texts.length > 0 ? [at] : []));
    const wanted = placesOf(map, names, buckets);
    if (String(places) !== String(wanted)) faults.push(`asks nodes ${places.join()} for ${wanted.join()}`);
    for (const [at, texts] of heard.entries()) {
      faults.push(...faultsOfHandingOn(statement, texts));
      const [text] = texts;
      const node = nodes[at];
      if (node && text?.startsWith('select'))
        faults.push(...(await faultsOfPlan(node, text, MOST_ROWS + buckets.length)));
    }
    return faults.map(
      (fault) => `${fault}: ${statement.slice(0, 20)}…${statement.slice(statement.indexOf(' from '))}`,
    );
  }

  test.each(Object.entries(hotReads))(
    '%s asks the data nodes of its items alone',
    async (name, { buckets }) => {
      const all = statements.get(name) ?? [];
      expect(all).not.toEqual([]);
      const named = new Set(all.flatMap(bucketsNamed));
      expect(named.difference(new Set(buckets?.(items)))).toEqual(new Set());
      for (const statement of all) expect(await faultsOf(statement)).toEqual([]);
    },
  );

  test.each(Object.keys(listReads))(
    '%s asks what is in its range, or is known to ask everywhere',
    async (name) => {
      const all = statements.get(name) ?? [];
      expect(all).not.toEqual([]);
      for (const statement of all) {
        expect(statement).not.toMatch(/ offset /i);
        if (bucketsNamed(statement).length > 0) expect(await faultsOf(statement)).toEqual([]);
        else expect(await faultsOfScatter(statement)).toEqual([]);
      }
    },
  );

  test.each(Object.entries(hotWrites))(
    '%s is one transaction in the buckets that it changes',
    async (_, call) => {
      // Tables that are opened for the first time ask every data node for their statistics.
      await call.work(stores, items);
      await told.take();
      await call.work(stores, items);
      const transactions = (await told.take()).map(transactionsIn);
      const wanted = placesOf(map, names, call.buckets?.(items) ?? []);
      expect(transactions.flatMap(({ length }, at) => (length > 0 ? [at] : []))).toEqual(wanted);
      for (const [at, one] of transactions.entries()) {
        expect(one.length).toBeLessThanOrEqual(1);
        const node = nodes[at];
        for (const text of one.flat()) {
          expect(text).not.toMatch(/^show /);
          if (node && /^(select|update|delete)/.test(text))
            expect(await faultsOfPlan(node, text, MOST_ROWS)).toEqual([]);
        }
      }
    },
  );

  test('what names no bucket, goes key by key or scans would be seen', async () => {
    expect(await faultsOf('select id from `track` where `title` = 1 order by `id` limit 3')).not.toEqual([]);
    const keys = items.tracks.map((id) => `(${id % 1_024}, ${id})`).join(', ');
    const list = `select * from \`track\` force index (primary) where (\`vb\`, \`id\`) in (${keys})`;
    expect((await faultsOf(list)).join()).toContain('key by key');
    const [id = 0] = items.tracks;
    const scan = `select \`id\` from \`track\` where \`vb\` = ${id % 1_024} and \`title\` <> '' order by \`title\``;
    expect((await faultsOf(scan)).join()).toContain('to sort them');
  });
});

/** Statements of each distributed transaction that a data node took part in. */
function transactionsIn(told: readonly LoggedStatement[]): readonly (readonly string[])[] {
  const open = new Map<number, string[]>();
  const ended: string[][] = [];
  for (const { connection, text } of told) {
    if (/xa start /.test(text)) open.set(connection, []);
    else if (text.startsWith('xa commit ')) ended.push(open.get(connection) ?? []);
    else open.get(connection)?.push(text);
  }
  return ended;
}
