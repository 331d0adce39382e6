import { type Counter, countUp, readCounter, type Told } from './shard-counters.ts';
import type { ClefOnShards, ShardLoadWorld } from './shard-load.ts';
import { type Attempt, startWriters } from './shard-writers.ts';

/** What is asked of shards by all who write to them and read what they wrote, until they are ended. */
export interface ShardUse {
  readonly attempts: readonly Attempt[];
  readonly counted: readonly Told[];
  readonly reads: readonly Told[];
  readonly end: () => Promise<void>;
  /** Of those whose last count was acknowledged, and is not there. */
  readonly countersLost: () => Promise<number>;
}

export interface ShardUseOptions {
  readonly seed: number;
  /** Who reads something else besides, for each server of Clef. */
  readonly readers?: (
    clef: ClefOnShards,
    by: { readonly signal: AbortSignal; readonly record: (told: Told) => void },
  ) => Promise<void>;
}

/** Over all Spider nodes: writers of all kinds, a counter for each data node, and its readers. Ends with the stack, too. */
export function useShards(
  stack: AsyncDisposableStack,
  { clefs, source, users }: ShardLoadWorld,
  { seed, readers }: ShardUseOptions,
): ShardUse {
  const stop = new AbortController();
  const { signal } = stop;
  const attempts: Attempt[] = [];
  const counted: Told[] = [];
  const reads: Told[] = [];
  const record = (told: Told) => void reads.push(told);
  const counters = users.map((user): Counter => ({ user, asked: 0, acknowledged: 0 }));
  const running = [
    ...startWriters(clefs, { seed, users, source, signal, record: (one) => attempts.push(one) }),
    ...counters.flatMap((counter) => [
      countUp(clefs, { counter, signal, record: (told) => void counted.push(told) }),
      ...clefs.map((clef) => readCounter(clef, { counter, signal, record })),
    ]),
    ...(readers ? clefs.map((clef) => readers(clef, { signal, record })) : []),
  ];
  const end = async () => {
    stop.abort();
    await Promise.all(running);
  };
  // Where something fails they would use what is closed then.
  stack.defer(end);
  return {
    attempts,
    counted,
    reads,
    end,
    async countersLost() {
      const [{ catalog }] = clefs as [ClefOnShards];
      let lost = 0;
      for (const { user, acknowledged } of counters)
        if (((await catalog.playQueue(user))?.positionMs ?? 0) < acknowledged) lost++;
      return lost;
    },
  };
}
