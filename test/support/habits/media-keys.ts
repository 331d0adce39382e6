import { setTimeout as delay } from 'node:timers/promises';
import type { SessionBus } from '../session-bus.ts';
import { isCurrent, seekTo, shown } from '../web-player.ts';
import { expectSame, type Habit, until } from './habit.ts';
import { isPlaying, playFrom } from './playing.ts';
import { ALBUM, ARTIST, TRACK_SECONDS } from './world.ts';

/** Longer than the engine lets its audio contexts idle. */
const LONG_PAUSE_MS = 35_000;

export const mediaKeys: readonly Habit[] = [
  {
    name: 'media keys pause, play, and go to the next and the previous track; the system shows what plays, and where',
    async run(world) {
      const { bus } = world;
      const page = await world.newPage();
      await playFrom(world, page, 'Flow');
      await showsTitle(bus, 'Flow');
      const display = await bus.display();
      expectSame('album', display.album, ALBUM);
      expectSame('artist', display.artist, ARTIST);
      await seekTo(page, 0.5);
      await isPlaying(page, true);
      const { seconds } = await until(
        'the system shows the place',
        () => bus.display(),
        (now) => Math.abs(now.seconds - TRACK_SECONDS / 2) < 6,
      );
      const offSeconds = Math.abs(seconds - (await shown(page)).seconds);
      if (offSeconds > 2) throw new Error(`the system's place is off by ${offSeconds} s`);

      await bus.press('PlayPause');
      await isPlaying(page, false);
      await until(
        'the system shows a pause',
        () => bus.display(),
        ({ status }) => status === 'Paused',
      );
      await bus.press('PlayPause');
      await isPlaying(page, true);
      await bus.press('Next');
      await isCurrent(page, 'Slack');
      await showsTitle(bus, 'Slack');
      await bus.press('Previous');
      await isCurrent(page, 'Flow');
      await isPlaying(page, true);
      await page.close();
      return { placeOffSeconds: offSeconds };
    },
  },
  {
    name: 'media keys play again after a pause in which the sound device went to sleep',
    isLong: true,
    async run(world) {
      const page = await world.newPage();
      await playFrom(world, page, 'Ebb');
      await world.bus.press('PlayPause');
      await isPlaying(page, false);
      await delay(LONG_PAUSE_MS);
      await world.bus.press('PlayPause');
      await isPlaying(page, true);
      await page.close();
    },
  },
];

async function showsTitle(bus: SessionBus, title: string): Promise<void> {
  await until(
    `the system shows ${title}`,
    () => bus.display(),
    (now) => now.title === title,
  );
}
