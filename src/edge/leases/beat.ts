import * as v from 'valibot';
import { SERVER_NAME } from '../membership.ts';

/** What a server says of itself. `gone`: it has ended in order, and is not to be waited for. */
export const beat = v.object({
  name: v.pipe(v.string(), v.regex(SERVER_NAME)),
  // It goes into configurations of proxies: nothing but what names and addresses have.
  host: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9.:-]{0,252}$/i)),
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
  state: v.picklist(['ready', 'draining', 'gone']),
  version: v.pipe(v.string(), v.maxLength(64)),
  /** Of one process: two servers of one name are told apart by it. */
  processId: v.pipe(v.string(), v.maxLength(64)),
  streams: v.pipe(v.number(), v.integer(), v.minValue(0)),
  sockets: v.pipe(v.number(), v.integer(), v.minValue(0)),
});

export type Beat = v.InferOutput<typeof beat>;

/** What a server is asked that is to empty itself: how long its streams may go on. */
export const drainAsked = v.object({
  withinMs: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(86_400_000)),
});

/** Between two beats. */
export const BEAT_MS = 2_000;
/** Who was silent for so long is gone. */
export const LEASE_MS = 10_000;
