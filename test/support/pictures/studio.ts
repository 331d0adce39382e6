import { join } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import type { TestContext } from 'vitest';
import { routes } from '../../../src/api/index.ts';
import { fileOfPackage } from '../debian.ts';
import { addressOf, type PathParameters, pathParameters } from '../web-addresses.ts';
import { settle, signIn } from '../web-player.ts';
import { openWebWorld, type WebWorld } from '../web-world.ts';
import { fixAnswers, NOW_MS } from './fixed-answers.ts';
import type { Picture } from './kept.ts';
import type { Scene } from './scenes.ts';

export interface Shot {
  readonly scene: Scene;
  readonly width: 390 | 820 | 1440;
  readonly theme: 'light' | 'dark';
}

const HEIGHTS = { 390: 844, 820: 1180, 1440: 900 } as const;

/** Fonts besides the player's own (fonts.conf), by the Debian package that has them. */
const FONTS = {
  'fonts-noto-core': '/usr/share/fonts/truetype/noto/NotoSansArabic-Regular.ttf',
  'fonts-dejavu-core': '/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf',
  'fonts-noto-color-emoji': '/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf',
} as const;

/** Colours that follow from ids, and the address of this server. */
const STYLE = `
  .cover-drawn, .person-letter { --hue: 250 !important }
  .code { color: transparent !important }
`;

/** In a tab's storage: where nobody answers, a page shows nothing of what was played there before. */
const FORGETS_QUEUE = 'pictures.forgets-queue';

/** The head of a page takes its colour from its cover, once that is there. */
const UNTINTED = ':is(.hero, .playing-head):has(> .cover img):not([style*="--tint"])';

export interface Studio extends AsyncDisposable {
  take(shots: readonly Shot[]): AsyncGenerator<Picture>;
}

/** The player with a small library, ready to have its picture taken: fixed fonts, no motion, no clock. */
export async function openStudio(context: Pick<TestContext, 'skip'>): Promise<Studio> {
  for (const [name, file] of Object.entries(FONTS)) fileOfPackage(name, file, context);
  const environment = { FONTCONFIG_FILE: join(import.meta.dirname, 'fonts.conf') };
  // What the last import added is in the picture of the administrator's page.
  const world = await openWebWorld(context, { environment, isImporting: true });
  const parameters = await pathParameters(world.api);
  await listenTo(world, parameters);
  return {
    take: (shots) => take(world, parameters, shots),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

/** Tracks that were played, from the most and the last on. */
const PLAYED = [
  'Departure',
  'Slow water',
  'Wintergreen',
  'Half the sky',
  'Mind the gap',
  'First frost',
] as const;

/** What a listener has left behind: plays, favourites, and a place in an album where every browser goes on, paused. */
async function listenTo({ api }: WebWorld, { albumId = '' }: PathParameters): Promise<void> {
  const { tracks } = await api.call(routes.tracks, { query: {} });
  for (const [at, title] of PLAYED.entries()) {
    const { id } = tracks.find((track) => track.title === title) ?? { id: '' };
    for (let play = at; play < PLAYED.length; play++) {
      const playedAtMs = NOW_MS - (at + PLAYED.length * play) * 3_600_000;
      await api.call(routes.recordPlay, { body: { trackId: id, playedAtMs } });
    }
  }
  const album = await api.call(routes.album, { params: { id: albumId } });
  const trackIds = album.tracks.map(({ id }) => id);
  for (const id of trackIds) await api.call(routes.like, { params: { id } });
  await api.call(routes.saveQueue, { body: { trackIds, currentIndex: 0, positionMs: 9_000 } });
}

/** One after another: a scene on a phone, then on wider screens, each opened once for all its shots. */
async function* take(
  world: WebWorld,
  parameters: PathParameters,
  shots: readonly Shot[],
): AsyncGenerator<Picture> {
  const phone = await newPage(world, { isMobile: true, hasTouch: true });
  const wide = await newPage(world, {});
  for (const [scene, ofScene] of Map.groupBy(shots, (shot) => shot.scene)) {
    for (const page of [phone, wide]) {
      const ofPage = ofScene.filter(({ width }) => (page === phone) === (width === 390));
      const [first] = ofPage;
      if (!first) continue;
      await page.setViewportSize(sizeOf(first));
      await fixAnswers(page, scene);
      await page.evaluate(([name, value]) => sessionStorage.setItem(name, value), [
        FORGETS_QUEUE,
        String(scene.answer !== undefined),
      ] as const);
      await page.goto(world.baseUrl + addressOf(scene.path, parameters));
      await page.locator('main :is(h1, h2)').first().waitFor({ state: 'attached' });
      await scene.prepare?.(page);
      for (const shot of ofPage) yield { name: nameOf(shot), png: await shoot(page, shot) };
      await page.unrouteAll({ behavior: 'ignoreErrors' });
    }
  }
  for (const page of [phone, wide]) await page.context().close();
}

export function nameOf({ scene, width, theme }: Shot): string {
  return `${scene.name}-${width}-${theme}`;
}

function sizeOf({ width }: Shot) {
  return { width, height: HEIGHTS[width] };
}

/** Of a browser that nobody has used yet, signed in. */
async function newPage({ browser, baseUrl }: WebWorld, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({
    locale: 'en-GB',
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
    deviceScaleFactor: 1,
    serviceWorkers: 'block',
    // For the style of the pictures alone; the policy has tests of its own.
    bypassCSP: true,
    ...options,
  });
  await context.clock.setFixedTime(NOW_MS);
  await context.addInitScript((forgets) => {
    if (sessionStorage.getItem(forgets) !== 'true') return;
    for (const key of Object.keys(localStorage)) if (key.endsWith(' state')) localStorage.removeItem(key);
  }, FORGETS_QUEUE);
  // How much a disk has room for is another machine's business.
  await context.addInitScript(() => {
    navigator.storage.estimate = () => Promise.resolve({ usage: 73_700, quota: 10.7e9 });
  });
  const page = await context.newPage();
  await signIn(page, baseUrl);
  return page;
}

async function shoot(page: Page, shot: Shot): Promise<Uint8Array> {
  await page.setViewportSize(sizeOf(shot));
  await page.emulateMedia({ colorScheme: shot.theme });
  // The player is loaded after the page.
  if ((await page.locator('.shell').count()) > 0 && !shot.scene.answer)
    await page.locator('.player-bar .now-title').waitFor({ state: 'attached' });
  if (shot.scene.answer !== 'never') await settle(page);
  await page.waitForFunction((untinted) => {
    // Or they would be painted some frames after they are there.
    for (const image of document.images) image.decoding = 'sync';
    const isDrawn = (canvas: HTMLCanvasElement) =>
      canvas
        .getContext('2d')
        ?.getImageData(0, 0, canvas.width, canvas.height)
        .data.some((value) => value > 0);
    return !document.querySelector(untinted) && [...document.querySelectorAll('canvas')].every(isDrawn);
  }, UNTINTED);
  return page.screenshot({ animations: 'disabled', caret: 'hide', style: STYLE });
}
