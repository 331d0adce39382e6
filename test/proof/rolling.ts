import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { routes } from '../../src/api/index.ts';
import { ApiBrowser } from '../support/api-browser.ts';
import { runClef, temporaryFolder } from '../support/clef-process.ts';
import { type LibraryServers, startLibraryServers } from '../support/library-servers.ts';
import { playPaced } from '../support/paced-player.ts';
import { ReturningDevice } from '../support/returning-device.ts';
import { FIRST_START } from '../support/run-clef.ts';
import { SessionDevice, ticketOf } from '../support/session-device.ts';
import { queueOf } from '../support/session-script.ts';
import { startWatchedEdge, type WatchedEdge } from '../support/start-watched-edge.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';
import { toneWav } from '../support/wav.ts';
import { waitFor } from '../support/wait-for.ts';
import { gate, type Proof } from './proof.ts';
import { importOf, spread } from './tools.ts';

const SERVERS = 3;
/** Every eighth stream takes the long song at 3.2 Mbit/s, the others the short one at 400 kbit/s. */
const EVERY_FAST = 8;
const SLOW = { name: 'Long', seconds: 160, bytesPerSecond: 50_000 };
const FAST = { name: 'Longer', seconds: 900, bytesPerSecond: 400_000 };
/** An account has 64 at most. */
const DEVICES_AN_ACCOUNT = 50;
const COMMAND_EVERY_MS = 100;
const PASSWORD = 'correct horse battery staple';
const AIM_BACK_MS = 250;

/** Streams and sockets while every server is emptied and started again. */
export const rolling: Proof = {
  name: 'rolling',
  shows:
    'three servers behind an edge, each in turn emptied by `clef server drain` and started again, under plain GET streams and sockets of playback sessions: no stream cut or refused, every socket back, no acknowledged command lost',
  async run({ small, say }) {
    const streams = small ? 10 : 500;
    const sockets = small ? 10 : 500;
    await using stack = new AsyncDisposableStack();
    const songs = small ? [SLOW] : [SLOW, FAST];
    const { path: music } = stack.use(await temporaryFolder('proof-rolling'));
    const made = new Map<string, { readonly bytes: number; readonly hash: string }>();
    for (const { name, seconds } of songs) {
      const bytes = toneWav(seconds);
      made.set(name, { bytes: bytes.length, hash: createHash('sha256').update(bytes).digest('hex') });
      await writeFile(join(music, `${name}.wav`), bytes);
    }
    const library = stack.use(
      await startLibraryServers({ servers: SERVERS, nodes: 3, policy: '2+1', folder: music, natsServers: 1 }),
    );
    const [first] = library.servers;
    if (!first) throw new Error('a library has a server');
    const edge = stack.use(await startWatchedEdge(first.settings, SERVERS));
    const imported = await importOf(new SubsonicClient(first.baseUrl, library.credentials), songs.length);
    const idOf = (name: string) => String(imported.find((song) => song['title'] === name)?.['id']);
    const warm = async () => {
      for (const { baseUrl } of library.servers) {
        const url = new SubsonicClient(baseUrl, library.credentials).url('stream', { id: idOf(SLOW.name) });
        await (await fetch(url)).arrayBuffer();
      }
    };
    await warm();
    say(`${SERVERS} servers behind an edge`);

    const accounts = await signedIn(first.baseUrl, edge.baseUrl, Math.max(2, sockets / DEVICES_AN_ACCOUNT));
    const devices: ReturningDevice[] = [];
    for (let at = 0; at < sockets; at++) {
      const account = accounts[at % accounts.length] as ApiBrowser;
      const device = stack.use(
        new ReturningDevice({ baseUrl: edge.baseUrl, ticket: () => ticketOf(account) }),
      );
      devices.push(device);
      await device.arrived;
    }
    say(`${devices.length} sockets of ${accounts.length} accounts`);
    const released = new AbortController();
    let underWay = streams;
    const playing = Array.from({ length: streams }, async (_, at) => {
      const song = songs.length > 1 && at % EVERY_FAST === 0 ? FAST : SLOW;
      const url = new SubsonicClient(edge.baseUrl, library.credentials).url('stream', {
        id: idOf(song.name),
      });
      const played = await playPaced(url, song.bytesPerSecond, { hurry: released.signal });
      underWay--;
      return { ...played, isRight: played.hash === made.get(song.name)?.hash };
    });
    const commands = stack.use(new Commands(devices, accounts.length));
    const turns = [];
    for (const at of library.servers.keys()) turns.push(await restart(library, at, edge, say));
    const livedThrough = underWay;
    released.abort();
    const played = await Promise.all(playing);
    const applied = await commands.stop();
    await waitFor('every socket', async () => devices.every(({ isThere }) => isThere) || undefined, {
      timeoutMs: 30_000,
    }).catch(() => undefined);
    const queues = await Promise.all(accounts.map((account) => queueSeenBy(account, edge.baseUrl)));
    const counted = (trackId: string) => queues.flat().filter((queued) => queued === trackId).length;

    const begun = played.filter(({ mediaType }) => mediaType?.startsWith('audio/'));
    const returnsMs = devices.flatMap(({ returnsMs: all }) => all);
    const reasons = devices.flatMap((device) => Array.from(device.reasons.keys()));
    return {
      gates: {
        'streams that lived through all': gate(livedThrough, streams),
        'streams refused': gate(streams - begun.length, 0),
        'streams truncated': gate(begun.filter(({ isWhole }) => !isWhole).length, 0),
        'streams with wrong bytes': gate(
          begun.filter(({ isWhole, isRight }) => isWhole && !isRight).length,
          0,
        ),
        'streams cut by a drain': gate(turns.filter(({ hasCut }) => hasCut).length, 0),
        'sockets that did not come back': gate(devices.filter(({ isThere }) => !isThere).length, 0),
        // Whichever server it was at was emptied.
        'sockets that never had to come back': gate(
          devices.filter(({ returnsMs: own }) => own.length === 0).length,
          0,
        ),
        'commands acknowledged': gate(applied.length > 0, true),
        'commands lost': gate(applied.filter((trackId) => counted(trackId) === 0).length, 0),
        'commands applied twice': gate(applied.filter((trackId) => counted(trackId) > 1).length, 0),
      },
      figures: {
        streams,
        sockets,
        accounts: accounts.length,
        songs: songs.map(({ name, bytesPerSecond }) => ({
          name,
          bytes: made.get(name)?.bytes,
          bytesPerSecond,
        })),
        bytesInAll: played.reduce((sum, { bytes }) => sum + bytes, 0),
        turns,
        edgeChanges: edge.changes(),
        stalls: spread(begun.map(({ stallMs }) => stallMs)),
        socketsBack: { aimP99Ms: AIM_BACK_MS, ...spread(returnsMs) },
        closedFor: Object.fromEntries(
          [...new Set(reasons)].map((reason) => [
            reason,
            devices.reduce((sum, device) => sum + (device.reasons.get(reason) ?? 0), 0),
          ]),
        ),
        triesInVain: devices.reduce((sum, { tries }) => sum + tries, 0) - returnsMs.length,
        commands: {
          acknowledged: applied.length,
          refused: commands.tookMs.length - applied.length,
          sentAgain: devices.reduce((sum, { repeated }) => sum + repeated, 0),
          ...spread(commands.tookMs),
        },
        sentBySeveralServers: await sentBySeveral(edge),
      },
    };
  },
};

/** Empties one, starts it again, and waits until the edge takes it in. */
async function restart(library: LibraryServers, at: number, edge: WatchedEdge, say: (text: string) => void) {
  const name = `server-${at + 1}`;
  const { settings = {} } = library.servers[at] ?? {};
  const beganMs = performance.now();
  const sinceMs = () => Math.round(performance.now() - beganMs);
  const { status, stderr } = await runClef(['server', 'drain', name], settings);
  if (status !== 0) throw new Error(`clef server drain ${name}: ${stderr}`);
  const goneAfterMs = sinceMs();
  await library.servers[at]?.stop();
  await library.restart(at);
  const readyAfterMs = sinceMs();
  await edge.leadsTo(SERVERS);
  const takenInAfterMs = sinceMs();
  say(`${name}: gone after ${goneAfterMs} ms, ready after ${readyAfterMs}, taken in after ${takenInAfterMs}`);
  return { name, goneAfterMs, readyAfterMs, takenInAfterMs, hasCut: /streams? cut/.test(stderr) };
}

/** Browsers of as many accounts, over the edge. */
async function signedIn(serverUrl: string, edgeUrl: string, count: number): Promise<readonly ApiBrowser[]> {
  const admin = new ApiBrowser(serverUrl);
  await admin.call(routes.signIn, {
    body: { username: 'admin', password: FIRST_START.CLEF_ADMIN_PASSWORD },
  });
  const browsers: ApiBrowser[] = [];
  for (let at = 0; at < count; at++) {
    const username = `listener-${at}`;
    await admin.call(routes.addAccount, { body: { name: username, role: 'listener', password: PASSWORD } });
    const browser = new ApiBrowser(edgeUrl);
    await browser.call(routes.signIn, { body: { username, password: PASSWORD } });
    browsers.push(browser);
  }
  return browsers;
}

/** Puts a track of its own into a queue, now and then, each by another device. */
class Commands implements Disposable {
  readonly tookMs: number[] = [];
  readonly #devices: readonly ReturningDevice[];
  readonly #applied: string[] = [];
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  constructor(devices: readonly ReturningDevice[], accounts: number) {
    this.#devices = devices;
    this.#ended = this.#run(accounts);
  }

  /** The tracks of all that were acknowledged. */
  async stop(): Promise<readonly string[]> {
    this.#stop.abort();
    await this.#ended;
    return this.#applied;
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  async #run(accounts: number): Promise<void> {
    const { signal } = this.#stop;
    for (const device of this.#devices.slice(0, accounts)) await device.do(queueOf([100]));
    const underWay: Promise<void>[] = [];
    for (let at = 0; !signal.aborted; at++) {
      const device = this.#devices[at % this.#devices.length];
      if (device) underWay.push(this.#insert(device, `tr-${(1_000 + at).toString(36)}`));
      await wait(COMMAND_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
    await Promise.all(underWay);
  }

  async #insert(device: ReturningDevice, trackId: string): Promise<void> {
    const sentMs = performance.now();
    const outcome = await device.do({
      type: 'queue.insert',
      items: [{ trackId, durationMs: 100_000 }],
      after: 'end',
    });
    this.tookMs.push(performance.now() - sentMs);
    if (outcome === 'applied') this.#applied.push(trackId);
  }
}

async function queueSeenBy(account: ApiBrowser, baseUrl: string): Promise<readonly string[]> {
  const device = await SessionDevice.join({ baseUrl, ticket: await ticketOf(account) });
  const queued = device.state?.queue.items.map(({ trackId }) => trackId) ?? [];
  device.close();
  return queued;
}

/** Streams with pieces of more than one server, as the edge's own log tells. */
async function sentBySeveral(edge: WatchedEdge): Promise<number> {
  // The log is written once a second.
  await wait(1_500);
  return Array.from((await edge.accessLog()).matchAll(/"relay":"([^" ]+) \d+"/g)).filter(([, servers = '']) =>
    servers.includes('>'),
  ).length;
}
