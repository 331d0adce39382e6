import { isCurrent, shown } from '../web-player.ts';
import { expectSame, type Habit } from './habit.ts';
import { isPlaying, playFrom } from './playing.ts';

export const tabs: readonly Habit[] = [
  {
    name: 'of two tabs the one plays that was asked last; the other pauses, and says why',
    async run(world) {
      const one = await world.newPage();
      await playFrom(world, one, 'Ebb');
      const other = await world.newPage();
      // The notice goes by itself.
      const told = one.getByText('Another tab plays now').waitFor({ timeout: 60_000 });
      await Promise.all([told, playFrom(world, other, 'Slack')]);
      await isPlaying(one, false);
      await isPlaying(other, true);
      await isCurrent(one, 'Ebb');
      await one.bringToFront();
      await one.keyboard.press('Space');
      await isPlaying(one, true);
      await isPlaying(other, false);
      await other.close();
      await one.close();
    },
  },
  {
    name: 'a tab that paused long ago does not overwrite, as it closes, what another one plays',
    async run(world) {
      const old = await world.newPage();
      await playFrom(world, old, 'Ebb');
      const current = await world.newPage();
      await playFrom(world, current, 'Slack');
      await isPlaying(old, false);
      const saved = () => current.evaluate(() => localStorage.getItem('clef.queue') ?? '');
      // What the pause changed is saved by then.
      await old.waitForTimeout(3_000);
      await old.close({ runBeforeUnload: true });
      await isPlaying(current, true);
      const { currentIndex } = JSON.parse(await saved()) as { currentIndex: number };
      expectSame('the place in the queue', currentIndex, 2);
      await current.reload();
      await isCurrent(current, 'Slack');
      expectSame('it plays by itself', (await shown(current)).playing, false);
      await current.close();
    },
  },
];
