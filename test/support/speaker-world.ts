import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { routes } from '../../src/api/index.ts';
import { ClockEstimate, type PlaybackState } from '../../src/playback/session/index.ts';
import { ApiBrowser } from './api-browser.ts';
import {
  clefBinary,
  clefEnvironment,
  type ClefServer,
  freePort,
  runClef,
  startClef,
  temporaryFolder,
} from './clef-process.ts';
import { launchChromium } from './chromium.ts';
import { encodeMedia } from './make-music.ts';
import { noiseOf, thinned } from './noise.ts';
import type { ToldState } from './paced-world.ts';
import { SessionDevice, ticketOf } from './session-device.ts';
import { type SoundCard, startSoundCard } from './sound-card.ts';
import { waitFor } from './wait-for.ts';
import { signIn, WEB_PASSWORD } from './web-player.ts';

export const SPEAKER_RATE_HZ = 44_100;
/** What programs other than speakers hand over ahead. */
const LATENCY_MS = 200;
const PROBES = 24;
const PHONE = 'Phone';

export interface SpeakerProcess extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly instanceId: string;
  readonly said: () => string;
  /** As Ctrl-C; answers the exit status. */
  stop(): Promise<number | null>;
}

export interface SpeakerWorld extends AsyncDisposable {
  readonly card: SoundCard;
  readonly server: ClefServer;
  /** A remote control. */
  readonly phone: SessionDevice;
  /** One a track, in the order of the queue. */
  readonly noises: readonly Float32Array[];
  readonly queue: readonly { readonly trackId: string; readonly durationMs: number }[];
  /** Every state so far, with its times on the line of `performance.now()`. */
  told(): readonly ToldState[];
  /** On the line of `performance.now()`. */
  localMs(logMs: number): number;
  /** A browser whose sound goes to the right; resolves with its name in sessions, once it is there. */
  openPage(): Promise<string>;
  /** Kills the server, and starts it again; answers when it is ready, and the phone is back as another one. */
  restart(): Promise<void>;
  /** On either side by its `--device`. Resolves once it is there; by the same name it is the same. */
  startSpeaker(name: string, flags: readonly string[]): Promise<SpeakerProcess>;
}

/** A real Clef with noise for music, a sound card, and whoever is to make it heard. */
export async function openSpeakerWorld(
  context: Pick<TestContext, 'skip'>,
  { seed, seconds }: { readonly seed: number; readonly seconds: readonly number[] },
): Promise<SpeakerWorld> {
  const stack = new AsyncDisposableStack();
  const card = stack.use(await startSoundCard(context, SPEAKER_RATE_HZ, LATENCY_MS));
  await card.channel('left');
  const right = await card.channel('right');
  const folder = stack.use(await temporaryFolder('speaker'));
  const music = join(folder.path, 'music');
  const noises = seconds.map((length, place) => noiseOf(seed + place, length, SPEAKER_RATE_HZ));
  for (const [place, noise] of noises.entries()) await writeNoise(music, place, noise);
  const port = await freePort();
  const start = () => startClef({ data: join(folder.path, 'data'), folders: [music], port });
  let server = await start();
  stack.defer(() => server[Symbol.asyncDispose]());
  await server.credentials();
  const admin = new ApiBrowser(server.baseUrl);
  await admin.call(routes.signIn, { body: { username: 'admin', password: WEB_PASSWORD } });
  const queue = await waitFor('an import', async () => {
    const { tracks } = await admin.call(routes.tracks, { query: {} });
    const inOrder = [...tracks].sort((one, other) => one.title.localeCompare(other.title));
    if (inOrder.length < noises.length) return undefined;
    return inOrder.map(({ id }, place) => ({ trackId: id, durationMs: (seconds[place] ?? 0) * 1000 }));
  });
  const keyFile = join(folder.path, 'key');
  await writeFile(keyFile, await newApiKey(server));

  const states: PlaybackState[] = [];
  const joinPhone = async () =>
    SessionDevice.join({
      baseUrl: server.baseUrl,
      ticket: await ticketOf(admin),
      name: PHONE,
      onState: (state) => states.push(state),
    });
  let phone = await joinPhone();
  stack.defer(() => phone[Symbol.asyncDispose]());
  let clock = await clockOf(phone);
  const localMs = (logMs: number) => clock.localMs(logMs);

  const openPage = async (): Promise<string> => {
    const flags = ['--autoplay-policy=no-user-gesture-required'];
    const browser = stack.use(await launchChromium(context, { loud: true, environment: right, flags }));
    const page = await browser.newPage({ locale: 'en-GB' });
    await signIn(page, server.baseUrl);
    const device = await waitFor('the page', async () =>
      phone.devices.find(({ kind, name }) => kind === 'page' && name !== PHONE),
    );
    return device.instanceId;
  };

  const restart = async (): Promise<void> => {
    await server.stop('SIGKILL');
    await phone.ended();
    server = await start();
    phone = await joinPhone();
    clock = await clockOf(phone);
  };

  const startSpeaker = async (name: string, flags: readonly string[]): Promise<SpeakerProcess> => {
    const args = ['speaker', '--server', server.baseUrl, '--name', name, '--key-file', keyFile];
    const remembered = ['--state', join(folder.path, `${name}.json`)];
    const child = spawn(clefBinary, [...args, ...remembered, ...flags], {
      env: clefEnvironment(card.environment),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const closed = once(child, 'close') as Promise<[number | null]>;
    const stop = async (signal: NodeJS.Signals = 'SIGINT') => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return (await closed)[0];
    };
    const device = await waitFor(`the speaker ${name}`, async () => {
      if (child.exitCode !== null) throw new Error(`the speaker ended:\n${said}`);
      return phone.devices.find((one) => one.name === name);
    });
    return {
      process: child,
      instanceId: device.instanceId,
      said: () => said,
      stop,
      async [Symbol.asyncDispose]() {
        await stop('SIGKILL');
      },
    };
  };

  return {
    card,
    get server() {
      return server;
    },
    get phone() {
      return phone;
    },
    openPage,
    restart,
    noises,
    queue,
    localMs,
    told: () => states.map((state) => onLine(state, localMs)),
    startSpeaker,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function writeNoise(music: string, place: number, noise: Float32Array): Promise<void> {
  await mkdir(music, { recursive: true });
  const raw = join(music, `..`, `${place}.wav`);
  await writeFile(raw, wavOf(noise));
  const tags = { title: `Noise ${place}`, artist: 'Nobody', album: 'Noise', track: String(place + 1) };
  await encodeMedia(join(music, `noise-${place}.flac`), { format: 'flac', source: raw, tags });
}

/** One channel of 32-bit floats (RIFF, format 3). */
function wavOf(samples: Float32Array): Uint8Array {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(3, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(SPEAKER_RATE_HZ, 24);
  header.writeUInt32LE(SPEAKER_RATE_HZ * 4, 28);
  header.writeUInt16LE(4, 32);
  header.writeUInt16LE(32, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([header, new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)]);
}

async function newApiKey({ settings }: ClefServer): Promise<string> {
  const { status, stdout, stderr } = await runClef(
    ['api-key', 'create', 'admin', '--client', 'speaker', '--json'],
    settings,
  );
  if (status !== 0) throw new Error(`clef api-key create failed: ${stderr}`);
  return (JSON.parse(stdout) as { apiKey: string }).apiKey;
}

/** What the log's clock shows, asked over the device's own line. */
async function clockOf(device: SessionDevice): Promise<ClockEstimate> {
  const clock = new ClockEstimate();
  for (let id = 0; id < PROBES; id++) {
    const sentMs = performance.now();
    device.send({ type: 'probe', id });
    const { atMs } = await waitFor('log time', async () => {
      const probed = device.last('probed');
      return probed?.id === id ? probed : undefined;
    });
    clock.add({ sentMs, receivedMs: performance.now(), serverMs: atMs });
  }
  return clock;
}

function onLine(state: PlaybackState, localMs: (logMs: number) => number): ToldState {
  const atMs = localMs(state.atMs);
  const main = { ...state.main, atMs: localMs(state.main.atMs) };
  return { state: { ...state, atMs, main, outputs: [] }, atMs };
}

/** What a side of the card was heard in can be told by. */
export function sideVoice(recorded: Float32Array, channel: 0 | 1, noises: readonly Float32Array[]) {
  return {
    heard: thinned(recorded, { channels: 2, channel }),
    noises: noises.map((noise) => thinned(noise)),
    clock: { ppm: 0, sinceMs: 0 },
  };
}
