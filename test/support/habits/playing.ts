import type { Page } from 'playwright-core';
import { isCurrent, shown } from '../web-player.ts';
import { until } from './habit.ts';
import type { HabitWorld } from './world.ts';

/** Opens the album, plays it from the track with this title on, and waits until it is heard. */
export async function playFrom({ address, tracks }: HabitWorld, page: Page, title: string): Promise<void> {
  await page.goto(`${address}/albums/${tracks[0]?.albumId}`);
  await page.locator('[role=row]', { hasText: title }).dblclick();
  await isCurrent(page, title);
  await isPlaying(page, true);
}

/** Waits for it; where it is to play, until the clock has moved. */
export async function isPlaying(page: Page, wanted: boolean): Promise<void> {
  // The bar with the clock is loaded after the page, and the system may hear of the music before.
  const { seconds } = await until(
    wanted ? 'it plays' : 'it pauses',
    () => shown(page),
    (now) => now.playing === wanted && (!wanted || Number.isFinite(now.seconds)),
  );
  if (!wanted) return;
  await until(
    'the clock goes on',
    () => shown(page),
    (now) => now.seconds > seconds && !now.waiting,
  );
}
