import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { API_PATH, PLAYBACK_SOCKET_PATH } from '../../src/api/index.ts';
import type { ServerMessage } from '../../src/playback/session/index.ts';
import { SessionClient } from '../../src/web/session/session-client.ts';
import { type OpenSocket, webSocketTo } from '../../src/web/session/socket.ts';
import { freePort, startClef, temporaryFolder } from './clef-process.ts';
import { newInstanceId } from './session-device.ts';
import { newShelf } from './shelf.ts';
import { ticketFor, writeSignedIn } from './signed-in.ts';
import { waitFor } from './wait-for.ts';

const PATIENT = { timeoutMs: 180_000 };
const LONGEST_PAUSE_MS = 1_000;

export interface FallOptions {
  /** Each of an account of its own. */
  readonly sessions: number;
  readonly devicesASession: number;
  /** Of each device. */
  readonly commands: number;
  readonly random: () => number;
}

export interface Fall {
  readonly devices: number;
  readonly commands: number;
  /** Before the server fell. */
  readonly acknowledged: number;
  /** Of these, what is in no state in the end. */
  readonly acknowledgedLost: number;
  readonly lost: number;
  readonly appliedTwice: number;
  readonly refused: number;
  /** Devices that do not show in the end what the others of their session do. */
  readonly differing: number;
  /** For each device, how long after the kill it was welcomed again; in order. */
  readonly backMs: readonly number[];
}

interface Device {
  readonly session: number;
  readonly client: SessionClient;
  readonly sent: string[];
  readonly acknowledged: Set<string>;
  refused: number;
  welcomedMs: number;
}

/** A server that is killed while devices as pages have them send commands, and is started again. */
export async function fallOf({ sessions, devicesASession, commands, random }: FallOptions): Promise<Fall> {
  await using folder = await temporaryFolder('fall');
  const [data, music] = [join(folder.path, 'data'), join(folder.path, 'music')];
  await mkdir(music);
  const cookies = await writeSignedIn(data, sessions);
  const start = { data, folders: [music], port: await freePort() };
  const server = await startClef(start);
  const devices = Array.from({ length: sessions * devicesASession }, (_, i) =>
    openDevice(server.baseUrl, cookies[i % sessions] ?? '', i % sessions, random),
  );
  try {
    const areThere = (): true | undefined =>
      devices.every(({ client }) => client.isOnline && client.isTold) || undefined;
    await waitFor('all devices to be there', async () => areThere(), PATIENT);
    const sending = Promise.all(devices.map((device) => sendAll(device, commands, random)));
    const all = devices.length * commands;
    await waitFor('a third of the commands', async () => countAcknowledged(devices) > all / 3 || undefined);
    await server.stop('SIGKILL');
    const killedMs = performance.now();
    const before = new Set(devices.flatMap(({ acknowledged }) => [...acknowledged]));
    await using _again = await startClef(start);
    await sending;
    await waitFor('all devices to be back', async () => areThere(), PATIENT);
    const backMs = devices.map(({ welcomedMs }) => welcomedMs - killedMs);
    await waitFor(
      'all commands to be settled',
      async () => devices.every(({ client }) => client.waitingCount === 0) || undefined,
      PATIENT,
    );
    await waitFor('all devices to show the same', async () => differing(devices) === 0 || undefined);
    const items = cookies.flatMap((_, session) => itemsOf(devices, session));
    const applied = new Set(items);
    return {
      devices: devices.length,
      commands: all,
      acknowledged: before.size,
      acknowledgedLost: before.difference(applied).size,
      lost: new Set(devices.flatMap(({ sent }) => sent)).difference(applied).size,
      appliedTwice: items.length - applied.size,
      refused: devices.reduce((sum, { refused }) => sum + refused, 0),
      differing: differing(devices),
      backMs: backMs.toSorted((a, b) => a - b),
    };
  } finally {
    for (const { client } of devices) client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  }
}

function openDevice(baseUrl: string, cookie: string, session: number, random: () => number): Device {
  const instanceId = newInstanceId();
  let number = 0;
  const hear = (message: ServerMessage): void => {
    if (message.type === 'welcome') device.welcomedMs = performance.now();
    if (message.type === 'outcome' && message.refused === undefined) device.acknowledged.add(message.cmdId);
  };
  const client = new SessionClient({
    instance: { instanceId, nextNumber: () => ++number },
    openSocket: overheard(`${baseUrl.replace(/^http/, 'ws')}${API_PATH}${PLAYBACK_SOCKET_PATH}`, hear),
    ticket: () => ticketFor(baseUrl, cookie),
    name: 'Device',
    shelf: newShelf(),
    scope: 'fall',
    sessionId: 'main',
    defaultName: 'Music',
    nowMs: () => performance.now(),
    timeOfDayMs: Date.now,
    random,
    report: () => undefined,
  });
  const device: Device = { session, client, sent: [], acknowledged: new Set(), refused: 0, welcomedMs: 0 };
  client.onRefused(() => device.refused++);
  return device;
}

function overheard(address: string, hear: (message: ServerMessage) => void): OpenSocket {
  const open = webSocketTo(address);
  return (events) =>
    open({
      ...events,
      onText(text) {
        hear(JSON.parse(text) as ServerMessage);
        events.onText(text);
      },
    });
}

/** Whether there is a server or not, as people do. */
async function sendAll({ client, sent }: Device, commands: number, random: () => number): Promise<void> {
  for (let i = 0; i < commands; i++) {
    await delay(random() * LONGEST_PAUSE_MS);
    const items = [{ trackId: 'tr-1', durationMs: 200_000 }];
    sent.push(client.send({ type: 'queue.insert', items, after: 'end' }));
  }
}

function countAcknowledged(devices: readonly Device[]): number {
  return devices.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);
}

/** The commands that brought the items of a session, as its first device shows them. */
function itemsOf(devices: readonly Device[], session: number): readonly string[] {
  const device = devices.find((one) => one.session === session);
  return (device?.client.state.queue.items ?? []).map(({ itemId }) => itemId.replace(/-0$/, ''));
}

function differing(devices: readonly Device[]): number {
  const shown = new Map<number, string>();
  return devices.filter(({ session, client }) => {
    const { seq, queue } = client.state;
    const text = JSON.stringify([seq, queue.items]);
    const first = shown.get(session) ?? text;
    shown.set(session, first);
    return text !== first;
  }).length;
}
