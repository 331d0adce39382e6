import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { TestContext } from 'vitest';
import { launchChromium } from './chromium.ts';
import { freePort, startClef, temporaryFolder } from './clef-process.ts';
import { fileOfPackage } from './debian.ts';
import { sharedFolder } from './shared-by-run.ts';
import { encodeMedia } from './make-music.ts';

export const PLAYING_TITLES = ['Ebb', 'Flow'] as const;
/** Much longer than what the player fetches ahead. */
export const PLAYING_SECONDS = 150;

export interface PlayingWorld extends AsyncDisposable {
  readonly baseUrl: string;
  readonly page: Page;
  /** Of a browser that nobody has used yet. */
  newPage(): Promise<Page>;
  kill(): Promise<unknown>;
  start(): Promise<void>;
}

/** A library of two long tracks, its server, which can go and come back, and a browser. */
export async function openPlayingWorld(context: Pick<TestContext, 'skip'>): Promise<PlayingWorld> {
  fileOfPackage('ffmpeg', '/usr/bin/ffmpeg', context);
  const stack = new AsyncDisposableStack();
  const browser = stack.use(await launchChromium(context));
  const folder = stack.use(await temporaryFolder('playing'));
  const music = await (made ??= makeMusic());
  const port = await freePort();
  const start = () => startClef({ data: join(folder.path, 'data'), folders: [music], port });
  let server = await start();
  stack.defer(() => server[Symbol.asyncDispose]());
  // Ready is said before a first start has made its keys; with them comes the administrator.
  await server.credentials();
  const newPage = () => browser.newPage({ locale: 'en-GB' });
  return {
    baseUrl: server.baseUrl,
    page: await newPage(),
    newPage,
    kill: () => server.stop('SIGKILL'),
    async start() {
      server = await start();
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

let made: Promise<string> | undefined;

/** The folder of the two tracks, made once in this process, with which it goes. */
async function makeMusic(): Promise<string> {
  const folder = sharedFolder('playing-music');
  for (const [at, title] of PLAYING_TITLES.entries()) {
    await encodeMedia(join(folder, `${title}.flac`), {
      format: 'flac',
      seconds: PLAYING_SECONDS,
      toneHz: 220 + 90 * at,
      tags: { title, artist: 'Nadir', album: 'Tides', track: String(at + 1) },
    });
  }
  return folder;
}
