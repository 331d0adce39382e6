import { addresses } from './addresses.ts';
import { back } from './back.ts';
import { comingBack } from './coming-back.ts';
import type { Habit } from './habit.ts';
import { keys } from './keys.ts';
import { tabs } from './tabs.ts';

export type { Habit } from './habit.ts';
export { playFrom } from './playing.ts';
export { type HabitWorld, makeAlbum, openHabitWorld, TRACK_SECONDS } from './world.ts';

/** Each of an account of its own. */
export const lanes: Readonly<Record<string, readonly Habit[]>> = {
  addresses,
  keys,
  'coming-back': comingBack,
  tabs,
  back,
};
/** Those that press the desktop's keys, which reach one browser alone. */
export { mediaKeys } from './media-keys.ts';
/** Those that depend on the path that Clef is served under. */
export const habitsOfPaths: readonly Habit[] = [...addresses, ...back.slice(0, 1)];
