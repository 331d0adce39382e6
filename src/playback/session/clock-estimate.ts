/** One question to the server and its answer. Local times are of a clock that no one sets. */
export interface ClockSample {
  readonly sentMs: number;
  readonly receivedMs: number;
  /** Log time, between the two. */
  readonly serverMs: number;
}

interface Point {
  readonly localMs: number;
  readonly offsetMs: number;
  /** Half of the round trip: the truth is no further away. */
  readonly boundMs: number;
}

/** At a probe every ten seconds, a quarter of an hour. */
const MOST_POINTS = 90;
/** What is believed of a drift before the points say more about it. */
const LIKELY_DRIFT = 100e-6;
/** Quartz is within 100 ppm; twice that where a virtual machine is steered. */
const MOST_DRIFT = 500e-6;
/** How fast an offset may wander away unseen, beyond the drift that is known. */
const WANDER = 20e-6;
/** Also a line without any delay jitters. */
const LEAST_NOISE_MS = 0.1;

/**
 * What the log's clock shows, by questions over a line whose delay is unknown (as NTP does: RFC 5905 section 10; the lowest
 * round trips are the ones that waited least, and count most). Offset and drift, each with a bound.
 */
export class ClockEstimate {
  #points: Point[] = [];
  #offsetMs = 0;
  #atMs = 0;
  #drift = 0;
  #boundMs = Number.POSITIVE_INFINITY;

  get isKnown(): boolean {
    return this.#points.length > 0;
  }

  /** In parts per million: positive where the log's clock is the faster one. */
  get driftPpm(): number {
    return this.#drift * 1e6;
  }

  /** Log time less local time. */
  offsetMs(localMs: number): number {
    return this.#offsetMs + this.#drift * (localMs - this.#atMs);
  }

  serverMs(localMs: number): number {
    return localMs + this.offsetMs(localMs);
  }

  localMs(serverMs: number): number {
    return this.#atMs + (serverMs - this.#atMs - this.#offsetMs) / (1 + this.#drift);
  }

  /** How far the truth may be from what is answered. */
  uncertaintyMs(localMs: number): number {
    return this.#boundMs + Math.abs(localMs - this.#atMs) * WANDER;
  }

  add({ sentMs, receivedMs, serverMs }: ClockSample): void {
    const boundMs = Math.max(0, receivedMs - sentMs) / 2;
    const localMs = (sentMs + receivedMs) / 2;
    const point = { localMs, offsetMs: serverMs - localMs, boundMs };
    // A machine that slept, or another server: nothing from before holds.
    const strayMs = Math.abs(point.offsetMs - this.offsetMs(localMs));
    if (
      this.isKnown &&
      strayMs > boundMs + this.uncertaintyMs(localMs) + Math.abs(localMs - this.#atMs) * MOST_DRIFT
    )
      this.reset();
    this.#points = [...this.#points, point].slice(-MOST_POINTS);
    this.#fit();
  }

  /** To be called where another clock answers. */
  reset(): void {
    this.#points = [];
    this.#drift = 0;
    this.#boundMs = Number.POSITIVE_INFINITY;
  }

  #fit(): void {
    const bestMs = Math.min(...this.#points.map(({ boundMs }) => boundMs));
    // What the fastest took, all took: it may lie to one side, but makes no noise.
    const weights = this.#points.map(({ boundMs }) => (boundMs - bestMs + LEAST_NOISE_MS) ** -2);
    const all = weights.reduce((sum, weight) => sum + weight, 0);
    const mean = (of: (point: Point) => number) =>
      this.#points.reduce((sum, point, i) => sum + of(point) * (weights[i] ?? 0), 0) / all;
    const [first = { localMs: 0, offsetMs: 0 }] = this.#points;
    // Log times are so great that their squares would lose what counts.
    const meanLocalMs = first.localMs + mean(({ localMs }) => localMs - first.localMs);
    const meanOffsetMs = first.offsetMs + mean(({ offsetMs }) => offsetMs - first.offsetMs);
    const up = all * mean(({ localMs, offsetMs }) => (localMs - meanLocalMs) * (offsetMs - meanOffsetMs));
    const down = all * mean(({ localMs }) => (localMs - meanLocalMs) ** 2);
    this.#atMs = meanLocalMs;
    this.#offsetMs = meanOffsetMs;
    this.#boundMs = mean(({ boundMs }) => boundMs);
    this.#drift = Math.max(-MOST_DRIFT, Math.min(up / (down + LIKELY_DRIFT ** -2), MOST_DRIFT));
  }
}
