import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { UserId } from '../../src/core/index.ts';
import { generateKey } from '../../src/crypto/index.ts';
import {
  createSessionTickets,
  createSocketDoor,
  type GatewayLimits,
  gatewayLimits,
  SessionGateway,
  type SessionTickets,
} from '../../src/http/playback/index.ts';
import {
  type LogClock,
  type Neighbours,
  SessionHost,
  type SessionLog,
  type SnapshotStore,
} from '../../src/playback/session/index.ts';
import { createMemoryLog } from '../../src/playback/stores/memory-log.ts';
import { createMemorySnapshots } from '../../src/playback/stores/memory-snapshots.ts';
import { newInstanceId, SessionDevice, type SessionDeviceOptions } from './session-device.ts';

/** Looks at once for what is due, so that nobody waits for it. */
const QUICK = { lookMs: 5, presenceMs: 5 };
export const LENA = 1_025 as UserId;

export interface GatewayWorldOptions {
  readonly limits?: Partial<GatewayLimits>;
  readonly log?: SessionLog;
  readonly snapshots?: SnapshotStore;
  /** Of gateways that share a log. */
  readonly clock?: LogClock;
  readonly neighbours?: Neighbours;
}

/** A gateway and its door on a port of loopback, over stores in memory; log time stands still until it is moved. */
export interface GatewayWorld extends AsyncDisposable {
  readonly baseUrl: string;
  readonly gateway: SessionGateway;
  readonly host: SessionHost;
  readonly tickets: SessionTickets;
  readonly neighbours: Neighbours | undefined;
  readonly clock: { logMs: number; nowMs: number };
  /** The device that came last takes nothing, until what is returned is called. */
  readonly stall: () => () => void;
  /** Most bytes that wait in this program for one device. */
  readonly waitingBytes: () => number;
  /** What went wrong inside. */
  readonly failures: unknown[];
  readonly ticket: (account?: UserId) => Promise<string>;
  readonly join: (options?: Partial<SessionDeviceOptions>, account?: UserId) => Promise<SessionDevice>;
}

export async function startGatewayWorld(options: GatewayWorldOptions = {}): Promise<GatewayWorld> {
  const { log = createMemoryLog('log'), snapshots = createMemorySnapshots(), limits, neighbours } = options;
  const clock = { logMs: 5_000_000, nowMs: 7_000_000 };
  const now = () => clock.nowMs;
  const failures: unknown[] = [];
  const onFailure = (error: unknown): void => void failures.push(error);
  const host = new SessionHost({
    log,
    snapshots,
    clock: options.clock ?? { clockId: newInstanceId(), nowMs: () => clock.logMs },
    timeOfDayMs: now,
    defaultName: 'Music',
    onFailure,
  });
  const key = generateKey();
  const tickets = createSessionTickets({ key: () => Promise.resolve(key), now });
  const gateway = new SessionGateway({
    host,
    tickets,
    standing: { holds: () => Promise.resolve(true), onChange: () => () => undefined },
    neighbours,
    limits: { ...gatewayLimits, ...QUICK, ...limits },
    now,
    instanceId: newInstanceId(),
    onFailure,
  });
  const door = createSocketDoor({ gateway, basePath: '', isDraining: () => false });
  const server = createServer({ shouldUpgradeCallback: door.wants });
  const connections = new Set<Duplex>();
  server.on('upgrade', (request, connection: Duplex, head: Buffer) => {
    connections.add(connection);
    door.open(request, connection, head);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const devices: SessionDevice[] = [];
  const ticket = async (account = LENA) => (await tickets.issue({ account, session: 'browser' })).ticket;
  return {
    baseUrl,
    gateway,
    host,
    tickets,
    neighbours,
    clock,
    stall() {
      // What the kernel would take for it is as much as the machine likes.
      const newest = [...connections].at(-1);
      newest?.cork();
      return () => newest?.uncork();
    },
    waitingBytes: () => Math.max(...Array.from(connections, ({ writableLength }) => writableLength)),
    failures,
    ticket,
    async join(given = {}, account = LENA) {
      const device = await SessionDevice.join({ baseUrl, ticket: await ticket(account), ...given });
      devices.push(device);
      return device;
    },
    async [Symbol.asyncDispose]() {
      for (const device of devices) device.close();
      await gateway[Symbol.asyncDispose]();
      await host[Symbol.asyncDispose]();
      server.close();
      await once(server, 'close');
    },
  };
}
