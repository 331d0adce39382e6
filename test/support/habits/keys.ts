import type { Page } from 'playwright-core';
import { isCurrent, shown } from '../web-player.ts';
import { expectSame, type Habit, until } from './habit.ts';
import { isPlaying, playFrom } from './playing.ts';

/** What the page of shortcuts says of the keys that steer the player. */
const SHORTCUTS = {
  'Play or pause': 'Space',
  'Back or on 5 seconds': '← →',
  'Previous or next track': '⇧ ← →',
  'Louder or quieter': '⇧ ↑ ↓',
  Mute: 'M',
} as const;

export const keys: readonly Habit[] = [
  {
    name: 'space pauses and plays, and so it does where a link has the focus',
    async run(world) {
      const page = await world.newPage();
      await playFrom(world, page, 'Ebb');
      await blur(page);
      for (const wanted of [false, true]) {
        await page.keyboard.press('Space');
        await isPlaying(page, wanted);
      }
      await page.locator('.player-bar .now-title').focus();
      await page.keyboard.press('Space');
      await isPlaying(page, false);
      await page.close();
    },
  },
  {
    name: 'space in a text field is a space, and on a button presses that button',
    async run(world) {
      const page = await world.newPage();
      await playFrom(world, page, 'Ebb');
      await page.keyboard.press('/');
      await page.locator('#search-field:focus').waitFor();
      await page.keyboard.type('ebb tide');
      expectSame('the field', await page.locator('#search-field').inputValue(), 'ebb tide');
      await isPlaying(page, true);
      const mute = page.locator('.player-side').getByRole('button', { name: 'Mute', exact: true });
      await mute.focus();
      await page.keyboard.press('Space');
      await page.getByRole('button', { name: 'Unmute' }).waitFor();
      await isPlaying(page, true);
      await page.keyboard.press('m');
      await mute.waitFor();
      await page.close();
    },
  },
  {
    name: 'arrows seek by five seconds, with shift they change track and volume, as the page of shortcuts says',
    async run(world) {
      const page = await world.newPage();
      await playFrom(world, page, 'Flow');
      await blur(page);
      await page.keyboard.press('?');
      await page.locator('.keys-row').first().waitFor();
      const said = await page
        .locator('.keys-row')
        .evaluateAll((rows) =>
          rows.map((row) => [row.querySelector('dt')?.textContent, row.querySelector('dd')?.textContent]),
        );
      const table = Object.fromEntries(said) as Record<string, string>;
      for (const [action, wanted] of Object.entries(SHORTCUTS)) expectSame(action, table[action], wanted);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });

      // Paused, the clock moves by what was pressed alone.
      await page.keyboard.press('Space');
      await isPlaying(page, false);
      const seconds = await restingClock(page);
      for (let press = 0; press < 4; press++) await page.keyboard.press('ArrowRight');
      await clockIs(page, seconds + 20);
      await page.keyboard.press('ArrowLeft');
      await clockIs(page, seconds + 15);

      const volume = await volumeOf(page);
      await page.keyboard.press('Shift+ArrowDown');
      await until(
        'the volume',
        () => volumeOf(page),
        (now) => now === volume - 5,
      );
      await page.keyboard.press('Shift+ArrowUp');
      await until(
        'the volume',
        () => volumeOf(page),
        (now) => now === volume,
      );
      await page.keyboard.press('m');
      await until(
        'the volume',
        () => volumeOf(page),
        (now) => now === 0,
      );
      await page.keyboard.press('m');

      await page.keyboard.press('Shift+ArrowRight');
      await isCurrent(page, 'Slack');
      await page.keyboard.press('Shift+ArrowLeft');
      await isCurrent(page, 'Flow');
      await page.close();
    },
  },
  {
    name: 'arrows on a slider move that slider and nothing else',
    async run(world) {
      const page = await world.newPage();
      await playFrom(world, page, 'Ebb');
      await blur(page);
      await page.keyboard.press('Space');
      await isPlaying(page, false);
      const [volume, seconds] = [await volumeOf(page), await restingClock(page)];
      await page.getByRole('slider', { name: 'Volume' }).focus();
      await page.keyboard.press('ArrowLeft');
      await until(
        'the volume',
        () => volumeOf(page),
        (now) => now === volume - 1,
      );
      expectSame('the clock', (await shown(page)).seconds, seconds);
      await page.getByRole('slider', { name: 'Position' }).focus();
      for (let press = 0; press < 3; press++) await page.keyboard.press('ArrowRight');
      await clockIs(page, seconds + 3);
      expectSame('the volume', await volumeOf(page), volume - 1);
      await page.keyboard.press('Space');
      await isPlaying(page, true);
      await page.close();
    },
  },
];

/** The page itself has the focus, as after a click beside everything. */
function blur(page: Page): Promise<void> {
  return page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
}

/** Of a player that has paused: the clock is drawn some times a second. */
async function restingClock(page: Page): Promise<number> {
  let before = Number.NaN;
  const { seconds } = await until(
    'the clock rests',
    async () => {
      before = (await shown(page)).seconds;
      await page.waitForTimeout(500);
      return shown(page);
    },
    (now) => now.seconds === before,
  );
  return seconds;
}

async function clockIs(page: Page, seconds: number): Promise<void> {
  await until(
    `the clock is at ${seconds}`,
    () => shown(page),
    (now) => Math.abs(now.seconds - seconds) <= 1,
  );
}

async function volumeOf(page: Page): Promise<number> {
  return Number(await page.getByRole('slider', { name: 'Volume' }).inputValue());
}
