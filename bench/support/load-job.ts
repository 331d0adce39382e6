/** A file behind a URL. */
export interface Target {
  /** Path and query. */
  readonly path: string;
  readonly lengthBytes: number;
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
}

export type LoadJob = RangeJob | ListenJob;

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

/** Enough to see what is wrong. */
export const MAX_REPORTED_FAILURES = 5;
