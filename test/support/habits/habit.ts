import { setTimeout as delay } from 'node:timers/promises';
import type { HabitWorld } from './world.ts';

/** Something that people do without thinking, and what must come of it. */
export interface Habit {
  readonly name: string;
  /** Throws where it failed; answers figures worth showing. */
  run(world: HabitWorld): Promise<Readonly<Record<string, unknown>> | void>;
}

const LOOK_EVERY_MS = 50;
const PATIENCE_MS = 20_000;

/** Looks until it is so, and answers what was seen; gives up with what was seen last. */
export async function until<Seen>(
  what: string,
  look: () => Promise<Seen>,
  isSo: (seen: Seen) => boolean,
): Promise<Seen> {
  const endMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (isSo(seen)) return seen;
    if (performance.now() > endMs) throw new Error(`${what}: ${JSON.stringify(seen)}`);
    await delay(LOOK_EVERY_MS);
  }
}

export function expectSame<T>(what: string, got: T, wanted: T): void {
  if (got !== wanted) throw new Error(`${what}: got ${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`);
}
