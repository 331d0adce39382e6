import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type Call, createClient, routes, type Track } from '../../../src/api/index.ts';
import { launchChromium } from '../chromium.ts';
import { startClef, temporaryFolder } from '../clef-process.ts';
import { fileOfPackage } from '../debian.ts';
import { encodeMedia } from '../make-music.ts';
import { type SessionBus, startSessionBus } from '../session-bus.ts';
import { signIn, WEB_PASSWORD } from '../web-player.ts';
import { until } from './habit.ts';

/** On the album "Tides", in this order. */
export const TITLES = ['Ebb', 'Flow', 'Slack'] as const;
export const ALBUM = 'Tides';
export const ARTIST = 'Nadir';
export const TRACK_SECONDS = 90;
export const OTHER_ACCOUNT = 'lena';

/** The skip of a proof, which has no test to skip, fails it. */
type Skippable = Parameters<typeof launchChromium>[0];

export interface HabitWorld extends AsyncDisposable {
  readonly isSmall: boolean;
  /** With the path that Clef is served under. */
  readonly address: string;
  readonly basePath: string;
  readonly browser: Browser;
  readonly bus: SessionBus;
  /** In the order of the album. */
  readonly tracks: readonly Track[];
  /** A track's file, as it lies in the folder of music. */
  file(title: string): Promise<Buffer>;
  /** A browser of its own, with nobody signed in. */
  newBrowser(): Promise<BrowserContext>;
  /** A tab of one browser, in which an administrator is signed in. */
  newPage(options?: { readonly phone?: boolean }): Promise<Page>;
}

/** One album, its server, and browsers on a desktop with media keys. */
export async function openHabitWorld(
  context: Skippable,
  { basePath, isSmall }: Pick<HabitWorld, 'basePath' | 'isSmall'>,
): Promise<HabitWorld> {
  fileOfPackage('ffmpeg', '/usr/bin/ffmpeg', context);
  fileOfPackage('dbus-daemon', '/usr/bin/dbus-daemon', context);
  fileOfPackage('dbus-bin', '/usr/bin/dbus-send', context);
  await using stack = new AsyncDisposableStack();
  const bus = stack.use(await startSessionBus());
  const browser = stack.use(await launchChromium(context, { environment: bus.environment }));
  const folder = stack.use(await temporaryFolder('habits'));
  const music = join(folder.path, 'music');
  for (const [at, title] of TITLES.entries()) {
    await encodeMedia(join(music, ALBUM, `${title}.flac`), {
      format: 'flac',
      seconds: TRACK_SECONDS,
      toneHz: 220 + 90 * at,
      tags: { title, artist: ARTIST, album: ALBUM, genre: 'Ambient', track: String(at + 1) },
    });
  }
  const server = stack.use(
    await startClef({ data: join(folder.path, 'data'), folders: [music], ...(basePath && { basePath }) }),
  );
  await server.credentials();
  const address = server.baseUrl + basePath;
  const call = await signedInCall(address);
  const { tracks } = await until(
    'the music is imported',
    () => call(routes.randomTracks, { query: { count: '500' } }),
    (answer) => answer.tracks.length === TITLES.length,
  );
  await call(routes.addAccount, { body: { name: OTHER_ACCOUNT, role: 'listener', password: WEB_PASSWORD } });
  const newBrowser = () =>
    browser.newContext({ locale: 'en-GB', permissions: ['clipboard-read', 'clipboard-write'] });
  const own = await newBrowser();
  const first = await own.newPage();
  await signIn(first, address);
  await first.close();
  const owned = stack.move();
  return {
    isSmall,
    address,
    basePath,
    browser,
    bus,
    tracks: tracks.toSorted((one, other) => (one.trackNumber ?? 0) - (other.trackNumber ?? 0)),
    file: (title) => readFile(join(music, ALBUM, `${title}.flac`)),
    newBrowser,
    async newPage({ phone = false } = {}) {
      const page = await own.newPage();
      if (phone) await page.setViewportSize({ width: 390, height: 844 });
      return page;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Calls of an administrator, from outside any browser. */
async function signedInCall(address: string): Promise<Call> {
  let cookie = '';
  const send = async (url: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    headers.set('cookie', cookie);
    const response = await fetch(new URL(address).origin + url, { ...init, headers });
    cookie = response.headers.getSetCookie().at(-1)?.split(';')[0] ?? cookie;
    return response;
  };
  const call = createClient({
    basePath: new URL(address).pathname.replace(/\/$/, ''),
    fetch: send as typeof fetch,
  });
  await call(routes.signIn, { body: { username: 'admin', password: WEB_PASSWORD } });
  return call;
}
