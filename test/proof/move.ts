import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type BucketMap, evenMap } from '../../src/catalog/sql/shards/bucket-map.ts';
import { readMap } from '../../src/catalog/sql/shards/data-node.ts';
import { Server } from '../../src/catalog/sql/shards/server.ts';
import type { SpiderNode } from '../../src/catalog/sql/shards/servers.ts';
import { readTold } from '../../src/catalog/sql/shards/spider-node.ts';
import { bucketOf, type TrackId, type UserId } from '../../src/core/index.ts';
import { importedTrack } from '../support/catalog-tracks.ts';
import { temporaryFolder } from '../support/clef-process.ts';
import { seededRandom } from '../support/random.ts';
import { writeShardsList } from '../support/shards-list.ts';
import { gate, type Proof } from './proof.ts';
import { shardsCommand } from './shard-command.ts';
import { isWrong, type Told } from './shard-counters.ts';
import { differences } from './shard-differences.ts';
import { type ClefOnShards, NODES, nodeOf, openShardLoad, type ShardLoadWorld } from './shard-load.ts';
import { connectNodes, countRows } from './shard-rows.ts';
import { useShards } from './shard-use.ts';
import { judge, lookAtAll } from './shard-writers.ts';
import { spread } from './tools.ts';

const TRACKS_AT_ONCE = 256;
const READ_TRACK_EVERY_MS = 20;
const BEFORE_MS = 5_000;
const BETWEEN_MS = 500;
/** A move that was killed lies there for so long. */
const LEFT_MS = 1_000;
const FEWEST_BUCKETS = 16;
const MOST_BUCKETS = 128;
/** Where a move is killed. */
const MOMENTS = ['copying', 'frozen', 'one Spider node told'] as const;

interface MoveSeen {
  readonly buckets: string;
  readonly to: string;
  readonly killedWhile: string | undefined;
  /** Of the command, after a kill. */
  readonly runs: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Whose rows were moved. */
  readonly user: UserId;
}

/** Ranges of buckets go to another data node and back, while they are written to and read over two Spider nodes. */
export const move: Proof = {
  name: 'move',
  shows:
    'ranges of buckets moved between data nodes under load, some moves killed with -9 and run again: no acknowledged write lost or left behind, no read of an old or missing row; how long writes to them wait',
  async run({ small, seed, say }) {
    const rounds = small ? 1 : 6;
    const killed = small ? MOMENTS.slice(1, 2) : MOMENTS;
    const random = seededRandom(seed);
    await using stack = new AsyncDisposableStack();
    const { path } = stack.use(await temporaryFolder('proof-move'));
    const load = await openShardLoad(stack, path, { isDurable: !small });
    const { clefs, servers, users } = load;
    const list = await writeShardsList(join(path, 'list'), servers);
    const titles = await importTracks(load, small ? 300 : 20_000);
    say(`${titles.size} tracks imported`);
    const nodes = await connectNodes(servers, stack);
    const [node] = nodes as [Server];
    const [told] = servers.spiders as [SpiderNode];
    const spider = stack.use(await Server.connect(told.name, told.address));

    const { attempts, counted, reads, end, countersLost } = useShards(stack, load, {
      seed,
      readers: (clef, by) =>
        readTracks(clef, users[0] as UserId, titles, { random: seededRandom(seed + 7), ...by }),
    });
    await wait(BEFORE_MS);
    const steadyUntilMs = performance.now();

    const moves: MoveSeen[] = [];
    const names = servers.nodes.map(({ name }) => name);
    for (let round = 0; round < rounds; round++) {
      const user = users[round % users.length] as UserId;
      const home = nodeOf(user);
      const range = rangeAround(bucketOf(user), evenMap(names), random);
      const away = (home + 1 + Math.floor(random() * (NODES - 1))) % NODES;
      for (const to of [names[away] as string, names[home] as string]) {
        const moment = moves.length % 2 === 0 ? killed[moves.length / 2] : undefined;
        const buckets = `${range.first}-${range.last}`;
        const before = (await readMap(node))?.version ?? 0;
        const isAt = async () => {
          if (moment === 'one Spider node told') return ((await readTold(spider))?.version ?? 0) > before;
          return (await readMap(node))?.move?.step === moment;
        };
        const fromMs = performance.now();
        const begun = await shardsCommand(['move', list, buckets, to], moment && isAt);
        let { runs } = begun;
        if (begun.isKilled) {
          await wait(LEFT_MS);
          runs = (await shardsCommand(['move', list, buckets, to])).runs;
        }
        const killedWhile = begun.isKilled ? moment : undefined;
        const one = { buckets, to, user, killedWhile, runs, fromMs, toMs: performance.now() };
        moves.push(one);
        say(`buckets ${buckets} to ${to}${killedWhile === undefined ? '' : `, killed while ${killedWhile}`}`);
        await wait(BETWEEN_MS);
      }
    }
    await end();

    const map = await readMap(node);
    const isMoving = map?.move !== undefined;
    const strangers = map ? (await countRows(nodes, map)).strangers : -1;
    const onNodes = judge(attempts, await lookAtAll(...nodes));
    const seen = [];
    for (const { database } of clefs) seen.push(judge(attempts, await lookAtAll(database)));
    const differing = await differences(load, stack, path);
    const verdicts = [onNodes, ...seen];
    const sum = (of: 'lost' | 'half' | 'doubled' | 'unwanted') =>
      verdicts.reduce((total, verdict) => total + verdict[of], 0);
    const lost = sum('lost') + (await countersLost());
    const failed = [...attempts, ...counted].filter(({ told }) => told !== 'done');
    const waits = moves.map((one) => ({ ...one, waitedMs: longestWithin(counted, one) }));
    const uncut = waits.filter(({ killedWhile }) => killedWhile === undefined);
    const whole = uncut.filter(({ runs }) => runs === 1);
    const steady = counted.filter(({ atMs }) => atMs < steadyUntilMs);
    return {
      gates: {
        acknowledgedLost: gate(lost, 0),
        halfThere: gate(sum('half'), 0),
        doubled: gate(sum('doubled'), 0),
        failedButThere: gate(sum('unwanted'), 0),
        writesFailed: gate(failed.length, 0),
        readsOldOrMissing: gate(reads.filter(isWrong).length, 0),
        readsFailed: gate(reads.filter((one) => one.told !== 'done' && !isWrong(one)).length, 0),
        rowsOnOtherNodes: gate(strangers, 0),
        leftMoving: gate(isMoving, false),
        moves: gate(moves.length, 2 * rounds),
        movesKilled: gate(waits.length - uncut.length, killed.length),
        ...Object.fromEntries(Object.entries(differing).map(([name, count]) => [name, gate(count, 0)])),
      },
      figures: {
        seed,
        tracks: titles.size,
        acknowledged: attempts.length + counted.length - failed.length,
        failures: failed.map(({ told, tookMs, ...one }) => ({
          told,
          kind: 'kind' in one ? one.kind : 'count',
          tookMs: Math.round(tookMs),
          isDuringMove: moves.some(({ fromMs, toMs }) => one.atMs < toMs && one.atMs + tookMs > fromMs),
        })),
        readsWrong: [...new Set(reads.map(({ told }) => told))].filter((told) => told !== 'done'),
        reads: spread(reads.map(({ tookMs }) => tookMs)),
        writesBefore: spread(steady.map(({ tookMs }) => tookMs)),
        /** The longest that one write to the range took, move by move. */
        writesWaited: spread(whole.map(({ waitedMs }) => waitedMs)),
        movesTook: spread(whole.map(({ fromMs, toMs }) => toMs - fromMs)),
        each: waits.map(({ buckets, to, killedWhile, runs, fromMs, toMs, waitedMs }) => ({
          buckets,
          to,
          ...(runs > 1 && { runs }),
          ...(killedWhile !== undefined && { killedWhile }),
          tookMs: Math.round(toMs - fromMs),
          writesWaitedMs: Math.round(waitedMs),
        })),
      },
    };
  },
};

/** Their titles. */
async function importTracks(
  { clefs, source }: ShardLoadWorld,
  count: number,
): Promise<ReadonlyMap<TrackId, string>> {
  const [{ catalog }] = clefs as [ClefOnShards];
  const titles = new Map<TrackId, string>();
  for (let start = 0; start < count; start += TRACKS_AT_ONCE) {
    const numbers = Array.from({ length: Math.min(TRACKS_AT_ONCE, count - start) }, (_, at) => start + at);
    await Promise.all(
      numbers.map(async (number) => {
        const title = `p${number}e`;
        const tags = {
          title,
          album: `album ${Math.floor(number / 10)}`,
          artists: [`artist ${Math.floor(number / 50)}`],
        };
        titles.set(await catalog.importTrack(importedTrack(source, title, { tags })), title);
      }),
    );
  }
  return titles;
}

/** Any of the tracks, which nobody changes. */
async function readTracks(
  { catalog }: ClefOnShards,
  user: UserId,
  titles: ReadonlyMap<TrackId, string>,
  {
    random,
    signal,
    record,
  }: {
    readonly random: () => number;
    readonly signal: AbortSignal;
    readonly record: (told: Told) => void;
  },
): Promise<void> {
  const ids = [...titles.keys()];
  while (!signal.aborted) {
    const id = ids[Math.floor(random() * ids.length)] as TrackId;
    const atMs = performance.now();
    const told = await catalog.tracks([id], user).then(
      ([track]) => (track === undefined ? 'missing' : track.title === titles.get(id) ? 'done' : 'old'),
      (error: unknown) => String(error),
    );
    record({ user, atMs, tookMs: performance.now() - atMs, told });
    await wait(READ_TRACK_EVERY_MS);
  }
}

/** Buckets of one node, this one among them. */
function rangeAround(bucket: number, map: BucketMap, random: () => number) {
  const owned = map.ranges.find(({ first, last }) => first <= bucket && bucket <= last);
  if (!owned) throw new RangeError('no node holds this bucket');
  const width = FEWEST_BUCKETS + Math.floor(random() * (MOST_BUCKETS - FEWEST_BUCKETS));
  const first = Math.max(owned.first, bucket - Math.floor(random() * width));
  return { first, last: Math.min(owned.last, Math.max(bucket, first + width - 1)) };
}

/** Of the writes to what was moved that were under way at any time of it. */
function longestWithin(writes: readonly Told[], { user, fromMs, toMs }: MoveSeen): number {
  const during = writes.filter(
    ({ user: whose, atMs, tookMs }) => whose === user && atMs < toMs && atMs + tookMs > fromMs,
  );
  return during.reduce((longest, { tookMs }) => Math.max(longest, tookMs), 0);
}
