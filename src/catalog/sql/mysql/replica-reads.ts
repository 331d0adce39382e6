import { type Kysely, sql } from 'kysely';
import type { PoolConnection, RowDataPacket } from 'mysql2';
import { ClefError } from '../../../core/index.ts';
import type { EngineReplicas } from '../engine.ts';
import type { Schema } from '../schema.ts';
import { type Ask, Replicas, type Positions, untilApplied } from './replicas.ts';
import { translateMysqlError } from './failures.ts';
import type { MysqlAddress, PoolOptions } from './address.ts';
import { positionTables, PROMPT_MS, promptSessions, replicasDatabase } from './sessions.ts';

type Connect = (address: MysqlAddress, options: PoolOptions) => Kysely<Schema>;

/** Of a catalogue in one database. */
export function readsOfReplica(
  address: MysqlAddress & { readonly replica: NonNullable<MysqlAddress['replica']> },
  primary: Kysely<Schema>,
  connect: Connect,
): EngineReplicas & AsyncDisposable {
  const positionOf = (name: string) => `select @@global.${name} as position`;
  const { host, port } = address.replica;
  const { others: _, ...first } = address;
  const positions: Positions = {
    written: async () => (await askOf(primary)(positionOf('gtid_binlog_pos'))).map(positionIn),
    applied: async (ask) => (await ask(positionOf('gtid_slave_pos'))).map(positionIn),
  };
  return replicasOver(
    { ...first, host, port },
    {
      session: promptSessions.plain,
      connect,
      positionsOf: () => Promise.resolve(positions),
      assertThere: () => Promise.resolve(),
    },
  );
}

/** Of one in shards: a second database of the Spider nodes leads to replicas (shards/replica-tables.ts). */
export function readsOfShardReplicas(
  address: MysqlAddress,
  primary: Kysely<Schema>,
  connect: Connect,
): EngineReplicas & AsyncDisposable {
  const database = replicasDatabase(address.database);
  const positionsOf = async (ask: Ask): Promise<Positions> => {
    const rows = await ask(
      `select node, version >= (select max(version) from \`${address.database}\`.shard_map) as isNew from replicated`,
    );
    if (rows.length === 0 || !rows.every(({ isNew }) => Number(isNew) === 1))
      throw new ClefError('catalog-offline', 'a Spider node has an old map of replicas');
    const union = (of: (node: string) => readonly [string, string]) =>
      rows
        .map(({ node }) => of(String(node)))
        .map(
          ([table, name], at) =>
            `select ${at} as at, VARIABLE_VALUE as position from \`${table}\` where VARIABLE_NAME = '${name}'`,
        )
        .join(' union all ');
    const positions = async (ofAll: Ask, query: string) =>
      [...(await ofAll(query))].sort((a, b) => Number(a['at']) - Number(b['at'])).map(positionIn);
    const written = union((node) => [positionTables(node).written, 'GTID_BINLOG_POS']);
    const applied = union((node) => [positionTables(node).applied, 'GTID_SLAVE_POS']);
    return {
      written: (ofAll) => positions(ofAll, written),
      applied: (ofAll) => positions(ofAll, applied),
    };
  };
  // Asked where it may be missing: a Spider node notes whoever asks for a database that is not there.
  const assertThere = async () => {
    const found = await askOf(primary)(
      `select 1 from information_schema.schemata where schema_name = '${database}'`,
    );
    if (found.length === 0) throw new ClefError('catalog-offline', 'no shard has a replica that can be read');
  };
  const options = { session: promptSessions.spiderReads, connect, positionsOf, assertThere };
  return replicasOver({ ...address, database }, options);
}

interface ReplicasOptions {
  readonly session: readonly string[];
  readonly connect: Connect;
  readonly positionsOf: (ask: Ask) => Promise<Positions>;
  readonly assertThere: () => Promise<void>;
}

function replicasOver(
  address: MysqlAddress,
  { session, connect, positionsOf, assertThere }: ReplicasOptions,
): EngineReplicas & AsyncDisposable {
  // Where a connection leads to may be another server than before: each is looked at by itself before it is used.
  const admit = async (connection: PoolConnection): Promise<void> => {
    const ask = askOver(connection);
    await untilApplied(await positionsOf(ask), ask);
  };
  const db = connect(address, { session, patienceMs: PROMPT_MS, admit });
  const state = new Replicas(async () => {
    await assertThere();
    await untilApplied(await positionsOf(askOf(db)), askOf(db));
  });
  return {
    db,
    state,
    async [Symbol.asyncDispose]() {
      await state[Symbol.asyncDispose]();
      await db.destroy();
    },
  };
}

function askOf(db: Kysely<Schema>): Ask {
  return async (query) => (await sql.raw<Readonly<Record<string, unknown>>>(query).execute(db)).rows;
}

function askOver(connection: PoolConnection): Ask {
  return async (query) => {
    try {
      const [rows] = await connection.promise().query<RowDataPacket[]>({ sql: query, timeout: PROMPT_MS });
      return rows;
    } catch (error) {
      throw translateMysqlError(error);
    }
  };
}

function positionIn({ position }: Readonly<Record<string, unknown>>): string {
  return typeof position === 'string' ? position : '';
}
