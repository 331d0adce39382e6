import type { Page } from 'playwright-core';
import { isCurrent, seekTo, shown, signIn, WEB_PASSWORD } from '../web-player.ts';
import { expectSame, type Habit, until } from './habit.ts';
import { isPlaying, playFrom } from './playing.ts';
import { TRACK_SECONDS } from './world.ts';

export const comingBack: readonly Habit[] = [
  {
    name: 'after a reload in mid-song it stands where it was, to the second, and the first key plays on',
    async run(world) {
      const page = await world.newPage();
      await playFrom(world, page, 'Flow');
      await seekTo(page, 0.4);
      await isPlaying(page, true);
      // The music plays on until the page goes.
      await page.evaluate(() =>
        addEventListener('pagehide', () =>
          sessionStorage.setItem('left', document.querySelector('.player-centre .clock')?.textContent ?? ''),
        ),
      );
      await page.reload();
      const left = await page.evaluate(() => sessionStorage.getItem('left') ?? '');
      const [minutes = Number.NaN, seconds = Number.NaN] = left.split(':').map(Number);
      const leftSeconds = 60 * minutes + seconds;
      await isCurrent(page, 'Flow');
      const after = await until(
        'the clock is back',
        () => shown(page),
        ({ seconds }) => seconds > 0,
      );
      expectSame('it plays by itself', after.playing, false);
      const offSeconds = Math.abs(after.seconds - leftSeconds);
      if (!(offSeconds <= 1))
        throw new Error(`it came back at ${after.seconds} s, and was at ${leftSeconds} s`);
      await page.keyboard.press('Space');
      await isPlaying(page, true);
      const onSeconds = (await shown(page)).seconds;
      if (onSeconds < after.seconds || onSeconds > after.seconds + 10)
        throw new Error(`it played on at ${onSeconds} s`);
      await page.close();
      return { offSeconds };
    },
  },
  {
    name: 'of a track that is in the queue twice, the right one comes back: after a reload, and in another browser',
    async run(world) {
      const page = await world.newPage();
      await playFrom(world, page, 'Ebb');
      const row = page.locator('[role=row]', { hasText: 'Ebb' });
      await row.getByRole('button', { name: 'More for Ebb' }).click();
      await page.getByRole('menuitem', { name: 'Add to queue' }).click();
      await page.goto(`${world.address}/now`);
      await queueIs(page, 4);
      const rows = page.locator('.ordered-row');
      await rows.last().click();
      await page.locator('.ordered-row.is-playing').waitFor();
      await page.keyboard.press('Enter');
      await placeIs(page, 3);
      await seekTo(page, 0.3);
      await isPlaying(page, true);

      await page.reload();
      await placeIs(page, 3);
      await until(
        'the clock is back',
        () => shown(page),
        ({ seconds }) => seconds >= 0.3 * TRACK_SECONDS,
      );
      await page.goto('about:blank');
      const elsewhere = await (await world.newBrowser()).newPage();
      await signIn(elsewhere, world.address, { username: world.username, password: WEB_PASSWORD });
      await elsewhere.goto(`${world.address}/now`);
      await placeIs(elsewhere, 3);
      await elsewhere.context().close();
      await page.close();
    },
  },
];

async function queueIs(page: Page, count: number): Promise<void> {
  await until(
    'the queue',
    () => page.locator('.ordered-row').count(),
    (now) => now === count,
  );
}

/** Waits until the current one is this of the queue. */
async function placeIs(page: Page, place: number): Promise<void> {
  const look = () =>
    page.locator('.ordered-row').evaluateAll((rows) => rows.findIndex((row) => row.matches('.is-playing')));
  await until(`number ${place} of the queue is current`, look, (now) => now === place);
}
