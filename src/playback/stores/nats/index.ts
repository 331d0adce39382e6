import type { NatsAddress } from '../../../nats/index.ts';
import type { LogClock, Neighbours, SessionLog, SnapshotStore } from '../../session/index.ts';
import { NatsLink } from './link.ts';
import { createNatsLog } from './log.ts';
import { createNatsNeighbours } from './neighbours.ts';
import { SharedClock } from './shared-clock.ts';
import { createNatsSnapshots } from './snapshots.ts';

export interface NatsOptions {
  readonly address: NatsAddress;
  /** Begins every subject; the stream is named after it. */
  readonly prefix?: string;
  readonly patienceMs?: number;
  /** Of this process: 16 characters that no other one has. */
  readonly processId: string;
  readonly newClockId: () => string;
  readonly timeOfDayMs: () => number;
  readonly monotonicMs: () => number;
  /** This process cannot go on with what it has. */
  readonly onFailure: (error: unknown) => void;
}

/** Everything that several servers of playback sessions share. */
export interface NatsStores extends AsyncDisposable {
  readonly log: SessionLog;
  readonly snapshots: SnapshotStore;
  readonly clock: LogClock;
  readonly neighbours: Neighbours;
}

const PATIENCE_MS = 20_000;

/** Throws `log-unfit` for a NATS that cannot do what is needed, `log-unreachable` for one that does not answer in time. */
export async function openNatsStores(options: NatsOptions): Promise<NatsStores> {
  const { address, prefix = 'clef', patienceMs = PATIENCE_MS, onFailure } = options;
  await using stack = new AsyncDisposableStack();
  const link = stack.use(await NatsLink.open({ address, prefix, patienceMs }));
  const log = stack.use(createNatsLog(link, { onFailure }));
  const clock = stack.use(await SharedClock.open(link, options));
  const owned = stack.move();
  return {
    log,
    snapshots: createNatsSnapshots(link),
    clock,
    neighbours: createNatsNeighbours(link),
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}
