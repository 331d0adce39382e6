import { hash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { type RawBuilder, sql } from 'kysely';
import { MYSQL_TABLE } from '../migrations/define.ts';
import { isContention } from '../mysql/failures.ts';
import type { MysqlAddress } from '../mysql/address.ts';
import { type BucketMap, bucketsOf } from './bucket-map.ts';
import { bucketTables } from './data-node.ts';
import { literal, type Server } from './server.ts';
import type { Login } from './users.ts';

/** Where the rows of a node lie, as a Spider node reaches it. */
export interface Link {
  readonly node: string;
  readonly address: Pick<MysqlAddress, 'host' | 'port'>;
  readonly login: Login;
}

/** Lie on the home node alone. */
const HOME_TABLES = ['catalog_meta', 'schema_migration', 'shard_map'] as const;

/** All tables that hand their rows on. */
const spiderTables = [...bucketTables, ...HOME_TABLES];

/** While tables are waited for, everybody who comes later waits, and takes the server for one that hangs after two seconds: so it gives way, and comes again. */
const TABLE_WAIT_SECONDS = 1;
/** Enough for a statement to give up a server that hangs (`spider_net_read_timeout`). */
const MOST_TRIES = 20;

const LONGEST_PAUSE_MS = 200;

const NEXT = 'next_';
const PREVIOUS = 'previous_';

/** What a Spider node was last told: the version of the map, and what its tables were made from. */
interface Told {
  readonly version: number;
  readonly layout: string;
}

export async function readTold(spider: Server): Promise<Told | undefined> {
  if (!(await spider.hasTable('shard_told'))) return undefined;
  const [row] = await spider.rows(sql<Told>`select version, layout from shard_told`);
  return row;
}

/** With what this Spider node signs in at a server of a node, where it was told before. */
export async function readLogin(
  spider: Server,
  node: string,
  { host, port }: Link['address'],
): Promise<Login | undefined> {
  const [row] = await spider.rows(
    sql<Login>`select Username as user, Password as password from mysql.servers
      where Server_name = ${serverName(spider, node)} and Host = ${host} and Port = ${port}`,
  );
  return row;
}

export function loginName(database: string): string {
  return `${database}_spider`;
}

/** Says where a node is. */
export async function linkNode(spider: Server, { node, address, login }: Link): Promise<void> {
  await spider.run(sql`create or replace server ${sql.id(serverName(spider, node))} foreign data wrapper mysql options (
    host ${literal(address.host)}, port ${sql.lit(address.port)}, database ${literal(spider.database)},
    user ${literal(login.user)}, password ${literal(login.password)})`);
}

/**
 * Says where a node is now, to tables that are open as well: they keep the old address until nobody uses them, so that their
 * transactions are waited for, and others with them. Nobody is answered from the old address afterwards.
 */
export async function relinkNode(spider: Server, link: Link): Promise<void> {
  await linkNode(spider, link);
  const tables = sql.join(spiderTables.map((table) => sql.table(table)));
  await runGivingWay(spider, sql`flush local tables ${tables}`);
}

async function runGivingWay(spider: Server, statement: RawBuilder<unknown>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await spider.run(
        sql`set statement lock_wait_timeout = ${sql.lit(TABLE_WAIT_SECONDS)} for ${statement}`,
      );
      return;
    } catch (error) {
      if (!isContention(error) || tries === MOST_TRIES) throw error;
      // Those who waited go first.
      await setTimeout(Math.random() * LONGEST_PAUSE_MS);
    }
  }
}

/** Breaks off what Clef does there: it may wait for a server that hangs, and would be told that the server has done it. */
export async function cutClients(spider: Server, { user }: Login): Promise<void> {
  await spider.run(sql`kill user ${literal(user)}`);
}

function serverName({ database }: Server, node: string): string {
  return `${database}_${node}`;
}

/** Tables that are made, and not used yet. */
export interface NewTables {
  readonly version: number;
  readonly layout: string;
  /** None where those in use are the same. */
  readonly names: readonly string[];
}

/** Makes tables that hand their rows on to the nodes of this map, from those of the home node, beside those in use. */
export async function makeTables(spider: Server, home: Server, map: BucketMap): Promise<NewTables> {
  const definitions = await tableDefinitions(
    home,
    map,
    (table) => quoted(`${NEXT}${table}`),
    (node) => serverName(spider, node),
  );
  const layout = hash('sha256', [...definitions.values()].join('\n'));
  const { version } = map;
  if ((await readTold(spider))?.layout === layout) return { version, layout, names: [] };
  for (const [table, definition] of definitions) {
    await spider.run(
      sql`drop table if exists ${sql.table(`${NEXT}${table}`)}, ${sql.table(`${PREVIOUS}${table}`)}`,
    );
    await spider.run(sql.raw(definition));
  }
  return { version, layout, names: [...definitions.keys()] };
}

/** All at once. Those that were in use name rows on the nodes, and hold none. */
export async function useTables(spider: Server, { version, layout, names }: NewTables): Promise<void> {
  const present = await spider.rows(
    sql<{ readonly name: string }>`select table_name as name from information_schema.tables
      where table_schema = database()`,
  );
  const old = names.filter((table) => present.some(({ name }) => name === table));
  const renames = [
    ...old.map((table) => sql`${sql.table(table)} to ${sql.table(`${PREVIOUS}${table}`)}`),
    ...names.map((table) => sql`${sql.table(`${NEXT}${table}`)} to ${sql.table(table)}`),
  ];
  if (renames.length > 0) {
    // Broken off from here on, it names no tables for certain, and whoever comes next makes them anew.
    if (await spider.hasTable('shard_told'))
      await spider.run(sql`update shard_told set version = ${version}, layout = ''`);
    await runGivingWay(spider, sql`rename table ${sql.join(renames)}`);
  }
  await spider.run(sql`create or replace table shard_told (version bigint not null, layout varchar(64) not null)
    ${MYSQL_TABLE} as select ${sql.lit(version)} as version, ${literal(layout)} as layout`);
  if (old.length > 0)
    await spider.run(sql`drop table ${sql.join(old.map((table) => sql.table(`${PREVIOUS}${table}`)))}`);
}

/** Of all tables that hand their rows on: each by its name, with columns and indexes as the home node has them. */
export async function tableDefinitions(
  home: Server,
  map: BucketMap,
  nameOf: (table: string) => string,
  serverOf: (node: string) => string,
): Promise<ReadonlyMap<string, string>> {
  const definitions = new Map<string, string>();
  for (const table of spiderTables) {
    const [row] = await home.rows(
      sql<{ readonly 'Create Table': string }>`show create table ${sql.table(table)}`,
    );
    const definition = row?.['Create Table'] ?? '';
    const columns = definition.slice(definition.indexOf('('), definition.lastIndexOf(')') + 1);
    const to = (node: string) => `srv "${serverOf(node)}"`;
    const partitions = [...new Set(map.ranges.map(({ node }) => node))].map(
      (node) =>
        `partition ${quoted(node)} values in (${bucketsOf(map, node).join(',')}) comment = '${to(node)}'`,
    );
    const where = (bucketTables as readonly string[]).includes(table)
      ? `comment='wrapper "mysql", table "${table}"' partition by list (vb) (${partitions.join(', ')})`
      : `comment='wrapper "mysql", table "${table}", ${to(map.home)}'`;
    definitions.set(
      table,
      `create table ${nameOf(table)} ${columns} engine=spider default charset=utf8mb4 collate=utf8mb4_nopad_bin ${where}`,
    );
  }
  return definitions;
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
