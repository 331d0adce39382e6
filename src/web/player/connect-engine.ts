import type { Engine } from '../engine/port.ts';

/** Loads what makes sound; after the page, since nothing plays before the first gesture. */
export async function connectEngine(): Promise<Engine> {
  throw new Error('no engine');
}
