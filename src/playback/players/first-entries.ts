import { emptyState, fold, type LogEntry } from '../session/index.ts';
import { type QueueWish, stepToQueue } from './queue-steps.ts';

/** Names who hands it over, in every session the same: what one server has taken over no other takes over again. */
const INSTANCE_ID = 'saved-queue-----';
const CLOCK_ID = 'saved-queue';

export interface FirstQueue extends Omit<QueueWish, 'isPlaceExact'> {
  readonly changedBy: string;
  /** Time of day. */
  readonly changedAtMs: number;
}

/** What a session's log begins with where a queue was saved before there were sessions. */
export function firstEntries({
  changedBy: by,
  changedAtMs: atMs,
  ...place
}: FirstQueue): readonly LogEntry[] {
  const wish = { ...place, isPlaceExact: true };
  const entries: LogEntry[] = [];
  let state = emptyState('');
  for (;;) {
    const action = stepToQueue(state, wish);
    if (!action) return entries;
    const seq = entries.length + 1;
    const entry = { atMs, clockId: CLOCK_ID, by, command: { cmdId: `${INSTANCE_ID}.${seq}`, action } };
    entries.push(entry);
    state = fold(state, { seq, ...entry }).state;
  }
}
