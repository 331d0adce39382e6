import { setTimeout } from 'node:timers/promises';
import { sql } from 'kysely';
import * as v from 'valibot';
import { BUCKET_COUNT, ClefError } from '../../../core/index.ts';
import { migrate } from '../migrate.ts';
import { MYSQL_TABLE } from '../migrations/define.ts';
import { isContention } from '../mysql/failures.ts';
import { LOCK_WAIT_SECONDS } from '../mysql/sessions.ts';
import { primaryKeys, tableNames } from '../primary-keys.ts';
import type { BucketRange } from '../parts.ts';
import { type BucketMap, bucketsIn, rangesOf } from './bucket-map.ts';
import { literal, type Server } from './server.ts';
import { admit } from './users.ts';

/** Older maps are kept for whoever looks for what happened. */
const KEPT_MAPS = 10;

const bucket = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(BUCKET_COUNT - 1));
const range = { first: bucket, last: bucket };
const mapSchema = v.object({
  version: v.pipe(v.number(), v.integer(), v.minValue(1)),
  home: v.string(),
  ranges: v.array(v.object({ ...range, node: v.string() })),
  move: v.optional(
    v.object({ ...range, from: v.string(), to: v.string(), step: v.picklist(['copying', 'frozen']) }),
  ),
});

const MOST_TRIES = 60;
const PAUSE_MS = 200;

/** Tables that lie in buckets, all of them by the first column of their key. */
export const bucketTables = tableNames.filter((table) => primaryKeys[table][0] === 'vb');

/** Makes or updates the tables of one shard. `newCatalogId` names the catalogue where this node is the first of it. */
export async function prepareTables(server: Server, newCatalogId: () => string): Promise<void> {
  await migrate(server.db, newCatalogId);
  await server.run(sql`create table if not exists shard_map (
    version bigint not null primary key, map longtext not null) ${MYSQL_TABLE}`);
}

/** `config-invalid` where the list calls a server by the name of another node, whose rows would be taken for strangers here. */
export async function assertNamed(server: Server): Promise<void> {
  if (!(await server.hasTable('shard_node'))) return;
  const [row] = await server.rows(sql<{ readonly name: string }>`select name from shard_node`);
  if (row && row.name !== server.name)
    throw new ClefError(
      'config-invalid',
      `the list of servers has node ${row.name} under the name of ${server.name}`,
    );
}

/** For `assertNamed`, from then on. */
export async function nameNode(server: Server): Promise<void> {
  await server.run(
    sql`create table if not exists shard_node (name varchar(64) not null primary key) ${MYSQL_TABLE}`,
  );
  await server.run(sql`insert ignore into shard_node (name) values (${server.name})`);
}

/** The newest map that a node knows. `data-invalid` where it cannot be read. */
export async function readMap(server: Server): Promise<BucketMap | undefined> {
  if (!(await server.hasTable('shard_map'))) return undefined;
  const [row] = await server.rows(
    sql<{ readonly map: string }>`select map from shard_map order by version desc limit 1`,
  );
  if (!row) return undefined;
  try {
    return v.parse(mapSchema, JSON.parse(row.map)) as BucketMap;
  } catch (cause) {
    throw new ClefError('data-invalid', `${server.name}: its map of buckets cannot be read`, { cause });
  }
}

export async function writeMap(server: Server, map: BucketMap): Promise<void> {
  await server.run(
    sql`replace into shard_map (version, map) values (${map.version}, ${JSON.stringify(map)})`,
  );
  await server.run(sql`delete from shard_map where version <= ${map.version - KEPT_MAPS}`);
}

/** Each bucket's lane of the outbox, which writers lock before they append to it. */
export async function makeLanes(server: Server, map: BucketMap): Promise<void> {
  // Those that are there are not asked for by the insert, which would wait for every writer.
  const made = new Set(
    (await server.rows(sql<{ readonly vb: number }>`select vb from outbox_lane`)).map(({ vb }) => vb),
  );
  const missing = writableRanges(map, server.name)
    .flatMap(bucketsIn)
    .filter((vb) => !made.has(vb));
  if (missing.length === 0) return;
  await server.run(sql`insert ignore into outbox_lane (vb, last_seq, trimmed_seq)
    values ${sql.join(missing.map((vb) => sql`(${vb}, 0, 0)`))}`);
}

/**
 * Lets only its own buckets be written to on a node: whoever follows an old map meets this, and never changes a row that
 * has gone elsewhere. What moves rows sets `@clef_moves` in its session. The triggers ask one function, so that it
 * changes for all tables at once, after the end of every transaction that has asked it (MariaDB manual, "Metadata Locking").
 */
export async function guardRanges(server: Server, map: BucketMap): Promise<void> {
  const body = ownershipOf(map, server.name);
  const known = new Map(
    (
      await server.rows(
        sql<{ readonly name: string; readonly body: string }>`
          select trigger_name as name, action_statement as body
            from information_schema.triggers where trigger_schema = database()
          union all select routine_name, routine_definition
            from information_schema.routines where routine_schema = database()`,
      )
    ).map(({ name, body: text }) => [name, text]),
  );
  if (known.get(OWNS) !== body) await replaceOwnership(server, body);
  for (const [event, row] of Object.entries({ insert: 'new', update: 'old', delete: 'old' })) {
    const guard = `if @clef_moves is null and not ${OWNS}(${row}.vb) then signal sqlstate '45000' set message_text = '${ELSEWHERE}'; end if`;
    for (const table of bucketTables) {
      const name = `${table}_owned_${event}`;
      if (known.get(name) === guard) continue;
      await server.run(sql`create or replace trigger ${sql.id(name)}
        before ${sql.raw(event)} on ${sql.table(table)} for each row ${sql.raw(guard)}`);
    }
  }
}

/**
 * Who waits for it may hold rows that a transaction which it waits for is waiting for, and no server sees that circle: so it
 * gives way after a second, and comes again.
 */
async function replaceOwnership(server: Server, body: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await server.run(sql`set statement lock_wait_timeout = 1 for
        create or replace function ${sql.id(OWNS)}(vb bigint) returns boolean deterministic ${sql.raw(body)}`);
      return;
    } catch (error) {
      if (!isContention(error) || tries === MOST_TRIES) throw error;
      await setTimeout(Math.random() * PAUSE_MS);
    }
  }
}

const OWNS = 'clef_owns';
/** What a guard says. */
const ELSEWHERE = 'clef: this bucket is elsewhere';

function ownershipOf(map: BucketMap, node: string): string {
  const terms = writableRanges(map, node).map(({ first, last }) => `vb between ${first} and ${last}`);
  return `return ${terms.join(' or ') || 'false'}`;
}

function writableRanges(map: BucketMap, node: string): readonly BucketRange[] {
  return rangesOf(map, node).flatMap((one) => without(one, map.move));
}

function without(owned: BucketRange, move: BucketMap['move']): readonly BucketRange[] {
  if (move?.step !== 'frozen' || owned.last < move.first || move.last < owned.first) return [owned];
  return [
    { first: owned.first, last: move.first - 1 },
    { first: move.last + 1, last: owned.last },
  ].filter(({ first, last }) => first <= last);
}

/** For sessions of Spider nodes, which say nothing of it; until the next restart. */
export async function limitWaits(server: Server): Promise<void> {
  await server.run(sql`set global innodb_lock_wait_timeout = ${sql.lit(LOCK_WAIT_SECONDS)}`);
}

/** Whom the Spider nodes sign in as. */
export async function admitSpider(server: Server, user: string, password: string): Promise<void> {
  await admit(server, { user, password });
  // It is locked where this was the primary before, and was fenced.
  await server.run(sql`alter user ${literal(user)}@'%' account unlock`);
}
