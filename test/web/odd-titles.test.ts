import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it, type TestContext } from 'vitest';
import { routes } from '../../src/api/index.ts';
import { ApiBrowser } from '../support/api-browser.ts';
import { launchChromium } from '../support/chromium.ts';
import { startClef, temporaryFolder } from '../support/clef-process.ts';
import { fileOfPackage } from '../support/debian.ts';
import { encodeMedia } from '../support/make-music.ts';
import { playTrack, signIn, visit, WEB_PASSWORD } from '../support/web-player.ts';

const PHONE = { width: 390, height: 844 };

const RIGHT_TO_LEFT = 'يا ليل يا عين';
const EMOJI = '🎷🌊👩‍👩‍👧‍👦';
/** Of 1,000 characters, in words and without a place to break it. */
const LONG = 'and on and '.repeat(100).slice(0, 999).trim().padEnd(1_000, '…');
const UNBROKEN = 'Donaudampfschiff'.repeat(70).slice(0, 1_000);

/** File name -> tags. */
const FILES: Readonly<Record<string, Record<string, string>>> = {
  long: { title: LONG, artist: UNBROKEN, album: UNBROKEN, genre: UNBROKEN },
  'right to left': { title: RIGHT_TO_LEFT, artist: 'سلمى نور', album: 'ليالي القاهرة' },
  emoji: { title: EMOJI, artist: '🐙', album: '🌈' },
  'take 3': {},
};

it('names of any length and script, and none at all, fit on a phone, and controls are called by them', {
  timeout: 300_000,
}, async (context) => {
  await using world = await startWorld(context);
  const { page, api, baseUrl } = world;
  const { albums } = await api.call(routes.albums, {});
  expect(albums).toHaveLength(Object.keys(FILES).length);
  const addresses = [
    '/',
    '/albums',
    ...albums.map(({ id }) => `/albums/${id}`),
    '/artists',
    ...albums.flatMap(({ artists }) => artists.map(({ id }) => `/artists/${id}`)),
    '/genres',
    `/genres/${UNBROKEN}`,
    '/folders',
    '/search?q=a',
  ];
  for (const address of addresses) await isOrderly(page, baseUrl, address);

  await visit(page, `${baseUrl}/tracks`);
  for (const name of [LONG, RIGHT_TO_LEFT, EMOJI, 'take 3']) {
    const row = page.getByRole('row').filter({ hasText: name });
    await expect.poll(() => row.count()).toBe(1);
    await expect.poll(() => row.getByRole('button', { name: `More for ${name}` }).count()).toBe(1);
  }
  const titleOf = (name: string) => page.locator('.row-title', { hasText: name });
  const direction = (name: string) => titleOf(name).evaluate((title) => getComputedStyle(title).direction);
  expect(await direction(RIGHT_TO_LEFT)).toBe('rtl');
  expect(await direction(LONG)).toBe('ltr');
  // Nobody is named in its tags.
  expect(await page.getByRole('row').filter({ hasText: 'take 3' }).innerText()).toContain('[Unknown Artist]');

  await page.setViewportSize({ width: 1440, height: 900 });
  await playTrack(page, baseUrl, LONG);
  await page.setViewportSize(PHONE);
  await isOrderly(page, baseUrl, '/now');
});

/** Nothing reaches over the edge, but in lines that scroll by themselves, and no control is without a name. */
async function isOrderly(page: Page, baseUrl: string, address: string): Promise<void> {
  await visit(page, baseUrl + address);
  const faults = await page.evaluate(() => {
    const scrollsAlone = (element: Element | null): boolean =>
      element !== null &&
      element !== document.documentElement &&
      (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(element).overflowX) ||
        scrollsAlone(element.parentElement));
    const over = [...document.querySelectorAll('body *')].filter(
      (element) => element.getBoundingClientRect().right > innerWidth + 1 && !scrollsAlone(element),
    );
    const nameless = [...document.querySelectorAll('button, a[href]')].filter(
      (control) =>
        control.checkVisibility() && !(control.getAttribute('aria-label') ?? control.textContent).trim(),
    );
    return {
      width: document.documentElement.scrollWidth - innerWidth,
      over: over.map((element) => element.getAttribute('class')),
      nameless: nameless.map(({ outerHTML }) => outerHTML.slice(0, 200)),
    };
  });
  expect(faults, address.slice(0, 60)).toEqual({ width: 0, over: [], nameless: [] });
}

async function startWorld(context: TestContext) {
  fileOfPackage('ffmpeg', '/usr/bin/ffmpeg', context);
  await using stack = new AsyncDisposableStack();
  const browser = stack.use(await launchChromium(context));
  const folder = stack.use(await temporaryFolder('odd-titles'));
  const music = join(folder.path, 'music');
  for (const [at, [name, tags]] of Object.entries(FILES).entries())
    await encodeMedia(join(music, `${name}.flac`), {
      format: 'flac',
      seconds: 5,
      toneHz: 200 + 50 * at,
      tags,
    });
  const server = stack.use(await startClef({ data: join(folder.path, 'data'), folders: [music] }));
  await server.credentials();
  const api = new ApiBrowser(server.baseUrl);
  await api.call(routes.signIn, { body: { username: 'admin', password: WEB_PASSWORD } });
  await expect
    .poll(async () => (await api.call(routes.counts, {})).tracks, { timeout: 60_000 })
    .toBe(Object.keys(FILES).length);
  const page = await browser.newPage({ locale: 'en-GB', viewport: PHONE, reducedMotion: 'reduce' });
  await signIn(page, server.baseUrl);
  const owned = stack.move();
  return { page, api, baseUrl: server.baseUrl, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
