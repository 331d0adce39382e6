/** What an audio context says of itself at one moment. Its own time is in milliseconds here. */
export interface OutputReading {
  /** Of `performance.now()`. */
  readonly nowMs: number;
  /** `currentTime`: what is being rendered. */
  readonly currentMs: number;
  /** `outputLatency`, or the nearest that the browser has. */
  readonly latencyMs: number;
  /** `getOutputTimestamp()`: what was leaving the device, and when. 0 where it is not known. */
  readonly contextMs: number;
  readonly performanceMs: number;
}

interface Point {
  readonly contextMs: number;
  readonly offsetMs: number;
  /** How much later than it was rendered it was heard, at least. */
  readonly latencyMs: number;
}

/** At ten readings a second, two minutes: what a drift is learnt from. */
const MOST_POINTS = 1_200;
/** What counts is the middle of the newest half, but not of fewer or more than these: sound systems take many seconds to settle. */
const LEAST_COUNTED = 12;
const MOST_COUNTED = 150;
/** A timestamp that is older than this, or lies further away from what is being rendered, says nothing. */
const MOST_STALE_MS = 1_000;
const MOST_LATENCY_MS = 3_000;
/** Clocks run ahead of each other by rounding. */
const ROUNDING_MS = 2;
/** What `currentTime` and `outputLatency` are good for. */
const GUESS_MS = 25;
const GUESS_EVERY_MS = 80;
/** How far an audio clock is likely to be from the system's, and by how much timestamps stray together, for seconds. */
const LIKELY_DRIFT = 30e-6;
const WANDER_MS = 3;
const MOST_DRIFT = 600e-6;
/** No timestamp is better than this. */
const LEAST_NOISE_MS = 0.1;
/** How far rendering is behind: at its best in the newest second, against the seconds before. */
const NEW_MS = 1_000;
const BEFORE_MS = 5_000;
/** So much more than before is sound that was lost on its way: all that follows is heard later. */
const LOST_MS = 12;
/** A timestamp that has latency change by so much is wrong, unless it goes on for a second. */
const MOST_STRAY_MS = 40;
const MOST_REFUSED = 10;

/**
 * When what a context renders is heard. What is handed over is heard at a steady rate until some is lost, but timestamps of it
 * wander: by tens of milliseconds while a sound system settles, by hundreds on a busy machine, and may be stale or zero. So the
 * middle of many counts; how far rendering is behind tells what was lost; and without any timestamp, `currentTime` and
 * `outputLatency` have to do.
 */
export class HeardClock {
  #points: Point[] = [];
  /** How far rendering was behind, at moments of the last seconds. */
  #behind: { readonly nowMs: number; readonly behindMs: number }[] = [];
  #isGuess = true;
  #lastMs = Number.NaN;
  #refused = 0;
  #atMs = 0;
  #offsetMs = 0;
  #drift = 0;
  /** As it was before sound was lost. */
  #driftBefore = 0;
  #noiseMs = 0;

  get points(): number {
    return this.#points.length;
  }

  /** Milliseconds of `performance.now()` that pass while a millisecond of the context is heard, less 1. */
  get drift(): number {
    return this.#drift;
  }

  /** When a moment of the context is heard. */
  heardMs(contextMs: number): number {
    return contextMs + this.#offsetMs + this.#drift * (contextMs - this.#atMs);
  }

  /** What the context renders to be heard at a time. */
  contextMs(heardMs: number): number {
    return this.#atMs + (heardMs - this.#atMs - this.#offsetMs) / (1 + this.#drift);
  }

  get uncertaintyMs(): number {
    if (this.points === 0) return Number.POSITIVE_INFINITY;
    return Math.max(LEAST_NOISE_MS, this.#noiseMs) + (this.#isGuess ? GUESS_MS : 0);
  }

  /** The more often, the better: what is not new costs little. */
  add(reading: OutputReading): void {
    const { contextMs, performanceMs, nowMs, currentMs, latencyMs } = reading;
    const behindMs = this.#watch(nowMs, nowMs - currentMs);
    const isGuess = !isTrue(reading);
    const sinceMs = nowMs - this.#lastMs;
    if (isGuess && (this.#isGuess ? sinceMs < GUESS_EVERY_MS : sinceMs < MOST_STALE_MS)) return;
    // Known already: nothing was handed to the device meanwhile.
    if (!isGuess && performanceMs === this.#lastMs) return;
    if (isGuess !== this.#isGuess) this.#points = [];
    this.#isGuess = isGuess;
    this.#lastMs = isGuess ? nowMs : performanceMs;
    const point = isGuess
      ? { contextMs: currentMs, offsetMs: nowMs + latencyMs - currentMs, latencyMs }
      : { contextMs, offsetMs: performanceMs - contextMs, latencyMs: performanceMs - contextMs - behindMs };
    if (this.#isStray(point)) return;
    this.#points = [...this.#points, point].slice(-MOST_POINTS);
    this.#fit();
  }

  /** To be called where the context stood still. */
  reset(): void {
    this.#points = [];
    this.#behind = [];
  }

  /** Notes how far rendering is behind, and what was lost; answers it at its best, of late. */
  #watch(nowMs: number, behindMs: number): number {
    this.#behind = [...this.#behind.filter((one) => one.nowMs > nowMs - BEFORE_MS), { nowMs, behindMs }];
    const best = (isNew: boolean) =>
      Math.min(...this.#behind.flatMap((one) => (one.nowMs > nowMs - NEW_MS === isNew ? one.behindMs : [])));
    const newMs = best(true);
    if (newMs - best(false) > LOST_MS) {
      this.#driftBefore = this.#drift;
      this.#points = [];
      this.#behind = this.#behind.filter((one) => one.nowMs > nowMs - NEW_MS);
    }
    return newMs;
  }

  #isStray({ latencyMs }: Point): boolean {
    const usualMs = middle(this.#counted().map((point) => point.latencyMs));
    const isStray = this.points >= LEAST_COUNTED && Math.abs(latencyMs - usualMs) > MOST_STRAY_MS;
    this.#refused = isStray ? this.#refused + 1 : 0;
    if (this.#refused <= MOST_REFUSED) return isStray;
    this.#points = [];
    return false;
  }

  #counted(): readonly Point[] {
    return this.#points.slice(-Math.max(LEAST_COUNTED, Math.min(MOST_COUNTED, this.points >> 1)));
  }

  #fit(): void {
    this.#drift = this.#driftOf(this.#points);
    const counted = this.#counted();
    this.#atMs = counted.at(-1)?.contextMs ?? 0;
    const now = counted.map((point) => point.offsetMs + this.#drift * (this.#atMs - point.contextMs));
    this.#offsetMs = middle(now);
    // Of a normal distribution, the median of what lies beside the middle is 0.67 of its deviation.
    this.#noiseMs = middle(now.map((offsetMs) => Math.abs(offsetMs - this.#offsetMs))) / 0.67;
  }

  /** By least squares, drawn towards what was known before while the points say little about it. */
  #driftOf(points: readonly Point[]): number {
    const meanMs = points.reduce((sum, { contextMs }) => sum + contextMs, 0) / points.length;
    const meanOffsetMs = points.reduce((sum, { offsetMs }) => sum + offsetMs, 0) / points.length;
    let [both, spread] = [0, 0];
    for (const { contextMs, offsetMs } of points) {
      both += (contextMs - meanMs) * (offsetMs - meanOffsetMs);
      spread += (contextMs - meanMs) ** 2;
    }
    const doubt = (WANDER_MS / LIKELY_DRIFT) ** 2;
    const drift = (both + doubt * this.#driftBefore) / (spread + doubt);
    return Math.max(-MOST_DRIFT, Math.min(drift, MOST_DRIFT));
  }
}

function isTrue({ contextMs, performanceMs, nowMs, currentMs }: OutputReading): boolean {
  const staleMs = nowMs - performanceMs;
  // What was rendered last is heard so much later than now.
  const latencyMs = performanceMs + (currentMs - contextMs) - nowMs;
  return (
    performanceMs > 0 &&
    contextMs > 0 &&
    contextMs <= currentMs + ROUNDING_MS &&
    staleMs < MOST_STALE_MS &&
    staleMs > -MOST_LATENCY_MS &&
    latencyMs > -MOST_STALE_MS &&
    latencyMs < MOST_LATENCY_MS
  );
}

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
