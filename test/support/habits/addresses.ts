import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { WEB_PASSWORD } from '../web-player.ts';
import { expectSame, type Habit, until } from './habit.ts';
import { isPlaying } from './playing.ts';
import { ALBUM, type HabitWorld, OTHER_ACCOUNT } from './world.ts';

/** Of those that are opened in small; under a path, others than without. */
const EVERY_PLACE = 6;

const ROUTES = join(import.meta.dirname, '../../../src/web/app/routes.tsx');

export const addresses: readonly Habit[] = [
  {
    name: 'every page opens at its own address',
    async run(world) {
      const page = await world.newPage();
      await page.goto(world.address);
      const places = await placesOf(world, page);
      const first = world.basePath === '' ? 0 : EVERY_PLACE / 2;
      const opened = places.filter((_, index) => !world.isSmall || index % EVERY_PLACE === first);
      for (const place of opened) {
        await page.goto(world.address + place);
        await isThere(page, world, place);
      }
      await page.close();
      return { pages: opened.length };
    },
  },
  {
    name: 'who is not signed in signs in, and is then where the address led',
    async run(world) {
      const signedIn = await world.newPage();
      await signedIn.goto(world.address);
      const places = await placesOf(world, signedIn);
      await signedIn.close();
      const page = await (await world.newBrowser()).newPage();
      for (const place of places.slice(world.isSmall ? -3 : 0)) {
        await page.context().clearCookies();
        await page.goto(world.address + place);
        await fillIn(page, world.username);
        await isThere(page, world, place);
      }
      await page.context().close();
    },
  },
  {
    name: 'an address that was copied shows another person the same album',
    async run(world) {
      const page = await world.newPage();
      await page.goto(`${world.address}/albums/${world.tracks[0]?.albumId}`);
      await page
        .locator('main')
        .getByRole('button', { name: `More for ${ALBUM}` })
        .click();
      await page.getByRole('menuitem', { name: 'Copy page address' }).click();
      await page.getByText('Address copied').waitFor();
      const address = await page.evaluate(() => navigator.clipboard.readText());
      expectSame('the address', address, page.url());
      const elsewhere = await (await world.newBrowser()).newPage();
      await elsewhere.goto(address);
      await fillIn(elsewhere, OTHER_ACCOUNT);
      await elsewhere.getByRole('heading', { name: ALBUM, level: 1 }).waitFor();
      await elsewhere.locator('[role=row]', { hasText: 'Slack' }).dblclick();
      await isPlaying(elsewhere, true);
      await elsewhere.context().close();
      await page.close();
    },
  },
];

/** An address for each route of the player, with something behind it. */
async function placesOf({ basePath, tracks: [track] }: HabitWorld, page: Page): Promise<string[]> {
  const id = await page.evaluate(
    async ([address, trackId]) => {
      const made = await fetch(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-clef-request': '1' },
        body: JSON.stringify({ name: 'Low water', trackIds: [trackId] }),
      });
      return ((await made.json()) as { id: string }).id;
    },
    [`${basePath}/api/v1/playlists`, track?.id] as const,
  );
  const values: Record<string, string | undefined> = {
    $albumId: track?.albumId,
    $artistId: track?.artists[0]?.id,
    $genre: 'Ambient',
    $playlistId: id,
    $trackId: track?.id,
  };
  const routes = [...(await readFile(ROUTES, 'utf8')).matchAll(/^ {2}path: '([^']+)'/gm)];
  const places = routes.flatMap(([, path = '']) =>
    path === '/sign-in' ? [] : [path.replace(/\$\w+/, (name) => values[name] ?? `nothing for ${name}`)],
  );
  return [...places, '/search?q=ebb', '/albums?order=recent'];
}

async function isThere(page: Page, { address }: HabitWorld, place: string): Promise<void> {
  const wanted = (address + place).replace(/\/$/, '');
  await until(
    `the address of ${place}`,
    async () => page.url(),
    (url) => url.replace(/\/$/, '') === wanted,
  );
  await page.locator('main h1').first().waitFor();
  const failed = await page.getByText(/Nothing lives here|This page broke/).count();
  expectSame(`${place} shows a fault`, failed, 0);
}

async function fillIn(page: Page, username: string): Promise<void> {
  await page.locator('input[name=username]').fill(username);
  await page.locator('input[name=password]').fill(WEB_PASSWORD);
  await page.locator('button[type=submit]').click();
}
