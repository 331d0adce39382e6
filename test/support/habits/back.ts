import { expectSame, type Habit } from './habit.ts';
import { isPlaying, playFrom } from './playing.ts';

export const back: readonly Habit[] = [
  {
    name: 'back and forward change the page, and the music goes on',
    async run(world) {
      const page = await world.newPage();
      await playFrom(world, page, 'Ebb');
      const album = page.url();
      await page.getByRole('link', { name: 'Artists', exact: true }).first().click();
      await page.waitForURL('**/artists');
      await page.goBack();
      await page.waitForURL(album);
      await page.locator('[role=row]', { hasText: 'Ebb' }).waitFor();
      await isPlaying(page, true);
      await page.goForward();
      await page.waitForURL('**/artists');
      await isPlaying(page, true);
      await page.close();
    },
  },
  {
    name: 'on a phone, back closes a menu, then the player, and only then goes back a page',
    async run(world) {
      const page = await world.newPage({ phone: true });
      await playFrom(world, page, 'Ebb');
      const album = page.url();
      await page.locator('.tabs').getByRole('link', { name: 'Albums' }).click();
      await page.waitForURL('**/albums');
      const albums = page.url();
      await page.getByRole('button', { name: 'Open player' }).click();
      const sheet = page.locator('.sheet');
      await sheet.getByRole('button', { name: /^More/ }).click();
      const menu = page.getByRole('menu');
      await menu.waitFor();
      await page.evaluate(() => history.back());
      await menu.waitFor({ state: 'detached' });
      expectSame('the player is open', await sheet.isVisible(), true);
      await page.evaluate(() => history.back());
      await sheet.waitFor({ state: 'detached' });
      await page.waitForURL(albums);
      await isPlaying(page, true);
      await page.evaluate(() => history.back());
      await page.waitForURL(album);
      await isPlaying(page, true);
      await page.close();
    },
  },
  {
    name: 'on a phone, a way to another page out of the open player or a dialog leads there, with nothing over it',
    async run(world) {
      const page = await world.newPage({ phone: true });
      await playFrom(world, page, 'Ebb');
      await page.getByRole('button', { name: 'Open player' }).click();
      await page.locator('.sheet').getByRole('button', { name: /^More/ }).click();
      await page.getByRole('menuitem', { name: 'Go to artist' }).click();
      await page.waitForURL('**/artists/*');
      await page.locator('.sheet').waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'More', exact: true }).last().click();
      await page.getByRole('dialog').getByRole('link', { name: 'Genres' }).click();
      await page.waitForURL('**/genres');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await isPlaying(page, true);
      await page.goBack();
      await page.waitForURL('**/artists/*');
      await page.close();
    },
  },
];
