import type { Page } from 'playwright-core';
import { isCurrent, shown } from '../web-player.ts';
import { expectSame, type Habit, until } from './habit.ts';
import { isPlaying, playFrom } from './playing.ts';
import type { HabitWorld } from './world.ts';

export const tabs: readonly Habit[] = [
  {
    name: 'two tabs are in step: the one that played is heard, the other shows and steers the same music',
    async run(world) {
      const one = await world.newPage();
      await playFrom(world, one, 'Ebb');
      const other = await world.newPage();
      await choose(world, other, 'Slack');
      await isCurrent(one, 'Slack');
      await isPlaying(one, true);
      expectSame('the other is heard', (await shown(other)).playing, false);
      await other.bringToFront();
      await other.keyboard.press('Space');
      await isPlaying(one, false);
      await one.bringToFront();
      await one.keyboard.press('Space');
      await isPlaying(one, true);
      await other.close();
      await isPlaying(one, true);
      await one.close();
    },
  },
  {
    name: 'the tab that is heard takes its sound with it as it closes, and the other plays on from there',
    async run(world) {
      const one = await world.newPage();
      await playFrom(world, one, 'Flow');
      const other = await world.newPage();
      await other.goto(world.address);
      await isCurrent(other, 'Flow');
      const { seconds } = await shown(one);
      await one.close({ runBeforeUnload: true });
      await other.locator('.player-centre').getByRole('button', { name: 'Play', exact: true }).waitFor();
      await other.keyboard.press('Space');
      await isPlaying(other, true);
      await isCurrent(other, 'Flow');
      const { seconds: after } = await shown(other);
      if (after < seconds || after > seconds + 10)
        throw new Error(`it went on at ${after} s, from ${seconds} s`);
      await other.reload();
      await isCurrent(other, 'Flow');
      expectSame('it plays by itself', (await shown(other)).playing, false);
      await other.close();
    },
  },
];

/** As a person does it whose sound comes from another tab. */
async function choose({ address, tracks }: HabitWorld, page: Page, title: string): Promise<void> {
  await page.goto(`${address}/albums/${tracks[0]?.albumId}`);
  await page.locator('[role=row]', { hasText: title }).dblclick();
  await isCurrent(page, title);
  await until(
    'the button says that it plays',
    () => page.locator('.player-centre').getByRole('button', { name: 'Pause', exact: true }).count(),
    (count) => count === 1,
  );
}
