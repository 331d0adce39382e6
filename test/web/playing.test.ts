import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it, type TestContext } from 'vitest';
import { routes } from '../../src/api/index.ts';
import { ApiBrowser } from '../support/api-browser.ts';
import { launchChromium } from '../support/chromium.ts';
import { freePort, startClef, temporaryFolder } from '../support/clef-process.ts';
import { fileOfPackage } from '../support/debian.ts';
import { encodeMedia } from '../support/make-music.ts';
import { isCurrent, playTrack, seekTo, shown, signIn, WEB_PASSWORD } from '../support/web-player.ts';

const TITLES = ['Ebb', 'Flow'] as const;
/** Much longer than what the player fetches ahead. */
const SECONDS = 150;
const AWAY_MS = 5_000;

it('the player plays, skips and seeks; goes on when its server was killed; stops when its device is revoked', {
  timeout: 180_000,
}, async (context) => {
  await using world = await startWorld(context);
  const { page, baseUrl } = world;
  const elsewhere = new ApiBrowser(baseUrl);
  await elsewhere.call(routes.signIn, { body: { username: 'admin', password: WEB_PASSWORD } });
  await expect
    .poll(async () => (await elsewhere.call(routes.counts, {})).tracks, { timeout: 30_000 })
    .toBe(TITLES.length);
  await signIn(page, baseUrl);

  await playTrack(page, baseUrl, 'Ebb');
  await reaches(page, 2);
  await page.getByRole('button', { name: 'Next', exact: true }).click();
  await isCurrent(page, 'Flow');
  await reaches(page, 1);
  expect((await shown(page)).seconds).toBeLessThan(10);
  await seekTo(page, 0.2);
  await reaches(page, 0.2 * SECONDS + 1);

  await world.kill();
  const journal = await listenFor(page, AWAY_MS);
  const fetched = page.waitForResponse((response) => response.url().includes('/c/v1/') && response.ok());
  await world.start();
  journal.push(...(await listenFor(page, 2_000)));
  expect(journal.filter(({ waiting, playing }) => waiting || !playing)).toEqual([]);
  const pace = ((journal.at(-1)?.seconds ?? 0) - (journal[0]?.seconds ?? 0)) / (journal.length - 1);
  expect(pace, 'seconds of music in a second').toBeGreaterThan(0.7);
  await fetched;
  await seekTo(page, 0.8);
  await reaches(page, 0.8 * SECONDS + 1);

  const { devices } = await elsewhere.call(routes.devices, {});
  expect(devices.length).toBe(1);
  for (const { id } of devices) await elsewhere.call(routes.revokeDevice, { params: { id } });
  await page.getByText('Sign in to go on').waitFor();
  await expect.poll(async () => (await shown(page)).playing).toBe(false);
});

/** A library of two long tracks, its server, which can go and come back, and a browser. */
async function startWorld(context: TestContext) {
  fileOfPackage('ffmpeg', '/usr/bin/ffmpeg', context);
  const stack = new AsyncDisposableStack();
  const browser = stack.use(await launchChromium(context));
  const folder = stack.use(await temporaryFolder('playing'));
  const music = join(folder.path, 'music');
  for (const [at, title] of TITLES.entries()) {
    await encodeMedia(join(music, `${title}.flac`), {
      format: 'flac',
      seconds: SECONDS,
      toneHz: 220 + 90 * at,
      tags: { title, artist: 'Nadir', album: 'Tides', track: String(at + 1) },
    });
  }
  const port = await freePort();
  const start = () => startClef({ data: join(folder.path, 'data'), folders: [music], port });
  let server = await start();
  stack.defer(() => server[Symbol.asyncDispose]());
  // Ready is said before a first start has made its keys; with them comes the administrator.
  await server.credentials();
  return {
    baseUrl: server.baseUrl,
    page: await browser.newPage({ locale: 'en-GB' }),
    kill: () => server.stop('SIGKILL'),
    async start() {
      server = await start();
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Waits until the clock shows this or more. */
async function reaches(page: Page, seconds: number): Promise<void> {
  await expect
    .poll(async () => (await shown(page)).seconds, { timeout: 10_000 })
    .toBeGreaterThanOrEqual(seconds);
}

/** What the bar showed each second of a time. */
async function listenFor(page: Page, timeMs: number) {
  const journal = [await shown(page)];
  for (let second = 0; second < timeMs / 1000; second++) {
    await page.waitForTimeout(1_000);
    journal.push(await shown(page));
  }
  return journal;
}
