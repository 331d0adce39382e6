import { setTimeout } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { ClefError } from '../../../core/index.ts';
import type { Schema } from '../schema.ts';
import { newestMap, nodeNamed, type OpenShards, openShards } from './apply.ts';
import { type BucketMap, type Move, nodeOf, type OwnedRange, withOwner } from './bucket-map.ts';
import { renewReplicaTables, dropReplicaTables } from './replica-tables.ts';
import { copyRange, removeRange } from './copy-rows.ts';
import { guardRanges, makeLanes, writeMap } from './data-node.ts';
import type { Server } from './server.ts';
import type { ShardServers } from './servers.ts';
import { makeTables, type NewTables, readTold, useTables } from './spider-node.ts';
import type { Login } from './users.ts';

/** Rounds of copying while others write: each has what changed during the one before. */
const MOST_ROUNDS = 5;
/** So few are copied while nobody may write. */
const FEW_ROWS = 2_000;
const PREPARED_MS = 5_000;
const PREPARED_PAUSE_MS = 20;

export interface MoveOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: {
    readonly done: number;
    readonly total: number;
    readonly note: string;
  }) => void;
  /** ms, from any start. */
  readonly now: () => number;
}

export interface Moved {
  /** Rows that were copied, those that changed meanwhile more than once. */
  readonly rows: number;
  /** For so long nobody could write to these buckets. */
  readonly frozenMs: number;
}

/**
 * Moves buckets from the node that holds them to another, while they are read and written: copies them, refuses writes,
 * copies what changed since, compares, tells every Spider node, and lets writes through to the new node. Broken off it goes on
 * when it is run again. What is refused is tried again by Clef, which waits.
 */
export async function moveBuckets(
  servers: ShardServers,
  { first, last, node: to }: OwnedRange,
  options: MoveOptions,
): Promise<Moved> {
  await using shards = await openShards(servers);
  const { nodes, spiders } = shards;
  const map = await newestMap(nodes);
  if (!map) throw new ClefError('config-invalid', 'there are no shards yet: run `clef catalog shards apply`');
  assertCanMove(map, { first, last, node: to });
  const from = nodeOf(map, first);
  if (from === to) {
    await giveOver(nodes, map);
    await removeStrangers(nodes, map, options.signal);
    await renewReplicaTables(shards, nodeNamed(nodes, map.home), map, servers.client);
    return { rows: 0, frozenMs: 0 };
  }
  const told = await Promise.all(spiders.map(readTold));
  const isHandingOver = map.move?.step === 'frozen';
  for (const [at, spider] of spiders.entries()) {
    const version = told[at]?.version;
    if (version === map.version || (isHandingOver && version === map.version + 1)) continue;
    throw new ClefError(
      'config-invalid',
      `${spider.name} has another map of buckets: run \`clef catalog shards apply\` first`,
    );
  }
  const move: Move = { first, last, from, to, step: map.move?.step ?? 'copying' };
  const moving = new Moving(shards, servers.client, map, move, options);
  // The servers are let go of at the end of this block.
  return await moving.run();
}

function assertCanMove(map: BucketMap, { first, last, node }: OwnedRange): void {
  const { move } = map;
  if (move && (move.first !== first || move.last !== last || move.to !== node))
    throw new ClefError(
      'config-invalid',
      `buckets ${move.first} to ${move.last} are on their way to ${move.to}: finish that first, by the same command`,
    );
  const owners = new Set(
    map.ranges.filter((range) => range.first <= last && first <= range.last).map((range) => range.node),
  );
  if (owners.size > 1)
    throw new ClefError(
      'config-invalid',
      `these buckets lie on ${[...owners].join(' and ')}: move those of one node at a time`,
    );
}

class Moving {
  readonly #shards: OpenShards;
  readonly #client: Login;
  readonly #nodes: readonly Server[];
  readonly #spiders: readonly Server[];
  readonly #map: BucketMap;
  readonly #move: Move;
  readonly #options: MoveOptions;
  readonly #source: Server;
  readonly #target: Server;

  constructor(shards: OpenShards, client: Login, map: BucketMap, move: Move, options: MoveOptions) {
    this.#shards = shards;
    this.#client = client;
    this.#nodes = shards.nodes;
    this.#spiders = shards.spiders;
    this.#map = map;
    this.#move = move;
    this.#options = options;
    this.#source = nodeNamed(this.#nodes, move.from);
    this.#target = nodeNamed(this.#nodes, move.to);
  }

  run(): Promise<Moved> {
    return pastGuards(this.#target, async (target) => {
      let rows = 0;
      if (this.#move.step === 'copying') {
        await this.#tell('copying');
        for (let round = 1; round <= MOST_ROUNDS; round++) {
          const changed = await this.#copy(target, `copying, round ${round}`);
          rows += changed;
          if (changed <= FEW_ROWS) break;
        }
      }
      const { first, last, to } = this.#move;
      const after = withOwner(this.#map, { first, last, node: to });
      const home = nodeNamed(this.#nodes, this.#map.home);
      await dropReplicaTables(this.#spiders, this.#client);
      const made: [Server, NewTables][] = [];
      for (const spider of this.#spiders) made.push([spider, await makeTables(spider, home, after)]);
      const frozenAt = this.#options.now();
      rows += await this.#copyFrozen(target);
      for (const [spider, tables] of made) await useTables(spider, tables);
      await giveOver(this.#nodes, after);
      const frozenMs = this.#options.now() - frozenAt;
      await removeStrangers(this.#nodes, after, this.#options.signal);
      await renewReplicaTables(this.#shards, home, after, this.#client);
      return { rows, frozenMs };
    });
  }

  /** With nobody writing. What fails here lets the old node take writes again, unless somebody is told of the new one. */
  async #copyFrozen(target: Kysely<Schema>): Promise<number> {
    try {
      await this.#tell('frozen');
      await waitForPrepared(this.#source, this.#options.now);
      const rows = await this.#copy(target, 'copying what changed');
      if ((await this.#copy(target, 'comparing')) > 0)
        throw new ClefError('data-invalid', 'buckets that nobody may write to have changed');
      return rows;
    } catch (error) {
      const told = await Promise.all(this.#spiders.map(readTold));
      if (told.every((one) => one?.version === this.#map.version)) await this.#tell('copying');
      throw error;
    }
  }

  /** The source first: what it refuses is what the map says. */
  async #tell(step: Move['step']): Promise<void> {
    const map = { ...this.#map, move: { ...this.#move, step } };
    await guardRanges(this.#source, map);
    for (const node of this.#nodes) await writeMap(node, map);
  }

  #copy(target: Kysely<Schema>, note: string): Promise<number> {
    return copyRange(this.#source.db, target, this.#move, {
      signal: this.#options.signal,
      onProgress: (done, total) => this.#progress(done, total, note),
    });
  }

  #progress(done: number, total: number, note: string): void {
    this.#options.onProgress({ done, total, note });
  }
}

/** A session that writes rows of buckets which the node does not hold. Where the work fails it ends with the server. */
function pastGuards<Result>(
  server: Server,
  work: (session: Kysely<Schema>) => Promise<Result>,
): Promise<Result> {
  return server.db.connection().execute(async (session) => {
    await sql`set @clef_moves = 1`.execute(session);
    const result = await work(session);
    await sql`set @clef_moves = null`.execute(session);
    return result;
  });
}

/**
 * A transaction that is prepared may still be committed, and would change rows that were copied already. Those that come later
 * do not touch what is frozen.
 */
async function waitForPrepared(source: Server, now: () => number): Promise<void> {
  const end = now() + PREPARED_MS;
  const earlier = await preparedOn(source);
  for (;;) {
    const prepared = await preparedOn(source);
    if (earlier.isDisjointFrom(prepared)) return;
    if (now() > end)
      throw new ClefError(
        'catalog-conflict',
        `${source.name} has transactions in doubt: settle them with \`clef catalog shards status --repair\``,
      );
    await setTimeout(PREPARED_PAUSE_MS);
  }
}

async function preparedOn(source: Server): Promise<Set<string>> {
  const rows = await source.rows(sql<{ readonly data: string }>`xa recover format = 'SQL'`);
  return new Set(rows.map(({ data }) => data));
}

/** Says that this map counts, and lets each node take writes for what it holds by it. */
async function giveOver(nodes: readonly Server[], map: BucketMap): Promise<void> {
  for (const node of nodes) await writeMap(node, map);
  for (const node of nodes) {
    await guardRanges(node, map);
    await makeLanes(node, map);
  }
}

/** Removes what a node does not hold any more. */
async function removeStrangers(nodes: readonly Server[], map: BucketMap, signal: AbortSignal): Promise<void> {
  for (const node of nodes) {
    const strange = map.ranges.filter((range) => range.node !== node.name);
    await pastGuards(node, async (session) => {
      for (const range of strange) await removeRange(session, range, signal);
    });
  }
}
