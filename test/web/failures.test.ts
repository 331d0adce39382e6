import type { Page, Route } from 'playwright-core';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { routes } from '../../src/api/index.ts';
import { SEALED_CHUNK_BYTES } from '../../src/crypto/index.ts';
import { ApiBrowser } from '../support/api-browser.ts';
import { openPlayingWorld, PLAYING_TITLES, type PlayingWorld } from '../support/playing-world.ts';
import {
  isCurrent,
  playFromAlbum,
  reaches,
  seekTo,
  shown,
  signIn,
  WEB_PASSWORD,
} from '../support/web-player.ts';

const NEXT_PASSWORD = 'another correct horse battery staple';

describe('the player', { timeout: 240_000 }, () => {
  let world: PlayingWorld | undefined;
  let elsewhere: ApiBrowser;
  let page: Page;
  beforeEach(async (context) => {
    if (world) return;
    world = await openPlayingWorld(context);
    elsewhere = new ApiBrowser(world.baseUrl);
    await elsewhere.call(routes.signIn, { body: { username: 'admin', password: WEB_PASSWORD } });
    const tracks = async () => (await elsewhere.call(routes.counts, {})).tracks;
    await expect.poll(tracks, { timeout: 30_000 }).toBe(PLAYING_TITLES.length);
  }, 120_000);
  afterAll(() => world?.[Symbol.asyncDispose]());

  /** A browser of its own that is signed in; `prepare` comes before its first page. */
  async function listen(prepare: (page: Page) => Promise<unknown> = async () => undefined): Promise<string> {
    if (!world) throw new Error('there is no world');
    await page?.context().close();
    page = await world.newPage();
    await prepare(page);
    await signIn(page, world.baseUrl);
    return world.baseUrl;
  }

  const isPlaying = async () => (await shown(page)).playing;

  it('asks for a chunk that was changed on its way a second time, and nobody hears it', async () => {
    const asked: string[] = [];
    let changedChunk: number | undefined;
    const baseUrl = await listen(async (page) => {
      page.on('request', (request) => request.url().includes('/v/v1/') && asked.push(request.url()));
      const change = async (route: Route) => {
        const response = await route.fetch();
        const body = await response.body();
        // All of it lies in one column.
        const [, startBytes = ''] = /^bytes=(\d+)-/.exec(route.request().headers()['range'] ?? '') ?? [];
        changedChunk = Number(startBytes) / SEALED_CHUNK_BYTES;
        body[100] = (body[100] ?? 0) ^ 1;
        await route.fulfill({ response, body });
      };
      await page.route('**/c/v1/**', change, { times: 1 });
    });
    await playFromAlbum(page, baseUrl, 'Tides', 'Ebb');
    await expect.poll(() => asked.some((url) => url.endsWith(`/${changedChunk}`))).toBe(true);
    await reaches(page, 8);
    expect(await shown(page)).toMatchObject({ playing: true, waiting: false });
    expect(await page.locator('.fault-text').count()).toBe(0);
  });

  it('says that there is no space to keep more, and what was kept stays', async () => {
    const baseUrl = await listen();
    const keep = async (title: string) => {
      await page.goto(`${baseUrl}/tracks`);
      await page.locator('[role=row]', { hasText: title }).click({ button: 'right' });
      await page.getByRole('menuitem', { name: 'Keep on this device' }).click();
    };
    await keep('Ebb');
    await page.getByText('Ebb is on this device.').waitFor();
    const usage = await page.evaluate(async () => (await navigator.storage.estimate()).usage ?? 0);
    const session = await page.context().newCDPSession(page);
    await session.send('Storage.overrideQuotaForOrigin', { origin: baseUrl, quotaSize: usage + 100_000 });
    await keep('Flow');
    await page.getByText('This browser has no more space for Clef.').waitFor();
    await page.goto(`${baseUrl}/kept`);
    const kept = (title: string) => page.locator('.device', { hasText: title });
    await kept('Flow').getByText('Not all of it is here.').waitFor();
    expect(await kept('Ebb').getByText('Not all of it is here.').count()).toBe(0);
    await page.context().setOffline(true);
    await kept('Ebb').getByRole('button', { name: 'Play' }).click();
    await reaches(page, 2);
  });

  it('plays on after its session has ended as far as it has music, then carries on where it was', async () => {
    const baseUrl = await listen();
    // What was fetched is heard in half the time.
    await page.goto(`${baseUrl}/settings`);
    await page.getByRole('slider', { name: 'Speed' }).press('End');
    await page.getByText('2 ×').waitFor();
    await playFromAlbum(page, baseUrl, 'Tides', 'Ebb');
    await reaches(page, 3);
    await elsewhere.call(routes.changePassword, { body: { current: WEB_PASSWORD, next: NEXT_PASSWORD } });
    const dialog = page.getByRole('dialog', { name: 'Sign in' });
    await dialog.waitFor();
    const { seconds: endedAt } = await shown(page);
    expect(await isPlaying()).toBe(true);
    await expect.poll(isPlaying, { timeout: 100_000 }).toBe(false);
    const { seconds: stoppedAt } = await shown(page);
    expect(stoppedAt).toBeGreaterThan(endedAt + 10);

    await dialog.getByLabel('Password').fill(NEXT_PASSWORD);
    await dialog.getByRole('button', { name: 'Sign in' }).click();
    await dialog.waitFor({ state: 'detached' });
    await expect.poll(isPlaying).toBe(true);
    expect((await shown(page)).seconds).toBeGreaterThanOrEqual(stoppedAt - 1);
    await reaches(page, stoppedAt + 4);
    expect(new URL(page.url()).pathname).toMatch(/^\/albums\/./);
    await page.getByRole('button', { name: 'Next', exact: true }).click();
    await isCurrent(page, 'Flow');
    await reaches(page, 1);
    await elsewhere.call(routes.changePassword, { body: { current: NEXT_PASSWORD, next: WEB_PASSWORD } });
  });

  it('stops, and says so, when it is refused a key, though no event told it that it was revoked', async () => {
    const baseUrl = await listen((page) => page.route('**/api/v1/events', (route) => route.abort()));
    await playFromAlbum(page, baseUrl, 'Tides', 'Ebb');
    await reaches(page, 2);
    const { devices } = await elsewhere.call(routes.devices, {});
    for (const { id } of devices) await elsewhere.call(routes.revokeDevice, { params: { id } });
    await seekTo(page, 0.9);
    await page.getByText('Sign in to go on').waitFor();
    expect(await isPlaying()).toBe(false);
    expect(new URL(page.url()).pathname).toBe('/sign-in');
  });
});
