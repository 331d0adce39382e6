/** A file behind a URL. */
export interface Target {
  /** Path and query. */
  readonly path: string;
  readonly lengthBytes: number;
  /** Of requests, each with its end of line. */
  readonly headers?: string;
}

interface Job {
  readonly port: number;
  readonly targets: readonly Target[];
  readonly connections: number;
  readonly durationMs: number;
}

/** Connections that ask for one random range after another. */
export interface RangeJob extends Job {
  readonly kind: 'ranges';
  readonly rangeBytes: number;
}

/** Listeners that play at a fixed rate, each on a connection of its own. */
export interface ListenJob extends Job {
  readonly kind: 'listen';
  readonly bytesPerSecond: number;
  /** Over which the listeners come, evenly. */
  readonly rampMs: number;
  /** Asked for one after the other; undefined: the whole file at once. */
  readonly rangeBytes?: number;
  /** Whatever certificate there is. */
  readonly isTls?: boolean;
}

/** Devices of playback sessions, which send commands and note when each of them is heard where. */
export interface FanoutJob {
  readonly kind: 'fanout';
  readonly port: number;
  /** One entry a session: the cookie of whose it is. */
  readonly cookies: readonly string[];
  /** Where the server has tickets, one for each device; otherwise the cookie is said in its place. */
  readonly hasTickets: boolean;
  readonly devicesASession: number;
  /** Sent one by one, by the sessions in turn and by a session's devices in turn. */
  readonly commands: number;
  readonly perSecond: number;
  /** Then one command of every session in the same moment. */
  readonly atOnce: boolean;
}

export type LoadJob = RangeJob | ListenJob | FanoutJob;

export interface RangeReport {
  readonly requests: number;
  readonly bytes: number;
  readonly seconds: number;
  /** From the request's first byte sent to the answer's last byte received. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failures: readonly string[];
}

export interface ListenReport {
  readonly listeners: number;
  readonly bytes: number;
  readonly seconds: number;
  /** Times that a listener had nothing left to play. */
  readonly underruns: number;
  /** From the request until playing began. */
  readonly p99StartMs: number;
  /** One for each listener that was cut off. */
  readonly failures: readonly string[];
}

export interface Spread {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface FanoutReport {
  readonly devices: number;
  /** From the send of a command until a device of its session had the state with it: of all pairs of the two. */
  readonly heard: Spread;
  /** The same, until the last device of the session had it: of all commands. */
  readonly heardByAll: Spread;
  readonly atOnce?: Spread;
  readonly commands: number;
  /** Commands of which the server said that it has them. */
  readonly acknowledged: number;
  readonly refused: number;
  /** Pairs of a command and a device that never heard it, or heard it again. */
  readonly lost: number;
  readonly doubled: number;
  /** Devices that did not end at their session's last sequence. */
  readonly behind: number;
  /** Of the messages that told of the measured commands, the one in the middle. */
  readonly messageBytes: number;
  readonly failures: readonly string[];
}

/** Enough to see what is wrong. */
export const MAX_REPORTED_FAILURES = 5;
