import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { findInDoubt, type ShardServers } from '../../src/catalog/sql/shards/index.ts';
import { temporaryFolder } from '../support/clef-process.ts';
import { untilSemiSynchronous } from '../support/shard-world.ts';
import { writeShardsList } from '../support/shards-list.ts';
import type { Mariadb } from '../support/start-mariadb.ts';
import { gate, type Proof, type ProofOptions } from './proof.ts';
import { shardsCommand } from './shard-command.ts';
import { isWrong, type Told } from './shard-counters.ts';
import { differences } from './shard-differences.ts';
import { type ClefOnShards, openShardLoad } from './shard-load.ts';
import { settleAll } from './shard-settle.ts';
import { useShards } from './shard-use.ts';
import { judge, lookAtAll } from './shard-writers.ts';
import { spread } from './tools.ts';

const AROUND_MS = 4_000;
const WATCH_MS = 500;
const NODE = 'node-0';

/** One node's replica made its primary, with the old one alive, and back, with the other killed. */
interface Seen {
  readonly lost: number;
  readonly half: number;
  readonly doubled: number;
  readonly unwanted: number;
  readonly readsWrong: number;
  readonly inDoubt: number;
  readonly differing: number;
  readonly settled: number;
  readonly acknowledged: number;
  readonly failures: readonly string[];
  readonly readFailures: readonly string[];
  /** How long the listener of the node was told of no write. */
  readonly gapAliveMs: number;
  readonly gapKilledMs: number;
}

/** Replicas become primaries while they are written to and read over two Spider nodes. */
export const promote: Proof = {
  name: 'promote',
  shows:
    'a replica promoted under load, with its primary alive and with it killed by -9: no acknowledged write lost, no read of an old or missing row, and for how long writes to the node are not acknowledged',
  async run(options) {
    const { small, seed, say, count = small ? 1 : 8 } = options;
    const seen: Seen[] = [];
    for (let nr = 0; nr < count; nr++) {
      seen.push(await thereAndBack({ ...options, seed: seed + nr }));
      say(`promoted ${2 * seen.length} times`);
    }
    const sum = (of: (one: Seen) => number) => seen.reduce((total, one) => total + of(one), 0);
    return {
      gates: {
        acknowledgedLost: gate(
          sum(({ lost }) => lost),
          0,
        ),
        halfThere: gate(
          sum(({ half }) => half),
          0,
        ),
        doubled: gate(
          sum(({ doubled }) => doubled),
          0,
        ),
        failedButThere: gate(
          sum(({ unwanted }) => unwanted),
          0,
        ),
        readsOldOrMissing: gate(
          sum(({ readsWrong }) => readsWrong),
          0,
        ),
        leftInDoubt: gate(
          sum(({ inDoubt }) => inDoubt),
          0,
        ),
        followersOtherwise: gate(
          sum(({ differing }) => differing),
          0,
        ),
        wroteAny: gate(
          seen.every(({ acknowledged }) => acknowledged > 0),
          true,
        ),
      },
      figures: {
        seed,
        promotions: 2 * seen.length,
        acknowledged: sum(({ acknowledged }) => acknowledged),
        settled: sum(({ settled }) => settled),
        failures: [...new Set(seen.flatMap(({ failures }) => failures))],
        readFailures: [...new Set(seen.flatMap(({ readFailures }) => readFailures))],
        /** From the last write before to the first one after, with the start of the command in it. */
        gapAlive: spread(seen.map(({ gapAliveMs }) => gapAliveMs)),
        gapKilled: spread(seen.map(({ gapKilledMs }) => gapKilledMs)),
      },
    };
  },
};

async function thereAndBack({ seed, small, say }: ProofOptions): Promise<Seen> {
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryFolder('proof-promote'));
  const load = await openShardLoad(stack, path, { replicas: 1, isDurable: !small });
  const { clefs, servers, users, world } = load;
  const [first] = clefs as [ClefOnShards];
  const swapped = swap(servers);
  const list = await writeShardsList(join(path, 'first'), servers);
  const swappedList = await writeShardsList(join(path, 'swapped'), swapped);
  await untilSemiSynchronous(servers, NODE);

  const { attempts, counted, reads, end, countersLost } = useShards(stack, load, { seed });
  await wait(AROUND_MS);

  const aliveFromMs = performance.now();
  await shardsCommand(['promote', list, NODE]);
  const aliveToMs = performance.now();
  say('promoted, its primary alive');
  await shardsCommand(['apply', swappedList]);
  await untilSemiSynchronous(swapped, NODE);
  await wait(AROUND_MS);

  const killedFromMs = performance.now();
  await (world.replicas[0] as Mariadb).kill();
  await shardsCommand(['promote', swappedList, NODE]);
  const killedToMs = performance.now();
  say('promoted, its primary killed');
  // What is dead is no replica any more, and whoever repairs has to ask the primary of now.
  const after = { ...servers, nodes: servers.nodes.map(({ name, primary }) => ({ name, primary })) };
  let settled = await settleAll(after);
  await wait(AROUND_MS);
  await end();
  settled += await settleAll(after);

  const { inDoubt } = await findInDoubt(after, { signal: AbortSignal.timeout(60_000), watchMs: WATCH_MS });
  const verdict = judge(attempts, await lookAtAll(first.database));
  const differing = await differences(load, stack, path);
  const done = counted.filter(({ user, told }) => user === users[0] && told === 'done');
  const failed = [...attempts, ...counted].filter(({ told }) => told !== 'done');
  const readFailures = reads.filter((one) => one.told !== 'done' && !isWrong(one));
  return {
    ...verdict,
    lost: verdict.lost + (await countersLost()),
    readsWrong: reads.filter(isWrong).length,
    inDoubt: inDoubt.length,
    differing: Object.values(differing).reduce((sum, count) => sum + count, 0),
    settled,
    acknowledged: attempts.length + counted.length - failed.length,
    failures: [...new Set(failed.map(({ told }) => told))],
    readFailures: [...new Set(readFailures.map(({ told }) => told))],
    gapAliveMs: longestGap(done, aliveFromMs, aliveToMs),
    gapKilledMs: longestGap(done, killedFromMs, killedToMs),
  };
}

function swap(servers: ShardServers): ShardServers {
  const nodes = servers.nodes.map(({ name, primary, replica }) =>
    replica ? { name, primary: replica, replica: primary } : { name, primary },
  );
  return { ...servers, nodes };
}

/** Between two writes that were told as done, one after the other, of which at least one was waited for in that time. */
function longestGap(writes: readonly Told[], fromMs: number, toMs: number): number {
  const ends = writes.map(({ atMs, tookMs }) => atMs + tookMs);
  let longest = 0;
  for (const [at, endMs] of ends.entries()) {
    const beforeMs = ends[at - 1] ?? endMs;
    if (endMs >= fromMs && beforeMs <= toMs) longest = Math.max(longest, endMs - beforeMs);
  }
  return longest;
}
