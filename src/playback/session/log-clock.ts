/** What stamps a log: one time line, on which time never goes back and never jumps. */
export interface LogClock {
  /** Names the time line; another one after a restart. */
  readonly clockId: string;
  /** Milliseconds; near the time of day, but not bound to it. */
  nowMs(): number;
}

export interface LogClockOptions {
  readonly clockId: string;
  /** Time of day, looked at once. */
  readonly timeOfDayMs: () => number;
  /** A clock that no one sets, in milliseconds. */
  readonly monotonicMs: () => number;
}

/** A clock that begins at the time of day and then goes its own way, whatever happens to the machine's. */
export function createLogClock({ clockId, timeOfDayMs, monotonicMs }: LogClockOptions): LogClock {
  const offsetMs = timeOfDayMs() - monotonicMs();
  return { clockId, nowMs: () => monotonicMs() + offsetMs };
}
