import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { launchChromium } from './chromium.ts';
import { freePort, startClef, temporaryFolder } from './clef-process.ts';
import { inProof } from './debian.ts';
import { noiseOf } from './noise.ts';
import { type SoundCard, type SoundRecorder, startSoundCard } from './sound-card.ts';
import { playFromAlbum, reaches, signIn } from './web-player.ts';

const run = promisify(execFile);

export const NOISE_RATE_HZ = 44_100;
/** What programs hand over to the sound card ahead. */
const LATENCY_MS = 200;
const TITLE = 'Rain';
const ALBUM = 'Weather';

export interface HandoverWorld extends AsyncDisposable {
  /** The first is heard in the left channel, the second in the right one. */
  readonly pages: readonly [Page, Page];
  readonly noise: Float32Array;
  readonly recorder: SoundRecorder;
  readonly baseUrl: string;
  readonly card: SoundCard;
  /** A click on "Play here" in the panel that says where it plays. */
  takeOver(page: Page): Promise<void>;
}

/** A real server with one track of noise, and two browsers in processes of their own, of which the first one plays it. */
export async function openHandoverWorld(seconds: number, seed: number): Promise<HandoverWorld> {
  const stack = new AsyncDisposableStack();
  const card = stack.use(await startSoundCard(inProof, NOISE_RATE_HZ, LATENCY_MS));
  const folder = stack.use(await temporaryFolder('handover'));
  const noise = noiseOf(seed, seconds, NOISE_RATE_HZ);
  const music = join(folder.path, 'music');
  await writeTrack(music, noise);
  const server = stack.use(
    await startClef({ data: join(folder.path, 'data'), folders: [music], port: await freePort() }),
  );
  await server.credentials();
  const open = async (side: 'left' | 'right') => {
    const environment = await card.channel(side);
    const flags = ['--autoplay-policy=no-user-gesture-required'];
    const browser = stack.use(await launchChromium(inProof, { loud: true, environment, flags }));
    const page = await browser.newPage({ locale: 'en-GB' });
    await signIn(page, server.baseUrl);
    return page;
  };
  const one = await open('left');
  const other = await open('right');
  const recorder = stack.use(await card.record());
  await playFromAlbum(one, server.baseUrl, ALBUM, TITLE);
  await reaches(one, 2);
  for (const page of [one, other]) await page.locator('.playing-on-button').first().click();
  return {
    pages: [one, other],
    noise,
    recorder,
    card,
    baseUrl: server.baseUrl,
    takeOver: (page) => page.getByRole('button', { name: 'Play here', exact: true }).first().click(),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function writeTrack(folder: string, noise: Float32Array): Promise<void> {
  await mkdir(folder, { recursive: true });
  const raw = join(folder, '..', 'noise.f32');
  await writeFile(raw, new Uint8Array(noise.buffer, noise.byteOffset, noise.byteLength));
  const input = ['-f', 'f32le', '-ar', `${NOISE_RATE_HZ}`, '-ac', '1', '-i', raw];
  const tags = ['-metadata', `title=${TITLE}`, '-metadata', `album=${ALBUM}`, '-metadata', 'artist=Nadir'];
  await run('ffmpeg', ['-nostdin', '-v', 'error', ...input, '-ac', '2', ...tags, join(folder, 'rain.flac')]);
}
