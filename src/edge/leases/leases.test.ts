import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ChangingCluster, describeMembershipSource } from '../../../test/contracts/membership-source.ts';
import { isAbsent } from '../../../test/support/debian.ts';
import { NATS_SERVER, type Nats, startNats } from '../../../test/support/start-nats.ts';
import { connectToNats, type NatsAddress, parseNatsAddress } from '../../nats/index.ts';
import type { ClusterServer, MembershipNews } from '../index.ts';
import { Announcement, createLeaseSource, drainFromAfar, whoIsThere } from './index.ts';
import { leaseSubjects } from './subjects.ts';

const BEAT_MS = 50;
const LEASE_MS = 300;

describe.skipIf(isAbsent(NATS_SERVER))('leases in NATS', () => {
  let nats: Nats;
  let address: NatsAddress;
  let libraryId: string;
  beforeAll(async () => {
    nats = await startNats(1);
    address = parseNatsAddress(nats.url) ?? { servers: [], tls: false };
  });
  beforeEach(() => {
    libraryId = crypto.randomUUID().replaceAll('-', '');
  });
  afterAll(() => nats[Symbol.asyncDispose]());

  interface Told {
    state: 'ready' | 'draining';
    drains: number;
    taken: number;
  }

  function announce(server: ClusterServer, told: Told = { state: server.state, drains: 0, taken: 0 }) {
    return new Announcement({
      address,
      libraryId,
      self: { ...nameOf(server), version: '1.0.0', processId: crypto.randomUUID() },
      doing: () => ({ state: told.state, streams: 3, sockets: 1 }),
      onDrainAsked: (withinMs) => (told.drains = withinMs),
      onNameTaken: () => told.taken++,
      beatMs: BEAT_MS,
    });
  }

  function openCluster(): Promise<ChangingCluster> {
    const announced = new Map<string, { readonly told: Told; readonly announcement: Announcement }>();
    const cluster: ChangingCluster = {
      source: createLeaseSource({
        address,
        libraryId,
        monotonicMs: () => performance.now(),
        leaseMs: LEASE_MS,
      }),
      async set(servers) {
        for (const [name, { announcement }] of announced) {
          if (servers.some((server) => server.name === name)) continue;
          announced.delete(name);
          await announcement[Symbol.asyncDispose]();
        }
        for (const server of servers) {
          const told = announced.get(server.name)?.told ?? { state: server.state, drains: 0, taken: 0 };
          told.state = server.state;
          const announcement = announced.get(server.name)?.announcement ?? announce(server, told);
          announced.set(server.name, { told, announcement });
        }
      },
      cut: async () => nats.nodes[0]?.stop('SIGKILL'),
      mend: async () => nats.nodes[0]?.start(),
      [Symbol.asyncDispose]: () => cluster.set([]),
    };
    return Promise.resolve(cluster);
  }

  describeMembershipSource('leases', openCluster);

  const ONE: ClusterServer = { name: 'one', host: '10.0.0.11', port: 4533, state: 'ready' };

  it('end where a server says nothing any more, whatever the time is where it runs', async () => {
    const heard: MembershipNews[] = [];
    const stop = new AbortController();
    let jumpMs = 0;
    const source = createLeaseSource({
      address,
      libraryId,
      monotonicMs: () => performance.now() + jumpMs,
      leaseMs: LEASE_MS,
    });
    const watching = source.watch((news) => heard.push(news), stop.signal);
    await using silent = await connected(address);
    const beat = { ...nameOf(ONE), version: '1', processId: 'p', state: 'ready', streams: 0, sockets: 0 };
    const names = () => {
      const news = heard.at(-1);
      return news?.kind === 'known' ? news.membership.servers.map(({ name }) => name) : undefined;
    };
    await expect
      .poll(() => {
        silent.connection.publish(leaseSubjects(libraryId).beats, JSON.stringify(beat));
        return names();
      })
      .toEqual(['one']);
    // This machine slept: the beats of that time were not heard, and are no sign.
    jumpMs = 60_000;
    silent.connection.publish(leaseSubjects(libraryId).beats, JSON.stringify({ ...beat, name: 'two' }));
    await expect.poll(names).toEqual(['one', 'two']);
    await expect.poll(names).toEqual([]);
    stop.abort();
    await watching;
  });

  it('hold nothing that a configuration could not', async () => {
    await using stranger = await connected(address);
    await using _one = announce(ONE);
    const beats: unknown[] = [
      'no JSON',
      { ...nameOf(ONE), name: 'x; }', version: '1', processId: 'p', state: 'ready', streams: 0, sockets: 0 },
      {
        ...nameOf(ONE),
        name: 'y',
        host: 'h; }',
        version: '1',
        processId: 'p',
        state: 'ready',
        streams: 0,
        sockets: 0,
      },
    ];
    stranger.connection.subscribe(leaseSubjects(libraryId).who, {
      callback: () => {
        for (const beat of beats)
          stranger.connection.publish(leaseSubjects(libraryId).beats, JSON.stringify(beat));
      },
    });
    await stranger.connection.flush();
    const found = await whoIsThere({ address, libraryId, signal: new AbortController().signal });
    expect(found).toEqual([expect.objectContaining({ name: 'one', streams: 3, sockets: 1 })]);
  });

  it('tell a server that another one has its name', async () => {
    const told: Told = { state: 'ready', drains: 0, taken: 0 };
    await using _one = announce(ONE, told);
    await using _other = announce({ ...ONE, port: 4999 });
    await expect.poll(() => told.taken).toBe(1);
  });

  it('let a server be emptied from afar, and say when it is gone', async () => {
    const told: Told = { state: 'ready', drains: 0, taken: 0 };
    const one = announce(ONE, told);
    const options = { address, libraryId, signal: new AbortController().signal };
    await expect.poll(async () => (await whoIsThere(options)).length).toBe(1);
    const streams: number[] = [];
    const drained = drainFromAfar(options, { name: 'one', withinMs: 5_000 }, (beat) =>
      streams.push(beat.streams),
    );
    await expect.poll(() => told.drains).toBe(5_000);
    await expect.poll(() => streams.length).toBeGreaterThan(0);
    await one[Symbol.asyncDispose]();
    await drained;
    await expect(drainFromAfar(options, { name: 'two', withinMs: 0 }, () => undefined)).rejects.toMatchObject(
      { code: 'not-found' },
    );
  });
});

function nameOf({ name, host, port }: ClusterServer) {
  return { name, host, port };
}

async function connected(address: NatsAddress) {
  const connection = await connectToNats(address);
  return { connection, [Symbol.asyncDispose]: () => connection.close() };
}
