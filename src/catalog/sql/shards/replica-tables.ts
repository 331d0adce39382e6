import { hash } from 'node:crypto';
import { sql } from 'kysely';
import { MYSQL_TABLE } from '../migrations/define.ts';
import type { MysqlAddress } from '../mysql/address.ts';
import { replicasDatabase, positionTables } from '../mysql/sessions.ts';
import type { BucketMap } from './bucket-map.ts';
import { loginOf } from './links.ts';
import type { OpenNode } from './primaries.ts';
import { literal, type Server } from './server.ts';
import { tableDefinitions } from './spider-node.ts';
import { grantedDatabase, type Login } from './users.ts';

/** Says for which nodes there is a replica, by which map, and what all of it was made from. */
const MARKER = 'replicated';

interface Shards {
  /** The primaries. */
  readonly nodes: readonly Server[];
  readonly spiders: readonly Server[];
  /** By the name of their node. */
  readonly pairs: ReadonlyMap<string, OpenNode>;
}

/** Where a node's rows are read, and where they are written. */
interface Place {
  readonly node: string;
  readonly written: Pick<MysqlAddress, 'host' | 'port'>;
  readonly read: Pick<MysqlAddress, 'host' | 'port'>;
  readonly login: Login;
}

/**
 * Has each Spider node lead to replicas as well, by a second database that Clef may only read; to the primary where a node has
 * no replica that answers. None of them leads to new places while another one leads to those of before.
 */
export async function renewReplicaTables(
  { nodes, spiders, pairs }: Shards,
  home: Server,
  map: BucketMap,
  client: Login,
): Promise<void> {
  const places = await Promise.all(
    nodes.map(async (node): Promise<Place> => {
      const read = replicaOf(pairs.get(node.name)) ?? node.address;
      return { node: node.name, written: node.address, read, login: await loginOf(spiders, node) };
    }),
  );
  const wanted = places.some(({ read, written }) => read !== written);
  const made = await Promise.all(
    spiders.map(async (spider) => {
      const statements = await statementsOf(spider, home, map, places);
      const layout = wanted ? hash('sha256', JSON.stringify([statements, places])) : '';
      return { spider, statements, layout, known: await layoutOf(spider) };
    }),
  );
  if (made.every(({ layout, known }) => layout === known)) return;
  await dropReplicaTables(spiders, client);
  if (!wanted) return;
  for (const { spider, statements, layout } of made) {
    const database = replicasDatabase(spider.database);
    await spider.run(
      sql`create database ${sql.id(database)} character set utf8mb4 collate utf8mb4_nopad_bin`,
    );
    for (const statement of statements) await spider.run(sql.raw(statement));
    await spider.run(sql`grant select on ${grantedDatabase(database)}.* to ${literal(client.user)}@'%'`);
    const replicated = places.filter(({ read, written }) => read !== written);
    await spider.run(sql`create table ${sql.id(database, MARKER)}
      (node varchar(64) not null, version bigint not null, layout varchar(64) not null) ${MYSQL_TABLE}`);
    await spider.run(sql`insert into ${sql.id(database, MARKER)} values
      ${sql.join(replicated.map(({ node }) => sql`(${node}, ${map.version}, ${layout})`))}`);
  }
}

/** Before anything that they lead to changes. Whoever reads them is cut off, so that a connection leads to one place all its life. */
export async function dropReplicaTables(spiders: readonly Server[], { user }: Login): Promise<void> {
  for (const spider of spiders) {
    const database = replicasDatabase(spider.database);
    await spider.run(sql`drop database if exists ${sql.id(database)}`);
    const left = await spider.rows(
      sql<{
        readonly id: number;
      }>`select id from information_schema.processlist where user = ${user} and db = ${database}`,
    );
    for (const { id } of left) {
      // It may have ended by itself.
      await spider.run(sql`kill ${sql.lit(id)}`).catch(() => undefined);
    }
  }
}

function replicaOf(pair: OpenNode | undefined): MysqlAddress | undefined {
  return pair?.replica?.server && pair.replica.address;
}

async function layoutOf(spider: Server): Promise<string> {
  const database = replicasDatabase(spider.database);
  const found = await spider.rows(sql`select table_name from information_schema.tables
    where table_schema = ${database} and table_name = ${MARKER}`);
  if (found.length === 0) return '';
  const [row] = await spider.rows(
    sql<{ readonly layout: string }>`select layout from ${sql.id(database, MARKER)} limit 1`,
  );
  return row?.layout ?? '';
}

/** Servers are named for all of a Spider node's databases. */
async function statementsOf(
  spider: Server,
  home: Server,
  map: BucketMap,
  places: readonly Place[],
): Promise<readonly string[]> {
  const database = replicasDatabase(spider.database);
  const serverOf = (node: string) => `${database}_${node}`;
  const servers = places.map(
    ({ node, read, login }) =>
      `create or replace server \`${serverOf(node)}\` foreign data wrapper mysql options (host '${read.host}', port ${read.port}, database '${spider.database}', user '${login.user}', password '${login.password}')`,
  );
  const tables = await tableDefinitions(home, map, (table) => `\`${database}\`.\`${table}\``, serverOf);
  const positions = places
    .filter(({ read, written }) => read !== written)
    .flatMap(({ node }) => {
      const { written, applied } = positionTables(node);
      return [
        [written, `${spider.database}_${node}`],
        [applied, serverOf(node)],
      ].map(
        ([table, server]) =>
          `create table \`${database}\`.\`${table}\` (VARIABLE_NAME varchar(64) not null, VARIABLE_VALUE varchar(2048) not null) engine=spider default charset=utf8mb4 collate=utf8mb4_nopad_bin comment='wrapper "mysql", database "information_schema", table "GLOBAL_VARIABLES", srv "${server}"'`,
      );
    });
  return [...servers, ...tables.values(), ...positions];
}
