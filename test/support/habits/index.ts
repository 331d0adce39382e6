import { addresses } from './addresses.ts';
import { back } from './back.ts';
import { comingBack } from './coming-back.ts';
import type { Habit } from './habit.ts';
import { keys } from './keys.ts';
import { mediaKeys } from './media-keys.ts';
import { tabs } from './tabs.ts';

export type { Habit } from './habit.ts';
export { playFrom } from './playing.ts';
export { type HabitWorld, openHabitWorld, TRACK_SECONDS } from './world.ts';

export const habits: readonly Habit[] = [
  ...keys,
  ...mediaKeys,
  ...back,
  ...comingBack,
  ...addresses,
  ...tabs,
];
/** Those that depend on the path that Clef is served under. */
export const habitsOfPaths: readonly Habit[] = [...addresses, ...back.slice(0, 1)];
