import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { routes } from '../../src/api/index.ts';
import { ApiBrowser } from '../support/api-browser.ts';
import { openPlayingWorld, PLAYING_SECONDS as SECONDS, PLAYING_TITLES } from '../support/playing-world.ts';
import {
  isCurrent,
  playFromAlbum,
  reaches,
  seekTo,
  shown,
  signIn,
  WEB_PASSWORD,
} from '../support/web-player.ts';

const AWAY_MS = 5_000;

it('the player plays, skips and seeks; goes on when its server was killed; stops when its device is revoked', {
  timeout: 180_000,
}, async (context) => {
  await using world = await openPlayingWorld(context);
  const { page, baseUrl } = world;
  const elsewhere = new ApiBrowser(baseUrl);
  await elsewhere.call(routes.signIn, { body: { username: 'admin', password: WEB_PASSWORD } });
  await expect
    .poll(async () => (await elsewhere.call(routes.counts, {})).tracks, { timeout: 30_000 })
    .toBe(PLAYING_TITLES.length);
  await signIn(page, baseUrl);

  await playFromAlbum(page, baseUrl, 'Tides', 'Ebb');
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

/** What the bar showed each second of a time. */
async function listenFor(page: Page, timeMs: number) {
  const journal = [await shown(page)];
  for (let second = 0; second < timeMs / 1000; second++) {
    await page.waitForTimeout(1_000);
    journal.push(await shown(page));
  }
  return journal;
}
