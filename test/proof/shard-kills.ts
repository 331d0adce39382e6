import { setTimeout as wait } from 'node:timers/promises';
import { findInDoubt } from '../../src/catalog/sql/shards/index.ts';
import { temporaryFolder } from '../support/clef-process.ts';
import { seededRandom } from '../support/random.ts';
import type { Mariadb } from '../support/start-mariadb.ts';
import { waitFor } from '../support/wait-for.ts';
import { gate, type Proof } from './proof.ts';
import { differences } from './shard-differences.ts';
import {
  type ClefOnShards,
  NODES,
  openShardLoad,
  type Read,
  read,
  search,
  type ShardLoadWorld,
} from './shard-load.ts';
import { settleAll } from './shard-settle.ts';
import { type Attempt, judge, lookAtAll, startWriters } from './shard-writers.ts';
import { spread } from './tools.ts';

const BEFORE_MS = 8_000;
const AWAY_MS = 2_500;
const WATCH_MS = 500;
const AIM_OF_FAILURE_MS = 2_000;

/** A data node that was away, by the clock of the reads. */
interface Outage {
  readonly node: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Servers killed as they are written to, and in the middle of commits. */
export const shardKills: Proof = {
  name: 'shard-kills',
  shows:
    'kill -9 of data nodes under load, and of data nodes and Spider nodes between prepare and commit: nothing acknowledged lost, nothing half there',
  async run({ small, seed, say }) {
    const kills = small ? 2 : 20;
    const random = seededRandom(seed);
    await using stack = new AsyncDisposableStack();
    const { path } = stack.use(await temporaryFolder('proof-shard-kills'));
    const load = await openShardLoad(stack, path, { hasCutters: true });
    const { clefs, source, users, servers } = load;
    const [first] = clefs as [ClefOnShards];
    const stop = new AbortController();
    const { signal } = stop;
    const attempts: Attempt[] = [];
    const reads: Read[] = [];
    const searchesMs: number[] = [];
    let unanswered = 0;
    const running = [
      ...startWriters(clefs, { seed, users, source, signal, record: (one) => attempts.push(one) }),
      ...users.map((user) => read(first, user, signal, (one) => reads.push(one))),
      search(first, signal, (tookMs, isAnswered) => {
        searchesMs.push(tookMs);
        if (!isAnswered) unanswered++;
      }),
    ];
    const end = async () => {
      stop.abort();
      await Promise.all(running);
    };
    // Also where something fails: they use what is closed then.
    stack.defer(end);
    const beforeMs = performance.now();
    await wait(BEFORE_MS);
    const steady = reads.filter(({ atMs }) => atMs > beforeMs);

    const outages: Outage[] = [];
    const backAfterMs: number[] = [];
    let inDoubt = 0;
    for (let i = 0; i < kills; i++) {
      const node = Math.floor(random() * NODES);
      const server = load.world.nodes[node] as Mariadb;
      await wait(300 + random() * 1_000);
      await server.kill();
      const fromMs = performance.now();
      await wait(AWAY_MS);
      outages.push({ node, fromMs, toMs: performance.now() });
      await server.start();
      const startedMs = performance.now();
      inDoubt += await settleAll(servers);
      await waitFor('the data node', async () => reads.findLast((one) => isAnswer(one, node, startedMs)));
      backAfterMs.push((reads.find((one) => isAnswer(one, node, startedMs))?.atMs ?? 0) - startedMs);
      if ((i + 1) % 5 === 0) say(`${i + 1} data nodes killed, ${inDoubt} transactions settled`);
    }
    const inDoubtOfNodes = inDoubt;
    const killed = { node: 0, spider: 0, prepare: 0, commit: 0 };
    for (let i = 0; i < kills; i++) {
      const moment = i % 4 === 3 ? 'prepare' : 'commit';
      const what = i % 2 === 0 ? 'spider' : 'node';
      await killAt(load, moment, what, Math.floor(random() * NODES));
      killed[what]++;
      killed[moment]++;
      inDoubt += await settleAll(servers);
      await wait(500);
      if ((i + 1) % 5 === 0) say(`${i + 1} killed in mid-commit, ${inDoubt} transactions settled`);
    }
    await end();
    inDoubt += await settleAll(servers);

    const left = await findInDoubt(servers, { signal: AbortSignal.timeout(60_000), watchMs: WATCH_MS });
    const verdict = judge(attempts, await lookAtAll(first.database));
    const differing = await differences(load, stack, path);
    const failed = attempts.filter(({ told }) => told !== 'done');
    const during = reads.filter((one) => outages.some((outage) => isWithin(one, outage)));
    const elsewhere = during.filter((one) => !needsAway(one, outages));
    const refused = during.filter((one) => needsAway(one, outages));
    const refusedWrites = failed.filter((one) => outages.some((outage) => isWithin(one, outage)));
    return {
      gates: {
        acknowledgedLost: gate(verdict.lost, 0),
        halfThere: gate(verdict.half, 0),
        doubled: gate(verdict.doubled, 0),
        failedButThere: gate(verdict.unwanted, 0),
        leftInDoubt: gate(left.inDoubt.length, 0),
        kills: gate(outages.length + killed.node + killed.spider, 2 * kills),
        settledAny: gate(inDoubt > inDoubtOfNodes, true),
        searchesUnanswered: gate(unanswered, 0),
        readsElsewhereFailed: gate(elsewhere.filter(({ told }) => told !== 'done').length, 0),
        ...Object.fromEntries(Object.entries(differing).map(([name, count]) => [name, gate(count, 0)])),
      },
      figures: {
        seed,
        acknowledged: attempts.length - failed.length,
        failures: countsOf(failed.map(({ told }) => told)),
        doubtful: verdict.doubtful,
        doubtfulThere: verdict.doubtfulThere,
        settled: { afterNodes: inDoubtOfNodes, inMidCommit: inDoubt - inDoubtOfNodes },
        killedInMidCommit: killed,
        readsBefore: spread(steady.map(({ tookMs }) => tookMs)),
        readsElsewhere: spread(elsewhere.map(({ tookMs }) => tookMs)),
        readsRefused: spread(refused.map(({ tookMs }) => tookMs)),
        writesRefused: spread(refusedWrites.map(({ tookMs }) => tookMs)),
        writesFailedInAll: spread(failed.map(({ tookMs }) => tookMs)),
        aimOfFailureMs: AIM_OF_FAILURE_MS,
        backAfterMs: spread(backAfterMs),
        searches: searchesMs.length,
        searchesMs: spread(searchesMs),
      },
    };
  },
};

/** Kills a server as a data node is told so, whichever Spider node tells it. */
async function killAt(
  { world, cutters }: ShardLoadWorld,
  moment: 'prepare' | 'commit',
  what: 'node' | 'spider',
  node: number,
): Promise<void> {
  let victim: Mariadb | undefined;
  await cutters[node]?.cutAt(`xa ${moment}`, 'query', async (query) => {
    // The last part of a transaction's name is the server_id in hexadecimal digits: 1 or 2.
    const spider = Number(/,0x3(\d),/.exec(query)?.[1]) - 1;
    victim = what === 'node' ? world.nodes[node] : world.spiders[spider];
    await victim?.kill();
  });
  if (!victim) throw new Error(`nobody was killed at ${moment}`);
  await victim.start();
}

function isAnswer({ node, told, atMs }: Read, of: number, sinceMs: number): boolean {
  return node === of && told === 'done' && atMs >= sinceMs;
}

function isWithin({ atMs }: Pick<Read, 'atMs'>, outage: Outage): boolean {
  return outage.fromMs <= atMs && atMs < outage.toMs;
}

function needsAway(one: Read, outages: readonly Outage[]): boolean {
  return outages.some((outage) => outage.node === one.node && isWithin(one, outage));
}

function countsOf(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
