import type { Page } from 'playwright-core';
import { waitFor } from './wait-for.ts';

/** As `startClef` gives it to the first administrator. */
export const WEB_PASSWORD = 'correct horse battery staple';

/** Signs in as a person would, and waits for the first page. */
export async function signIn(
  page: Page,
  baseUrl: string,
  { username, password } = { username: 'admin', password: WEB_PASSWORD },
): Promise<void> {
  await page.goto(`${baseUrl}/sign-in`);
  await page.locator('input[name=username]').fill(username);
  await page.locator('input[name=password]').fill(password);
  await page.locator('button[type=submit]').click();
  await page.locator('.shell').waitFor();
}

/** Goes there, and waits until the page has its heading and no skeleton is left of it. */
export async function visit(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.locator('main :is(h1, h2)').first().waitFor({ state: 'attached' });
  await settle(page);
}

/** Waits until nothing on the page is a skeleton, every picture and typeface is there, and nothing fades any more. */
export async function settle(page: Page): Promise<void> {
  await page.waitForFunction(
    () =>
      !document.querySelector('.skeleton, .splash') && [...document.images].every(({ complete }) => complete),
  );
  await page.evaluate(async () => {
    await document.fonts.ready;
    // What was changed a moment ago begins to fade with the next picture, and what inherits from it after that.
    for (let calm = 0; calm < 3; calm++) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const ending = document
        .getAnimations()
        .filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
      if (ending.length > 0) calm = 0;
      await Promise.allSettled(ending.map(({ finished }) => finished));
    }
  });
}

/** Opens the list of all tracks, and plays from the one with this title on. */
export async function playTrack(page: Page, baseUrl: string, title: string): Promise<void> {
  await page.goto(`${baseUrl}/tracks`);
  await page.locator('[role=row]', { hasText: title }).dblclick();
  await isCurrent(page, title);
}

/** Opens an album, and plays from the track with this title on: what follows is the next of the album. */
export async function playFromAlbum(
  page: Page,
  baseUrl: string,
  album: string,
  title: string,
): Promise<void> {
  await page.goto(`${baseUrl}/albums`);
  await page.getByRole('link', { name: album }).first().click();
  await page.locator('[role=row]', { hasText: title }).dblclick();
  await isCurrent(page, title);
}

/** Waits until the player shows this title as what plays. */
export async function isCurrent(page: Page, title: string): Promise<void> {
  await page.locator('.player-bar .now-title', { hasText: title }).waitFor();
}

/** What the bar shows: the clock in whole seconds, and whether it says that it has nothing to play yet. */
export interface Shown {
  readonly seconds: number;
  readonly waiting: boolean;
  readonly playing: boolean;
}

export function shown(page: Page): Promise<Shown> {
  return page.evaluate(() => {
    const clock = document.querySelector('.player-centre .clock')?.textContent ?? '';
    const [minutes = Number.NaN, seconds = Number.NaN] = clock.split(':').map(Number);
    return {
      seconds: 60 * minutes + seconds,
      waiting: document.querySelector('.player-centre .play-button.is-waiting') !== null,
      playing: navigator.mediaSession.playbackState === 'playing',
    };
  });
}

/** Presses the slider's rail where this share of the track lies. */
export async function seekTo(page: Page, share: number): Promise<void> {
  const box = await page.locator('.player-centre .slider-track').boundingBox();
  if (!box) throw new Error('there is no slider');
  await page.mouse.click(box.x + share * box.width, box.y + box.height / 2);
}

/** Keeps an album on the device by its menu, and waits until all of it is there. */
export async function keepAlbum(page: Page, baseUrl: string, title: string): Promise<void> {
  await page.goto(`${baseUrl}/albums`);
  await page.getByRole('link', { name: title, exact: true }).first().click();
  await page
    .getByRole('button', { name: /^More for/ })
    .first()
    .click();
  await page.getByRole('menuitem', { name: 'Keep on this device' }).click();
  await page.getByText(/ is on this device\.$/).waitFor();
}

/** Waits until the clock shows this or more. */
export async function reaches(page: Page, seconds: number): Promise<void> {
  await waitFor(`${seconds} s on the clock`, async () => (await shown(page)).seconds >= seconds || undefined);
}
