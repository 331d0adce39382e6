import { fileURLToPath } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { bundleForPage } from '../support/bundle-page.ts';
import { openHabitWorld, playFrom, TRACK_SECONDS } from '../support/habits/index.ts';
import { Needles } from '../support/needles.ts';
import { isCurrent, seekTo, shown, signIn } from '../support/web-player.ts';

it('a browser without audio decoder plays, seeks and skips by <audio>, decrypted in a worker that may be ended any time', {
  timeout: 240_000,
}, async (context) => {
  await using world = await openHabitWorld(context, { basePath: '/music', isSmall: true });
  const browser = await world.newBrowser();
  await browser.addInitScript(() => {
    Reflect.deleteProperty(globalThis, 'AudioDecoder');
  });
  const asked = watch(browser);
  const page = await browser.newPage();
  await signIn(page, world.address);
  const [track] = world.tracks;

  await playFrom(world, page, 'Ebb');
  expect(await page.evaluate(() => navigator.serviceWorker.controller?.scriptURL)).toMatch(
    /\/music\/sound-worker\.js$/,
  );
  await seekTo(page, 0.5);
  await reaches(page, TRACK_SECONDS / 2 + 1);
  await page.locator('.player-centre').getByRole('button', { name: 'Next', exact: true }).click();
  await isCurrent(page, 'Flow');
  await reaches(page, 1);
  expect((await shown(page)).seconds).toBeLessThan(20);

  await endWorkers(browser, page);
  await seekTo(page, 0.8);
  await reaches(page, 0.8 * TRACK_SECONDS + 1);
  await endWorkers(browser, page);
  await seekTo(page, 0.97);
  await isCurrent(page, 'Slack');
  await reaches(page, 1);

  const plain = await world.file('Ebb');
  const windows = new Needles();
  for (let at = 0; at + 16 <= plain.length; at += 1_024) {
    const window = plain.subarray(at, at + 16);
    // Padding is in many files.
    if (new Set(window).size >= 8) windows.add(window);
  }
  expect(windows.count).toBeGreaterThan(500);
  const entry = fileURLToPath(new URL('../support/kept-page.ts', import.meta.url));
  await page.evaluate(await bundleForPage(entry, 'keptPage'));
  const cached = await page.evaluate(() => window.keptPage.cached());
  expect(cached.length).toBeGreaterThan(10);
  const inClear = cached.filter(({ bytes }) => windows.findIn(Buffer.from(bytes, 'base64')).length > 0);
  expect(inClear.map(({ address }) => address)).toEqual([]);
  expect(cached.map(({ address }) => address).filter((address) => address.includes('/sound/'))).toEqual([]);

  // What went over the wire is ciphertext; what was answered as music was answered here.
  expect(asked.fromServer.some((path) => path.startsWith('/music/c/v1/'))).toBe(true);
  expect(asked.fromServer.filter((path) => /\/(?:rest|sound)\//.test(path))).toEqual([]);
  expect(asked.audioFromServer).toEqual([]);
  expect(asked.fromWorker).toContain(`/music/sound/${await accountOf(page)}/${track?.id}`);
});

declare global {
  interface Window {
    keptPage: typeof import('../support/kept-page.ts');
  }
}

/** Paths that the page and its worker asked for, by who answered. */
function watch(browser: BrowserContext) {
  const asked = { fromServer: [] as string[], fromWorker: [] as string[], audioFromServer: [] as string[] };
  browser.on('response', (response) => {
    const { pathname } = new URL(response.url());
    if (response.fromServiceWorker()) asked.fromWorker.push(pathname);
    else {
      asked.fromServer.push(pathname);
      if (response.headers()['content-type']?.startsWith('audio/')) asked.audioFromServer.push(pathname);
    }
  });
  return asked;
}

/** As a browser does that wants its memory back. */
async function endWorkers(browser: BrowserContext, page: Page): Promise<void> {
  const session = await browser.newCDPSession(page);
  await session.send('ServiceWorker.enable');
  await session.send('ServiceWorker.stopAllWorkers');
  await session.detach();
}

/** Waits until the clock shows this or more. */
async function reaches(page: Page, seconds: number): Promise<void> {
  await expect
    .poll(async () => (await shown(page)).seconds, { timeout: 20_000 })
    .toBeGreaterThanOrEqual(seconds);
}

async function accountOf(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const response = await fetch('api/v1/session');
    return ((await response.json()) as { account: { id: string } }).account.id;
  });
}
