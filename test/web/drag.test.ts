import type { Locator, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { routes } from '../../src/api/index.ts';
import { webAddresses } from '../support/web-addresses.ts';
import { playFromAlbum, signIn, visit } from '../support/web-player.ts';
import { openWebWorld } from '../support/web-world.ts';

it('playlist and queue take the order into which a mouse drags them', {
  timeout: 180_000,
}, async (context) => {
  await using world = await openWebWorld(context);
  const { api, baseUrl } = world;
  await webAddresses(api);
  const page = await world.newPage();
  await signIn(page, baseUrl);

  await visit(page, `${baseUrl}/playlists`);
  await page.getByRole('link', { name: 'For the train' }).click();
  const playlist = page.getByRole('grid');
  await expect.poll(() => titles(playlist)).toEqual(['Departure', 'Slow water', 'Half the sky']);
  await drag(page, playlist, 0, 1);
  await expect.poll(() => titles(playlist)).toEqual(['Slow water', 'Departure', 'Half the sky']);
  const { playlists } = await api.call(routes.playlists, {});
  const id = playlists.find(({ name }) => name === 'For the train')?.id ?? '';
  await expect
    .poll(async () => (await api.call(routes.playlist, { params: { id } })).tracks.map(({ title }) => title))
    .toEqual(['Slow water', 'Departure', 'Half the sky']);

  await playFromAlbum(page, baseUrl, 'Harbour Lights', 'Departure');
  await page.getByRole('link', { name: 'Queue' }).click();
  const queue = page.getByRole('grid', { name: 'Queue' });
  await expect
    .poll(async () => (await titles(queue)).slice(0, 3))
    .toEqual(['Departure', 'Slow water', 'Half the sky']);
  await drag(page, queue, 2, 1);
  await expect
    .poll(async () => (await titles(queue)).slice(0, 3))
    .toEqual(['Departure', 'Half the sky', 'Slow water']);
});

function titles(list: Locator): Promise<string[]> {
  return list.locator('.row-title').allTextContents();
}

/** From the middle of a row to the far side of another, by way of what lies between. */
async function drag(page: Page, list: Locator, from: number, to: number): Promise<void> {
  const [start, end] = await Promise.all(
    [from, to].map((row) => list.getByRole('row').nth(row).boundingBox()),
  );
  if (!start || !end) throw new Error('there is no such row');
  const x = start.x + 60;
  const startY = start.y + start.height / 2;
  const endY = to > from ? end.y + end.height - 4 : end.y + 4;
  await page.mouse.move(x, startY);
  await page.mouse.down();
  await page.mouse.move(x, endY, { steps: 10 });
  await page.mouse.up();
}
