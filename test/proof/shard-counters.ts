import { setTimeout as wait } from 'node:timers/promises';
import { isClefError, type UserId } from '../../src/core/index.ts';
import type { ClefOnShards } from './shard-load.ts';

const COUNT_EVERY_MS = 10;
const READ_EVERY_MS = 20;

/** A row of a listener's that one writer counts up, and whoever reads it knows what it must say at least. */
export interface Counter {
  readonly user: UserId;
  /** The last number that was asked for, and the last that was told as written. */
  asked: number;
  acknowledged: number;
}

/** What a writer or a reader of a counter was told. */
export interface Told {
  readonly user: UserId;
  readonly atMs: number;
  readonly tookMs: number;
  /** `done`, or what is wrong. */
  readonly told: string;
}

interface Using {
  readonly counter: Counter;
  readonly signal: AbortSignal;
  readonly record: (told: Told) => void;
}

/** Over one Clef and the next in turns, so that each has to see what the other wrote. */
export async function countUp(
  clefs: readonly ClefOnShards[],
  { counter, signal, record }: Using,
): Promise<void> {
  const { user } = counter;
  for (let turn = 0; !signal.aborted; turn++) {
    const { catalog } = clefs[turn % clefs.length] as ClefOnShards;
    const number = ++counter.asked;
    await timed(user, record, async () => {
      await catalog.savePlayQueue(user, { trackIds: [], positionMs: number, changedBy: 'proof' });
      counter.acknowledged = number;
      return 'done';
    });
    await wait(COUNT_EVERY_MS);
  }
}

/** What was acknowledged before a read begins, it has to see. */
export async function readCounter(
  { catalog }: ClefOnShards,
  { counter, signal, record }: Using,
): Promise<void> {
  while (!signal.aborted) {
    const least = counter.acknowledged;
    await timed(counter.user, record, async () => {
      const position = (await catalog.playQueue(counter.user))?.positionMs ?? 0;
      if (position < least) return position === 0 ? 'missing' : 'old';
      return position > counter.asked ? 'never asked for' : 'done';
    });
    await wait(READ_EVERY_MS);
  }
}

async function timed(user: UserId, record: Using['record'], ask: () => Promise<string>): Promise<void> {
  const atMs = performance.now();
  const told = await ask().catch((error: unknown) => (isClefError(error) ? error.code : String(error)));
  record({ user, atMs, tookMs: performance.now() - atMs, told });
}

const WRONG: ReadonlySet<string> = new Set(['missing', 'old', 'never asked for']);

/** Of reads: an answer, which is not what is there. */
export function isWrong({ told }: Told): boolean {
  return WRONG.has(told);
}
