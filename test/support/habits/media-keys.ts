import { setTimeout as delay } from 'node:timers/promises';
import type { SessionBus } from '../session-bus.ts';
import { isCurrent, seekTo, shown } from '../web-player.ts';
import { expectSame, type Habit, until } from './habit.ts';
import { isPlaying, playFrom } from './playing.ts';
import { ALBUM, ARTIST, TRACK_SECONDS } from './world.ts';

/** Chromium forgets a silent page without media element after 2 s; the engine's audio contexts sleep after 30 s. */
const SMALL_PAUSES_MS = [5_000];
const PAUSES_MS = [5_000, 35_000, 600_000];

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
      // Some seconds into a track, the key would lead back to its beginning first.
      await seekTo(page, 0);
      await bus.press('Previous');
      await isCurrent(page, 'Flow');
      await isPlaying(page, true);
      await page.close();
      return { placeOffSeconds: offSeconds };
    },
  },
  {
    name: 'media keys play again after a pause of any length, and the system shows meanwhile what is paused',
    async run(world) {
      const { bus, isSmall } = world;
      const page = await world.newPage();
      await playFrom(world, page, 'Ebb');
      const pausesMs = isSmall ? SMALL_PAUSES_MS : PAUSES_MS;
      for (const pauseMs of pausesMs) {
        await bus.press('PlayPause');
        await isPlaying(page, false);
        await delay(pauseMs);
        expectSame('the system shows a pause', (await bus.display()).status, 'Paused');
        await showsTitle(bus, 'Ebb');
        await bus.press('PlayPause');
        await isPlaying(page, true);
      }
      await page.close();
      return { pausesMs };
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
