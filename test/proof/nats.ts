import { setTimeout as delay } from 'node:timers/promises';
import { type Heard, NatsWorld } from '../support/nats-world.ts';
import { seededRandom } from '../support/random.ts';
import { gate, type Proof } from './proof.ts';
import { median, quantile } from './tools.ts';

const DEVICES = 40;
const NODES = 3;
/** A command that took longer was sent while there was no leader, or no gateway that had one. */
const ELECTION_MS = 1_000;

/** Kills of servers and gateways lose no command that was acknowledged, and apply none twice. */
export const nats: Proof = {
  name: 'nats',
  shows:
    'three NATS servers, three processes of `clef gateway`, kill -9 at random: no acknowledged command is lost or applied twice',
  async run({ small, seed, say }) {
    const commands = small ? 600 : 10_000;
    // Each has records enough for snapshots, and for what they let go of.
    const sessions = small ? 2 : 20;
    const kills = small ? 1 : 20;
    const graceful = small ? 1 : 10;
    const random = seededRandom(seed);
    await using world = await NatsWorld.open({
      sessions,
      devices: DEVICES,
      pauseMs: small ? 100 : 1_000,
      random,
    });

    let isOver = false;
    const sending = world.sendAll(commands, 1).finally(() => (isOver = true));
    const killed = { leaders: 0, otherNodes: 0, gateways: 0 };
    for (let kill = 0; kill < kills; kill++) {
      await delay(small ? 500 : random() * 3_000);
      const leader = await world.leader();
      const victim = small ? leader : Math.floor(random() * NODES * 2);
      if (victim >= NODES) {
        killed.gateways++;
        await world.killGateway(victim - NODES);
      } else {
        if (victim === leader) killed.leaders++;
        else killed.otherNodes++;
        await world.killNode(victim);
      }
      say(`${kill + 1} kills, ${world.acknowledged.length} commands acknowledged`);
    }
    const duringKills = isOver ? commands : world.acknowledged.length;
    await sending;
    const waits = world.acknowledged.map(({ tookMs }) => tookMs);

    const stalls: number[] = [];
    for (let stop = 0; stop < graceful; stop++) stalls.push(await stallOf(world, 10_000 * (stop + 1)));
    say(`${graceful} stops of the leader`);

    const states = await world.states();
    const held = states.map((sessions) => new Set(sessions.flatMap(({ itemIds }) => itemIds)));
    const applied = world.acknowledged.filter(({ isApplied }) => isApplied);
    const items = states.map((sessions) => sessions.flatMap(({ itemIds }) => itemIds).length);
    const wipes = world.nats.nodes.reduce((sum, node) => sum + node.wipes, 0);
    return {
      gates: {
        acknowledged: gate(world.acknowledged.length >= commands, true),
        lost: gate(applied.filter(({ cmdId }) => held.some((ids) => !ids.has(`${cmdId}-0`))).length, 0),
        appliedTwice: gate(Math.max(...items) - Math.min(...held.map((ids) => ids.size)), 0),
        refused: gate(world.acknowledged.length - applied.length, 0),
        differing: gate(
          Math.max(
            ...Array.from({ length: sessions }, (_, i) => new Set(states.map((one) => one[i]?.hash)).size),
          ),
          1,
        ),
      },
      figures: {
        commands: world.acknowledged.length,
        duringKills,
        kills: killed,
        storesWiped: wipes,
        copiesInLog: await world.copiesInLog(),
        timeLines: world.clockIds.size,
        acknowledgedMs: {
          median: round(median(waits)),
          p99: round(quantile(waits, 0.99)),
          max: round(Math.max(...waits)),
        },
        heardElsewhereMs: heardOf(world.heard),
        heardElsewhereWhileTheLogWaitedMs: heardOf(whileWaiting(world)),
        stallOnGracefulStopMs: {
          median: round(median(stalls)),
          max: round(Math.max(...stalls)),
          all: stalls.map(round),
        },
        snapshotsNotWritten: world.gateways.reduce((sum, { notSaved }) => sum + notSaved, 0),
      },
    };
  },
};

/** The longest that a command took while the leader of the stream was told to stop. */
async function stallOf(world: NatsWorld, firstNumber: number): Promise<number> {
  const node = world.nats.nodes[await world.leader()];
  const before = world.acknowledged.length;
  const sending = world.sendAll(DEVICES * 4, firstNumber);
  await delay(300);
  await node?.stop('SIGTERM');
  await sending;
  await node?.start();
  return Math.max(...world.acknowledged.slice(before).map(({ tookMs }) => tookMs));
}

/** Of commands that took so long to be acknowledged that a leader was being chosen. */
function whileWaiting({ heard, acknowledged }: NatsWorld): readonly Heard[] {
  const waited = new Set(acknowledged.filter(({ tookMs }) => tookMs > ELECTION_MS).map(({ cmdId }) => cmdId));
  return heard.filter(({ cmdId }) => waited.has(cmdId));
}

function heardOf(heard: readonly Heard[]): Record<string, number> {
  const afterMs = heard.map((one) => one.afterMs);
  if (afterMs.length === 0) return { count: 0 };
  return {
    count: afterMs.length,
    tentative: heard.filter(({ wasTentative }) => wasTentative).length,
    median: round(median(afterMs)),
    p99: round(quantile(afterMs, 0.99)),
    max: round(Math.max(...afterMs)),
  };
}

function round(ms: number): number {
  return Number(ms.toFixed(1));
}
