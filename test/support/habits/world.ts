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
  /** Of the administrator who is signed in. */
  readonly username: string;
  /** Where media keys of the desktop arrive: in this world's tabs, and in no lane's. */
  readonly bus: SessionBus;
  /** In the order of the album. */
  readonly tracks: readonly Track[];
  /** A track's file, as it lies in the folder of music. */
  file(title: string): Promise<Buffer>;
  /** A browser of its own, with nobody signed in. */
  newBrowser(): Promise<BrowserContext>;
  /** A tab of one browser, in which an administrator is signed in. */
  newPage(options?: { readonly phone?: boolean }): Promise<Page>;
  /** What failed left its tabs open, and they may play. */
  closeTabs(): Promise<void>;
}

export interface HabitHouse extends HabitWorld {
  /** The same server with other browsers and another administrator: what is done in one lane, another does not see. */
  openLane(name: string): Promise<HabitWorld>;
}

interface HabitHouseOptions extends Pick<HabitWorld, 'basePath' | 'isSmall'> {
  /** A folder with the album, where there is one already. */
  readonly music?: string;
}

/** One album, its server, and browsers on a desktop with media keys. */
export async function openHabitWorld(context: Skippable, options: HabitHouseOptions): Promise<HabitHouse> {
  const { basePath, isSmall } = options;
  fileOfPackage('dbus-daemon', '/usr/bin/dbus-daemon', context);
  fileOfPackage('dbus-bin', '/usr/bin/dbus-send', context);
  await using stack = new AsyncDisposableStack();
  const bus = stack.use(await startSessionBus());
  const folder = stack.use(await temporaryFolder('habits'));
  const music = options.music ?? join(folder.path, 'music');
  if (options.music === undefined) await makeAlbum(context, music);
  const server = stack.use(
    await startClef({ data: join(folder.path, 'data'), folders: [music], ...(basePath && { basePath }) }),
  );
  const address = server.baseUrl + basePath;
  const call = await signedInCall(address);
  const found = until(
    'the music is imported',
    () => call(routes.randomTracks, { query: { count: '500' } }),
    (answer) => answer.tracks.length === TITLES.length,
  );
  const [withKeys, { tracks }] = await Promise.all([
    launchChromium(context, { environment: bus.environment }),
    found,
    call(routes.addAccount, { body: { name: OTHER_ACCOUNT, role: 'listener', password: WEB_PASSWORD } }),
  ]);
  stack.use(withKeys);
  let laneBrowser: Promise<Browser> | undefined;
  stack.defer(async () => (await laneBrowser)?.close());
  const shared = {
    isSmall,
    address,
    basePath,
    bus,
    tracks: tracks.toSorted((one, other) => (one.trackNumber ?? 0) - (other.trackNumber ?? 0)),
    file: (title: string) => readFile(join(music, ALBUM, `${title}.flac`)),
  };
  const tabs = await openTabs(withKeys, address, 'admin');
  const owned = stack.move();
  return {
    ...shared,
    ...tabs,
    async openLane(name) {
      laneBrowser ??= launchChromium(context);
      await call(routes.addAccount, { body: { name, role: 'admin', password: WEB_PASSWORD } });
      const tabs = await openTabs(await laneBrowser, address, name);
      return { ...shared, ...tabs, [Symbol.asyncDispose]: () => tabs.closeTabs() };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Makes the folder of music. */
export async function makeAlbum(context: Skippable, music: string): Promise<void> {
  fileOfPackage('ffmpeg', '/usr/bin/ffmpeg', context);
  await Promise.all(
    TITLES.map((title, at) =>
      encodeMedia(join(music, ALBUM, `${title}.flac`), {
        format: 'flac',
        seconds: TRACK_SECONDS,
        toneHz: 220 + 90 * at,
        tags: { title, artist: ARTIST, album: ALBUM, genre: 'Ambient', track: String(at + 1) },
      }),
    ),
  );
}

/** One account's browser, in which it is signed in, and others in which nobody is. */
async function openTabs(
  browser: Browser,
  address: string,
  username: string,
): Promise<Pick<HabitWorld, 'username' | 'newBrowser' | 'newPage' | 'closeTabs'>> {
  const contexts: BrowserContext[] = [];
  const newBrowser = async () => {
    const permissions = ['clipboard-read', 'clipboard-write'];
    const context = await browser.newContext({ locale: 'en-GB', permissions });
    contexts.push(context);
    return context;
  };
  const own = await newBrowser();
  const first = await own.newPage();
  await signIn(first, address, { username, password: WEB_PASSWORD });
  await first.close();
  return {
    username,
    newBrowser,
    async newPage({ phone = false } = {}) {
      const page = await own.newPage();
      if (phone) await page.setViewportSize({ width: 390, height: 844 });
      return page;
    },
    async closeTabs() {
      for (const context of contexts) for (const page of context.pages()) await page.close();
    },
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
