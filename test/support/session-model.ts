import { createHash } from 'node:crypto';
import {
  type Command,
  emptyState,
  fold,
  type LiveSession,
  type LogClock,
  type PlaybackState,
  SessionHost,
  type SessionKey,
  type SessionLog,
} from '../../src/playback/session/index.ts';
import { createMemorySnapshots } from '../../src/playback/stores/memory-snapshots.ts';
import { seededRandom } from './random.ts';
import { instanceOf, randomAction, randomPreconditions } from './random-commands.ts';
import { outputOf, queueOf } from './session-script.ts';
import { waitFor } from './wait-for.ts';

const NAME = 'Model';
const DEVICES = 8;
const ROUNDS = 12;
const COMMANDS_A_ROUND = 6;
/** Before this round the last server knows nothing of the session. */
const LATE_ROUND = 7;

export interface ModelRun {
  readonly commands: number;
  readonly records: number;
  /** SHA-256 of the canonical JSON of each replica's state. */
  readonly hashes: readonly string[];
  /** Whether folding the log from its beginning gives a replica's state byte by byte. */
  readonly isReplayed: boolean;
}

/** The servers of one log, each with a view of its own, and a clock that the model sets. */
class Servers implements AsyncDisposable {
  readonly sessions: LiveSession[] = [];
  readonly hosts: readonly SessionHost[];
  atMs = 1e12;
  clockId = 'clock-0';

  constructor(logs: readonly SessionLog[]) {
    const clock: LogClock = Object.defineProperty({ nowMs: () => this.atMs, clockId: '' }, 'clockId', {
      get: () => this.clockId,
    });
    this.hosts = logs.map(
      (log) =>
        new SessionHost({
          log,
          snapshots: createMemorySnapshots(),
          clock,
          timeOfDayMs: () => this.atMs,
          defaultName: NAME,
          onFailure(error) {
            throw error;
          },
        }),
    );
  }

  async open(index: number, key: SessionKey): Promise<LiveSession> {
    const host = this.hosts[index];
    if (!host) throw new Error(`no server ${index}`);
    const session = await host.open(key);
    this.sessions.push(session);
    return session;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.sessions) session[Symbol.dispose]();
    for (const host of this.hosts) await host[Symbol.asyncDispose]();
  }
}

interface Device {
  readonly instanceId: string;
  sent: number;
  isAway: boolean;
  /** Given while it is away, and sent when it is back. */
  readonly kept: Command[];
}

/**
 * Random commands of devices that come and go, through servers that race each other: copies, commands that come late, and a
 * server that joins when half of it is over.
 */
export async function playModel(
  logs: readonly SessionLog[],
  key: SessionKey,
  seed: number,
): Promise<ModelRun> {
  const random = seededRandom(seed);
  const upTo = (count: number) => Math.floor(random() * count);
  await using servers = new Servers(logs);
  await servers.open(0, key);
  await servers.open(1, key);
  const devices = Array.from(
    { length: DEVICES },
    (_, i): Device => ({ instanceId: instanceOf(i), sent: 0, isAway: false, kept: [] }),
  );
  const given: Command[] = [];
  let lastSeq = 0;

  async function send(session: LiveSession, commands: readonly Command[], by: string): Promise<void> {
    const sent = await Promise.all(commands.map((command) => session.send(command, by)));
    lastSeq = Math.max(lastSeq, ...sent.map(({ seq }) => seq));
  }

  function give(device: Device, state: PlaybackState): Command {
    const copied = random() < 0.15 ? given[upTo(given.length)] : undefined;
    if (copied) return copied;
    const only = randomPreconditions(random, state);
    const action = randomAction(random, state, servers.atMs);
    const command = { cmdId: `${device.instanceId}.${++device.sent}`, action, ...(only && { only }) };
    given.push(command);
    return command;
  }

  for (let round = 0; round < ROUNDS; round++) {
    servers.atMs += Math.floor(random() ** 4 * 600_000);
    if (random() < 0.1) servers.clockId = `clock-${round}`;
    if (round === LATE_ROUND) await servers.open(2, key);
    const sending: Promise<void>[] = [];
    for (let i = 0; i < COMMANDS_A_ROUND; i++) {
      const device = devices[upTo(DEVICES)];
      const session = servers.sessions[upTo(servers.sessions.length)];
      if (!device || !session) continue;
      if (random() < 0.2) device.isAway = !device.isAway;
      device.kept.push(give(device, session.state));
      if (!device.isAway) sending.push(send(session, device.kept.splice(0), device.instanceId));
    }
    await Promise.all(sending);
  }
  for (const [i, { kept, instanceId }] of devices.entries()) {
    const session = servers.sessions[i % servers.sessions.length];
    if (session) await send(session, kept, instanceId);
  }

  await together(servers.sessions, lastSeq);
  const states = servers.sessions.map(({ state }) => state);
  const { state: replayed, records } = await replay(logs[0], key);
  return {
    commands: given.length,
    records,
    hashes: states.map(hashOf),
    isReplayed: states.every((state) => JSON.stringify(state) === JSON.stringify(replayed)),
  };
}

/** How many of fifty devices that skip one song at once, over all servers, have skipped it. */
export async function skipTogether(logs: readonly SessionLog[], key: SessionKey): Promise<number> {
  await using servers = new Servers(logs);
  const sessions = await playing(servers, key);
  const [item] = sessions[0]?.state.queue.items ?? [];
  const sent = await Promise.all(
    Array.from({ length: 50 }, async (_, i) =>
      sessions[i % sessions.length]?.send(
        {
          cmdId: `${instanceOf(100 + i)}.1`,
          action: { type: 'next' },
          only: { item: item?.itemId ?? '' },
        },
        `Device ${i}`,
      ),
    ),
  );
  return sent.filter((one) => one?.outcome.kind === 'applied').length;
}

/** By how many songs a session is further after one command was sent a hundred times, over all servers. */
export async function sendCopies(logs: readonly SessionLog[], key: SessionKey): Promise<number> {
  await using servers = new Servers(logs);
  const sessions = await playing(servers, key);
  const command: Command = { cmdId: `${instanceOf(1)}.1`, action: { type: 'next' } };
  const sent = await Promise.all(
    Array.from({ length: 100 }, async (_, i) => sessions[i % sessions.length]?.send(command, 'Phone')),
  );
  await together(sessions, Math.max(...sent.map((one) => one?.seq ?? 0)));
  const places = new Set(sessions.map(({ state }) => state.queue.currentIndex));
  return places.size === 1 ? Math.max(...places) : -1;
}

async function playing(servers: Servers, key: SessionKey): Promise<readonly LiveSession[]> {
  const sessions = await Promise.all(servers.hosts.map((_, i) => servers.open(i, key)));
  const [first] = sessions;
  const output = outputOf(instanceOf(0));
  await first?.send({ cmdId: `${instanceOf(0)}.1`, action: { type: 'output.add', output } }, 'Kitchen');
  const queue = queueOf(Array.from({ length: 200 }, () => 300));
  const started = await first?.send({ cmdId: `${instanceOf(0)}.2`, action: queue }, 'Kitchen');
  await together(sessions, started?.seq ?? 0);
  return sessions;
}

async function together(sessions: readonly LiveSession[], seq: number): Promise<void> {
  await waitFor(`replicas that have come to ${seq}`, async () =>
    sessions.every(({ state }) => state.seq >= seq) ? true : undefined,
  );
}

async function replay(
  log: SessionLog | undefined,
  key: SessionKey,
): Promise<{ readonly state: PlaybackState; readonly records: number }> {
  let state = emptyState(NAME);
  let records = 0;
  using following = log?.follow(key, 0, (record) => {
    state = fold(state, JSON.parse(JSON.stringify(record))).state;
    records++;
  });
  await following?.caughtUp;
  return { state, records };
}

export function hashOf(state: PlaybackState): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(state)))
    .digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, part]) => [name, sorted(part)]));
}
